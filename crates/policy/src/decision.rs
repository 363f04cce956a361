//! What was decided for one recipient, and why. Serialised into the decision record.

use controls::{Class, Finding};

/// What happens to the message for one recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Disposition {
    /// Handed to the next hop.
    Deliver,
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
    /// 4xx: come again.
    Defer,
}

/// Where a delivered message is marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize)]
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
    /// What was found, heaviest first.
    pub findings: Vec<Finding>,
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
    /// The sum of points reached the threshold of this class.
    Threshold {
        /// The threshold in force.
        threshold: f64,
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

impl Disposition {
    /// Its stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Deliver => "deliver",
            Self::HeaderOnly => "header_only",
            Self::Junk => "junk",
            Self::Trash => "trash",
            Self::Delete => "delete",
            Self::Refuse => "refuse",
            Self::Defer => "defer",
        }
    }
}

impl Treatment {
    /// The stable name of the action for records and metrics: `label` where a delivered message is marked.
    pub fn action(self) -> &'static str {
        match (self.then, self.label) {
            (Disposition::Deliver, LabelPlace::Header | LabelPlace::Subject | LabelPlace::Both) => "label",
            (then, _) => then.name(),
        }
    }
}
