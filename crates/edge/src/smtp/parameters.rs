//! Parameters of MAIL and RCPT: only what EHLO offered is taken, all else is a 555 (RFC 5321 §4.1.1.11).

use message::Body;

use super::command::BadCommand;

/// What MAIL said beside the sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MailParameters {
    /// SIZE, octets (RFC 1870).
    pub size: Option<u64>,
    /// BODY (RFC 6152).
    pub body: Body,
    /// SMTPUTF8 was said (RFC 6531).
    pub smtp_utf8: bool,
}

/// Reads the parameters of MAIL.
pub(super) fn of_mail(text: &str) -> Result<MailParameters, BadCommand> {
    let mut read = MailParameters { size: None, body: Body::SevenBit, smtp_utf8: false };
    let mut body_said = false;
    for word in text.split_ascii_whitespace() {
        let (keyword, value) = split(word);
        match (keyword.to_ascii_uppercase().as_str(), value) {
            ("SIZE", Some(value)) if read.size.is_none() => read.size = Some(size(value)?),
            ("BODY", Some(value)) if !body_said => {
                read.body = body(value)?;
                body_said = true;
            }
            ("SMTPUTF8", None) => read.smtp_utf8 = true,
            ("SIZE" | "BODY" | "SMTPUTF8", _) => return Err(BadCommand::Arguments("Parameter given wrongly or twice")),
            _ => return Err(BadCommand::Parameter),
        }
    }
    Ok(read)
}

/// RCPT takes no parameters here: DSN is not offered, since the checkpoint writes no bounces.
pub(super) fn of_rcpt(text: &str) -> Result<(), BadCommand> {
    if text.split_ascii_whitespace().next().is_none() { Ok(()) } else { Err(BadCommand::Parameter) }
}

fn split(word: &str) -> (&str, Option<&str>) {
    match word.split_once('=') {
        Some((keyword, value)) => (keyword, Some(value)),
        None => (word, None),
    }
}

fn size(value: &str) -> Result<u64, BadCommand> {
    const HOW: BadCommand = BadCommand::Arguments("SIZE is a number of octets");
    // RFC 1870 §4: up to 20 digits; a number beyond u64 is certainly too large, not malformed.
    if value.is_empty() || value.len() > 20 || !value.bytes().all(|b| b.is_ascii_digit()) {
        return Err(HOW);
    }
    Ok(value.parse().unwrap_or(u64::MAX))
}

fn body(value: &str) -> Result<Body, BadCommand> {
    match value.to_ascii_uppercase().as_str() {
        "7BIT" => Ok(Body::SevenBit),
        "8BITMIME" => Ok(Body::EightBit),
        // BINARYMIME is not offered: it cannot be handed on by DATA.
        _ => Err(BadCommand::Parameter),
    }
}
