//! Lists in DNS that name hosts of links (IN-10, RFC 5782 §3). Lists of domains name what somebody registered, so that
//! is what they are asked about, once each.

use std::collections::BTreeSet;

use controls::facts::door::ListHit;
use controls::{Fact, Need, Why};
use message::{Domain, Message};
use tokio::time::Instant;

use super::Sources;
use crate::door::lists::Item;

/// Domains of one message that are asked about.
const MOST: usize = 20;

/// Asks about the domains of the links.
pub(super) async fn gather(
    sources: &Sources,
    message: &Fact<Message>,
    wanted: &BTreeSet<Need>,
    deadline: Instant,
) -> Fact<Vec<ListHit>> {
    let Some(lists) = sources.lists.as_ref().filter(|_| wanted.contains(&Need::LinkLists)) else {
        return Fact::NotAsked;
    };
    let message = match message {
        Fact::Known(message) => message,
        Fact::Unknown(why) => return Fact::Unknown(*why),
        Fact::NotAsked => return Fact::NotAsked,
    };
    let items = domains(message);
    match &sources.dns {
        _ if items.is_empty() => Fact::NotAsked,
        Some(dns) => lists.ask(&items, dns.as_ref(), deadline).await,
        None => Fact::Unknown(Why::Failed),
    }
}

fn domains(message: &Message) -> Vec<Item> {
    let hosts = message.links.iter().filter(|link| link.is_web()).filter_map(|link| link.host.as_deref());
    let registered = hosts.filter_map(|host| Domain::parse(host).ok()?.organizational());
    let mut all: Vec<Domain> = Vec::new();
    for domain in registered {
        if all.len() < MOST && !all.contains(&domain) {
            all.push(domain);
        }
    }
    all.into_iter().map(Item::Link).collect()
}
