//! Dates of contracts in SQLite.

use message::UnixMillis;
use sqlx::Row;
use sqlx::sqlite::SqlitePool;

use super::connect::failed;
use super::digests;
use super::writer::Writer;
use crate::records::directory::ContractRow;
use crate::{OperatorId, StoreError, SubscriberId};

pub(super) async fn put(writer: &Writer, row: &ContractRow) -> Result<(), StoreError> {
    let row = row.clone();
    writer
        .change(move |connection| {
            Box::pin(async move {
                sqlx::query(
                    "INSERT INTO contracts (operator, subscriber, begins, options) VALUES (?1, ?2, ?3, ?4)
                     ON CONFLICT DO UPDATE SET begins = excluded.begins, options = excluded.options",
                )
                .bind(row.operator.0)
                .bind(row.subscriber.0)
                .bind(row.begins.map(|at| at.0))
                .bind(&row.options)
                .execute(&mut *connection)
                .await
                .map_err(failed)?;
                // The digest may be part of it now.
                digests::settings_changed(connection, row.operator, row.subscriber, false).await
            })
        })
        .await
}

pub(super) async fn one(
    readers: &SqlitePool,
    operator: OperatorId,
    subscriber: SubscriberId,
) -> Result<Option<ContractRow>, StoreError> {
    let query = sqlx::query("SELECT begins, options FROM contracts WHERE operator = ?1 AND subscriber = ?2");
    let found = query.bind(operator.0).bind(subscriber.0).fetch_optional(readers).await.map_err(failed)?;
    let Some(row) = found else { return Ok(None) };
    Ok(Some(ContractRow {
        operator,
        subscriber,
        begins: row.try_get::<Option<i64>, _>(0).map_err(failed)?.map(UnixMillis),
        options: row.try_get(1).map_err(failed)?,
    }))
}
