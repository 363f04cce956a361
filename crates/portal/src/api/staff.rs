//! Operations of staff on subscribers and the operator: finding, acting with a recorded reason, import, settings, audit.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use policy::Settings;
use policy::settings::Layers;
use serde_json::{Value, json};
use store::records::directory::{AddressKind, SubscriberRow};

use super::kind::{Field, Kind, treatments};
use super::operation::Operation;
use super::schema::{flag, list, number, object, page, text, time, whole};
use super::scope::Scope;
use super::told;
use crate::forms::{self, Form};
use crate::operator::import::Fault;
use crate::operator::profile::Put;
use crate::operator::{acting, audit, defaults, exchange, profile, subscribers};
use crate::problem::Problem;
use crate::security::roles::Who;
use crate::state::Portal;
use crate::subscriber::change::{Change, settable};
use crate::subscriber::settings::level_name;
use crate::visit::Visit;

/// Octets of an imported list of subscribers.
const IMPORT: usize = 16 * 1024 * 1024;
/// Rows of one page.
const ROWS: u32 = 50;

/// The rows.
pub fn operations() -> Vec<Operation> {
    let mut all = on_subscribers();
    all.extend(on_the_operator());
    all
}

fn on_subscribers() -> Vec<Operation> {
    let (read, write) = (Scope::StaffRead, Scope::StaffWrite);
    vec![
        Operation::get("subscriber-list", "/staff/subscribers", Who::Viewer, read, find)
            .about("Subscribers by name, login or address.")
            .asks("q", Kind::Text(0, 200), "What to look for.")
            .asks("cursor", Kind::Whole(0, 100_000_000), "`next` of the page before.")
            .asks("limit", Kind::Whole(1, 200), "Rows of a page; left out: 50.")
            .gives(page(person_schema()))
            .like("/staff/subscribers"),
        Operation::get("subscriber-show", "/staff/subscribers/{id}", Who::Viewer, read, one)
            .about("One subscriber: addresses, how strict, on what ground content is looked at. Nothing of any message.")
            .asks("id", Kind::Whole(1, i64::MAX), "Their number.")
            .gives(object(&[
                ("subscriber", person_schema()), ("addresses", list(object(&[("address", text()), ("alias_of", text())]))),
                ("level", text()), ("content_allowed", flag()), ("version", whole()), ("taught_spam", whole()),
                ("taught_wanted", whole()),
            ]))
            .like("/staff/subscribers/{id}"),
        Operation::post("subscriber-act", "/staff/subscribers/{id}/act", Who::Support, write, acting::begin)
            .about("Begins to act for a subscriber, for half an hour, on settings only. The subscriber sees that it happened.")
            .asks("id", Kind::Whole(1, i64::MAX), "Their number.")
            .takes(vec![Field::new("reason", Kind::Text(5, 300), "Why; it is recorded.").needed()])
            .like("/staff/subscribers/{id}/act"),
        Operation::post("subscriber-stop-acting", "/staff/stop-acting", Who::Support, write, acting::stop)
            .about("Ends that.")
            .like("/staff/stop-acting"),
        Operation::get("subscriber-export", "/staff/subscribers.csv", Who::Administrator, read, exchange::export)
            .about("Every subscriber as CSV, in the columns that the import takes.")
            .gives_csv()
            .like("/staff/subscribers.csv"),
        Operation::post("subscriber-import", "/staff/subscribers/import", Who::Administrator, write, import)
            .about("Takes in a list of at most 16 MB: all of it, or nothing with every fault by line and column.")
            .takes_file("file", IMPORT)
            .gives(object(&[("rows", whole()), ("new", whole())]))
            .like("/staff/subscribers/import"),
    ]
}

