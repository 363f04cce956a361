//! What came of a source's mail so far, fading with time, and what that says about its next message (IN-13).
//!
//! An address inherits from its network and that from its autonomous system, as far as it has too little history of its
//! own; a domain that was proven speaks for itself. Small numbers say little: a class needs the bound of a confidence
//! interval, not the share alone.

use std::net::IpAddr;

use ipnet::IpNet;
use message::UnixMillis;

use crate::source::{Key, Kind, Secret, Source};
use crate::table::{Note, Table, Value};

/// Nothing is known of a source this long after it was last heard of, milliseconds.
const FORGOTTEN_MS: i64 = 90 * 24 * 3_600_000;
/// One-sided 95 % of a normal distribution.
const Z: f64 = 1.645;

/// How history is read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReputationSettings {
    /// After this long, what happened counts half, milliseconds.
    pub half_life_ms: i64,
    /// Share of spam among the mail of somebody of whom nothing is known.
    pub prior_share: f64,
    /// How many messages that assumption weighs.
    pub prior_weight: f64,
    /// How many bad messages one complaint counts as.
    pub complaint: f64,
    /// How many bad messages one message to a trap counts as.
    pub trap: f64,
    /// How many bad messages one unknown recipient counts as.
    pub unknown: f64,
    /// Most points for or against.
    pub most_points: f64,
}

impl Default for ReputationSettings {
    fn default() -> Self {
        Self {
            half_life_ms: 7 * 24 * 3_600_000,
            prior_share: 0.4,
            prior_weight: 6.0,
            complaint: 3.0,
            trap: 5.0,
            unknown: 0.3,
            most_points: 2.5,
        }
    }
}

/// Whose mail it is, as far as it is known at that stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sender<'a> {
    /// The peer's address.
    pub ip: IpAddr,
    /// Its network, see [`crate::network_of`].
    pub network: IpNet,
    /// Its autonomous system, from the operator's file.
    pub as_number: Option<u32>,
    /// A domain that SPF, DKIM or DMARC proved, lower case.
    pub domain: Option<&'a str>,
}

/// What is heard of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// A message that was not judged to be spam.
    Wanted,
    /// A message that was.
    Spam,
    /// A person reported one of its messages.
    Complaint,
    /// It asked for an address that does not exist.
    UnknownRecipient,
    /// It wrote to a trap.
    TrapHit,
}

/// What is remembered of one source, faded to the time it was read at.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize)]
pub struct Tally {
    /// Messages.
    pub messages: f32,
    /// Of them, spam.
    pub spam: f32,
    /// Complaints.
    pub complaints: f32,
    /// Unknown recipients asked for.
    pub unknown: f32,
    /// Messages to traps.
    pub traps: f32,
}

impl Tally {
    fn fade(self, factor: f32) -> Self {
        Self {
            messages: self.messages * factor,
            spam: self.spam * factor,
            complaints: self.complaints * factor,
            unknown: self.unknown * factor,
            traps: self.traps * factor,
        }
    }

    fn count(&mut self, counted: Counted) {
        match counted {
            Counted::Wanted => self.messages += 1.0,
            Counted::Spam => {
                self.messages += 1.0;
                self.spam += 1.0;
            }
            Counted::Complaint => self.complaints += 1.0,
            Counted::UnknownRecipient => self.unknown += 1.0,
            Counted::TrapHit => self.traps += 1.0,
        }
    }

    /// Bad ones, and all: complaints, unknown recipients and trap hits count as so many bad messages.
    fn weighed(&self, settings: &ReputationSettings) -> (f64, f64) {
        let more = f64::from(self.complaints) * settings.complaint
            + f64::from(self.unknown) * settings.unknown
            + f64::from(self.traps) * settings.trap;
        (f64::from(self.spam) + more, f64::from(self.messages) + more)
    }
}

/// How a source stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StandingClass {
    /// Long history, next to nothing bad. It is served first when the machine is busy.
    Good,
    /// Too little is known, or both good and bad.
    Unknown,
    /// More bad than good. It is served last when the machine is busy, but served.
    Suspect,
    /// Hardly anything but bad.
    Bad,
}

impl StandingClass {
    /// Its stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Unknown => "unknown",
            Self::Suspect => "suspect",
            Self::Bad => "bad",
        }
    }
}

