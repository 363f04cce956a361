//! Operators, domains, subscribers and addresses in SQLite.

use std::collections::HashMap;

use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqlitePool, SqliteRow};

use super::connect::failed;
use super::writer::{Writer, execute};
use crate::records::directory::{AddressKind, AddressRow, DomainRow, Known, OperatorRow, SubscriberRow};
use crate::{OperatorId, StoreError, SubscriberId};

pub(super) async fn put_operator(writer: &Writer, operator: &OperatorRow) -> Result<OperatorId, StoreError> {
    let operator = operator.clone();
    writer
        .change(move |connection| {
            Box::pin(async move {
                let id: i64 = sqlx::query_scalar(
                    "INSERT INTO operators (name, time_zone) VALUES (?1, ?2)
                     ON CONFLICT (name) DO UPDATE SET time_zone = excluded.time_zone RETURNING id",
                )
                .bind(operator.name)
                .bind(operator.time_zone)
                .fetch_one(connection)
                .await
                .map_err(failed)?;
                Ok(OperatorId(id))
            })
        })
        .await
}

pub(super) async fn operators(readers: &SqlitePool) -> Result<Vec<OperatorRow>, StoreError> {
    let rows = sqlx::query("SELECT id, name, time_zone FROM operators ORDER BY id").fetch_all(readers).await;
    rows.map_err(failed)?
        .iter()
        .map(|row| {
            Ok(OperatorRow {
                id: OperatorId(row.try_get(0).map_err(failed)?),
                name: row.try_get(1).map_err(failed)?,
                time_zone: row.try_get(2).map_err(failed)?,
            })
        })
        .collect()
}

fn known_name(known: Known) -> &'static str {
    match known {
        Known::Table => "table",
        Known::NextHop => "next_hop",
        Known::Any => "any",
    }
}

fn read_known(name: &str) -> Result<Known, StoreError> {
    match name {
        "table" => Ok(Known::Table),
        "next_hop" => Ok(Known::NextHop),
        "any" => Ok(Known::Any),
        other => Err(StoreError::Corrupt { what: "domain", why: format!("recipients known by {other:?}") }),
    }
}

pub(super) async fn put_domain(writer: &Writer, domain: &DomainRow) -> Result<(), StoreError> {
    let domain = domain.clone();
    writer
        .change(move |connection| {
            Box::pin(async move {
                // The WHERE keeps one operator from taking another's domain.
                let done = sqlx::query(
                    "INSERT INTO domains (name, operator, known, catch_all, detail) VALUES (?1, ?2, ?3, ?4, ?5)
                     ON CONFLICT (name) DO UPDATE SET known = excluded.known, catch_all = excluded.catch_all,
                         detail = excluded.detail WHERE operator = excluded.operator",
                )
                .bind(&domain.name)
                .bind(domain.operator.0)
                .bind(known_name(domain.known))
                .bind(domain.catch_all)
                .bind(domain.detail.map(String::from))
                .execute(connection)
                .await
                .map_err(failed)?;
                match done.rows_affected() {
                    0 => Err(StoreError::Conflict(format!("the domain {} belongs to another operator", domain.name))),
                    _ => Ok(()),
                }
            })
        })
        .await
}

pub(super) async fn domains(readers: &SqlitePool) -> Result<Vec<DomainRow>, StoreError> {
    let rows = sqlx::query("SELECT operator, name, known, catch_all, detail FROM domains ORDER BY name");
    rows.fetch_all(readers)
        .await
        .map_err(failed)?
        .iter()
        .map(|row| {
            let detail: Option<String> = row.try_get(4).map_err(failed)?;
            Ok(DomainRow {
                operator: OperatorId(row.try_get(0).map_err(failed)?),
                name: row.try_get(1).map_err(failed)?,
                known: read_known(row.try_get::<&str, _>(2).map_err(failed)?)?,
                catch_all: row.try_get(3).map_err(failed)?,
                detail: detail.and_then(|text| text.chars().next()),
            })
        })
        .collect()
}

pub(super) async fn put_subscriber(writer: &Writer, subscriber: &SubscriberRow) -> Result<SubscriberId, StoreError> {
    let subscriber = subscriber.clone();
    writer
        .change(move |connection| {
            Box::pin(async move {
                if subscriber.id.0 == 0 {
                    return create_subscriber(connection, &subscriber).await;
                }
                let done = sqlx::query(
                    "UPDATE subscribers SET login = ?3, name = ?4, group_name = ?5, language = ?6, password = ?7
                     WHERE id = ?1 AND operator = ?2",
                )
                .bind(subscriber.id.0)
                .bind(subscriber.operator.0)
                .bind(&subscriber.login)
                .bind(&subscriber.name)
                .bind(&subscriber.group)
                .bind(&subscriber.language)
                .bind(&subscriber.password)
                .execute(connection)
                .await
                .map_err(failed)?;
                if done.rows_affected() == 0 { Err(StoreError::Absent("subscriber")) } else { Ok(subscriber.id) }
            })
        })
        .await
}

