//! Which names are domains, and which part of one somebody registered: from the lists that rule files carry.

use std::collections::HashSet;
use std::net::{Ipv4Addr, Ipv6Addr};

use super::text::{contains, string};

/// Top-level domains, and those below which others register (`util_rb_tld`, `util_rb_2tld`, `util_rb_3tld`).
#[derive(Clone, Debug, Default)]
pub(crate) struct Domains {
    pub(crate) top: HashSet<String>,
    pub(crate) second: HashSet<String>,
    pub(crate) third: HashSet<String>,
}

const STATES: &str = " ak al ar az ca co ct dc de fl ga gu hi ia id il in ks ky la ma md me mi mn mo ms mt nc nd ne nh \
nj nm nv ny oh ok or pa pr ri sc sd tn tx ut va vi vt wa wi wv wy ";

fn is_state(label: &str) -> bool {
    label.len() == 2 && STATES.contains(&format!(" {label} "))
}

impl Domains {
    /// Whether a label is a top-level domain. Without a list every word of two letters and more may be one.
    pub(crate) fn is_top(&self, label: &str) -> bool {
        if self.top.is_empty() {
            return label.len() >= 2 && label.bytes().all(|octet| octet.is_ascii_alphabetic());
        }
        self.top.contains(label) || self.top.contains(&label.to_ascii_lowercase())
    }

    /// Whether a name ends in a top-level domain.
    pub(crate) fn is_valid(&self, name: &str) -> bool {
        !name.contains(char::is_whitespace) && name.rsplit_once('.').is_some_and(|(_, top)| self.is_top(top))
    }

    /// The part of a name that somebody registered.
    pub(crate) fn registered(&self, name: &str) -> String {
        let name = name.to_ascii_lowercase();
        let labels: Vec<&str> = name.split('.').filter(|label| !label.is_empty()).collect();
        let mut from = 0;
        while labels.len() - from > 1 {
            let rest = &labels[from..];
            let is_suffix = match rest {
                [_, _] => self.second.contains(&rest.join(".")),
                [_, state, "us"] => is_state(state),
                [_, _, _] => self.third.contains(&rest.join(".")),
                [first, second, state, "us"] => {
                    is_state(state) && (*first == "pvt" && *second == "k12" || matches!(*first, "ci" | "co"))
                }
                _ => false,
            };
            if is_suffix {
                break;
            }
            from += 1;
        }
        labels.get(from.saturating_sub(1)..).unwrap_or_default().join(".")
    }

    /// Registered domain and host of an address, where it has one.
    pub(crate) fn of_address(&self, address: &[u8]) -> Option<(String, String)> {
        let lower = string(address).to_lowercase();
        if ["javascript:", "cid:", "file:"].iter().any(|scheme| lower.starts_with(scheme)) {
            return None;
        }
        let host = match lower.strip_prefix("mailto:") {
            Some(rest) => {
                let rest = rest.split('?').next().unwrap_or_default();
                let (_, host) = rest.split_once('@').filter(|(_, host)| !host.contains('@'))?;
                host
            }
            None => host(&lower),
        };
        if has_printable_escape(host) {
            return None;
        }
        if is_address(host.as_bytes()) {
            return Some((host.to_owned(), host.to_owned()));
        }
        if !is_host(host.as_bytes()) || !self.is_valid(host) {
            return None;
        }
        Some((self.registered(host), host.to_owned()))
    }
}

/// The host of an address: without scheme, path, user and port.
fn host(address: &str) -> &str {
    let scheme = address.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(0);
    let rest = match address.get(scheme..) {
        Some(rest) if scheme > 0 && rest.starts_with(':') => {
            let rest = &rest[1..];
            rest.strip_prefix("//").or_else(|| rest.strip_prefix('/')).unwrap_or(rest)
        }
        _ => address,
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let rest = &rest[..end];
    let rest = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    match rest.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|octet| octet.is_ascii_digit()) => host,
        _ => rest,
    }
}

/// `%41`: a character that needs no escape.
fn has_printable_escape(host: &str) -> bool {
    host.split('%').skip(1).any(|rest| {
        let code = rest.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        code.is_some_and(|code| (0x21..0x7F).contains(&code))
    })
}

/// Whether a name can be that of a host: two labels at least, of the right characters.
pub(crate) fn is_host(name: &[u8]) -> bool {
    let name = name.to_ascii_lowercase();
    let end = name.iter().rposition(|&octet| octet != b'.').map_or(0, |at| at + 1);
    let name = &name[..end];
    if name.len() > 253 {
        return false;
    }
    let labels: Vec<&[u8]> = name.split(|&octet| octet == b'.').collect();
    let count = labels.len();
    count > 1
        && labels.iter().enumerate().all(|(number, label)| {
            let fits =
                |octet: &u8| octet.is_ascii_lowercase() || octet.is_ascii_digit() || matches!(octet, b'_' | b'-');
            let last_two = number + 2 >= count;
            (1..=63).contains(&label.len())
                && label.iter().all(fits)
                && !label.starts_with(b"-")
                && !label.ends_with(b"-")
                && !(last_two && contains(label, b"_"))
        })
}

/// Whether a text is an IP address.
pub(crate) fn is_address(text: &[u8]) -> bool {
    is_v4(text) || std::str::from_utf8(text).is_ok_and(|text| text.parse::<Ipv6Addr>().is_ok())
}

/// Whether a text is an IPv4 address.
pub(crate) fn is_v4(text: &[u8]) -> bool {
    std::str::from_utf8(text).is_ok_and(|text| text.parse::<Ipv4Addr>().is_ok())
}

/// Whether an address is of a network that nobody routes.
pub(crate) fn is_private(address: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(address) else { return false };
    if let Ok(address) = text.parse::<Ipv6Addr>() {
        return match address.to_ipv4_mapped() {
            Some(inner) => is_private_v4(inner),
            None => address.is_loopback() || address.segments()[0] & 0xFFC0 == 0xFE80,
        };
    }
    text.parse::<Ipv4Addr>().is_ok_and(is_private_v4)
}

fn is_private_v4(address: Ipv4Addr) -> bool {
    let [first, second, ..] = address.octets();
    address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || first == 100 && (64..128).contains(&second)
}
