//! The memory of greylisting (IN-11): who was asked to come again, who came, and which sources need not be asked.
//!
//! Counted by network and identity (the domain that SPF proved, else the envelope sender) rather than by address, since
//! a large sender comes again from another machine. When there is no room for one more that waits, it passes: what is
//! forgotten would be asked to come again for ever.

use ipnet::IpNet;
use message::UnixMillis;

use crate::reputation::seconds;
use crate::source::{Key, Kind, Secret};
use crate::table::{Note, Table, Value};

/// How long, and how often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GreylistSettings {
    /// How long one waits at least before coming again, milliseconds.
    pub wait_ms: i64,
    /// Who has not come again after this long begins anew, milliseconds.
    pub retry_ms: i64,
    /// How long one that passed is remembered after it was last seen, milliseconds.
    pub keep_ms: i64,
    /// A source that passed so often is asked no more.
    pub learned_after: u16,
}

impl Default for GreylistSettings {
    fn default() -> Self {
        Self { wait_ms: 5 * 60_000, retry_ms: 2 * 24 * 3_600_000, keep_ms: 35 * 24 * 3_600_000, learned_after: 3 }
    }
}

/// Who writes to whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Triplet<'a> {
    /// The network of the peer, see [`crate::network_of`].
    pub network: IpNet,
    /// The domain that was proven, else the envelope sender; lower case, empty for the null sender.
    pub identity: &'a str,
    /// The recipient, lower case.
    pub recipient: &'a str,
}

/// What greylisting remembers of a triplet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grey {
    /// Its source has passed often enough.
    Learned,
    /// It came again in time, now or before.
    Passed {
        /// When it was first seen.
        first: UnixMillis,
    },
    /// A person let it pass.
    Released,
    /// There is no room to remember it.
    NoRoom,
    /// It has to come again.
    Wait {
        /// When it was first seen.
        first: UnixMillis,
        /// From when on it passes.
        until: UnixMillis,
        /// How often it came too early, this time included.
        tries: u16,
    },
}

impl Grey {
    /// Whether it passes.
    pub fn passes(self) -> bool {
        !matches!(self, Self::Wait { .. })
    }
}

/// Somebody who has to come again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// The network of the peer.
    pub network: String,
    /// The domain that was proven, else the envelope sender.
    pub identity: String,
    /// The recipient.
    pub recipient: String,
    /// When it was first seen.
    pub first: UnixMillis,
    /// From when on it passes.
    pub until: UnixMillis,
    /// How often it came.
    pub tries: u16,
}

/// All triplets and learned sources.
pub struct Greylist {
    pub(crate) triplets: Table<Entry>,
    pub(crate) sources: Table<Learned>,
}

impl Greylist {
    pub(crate) fn new(secret: Secret, most_octets: usize) -> Self {
        let sources = most_octets / 4;
        Self { triplets: Table::new(secret, most_octets - sources, true), sources: Table::new(secret, sources, true) }
    }

    fn triplet_key(&self, of: &Triplet<'_>) -> Key {
        let network = of.network.trunc().to_string();
        let parts = [network.as_bytes(), of.identity.as_bytes(), of.recipient.as_bytes()];
        self.triplets.secret().key(Kind::Triplet, &parts)
    }

    fn source_key(&self, of: &Triplet<'_>) -> Key {
        let network = of.network.trunc().to_string();
        self.sources.secret().key(Kind::LearnedSource, &[network.as_bytes(), of.identity.as_bytes()])
    }

    /// Somebody wants to pass: looks, and remembers that it came.
    pub fn ask(&self, of: &Triplet<'_>, settings: &GreylistSettings, now: UnixMillis) -> Grey {
        if self.is_learned(of, settings, now) {
            return Grey::Learned;
        }
        let make = || Entry::fresh(of, settings, now.0);
        let said = self.triplets.change(&self.triplet_key(of), now.0, make, |entry| {
            let (grey, passed_first) = entry.ask(of, settings, now.0);
            ((grey, passed_first), Note::State)
        });
        if !said.is_remembered {
            return Grey::NoRoom;
        }
        let (grey, has_just_passed) = said.value;
        if has_just_passed {
            self.learn(of, settings, now);
        }
        grey
    }

