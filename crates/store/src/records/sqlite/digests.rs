//! Plans of digests in SQLite. A plan is changed from the one that was read, or not at all: mail that is held and settings
//! that change in between are never lost.

use message::UnixMillis;
use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqlitePool, SqliteRow};

use super::connect::failed;
use super::writer::Writer;
use crate::records::digests::DigestRow;
use crate::{JunkId, OperatorId, StoreError, SubscriberId};

/// Asked every few seconds: it reads the rows that are due and no others.
const DUE: &str = "SELECT * FROM digests WHERE look_at <= ?1 ORDER BY look_at LIMIT ?2";
/// Used links that are let go with one that is used.
const LET_GO: u32 = 100;

fn read_digest(row: &SqliteRow) -> Result<DigestRow, StoreError> {
    Ok(DigestRow {
        operator: OperatorId(row.try_get("operator").map_err(failed)?),
        subscriber: SubscriberId(row.try_get("subscriber").map_err(failed)?),
        look_at: row.try_get::<Option<i64>, _>("look_at").map_err(failed)?.map(UnixMillis),
        due_at: UnixMillis(row.try_get("due_at").map_err(failed)?),
        tries: row.try_get("tries").map_err(failed)?,
        sent_at: UnixMillis(row.try_get("sent_at").map_err(failed)?),
    })
}

/// Has the person looked at, in the same commit as what is held. A plan that stands stays: it tells of this too.
pub(super) async fn something_is_held(
    connection: &mut SqliteConnection,
    operator: OperatorId,
    subscriber: SubscriberId,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO digests (operator, subscriber, look_at) VALUES (?1, ?2, 0)
         ON CONFLICT (operator, subscriber) DO UPDATE SET look_at = 0 WHERE look_at IS NULL",
    )
    .bind(operator.0)
    .bind(subscriber.0)
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}

/// Has the person looked at, in the same commit as the change. One who chooses a digest gets a plan even where nothing was
/// ever held: it may be sent empty too.
pub(super) async fn settings_changed(
    connection: &mut SqliteConnection,
    operator: OperatorId,
    subscriber: SubscriberId,
    chooses: bool,
) -> Result<(), StoreError> {
    let statement = if chooses {
        "INSERT INTO digests (operator, subscriber, look_at) VALUES (?1, ?2, 0)
         ON CONFLICT (operator, subscriber) DO UPDATE SET look_at = 0"
    } else {
        "UPDATE digests SET look_at = 0 WHERE operator = ?1 AND subscriber = ?2"
    };
    let changed = sqlx::query(statement).bind(operator.0).bind(subscriber.0).execute(connection).await;
    changed.map(|_| ()).map_err(failed)
}

pub(super) async fn digests_due(
    readers: &SqlitePool,
    now: UnixMillis,
    limit: u32,
) -> Result<Vec<DigestRow>, StoreError> {
    let rows = sqlx::query(DUE).bind(now.0).bind(limit);
    rows.fetch_all(readers).await.map_err(failed)?.iter().map(read_digest).collect()
}

pub(super) async fn digest(
    readers: &SqlitePool,
    operator: OperatorId,
    subscriber: SubscriberId,
) -> Result<Option<DigestRow>, StoreError> {
    let row = sqlx::query("SELECT * FROM digests WHERE operator = ?1 AND subscriber = ?2").bind(operator.0);
    row.bind(subscriber.0).fetch_optional(readers).await.map_err(failed)?.as_ref().map(read_digest).transpose()
}

pub(super) async fn wake(
    writer: &Writer,
    operator: OperatorId,
    after: SubscriberId,
    limit: u32,
) -> Result<Option<SubscriberId>, StoreError> {
    writer
        .change(move |connection| {
            Box::pin(async move {
                let last = sqlx::query_scalar::<_, Option<i64>>(
                    "SELECT MAX(subscriber) FROM (SELECT subscriber FROM digests WHERE operator = ?1 AND subscriber > ?2
                     ORDER BY subscriber LIMIT ?3)",
                );
                let last = last.bind(operator.0).bind(after.0).bind(limit).fetch_one(&mut *connection).await;
                let Some(last) = last.map_err(failed)? else { return Ok(None) };
                sqlx::query(
                    "UPDATE digests SET look_at = 0
                     WHERE operator = ?1 AND subscriber > ?2 AND subscriber <= ?3 AND look_at IS NULL
                       AND EXISTS (SELECT 1 FROM junk WHERE junk.operator = digests.operator
                           AND junk.subscriber = digests.subscriber AND junk.state = 0 AND junk.told = 0)",
                )
                .bind(operator.0)
                .bind(after.0)
                .bind(last)
                .execute(connection)
                .await
                .map_err(failed)?;
                Ok(Some(SubscriberId(last)))
            })
        })
        .await
}

