//! Operations on a subscriber's own mail: what was held and why, receiving, deleting, teaching, who was asked to wait.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use controls::lists::Pattern;
use message::UnixMillis;
use policy::explain::Explanation;
use serde_json::{Value, json};
use store::records::junk::{JunkRow, JunkState};

use super::kind::{Field, Kind};
use super::operation::Operation;
use super::schema::{flag, list, maybe_text, number, object, page, text, time, whole};
use super::scope::Scope;
use super::told;
use crate::forms;
use crate::message_view;
use crate::operator::looking;
use crate::problem::Problem;
use crate::security::roles::Who;
use crate::state::Portal;
use crate::subscriber::effect::effect;
use crate::subscriber::lists::List;
use crate::subscriber::{decided, deeds, held, lookup, mine, one_mail, sender, waiting};
use crate::visit::Visit;

/// Rows of one page, where nothing else is asked for.
const ROWS: u32 = 50;

/// The rows.
pub fn operations() -> Vec<Operation> {
    let (who, read, write) = (Who::Subscriber, Scope::MailRead, Scope::MailWrite);
    let deed =
        |operation: Operation, about: &'static str| operation.about(about).asks("id", Kind::Id, "The held message.");
    vec![
        Operation::get("held-list", "/held", who, read, list_held)
            .about("Held mail, page after page, however much there is.")
            .asks("show", Kind::Choice(vec!["held", "trash", "released"]), "Which; left out: what is held.")
            .asks("q", Kind::Text(0, 200), "Sender, subject or address to look for.")
            .asks("days", Kind::Whole(1, 400), "Only of the last so many days.")
            .asks(
                "sort",
                Kind::Choice(vec!["newest", "oldest", "sender", "leaving"]),
                "In which order; left out: newest.",
            )
            .asks("cursor", Kind::Id, "`next` of the page before, asked for in the same order.")
            .asks("limit", Kind::Whole(1, 200), "Rows of a page; left out: 50.")
            .gives(page(row_schema()))
            .like("/held"),
        deed(
            Operation::get("held-show", "/held/{id}", who, read, show),
            "One held message, explained: what was seen, what decided, what would have let it through.",
        )
        .gives(object(&[("message", row_schema()), ("why", why_schema())]))
        .like("/held/{id}"),
        deed(
            Operation::get("held-content", "/held/{id}/content", who, read, content),
            "What it says, as plain text, with its true links.",
        )
        .gives(object(&[
            ("text", text()),
            ("links", list(link())),
            ("attachments", list(text())),
            ("html", maybe_text()),
        ]))
        .like("/held/{id}")
        .like("/held/{id}/html"),
        deed(
            Operation::get("held-headers", "/held/{id}/headers", who, read, headers),
            "Its header fields, and the path it came.",
        )
        .gives(object(&[("path", list(step())), ("fields", list(object(&[("name", text()), ("value", text())])))]))
        .like("/held/{id}/headers"),
        deed(
            Operation::post("held-release", "/held/{id}/release", who, write, deeds::release),
            "Delivers the very same bytes past the filter. Once is enough: again changes nothing.",
        )
        .like("/held/{id}/release"),
        deed(
            Operation::delete("held-delete", "/held/{id}", who, write, deeds::delete),
            "Moves it to the trash, from where it can be taken back.",
        )
        .like("/held/{id}/delete"),
        Operation::post("held-delete-many", "/held/delete", who, write, deeds::delete_many)
            .about("The same for several; what is not one's own is passed over.")
            .takes(vec![Field::new("ids", Kind::Many(1_000, 40), "Held messages.").called("id").needed()])
            .like("/held/delete"),
        Operation::post("held-many", "/held/many", who, write, deeds::many)
            .about("Receives or deletes several, or says that they are not spam; what is not taken now stays held.")
            .takes(vec![
                Field::new("deed", Kind::Choice(vec!["release", "not-spam", "delete"]), "What to do.").needed(),
                Field::new("ids", Kind::Many(1_000, 40), "Held messages.").called("id").needed(),
            ])
            .like("/held/many"),
        deed(
            Operation::post("held-erase", "/held/{id}/erase", who, write, deeds::erase),
            "Erases it: its bytes can never be read again.",
        )
        .like("/held/{id}/erase"),
        deed(
            Operation::post("held-restore", "/held/{id}/restore", who, write, deeds::restore),
            "Takes it back out of the trash.",
        )
        .like("/held/{id}/restore"),
        deed(
            Operation::post("held-not-spam", "/held/{id}/not-spam", who, write, deeds::not_spam),
            "It is not spam: delivers it and teaches that.",
        )
        .like("/held/{id}/not-spam"),
        deed(
            Operation::post("held-spam", "/held/{id}/spam", who, write, deeds::spam),
            "It is spam: reports it, teaches that, and moves it to the trash.",
        )
        .like("/held/{id}/spam"),
        deed(
            Operation::get("held-sender", "/held/{id}/sender", who, read, preview),
            "What receiving or refusing its sender from now on would have done in the last 30 days.",
        )
        .asks("list", Kind::Choice(vec!["receive", "refuse"]), "Which list; left out: receive.")
        .gives(object(&[("choices", list(choice()))]))
        .like("/held/{id}/sender"),
        deed(
            Operation::post("held-sender-save", "/held/{id}/sender", who, Scope::SettingsWrite, sender::save),
            "Puts its sender on a list.",
        )
        .takes(vec![
            Field::new("list", Kind::Choice(vec!["receive", "refuse"]), "Which list.").needed(),
            Field::new("sender", Kind::Text(1, 320), "One of the choices of held-sender.").needed(),
            Field::new("proof", Kind::Choice(vec!["proven", "any"]), "`any`: also where the sender is not proven."),
        ])
        .versioned()
        .like("/held/{id}/sender"),
        Operation::get("waiting-list", "/waiting", who, read, list_waiting)
            .about("Senders that were asked to come again.")
            .gives(object(&[(
                "items",
                list(object(&[
                    ("recipient", text()),
                    ("network", text()),
                    ("identity", text()),
                    ("first", time()),
                    ("until", time()),
                ])),
            )]))
            .like("/waiting"),
        Operation::post("waiting-let-in", "/waiting/let-in", who, write, waiting::let_in)
            .about("Lets one in: its next try passes at once.")
            .takes(vec![
                Field::new("recipient", Kind::Text(1, 320), "As waiting-list names it.").needed(),
                Field::new("network", Kind::Text(1, 100), "As waiting-list names it.").needed(),
                Field::new("identity", Kind::Text(0, 320), "As waiting-list names it.").needed(),
            ])
            .like("/waiting/let-in"),
        Operation::get("lookup", "/lookup/{reference}", who, read, look_up)
            .about("What became of one message, for its own recipient, by its reference.")
            .asks("reference", Kind::Text(1, 40), "The reference, such as 7K3Q-92MX-4TDA.")
            .gives(object(&[
                ("at", time()),
                ("action", text()),
                ("class", text()),
                ("from", text()),
                ("held", maybe_text()),
                ("why", why_schema()),
            ]))
            .like("/lookup"),
    ]
}

