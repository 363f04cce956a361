//! Header sections of delivered mail in a file of their own, `headers.db`, packed one by one, then encrypted under a key of
//! the person whose they are.
//!
//! LZ4 with a dictionary of what stands in almost every header section: a section alone is too short to repeat itself.

use std::path::Path;
use std::sync::Arc;

use message::UnixMillis;
use sqlx::Row;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnection, SqlitePool, SqliteRow};

use super::connect::{failed, open_readers};
use super::writer::Writer;
use crate::records::headers::{HeadersRow, MOST_OCTETS};
use crate::sealing::{self, DataKey, Wrapping};
use crate::{Keys, OperatorId, Reference, StoreError, SubscriberId};

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/headers");
/// Readers at once.
const READERS: u32 = 4;
/// Sections of an older program that are encrypted in one go.
const SEALED_AT_ONCE: u32 = 500;

/// First octet of a packed section: how it was packed. A new dictionary gets a new number.
const LZ4_FIRST: u8 = 1;
const AS_IT_IS: u8 = 0;
/// The dictionary of [`LZ4_FIRST`]. It never changes.
const DICTIONARY: &[u8] = include_bytes!("headers.dictionary");

/// The file of header sections: who writes it, who reads it, and what unwraps people's keys.
pub(super) struct Headers {
    writer: Writer,
    readers: SqlitePool,
    wrapping: Arc<Wrapping>,
}

impl Headers {
    /// Opens `headers.db`, creating it where it is missing. What an older program left unencrypted is encrypted first.
    pub(super) async fn open(path: &Path, keys: &Keys) -> Result<Self, StoreError> {
        let writer = Writer::open(path, &MIGRATIONS).await?;
        let wrapping = Arc::new(Wrapping::new(&keys.key_encryption_key())?);
        let headers = Self { writer, readers: open_readers(path, READERS), wrapping };
        let mut sealed = 0;
        loop {
            match headers.seal_some().await? {
                0 => break,
                some => sealed += some,
            }
            tracing::info!(sealed, "header sections that an older program left are being encrypted");
        }
        // Also where nothing was to be done: the start before may have ended here.
        headers.writer.settle().await?;
        Ok(headers)
    }

    pub(super) async fn close(&self) -> Result<(), StoreError> {
        self.readers.close().await;
        self.writer.close().await
    }

