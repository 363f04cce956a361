//! Facts of the links: where they go against what they show.

use message::Domain;
use message::links::{Link, Place};

use super::super::brands::{TABLES, in_host};
use super::{Fact, View, differ};

pub(super) const FACTS: [Fact; 12] = [
    Fact { name: "link-lies", holds: |view| any(view, Link::lies) },
    Fact { name: "link-numeric-host", holds: |view| any(view, |link| host(link).is_some_and(numeric)) },
    Fact { name: "link-userinfo", holds: |view| any(view, userinfo) },
    Fact { name: "link-odd-port", holds: |view| any(view, odd_port) },
    Fact {
        name: "link-punycode",
        holds: |view| any(view, |link| host(link).is_some_and(|host| host.contains("xn--"))),
    },
    Fact {
        name: "link-many-labels",
        holds: |view| any(view, |link| host(link).is_some_and(|host| host.split('.').count() > 5)),
    },
    Fact { name: "link-shortener", holds: |view| any(view, |link| listed(link, &TABLES.shorteners)) },
    Fact { name: "link-cheap-top", holds: |view| any(view, cheap_top) },
    Fact { name: "link-escaped-host", holds: |view| any(view, escaped_host) },
    Fact {
        name: "link-data-or-script",
        holds: |view| {
            any(view, |link| matches!(link.scheme.as_str(), "data" | "javascript") && link.place != Place::Image)
        },
    },
    Fact { name: "link-host-names-brand", holds: host_names_brand },
    Fact { name: "links-all-elsewhere", holds: all_elsewhere },
];

fn any(view: &View<'_>, fits: impl Fn(&Link) -> bool) -> Option<String> {
    let link = view.message.links.iter().find(|link| fits(link))?;
    Some(link.host.clone().unwrap_or_else(|| link.target.clone()))
}

fn host(link: &Link) -> Option<&str> {
    (link.place != Place::Image).then_some(link.host.as_deref()).flatten()
}

fn numeric(host: &str) -> bool {
    host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok()
}

/// What stands between `//` and the path, as written.
fn authority(link: &Link) -> &str {
    let rest = link.target.split_once("//").map_or("", |(_, rest)| rest);
    rest.split(['/', '?', '#', '\\']).next().unwrap_or_default()
}

fn is_web(link: &Link) -> bool {
    matches!(link.scheme.as_str(), "http" | "https") && link.place != Place::Image
}

/// `http://bank.example@evil.example/`: what stands before the @ is not where it goes.
fn userinfo(link: &Link) -> bool {
    is_web(link) && authority(link).contains('@')
}

fn odd_port(link: &Link) -> bool {
    let authority = authority(link);
    let after = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let port = after.rsplit_once(':').map_or("", |(_, port)| port);
    is_web(link)
        && !port.is_empty()
        && port.bytes().all(|b| b.is_ascii_digit())
        && !["80", "443", "8080"].contains(&port)
}

/// A host written with percent signs, to be read by nobody.
fn escaped_host(link: &Link) -> bool {
    is_web(link) && authority(link).contains('%')
}

fn cheap_top(link: &Link) -> bool {
    let top = host(link).and_then(|host| host.rsplit_once('.')).map(|(_, top)| top);
    top.is_some_and(|top| TABLES.cheap_tops.iter().any(|cheap| cheap == top))
}

fn listed(link: &Link, table: &[String]) -> bool {
    host(link).is_some_and(|host| table.iter().any(|entry| host == entry || host.strip_prefix("www.") == Some(entry)))
}

/// A brand's name in a host that is not the brand's: `account-example-bank.test`.
fn host_names_brand(view: &View<'_>) -> Option<String> {
    let from = view.sender_domain();
    view.message.links.iter().filter_map(host).find_map(|host| {
        let mut named = in_host(host).peekable();
        named.peek()?;
        let domain = Domain::parse(host).ok()?;
        if from.is_some_and(|from| !differ(from, &domain)) {
            return None;
        }
        named.any(|brand| !brand.owns(&domain)).then(|| host.to_owned())
    })
}

/// Web links, and not one goes to the organization of From.
fn all_elsewhere(view: &View<'_>) -> Option<String> {
    let from = view.sender_domain()?;
    let mut hosts = view.message.links.iter().filter(|link| is_web(link)).filter_map(host).peekable();
    let first = hosts.peek().map(|host| (*host).to_owned())?;
    hosts
        .all(|host| Domain::parse(host).is_ok_and(|domain| domain.organizational().is_none() || differ(from, &domain)))
        .then_some(first)
}
