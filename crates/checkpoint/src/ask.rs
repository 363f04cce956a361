//! Every control of a stage is asked; a panic in one is `Unknown` and an alarm, and the others are asked all the same.

use std::panic::{AssertUnwindSafe, catch_unwind};

use controls::inbound::CONTROLS;
use controls::{Control, Facts, Finding, Judgement, Mode, Need, Settings, Stage};

/// What the controls said for one recipient.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// Findings with the mode of their control.
    pub findings: Vec<(Finding, Mode)>,
    /// Controls that needed a fact that could not be had.
    pub unknown: Vec<String>,
}

/// Whether a control may run for a recipient: it is not off, and what it looks at is not content, or was agreed to.
pub fn may_run(control: &Control, settings: &Settings, content_allowed: bool) -> bool {
    settings.mode(control.name) != Mode::Off
        && (content_allowed || !control.needs.iter().any(|need| need.is_content()) && !consent_only(control))
}

/// Nothing that may follow from this control may follow without consent.
fn consent_only(control: &Control) -> bool {
    !control.basis.is_empty() && control.basis.iter().all(|(_, basis)| *basis == controls::Basis::Consent)
}

/// What the controls of a stage need.
pub fn needs(stage: Stage) -> impl Iterator<Item = Need> {
    CONTROLS
        .iter()
        .filter(move |control| control.stages.contains(&stage))
        .flat_map(|control| control.needs.iter().copied())
}

/// Asks every control of a stage that may run.
pub fn ask(stage: Stage, facts: &Facts<'_>, settings: &Settings, content_allowed: bool) -> Asked {
    let mut asked = Asked::default();
    for control in CONTROLS.iter().filter(|control| control.stages.contains(&stage)) {
        if !may_run(control, settings, content_allowed) {
            continue;
        }
        let judgement = catch_unwind(AssertUnwindSafe(|| (control.judge)(facts, settings))).unwrap_or_else(|_| {
            tracing::error!(control = control.name, "a panic in a control; it is unknown for this message");
            Judgement::unknown()
        });
        if judgement.unknown {
            asked.unknown.push(control.name.to_owned());
        }
        let mode = settings.mode(control.name);
        asked.findings.extend(judgement.findings.into_iter().map(|finding| (finding, mode)));
    }
    asked
}
