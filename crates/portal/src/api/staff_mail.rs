//! Operations of staff on mail: decisions, content on a recorded ground, counts, the door. No subject without a ground.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use message::UnixMillis;
use policy::DecisionRecord;
use policy::explain::explain;
use policy::language::sentence;
use policy::record::TransactionRecord;
use serde_json::{Value, json};
use store::Reference;
use store::records::decisions::{DecisionQuery, DecisionRow, TransactionRow};

use super::kind::{Field, Kind};
use super::mail;
use super::operation::Operation;
use super::schema::{flag, list, maybe_text, number, object, page, text, time, whole};
use super::scope::Scope;
use super::told;
use crate::forms;
use crate::operator::{charts, decision, door, ground, phone, times};
use crate::problem::Problem;
use crate::security::roles::Who;
use crate::state::Portal;
use crate::visit::Visit;

/// Rows of one page.
const ROWS: u32 = 50;
/// Sources of the door that are told.
const SOURCES: usize = 200;

/// The rows.
pub fn operations() -> Vec<Operation> {
    let (read, write) = (Scope::StaffRead, Scope::StaffWrite);
    let reference =
        |operation: Operation| operation.asks("reference", Kind::Text(1, 40), "The reference of the decision.");
    vec![
        Operation::get("decision-list", "/staff/decisions", Who::Viewer, read, decisions)
            .about("Decisions, newest first, by address, reference, Message-ID, IP or time. Never a subject.")
            .asks("q", Kind::Text(0, 400), "What to look for.")
            .asks("class", Kind::Text(0, 40), "Only this class.")
            .asks("action", Kind::Text(0, 40), "Only this action.")
            .asks("cursor", Kind::Text(1, 40), "`next` of the page before: the reference it ended with.")
            .asks("limit", Kind::Whole(1, 200), "Rows of a page; left out: 50.")
            .gives(page(row_schema()))
            .like("/staff"),
        reference(
            Operation::get("decision-show", "/staff/decisions/{reference}", Who::Viewer, read, show)
                .about("One decision as the message's journey. What quotes content is told once a ground is recorded."),
        )
        .asks("threshold", Kind::Number(0.0, 100.0), "What another threshold would have done.")
        .gives(object(&[
            ("decision", row_schema()), ("opened", flag()), ("held", maybe_text()),
            ("authentication", list(object(&[("name", text()), ("outcome", text())]))),
            ("findings", list(object(&[("control", text()), ("sentence", text()), ("points", number()), ("mode", text())]))),
            ("unknown", list(text())), ("why", json!({"type": ["object", "null"]})),
            ("what_if", json!({"type": ["object", "null"]})), ("phone", list(text())),
        ]))
        .like("/staff/decision/{reference}"),
        reference(
            Operation::post("decision-ground", "/staff/decisions/{reference}/ground", Who::Support, write, ground::record)
                .about("Records the legal ground on which content is opened, for an hour. The subscriber sees that it happened."),
        )
        .takes(vec![
            Field::new("ground", Kind::Choice(vec!["asked", "warrant", "necessity", "company"]), "The ground.").needed(),
            Field::new("reason", Kind::Text(5, 500), "Why; it is recorded.").needed(),
        ])
        .like("/staff/decision/{reference}/ground"),
        reference(
            Operation::get("decision-content", "/staff/decisions/{reference}/content", Who::Support, read, content)
                .about("What the held message says, once a ground is recorded."),
        )
        .gives(object(&[("subject", text()), ("text", text()), ("links", list(json!({"type": "object"}))), ("attachments", list(text())), ("html", maybe_text())]))
        .like("/staff/decision/{reference}/content")
        .like("/staff/decision/{reference}/html"),
        reference(
            Operation::post("decision-release", "/staff/decisions/{reference}/release", Who::Support, write, ground::release)
                .about("Delivers the held message to its recipient. Nothing is opened for that."),
        )
        .like("/staff/decision/{reference}/release"),
        Operation::get("chart-counts", "/staff/counts", Who::Viewer, read, counts)
            .about("Decisions by hour, class and action of the last 30 days, and what was refused before a recipient was known.")
            .gives(object(&[
                ("hours", list(object(&[("hour", time()), ("class", text()), ("action", text()), ("count", whole())]))),
                ("refusals", list(object(&[("minute", time()), ("network", text()), ("reason", text()), ("why", text()), ("count", whole())]))),
            ]))
            .like("/staff/charts"),
        Operation::get("door-show", "/staff/door", Who::Viewer, read, at_the_door)
            .about("Who is slowed, put off or refused at the door and why, and what it did lately; or all about one address.")
            .asks("q", Kind::Text(0, 100), "An address, or part of a source.")
            .gives(object(&[("held", list(json!({"type": "object"}))), ("lately", list(json!({"type": "object"})))]))
            .like("/staff/door"),
        Operation::post("door-reset", "/staff/door/reset", Who::Support, write, door::reset)
            .about("Lets a source begin anew.")
            .takes(vec![
                Field::new("source", Kind::Text(1, 320), "192.0.2.7, 192.0.2.0/24, sender:hanako@example.com …").needed(),
                Field::new("reason", Kind::Text(5, 300), "Why; it is recorded.").needed(),
            ])
            .like("/staff/door/reset"),
    ]
}

