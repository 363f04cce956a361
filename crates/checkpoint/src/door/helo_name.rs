//! What DNS says of the name in HELO, and whether it is one of ours.

use std::net::IpAddr;

use auth::dns::{Answer, Dns};
use controls::facts::door::HeloName;
use controls::names::helo::{Shape, shape};
use controls::{Fact, Why};

use super::gather::Asking;

/// Looks the name up; not asked before HELO, nor where it is not a name that could be looked up.
pub(super) async fn gather(asking: &Asking<'_>) -> Fact<HeloName> {
    let peer = &asking.envelope.peer;
    let Some(helo) = &peer.helo else { return Fact::NotAsked };
    let names = asking.door.names.load();
    of(helo, peer.ip, &names.ours, asking.dns.map(AsRef::as_ref)).await
}

/// What is known about a HELO name.
pub async fn of(helo: &str, peer: IpAddr, ours: &[String], dns: Option<&dyn Dns>) -> Fact<HeloName> {
    let name = helo.trim().trim_end_matches('.').to_ascii_lowercase();
    if ours.contains(&name) {
        return Fact::Known(HeloName::Ours);
    }
    if shape(&name, peer) != Shape::Qualified {
        return Fact::NotAsked;
    }
    let Some(dns) = dns else { return Fact::Unknown(Why::Failed) };
    let (v4, v6) = tokio::join!(dns.a(&name), dns.aaaa(&name));
    let peer = peer.to_canonical();
    let here = v4.answer.records().iter().any(|ip| IpAddr::from(*ip) == peer)
        || v6.answer.records().iter().any(|ip| IpAddr::from(*ip) == peer);
    match (v4.answer, v6.answer) {
        _ if here => Fact::Known(HeloName::LeadsHere),
        (Answer::Records(_), _) | (_, Answer::Records(_)) => Fact::Known(HeloName::LeadsElsewhere),
        (Answer::Failed(_), _) | (_, Answer::Failed(_)) => Fact::Unknown(Why::Failed),
        // Some call themselves by their mail domain, which has no address of its own.
        _ => match dns.mx(&name).await.answer {
            Answer::Records(_) => Fact::Known(HeloName::LeadsElsewhere),
            Answer::NoSuchName | Answer::NoData => Fact::Known(HeloName::Absent),
            Answer::Failed(_) => Fact::Unknown(Why::Failed),
        },
    }
}

#[cfg(test)]
mod tests {
    use auth::dns::Zone;

    use super::*;

    #[tokio::test]
    async fn names_in_helo() {
        let zone = Zone::new()
            .a("here.example.jp", [192, 0, 2, 1])
            .aaaa("six.example.jp", [0x2001, 0xdb8, 0, 0, 0, 0, 0, 1])
            .mx("domain.example.jp", 10, "mx.example.jp")
            .empty("nothing.example.jp")
            .times_out("dead.example.jp");
        let ours = ["gate.example.jp".to_owned()];
        let rows = [
            ("here.example.jp", Fact::Known(HeloName::LeadsHere)),
            ("HERE.example.jp.", Fact::Known(HeloName::LeadsHere)),
            ("six.example.jp", Fact::Known(HeloName::LeadsElsewhere)),
            ("domain.example.jp", Fact::Known(HeloName::LeadsElsewhere)),
            ("nothing.example.jp", Fact::Known(HeloName::Absent)),
            ("none.example.jp", Fact::Known(HeloName::Absent)),
            ("dead.example.jp", Fact::Unknown(Why::Failed)),
            ("Gate.example.jp", Fact::Known(HeloName::Ours)),
            ("localhost", Fact::NotAsked),
            ("[192.0.2.1]", Fact::NotAsked),
        ];
        for (helo, expected) in rows {
            assert_eq!(of(helo, [192, 0, 2, 1].into(), &ours, Some(&zone)).await, expected, "{helo}");
        }
        assert!(of("here.example.jp", [192, 0, 2, 1].into(), &ours, None).await.is_unknown());
    }
}
