//! Functions over the text of a message (BodyEval).

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use regex::Regex;

use super::{Call, Row};
use crate::view::View;
use crate::view::text::{is_space, lines};

pub(super) const ROWS: &[Row] = &[
    ("multipart_alternative_difference", difference, None),
    ("multipart_alternative_difference_count", difference_count, None),
    ("check_blank_line_ratio", blank_lines, None),
    ("tvd_vertical_words", vertical_words, None),
    ("check_stock_info", stock, None),
    ("check_body_length", body_length, None),
    ("plaintext_body_length", |view, call| signed(view, call, |text| text.0), None),
    ("plaintext_sig_length", |view, call| signed(view, call, |text| text.1), None),
    ("plaintext_body_sig_ratio", |view, call| signed(view, call, ratio), None),
];

/// How the text and the HTML of alternatives differ: percent of words only in HTML, words of HTML, words of text.
#[derive(Default)]
struct Alternatives {
    difference: f64,
    html: usize,
    text: usize,
}

fn alternatives(view: &View<'_>) -> Alternatives {
    let mut found = Alternatives::default();
    for (number, part) in view.parts.all.iter().enumerate() {
        if !part.kind.starts_with("multipart/alternative") {
            continue;
        }
        let (mut html, mut text): (HashMap<&str, i64>, HashMap<&str, i64>) = Default::default();
        for below in view.parts.below(number) {
            let Some(rendered) = view.rendered(below).filter(|_| is_text(view, below)) else { continue };
            let into = if rendered.html.is_some() { &mut html } else { &mut text };
            let words = rendered.text.split_whitespace();
            for word in words.filter(|word| word.chars().any(|c| c.is_alphanumeric() || c == '_')) {
                *into.entry(word).or_default() += 1;
            }
            if html.is_empty() && rendered.html.as_ref().is_some_and(|html| html.inside.contains_key("img")) {
                html.insert("\n", 1);
            }
        }
        if html.is_empty() {
            continue;
        }
        (found.html, found.text) = (html.len(), text.len());
        let only_html = html.iter().filter(|(word, count)| text.get(*word).is_none_or(|other| **count - other >= 1));
        found.difference = found.difference.max(only_html.count() as f64 / html.len() as f64 * 100.0);
    }
    found
}

fn is_text(view: &View<'_>, number: usize) -> bool {
    view.parts.all.get(number).is_some_and(|part| part.kind.starts_with("text"))
}

fn difference(view: &View<'_>, call: &Call) -> bool {
    let difference = alternatives(view).difference;
    let least = call.number(0).unwrap_or(0.0);
    (least == 0.0 || difference > least) && call.number(1).is_none_or(|most| difference <= most)
}

fn difference_count(view: &View<'_>, call: &Call) -> bool {
    let found = alternatives(view);
    found.html as f64 > call.number(1).unwrap_or(0.0)
        && found.text as f64 / found.html as f64 > call.number(0).unwrap_or(0.0)
}

fn blank_lines(view: &View<'_>, call: &Call) -> bool {
    let least_lines = call.number(2).unwrap_or(1.0).max(1.0);
    let (mut blank, mut all) = (0.0, 0.0);
    for line in view.decoded().iter().flat_map(lines) {
        all += 1.0;
        blank += f64::from(u8::from(line.iter().all(|&octet| is_space(octet))));
    }
    // Perl counts the empty piece after a last line end, too.
    let ended = view.decoded().iter().filter(|piece| piece.ends_with(b"\n")).count() as f64;
    all += ended;
    blank += ended;
    let share = if all < least_lines { -1.0 } else { 100.0 * blank / all };
    let (least, most) = (call.number(0).unwrap_or(0.0), call.number(1).unwrap_or(100.0));
    share <= most && (least == 0.0 || share > least)
}

fn vertical_words(view: &View<'_>, call: &Call) -> bool {
    let shares = view.paragraphs.iter().filter(|line| line.len() > 5).map(|line| {
        let spaces = line.iter().filter(|&&octet| octet == b' ').count();
        let others = line.len() - spaces;
        if spaces > others || others == 0 { 100 } else { 100 * spaces / others }
    });
    let most = shares.max().map_or(-1.0, |share| share as f64);
    let below = call.number(1).unwrap_or(101.0);
    most >= call.number(0).unwrap_or(0.0) && most < if below >= 100.0 { 101.0 } else { below }
}

static STOCK: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?m)^\s*([^:\s][^:\n]{2,29})\s*:\s*\S").expect("a pattern of the program, which tests use")
});
static STOCK_WORD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        "(^trad(?:e|ing)date|company(?:name)?|s\\w?(?:t\\w?o\\w?c\\w?k|y\\w?m(?:\\w?b\\w?o\\w?l)?)|t(?:arget|icker)|\
         (?:opening|current)p(?:rice)?|p(?:rojected|osition)|expectations|weeks?high|marketperformance|\
         (?:year|week|month|day|price)(?:target|estimates?)|sector|r(?:ecommendation|ating))$",
    )
    .expect("a pattern of the program, which tests use")
});

fn stock(view: &View<'_>, call: &Call) -> bool {
    let first = view
        .parts
        .below(0)
        .into_iter()
        .find(|&number| view.parts.all.get(number).is_some_and(|part| part.kind == "text/plain"));
    let text =
        first.and_then(|number| view.rendered(number)).map(|rendered| rendered.text.as_str()).unwrap_or_default();
    let mut found = HashSet::new();
    for line in STOCK.captures_iter(text) {
        let written = line.get(1).map_or("", |name| name.as_str()).to_lowercase();
        let letters: String = written.chars().filter(char::is_ascii_lowercase).collect();
        if let Some(word) = STOCK_WORD.captures(&letters).and_then(|found| found.get(1)) {
            found.insert(word.as_str().to_owned());
        }
    }
    found.len() as f64 >= call.number(0).unwrap_or(0.0)
}

fn body_length(view: &View<'_>, call: &Call) -> bool {
    view.parts.body.len() as f64 <= call.number(0).unwrap_or(0.0)
}

/// Octets of the first plain text before its signature, and of the signature.
fn lengths(view: &View<'_>) -> Option<(f64, f64)> {
    let part = view.parts.in_order().find(|part| part.kind.starts_with("text/plain"))?;
    let text = part.decoded();
    let (mut body, mut signature, mut at) = (text.len(), 0, 0);
    for line in lines(&text) {
        let content = line.strip_suffix(b"\n").unwrap_or(line);
        let end = at + content.len();
        if matches!(content, b"--" | b"-- " | b"--\r" | b"-- \r") && text.len() - end > 4 {
            (body, signature) = (at, text.len() - end);
        }
        at += line.len();
    }
    Some((body as f64, signature as f64))
}

fn ratio(lengths: (f64, f64)) -> f64 {
    if lengths.1 == 0.0 { 1e6 } else { lengths.0 / lengths.1 }
}

fn signed(view: &View<'_>, call: &Call, value: fn((f64, f64)) -> f64) -> bool {
    let value = lengths(view).map(value);
    value.is_some_and(|value| value >= call.number(0).unwrap_or(0.0) && call.number(1).is_none_or(|most| value <= most))
}
