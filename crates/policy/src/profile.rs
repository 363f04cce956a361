//! An operator's profile: what subscribers are offered, in which bounds, with which presets and defaults. Data, read from
//! TOML, kept in the operator's layer as a version like any other, in force on the next message.
//!
//! A profile bounds what is newly set. What a person has set stays as it is when the operator's profile changes.

use std::collections::BTreeMap;

use content::keywords::{Field, MatchKind};
use controls::impersonation::{Asked, Proven, RescueField};
use controls::lists::{EntryAction, PatternKind};
use serde::{Deserialize, Serialize};

use crate::language::Language;
use crate::settings::Layer;

mod bounds;
mod check;
pub mod filters;
mod presets;
mod table;

pub use bounds::{Exceeded, Quota, asked_name, kind_name};
pub(crate) use bounds::{covers, is_selective};
pub use check::BadProfile;
pub use presets::Bundles;

/// The profile that comes with the program, for operators without one of their own.
pub const SHIPPED: &str = include_str!("profile/shipped.toml");

/// A text in both languages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// Japanese.
    pub ja: String,
    /// English.
    pub en: String,
}

/// The whole profile.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Profile {
    /// What the operator calls it.
    pub name: String,
    /// SUB-01.
    pub lists: ListOffer,
    /// SUB-16, IN-05: keyword rules.
    pub rules: RuleOffer,
    /// SUB-02: kinds of sender with their domains.
    pub kinds: Vec<Kind>,
    /// SUB-02: mail posing as a mobile address can be refused.
    pub posing: bool,
    /// SUB-03.
    pub impersonation: ImpersonationOffer,
    /// SUB-04: bundles of choices.
    pub presets: Vec<Preset>,
    /// SUB-04: the questions of the wizard.
    pub wizard: Vec<Question>,
    /// SUB-05.
    pub selective: Vec<Selective>,
    /// SUB-06.
    pub links: LinkOffer,
    /// IN-03, SUB-16 and others: conditions that people can choose, by reason id; `None`: every one that the program has.
    pub conditions: Option<Vec<String>>,
    /// Conditions (and `threshold`, for the filter as a whole) that are met by mail from the Internet only, by reason id.
    pub internet_only: Vec<String>,
    /// IN-03: sizes to choose from, octets; empty: any.
    pub sizes: Vec<u64>,
    /// IN-03: the largest size that can be set, octets.
    pub size_most: Option<u64>,
    /// What people can choose to happen, by the names of forms; empty: everything.
    pub actions: Vec<String>,
    /// SUB-19.
    pub levels: LevelOffer,
    /// SUB-13.
    pub address_book: AddressBookOffer,
    /// SUB-09; `None`: not offered.
    pub bulk_guard: Option<BulkGuard>,
    /// SUB-10: digits of the secret code; `None`: not offered.
    pub secret_code_digits: Option<u8>,
    /// SUB-14: days held to choose from; empty: any.
    pub retention_days: Vec<u16>,
    /// SUB-14: the longest time held that can be set, days.
    pub retention_most: Option<u16>,
    /// SUB-15.
    pub digest: DigestOffer,
    /// SUB-08: the header viewer.
    pub header_view: Option<HeaderView>,
    /// The subject label can be changed or switched off (SUB-14).
    pub label_optional: bool,
    /// SUB-22: features by contract, and what has to be paid for.
    pub entitlements: Entitlements,
    /// Which of the program's filters run for the operator's subscribers, by the names of [`filters`]; empty: all. A mode
    /// that a layer gives a control stands above this.
    pub filters: Vec<String>,
    /// The defaults of this operator; what staff set on the page of defaults stands above them.
    pub defaults: Layer,
    /// Made of `kinds`, never written.
    #[serde(skip)]
    made: table::Made,
}