    pub(super) async fn put(&self, row: HeadersRow) -> Result<(), StoreError> {
        let row = row.bounded();
        let wrapping = self.wrapping.clone();
        self.writer
            .change(move |connection| {
                Box::pin(async move {
                    let key = key_for(connection, &wrapping, row.operator, row.subscriber).await?;
                    let (ours, octets) = (whole(row.ours), whole(row.fields.len()));
                    let sealed = sealing::seal(&key, &vouched(&row.reference, ours, octets), &pack(&row.fields))?;
                    sqlx::query(
                        "INSERT INTO headers (reference, operator, subscriber, at, ours, octets, cut, packed, is_sealed)
                         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 1) ON CONFLICT (reference) DO NOTHING",
                    )
                    .bind(row.reference.to_number())
                    .bind(row.operator.0)
                    .bind(row.subscriber.0)
                    .bind(row.at.0)
                    .bind(ours)
                    .bind(octets)
                    .bind(row.cut)
                    .bind(sealed)
                    .execute(connection)
                    .await
                    .map_err(failed)?;
                    Ok(())
                })
            })
            .await
    }

    pub(super) async fn find(
        &self,
        operator: OperatorId,
        subscriber: SubscriberId,
        since: UnixMillis,
        limit: u32,
    ) -> Result<Vec<HeadersRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT headers.*, wrapped FROM headers JOIN holders USING (operator, subscriber)
             WHERE operator = ?1 AND subscriber = ?2 AND at >= ?3 ORDER BY at DESC, row DESC LIMIT ?4",
        )
        .bind(operator.0)
        .bind(subscriber.0)
        .bind(since.0)
        .bind(limit)
        .fetch_all(&self.readers)
        .await
        .map_err(failed)?;
        let Some(first) = rows.first() else { return Ok(Vec::new()) };
        let key = self.key_of(first)?;
        rows.iter().map(|row| read(row, &key)).collect()
    }

    pub(super) async fn one(
        &self,
        operator: OperatorId,
        reference: &Reference,
    ) -> Result<Option<HeadersRow>, StoreError> {
        let row = sqlx::query(
            "SELECT headers.*, wrapped FROM headers JOIN holders USING (operator, subscriber)
             WHERE reference = ?1 AND operator = ?2",
        );
        let row = row.bind(reference.to_number()).bind(operator.0).fetch_optional(&self.readers).await;
        let Some(row) = row.map_err(failed)? else { return Ok(None) };
        read(&row, &self.key_of(&row)?).map(Some)
    }

    /// Erases a person's; `before`: only what is older. What is erased is overwritten, in the log too; who has nothing
    /// left has no key left either.
    pub(super) async fn erase(
        &self,
        operator: OperatorId,
        subscriber: Option<SubscriberId>,
        before: Option<UnixMillis>,
    ) -> Result<u64, StoreError> {
        let gone = self
            .writer
            .change(move |connection| {
                Box::pin(async move {
                    let people = sqlx::query(
                        "SELECT DISTINCT subscriber FROM headers
                         WHERE operator = ?1 AND (?2 IS NULL OR subscriber = ?2) AND at < ?3",
                    );
                    let (who, before) = (subscriber.map(|id| id.0), before.map_or(i64::MAX, |before| before.0));
                    let people = people.bind(operator.0).bind(who).bind(before);
                    let people = people.fetch_all(&mut *connection).await.map_err(failed)?;
                    if people.is_empty() {
                        return Ok(0);
                    }
                    let done = sqlx::query(
                        "DELETE FROM headers WHERE operator = ?1 AND (?2 IS NULL OR subscriber = ?2) AND at < ?3",
                    );
                    let done = done.bind(operator.0).bind(who).bind(before).execute(&mut *connection).await;
                    let done = done.map_err(failed)?.rows_affected();
                    for person in people {
                        drop_key(connection, operator, person.try_get(0).map_err(failed)?).await?;
                    }
                    sqlx::query("PRAGMA incremental_vacuum").execute(connection).await.map_err(failed)?;
                    Ok(done)
                })
            })
            .await?;
        if gone > 0 {
            self.writer.settle().await?;
        }
        Ok(gone)
    }

    fn key_of(&self, row: &SqliteRow) -> Result<DataKey, StoreError> {
        let operator = OperatorId(row.try_get("operator").map_err(failed)?);
        let subscriber = SubscriberId(row.try_get("subscriber").map_err(failed)?);
        self.wrapping.unwrap(row.try_get("wrapped").map_err(failed)?, &holder(operator, subscriber))
    }

    /// Encrypts some of what lies here as an older program wrote it; how many.
    async fn seal_some(&self) -> Result<usize, StoreError> {
        let wrapping = self.wrapping.clone();
        self.writer
            .change(move |connection| {
                Box::pin(async move {
                    let rows = sqlx::query("SELECT * FROM headers WHERE is_sealed = 0 ORDER BY row LIMIT ?1")
                        .bind(SEALED_AT_ONCE)
                        .fetch_all(&mut *connection)
                        .await
                        .map_err(failed)?;
                    for row in &rows {
                        let operator = OperatorId(row.try_get("operator").map_err(failed)?);
                        let subscriber = SubscriberId(row.try_get("subscriber").map_err(failed)?);
                        let key = key_for(connection, &wrapping, operator, subscriber).await?;
                        let sealed = sealing::seal(&key, &vouched_by(row)?, row.try_get("packed").map_err(failed)?)?;
                        sqlx::query("UPDATE headers SET packed = ?2, is_sealed = 1 WHERE row = ?1")
                            .bind(row.try_get::<i64, _>("row").map_err(failed)?)
                            .bind(sealed)
                            .execute(&mut *connection)
                            .await
                            .map_err(failed)?;
                    }
                    Ok(rows.len())
                })
            })
            .await
    }
}

/// A person's key; made where there is none.
async fn key_for(
    connection: &mut SqliteConnection,
    wrapping: &Wrapping,
    operator: OperatorId,
    subscriber: SubscriberId,
) -> Result<DataKey, StoreError> {
    let holder = holder(operator, subscriber);
    let row = sqlx::query("SELECT wrapped FROM holders WHERE operator = ?1 AND subscriber = ?2");
    let row = row.bind(operator.0).bind(subscriber.0).fetch_optional(&mut *connection).await.map_err(failed)?;
    if let Some(row) = row {
        return wrapping.unwrap(row.try_get(0).map_err(failed)?, &holder);
    }
    let key = DataKey::random()?;
    sqlx::query("INSERT INTO holders (operator, subscriber, wrapped) VALUES (?1, ?2, ?3)")
        .bind(operator.0)
        .bind(subscriber.0)
        .bind(wrapping.wrap(&key, &holder)?)
        .execute(connection)
        .await
        .map_err(failed)?;
    Ok(key)
}

/// Drops the key of a person of whom nothing is left here.
async fn drop_key(connection: &mut SqliteConnection, operator: OperatorId, subscriber: i64) -> Result<(), StoreError> {
    let done = sqlx::query(
        "DELETE FROM holders WHERE operator = ?1 AND subscriber = ?2
         AND NOT EXISTS (SELECT 1 FROM headers WHERE operator = ?1 AND subscriber = ?2)",
    );
    done.bind(operator.0).bind(subscriber).execute(connection).await.map_err(failed)?;
    Ok(())
}