    /// What [`Greylist::ask`] would say, without remembering; `None` where nothing is known.
    pub fn peek(&self, of: &Triplet<'_>, settings: &GreylistSettings, now: UnixMillis) -> Option<Grey> {
        if self.is_learned(of, settings, now) {
            return Some(Grey::Learned);
        }
        let seen = self.triplets.look(&self.triplet_key(of), |entry| {
            let mut entry = entry.clone();
            (!entry.is_gone(now.0)).then(|| entry.ask(of, settings, now.0).0)
        });
        seen.flatten()
    }

    /// Lets a triplet pass from now on, whether it was seen yet or not: its recipient wants it.
    pub fn release(&self, of: &Triplet<'_>, settings: &GreylistSettings, now: UnixMillis) {
        let make = || Entry::fresh(of, settings, now.0);
        self.triplets.change(&self.triplet_key(of), now.0, make, |entry| {
            entry.state = State::Released;
            entry.text = None;
            entry.until = seconds(now.0.saturating_add(settings.keep_ms));
            ((), Note::State)
        });
    }

    /// Forgets a triplet; says whether there was anything.
    pub fn reset(&self, of: &Triplet<'_>) -> bool {
        let was_learned = self.sources.remove(&self.source_key(of));
        self.triplets.remove(&self.triplet_key(of)) || was_learned
    }

    /// Who has to come again, to one recipient or to anybody; newest first, at most `most`.
    pub fn waiting(&self, recipient: Option<&str>, now: UnixMillis, most: usize) -> Vec<Waiting> {
        let mut found = Vec::new();
        self.triplets.each(|_, entry| {
            let Some(text) = entry.text.as_ref().filter(|_| !entry.is_gone(now.0)) else { return };
            if entry.state == State::Waiting && recipient.is_none_or(|wanted| *text.recipient == *wanted) {
                found.push(Waiting {
                    network: text.network.to_string(),
                    identity: text.identity.to_string(),
                    recipient: text.recipient.to_string(),
                    first: UnixMillis(entry.first),
                    until: UnixMillis(entry.passes_at),
                    tries: entry.tries,
                });
            }
        });
        found.sort_by_key(|waiting| std::cmp::Reverse(waiting.first.0));
        found.truncate(most);
        found
    }

    fn is_learned(&self, of: &Triplet<'_>, settings: &GreylistSettings, now: UnixMillis) -> bool {
        let key = self.source_key(of);
        let found = self.sources.look(&key, |source| {
            let is_learned = source.passes >= settings.learned_after && !source.is_over(&key, now.0);
            // Written down again at most once a day.
            let is_stale = source.until < seconds(now.0.saturating_add(settings.keep_ms)).saturating_sub(86_400);
            (is_learned, is_stale)
        });
        let Some((is_learned, is_stale)) = found else { return false };
        if is_learned && is_stale {
            self.sources.change(&key, now.0, Learned::default, |source| {
                source.until = seconds(now.0.saturating_add(settings.keep_ms));
                ((), Note::State)
            });
        }
        is_learned
    }

    fn learn(&self, of: &Triplet<'_>, settings: &GreylistSettings, now: UnixMillis) {
        self.sources.change(&self.source_key(of), now.0, Learned::default, |source| {
            source.passes = source.passes.saturating_add(1);
            source.until = seconds(now.0.saturating_add(settings.keep_ms));
            ((), Note::State)
        });
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Waiting,
    Passed,
    Released,
}

/// Of a triplet that waits: its names, for the recipient to see.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Text {
    network: Box<str>,
    identity: Box<str>,
    recipient: Box<str>,
}

/// What is remembered of a triplet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    first: i64,
    passes_at: i64,
    /// Seconds since 1970 until which it is remembered.
    until: u32,
    tries: u16,
    state: State,
    text: Option<Box<Text>>,
}

impl Entry {
    fn fresh(of: &Triplet<'_>, settings: &GreylistSettings, now: i64) -> Self {
        let text = Text {
            network: of.network.trunc().to_string().into(),
            identity: of.identity.into(),
            recipient: of.recipient.into(),
        };
        Self {
            first: now,
            passes_at: now.saturating_add(settings.wait_ms),
            until: seconds(now.saturating_add(settings.retry_ms)),
            tries: 0,
            state: State::Waiting,
            text: Some(Box::new(text)),
        }
    }

