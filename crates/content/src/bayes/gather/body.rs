//! Features of the words: subject and body, each word and each pair of words near each other.
//!
//! Pairs are orthogonal sparse bigrams (Siefkes et al. 2004): a word with each of the next few, the distance kept.

use message::Message;

use super::super::hash::Kind;
use super::shape::plain;
use super::{Gatherer, Word};
use crate::words::for_each_word;

/// How far apart two words of a pair may stand.
const WINDOW: usize = 3;

/// Takes in subject and body.
pub(super) fn gather(message: &Message, gatherer: &mut Gatherer) {
    words(&message.normal.body, "", [Kind::Word, Kind::Pair], gatherer);
}

/// Takes in the words of a text and their pairs.
pub(super) fn words(text: &str, tag: &str, [single, double]: [Kind; 2], gatherer: &mut Gatherer) {
    let mut before = [None::<Word>; WINDOW];
    for_each_word(text, |word| {
        if gatherer.full() {
            return;
        }
        let Some(word) = plain(word) else { return };
        let word = gatherer.word(single, tag, &word);
        for (earlier, distance) in before.iter().flatten().zip(1..) {
            gatherer.pair(double, *earlier, word, distance);
        }
        before.rotate_right(1);
        before[0] = Some(word);
    });
}
