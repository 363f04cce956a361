//! Functions over addresses that a message leads to (URIEval, HTTPSMismatch, hosts of WLBLEval).

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::{Call, Row};
use crate::view::View;
use crate::view::domain::is_address;
use crate::view::text::{own, string};

pub(super) const ROWS: &[Row] = &[
    ("check_for_http_redirector", redirector, None),
    ("check_https_ip_mismatch", https_ip_mismatch, None),
    ("check_uri_truncated", |view, _| view.links.truncated, None),
    ("check_https_http_mismatch", https_mismatch, None),
    ("check_uri_host_listed", |view, call| host_listed(view, call.text(0)), None),
    ("check_uri_host_in_blocklist", |view, _| host_listed(view, "BLOCK"), None),
    ("check_uri_host_in_blacklist", |view, _| host_listed(view, "BLOCK"), None),
    ("check_uri_host_in_welcomelist", |view, _| host_listed(view, "WELCOME"), None),
    ("check_uri_host_in_whitelist", |view, _| host_listed(view, "WELCOME"), None),
];

static REDIRECT: LazyLock<Regex> = LazyLock::new(|| own(r"(?i)^https?://([^/:?]+).+?https?:/{0,2}?([^/:?]+)"));
static NUMERIC: LazyLock<Regex> = LazyLock::new(|| own(r"(?i)^https?:/*(?:[^@/]+@)?\d+\.\d+\.\d+\.\d+"));
static SECURE_NUMERIC: LazyLock<Regex> = LazyLock::new(|| own(r"(?i)^https:/*(?:[^@/]+@)?\d+\.\d+\.\d+\.\d+"));
static SECURE: LazyLock<Regex> = LazyLock::new(|| own(r"(?i)https:"));
static WEB: LazyLock<Regex> = LazyLock::new(|| own(r"(?i)^https?://([^/:?#]+)"));
static SECURE_HOST: LazyLock<Regex> = LazyLock::new(|| own(r"(?i)https://([^\s/:?#]+)"));

/// Labels of a host that are looked up in lists.
const LABELS: usize = 11;

fn redirector(view: &View<'_>, _: &Call) -> bool {
    let domain =
        |host: &[u8]| view.settings.domains.of_address(host).map_or_else(|| string(host), |(domain, _)| domain);
    view.links.list().into_iter().any(|address| {
        let found = REDIRECT.captures(address).and_then(|found| Some((found.get(1)?, found.get(2)?)));
        found.is_some_and(|(from, to)| domain(from.as_bytes()) != domain(to.as_bytes()))
    })
}

fn https_ip_mismatch(view: &View<'_>, _: &Call) -> bool {
    let links = view.html().flat_map(|html| &html.links).filter(|(address, _)| NUMERIC.is_match(address.as_bytes()));
    let mut anchors = links.flat_map(|(_, link)| &link.anchors).map(String::as_bytes);
    anchors.any(|text| !SECURE_NUMERIC.is_match(text) && SECURE.is_match(text))
}

fn https_mismatch(view: &View<'_>, call: &Call) -> bool {
    let domains = &view.settings.domains;
    let least = call.number(0).filter(|least| *least > 0.0).unwrap_or(1.0);
    let host = |pattern: &Regex, text: &str| {
        let found = pattern.captures(text.as_bytes()).and_then(|found| Some(string(found.get(1)?.as_bytes())))?;
        let name = if is_address(found.as_bytes()) { found } else { domains.registered(&found) };
        domains.is_valid(&name).then_some(name)
    };
    view.html().any(|html| {
        let (mut anchors, mut hit) = (0.0, false);
        for (address, link) in html.links.iter().filter(|(_, link)| !link.anchors.is_empty()) {
            let Some(target) = host(&WEB, address) else { continue };
            anchors += 1.0;
            hit |= link.anchors.iter().any(|text| host(&SECURE_HOST, text).is_some_and(|shown| shown != target));
        }
        hit && anchors >= least && call.number(1).is_none_or(|below| anchors < below)
    })
}

fn host_listed(view: &View<'_>, list: &str) -> bool {
    let Some(list) = view.settings.hosts.get(list) else { return false };
    let links = view.links.all.iter();
    let links = links.filter(|(address, _)| !address.to_ascii_lowercase().starts_with(b"mailto:"));
    let mut hosts = links.flat_map(|(_, link)| link.hosts.keys());
    hosts.any(|host| {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let labels: Vec<&str> = if is_address(host.as_bytes()) { vec![host] } else { host.split('.').collect() };
        let from = labels.len().saturating_sub(LABELS);
        let names = (from..labels.len()).map(|start| labels[start..].join("."));
        names.into_iter().find_map(|name| list.get(&name)).copied().unwrap_or(false)
    })
}
