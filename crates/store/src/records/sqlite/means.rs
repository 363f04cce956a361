//! Ways in beside the password, in SQLite.

use message::UnixMillis;
use sqlx::Row;
use sqlx::sqlite::{SqlitePool, SqliteRow};

use super::connect::failed;
use super::signin::{numbers, person};
use super::writer::Writer;
use crate::records::means::{MEANS, MeansKind, MeansRow};
use crate::records::signin::Person;
use crate::{OperatorId, StoreError};

pub(super) async fn put(writer: &Writer, means: &MeansRow) -> Result<(), StoreError> {
    let means = means.clone();
    writer
        .change(move |connection| {
            Box::pin(async move {
                let (kind, id) = numbers(means.person);
                sqlx::query(
                    "INSERT INTO means (operator, person_kind, person, kind, name, secret, detail, created_at, used)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
                     ON CONFLICT (operator, person_kind, person, kind, name) DO UPDATE SET secret = excluded.secret,
                         detail = excluded.detail, created_at = excluded.created_at, used = excluded.used",
                )
                .bind(means.operator.0)
                .bind(kind)
                .bind(id)
                .bind(means.kind.name())
                .bind(means.name)
                .bind(means.secret)
                .bind(means.detail)
                .bind(means.created_at.0)
                .bind(means.used)
                .execute(connection)
                .await
                .map_err(failed)?;
                Ok(())
            })
        })
        .await
}

pub(super) async fn of(readers: &SqlitePool, operator: OperatorId, whose: Person) -> Result<Vec<MeansRow>, StoreError> {
    let (kind, id) = numbers(whose);
    let rows = sqlx::query(
        "SELECT * FROM means WHERE operator = ?1 AND person_kind = ?2 AND person = ?3 ORDER BY created_at, kind, name",
    )
    .bind(operator.0)
    .bind(kind)
    .bind(id)
    .fetch_all(readers)
    .await
    .map_err(failed)?;
    rows.iter().map(read).collect()
}

pub(super) async fn named(readers: &SqlitePool, kind: MeansKind, name: &[u8]) -> Result<Vec<MeansRow>, StoreError> {
    let rows = sqlx::query("SELECT * FROM means WHERE kind = ?1 AND name = ?2 ORDER BY created_at LIMIT 16")
        .bind(kind.name())
        .bind(name)
        .fetch_all(readers)
        .await
        .map_err(failed)?;
    rows.iter().map(read).collect()
}

/// The key of a row.
pub(super) struct Which {
    pub(super) operator: OperatorId,
    pub(super) person: Person,
    pub(super) kind: MeansKind,
    pub(super) name: Option<Vec<u8>>,
}

pub(super) async fn advance(writer: &Writer, which: Which, to: i64) -> Result<bool, StoreError> {
    writer
        .change(move |connection| {
            Box::pin(async move {
                let (kind, id) = numbers(which.person);
                let done = sqlx::query(
                    "UPDATE means SET used = ?6 WHERE operator = ?1 AND person_kind = ?2 AND person = ?3 AND kind = ?4
                     AND name = ?5 AND used < ?6",
                )
                .bind(which.operator.0)
                .bind(kind)
                .bind(id)
                .bind(which.kind.name())
                .bind(which.name.unwrap_or_default())
                .bind(to)
                .execute(connection)
                .await
                .map_err(failed)?;
                Ok(done.rows_affected() == 1)
            })
        })
        .await
}

pub(super) async fn drop(writer: &Writer, which: Which) -> Result<u64, StoreError> {
    writer
        .change(move |connection| {
            Box::pin(async move {
                let (kind, id) = numbers(which.person);
                let done = sqlx::query(
                    "DELETE FROM means WHERE operator = ?1 AND person_kind = ?2 AND person = ?3 AND kind = ?4
                     AND (?5 IS NULL OR name = ?5)",
                )
                .bind(which.operator.0)
                .bind(kind)
                .bind(id)
                .bind(which.kind.name())
                .bind(which.name)
                .execute(connection)
                .await
                .map_err(failed)?;
                Ok(done.rows_affected())
            })
        })
        .await
}

fn read(row: &SqliteRow) -> Result<MeansRow, StoreError> {
    let kind: String = row.try_get("kind").map_err(failed)?;
    Ok(MeansRow {
        operator: OperatorId(row.try_get("operator").map_err(failed)?),
        person: person(row, "means")?,
        kind: MEANS
            .iter()
            .copied()
            .find(|one| one.name() == kind)
            .ok_or_else(|| StoreError::Corrupt { what: "means", why: format!("kind {kind:?}") })?,
        name: row.try_get("name").map_err(failed)?,
        secret: row.try_get("secret").map_err(failed)?,
        detail: row.try_get("detail").map_err(failed)?,
        created_at: UnixMillis(row.try_get("created_at").map_err(failed)?),
        used: row.try_get("used").map_err(failed)?,
    })
}
