//! One condition against one field, in the folded and in the squeezed form.

use message::normal::{fold, squeeze};

use super::fields::{Fields, Text};
use super::{Condition, Field, MatchKind, wildcard};

/// Characters of the found text that are given.
const SHOWN: usize = 80;

/// Letters that a squeezed keyword needs: shorter ones would be found in any text.
const SQUEEZED_LEAST: usize = 4;

/// What a condition looks for, as texts are compared with it.
#[derive(Clone, Debug)]
pub(super) struct Sought {
    folded: String,
    squeezed: Option<String>,
}

impl Sought {
    pub(super) fn of(condition: &Condition) -> Self {
        let folded = fold(condition.text.trim());
        Self { squeezed: squeezed_keyword(&folded, condition.kind), folded }
    }
}

/// The text in which the condition's keyword was found.
pub(super) fn find(condition: &Condition, sought: &Sought, fields: &Fields<'_>) -> Option<String> {
    let keyword = &sought.folded;
    fields.texts(&condition.field).iter().find_map(|Text { folded, squeezed: disguised }| {
        if holds(condition, keyword, folded) {
            return Some(shown(folded, keyword));
        }
        let (keyword, disguised) = (sought.squeezed.as_deref()?, disguised.as_deref().unwrap_or(folded));
        holds(condition, keyword, disguised).then(|| shown(disguised, keyword))
    })
}

/// The squeezed keyword, where it is long enough to mean anything. Wildcards keep their signs and are not squeezed.
fn squeezed_keyword(keyword: &str, kind: MatchKind) -> Option<String> {
    if kind == MatchKind::Wildcard {
        return None;
    }
    let squeezed = squeeze(keyword);
    let long = squeezed.chars().count() >= if squeezed.is_ascii() { SQUEEZED_LEAST } else { 2 };
    long.then_some(squeezed)
}

fn holds(condition: &Condition, keyword: &str, text: &str) -> bool {
    match condition.kind {
        MatchKind::Exact if condition.field == Field::FromDomain => {
            text == keyword || text.strip_suffix(keyword).is_some_and(|head| head.ends_with('.'))
        }
        MatchKind::Exact => text.trim() == keyword,
        MatchKind::Prefix => text.trim_start().starts_with(keyword),
        MatchKind::Suffix => text.trim_end().ends_with(keyword),
        MatchKind::Contains => text.contains(keyword),
        MatchKind::Wildcard => wildcard::fits(keyword, text.trim()),
    }
}

/// The surroundings of what was found.
fn shown(text: &str, keyword: &str) -> String {
    let mut start = text.find(keyword).unwrap_or(0).saturating_sub(SHOWN / 4);
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    text.get(start..).unwrap_or(text).trim().chars().take(SHOWN).collect()
}
