//! THE DOOR: what is known and said before there is a message, at connect, HELO, MAIL and RCPT.
//!
//! Each stage gathers the facts that its controls need, in parallel and under one deadline, asks the controls, and
//! `policy::door` decides. What was found travels with each recipient to DATA, where it labels and counts.

pub mod callout;
mod dns_lists;
pub mod dynamic_source;
mod envelope;
mod gather;
pub mod greylist;
pub mod helo_name;
mod journal;
mod limits;
pub mod lists;
pub mod names;
pub mod pattern;
pub mod ranges;
mod reputation;
mod sender_domain;
mod settings;
mod slowed;
mod staff;
mod stages;
mod unknown_recipients;
mod visit;

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use ::door::{Bounds, DoorError, Steady, Turn};
use arc_swap::ArcSwap;

use controls::{Finding, Stage};
use message::UnixMillis;
use policy::door::Then;

use crate::stores::now;

pub use gather::Asking;
pub use journal::Deed;
pub use limits::Takings;
pub use names::Names;
pub use settings::{CannotSlow, DoorSettings, ReceptionLimit, SHIPPED_MODES};
pub use slowed::{Slowed, SlowedPlace};
pub use staff::{Explained, Held};
pub use visit::{Noted, Said, Visit};

/// Messages that are judged at a time. Suspects have one of these places less than there are cores: judging takes a core
/// while it lasts, and a good sender must find one free.
const PLACES: usize = 128;

/// What the door has beside the gate: settings, and what it remembers.
pub struct Door {
    /// Windows, unknown recipients, reputation, greylisting.
    pub memory: Arc<::door::Door>,
    /// Settings; replaced on reload.
    pub settings: ArcSwap<DoorSettings>,
    /// What is needed to judge names; replaced on reload.
    pub names: ArcSwap<Names>,
    /// Sessions that wait for a slowed answer.
    pub slowed: Slowed,
    /// Whose turn it is when the machine is busy.
    pub turn: Turn,
    journal: journal::Journal,
    clock: Clock,
}

/// Where the time of the door comes from.
enum Clock {
    /// The machine's clock, whose steps the door does not follow at once.
    Steady(Mutex<Steady>, Instant),
    /// Another one, followed as it is.
    Given(fn() -> UnixMillis),
}

impl Clock {
    fn machine() -> Self {
        Self::Steady(Mutex::new(Steady::new(now(), Duration::ZERO)), Instant::now())
    }

    fn now(&self) -> UnixMillis {
        match self {
            Self::Steady(steady, since) => {
                let mut steady = steady.lock().unwrap_or_else(PoisonError::into_inner);
                steady.now(now(), since.elapsed())
            }
            Self::Given(clock) => clock(),
        }
    }
}

impl std::fmt::Debug for Door {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Door").finish_non_exhaustive()
    }
}

impl Door {
    /// A door with these settings, which remembers here.
    pub fn new(settings: DoorSettings, memory: Arc<::door::Door>) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self {
            memory,
            slowed: Slowed::new(settings.slowed),
            turn: Turn::new(PLACES, cores.saturating_sub(1)),
            settings: ArcSwap::new(Arc::new(settings)),
            journal: journal::Journal::default(),
            names: ArcSwap::default(),
            clock: Clock::machine(),
        }
    }

    /// A door whose memory ends with the process.
    pub fn in_memory(settings: DoorSettings) -> Result<Self, DoorError> {
        Ok(Self::new(settings, Arc::new(::door::Door::in_memory(Bounds::default())?)))
    }

    /// With another clock, for tests.
    #[must_use]
    pub fn with_clock(self, clock: fn() -> UnixMillis) -> Self {
        Self { clock: Clock::Given(clock), ..self }
    }

    /// The time at the door.
    pub fn now(&self) -> UnixMillis {
        self.clock.now()
    }

    /// Puts other settings into force.
    pub fn reload(&self, settings: DoorSettings) {
        self.slowed.set_most(settings.slowed);
        self.settings.store(Arc::new(settings));
    }

    /// What the door did, for staff.
    fn write_down(&self, stage: Stage, ip: IpAddr, finding: &Finding, then: Then, pause: Duration) {
        let at = self.now();
        let then = if then == Then::Nothing && !pause.is_zero() { Then::Slow(pause) } else { then };
        let finding = finding.clone();
        self.journal.add(Deed { ip, stage, finding, then, pause, first: at, last: at, count: 1 });
    }
}
