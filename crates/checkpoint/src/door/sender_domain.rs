//! Whether the domain of MAIL FROM exists (IN-16).

use controls::Existence;
use controls::Fact;

use super::gather::Asking;

/// Asks DNS; the null sender has no domain.
pub(super) async fn gather(asking: &Asking<'_>) -> Fact<Existence> {
    let _ = asking;
    Fact::NotAsked
}
