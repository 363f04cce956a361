//! Header sections of delivered mail in a file of their own, `headers.db`, packed one by one.
//!
//! LZ4 with a dictionary of what stands in almost every header section: a section alone is too short to repeat itself.

use message::UnixMillis;
use sqlx::Row;
use sqlx::sqlite::{SqlitePool, SqliteRow};

use super::connect::failed;
use super::writer::Writer;
use crate::records::headers::{HeadersRow, MOST_OCTETS};
use crate::{OperatorId, Reference, StoreError, SubscriberId};

/// First octet of a packed section: how it was packed. A new dictionary gets a new number.
const LZ4_FIRST: u8 = 1;
const AS_IT_IS: u8 = 0;
/// The dictionary of [`LZ4_FIRST`]. It never changes.
const DICTIONARY: &[u8] = include_bytes!("headers.dictionary");

pub(super) async fn put(writer: &Writer, row: HeadersRow) -> Result<(), StoreError> {
    let row = row.bounded();
    writer
        .change(move |connection| {
            Box::pin(async move {
                sqlx::query(
                    "INSERT INTO headers (reference, operator, subscriber, at, ours, octets, cut, packed)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (reference) DO NOTHING",
                )
                .bind(row.reference.to_number())
                .bind(row.operator.0)
                .bind(row.subscriber.0)
                .bind(row.at.0)
                .bind(i64::try_from(row.ours).unwrap_or_default())
                .bind(i64::try_from(row.fields.len()).unwrap_or_default())
                .bind(row.cut)
                .bind(pack(&row.fields))
                .execute(connection)
                .await
                .map_err(failed)?;
                Ok(())
            })
        })
        .await
}

pub(super) async fn find(
    readers: &SqlitePool,
    operator: OperatorId,
    subscriber: SubscriberId,
    since: UnixMillis,
    limit: u32,
) -> Result<Vec<HeadersRow>, StoreError> {
    sqlx::query(
        "SELECT * FROM headers WHERE operator = ?1 AND subscriber = ?2 AND at >= ?3 ORDER BY at DESC, row DESC LIMIT ?4",
    )
    .bind(operator.0)
    .bind(subscriber.0)
    .bind(since.0)
    .bind(limit)
    .fetch_all(readers)
    .await
    .map_err(failed)?
    .iter()
    .map(read)
    .collect()
}

pub(super) async fn one(
    readers: &SqlitePool,
    operator: OperatorId,
    reference: &Reference,
) -> Result<Option<HeadersRow>, StoreError> {
    let row = sqlx::query("SELECT * FROM headers WHERE reference = ?1 AND operator = ?2").bind(reference.to_number());
    row.bind(operator.0).fetch_optional(readers).await.map_err(failed)?.as_ref().map(read).transpose()
}

/// Erases a person's; `before`: only what is older. What is erased is overwritten, in the log too.
pub(super) async fn erase(
    writer: &Writer,
    operator: OperatorId,
    subscriber: Option<SubscriberId>,
    before: Option<UnixMillis>,
) -> Result<u64, StoreError> {
    let gone = writer
        .change(move |connection| {
            Box::pin(async move {
                let done = sqlx::query(
                    "DELETE FROM headers WHERE operator = ?1 AND (?2 IS NULL OR subscriber = ?2) AND at < ?3",
                )
                .bind(operator.0)
                .bind(subscriber.map(|id| id.0))
                .bind(before.map_or(i64::MAX, |before| before.0))
                .execute(&mut *connection)
                .await
                .map_err(failed)?;
                sqlx::query("PRAGMA incremental_vacuum").execute(connection).await.map_err(failed)?;
                Ok(done.rows_affected())
            })
        })
        .await?;
    if gone > 0 {
        writer.settle().await?;
    }
    Ok(gone)
}

fn pack(fields: &[u8]) -> Vec<u8> {
    let packed = lz4_flex::block::compress_with_dict(fields, DICTIONARY);
    let (how, octets) = if packed.len() < fields.len() { (LZ4_FIRST, &packed[..]) } else { (AS_IT_IS, fields) };
    let mut out = Vec::with_capacity(octets.len() + 1);
    out.push(how);
    out.extend_from_slice(octets);
    out
}

fn unpack(packed: &[u8], octets: usize) -> Option<Vec<u8>> {
    match packed.split_first()? {
        (&AS_IT_IS, fields) => Some(fields.to_vec()),
        (&LZ4_FIRST, packed) => lz4_flex::block::decompress_with_dict(packed, octets, DICTIONARY).ok(),
        _ => None,
    }
}

fn read(row: &SqliteRow) -> Result<HeadersRow, StoreError> {
    let octets: i64 = row.try_get("octets").map_err(failed)?;
    let packed: &[u8] = row.try_get("packed").map_err(failed)?;
    let octets = usize::try_from(octets).unwrap_or(0).min(MOST_OCTETS);
    let broken = || StoreError::Corrupt { what: "header section", why: "it cannot be unpacked".to_owned() };
    let fields = unpack(packed, octets).filter(|fields| fields.len() == octets).ok_or_else(broken)?;
    let ours: i64 = row.try_get("ours").map_err(failed)?;
    Ok(HeadersRow {
        reference: Reference::from_number(row.try_get("reference").map_err(failed)?),
        operator: OperatorId(row.try_get("operator").map_err(failed)?),
        subscriber: SubscriberId(row.try_get("subscriber").map_err(failed)?),
        at: UnixMillis(row.try_get("at").map_err(failed)?),
        ours: usize::try_from(ours).unwrap_or(0).min(octets),
        cut: row.try_get("cut").map_err(failed)?,
        fields,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_packed_is_unpacked_and_damage_is_noticed() {
        let fields = b"Received: from mail.example.com (mail.example.com [192.0.2.1])\r\n\tby mx.example.jp (Postfix) \
            with ESMTPS id 4F1;\r\n\tSun, 22 Nov 2026 17:04:04 +0900 (JST)\r\nMIME-Version: 1.0\r\n";
        for fields in [&fields[..], b"", b"\0\xff\xfe"] {
            let packed = pack(fields);
            assert_eq!(unpack(&packed, fields.len()).as_deref(), Some(fields));
        }
        let packed = pack(fields);
        assert!(packed.len() < fields.len() * 2 / 3, "{} of {}", packed.len(), fields.len());
        for at in 0..packed.len() {
            let mut damaged = packed.clone();
            damaged[at] ^= 0x55;
            let _ = unpack(&damaged, fields.len());
            let _ = unpack(&packed[..at], fields.len());
        }
        assert_eq!(unpack(&[9, 1, 2], 2), None);
    }
}
