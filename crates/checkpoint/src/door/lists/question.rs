//! The names under which a DNS list is asked (RFC 5782 §2.1 IPv4, §2.4 IPv6, §3 domains), and its own test entries (§5).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use auth::dns::reverse_name;
use message::Domain;

/// What lists can be asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Asks {
    /// IPv4 addresses.
    V4,
    /// IPv6 addresses.
    V6,
    /// Domains.
    Domains,
}

/// The name under which an address stands in a zone.
pub fn of_address(ip: IpAddr, zone: &str) -> String {
    let reversed = reverse_name(ip);
    let reversed = reversed.strip_suffix(".in-addr.arpa").or_else(|| reversed.strip_suffix(".ip6.arpa"));
    format!("{}.{zone}", reversed.unwrap_or_default())
}

/// The name under which a domain stands in a zone. `None`: an address literal, or too long together.
pub fn of_domain(domain: &Domain, zone: &str) -> Option<String> {
    let name = format!("{domain}.{zone}");
    (!domain.is_literal() && name.len() <= 253).then_some(name)
}

/// The entry that has to be listed, and the one that must not be.
pub fn test_entries(asks: Asks, zone: &str) -> (String, String) {
    match asks {
        Asks::V4 => {
            let [yes, no] = [2, 1].map(|last| of_address(Ipv4Addr::new(127, 0, 0, last).into(), zone));
            (yes, no)
        }
        Asks::V6 => {
            let [yes, no] =
                [2, 1].map(|last| of_address(Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0x7f00, last).into(), zone));
            (yes, no)
        }
        Asks::Domains => (format!("test.{zone}"), format!("invalid.{zone}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_rfc() {
        assert_eq!(of_address([192, 0, 2, 99].into(), "bad.example.com"), "99.2.0.192.bad.example.com");
        let v6: IpAddr = "2001:db8:1:2:3:4:567:89ab".parse().expect("an address");
        let expected = "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2.ugly.example.com";
        assert_eq!(of_address(v6, "ugly.example.com"), expected);
        let domain = |text: &str| Domain::parse(text).expect("a domain");
        assert_eq!(
            of_domain(&domain("Example.net"), "doms.example.net").as_deref(),
            Some("example.net.doms.example.net")
        );
        assert_eq!(of_domain(&domain("[192.0.2.1]"), "doms.example.net"), None);
        assert_eq!(of_domain(&domain(&"a.".repeat(124)), "doms.example.net"), None);
    }

    #[test]
    fn test_entries_are_those_of_the_rfc() {
        assert_eq!(test_entries(Asks::V4, "l.example"), ("2.0.0.127.l.example".into(), "1.0.0.127.l.example".into()));
        let (yes, no) = test_entries(Asks::V6, "l.example");
        assert_eq!(yes, format!("2.0.0.0.0.0.f.7.f.f.f.f.{}l.example", "0.".repeat(20)));
        assert_eq!(no, format!("1.0.0.0.0.0.f.7.f.f.f.f.{}l.example", "0.".repeat(20)));
        assert_eq!(test_entries(Asks::Domains, "l.example"), ("test.l.example".into(), "invalid.l.example".into()));
    }
}
