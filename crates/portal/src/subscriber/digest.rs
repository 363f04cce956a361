//! The page of the digest (SUB-15): whether, when, on which days; and what the next one would look like now.

use askama::Template;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_FRAME_OPTIONS};
use axum::response::{IntoResponse, Response};
use message::UnixMillis;
use policy::Digest;
use policy::digest::USUAL_HOUR;
use policy::profile::Feature;

use crate::digest::gather::{self, Acting, SHOWN};
use crate::digest::person::Person;
use crate::digest::{letter, schedule};
use crate::forms::Form;
use crate::frame::{Frame, go, show};
use crate::problem::Problem;
use crate::state::Portal;
use crate::subscriber::change::Change;
use crate::subscriber::offer;
use crate::visit::Visit;

/// The mail in a frame of another origin: nothing runs, loads, or leads anywhere; its own styles are ours.
const PREVIEW: &str = "sandbox; default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; \
                       frame-ancestors 'self'";

#[derive(Template)]
#[template(path = "subscriber/digest.html")]
struct Page {
    f: Frame,
    version: i64,
    address: String,
    missing: Vec<String>,
    /// There is something to choose: the contract has it, or it can be switched off.
    can_choose: bool,
    /// Hours to choose from, and whether they are chosen.
    every: Vec<(u16, bool)>,
    each_message: bool,
    off: bool,
    each_chosen: bool,
    at: u8,
    days: Vec<(u8, bool)>,
    also_empty: bool,
    next: Option<UnixMillis>,
    /// Staff see no subjects.
    preview: bool,
    no_address: bool,
}

async fn person(portal: &Portal, visit: &Visit) -> Result<Person, Problem> {
    let own = visit.own()?.subscriber;
    let mut person = Person::find(portal, own.operator, own.id).await?.ok_or(Problem::NotFound)?;
    person.words = visit.words;
    Ok(person)
}

/// The page.
pub async fn page(State(portal): State<Portal>, visit: Visit) -> Result<Response, Problem> {
    let change = Change::own(&portal, &visit).await?;
    let person = person(&portal, &visit).await?;
    let offered = &person.profile.digest;
    let (chosen, at, days, also_empty) = match &person.choice {
        Digest::Every { hours, at, days, also_empty } => (Some(*hours), *at, days.clone(), *also_empty),
        Digest::Off | Digest::EachMessage => (None, USUAL_HOUR, Vec::new(), false),
    };
    let mut hours = offered.every_hours.clone();
    // What was chosen when more was offered stays, and is shown.
    hours.extend(chosen.filter(|chosen| !offered.every_hours.contains(chosen)));
    let page = Page {
        f: Frame::new(&visit, visit.words.say("digest-title")),
        version: change.version,
        address: person.row.login.clone(),
        missing: offer::missing(&portal, &visit, &person.profile, &[Feature::Digest]).await?,
        can_choose: person.choice != Digest::Off
            || offer::has(&portal, &visit, &person.profile, Feature::Digest).await?,
        every: hours.into_iter().map(|one| (one, chosen == Some(one))).collect(),
        each_message: offered.each_message || person.choice == Digest::EachMessage,
        off: person.choice == Digest::Off,
        each_chosen: person.choice == Digest::EachMessage,
        at,
        days: (1..=7).map(|day| (day, days.is_empty() || days.contains(&day))).collect(),
        also_empty,
        next: schedule::next(&person.choice, &person.zone, visit.now),
        preview: visit.acting().is_none(),
        no_address: portal.options.url.is_empty(),
    };
    Ok(show(&page))
}

/// Saves it.
pub async fn save(State(portal): State<Portal>, visit: Visit, form: Form) -> Result<Response, Problem> {
    let mut change = Change::own(&portal, &visit).await?;
    change.layer.digest = Some(chosen(&form)?);
    change.store(&portal, &visit, &form, "digest").await?;
    Ok(go("/settings/digest?done=saved-digest"))
}

/// `send` of a form: `off`, `notice`, or hours.
fn chosen(form: &Form) -> Result<Digest, Problem> {
    let hours = match form.text("send").as_str() {
        "off" => return Ok(Digest::Off),
        "notice" => return Ok(Digest::EachMessage),
        hours => hours.parse().map_err(|_| Problem::BadForm)?,
    };
    let at = form.text("at").parse().map_err(|_| Problem::BadForm)?;
    let mut days =
        form.all("day").map(|day| day.parse()).collect::<Result<Vec<u8>, _>>().map_err(|_| Problem::BadForm)?;
    days.sort_unstable();
    days.dedup();
    // All seven, or none ticked: every day.
    if days.len() == 7 {
        days.clear();
    }
    Ok(Digest::Every { hours, at, days, also_empty: form.ticked("empty") })
}

/// The mail as it would be now.
pub async fn html(State(portal): State<Portal>, visit: Visit) -> Result<Response, Problem> {
    // Whose mail it is, and nobody who acts for them: it has subjects and senders.
    visit.subscriber()?;
    let person = person(&portal, &visit).await?;
    let (count, rows) = portal.records().untold(person.row.operator, person.row.id, SHOWN).await?;
    let told = gather::told(&portal, &person, &rows, count, visit.now, Acting::Nothing).await?;
    let letter = letter::write(&person, &told).map_err(Problem::Fault)?;
    let mut response = letter.html.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(PREVIEW));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN"));
    Ok(response)
}
