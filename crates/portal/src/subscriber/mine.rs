//! Whose a held message is. What is not the asker's does not exist: the answer is 404, never 403.

use std::collections::HashSet;

use message::UnixMillis;
use store::records::directory::SubscriberRow;
use store::records::junk::{JunkQuery, JunkRow, JunkState};
use store::{JunkId, Reference};
use uuid::Uuid;

use crate::problem::Problem;
use crate::state::Portal;

/// Held mail of one person, newest first: what was held for them, and for their addresses before they were anybody's.
pub async fn find(
    portal: &Portal,
    person: &SubscriberRow,
    states: &[JunkState],
    since: Option<UnixMillis>,
    text: &str,
    limit: u32,
) -> Result<Vec<JunkRow>, Problem> {
    let mut query = JunkQuery {
        operator: Some(person.operator),
        subscriber: Some(person.id),
        recipient: None,
        text: text.to_owned(),
        states: states.to_vec(),
        since,
        limit,
        offset: 0,
    };
    let mut rows = portal.records().find_junk(&query).await?;
    for address in addresses(portal, person).await? {
        query.recipient = Some(address);
        rows.extend(portal.records().find_junk(&query).await?.into_iter().filter(|row| row.subscriber.is_none()));
    }
    let mut seen = HashSet::new();
    rows.retain(|row| seen.insert(row.id));
    rows.sort_by_key(|row| std::cmp::Reverse(row.held_at));
    rows.truncate(limit as usize);
    Ok(rows)
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
