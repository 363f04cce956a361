//! The index of held mail in SQLite. A move is a compare-and-set: of two who release at once, one does.

use message::UnixMillis;
use sqlx::Row;
use sqlx::sqlite::{SqlitePool, SqliteRow};
use uuid::Uuid;

use super::connect::failed;
use super::digests;
use super::signin::fixed;
use super::writer::Writer;
use crate::records::junk::{JunkRow, JunkState};
use crate::{BlobName, JunkId, OperatorId, Reference, StoreError, SubscriberId, TransactionId};

/// A message that was deleted or that expired is remembered for so long, as its decision is: 30 days.
const REMEMBERED_MS: i64 = 30 * 86_400_000;

pub(super) fn state_number(state: JunkState) -> i64 {
    match state {
        JunkState::Held => 0,
        JunkState::Trash => 1,
        JunkState::Releasing => 2,
        JunkState::Released => 3,
        JunkState::Deleted => 4,
        JunkState::Expired => 5,
    }
}

fn read_state(number: i64) -> Result<JunkState, StoreError> {
    Ok(match number {
        0 => JunkState::Held,
        1 => JunkState::Trash,
        2 => JunkState::Releasing,
        3 => JunkState::Released,
        4 => JunkState::Deleted,
        5 => JunkState::Expired,
        other => return Err(StoreError::Corrupt { what: "held message", why: format!("state {other}") }),
    })
}

pub(super) fn read_uuid(row: &SqliteRow, column: &str, what: &'static str) -> Result<Uuid, StoreError> {
    Ok(Uuid::from_bytes(fixed(row, column, what)?))
}

pub(super) fn read_junk(row: &SqliteRow) -> Result<JunkRow, StoreError> {
    Ok(JunkRow {
        id: JunkId(read_uuid(row, "id", "held message")?),
        reference: Reference::from_number(row.try_get("reference").map_err(failed)?),
        transaction: TransactionId(read_uuid(row, "transaction_id", "held message")?),
        operator: OperatorId(row.try_get("operator").map_err(failed)?),
        subscriber: row.try_get::<Option<i64>, _>("subscriber").map_err(failed)?.map(SubscriberId),
        recipient: row.try_get("recipient").map_err(failed)?,
        blob: BlobName(fixed(row, "blob", "held message")?),
        mail_from: row.try_get("mail_from").map_err(failed)?,
        smtp_utf8: row.try_get("smtp_utf8").map_err(failed)?,
        from: row.try_get("from_shown").map_err(failed)?,
        from_address: row.try_get("from_address").map_err(failed)?,
        subject: row.try_get("subject").map_err(failed)?,
        size: row.try_get("size").map_err(failed)?,
        class: row.try_get("class").map_err(failed)?,
        points: row.try_get("points").map_err(failed)?,
        reasons: row.try_get("reasons").map_err(failed)?,
        refused_by_next_hop: row.try_get("refused_by_next_hop").map_err(failed)?,
        held_at: UnixMillis(row.try_get("held_at").map_err(failed)?),
        expires_at: UnixMillis(row.try_get("expires_at").map_err(failed)?),
        state: read_state(row.try_get("state").map_err(failed)?)?,
    })
}

pub(super) async fn put_junk(writer: &Writer, row: &JunkRow) -> Result<(), StoreError> {
    let row = row.clone();
    writer
        .change(move |connection| {
            Box::pin(async move {
                // Only the same transaction and recipient is "the same again"; any other clash is an error, not
                // a message that quietly is in no index.
                sqlx::query(
                    "INSERT INTO junk (id, reference, transaction_id, operator, subscriber, recipient, blob, mail_from,
                         smtp_utf8, from_shown, from_address, subject, size, class, points, reasons,
                         refused_by_next_hop, held_at, expires_at, state, moved_at)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19,
                         ?20, ?18) ON CONFLICT (transaction_id, recipient) DO NOTHING",
                )
                .bind(&row.id.0.as_bytes()[..])
                .bind(row.reference.to_number())
                .bind(&row.transaction.0.as_bytes()[..])
                .bind(row.operator.0)
                .bind(row.subscriber.map(|id| id.0))
                .bind(&row.recipient)
                .bind(&row.blob.0[..])
                .bind(&row.mail_from)
                .bind(row.smtp_utf8)
                .bind(&row.from)
                .bind(&row.from_address)
                .bind(&row.subject)
                .bind(row.size)
                .bind(&row.class)
                .bind(row.points)
                .bind(&row.reasons)
                .bind(row.refused_by_next_hop)
                .bind(row.held_at.0)
                .bind(row.expires_at.0)
                .bind(state_number(row.state))
                .execute(&mut *connection)
                .await
                .map_err(failed)?;
                match row.subscriber {
                    Some(owner) => digests::something_is_held(connection, row.operator, owner).await,
                    None => Ok(()),
                }
            })
        })
        .await
}

pub(super) async fn junk(
    readers: &SqlitePool,
    operator: OperatorId,
    id: JunkId,
) -> Result<Option<JunkRow>, StoreError> {
    let row = sqlx::query("SELECT * FROM junk WHERE id = ?1 AND operator = ?2").bind(&id.0.as_bytes()[..]);
    row.bind(operator.0).fetch_optional(readers).await.map_err(failed)?.as_ref().map(read_junk).transpose()
}

pub(super) async fn junk_by_reference(
    readers: &SqlitePool,
    operator: OperatorId,
    reference: &Reference,
) -> Result<Option<JunkRow>, StoreError> {
    let row = sqlx::query("SELECT * FROM junk WHERE reference = ?1 AND operator = ?2").bind(reference.to_number());
    row.bind(operator.0).fetch_optional(readers).await.map_err(failed)?.as_ref().map(read_junk).transpose()
}