/// What is offered of lists (SUB-01).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ListOffer {
    /// Entries of the receive list.
    pub receive_most: u32,
    /// Entries of the refuse list.
    pub refuse_most: u32,
    /// One quota for both together.
    pub both_most: Option<u32>,
    /// Entries of the refuse list by kind of pattern.
    pub refuse_most_of: BTreeMap<PatternKind, u32>,
    /// Telephone numbers, which then have their own quota.
    pub phone_most: Option<u32>,
    /// Telephone numbers are all received or all refused.
    pub phone_exclusive: bool,
    /// Only one of both lists may hold something.
    pub exclusive: bool,
    /// Kinds of entry; empty: all.
    pub kinds: Vec<PatternKind>,
    /// What is typed is looked for anywhere in an address.
    pub contains: bool,
    /// What happens to an entry that is on the other list already.
    pub on_other_list: OnOtherList,
    /// Actions that one entry of the refuse list can have of its own; empty: none.
    pub actions: Vec<EntryAction>,
    /// A message's own page and list offer to receive or refuse its sender.
    pub one_touch: bool,
}

/// What happens to an entry that is on the other list already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnOtherList {
    /// It goes over to the new one.
    #[default]
    Move,
    /// It is refused, and the person is told.
    Refuse,
}

/// What is offered of keyword rules.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RuleOffer {
    /// Rules that keep something back.
    pub refuse_most: u32,
    /// Rules that deliver.
    pub receive_most: u32,
    /// One quota for both together.
    pub both_most: Option<u32>,
    /// Rules for each field (the first condition's), by its name.
    pub refuse_most_of: BTreeMap<String, u32>,
    /// The same of rules that deliver.
    pub receive_most_of: BTreeMap<String, u32>,
    /// Conditions of all rules together.
    pub conditions_most: Option<u32>,
    /// Conditions of one rule.
    pub joined_most: u32,
    /// Conditions of one rule on the same field.
    pub values_most: Option<u32>,
    /// Different header fields, beside those with a name of their own, that rules may look in.
    pub headers_most: Option<u32>,
    /// Fields of rules that keep back; empty: all. `header` stands for any one header field.
    pub fields: Vec<String>,
    /// Fields of rules that deliver; empty: as `fields`.
    pub receive_fields: Vec<String>,
    /// Ways to compare, by field name; a field that is not here can be compared in every way.
    pub kinds_of: BTreeMap<String, Vec<MatchKind>>,
    /// `*` and `?` are offered.
    pub wildcards: bool,
    /// What rules can do, by the names of forms; empty: everything.
    pub actions: Vec<String>,
    /// A rule can force the verdict spam.
    pub surely_spam: bool,
    /// Rules can be switched off without losing them.
    pub on_off: bool,
    /// Subscribers choose the order of rules.
    pub order: bool,
    /// "Receive only what a rule or the list matches" is offered.
    pub only_matching: bool,
}

/// One kind of sender.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kind {
    /// Its id in conditions: `sender-kind-<id>`.
    pub id: String,
    /// What people call it.
    pub name: Words,
    /// A PHS operator.
    #[serde(default)]
    pub phs: bool,
    /// Its domains; `*.` before one stands for every name below it.
    #[serde(default)]
    pub domains: Vec<String>,
}

/// What is offered against impersonation (SUB-03).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ImpersonationOffer {
    /// Levels to choose from; empty: not offered.
    pub levels: Vec<Asked>,
    /// Whose proof is asked for.
    pub proven: Proven,
    /// At the highest level a domain that publishes nothing is accepted.
    pub accept_without_record: bool,
    /// Named domains.
    pub domains_most: u32,
    /// Exceptions.
    pub exceptions_most: u32,
    /// Entries of the rescue list.
    pub rescue_most: u32,
    /// Fields of the rescue list.
    pub rescue_fields: Vec<RescueField>,
    /// Mail that the rescue list exempts skips every filter.
    pub rescue_skips_all: bool,
    /// What can happen to it, by the names of forms; empty: everything.
    pub actions: Vec<String>,
}