/// Who a key is wrapped for.
fn holder(operator: OperatorId, subscriber: SubscriberId) -> Vec<u8> {
    format!("headers of {} of operator {}", subscriber.0, operator.0).into_bytes()
}

/// What stands beside a section in its row and must be what it was sealed with.
fn vouched(reference: &Reference, ours: i64, octets: i64) -> Vec<u8> {
    format!("{} {ours} {octets}", reference.to_number()).into_bytes()
}

fn vouched_by(row: &SqliteRow) -> Result<Vec<u8>, StoreError> {
    let reference = Reference::from_number(row.try_get("reference").map_err(failed)?);
    Ok(vouched(&reference, row.try_get("ours").map_err(failed)?, row.try_get("octets").map_err(failed)?))
}

fn whole(octets: usize) -> i64 {
    i64::try_from(octets).unwrap_or_default()
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

fn read(row: &SqliteRow, key: &DataKey) -> Result<HeadersRow, StoreError> {
    let octets: i64 = row.try_get("octets").map_err(failed)?;
    let octets = usize::try_from(octets).unwrap_or(0).min(MOST_OCTETS);
    let broken = || StoreError::Corrupt { what: "header section", why: "it cannot be opened".to_owned() };
    let sealed: &[u8] = row.try_get("packed").map_err(failed)?;
    let packed = sealing::open(key, &vouched_by(row)?, sealed).ok_or_else(broken)?;
    let fields = unpack(&packed, octets).filter(|fields| fields.len() == octets).ok_or_else(broken)?;
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

    fn row(number: u64) -> HeadersRow {
        HeadersRow {
            reference: Reference::from_random([u8::try_from(number).unwrap(); 12]),
            operator: OperatorId(1),
            subscriber: SubscriberId(7),
            at: UnixMillis(1_795_000_000_000),
            ours: 0,
            cut: false,
            fields: format!("Subject: a walk on Sunday {number}\r\n").into_bytes(),
        }
    }

    /// What lies in the folder, log files too.
    fn octets(folder: &Path) -> Vec<u8> {
        let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
        files.filter(|path| path.is_file()).flat_map(|path| std::fs::read(path).unwrap()).collect()
    }

    fn holds(octets: &[u8], what: &[u8]) -> bool {
        octets.windows(what.len()).any(|window| window == what)
    }

    #[tokio::test]
    async fn nothing_readable_lies_on_the_disk_and_what_an_older_program_left_is_encrypted_at_the_start() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("headers.db");
        let keys = Keys::open(&folder.path().join("keys"), None).unwrap();
        let headers = Headers::open(&path, &keys).await.unwrap();
        headers.put(row(1)).await.unwrap();
        let old = row(2);
        let leave = headers.writer.change(move |connection| {
            Box::pin(async move {
                sqlx::query(
                    "INSERT INTO headers (reference, operator, subscriber, at, ours, octets, cut, packed)
                     VALUES (?1, 1, 7, ?2, 0, ?3, 0, ?4)",
                )
                .bind(old.reference.to_number())
                .bind(old.at.0 + 1)
                .bind(whole(old.fields.len()))
                .bind([&[AS_IT_IS], old.fields.as_slice()].concat())
                .execute(connection)
                .await
                .map_err(failed)?;
                Ok(())
            })
        });
        leave.await.unwrap();
        headers.close().await.unwrap();
        let (word, packed) = (b"a walk on Sunday 2", b"a walk on Sunday 1");
        assert!(holds(&octets(folder.path()), word) && !holds(&octets(folder.path()), packed));

        let headers = Headers::open(&path, &keys).await.unwrap();
        assert!(!holds(&octets(folder.path()), word), "it is overwritten, in the log too");
        let found = headers.find(OperatorId(1), SubscriberId(7), UnixMillis(0), 9).await.unwrap();
        let texts: Vec<Vec<u8>> = found.into_iter().map(|row| row.fields).collect();
        assert_eq!(texts, [row(2).fields, row(1).fields]);

        // Nobody reads it with another key; with the last section the key goes.
        let other = Keys::open(&folder.path().join("other"), None).unwrap();
        let with_other = Headers::open(&path, &other).await.unwrap();
        assert!(with_other.find(OperatorId(1), SubscriberId(7), UnixMillis(0), 9).await.is_err());
        assert!(with_other.one(OperatorId(1), &row(1).reference).await.is_err());
        with_other.close().await.unwrap();
        assert_eq!(headers.erase(OperatorId(1), None, None).await.unwrap(), 2);
        let left = sqlx::query("SELECT * FROM holders").fetch_all(&headers.readers).await.unwrap();
        assert!(left.is_empty());
        headers.close().await.unwrap();
    }

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
