//! Settings in layers: shipped defaults → operator → group → subscriber. What a layer leaves out comes from below.
//!
//! Lists, keyword rules and conditions add up, the subscriber's first. `resolve` puts the layers together, `check` reads
//! and validates one layer, and `consented` says what may run for somebody who has not agreed to filtering.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use content::keywords::KeywordRule;
use content::signatures::Level;
use controls::impersonation::{Asked, Rescue};
use controls::lists::Entry;
use controls::{Class, Mode};
use message::UnixMillis;

use crate::consent::{Consent, DefaultOn};
use crate::contract::Contract;
use crate::decision::{Disposition, Treatment};
use crate::digest::Digest;
use crate::language::Language;
use crate::profile::{AddressBookMode, BulkGuard, Feature, HeaderView, Profile, ScoreShown};

mod check;
mod consented;
mod entries_from;
mod resolve;

pub use check::{ENTRY_LIMIT, KEYS, LABEL_LIMIT, RETENTION_LIMIT, THRESHOLD_LIMIT};
pub use entries_from::EntriesFrom;
pub use resolve::{
    SHIPPED_LABEL, SHIPPED_RETENTION_DAYS, SHIPPED_SUSPECT, SHIPPED_THRESHOLD, profile_of, shipped_actions,
};

/// One step of the written precedence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// The refuse list.
    Refuse,
    /// The receive list.
    Receive,
    /// Keyword rules.
    Keywords,
    /// Conditions the recipient chose.
    Conditions,
    /// The threshold.
    Threshold,
}

/// Every step, in the shipped order (SUB-01: refuse list before receive list).
pub const STEPS: [Step; 5] = [Step::Refuse, Step::Receive, Step::Keywords, Step::Conditions, Step::Threshold];

/// A keyword rule and what it does.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeywordSetting {
    /// The rule.
    pub rule: KeywordRule,
    /// What happens when it matches.
    pub then: Treatment,
    /// The message is then spam whatever else it says, and what happens to spam happens to it (T3-2-3(1)⑧).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub surely_spam: bool,
}

impl KeywordSetting {
    /// Whether the rule lets mail in.
    pub fn receives(&self) -> bool {
        self.then.then == Disposition::Deliver && !self.surely_spam
    }
}

/// What one layer sets.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Layer {
    /// Operator's layer: filtering is on by default under the five published conditions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_on: Option<DefaultOn>,
    /// Subscriber's layer: what this person said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consent: Option<Consent>,
    /// Points from which a message is spam.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f64>,
    /// Points from which it is suspect.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suspect: Option<f64>,
    /// What happens to each class.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub actions: BTreeMap<Class, Treatment>,
    /// Text of the subject label, such as `[MEIWAKU]`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Who is wanted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub receive: Vec<Entry>,
    /// Who is not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub refuse: Vec<Entry>,
    /// What happens to mail from the refuse list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<Treatment>,
    /// A receive entry helps only a proven sender (default true).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_requires_auth: Option<bool>,
    /// Written precedence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<Vec<Step>>,
    /// What happens where a condition is seen, by reason id (`html-present`, `size-above` …).
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub conditions: BTreeMap<String, Treatment>,
    /// IN-03, octets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size_at_least: Option<u64>,
    /// IN-03, octets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size_at_most: Option<u64>,
    /// IN-05.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub keywords: Vec<KeywordSetting>,
    /// IN-08: how much of a signature must be found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signature_level: Option<Level>,
    /// How long held mail waits, days.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retention_days: Option<u16>,
    /// Modes of controls.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub modes: BTreeMap<String, Mode>,
    /// Subscriber's layer: this person agrees to have delivered messages kept, encrypted and for a while, so that the
    /// operator can try new rules on them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep_recent: Option<bool>,
    /// SUB-08, subscriber's layer: this person wants header sections of delivered mail kept for the header viewer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header_view: Option<bool>,
    /// Sender ID is verified too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sender_id: Option<bool>,
    /// What happens where a control could not see what it had to see (a virus scanner that does not answer), by control.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub unknown: BTreeMap<String, Treatment>,
    /// The language of what is written into a delivered message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// Operator's layer: what subscribers are offered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<Box<Profile>>,
    /// SUB-04: the preset that was put on last, by its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preset: Option<String>,
    /// SUB-03: how much proof of a sender is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub impersonation: Option<Asked>,
    /// SUB-03: what happens to mail whose sender has not enough of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub impersonation_then: Option<Treatment>,
    /// SUB-03: From domains of which proof is always asked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub impersonation_domains: Vec<String>,
    /// SUB-03: From domains of which none is ever asked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub impersonation_exceptions: Vec<String>,
    /// SUB-03: mail that comes by way of a forwarder or a list, by To, Cc or From.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rescue: Vec<Rescue>,
    /// SUB-13.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub address_book: Vec<Entry>,
    /// SUB-13: how the address book is used; unset: not at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address_book_mode: Option<AddressBookMode>,
    /// SUB-11: the sender of refused mail is told so in the SMTP reply (default true). Where not, the mail is held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refusal_notice: Option<bool>,
    /// SUB-10: digits that have to follow a telephone number in this person's address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_code: Option<String>,
    /// SUB-14: how long mail in the trash waits, days; unset: as long as held mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trash_days: Option<u16>,
    /// SUB-15: which mail about held mail this person gets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// Hard Japanese words on this person's pages stand with their reading (furigana).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub furigana: Option<bool>,
}

