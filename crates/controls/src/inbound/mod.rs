//! Controls of mail that arrives. Every file here stands in [`CONTROLS`]; a test sweeps both.

use crate::control::{Basis, Control, Effect};

mod size;

/// Effects of a control that acts only where somebody chose it: each needs consent.
const CHOSEN: &[(Effect, Basis)] =
    &[(Effect::Label, Basis::Consent), (Effect::Hold, Basis::Consent), (Effect::Refuse, Basis::Consent)];

/// Effects of a control that reads content and counts.
const COUNTS: &[(Effect, Basis)] = &[
    (Effect::Label, Basis::Consent),
    (Effect::Hold, Basis::Consent),
    (Effect::Refuse, Basis::Consent),
    (Effect::Points, Basis::Consent),
];

/// All of them, in the order in which they are listed to people.
pub const CONTROLS: &[&Control] = &[&size::CONTROL];

/// One by name.
pub fn control(name: &str) -> Option<&'static Control> {
    CONTROLS.iter().find(|control| control.name == name).copied()
}
