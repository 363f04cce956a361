//! The audit log in SQLite. Append only: nothing here updates or deletes.

use message::UnixMillis;
use sqlx::Row;
use sqlx::sqlite::{SqlitePool, SqliteRow};

use super::connect::failed;
use super::writer::Writer;
use crate::records::audit::AuditRow;
use crate::{OperatorId, StoreError};

pub(super) async fn audit(writer: &Writer, row: &AuditRow) -> Result<(), StoreError> {
    let row = row.clone();
    writer
        .change(move |connection| {
            Box::pin(async move {
                sqlx::query(
                    "INSERT INTO audit (operator, at, by, from_, action, target, detail)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                )
                .bind(row.operator.0)
                .bind(row.at.0)
                .bind(row.by)
                .bind(row.from)
                .bind(row.action)
                .bind(row.target)
                .bind(row.detail)
                .execute(connection)
                .await
                .map_err(failed)?;
                Ok(())
            })
        })
        .await
}

fn read_audit(row: &SqliteRow) -> Result<AuditRow, StoreError> {
    Ok(AuditRow {
        id: row.try_get("id").map_err(failed)?,
        operator: OperatorId(row.try_get("operator").map_err(failed)?),
        at: UnixMillis(row.try_get("at").map_err(failed)?),
        by: row.try_get("by").map_err(failed)?,
        from: row.try_get("from_").map_err(failed)?,
        action: row.try_get("action").map_err(failed)?,
        target: row.try_get("target").map_err(failed)?,
        detail: row.try_get("detail").map_err(failed)?,
    })
}

pub(super) async fn find_audit(
    readers: &SqlitePool,
    operator: OperatorId,
    target: Option<&str>,
    limit: u32,
    offset: u32,
) -> Result<Vec<AuditRow>, StoreError> {
    let query = match target {
        Some(target) => {
            sqlx::query("SELECT * FROM audit WHERE operator = ?1 AND target = ?4 ORDER BY id DESC LIMIT ?2 OFFSET ?3")
                .bind(operator.0)
                .bind(limit)
                .bind(offset)
                .bind(target)
        }
        None => sqlx::query("SELECT * FROM audit WHERE operator = ?1 ORDER BY id DESC LIMIT ?2 OFFSET ?3")
            .bind(operator.0)
            .bind(limit)
            .bind(offset),
    };
    query.fetch_all(readers).await.map_err(failed)?.iter().map(read_audit).collect()
}
