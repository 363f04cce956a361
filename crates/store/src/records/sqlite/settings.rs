//! Settings in SQLite: a version is made from the one before it, or it is a conflict.

use message::UnixMillis;
use sqlx::Row;
use sqlx::sqlite::{SqlitePool, SqliteRow};

use super::connect::failed;
use super::digests;
use super::writer::Writer;
use crate::records::settings::{SettingsOwner, SettingsVersion};
use crate::{OperatorId, StoreError, SubscriberId};

fn owner_name(owner: &SettingsOwner) -> String {
    match owner {
        SettingsOwner::Operator => "operator".to_owned(),
        SettingsOwner::Group(group) => format!("group:{group}"),
        SettingsOwner::Subscriber(id) => format!("subscriber:{}", id.0),
    }
}

fn read_owner(name: &str) -> Result<SettingsOwner, StoreError> {
    if name == "operator" {
        return Ok(SettingsOwner::Operator);
    }
    if let Some(group) = name.strip_prefix("group:") {
        return Ok(SettingsOwner::Group(group.to_owned()));
    }
    name.strip_prefix("subscriber:")
        .and_then(|id| id.parse().ok())
        .map(|id| SettingsOwner::Subscriber(SubscriberId(id)))
        .ok_or_else(|| StoreError::Corrupt { what: "settings", why: format!("owner {name:?}") })
}

pub(super) async fn put_settings(writer: &Writer, version: &SettingsVersion, expected: i64) -> Result<i64, StoreError> {
    let version = version.clone();
    writer
        .change(move |connection| {
            Box::pin(async move {
                let owner = owner_name(&version.owner);
                let current: i64 = sqlx::query_scalar(
                    "SELECT coalesce(max(version), 0) FROM settings WHERE operator = ?1 AND owner = ?2",
                )
                .bind(version.operator.0)
                .bind(&owner)
                .fetch_one(&mut *connection)
                .await
                .map_err(failed)?;
                if current != expected {
                    return Err(StoreError::Conflict(format!(
                        "the settings of {owner} are at version {current}, the change was made from {expected}"
                    )));
                }
                if let SettingsOwner::Subscriber(person) = version.owner {
                    let chooses = version.json.contains("\"digest\"");
                    digests::settings_changed(&mut *connection, version.operator, person, chooses).await?;
                }
                sqlx::query_scalar(
                    "INSERT INTO settings (operator, owner, json, at, by, from_, note)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) RETURNING version",
                )
                .bind(version.operator.0)
                .bind(owner)
                .bind(version.json)
                .bind(version.at.0)
                .bind(version.by)
                .bind(version.from)
                .bind(version.note)
                .fetch_one(connection)
                .await
                .map_err(failed)
            })
        })
        .await
}

fn read_version(row: &SqliteRow) -> Result<SettingsVersion, StoreError> {
    Ok(SettingsVersion {
        version: row.try_get("version").map_err(failed)?,
        operator: OperatorId(row.try_get("operator").map_err(failed)?),
        owner: read_owner(row.try_get("owner").map_err(failed)?)?,
        json: row.try_get("json").map_err(failed)?,
        at: UnixMillis(row.try_get("at").map_err(failed)?),
        by: row.try_get("by").map_err(failed)?,
        from: row.try_get("from_").map_err(failed)?,
        note: row.try_get("note").map_err(failed)?,
    })
}

pub(super) async fn settings_history(
    readers: &SqlitePool,
    operator: OperatorId,
    owner: &SettingsOwner,
    limit: u32,
) -> Result<Vec<SettingsVersion>, StoreError> {
    sqlx::query("SELECT * FROM settings WHERE operator = ?1 AND owner = ?2 ORDER BY version DESC LIMIT ?3")
        .bind(operator.0)
        .bind(owner_name(owner))
        .bind(limit)
        .fetch_all(readers)
        .await
        .map_err(failed)?
        .iter()
        .map(read_version)
        .collect()
}

/// The index gives the owners in order and the last version of each; no other row is read.
pub(super) async fn settings_in_use(
    readers: &SqlitePool,
    operator: OperatorId,
    after: &str,
    most: u32,
) -> Result<Vec<(String, String)>, StoreError> {
    sqlx::query_as(
        "SELECT owner, json FROM settings WHERE version IN (SELECT max(version) FROM settings
             WHERE operator = ?1 AND owner >= 'subscriber:' AND owner > ?2 AND owner < 'subscriber;'
             GROUP BY owner ORDER BY owner LIMIT ?3) ORDER BY owner",
    )
    .bind(operator.0)
    .bind(after)
    .bind(most)
    .fetch_all(readers)
    .await
    .map_err(failed)
}
