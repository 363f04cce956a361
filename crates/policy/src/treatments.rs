//! What a person can choose to happen, by the name that forms and profiles give it.

use controls::lists::EntryAction;

use crate::decision::{Disposition, LabelPlace, Treatment};

/// Every treatment with its name, mildest first.
pub const TREATMENTS: [(&str, Treatment); 11] = [
    ("deliver", Treatment::DELIVER),
    ("label-header", Treatment::LABEL),
    ("label-subject", Treatment { then: Disposition::Deliver, label: LabelPlace::Both }),
    ("junk", Treatment::JUNK),
    ("junk-labelled", Treatment { then: Disposition::Junk, label: LabelPlace::Both }),
    ("trash-labelled", Treatment { then: Disposition::Trash, label: LabelPlace::Both }),
    ("header-only", Treatment { then: Disposition::HeaderOnly, label: LabelPlace::None }),
    ("trash", Treatment { then: Disposition::Trash, label: LabelPlace::None }),
    ("delete", Treatment { then: Disposition::Delete, label: LabelPlace::None }),
    ("refuse", Treatment { then: Disposition::Refuse, label: LabelPlace::None }),
    ("unknown-user", Treatment { then: Disposition::UnknownUser, label: LabelPlace::None }),
];

/// The treatment with this name.
pub fn treatment(name: &str) -> Option<Treatment> {
    // Not among those that fit everything: it is offered for dangerous mail alone.
    if name == "remove-part" {
        return Some(Treatment { then: Disposition::RemovePart, label: LabelPlace::None });
    }
    TREATMENTS.iter().find(|(known, _)| *known == name).map(|(_, treatment)| *treatment)
}

/// The name of a treatment.
pub fn treatment_name(treatment: Treatment) -> &'static str {
    match (treatment.then, treatment.label) {
        (Disposition::Deliver, LabelPlace::None) => "deliver",
        (Disposition::Deliver, LabelPlace::Header) => "label-header",
        (Disposition::Deliver, LabelPlace::Subject | LabelPlace::Both) => "label-subject",
        (Disposition::Junk, LabelPlace::Subject | LabelPlace::Both) => "junk-labelled",
        (Disposition::Trash, LabelPlace::Subject | LabelPlace::Both) => "trash-labelled",
        (Disposition::Junk | Disposition::Defer, _) => "junk",
        (Disposition::RemovePart, _) => "remove-part",
        (Disposition::HeaderOnly, _) => "header-only",
        (Disposition::Trash, _) => "trash",
        (Disposition::Delete, _) => "delete",
        (Disposition::Refuse, _) => "refuse",
        (Disposition::UnknownUser, _) => "unknown-user",
    }
}

/// What an entry's own action does; `None`: what happens to spam happens to it.
pub fn of_entry(action: EntryAction) -> Option<Treatment> {
    match action {
        EntryAction::SurelySpam => None,
        EntryAction::LabelHeader
        | EntryAction::LabelSubject
        | EntryAction::Junk
        | EntryAction::HeaderOnly
        | EntryAction::Trash
        | EntryAction::Delete
        | EntryAction::Refuse
        | EntryAction::UnknownUser => treatment(action.name()),
    }
}
