//! How every SQLite file of ours is opened, and what its errors mean to us.

use std::path::Path;
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteAutoVacuum, SqliteSynchronous};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions};
use sqlx::{ConnectOptions, Connection};

use crate::StoreError;

/// Options of a connection that writes: WAL with full sync, so that an answered commit outlives a power cut;
/// `secure_delete`, so that what is erased is overwritten and not only unlinked from the tree.
fn writing(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .auto_vacuum(SqliteAutoVacuum::Incremental)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(10))
        .pragma("secure_delete", "ON")
}

/// Opens a file for writing, creating it where it is missing, and brings its tables up to date.
pub(crate) async fn open_writer(path: &Path, migrations: &Migrator) -> Result<SqliteConnection, StoreError> {
    let mut connection = writing(path).connect().await.map_err(|e| at_file(path, &e))?;
    // Not `run`: a future that holds its `Acquire` cannot be spawned (sqlx says so at `run_direct`).
    match migrations.run_direct(None, &mut connection, false).await {
        Ok(()) => Ok(connection),
        Err(e) => {
            let failed = at_file(path, &sqlx::Error::Migrate(Box::new(e)));
            drop(connection.close().await);
            Err(failed)
        }
    }
}

/// Opens readers of a file that exists. They cannot write, whatever they are asked.
pub(crate) fn open_readers(path: &Path, most: u32) -> SqlitePool {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .busy_timeout(Duration::from_secs(10))
        .pragma("query_only", "ON");
    SqlitePoolOptions::new()
        .max_connections(most)
        // A file does not go away as a server does; asking each time whether it is there doubled what a short question took.
        .test_before_acquire(false)
        .acquire_timeout(Duration::from_secs(10))
        .idle_timeout(Duration::from_secs(300))
        .connect_lazy_with(options)
}

/// What a database error means to the caller.
pub(crate) fn failed(error: sqlx::Error) -> StoreError {
    meaning(None, &error)
}

/// The same, naming the file.
pub(crate) fn at_file(path: &Path, error: &sqlx::Error) -> StoreError {
    meaning(Some(path), error)
}

// Primary result codes of https://sqlite.org/rescode.html
const BUSY: u32 = 5;
const LOCKED: u32 = 6;
const READONLY: u32 = 8;
const IOERR: u32 = 10;
const CORRUPT: u32 = 11;
const FULL: u32 = 13;
const CANTOPEN: u32 = 14;
const CONSTRAINT: u32 = 19;
const NOTADB: u32 = 26;

fn meaning(path: Option<&Path>, error: &sqlx::Error) -> StoreError {
    let text = match path {
        Some(path) => format!("{}: {error}", path.display()),
        None => error.to_string(),
    };
    match primary_code(error) {
        // Somebody else's hand is on the file (a copy being made, a shell): it may let go.
        Some(BUSY | LOCKED | READONLY | IOERR | FULL | CANTOPEN) => StoreError::Disk(text),
        Some(CORRUPT | NOTADB) => StoreError::Corrupt { what: "database file", why: text },
        Some(CONSTRAINT) => StoreError::Conflict(text),
        Some(_) | None => match error {
            sqlx::Error::Io(_) => StoreError::Disk(text),
            _ => StoreError::Database(text),
        },
    }
}

/// SQLite's primary result code, also from inside a failed migration.
fn primary_code(error: &sqlx::Error) -> Option<u32> {
    match error {
        sqlx::Error::Database(database) => database.code()?.parse::<u32>().ok().map(|code| code & 0xff),
        sqlx::Error::Migrate(migrate) => match migrate.as_ref() {
            sqlx::migrate::MigrateError::Execute(inner) => primary_code(inner),
            sqlx::migrate::MigrateError::ExecuteMigration(inner, _) => primary_code(inner),
            _ => None,
        },
        _ => None,
    }
}