fn row_schema() -> Value {
    object(&[
        ("id", text()),
        ("reference", text()),
        ("state", text()),
        ("class", text()),
        ("points", number()),
        ("from", text()),
        ("from_address", text()),
        ("subject", text()),
        ("recipient", text()),
        ("size", whole()),
        ("held_at", time()),
        ("expires_at", time()),
        ("reasons", list(text())),
        ("refused_by_next_hop", flag()),
        ("surely_from", maybe_text()),
        ("posing", flag()),
    ])
}

fn why_schema() -> Value {
    let seen = object(&[("text", text()), ("points", json!({"type": ["number", "null"]}))]);
    let mut why = object(&[
        ("outcome", text()),
        ("class", text()),
        ("class_otherwise", maybe_text()),
        ("seen", list(seen)),
        ("unknown", list(text())),
        ("reason", text()),
        ("otherwise", maybe_text()),
    ]);
    why["type"] = json!(["object", "null"]);
    why
}

fn link() -> Value {
    object(&[("shown", text()), ("host", text()), ("lies", flag())])
}

pub(super) fn step() -> Value {
    object(&[
        ("from", text()),
        ("ip", text()),
        ("by", text()),
        ("with", text()),
        ("at", json!({"type": ["string", "null"], "format": "date-time"})),
        ("seconds", json!({"type": ["integer", "null"]})),
        ("ours", flag()),
        ("trust", text()),
        ("country", maybe_text()),
    ])
}

