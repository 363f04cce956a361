//! Facts of the way a message took: the peer and the Received fields.

use message::Domain;

use super::{Fact, View};

pub(super) const FACTS: [Fact; 5] = [
    Fact { name: "helo-is-address", holds: helo_is_address },
    Fact { name: "helo-has-no-dot", holds: helo_has_no_dot },
    Fact { name: "helo-is-recipient", holds: helo_is_recipient },
    Fact { name: "peer-looks-dynamic", holds: peer_looks_dynamic },
    Fact { name: "no-received", holds: |view| view.message.headers.get("Received").is_none().then(String::new) },
];

/// RFC 5321 §4.1.3 allows an address only in brackets; a mail server has a name.
fn helo_is_address(view: &View<'_>) -> Option<String> {
    let helo = view.envelope.peer.helo.as_deref()?;
    let bare = helo.trim_matches(['[', ']']);
    let bare = bare.strip_prefix("IPv6:").unwrap_or(bare);
    bare.parse::<std::net::IpAddr>().is_ok().then(|| helo.to_owned())
}

fn helo_has_no_dot(view: &View<'_>) -> Option<String> {
    let helo = view.envelope.peer.helo.as_deref()?;
    (!helo.contains(['.', ':', '['])).then(|| helo.to_owned())
}

/// It calls itself by the name of those it writes to, and From is not theirs.
fn helo_is_recipient(view: &View<'_>) -> Option<String> {
    let helo = Domain::parse(view.envelope.peer.helo.as_deref()?).ok()?;
    let to = view.to().iter().find_map(|mailbox| mailbox.address.as_ref())?;
    let own = view.sender_domain().is_some_and(|from| from == to.domain());
    (helo == *to.domain() && !own).then(|| helo.to_string())
}

/// A reverse name that repeats the peer's own address is a line's name, not a mail server's.
fn peer_looks_dynamic(view: &View<'_>) -> Option<String> {
    let name = view.envelope.peer.name.as_deref()?;
    let std::net::IpAddr::V4(ip) = view.envelope.peer.ip else { return None };
    let digits: Vec<String> =
        name.split(|c: char| !c.is_ascii_digit()).map(|run| run.trim_start_matches('0').to_owned()).collect();
    let octets = ip.octets().map(|octet| octet.to_string());
    let repeated = octets.iter().filter(|octet| digits.contains(octet)).count() >= 3;
    let whole: String = octets.iter().map(|octet| format!("{octet:0>3}")).collect();
    (repeated || name.contains(&whole)).then(|| name.to_owned())
}
