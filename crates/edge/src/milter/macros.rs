//! Macros of the mail server, by the stage they came with. Any of them may be missing, and there are never many.

use std::collections::HashMap;

/// Macros of one stage that are kept.
const MOST: usize = 64;
/// Octets of a value that are kept.
const LONGEST: usize = 1_024;

/// What the mail server told beside its commands.
#[derive(Debug, Default)]
pub(super) struct Macros {
    stages: HashMap<u8, HashMap<String, String>>,
}

impl Macros {
    /// Takes the macros of a stage; those that it had are forgotten.
    pub(super) fn take(&mut self, stage: u8, values: Vec<(String, String)>) {
        if !b"CHMRTNEBLU".contains(&stage) {
            return;
        }
        let short = values.into_iter().filter(|(name, value)| name.len() <= 64 && value.len() <= LONGEST);
        self.stages.insert(stage, short.take(MOST).collect());
    }

    /// A macro as it was last told, of any stage.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = b"RMHCTNEBLU".iter().find_map(|stage| self.stages.get(stage)?.get(name));
        found.map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The message is over: what came with it is forgotten.
    pub(super) fn forget_message(&mut self) {
        self.stages.retain(|stage, _| matches!(stage, b'C' | b'H'));
    }

    /// What came with the last recipient is forgotten.
    pub(super) fn forget_recipient(&mut self) {
        self.stages.remove(&b'R');
    }

    /// The client is gone.
    pub(super) fn forget(&mut self) {
        self.stages.clear();
    }
}
