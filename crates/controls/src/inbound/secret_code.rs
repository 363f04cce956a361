//! SUB-10: mail to a telephone-number address without the secret code after the number.
//!
//! The directory finds the recipient of a number with the right code after it; a wrong code finds nobody. What is left to
//! see here is the number alone.

use super::CHOSEN;
use crate::control::{Control, Finding, Judgement, Scope, Stage};
use crate::facts::Facts;
use crate::lists::phone;
use crate::settings::Settings;

/// SUB-10.
pub(super) const CONTROL: Control = Control {
    name: "secret_code",
    catalogue: "SUB-10",
    basis: CHOSEN,
    source: "T2-2-10(1)②",
    stages: &[Stage::Data],
    scope: Scope::Recipient,
    needs: &[],
    unknown: "The recipient's address is always known.",
    reasons: &["secret-code-missing"],
    judge,
};

fn judge(facts: &Facts<'_>, settings: &Settings) -> Judgement {
    let (Some(_), Some(recipient)) = (settings.secret_code.as_ref(), facts.recipient) else {
        return Judgement::silent();
    };
    let is_own = facts.own_addresses.contains(&recipient.key());
    if is_own && phone(recipient.local()).is_some() {
        return Judgement::seen(Finding::seen(CONTROL.name, "secret-code-missing"));
    }
    Judgement::silent()
}
