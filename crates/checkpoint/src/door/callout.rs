//! What the sender's own mail server says of MAIL FROM (IN-16), where call-out is configured.

use controls::DoorFacts;
use controls::Fact;
use controls::facts::door::CalledOut;

use super::gather::Asking;

/// Asks it, or what it said lately.
pub(super) async fn gather(asking: &Asking<'_>, facts: &DoorFacts) -> Fact<CalledOut> {
    let _ = (asking, facts);
    Fact::NotAsked
}