async fn create_subscriber(connection: &mut SqliteConnection, row: &SubscriberRow) -> Result<SubscriberId, StoreError> {
    let id: i64 = sqlx::query_scalar(
        "INSERT INTO subscribers (operator, login, name, group_name, language, password)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6) RETURNING id",
    )
    .bind(row.operator.0)
    .bind(&row.login)
    .bind(&row.name)
    .bind(&row.group)
    .bind(&row.language)
    .bind(&row.password)
    .fetch_one(connection)
    .await
    .map_err(failed)?;
    Ok(SubscriberId(id))
}

fn read_subscriber(row: &SqliteRow) -> Result<SubscriberRow, StoreError> {
    Ok(SubscriberRow {
        id: SubscriberId(row.try_get("id").map_err(failed)?),
        operator: OperatorId(row.try_get("operator").map_err(failed)?),
        login: row.try_get("login").map_err(failed)?,
        name: row.try_get("name").map_err(failed)?,
        group: row.try_get("group_name").map_err(failed)?,
        language: row.try_get("language").map_err(failed)?,
        password: row.try_get("password").map_err(failed)?,
    })
}

pub(super) async fn subscriber(
    readers: &SqlitePool,
    operator: OperatorId,
    id: SubscriberId,
) -> Result<Option<SubscriberRow>, StoreError> {
    let row = sqlx::query("SELECT * FROM subscribers WHERE id = ?1 AND operator = ?2").bind(id.0).bind(operator.0);
    row.fetch_optional(readers).await.map_err(failed)?.as_ref().map(read_subscriber).transpose()
}

pub(super) async fn subscriber_by_login(
    readers: &SqlitePool,
    operator: OperatorId,
    login: &str,
) -> Result<Option<SubscriberRow>, StoreError> {
    let row = sqlx::query("SELECT * FROM subscribers WHERE operator = ?1 AND login = ?2").bind(operator.0).bind(login);
    row.fetch_optional(readers).await.map_err(failed)?.as_ref().map(read_subscriber).transpose()
}

pub(super) async fn find_subscribers(
    readers: &SqlitePool,
    operator: OperatorId,
    text: &str,
    limit: u32,
    offset: u32,
) -> Result<Vec<SubscriberRow>, StoreError> {
    sqlx::query(
        "SELECT * FROM subscribers s WHERE operator = ?1 AND (?2 = '' OR instr(login, ?2) OR instr(lower(name), ?2)
             OR EXISTS (SELECT 1 FROM addresses a WHERE a.subscriber = s.id AND instr(a.key, ?2)))
         ORDER BY login LIMIT ?3 OFFSET ?4",
    )
    .bind(operator.0)
    .bind(text.to_lowercase())
    .bind(limit)
    .bind(offset)
    .fetch_all(readers)
    .await
    .map_err(failed)?
    .iter()
    .map(read_subscriber)
    .collect()
}

pub(super) async fn count_subscribers(readers: &SqlitePool, operator: OperatorId) -> Result<u64, StoreError> {
    let count: i64 = sqlx::query_scalar("SELECT count(*) FROM subscribers WHERE operator = ?1")
        .bind(operator.0)
        .fetch_one(readers)
        .await
        .map_err(failed)?;
    Ok(count.unsigned_abs())
}

pub(super) async fn put_address(writer: &Writer, address: &AddressRow) -> Result<(), StoreError> {
    let address = address.clone();
    writer.change(move |connection| Box::pin(async move { write_address(connection, &address).await })).await
}

async fn write_address(connection: &mut SqliteConnection, address: &AddressRow) -> Result<(), StoreError> {
    let alias_of = match &address.kind {
        AddressKind::Mailbox => None,
        AddressKind::Alias(of) => Some(of),
    };
    sqlx::query(
        "INSERT INTO addresses (operator, key, alias_of, subscriber) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (operator, key) DO UPDATE SET alias_of = excluded.alias_of, subscriber = excluded.subscriber",
    )
    .bind(address.operator.0)
    .bind(&address.key)
    .bind(alias_of)
    .bind(address.subscriber.map(|id| id.0))
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}

fn read_address(row: &SqliteRow) -> Result<AddressRow, StoreError> {
    let alias_of: Option<String> = row.try_get("alias_of").map_err(failed)?;
    Ok(AddressRow {
        operator: OperatorId(row.try_get("operator").map_err(failed)?),
        key: row.try_get("key").map_err(failed)?,
        kind: alias_of.map_or(AddressKind::Mailbox, AddressKind::Alias),
        subscriber: row.try_get::<Option<i64>, _>("subscriber").map_err(failed)?.map(SubscriberId),
    })
}

