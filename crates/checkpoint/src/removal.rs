//! What stands in the place of a part that was removed: a notice in the recipient's language. The rest stays as it came.

use std::ops::Range;

use bytes::Bytes;
use controls::facts::Virus;
use message::parse::{Leaf, leaves};
use message::{Headers, Limits};
use policy::language::sentence;
use policy::{Decision, Language};

use crate::gather::virus::Infected;

/// A piece of the message, and what is delivered instead.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Instead {
    /// Where it stands.
    pub place: Range<usize>,
    /// What takes its place.
    pub with: Bytes,
}

/// What a notice tells.
pub struct Notice<'a> {
    /// The language; `None`: both.
    pub language: Option<Language>,
    /// How long the message as it came is kept, days.
    pub days: u16,
    /// What people quote.
    pub reference: &'a str,
}

/// Fields that describe a body, and would say something wrong of a notice (RFC 2045 §3).
const DESCRIBING: &str = "content-";

/// The parts that go for these decisions: what the virus scanner named, and all that is attached where a recipient's own
/// condition on attachments decided (SUB-05).
pub fn parts<'a>(
    headers: &Headers,
    limits: &Limits,
    infected: &[Infected],
    decisions: impl IntoIterator<Item = &'a Decision>,
) -> Vec<Infected> {
    let strips = decisions.into_iter().any(|decision| decision.reason.is_of_attachments());
    if !strips {
        return infected.to_vec();
    }
    let mut all = attached(headers, limits);
    let apart =
        |part: &&Infected| !all.iter().any(|own| own.place.start < part.place.end && part.place.start < own.place.end);
    let more: Vec<Infected> = infected.iter().filter(apart).cloned().collect();
    all.extend(more);
    all
}

/// Everything that is attached: what has a file name, and what is no text.
pub fn attached(headers: &Headers, limits: &Limits) -> Vec<Infected> {
    let is_file =
        |leaf: &Leaf| leaf.name.is_some() || !(leaf.declared.is_empty() || leaf.declared.starts_with("text/"));
    let files = leaves(headers, limits).into_iter().filter(is_file);
    files
        .map(|leaf| Infected {
            place: leaf.whole,
            is_body: leaf.is_body,
            virus: Virus { name: String::new(), file: leaf.name },
        })
        .collect()
}

/// What is delivered instead of the parts.
pub fn instead(headers: &Headers, infected: &[Infected], notice: &Notice<'_>) -> Vec<Instead> {
    let mut all = Vec::new();
    for part in infected {
        let text = text(part, notice);
        if !part.is_body {
            all.push(Instead {
                place: part.place.clone(),
                with: Bytes::from(format!("{FIELDS}\r\n{}", base64(&text))),
            });
            continue;
        }
        // The message has no parts: its own fields describe the body, and give way to those of the notice.
        let described = headers.fields.iter().filter(|field| field.name.to_ascii_lowercase().starts_with(DESCRIBING));
        let mut fields = described.map(|field| field.field.clone());
        let first = fields.next();
        let own = if headers.get("MIME-Version").is_some() { "" } else { "MIME-Version: 1.0\r\n" };
        let with = Bytes::from(format!("{own}{FIELDS}"));
        match first {
            Some(place) => all.push(Instead { place, with }),
            // Before the first field: the message had none that describes its body.
            None => all.push(Instead { place: 0..0, with }),
        }
        all.extend(fields.map(|place| Instead { place, with: Bytes::new() }));
        all.push(Instead { place: part.place.clone(), with: Bytes::from(base64(&text) + "\r\n") });
    }
    all
}

/// The fields of a notice: text that is shown, in seven bits whatever the language.
const FIELDS: &str = "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\
                      Content-Disposition: inline\r\n";