/// What nobody was told of: held, and neither in a digest nor in a notice yet.
pub(super) async fn untold(
    readers: &SqlitePool,
    operator: OperatorId,
    subscriber: SubscriberId,
    limit: u32,
) -> Result<(u64, Vec<JunkRow>), StoreError> {
    const WHICH: &str = "operator = ?1 AND subscriber = ?2 AND state = 0 AND told = 0";
    let statement = format!("SELECT * FROM junk WHERE {WHICH} ORDER BY row DESC LIMIT ?3");
    let rows = sqlx::query(sqlx::AssertSqlSafe(statement)).bind(operator.0).bind(subscriber.0).bind(limit);
    let rows = rows.fetch_all(readers).await.map_err(failed)?;
    let rows = rows.iter().map(read_junk).collect::<Result<Vec<_>, _>>()?;
    if rows.len() < limit as usize {
        return Ok((rows.len() as u64, rows));
    }
    let statement = format!("SELECT count(*) FROM junk WHERE {WHICH}");
    let count = sqlx::query_scalar(sqlx::AssertSqlSafe(statement)).bind(operator.0).bind(subscriber.0);
    let count: i64 = count.fetch_one(readers).await.map_err(failed)?;
    Ok((count.max(0) as u64, rows))
}

pub(super) async fn move_junk(
    writer: &Writer,
    operator: OperatorId,
    id: JunkId,
    from: JunkState,
    to: JunkState,
    at: UnixMillis,
) -> Result<bool, StoreError> {
    writer
        .change(move |connection| {
            Box::pin(async move {
                let done = sqlx::query(
                    "UPDATE junk SET state = ?4, moved_at = ?5 WHERE id = ?1 AND operator = ?2 AND state = ?3",
                )
                .bind(&id.0.as_bytes()[..])
                .bind(operator.0)
                .bind(state_number(from))
                .bind(state_number(to))
                .bind(at.0)
                .execute(connection)
                .await
                .map_err(failed)?;
                Ok(done.rows_affected() == 1)
            })
        })
        .await
}

pub(super) async fn unfinished_releases(readers: &SqlitePool) -> Result<Vec<JunkRow>, StoreError> {
    let rows = sqlx::query("SELECT * FROM junk WHERE state = 2 ORDER BY held_at").fetch_all(readers).await;
    rows.map_err(failed)?.iter().map(read_junk).collect()
}

/// A release that is under way is not cut short by its time.
pub(super) async fn expire_junk(writer: &Writer, now: UnixMillis, limit: u32) -> Result<Vec<JunkRow>, StoreError> {
    writer
        .change(move |connection| {
            Box::pin(async move {
                let mut rows = sqlx::query(
                    "UPDATE junk SET state = 5, moved_at = ?1 WHERE row IN (SELECT row FROM junk
                         WHERE expires_at <= ?1 AND state IN (0, 1) ORDER BY expires_at LIMIT ?2) RETURNING *",
                )
                .bind(now.0)
                .bind(limit)
                .fetch_all(&mut *connection)
                .await
                .map_err(failed)?;
                let released = sqlx::query(
                    "DELETE FROM junk WHERE row IN (SELECT row FROM junk WHERE expires_at <= ?1 AND state = 3
                         ORDER BY expires_at LIMIT ?2) RETURNING *",
                )
                .bind(now.0)
                .bind(i64::from(limit).saturating_sub_unsigned(rows.len() as u64))
                .fetch_all(&mut *connection)
                .await
                .map_err(failed)?;
                rows.extend(released);
                sqlx::query(
                    "DELETE FROM junk WHERE row IN (SELECT row FROM junk WHERE moved_at <= ?1 AND state IN (4, 5)
                         ORDER BY moved_at LIMIT ?2)",
                )
                .bind(now.0.saturating_sub(REMEMBERED_MS))
                .bind(limit)
                .execute(connection)
                .await
                .map_err(failed)?;
                rows.iter().map(read_junk).collect()
            })
        })
        .await
}

/// Of these held messages, those that nobody can open any more: no row, or deleted, or expired.
pub(super) async fn gone(readers: &SqlitePool, ids: &[JunkId]) -> Result<Vec<JunkId>, StoreError> {
    let mut gone = Vec::new();
    let mut connection = readers.acquire().await.map_err(failed)?;
    for id in ids {
        let needed: i64 =
            sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM junk WHERE id = ?1 AND state NOT IN (4, 5))")
                .bind(&id.0.as_bytes()[..])
                .fetch_one(&mut *connection)
                .await
                .map_err(failed)?;
        if needed == 0 {
            gone.push(*id);
        }
    }
    Ok(gone)
}

pub(super) async fn is_empty(readers: &SqlitePool) -> Result<bool, StoreError> {
    let any: i64 = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM junk)").fetch_one(readers).await.map_err(failed)?;
    Ok(any == 0)
}

pub(super) async fn junk_blob_in_use(
    readers: &SqlitePool,
    operator: OperatorId,
    blob: BlobName,
) -> Result<bool, StoreError> {
    let used: i64 = sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM junk WHERE blob = ?1 AND operator = ?2 AND state IN (0, 1, 2))",
    )
    .bind(&blob.0[..])
    .bind(operator.0)
    .fetch_one(readers)
    .await
    .map_err(failed)?;
    Ok(used != 0)
}