/// A bundle of choices.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preset {
    /// Its id; stored with the person's settings.
    pub id: String,
    /// What people call it.
    pub name: Words,
    /// What it does, in a sentence.
    pub about: Words,
    /// It is meant for children.
    #[serde(default)]
    pub for_children: bool,
    /// What it sets.
    pub set: Layer,
}

/// A question of the wizard.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Its id in forms.
    pub id: String,
    /// The question.
    pub question: Words,
    /// What can be answered; the first is what is ticked.
    pub answers: Vec<Answer>,
}

/// An answer of the wizard.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// Its id in forms.
    pub id: String,
    /// The answer.
    pub text: Words,
    /// A preset that it begins with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preset: Option<String>,
    /// What it sets, on top.
    #[serde(default)]
    pub set: Layer,
}

/// A way of selective reception (SUB-05).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Selective {
    /// Everything is delivered.
    Everything,
    /// Mail of named senders is delivered; of all other mail the header section first.
    NamedInFull,
    /// Mail of named senders is delivered; all other mail is held, and looked at on the page of held mail.
    NamedElseHeld,
    /// Of all mail the header section first.
    HeadersFirst,
    /// All mail is held.
    AllHeld,
}

/// What is offered against links (SUB-06).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LinkOffer {
    /// Ways to choose from; empty: every one.
    pub modes: Vec<LinkMode>,
    /// Categories of lists that can be refused; empty: every one that the operator's lists have.
    pub categories: Vec<String>,
    /// Only mail from the Internet is looked at.
    pub internet_only: bool,
}

/// What happens to mail with links.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkMode {
    /// Nothing.
    Allow,
    /// It is refused.
    RefuseAll,
    /// It is refused where the link is on a list of a category.
    RefuseListed,
}

/// What is offered of the threshold (SUB-19).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LevelOffer {
    /// Named levels, strictest first; empty: the program's three.
    pub named: Vec<Level>,
    /// Points of one's own.
    pub own: bool,
    /// How the score is shown.
    pub shown: ScoreShown,
}

/// A named level.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Level {
    /// Its id in forms.
    pub id: String,
    /// What people call it.
    pub name: Words,
    /// Its threshold, points.
    pub points: f64,
}

/// How the score is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScoreShown {
    /// Points.
    #[default]
    Points,
    /// Percent.
    Percent,
    /// The class alone.
    Level,
}

/// What is offered of the address book (SUB-13).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AddressBookOffer {
    /// Ways to use it; empty: not offered.
    pub modes: Vec<AddressBookMode>,
    /// Entries.
    pub most: u32,
}

/// How the address book is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AddressBookMode {
    /// It is not.
    Unused,
    /// Who stands in it is received before any filter looks.
    First,
    /// Who does not stand in it, or on the receive list, is held.
    Only,
}

/// The bulk guard (SUB-09).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BulkGuard {
    /// From this message of a sender's day on. Each recipient counts.
    pub from: u32,
    /// Domains whose senders are counted; empty: every sender.
    #[serde(default)]
    pub senders: Vec<String>,
    /// It goes before the lists.
    #[serde(default = "yes")]
    pub over_lists: bool,
}

/// What is offered of the digest and the notice for each message (SUB-15).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DigestOffer {
    /// How often, in hours; empty: no digest.
    pub every_hours: Vec<u16>,
    /// What it tells of each message.
    pub fields: Vec<String>,
    /// A notice for each message.
    pub each_message: bool,
    /// The notice carries the original.
    pub original_attached: bool,
    /// The notice has the From and the Subject of the original.
    pub original_from_and_subject: bool,
    /// Somebody gets it who did not choose.
    pub by_default: bool,
}

/// The header viewer (SUB-08).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeaderView {
    /// Days back; unset: as far as records go.
    #[serde(default)]
    pub days: Option<u16>,
    /// Messages.
    #[serde(default)]
    pub messages: Option<u32>,
    /// Mail within the operator's own network too.
    #[serde(default)]
    pub own_network: bool,
    /// Where a person can pass on a message with its full headers: the operator's or the centre's address for reports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report_to: Option<String>,
}

