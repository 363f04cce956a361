//! From a message to its features, most telling parts first.
//!
//! Nothing here depends on when the message was written: dates and year numbers are left out, so that a model
//! does not learn when its examples were collected.

mod body;
mod build;
mod header;
mod path;
mod shape;

use message::Message;

use super::features::MOST;
use super::hash::{Kind, feature, hash, join};

/// Features that are looked at before repetitions are removed; what lies beyond is not read.
const READ: usize = 4 * MOST;

/// Gives the sorted features of a message and what each is called.
pub(super) fn gather(message: &Message) -> (Vec<u32>, Names) {
    let mut gatherer = Gatherer::default();
    header::gather(message, &mut gatherer);
    path::gather(message, &mut gatherer);
    build::gather(message, &mut gatherer);
    body::gather(message, &mut gatherer);
    gatherer.finish()
}

/// What each feature is called, for a person to read.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    text: String,
    tokens: Vec<[Token; 2]>,
}

impl Names {
    /// The name of the feature at that index.
    pub(super) fn get(&self, index: usize) -> Option<String> {
        let [first, second] = self.tokens.get(index)?;
        let first = self.text.get(first.start as usize..first.end as usize)?;
        let second = self.text.get(second.start as usize..second.end as usize)?;
        Some(if second.is_empty() { first.to_owned() } else { format!("{first} … {second}") })
    }
}

/// Where a name stands in the text of names.
#[derive(Clone, Copy, Debug, Default)]
struct Token {
    start: u32,
    end: u32,
}

/// A word that has been taken in and can be paired with a later one.
#[derive(Clone, Copy, Debug, Default)]
struct Word {
    hash: u64,
    token: Token,
}

/// Takes features in.
#[derive(Debug, Default)]
struct Gatherer {
    found: Vec<(u32, [Token; 2])>,
    text: String,
}

impl Gatherer {
    /// Whether enough was read.
    fn full(&self) -> bool {
        self.found.len() >= READ
    }

    /// Takes in a word of a kind. The tag says what it is part of, and stands before it in its name.
    fn word(&mut self, kind: Kind, tag: &str, word: &str) -> Word {
        let start = self.text.len() as u32;
        self.text.push_str(tag);
        self.text.push_str(word);
        let token = Token { start, end: self.text.len() as u32 };
        let hash = hash(if tag.is_empty() { 0 } else { hash(1, tag.as_bytes()) }, word.as_bytes());
        self.found.push((feature(kind, hash), [token, Token::default()]));
        Word { hash, token }
    }

    /// Takes in two words with that distance between them.
    fn pair(&mut self, kind: Kind, first: Word, second: Word, distance: u64) {
        let hash = join(join(first.hash, second.hash), distance);
        self.found.push((feature(kind, hash), [first.token, second.token]));
    }

    /// Sorts, removes repetitions, and keeps the earliest where there are too many.
    fn finish(self) -> (Vec<u32>, Names) {
        let mut order: Vec<(u32, u32)> = self.found.iter().zip(0..).map(|(&(feature, _), at)| (feature, at)).collect();
        order.sort_unstable();
        order.dedup_by_key(|&mut (feature, _)| feature);
        if order.len() > MOST {
            order.sort_unstable_by_key(|&(_, at)| at);
            order.truncate(MOST);
            order.sort_unstable();
        }
        let tokens = order.iter().filter_map(|&(_, at)| Some(self.found.get(at as usize)?.1)).collect();
        (order.into_iter().map(|(feature, _)| feature).collect(), Names { text: self.text, tokens })
    }
}
