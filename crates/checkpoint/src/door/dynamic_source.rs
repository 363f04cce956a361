//! Whether a peer's address is one that changes hands (NET-05): declared so by its network's operator, or named so by
//! a reverse name that leads back to it.

use std::net::IpAddr;
use std::sync::Arc;

use auth::dns::{Answer, Dns, addresses_like};
use controls::facts::door::{DynamicBy, DynamicSource};
use controls::names::dynamic::{Look, look};
use controls::{Fact, Why};
use ipnet::IpNet;

use super::gather::Asking;
use super::pattern::Pattern;
use super::ranges::Ranges;

/// Names of one address that are looked at.
const MOST_NAMES: usize = 5;

/// What is known about changing addresses.
#[derive(Clone, Debug, Default)]
pub struct Dynamic {
    /// Ranges that operators declared.
    pub ranges: Arc<Ranges>,
    /// Names that the operator of this checkpoint says are of changing addresses, beside those that are known.
    pub names: Vec<Pattern>,
    /// Networks that are none, whatever else is known.
    pub except_networks: Vec<IpNet>,
    /// Names that are none; only where they lead back.
    pub except_names: Vec<Pattern>,
}

/// Looks the peer up.
pub(super) async fn gather(asking: &Asking<'_>) -> Fact<Option<DynamicSource>> {
    let names = asking.door.names.load();
    of(&names.dynamic, asking.envelope.peer.ip, asking.dns.map(AsRef::as_ref)).await
}

/// What is known about an address.
pub async fn of(known: &Dynamic, ip: IpAddr, dns: Option<&dyn Dns>) -> Fact<Option<DynamicSource>> {
    let ip = ip.to_canonical();
    if known.except_networks.iter().any(|network| network.contains(&ip)) {
        return Fact::Known(None);
    }
    let declared = known.ranges.find(ip).map(|found| DynamicSource {
        by: DynamicBy::Range,
        what: found.range.to_string(),
        comment: found.comment.to_string(),
    });
    let named = match dns {
        Some(dns) => named(known, ip, dns).await,
        None => Fact::Unknown(Why::Failed),
    };
    match (declared, named) {
        // An exception by name holds for declared ranges too: a fixed address inside of one.
        (_, Fact::Known(Named::Excepted)) => Fact::Known(None),
        (Some(declared), _) => Fact::Known(Some(declared)),
        (None, Fact::Known(Named::Looks(found))) => Fact::Known(found),
        (None, Fact::Unknown(why)) => Fact::Unknown(why),
        (None, Fact::NotAsked) => Fact::NotAsked,
    }
}

enum Named {
    Excepted,
    Looks(Option<DynamicSource>),
}

/// What the reverse names say. Only names that lead back to the address count: whoever has the address alone decides
/// what stands in its reverse zone, but not what stands under somebody's domain.
async fn named(known: &Dynamic, ip: IpAddr, dns: &dyn Dns) -> Fact<Named> {
    let names = match dns.ptr(ip).await.answer {
        Answer::Records(names) => names,
        Answer::NoSuchName | Answer::NoData => return Fact::Known(Named::Looks(Some(nameless(ip)))),
        Answer::Failed(_) => return Fact::Unknown(Why::Failed),
    };
    let (mut found, mut confirmed, mut unanswered) = (None, false, false);
    for name in names.iter().take(MOST_NAMES) {
        let addresses = addresses_like(dns, name, ip).await;
        unanswered |= addresses.failed();
        if !addresses.records().contains(&ip) {
            continue;
        }
        confirmed = true;
        if known.except_names.iter().any(|pattern| pattern.matches(name)) {
            return Fact::Known(Named::Excepted);
        }
        let sign = known.names.iter().find(|pattern| pattern.matches(name)).map(ToString::to_string);
        let (by, sign) = match (sign, look(name, ip)) {
            (Some(sign), _) | (None, Look::Dynamic { sign }) => (DynamicBy::Name, sign),
            (None, Look::Numbered) => (DynamicBy::Numbered, String::new()),
            // One name that somebody chose is enough.
            (None, Look::Chosen) => return Fact::Known(Named::Looks(None)),
        };
        found.get_or_insert(DynamicSource { by, what: sign, comment: name.to_string() });
    }
    match (found, confirmed, unanswered) {
        (Some(found), ..) => Fact::Known(Named::Looks(Some(found))),
        (None, false, true) => Fact::Unknown(Why::Failed),
        (None, ..) => Fact::Known(Named::Looks(Some(nameless(ip)))),
    }
}

