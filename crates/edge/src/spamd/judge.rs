//! From a request to the gate and back: who the message is for, what is said of it, what is learned.

use bytes::Bytes;
use checkpoint::check::Checked;
use checkpoint::given::{Given, given, peer_of, return_path};
use checkpoint::{Face, Gate, Learned};
use message::{Address, Body, Envelope, Headers, ReversePath};
use policy::{Disposition, Language};
use store::StoreError;
use store::records::learning::Label;

use super::Client;
use super::reply::{self, Failure, Said};
use super::request::{Dialect, Head, MessageClass, Verb};
use super::session::Refused;
use crate::rspamd_http::answer::action;
use crate::rspamd_http::request::Asked;
use crate::{marks, symbols};

/// `*` in `X-Spam-Level`, at most.
const STARS: usize = 50;

/// CHECK, SYMBOLS, REPORT, REPORT_IFSPAM, PROCESS, HEADERS.
pub(super) async fn check(head: &Head, handed: &Bytes, gate: &Gate) -> Result<Vec<u8>, Refused> {
    if handed.is_empty() {
        return Err(Refused(Failure::Protocol, "(the message is empty)".into()));
    }
    let given = given(handed);
    let (envelope, recipients) = envelope(head, &given, gate)?;
    let checked =
        gate.check(Face::Spamd, envelope, recipients, given.raw.clone()).await.map_err(|fault| ours(&fault))?;
    let said = said(&checked);
    let version = match head.dialect {
        Dialect::Rspamc => return Ok(reply::metric(head.dialect, &said)),
        Dialect::Spamc(version) => version,
    };
    // There is no word for "come again" but a failure, which mail servers take as one.
    if checked.shown().treatment.then == Disposition::Defer {
        return Err(Refused(Failure::Temporary, format!("try again later, reference {}", checked.reference)));
    }
    Ok(match head.verb {
        Verb::Process => reply::processed(head.verb, version, &said, &marked(&checked, handed, &given, &said)),
        Verb::Headers => {
            let message = marked(&checked, handed, &given, &said);
            reply::processed(head.verb, version, &said, header_section(&message))
        }
        Verb::Symbols => {
            let names: Vec<&str> = said.symbols.iter().map(|(name, _)| name.as_str()).collect();
            reply::checked(head.verb, version, &said, &names.join(","))
        }
        Verb::ReportIfSpam if !said.spam => reply::checked(head.verb, version, &said, ""),
        Verb::Report | Verb::ReportIfSpam => reply::checked(head.verb, version, &said, &report(&checked, &said)),
        Verb::Check | Verb::Ping | Verb::Skip | Verb::Tell => reply::checked(Verb::Check, version, &said, ""),
    })
}

/// TELL: `Set: local` with a class learns, `Remove: local` takes back. There is nobody remote to tell.
pub(super) async fn tell(head: &Head, handed: &Bytes, client: Client, gate: &Gate) -> Result<Vec<u8>, Refused> {
    if !client.may_teach() {
        return Err(Refused(Failure::NoPermission, "only programs of this machine may teach".into()));
    }
    if head.set_local && head.remove_local {
        let why = "Unable to set local and remove local in the same operation.";
        return Err(Refused(Failure::Protocol, why.into()));
    }
    if handed.is_empty() {
        return Err(Refused(Failure::Protocol, "(the message is empty)".into()));
    }
    // A name without a domain is the user under whom spamc runs, who teaches for everybody.
    let address = head.user.as_deref().filter(|user| user.contains('@')).map(Address::parse_path).transpose();
    let address = address.map_err(|bad| Refused(Failure::NoUser, bad.to_string()))?;
    let pupil = gate.pupil(address.as_ref()).await.map_err(|fault| ours(&fault))?;
    let (operator, owner) = pupil.map_err(|why| Refused(Failure::NoUser, why))?;
    let raw = given(handed).raw;
    if head.remove_local {
        let removed = gate.unlearn(operator, owner, raw).await.map_err(|fault| ours(&fault))?;
        return Ok(reply::told(false, removed));
    }
    if !head.set_local {
        return Ok(reply::told(false, false));
    }
    let label = match head.class {
        Some(MessageClass::Spam) => Label::Spam,
        Some(MessageClass::Ham) => Label::Ham,
        None => return Err(Refused(Failure::Protocol, "(Message-class is missing)".into())),
    };
    match gate.learn(operator, owner, label, raw).await.map_err(|fault| ours(&fault))? {
        Learned::New | Learned::Changed => Ok(reply::told(true, false)),
        Learned::Already => Ok(reply::told(false, false)),
        Learned::NoConsent => {
            Err(Refused(Failure::NoPermission, "this person has not agreed to filtering by content".into()))
        }
    }
}

