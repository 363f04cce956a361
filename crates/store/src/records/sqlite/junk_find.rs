//! Looking for held mail in SQLite: whose, in which order, after which row. A page begins after a row and not at a number,
//! so that nothing is skipped or shown twice while other mail comes and goes.

use futures_util::TryStreamExt as _;
use futures_util::stream::BoxStream;
use sqlx::QueryBuilder;
use sqlx::sqlite::{Sqlite, SqlitePool, SqliteRow};

use super::connect::failed;
use super::junk::{read_junk, state_number};
use crate::StoreError;
use crate::records::junk::{JunkOrder, JunkQuery, JunkRow, JunkState};

/// Rows given where a query names no limit.
const USUAL_LIMIT: u32 = 200;

/// The rows of a query, in its order.
pub(super) async fn find_junk(readers: &SqlitePool, query: &JunkQuery) -> Result<Vec<JunkRow>, StoreError> {
    let Some(mut statement) = statement(query) else { return Ok(Vec::new()) };
    let limit = if query.limit == 0 { USUAL_LIMIT } else { query.limit } as usize;
    let mut found = Vec::new();
    look_through(statement.build().fetch(readers), query, |row| {
        found.push(row);
        found.len() < limit
    })
    .await?;
    Ok(found)
}

/// How many there are, whatever the limit. Where no text is looked for, no row is read for that.
pub(super) async fn count_junk(readers: &SqlitePool, query: &JunkQuery) -> Result<u64, StoreError> {
    if query.text.trim().is_empty() {
        let Some(mut counted) = conditions("SELECT COUNT(*) FROM junk", query) else { return Ok(0) };
        let count: i64 = counted.build_query_scalar().fetch_one(readers).await.map_err(failed)?;
        return Ok(u64::try_from(count).unwrap_or_default());
    }
    let Some(mut statement) = statement(query) else { return Ok(0) };
    let mut count = 0;
    look_through(statement.build().fetch(readers), query, |_| {
        count += 1;
        true
    })
    .await?;
    Ok(count)
}

/// The rows of a query, in its order.
fn statement(query: &JunkQuery) -> Option<QueryBuilder<Sqlite>> {
    let mut out = conditions("SELECT * FROM junk", query)?;
    out.push(match query.order {
        JunkOrder::Newest => " ORDER BY held_at DESC, id DESC",
        JunkOrder::Oldest => " ORDER BY held_at, id",
        JunkOrder::Sender => " ORDER BY from_address, id DESC",
        JunkOrder::Leaving => " ORDER BY expires_at, id",
    });
    Some(out)
}

/// With both a subscriber and a recipient, either is enough: mail may have been held before the address had an owner.
fn conditions(select: &str, query: &JunkQuery) -> Option<QueryBuilder<Sqlite>> {
    let mut out = QueryBuilder::<Sqlite>::new(select);
    out.push(" WHERE operator = ").push_bind(query.operator?.0);
    match (query.subscriber, &query.recipient) {
        (Some(person), Some(address)) => {
            out.push(" AND (subscriber = ").push_bind(person.0).push(" OR recipient = ");
            out.push_bind(address.clone()).push(")");
        }
        (Some(person), None) => {
            out.push(" AND subscriber = ").push_bind(person.0);
        }
        (None, Some(address)) => {
            out.push(" AND recipient = ").push_bind(address.clone());
        }
        (None, None) => {}
    }
    if query.unowned {
        out.push(" AND subscriber IS NULL");
    }
    if let Some(since) = query.since {
        out.push(" AND held_at >= ").push_bind(since.0);
    }
    let held = [JunkState::Held];
    let states = if query.states.is_empty() { &held[..] } else { &query.states[..] };
    // Numbers of our own enum, nothing a person typed.
    let states = states.iter().map(|state| state_number(*state).to_string()).collect::<Vec<_>>().join(",");
    out.push(format!(" AND state IN ({states})"));
    if let Some(row) = &query.after {
        let id = row.id.0.as_bytes().to_vec();
        let (compared, time) = match query.order {
            JunkOrder::Newest => ("(held_at, id) < (", row.held_at),
            JunkOrder::Oldest => ("(held_at, id) > (", row.held_at),
            JunkOrder::Leaving => ("(expires_at, id) > (", row.expires_at),
            JunkOrder::Sender => ("", row.held_at),
        };
        if query.order == JunkOrder::Sender {
            out.push(" AND (from_address > ").push_bind(row.from_address.clone()).push(" OR (from_address = ");
            out.push_bind(row.from_address.clone()).push(" AND id < ").push_bind(id).push("))");
        } else {
            out.push(" AND ").push(compared).push_bind(time.0).push(", ").push_bind(id).push(")");
        }
    }
    Some(out)
}

/// Gives what hits, until `take` has enough. Text is compared here and not in SQL: SQLite folds the case of ASCII only.
async fn look_through(
    mut rows: BoxStream<'_, Result<SqliteRow, sqlx::Error>>,
    query: &JunkQuery,
    mut take: impl FnMut(JunkRow) -> bool,
) -> Result<(), StoreError> {
    let text = query.text.trim().to_lowercase();
    while let Some(row) = rows.try_next().await.map_err(failed)? {
        let row = read_junk(&row)?;
        let fields = [&row.from, &row.from_address, &row.subject];
        let hit = text.is_empty() || fields.iter().any(|field| field.to_lowercase().contains(&text));
        if hit && !take(row) {
            break;
        }
    }
    Ok(())
}