/// What one part of a sender contributes.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Part {
    /// What kind: address, network, system or domain.
    pub kind: Kind,
    /// As [`Source`] is shown.
    pub name: String,
    /// What is remembered.
    pub tally: Tally,
    /// Bad ones of all, complaints, unknown recipients and trap hits counted as so many bad messages; percent.
    pub bad_percent: f64,
    /// Share of bad, with what it inherits.
    pub share: f64,
    /// The same as log-odds, against what is assumed of a stranger.
    pub points: f64,
    /// How it stands by itself.
    pub class: StandingClass,
    /// A thousand messages and nobody to blame.
    pub is_platinum: bool,
}

/// How a sender stands, and the numbers that explain it.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Standing {
    /// In a word.
    pub class: StandingClass,
    /// Log-odds for (positive) or against spam.
    pub points: f64,
    /// Of what it is made; only parts that something is known of.
    pub parts: Vec<Part>,
}

/// All histories.
pub struct Reputation {
    pub(crate) table: Table<History>,
}

impl Reputation {
    pub(crate) fn new(secret: Secret, most_octets: usize) -> Self {
        Self { table: Table::new(secret, most_octets, true) }
    }

    /// Counts what was heard of a sender, for each part of it.
    pub fn hear(&self, sender: &Sender<'_>, counted: Counted, settings: &ReputationSettings, now: UnixMillis) {
        for source in sources(sender).into_iter().flatten() {
            self.hear_of(&source, counted, settings, now);
        }
    }

    /// Counts what was heard of one source alone.
    pub fn hear_of(&self, source: &Source<'_>, counted: Counted, settings: &ReputationSettings, now: UnixMillis) {
        let key = source.key(self.table.secret());
        self.table.change(&key, now.0, History::default, |history| {
            history.fade_to(now.0, settings);
            history.tally.count(counted);
            ((), Note::State)
        });
    }

    /// What is remembered of one source.
    pub fn tally(&self, source: &Source<'_>, settings: &ReputationSettings, now: UnixMillis) -> Option<Tally> {
        let key = source.key(self.table.secret());
        self.table.look(&key, |history| {
            let mut history = *history;
            history.fade_to(now.0, settings);
            history.tally
        })
    }

    /// How a sender stands.
    pub fn standing(&self, sender: &Sender<'_>, settings: &ReputationSettings, now: UnixMillis) -> Standing {
        let mut parts = Vec::new();
        let mut inherited = settings.prior_share;
        let (mut wider, mut own) = (StandingClass::Unknown, StandingClass::Unknown);
        let mut of_domain = None;
        for source in sources(sender).into_iter().flatten() {
            let Some(tally) = self.tally(&source, settings, now) else { continue };
            let is_domain = source.kind() == Kind::AuthenticatedDomain;
            let part = part(&source, tally, if is_domain { settings.prior_share } else { inherited }, settings);
            match source.kind() {
                Kind::AuthenticatedDomain => of_domain = Some((part.share, part.class)),
                Kind::Ip => own = part.class,
                _ => wider = heir(part.class, wider),
            }
            if !is_domain {
                inherited = part.share;
            }
            parts.push(part);
        }
        let has_place = parts.iter().any(|part| part.kind != Kind::AuthenticatedDomain);
        let of_address = has_place.then(|| (inherited, heir(own, wider)));
        let (share, class) = match (of_address, of_domain) {
            (Some((address, at)), Some((domain, of))) => (address.midpoint(domain), together(at, of)),
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => (settings.prior_share, StandingClass::Unknown),
        };
        Standing { class, points: points(share, settings), parts }
    }

    /// What one source contributes by itself, without what it inherits; `None` where nothing is known.
    pub fn part(&self, source: &Source<'_>, settings: &ReputationSettings, now: UnixMillis) -> Option<Part> {
        self.tally(source, settings, now).map(|tally| part(source, tally, settings.prior_share, settings))
    }

    /// Forgets a source; says whether there was anything.
    pub fn reset(&self, source: &Source<'_>) -> bool {
        self.table.remove(&source.key(self.table.secret()))
    }
}

/// Widest first, the domain last.
fn sources<'a>(sender: &Sender<'a>) -> [Option<Source<'a>>; 4] {
    [
        sender.as_number.map(Source::AsNumber),
        Some(Source::Network(sender.network)),
        Some(Source::Ip(sender.ip)),
        sender.domain.map(Source::AuthenticatedDomain),
    ]
}

fn part(source: &Source<'_>, tally: Tally, inherited: f64, settings: &ReputationSettings) -> Part {
    let (bad, all) = tally.weighed(settings);
    let weight = settings.prior_weight;
    let share = (bad + inherited * weight) / (all + weight);
    Part {
        kind: source.kind(),
        name: source.to_string(),
        tally,
        bad_percent: if all > 0.0 { 100.0 * bad / all } else { 0.0 },
        share,
        points: points(share, settings),
        class: class(bad, all),
        is_platinum: all >= 1_000.0 && tally.complaints + tally.traps < 0.5 && wilson(bad, all).1 < 0.01,
    }
}

