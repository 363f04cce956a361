//! Signature sets in force (IN-08), and the installation's own set, to which staff, traps and reports add.
//!
//! Scanners hold a snapshot; an addition is written to the disk first and then put before all of them at once. What is
//! wrong with the file of one set leaves that set as it was.

mod local;
mod sets;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use bytes::Bytes;
use content::heuristics::ClassHint;
use content::signatures::file::{PublicKey, SigningKey};
use content::signatures::{Day, Fingerprints, Level, Library, Match, Set, day};
use message::{Limits, Message};

use crate::stores::now;
use local::Local;

/// Name of the installation's own set.
pub const LOCAL: &str = "local";

/// What the configuration says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignatureSettings {
    /// Files of sets, and folders with such.
    pub sets: Vec<PathBuf>,
    /// Who may sign them, besides ourselves.
    pub trusted: Vec<PublicKey>,
    /// Days for which an entry of our own holds.
    pub days: Day,
    /// Whether what staff teach as spam makes signatures, and what they teach as wanted withdraws them.
    pub from_teaching: bool,
}

/// What came of adding a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Added {
    /// New entries with these numbers.
    New(Vec<u32>),
    /// It is a variant of what is known.
    Known(Box<Match>),
    /// It says too little to be told from wanted mail.
    TooLittle,
}

/// The sets in force.
pub struct Signatures {
    library: ArcSwap<Library>,
    settings: ArcSwap<SignatureSettings>,
    /// One change at a time.
    state: Mutex<State>,
}

struct State {
    /// `None`: nothing is kept.
    folder: Option<PathBuf>,
    local: Local,
    foreign: Vec<Set>,
    key: Option<SigningKey>,
}

impl std::fmt::Debug for Signatures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signatures").field("entries", &self.library.load().len()).finish_non_exhaustive()
    }
}

impl Signatures {
    /// None at all; what is added is not kept.
    pub fn none() -> Self {
        let state = State { folder: None, local: Local::default(), foreign: Vec::new(), key: None };
        Self { library: ArcSwap::default(), settings: ArcSwap::default(), state: Mutex::new(state) }
    }

    /// Opens the folder of our own set and loads the others. What is wrong with a set is told beside it: mail goes on.
    pub fn open(folder: &Path, settings: SignatureSettings) -> Result<(Self, Vec<String>), String> {
        let local = Local::open(&folder.join("journal"))?;
        let key = local::key(&folder.join("key"))?;
        let state = State { folder: Some(folder.to_owned()), local, foreign: Vec::new(), key: Some(key) };
        let made = Self { library: ArcSwap::default(), settings: ArcSwap::default(), state: Mutex::new(state) };
        let problems = made.reload(settings);
        Ok((made, problems))
    }

    /// Loads the sets again. A set that cannot be loaded stays as it is; what is wrong with it is returned.
    pub fn reload(&self, settings: SignatureSettings) -> Vec<String> {
        let mut state = self.lock();
        let problems = state.load(&settings);
        self.settings.store(Arc::new(settings));
        self.publish(&state);
        problems
    }

    /// The snapshot to scan with.
    pub fn library(&self) -> Arc<Library> {
        self.library.load_full()
    }

    /// What the configuration says.
    pub fn settings(&self) -> Arc<SignatureSettings> {
        self.settings.load_full()
    }

    /// Adds what a message is known by. When this returns, every scanner of this process uses it.
    pub fn add(&self, raw: Bytes, class: ClassHint, origin: &str) -> Result<Added, String> {
        let fingerprints = Fingerprints::of(&Message::parse(raw, &Limits::default()));
        let mut signatures = fingerprints.signatures();
        if signatures.is_empty() {
            return Ok(Added::TooLittle);
        }
        let mut state = self.lock();
        let today = day(now().0);
        let known: Vec<Match> = self.library().look_up(&fingerprints, today);
        let known: Vec<Match> = known.into_iter().filter(|found| found.level >= Level::Middle).collect();
        signatures.retain(|signature| !known.iter().any(|found| found.kind == signature.kind));
        if let (true, Some(first)) = (signatures.is_empty(), known.into_iter().next()) {
            return Ok(Added::Known(Box::new(first)));
        }
        let days = self.settings.load().days.max(1);
        let numbers = state.local.add(signatures, class, today.saturating_add(days), origin)?;
        self.publish(&state);
        Ok(Added::New(numbers))
    }

