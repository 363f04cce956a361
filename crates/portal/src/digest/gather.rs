//! What a digest tells: of each held message what the operator's profile has told, in the person's words.

use message::UnixMillis;
use store::records::junk::JunkRow;
use store::{JunkId, StoreError};
use uuid::Uuid;

use crate::digest::links::{Deed, Link};
use crate::digest::person::{Person, seconds};
use crate::message_view;
use crate::moment::{self, Moment, days_left};
use crate::state::Portal;
use crate::subscriber::{decided, held::tone};

/// Messages that one digest shows; of the others it says how many there are.
pub const SHOWN: u32 = 50;
/// Links act for at most so long, milliseconds: 14 days.
const LINK_LIFE: i64 = 14 * 86_400_000;
/// The link that stops a digest is good for longer than the digest is kept, milliseconds: 60 days (RFC 8058 asks that it
/// works for as long as somebody may press it).
const STOP_LIFE: i64 = 60 * 86_400_000;
/// Characters of a subject or a name that are shown.
const TEXT: usize = 160;
/// Fields of the header section that a person knows mail by.
const HEADERS: [&str; 5] = ["Date", "To", "Cc", "Reply-To", "Message-ID"];

/// Whether links lead somewhere. A preview has none: it acts on nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acting {
    /// Signed links.
    Links,
    /// No link acts.
    Nothing,
}

/// What a digest tells.
#[derive(Clone, Debug)]
pub struct Told {
    /// How many messages; `None` where the operator does not have it told.
    pub count: Option<u64>,
    /// The messages, the newest first.
    pub lines: Vec<Line>,
    /// Messages that are not shown.
    pub more: u64,
    /// The list of held mail.
    pub held: String,
    /// The page of settings.
    pub settings: String,
    /// Stops this mail.
    pub stop: String,
}

/// One message; what the operator does not have told is empty.
#[derive(Clone, Debug)]
pub struct Line {
    /// What kind of mail.
    pub class: String,
    /// The colour of the kind.
    pub tone: &'static str,
    /// Name of the sender, without anything a mail program would make a link of.
    pub from: String,
    /// Address of the sender.
    pub address: String,
    /// Subject.
    pub subject: String,
    /// Why it was not delivered.
    pub reasons: Vec<String>,
    /// When it came.
    pub at: Option<Moment>,
    /// Days until it is deleted.
    pub days_left: Option<i64>,
    /// Fields of its header section.
    pub headers: Vec<(String, String)>,
    /// The page that asks; `None` for what is too dangerous to act on from a mail.
    pub link: Option<String>,
}

/// Puts together what is told of these messages.
pub async fn told(
    portal: &Portal,
    person: &Person,
    rows: &[JunkRow],
    count: u64,
    now: UnixMillis,
    acting: Acting,
) -> Result<Told, StoreError> {
    let offer = &person.profile.digest;
    let mut lines = Vec::with_capacity(rows.len());
    let mut rows: Vec<&JunkRow> = rows.iter().collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.held_at));
    let shown = rows.len() as u64;
    for row in rows {
        lines.push(line(portal, person, row, now, acting).await?);
    }
    let page = |path: &str| match acting {
        Acting::Links => format!("{}{path}", portal.options.url),
        Acting::Nothing => String::new(),
    };
    let stop = match acting {
        Acting::Links => stop(portal, person, now),
        Acting::Nothing => String::new(),
    };
    Ok(Told {
        count: offer.tells("count").then_some(count),
        more: count.saturating_sub(shown),
        lines,
        held: page("/held"),
        settings: page("/settings/digest"),
        stop,
    })
}

/// The address that stops this person's digest.
pub fn stop(portal: &Portal, person: &Person, now: UnixMillis) -> String {
    let link = Link {
        deed: Deed::Stop,
        operator: person.row.operator,
        subscriber: person.row.id,
        message: JunkId(Uuid::nil()),
        expires_at: seconds(UnixMillis(now.0 + STOP_LIFE)),
    };
    format!("{}/digest/stop/{}", portal.options.url, portal.links.sign(&link))
}