/// What can be known of the envelope. RSPAMC says it in fields; spamc says a `User` at most, and the rest is what the mail
/// server wrote above the message.
fn envelope(head: &Head, given: &Given, gate: &Gate) -> Result<(Envelope, Vec<Address>), Refused> {
    if head.dialect == Dialect::Rspamc {
        let mut asked = Asked::read(&head.fields).map_err(|why| Refused(Failure::Protocol, why))?;
        if let (Some(from), false) = (&given.mail_from, asked.named_sender) {
            asked.envelope.mail_from = from.clone();
        }
        return Ok((asked.envelope, asked.recipients));
    }
    let headers = Headers::parse(given.raw.clone(), &gate.settings.load().limits);
    let mail_from = given.mail_from.clone().or_else(|| return_path(&headers)).unwrap_or(ReversePath::Null);
    let user = head.user.as_deref().and_then(|user| Address::parse_path(user).ok());
    let recipients = match user {
        Some(user) => vec![user],
        None => given.recipients.clone(),
    };
    let received_at = checkpoint::now();
    let envelope = Envelope { peer: peer_of(&headers), mail_from, smtp_utf8: false, body: Body::EightBit, received_at };
    Ok((envelope, recipients))
}

fn said(checked: &Checked) -> Said {
    let shown = checked.shown();
    let mut told: Vec<(String, f64)> = Vec::new();
    for finding in &shown.verdict.findings {
        let name = symbols::of(finding);
        match told.iter_mut().find(|(known, _)| *known == name) {
            Some((_, points)) => *points += finding.points,
            None => told.push((name, finding.points)),
        }
    }
    Said {
        spam: checked.is_marked(),
        points: shown.verdict.points,
        required: checked.required(),
        symbols: told,
        action: action(shown.treatment),
        message_id: checked.message_id.clone(),
    }
}

/// The message with the result in it.
fn marked(checked: &Checked, handed: &Bytes, given: &Given, said: &Said) -> Vec<u8> {
    let (points, required) = reply::numbers(said, 1);
    let mut fields = String::from("X-Spam-Checker-Version: Sekisho ");
    fields.push_str(concat!(env!("CARGO_PKG_VERSION"), "\r\n"));
    let names: Vec<&str> = said.symbols.iter().map(|(name, _)| name.as_str()).collect();
    let tests = if names.is_empty() { "none".to_owned() } else { names.join(",\r\n\t") };
    let word = if said.spam { "Yes" } else { "No" };
    fields.push_str(&format!("X-Spam-Status: {word}, score={points} required={required}\r\n\ttests={tests}\r\n"));
    let stars = said.points.max(0.0).floor().min(STARS as f64) as usize;
    if stars > 0 {
        fields.push_str(&format!("X-Spam-Level: {}\r\n", "*".repeat(stars)));
    }
    for (name, value) in marks::added(checked).iter().filter(|(name, _)| name.starts_with("X-")) {
        fields.push_str(&format!("{name}: {value}\r\n"));
    }
    fields.push_str(&format!("X-Sekisho-Reference: {}\r\n", checked.reference));
    checked.marked(handed, given, &fields)
}

/// The header section with the empty line below it.
fn header_section(message: &[u8]) -> &[u8] {
    let ends = [&b"\r\n\r\n"[..], b"\n\n"];
    let end = |empty: &[u8]| message.windows(empty.len()).position(|window| window == empty).map(|at| at + empty.len());
    let at = ends.into_iter().filter_map(end).min().unwrap_or(message.len());
    message.get(..at).unwrap_or(message)
}

/// Why, for people: as `sekisho explain` says it, in plain text.
fn report(checked: &Checked, said: &Said) -> String {
    let explained = checked.explanation(checked.settings.language.unwrap_or(Language::En));
    let (points, required) = reply::numbers(said, 1);
    let mut out = format!("{}\r\n\r\nReference: {}\r\n", explained.outcome, checked.reference);
    out.push_str(&format!("Content analysis details:   ({points} points, {required} required)\r\n\r\n"));
    for line in &explained.seen {
        let points = line.points.map_or_else(|| "    ".to_owned(), |points| format!("{points:4.1}"));
        out.push_str(&format!("{points} {}\r\n", line.text));
    }
    for unknown in &explained.unknown {
        out.push_str(&format!("     {unknown}\r\n"));
    }
    out.push_str(&format!("\r\n{}\r\n{}\r\n", explained.class, explained.reason));
    out
}

fn ours(fault: &StoreError) -> Refused {
    tracing::error!(%fault, "a check failed");
    Refused(Failure::Temporary, "temporary problem here, please try again later".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_section_ends_at_the_first_empty_line() {
        assert_eq!(header_section(b"A: b\r\n\r\nx\n\ny"), b"A: b\r\n\r\n");
        assert_eq!(header_section(b"A: b\n\nx\r\n\r\ny"), b"A: b\n\n");
        assert_eq!(header_section(b"A: b"), b"A: b");
    }
}
