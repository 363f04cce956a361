//! What the door knows before there is a message: limits, unknown recipients, reputation, DNS lists and names.
//!
//! Each need of the door has one [`Fact`] here. A fact that was gathered at one stage stays for the later ones of the
//! same session, so that a control of RCPT can read what was found at connect.

use message::UnixMillis;
use serde::Deserialize;

use super::{Existence, Fact};
use crate::control::Stage;

/// Everything that the door gathered so far.
#[derive(Clone, Debug, PartialEq)]
pub struct DoorFacts {
    /// The stage that is being judged.
    pub stage: Stage,
    /// Reception limits that were taken, each with its count (IN-01).
    pub limits: Fact<Vec<TakenLimit>>,
    /// How often this source asked for recipients that do not exist (IN-02).
    pub unknown_recipients: Fact<UnknownAsks>,
    /// What history says of the source (IN-13), one for each thing that has a history.
    pub reputation: Fact<Vec<Standing>>,
    /// Lists in DNS that name the peer's address (IN-10); not asked where none are configured.
    pub dns_lists: Fact<Vec<ListHit>>,
    /// Lists in DNS that name the domain of MAIL FROM or the name in HELO (IN-10); not asked before MAIL.
    pub domain_lists: Fact<Vec<ListHit>>,
    /// Whether the peer is a dynamic address (NET-05); `Known(None)`: it is not.
    pub dynamic_source: Fact<Option<DynamicSource>>,
    /// Whether the domain of MAIL FROM exists (IN-16); not asked for the null sender.
    pub sender_domain: Fact<Existence>,
    /// What the sender's own mail server says of MAIL FROM (IN-16); not asked unless call-out is configured.
    pub callout: Fact<CalledOut>,
    /// What DNS says of the name in HELO.
    pub helo_name: Fact<HeloName>,
    /// Where this sender and recipient stand with greylisting (IN-11).
    pub greylist: Fact<Greylisted>,
}

/// Nothing was gathered: no door stood before (a message that is only checked).
pub static NOTHING: DoorFacts = DoorFacts::nothing(Stage::Data);

impl DoorFacts {
    /// Nothing gathered yet.
    pub const fn nothing(stage: Stage) -> Self {
        Self {
            stage,
            limits: Fact::NotAsked,
            unknown_recipients: Fact::NotAsked,
            reputation: Fact::NotAsked,
            dns_lists: Fact::NotAsked,
            domain_lists: Fact::NotAsked,
            dynamic_source: Fact::NotAsked,
            sender_domain: Fact::NotAsked,
            callout: Fact::NotAsked,
            helo_name: Fact::NotAsked,
            greylist: Fact::NotAsked,
        }
    }
}

impl DoorFacts {
    /// The message is here: what is known of its proven domain stands beside what is known of the address.
    pub fn at_data(&mut self, domain: Option<&Standing>) {
        self.stage = Stage::Data;
        let Some(domain) = domain else { return };
        let mut parts = self.reputation.known().cloned().unwrap_or_default();
        parts.retain(|part| part.of != StandingOf::Domain);
        parts.push(domain.clone());
        self.reputation = Fact::Known(parts);
    }
}

/// What a reception limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitOf {
    /// Messages of one IP address.
    Ip,
    /// Messages of one network.
    Network,
    /// Messages of one MAIL FROM address.
    Sender,
    /// Messages of one domain in MAIL FROM.
    SenderDomain,
    /// Messages to one recipient, whoever sends them.
    Recipient,
}

impl LimitOf {
    /// Its stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ip => "ip",
            Self::Network => "network",
            Self::Sender => "sender",
            Self::SenderDomain => "sender_domain",
            Self::Recipient => "recipient",
        }
    }
}

