//! Sources that ask for addresses that do not exist (IN-02): first slowed, longer with each, then refused for hours.
//!
//! A source is only looked at closer once it asked for more unknown addresses than anybody mistypes, and for many
//! compared with those it got right. Both counts fade.

use message::UnixMillis;

use crate::reputation::seconds;
use crate::source::{Key, Kind, Secret, Source};
use crate::table::{Note, Table, Value};

/// A source that was refused this long ago begins anew, seconds.
const FORGIVEN: u32 = 14 * 24 * 3_600;

/// How much is tolerated and what follows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct UnknownSettings {
    /// Unknown addresses that anybody may ask for before it is noticed.
    pub tolerated: f64,
    /// Share of unknown addresses among all it asked for, below which it is not noticed either.
    pub share: f64,
    /// So many unknown addresses are noticed whatever their share.
    pub anyway: f64,
    /// After this long, what was asked counts half, milliseconds.
    pub half_life_ms: i64,
    /// The first answer that is slowed, milliseconds; it doubles with each unknown address.
    pub slow_ms: i64,
    /// The longest answer, milliseconds.
    pub slow_most_ms: i64,
    /// From so many unknown addresses on it is refused.
    pub refused_from: f64,
    /// For how long at first, milliseconds; it doubles each time.
    pub refused_ms: i64,
    /// For how long at most, milliseconds.
    pub refused_most_ms: i64,
}

impl Default for UnknownSettings {
    fn default() -> Self {
        Self {
            tolerated: 5.0,
            share: 0.2,
            anyway: 500.0,
            half_life_ms: 3_600_000,
            slow_ms: 1_000,
            slow_most_ms: 30_000,
            refused_from: 20.0,
            refused_ms: 4 * 3_600_000,
            refused_most_ms: 72 * 3_600_000,
        }
    }
}

/// What a source has asked for and what follows from it now.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize)]
pub struct Pressure {
    /// Unknown addresses, faded.
    pub unknown: f64,
    /// Known ones, faded.
    pub known: f64,
    /// How long its next answer is held back, milliseconds.
    pub slow_ms: i64,
    /// Until when it is refused, milliseconds since 1970; `None`: it is not.
    pub refused_until: Option<i64>,
    /// How often it was refused for a time lately.
    pub refusals: u8,
    /// Since when it is slowed or refused, milliseconds since 1970; `None`: it is not, or that was not written down.
    pub since: Option<i64>,
}

/// All sources that asked for unknown addresses.
pub struct UnknownRecipients {
    pub(crate) table: Table<Asked>,
}

impl UnknownRecipients {
    pub(crate) fn new(secret: Secret, most_octets: usize) -> Self {
        Self { table: Table::new(secret, most_octets, true) }
    }

    /// The source asked for an address that does not exist.
    pub fn asked_unknown(&self, source: &Source<'_>, settings: &UnknownSettings, now: UnixMillis) -> Pressure {
        let key = source.key(self.table.secret());
        let said = self.table.change(&key, now.0, Asked::default, |asked| {
            asked.fade_to(now.0, settings);
            asked.unknown += 1.0;
            asked.escalate(now.0, settings);
            if asked.since == 0 && asked.is_pressed(settings) {
                asked.since = asked.at;
            }
            (asked.pressure(now.0, settings), Note::State)
        });
        said.value
    }

    /// The source asked for one that does. Remembered only of those who asked for unknown ones too.
    pub fn asked_known(&self, source: &Source<'_>, settings: &UnknownSettings, now: UnixMillis) -> Pressure {
        let key = source.key(self.table.secret());
        if self.table.look(&key, |_| ()).is_none() {
            return Pressure::default();
        }
        let said = self.table.change(&key, now.0, Asked::default, |asked| {
            asked.fade_to(now.0, settings);
            asked.known += 1.0;
            (asked.pressure(now.0, settings), Note::State)
        });
        said.value
    }

    /// What follows for a source now, without counting.
    pub fn pressure(&self, source: &Source<'_>, settings: &UnknownSettings, now: UnixMillis) -> Pressure {
        let seen = self.table.look(&source.key(self.table.secret()), |asked| {
            let mut asked = *asked;
            asked.fade_to(now.0, settings);
            asked.pressure(now.0, settings)
        });
        seen.unwrap_or_default()
    }

    /// Who is slowed or refused now, at most `most`, the longest refused first. Names as [`Source`] is shown.
    pub fn pressed(
        &self,
        settings: &UnknownSettings,
        now: UnixMillis,
        most: usize,
    ) -> Vec<(Kind, Option<String>, Pressure)> {
        let mut found = Vec::new();
        self.table.each(|key, asked| {
            let mut asked = *asked;
            asked.fade_to(now.0, settings);
            let pressure = asked.pressure(now.0, settings);
            if pressure.slow_ms > 0 || pressure.refused_until.is_some() {
                found.push((*key, pressure));
            }
        });
        found.sort_by_key(|(_, pressure)| std::cmp::Reverse((pressure.refused_until, pressure.slow_ms)));
        found.truncate(most);
        found.into_iter().map(|(key, pressure)| (key.kind, key.name(), pressure)).collect()
    }