    fn is_gone(&self, now: i64) -> bool {
        self.until <= seconds(now)
    }

    /// What it is told, and whether it has passed just now for the first time.
    fn ask(&mut self, of: &Triplet<'_>, settings: &GreylistSettings, now: i64) -> (Grey, bool) {
        if self.is_gone(now) {
            *self = Self::fresh(of, settings, now);
        }
        // A clock that stepped back by more than the wait must not make anybody wait longer than they were told.
        let waits = self.state == State::Waiting
            && (now < self.passes_at && now >= self.first.saturating_sub(settings.retry_ms));
        if waits {
            self.tries = self.tries.saturating_add(1);
            let (first, until) = (UnixMillis(self.first), UnixMillis(self.passes_at));
            return (Grey::Wait { first, until, tries: self.tries }, false);
        }
        let has_just_passed = self.state == State::Waiting;
        if has_just_passed {
            self.state = State::Passed;
            self.text = None;
        }
        self.until = seconds(now.saturating_add(settings.keep_ms)).max(self.until);
        let grey = match self.state {
            State::Released => Grey::Released,
            State::Passed | State::Waiting => Grey::Passed { first: UnixMillis(self.first) },
        };
        (grey, has_just_passed)
    }
}

impl Value for Entry {
    fn is_over(&self, _: &Key, now: i64) -> bool {
        self.is_gone(now)
    }

    fn is_held(&self, _: &Key, now: i64) -> bool {
        self.state == State::Waiting && !self.is_gone(now)
    }

    fn heap(&self) -> usize {
        self.text
            .as_ref()
            .map_or(0, |text| size_of::<Text>() + text.network.len() + text.identity.len() + text.recipient.len() + 64)
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.push(match self.state {
            State::Waiting => 0,
            State::Passed => 1,
            State::Released => 2,
        });
        out.extend(self.first.to_le_bytes());
        out.extend(self.passes_at.to_le_bytes());
        out.extend(self.until.to_le_bytes());
        out.extend(self.tries.to_le_bytes());
        if let Some(text) = &self.text {
            out.extend(format!("{}\n{}\n{}", text.network, text.recipient, text.identity).as_bytes());
        }
    }

    fn read(octets: &[u8]) -> Option<Self> {
        let (&[state], rest) = octets.split_first_chunk::<1>()?;
        let (first, rest) = rest.split_first_chunk::<8>()?;
        let (passes_at, rest) = rest.split_first_chunk::<8>()?;
        let (until, rest) = rest.split_first_chunk::<4>()?;
        let (tries, rest) = rest.split_first_chunk::<2>()?;
        let text = if rest.is_empty() {
            None
        } else {
            let mut lines = std::str::from_utf8(rest).ok()?.splitn(3, '\n');
            let (network, recipient, identity) = (lines.next()?, lines.next()?, lines.next()?);
            Some(Box::new(Text { network: network.into(), identity: identity.into(), recipient: recipient.into() }))
        };
        let state = match state {
            0 => State::Waiting,
            1 => State::Passed,
            2 => State::Released,
            _ => return None,
        };
        Some(Self {
            first: i64::from_le_bytes(*first),
            passes_at: i64::from_le_bytes(*passes_at),
            until: u32::from_le_bytes(*until),
            tries: u16::from_le_bytes(*tries),
            state,
            text,
        })
    }

    fn apply(_: &Key, _: Option<Self>, _: &[u8]) -> Option<Self> {
        None
    }
}

/// What is remembered of a source that passed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Learned {
    passes: u16,
    /// Seconds since 1970 until which it is remembered.
    until: u32,
}

impl Value for Learned {
    fn is_over(&self, _: &Key, now: i64) -> bool {
        self.until <= seconds(now)
    }

    fn is_held(&self, _: &Key, _: i64) -> bool {
        false
    }

    fn heap(&self) -> usize {
        0
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.extend(self.passes.to_le_bytes());
        out.extend(self.until.to_le_bytes());
    }

    fn read(octets: &[u8]) -> Option<Self> {
        let (passes, until) = octets.split_first_chunk::<2>()?;
        Some(Self { passes: u16::from_le_bytes(*passes), until: u32::from_le_bytes(until.try_into().ok()?) })
    }

    fn apply(_: &Key, _: Option<Self>, _: &[u8]) -> Option<Self> {
        None
    }
}
