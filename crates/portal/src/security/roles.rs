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

/// Whether staff who look at somebody's pages see a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// It is their person's alone: sign-ins, tokens, what changes anything.
    Never,
    /// As that person sees it; where no ground is recorded, senders and subjects stay closed.
    ByStaff,
}

impl Seen {
    /// Whether this visit sees it so.
    pub fn admits(self, visit: &Visit) -> bool {
        let helps = matches!(visit.role(), Some(Role::Support | Role::Administrator));
        self == Self::ByStaff && helps && visit.looking().is_some()
    }
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
            // Staff who look are let in page by page, by the table of routes.
            Self::Subscriber | Self::Own if visit.looking().is_some() => Err(Problem::LookOnly),
            Self::Subscriber => visit.subscriber().map(|_| ()),
            Self::Own => visit.own().map(|_| ()),
            Self::Viewer => at_least(Role::Viewer),
            Self::Support => at_least(Role::Support),
            Self::Administrator => at_least(Role::Administrator),
        }
    }
}
