//! Waiting for something to become true in another process: looked at often, given up at a bound.

use std::time::{Duration, Instant};

/// How often it is looked.
const EVERY: Duration = Duration::from_millis(10);

/// Looks until `look` finds something.
///
/// # Panics
/// When nothing was found within `most`.
pub fn until<T>(what: &str, most: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(began.elapsed() < most, "within {most:?} there was no {what}");
        std::thread::sleep(EVERY);
    }
}