/// Who may use what (SUB-22).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Entitlements {
    /// Features that are not part of a contract, by the group of settings that stands for the contract (`*`: of every
    /// contract that is not named).
    pub not_in: BTreeMap<String, Vec<Feature>>,
    /// What has to be paid for, and what it costs.
    pub paid: BTreeMap<Feature, Words>,
    /// What a contract includes in its first months all the same, by its group (`*`: of every contract not named).
    pub first_months: BTreeMap<String, FirstMonths>,
}

/// What the first months of a contract include.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FirstMonths {
    /// How many, by the calendar.
    pub months: u8,
    /// Which features.
    pub features: Vec<Feature>,
}

/// A feature that a contract may be without.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Feature {
    /// Receive and refuse lists.
    Lists,
    /// Keyword rules.
    Rules,
    /// Kinds of sender.
    Kinds,
    /// Impersonation.
    Impersonation,
    /// Address book.
    AddressBook,
    /// Junk folder: without it nothing can be held.
    Junk,
    /// Digest and notices.
    Digest,
    /// Selective reception.
    Selective,
    /// Secret code.
    SecretCode,
    /// Virus scanner.
    Virus,
}

/// Every feature.
pub const FEATURES: [Feature; 10] = [
    Feature::Lists,
    Feature::Rules,
    Feature::Kinds,
    Feature::Impersonation,
    Feature::AddressBook,
    Feature::Junk,
    Feature::Digest,
    Feature::Selective,
    Feature::SecretCode,
    Feature::Virus,
];

impl Default for ListOffer {
    fn default() -> Self {
        Self {
            receive_most: 2_000,
            refuse_most: 2_000,
            both_most: None,
            refuse_most_of: BTreeMap::new(),
            phone_most: None,
            phone_exclusive: false,
            exclusive: false,
            kinds: Vec::new(),
            contains: false,
            on_other_list: OnOtherList::Move,
            actions: Vec::new(),
            one_touch: true,
        }
    }
}

impl Default for RuleOffer {
    fn default() -> Self {
        Self {
            refuse_most: 100,
            receive_most: 100,
            both_most: None,
            refuse_most_of: BTreeMap::new(),
            receive_most_of: BTreeMap::new(),
            conditions_most: None,
            joined_most: 10,
            values_most: None,
            headers_most: None,
            fields: Vec::new(),
            receive_fields: Vec::new(),
            kinds_of: BTreeMap::new(),
            wildcards: true,
            actions: Vec::new(),
            surely_spam: true,
            on_off: true,
            order: true,
            only_matching: true,
        }
    }
}

impl Default for ImpersonationOffer {
    fn default() -> Self {
        Self {
            levels: Vec::new(),
            proven: Proven::HeaderFrom,
            accept_without_record: false,
            domains_most: 0,
            exceptions_most: 0,
            rescue_most: 0,
            rescue_fields: Vec::new(),
            rescue_skips_all: false,
            actions: Vec::new(),
        }
    }
}

impl Default for LevelOffer {
    fn default() -> Self {
        Self { named: Vec::new(), own: true, shown: ScoreShown::Points }
    }
}

impl Default for AddressBookOffer {
    fn default() -> Self {
        Self { modes: Vec::new(), most: 1_000 }
    }
}

impl Words {
    /// In a language.
    pub fn of(&self, language: Language) -> &str {
        match language {
            Language::Ja => &self.ja,
            Language::En => &self.en,
        }
    }
}

impl Profile {
    /// The one that comes with the program.
    pub fn shipped() -> Self {
        Self::from_toml(SHIPPED).unwrap_or_default()
    }

    /// What a kind of sender is called; `None`: the profile does not know it.
    pub fn kind_name(&self, id: &str, language: Language) -> Option<&str> {
        self.kinds.iter().find(|kind| kind.id == id).map(|kind| kind.name.of(language))
    }

