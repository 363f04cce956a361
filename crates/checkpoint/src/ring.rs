//! The last messages of people who agreed to have them kept for a while, so that new rules can be tried on them.
//!
//! Off unless `[replay] ring_mb` gives it room, and only for those whose own settings say `keep_recent`. The bytes lie in
//! the blob store, encrypted, each under a holder of its own; the oldest go first, and what somebody no longer agrees to
//! is let go at the next housekeeping and not read before.

use std::collections::VecDeque;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use store::{BlobName, OperatorId, StoreError, SubscriberId};

use crate::directory::Directory;
use crate::stores::Stores;

/// One message that is kept for one recipient.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Kept {
    /// The decision's reference.
    reference: String,
    operator: i64,
    subscriber: i64,
    group: String,
    blob: [u8; 32],
    /// Octets.
    size: u64,
}

/// Whose message it is.
#[derive(Clone, Debug)]
pub struct Owner<'a> {
    /// The operator.
    pub operator: OperatorId,
    /// The person.
    pub subscriber: SubscriberId,
    /// The person's group.
    pub group: &'a str,
    /// The decision's reference.
    pub reference: String,
}

/// The ring.
#[derive(Debug)]
pub struct Ring {
    stores: Stores,
    /// What is kept, a line each.
    index: PathBuf,
    kept: Mutex<VecDeque<Kept>>,
}

impl Ring {
    /// Reads what is kept. A line that cannot be read is the torn last one of a crash.
    pub fn open(stores: Stores, index: PathBuf) -> Self {
        let text = std::fs::read_to_string(&index).unwrap_or_default();
        let kept = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        Self { stores, index, kept: Mutex::new(kept) }
    }

    /// Keeps a message; the oldest make room. `room` in octets, 0: nothing is kept.
    pub async fn keep(&self, owner: Owner<'_>, raw: Bytes, room: u64) -> Result<(), StoreError> {
        let size = raw.len() as u64;
        if size > room {
            return Ok(());
        }
        let holder = holder(&owner.reference);
        // The name is not known before the bytes are stored; the same bytes have the same one.
        let name = self.stores.blobs.put(owner.operator, &holder, raw).await?;
        let kept = Kept {
            reference: owner.reference,
            operator: owner.operator.0,
            subscriber: owner.subscriber.0,
            group: owner.group.to_owned(),
            blob: name.0,
            size,
        };
        if let Err(fault) = self.append(&kept) {
            self.stores.blobs.drop_holder(owner.operator, &holder, name).await?;
            return Err(StoreError::Disk(format!("{}: {fault}", self.index.display())));
        }
        self.with(|all| all.push_back(kept));
        self.shrink(room).await
    }

    /// The message of a decision, where it is kept.
    pub async fn get(&self, operator: OperatorId, reference: &str) -> Option<Bytes> {
        let found = self.with(|all| all.iter().find(|kept| kept.reference == reference).cloned())?;
        let mine = found.operator == operator.0;
        if !mine {
            return None;
        }
        self.stores.blobs.get(operator, &holder(reference), BlobName(found.blob)).await.ok()
    }

    /// How many messages are kept, and their octets.
    pub fn size(&self) -> (usize, u64) {
        self.with(|all| (all.len(), all.iter().map(|kept| kept.size).sum()))
    }

    /// Lets go of what there is no room for, and of what its owner no longer agrees to.
    pub async fn housekeeping(&self, directory: &Directory, room: u64) -> Result<(), StoreError> {
        let all: Vec<Kept> = self.with(|all| all.iter().cloned().collect());
        for kept in all {
            let (operator, person) = (OperatorId(kept.operator), SubscriberId(kept.subscriber));
            if !directory.settings_of(operator, Some(person)).await?.keeps_recent() {
                self.drop_one(&kept).await?;
            }
        }
        self.shrink(room).await?;
        let lines: Vec<String> =
            self.with(|all| all.iter().filter_map(|kept| serde_json::to_string(kept).ok()).collect());
        let beside = self.index.with_extension("new");
        let text: String = lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect();
        let written = std::fs::write(&beside, text).and_then(|()| std::fs::rename(&beside, &self.index));
        written.map_err(|fault| StoreError::Disk(format!("{}: {fault}", self.index.display())))
    }

    async fn shrink(&self, room: u64) -> Result<(), StoreError> {
        loop {
            let oldest = self.with(|all| {
                let total: u64 = all.iter().map(|kept| kept.size).sum();
                if total > room { all.front().cloned() } else { None }
            });
            match oldest {
                Some(kept) => self.drop_one(&kept).await?,
                None => return Ok(()),
            }
        }
    }

    /// Its line goes with the next rewriting; letting go twice is letting go once.
    async fn drop_one(&self, kept: &Kept) -> Result<(), StoreError> {
        let operator = OperatorId(kept.operator);
        self.stores.blobs.drop_holder(operator, &holder(&kept.reference), BlobName(kept.blob)).await?;
        self.with(|all| all.retain(|other| other.reference != kept.reference));
        Ok(())
    }

    fn append(&self, kept: &Kept) -> std::io::Result<()> {
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(&self.index)?;
        file.write_all(format!("{}\n", serde_json::to_string(kept)?).as_bytes())?;
        file.sync_data()
    }

    fn with<R>(&self, run: impl FnOnce(&mut VecDeque<Kept>) -> R) -> R {
        run(&mut self.kept.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn holder(reference: &str) -> String {
    format!("ring:{reference}")
}
