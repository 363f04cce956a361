//! From a message to its features: runs of six octets ("grams") of what it says of itself and of what it says.
//!
//! Grams need no dictionary and no word boundaries, so they serve any language and survive misspelling; a word is
//! several of them. A fixed part of all possible grams is left out, the same part in every message (sampling by
//! hash), which halves the cost and changes the verdict little. Nothing here depends on when the message was
//! written: dates are left out and long numbers lose their digits.

mod identity;
mod names;
mod sort;
mod text;

use message::Message;

use super::features::MOST;
use super::hash::{BITS, Kind, gram, whole};
pub(super) use names::{Name, Names};
use text::{Line, Lines};

/// Octets of a gram.
const LENGTH: usize = 6;

/// Gives the sorted features of a message and what each is called.
pub(super) fn gather(message: &Message) -> (Vec<u32>, Names) {
    let Lines { mut text, lines } = text::read(message);
    let mut seen = Vec::with_capacity(text.len());
    for (what, name) in identity::names(message) {
        seen.push((whole(what, &name), text.len() as u32));
        text.push_str(what);
        text.push_str(": ");
        text.push_str(&name);
        text.push('\n');
    }
    for line in &lines {
        grams(text.as_bytes(), line, &mut seen);
    }
    let mut found = sort::by_feature(seen);
    // The first place of each is kept.
    found.dedup_by_key(|&mut (feature, _)| feature);
    if found.len() > MOST {
        found = thinned(&found);
    }
    let places = found.iter().map(|&(_, at)| at).collect();
    (found.into_iter().map(|(feature, _)| feature).collect(), Names::new(text, places))
}

/// The grams of one line.
fn grams(text: &[u8], line: &Line, seen: &mut Vec<(u32, u32)>) {
    let keep = line.kind.kept();
    let octets = text.get(line.start..line.end).unwrap_or_default();
    let Some((lead, rest)) = octets.split_at_checked(LENGTH - 1) else { return };
    let take = |window: u64, octet: u8| (window << 8 | u64::from(octet)) & 0xffff_ffff_ffff;
    let mut window = lead.iter().fold(0, |window, &octet| take(window, octet));
    // Each is written and the next goes over it where it is not kept: which are is as good as chance, and a branch that
    // cannot be foretold costs more than a write.
    let mut end = seen.len();
    seen.resize(end + rest.len(), (0, 0));
    for (&octet, at) in rest.iter().zip(line.start as u32..) {
        window = take(window, octet);
        let (feature, kept) = gram(line.kind, window, keep);
        if let Some(place) = seen.get_mut(end) {
            *place = (feature, at);
        }
        end += usize::from(kept);
    }
    seen.truncate(end);
}

/// Of too many sorted features, those with the lowest hashes of each kind: the same ones in every message.
fn thinned(found: &[(u32, u32)]) -> Vec<(u32, u32)> {
    let hash = |&(feature, _): &(u32, u32)| feature & ((1 << BITS) - 1);
    let of = |kind: Kind| found.partition_point(|&(feature, _)| feature < (kind as u32) << BITS);
    let (text_from, identity_from) = (of(Kind::Text), of(Kind::Identity));
    let header = found.get(..text_from).unwrap_or_default();
    let text = found.get(text_from..identity_from).unwrap_or_default();
    // Whole names are never thinned: they are few and say much.
    let identity = found.get(identity_from..).unwrap_or_default();
    let (mut of_header, mut of_text) = (0, 0);
    while of_header + of_text + identity.len() < MOST {
        match (header.get(of_header), text.get(of_text)) {
            (Some(one), Some(other)) if hash(other) < hash(one) => of_text += 1,
            (Some(_), _) => of_header += 1,
            (None, Some(_)) => of_text += 1,
            (None, None) => break,
        }
    }
    [header.get(..of_header), text.get(..of_text), Some(identity)].into_iter().flatten().flatten().copied().collect()
}
