//! The three stores behind one handle that is cheap to clone.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use message::UnixMillis;
use store::{Blobs, Counters, Records};

/// Records, counters and blobs.
#[derive(Clone)]
pub struct Stores {
    /// Rows.
    pub records: Arc<dyn Records>,
    /// Limits and short memories.
    pub counters: Arc<dyn Counters>,
    /// Messages byte for byte.
    pub blobs: Arc<dyn Blobs>,
}

impl std::fmt::Debug for Stores {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Stores")
    }
}

/// The time now, for what is stored. Durations are measured with monotonic clocks.
pub fn now() -> UnixMillis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixMillis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
