//! What controls read of one recipient's settings. Policy makes it from the layers; controls never see more.

use std::collections::BTreeMap;
use std::sync::Arc;

use content::keywords::Prepared;
use content::signatures::Level;

use crate::control::Mode;
use crate::impersonation::Impersonation;
use crate::kinds::Kinds;
use crate::lists::List;

/// One recipient's settings, as far as controls read them.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Modes that differ from the shipped one, by control name.
    pub modes: BTreeMap<String, Mode>,
    /// IN-03: smaller than this is a finding. Octets.
    pub size_at_least: Option<u64>,
    /// IN-03: larger than this is a finding. Octets.
    pub size_at_most: Option<u64>,
    /// IN-05: keyword rules, the operator's first.
    pub keywords: Arc<[Prepared]>,
    /// IN-08: how much of a signature must be found.
    pub signature_level: Level,
    /// SUB-01: who is wanted.
    pub receive: List,
    /// SUB-01: who is not.
    pub refuse: List,
    /// SUB-13: the address book, where it is used.
    pub address_book: List,
    /// SUB-02: which domains are of which kind of sender.
    pub kinds: Arc<Kinds>,
    /// SUB-03: what is asked of a sender's proof; `None`: nothing.
    pub impersonation: Option<Arc<Impersonation>>,
    /// SUB-10: digits that have to follow a telephone number in the recipient's address.
    pub secret_code: Option<String>,
    /// SUB-09: from this message of a sender's day on; `None`: not offered.
    pub bulk_from: Option<u32>,
}

impl Settings {
    /// The mode of a control.
    pub fn mode(&self, control: &str) -> Mode {
        self.modes.get(control).copied().unwrap_or_default()
    }
}
