//! Where sender and recipient stand with greylisting (IN-11).

use controls::DoorFacts;
use controls::Fact;
use controls::facts::door::Greylisted;

use super::gather::Asking;

/// Looks at what made the source suspicious, then at whether it has waited.
pub(super) async fn gather(asking: &Asking<'_>, facts: &DoorFacts) -> Fact<Greylisted> {
    let _ = (asking, facts);
    Fact::NotAsked
}