/// By the bounds of the interval, so that three spams of three are not yet a bad source.
fn class(bad: f64, all: f64) -> StandingClass {
    let (low, high) = wilson(bad, all);
    if all >= 10.0 && low > 0.8 {
        StandingClass::Bad
    } else if all >= 5.0 && low > 0.5 {
        StandingClass::Suspect
    } else if all >= 20.0 && high < 0.1 {
        StandingClass::Good
    } else {
        StandingClass::Unknown
    }
}

/// One's own class where one has any; the network's suspicion, but neither its badness nor its merit, where not.
fn heir(own: StandingClass, wider: StandingClass) -> StandingClass {
    match (own, wider) {
        (StandingClass::Unknown, StandingClass::Suspect | StandingClass::Bad) => StandingClass::Suspect,
        _ => own,
    }
}

/// Of address and domain, the one that is known; a good one with a bad one is unknown.
fn together(address: StandingClass, domain: StandingClass) -> StandingClass {
    match (address, domain) {
        (StandingClass::Unknown, other) | (other, StandingClass::Unknown) => other,
        (StandingClass::Good, StandingClass::Good) => StandingClass::Good,
        (StandingClass::Good, _) | (_, StandingClass::Good) => StandingClass::Unknown,
        (one, other) => one.max(other),
    }
}

/// The Wilson score interval of a share.
fn wilson(bad: f64, all: f64) -> (f64, f64) {
    if all <= 0.0 {
        return (0.0, 1.0);
    }
    let share = bad / all;
    let square = Z * Z / all;
    let middle = share + square / 2.0;
    let half = Z * (share * (1.0 - share) / all + square / (4.0 * all)).max(0.0).sqrt();
    ((middle - half) / (1.0 + square), (middle + half) / (1.0 + square))
}

fn points(share: f64, settings: &ReputationSettings) -> f64 {
    (logit(share) - logit(settings.prior_share)).clamp(-settings.most_points, settings.most_points)
}

fn logit(share: f64) -> f64 {
    let share = share.clamp(1e-6, 1.0 - 1e-6);
    (share / (1.0 - share)).ln()
}

/// What is remembered of one source.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct History {
    tally: Tally,
    /// Seconds since 1970 to which it is faded.
    at: u32,
}

impl History {
    /// Time does not run backwards: a clock that steps back fades nothing.
    fn fade_to(&mut self, now: i64, settings: &ReputationSettings) {
        let now = seconds(now).max(self.at);
        let passed = f64::from(now - self.at) * 1_000.0;
        if passed > 0.0 {
            self.tally = self.tally.fade((-passed / settings.half_life_ms.max(1) as f64).exp2() as f32);
        }
        self.at = now;
    }
}

pub(crate) fn seconds(ms: i64) -> u32 {
    u32::try_from(ms.max(0) / 1_000).unwrap_or(u32::MAX)
}

impl Value for History {
    fn is_over(&self, _: &Key, now: i64) -> bool {
        i64::from(self.at) * 1_000 + FORGOTTEN_MS <= now
    }

    fn is_held(&self, _: &Key, _: i64) -> bool {
        false
    }

    fn heap(&self) -> usize {
        0
    }

    fn write(&self, out: &mut Vec<u8>) {
        let Tally { messages, spam, complaints, unknown, traps } = self.tally;
        for number in [messages, spam, complaints, unknown, traps] {
            out.extend(number.to_le_bytes());
        }
        out.extend(self.at.to_le_bytes());
    }

    fn read(octets: &[u8]) -> Option<Self> {
        let (numbers, []) = octets.as_chunks::<4>() else { return None };
        let [messages, spam, complaints, unknown, traps, at] = *numbers else { return None };
        let number = |octets: [u8; 4]| Some(f32::from_le_bytes(octets)).filter(|n| n.is_finite() && *n >= 0.0);
        let tally = Tally {
            messages: number(messages)?,
            spam: number(spam)?,
            complaints: number(complaints)?,
            unknown: number(unknown)?,
            traps: number(traps)?,
        };
        Some(Self { tally, at: u32::from_le_bytes(at) })
    }

    fn apply(_: &Key, _: Option<Self>, _: &[u8]) -> Option<Self> {
        None
    }
}
