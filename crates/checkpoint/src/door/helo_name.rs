//! What DNS says of the name in HELO.

use controls::Fact;
use controls::facts::door::HeloName;

use super::gather::Asking;

/// Asks DNS where the name leads.
pub(super) async fn gather(asking: &Asking<'_>) -> Fact<HeloName> {
    let _ = asking;
    Fact::NotAsked
}
