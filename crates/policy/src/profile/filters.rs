//! `filters`: which ways of judging content run for an operator's subscribers, and which controls those are.

use super::Profile;
use super::check::{BadProfile, bad};

/// A filter by its name in a profile, and the controls that are switched off where a profile names filters and not this
/// one. Links and reputations are asked for by settings of their own (`links`, conditions, the door) and run with those.
const FILTERS: [(&str, &[&str]); 6] = [
    ("bayes", &["bayes"]),
    ("heuristic", &["heuristics", "spamassassin"]),
    ("signature", &["signatures"]),
    ("url", &[]),
    ("sender reputation", &[]),
    ("ip reputation", &[]),
];

/// Names for all of them together, as operators write who do not tell which ones they have.
const ALL: [&str; 2] = ["content", "automatic"];

impl Profile {
    /// Controls that do not run because the profile names filters and not theirs.
    pub fn filters_off(&self) -> impl Iterator<Item = &'static str> {
        let names = &self.filters;
        let everything = names.is_empty() || names.iter().any(|name| ALL.contains(&name.as_str()));
        let off = |name: &str| !everything && !names.iter().any(|known| known == name);
        let without: Vec<_> = FILTERS.iter().filter(|(name, _)| off(name)).collect();
        without.into_iter().flat_map(|(_, controls)| controls.iter().copied())
    }

    /// A name that stands for no filter of this program cannot be followed, and is not taken.
    pub(super) fn check_filters(&self) -> Result<(), BadProfile> {
        let known = |name: &str| ALL.contains(&name) || FILTERS.iter().any(|(filter, _)| *filter == name);
        match self.filters.iter().find(|name| !known(name)) {
            None => Ok(()),
            Some(wrong) => {
                let names: Vec<&str> = FILTERS.iter().map(|(name, _)| *name).chain(ALL).collect();
                Err(bad("filters", format!("there is no filter \"{wrong}\"; they are {}", names.join(", "))))
            }
        }
    }
}
