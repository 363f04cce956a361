//! Rolling windows: at most so many of a source in any hour. A limit is taken, atomically, and given back where the
//! transaction fails.
//!
//! Limits up to [`EXACT_MOST`] are exact: the last N timestamps for a limit of N. Larger ones count in 60 slots, and
//! their window is up to a sixtieth (and a tenth of a second) longer than was asked for: such a limit never lets more
//! through than it says. A clock that steps back stands still for a source until it has caught up, so nothing frees
//! early; one that steps forward frees what a real passing of that time had freed, so that around a step at most twice
//! the limit passes in the length of a window.

mod stamps;

use message::UnixMillis;

use crate::source::{Key, Kind, Secret, Source};
use crate::table::{Note, Table, Value};
use stamps::Stamps;

/// Limits up to this many are exact.
pub const EXACT_MOST: u32 = 512;

/// A limit: at most `most` in any window of `window_ms`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// How many are let through in a window.
    pub most: u32,
    /// Length of the rolling window, milliseconds; at most 49 days, longer ones count as that.
    pub window_ms: i64,
}

impl Limit {
    fn span(self) -> u32 {
        u32::try_from(self.window_ms.max(1)).unwrap_or(u32::MAX)
    }

    fn is_exact(self) -> bool {
        self.most <= EXACT_MOST
    }
}

/// What taking from a limit said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Whether this one is within the limit. One that is not was not counted.
    pub allowed: bool,
    /// How many stand in the window now, this one included where it was let through.
    pub count: u32,
    /// When the oldest of them leaves the window.
    pub frees_at: UnixMillis,
    /// What to give to [`Windows::refund`] where the transaction fails; `None` where nothing was counted.
    pub receipt: Option<Receipt>,
}

/// One that was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    key: Key,
    at: i64,
}

/// A source that is at its limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limited {
    /// What kind of source.
    pub kind: Kind,
    /// The source as [`Source`] is shown; `None` where only its hash is known (after a restart).
    pub name: Option<String>,
    /// Length of the window, milliseconds.
    pub window_ms: i64,
    /// How many stand in it.
    pub count: u32,
    /// The oldest of them.
    pub since: UnixMillis,
    /// When the oldest leaves the window.
    pub until: UnixMillis,
}

/// All windows.
pub struct Windows {
    pub(crate) table: Table<Window>,
    names: Table<Name>,
}

impl Windows {
    pub(crate) fn new(secret: Secret, most_octets: usize) -> Self {
        // Names are kept for who is at a limit, to be shown to staff; they are not written to the disk.
        let names = most_octets / 16;
        Self { table: Table::new(secret, most_octets - names, true), names: Table::new(secret, names, false) }
    }

    /// Takes one. 64 at once against a limit of 100 let exactly 100 through.
    pub fn take(&self, source: &Source<'_>, limit: Limit, now: UnixMillis) -> Taken {
        let key = source.key(self.table.secret()).over(limit.span());
        let taken = self.table.change(&key, now.0, Window::default, |window| window.take(&key, limit, now.0)).value;
        if !taken.allowed && source.is_hashed() {
            self.keep_name(source, taken.frees_at.0, now.0);
        }
        taken
    }

    /// Takes one of each, or none: what was taken is given back where a later one is not allowed, and the place of
    /// the first that is not is returned with what it said. Sources at the same time may meanwhile count one more.
    pub fn take_all(&self, of: &[(Source<'_>, Limit)], now: UnixMillis) -> Result<Vec<Taken>, (usize, Taken)> {
        let mut all = Vec::with_capacity(of.len());
        for (place, (source, limit)) in of.iter().enumerate() {
            let taken = self.take(source, *limit, now);
            if !taken.allowed {
                all.iter().filter_map(|taken: &Taken| taken.receipt).for_each(|receipt| self.refund(receipt));
                return Err((place, taken));
            }
            all.push(taken);
        }
        Ok(all)
    }

    /// Gives one back, because its transaction failed.
    pub fn refund(&self, receipt: Receipt) {
        let Receipt { key, at } = receipt;
        self.table.change(&key, at, Window::default, |window| window.refund(&key, at));
    }

    /// What [`Windows::take`] would say, without taking.
    pub fn peek(&self, source: &Source<'_>, limit: Limit, now: UnixMillis) -> Taken {
        let key = source.key(self.table.secret()).over(limit.span());
        let seen = self.table.look(&key, |window| window.peek(&key, limit, now.0));
        seen.unwrap_or_else(|| Window::default().peek(&key, limit, now.0))
    }

    /// Forgets what a source has taken of one limit; says whether there was anything.
    pub fn reset(&self, source: &Source<'_>, limit: Limit) -> bool {
        self.table.remove(&source.key(self.table.secret()).over(limit.span()))
    }

    /// Every source that is at a limit, at most `most` of them, those that wait longest first.
    pub fn limited(&self, now: UnixMillis, most: usize) -> Vec<Limited> {
        let mut found = Vec::new();
        self.table.each(|key, window| {
            if !window.is_held(key, now.0) {
                return;
            }
            let (count, since, until) = window.seen(key, now.0);
            found.push((
                *key,
                Limited {
                    kind: key.kind,
                    name: None,
                    window_ms: key.span.into(),
                    count,
                    since: UnixMillis(since),
                    until: UnixMillis(until),
                },
            ));
        });
        found.sort_by_key(|(_, limited)| std::cmp::Reverse(limited.until.0));
        found.truncate(most);
        let named = found.into_iter().map(|(key, limited)| {
            let name = key.name().or_else(|| self.names.look(&key.without_span(), |name| name.text.to_string()));
            Limited { name, ..limited }
        });
        named.collect()
    }

    fn keep_name(&self, source: &Source<'_>, until: i64, now: i64) {
        let key = source.key(self.table.secret());
        let text = || Name { text: source.to_string().into(), until };
        self.names.change(&key, now, text, |name| {
            name.until = name.until.max(until);
            ((), Note::State)
        });
    }
}

/// What is remembered of one source and window.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Window {
    /// The newest time; time does not run backwards from here.
    last: i64,
    stamps: Stamps,
}

const TAKE: u8 = 1;
const REFUND: u8 = 2;

impl Window {
    fn take(&mut self, key: &Key, limit: Limit, now: i64) -> (Taken, Note) {
        let now = now.max(self.last);
        self.stamps.prune(self.last, now, key.span);
        let count = self.stamps.count(self.last, now, key.span);
        let allowed = count < limit.most;
        self.stamps.mark_refused(!allowed);
        let (receipt, note) = if allowed {
            self.put(key, now, limit.is_exact());
            let mut change = [0; 10];
            change[0] = TAKE;
            change[1] = u8::from(limit.is_exact());
            change[2..].copy_from_slice(&now.to_le_bytes());
            (Some(Receipt { key: *key, at: now }), Note::Change(change))
        } else {
            (None, Note::Nothing)
        };
        let oldest = self.stamps.oldest(self.last, now, key.span).unwrap_or(now);
        let frees_at = UnixMillis(self.stamps.leaves(oldest, key.span));
        (Taken { allowed, count: count + u32::from(allowed), frees_at, receipt }, note)
    }

