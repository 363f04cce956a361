//! How many sessions wait for a slowed answer at a time: bounded, so that slowing never takes what others need.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Sessions that wait.
#[derive(Clone, Debug)]
pub struct Slowed {
    waiting: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

/// One of them; given back when dropped.
#[derive(Debug)]
pub struct SlowedPlace {
    waiting: Arc<AtomicUsize>,
}

impl Slowed {
    /// At most so many.
    pub fn new(most: usize) -> Self {
        Self { waiting: Arc::default(), most: Arc::new(AtomicUsize::new(most)) }
    }

    /// Another bound (reload); those that wait go on waiting.
    pub fn set_most(&self, most: usize) {
        self.most.store(most, Ordering::Relaxed);
    }

    /// A place, if there is one.
    pub fn enter(&self) -> Option<SlowedPlace> {
        let most = self.most.load(Ordering::Relaxed);
        let taken = self.waiting.try_update(Ordering::AcqRel, Ordering::Acquire, |now| (now < most).then_some(now + 1));
        taken.is_ok().then(|| SlowedPlace { waiting: self.waiting.clone() })
    }

    /// How many wait now.
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }
}

impl Drop for SlowedPlace {
    fn drop(&mut self) {
        self.waiting.fetch_sub(1, Ordering::AcqRel);
    }
}
