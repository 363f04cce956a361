//! Whether the peer is a dynamic address (NET-05).

use controls::Fact;
use controls::facts::door::DynamicSource;

use super::gather::Asking;

/// By the declared ranges, then by its reverse name.
pub(super) async fn gather(asking: &Asking<'_>) -> Fact<Option<DynamicSource>> {
    let _ = asking;
    Fact::NotAsked
}
