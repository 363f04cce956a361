//! What an entry of a list would have done to a person's mail of the last 30 days, as far as records allow.

use std::collections::HashMap;

use controls::lists::Pattern;
use message::authentication::Proof;
use message::{Address, Domain, UnixMillis};
use policy::{DecisionRecord, TransactionRecord};
use store::records::decisions::{DecisionQuery, DecisionRow, TransactionRow};
use store::records::directory::SubscriberRow;
use store::records::junk::JunkState;

use crate::problem::Problem;
use crate::state::Portal;
use crate::subscriber::mine;

const DAYS_30: i64 = 30 * 86_400_000;
/// Decisions that are looked through.
const MOST: u32 = 2_000;

/// Counts over the last 30 days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effect {
    /// Messages of this sender.
    pub matched: usize,
    /// Of these, not delivered.
    pub kept_back: usize,
    /// Of those that were not delivered, whose sender could not be proven.
    pub unproven: usize,
    /// Of these, delivered.
    pub delivered: usize,
}

/// Counts what an entry would have touched.
pub async fn effect(
    portal: &Portal,
    person: &SubscriberRow,
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
    let mut out = Effect::default();
    for (transaction, row) in portal.records().find_decisions(&query).await? {
        if !touches(pattern, &transaction, from.get(&row.reference.to_string())) {
            continue;
        }
        out.matched += 1;
        if is_delivered(&row) {
            out.delivered += 1;
        } else {
            out.kept_back += 1;
            let proof = DecisionRecord::from_json(&row.json).map(|record| record.decision.verdict.proof);
            out.unproven += usize::from(!matches!(proof, Ok(Proof::Proven)));
        }
    }
    Ok(out)
}

fn is_delivered(row: &DecisionRow) -> bool {
    matches!(row.action.as_str(), "deliver" | "label")
}

fn touches(pattern: &Pattern, transaction: &TransactionRow, from: Option<&String>) -> bool {
    let matches = |text: &str| Address::parse(text).is_ok_and(|address| pattern.matches(&address));
    if from.is_some_and(|from| matches(from)) || matches(&transaction.mail_from) {
        return true;
    }
    let domain = TransactionRecord::from_json(&transaction.json)
        .ok()
        .and_then(|record| record.authentication)
        .and_then(|authentication| Domain::parse(&authentication.from).ok());
    match (pattern, domain) {
        (Pattern::Domain(name), Some(domain)) => domain.as_str() == name,
        (Pattern::Subdomains(name), Some(domain)) => Domain::parse(name).is_ok_and(|name| domain.is_within(&name)),
        (Pattern::Everyone, _) => true,
        _ => false,
    }
}
