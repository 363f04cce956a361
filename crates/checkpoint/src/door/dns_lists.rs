//! What DNS lists say (IN-10): of the peer's address as soon as it is there, of the names in HELO and MAIL FROM at MAIL.

use controls::facts::door::ListHit;
use controls::{Fact, Stage, Why};
use message::Domain;

use super::gather::Asking;
use super::lists::Item;

/// Of the peer's address.
pub(super) async fn of_address(asking: &Asking<'_>) -> Fact<Vec<ListHit>> {
    ask(asking, &[Item::Address(asking.envelope.peer.ip)]).await
}

/// Of the names in HELO and MAIL FROM; not asked before MAIL.
pub(super) async fn of_domains(asking: &Asking<'_>) -> Fact<Vec<ListHit>> {
    if matches!(asking.stage, Stage::Connect | Stage::Helo) {
        return Fact::NotAsked;
    }
    let helo = asking.envelope.peer.helo.as_deref().and_then(|helo| Domain::parse(helo).ok());
    // A name without a dot would be asked for as if it were one of the list's own entries.
    let helo = helo.filter(|helo| helo.as_str().contains('.') && !helo.is_literal());
    let sender = asking.envelope.mail_from.address().map(|sender| sender.domain().clone());
    let sender = sender.filter(|sender| !sender.is_literal());
    let mut items: Vec<Item> = sender.clone().map(Item::MailFrom).into_iter().collect();
    items.extend(helo.filter(|helo| sender.as_ref() != Some(helo)).map(Item::Helo));
    if items.is_empty() { Fact::NotAsked } else { ask(asking, &items).await }
}

async fn ask(asking: &Asking<'_>, items: &[Item]) -> Fact<Vec<ListHit>> {
    let names = asking.door.names.load();
    match (&names.lists, asking.dns) {
        (None, _) => Fact::NotAsked,
        (Some(lists), _) if lists.is_empty() => Fact::NotAsked,
        (Some(_), None) => Fact::Unknown(Why::Failed),
        (Some(lists), Some(dns)) => lists.ask(items, dns.as_ref(), asking.deadline).await,
    }
}
