//! The one shape that every control has.

use crate::facts::Facts;
use crate::settings::Settings;

/// One technique.
pub struct Control {
    /// File name = configuration key = metric = record = portal. Never changes.
    pub name: &'static str,
    /// Row of the catalogue.
    pub catalogue: &'static str,
    /// Per effect, why it may be used. An effect that is not listed may not follow from this control.
    pub basis: &'static [(Effect, Basis)],
    /// Where the idea comes from: RFC section, chapter of the report.
    pub source: &'static str,
    /// When it runs.
    pub stages: &'static [Stage],
    /// Once for the transaction, or for each recipient.
    pub scope: Scope,
    /// Facts that must be gathered before it runs.
    pub needs: &'static [Need],
    /// What it means that a needed fact is unknown, in one sentence for the manual.
    pub unknown: &'static str,
    /// Every reason id that its findings can carry. One that ends in `*` stands for all that begin so.
    pub reasons: &'static [&'static str],
    /// Looks at the facts and says what it saw.
    pub judge: fn(&Facts<'_>, &Settings) -> Judgement,
}

impl Control {
    /// Why an effect may follow from its findings; `None` where it may not.
    pub fn basis_of(&self, effect: Effect) -> Option<Basis> {
        self.basis.iter().find(|(listed, _)| *listed == effect).map(|(_, basis)| *basis)
    }

    /// Whether some effect of it is there for everyone, consent or not.
    pub fn runs_for_everyone(&self) -> bool {
        self.basis.iter().any(|(_, basis)| *basis == Basis::Maintenance)
    }

    /// Whether it is asked before there is a message.
    pub fn is_of_the_door(&self) -> bool {
        self.stages.iter().any(|stage| *stage != Stage::Data)
    }

    /// Whether it looks at what a message says.
    pub fn looks_at_content(&self) -> bool {
        self.needs.iter().any(|need| need.is_content())
    }

    /// Whether its findings can carry this reason id.
    pub fn gives(&self, reason: &str) -> bool {
        self.reasons.iter().any(|listed| match listed.strip_suffix('*') {
            Some(start) => reason.len() > start.len() && reason.starts_with(start),
            None => *listed == reason,
        })
    }
}

/// Where in a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// The connection stands.
    Connect,
    /// HELO, EHLO, LHLO.
    Helo,
    /// MAIL FROM.
    Mail,
    /// RCPT TO.
    Rcpt,
    /// The message is here.
    Data,
}

/// Every stage, in the order of the dialogue.
pub const STAGES: [Stage; 5] = [Stage::Connect, Stage::Helo, Stage::Mail, Stage::Rcpt, Stage::Data];

impl Stage {
    /// Its stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Helo => "helo",
            Self::Mail => "mail",
            Self::Rcpt => "rcpt",
            Self::Data => "data",
        }
    }
}

/// Of whom a control speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// The same for every recipient.
    Transaction,
    /// Looks at that recipient's settings.
    Recipient,
}

/// What may follow from a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// A header or subject label.
    Label,
    /// The answer takes longer.
    Slow,
    /// 4xx.
    Defer,
    /// 5xx.
    Refuse,
    /// Held, trashed, cut to its header or deleted.
    Hold,
    /// Points that count towards the threshold.
    Points,
}

/// Why an effect may be used (実施の根拠).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Basis {
    /// 正当業務行為: keeps the network working; runs for everyone.
    Maintenance,
    /// 利用者の同意: only for who agreed.
    Consent,
}

impl Effect {
    /// Its stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Label => "label",
            Self::Slow => "slow",
            Self::Defer => "defer",
            Self::Refuse => "refuse",
            Self::Hold => "hold",
            Self::Points => "points",
        }
    }
}

/// How a control is switched for a group of subscribers, in order of what it may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Does not run.
    Off,
    /// Runs; its findings are recorded and change nothing.
    Observe,
    /// Its findings may label, nothing else.
    Label,
    /// Its findings count.
    #[default]
    Enforce,
}

impl Mode {
    /// Its stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Observe => "observe",
            Self::Label => "label",
            Self::Enforce => "enforce",
        }
    }
}

/// A fact that the runner gathers. Rounds follow from [`Need::after`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Need {
    /// The header section.
    Headers,
    /// SPF, DKIM, DMARC, ARC, reverse name.
    Authentication,
    /// Whether the From domain exists in DNS.
    FromDomain,
    /// The whole message, decoded.
    Message,
    /// What the Bayesian filter says.
    Bayes,
    /// Which heuristic rules match.
    Heuristics,
    /// Which signatures it holds.
    Signatures,
    /// What the virus scanner says.
    Virus,
    /// Which YARA rules match.
    Yara,
    /// Which of SpamAssassin's rules match.
    SpamAssassin,
    /// In which categories of the operator's lists the links are.
    UrlCategories,
    /// Lists in DNS that name hosts of links.
    LinkLists,
    /// Reception limits, taken.
    Limits,
    /// How often the source asked for recipients that do not exist.
    UnknownRecipients,
    /// What history says of the source.
    Reputation,
    /// Lists in DNS that name the peer's address.
    DnsLists,
    /// Lists in DNS that name the domain of MAIL FROM or the name in HELO.
    DomainLists,
    /// Whether the peer is a dynamic address.
    DynamicSource,
    /// Whether the domain of MAIL FROM exists in DNS.
    SenderDomain,
    /// What the sender's own mail server says of MAIL FROM.
    Callout,
    /// What DNS says of the name in HELO.
    HeloName,
    /// Where sender and recipient stand with greylisting.
    Greylist,
}