fn text(part: &Infected, notice: &Notice<'_>) -> String {
    let languages: &[Language] = match notice.language {
        Some(Language::Ja) => &[Language::Ja],
        Some(Language::En) => &[Language::En],
        None => &[Language::Ja, Language::En],
    };
    let mut text = String::new();
    for &language in languages {
        let file = part.virus.file.clone().unwrap_or_else(|| sentence(language, "notice-a-part", &[]));
        let arguments = [
            ("file".to_owned(), one_line(&file)),
            ("virus".to_owned(), one_line(&part.virus.name)),
            ("days".to_owned(), notice.days.to_string()),
            ("reference".to_owned(), notice.reference.to_owned()),
        ];
        // Nothing was found in it: its recipient wants no attachments.
        let id = if part.virus.name.is_empty() { "notice-attachment" } else { "notice-removed" };
        text.push_str(&sentence(language, id, &arguments));
        text.push_str("\r\n");
    }
    text
}

/// A name that somebody else wrote, short and without anything that is not seen.
fn one_line(name: &str) -> String {
    name.chars()
        .filter(|c| !c.is_control() && !matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'))
        .take(120)
        .collect()
}

/// Lines of 76 characters (RFC 2045 §6.8).
fn base64(text: &str) -> String {
    use base64::Engine as _;
    let coded = base64::engine::general_purpose::STANDARD.encode(text);
    let lines: Vec<&str> = (0..coded.len()).step_by(76).map(|at| &coded[at..coded.len().min(at + 76)]).collect();
    lines.join("\r\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(message: &str, name: &str, language: Option<Language>) -> (String, message::Message) {
        let raw = Bytes::from(message.replace('\n', "\r\n"));
        let headers = Headers::parse(raw.clone(), &Limits::default());
        let leaf = leaves(&headers, &Limits::default()).into_iter().find(|leaf| leaf.name.as_deref() == Some(name));
        let leaf = leaf.expect("the part is there");
        let virus = Virus { name: "Fictional.Marker".into(), file: leaf.name };
        let infected = [Infected { place: leaf.whole, is_body: leaf.is_body, virus }];
        let notice = Notice { language, days: 14, reference: "ABCD" };
        let marks = crate::rendering::Marks { instead: instead(&headers, &infected, &notice), ..Default::default() };
        let pieces = crate::rendering::render(&headers, &crate::rendering::Trace::default(), &marks).pieces;
        let out = pieces.concat();
        (String::from_utf8_lossy(&out).into_owned(), message::Message::parse(out.into(), &Limits::default()))
    }

    #[test]
    fn the_part_is_replaced_and_the_rest_stays_byte_for_byte() {
        let before = "From: a@example.com\nSubject: x\nContent-Type: multipart/mixed; boundary=b\n\npreamble\n--b\n\nhello  \n--b\n";
        let after = "\n--b\nContent-Type: text/x-other; name=\"c.txt\"\n\n  tail\n--b--\nepilogue\n";
        let part = "Content-Type: application/zip; name=\"v.zip\"\n\nmarker";
        let (out, message) = rendered(&format!("{before}{part}{after}"), "v.zip", Some(Language::En));
        assert!(out.starts_with(&before.replace('\n', "\r\n")) && out.ends_with(&after.replace('\n', "\r\n")), "{out}");
        assert!(!out.contains("marker"));
        assert!(message.text.contains("hello") && message.text.contains("v.zip") && message.text.contains("ABCD"));
        assert!(!message.text.contains("控え番号"));
        let (_, both) = rendered(&format!("{before}{part}{after}"), "v.zip", None);
        assert!(both.text.contains("控え番号: ABCD") && both.text.contains("Reference: ABCD"), "{}", both.text);
    }

    #[test]
    fn a_message_that_is_nothing_but_the_part_becomes_the_notice() {
        let raw = "From: a@example.com\nContent-Type: application/zip; name=\"v.zip\"\nSubject: x\nContent-Transfer-Encoding: 7bit\n\nmarker\n";
        let (out, message) = rendered(raw, "v.zip", Some(Language::Ja));
        assert!(!out.contains("marker") && !out.contains("v.zip") && !out.contains("7bit"), "{out}");
        assert_eq!((message.content_type.as_str(), message.subject()), ("text/plain", "x"));
        assert!(message.text.contains("控え番号: ABCD"), "{}", message.text);
    }
}
