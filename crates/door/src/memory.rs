//! Everything the door remembers, in one place: opened from a folder, or in memory alone.

use std::path::Path;
use std::sync::Arc;

use message::UnixMillis;

use crate::disk::Keeper;
use crate::reputation::{Counted, Reputation, ReputationSettings, Sender};
use crate::source::Secret;
use crate::table::Kept;
use crate::{DoorError, Greylist, UnknownRecipients, Windows};

/// How much may be remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Octets of memory, in all. A quarter is left for growing, logs and checkpoints; of the rest windows have 47 %,
    /// reputation 41 %, greylisting 8 % and unknown recipients 4 %. It is taken as it is needed.
    pub octets: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { octets: 1_500_000_000 }
    }
}

/// The door's memory.
pub struct Door {
    memory: Arc<Memory>,
    keeper: Option<Keeper>,
}

/// The tables.
pub struct Memory {
    /// Rolling windows.
    pub windows: Windows,
    /// What came of whose mail.
    pub reputation: Reputation,
    /// Who asks for addresses that do not exist.
    pub unknown: UnknownRecipients,
    /// Who was asked to come again.
    pub greylist: Greylist,
}

/// Something that came of a sender's mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heard<'a> {
    /// Whose.
    pub sender: Sender<'a>,
    /// What.
    pub counted: Counted,
}

impl std::fmt::Debug for Door {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Door").finish_non_exhaustive()
    }
}

impl std::ops::Deref for Door {
    type Target = Memory;

    fn deref(&self) -> &Memory {
        &self.memory
    }
}

impl Memory {
    fn new(secret: Secret, bounds: Bounds) -> Self {
        let part = |percent: usize| bounds.octets / 4 * 3 / 100 * percent;
        Self {
            windows: Windows::new(secret, part(47)),
            reputation: Reputation::new(secret, part(41)),
            unknown: UnknownRecipients::new(secret, part(4)),
            greylist: Greylist::new(secret, part(8)),
        }
    }

    /// What is kept on the disk, in an order that never changes.
    pub(crate) fn kept(&self) -> [&dyn Kept; 5] {
        [
            &self.windows.table,
            &self.reputation.table,
            &self.unknown.table,
            &self.greylist.triplets,
            &self.greylist.sources,
        ]
    }

    /// Puts in whole frames as a file holds them, and entries without a frame around them; says how many entries did not
    /// read. For tests that try files.
    pub fn restore_from(&self, octets: &[u8], now: UnixMillis) -> usize {
        let mut from = octets;
        let framed = crate::disk::restore_frames(self, &mut from, now);
        framed + self.kept().iter().map(|kept| kept.restore_all(octets, now.0)).sum::<usize>()
    }

    /// Counts what came of a sender's mail.
    pub fn heard(&self, heard: &Heard<'_>, settings: &ReputationSettings, now: UnixMillis) {
        self.reputation.hear(&heard.sender, heard.counted, settings, now);
    }

    /// How much is remembered.
    pub fn usage(&self) -> Usage {
        let each = [
            (self.windows.table.size(), self.windows.table.pressed()),
            (self.reputation.table.size(), self.reputation.table.pressed()),
            (self.unknown.table.size(), self.unknown.table.pressed()),
            (self.greylist.triplets.size(), self.greylist.triplets.pressed()),
            (self.greylist.sources.size(), self.greylist.sources.pressed()),
        ];
        let mut usage = Usage::default();
        for ((keys, octets), (let_go, no_room)) in each {
            usage.keys += keys;
            usage.octets += octets;
            usage.let_go += let_go;
            usage.no_room += no_room;
        }
        usage
    }
}

/// How much is remembered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Usage {
    /// Rows of all tables.
    pub keys: usize,
    /// Octets of memory that they take.
    pub octets: usize,
    /// How many rows were let go to make room although they were not over.
    pub let_go: u64,
    /// How often there was no room, because everything around was held.
    pub no_room: u64,
}

impl Door {
    /// A memory that ends with the process.
    pub fn in_memory(bounds: Bounds) -> Result<Self, DoorError> {
        let secret = Secret::random().map_err(|e| DoorError::Disk(e.to_string()))?;
        Ok(Self { memory: Arc::new(Memory::new(secret, bounds)), keeper: None })
    }

    /// Opens a folder, creating what is missing: the last checkpoint, then what the logs hold after it. What does not
    /// read is said in the log and left out. From here on a thread writes what changed once a second.
    pub fn open(folder: &Path, bounds: Bounds, now: UnixMillis) -> Result<Self, DoorError> {
        let secret = crate::disk::secret(folder)?;
        let memory = Arc::new(Memory::new(secret, bounds));
        let keeper = Keeper::start(folder, &memory, now)?;
        Ok(Self { memory, keeper: Some(keeper) })
    }

    /// Writes what changed now; returns when the disk has it.
    pub fn flush(&self) -> Result<(), DoorError> {
        self.keeper.as_ref().map_or(Ok(()), Keeper::flush)
    }

    /// Writes everything into a new checkpoint now; it happens by itself, this is for tests and staff.
    pub fn checkpoint(&self) -> Result<(), DoorError> {
        self.keeper.as_ref().map_or(Ok(()), Keeper::checkpoint)
    }

    /// Writes what changed and ends the thread. What is dropped without closing loses at most the last second.
    pub fn close(&self) -> Result<(), DoorError> {
        self.keeper.as_ref().map_or(Ok(()), Keeper::close)
    }
}