pub(super) async fn plan_digests(writer: &Writer, plans: &[(DigestRow, DigestRow)]) -> Result<(), StoreError> {
    let plans = plans.to_vec();
    writer
        .change(move |connection| {
            Box::pin(async move {
                for (before, plan) in &plans {
                    sqlx::query(
                        "UPDATE digests SET look_at = ?3, due_at = ?4, tries = ?5
                         WHERE operator = ?1 AND subscriber = ?2 AND look_at IS ?6 AND due_at = ?7 AND tries = ?8",
                    )
                    .bind(plan.operator.0)
                    .bind(plan.subscriber.0)
                    .bind(plan.look_at.map(|at| at.0))
                    .bind(plan.due_at.0)
                    .bind(plan.tries)
                    .bind(before.look_at.map(|at| at.0))
                    .bind(before.due_at.0)
                    .bind(before.tries)
                    .execute(&mut *connection)
                    .await
                    .map_err(failed)?;
                }
                Ok(())
            })
        })
        .await
}

pub(super) async fn told(writer: &Writer, plan: &DigestRow, newest: Option<JunkId>) -> Result<(), StoreError> {
    let plan = plan.clone();
    writer
        .change(move |connection| {
            Box::pin(async move {
                let (operator, subscriber) = (plan.operator.0, plan.subscriber.0);
                if let Some(newest) = newest {
                    sqlx::query(
                        "UPDATE junk SET told = 1 WHERE operator = ?1 AND subscriber = ?2 AND told = 0
                             AND row <= (SELECT row FROM junk WHERE id = ?3)",
                    )
                    .bind(operator)
                    .bind(subscriber)
                    .bind(&newest.0.as_bytes()[..])
                    .execute(&mut *connection)
                    .await
                    .map_err(failed)?;
                }
                sqlx::query(
                    "INSERT INTO digests (operator, subscriber, look_at, due_at, tries, sent_at)
                     VALUES (?1, ?2, ?3, ?4, 0, ?5) ON CONFLICT (operator, subscriber) DO UPDATE SET
                         look_at = CASE WHEN digests.look_at = 0 OR EXISTS (SELECT 1 FROM junk
                             WHERE operator = ?1 AND subscriber = ?2 AND state = 0 AND told = 0)
                             THEN 0 ELSE excluded.look_at END,
                         due_at = excluded.due_at, tries = 0, sent_at = excluded.sent_at",
                )
                .bind(operator)
                .bind(subscriber)
                .bind(plan.look_at.map(|at| at.0))
                .bind(plan.due_at.0)
                .bind(plan.sent_at.0)
                .execute(connection)
                .await
                .map_err(failed)?;
                Ok(())
            })
        })
        .await
}

pub(super) async fn use_link(
    writer: &Writer,
    link: &[u8; 32],
    now: UnixMillis,
    expires_at: UnixMillis,
) -> Result<bool, StoreError> {
    let link = *link;
    writer
        .change(move |connection| {
            Box::pin(async move {
                sqlx::query(
                    "DELETE FROM used_links WHERE link IN (SELECT link FROM used_links WHERE expires_at <= ?1
                         ORDER BY expires_at LIMIT ?2)",
                )
                .bind(now.0)
                .bind(LET_GO)
                .execute(&mut *connection)
                .await
                .map_err(failed)?;
                let used = sqlx::query("INSERT OR IGNORE INTO used_links (link, expires_at) VALUES (?1, ?2)");
                let used = used.bind(&link[..]).bind(expires_at.0).execute(connection).await.map_err(failed)?;
                Ok(used.rows_affected() == 1)
            })
        })
        .await
}

pub(super) async fn link_is_used(readers: &SqlitePool, link: &[u8; 32]) -> Result<bool, StoreError> {
    let used = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM used_links WHERE link = ?1)").bind(&link[..]);
    let used: i64 = used.fetch_one(readers).await.map_err(failed)?;
    Ok(used != 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::sqlite::connect::open_readers;

    static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("migrations/records");

    #[tokio::test]
    async fn who_is_due_is_found_by_the_index_and_not_among_everybody() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("records.db");
        let writer = Writer::open(&path, &MIGRATIONS).await.unwrap();
        let readers = open_readers(&path, 1);
        let plan = sqlx::query(sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {DUE}"))).bind(0_i64).bind(9_u32);
        let steps = plan.fetch_all(&readers).await.unwrap();
        let told: Vec<String> = steps.iter().map(|step| step.try_get("detail").unwrap()).collect();
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].starts_with("SEARCH digests USING INDEX digests_to_look_at"), "{told:?}");
        readers.close().await;
        writer.close().await.unwrap();
    }
}
