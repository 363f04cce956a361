//! A subscriber's first page: what was not delivered, by kind, with the reason and what can be done.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use message::UnixMillis;
use policy::profile::ScoreShown;
use store::records::junk::{JunkOrder, JunkRow, JunkState};

use crate::forms::{self, Form};
use crate::frame::{Frame, show};
use crate::moment::days_left;
use crate::operator::looking;
use crate::problem::Problem;
use crate::state::Portal;
use crate::subscriber::marks::Mark;
use crate::subscriber::{decided, deeds, history::seen_by_staff, mine, offer, settings::level_name, waiting};
use crate::visit::Visit;

const DAY: i64 = 86_400_000;
/// Rows that one page shows, each with its reasons: so many stay below 100 kB.
const MOST: u32 = 50;
/// Rows of a group that stand open; the others are behind a line that opens.
const OPEN: usize = 5;

/// Kinds from the most dangerous to the most harmless, as they stand on the page.
const KINDS: [&str; 8] = ["malware", "phishing", "fee_fraud", "dating", "spam", "suspect", "newsletter", "wanted"];

#[derive(Template)]
#[template(path = "subscriber/held.html")]
struct Page {
    f: Frame,
    shown: Shown,
    sorted: JunkOrder,
    text: String,
    all: bool,
    /// How many there are, on all pages.
    count: u64,
    /// Where the next page is.
    older: Option<String>,
    /// Where the first page is, from any other.
    first: Option<String>,
    groups: Vec<Group>,
    level: String,
    consent: bool,
    retention: u16,
    /// When staff opened something, and the id of the sentence that says what.
    opened_by_staff: Vec<(UnixMillis, &'static str)>,
    first_visit: bool,
    waiting: usize,
    /// Mail of people who are not named is held: what waits from those who are.
    named: Option<usize>,
    viewer: bool,
    /// A sender can be received always, from the list.
    one_touch: bool,
    score: ScoreShown,
}

/// Which held mail the page shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    Held,
    Trash,
    Released,
}

/// Every order with its name in addresses.
const ORDERS: [(&str, JunkOrder); 4] = [
    ("newest", JunkOrder::Newest),
    ("oldest", JunkOrder::Oldest),
    ("sender", JunkOrder::Sender),
    ("leaving", JunkOrder::Leaving),
];

/// An order by its name; one that is none is the first.
pub(crate) fn order(name: &str) -> JunkOrder {
    ORDERS.iter().find(|(known, _)| *known == name).map_or(JunkOrder::Newest, |(_, order)| *order)
}

struct Group {
    class: String,
    tone: &'static str,
    icon: &'static str,
    count: usize,
    open: Vec<Line>,
    more: Vec<Line>,
    ids: Vec<String>,
}

struct Line {
    id: String,
    from: String,
    from_address: String,
    subject: String,
    at: UnixMillis,
    reasons: Vec<String>,
    mark: Mark,
    days_left: i64,
    points: f64,
    refused_by_next_hop: bool,
}

/// The page.
pub async fn page(State(portal): State<Portal>, visit: Visit) -> Result<Response, Problem> {
    let person = visit.subscriber()?.clone();
    let query = forms::query(&visit.path);
    let all = query.text("since") == "all";
    // What stands closed is not found by its words either.
    let text = if visit.opens_subjects() { query.text("q") } else { String::new() };
    let (shown, states): (Shown, &[JunkState]) = match query.text("show").as_str() {
        "trash" => (Shown::Trash, &[JunkState::Trash]),
        "released" => (Shown::Released, &[JunkState::Released, JunkState::Releasing]),
        _ => (Shown::Held, &[JunkState::Held]),
    };
    let since = (!all && text.is_empty() && shown == Shown::Held).then(|| UnixMillis(visit.now.0 - 7 * DAY));
    let sorted = order(&query.text("sort"));
    // A page that began after something that is not there any more begins anew.
    let after = match mine::mark(&portal, &person, &query.text("after")).await {
        Ok(row) => row,
        Err(Problem::NotFound) => None,
        Err(problem) => return Err(problem),
    };
    // One more than is shown tells whether there is another page.
    let wanted = mine::Wanted { states, since, text: &text, order: sorted, after, limit: MOST + 1 };
    let mut rows = mine::page(&portal, &person, &wanted).await?;
    let is_first = wanted.after.is_none();
    let is_last = rows.len() <= MOST as usize;
    rows.truncate(MOST as usize);
    let count = match is_first && is_last {
        true => rows.len() as u64,
        false => mine::count(&portal, &person, &wanted).await?,
    };
    let older = rows.last().filter(|_| !is_last).map(|row| address(&query, &text, &row.id.0.to_string()));
    let first = (!is_first).then(|| address(&query, &text, ""));
    let groups = group(&portal, &visit, rows).await?;
    let settings = portal.services.directory.settings_of(person.operator, Some(person.id)).await?;
    let page = Page {
        f: Frame::new(&visit, visit.words.say("held-title")),
        shown,
        sorted,
        text,
        all,
        count,
        older,
        first,
        groups,
        level: level_name(&visit, &settings),
        consent: settings.content_allowed,
        retention: settings.retention_days,
        opened_by_staff: opened_by_staff(&portal, &visit).await?,
        first_visit: settings.versions[2] == 0,
        waiting: waiting::count(&portal, &person).await?,
        named: match shown == Shown::Held && holds_unnamed(&settings) {
            true => Some(deeds::named(&portal, &person).await?.len()),
            false => None,
        },
        viewer: offer::profile(&portal, person.operator).await?.header_view.is_some(),
        one_touch: offer::profile(&portal, person.operator).await?.lists.one_touch,
        score: settings.shown,
    };
    Ok(show(&page))
}