fn row_schema() -> Value {
    object(&[
        ("reference", text()),
        ("at", time()),
        ("recipient", text()),
        ("class", text()),
        ("action", text()),
        ("points", number()),
        ("peer", text()),
        ("helo", text()),
        ("mail_from", text()),
        ("message_id", text()),
        ("size", whole()),
        ("face", text()),
    ])
}

fn row(transaction: &TransactionRow, row: &DecisionRow) -> Value {
    json!({
        "reference": row.reference.to_string(), "at": told::time(row.at), "recipient": row.recipient, "class": row.class,
        "action": row.action, "points": row.points, "peer": transaction.peer, "helo": transaction.helo,
        "mail_from": transaction.mail_from, "message_id": transaction.message_id, "size": transaction.size,
        "face": transaction.face,
    })
}

async fn decisions(State(portal): State<Portal>, visit: Visit) -> Result<Response, Problem> {
    let asked = forms::query(&visit.path);
    let given = asked.text("q");
    let span = times::span(&given, visit.now, &visit.zone);
    let limit: u32 = asked.text("limit").parse().unwrap_or(ROWS);
    let cursor = asked.text("cursor");
    let after = match (Reference::parse(&cursor), cursor.is_empty()) {
        (None, false) => return Err(Problem::BadForm),
        (after, _) => after,
    };
    let query = DecisionQuery {
        operator: Some(visit.operator()?),
        text: if span.is_some() { String::new() } else { given },
        subscriber: None,
        class: Some(asked.text("class")).filter(|class| !class.is_empty()),
        action: Some(asked.text("action")).filter(|action| !action.is_empty()),
        since: span.map(|(since, _)| since),
        until: span.map(|(_, until)| until),
        after,
        // One more than is given tells whether there is another page.
        limit: limit.saturating_add(1),
    };
    let mut rows = portal.records().find_decisions(&query).await?;
    let is_more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let next = rows.last().filter(|_| is_more).map(|(_, row)| row.reference.to_string());
    let items: Vec<Value> = rows.iter().map(|(transaction, decision)| row(transaction, decision)).collect();
    Ok(Json(json!({"items": items, "next": next})).into_response())
}

