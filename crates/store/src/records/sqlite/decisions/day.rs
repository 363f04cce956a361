//! UTC days, their files, and who reads them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use message::UnixMillis;
use sqlx::sqlite::SqlitePool;

use super::super::connect;
use crate::StoreError;

pub(super) const DAY_MS: i64 = 86_400_000;

/// Readers of one daily file at once.
const READERS: u32 = 2;

/// Days since 1970-01-01, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Day(pub(super) i64);

impl Day {
    pub(super) fn of(at: UnixMillis) -> Self {
        Self(at.0.div_euclid(DAY_MS))
    }

    pub(super) fn before(self, days: u32) -> Self {
        Self(self.0 - i64::from(days))
    }

    /// The day of a file name `YYYY-MM-DD.db`.
    fn of_file(name: &str) -> Option<Self> {
        let mut parts = name.strip_suffix(".db")?.splitn(3, '-').map(str::parse::<i64>);
        let (year, month, day) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
        let found = Self(days_from_civil(year, month, day));
        // What is written differently ("2026-1-1.db") is not ours.
        (format!("{found}.db") == name).then_some(found)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil_from_days(self.0);
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

/// Days since 1970-01-01 of a date in the proleptic Gregorian calendar, counted in eras of 400 years from 1 March.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

/// The folder of daily files.
pub(super) struct Days {
    folder: PathBuf,
    known: Mutex<BTreeSet<Day>>,
    readers: Mutex<BTreeMap<Day, SqlitePool>>,
    damaged: Mutex<BTreeMap<Day, String>>,
}

impl Days {
    pub(super) async fn open(folder: &Path) -> Result<Self, StoreError> {
        let folder = folder.to_owned();
        let listed = folder.clone();
        let known = tokio::task::spawn_blocking(move || list(&listed))
            .await
            .map_err(|e| StoreError::Disk(e.to_string()))?
            .map_err(|e| StoreError::Disk(format!("{}: {e}", folder.display())))?;
        Ok(Self { folder, known: Mutex::new(known), readers: Mutex::default(), damaged: Mutex::default() })
    }

    pub(super) fn path(&self, day: Day) -> PathBuf {
        self.folder.join(format!("{day}.db"))
    }

    /// Days that have a file, newest first, between two days (inclusive).
    pub(super) fn between(&self, oldest: Day, newest: Day) -> Vec<Day> {
        if oldest > newest {
            return Vec::new();
        }
        lock(&self.known).range(oldest..=newest).rev().copied().collect()
    }

    /// Every day that has a file, newest first.
    pub(super) fn all(&self) -> Vec<Day> {
        lock(&self.known).iter().rev().copied().collect()
    }

    pub(super) fn add(&self, day: Day) {
        lock(&self.known).insert(day);
    }

    /// Readers of a day's file.
    pub(super) fn readers(&self, day: Day) -> SqlitePool {
        let open = || connect::open_readers(&self.path(day), READERS);
        lock(&self.readers).entry(day).or_insert_with(open).clone()
    }

    /// Notes that a day's file could not be read.
    pub(super) fn note_damaged(&self, day: Day, why: &StoreError) -> StoreError {
        let file = format!("decisions/{day}.db");
        let why = format!("{file}: {why}");
        if lock(&self.damaged).insert(day, why.clone()).is_none() {
            tracing::error!(file, error = %why, "the decisions of a day cannot be read");
        }
        StoreError::Corrupt { what: "decisions of a day", why }
    }

    pub(super) fn damaged_files(&self) -> Vec<String> {
        lock(&self.damaged).values().cloned().collect()
    }

    /// Removes a day with everything SQLite keeps beside its file.
    pub(super) async fn unlink(&self, day: Day) -> Result<(), StoreError> {
        let readers = lock(&self.readers).remove(&day);
        if let Some(readers) = readers {
            readers.close().await;
        }
        let path = self.path(day);
        for end in ["", "-wal", "-shm"] {
            let file = PathBuf::from(format!("{}{end}", path.display()));
            match tokio::fs::remove_file(&file).await {
                Ok(()) => {}
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
                Err(e) => return Err(StoreError::Disk(format!("{}: {e}", file.display()))),
            }
        }
        lock(&self.known).remove(&day);
        lock(&self.damaged).remove(&day);
        Ok(())
    }

    /// Moves a file that is no database any more out of the way, as evidence, so that the day goes on in a new one.
    pub(super) async fn put_aside(&self, day: Day) -> Result<(), StoreError> {
        let readers = lock(&self.readers).remove(&day);
        if let Some(readers) = readers {
            readers.close().await;
        }
        let path = self.path(day);
        let number = (1..).find(|number| !aside(&path, "", *number).exists()).unwrap_or(1_u32);
        for end in ["", "-wal", "-shm"] {
            let from = PathBuf::from(format!("{}{end}", path.display()));
            match tokio::fs::rename(&from, aside(&path, end, number)).await {
                Ok(()) => {}
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
                Err(e) => return Err(StoreError::Disk(format!("{}: {e}", from.display()))),
            }
        }
        Ok(())
    }

    pub(super) async fn check_writable(&self) -> Result<(), StoreError> {
        // A name of its own for each look: two at a time must not remove each other's file.
        static LOOKS: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
        let look = LOOKS.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let file = self.folder.join(format!("writable.{look}"));
        let written = {
            let file = file.clone();
            tokio::task::spawn_blocking(move || {
                use std::io::Write as _;
                let mut probe = std::fs::File::create(&file)?;
                let outcome = probe.write_all(&[0xa5; 65_536]).and_then(|()| probe.sync_all());
                outcome.and(std::fs::remove_file(&file))
            })
            .await
        };
        match written {
            Ok(Ok(())) => Ok(()),
            Ok(Err(e)) => Err(StoreError::Disk(format!("{}: {e}", file.display()))),
            Err(e) => Err(StoreError::Disk(e.to_string())),
        }
    }

    pub(super) async fn close_readers(&self) {
        let readers = std::mem::take(&mut *lock(&self.readers));
        for (_, pool) in readers {
            pool.close().await;
        }
    }
}

fn list(folder: &Path) -> std::io::Result<BTreeSet<Day>> {
    std::fs::create_dir_all(folder)?;
    let mut days = BTreeSet::new();
    for entry in std::fs::read_dir(folder)? {
        if let Some(day) = entry?.file_name().to_str().and_then(Day::of_file) {
            days.insert(day);
        }
    }
    Ok(days)
}

fn aside(path: &Path, end: &str, number: u32) -> PathBuf {
    PathBuf::from(format!("{}.damaged-{number}{end}", path.display()))
}

/// Nothing that is done under these locks can leave them half changed.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_file_names_agree() {
        for (days, name) in [
            (0, "1970-01-01.db"),
            (11_016, "2000-02-29.db"),
            (11_017, "2000-03-01.db"),
            (20_779, "2026-11-22.db"),
            (-1, "1969-12-31.db"),
        ] {
            assert_eq!(format!("{}.db", Day(days)), name);
            assert_eq!(Day::of_file(name), Some(Day(days)));
        }
        for name in ["2026-1-1.db", "2026-02-30.db", "2026-11-22.db-wal", "notes.db", "2026-11.db", "2026-13-01.db"] {
            assert_eq!(Day::of_file(name), None, "{name}");
        }
        assert_eq!(Day::of(UnixMillis(-1)), Day(-1));
    }
}
