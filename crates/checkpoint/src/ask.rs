//! Every control of a stage is asked; a panic in one is `Unknown` and an alarm, and the others are asked all the same.

use std::panic::{AssertUnwindSafe, catch_unwind};

use controls::inbound::{CONTROLS, control};
use controls::{Control, Facts, Finding, Judgement, Mode, Need, Stage};
use policy::Settings;

use crate::door::{DoorSettings, Noted};

/// What the controls said for one recipient.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Asked {
    /// Findings with the mode of their control.
    pub findings: Vec<(Finding, Mode)>,
    /// Controls that needed a fact that could not be had.
    pub unknown: Vec<String>,
}

impl Asked {
    /// What others said, beside this.
    pub fn add(&mut self, more: Self) {
        self.findings.extend(more.findings);
        self.unknown.extend(more.unknown);
    }

    /// Controls that live by what the door knows, and are asked once more at DATA, do no more there than the operator
    /// lets them do at the door.
    pub fn no_further_than(&mut self, door: &DoorSettings) {
        let of_the_door = |control: &Control| control.needs.iter().all(|need| need.is_of_the_door());
        for (finding, mode) in &mut self.findings {
            if control(&finding.control).is_some_and(|control| control.is_of_the_door() && of_the_door(control)) {
                *mode = (*mode).min(door.mode(&finding.control));
            }
        }
        self.findings.retain(|(_, mode)| *mode != Mode::Off);
    }

    /// What the door found counts here too. Settings may switch a control of the door further down, never up: in what
    /// mode it stands at the door is the operator's choice.
    pub fn add_from_door(&mut self, door: &Noted, settings: &Settings) {
        for (finding, at_door) in &door.findings {
            let chosen = settings.controls.modes.get(&finding.control).copied().unwrap_or(*at_door);
            let mode = chosen.min(*at_door);
            let again =
                |(known, _): &(Finding, Mode)| known.control == finding.control && known.reason == finding.reason;
            if mode != Mode::Off && !self.findings.iter().any(again) {
                self.findings.push((finding.clone(), mode));
            }
        }
        for name in &door.unknown {
            if !self.unknown.contains(name) {
                self.unknown.push(name.clone());
            }
        }
    }
}

/// Whether a control runs for a recipient: policy knows who agreed to what, and who asked for it.
fn runs(control: &Control, settings: &Settings, content_allowed: bool) -> bool {
    settings.runs(control) && (content_allowed || settings.runs_without_consent(control))
}

/// What the controls of a stage that run for this recipient need.
pub fn needs(stage: Stage, settings: &Settings, content_allowed: bool) -> impl Iterator<Item = Need> {
    CONTROLS
        .iter()
        .filter(move |control| control.stages.contains(&stage) && runs(control, settings, content_allowed))
        .flat_map(|control| control.needs.iter().copied())
}

/// Asks every control of a stage that runs for this recipient, but for those that [`ask_learned`] asks.
pub fn ask(stage: Stage, facts: &Facts<'_>, settings: &Settings, content_allowed: bool) -> Asked {
    let now = |control: &Control| !control.needs.contains(&Need::Bayes) && runs(control, settings, content_allowed);
    ask_those(stage, now, facts, settings)
}

/// Asks the controls that judge by what was learned: what they say depends on what the others said.
pub fn ask_learned(stage: Stage, facts: &Facts<'_>, settings: &Settings, content_allowed: bool) -> Asked {
    let now = |control: &Control| control.needs.contains(&Need::Bayes) && runs(control, settings, content_allowed);
    ask_those(stage, now, facts, settings)
}

fn ask_those(stage: Stage, which: impl Fn(&Control) -> bool, facts: &Facts<'_>, settings: &Settings) -> Asked {
    let mut asked = Asked::default();
    for control in CONTROLS.iter().filter(|control| control.stages.contains(&stage)).filter(|control| which(control)) {
        let judgement =
            catch_unwind(AssertUnwindSafe(|| (control.judge)(facts, &settings.controls))).unwrap_or_else(|_| {
                tracing::error!(control = control.name, "a panic in a control; it is unknown for this message");
                Judgement::unknown()
            });
        if judgement.unknown {
            asked.unknown.push(control.name.to_owned());
        }
        let mode = settings.controls.mode(control.name);
        asked.findings.extend(judgement.findings.into_iter().map(|finding| (finding, mode)));
    }
    asked
}
