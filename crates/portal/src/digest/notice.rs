//! The notice for each message (operator L): what was held is told at once, with the original as it came where the
//! operator has it so, and three texts: From is an address, From is missing or blank, From is none.

use bytes::Bytes;
use mail_builder::MessageBuilder;
use mail_builder::headers::raw::Raw;
use mail_builder::mime::MimePart;
use message::{Address, Limits, Message, UnixMillis};
use store::records::junk::JunkRow;

use crate::digest::gather::{shown, stop, take};
use crate::digest::letter::{OURS, envelope, sender};
use crate::digest::links::Deed;
use crate::digest::person::Person;
use crate::mailer::CodeMessage;
use crate::message_view;
use crate::moment::{days_left, moment};
use crate::state::Portal;

/// What stands in From.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// An address, which can be put on the receive list.
    Address,
    /// Nothing: there is no field, or it is blank.
    Missing,
    /// Something else.
    NoAddress,
}

impl From {
    /// As the message has it.
    pub fn of(message: &Message, row: &JunkRow) -> Self {
        let mut fields = message.headers.all("From").peekable();
        let blank = fields.peek().is_none() || fields.all(|field| field.value.trim().is_empty());
        match (blank, Address::parse(&row.from_address)) {
            (true, _) => Self::Missing,
            (false, Ok(_)) => Self::Address,
            (false, Err(_)) => Self::NoAddress,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Missing => "missing",
            Self::NoAddress => "none",
        }
    }
}

/// Whether a held message is the answer to a mail of ours: nothing is sent about that, or it would go round.
pub fn is_about_ours(row: &JunkRow, raw: &Bytes) -> bool {
    row.mail_from.is_empty() && raw.windows(OURS.len()).any(|window| window == OURS.as_bytes())
}

/// The notice of one held message. A dangerous file is never sent along.
pub fn message(
    portal: &Portal,
    person: &Person,
    to: &Address,
    row: &JunkRow,
    raw: Bytes,
    at: UnixMillis,
) -> Result<CodeMessage, String> {
    let offer = &person.profile.digest;
    let original = Message::parse(raw.clone(), &Limits::default());
    let from = From::of(&original, row);
    let attached = offer.original_attached && row.class != "malware";
    let stop = stop(portal, person, at);
    let text = text(portal, person, row, from, attached, &stop, at);
    let subject = match offer.original_from_and_subject {
        true => row.subject.clone(),
        false => person.words.say("notice-subject"),
    };
    let author = match (offer.original_from_and_subject, from) {
        (true, From::Address) => (author_name(row), row.from_address.clone()),
        (true, From::Missing | From::NoAddress) | (false, _) => sender(person, to),
    };
    let id = portal.links.mail(row.operator, person.row.id, &row.id.0.to_string());
    let builder = MessageBuilder::new()
        .from(author)
        .header("Sender", Raw::new(format!("<{}>", sender(person, to).1)))
        .to((person.name().to_owned(), to.to_string()))
        .subject(subject);
    let builder = envelope(builder, to, &id, &stop, at);
    let builder = match attached {
        false => builder.text_body(text),
        true => {
            let eight_bit = raw.iter().any(|octet| !octet.is_ascii());
            // As it came, octet for octet: message/rfc822 is never encoded (RFC 2046 §5.2.1).
            let original = MimePart::new("message/rfc822", raw.to_vec())
                .attachment("original.eml")
                .transfer_encoding(if eight_bit { "8bit" } else { "7bit" });
            builder.body(MimePart::new("multipart/mixed", vec![MimePart::new("text/plain", text), original]))
        }
    };
    let raw = builder.write_to_vec().map_err(|fault| format!("a notice cannot be written: {fault}"))?;
    Ok(CodeMessage { operator: row.operator, to: to.clone(), raw })
}

fn author_name(row: &JunkRow) -> String {
    let name = row.from.split_once('<').map_or("", |(name, _)| name);
    message_view::plain(name.trim().trim_matches('"'))
}

fn text(
    portal: &Portal,
    person: &Person,
    row: &JunkRow,
    from: From,
    attached: bool,
    stop: &str,
    at: UnixMillis,
) -> String {
    let w = person.words;
    let mut out = format!("{}\n\n", w.say1("digest-greeting", "name", person.name()));
    let class = w.say(&format!("class-{}", row.class.replace('_', "-")));
    out.push_str(&format!("{}\n\n", w.say1("notice-lead", "class", class)));
    let subject = if row.subject.is_empty() { w.say("no-subject") } else { shown(&row.subject) };
    out.push_str(&format!("{}: {}\n{}: {subject}\n", w.say("from"), shown(&row.from), w.say("notice-its-subject")));
    let held = moment(row.held_at, at, &person.zone, w).full;
    out.push_str(&format!("{held}\n{}\n\n", w.say1("days-left", "days", days_left(row.expires_at, at))));
    out.push_str(&format!("{}\n", w.say(&format!("notice-from-{}", from.name()))));
    let deed = if person.profile.lists.one_touch && from == From::Address { Deed::Allow } else { Deed::Take };
    if row.class == "malware" {
        out.push_str(&format!("{}\n", w.say("digest-dangerous")));
    } else {
        out.push_str(&format!("{}\n", take(portal, person, row, deed, at)));
    }
    if attached {
        out.push_str(&format!("\n{}\n", w.say("notice-attached")));
    }
    out.push_str(&format!("\n{}: {}/settings/digest\n", w.say("digest-change"), portal.options.url));
    out.push_str(&format!("{}: {stop}\n\n{}\n", w.say("digest-stop"), w.say("digest-safe")));
    out
}
