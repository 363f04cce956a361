//! Many rows in few statements: each statement costs two changes of thread, which is more than the rows themselves.
//!
//! Rows that are new, which is nearly all, go in together. Where one of them turns out to be there already, those of its
//! statement are written one by one instead.

use std::collections::HashMap;

use sqlx::QueryBuilder;
use sqlx::sqlite::{Sqlite, SqliteConnection};

use super::group::Recorded;
use super::write::{Hour, count, keys, write_one};
use crate::StoreError;
use crate::records::sqlite::connect::failed;
use crate::records::sqlite::writer::execute;

/// Transactions in one statement: few different numbers, so that prepared statements are used again.
const TOGETHER: [usize; 2] = [64, 8];

/// Values of one transaction or decision; SQLite takes 32,766 in a statement.
const MOST_ROWS: usize = 2_000;

/// Writes the rows within a transaction that the caller has begun.
pub(super) async fn write_all(
    connection: &mut SqliteConnection,
    rows: &[&Recorded],
    hours: &mut HashMap<Hour, i64>,
) -> Result<(), StoreError> {
    let mut rest = rows;
    for together in TOGETHER {
        while let Some((chunk, after)) = rest.split_at_checked(together) {
            rest = after;
            if !write_new(connection, chunk, hours).await? {
                for recorded in chunk {
                    write_one(connection, recorded, hours).await?;
                }
            }
        }
    }
    for recorded in rest {
        write_one(connection, recorded, hours).await?;
    }
    Ok(())
}

/// Writes transactions that are all new; `false`, and nothing written, where one is not.
async fn write_new(
    connection: &mut SqliteConnection,
    chunk: &[&Recorded],
    hours: &mut HashMap<Hour, i64>,
) -> Result<bool, StoreError> {
    let recipients: usize = chunk.iter().map(|recorded| recorded.recipients.len()).sum();
    if recipients == 0 || recipients > MOST_ROWS {
        return Ok(false);
    }
    execute(connection, "SAVEPOINT many").await?;
    let written = write_transactions(connection, chunk).await? && write_decisions(connection, chunk).await?;
    if written {
        write_keys(connection, chunk).await?;
        for recorded in chunk {
            for decision in &recorded.recipients {
                count(recorded.transaction.operator, decision, hours);
            }
        }
    } else {
        execute(connection, "ROLLBACK TO many").await?;
    }
    execute(connection, "RELEASE many").await?;
    Ok(written)
}

async fn write_transactions(connection: &mut SqliteConnection, chunk: &[&Recorded]) -> Result<bool, StoreError> {
    let mut insert = QueryBuilder::<Sqlite>::new(
        "INSERT INTO transactions (id, operator, at, peer, helo, mail_from, message_id, size, face, json) ",
    );
    insert.push_values(chunk, |mut values, recorded| {
        let row = &recorded.transaction;
        values.push_bind(&row.id.0.as_bytes()[..]).push_bind(row.operator.0).push_bind(row.at.0);
        values.push_bind(&row.peer).push_bind(&row.helo).push_bind(&row.mail_from).push_bind(&row.message_id);
        values.push_bind(row.size).push_bind(&row.face).push_bind(&row.json);
    });
    insert.push(" ON CONFLICT DO NOTHING");
    let done = insert.build().execute(connection).await.map_err(failed)?;
    Ok(done.rows_affected() == chunk.len() as u64)
}

/// The rows' numbers are looked up by the transactions' ids, which are unique.
async fn write_decisions(connection: &mut SqliteConnection, chunk: &[&Recorded]) -> Result<bool, StoreError> {
    let all = || chunk.iter().flat_map(|recorded| recorded.recipients.iter().map(|row| (&recorded.transaction, row)));
    let mut insert = QueryBuilder::<Sqlite>::new(
        "INSERT INTO decisions (transaction_row, reference, operator, at, recipient, subscriber, class, action, points,
         json) ",
    );
    insert.push_values(all(), |mut values, (transaction, row)| {
        values.push("(SELECT row FROM transactions WHERE id = ");
        values.push_bind_unseparated(&transaction.id.0.as_bytes()[..]).push_unseparated(")");
        values.push_bind(row.reference.to_number()).push_bind(transaction.operator.0).push_bind(row.at.0);
        values.push_bind(&row.recipient).push_bind(row.subscriber.map(|id| id.0)).push_bind(&row.class);
        values.push_bind(&row.action).push_bind(row.points).push_bind(&row.json);
    });
    insert.push(" ON CONFLICT DO NOTHING");
    let done = insert.build().execute(connection).await.map_err(failed)?;
    Ok(done.rows_affected() == all().count() as u64)
}

async fn write_keys(connection: &mut SqliteConnection, chunk: &[&Recorded]) -> Result<(), StoreError> {
    let mut insert = QueryBuilder::<Sqlite>::new("INSERT OR IGNORE INTO sought (transaction_row, hash) ");
    let all = chunk.iter().flat_map(|recorded| keys(recorded).into_iter().map(|key| (&recorded.transaction, key)));
    insert.push_values(all, |mut values, (transaction, key)| {
        values.push("(SELECT row FROM transactions WHERE id = ");
        values.push_bind_unseparated(&transaction.id.0.as_bytes()[..]).push_unseparated(")");
        values.push_bind(key);
    });
    insert.build().execute(connection).await.map_err(failed)?;
    Ok(())
}
