//! Who may open a route.

use store::records::signin::Role;

use crate::problem::Problem;
use crate::visit::Visit;

/// Who may open a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Anybody.
    Anyone,
    /// Anybody, and mail programs that press for a person: the address itself is the proof, and no Origin is asked for.
    OneClick,
    /// A subscriber, for what is theirs alone: held mail.
    Subscriber,
    /// A subscriber for their settings, or staff who act for one with a recorded reason.
    Own,
    /// Any staff.
    Viewer,
    /// Staff who help subscribers.
    Support,
    /// Staff who change the operator's settings.
    Administrator,
}

impl Who {
    /// Whether this visit may.
    pub fn admits(self, visit: &Visit) -> Result<(), Problem> {
        let at_least = |wanted: Role| match (wanted, visit.staff()?.role) {
            (Role::Viewer, _)
            | (Role::Support, Role::Support | Role::Administrator)
            | (Role::Administrator, Role::Administrator) => Ok(()),
            (Role::Support | Role::Administrator, _) => Err(Problem::Forbidden),
        };
        match self {
            Self::Anyone | Self::OneClick => Ok(()),
            Self::Subscriber => visit.subscriber().map(|_| ()),
            Self::Own => visit.own().map(|_| ()),
            Self::Viewer => at_least(Role::Viewer),
            Self::Support => at_least(Role::Support),
            Self::Administrator => at_least(Role::Administrator),
        }
    }
}
