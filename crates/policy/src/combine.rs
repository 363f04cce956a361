//! Where a face cannot give each recipient its own outcome: the mildest action wins and the record says so.
//!
//! A refusal or a deferral that only some recipients would get cannot be spoken; their copy goes to junk, marked, where
//! they find it. Nothing is lost and the sender is not told a half-truth.

use crate::decision::{Decision, Disposition, LabelPlace, Treatment};

/// What a face can carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Can {
    /// A rendering, a disposition and an answer for each recipient (LMTP).
    EachRecipient,
    /// A rendering and a disposition for each recipient, but one answer for all (SMTP after DATA). A deferral is kept:
    /// the gate answers 451 and remembers who was served.
    OneAnswer,
    /// One rendering for all; recipients can be taken out (milter).
    RemoveRecipients,
    /// One action for all (`/checkv2`, spamd).
    OneAction,
}

/// Reconciles decisions with what a face can carry. `wanted` is set on each that had to give way.
pub fn combine(mut decisions: Vec<Decision>, can: Can) -> Vec<Decision> {
    let treatments: Vec<Treatment> = decisions.iter().map(|decision| decision.treatment).collect();
    for decision in &mut decisions {
        let carried = match can {
            Can::EachRecipient => decision.treatment,
            Can::OneAnswer => one_answer(decision.treatment, &treatments),
            Can::RemoveRecipients => one_rendering(decision.treatment, &treatments),
            Can::OneAction => mildest(&treatments).map(held_whole).unwrap_or(decision.treatment),
        };
        if carried != decision.treatment {
            decision.wanted = Some(decision.treatment);
            decision.treatment = carried;
        }
    }
    decisions
}

/// A 5xx can be said only where nobody takes the message.
fn one_answer(own: Treatment, all: &[Treatment]) -> Treatment {
    let somebody_takes_it =
        all.iter().any(|t| !matches!(t.then, Disposition::Refuse | Disposition::UnknownUser | Disposition::Defer));
    match own.then {
        Disposition::Refuse | Disposition::UnknownUser if somebody_takes_it => {
            Treatment { then: Disposition::Junk, ..own }
        }
        _ => own,
    }
}

/// Who gets the message gets the same one; who does not is taken out. An answer is the same for all.
fn one_rendering(own: Treatment, all: &[Treatment]) -> Treatment {
    let alike = all.iter().all(|t| t.then == own.then);
    let gets_it_whole = |t: &Treatment| matches!(t.then, Disposition::Deliver | Disposition::HeaderOnly);
    match own.then {
        Disposition::Refuse | Disposition::UnknownUser | Disposition::Defer if !alike => {
            Treatment { then: Disposition::Junk, ..own }
        }
        // What is dangerous is taken out for everybody who gets it, or this one does not.
        Disposition::RemovePart if all.iter().any(gets_it_whole) => held_whole(own),
        Disposition::RemovePart => {
            let same = all.iter().filter(|t| t.then == Disposition::RemovePart);
            Treatment { label: same.map(|t| t.label).reduce(milder_label).unwrap_or(own.label), ..own }
        }
        Disposition::Deliver | Disposition::HeaderOnly => {
            let delivered = all.iter().filter(|t| gets_it_whole(t));
            let then = delivered.clone().map(|t| t.then).min().unwrap_or(own.then);
            let label = delivered.map(|t| t.label).reduce(milder_label).unwrap_or(own.label);
            Treatment { then, label }
        }
        _ => own,
    }
}

/// A face that has one action for all cannot change a message: it is held as it is.
fn held_whole(own: Treatment) -> Treatment {
    match own.then {
        Disposition::RemovePart => Treatment { then: Disposition::Junk, ..own },
        _ => own,
    }
}

/// Where the dangerous part cannot be told from the rest, the message is held whole, and the record says so.
#[must_use]
pub fn without_removal(mut decision: Decision) -> Decision {
    let carried = held_whole(decision.treatment);
    if carried != decision.treatment {
        decision.wanted = Some(decision.treatment);
        decision.treatment = carried;
    }
    decision
}

/// Where two recipients want two different words before the Subject and there is one message for both: neither, and
/// the record says so.
#[must_use]
pub fn without_label_of_subject(mut decision: Decision) -> Decision {
    let own = decision.treatment;
    let label = match own.label {
        LabelPlace::Subject => LabelPlace::None,
        LabelPlace::Both => LabelPlace::Header,
        LabelPlace::None | LabelPlace::Header => own.label,
    };
    if label != own.label {
        decision.wanted = decision.wanted.or(Some(own));
        decision.treatment = Treatment { label, ..own };
    }
    decision
}

fn mildest(all: &[Treatment]) -> Option<Treatment> {
    let then = all.iter().map(|t| t.then).min()?;
    let label = all.iter().filter(|t| t.then == then).map(|t| t.label).reduce(milder_label)?;
    Some(Treatment { then, label })
}

/// What both carry: a header label and a subject label have nothing in common.
fn milder_label(a: LabelPlace, b: LabelPlace) -> LabelPlace {
    match (a, b) {
        (LabelPlace::Both, other) | (other, LabelPlace::Both) => other,
        (a, b) if a == b => a,
        _ => LabelPlace::None,
    }
}
