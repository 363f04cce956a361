//! Controls of mail that arrives. Every file here stands in [`CONTROLS`]; a test sweeps both.

use crate::control::Control;

mod size;

/// All of them, in the order in which they are listed to people.
pub const CONTROLS: &[&Control] = &[&size::CONTROL];

/// One by name.
pub fn control(name: &str) -> Option<&'static Control> {
    CONTROLS.iter().find(|control| control.name == name).copied()
}
