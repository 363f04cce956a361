//! The embedded stores, held to their contracts and beyond: crashes, full disks, damaged files.

#![expect(clippy::unwrap_used, reason = "a helper of a test may fail as the test itself may")]

mod child;
mod contract;
mod counters_log;
mod crash;
mod damage;
mod full_disk;
mod row_size;
