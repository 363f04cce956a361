//! The index of blobs: where each lies and who holds it. A SQLite file with a writer that commits in groups.

use std::path::Path;
use std::sync::Arc;

use sqlx::Row;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnection, SqlitePool};

use super::seal::{DataKey, Whose, Wrapping};
use super::segment::Place;
use crate::records::sqlite::connect::{failed, open_readers};
use crate::records::sqlite::writer::Writer;
use crate::{BlobName, OperatorId, StoreError};

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/blobs");
const READERS: u32 = 4;

pub(super) struct Index {
    writer: Writer,
    readers: SqlitePool,
    wrapping: Arc<Wrapping>,
}

/// Where a blob lies, with its data key wrapped for who asked.
pub(super) struct Found {
    pub(super) segment: u64,
    pub(super) start: u64,
    pub(super) length: u64,
    pub(super) key: DataKey,
}

/// One holder of one blob.
#[derive(Clone)]
pub(crate) struct Held {
    pub(crate) operator: OperatorId,
    pub(crate) name: BlobName,
    pub(crate) holder: String,
    row: i64,
}

/// A blob that lies in a segment.
#[derive(Clone, Copy)]
pub(super) struct Lying {
    pub(super) row: i64,
    pub(super) start: u64,
    pub(super) length: u64,
}

impl Index {
    pub(super) async fn open(folder: &Path, wrapping: Wrapping) -> Result<Self, StoreError> {
        let path = folder.join("index.db");
        let writer = Writer::open(&path, &MIGRATIONS).await?;
        Ok(Self { writer, readers: open_readers(&path, READERS), wrapping: Arc::new(wrapping) })
    }

    pub(super) async fn close(&self) -> Result<(), StoreError> {
        self.readers.close().await;
        self.writer.close().await
    }

