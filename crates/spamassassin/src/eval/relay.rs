//! Functions over the path of a message (RelayEval, VBounce).

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::{Call, Row};
use crate::view::View;
use crate::view::domain::is_v4;
use crate::view::relays::{Relay, is_public_v4};
use crate::view::text::{own, string};

pub(super) const ROWS: &[Row] = &[
    ("check_for_numeric_helo", numeric_helo, None),
    ("check_for_illegal_ip", |_, _| false, None),
    ("check_all_trusted", all_trusted, None),
    ("check_no_relays", no_relays, None),
    ("check_relays_unparseable", |view, _| view.relays.unparseable > 0, None),
    ("check_for_sender_no_reverse", sender_reverse, None),
    ("check_for_from_domain_in_received_headers", from_domain_in_received, None),
    ("check_for_forged_received_trail", |view, _| forged(view).0 > 1, None),
    ("check_for_forged_received_ip_helo", |view, _| forged(view).1 > 0, None),
    ("helo_ip_mismatch", helo_mismatch, None),
    ("check_for_no_rdns_dotcom_helo", no_name_dotcom_helo, None),
    ("have_any_bounce_relays", |view, _| has_bounce_relays(view), None),
    ("check_welcomelist_bounce_relays", bounce_relays, None),
    ("check_whitelist_bounce_relays", bounce_relays, None),
];

static HELO: LazyLock<Regex> = LazyLock::new(|| own(r"(?i)\bhelo=((?:\d{1,3}\.){3}\d{1,3})(?:[\x00-\x20,;\[()<>]|\z)"));
static DOTCOM: LazyLock<Regex> = LazyLock::new(|| {
    own(
        r"(?i)(?:\.|^)(?:lycos\.com|lycos\.co\.uk|hotmail\.com|localhost\.com|excite\.com|caramail\.com|cs\.com|aol\.com|msn\.com|yahoo\.com|drizzle\.com)\z",
    )
});
static HOST: LazyLock<Regex> = LazyLock::new(|| own(r"^\w+(?:[\w.-]+\.)+\w+\z"));
static LOCALHOST: LazyLock<Regex> = LazyLock::new(|| own(r"^localhost(?:\.localdomain)?\z"));
static LONG_TOP: LazyLock<Regex> = LazyLock::new(|| own(r"\S{3,}|ie|fr|de"));

fn untrusted<'v>(view: &'v View<'_>) -> &'v [Relay] {
    &view.relays.untrusted
}

fn numeric_helo(view: &View<'_>, _: &Call) -> bool {
    let relays = view.relays.as_text("untrusted").unwrap_or_default();
    let helo = HELO.captures(relays.as_bytes()).and_then(|found| Some(string(found.get(1)?.as_bytes())));
    helo.is_some_and(|helo| is_public_v4(&helo))
}

fn all_trusted(view: &View<'_>, _: &Call) -> bool {
    !view.relays.trusted.is_empty() && untrusted(view).is_empty() && view.relays.unparseable == 0
}

fn no_relays(view: &View<'_>, _: &Call) -> bool {
    view.relays.trusted.is_empty() && untrusted(view).is_empty() && view.relays.unparseable == 0
}

fn sender_reverse(view: &View<'_>, _: &Call) -> bool {
    untrusted(view).last().is_some_and(|relay| relay.rdns.contains('.') && !relay.is_private)
}

fn from_domain_in_received(view: &View<'_>, call: &Call) -> bool {
    let domain = call.text(0);
    let wanted = call.text(1) == "true";
    let from = string(&view.value("From:addr")).to_lowercase();
    if !from.contains(&domain.to_lowercase()) {
        return false;
    }
    let both = ["trusted", "untrusted"].map(|which| view.relays.as_text(which).unwrap_or_default()).join("\n");
    let names = |relay: &str, field: &str| {
        let value = relay.split(field).nth(1).and_then(|rest| rest.split(' ').next()).unwrap_or_default().to_owned();
        value == domain
            || value.ends_with(domain) && !value.trim_end_matches(domain).ends_with(|c: char| c.is_alphanumeric())
    };
    both.split(']').any(|relay| names(relay, " rdns=") && names(relay, " by=")) == wanted
}

