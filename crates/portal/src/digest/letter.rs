//! The digest as a mail: text and HTML with the same content, for a phone's mail program, without pictures.

use askama::Template;
use mail_builder::MessageBuilder;
use mail_builder::headers::raw::Raw;
use message::{Address, UnixMillis};

use crate::digest::gather::Told;
use crate::digest::person::Person;
use crate::language::Words;
use crate::mailer::CodeMessage;

/// How every mail of ours about held mail begins its Message-ID, by which its own bounce is known again.
pub const OURS: &str = "sekisho-digest.";

/// What a person reads.
#[derive(Clone, Debug)]
pub struct Letter {
    /// The Subject.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// The same as HTML.
    pub html: String,
}

#[derive(Template)]
#[template(path = "digest/letter.html")]
struct Html<'a> {
    w: Words,
    subject: &'a str,
    name: &'a str,
    operator: &'a str,
    lead: &'a str,
    told: &'a Told,
}

#[derive(Template)]
#[template(path = "digest/letter.txt")]
struct Text<'a> {
    w: Words,
    name: &'a str,
    operator: &'a str,
    lead: &'a str,
    told: &'a Told,
}

/// Writes what was gathered.
pub fn write(person: &Person, told: &Told) -> Result<Letter, String> {
    let w = person.words;
    let (subject, lead) = match (told.count, told.lines.is_empty()) {
        (_, true) => (w.say("digest-subject-empty"), w.say("digest-lead-empty")),
        (Some(count), false) => (w.say1("digest-subject", "count", count), w.say1("digest-lead", "count", count)),
        (None, false) => (w.say("digest-subject-plain"), w.say("digest-lead-plain")),
    };
    let (name, operator) = (person.name(), person.operator_name.as_str());
    let html = Html { w, subject: &subject, name, operator, lead: &lead, told };
    let html = html.render().map_err(|fault| format!("a digest cannot be drawn: {fault}"))?;
    let text = Text { w, name, operator, lead: &lead, told };
    let text = text.render().map_err(|fault| format!("a digest cannot be written: {fault}"))?;
    Ok(Letter { subject, text, html })
}

/// Header fields that every mail about held mail has: nobody answers it (RFC 3834), it is one of many, and it can be
/// stopped with one press (RFC 8058).
pub fn envelope<'x>(
    builder: MessageBuilder<'x>,
    to: &Address,
    id: &str,
    stop: &str,
    at: UnixMillis,
) -> MessageBuilder<'x> {
    builder
        .message_id(format!("{OURS}{id}@{}", to.domain()))
        .date(at.0 / 1000)
        .header("Auto-Submitted", Raw::new("auto-generated"))
        .header("Precedence", Raw::new("bulk"))
        .header("X-Auto-Response-Suppress", Raw::new("All"))
        .header("List-Unsubscribe", Raw::new(format!("<{stop}>")))
        .header("List-Unsubscribe-Post", Raw::new("List-Unsubscribe=One-Click"))
}

/// Who a mail of ours is from.
pub fn sender(person: &Person, to: &Address) -> (String, String) {
    let product = person.words.say("product");
    let name = if person.operator_name.is_empty() { product } else { format!("{} {product}", person.operator_name) };
    (name, format!("no-reply@{}", to.domain()))
}

/// The whole message.
pub fn message(
    person: &Person,
    to: &Address,
    letter: Letter,
    told: &Told,
    id: &str,
    at: UnixMillis,
) -> Result<CodeMessage, String> {
    let builder = MessageBuilder::new()
        .from(sender(person, to))
        .to((person.name().to_owned(), to.to_string()))
        .subject(letter.subject);
    let raw = envelope(builder, to, id, &told.stop, at)
        .header("Content-Language", Raw::new(person.words.0.code()))
        .text_body(letter.text)
        .html_body(letter.html)
        .write_to_vec()
        .map_err(|fault| format!("a digest cannot be written: {fault}"))?;
    Ok(CodeMessage { operator: person.row.operator, to: to.clone(), raw })
}
