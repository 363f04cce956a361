//! The log of labelled examples in SQLite. Erasing overwrites (`secure_delete`).

use message::UnixMillis;
use sqlx::Row;
use sqlx::sqlite::{SqlitePool, SqliteRow};

use super::connect::failed;
use super::signin::fixed;
use super::writer::Writer;
use crate::records::learning::{ExampleRow, Label, Owner};
use crate::{OperatorId, StoreError, SubscriberId};

fn owner_number(owner: Owner) -> i64 {
    match owner {
        Owner::Site => 0,
        Owner::Subscriber(id) => id.0,
    }
}

fn label_number(label: Label) -> i64 {
    match label {
        Label::Ham => 0,
        Label::Spam => 1,
    }
}

fn read_example(row: &SqliteRow) -> Result<ExampleRow, StoreError> {
    Ok(ExampleRow {
        id: row.try_get("id").map_err(failed)?,
        operator: OperatorId(row.try_get("operator").map_err(failed)?),
        owner: match row.try_get::<i64, _>("owner").map_err(failed)? {
            0 => Owner::Site,
            id => Owner::Subscriber(SubscriberId(id)),
        },
        message: fixed(row, "message", "example")?,
        label: match row.try_get::<i64, _>("label").map_err(failed)? {
            0 => Label::Ham,
            1 => Label::Spam,
            other => return Err(StoreError::Corrupt { what: "example", why: format!("label {other}") }),
        },
        features: row.try_get("features").map_err(failed)?,
        at: UnixMillis(row.try_get("at").map_err(failed)?),
    })
}

/// An example that changes its label gets a new place in the order, as if it had been taken back and learned anew.
pub(super) async fn put_example(writer: &Writer, example: &ExampleRow) -> Result<bool, StoreError> {
    let example = example.clone();
    writer
        .change(move |connection| {
            Box::pin(async move {
                sqlx::query("DELETE FROM examples WHERE operator = ?1 AND owner = ?2 AND message = ?3 AND label <> ?4")
                    .bind(example.operator.0)
                    .bind(owner_number(example.owner))
                    .bind(&example.message[..])
                    .bind(label_number(example.label))
                    .execute(&mut *connection)
                    .await
                    .map_err(failed)?;
                let done = sqlx::query(
                    "INSERT INTO examples (operator, owner, message, label, features, at)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (operator, owner, message) DO NOTHING",
                )
                .bind(example.operator.0)
                .bind(owner_number(example.owner))
                .bind(&example.message[..])
                .bind(label_number(example.label))
                .bind(&example.features)
                .bind(example.at.0)
                .execute(connection)
                .await
                .map_err(failed)?;
                Ok(done.rows_affected() == 1)
            })
        })
        .await
}

pub(super) async fn example(
    readers: &SqlitePool,
    operator: OperatorId,
    owner: Owner,
    message: [u8; 32],
) -> Result<Option<ExampleRow>, StoreError> {
    sqlx::query("SELECT * FROM examples WHERE operator = ?1 AND owner = ?2 AND message = ?3")
        .bind(operator.0)
        .bind(owner_number(owner))
        .bind(&message[..])
        .fetch_optional(readers)
        .await
        .map_err(failed)?
        .as_ref()
        .map(read_example)
        .transpose()
}

pub(super) async fn take_example(
    writer: &Writer,
    operator: OperatorId,
    owner: Owner,
    message: [u8; 32],
) -> Result<Option<ExampleRow>, StoreError> {
    writer
        .change(move |connection| {
            Box::pin(async move {
                sqlx::query("DELETE FROM examples WHERE operator = ?1 AND owner = ?2 AND message = ?3 RETURNING *")
                    .bind(operator.0)
                    .bind(owner_number(owner))
                    .bind(&message[..])
                    .fetch_optional(connection)
                    .await
                    .map_err(failed)?
                    .as_ref()
                    .map(read_example)
                    .transpose()
            })
        })
        .await
}

pub(super) async fn examples(
    readers: &SqlitePool,
    operator: OperatorId,
    owner: Owner,
    after: i64,
    limit: u32,
) -> Result<Vec<ExampleRow>, StoreError> {
    sqlx::query("SELECT * FROM examples WHERE operator = ?1 AND owner = ?2 AND id > ?3 ORDER BY id LIMIT ?4")
        .bind(operator.0)
        .bind(owner_number(owner))
        .bind(after)
        .bind(limit)
        .fetch_all(readers)
        .await
        .map_err(failed)?
        .iter()
        .map(read_example)
        .collect()
}

pub(super) async fn count_examples(
    readers: &SqlitePool,
    operator: OperatorId,
    owner: Owner,
    label: Label,
) -> Result<u64, StoreError> {
    let count: i64 =
        sqlx::query_scalar("SELECT count(*) FROM examples WHERE operator = ?1 AND owner = ?2 AND label = ?3")
            .bind(operator.0)
            .bind(owner_number(owner))
            .bind(label_number(label))
            .fetch_one(readers)
            .await
            .map_err(failed)?;
    Ok(count.unsigned_abs())
}

pub(super) async fn erase_examples(writer: &Writer, operator: OperatorId, owner: Owner) -> Result<u64, StoreError> {
    let erased = writer
        .change(move |connection| {
            Box::pin(async move {
                let done = sqlx::query("DELETE FROM examples WHERE operator = ?1 AND owner = ?2")
                    .bind(operator.0)
                    .bind(owner_number(owner))
                    .execute(connection)
                    .await
                    .map_err(failed)?;
                Ok(done.rows_affected())
            })
        })
        .await?;
    writer.settle().await?;
    Ok(erased)
}
