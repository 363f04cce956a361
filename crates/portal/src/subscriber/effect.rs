//! What an entry of a list would have done to a person's mail of the last 30 days: recorded decisions are decided again
//! with the entry in force, so that malware, the order of lists and proof count as they will.

use std::collections::HashMap;
use std::sync::Arc;

use controls::lists::{Entry, Pattern};
use message::authentication::Proof;
use message::{Address, Domain, UnixMillis};
use policy::replay::{Senders, replay};
use policy::{DecisionRecord, Disposition, Settings, TransactionRecord};
use store::records::decisions::{DecisionQuery, TransactionRow};
use store::records::directory::SubscriberRow;
use store::records::junk::JunkState;

use crate::problem::Problem;
use crate::state::Portal;
use crate::subscriber::lists::List;
use crate::subscriber::mine;

const DAYS_30: i64 = 30 * 86_400_000;
/// Decisions that are looked through.
const MOST: u32 = 2_000;

/// Counts over the last 30 days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effect {
    /// Messages of this sender.
    pub matched: usize,
    /// Of these, kept back then and delivered with the entry.
    pub kept_back: usize,
    /// Of those, how many have a sender that could not be proven.
    pub unproven: usize,
    /// Delivered then and kept back with the entry.
    pub delivered: usize,
}

/// Counts what an entry would have changed. A receive entry is tried as if it helped unproven senders too.
pub async fn effect(
    portal: &Portal,
    person: &SubscriberRow,
    list: List,
    pattern: &Pattern,
    now: UnixMillis,
) -> Result<Effect, Problem> {
    let since = Some(UnixMillis(now.0 - DAYS_30));
    let query = DecisionQuery {
        operator: Some(person.operator),
        subscriber: Some(person.id),
        since,
        limit: MOST,
        ..DecisionQuery::default()
    };
    let states = [JunkState::Held, JunkState::Trash, JunkState::Releasing, JunkState::Released];
    // The From address is kept with held mail; of delivered mail the records have the envelope and From's domain.
    let from: HashMap<String, String> = mine::find(portal, person, &states, since, "", MOST)
        .await?
        .into_iter()
        .map(|row| (row.reference.to_string(), row.from_address))
        .collect();
    let settings = portal.services.directory.settings_of(person.operator, Some(person.id)).await?;
    let settings = with_entry(&settings, list, pattern);
    let mut out = Effect::default();
    for (transaction, row) in portal.records().find_decisions(&query).await? {
        let sender = from_address(pattern, &transaction, from.get(&row.reference.to_string()));
        let envelope = Address::parse(&transaction.mail_from).ok();
        let matches = |address: &Option<Address>| address.as_ref().is_some_and(|address| pattern.matches(address));
        let (true, Ok(record)) = (matches(&sender) || matches(&envelope), DecisionRecord::from_json(&row.json)) else {
            continue;
        };
        out.matched += 1;
        let senders = Senders { from: sender.as_ref(), mail_from: envelope.as_ref(), ..Senders::default() };
        let then = replay(&record.decision, senders, &settings);
        let (before, after) = (record.decision.treatment.then, then.treatment.then);
        match (before == Disposition::Deliver, after == Disposition::Deliver) {
            (false, true) => {
                out.kept_back += 1;
                out.unproven += usize::from(record.decision.verdict.proof != Proof::Proven);
            }
            (true, false) => out.delivered += 1,
            (true, true) | (false, false) => {}
        }
    }
    Ok(out)
}

/// The person's settings with the entry on its list, and off the other.
fn with_entry(settings: &Settings, list: List, pattern: &Pattern) -> Settings {
    let mut out = settings.clone();
    let controls = Arc::make_mut(&mut out.controls);
    let without = |list: &controls::lists::List| {
        list.entries().iter().filter(|entry| entry.pattern != *pattern).cloned().collect()
    };
    let (mut receive, mut refuse): (Vec<Entry>, Vec<Entry>) = (without(&controls.receive), without(&controls.refuse));
    let even_if_unverified = list == List::Receive;
    let entry = Entry { even_if_unverified, ..Entry::new(pattern.clone()) };
    match list {
        List::Receive => receive.push(entry),
        List::Refuse => refuse.push(entry),
    }
    controls.receive = receive.into();
    controls.refuse = refuse.into();
    out
}

/// The From address; where only its domain was kept and only that is asked for, any address of the domain.
fn from_address(pattern: &Pattern, transaction: &TransactionRow, held: Option<&String>) -> Option<Address> {
    if let Some(address) = held.and_then(|text| Address::parse(text).ok()) {
        return Some(address);
    }
    if !matches!(pattern, Pattern::Domain(_) | Pattern::Subdomains(_)) {
        return None;
    }
    let authentication = TransactionRecord::from_json(&transaction.json).ok()?.authentication?;
    Address::new("anybody", Domain::parse(&authentication.from).ok()?).ok()
}