    /// Whether somebody holds these bytes already.
    pub(super) async fn knows(&self, operator: OperatorId, name: BlobName) -> Result<bool, StoreError> {
        let known: i64 = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM blobs WHERE name = ?1 AND operator = ?2)")
            .bind(&name.0[..])
            .bind(operator.0)
            .fetch_one(&self.readers)
            .await
            .map_err(failed)?;
        Ok(known != 0)
    }

    /// Adds a holder to a blob that is there; `false` where it is not (any more).
    pub(super) async fn join(&self, operator: OperatorId, holder: &str, name: BlobName) -> Result<bool, StoreError> {
        let (holder, wrapping) = (holder.to_owned(), Arc::clone(&self.wrapping));
        self.writer
            .change(move |connection| {
                Box::pin(async move { join(connection, &wrapping, &Whose { operator, name, holder: &holder }).await })
            })
            .await
    }

    /// Names a record that lies on the disk. Where the same bytes were put at the same time, the holder joins those.
    /// The place goes in and out again, so that it outlives the commit even where the caller has gone away: until
    /// then its segment must not be swept.
    pub(super) async fn add(
        &self,
        operator: OperatorId,
        holder: &str,
        name: BlobName,
        key: DataKey,
        place: Place,
    ) -> Result<Place, StoreError> {
        let (holder, wrapping) = (holder.to_owned(), Arc::clone(&self.wrapping));
        self.writer
            .change(move |connection| {
                Box::pin(async move {
                    let whose = Whose { operator, name, holder: &holder };
                    if join(connection, &wrapping, &whose).await? {
                        return Ok(place);
                    }
                    let blob: i64 = sqlx::query_scalar(
                        "INSERT INTO blobs (operator, name, segment, start, length) VALUES (?1, ?2, ?3, ?4, ?5)
                         RETURNING row",
                    )
                    .bind(operator.0)
                    .bind(&name.0[..])
                    .bind(number(place.segment))
                    .bind(number(place.start))
                    .bind(number(place.length))
                    .fetch_one(&mut *connection)
                    .await
                    .map_err(failed)?;
                    hold(connection, blob, whose.holder, wrapping.wrap(&key, &whose.octets())?).await?;
                    Ok(place)
                })
            })
            .await
    }

    pub(super) async fn find(
        &self,
        operator: OperatorId,
        holder: &str,
        name: BlobName,
    ) -> Result<Option<Found>, StoreError> {
        let row = sqlx::query(
            "SELECT b.segment, b.start, b.length, h.wrapped FROM blobs b JOIN holders h ON h.blob = b.row
             WHERE b.name = ?1 AND b.operator = ?2 AND h.holder = ?3",
        )
        .bind(&name.0[..])
        .bind(operator.0)
        .bind(holder)
        .fetch_optional(&self.readers)
        .await
        .map_err(failed)?;
        let Some(row) = row else { return Ok(None) };
        let wrapped: &[u8] = row.try_get(3).map_err(failed)?;
        Ok(Some(Found {
            segment: octets(row.try_get(0).map_err(failed)?),
            start: octets(row.try_get(1).map_err(failed)?),
            length: octets(row.try_get(2).map_err(failed)?),
            key: self.wrapping.unwrap(wrapped, &Whose { operator, name, holder }.octets())?,
        }))
    }

    /// Holders whose name begins with `prefix`, in order, after the one that was last.
    pub(super) async fn holders(
        &self,
        prefix: &str,
        after: Option<&Held>,
        limit: u32,
    ) -> Result<Vec<Held>, StoreError> {
        let (row, holder) = after.map_or((0, ""), |held| (held.row, held.holder.as_str()));
        let rows = sqlx::query(
            "SELECT b.operator, b.name, h.holder, h.blob FROM holders h JOIN blobs b ON b.row = h.blob
             WHERE (h.blob, h.holder) > (?1, ?2) AND substr(h.holder, 1, length(?3)) = ?3
             ORDER BY h.blob, h.holder LIMIT ?4",
        )
        .bind(row)
        .bind(holder)
        .bind(prefix)
        .bind(limit)
        .fetch_all(&self.readers)
        .await
        .map_err(failed)?;
        let read = |row: &sqlx::sqlite::SqliteRow| {
            let name: &[u8] = row.try_get(1).map_err(failed)?;
            let name = name.try_into().map_err(|_| StoreError::Corrupt { what: "blob", why: "its name".to_owned() })?;
            Ok(Held {
                operator: OperatorId(row.try_get(0).map_err(failed)?),
                name: BlobName(name),
                holder: row.try_get(2).map_err(failed)?,
                row: row.try_get(3).map_err(failed)?,
            })
        };
        rows.iter().map(read).collect()
    }

    /// Takes a holder's key away; with the last one the blob is forgotten. Doing it twice is once.
    pub(super) async fn leave(&self, operator: OperatorId, holder: &str, name: BlobName) -> Result<(), StoreError> {
        let holder = holder.to_owned();
        self.writer
            .change(move |connection| {
                Box::pin(async move {
                    sqlx::query(
                        "DELETE FROM holders WHERE holder = ?3 AND blob =
                             (SELECT row FROM blobs WHERE name = ?1 AND operator = ?2)",
                    )
                    .bind(&name.0[..])
                    .bind(operator.0)
                    .bind(holder)
                    .execute(&mut *connection)
                    .await
                    .map_err(failed)?;
                    sqlx::query(
                        "DELETE FROM blobs WHERE name = ?1 AND operator = ?2
                             AND NOT EXISTS (SELECT 1 FROM holders WHERE blob = blobs.row)",
                    )
                    .bind(&name.0[..])
                    .bind(operator.0)
                    .execute(connection)
                    .await
                    .map_err(failed)?;
                    Ok(())
                })
            })
            .await
    }

    /// Octets that are held in a segment.
    pub(super) async fn held_in(&self, segment: u64) -> Result<u64, StoreError> {
        let held: i64 = sqlx::query_scalar("SELECT coalesce(sum(length), 0) FROM blobs WHERE segment = ?1")
            .bind(number(segment))
            .fetch_one(&self.readers)
            .await
            .map_err(failed)?;
        Ok(octets(held))
    }

    /// Where the last held record of a segment ends.
    pub(super) async fn end_of(&self, segment: u64) -> Result<u64, StoreError> {
        let end: i64 = sqlx::query_scalar("SELECT coalesce(max(start + length), 0) FROM blobs WHERE segment = ?1")
            .bind(number(segment))
            .fetch_one(&self.readers)
            .await
            .map_err(failed)?;
        Ok(octets(end))
    }

    pub(super) async fn lying_in(&self, segment: u64) -> Result<Vec<Lying>, StoreError> {
        let rows = sqlx::query("SELECT row, start, length FROM blobs WHERE segment = ?1 ORDER BY start")
            .bind(number(segment))
            .fetch_all(&self.readers)
            .await
            .map_err(failed)?;
        let read = |row: &sqlx::sqlite::SqliteRow| {
            Ok(Lying { row: row.try_get(0)?, start: octets(row.try_get(1)?), length: octets(row.try_get(2)?) })
        };
        rows.iter().map(read).collect::<Result<_, _>>().map_err(failed)
    }

    /// A record was copied to another place; its blob is there from now on, unless it was forgotten meanwhile.
    pub(super) async fn moved(&self, from: u64, lying: Lying, place: Place) -> Result<Place, StoreError> {
        self.writer
            .change(move |connection| {
                Box::pin(async move {
                    sqlx::query(
                        "UPDATE blobs SET segment = ?4, start = ?5 WHERE row = ?1 AND segment = ?2 AND start = ?3",
                    )
                    .bind(lying.row)
                    .bind(number(from))
                    .bind(number(lying.start))
                    .bind(number(place.segment))
                    .bind(number(place.start))
                    .execute(connection)
                    .await
                    .map_err(failed)?;
                    Ok(place)
                })
            })
            .await
    }

    /// Moves what was erased out of the write-ahead log too.
    pub(super) async fn settle(&self) -> Result<(), StoreError> {
        self.writer.settle().await
    }
}

