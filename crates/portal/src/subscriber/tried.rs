//! What other settings would have done to a person's mail of the last days, as far as records tell (SUB-04).

use std::collections::HashMap;

use controls::inbound::CONTROLS;
use controls::lists::Pattern;
use message::{Address, Domain, UnixMillis};
use policy::replay::{Senders, replay};
use policy::settings::ContentBasis;
use policy::{DecisionRecord, Disposition, Layer, Settings, TransactionRecord};
use store::records::decisions::{DecisionQuery, DecisionRow, TransactionRow};
use store::records::directory::SubscriberRow;
use store::records::junk::JunkState;

use crate::problem::Problem;
use crate::state::Portal;
use crate::subscriber::mine;

/// Days that are looked at.
pub const DAYS: usize = 14;
const DAY_MS: i64 = 86_400_000;
/// Decisions that are looked through.
const MOST: u32 = 2_000;
/// Examples that are shown.
const SHOWN: usize = 5;

/// Counts over the last days.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tried {
    /// Messages of these days.
    pub all: usize,
    /// Delivered then, and kept back with these settings.
    pub kept_back: usize,
    /// Kept back then, and delivered with these settings.
    pub delivered: usize,
    /// Of which it cannot be said.
    pub unsaid: usize,
    /// The same of a hundred.
    pub unsaid_percent: usize,
    /// Senders of some that would be kept back.
    pub examples: Vec<(UnixMillis, String)>,
}

/// Decides the recorded messages again, with this layer in the place of the person's own.
pub async fn tried(portal: &Portal, person: &SubscriberRow, after: &Layer, now: UnixMillis) -> Result<Tried, Problem> {
    let mut layers = portal.services.directory.layers_of(person.operator, person.id).await?;
    layers.subscriber = Some((0, after.clone().into()));
    let settings = Settings::resolve(&layers);
    let query = DecisionQuery {
        operator: Some(person.operator),
        subscriber: Some(person.id),
        since: Some(UnixMillis(now.0 - DAYS as i64 * DAY_MS)),
        limit: MOST,
        ..DecisionQuery::default()
    };
    let states = [JunkState::Held, JunkState::Trash, JunkState::Releasing, JunkState::Released];
    // The From address is kept with held mail; of delivered mail the records have the envelope and From's domain.
    let held: HashMap<String, String> = mine::find(portal, person, &states, query.since, "", MOST)
        .await?
        .into_iter()
        .map(|row| (row.reference.to_string(), row.from_address))
        .collect();
    let mut out = Tried::default();
    for (transaction, row) in portal.records().find_decisions(&query).await? {
        out.all += 1;
        let from = held.get(&row.reference.to_string());
        match again(&transaction, &row, from, &settings) {
            None => out.unsaid += 1,
            Some((Disposition::Deliver, then)) if then != Disposition::Deliver => {
                out.kept_back += 1;
                if out.examples.len() < SHOWN {
                    out.examples.push((row.at, transaction.mail_from.clone()));
                }
            }
            Some((before, Disposition::Deliver)) if before != Disposition::Deliver => out.delivered += 1,
            Some(_) => {}
        }
    }
    out.unsaid_percent = if out.all == 0 { 0 } else { (out.unsaid * 100).div_ceil(out.all) };
    Ok(out)
}

/// What happened, and what would have; `None`: the record does not tell enough.
fn again(
    transaction: &TransactionRow,
    row: &DecisionRow,
    held: Option<&String>,
    settings: &Settings,
) -> Option<(Disposition, Disposition)> {
    let record = DecisionRecord::from_json(&row.json).ok()?;
    let circumstances = TransactionRecord::from_json(&transaction.json).ok()?;
    let looked_at = record.basis != ContentBasis::None;
    if settings.content_allowed && !looked_at {
        // What the message says was not looked at then, and would be now.
        return None;
    }
    let envelope = Address::parse(&transaction.mail_from).ok();
    let authentication = circumstances.authentication.unwrap_or_default();
    let domain = Domain::parse(&authentication.from).ok();
    let exact = held.and_then(|text| Address::parse(text).ok());
    // Most people's envelope is their From.
    let same = envelope.clone().filter(|address| domain.as_ref() == Some(address.domain()));
    let is_exact = exact.is_some() || same.is_some();
    let any = domain.and_then(|domain| Address::new("anybody", domain).ok());
    let from = exact.or(same).or(any);
    if !is_exact && asks_for_addresses(settings) {
        return None;
    }
    if settings.conditions.keys().any(|reason| !was_looked_for(reason, &record, settings)) {
        return None;
    }
    let senders =
        Senders { from: from.as_ref(), mail_from: envelope.as_ref(), mail_from_proven: authentication.spf.0 == "pass" };
    let then = replay(&record.decision, senders, settings);
    Some((record.decision.treatment.then, then.treatment.then))
}

/// Whether a list names addresses, or parts of them, so that a domain alone does not tell who is on it.
fn asks_for_addresses(settings: &Settings) -> bool {
    let controls = &settings.controls;
    let lists = [&controls.receive, &controls.refuse, &controls.address_book];
    lists
        .into_iter()
        .flat_map(controls::lists::List::entries)
        .any(|entry| matches!(entry.pattern, Pattern::Address(_) | Pattern::Part(_) | Pattern::Phone(_)))
}

/// Whether the control of a condition had run then: those that need content where content was looked at, a bound on size
/// where there was one. What says something of the sender is found again from the record.
fn was_looked_for(reason: &str, record: &DecisionRecord, settings: &Settings) -> bool {
    let Some(control) = CONTROLS.iter().find(|control| control.gives(reason)) else { return true };
    if control.looks_at_content() && !settings.content_allowed {
        // It is not in force.
        return true;
    }
    match control.name {
        "size" => record.layers == settings.versions,
        "sender_kind" => record.decision.verdict.findings.iter().any(|finding| finding.control == "sender_kind"),
        "sender_unlisted" | "impersonation" | "address_book" => true,
        _ => record.basis != ContentBasis::None || !control.looks_at_content(),
    }
}
