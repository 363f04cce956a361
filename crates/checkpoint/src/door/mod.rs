//! THE DOOR: what is known and said before there is a message, at connect, HELO, MAIL and RCPT.
//!
//! Each stage gathers the facts that its controls need, in parallel and under one deadline, asks the controls, and
//! `policy::door` decides. What was found travels with each recipient to DATA, where it labels and counts.

mod callout;
mod dns_lists;
mod dynamic_source;
mod envelope;
mod gather;
mod greylist;
mod helo_name;
mod limits;
mod reputation;
mod sender_domain;
mod settings;
mod slowed;
mod stages;
mod unknown_recipients;
mod visit;

use std::sync::Arc;

use arc_swap::ArcSwap;

pub use gather::Asking;
pub use settings::{CannotSlow, DoorSettings, SHIPPED_MODES};
pub use slowed::{Slowed, SlowedPlace};
pub use visit::{Noted, Said, Visit};

/// What the door has beside the gate: settings, and what it remembers.
#[derive(Debug)]
pub struct Door {
    /// Settings; replaced on reload.
    pub settings: ArcSwap<DoorSettings>,
    /// Sessions that wait for a slowed answer.
    pub slowed: Slowed,
}

impl Default for Door {
    fn default() -> Self {
        Self::new(DoorSettings::default())
    }
}

impl Door {
    /// A door with these settings.
    pub fn new(settings: DoorSettings) -> Self {
        Self { slowed: Slowed::new(settings.slowed), settings: ArcSwap::new(Arc::new(settings)) }
    }

    /// Puts other settings into force.
    pub fn reload(&self, settings: DoorSettings) {
        self.slowed.set_most(settings.slowed);
        self.settings.store(Arc::new(settings));
    }
}