fn helo_mismatch(view: &View<'_>, _: &Call) -> bool {
    untrusted(view).iter().any(|relay| {
        let network = |address: &str| address.rsplit_once('.').map(|(network, _)| format!("{network}."));
        is_public_v4(&relay.helo)
            && is_public_v4(&relay.ip)
            && relay.helo != relay.ip
            && network(&relay.helo).is_some_and(|network| !relay.ip.starts_with(&network))
    })
}

fn no_name_dotcom_helo(view: &View<'_>, _: &Call) -> bool {
    let last = untrusted(view).iter().rfind(|relay| !relay.is_private);
    last.is_some_and(|relay| relay.no_reverse_name && DOTCOM.is_match(relay.helo.as_bytes()))
}

/// The part of a host's name that somebody registered, by a simple measure.
fn registered(host: &str) -> String {
    if !host.contains(|c: char| c.is_ascii_alphabetic()) {
        return host.to_owned();
    }
    let labels: Vec<&str> = host.split('.').collect();
    let last = labels.last().copied().unwrap_or_default();
    if labels.len() > 1 && LONG_TOP.is_match(last.as_bytes()) {
        labels[labels.len() - 2..].join(".")
    } else if labels.len() > 2 {
        labels[labels.len() - 3..].join(".")
    } else {
        host.to_owned()
    }
}

/// How often a server is not the one that the next one names, and how often a HELO is another network's address.
fn forged(view: &View<'_>) -> (usize, usize) {
    let relays = untrusted(view);
    let (mut trail, mut helos) = (0, 0);
    let is_host = |name: &str| HOST.is_match(name.as_bytes());
    let mut names: Vec<Option<String>> =
        relays.iter().map(|relay| Some(registered(&relay.rdns.to_lowercase()))).collect();
    for (number, relay) in relays.iter().enumerate() {
        let by = registered(&relay.by.to_lowercase());
        if !is_host(&by) {
            continue;
        }
        if relay.ip == "127.0.0.1" && names[number].as_deref().is_some_and(|name| LOCALHOST.is_match(name.as_bytes())) {
            names[number] = None;
        }
        let helo = registered(&relay.helo.to_lowercase());
        let half = |address: &str| address.splitn(3, '.').take(2).collect::<Vec<_>>().join(".");
        if is_v4(helo.as_bytes()) && is_v4(relay.ip.as_bytes()) && half(&helo) != half(&relay.ip) && is_public_v4(&helo)
        {
            helos += 1;
        }
        let previous: Option<String> = number.checked_sub(1).and_then(|before| names.get(before)?.clone());
        if let Some(previous) = previous
            && is_host(&previous)
            && by != previous
            && !(by == "msn.com" && previous == "hotmail.com")
        {
            trail += 1;
        }
    }
    (trail, helos)
}

fn has_bounce_relays(view: &View<'_>) -> bool {
    view.settings.lists.get("welcomelist_bounce_relays").is_some_and(|list| !list.is_empty())
}

/// Whether a bounce speaks of mail that our own servers sent.
fn bounce_relays(view: &View<'_>, _: &Call) -> bool {
    if !has_bounce_relays(view) {
        return false;
    }
    let is_ours = |line: &[u8]| {
        string(line)
            .split_whitespace()
            .any(|word| word.contains('.') && view.settings.lists("welcomelist_bounce_relays", word))
    };
    let begins = |line: &[u8]| {
        let text = string(line);
        let text = text.trim_start_matches([' ', '>']);
        text.get(..9).is_some_and(|start| start.eq_ignore_ascii_case("received:"))
    };
    let mut in_field = false;
    view.paragraphs.iter().any(|line| begins(line) && is_ours(line))
        || crate::view::text::lines(&view.parts.body).any(|line| {
            in_field = begins(line) || in_field && line.starts_with(b" ") || in_field && line.starts_with(b"\t");
            in_field && is_ours(line)
        })
}
