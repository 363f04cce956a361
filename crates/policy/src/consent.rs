//! Consent to filtering by content (SUB-20), and the five conditions under which an operator may turn it on by default.

use message::UnixMillis;

/// What one person said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Consent {
    /// Agreed, or withdrawn.
    pub given: bool,
    /// When.
    pub at: UnixMillis,
    /// Which version of the text was shown.
    pub text: u32,
}

/// The five published conditions for filtering by default (T annex 2). All must hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DefaultOn {
    /// The subscriber can change the setting at any time after agreeing.
    pub changeable_any_time: bool,
    /// Apart from this consent the contract is the same for who agrees and who does not.
    pub same_terms_otherwise: bool,
    /// What is filtered is limited and clear.
    pub scope_is_limited: bool,
    /// A typical subscriber would agree, seen objectively.
    pub typically_agreeable: bool,
    /// Subscribers were told beforehand, well enough.
    pub told_beforehand: bool,
}

impl DefaultOn {
    /// Whether all five hold.
    pub fn holds(&self) -> bool {
        self.changeable_any_time
            && self.same_terms_otherwise
            && self.scope_is_limited
            && self.typically_agreeable
            && self.told_beforehand
    }
}
