//! THE DOOR'S MEMORY: who knocked, how often, what came of it, and who still has to wait.
//!
//! Windows over millions of sources, reputation, unknown recipients and greylisting. Time is given in and no socket is
//! opened; files are read and written in [`disk`] alone. State is sharded memory of a bounded size with an append log
//! behind it, so that nothing a caller asks for waits for the disk.

mod as_numbers;
mod disk;
mod error;
mod greylist;
mod memory;
mod reputation;
mod source;
mod steady;
mod table;
mod turn;
mod unknown;
mod windows;

pub use as_numbers::{AsTable, BadAsFile};
pub use error::DoorError;
pub use greylist::{Grey, Greylist, GreylistSettings, Triplet, Waiting};
pub use memory::{Bounds, Door, Heard, Memory, Usage};
pub use reputation::{Counted, Part, Reputation, ReputationSettings, Sender, Standing, StandingClass, Tally};
pub use source::{BadSource, Kind, Source, network_of};
pub use steady::Steady;
pub use turn::{Place, Queued, Turn};
pub use unknown::{Pressure, UnknownRecipients, UnknownSettings};
pub use windows::{EXACT_MOST, Limit, Limited, Receipt, Taken, Windows};