    /// Withdraws an entry of our own set; `false` where there is none.
    pub fn withdraw(&self, number: u32) -> Result<bool, String> {
        let mut state = self.lock();
        let withdrawn = state.local.withdraw(number)?;
        self.publish(&state);
        Ok(withdrawn)
    }

    /// Withdraws what of our own set a wanted message holds, and says which numbers.
    pub fn withdraw_matching(&self, raw: Bytes) -> Result<Vec<u32>, String> {
        let fingerprints = Fingerprints::of(&Message::parse(raw, &Limits::default()));
        let mut numbers = Vec::new();
        // Each look-up names the closest of each kind; the next one comes to light when that is gone.
        for _ in 0..32 {
            let found = self.library().look_up(&fingerprints, day(now().0));
            let Some(own) = found.iter().find(|found| *found.set == *LOCAL) else { break };
            if !self.withdraw(own.number)? {
                break;
            }
            numbers.push(own.number);
        }
        Ok(numbers)
    }

    /// A line for each set, and one for each entry of our own that holds.
    pub fn list(&self) -> String {
        let state = self.lock();
        let library = self.library();
        let mut lines: Vec<String> = library
            .sets
            .iter()
            .map(|set| {
                let entries: usize = set.segments.iter().map(|segment| segment.len()).sum();
                format!("{}\t{entries} entries, {} withdrawn", set.name, set.withdrawn.len())
            })
            .collect();
        lines.extend(state.local.lines(day(now().0)));
        lines.join("\n")
    }

    /// The key that others trust to take our set.
    pub fn public_key(&self) -> Option<PublicKey> {
        self.lock().key.as_ref().map(SigningKey::public)
    }

    /// Writes our own set to a file, signed; `since`: only what came after that state. Returns the state it is.
    pub fn export(&self, to: &Path, name: &str, since: u64) -> Result<u64, String> {
        let state = self.lock();
        let key = state.key.as_ref().ok_or("this process keeps no signatures")?;
        state.local.export(to, name, since, key, now().0)
    }

    /// Takes the file of a set in: checked, kept in our folder, and in force. Returns what it is.
    pub fn import(&self, from: &Path) -> Result<String, String> {
        let mut state = self.lock();
        let settings = self.settings.load_full();
        let said = state.import(from, &settings)?;
        self.publish(&state);
        Ok(said)
    }

    fn publish(&self, state: &State) {
        let mut sets = state.foreign.clone();
        sets.push(state.local.set());
        self.library.store(Arc::new(Library { sets }));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn trusted(&self, settings: &SignatureSettings) -> Vec<PublicKey> {
        settings.trusted.iter().copied().chain(self.key.as_ref().map(SigningKey::public)).collect()
    }

    /// Loads every set; those that cannot be loaded stay.
    fn load(&mut self, settings: &SignatureSettings) -> Vec<String> {
        let mut places = settings.sets.clone();
        places.extend(self.folder.as_ref().map(|folder| folder.join("sets")).filter(|folder| folder.is_dir()));
        let (sets, problems) = sets::load_all(&places, &self.trusted(settings), &self.foreign);
        self.foreign = sets;
        problems
    }

    fn import(&mut self, from: &Path, settings: &SignatureSettings) -> Result<String, String> {
        let folder = self.folder.as_ref().ok_or("this process keeps no signatures")?.join("sets");
        let trusted = self.trusted(settings);
        let (kept, said) = sets::keep(from, &folder, &trusted)?;
        let problems = self.load(settings);
        if problems.is_empty() {
            return Ok(said);
        }
        // What cannot be put into force is not kept either.
        drop(std::fs::remove_file(kept));
        Err(problems.join("\n"))
    }
}
