//! The header viewer (SUB-08): a person's mail of the last days, delivered and held, newest first; and switching it on.

use std::collections::HashSet;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use message::{Headers, Limits, UnixMillis};
use policy::profile::HeaderView;
use store::records::headers::HeadersRow;
use store::records::junk::{JunkRow, JunkState};

use crate::forms::{self, Form};
use crate::frame::{Frame, go, show};
use crate::problem::Problem;
use crate::state::Portal;
use crate::subscriber::change::Change;
use crate::subscriber::{mine, offer};
use crate::visit::Visit;

const DAY: i64 = 86_400_000;
/// Days and messages where the operator's profile names no bound.
const DAYS: u16 = 30;
const MESSAGES: u32 = 500;
/// Lines of one page.
const PAGE: usize = 50;

#[derive(Template)]
#[template(path = "subscriber/mail.html")]
struct Page {
    f: Frame,
    version: i64,
    kept: bool,
    days: u16,
    most: u32,
    own_network: bool,
    text: String,
    lines: Vec<Line>,
    count: usize,
    newer: Option<String>,
    older: Option<String>,
}

/// One message.
pub struct Line {
    /// What people quote.
    pub reference: String,
    /// From, decoded.
    pub from: String,
    /// Subject, decoded.
    pub subject: String,
    /// When.
    pub at: UnixMillis,
    /// What became of it, by the id of its words.
    pub state: &'static str,
    tone: &'static str,
}

/// Bounds of the viewer, as the profile says.
pub struct Bounds {
    /// Days back.
    pub days: u16,
    /// Messages.
    pub messages: u32,
}

impl Bounds {
    /// Of a profile's offer.
    pub fn of(view: &HeaderView) -> Self {
        Self { days: view.days.unwrap_or(DAYS), messages: view.messages.unwrap_or(MESSAGES) }
    }

    /// Not before.
    pub fn since(&self, now: UnixMillis) -> UnixMillis {
        UnixMillis(now.0 - i64::from(self.days) * DAY)
    }
}

/// What the viewer shows.
pub struct Found {
    /// Version of the settings.
    pub version: i64,
    /// Header sections of delivered mail are kept.
    pub kept: bool,
    /// The offer.
    pub view: HeaderView,
    /// Its bounds.
    pub bounds: Bounds,
    /// The messages, newest first.
    pub lines: Vec<Line>,
}

/// Looks for it.
pub async fn find(portal: &Portal, visit: &Visit) -> Result<Found, Problem> {
    let person = visit.subscriber()?.clone();
    let profile = offer::profile(portal, person.operator).await?;
    let view = profile.header_view.clone().ok_or(Problem::NotFound)?;
    let bounds = Bounds::of(&view);
    let change = Change::own(portal, visit).await?;
    let since = bounds.since(visit.now);
    let kept = portal.records().find_headers(person.operator, person.id, since, bounds.messages).await?;
    let states = [JunkState::Held, JunkState::Trash, JunkState::Releasing, JunkState::Released];
    let held = mine::find(portal, &person, &states, Some(since), "", bounds.messages).await?;
    let mut lines: Vec<Line> = held.iter().map(of_held).collect();
    // A message of which only a part was delivered is in both; what is held is the whole of it.
    let known: HashSet<String> = lines.iter().map(|line| line.reference.clone()).collect();
    lines.extend(kept.into_iter().filter(|row| !known.contains(&row.reference.to_string())).map(of_delivered));
    lines.sort_by_key(|line| std::cmp::Reverse(line.at));
    lines.truncate(bounds.messages as usize);
    if !visit.opens_subjects() {
        for line in &mut lines {
            line.from = String::new();
            line.subject = visit.words.say("closed-subject");
        }
    }
    Ok(Found { version: change.version, kept: change.layer.header_view == Some(true), view, bounds, lines })
}

/// The page.
pub async fn page(State(portal): State<Portal>, visit: Visit) -> Result<Response, Problem> {
    let Found { version, kept, view, bounds, mut lines } = find(&portal, &visit).await?;
    let typed = forms::query(&visit.path);
    let text = typed.text("q");
    let wanted = text.to_lowercase();
    lines.retain(|line| line.from.to_lowercase().contains(&wanted) || line.subject.to_lowercase().contains(&wanted));
    let count = lines.len();
    let from: usize = typed.text("page").parse().unwrap_or(0);
    let link = |page: usize| format!("/mail?q={}&page={page}", forms::encode(&text));
    let page = Page {
        f: Frame::new(&visit, visit.words.say("mail-title")),
        version,
        kept,
        days: bounds.days,
        most: bounds.messages,
        own_network: view.own_network,
        newer: (from > 0 && count > 0).then(|| link(from - 1)),
        older: (count > from.saturating_add(1).saturating_mul(PAGE)).then(|| link(from + 1)),
        lines: lines.into_iter().skip(from.saturating_mul(PAGE)).take(PAGE).collect(),
        text,
        count,
    };
    Ok(show(&page))
}

fn of_held(row: &JunkRow) -> Line {
    let (state, tone) = match row.state {
        JunkState::Held => ("state-held", "spam"),
        JunkState::Trash => ("state-trash", "spam"),
        JunkState::Releasing | JunkState::Released => ("state-released", "wanted"),
        JunkState::Deleted => ("state-deleted", "suspect"),
        JunkState::Expired => ("state-expired", "suspect"),
    };
    let from = if row.from.is_empty() { &row.from_address } else { &row.from };
    Line {
        reference: row.reference.to_string(),
        from: shown(from),
        subject: shown(&row.subject),
        at: row.held_at,
        state,
        tone,
    }
}

fn of_delivered(row: HeadersRow) -> Line {
    let own = Bytes::from(row.fields).slice(row.ours..);
    let headers = Headers::parse(own, &Limits::default());
    Line {
        reference: row.reference.to_string(),
        from: shown(headers.get("From").unwrap_or_default()),
        subject: shown(headers.get("Subject").unwrap_or_default()),
        at: row.at,
        state: "state-delivered",
        tone: "wanted",
    }
}

/// A line is a line, however long somebody made it.
fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}

/// Begins or ends keeping header sections of delivered mail. Ending erases what was kept, at once.
pub async fn keep(State(portal): State<Portal>, visit: Visit, form: Form) -> Result<Response, Problem> {
    let person = visit.subscriber()?.clone();
    let profile = offer::profile(&portal, person.operator).await?;
    if profile.header_view.is_none() {
        return Err(Problem::NotFound);
    }
    let mut change = Change::own(&portal, &visit).await?;
    let wanted = match form.text("keep").as_str() {
        "yes" => true,
        "no" => false,
        _ => return Err(Problem::BadForm),
    };
    change.layer.header_view = wanted.then_some(true);
    change.store(&portal, &visit, &form, if wanted { "headers.keep" } else { "headers.erase" }).await?;
    Ok(go(if wanted { "/mail?done=headers-kept" } else { "/mail?done=headers-erased" }))
}
