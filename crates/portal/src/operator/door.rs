//! The door for staff: who is slowed, put off or refused, since when, until when, why; one address; letting it go.

use std::net::IpAddr;

use ::door::Source;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use checkpoint::door::{Deed, Explained, Held};
use message::UnixMillis;
use policy::door::Then;
use policy::language::sentence;
use store::records::audit::AuditRow;

use crate::forms::{self, Form};
use crate::frame::{Frame, go, show};
use crate::problem::Problem;
use crate::state::Portal;
use crate::visit::Visit;

/// Rows of one table.
const MOST: usize = 100;

#[derive(Template)]
#[template(path = "operator/door.html")]
struct Page {
    f: Frame,
    text: String,
    held: Vec<Row>,
    lately: Vec<Row>,
    one: Option<One>,
}

/// One line: a source, what is done to it and why.
struct Row {
    source: String,
    then: &'static str,
    why: String,
    since: Option<UnixMillis>,
    until: Option<UnixMillis>,
    count: u64,
}

/// One address.
struct One {
    ip: IpAddr,
    trusted: bool,
    limits: Vec<(String, u32, u32, String)>,
    standing: &'static str,
    parts: Vec<Part>,
}

/// What is remembered of it, of its network …
struct Part {
    name: String,
    messages: String,
    unwanted: String,
    complaints: String,
    unknown: String,
}

/// The page; with `?q=` about one address.
pub async fn page(State(portal): State<Portal>, visit: Visit) -> Result<Response, Problem> {
    let text = forms::query(&visit.path).text("q").trim().to_owned();
    let door = &portal.services.door;
    let explained = text.parse().ok().map(|ip| door.explain(ip));
    let (held, lately) = match &explained {
        Some(explained) => (explained.held.clone(), explained.deeds.clone()),
        None => (door.held(MOST), door.lately(MOST)),
    };
    let found = |row: &Row| explained.is_some() || row.source.contains(&text);
    let page = Page {
        f: Frame::new(&visit, visit.words.say("nav-door")),
        held: held.iter().map(|held| held_row(&visit, held)).filter(found).collect(),
        lately: lately.iter().map(|deed| deed_row(&visit, deed)).filter(found).collect(),
        one: explained.as_ref().map(one),
        text,
    };
    Ok(show(&page))
}

/// Lets a source begin anew; the audit says who did, and why.
pub async fn reset(State(portal): State<Portal>, visit: Visit, form: Form) -> Result<Response, Problem> {
    let text = form.text("source");
    let reason: String = form.text("reason").chars().take(300).collect();
    if reason.chars().count() < 5 {
        return Err(Problem::BadField(visit.words.say("field-reason")));
    }
    let source = Source::parse(&text).map_err(|_| Problem::BadField(visit.words.say("door-source")))?;
    // The row comes first: nothing is let go without one.
    let row = AuditRow {
        id: 0,
        operator: visit.operator()?,
        at: visit.now,
        by: visit.by(),
        from: visit.from.clone(),
        action: "door.reset".into(),
        target: source.to_string(),
        detail: reason,
    };
    portal.records().audit(&row).await?;
    portal.services.door.reset(&source);
    Ok(go(&format!("/staff/door?q={}&done=reset", forms::encode(&source.to_string()))))
}

fn held_row(visit: &Visit, held: &Held) -> Row {
    Row {
        source: held.source.clone().unwrap_or_else(|| "?".into()),
        then: then_name(held.then),
        why: sentence(visit.language(), &held.finding.reason, &held.finding.arguments),
        since: held.since,
        until: held.until,
        count: 0,
    }
}

fn deed_row(visit: &Visit, deed: &Deed) -> Row {
    Row {
        source: deed.ip.to_string(),
        then: then_name(deed.then),
        why: sentence(visit.language(), &deed.finding.reason, &deed.finding.arguments),
        since: Some(deed.first),
        until: Some(deed.last),
        count: deed.count,
    }
}

fn one(explained: &Explained) -> One {
    let span = |seconds: i64| controls::span(u32::try_from(seconds).unwrap_or(u32::MAX));
    let whole = |number: f32| format!("{number:.0}");
    let limits =
        explained.limits.iter().map(|(source, count, most, seconds)| (source.clone(), *count, *most, span(*seconds)));
    let parts = explained.standing.parts.iter().map(|part| Part {
        name: part.name.clone(),
        messages: whole(part.tally.messages),
        unwanted: whole(part.tally.spam),
        complaints: whole(part.tally.complaints),
        unknown: whole(part.tally.unknown),
    });
    One {
        ip: explained.ip,
        trusted: explained.trusted,
        limits: limits.collect(),
        standing: explained.standing.class.name(),
        parts: parts.collect(),
    }
}

pub(crate) fn then_name(then: Then) -> &'static str {
    match then {
        Then::Nothing => "nothing",
        Then::Slow(_) => "slow",
        Then::Defer => "defer",
        Then::Refuse => "refuse",
    }
}
