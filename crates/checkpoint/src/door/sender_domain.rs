//! Whether the domain of MAIL FROM exists in DNS (IN-16); the null sender has none.

use controls::{Existence, Fact, Why};

use super::gather::Asking;
use crate::gather::from_domain;

/// Asks DNS; not asked for the null sender and for address literals.
pub(super) async fn gather(asking: &Asking<'_>) -> Fact<Existence> {
    let Some(sender) = asking.envelope.mail_from.address().filter(|sender| !sender.domain().is_literal()) else {
        return Fact::NotAsked;
    };
    match asking.dns {
        Some(dns) => from_domain::exists(dns.as_ref(), sender.domain()).await,
        None => Fact::Unknown(Why::Failed),
    }
}
