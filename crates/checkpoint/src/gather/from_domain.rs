//! Whether the domain of the From address could receive an answer (IN-16, RFC 5321 §5.1, RFC 7505).

use auth::dns::{Answer, Dns};
use controls::{Existence, Fact, Why};
use message::{Domain, Headers};

/// The domain to ask about: that of the first From address.
pub fn of(headers: &Headers) -> Option<Domain> {
    let address = headers.authors().iter().find_map(|mailbox| mailbox.address.as_ref())?;
    (!address.domain().is_literal()).then(|| address.domain().clone())
}

/// Asks DNS: MX, and without MX an address.
pub async fn exists(dns: &dyn Dns, domain: &Domain) -> Fact<Existence> {
    let name = domain.as_str();
    match dns.mx(name).await.answer {
        Answer::Records(records) if records.iter().all(|mx| mx.exchange.is_empty()) => {
            return Fact::Known(Existence::NullMx);
        }
        Answer::Records(_) => return Fact::Known(Existence::Exists),
        Answer::NoSuchName => return Fact::Known(Existence::Absent),
        Answer::Failed(_) => return Fact::Unknown(Why::Failed),
        Answer::NoData => {}
    }
    let (v4, v6) = tokio::join!(dns.a(name), dns.aaaa(name));
    match (v4.answer, v6.answer) {
        (Answer::Records(_), _) | (_, Answer::Records(_)) => Fact::Known(Existence::Exists),
        (Answer::Failed(_), _) | (_, Answer::Failed(_)) => Fact::Unknown(Why::Failed),
        _ => Fact::Known(Existence::Absent),
    }
}
