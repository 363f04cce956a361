//! Writes a group of rows into one day's file.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;

use sqlx::migrate::Migrator;
use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection, Row};

use super::group::{Fold, Recorded};
use super::many::write_all;
use crate::records::decisions::{DecisionRow, TransactionRow};
use crate::records::sqlite::connect::{failed, open_writer};
use crate::records::sqlite::writer::execute;
use crate::{OperatorId, StoreError};

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/decisions");

pub(super) const HOUR_MS: i64 = 3_600_000;

/// The file of one day, open for writing.
pub(super) struct DayFile {
    connection: SqliteConnection,
}

impl DayFile {
    pub(super) async fn open(path: &Path) -> Result<Self, StoreError> {
        Ok(Self { connection: open_writer(path, &MIGRATIONS).await? })
    }

    pub(super) async fn close(mut self) -> Result<(), StoreError> {
        execute(&mut self.connection, "PRAGMA wal_checkpoint(TRUNCATE)").await?;
        self.connection.close().await.map_err(failed)
    }

    /// Ends a transaction that failed; SQLite may have ended it by itself.
    pub(super) async fn roll_back(&mut self) {
        drop(execute(&mut self.connection, "ROLLBACK").await);
    }

    pub(super) async fn drop_connection(self) {
        drop(self.connection.close().await);
    }
}

/// Operator, hour, class and action.
pub(super) type Hour = (OperatorId, i64, String, String);

/// Writes the rows in one transaction. On any error the caller rolls back.
pub(super) async fn write_rows(
    file: &mut DayFile,
    rows: &[&Recorded],
    folded: &HashMap<Fold, u64>,
) -> Result<(), StoreError> {
    let connection = &mut file.connection;
    execute(connection, "BEGIN IMMEDIATE").await?;
    let mut hours = HashMap::new();
    write_all(connection, rows, &mut hours).await?;
    for ((operator, hour, class, action), count) in hours {
        sqlx::query(
            "INSERT INTO hours (operator, hour, class, action, count) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT DO UPDATE SET count = count + excluded.count",
        )
        .bind(operator.0)
        .bind(hour)
        .bind(class)
        .bind(action)
        .bind(count)
        .execute(&mut *connection)
        .await
        .map_err(failed)?;
    }
    for ((operator, minute, network, reason), count) in folded {
        sqlx::query(
            "INSERT INTO folded (operator, minute, network, reason, count) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT DO UPDATE SET count = count + excluded.count",
        )
        .bind(operator.0)
        .bind(minute)
        .bind(network)
        .bind(reason)
        .bind(i64::try_from(*count).unwrap_or(i64::MAX))
        .execute(&mut *connection)
        .await
        .map_err(failed)?;
    }
    execute(connection, "COMMIT").await
}

/// One transaction with its recipients, statement by statement: what is there already is brought up to date.
pub(super) async fn write_one(
    connection: &mut SqliteConnection,
    recorded: &Recorded,
    hours: &mut HashMap<Hour, i64>,
) -> Result<(), StoreError> {
    let row = write_transaction(connection, &recorded.transaction).await?;
    for decision in &recorded.recipients {
        write_decision(connection, row, &recorded.transaction, decision, hours).await?;
    }
    let keys = keys(recorded);
    // Four or five keys is the usual transaction: one statement. The first fills what is left over.
    for chunk in keys.chunks(5) {
        let key = |i: usize| chunk.get(i).or(chunk.first()).copied();
        sqlx::query("INSERT OR IGNORE INTO sought VALUES (?2, ?1), (?3, ?1), (?4, ?1), (?5, ?1), (?6, ?1)")
            .bind(row)
            .bind(key(0))
            .bind(key(1))
            .bind(key(2))
            .bind(key(3))
            .bind(key(4))
            .execute(&mut *connection)
            .await
            .map_err(failed)?;
    }
    Ok(())
}

/// The same transaction again (first a refused recipient, then the rest after DATA) brings its row up to date.
async fn write_transaction(connection: &mut SqliteConnection, row: &TransactionRow) -> Result<i64, StoreError> {
    sqlx::query_scalar(
        "INSERT INTO transactions (id, operator, at, peer, helo, mail_from, message_id, size, face, json)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
         ON CONFLICT (id) DO UPDATE SET at = excluded.at, peer = excluded.peer, helo = excluded.helo,
             mail_from = excluded.mail_from, message_id = excluded.message_id, size = excluded.size,
             face = excluded.face, json = excluded.json WHERE operator = excluded.operator RETURNING row",
    )
    .bind(&row.id.0.as_bytes()[..])
    .bind(row.operator.0)
    .bind(row.at.0)
    .bind(&row.peer)
    .bind(&row.helo)
    .bind(&row.mail_from)
    .bind(&row.message_id)
    .bind(row.size)
    .bind(&row.face)
    .bind(&row.json)
    .fetch_optional(connection)
    .await
    .map_err(failed)?
    .ok_or_else(|| StoreError::Conflict("the transaction belongs to another operator".to_owned()))
}

