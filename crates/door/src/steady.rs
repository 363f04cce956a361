//! Time that does not jump. The wall clock may be set, back or forward, by an hour; the door's time goes on at the pace
//! of a clock that cannot be set and comes nearer to the wall by at most a tenth of what passes. So a step of the clock
//! frees nobody and holds nobody longer: limits, refusals and greylisting do not notice it.

use std::time::Duration;

use message::UnixMillis;

/// Nearer than this, the wall clock is followed as it is, milliseconds.
const FOLLOWED: i64 = 200;

/// The door's time. It is given both clocks and reads none itself.
#[derive(Clone, Copy, Debug)]
pub struct Steady {
    /// What it said last.
    last: i64,
    /// The clock that cannot be set, at that moment.
    at: Duration,
}

impl Steady {
    /// Begins with the wall clock as it is. `monotonic`: a clock that cannot be set, since any moment.
    pub fn new(wall: UnixMillis, monotonic: Duration) -> Self {
        Self { last: wall.0, at: monotonic }
    }

    /// The time. Never before the time it said last.
    pub fn now(&mut self, wall: UnixMillis, monotonic: Duration) -> UnixMillis {
        let passed = i64::try_from(monotonic.saturating_sub(self.at).as_millis()).unwrap_or(i64::MAX / 4);
        let expected = self.last.saturating_add(passed);
        let off = wall.0.saturating_sub(expected);
        let nearer = if off.abs() <= FOLLOWED { off } else { off.clamp(-(passed / 10), passed / 10) };
        let now = expected.saturating_add(nearer).max(self.last);
        // A call within the same millisecond must not lose its part of it.
        if passed > 0 {
            self.at += Duration::from_millis(passed.unsigned_abs());
            self.last = now;
        }
        UnixMillis(self.last)
    }
}