fn nameless(ip: IpAddr) -> DynamicSource {
    DynamicSource { by: DynamicBy::Nameless, what: ip.to_string(), comment: String::new() }
}

#[cfg(test)]
mod tests {
    use auth::dns::Zone;

    use super::*;

    fn known() -> Dynamic {
        let mut ranges = Ranges::default();
        ranges.add("r", "192.0.2.0/24 home lines").expect("ranges");
        Dynamic {
            ranges: Arc::new(ranges),
            names: vec![Pattern::parse("*.lines.example.net").expect("a pattern")],
            except_networks: vec!["192.0.2.64/26".parse().expect("a network")],
            except_names: vec![Pattern::parse("*.office.example.net").expect("a pattern")],
        }
    }

    async fn by(zone: &Zone, ip: [u8; 4]) -> Option<DynamicBy> {
        match of(&known(), ip.into(), Some(zone)).await {
            Fact::Known(found) => found.map(|found| found.by),
            other => panic!("{other:?}"),
        }
    }

    fn named(name: &str, ip: [u8; 4]) -> Zone {
        Zone::new().ptr(ip, name).a(name, ip)
    }

    #[tokio::test]
    async fn ranges_count_without_a_name_and_exceptions_lift_them() {
        let empty = Zone::new();
        assert_eq!(by(&empty, [192, 0, 2, 1]).await, Some(DynamicBy::Range));
        assert_eq!(by(&empty, [192, 0, 2, 65]).await, None);
        assert_eq!(by(&named("mail.office.example.net", [192, 0, 2, 1]), [192, 0, 2, 1]).await, None);
        // A name that does not lead back lifts nothing.
        let lying =
            Zone::new().ptr([192, 0, 2, 1], "mail.office.example.net").a("mail.office.example.net", [192, 0, 2, 9]);
        assert_eq!(by(&lying, [192, 0, 2, 1]).await, Some(DynamicBy::Range));
    }

    #[tokio::test]
    async fn names_count_only_where_they_lead_back() {
        let ip = [198, 51, 100, 7];
        assert_eq!(by(&named("dhcp-198-51-100-7.example.jp", ip), ip).await, Some(DynamicBy::Name));
        assert_eq!(by(&named("a7.lines.example.net", ip), ip).await, Some(DynamicBy::Name));
        assert_eq!(by(&named("v198-51-100-7.example.com", ip), ip).await, Some(DynamicBy::Numbered));
        assert_eq!(by(&named("mail.example.jp", ip), ip).await, None);
        let unconfirmed = Zone::new().ptr(ip, "dhcp-198-51-100-7.example.jp");
        assert_eq!(by(&unconfirmed, ip).await, Some(DynamicBy::Nameless));
        let both = named("dhcp-198-51-100-7.example.jp", ip).ptr(ip, "mail.example.jp").a("mail.example.jp", ip);
        assert_eq!(by(&both, ip).await, None);
        assert_eq!(by(&Zone::new(), ip).await, Some(DynamicBy::Nameless));
    }

    #[tokio::test]
    async fn without_dns_only_ranges_are_known() {
        let dead = Zone::new().times_out("7.100.51.198.in-addr.arpa").times_out("1.2.0.192.in-addr.arpa");
        assert!(of(&known(), [198, 51, 100, 7].into(), Some(&dead)).await.is_unknown());
        assert!(of(&known(), [198, 51, 100, 7].into(), None).await.is_unknown());
        assert_eq!(by(&dead, [192, 0, 2, 1]).await, Some(DynamicBy::Range));
    }
}