    fn peek(&self, key: &Key, limit: Limit, now: i64) -> Taken {
        let now = now.max(self.last);
        let count = self.stamps.count(self.last, now, key.span);
        let oldest = self.stamps.oldest(self.last, now, key.span).unwrap_or(now);
        let frees_at = UnixMillis(self.stamps.leaves(oldest, key.span));
        Taken { allowed: count < limit.most, count, frees_at, receipt: None }
    }

    fn put(&mut self, key: &Key, at: i64, exact: bool) {
        self.stamps.prune(self.last, at, key.span);
        self.stamps.add(self.last, at, key.span, exact);
        self.last = at;
    }

    fn refund(&mut self, key: &Key, at: i64) -> ((), Note) {
        if !self.stamps.remove(self.last, at, key.span) {
            return ((), Note::Nothing);
        }
        let mut change = [0; 10];
        change[0] = REFUND;
        change[2..].copy_from_slice(&at.to_le_bytes());
        ((), Note::Change(change))
    }

    /// How many stand in it, the oldest, and when that leaves.
    fn seen(&self, key: &Key, now: i64) -> (u32, i64, i64) {
        let now = now.max(self.last);
        let oldest = self.stamps.oldest(self.last, now, key.span).unwrap_or(now);
        (self.stamps.count(self.last, now, key.span), oldest, self.stamps.leaves(oldest, key.span))
    }
}

impl Value for Window {
    fn is_over(&self, key: &Key, now: i64) -> bool {
        self.stamps.leaves(self.last, key.span) <= now
    }

    fn is_held(&self, key: &Key, now: i64) -> bool {
        self.stamps.is_refused() && !self.is_over(key, now)
    }

    fn heap(&self) -> usize {
        self.stamps.heap()
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.extend(self.last.to_le_bytes());
        self.stamps.write(out);
    }

    fn read(octets: &[u8]) -> Option<Self> {
        let (last, rest) = octets.split_first_chunk::<8>()?;
        Some(Self { last: i64::from_le_bytes(*last), stamps: Stamps::read(rest)? })
    }

    fn apply(key: &Key, before: Option<Self>, change: &[u8]) -> Option<Self> {
        let (&[what, exact], rest) = change.split_first_chunk::<2>()?;
        let at = i64::from_le_bytes(*rest.first_chunk::<8>()?);
        let mut window = before.unwrap_or_default();
        match what {
            TAKE => window.put(key, at.max(window.last), exact == 1),
            REFUND => drop(window.stamps.remove(window.last, at, key.span)),
            _ => return None,
        }
        Some(window)
    }
}

/// The name of a source that is known by hash, while it is at a limit.
struct Name {
    text: Box<str>,
    until: i64,
}

impl Value for Name {
    fn is_over(&self, _: &Key, now: i64) -> bool {
        self.until <= now
    }

    fn is_held(&self, _: &Key, _: i64) -> bool {
        false
    }

    fn heap(&self) -> usize {
        self.text.len()
    }

    fn write(&self, _: &mut Vec<u8>) {}

    fn read(_: &[u8]) -> Option<Self> {
        None
    }

    fn apply(_: &Key, _: Option<Self>, _: &[u8]) -> Option<Self> {
        None
    }
}
