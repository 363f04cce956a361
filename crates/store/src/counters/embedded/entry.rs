//! What is kept per key, and the changes as they stand in the log.

use std::collections::VecDeque;

/// The last timestamps of a key, oldest first: exact, for a limit of N at most N of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) times: VecDeque<i64>,
    /// The longest window this key was taken with, milliseconds.
    pub(super) window_ms: i64,
}

impl Window {
    /// Adds a time in its place: a clock that steps back must not put the order wrong.
    pub(super) fn add(&mut self, at: i64, window_ms: i64) {
        self.window_ms = self.window_ms.max(window_ms);
        let place = self.times.partition_point(|time| *time <= at);
        self.times.insert(place, at);
    }

    pub(super) fn remove(&mut self, at: i64) {
        if let Ok(place) = self.times.binary_search(&at) {
            self.times.remove(place);
        }
    }

    /// Drops what has left the longest window.
    pub(super) fn prune(&mut self, now: i64) {
        while self.times.front().is_some_and(|oldest| oldest.saturating_add(self.window_ms) <= now) {
            self.times.pop_front();
        }
    }

    /// When nothing of it counts any more.
    pub(super) fn until(&self) -> i64 {
        self.times.back().map_or(i64::MIN, |newest| newest.saturating_add(self.window_ms))
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(8 * (self.times.len() + 1));
        bytes.extend(self.window_ms.to_le_bytes());
        for time in &self.times {
            bytes.extend(time.to_le_bytes());
        }
        bytes
    }

    pub(super) fn from_bytes(mut bytes: &[u8]) -> Option<Self> {
        let window_ms = read_i64(&mut bytes)?;
        let mut times = VecDeque::with_capacity(bytes.len() / 8);
        while !bytes.is_empty() {
            times.push_back(read_i64(&mut bytes)?);
        }
        Some(Self { times, window_ms })
    }
}

/// A small value that is remembered until a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Memory {
    pub(super) value: Box<[u8]>,
    pub(super) until: i64,
}

impl Memory {
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.until.to_le_bytes().to_vec();
        bytes.extend(&self.value);
        bytes
    }

    pub(super) fn from_bytes(mut bytes: &[u8]) -> Option<Self> {
        let until = read_i64(&mut bytes)?;
        Some(Self { until, value: bytes.into() })
    }
}

/// One change, as it is logged and replayed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Change<'a> {
    Take { key: &'a str, at: i64, window_ms: i64 },
    Refund { key: &'a str, at: i64 },
    Reset { key: &'a str },
    Remember { key: &'a str, until: i64, value: &'a [u8] },
    Forget { key: &'a str },
}

impl<'a> Change<'a> {
    pub(super) fn key(&self) -> &'a str {
        match self {
            Self::Take { key, .. }
            | Self::Refund { key, .. }
            | Self::Reset { key }
            | Self::Remember { key, .. }
            | Self::Forget { key } => key,
        }
    }

    pub(super) fn write(&self, log: &mut Vec<u8>) {
        log.push(match self {
            Self::Take { .. } => 1,
            Self::Refund { .. } => 2,
            Self::Reset { .. } => 3,
            Self::Remember { .. } => 4,
            Self::Forget { .. } => 5,
        });
        write_octets(log, self.key().as_bytes());
        match self {
            Self::Take { at, window_ms, .. } => {
                log.extend(at.to_le_bytes());
                log.extend(window_ms.to_le_bytes());
            }
            Self::Refund { at, .. } => log.extend(at.to_le_bytes()),
            Self::Remember { until, value, .. } => {
                log.extend(until.to_le_bytes());
                write_octets(log, value);
            }
            Self::Reset { .. } | Self::Forget { .. } => {}
        }
    }

    /// Reads one change and moves past it.
    pub(super) fn read(log: &mut &'a [u8]) -> Option<Self> {
        let (kind, rest) = log.split_first()?;
        *log = rest;
        let key = std::str::from_utf8(read_octets(log)?).ok()?;
        Some(match kind {
            1 => Self::Take { key, at: read_i64(log)?, window_ms: read_i64(log)? },
            2 => Self::Refund { key, at: read_i64(log)? },
            3 => Self::Reset { key },
            4 => Self::Remember { key, until: read_i64(log)?, value: read_octets(log)? },
            5 => Self::Forget { key },
            _ => return None,
        })
    }
}

fn write_octets(log: &mut Vec<u8>, octets: &[u8]) {
    // Keys and values are far below 4 GiB; one that is not would be cut, never misread.
    let length = u32::try_from(octets.len()).unwrap_or(u32::MAX);
    log.extend(length.to_le_bytes());
    log.extend(octets.iter().take(length as usize));
}

fn read_octets<'a>(log: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, rest) = log.split_first_chunk::<4>()?;
    let (octets, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    *log = rest;
    Some(octets)
}

fn read_i64(log: &mut &[u8]) -> Option<i64> {
    let (number, rest) = log.split_first_chunk::<8>()?;
    *log = rest;
    Some(i64::from_le_bytes(*number))
}
