//! Rules while files are still being read: a later line of the same name changes what an earlier one said.

use std::collections::{HashMap, HashSet};

use super::replace::Tags;
use super::settings::Settings;

/// What kind of rule a line defines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Header,
    Body,
    RawBody,
    Full,
    Uri,
    UriDetail,
    MimeHeader,
    Meta,
    /// Asks a list on the network.
    Network,
}

/// A rule as written.
#[derive(Clone, Debug)]
pub(super) struct Written {
    pub(super) kind: Kind,
    pub(super) text: Vec<u8>,
    pub(super) place: String,
}

/// Everything that the files say.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) rules: HashMap<String, Written>,
    /// Names in the order of their first definition.
    pub(super) order: Vec<String>,
    pub(super) descriptions: HashMap<String, String>,
    pub(super) scores: HashMap<String, [f64; 4]>,
    pub(super) flags: HashMap<String, String>,
    pub(super) replaced: HashSet<String>,
    pub(super) tags: Tags,
    pub(super) plugins: HashSet<String>,
    pub(super) settings: Settings,
}

impl Draft {
    pub(super) fn define(&mut self, name: &str, kind: Kind, text: &[u8], place: &str) {
        let written = Written { kind, text: text.to_vec(), place: place.to_owned() };
        if self.rules.insert(name.to_owned(), written).is_none() {
            self.order.push(name.to_owned());
        }
    }
}
