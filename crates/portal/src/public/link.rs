//! The page behind a link of a digest or a notice: it asks, and acts only when a person presses. Nobody has to sign in.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use controls::lists::{Entry, Pattern};
use message::Address;
use policy::digest::may_always_receive;
use store::records::junk::{JunkRow, JunkState};

use crate::digest::links::{Deed, Link};
use crate::digest::person::{Person, change_by_link};
use crate::forms::Form;
use crate::frame::{Frame, show};
use crate::problem::Problem;
use crate::state::Portal;
use crate::subscriber::held::tone;
use crate::subscriber::lists::{List, put};
use crate::subscriber::{decided, mine, offer};
use crate::visit::{Visit, by_subscriber};

#[derive(Template)]
#[template(path = "public/link.html")]
struct Page {
    f: Frame,
    token: String,
    state: Stage,
    row: JunkRow,
    icon: &'static str,
    tone: &'static str,
    reasons: Vec<String>,
    /// The sender can be put on the receive list.
    always: bool,
    /// That is what the link is for.
    allow: bool,
}

/// What the page shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Ask,
    Received,
    ReceivedAlways,
    Already,
}

/// A link that was read, with what it is about.
struct Found {
    link: Link,
    person: Person,
    row: JunkRow,
    used: bool,
    reasons: Vec<String>,
    always: bool,
}

async fn find(portal: &Portal, visit: &Visit, token: &str) -> Result<Found, Problem> {
    let link = portal.links.read(token, &[Deed::Take, Deed::Allow], visit.now)?;
    let person = Person::find(portal, link.operator, link.subscriber).await?.ok_or(Problem::LinkForged)?;
    if !is_for(visit, &person) {
        return Err(Problem::LinkOfAnother);
    }
    // What is deleted is forgotten after a while, and may meanwhile belong to nobody.
    let row = mine::one(portal, &person.row, &link.message.0.to_string()).await.map_err(|problem| match problem {
        Problem::NotFound => Problem::Gone,
        other => other,
    })?;
    let decision = decided::find(portal, row.operator, &row.reference).await?.and_then(|found| found.decision);
    let reasons = decision.as_ref().map(|decision| policy::explain::briefly(decision, visit.language(), 3));
    let named = Address::parse(&row.from_address).is_ok();
    let always = person.profile.lists.one_touch && named && may_always_receive(decision.as_ref(), &row.class);
    let used = portal.records().link_is_used(&portal.links.name(token)).await?;
    Ok(Found { link, person, row, used, reasons: reasons.unwrap_or_default(), always })
}

/// Somebody else who is signed in here opened a mail that was not for them, or a mail was passed on to them. Staff who look
/// at the person's pages are somebody else.
fn is_for(visit: &Visit, person: &Person) -> bool {
    let own = || visit.subscriber().ok().filter(|_| visit.acting().is_none());
    visit.who.is_none() || own().is_some_and(|row| (row.operator, row.id) == (person.row.operator, person.row.id))
}

/// Asks. Nothing happens, however often it is opened.
pub async fn page(State(portal): State<Portal>, visit: Visit, Path(token): Path<String>) -> Result<Response, Problem> {
    let found = find(&portal, &visit, &token).await?;
    let done = found.used || matches!(found.row.state, JunkState::Released | JunkState::Releasing);
    if !done && matches!(found.row.state, JunkState::Deleted | JunkState::Expired) {
        return Err(Problem::Gone);
    }
    Ok(draw(&visit, found, token, if done { Stage::Already } else { Stage::Ask }))
}

/// Acts on a press.
pub async fn act(
    State(portal): State<Portal>,
    visit: Visit,
    Path(token): Path<String>,
    form: Form,
) -> Result<Response, Problem> {
    let found = find(&portal, &visit, &token).await?;
    if found.used {
        return Ok(draw(&visit, found, token, Stage::Already));
    }
    let always = match form.text("deed").as_str() {
        "receive" => false,
        "always" if found.always => true,
        _ => return Err(Problem::BadForm),
    };
    if always {
        let offer = found.person.profile.lists.clone();
        let address = Address::parse(&found.row.from_address).map_err(|_| Problem::BadForm)?;
        let even_if_unverified = form.text("proof") == "any";
        change_by_link(&portal, &visit, &found.person, "receive", |layer| {
            let entry = Entry { even_if_unverified, ..Entry::new(Pattern::Address(address.key())) };
            put(layer, List::Receive, entry, &offer)
                .map_err(|exceeded| Problem::BadField(offer::said(visit.words, &exceeded)))
        })
        .await?;
    }
    let by = by_subscriber(found.person.row.id);
    portal.services.junk.release(found.row.operator, found.row.id, &by, &visit.from).await?;
    // Used up only now: where the next hop did not take it, the link is still good. To receive twice delivers once.
    portal.records().use_link(&portal.links.name(&token), visit.now, found.link.expires_at).await?;
    let state = if always { Stage::ReceivedAlways } else { Stage::Received };
    Ok(draw(&visit, found, token, state))
}

fn draw(visit: &Visit, found: Found, token: String, state: Stage) -> Response {
    let visit = found.person.visit(visit);
    let (tone, icon) = tone(&found.row.class);
    let title = match state {
        Stage::Ask => visit.words.say("link-title"),
        Stage::Received | Stage::ReceivedAlways => visit.words.say("link-done-title"),
        Stage::Already => visit.words.say("link-already-title"),
    };
    let page = Page {
        f: Frame::new(&visit, title),
        token,
        state,
        icon,
        tone,
        reasons: found.reasons,
        always: found.always,
        allow: found.link.deed == Deed::Allow,
        row: found.row,
    };
    let mut response = show(&page);
    if state == Stage::Already {
        *response.status_mut() = StatusCode::GONE;
    }
    response
}