/// SUB-05: mail of people who are not named is held.
fn holds_unnamed(settings: &policy::Settings) -> bool {
    let everyone = |entry: &controls::lists::Entry| entry.pattern == controls::lists::Pattern::Everyone;
    settings.conditions.contains_key("sender-unlisted") || settings.controls.refuse.entries().iter().any(everyone)
}

/// The address of the page after a row, or of the first one: the same mail in the same order.
fn address(query: &Form, text: &str, after: &str) -> String {
    let (show, since, sort) = (query.text("show"), query.text("since"), query.text("sort"));
    let parts = [("show", show.as_str()), ("since", &since), ("q", text), ("sort", &sort), ("after", after)];
    let given = parts.iter().filter(|(_, value)| !value.is_empty());
    let given: Vec<String> = given.map(|(name, value)| format!("{name}={}", forms::encode(value))).collect();
    if given.is_empty() { "/held".to_owned() } else { format!("/held?{}", given.join("&")) }
}

async fn group(portal: &Portal, visit: &Visit, rows: Vec<JunkRow>) -> Result<Vec<Group>, Problem> {
    let mut groups: Vec<Group> = KINDS.iter().map(|class| empty(class)).collect();
    for mut row in rows {
        looking::close(visit, &mut row);
        let (reasons, mark) = said(portal, visit, &row).await?;
        let place = KINDS.iter().position(|class| *class == row.class).unwrap_or(4);
        let group = &mut groups[place];
        group.count += 1;
        group.ids.push(row.id.0.to_string());
        let line = Line {
            id: row.id.0.to_string(),
            from: row.from,
            from_address: row.from_address,
            subject: row.subject,
            at: row.held_at,
            reasons,
            mark,
            days_left: days_left(row.expires_at, visit.now),
            points: row.points,
            refused_by_next_hop: row.refused_by_next_hop,
        };
        if group.open.len() < OPEN { group.open.push(line) } else { group.more.push(line) }
    }
    groups.retain(|group| group.count > 0);
    Ok(groups)
}

fn empty(class: &str) -> Group {
    let (tone, icon) = tone(class);
    Group { class: class.into(), tone, icon, count: 0, open: Vec::new(), more: Vec::new(), ids: Vec::new() }
}

/// Colour and shape of a kind; a word always stands beside them.
pub fn tone(class: &str) -> (&'static str, &'static str) {
    match class {
        "malware" | "phishing" | "fee_fraud" => ("danger", "shield-alert"),
        "spam" | "dating" => ("spam", "ban"),
        "suspect" => ("suspect", "question"),
        _ => ("wanted", "check"),
    }
}

/// Two reasons in words (what decided, and what weighed most), and what can be said of the sender.
pub(crate) async fn said(portal: &Portal, visit: &Visit, row: &JunkRow) -> Result<(Vec<String>, Mark), Problem> {
    let Some(found) = decided::find(portal, row.operator, &row.reference).await? else { return Ok(Default::default()) };
    let mark = Mark::of(&found, tone(&row.class).0);
    let reasons = found.decision.map(|decision| match visit.opens_subjects() {
        true => policy::explain::briefly(&decision, visit.language(), 2),
        // Sentences quote what stands in the message.
        false => policy::explain::briefly_closed(&decision, visit.language(), 2, decided::is_of_the_envelope),
    });
    Ok((reasons.unwrap_or_default(), mark))
}

/// When staff opened this person's mail on a recorded ground, or saw their pages: the person sees that it happened.
async fn opened_by_staff(portal: &Portal, visit: &Visit) -> Result<Vec<(UnixMillis, &'static str)>, Problem> {
    let rows = seen_by_staff(portal, visit.subscriber()?).await?;
    let recent = rows.into_iter().filter(|row| visit.now.0 - row.at.0 < 30 * DAY);
    let told = recent.filter_map(|row| match row.action.as_str() {
        "content.open" => Some((row.at, "opened-by-staff")),
        "look.begin" => Some((row.at, "looked-by-staff")),
        "act.mail" => Some((row.at, "acted-by-staff")),
        _ => None,
    });
    // The newest of each kind, however often: the history has the rest.
    let mut out: Vec<(UnixMillis, &'static str)> = Vec::new();
    for (at, what) in told {
        if out.iter().all(|(_, known)| *known != what) {
            out.push((at, what));
        }
    }
    Ok(out)
}
