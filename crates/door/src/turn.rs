//! Whose turn it is when the machine is busy: good sources first, suspects last but always served (IN-13).
//!
//! A fixed number of places. While one is free, everybody passes at once, but suspects have only so many of them: a
//! flood of suspects leaves places in which good sources do not wait. Freed places are given round by weight, so that
//! even under a flood of good mail every class moves.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;

use crate::reputation::StandingClass;

/// Of so many places that are freed while all classes wait, each class gets its part.
const ROUND: [Class; 12] = [
    Class::Good,
    Class::Good,
    Class::Unknown,
    Class::Good,
    Class::Good,
    Class::Suspect,
    Class::Good,
    Class::Unknown,
    Class::Good,
    Class::Good,
    Class::Unknown,
    Class::Good,
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Good,
    Unknown,
    Suspect,
}

impl Class {
    fn of(standing: StandingClass) -> Self {
        match standing {
            StandingClass::Good => Self::Good,
            StandingClass::Unknown => Self::Unknown,
            StandingClass::Suspect | StandingClass::Bad => Self::Suspect,
        }
    }
}

/// The queue.
#[derive(Clone, Debug)]
pub struct Turn {
    queue: Arc<Mutex<Queue>>,
}

#[derive(Debug)]
struct Queue {
    places: usize,
    /// Places that suspects may have at most.
    for_suspects: usize,
    taken: usize,
    taken_by_suspects: usize,
    /// Where in the round.
    next: usize,
    good: VecDeque<oneshot::Sender<Place>>,
    unknown: VecDeque<oneshot::Sender<Place>>,
    suspect: VecDeque<oneshot::Sender<Place>>,
}

/// A place; it is free again when this is dropped.
#[derive(Debug)]
pub struct Place {
    queue: Arc<Mutex<Queue>>,
    class: Class,
}

/// How many wait and how many are served.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Queued {
    /// Places that are taken.
    pub taken: usize,
    /// Good sources that wait.
    pub good: usize,
    /// Unknown ones.
    pub unknown: usize,
    /// Suspects.
    pub suspect: usize,
}

impl Turn {
    /// With so many places, at least two, of which suspects have at most `for_suspects` (at least one, never all).
    pub fn new(places: usize, for_suspects: usize) -> Self {
        let places = places.max(2);
        let queue = Queue {
            places,
            for_suspects: for_suspects.clamp(1, places - 1),
            taken: 0,
            taken_by_suspects: 0,
            next: 0,
            good: VecDeque::new(),
            unknown: VecDeque::new(),
            suspect: VecDeque::new(),
        };
        Self { queue: Arc::new(Mutex::new(queue)) }
    }

    /// Waits for a place. Who stops waiting (the future is dropped) loses nothing but the turn.
    pub async fn wait(&self, standing: StandingClass) -> Place {
        let class = Class::of(standing);
        let turn = {
            let mut queue = lock(&self.queue);
            if queue.may_enter(class) && !queue.is_anybody_before(class) {
                queue.enter(class);
                return Place { queue: Arc::clone(&self.queue), class };
            }
            let (sender, turn) = oneshot::channel();
            queue.waiting(class).push_back(sender);
            turn
        };
        match turn.await {
            Ok(place) => place,
            // A queue is never dropped while somebody waits for it: the waiting one holds it.
            Err(_) => {
                lock(&self.queue).enter(class);
                Place { queue: Arc::clone(&self.queue), class }
            }
        }
    }

    /// How many wait and are served.
    pub fn queued(&self) -> Queued {
        let queue = lock(&self.queue);
        Queued {
            taken: queue.taken,
            good: queue.good.len(),
            unknown: queue.unknown.len(),
            suspect: queue.suspect.len(),
        }
    }
}

fn lock(queue: &Mutex<Queue>) -> std::sync::MutexGuard<'_, Queue> {
    queue.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Queue {
    fn may_enter(&self, class: Class) -> bool {
        let room = class != Class::Suspect || self.taken_by_suspects < self.for_suspects;
        self.taken < self.places && room
    }

    /// Whether somebody of the same class waits already.
    fn is_anybody_before(&mut self, class: Class) -> bool {
        !self.waiting(class).is_empty()
    }

    fn enter(&mut self, class: Class) {
        self.taken += 1;
        self.taken_by_suspects += usize::from(class == Class::Suspect);
    }

    fn leave(&mut self, class: Class) {
        self.taken = self.taken.saturating_sub(1);
        self.taken_by_suspects = self.taken_by_suspects.saturating_sub(usize::from(class == Class::Suspect));
    }

    fn waiting(&mut self, class: Class) -> &mut VecDeque<oneshot::Sender<Place>> {
        match class {
            Class::Good => &mut self.good,
            Class::Unknown => &mut self.unknown,
            Class::Suspect => &mut self.suspect,
        }
    }

    /// Who is next: the class whose turn it is in the round, or the next one of which somebody waits and may enter.
    fn next_class(&mut self) -> Option<Class> {
        for step in 0..ROUND.len() {
            let class = ROUND[(self.next + step) % ROUND.len()];
            if self.may_enter(class) && !self.waiting(class).is_empty() {
                self.next = (self.next + step + 1) % ROUND.len();
                return Some(class);
            }
        }
        None
    }
}

/// Gives free places to those who wait. A place that nobody takes any more goes to the next.
fn hand_on(shared: &Arc<Mutex<Queue>>) {
    loop {
        let mut queue = lock(shared);
        let Some(class) = queue.next_class() else { return };
        let Some(sender) = queue.waiting(class).pop_front() else { return };
        queue.enter(class);
        drop(queue);
        // Where the other end is gone, the place comes back here and is dropped without handing on.
        if let Err(place) = sender.send(Place { queue: Arc::clone(shared), class }) {
            place.give_back();
        }
    }
}

impl Place {
    /// Frees it without looking for the next one; the caller does.
    fn give_back(self) {
        lock(&self.queue).leave(self.class);
        std::mem::forget(self);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        lock(&self.queue).leave(self.class);
        hand_on(&self.queue);
    }
}
