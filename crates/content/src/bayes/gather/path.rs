//! Features of the way a message took: hosts of the Received fields, coarsely.

use message::{Domain, Message};

use super::super::hash::Kind;
use super::Gatherer;
use super::shape::{shape, step};

/// Hops that are read, from the newest.
const HOPS: usize = 8;

/// Takes in the Received fields.
pub(super) fn gather(message: &Message, gatherer: &mut Gatherer) {
    let hops = message.headers.hops();
    gatherer.word(Kind::Path, "hops:", &step(hops.len()).to_string());
    for hop in hops.iter().take(HOPS) {
        if let Some(helo) = &hop.helo {
            host("helo:", helo, gatherer);
            gatherer.word(Kind::Path, "helo-shape:", &shape(helo));
        }
        match &hop.name {
            Some(name) => host("host:", name, gatherer),
            None => {
                gatherer.word(Kind::Path, "host:", "none");
            }
        }
        if let Some(by) = &hop.by {
            host("by:", by, gatherer);
        }
        if let Some(with) = &hop.with {
            gatherer.word(Kind::Path, "with:", with);
        }
        if let Some(std::net::IpAddr::V4(ip)) = hop.ip {
            let [a, b, c, _] = ip.octets();
            gatherer.word(Kind::Path, "ip:", &format!("{a}.{b}"));
            gatherer.word(Kind::Path, "ip:", &format!("{a}.{b}.{c}"));
        } else if let Some(std::net::IpAddr::V6(ip)) = hop.ip {
            let [a, b, c, ..] = ip.segments();
            gatherer.word(Kind::Path, "ip:", &format!("{a:x}:{b:x}:{c:x}"));
        }
    }
}

/// Takes in the organizational domain of a host name, and its top level.
fn host(tag: &str, name: &str, gatherer: &mut Gatherer) {
    let Ok(domain) = Domain::parse(name.trim_matches(['[', ']'])) else {
        gatherer.word(Kind::Path, tag, "not a name");
        return;
    };
    let organizational = domain.organizational();
    gatherer.word(Kind::Path, tag, organizational.as_ref().unwrap_or(&domain).as_str());
    if organizational.is_some()
        && let Some((_, top)) = domain.as_str().rsplit_once('.')
    {
        gatherer.word(Kind::Path, tag, top);
    }
}
