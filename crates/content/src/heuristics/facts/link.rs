//! Facts of the links: where they go against what they show, and whom their hosts pose as.

use message::Domain;
use message::links::{Link, Place};

use super::{Fact, View, differ};
use crate::urls::{Manner, TABLES, inner};

pub(super) const FACTS: [Fact; 27] = [
    Fact { name: "link-lies", holds: |view| any(view, Link::lies) },
    Fact { name: "link-numeric-host", holds: |view| any(view, |link| host(link).is_some_and(numeric)) },
    Fact { name: "link-disguised-address", holds: |view| any(view, disguised_address) },
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
    Fact { name: "link-shortener", holds: |view| goal(view, |host| TABLES.is_shortener(host)) },
    Fact { name: "link-cheap-top", holds: |view| goal(view, |host| TABLES.is_cheap_top(host)) },
    Fact { name: "link-free-hosting", holds: |view| goal(view, |host| TABLES.is_free_hosting(host)) },
    Fact { name: "link-escaped-host", holds: |view| any(view, escaped_host) },
    Fact {
        name: "link-data-or-script",
        holds: |view| {
            any(view, |link| matches!(link.scheme.as_str(), "data" | "javascript") && link.place != Place::Image)
        },
    },
    Fact { name: "link-through-redirector", holds: through_redirector },
    Fact { name: "link-carries-recipient", holds: carries_recipient },
    Fact { name: "link-in-code", holds: |view| web_at(view, |place| matches!(place, Place::Code | Place::TextCode)) },
    Fact { name: "link-in-text-code", holds: |view| web_at(view, |place| place == Place::TextCode) },
    Fact { name: "link-in-file", holds: |view| web_at(view, |place| matches!(place, Place::HtmlFile | Place::Pdf)) },
    Fact { name: "link-refreshes", holds: |view| web_at(view, |place| place == Place::Refresh) },
    Fact { name: "form-elsewhere", holds: form_elsewhere },
    Fact { name: "link-host-names-brand", holds: host_names_brand },
    Fact { name: "link-brand-below", holds: |view| resembles(view, |manner| manner == Manner::Below) },
    Fact { name: "link-brand-look-alike", holds: |view| resembles(view, |manner| manner == Manner::LookAlike) },
    Fact { name: "link-brand-typo", holds: |view| resembles(view, |manner| manner == Manner::Typo) },
    Fact { name: "link-suspicious", holds: |view| suspicious(view, SUSPICIOUS) },
    Fact { name: "link-very-suspicious", holds: |view| suspicious(view, VERY_SUSPICIOUS) },
    Fact { name: "links-all-elsewhere", holds: all_elsewhere },
    Fact { name: "links-all-free-hosting", holds: all_free_hosting },
];

/// Log-odds of the model of addresses from which a link is suspicious, and very much so. Chosen on the years before the
/// last: see bench/links.
const SUSPICIOUS: f32 = 2.0;
const VERY_SUSPICIOUS: f32 = 4.0;

fn suspicious(view: &View<'_>, from: f32) -> Option<String> {
    view.suspicion().filter(|(points, _)| *points >= from).map(|(_, host)| host.clone())
}

fn any(view: &View<'_>, fits: impl Fn(&Link) -> bool) -> Option<String> {
    let link = view.message.links.iter().find(|link| fits(link))?;
    Some(link.host.clone().unwrap_or_else(|| link.target.clone()))
}

/// A host that a web link leads to in the end.
fn goal(view: &View<'_>, fits: impl Fn(&str) -> bool) -> Option<String> {
    view.goals().iter().find(|host| fits(host)).cloned()
}

fn web_at(view: &View<'_>, fits: impl Fn(Place) -> bool) -> Option<String> {
    any(view, |link| link.is_web() && fits(link.place))
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

/// What stands between `//` or `@` and the port or the path, as written.
fn written_host(link: &Link) -> &str {
    let authority = authority(link);
    let after = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    match after.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|octet| octet.is_ascii_digit()) => host,
        _ => after,
    }
}

/// A numeric address written so that nobody takes it for one: `0x7f.1`, `3221225985`, `0300.0250.1`.
fn disguised_address(link: &Link) -> bool {
    link.is_web()
        && link
            .host
            .as_deref()
            .is_some_and(|host| numeric(host) && host != written_host(link) && !host.starts_with('['))
}

/// `http://bank.example@evil.example/`: what stands before the @ is not where it goes.
fn userinfo(link: &Link) -> bool {
    link.is_web() && authority(link).contains('@')
}

