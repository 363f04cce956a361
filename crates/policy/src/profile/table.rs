//! The table of kinds of sender as it is looked up: made of a profile's domains when first asked for, and then the same
//! for everybody whose operator has that profile.

use std::sync::{Arc, OnceLock};

use controls::kinds::Kinds;

use super::Profile;

/// What [`Profile::kinds_table`] made. A copy of a profile may be changed, so it makes its own.
#[derive(Debug, Default)]
pub(super) struct Made(OnceLock<Arc<Kinds>>);

impl Clone for Made {
    fn clone(&self) -> Self {
        Self::default()
    }
}

/// It follows from the profile: two profiles do not differ by it.
impl PartialEq for Made {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Profile {
    /// Domains by kind of sender.
    pub fn kinds_table(&self) -> Arc<Kinds> {
        let make = || {
            let mut kinds = Kinds::default();
            for kind in &self.kinds {
                for domain in &kind.domains {
                    // `check` has read them all.
                    let _ = kinds.add(&kind.id, domain);
                }
            }
            Arc::new(kinds)
        };
        self.made.0.get_or_init(make).clone()
    }
}