async fn write_decision(
    connection: &mut SqliteConnection,
    transaction_row: i64,
    transaction: &TransactionRow,
    row: &DecisionRow,
    hours: &mut HashMap<Hour, i64>,
) -> Result<(), StoreError> {
    let done = sqlx::query(
        "INSERT INTO decisions (reference, transaction_row, operator, at, recipient, subscriber, class, action, points,
             json) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT (reference) DO NOTHING",
    )
    .bind(row.reference.to_number())
    .bind(transaction_row)
    .bind(transaction.operator.0)
    .bind(row.at.0)
    .bind(&row.recipient)
    .bind(row.subscriber.map(|id| id.0))
    .bind(&row.class)
    .bind(&row.action)
    .bind(row.points)
    .bind(&row.json)
    .execute(&mut *connection)
    .await
    .map_err(failed)?;
    if done.rows_affected() == 0 {
        let before = replace_decision(connection, transaction_row, transaction.operator, row).await?;
        *hours.entry(before).or_default() -= 1;
    }
    count(transaction.operator, row, hours);
    Ok(())
}

/// Counts a decision in its hour.
pub(super) fn count(operator: OperatorId, row: &DecisionRow, hours: &mut HashMap<Hour, i64>) {
    let hour = row.at.0.div_euclid(HOUR_MS) * HOUR_MS;
    *hours.entry((operator, hour, row.class.clone(), row.action.clone())).or_default() += 1;
}

/// A decision that is recorded again replaces itself (a retry whose answer was lost); returns where it was counted.
async fn replace_decision(
    connection: &mut SqliteConnection,
    transaction_row: i64,
    operator: OperatorId,
    row: &DecisionRow,
) -> Result<Hour, StoreError> {
    let before = sqlx::query("SELECT at, class, action FROM decisions WHERE reference = ?1 AND transaction_row = ?2")
        .bind(row.reference.to_number())
        .bind(transaction_row)
        .fetch_optional(&mut *connection)
        .await
        .map_err(failed)?
        .ok_or_else(|| StoreError::Conflict("the reference names another transaction's decision".to_owned()))?;
    let at: i64 = before.try_get(0).map_err(failed)?;
    let hour = at.div_euclid(HOUR_MS) * HOUR_MS;
    let counted = (operator, hour, before.try_get(1).map_err(failed)?, before.try_get(2).map_err(failed)?);
    sqlx::query(
        "UPDATE decisions SET at = ?2, recipient = ?3, subscriber = ?4, class = ?5, action = ?6, points = ?7, json = ?8
         WHERE reference = ?1",
    )
    .bind(row.reference.to_number())
    .bind(row.at.0)
    .bind(&row.recipient)
    .bind(row.subscriber.map(|id| id.0))
    .bind(&row.class)
    .bind(&row.action)
    .bind(row.points)
    .bind(&row.json)
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(counted)
}

/// What a transaction and its recipients can be found by.
pub(super) fn keys(recorded: &Recorded) -> Vec<i64> {
    let mut keys = transaction_keys(&recorded.transaction);
    keys.extend(recorded.recipients.iter().map(|decision| recipient_key(&decision.recipient)));
    keys
}

/// What a transaction can be found by: peer, sender, the sender's domain, Message-ID.
fn transaction_keys(row: &TransactionRow) -> Vec<i64> {
    let mut keys = vec![seek_key(&row.peer)];
    if !row.mail_from.is_empty() {
        keys.push(seek_key(&row.mail_from));
        if let Some((_, domain)) = row.mail_from.rsplit_once('@') {
            keys.push(seek_key(domain));
        }
    }
    if !row.message_id.is_empty() {
        keys.push(seek_key(&row.message_id));
    }
    keys
}

/// The key of what somebody pasted, as far as it concerns the whole transaction.
pub(super) fn seek_key(text: &str) -> i64 {
    hash("transaction", &seek_text(text))
}

/// The key of a recipient. It is a kind of its own: looking for one recipient must not show the others.
pub(super) fn recipient_key(text: &str) -> i64 {
    hash("recipient", &seek_text(text))
}

/// One spelling of what can be written in several: case, angle brackets, the forms of an IP address, a port.
pub(super) fn seek_text(text: &str) -> String {
    let bare = text.trim().trim_start_matches('<').trim_end_matches('>').trim_start_matches('@');
    let unbracketed = bare.trim_start_matches('[').trim_end_matches(']');
    let unbracketed = unbracketed.strip_prefix("IPv6:").unwrap_or(unbracketed);
    if let Ok(ip) = unbracketed.parse::<IpAddr>() {
        return ip.to_canonical().to_string();
    }
    if let Ok(socket) = bare.parse::<SocketAddr>() {
        return socket.ip().to_canonical().to_string();
    }
    bare.to_ascii_lowercase()
}

fn hash(kind: &str, text: &str) -> i64 {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, format!("{kind}\0{text}").as_bytes());
    digest.as_ref().iter().take(8).fold(0, |number, byte| (number << 8) | i64::from(*byte))
}