fn choice() -> Value {
    object(&[
        ("sender", text()),
        ("is_domain", flag()),
        ("matched", whole()),
        ("kept_back", whole()),
        ("unproven", whole()),
        ("delivered", whole()),
    ])
}

/// An explanation.
pub(super) fn why(explanation: Option<Explanation>) -> Value {
    explanation.map_or(Value::Null, |why| {
        let seen: Vec<Value> = why.seen.iter().map(|line| json!({"text": line.text, "points": line.points})).collect();
        json!({
            "outcome": why.outcome, "class": why.class, "class_otherwise": why.class_otherwise, "seen": seen,
            "unknown": why.unknown, "reason": why.reason, "otherwise": why.otherwise,
        })
    })
}

fn state(state: JunkState) -> &'static str {
    match state {
        JunkState::Held => "held",
        JunkState::Trash => "trash",
        JunkState::Releasing | JunkState::Released => "released",
        JunkState::Deleted => "deleted",
        JunkState::Expired => "expired",
    }
}

async fn row(portal: &Portal, visit: &Visit, row: &JunkRow) -> Result<Value, Problem> {
    let mut row = row.clone();
    looking::close(visit, &mut row);
    let row = &row;
    let (reasons, mark) = held::said(portal, visit, row).await?;
    Ok(json!({
        "id": row.id.0, "reference": row.reference.to_string(), "state": state(row.state), "class": row.class,
        "points": row.points, "from": row.from, "from_address": row.from_address, "subject": row.subject,
        "recipient": row.recipient, "size": row.size, "held_at": told::time(row.held_at),
        "expires_at": told::time(row.expires_at), "reasons": reasons,
        "refused_by_next_hop": row.refused_by_next_hop, "surely_from": mark.proven(), "posing": mark.warns(),
    }))
}

async fn list_held(State(portal): State<Portal>, visit: Visit) -> Result<Response, Problem> {
    let asked = forms::query(&visit.path);
    let states: &[JunkState] = match asked.text("show").as_str() {
        "trash" => &[JunkState::Trash],
        "released" => &[JunkState::Released, JunkState::Releasing],
        _ => &[JunkState::Held],
    };
    let since = asked.text("days").parse::<i64>().ok().map(|days| UnixMillis(visit.now.0 - days * 86_400_000));
    let person = visit.subscriber()?;
    // What stands closed is not found by its words either.
    let text = if visit.opens_subjects() { asked.text("q") } else { String::new() };
    let limit = asked.text("limit").parse().unwrap_or(ROWS);
    let after = match mine::mark(&portal, person, &asked.text("cursor")).await {
        // What is not this person's, or is forgotten, has nothing after it.
        Err(Problem::NotFound) => return Ok(Json(json!({"items": [], "next": null})).into_response()),
        after => after?,
    };
    let order = held::order(&asked.text("sort"));
    // One more than is shown tells whether there is another page.
    let wanted = mine::Wanted { states, since, text: &text, order, after, limit: limit.saturating_add(1) };
    let mut rows = mine::page(&portal, person, &wanted).await?;
    let is_more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let mut items = Vec::new();
    for one in &rows {
        items.push(row(&portal, &visit, one).await?);
    }
    let next = rows.last().filter(|_| is_more).map(|row| row.id.0.to_string());
    Ok(Json(json!({"items": items, "next": next})).into_response())
}

async fn show(State(portal): State<Portal>, visit: Visit, Path(id): Path<String>) -> Result<Response, Problem> {
    let person = visit.subscriber()?;
    let held = mine::one(&portal, person, &id).await?;
    let explained = match decided::find(&portal, held.operator, &held.reference).await? {
        Some(found) => decided::why(&portal, &found, Some(person.id), &visit).await?,
        None => None,
    };
    Ok(Json(json!({"message": row(&portal, &visit, &held).await?, "why": why(explained)})).into_response())
}

