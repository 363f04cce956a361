//! What is handed on: the received bytes, with trace and result fields on top, forged ones left out, labels where a
//! recipient wants them, a notice where a dangerous part was. Nothing else of the message changes.

use std::ops::Range;

use bytes::Bytes;
use message::Headers;
use policy::profile::ScoreShown;
use policy::{Decision, Disposition, LabelPlace, Settings};

use crate::onward::Rendering;
use crate::removal::Instead;

/// Why only a header section is delivered, for people who look at the source.
const HEADER_ONLY: &[u8] = b"\r\n";

/// What is put on top of every copy of one transaction.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    /// `Received:`, `Authentication-Results:`, `Received-SPF:` … each with its line end.
    pub fields: String,
    /// Fields of the message that are left out (forged results, other filters' verdicts).
    pub removed: Vec<Range<usize>>,
}

/// What distinguishes one copy from another; copies that are equal here travel together.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct Marks {
    /// Label fields, each with its line end.
    pub fields: String,
    /// Text set before the Subject.
    pub subject: Option<String>,
    /// Only the header section is delivered.
    pub header_only: bool,
    /// Pieces in whose place something else is delivered.
    pub instead: Vec<Instead>,
}

/// The marks that a decision asks for. The score stands in them as the operator shows it (SUB-19).
pub fn marks(decision: &Decision, settings: &Settings) -> Marks {
    let treatment = decision.treatment;
    let mut marks = Marks { header_only: treatment.then == Disposition::HeaderOnly, ..Marks::default() };
    if matches!(treatment.label, LabelPlace::Header | LabelPlace::Both) {
        let verdict = &decision.verdict;
        let score = score_field(settings.shown, verdict.points);
        let score = score.map(|(name, value)| format!("{name}: {value}\r\n")).unwrap_or_default();
        marks.fields = format!("X-Spam-Flag: YES\r\n{score}X-Sekisho-Class: {}\r\n", verdict.class.name());
    }
    if matches!(treatment.label, LabelPlace::Subject | LabelPlace::Both) {
        marks.subject = Some(settings.label.clone());
    }
    marks
}

/// The field that tells the score: points under the name that mail programs know, percent under another so that nobody
/// takes them for points, and none where only the class is told.
pub fn score_field(shown: ScoreShown, points: f64) -> Option<(&'static str, String)> {
    match shown {
        ScoreShown::Points => Some(("X-Spam-Score", format!("{points:.1}"))),
        ScoreShown::Percent => Some(("X-Spam-Probability", format!("{} %", shown.said(points)))),
        ScoreShown::Level => None,
    }
}

/// Fields that other filters, or somebody posing as one, wrote (`X-Spam*`, `X-Sekisho*`): never relayed.
pub fn foreign_verdicts(headers: &Headers) -> Vec<Range<usize>> {
    let begins = |name: &str, with: &str| name.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with));
    let ours = |name: &str| begins(name, "x-spam") || begins(name, "x-sekisho");
    headers.fields.iter().filter(|field| ours(&field.name)).map(|field| field.field.clone()).collect()
}

/// Puts a copy together.
pub fn render(headers: &Headers, trace: &Trace, marks: &Marks) -> Rendering {
    let raw = &headers.raw;
    let mut cuts: Vec<(Range<usize>, Option<Bytes>)> =
        trace.removed.iter().map(|range| (range.clone(), None)).collect();
    let mut fields = trace.fields.clone() + &marks.fields;
    if let Some(label) = &marks.subject {
        match headers.all("Subject").next() {
            Some(subject) => {
                let text = labelled_subject(raw.get(subject.raw.clone()).unwrap_or_default(), label);
                cuts.push((subject.raw.clone(), Some(Bytes::from(text))));
            }
            None => fields.push_str(&format!("Subject: {}\r\n", encoded(label))),
        }
    }
    cuts.extend(marks.instead.iter().map(|instead| (instead.place.clone(), Some(instead.with.clone()))));
    cuts.sort_by_key(|(range, _)| range.start);
    let mut pieces = vec![Bytes::from(fields)];
    let end = if marks.header_only { headers.body_start } else { raw.len() };
    let mut at = 0;
    for (range, instead) in cuts {
        if range.start < at || range.end > end {
            continue;
        }
        pieces.push(raw.slice(at..range.start));
        pieces.extend(instead);
        at = range.end;
    }
    if at < end {
        pieces.push(raw.slice(at..end));
    }
    if marks.header_only && !raw.get(..end).unwrap_or_default().ends_with(b"\r\n\r\n") {
        pieces.push(Bytes::from_static(HEADER_ONLY));
    }
    pieces.retain(|piece| !piece.is_empty());
    Rendering { pieces }
}

/// The Subject's own bytes with the label before them: its encoded-words, charset and folding stay as they are.
pub(crate) fn labelled_subject(value: &[u8], label: &str) -> Vec<u8> {
    let mut text = b" ".to_vec();
    text.extend_from_slice(encoded(label).as_bytes());
    let rest = value.trim_ascii_start();
    if !rest.is_empty() {
        text.push(b' ');
        text.extend_from_slice(rest);
    }
    text
}

/// A label as it may stand in a header field: plain where ASCII, else an RFC 2047 encoded-word in UTF-8.
pub(crate) fn encoded(label: &str) -> String {
    let clean: String = label.chars().filter(|c| !c.is_control()).collect();
    if clean.is_ascii() {
        return clean;
    }
    let mut words = Vec::new();
    let mut word = String::new();
    for c in clean.chars() {
        // 45 octets make 60 characters of base64: within the 75 of an encoded-word.
        if word.len() + c.len_utf8() > 45 {
            words.push(std::mem::take(&mut word));
        }
        word.push(c);
    }
    words.push(word);
    let coded: Vec<String> = words.iter().map(|word| format!("=?UTF-8?B?{}?=", base64(word.as_bytes()))).collect();
    coded.join("\r\n ")
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}
