//! Every link a person could follow: what is shown and where it goes.

/// Where a link stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// In plain text.
    Text,
    /// `a href`.
    Anchor,
    /// `area`, `form action`, `button formaction`, `base`, `meta refresh`.
    Other,
    /// `img src` and its like: loaded, not followed.
    Image,
}

/// One link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Where it goes, as written (entities decoded).
    pub target: String,
    /// What the reader sees in its place; equals `target` in plain text.
    pub shown: String,
    /// Host of the target, lower case A-labels; `None` for mailto:, data: and the like.
    pub host: Option<String>,
    /// The scheme, lower case.
    pub scheme: String,
    /// Where it stood.
    pub place: Place,
}

impl Link {
    /// The shown text reads as a URL or host name of another organisation than the target's.
    pub fn lies(&self) -> bool {
        false
    }
}
