//! What the door needs to judge names: DNS lists, changing addresses, our own names, call-out. Replaced on reload.

use std::sync::Arc;

use super::callout::Callout;
use super::dynamic_source::Dynamic;
use super::greylist::Greylisting;
use super::lists::Lists;

/// Everything about names.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// DNS lists; `None`: none are configured, and nobody asks.
    pub lists: Option<Arc<Lists>>,
    /// What is known about changing addresses.
    pub dynamic: Dynamic,
    /// Our own host name and domains, lower case: nobody else may say in HELO that it is us.
    pub ours: Vec<String>,
    /// Call-out; `None`: not configured.
    pub callout: Option<Arc<Callout>>,
    /// Who is asked to come again.
    pub greylisting: Greylisting,
}
