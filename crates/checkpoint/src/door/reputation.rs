//! What history says of the source (IN-13).

use controls::Fact;
use controls::facts::door::Standing;

use super::gather::Asking;

/// Its reputations.
pub(super) async fn gather(asking: &Asking<'_>) -> Fact<Vec<Standing>> {
    let _ = asking;
    Fact::NotAsked
}
