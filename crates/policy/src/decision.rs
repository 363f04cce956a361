//! What was decided for one recipient, and why. Serialised into the decision record.

use controls::{Class, Finding};
use message::authentication::Proof;

/// What happens to the message for one recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Disposition {
    /// Handed to the next hop.
    Deliver,
    /// Delivered without the part in which a virus was found, with a notice in its place; the original stays in junk.
    /// Where the part cannot be told from the rest, the message is held.
    RemovePart,
    /// Only the header section is delivered; the original stays in junk.
    HeaderOnly,
    /// Kept in junk, where the recipient finds it.
    Junk,
    /// Kept in junk's trash.
    Trash,
    /// Recorded and not kept.
    Delete,
    /// 5xx with a reference.
    Refuse,
    /// 5xx as if there were no such address (T3-2-4(6)).
    UnknownUser,
    /// 4xx: come again.
    Defer,
}

/// Where a delivered message is marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LabelPlace {
    /// Nowhere.
    #[default]
    None,
    /// In a header field.
    Header,
    /// At the start of the Subject.
    Subject,
    /// Both.
    Both,
}

/// What a setting asks for: a disposition, and a label where something is delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Treatment {
    /// What happens.
    pub then: Disposition,
    /// Where it is marked.
    #[serde(default)]
    pub label: LabelPlace,
}

impl Treatment {
    /// Delivered without a mark.
    pub const DELIVER: Self = Self { then: Disposition::Deliver, label: LabelPlace::None };
    /// Delivered with a header label.
    pub const LABEL: Self = Self { then: Disposition::Deliver, label: LabelPlace::Header };
    /// Held.
    pub const JUNK: Self = Self { then: Disposition::Junk, label: LabelPlace::None };
}

/// What the message is, for one recipient.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Verdict {
    /// Its class.
    pub class: Class,
    /// Sum of points (log-odds).
    pub points: f64,
    /// Calibrated probability that it is unwanted, 0 to 1.
    pub probability: f64,
    /// How surely the sender is who it shows.
    #[serde(default = "unproven")]
    pub proof: Proof,
    /// What was found and counts, heaviest first.
    pub findings: Vec<Finding>,
    /// What controls in mode `label` found: it may label, nothing else. Heaviest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub label_only: Vec<Finding>,
    /// What controls in mode `observe` found: recorded, without effect. Heaviest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub observed: Vec<Finding>,
    /// Controls that needed a fact that could not be had.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<String>,
}

/// Which setting decided.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case", tag = "by")]
pub enum Reason {
    /// postmaster@ and abuse@ are never filtered.
    Duty,
    /// The recipient has not agreed to filtering; only labelling of authentication ran.
    NoConsent,
    /// Malware: nothing lifts it.
    Malware,
    /// An entry of the refuse list.
    RefuseList {
        /// The entry as written.
        entry: String,
    },
    /// An entry of the receive list.
    ReceiveList {
        /// The entry as written.
        entry: String,
    },
    /// A keyword rule.
    Keyword {
        /// The rule's id or name.
        rule: String,
    },
    /// A condition that the recipient chose (HTML, size, no Subject …), by reason id.
    Condition {
        /// The finding's reason id.
        reason: String,
    },
    /// The sum of points reached a threshold.
    Threshold {
        /// The threshold that was reached: of spam, or of suspect mail where the class is suspect.
        threshold: f64,
    },
    /// Mail of this kind is treated so, below any threshold (newsletters).
    Kind {
        /// The kind.
        class: Class,
    },
    /// A control could not see what it had to see, and the settings say what happens then.
    Unknown {
        /// The control's name.
        control: String,
    },
    /// Nothing spoke against it.
    Nothing,
    /// Our own fault: the message could not be judged.
    Fault {
        /// What failed, for staff.
        what: String,
    },
}

/// The decision for one recipient.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Decision {
    /// What the message is.
    pub verdict: Verdict,
    /// What happens.
    pub treatment: Treatment,
    /// Which setting decided.
    pub reason: Reason,
    /// Where a face could not carry the treatment, what was wanted instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wanted: Option<Treatment>,
}

/// Every disposition, mildest first.
pub const DISPOSITIONS: [Disposition; 9] = [
    Disposition::Deliver,
    Disposition::RemovePart,
    Disposition::HeaderOnly,
    Disposition::Junk,
    Disposition::Trash,
    Disposition::Delete,
    Disposition::Refuse,
    Disposition::UnknownUser,
    Disposition::Defer,
];

/// Every place of a label, mildest first.
pub const LABEL_PLACES: [LabelPlace; 4] = [LabelPlace::None, LabelPlace::Header, LabelPlace::Subject, LabelPlace::Both];

impl LabelPlace {
    /// Its stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Header => "header",
            Self::Subject => "subject",
            Self::Both => "both",
        }
    }

    /// This place with the header as well.
    #[must_use]
    pub fn and_header(self) -> Self {
        match self {
            Self::None | Self::Header => Self::Header,
            Self::Subject | Self::Both => Self::Both,
        }
    }
}

impl Verdict {
    /// Nothing was found, or nothing was looked for.
    pub fn nothing() -> Self {
        Self {
            class: Class::Wanted,
            points: 0.0,
            probability: 0.0,
            proof: Proof::Unproven,
            findings: Vec::new(),
            label_only: Vec::new(),
            observed: Vec::new(),
            unknown: Vec::new(),
        }
    }
}

impl Default for Verdict {
    fn default() -> Self {
        Self::nothing()
    }
}

impl Decision {
    /// Our own fault: the message could not be judged, and the sender shall come again.
    pub fn fault(what: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::nothing(),
            treatment: Treatment { then: Disposition::Defer, label: LabelPlace::None },
            reason: Reason::Fault { what: what.into() },
            wanted: None,
        }
    }
}

impl Reason {
    /// Whether a condition on what is attached decided: what is then taken out are the attachments.
    pub fn is_of_attachments(&self) -> bool {
        matches!(self, Self::Condition { reason } if reason.starts_with("attachment-"))
    }

    /// Its stable name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Duty => "duty",
            Self::NoConsent => "no_consent",
            Self::Malware => "malware",
            Self::RefuseList { .. } => "refuse_list",
            Self::ReceiveList { .. } => "receive_list",
            Self::Keyword { .. } => "keyword",
            Self::Condition { .. } => "condition",
            Self::Threshold { .. } => "threshold",
            Self::Kind { .. } => "kind",
            Self::Unknown { .. } => "unknown",
            Self::Nothing => "nothing",
            Self::Fault { .. } => "fault",
        }
    }
}

impl Disposition {
    /// Its stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Deliver => "deliver",
            Self::RemovePart => "remove_part",
            Self::HeaderOnly => "header_only",
            Self::Junk => "junk",
            Self::Trash => "trash",
            Self::Delete => "delete",
            Self::Refuse => "refuse",
            Self::UnknownUser => "unknown_user",
            Self::Defer => "defer",
        }
    }
}

impl Treatment {
    /// Which of two treatments is milder comes first: by what happens, then by how it is marked.
    pub fn harshness(self) -> (Disposition, LabelPlace) {
        (self.then, self.label)
    }

    /// The stable name of the action for records and metrics: `label` where a delivered message is marked.
    pub fn action(self) -> &'static str {
        match (self.then, self.label) {
            (Disposition::Deliver, LabelPlace::Header | LabelPlace::Subject | LabelPlace::Both) => "label",
            (then, _) => then.name(),
        }
    }
}

/// Records written before proof was kept say nothing of it.
fn unproven() -> Proof {
    Proof::Unproven
}
