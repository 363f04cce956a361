//! How far a long command is.

use std::io::{IsTerminal as _, Write as _};

/// A bar on a terminal; nothing elsewhere.
pub(super) struct Progress {
    what: &'static str,
    all: usize,
    done: usize,
    shown: bool,
}

impl Progress {
    pub(super) fn new(what: &'static str, all: usize) -> Self {
        Self { what, all, done: 0, shown: std::io::stderr().is_terminal() }
    }

    pub(super) fn add(&mut self, count: usize) {
        self.done += count;
        if self.shown {
            let full = (self.done * 40).checked_div(self.all).unwrap_or(40).min(40);
            let bar = format!("{}{}", "#".repeat(full), ".".repeat(40 - full));
            let _ = write!(std::io::stderr(), "\r{:<10} [{bar}] {} of {}", self.what, self.done, self.all);
        }
    }

    pub(super) fn end(&self) {
        if self.shown {
            let _ = writeln!(std::io::stderr());
        }
    }
}
