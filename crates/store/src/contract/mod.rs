//! What every implementation of the three traits must do.
//!
//! Each function asks a store that is empty (or at least has never seen the operator it makes) and stops with a
//! failed assertion where the store does otherwise. Times are made up: no contract reads a clock or sleeps.

pub mod audit;
pub mod blobs;
pub mod counters;
pub mod decisions;
pub mod digests;
pub mod directory;
pub mod headers;
pub mod junk;
pub mod learning;
pub mod settings;
pub mod signin;

use message::UnixMillis;

use crate::records::directory::OperatorRow;
use crate::{OperatorId, Records, Reference, StoreError};

/// 2026-11-22T00:00:00Z, the day on which every contract begins.
pub const MIDNIGHT: UnixMillis = UnixMillis(1_795_305_600_000);

/// So many milliseconds after [`MIDNIGHT`].
pub fn after(milliseconds: i64) -> UnixMillis {
    UnixMillis(MIDNIGHT.0 + milliseconds)
}

/// An operator of its own for a contract.
pub async fn operator(records: &dyn Records, name: &str) -> Result<OperatorId, StoreError> {
    let row = OperatorRow { id: OperatorId(0), name: name.to_owned(), time_zone: "Asia/Tokyo".to_owned() };
    records.put_operator(&row).await
}

/// A reference that differs for every number.
pub fn reference(number: u64) -> Reference {
    let mut octets = [0; 12];
    for (i, octet) in octets.iter_mut().enumerate() {
        *octet = ((number >> (5 * i)) & 31) as u8;
    }
    Reference::from_random(octets)
}

/// A UUID that differs for every number.
pub fn uuid(number: u64) -> uuid::Uuid {
    uuid::Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 | u128::from(number))
}

/// 32 octets that differ for every number.
pub fn octets(number: u64) -> [u8; 32] {
    let mut octets = [0; 32];
    octets[..8].copy_from_slice(&number.to_le_bytes());
    octets
}
