//! What the door did lately, for staff: one entry for each address and reason, the newest kept, in memory only.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use controls::{Finding, Stage};
use message::UnixMillis;
use policy::door::Then;

/// Entries that are kept; the oldest goes first.
const MOST: usize = 10_000;

/// What was done to an address for one reason.
#[derive(Clone, Debug, PartialEq)]
pub struct Deed {
    /// The address.
    pub ip: IpAddr,
    /// At which stage.
    pub stage: Stage,
    /// What was found, as it was last time.
    pub finding: Finding,
    /// What followed last time.
    pub then: Then,
    /// How long the answer was slowed last time.
    pub pause: Duration,
    /// When first.
    pub first: UnixMillis,
    /// When last.
    pub last: UnixMillis,
    /// How often.
    pub count: u64,
}

/// The deeds.
#[derive(Debug, Default)]
pub(super) struct Journal {
    pages: Mutex<Pages>,
}

#[derive(Debug, Default)]
struct Pages {
    deeds: HashMap<(IpAddr, String), Deed>,
    order: VecDeque<(IpAddr, String)>,
}

impl Journal {
    /// Writes one down.
    pub(super) fn add(&self, deed: Deed) {
        let key = (deed.ip, deed.finding.reason.clone());
        let mut pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = pages.deeds.get_mut(&key) {
            *known = Deed { first: known.first, count: known.count + 1, ..deed };
            return;
        }
        while pages.order.len() >= MOST {
            if let Some(oldest) = pages.order.pop_front() {
                pages.deeds.remove(&oldest);
            }
        }
        pages.order.push_back(key.clone());
        pages.deeds.insert(key, deed);
    }

    /// What was done to an address, the latest first.
    pub(super) fn of(&self, ip: IpAddr) -> Vec<Deed> {
        self.those(|deed| deed.ip == ip, MOST)
    }

    /// What was done lately to anybody, the latest first.
    pub(super) fn latest(&self, most: usize) -> Vec<Deed> {
        self.those(|_| true, most)
    }

    fn those(&self, which: impl Fn(&Deed) -> bool, most: usize) -> Vec<Deed> {
        let pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        let mut found: Vec<Deed> = pages.deeds.values().filter(|deed| which(deed)).cloned().collect();
        found.sort_by_key(|deed| std::cmp::Reverse(deed.last.0));
        found.truncate(most);
        found
    }

    /// Forgets what was done to an address.
    pub(super) fn forget(&self, ip: IpAddr) -> bool {
        let mut pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        let before = pages.deeds.len();
        pages.deeds.retain(|(of, _), _| *of != ip);
        pages.order.retain(|(of, _)| *of != ip);
        pages.deeds.len() < before
    }
}
