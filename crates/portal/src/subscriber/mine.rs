//! Whose a held message is. What is not the asker's does not exist: the answer is 404, never 403.

use std::collections::HashSet;

use message::UnixMillis;
use store::records::directory::SubscriberRow;
use store::records::junk::{JunkOrder, JunkQuery, JunkRow, JunkState};
use store::{JunkId, Reference};
use uuid::Uuid;

use crate::problem::Problem;
use crate::state::Portal;

/// Which of a person's held mail, and how.
#[derive(Clone, Debug, Default)]
pub struct Wanted<'a> {
    /// In these states.
    pub states: &'a [JunkState],
    /// Not before.
    pub since: Option<UnixMillis>,
    /// In From or Subject, any case.
    pub text: &'a str,
    /// In this order.
    pub order: JunkOrder,
    /// Only what comes after this row.
    pub after: Option<JunkRow>,
    /// At most so many.
    pub limit: u32,
}

/// Held mail of one person, newest first.
pub async fn find(
    portal: &Portal,
    person: &SubscriberRow,
    states: &[JunkState],
    since: Option<UnixMillis>,
    text: &str,
    limit: u32,
) -> Result<Vec<JunkRow>, Problem> {
    page(portal, person, &Wanted { states, since, text, limit, ..Wanted::default() }).await
}

/// A page of one person's held mail: what was held for them, and for their addresses before they were anybody's.
pub async fn page(portal: &Portal, person: &SubscriberRow, wanted: &Wanted<'_>) -> Result<Vec<JunkRow>, Problem> {
    let mut rows = Vec::new();
    for query in queries(portal, person, wanted).await? {
        rows.extend(portal.records().find_junk(&query).await?);
    }
    rows.sort_by(|one, other| wanted.order.compare(one, other));
    rows.truncate(wanted.limit as usize);
    Ok(rows)
}

/// How many there are, whatever the limit.
pub async fn count(portal: &Portal, person: &SubscriberRow, wanted: &Wanted<'_>) -> Result<u64, Problem> {
    let mut count = 0;
    for query in queries(portal, person, &Wanted { after: None, ..wanted.clone() }).await? {
        count += portal.records().count_junk(&query).await?;
    }
    Ok(count)
}

/// No row is found by two of these.
async fn queries(portal: &Portal, person: &SubscriberRow, wanted: &Wanted<'_>) -> Result<Vec<JunkQuery>, Problem> {
    let own = JunkQuery {
        operator: Some(person.operator),
        subscriber: Some(person.id),
        recipient: None,
        text: wanted.text.to_owned(),
        states: wanted.states.to_vec(),
        since: wanted.since,
        unowned: false,
        order: wanted.order,
        after: wanted.after.clone(),
        limit: wanted.limit,
    };
    let addresses: HashSet<String> = addresses(portal, person).await?.into_iter().collect();
    let early = |address| JunkQuery { subscriber: None, recipient: Some(address), unowned: true, ..own.clone() };
    let mut all: Vec<JunkQuery> = addresses.into_iter().map(early).collect();
    all.push(own);
    Ok(all)
}

/// The row that a page ended with, by its id. What is not this person's ends no page of theirs.
pub async fn mark(portal: &Portal, person: &SubscriberRow, id: &str) -> Result<Option<JunkRow>, Problem> {
    if id.is_empty() {
        return Ok(None);
    }
    one(portal, person, id).await.map(Some)
}

/// One held message by the id in an address, if it is this person's.
pub async fn one(portal: &Portal, person: &SubscriberRow, id: &str) -> Result<JunkRow, Problem> {
    let id = Uuid::parse_str(id).map(JunkId).map_err(|_| Problem::NotFound)?;
    let row = portal.records().junk(person.operator, id).await?.ok_or(Problem::NotFound)?;
    if is_mine(portal, person, &row).await? { Ok(row) } else { Err(Problem::NotFound) }
}

/// The held message of a decision, if it is this person's.
pub async fn of_reference(
    portal: &Portal,
    person: &SubscriberRow,
    reference: &Reference,
) -> Result<Option<JunkRow>, Problem> {
    match portal.records().junk_by_reference(person.operator, reference).await? {
        Some(row) if is_mine(portal, person, &row).await? => Ok(Some(row)),
        _ => Ok(None),
    }
}

async fn is_mine(portal: &Portal, person: &SubscriberRow, row: &JunkRow) -> Result<bool, Problem> {
    match row.subscriber {
        Some(owner) => Ok(owner == person.id),
        None => Ok(addresses(portal, person).await?.contains(&row.recipient)),
    }
}

/// A person's addresses by key.
pub async fn addresses(portal: &Portal, person: &SubscriberRow) -> Result<Vec<String>, Problem> {
    let rows = portal.records().addresses_of(person.operator, person.id).await?;
    Ok(rows.into_iter().map(|row| row.key).collect())
}
