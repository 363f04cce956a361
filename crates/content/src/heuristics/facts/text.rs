//! Facts of the text: what a reader sees, and what was done to hide from filters.

use super::{Fact, View};

pub(super) const FACTS: [Fact; 6] = [
    Fact { name: "body-empty", holds: body_empty },
    Fact { name: "html-alone", holds: html_alone },
    Fact { name: "picture-only", holds: picture_only },
    Fact { name: "hidden-outweighs-shown", holds: hidden_outweighs_shown },
    Fact { name: "escape-rests", holds: escape_rests },
    Fact { name: "scripts-mixed-in-words", holds: mixed },
];

fn body_empty(view: &View<'_>) -> Option<String> {
    (view.body.trim().is_empty() && view.message.attachments.is_empty()).then(String::new)
}

fn html_alone(view: &View<'_>) -> Option<String> {
    (view.message.html.is_some() && view.message.text.trim().is_empty()).then(String::new)
}

/// Pictures from outside and hardly a word: there is nothing for a filter to read.
fn picture_only(view: &View<'_>) -> Option<String> {
    let html = view.message.html.as_ref()?;
    (html.remote_images > 0 && view.scripts().letters() < 30 && view.message.text.trim().len() < 30).then(String::new)
}

fn hidden_outweighs_shown(view: &View<'_>) -> Option<String> {
    let html = view.message.html.as_ref()?;
    (html.hidden.len() > 200 && html.hidden.len() > 2 * html.visible.len()).then(String::new)
}

/// ISO-2022-JP that lost its ESC octets, as broken senders leave it: `$B…(B`.
fn escape_rests(view: &View<'_>) -> Option<String> {
    let start = view.shown.find("$B")?;
    let rest = view.shown.get(start + 2..)?;
    let end = rest.find("(B")?;
    let inside = rest.get(..end)?;
    (end >= 4 && end % 2 == 0 && inside.bytes().all(|byte| byte.is_ascii_graphic())).then(|| inside.to_owned())
}

/// Latin letters with Cyrillic or Greek ones inside one word: look-alikes.
fn mixed(view: &View<'_>) -> Option<String> {
    if view.shown.is_ascii() {
        return None;
    }
    let words = view.shown.split(|c: char| !c.is_alphabetic());
    let mut disguised = words.filter(|word| {
        let latin = word.chars().any(|c| c.is_ascii_alphabetic());
        let other = word.chars().any(|c| matches!(c, '\u{370}'..='\u{3ff}' | '\u{400}'..='\u{4ff}'));
        latin && other && word.chars().count() >= 4
    });
    let first = disguised.next()?;
    disguised.next().is_some().then(|| first.to_owned())
}