    /// Forgets a source; says whether there was anything.
    pub fn reset(&self, source: &Source<'_>) -> bool {
        self.table.remove(&source.key(self.table.secret()))
    }
}

/// What is remembered of one source.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Asked {
    unknown: f32,
    known: f32,
    /// Seconds since 1970 to which both are faded.
    at: u32,
    /// Seconds since 1970.
    refused_until: u32,
    refusals: u8,
    /// Seconds since 1970 at which it began to be slowed or refused; 0: it is not.
    since: u32,
}

impl Asked {
    fn fade_to(&mut self, now: i64, settings: &UnknownSettings) {
        let now = seconds(now).max(self.at);
        let passed = f64::from(now - self.at) * 1_000.0;
        if passed > 0.0 {
            let factor = (-passed / settings.half_life_ms.max(1) as f64).exp2() as f32;
            self.unknown *= factor;
            self.known *= factor;
        }
        self.at = now;
        if self.refused_until.saturating_add(FORGIVEN) < now {
            self.refusals = 0;
        }
        if !self.is_pressed(settings) {
            self.since = 0;
        }
    }

    /// Whether it is slowed or refused at the time to which it is faded.
    fn is_pressed(&self, settings: &UnknownSettings) -> bool {
        self.refused_until > self.at || self.is_noticed(settings)
    }

    fn is_noticed(&self, settings: &UnknownSettings) -> bool {
        let (unknown, all) = (f64::from(self.unknown), f64::from(self.unknown + self.known));
        unknown > settings.tolerated && (unknown >= settings.share * all || unknown >= settings.anyway)
    }

    /// Refuses for a time where it was too much, and the double time where it was before.
    fn escalate(&mut self, now: i64, settings: &UnknownSettings) {
        let now = seconds(now).max(self.at);
        let is_refused = self.refused_until > now;
        // Rounded, so that the moments in which twenty were asked for do not make it twenty-one.
        if is_refused || !self.is_noticed(settings) || f64::from(self.unknown).round() < settings.refused_from {
            return;
        }
        let doubled = settings.refused_ms.saturating_mul(1 << self.refusals.min(20)).min(settings.refused_most_ms);
        self.refused_until = now.saturating_add(seconds(doubled));
        self.refusals = self.refusals.saturating_add(1);
    }

    fn pressure(&self, now: i64, settings: &UnknownSettings) -> Pressure {
        let refused = self.refused_until > seconds(now).max(self.at);
        let over = f64::from(self.unknown) - settings.tolerated;
        let slow_ms = if self.is_noticed(settings) {
            let doubled = settings.slow_ms as f64 * (over - 1.0).clamp(0.0, 30.0).exp2();
            (doubled as i64).min(settings.slow_most_ms)
        } else {
            0
        };
        Pressure {
            unknown: self.unknown.into(),
            known: self.known.into(),
            slow_ms,
            refused_until: refused.then(|| i64::from(self.refused_until) * 1_000),
            refusals: self.refusals,
            since: (self.since > 0).then(|| i64::from(self.since) * 1_000),
        }
    }
}

impl Value for Asked {
    fn is_over(&self, _: &Key, now: i64) -> bool {
        let now = seconds(now);
        self.refused_until.saturating_add(FORGIVEN) < now && self.at.saturating_add(FORGIVEN) < now
    }

    fn is_held(&self, _: &Key, now: i64) -> bool {
        self.refused_until > seconds(now)
    }

    fn heap(&self) -> usize {
        0
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.extend(self.unknown.to_le_bytes());
        out.extend(self.known.to_le_bytes());
        out.extend(self.at.to_le_bytes());
        out.extend(self.refused_until.to_le_bytes());
        out.extend(u32::from(self.refusals).to_le_bytes());
        out.extend(self.since.to_le_bytes());
    }

    fn read(octets: &[u8]) -> Option<Self> {
        let (numbers, []) = octets.as_chunks::<4>() else { return None };
        // Rows of older versions do not tell since when.
        let ([unknown, known, at, refused_until, refusals], since) = match *numbers {
            [unknown, known, at, until, refusals] => ([unknown, known, at, until, refusals], [0; 4]),
            [unknown, known, at, until, refusals, since] => ([unknown, known, at, until, refusals], since),
            _ => return None,
        };
        let number = |octets: [u8; 4]| Some(f32::from_le_bytes(octets)).filter(|n| n.is_finite() && *n >= 0.0);
        Some(Self {
            unknown: number(unknown)?,
            known: number(known)?,
            at: u32::from_le_bytes(at),
            refused_until: u32::from_le_bytes(refused_until),
            refusals: u8::try_from(u32::from_le_bytes(refusals)).ok()?,
            since: u32::from_le_bytes(since),
        })
    }

    fn apply(_: &Key, _: Option<Self>, _: &[u8]) -> Option<Self> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_older_versions_are_read_without_since_when() {
        let asked = Asked { unknown: 21.0, known: 1.0, at: 7, refused_until: 9_000, refusals: 2, since: 5 };
        let mut octets = Vec::new();
        asked.write(&mut octets);
        assert_eq!(Asked::read(&octets), Some(asked));
        assert_eq!(Asked::read(&octets[..20]), Some(Asked { since: 0, ..asked }));
        assert_eq!(Asked::read(&octets[..16]), None);
    }
}
