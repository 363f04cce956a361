//! Operations on a person's settings, by the person or by staff who act for one. Every change is a version.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use controls::lists::{ENTRY_ACTIONS, Entry, EntryAction};
use serde_json::{Value, json};

use super::kind::{Field, Kind, treatments};
use super::operation::Operation;
use super::schema::{flag, list, maybe_text, number, object, text, time, whole};
use super::scope::Scope;
use super::told;
use crate::forms::{self, Form};
use crate::problem::Problem;
use crate::security::roles::Who;
use crate::state::Portal;
use crate::subscriber::change::{self, Change, settable};
use crate::subscriber::tried::tried;
use crate::subscriber::{
    address_book, conditions, consent, digest, history, list_file, lists, offer, posing, presets, rules, senders,
};
use crate::visit::{Visit, by_subscriber};

/// Octets of a file of lists, or of contacts.
const FILE: usize = 1024 * 1024;
/// Rows of one page of lists.
const ROWS: usize = 200;

/// The rows.
pub fn operations() -> Vec<Operation> {
    let mut all = of_values();
    all.extend(of_lists());
    all.extend(of_rules());
    all.extend(of_versions());
    all
}

fn get<H, T>(id: &'static str, path: &str, handler: H) -> Operation
where
    H: axum::handler::Handler<T, Portal>,
    T: 'static,
{
    Operation::get(id, path, Who::Own, Scope::SettingsRead, handler)
}

fn put<H, T>(id: &'static str, path: &str, handler: H) -> Operation
where
    H: axum::handler::Handler<T, Portal>,
    T: 'static,
{
    Operation::put(id, path, Who::Own, Scope::SettingsWrite, handler).versioned()
}

fn post<H, T>(id: &'static str, path: &str, handler: H) -> Operation
where
    H: axum::handler::Handler<T, Portal>,
    T: 'static,
{
    Operation::post(id, path, Who::Own, Scope::SettingsWrite, handler)
}

fn classes() -> Vec<&'static str> {
    settable().map(|class| class.name()).collect()
}

fn of_values() -> Vec<Operation> {
    vec![
        get("settings-show", "/settings", show)
            .about("A person's own layer, what is in force, and the version for If-Match.")
            .gives(object(&[("version", whole()), ("layer", json!({"type": "object"})), ("in_force", in_force())]))
            .like("/settings").like("/settings/senders").like("/settings/posing").like("/settings/conditions"),
        get("settings-offer", "/settings/offer", offered)
            .about("What the operator offers: sizes of lists, levels, kinds of sender, presets, questions, conditions.")
            .gives(json!({"type": "object"}))
            .like("/settings/presets"),
        put("settings-level", "/settings/level", change::level)
            .about("How strict it is.")
            .takes(vec![
                Field::new("level", Kind::Text(1, 80), "standard, strict, gentle, own, or named-… of the offer.").needed(),
                Field::new("points", Kind::Number(0.0, 100.0), "With own: points from which mail is spam."),
            ])
            .like("/settings/level"),
        put("settings-actions", "/settings/actions", change::actions)
            .about("What happens to each kind of mail. A kind that is left out follows the operator.")
            .takes(vec![Field::new("actions", Kind::Map("action-", classes(), treatments()), "Kind and treatment.").needed()])
            .like("/settings/actions"),
        put("settings-days", "/settings/days", change::days)
            .about("How many days held mail waits; left out: as the operator has it.")
            .takes(vec![Field::new("days", Kind::Whole(1, 400), "Days.")])
            .like("/settings/days"),
        put("settings-label", "/settings/label", change::label)
            .about("The text of the subject label; left out: as the operator has it.")
            .takes(vec![Field::new("label", Kind::Text(0, 100), "The text.")])
            .like("/settings/label"),
        put("settings-digest", "/settings/digest", digest::save)
            .about("When a letter tells of held mail.")
            .takes(vec![
                Field::new("send", Kind::Text(1, 10), "off, notice (one for each message), or every how many hours.").needed(),
                Field::new("at", Kind::Whole(0, 23), "With hours: from which hour of the day."),
                Field::new("days", Kind::Names(vec!["1", "2", "3", "4", "5", "6", "7"]), "On which days, from Monday; left out: all.")
                    .called("day"),
                Field::new("empty", Kind::Flag, "Also where nothing was held."),
            ])
            .like("/settings/digest"),
        put("settings-furigana", "/settings/furigana", change::furigana)
            .about("Whether hard Japanese words stand with their reading on the pages.")
            .takes(vec![Field::new("furigana", Kind::Flag, "Left out: no.")])
            .like("/settings/furigana"),
        put("settings-senders", "/settings/senders", save_senders)
            .about("Kinds of sender, selective reception, the secret code and what refused senders hear. What is left out is taken off.")
            .takes(vec![
                Field::new("conditions", Kind::Map("condition-", Vec::new(), treatments()), "Condition and treatment."),
                Field::new("mode", Kind::Choice(vec!["everything", "named-in-full", "named-else-held", "headers-first", "all-held"]), "Selective reception."),
                Field::new("notice", Kind::Flag, "Whether the sender of refused mail is told so."),
                Field::new("code", Kind::Text(0, 20), "The secret code; empty: none."),
            ])
            .like("/settings/senders"),
        put("settings-posing", "/settings/posing", posing::save)
            .about("Impersonation: how much proof is asked for, named domains, exceptions, the rescue list.")
            .takes(vec![
                Field::new("level", Kind::Text(0, 40), "A level of the offer; left out: as it was."),
                Field::new("then", Kind::Choice(treatments()), "What happens; left out: as it was."),
                Field::new("domains", Kind::List(1_000, 255), "Domains of which proof is always asked."),
                Field::new("exceptions", Kind::List(1_000, 255), "Domains of which none is asked."),
                Field::new("rescue", Kind::List(100, 320), "`to: club@example.jp`, `cc: …`, `from: …`."),
            ])
            .like("/settings/posing"),
        put("settings-conditions", "/settings/conditions", save_conditions)
            .about("Conditions and what happens where one is met. What is left out is taken off.")
            .takes(vec![
                Field::new("conditions", Kind::Map("condition-", Vec::new(), treatments()), "Condition and treatment."),
                Field::new("size", Kind::Whole(1, 1_000_000_000), "One of the sizes of the offer, octets."),
                Field::new("size_kb", Kind::Whole(1, 1_000_000), "Any size, kB, where the offer has none.").called("size-kb"),
            ])
            .like("/settings/conditions"),
        get("address-book-show", "/settings/address-book", book)
            .about("The address book and how it is used.")
            .gives(object(&[("version", whole()), ("mode", text()), ("contacts", list(object(&[("address", text()), ("name", text())])))]))
            .like("/settings/address-book"),
        put("address-book-save", "/settings/address-book", address_book::save)
            .about("Puts another address book in the place of the one that is there.")
            .takes(vec![
                Field::new("mode", Kind::Choice(vec!["unused", "first", "only"]), "How it is used; left out: as it was."),
                Field::new("contacts", Kind::Contacts(5_000), "Who stands in it.").called("lines").needed(),
            ])
            .like("/settings/address-book"),
        put("settings-preset", "/settings/preset", presets::save)
            .about("Puts a preset on, or the answers to the questions of the offer.")
            .takes(asked())
            .like("/settings/try"),
        post("settings-try", "/settings/try", preview)
            .about("What that would set, and what it would have done to the mail of the last 14 days. Nothing is saved.")
            .takes(asked())
            .gives(object(&[("sets", list(text())), ("all", whole()), ("kept_back", whole()), ("delivered", whole()), ("unsaid", whole())]))
            .like("/settings/try"),
    ]
}

fn asked() -> Vec<Field> {
    vec![
        Field::new("preset", Kind::Text(1, 60), "Its id."),
        Field::new("answers", Kind::Answers("q-"), "Question and answer, by their ids."),
    ]
}

fn of_lists() -> Vec<Operation> {
    let which = || Kind::Choice(vec!["receive", "refuse"]);
    let then: Vec<&'static str> = ENTRY_ACTIONS.iter().map(|action| action.name()).collect();
    vec![
        get("list-show", "/lists", entries)
            .about("Entries of the receive and refuse lists.")
            .asks("list", which(), "Only this one.")
            .asks("q", Kind::Text(0, 200), "Only what holds this, or whose note does.")
            .asks("cursor", Kind::Whole(0, 1_000_000), "`next` of the page before.")
            .asks("limit", Kind::Whole(1, 200), "Rows of a page; left out: 200.")
            .gives(object(&[("version", whole()), ("items", list(entry_schema())), ("next", maybe_text())]))
            .like("/settings/lists"),
        put("list-entry-put", "/lists/{list}/{entry}", lists::add)
            .about("Puts an entry on a list; the same entry again changes what is said of it.")
            .asks("list", which(), "Which list.")
            .asks_as("entry", "text", Kind::Text(1, 320), "Address, domain, .domain, *part*, telephone number …")
            .takes(vec![
                Field::new("then", Kind::Choice(then), "What happens; for the refuse list."),
                Field::new("expires", Kind::Day, "The last day on which it is in force."),
                Field::new("note", Kind::Text(0, 100), "A note for its owner.").called("entry-note"),
                Field::new("even_if_unverified", Kind::Flag, "Receive it also where the sender is not proven.")
                    .called("unverified"),
            ])
            .like("/settings/lists/add"),
        Operation::delete("list-entry-delete", "/lists/{list}/{entry}", Who::Own, Scope::SettingsWrite, lists::remove)
            .about("Takes an entry off.")
            .asks("list", which(), "Which list.")
            .asks_as("entry", "text", Kind::Text(1, 320), "The entry as list-show writes it.")
            .versioned()
            .like("/settings/lists/remove"),
        get("list-export", "/lists.csv", lists::export)
            .about("Both lists as CSV, safe against formulas in spreadsheets.")
            .gives_csv()
            .like("/settings/lists.csv"),
        post("list-import", "/lists/{list}", lists::import)
            .about("Takes in a file: all of it, or nothing with the line that is wrong. At most 1 MB and 10,000 lines.")
            .asks("list", which(), "The list of lines that name none.")
            .takes_file("file", FILE)
            .versioned()
            .like("/settings/lists/import"),
    ]
}

fn of_rules() -> Vec<Operation> {
    let rule = || {
        vec![
            Field::new("name", Kind::Text(0, 60), "What its owner calls it; left out: its text."),
            Field::new(
                "join",
                Kind::Choice(vec!["all", "any"]),
                "Whether all conditions have to be met or any one; left out: all.",
            ),
            Field::new("conditions", Kind::Conditions(3), "What is looked for.").needed(),
            Field::new("then", Kind::Choice([treatments(), vec!["surely-spam"]].concat()), "What happens.").needed(),
        ]
    };
    vec![
        get("rule-list", "/rules", list_rules)
            .about("Keyword rules in their order.")
            .gives(object(&[("version", whole()), ("items", list(json!({"type": "object"})))]))
            .like("/settings/rules"),
        post("rule-add", "/rules", rules::add).about("Adds a rule.").takes(rule()).versioned().like("/settings/keywords/add"),
        post("rule-try", "/rules/try", try_rule)
            .about("Which held messages a rule would meet. Nothing is saved; staff who act for somebody see how many, not which.")
            .takes(rule())
            .gives(object(&[("all", whole()), ("met", list(object(&[("id", text()), ("subject", text()), ("found", text())])))]))
            .like("/settings/keywords/add"),
        Operation::delete("rule-delete", "/rules/{id}", Who::Own, Scope::SettingsWrite, rules::change)
            .about("Takes a rule off.")
            .asks("id", Kind::Text(1, 40), "Its id.")
            .versioned()
            .like("/settings/keywords/remove"),
        post("rule-change", "/rules/{id}", rules::change)
            .about("Moves a rule up or down, or switches it on or off.")
            .asks("id", Kind::Text(1, 40), "Its id.")
            .takes(vec![Field::new("deed", Kind::Choice(vec!["up", "down", "switch"]), "What to do.").needed()])
            .versioned()
            .like("/settings/keywords/remove"),
    ]
}

fn of_versions() -> Vec<Operation> {
    let said = object(&[("given", flag()), ("at", time()), ("text", whole()), ("by", text()), ("from", text())]);
    vec![
        get("consent-show", "/consent", show_consent)
            .about("Whether the content of mail may be looked at, and every time that was given or withdrawn.")
            .gives(object(&[("version", whole()), ("allowed", flag()), ("items", list(said))]))
            .like("/settings/consent"),
        put("consent-save", "/consent", consent::save)
            .about("Gives or withdraws it, from the next message on. What was taught is erased with a withdrawal.")
            .takes(vec![Field::new("consent", Kind::Choice(vec!["give", "withdraw"]), "Which.").needed()])
            .like("/settings/consent"),
        get("consent-export", "/consent.csv", consent::export)
            .about("The same as CSV: a person's own proof.")
            .gives_csv()
            .like("/settings/consent.csv"),
        get("version-list", "/versions", versions)
            .about("Versions of the settings, newest first: who, when, from where, why.")
            .gives(object(&[("version", whole()), ("items", list(version_schema()))]))
            .like("/settings/history"),
        post("version-restore", "/versions/{version}/restore", history::undo)
            .about("Goes back to an earlier version; 0: to nothing of one's own. Consent stays as it is.")
            .asks_as("version", "to", Kind::Whole(0, i64::MAX), "Its number.")
            .versioned()
            .like("/settings/undo"),
    ]
}

fn in_force() -> Value {
    object(&[("threshold", number()), ("label", text()), ("retention_days", whole()), ("content_allowed", flag())])
}

fn entry_schema() -> Value {
    object(&[
        ("list", text()),
        ("entry", text()),
        ("note", text()),
        ("then", maybe_text()),
        ("expires", maybe_text()),
        ("even_if_unverified", flag()),
    ])
}

fn version_schema() -> Value {
    object(&[
        ("version", whole()),
        ("at", time()),
        ("by", text()),
        ("from", text()),
        ("note", text()),
        ("changed", list(text())),
    ])
}

async fn show(State(portal): State<Portal>, visit: Visit) -> Result<Response, Problem> {
    let change = Change::own(&portal, &visit).await?;
    let person = visit.own()?.subscriber;
    let settings = portal.services.directory.settings_of(person.operator, Some(person.id)).await?;
    let layer: Value = serde_json::from_str(&change.layer.to_json()).unwrap_or_default();
    let in_force = json!({
        "threshold": settings.threshold, "label": settings.label, "retention_days": settings.retention_days,
        "content_allowed": settings.content_allowed,
    });
    let told = json!({"version": change.version, "layer": layer, "in_force": in_force});
    Ok(told::versioned(change.version, told))
}

async fn offered(State(portal): State<Portal>, visit: Visit) -> Result<Response, Problem> {
    let change = Change::own(&portal, &visit).await?;
    let profile = offer::profile(&portal, change.operator).await?;
    let mut told = serde_json::to_value(&profile).map_err(|fault| Problem::Fault(fault.to_string()))?;
    let without = profile.without(&offer::contract(&portal, &visit).await?, visit.now);
    told["offered_conditions"] = json!(conditions::choosable(&profile, &change.layer));
    told["offered_senders"] = json!(senders::reasons(&profile, &without));
    Ok(Json(told).into_response())
}

/// A condition that the page does not have would be passed over; a program is told.
fn only_known(form: &Form, known: &[String], visit: &Visit) -> Result<(), Problem> {
    let known: BTreeSet<String> = known.iter().map(|reason| format!("condition-{reason}")).collect();
    match form.names().find(|name| name.starts_with("condition-") && !known.contains(*name)) {
        Some(name) => Err(Problem::BadField(visit.words.say1("api-unknown-field", "field", name))),
        None => Ok(()),
    }
}

async fn save_senders(portal: State<Portal>, visit: Visit, form: Form) -> Result<Response, Problem> {
    let person = visit.own()?.subscriber;
    let profile = offer::profile(&portal, person.operator).await?;
    let without = profile.without(&offer::contract(&portal, &visit).await?, visit.now);
    only_known(&form, &senders::reasons(&profile, &without), &visit)?;
    senders::save(portal, visit, form).await
}

async fn save_conditions(portal: State<Portal>, visit: Visit, form: Form) -> Result<Response, Problem> {
    let change = Change::own(&portal, &visit).await?;
    let profile = offer::profile(&portal, change.operator).await?;
    only_known(&form, &conditions::choosable(&profile, &change.layer), &visit)?;
    conditions::save(portal, visit, form).await
}

async fn book(State(portal): State<Portal>, visit: Visit) -> Result<Response, Problem> {
    let change = Change::own(&portal, &visit).await?;
    let mode = change.layer.address_book_mode.map_or("unused", address_book::mode_name);
    let contacts = change.layer.address_book.iter();
    let contacts: Vec<Value> =
        contacts.map(|entry| json!({"address": entry.pattern.text(), "name": entry.note})).collect();
    let told = json!({"version": change.version, "mode": mode, "contacts": contacts});
    Ok(told::versioned(change.version, told))
}

async fn preview(State(portal): State<Portal>, visit: Visit, form: Form) -> Result<Response, Problem> {
    let change = Change::own(&portal, &visit).await?;
    let person = visit.own()?.subscriber;
    let profile = offer::profile(&portal, change.operator).await?;
    let (bundles, _) = presets::asked(&profile, &form)?;
    let after = presets::put_on(&profile, &change.layer, &bundles)?;
    let sets = presets::differences(&profile, &change.layer, &after, visit.words);
    let tried = tried(&portal, &person, &after, visit.now).await?;
    let told = json!({
        "sets": sets, "all": tried.all, "kept_back": tried.kept_back, "delivered": tried.delivered,
        "unsaid": tried.unsaid,
    });
    Ok(Json(told).into_response())
}

async fn entries(State(portal): State<Portal>, visit: Visit) -> Result<Response, Problem> {
    let change = Change::own(&portal, &visit).await?;
    let asked = forms::query(&visit.path);
    let (which, wanted) = (asked.text("list"), asked.text("q").to_lowercase());
    let all = [("receive", &change.layer.receive), ("refuse", &change.layer.refuse)];
    let all = all.into_iter().filter(|(name, _)| which.is_empty() || which == *name);
    let all = all.flat_map(|(name, entries)| entries.iter().map(move |entry| (name, entry)));
    let holds = |entry: &Entry| entry.pattern.text().contains(&wanted) || entry.note.to_lowercase().contains(&wanted);
    let start: usize = asked.text("cursor").parse().unwrap_or(0);
    let limit: usize = asked.text("limit").parse().unwrap_or(ROWS);
    let mut found = all.filter(|(_, entry)| holds(entry)).skip(start);
    let items: Vec<Value> = found
        .by_ref()
        .take(limit)
        .map(|(list, entry)| {
            json!({
                "list": list, "entry": entry.pattern.text(), "note": entry.note,
                "then": entry.then.map(EntryAction::name),
                "expires": entry.expires.map(|at| list_file::last_day(at, &visit.zone)),
                "even_if_unverified": entry.even_if_unverified,
            })
        })
        .collect();
    let next = found.next().map(|_| (start + items.len()).to_string());
    Ok(told::versioned(change.version, json!({"version": change.version, "items": items, "next": next})))
}

async fn list_rules(State(portal): State<Portal>, visit: Visit) -> Result<Response, Problem> {
    let change = Change::own(&portal, &visit).await?;
    let items = serde_json::to_value(&change.layer.keywords).map_err(|fault| Problem::Fault(fault.to_string()))?;
    Ok(told::versioned(change.version, json!({"version": change.version, "items": items})))
}

async fn try_rule(State(portal): State<Portal>, visit: Visit, form: Form) -> Result<Response, Problem> {
    let setting = rules::read(&form, "tried".into())?;
    let tried = rules::try_on_held(&portal, &visit, &setting.rule).await?;
    let met = tried.met.into_iter().map(|(id, subject, found)| json!({"id": id, "subject": subject, "found": found}));
    Ok(Json(json!({"all": tried.all, "met": met.collect::<Vec<_>>()})).into_response())
}

async fn show_consent(State(portal): State<Portal>, visit: Visit) -> Result<Response, Problem> {
    let change = Change::own(&portal, &visit).await?;
    let person = visit.own()?.subscriber;
    let settings = portal.services.directory.settings_of(person.operator, Some(person.id)).await?;
    let said = consent::said(&portal, &change, &by_subscriber(person.id)).await?;
    let items = said.into_iter().map(|one| {
        json!({
            "given": one.given, "at": told::time(one.at), "text": one.text, "by": one.by.trim_start_matches("by-"),
            "from": one.from,
        })
    });
    let items: Vec<Value> = items.collect();
    let told = json!({"version": change.version, "allowed": settings.content_allowed, "items": items});
    Ok(told::versioned(change.version, told))
}

async fn versions(State(portal): State<Portal>, visit: Visit) -> Result<Response, Problem> {
    let change = Change::own(&portal, &visit).await?;
    let lines = history::all(&portal, &visit, &change).await?;
    let items = lines.into_iter().map(|line| {
        json!({
            "version": line.version, "at": told::time(line.at), "by": line.by.trim_start_matches("by-"),
            "from": line.from, "note": line.note, "changed": line.changed,
        })
    });
    let items: Vec<Value> = items.collect();
    Ok(told::versioned(change.version, json!({"version": change.version, "items": items})))
}
