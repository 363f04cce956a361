//! A message is passed on with its full headers to the operator's address for reports (SUB-08): the whole of it, or where
//! only the header section is there, or the person wants no more, that alone.

use base64::Engine as _;
use message::{Address, UnixMillis};
use store::OperatorId;

use crate::language::Words;
use crate::mailer::Report;
use crate::moment::zoned;

/// What is passed on.
#[derive(Clone, Copy, Debug)]
pub enum What<'a> {
    /// The whole message.
    Whole(&'a [u8]),
    /// Its header section.
    Headers(&'a [u8]),
}

/// Writes the report. The message goes along octet for octet: message/rfc822 may not be encoded (RFC 2046 §5.2.1).
pub fn write(
    (operator, from, to): (OperatorId, Address, Address),
    (reference, note): (&str, &str),
    what: What<'_>,
    at: UnixMillis,
    words: Words,
) -> Result<Report, String> {
    let mut random = [0_u8; 12];
    getrandom::fill(&mut random).map_err(|fault| format!("no randomness: {fault}"))?;
    let unique: String = random.iter().map(|octet| format!("{octet:02x}")).collect();
    let (kind, name, octets) = match what {
        What::Whole(octets) => ("message/rfc822", "message.eml", octets),
        What::Headers(octets) => ("text/rfc822-headers", "headers.txt", octets),
    };
    let coding = if octets.is_ascii() { "7bit" } else { "8bit" };
    let date = zoned(at, &jiff::tz::TimeZone::UTC).strftime("%a, %d %b %Y %H:%M:%S +0000").to_string();
    let text =
        format!("{}\r\n\r\n{note}\r\n", words.say1("report-mail-body", "reference", reference)).replace('\0', "");
    let mut raw = format!(
        "From: <{from}>\r\nTo: <{to}>\r\nSubject: {}\r\nDate: {date}\r\nMessage-ID: <{unique}@{}>\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=\"{unique}\"\r\n\r\n\
         --{unique}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n\
         --{unique}\r\nContent-Type: {kind}\r\nContent-Transfer-Encoding: {coding}\r\n\
         Content-Disposition: attachment; filename=\"{name}\"\r\n\r\n",
        encoded(&words.say("report-mail-subject")),
        from.domain(),
        lines(&text)
    )
    .into_bytes();
    raw.extend_from_slice(octets);
    raw.extend_from_slice(format!("\r\n--{unique}--\r\n").as_bytes());
    Ok(Report { operator, from, to, raw })
}

/// An encoded-word of RFC 2047; the subject of a report is short enough for one.
fn encoded(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    format!("=?UTF-8?B?{}?=", base64::engine::general_purpose::STANDARD.encode(text))
}

/// Base64 in lines of 76 characters (RFC 2045 §6.8).
fn lines(text: &str) -> String {
    let coded = base64::engine::general_purpose::STANDARD.encode(text);
    let lines: Vec<&str> = (0..coded.len()).step_by(76).map(|at| &coded[at..coded.len().min(at + 76)]).collect();
    lines.join("\r\n")
}
