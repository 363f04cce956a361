//! The peer's reverse name, and whether it leads back to the peer (RFC 8601 §3).

use std::net::IpAddr;

use message::authentication::IprevOutcome;

use crate::dns::{Answer, Dns, addresses_like};

/// Names of one address that are followed.
const MOST_NAMES: usize = 10;

/// What the reverse name says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Iprev {
    /// The result.
    pub outcome: IprevOutcome,
    /// The name that leads back; only with [`IprevOutcome::Pass`].
    pub name: Option<String>,
}

/// Looks the peer's name up and back again.
pub async fn check(dns: &dyn Dns, ip: IpAddr) -> Iprev {
    let ip = ip.to_canonical();
    let names = match dns.ptr(ip).await.answer {
        Answer::Records(names) => names,
        Answer::NoSuchName | Answer::NoData => return Iprev { outcome: IprevOutcome::Fail, name: None },
        Answer::Failed(_) => return Iprev { outcome: IprevOutcome::TempError, name: None },
    };
    let mut unanswered = false;
    for name in names.iter().take(MOST_NAMES) {
        let addresses = addresses_like(dns, name, ip).await;
        if addresses.records().contains(&ip) {
            return Iprev { outcome: IprevOutcome::Pass, name: Some(name.to_string()) };
        }
        unanswered |= addresses.failed();
    }
    let outcome = if unanswered { IprevOutcome::TempError } else { IprevOutcome::Fail };
    Iprev { outcome, name: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dns::Zone;

    #[tokio::test]
    async fn only_a_name_that_leads_back_passes() {
        let ip = IpAddr::from([192, 0, 2, 1]);
        let named = Zone::new().ptr(ip, "other.example").ptr(ip, "mail.example.jp");
        let rows = [
            (Zone::new(), IprevOutcome::Fail),
            (named.clone(), IprevOutcome::Fail),
            (named.clone().a("mail.example.jp", [192, 0, 2, 2]), IprevOutcome::Fail),
            (named.clone().a("mail.example.jp", [192, 0, 2, 1]), IprevOutcome::Pass),
            (named.clone().times_out("mail.example.jp"), IprevOutcome::TempError),
            (Zone::new().times_out("1.2.0.192.in-addr.arpa"), IprevOutcome::TempError),
        ];
        for (zone, outcome) in rows {
            assert_eq!(check(&zone, ip).await.outcome, outcome, "{zone:?}");
        }
        let good = named.a("mail.example.jp", [192, 0, 2, 1]);
        assert_eq!(check(&good, ip).await.name.as_deref(), Some("mail.example.jp"));
        let mapped: IpAddr = "::ffff:192.0.2.1".parse().expect("an address");
        assert_eq!(check(&good, mapped).await.outcome, IprevOutcome::Pass);
    }
}