fn odd_port(link: &Link) -> bool {
    let authority = authority(link);
    let after = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let port = after.rsplit_once(':').map_or("", |(_, port)| port);
    link.is_web()
        && !port.is_empty()
        && port.bytes().all(|b| b.is_ascii_digit())
        && !["80", "443", "8080"].contains(&port)
}

/// A host written with percent signs, to be read by nobody.
fn escaped_host(link: &Link) -> bool {
    link.is_web() && authority(link).contains('%')
}

/// A well-known host is asked to lead on to another organization than the sender's.
fn through_redirector(view: &View<'_>) -> Option<String> {
    let from = view.sender_domain();
    view.message.links.iter().filter(|link| host(link).is_some_and(|host| TABLES.is_redirector(host))).find_map(
        |link| {
            let goal = inner(link)?.host?;
            let elsewhere = Domain::parse(&goal).is_ok_and(|goal| from.is_none_or(|from| differ(from, &goal)));
            elsewhere.then_some(goal)
        },
    )
}

/// The address that is written to stands in a link where only the page itself reads it (behind `#`), or in base64, so
/// that the page can greet its victim. In a plain query newsletters carry it too, to be unsubscribed by.
fn carries_recipient(view: &View<'_>) -> Option<String> {
    if !view.message.links.iter().any(Link::is_web) {
        return None;
    }
    let address = view.to().iter().find_map(|mailbox| mailbox.address.as_ref())?.to_string().to_lowercase();
    let escaped = address.replace('@', "%40");
    let packed = base64_start(address.as_bytes());
    if packed.len() < 8 {
        return None;
    }
    any(view, |link| {
        if !link.is_web() {
            return false;
        }
        let fragment = link.target.split_once('#').map_or("", |(_, fragment)| fragment).to_ascii_lowercase();
        fragment.contains(&address) || fragment.contains(&escaped) || link.target.contains(&packed)
    })
}

/// The base64 of whole groups of three octets: what follows does not change it.
fn base64_start(octets: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for group in octets.chunks_exact(3) {
        let bits = group.iter().fold(0_usize, |bits, octet| bits << 8 | usize::from(*octet));
        for shift in [18, 12, 6, 0] {
            out.push(char::from(ALPHABET[bits >> shift & 63]));
        }
    }
    out
}

/// A form sends what is typed to another organization than the sender's.
fn form_elsewhere(view: &View<'_>) -> Option<String> {
    let from = view.sender_domain()?;
    let forms = view.message.links.iter().filter(|link| link.place == Place::Form && link.is_web());
    forms.filter_map(host).find_map(|host| {
        let elsewhere =
            Domain::parse(host).is_ok_and(|domain| domain.organizational().is_none() || differ(from, &domain));
        elsewhere.then(|| host.to_owned())
    })
}

/// A brand's name in a host that is not the brand's: `account-example-bank.test`.
fn host_names_brand(view: &View<'_>) -> Option<String> {
    let from = view.sender_domain();
    resembles_where(view, |manner, host| {
        let own = from.is_some_and(|from| Domain::parse(host).is_ok_and(|domain| !differ(from, &domain)));
        manner == Manner::Word && !own
    })
}

fn resembles(view: &View<'_>, fits: impl Fn(Manner) -> bool) -> Option<String> {
    resembles_where(view, |manner, _| fits(manner))
}

fn resembles_where(view: &View<'_>, fits: impl Fn(Manner, &str) -> bool) -> Option<String> {
    let found = view.resemblances().iter().find(|(manner, _, host)| fits(*manner, host));
    found.map(|(_, brand, host)| format!("{brand}: {host}"))
}

/// Web links, and not one goes to the organization of From.
fn all_elsewhere(view: &View<'_>) -> Option<String> {
    let from = view.sender_domain()?;
    let mut hosts = view.message.links.iter().filter(|link| link.is_web()).filter_map(host).peekable();
    let first = hosts.peek().map(|host| (*host).to_owned())?;
    hosts
        .all(|host| Domain::parse(host).is_ok_and(|domain| domain.organizational().is_none() || differ(from, &domain)))
        .then_some(first)
}

/// Web links, and all of them go where anyone gets pages for nothing.
fn all_free_hosting(view: &View<'_>) -> Option<String> {
    let goals = view.goals();
    let all = goals.iter().all(|host| TABLES.is_free_hosting(host) || TABLES.is_shortener(host));
    goals.first().filter(|_| all).cloned()
}