/// On what ground content may be looked at for a recipient (SUB-20); kept with every decision as proof.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case", tag = "by")]
pub enum ContentBasis {
    /// On none: it may not.
    #[default]
    None,
    /// The person agreed.
    Consent {
        /// When.
        at: UnixMillis,
        /// To which version of the text.
        text: u32,
    },
    /// The operator's default under the five published conditions, not withdrawn by the person.
    DefaultOn,
    /// Judged for the operator, who asked for it (`/checkv2` without a recipient).
    Operator,
}

/// The settings in force for one recipient.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Whether content may be looked at for this recipient.
    pub content_allowed: bool,
    /// On what ground.
    pub content_basis: ContentBasis,
    /// Points from which a message is spam.
    pub threshold: f64,
    /// Points from which it is suspect.
    pub suspect: f64,
    /// What happens to each class; classes that are not here are delivered.
    pub actions: BTreeMap<Class, Treatment>,
    /// Text of the subject label.
    pub label: String,
    /// What happens to mail from the refuse list.
    pub refused: Treatment,
    /// A receive entry helps only a proven sender.
    pub allow_requires_auth: bool,
    /// Written precedence.
    pub order: Vec<Step>,
    /// What happens where a condition is seen.
    pub conditions: BTreeMap<String, Treatment>,
    /// What happens where a keyword rule matches, by rule id.
    pub keyword_treatments: BTreeMap<String, Treatment>,
    /// How long held mail waits, days.
    pub retention_days: u16,
    /// The person agreed to have delivered messages kept for replay.
    pub keep_recent: bool,
    /// SUB-08: header sections of delivered mail are kept, as the operator offers it; `None`: none are.
    pub header_view: Option<HeaderView>,
    /// SUB-22: features that the person has set something of and whose time in the contract is over: it does not act.
    pub asleep: Vec<Feature>,
    /// SUB-22: until when these settings are in force by themselves.
    pub until: Option<UnixMillis>,
    /// Sender ID is verified too.
    pub sender_id: bool,
    /// What happens where a control could not see what it had to see; controls that are not here change nothing then.
    pub unknown: BTreeMap<String, Treatment>,
    /// The language of what is written into a delivered message; `None`: both.
    pub language: Option<Language>,
    /// What controls read.
    pub controls: Arc<controls::Settings>,
    /// SUB-11: the sender of refused mail is told so.
    pub refusal_notice: bool,
    /// SUB-14: how long mail in the trash waits, days.
    pub trash_days: u16,
    /// SUB-15: which mail about held mail goes out.
    pub digest: Digest,
    /// SUB-19: how the score is shown.
    pub shown: ScoreShown,
    /// Hard Japanese words on this person's pages stand with their reading.
    pub furigana: bool,
    /// Conditions that only mail from the Internet can meet.
    pub internet_only: Vec<String>,
    /// Keyword rules that force the verdict spam, by rule id.
    pub surely_spam: BTreeSet<String>,
    /// SUB-09, as the operator offers it.
    pub bulk_guard: Option<BulkGuard>,
    /// Where each value in force came from: `shipped`, `operator`, `group`, `subscriber`, by key.
    pub origin: BTreeMap<String, Origin>,
    /// The same of the entries of lists.
    pub entries_from: EntriesFrom,
    /// Version numbers of the layers: operator, group, subscriber (0: none).
    pub versions: [i64; 3],
}

/// From which layer a value came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The program.
    Shipped,
    /// The operator's defaults.
    Operator,
    /// The group.
    Group,
    /// The person.
    Subscriber,
}

/// A layer and its version number; those of operators and groups are many people's, and are not copied for each.
pub type Versioned = (i64, Arc<Layer>);

/// The layers of one recipient with their version numbers; `None` where nobody set anything.
#[derive(Clone, Debug, Default)]
pub struct Layers {
    /// The operator's defaults.
    pub operator: Option<Versioned>,
    /// The group.
    pub group: Option<Versioned>,
    /// The person.
    pub subscriber: Option<Versioned>,
    /// SUB-22: the person's contract, and when it was looked at; `None`: everything that was set acts.
    pub contract: Option<(Contract, UnixMillis)>,
}

/// Why a layer cannot be taken: a clear text naming the field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct BadLayer {
    /// The key.
    pub field: String,
    /// What is wrong, and what would be right.
    pub problem: String,
}

impl Step {
    /// Its stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Refuse => "refuse",
            Self::Receive => "receive",
            Self::Keywords => "keywords",
            Self::Conditions => "conditions",
            Self::Threshold => "threshold",
        }
    }
}

impl Origin {
    /// Its stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Shipped => "shipped",
            Self::Operator => "operator",
            Self::Group => "group",
            Self::Subscriber => "subscriber",
        }
    }
}