/// The address of the page that asks what to do with a message.
pub fn take(portal: &Portal, person: &Person, row: &JunkRow, deed: Deed, now: UnixMillis) -> String {
    let link = Link {
        deed,
        operator: person.row.operator,
        subscriber: person.row.id,
        message: row.id,
        expires_at: seconds(UnixMillis(row.expires_at.0.min(now.0 + LINK_LIFE))),
    };
    format!("{}/digest/take/{}", portal.options.url, portal.links.sign(&link))
}

async fn line(
    portal: &Portal,
    person: &Person,
    row: &JunkRow,
    now: UnixMillis,
    acting: Acting,
) -> Result<Line, StoreError> {
    let offer = &person.profile.digest;
    let words = person.words;
    let when = |field: &str, text: &str| if offer.tells(field) { shown(text) } else { String::new() };
    let reasons = if offer.tells("reason") { reasons(portal, person, row).await? } else { Vec::new() };
    let name = row.from.split_once('<').map_or(row.from.as_str(), |(name, _)| name).trim().trim_matches('"');
    let name = if name == row.from_address { "" } else { name };
    let headers = if offer.tells("headers") { headers(portal, row).await } else { Vec::new() };
    // A dangerous file is received, if at all, by somebody who has signed in and read what it is.
    let link = match acting {
        Acting::Nothing => Some(String::new()),
        Acting::Links => Some(take(portal, person, row, Deed::Take, now)),
    };
    Ok(Line {
        class: words.say(&format!("class-{}", row.class.replace('_', "-"))),
        tone: tone(&row.class).0,
        from: when("from", name),
        address: if offer.tells("from") { cut(&row.from_address) } else { String::new() },
        subject: match offer.tells("subject") {
            true if row.subject.trim().is_empty() => words.say("no-subject"),
            _ => when("subject", &row.subject),
        },
        reasons,
        at: offer.tells("received_at").then(|| moment::moment(row.held_at, now, &person.zone, words)),
        days_left: offer.tells("days_left").then(|| days_left(row.expires_at, now)),
        headers,
        link: link.filter(|_| row.class != "malware"),
    })
}

async fn reasons(portal: &Portal, person: &Person, row: &JunkRow) -> Result<Vec<String>, StoreError> {
    let found = portal.records().decision(row.operator, &row.reference).await?;
    let Some(decision) = found.and_then(|(_, row)| decided::read(&row)) else { return Ok(Vec::new()) };
    let said = policy::explain::briefly(&decision, person.words.0, 2);
    Ok(said.iter().map(|reason| shown(reason)).collect())
}

/// A message whose bytes cannot be read is told without them: the digest goes out.
async fn headers(portal: &Portal, row: &JunkRow) -> Vec<(String, String)> {
    let Ok((_, raw)) = portal.services.junk.open(row.operator, row.id).await else { return Vec::new() };
    let fields = message_view::fields(&message_view::parse(raw)).into_iter();
    let known = |name: &str| HEADERS.iter().any(|known| known.eq_ignore_ascii_case(name));
    fields.filter(|(name, _)| known(name)).map(|(name, value)| (name, shown(&value))).take(8).collect()
}

fn cut(text: &str) -> String {
    message_view::plain(text).chars().take(TEXT).collect()
}

/// Text of a stranger as it may stand in a mail of ours: nothing turned around or hidden, and an invisible space at each
/// place by which mail programs know an address to make a link of.
pub fn shown(text: &str) -> String {
    let text = cut(text);
    let mut out = String::with_capacity(text.len() + 8);
    let mut characters = text.chars().peekable();
    let mut before = ' ';
    while let Some(c) = characters.next() {
        let inside = before.is_alphanumeric() && characters.peek().is_some_and(|next| next.is_alphanumeric());
        out.push(c);
        if (matches!(c, '.' | '@') && inside) || (c == ':' && characters.peek() == Some(&'/')) {
            out.push('\u{200B}');
        }
        before = c;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strangers_text_makes_no_link() {
        assert_eq!(shown("見て https://evil.example/x"), "見て https:\u{200B}//evil.\u{200B}example/x");
        assert_eq!(shown("a@b.example です。"), "a@\u{200B}b.\u{200B}example です。");
        assert_eq!(shown("1. 2 : 3... 4."), "1. 2 : 3... 4.");
        assert_eq!(shown("\u{202E}moc\u{0007}"), "moc");
        assert!(shown(&"長".repeat(1_000)).chars().count() <= 200);
    }
}
