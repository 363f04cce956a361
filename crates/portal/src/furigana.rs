//! Furigana: the reading of hard words, put over them in a page that is already drawn.
//!
//! The words and their readings stand in the Japanese message file (`furigana-words`). Only text of our own is touched:
//! what people wrote (`<bdi>`, a message's text) and what cannot carry a reading (titles, options) stays as it is.

use std::collections::HashMap;
use std::sync::OnceLock;

use axum::body::Body;
use axum::http::StatusCode;
use axum::http::header::CONTENT_LENGTH;
use axum::response::{IntoResponse, Response};
use policy::Language;

use crate::language::Words;

/// Octets of a page that are read to be written anew. No page of ours comes near it.
const LARGEST: usize = 4 * 1024 * 1024;
/// Elements whose text is not ours or cannot carry a reading.
const LEFT_ALONE: [&str; 12] =
    ["title", "textarea", "option", "select", "script", "style", "svg", "bdi", "code", "pre", "ruby", "time"];

/// Words that begin with a character, the longest first, each with its reading.
type Table = HashMap<char, Vec<(String, String)>>;

/// Every hard word with its reading, as the message file has them.
pub fn words() -> Vec<(String, String)> {
    let text = Words(Language::Ja).say("furigana-words");
    let pairs = text.split_whitespace().filter_map(|pair| pair.split_once(':'));
    pairs.map(|(word, reading)| (word.to_owned(), reading.to_owned())).collect()
}

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut table = Table::new();
        for (word, reading) in words() {
            if let Some(first) = word.chars().next() {
                table.entry(first).or_default().push((word, reading));
            }
        }
        for words in table.values_mut() {
            words.sort_by_key(|(word, _)| std::cmp::Reverse(word.len()));
        }
        table
    })
}

/// The page with readings over its hard words.
pub async fn over(response: Response) -> Response {
    rewritten(response, annotated).await
}

/// A page that is already drawn, written anew.
pub async fn rewritten(response: Response, anew: impl Fn(&str) -> String) -> Response {
    let (mut parts, body) = response.into_parts();
    let Ok(body) = axum::body::to_bytes(body, LARGEST).await else {
        tracing::error!(octets = LARGEST, "a page is larger than can be written anew");
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    parts.headers.remove(CONTENT_LENGTH);
    let page = match std::str::from_utf8(&body) {
        Ok(page) => Body::from(anew(page)),
        Err(_) => Body::from(body),
    };
    Response::from_parts(parts, page)
}

/// The same HTML with `<ruby>` around hard words. It is our own well-formed HTML: `<` begins a tag and nothing else.
pub fn annotated(html: &str) -> String {
    let mut out = String::with_capacity(html.len() + html.len() / 4);
    // The element that is left alone, and how many of its kind stand within each other.
    let mut left_alone: Option<(String, usize)> = None;
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        put(&mut out, &rest[..start], left_alone.is_none());
        let end = rest[start..].find('>').map_or(rest.len(), |end| start + end + 1);
        let tag = &rest[start..end];
        left_alone = within(left_alone, tag);
        out.push_str(tag);
        rest = &rest[end..];
    }
    put(&mut out, rest, left_alone.is_none());
    out
}

/// Where one is after a tag.
fn within(left_alone: Option<(String, usize)>, tag: &str) -> Option<(String, usize)> {
    let inner = tag.trim_start_matches('<');
    let (closing, inner) = inner.strip_prefix('/').map_or((false, inner), |inner| (true, inner));
    let name: String = inner.chars().take_while(char::is_ascii_alphanumeric).collect();
    match left_alone {
        Some((kind, depth)) if kind == name && closing => (depth > 1).then_some((kind, depth - 1)),
        Some((kind, depth)) if kind == name => Some((kind, depth + 1)),
        None if !closing && (LEFT_ALONE.contains(&name.as_str()) || tag.contains("class=\"mail-text\"")) => {
            Some((name, 1))
        }
        same => same,
    }
}

fn put(out: &mut String, text: &str, with_readings: bool) {
    if !with_readings {
        out.push_str(text);
        return;
    }
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let known = table().get(&first).into_iter().flatten().find(|(word, _)| rest.starts_with(word.as_str()));
        if let Some((word, reading)) = known {
            out.push_str(&format!("<ruby>{word}<rp>(</rp><rt>{reading}</rt><rp>)</rp></ruby>"));
            rest = &rest[word.len()..];
        } else {
            out.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hard_words_of_our_own_carry_their_reading_and_nothing_else_is_touched() {
        let before = "<title>同意</title><p class=\"同意\">同意と<b>認証</b>。</p><bdi>同意</bdi>\
                      <div class=\"mail-text\" dir=\"auto\">同意<div>同意</div>同意</div>同意<option>同意</option>";
        let after = annotated(before);
        let ruby = "<ruby>同意<rp>(</rp><rt>どうい</rt><rp>)</rp></ruby>";
        assert_eq!(after.matches(ruby).count(), 2, "{after}");
        assert!(after.contains("<b><ruby>認証<rp>(</rp><rt>にんしょう</rt><rp>)</rp></ruby></b>"), "{after}");
        assert!(after.contains("<bdi>同意</bdi>") && after.contains("<div>同意</div>同意</div>"), "{after}");
        assert_eq!(annotated("a < b"), "a < b");
    }
}