async fn join(connection: &mut SqliteConnection, wrapping: &Wrapping, whose: &Whose<'_>) -> Result<bool, StoreError> {
    // Its own row first, where it holds the blob already.
    let row = sqlx::query(
        "SELECT b.row, h.holder, h.wrapped FROM blobs b JOIN holders h ON h.blob = b.row
         WHERE b.name = ?1 AND b.operator = ?2 ORDER BY h.holder <> ?3 LIMIT 1",
    )
    .bind(&whose.name.0[..])
    .bind(whose.operator.0)
    .bind(whose.holder)
    .fetch_optional(&mut *connection)
    .await
    .map_err(failed)?;
    let Some(row) = row else { return Ok(false) };
    let other: &str = row.try_get(1).map_err(failed)?;
    if other == whose.holder {
        return Ok(true);
    }
    let others = Whose { operator: whose.operator, name: whose.name, holder: other };
    let key = wrapping.unwrap(row.try_get(2).map_err(failed)?, &others.octets())?;
    hold(connection, row.try_get(0).map_err(failed)?, whose.holder, wrapping.wrap(&key, &whose.octets())?).await?;
    Ok(true)
}

async fn hold(connection: &mut SqliteConnection, blob: i64, holder: &str, wrapped: Vec<u8>) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO holders (blob, holder, wrapped) VALUES (?1, ?2, ?3)")
        .bind(blob)
        .bind(holder)
        .bind(wrapped)
        .execute(connection)
        .await
        .map_err(failed)?;
    Ok(())
}

/// SQLite's integers are signed; no file of ours comes near 2^63 octets.
fn number(octets: u64) -> i64 {
    i64::try_from(octets).unwrap_or(i64::MAX)
}

fn octets(number: i64) -> u64 {
    number.unsigned_abs()
}
