//! What rule files set beside rules: lists, networks, domains.

use std::collections::{HashMap, HashSet};

use crate::pattern::Pattern;
use crate::view::domain::Domains;
use crate::view::relays::Networks;

/// Addresses with `*` and `?` in them.
#[derive(Debug, Default)]
pub(crate) struct AddressList {
    exact: HashSet<String>,
    globs: Vec<Glob>,
}

impl AddressList {
    pub(crate) fn add(&mut self, written: &str) {
        let written = written.to_lowercase();
        if written.contains(['*', '?']) {
            self.globs.push(Glob::new(&written));
        } else {
            self.exact.insert(written);
        }
    }

    pub(crate) fn remove(&mut self, written: &str) {
        let written = written.to_lowercase();
        self.exact.remove(&written);
        self.globs.retain(|glob| glob.written != written);
    }

    pub(crate) fn contains(&self, address: &str) -> bool {
        let address = address.to_lowercase();
        self.exact.contains(&address) || self.globs.iter().any(|glob| glob.fits(&address))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.exact.is_empty() && self.globs.is_empty()
    }
}

/// One pattern of `*` and `?` over a whole text.
#[derive(Clone, Debug)]
pub(crate) struct Glob {
    written: String,
    characters: Vec<char>,
}

impl Glob {
    pub(crate) fn new(written: &str) -> Self {
        let written = written.to_lowercase();
        Self { characters: written.chars().collect(), written }
    }

    pub(crate) fn written(&self) -> &str {
        &self.written
    }

    /// Whether a text, in lower case, fits: one pass with one place to go back to.
    pub(crate) fn fits(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        let (mut at, mut pattern) = (0, 0);
        let mut star: Option<(usize, usize)> = None;
        while at < text.len() {
            match self.characters.get(pattern) {
                Some('*') => {
                    star = Some((pattern, at));
                    pattern += 1;
                }
                Some('?') => (at, pattern) = (at + 1, pattern + 1),
                Some(c) if *c == text[at] => (at, pattern) = (at + 1, pattern + 1),
                _ => {
                    let Some((back, from)) = star else { return false };
                    star = Some((back, from + 1));
                    (at, pattern) = (from + 1, back + 1);
                }
            }
        }
        self.characters[pattern.min(self.characters.len())..].iter().all(|c| *c == '*')
    }
}

/// Providers where anybody gets an address (FreeMail).
#[derive(Debug)]
pub(crate) struct FreeMail {
    pub(crate) domains: HashSet<String>,
    pub(crate) globs: Vec<Glob>,
    pub(crate) welcome: HashSet<String>,
    pub(crate) most_addresses: usize,
    pub(crate) most_found: usize,
    pub(crate) skip_over_most: bool,
    pub(crate) skip_bulk: bool,
}

impl Default for FreeMail {
    fn default() -> Self {
        Self {
            domains: HashSet::new(),
            globs: Vec::new(),
            welcome: HashSet::new(),
            most_addresses: 5,
            most_found: 3,
            skip_over_most: true,
            skip_bulk: true,
        }
    }
}

/// What rule files set beside rules.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    pub(crate) domains: Domains,
    pub(crate) redirectors: Vec<Pattern>,
    pub(crate) networks: Networks,
    /// Fields that tell an address of origin.
    pub(crate) originating: Vec<String>,
    pub(crate) freemail: FreeMail,
    /// `welcomelist_from` and the like, and lists of `enlist_addrlist`, by name.
    pub(crate) lists: HashMap<String, AddressList>,
    /// `welcomelist_from_rcvd` and `def_welcomelist_from_rcvd`: an address and the server it must come from.
    pub(crate) by_server: HashMap<String, Vec<(Glob, String)>>,
    /// Hosts by list (`enlist_uri_host`); `false`: excluded.
    pub(crate) hosts: HashMap<String, HashMap<String, bool>>,
    /// `welcomelist_subject`, `blocklist_subject`.
    pub(crate) subjects: HashMap<String, Vec<Glob>>,
}

impl Settings {
    /// Whether an address stands in a list.
    pub(crate) fn lists(&self, list: &str, address: &str) -> bool {
        self.lists.get(list).is_some_and(|list| list.contains(address))
    }
}