fn on_the_operator() -> Vec<Operation> {
    let (read, write) = (Scope::StaffRead, Scope::StaffWrite);
    let classes = settable().map(|class| class.name()).collect();
    let condition = |name: &'static str, form: &'static str| {
        Field::new(name, Kind::Flag, "One of the five conditions.").called(form)
    };
    vec![
        Operation::get("operator-settings", "/staff/settings", Who::Viewer, read, operators_settings)
            .about("The operator's default settings and their version.")
            .gives(object(&[
                ("version", whole()),
                ("threshold", number()),
                ("retention_days", whole()),
                ("label", text()),
                ("proven_only", flag()),
                ("default_on", flag()),
                ("layer", json!({"type": "object"})),
            ]))
            .like("/staff/defaults"),
        Operation::put("operator-settings-save", "/staff/settings", Who::Administrator, write, defaults::save)
            .about("Changes them. What subscribers set themselves stays theirs; what is left out follows the program.")
            .takes(vec![
                Field::new("threshold", Kind::Number(0.0, 100.0), "Points from which mail is spam.").needed(),
                Field::new("retention_days", Kind::Whole(1, 400), "How many days held mail waits.")
                    .called("retention")
                    .needed(),
                Field::new("label", Kind::Text(0, 100), "The text of the subject label."),
                Field::new("proven_only", Kind::Flag, "A receive entry helps only a proven sender.")
                    .called("proven-only"),
                condition("changeable_any_time", "changeable-any-time"),
                condition("same_terms_otherwise", "same-terms-otherwise"),
                condition("scope_is_limited", "scope-is-limited"),
                condition("typically_agreeable", "typically-agreeable"),
                condition("told_beforehand", "told-beforehand"),
                Field::new("actions", Kind::Map("action-", classes, treatments()), "Kind of mail and treatment."),
                Field::new("note", Kind::Text(0, 300), "A note, kept with the version."),
            ])
            .versioned()
            .like("/staff/defaults"),
        Operation::get("operator-profile", "/staff/profile", Who::Viewer, read, profile_shown)
            .about("What subscribers are offered, as TOML.")
            .gives(object(&[("version", whole()), ("toml", text()), ("shipped", flag())]))
            .like("/staff/profile"),
        Operation::put("operator-profile-save", "/staff/profile", Who::Administrator, write, profile_saved)
            .about("Puts another profile into force. What subscribers have set stays theirs.")
            .takes(vec![
                Field::new("toml", Kind::Lines(500_000), "The profile.").called("text").needed(),
                Field::new("note", Kind::Text(0, 300), "A note, kept with the version."),
            ])
            .versioned()
            .like("/staff/profile"),
        Operation::get("audit-list", "/staff/audit", Who::Administrator, read, audited)
            .about("Who did what to whom, when, from where, why; newest first.")
            .asks("target", Kind::Text(0, 200), "Only to this: subscriber:12, a reference …")
            .asks("cursor", Kind::Whole(0, 100_000_000), "`next` of the page before.")
            .asks("limit", Kind::Whole(1, 200), "Rows of a page; left out: 50.")
            .gives(page(object(&[
                ("at", time()),
                ("by", text()),
                ("from", text()),
                ("action", text()),
                ("target", text()),
                ("detail", text()),
            ])))
            .like("/staff/audit"),
    ]
}

fn person_schema() -> Value {
    object(&[("id", whole()), ("login", text()), ("name", text()), ("group", text()), ("language", text())])
}

fn person(row: &SubscriberRow) -> Value {
    json!({"id": row.id.0, "login": row.login, "name": row.name, "group": row.group, "language": row.language})
}

/// Where a page starts, how many rows it has, and the cursor of the next.
fn bounds(visit: &Visit) -> (u32, u32, impl Fn(usize) -> Option<String>) {
    let asked = forms::query(&visit.path);
    let start: u32 = asked.text("cursor").parse().unwrap_or(0);
    let limit: u32 = asked.text("limit").parse().unwrap_or(ROWS);
    (start, limit, move |count: usize| (count == limit as usize).then(|| start.saturating_add(limit).to_string()))
}