/// A limit that was taken from (or, in mode `observe`, looked at).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TakenLimit {
    /// What it counts.
    pub of: LimitOf,
    /// The address, network, sender or recipient.
    pub whose: String,
    /// How many it lets through.
    pub most: u32,
    /// In how many seconds.
    pub seconds: u32,
    /// How many stand in the window now.
    pub count: u32,
    /// Whether this one is within it.
    pub allowed: bool,
    /// When the next one is free.
    pub frees_at: UnixMillis,
}

/// How a source stands that asked for recipients that do not exist.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UnknownAsks {
    /// The recipient that is asked for now does not exist.
    pub this_one: bool,
    /// Unknown recipients that this source asked for lately (it decays).
    pub lately: u32,
    /// Unknown recipients of this transaction.
    pub in_message: u32,
    /// Known recipients of this transaction.
    pub known_in_message: u32,
    /// How long the answer takes by now, milliseconds; 0: as fast as ever.
    pub pause_ms: u32,
    /// This transaction has more unknown recipients than a message may have.
    pub too_many_in_message: bool,
    /// The source is refused until then.
    pub refused_until: Option<UnixMillis>,
}

/// What a reputation is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StandingOf {
    /// One IP address.
    Ip,
    /// Its network.
    Network,
    /// Its autonomous system.
    AsNumber,
    /// The authenticated domain.
    Domain,
}

/// How good a reputation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// Long and clean.
    Good,
    /// Too little is known.
    Unknown,
    /// More bad than usual.
    Suspect,
    /// Mostly bad.
    Bad,
}

/// One reputation.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Standing {
    /// Of what.
    pub of: StandingOf,
    /// The address, network, number or domain.
    pub whose: String,
    /// How good.
    pub grade: Grade,
    /// Log-odds.
    pub points: f64,
    /// Messages that it rests on (decayed).
    pub messages: u32,
    /// Of them unwanted, percent.
    pub unwanted_percent: u8,
}

/// A DNS list that names the peer or the sender's domain.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListHit {
    /// The list's name in the configuration.
    pub list: String,
    /// It is a list of the good.
    #[serde(default)]
    pub allow: bool,
    /// What of the mail was looked up.
    pub subject: ListSubject,
    /// It: an address or a domain.
    pub what: String,
    /// What its answer means, by the list's table of codes.
    pub meaning: String,
    /// Log-odds that the code is worth.
    pub weight: f64,
    /// The operator lets this list refuse alone.
    #[serde(default)]
    pub refuse_alone: bool,
}

/// What of the mail a list was asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListSubject {
    /// The address of the peer.
    Address,
    /// The name that the peer gave in HELO.
    Helo,
    /// The domain of MAIL FROM.
    MailFrom,
    /// The host of a link in the message.
    Link,
}

/// What shows, or lets suspect, that an address is dynamic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DynamicBy {
    /// Its operator declared the range.
    Range,
    /// Its reverse name leads back to it and is that of such a line.
    Name,
    /// Its reverse name leads back to it and holds the address: suspicious, no more.
    Numbered,
    /// It has no reverse name that leads back to it: suspicious, no more.
    Nameless,
}

/// Why an address counts as dynamic.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DynamicSource {
    /// What shows it.
    pub by: DynamicBy,
    /// The range, or what in the name shows it.
    pub what: String,
    /// The range's comment, or the name.
    pub comment: String,
}

/// What the sender's mail server said of an address.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CalledOut {
    /// It takes mail for it.
    Takes,
    /// It refuses mail for it for good, with these words.
    Refuses(String),
}

/// What DNS says of the name in HELO.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeloName {
    /// It leads to the peer's address.
    LeadsHere,
    /// It leads elsewhere.
    LeadsElsewhere,
    /// There is no such name.
    Absent,
    /// It is a name of ours, said by somebody else.
    Ours,
}

/// Where a sender and a recipient stand with greylisting.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Greylisted {
    /// Why it is greylisted, by a word; empty where it is not.
    pub why: String,
    /// It has to wait until then; `None`: it passes.
    pub until: Option<UnixMillis>,
}
