//! Reception limits (IN-01), taken.

use controls::Fact;
use controls::facts::door::TakenLimit;

use super::gather::Asking;

/// Takes one from each limit, for a recipient that exists.
pub(super) async fn gather(asking: &Asking<'_>) -> Fact<Vec<TakenLimit>> {
    let _ = asking;
    Fact::NotAsked
}
