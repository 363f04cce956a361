//! Operations of the header viewer, of taking held mail in parts, of mail with links, of contracts and settings in use.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::kind::{Field, Kind, treatments};
use super::mail::{path_told, step};
use super::operation::Operation;
use super::schema::{flag, list, maybe_time, object, text, time, whole};
use super::scope::Scope;
use super::told;
use crate::message_view;
use crate::operator::{contract, looking, usage};
use crate::problem::Problem;
use crate::security::roles::Who;
use crate::state::Portal;
use crate::subscriber::{deeds, links, mail, one_mail};
use crate::visit::Visit;

/// The rows.
pub fn operations() -> Vec<Operation> {
    let mut all = of_mail();
    all.extend(of_held());
    all.extend(of_staff());
    all
}

fn of_mail() -> Vec<Operation> {
    let (who, reference) = (Who::Subscriber, || Kind::Text(1, 40));
    vec![
        Operation::get("mail-list", "/mail", who, Scope::MailRead, list_mail)
            .about(
                "Mail of the last days as the operator's offer says, delivered (where its headers are kept) and held.",
            )
            .gives(object(&[
                ("kept", flag()),
                (
                    "items",
                    list(object(&[
                        ("reference", text()),
                        ("from", text()),
                        ("subject", text()),
                        ("at", time()),
                        ("state", text()),
                    ])),
                ),
            ]))
            .like("/mail"),
        Operation::put("mail-keep", "/mail/keep", who, Scope::SettingsWrite, mail::keep)
            .about("Begins or ends keeping header sections of delivered mail. Ending erases what was kept.")
            .takes(vec![Field::new("keep", Kind::Choice(vec!["yes", "no"]), "Which.").needed()])
            .versioned()
            .like("/mail/keep"),
        Operation::get("mail-show", "/mail/{reference}", who, Scope::MailRead, show)
            .about("Header fields of one message, the path it came with what can be trusted, and the sender in words.")
            .asks("reference", reference(), "Its reference.")
            .gives(object(&[
                ("whole", flag()),
                ("path", list(step())),
                ("proof", list(object(&[("word", text()), ("text", text())]))),
                ("fields", list(object(&[("name", text()), ("value", text())]))),
            ]))
            .like("/mail/{reference}")
            .like("/mail/{reference}/save"),
        Operation::post("mail-report", "/mail/{reference}/report", who, Scope::MailWrite, one_mail::forward)
            .about("Passes it on with its full headers to the operator's address for reports.")
            .asks("reference", reference(), "Its reference.")
            .takes(vec![
                Field::new("agree", Kind::Flag, "The person agrees to that.").needed(),
                Field::new("whole", Kind::Flag, "The text and attachments too, where they are still there."),
                Field::new("note", Kind::Text(0, 1_000), "A remark."),
            ])
            .like("/mail/{reference}/forward"),
        Operation::put("settings-links", "/settings/links", Who::Own, Scope::SettingsWrite, links::save)
            .about("Mail with links: let in, refused, or refused by category.")
            .takes(vec![
                Field::new("mode", Kind::Choice(vec!["allow", "refuse-all", "refuse-listed"]), "Which.").needed(),
                Field::new("categories", Kind::Many(100, 60), "With refuse-listed: kinds of pages.").called("category"),
                Field::new("then", Kind::Choice(treatments()), "What happens to mail that is not let in.").needed(),
            ])
            .versioned()
            .like("/settings/links"),
    ]
}

fn of_held() -> Vec<Operation> {
    let (who, write) = (Who::Subscriber, Scope::MailWrite);
    vec![
        Operation::post("held-release-named", "/held/release-named", who, write, deeds::release_named)
            .about("Delivers all that waits from senders on the receive list or in the address book.")
            .like("/held/release-named"),
        Operation::post("held-release-stripped", "/held/{id}/release-stripped", who, write, deeds::release_stripped)
            .about("Delivers it without its attachments; the whole of it is kept until its time is over.")
            .asks("id", Kind::Id, "The held message.")
            .like("/held/{id}/release-stripped"),
        Operation::post("held-release-whole", "/held/{id}/release-whole", who, write, deeds::release_whole)
            .about("Delivers the whole of what was taken without its attachments.")
            .asks("id", Kind::Id, "The held message.")
            .like("/held/{id}/release-whole"),
    ]
}

fn of_staff() -> Vec<Operation> {
    let contract = "/staff/subscribers/{id}/contract";
    vec![
        Operation::post("subscriber-contract", contract, Who::Support, Scope::StaffWrite, contract::save)
            .about("When a contract began, and an option with its first and last day.")
            .asks("id", Kind::Whole(1, i64::MAX), "Their number.")
            .takes(vec![
                Field::new("begins", Kind::Day, "When it began."),
                Field::new("feature", Kind::Text(0, 40), "The option."),
                Field::new("from", Kind::Day, "Its first day."),
                Field::new("until", Kind::Day, "Its last day."),
                Field::new("option", Kind::Choice(vec!["remove"]), "Takes the option back."),
            ])
            .like("/staff/subscribers/{id}/contract"),
        Operation::get("usage", "/staff/usage", Who::Viewer, Scope::StaffRead, in_use)
            .about("How many people use which settings, and what decided refusals.")
            .gives(object(&[
                ("people", whole()),
                ("counted", whole()),
                ("at", maybe_time()),
                ("counting", flag()),
                (
                    "charts",
                    list(object(&[("title", text()), ("rows", list(object(&[("name", text()), ("count", whole())])))])),
                ),
            ]))
            .like("/staff/usage"),
    ]
}

async fn list_mail(State(portal): State<Portal>, visit: Visit) -> Result<Response, Problem> {
    let found = mail::find(&portal, &visit).await?;
    let items = found.lines.iter().map(|line| {
        let state = line.state.trim_start_matches("state-");
        json!({
            "reference": line.reference, "from": line.from, "subject": line.subject, "at": told::time(line.at),
            "state": state,
        })
    });
    Ok(Json(json!({"kept": found.kept, "items": items.collect::<Vec<_>>()})).into_response())
}

async fn show(State(portal): State<Portal>, visit: Visit, Path(reference): Path<String>) -> Result<Response, Problem> {
    looking::opens_headers(&visit)?;
    let person = visit.subscriber()?;
    let one = one_mail::find(&portal, person, &reference, visit.now).await?;
    let (seen, proof) = one_mail::seen(&portal, person.operator, &one.reference, one.at, &visit).await?;
    let message = message_view::parse(one.raw.clone());
    let mut fields = message_view::fields(&message_view::parse(one.ours.clone()));
    fields.extend(message_view::fields(&message));
    let fields: Vec<Value> = fields.into_iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
    let proof: Vec<Value> = proof.into_iter().map(|said| json!({"word": said.word, "text": said.text})).collect();
    let path = message_view::path(&message, seen.as_ref(), &portal.options.countries);
    let told = json!({"whole": one.whole, "path": path_told(path), "proof": proof, "fields": fields});
    Ok(Json(told).into_response())
}

async fn in_use(State(portal): State<Portal>, visit: Visit) -> Result<Response, Problem> {
    let used = usage::gather(&portal, &visit).await?;
    let charts = used.charts.iter().map(|chart| {
        let rows = chart.rows.iter().map(|(name, count)| json!({"name": name, "count": count}));
        json!({"title": chart.title, "rows": rows.collect::<Vec<_>>()})
    });
    let told = json!({
        "people": used.people, "counted": used.counted, "at": used.at.map(told::time), "counting": used.counting,
        "charts": charts.collect::<Vec<_>>(),
    });
    Ok(Json(told).into_response())
}
