//! Lists in DNS that name the peer or the domains of HELO and MAIL (IN-10, RFC 5782).

use controls::Fact;
use controls::facts::door::ListHit;

use super::gather::Asking;

/// What the lists say, added to what they said at earlier stages.
pub(super) async fn gather(asking: &Asking<'_>, before: &Fact<Vec<ListHit>>) -> Fact<Vec<ListHit>> {
    let _ = (asking, before);
    Fact::NotAsked
}
