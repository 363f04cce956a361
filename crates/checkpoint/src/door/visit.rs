//! One session at the door: who is there, by which face, and what was found about it so far.

use std::time::Duration;

use controls::{DoorFacts, Finding, Mode, Stage};
use message::Peer;
use policy::Reply;

use crate::transaction::Face;

/// One session. A face makes it when a connection stands and keeps it until the connection ends.
#[derive(Clone, Debug)]
pub struct Visit {
    /// Who is connected. The face writes HELO, TLS and the like into it as they become known.
    pub peer: Peer,
    /// By which face.
    pub face: Face,
    /// Who signed in (AUTH), where the face knows: such a session is not stopped at the door.
    pub user: Option<String>,
    pub(crate) noted: Noted,
    /// What was found at connect, for a second HELO.
    pub(crate) at_connect: Option<Box<Noted>>,
}

/// What the door found: it travels with each recipient to DATA.
#[derive(Clone, Debug, PartialEq)]
pub struct Noted {
    /// Facts, for controls that look at them once more at DATA.
    pub facts: DoorFacts,
    /// Findings with the mode of their control.
    pub findings: Vec<(Finding, Mode)>,
    /// Controls that needed a fact that could not be had.
    pub unknown: Vec<String>,
}

/// What is said to the peer, and after which pause. Faces that cannot slow get no pause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said<T> {
    /// How long the answer waits.
    pub pause: Duration,
    /// What it is.
    pub answer: Result<T, Reply>,
}

impl Visit {
    /// A connection stands.
    pub fn new(peer: Peer, face: Face) -> Self {
        Self { peer, face, user: None, noted: Noted::default(), at_connect: None }
    }

    /// What was found so far.
    pub fn noted(&self) -> &Noted {
        &self.noted
    }

    /// Somebody else is behind the connection than was thought (XCLIENT), or what was said does not count any more
    /// (STARTTLS): what was found is forgotten.
    pub fn forget(&mut self) {
        self.noted = Noted::default();
        self.at_connect = None;
    }

    /// A new HELO: what was found about an earlier one does not count any more.
    pub(crate) fn forget_helo(&mut self) {
        match &self.at_connect {
            Some(found) => self.noted = Noted::clone(found),
            None => self.at_connect = Some(Box::new(self.noted.clone())),
        }
    }
}

impl Default for Noted {
    fn default() -> Self {
        Self { facts: DoorFacts::nothing(Stage::Data), findings: Vec::new(), unknown: Vec::new() }
    }
}

impl<T> Said<T> {
    /// Yes, at once.
    pub fn at_once(answer: Result<T, Reply>) -> Self {
        Self { pause: Duration::ZERO, answer }
    }
}