async fn find(State(portal): State<Portal>, visit: Visit) -> Result<Response, Problem> {
    let (start, limit, next) = bounds(&visit);
    let wanted = forms::query(&visit.path).text("q");
    let rows = portal.records().find_subscribers(visit.operator()?, &wanted, limit, start).await?;
    let items: Vec<Value> = rows.iter().map(person).collect();
    Ok(Json(json!({"items": items, "next": next(rows.len())})).into_response())
}

async fn one(State(portal): State<Portal>, visit: Visit, Path(id): Path<String>) -> Result<Response, Problem> {
    let operator = visit.operator()?;
    let row = subscribers::find(&portal, operator, &id).await?;
    let settings = portal.services.directory.settings_of(operator, Some(row.id)).await?;
    let (spam, wanted) = portal.services.learning.taught(operator, row.id).await?;
    let addresses = portal.records().addresses_of(operator, row.id).await?;
    let addresses = addresses.into_iter().map(|row| match row.kind {
        AddressKind::Mailbox => json!({"address": row.key, "alias_of": ""}),
        AddressKind::Alias(target) => json!({"address": row.key, "alias_of": target}),
    });
    let told = json!({
        "subscriber": person(&row), "addresses": addresses.collect::<Vec<_>>(), "level": level_name(&visit, &settings),
        "content_allowed": settings.content_allowed, "version": settings.versions[2], "taught_spam": spam,
        "taught_wanted": wanted,
    });
    Ok(Json(told).into_response())
}

async fn import(State(portal): State<Portal>, visit: Visit, form: Form) -> Result<Response, Problem> {
    match exchange::take_in(&portal, &visit, form.bytes("file")).await? {
        Ok((rows, new)) => Ok(Json(json!({"rows": rows, "new": new})).into_response()),
        Err(faults) => {
            let list = |fault: &Fault| json!({"line": fault.line, "column": fault.column, "detail": fault.problem});
            let list: Vec<Value> = faults.iter().map(list).collect();
            Ok(told::faults(StatusCode::UNPROCESSABLE_ENTITY, "problem-import", Value::Array(list), &visit))
        }
    }
}

async fn operators_settings(State(portal): State<Portal>, visit: Visit) -> Result<Response, Problem> {
    let change = Change::of_operator(&portal, &visit).await?;
    let layer: Value = serde_json::from_str(&change.layer.to_json()).unwrap_or_default();
    let operator = Some((change.version, change.layer.into()));
    let settings = Settings::resolve(&Layers { operator, ..Layers::default() });
    let told = json!({
        "version": change.version, "threshold": settings.threshold, "retention_days": settings.retention_days,
        "label": settings.label, "proven_only": settings.allow_requires_auth, "default_on": settings.content_allowed,
        "layer": layer,
    });
    Ok(told::versioned(change.version, told))
}

async fn profile_shown(State(portal): State<Portal>, visit: Visit) -> Result<Response, Problem> {
    let change = Change::of_operator(&portal, &visit).await?;
    let (toml, shipped) = profile::in_force(&change);
    Ok(told::versioned(change.version, json!({"version": change.version, "toml": toml, "shipped": shipped})))
}

async fn profile_saved(State(portal): State<Portal>, visit: Visit, form: Form) -> Result<Response, Problem> {
    match profile::put(&portal, &visit, &form).await? {
        Put::InForce => Ok(profile::saved()),
        Put::Wrong { bad, .. } => Err(Problem::BadField(bad.to_string())),
    }
}

async fn audited(State(portal): State<Portal>, visit: Visit) -> Result<Response, Problem> {
    let (start, limit, next) = bounds(&visit);
    let target = forms::query(&visit.path).text("target");
    let rows = audit::rows(&portal, &visit, &target, limit, start).await?;
    let count = rows.len();
    let items = rows.into_iter().map(|row| {
        json!({
            "at": told::time(row.at), "by": row.by, "from": row.from, "action": row.action, "target": row.target,
            "detail": row.detail,
        })
    });
    Ok(Json(json!({"items": items.collect::<Vec<_>>(), "next": next(count)})).into_response())
}