pub(super) async fn address(
    readers: &SqlitePool,
    operator: OperatorId,
    key: &str,
) -> Result<Option<AddressRow>, StoreError> {
    let row = sqlx::query("SELECT * FROM addresses WHERE operator = ?1 AND key = ?2").bind(operator.0).bind(key);
    row.fetch_optional(readers).await.map_err(failed)?.as_ref().map(read_address).transpose()
}

/// A list as one argument: SQLite takes it apart again. CROSS JOIN has it look up each of the list in the table; left to
/// itself it goes through the whole table, and through the list for each row.
fn as_json(list: &[String]) -> Result<String, StoreError> {
    serde_json::to_string(list).map_err(|fault| StoreError::Database(fault.to_string()))
}

pub(super) async fn owners_of(
    readers: &SqlitePool,
    operator: OperatorId,
    keys: &[String],
) -> Result<HashMap<String, Option<SubscriberId>>, StoreError> {
    let rows = sqlx::query_as::<_, (String, Option<i64>)>(
        "SELECT a.key, a.subscriber FROM json_each(?2) AS given
         CROSS JOIN addresses AS a ON a.operator = ?1 AND a.key = given.value",
    );
    let rows = rows.bind(operator.0).bind(as_json(keys)?).fetch_all(readers).await.map_err(failed)?;
    Ok(rows.into_iter().map(|(key, owner)| (key, owner.map(SubscriberId))).collect())
}

pub(super) async fn subscribers_by_login(
    readers: &SqlitePool,
    operator: OperatorId,
    logins: &[String],
) -> Result<HashMap<String, SubscriberId>, StoreError> {
    let rows = sqlx::query_as::<_, (String, i64)>(
        "SELECT s.login, s.id FROM json_each(?2) AS given
         CROSS JOIN subscribers AS s ON s.operator = ?1 AND s.login = given.value",
    );
    let rows = rows.bind(operator.0).bind(as_json(logins)?).fetch_all(readers).await.map_err(failed)?;
    Ok(rows.into_iter().map(|(login, id)| (login, SubscriberId(id))).collect())
}

pub(super) async fn addresses_of(
    readers: &SqlitePool,
    operator: OperatorId,
    subscriber: SubscriberId,
) -> Result<Vec<AddressRow>, StoreError> {
    sqlx::query("SELECT * FROM addresses WHERE subscriber = ?2 AND operator = ?1 ORDER BY key")
        .bind(operator.0)
        .bind(subscriber.0)
        .fetch_all(readers)
        .await
        .map_err(failed)?
        .iter()
        .map(read_address)
        .collect()
}

/// A login that is there already keeps its number, and its password where the import brings none.
/// What an import may keep in memory of the file: 64 MiB. Left so where it fails, until the connection is opened again.
const IMPORT_CACHE: &str = "PRAGMA cache_size = -65536";
/// SQLite's own default.
const USUAL_CACHE: &str = "PRAGMA cache_size = -2000";

pub(super) async fn import_subscribers(
    writer: &Writer,
    rows: &[(SubscriberRow, Vec<AddressRow>)],
) -> Result<u64, StoreError> {
    let mut rows = rows.to_vec();
    // In the order of the indexes, and with room for them: else every row would touch pages of its own.
    rows.sort_by(|(one, _), (other, _)| (one.operator.0, &one.login).cmp(&(other.operator.0, &other.login)));
    writer
        .change(move |connection| {
            Box::pin(async move {
                execute(connection, IMPORT_CACHE).await?;
                let mut new = 0;
                for (subscriber, addresses) in rows {
                    let known = sqlx::query_scalar::<_, i64>(
                        "UPDATE subscribers SET name = ?3, group_name = ?4, language = ?5,
                             password = coalesce(?6, password) WHERE operator = ?1 AND login = ?2 RETURNING id",
                    )
                    .bind(subscriber.operator.0)
                    .bind(&subscriber.login)
                    .bind(&subscriber.name)
                    .bind(&subscriber.group)
                    .bind(&subscriber.language)
                    .bind(&subscriber.password)
                    .fetch_optional(&mut *connection)
                    .await
                    .map_err(failed)?;
                    let id = match known {
                        Some(id) => SubscriberId(id),
                        None => {
                            new += 1;
                            create_subscriber(connection, &subscriber).await?
                        }
                    };
                    for mut address in addresses {
                        address.operator = subscriber.operator;
                        address.subscriber = Some(id);
                        write_address(connection, &address).await?;
                    }
                }
                execute(connection, USUAL_CACHE).await?;
                Ok(new)
            })
        })
        .await
}
