//! `replace_tag`: short names for long character sets inside patterns (SpamAssassin's ReplaceTags).

use std::collections::HashMap;

use crate::view::text::{contains, find};

/// Rounds of replacement; tags may stand in tags.
const ROUNDS: usize = 6;
/// Octets of a pattern with its tags replaced.
const LONGEST: usize = 256 * 1024;

/// Tags by name.
#[derive(Debug, Default)]
pub(super) struct Tags {
    pub(super) tag: HashMap<Vec<u8>, Vec<u8>>,
    pub(super) pre: HashMap<Vec<u8>, Vec<u8>>,
    pub(super) inter: HashMap<Vec<u8>, Vec<u8>>,
    pub(super) post: HashMap<Vec<u8>, Vec<u8>>,
}

impl Tags {
    /// A pattern with its tags replaced; `None` where it grows beyond all bounds.
    pub(super) fn replaced(&self, pattern: &[u8]) -> Option<Vec<u8>> {
        let mut pattern = pattern.to_vec();
        for _ in 0..ROUNDS {
            let pre = taken(&mut pattern, b"<pre ");
            let post = taken(&mut pattern, b"<post ");
            let inter = taken(&mut pattern, b"<inter ");
            let named = |name: Option<Vec<u8>>, of: &HashMap<Vec<u8>, Vec<u8>>| {
                name.and_then(|name| of.get(&name).cloned()).unwrap_or_default()
            };
            let (pre, post, inter) = (named(pre, &self.pre), named(post, &self.post), named(inter, &self.inter));
            let mut again = false;
            let mut out = Vec::with_capacity(pattern.len());
            let pieces = pieces(&pattern);
            for piece in pieces {
                let inside = piece.strip_prefix(b"<").and_then(|rest| rest.strip_suffix(b">"));
                match inside {
                    Some(name) => {
                        out.extend_from_slice(&pre);
                        match self.tag.get(name) {
                            Some(text) => {
                                again |= is_tagged(text);
                                out.extend_from_slice(text);
                            }
                            None => out.extend_from_slice(piece),
                        }
                        out.extend_from_slice(&post);
                    }
                    None if piece.is_empty() => out.extend_from_slice(&inter),
                    None => out.extend_from_slice(piece),
                }
                if out.len() > LONGEST {
                    return None;
                }
            }
            pattern = out;
            if !again {
                break;
            }
        }
        Some(pattern)
    }
}

/// The name in `<pre NAME>`, taken out of the pattern.
fn taken(pattern: &mut Vec<u8>, opening: &[u8]) -> Option<Vec<u8>> {
    let start = find(pattern, opening)?;
    let length = find(&pattern[start..], b">")?;
    let name = pattern[start + opening.len()..start + length].to_vec();
    pattern.drain(start..=start + length);
    Some(name)
}

fn is_tagged(text: &[u8]) -> bool {
    contains(text, b"<") && pieces(text).len() > 1
}

/// The pattern cut at its tags: text, tag, text, tag … as Perl's split gives them, nothing after the last tag.
fn pieces(pattern: &[u8]) -> Vec<&[u8]> {
    let mut pieces = Vec::new();
    let (mut from, mut at) = (0, 0);
    while let Some(open) = pattern[at..].iter().position(|&octet| octet == b'<').map(|found| at + found) {
        let end =
            pattern[open + 1..].iter().position(|octet| matches!(octet, b'<' | b'>')).map(|found| open + 1 + found);
        match end {
            Some(end) if pattern[end] == b'>' && end > open + 1 => {
                pieces.push(&pattern[from..open]);
                pieces.push(&pattern[open..=end]);
                from = end + 1;
                at = from;
            }
            _ => at = open + 1,
        }
    }
    if from < pattern.len() {
        pieces.push(&pattern[from..]);
    }
    pieces
}