/// Every need, in an order in which each comes after what it depends on.
pub const NEEDS: [Need; 22] = [
    Need::Headers,
    Need::Authentication,
    Need::FromDomain,
    Need::Message,
    Need::Bayes,
    Need::Heuristics,
    Need::Signatures,
    Need::Virus,
    Need::Yara,
    Need::SpamAssassin,
    Need::UrlCategories,
    Need::LinkLists,
    Need::Limits,
    Need::UnknownRecipients,
    Need::Reputation,
    Need::DnsLists,
    Need::DomainLists,
    Need::DynamicSource,
    Need::SenderDomain,
    Need::Callout,
    Need::HeloName,
    Need::Greylist,
];

impl Need {
    /// What must be gathered first.
    pub fn after(self) -> &'static [Need] {
        match self {
            Self::Headers => &[],
            Self::Authentication | Self::FromDomain | Self::Message | Self::Virus => &[Self::Headers],
            Self::Bayes | Self::Signatures | Self::UrlCategories | Self::LinkLists | Self::Yara => &[Self::Message],
            Self::Heuristics => &[Self::Message, Self::Authentication],
            Self::SpamAssassin => &[Self::Headers, Self::Authentication],
            Self::Limits | Self::UnknownRecipients | Self::Reputation | Self::DnsLists | Self::DomainLists => &[],
            Self::DynamicSource | Self::SenderDomain | Self::HeloName => &[],
            Self::Callout => &[Self::SenderDomain],
            // Only what looks suspicious is greylisted, so what makes suspicion comes first.
            Self::Greylist => &[Self::Reputation, Self::DnsLists, Self::DomainLists, Self::DynamicSource],
        }
    }

    /// Whether gathering it means looking at what a message says, which needs the recipient's consent.
    pub fn is_content(self) -> bool {
        !self.is_of_the_door() && !matches!(self, Self::Headers | Self::Authentication | Self::FromDomain)
    }

    /// Whether the door gathers it, before there is a message.
    pub fn is_of_the_door(self) -> bool {
        match self {
            Self::Limits
            | Self::UnknownRecipients
            | Self::Reputation
            | Self::DnsLists
            | Self::DomainLists
            | Self::DynamicSource
            | Self::SenderDomain
            | Self::Callout
            | Self::HeloName
            | Self::Greylist => true,
            Self::Headers
            | Self::Authentication
            | Self::FromDomain
            | Self::Message
            | Self::Bayes
            | Self::Heuristics
            | Self::Signatures
            | Self::Virus
            | Self::Yara
            | Self::SpamAssassin
            | Self::UrlCategories
            | Self::LinkLists => false,
        }
    }
}

/// What kind of message a finding speaks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Wanted.
    Wanted,
    /// A newsletter: bulk, but lawful in form.
    Newsletter,
    /// Perhaps unwanted.
    Suspect,
    /// Unwanted bulk.
    Spam,
    /// Dating solicitation.
    Dating,
    /// A made-up bill or claim.
    FeeFraud,
    /// Poses as somebody to steal.
    Phishing,
    /// Carries something harmful.
    Malware,
}

/// Every class, mildest first.
pub const CLASSES: [Class; 8] = [
    Class::Wanted,
    Class::Newsletter,
    Class::Suspect,
    Class::Spam,
    Class::Dating,
    Class::FeeFraud,
    Class::Phishing,
    Class::Malware,
];

impl Class {
    /// Whether it names a kind of mail that nobody asked for (suspect is not yet one).
    pub fn is_unwanted(self) -> bool {
        self > Self::Suspect
    }

    /// Its stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Wanted => "wanted",
            Self::Newsletter => "newsletter",
            Self::Suspect => "suspect",
            Self::Spam => "spam",
            Self::Dating => "dating",
            Self::FeeFraud => "fee_fraud",
            Self::Phishing => "phishing",
            Self::Malware => "malware",
        }
    }
}

/// One thing a control saw.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Finding {
    /// The control's name.
    pub control: String,
    /// Stable id of the reason; its sentence stands in the language files under the same id.
    pub reason: String,
    /// Log-odds; 0 for a plain observation that only a setting may act on.
    pub points: f64,
    /// The kind of message this speaks for, where it speaks for one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub class: Option<Class>,
    /// Arguments of the sentence, by name.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub arguments: Vec<(String, String)>,
}

impl Finding {
    /// A finding without points.
    pub fn seen(control: &str, reason: &str) -> Self {
        Self { control: control.into(), reason: reason.into(), points: 0.0, class: None, arguments: Vec::new() }
    }

    /// With points.
    #[must_use]
    pub fn worth(mut self, points: f64) -> Self {
        self.points = points;
        self
    }

    /// Speaking for a class.
    #[must_use]
    pub fn of(mut self, class: Class) -> Self {
        self.class = Some(class);
        self
    }

    /// An argument of its sentence.
    pub fn argument(&self, name: &str) -> Option<&str> {
        self.arguments.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// With an argument of its sentence.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.arguments.push((name.into(), value.into()));
        self
    }
}

/// What a control says about one transaction or recipient.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Judgement {
    /// What it saw; empty: nothing (Silent).
    pub findings: Vec<Finding>,
    /// A fact it needed was unknown.
    pub unknown: bool,
}

impl Judgement {
    /// Nothing seen.
    pub fn silent() -> Self {
        Self::default()
    }

    /// A needed fact could not be had.
    pub fn unknown() -> Self {
        Self { findings: Vec::new(), unknown: true }
    }

    /// One thing seen.
    pub fn seen(finding: Finding) -> Self {
        Self { findings: vec![finding], unknown: false }
    }
}