async fn content(State(portal): State<Portal>, visit: Visit, Path(id): Path<String>) -> Result<Response, Problem> {
    let held = mine::one(&portal, visit.subscriber()?, &id).await?;
    looking::opens_content(&portal, &visit, &held.reference).await?;
    let (_, raw) = deeds::open(&portal, &held).await?;
    Ok(Json(opened(raw)).into_response())
}

/// What a message says.
pub(super) fn opened(raw: bytes::Bytes) -> Value {
    let html = message_view::html(&raw);
    let message = message_view::parse(raw);
    let links = message_view::links(&message);
    let links: Vec<Value> =
        links.iter().map(|link| json!({"shown": link.shown, "host": link.host, "lies": link.lies})).collect();
    json!({
        "text": message_view::text(&message), "links": links, "attachments": message_view::attachments(&message),
        "html": html,
    })
}

async fn headers(State(portal): State<Portal>, visit: Visit, Path(id): Path<String>) -> Result<Response, Problem> {
    looking::opens_headers(&visit)?;
    let held = mine::one(&portal, visit.subscriber()?, &id).await?;
    let (_, raw) = deeds::open(&portal, &held).await?;
    let (seen, _) = one_mail::seen(&portal, held.operator, &held.reference, held.held_at, &visit).await?;
    let message = message_view::parse(raw);
    let steps = path_told(message_view::path(&message, seen.as_ref(), &portal.options.countries));
    let fields = message_view::fields(&message);
    let fields = fields.into_iter().map(|(name, value)| json!({"name": name, "value": value}));
    let told = json!({"path": steps, "fields": fields.collect::<Vec<_>>()});
    Ok(Json(told).into_response())
}

/// The steps of a path, oldest first.
pub(super) fn path_told(path: message_view::Path) -> Vec<Value> {
    let steps = path.steps.into_iter().map(|step| {
        json!({
            "from": step.from, "ip": step.ip, "by": step.by, "with": step.with, "at": step.at.map(told::time),
            "seconds": step.seconds, "ours": step.trust == message_view::Trust::Ours, "trust": step.trust.name(),
            "country": step.country,
        })
    });
    steps.collect()
}

async fn preview(State(portal): State<Portal>, visit: Visit, Path(id): Path<String>) -> Result<Response, Problem> {
    looking::opens_headers(&visit)?;
    let person = visit.subscriber()?;
    let held = mine::one(&portal, person, &id).await?;
    let list = List::of(&forms::query(&visit.path).text("list")).unwrap_or(List::Receive);
    let mut choices = Vec::new();
    for pattern in sender::patterns(&held) {
        let effect = effect(&portal, person, list, &pattern, visit.now).await?;
        choices.push(json!({
            "sender": pattern.text(), "is_domain": matches!(pattern, Pattern::Domain(_)), "matched": effect.matched,
            "kept_back": effect.kept_back, "unproven": effect.unproven, "delivered": effect.delivered,
        }));
    }
    Ok(Json(json!({ "choices": choices })).into_response())
}

async fn list_waiting(State(portal): State<Portal>, visit: Visit) -> Result<Response, Problem> {
    let lines = waiting::lines(&portal, visit.subscriber()?).await?;
    let items = lines.into_iter().map(|line| {
        json!({
            "recipient": line.recipient, "network": line.network, "identity": line.identity,
            "first": told::time(line.first), "until": told::time(line.until),
        })
    });
    Ok(Json(json!({"items": items.collect::<Vec<_>>()})).into_response())
}

async fn look_up(
    State(portal): State<Portal>,
    visit: Visit,
    Path(reference): Path<String>,
) -> Result<Response, Problem> {
    let reference = store::Reference::parse(&reference).ok_or(Problem::NotFound)?;
    let found = lookup::find(&portal, &visit, &reference).await?.ok_or(Problem::NotFound)?;
    let row = &found.decided.row;
    let told = json!({
        "at": told::time(row.at), "action": row.action, "class": row.class,
        "from": found.decided.transaction.mail_from, "held": found.held, "why": why(found.why),
    });
    Ok(Json(told).into_response())
}