    /// Reason ids of conditions that only mail from the Internet can meet.
    pub fn internet_only(&self) -> Vec<String> {
        let mut all = self.internet_only.clone();
        if self.links.internet_only {
            all.extend(["url-present".to_owned(), "url-lies".to_owned(), "url-category-*".to_owned()]);
        }
        all
    }

    /// Whether a person can choose a condition.
    pub fn offers(&self, reason: &str) -> bool {
        if !self.links.offers(reason) {
            return false;
        }
        let of_its_own = match reason {
            "sender-unlisted" => !self.selective.is_empty() || !self.address_book.modes.is_empty(),
            "posing-as-mobile" => self.posing,
            "bulk-guard" => self.bulk_guard.is_some(),
            "secret-code-missing" => self.secret_code_digits.is_some(),
            reason => reason.starts_with("sender-kind-") && !self.kinds.is_empty(),
        };
        of_its_own || self.conditions.as_ref().is_none_or(|all| all.iter().any(|one| covers(one, reason)))
    }

    /// What the first months of a contract of this group include.
    pub fn first_months(&self, group: &str) -> Option<&FirstMonths> {
        let all = &self.entitlements.first_months;
        all.get(group).or_else(|| all.get("*"))
    }

    /// Whether a class of contract includes a feature, whatever its dates.
    pub fn includes(&self, group: &str, feature: Feature) -> bool {
        let without = self.entitlements.not_in.get(group).or_else(|| self.entitlements.not_in.get("*"));
        without.is_none_or(|without| !without.contains(&feature))
    }
}

impl LinkOffer {
    /// Whether a way of dealing with links can be chosen.
    pub fn has(&self, mode: LinkMode) -> bool {
        self.modes.is_empty() || self.modes.contains(&mode)
    }

    /// Whether a category of links can be refused.
    pub fn has_category(&self, category: &str) -> bool {
        self.has(LinkMode::RefuseListed)
            && (self.categories.is_empty() || self.categories.iter().any(|one| one == category))
    }

    /// Whether a condition on links can be chosen; conditions on anything else always can, as far as this goes.
    fn offers(&self, reason: &str) -> bool {
        match reason.strip_prefix("url-category-") {
            Some("*") => self.has(LinkMode::RefuseListed),
            Some(category) => self.has_category(category),
            None => reason != "url-present" || self.has(LinkMode::RefuseAll),
        }
    }
}

impl LinkMode {
    /// Its stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::RefuseAll => "refuse-all",
            Self::RefuseListed => "refuse-listed",
        }
    }
}

impl Feature {
    /// The feature of that name.
    pub fn of(name: &str) -> Option<Self> {
        FEATURES.into_iter().find(|feature| feature.name() == name)
    }

    /// Its stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Lists => "lists",
            Self::Rules => "rules",
            Self::Kinds => "kinds",
            Self::Impersonation => "impersonation",
            Self::AddressBook => "address-book",
            Self::Junk => "junk",
            Self::Digest => "digest",
            Self::Selective => "selective",
            Self::SecretCode => "secret-code",
            Self::Virus => "virus",
        }
    }
}

/// The name of a field of keyword rules in profiles and forms; `header` for any one header field.
pub fn field_name(field: &Field) -> &'static str {
    match field {
        Field::FromAddress => "from",
        Field::FromDomain => "from-domain",
        Field::Subject => "subject",
        Field::To => "to",
        Field::Cc => "cc",
        Field::Date => "date",
        Field::Received => "received",
        Field::ReturnPath => "return-path",
        Field::XMailer => "x-mailer",
        Field::ContentType => "content-type",
        Field::Charset => "charset",
        Field::Header(_) => "header",
        Field::AllHeaders => "all-headers",
        Field::Body => "body",
    }
}

/// Every name of a field.
pub const FIELD_NAMES: [&str; 14] = [
    "from",
    "from-domain",
    "subject",
    "body",
    "to",
    "cc",
    "return-path",
    "x-mailer",
    "content-type",
    "received",
    "date",
    "charset",
    "header",
    "all-headers",
];

fn yes() -> bool {
    true
}
