//! `/`: leads each person to the page they come for.

use axum::response::Response;

use crate::frame::go;
use crate::visit::{SignedInPerson, Visit};

/// Leads on.
pub async fn page(visit: Visit) -> Response {
    match visit.who.as_ref().map(|who| &who.person) {
        Some(SignedInPerson::Subscriber(_)) => go("/held"),
        Some(SignedInPerson::Staff(..)) => go("/staff"),
        None => go("/sign-in"),
    }
}