async fn show(State(portal): State<Portal>, visit: Visit, Path(reference): Path<String>) -> Result<Response, Problem> {
    let operator = visit.operator()?;
    let reference = Reference::parse(&reference).ok_or(Problem::NotFound)?;
    let (transaction, found) = portal.records().decision(operator, &reference).await?.ok_or(Problem::NotFound)?;
    let settings = portal.services.directory.settings_of(operator, found.subscriber).await?;
    let record = DecisionRecord::from_json(&found.json).ok();
    let journey = TransactionRecord::from_json(&transaction.json).unwrap_or_default();
    let held = portal.records().junk_by_reference(operator, &reference).await?;
    let opened = ground::is_recorded(&portal, &visit, &reference).await?;
    let decided = record.as_ref().map(|record| &record.decision);
    let typed: Option<f64> = forms::query(&visit.path).text("threshold").parse().ok();
    let findings = decided.map(|decided| decision::findings(decided, &visit, opened)).unwrap_or_default();
    let findings = findings.into_iter().map(|one| {
        json!({
            "control": one.control, "sentence": one.sentence, "points": one.points,
            "mode": one.mode.trim_start_matches("mode-"),
        })
    });
    let authentication = journey.authentication.as_ref().map(decision::authentication).unwrap_or_default();
    let authentication = authentication.into_iter().map(|(name, outcome)| json!({"name": name, "outcome": outcome}));
    let what_if = decided.zip(typed).map(|(decided, typed)| {
        let then = decision::what_if(decided, &settings, typed, &visit);
        json!({"threshold": then.threshold, "action": then.action, "class": then.class, "outcome": then.outcome})
    });
    let why = decided.filter(|_| opened).map(|decided| explain(decided, &settings, visit.language()));
    let phone = phone::said(&portal, &visit, (&transaction, &found), held.as_ref(), opened).await?;
    let told = json!({
        "decision": row(&transaction, &found), "opened": opened,
        "held": held.map(|held| decision::state(held.state).trim_start_matches("state-")),
        "authentication": authentication.collect::<Vec<_>>(), "findings": findings.collect::<Vec<_>>(),
        "unknown": decided.map(|decided| decided.verdict.unknown.clone()).unwrap_or_default(), "why": mail::why(why),
        "what_if": what_if, "phone": phone.lines,
    });
    Ok(Json(told).into_response())
}

async fn content(
    State(portal): State<Portal>,
    visit: Visit,
    Path(reference): Path<String>,
) -> Result<Response, Problem> {
    let (held, raw) = ground::open(&portal, &visit, &reference).await?;
    let mut told = mail::opened(raw);
    told["subject"] = Value::String(held.subject);
    Ok(Json(told).into_response())
}

async fn counts(State(portal): State<Portal>, visit: Visit) -> Result<Response, Problem> {
    let operator = visit.operator()?;
    let hours = portal.records().hourly(operator, UnixMillis(visit.now.0 - 30 * 86_400_000)).await?;
    let hours = hours
        .into_iter()
        .map(|one| json!({"hour": told::time(one.hour), "class": one.class, "action": one.action, "count": one.count}));
    let day = UnixMillis(visit.now.0 - 86_400_000);
    let refusals = portal.records().folded_refusals(operator, day, 200).await?;
    let refusals = refusals.into_iter().map(|one| {
        let why = charts::early(&one.reason, &visit);
        json!({
            "minute": told::time(one.minute), "network": one.network, "reason": one.reason, "why": why,
            "count": one.count,
        })
    });
    let told = json!({"hours": hours.collect::<Vec<_>>(), "refusals": refusals.collect::<Vec<_>>()});
    Ok(Json(told).into_response())
}

async fn at_the_door(State(portal): State<Portal>, visit: Visit) -> Result<Response, Problem> {
    let wanted = forms::query(&visit.path).text("q");
    let the_door = &portal.services.door;
    let explained = wanted.parse().ok().map(|ip| the_door.explain(ip));
    let (held, lately) = match explained {
        Some(explained) => (explained.held, explained.deeds),
        None => (the_door.held(SOURCES), the_door.lately(SOURCES)),
    };
    let is_ip = wanted.parse::<std::net::IpAddr>().is_ok();
    let held =
        held.iter().filter(|one| is_ip || one.source.as_deref().unwrap_or_default().contains(&wanted)).map(|one| {
            json!({
                "source": one.source, "then": door::then_name(one.then),
                "why": sentence(visit.language(), &one.finding.reason, &one.finding.arguments),
                "since": one.since.map(told::time), "until": one.until.map(told::time),
            })
        });
    let lately = lately.iter().filter(|one| is_ip || one.ip.to_string().contains(&wanted)).map(|one| {
        json!({
            "source": one.ip.to_string(), "then": door::then_name(one.then),
            "why": sentence(visit.language(), &one.finding.reason, &one.finding.arguments),
            "first": told::time(one.first), "last": told::time(one.last), "count": one.count,
        })
    });
    let told = json!({"held": held.collect::<Vec<_>>(), "lately": lately.collect::<Vec<_>>()});
    Ok(Json(told).into_response())
}
