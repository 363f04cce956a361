//! Stopping the digest from the digest: by one press in the mail program (RFC 8058), or on this page. Nobody signs in.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use policy::Digest;

use crate::digest::links::Deed;
use crate::digest::person::{Person, change_by_link};
use crate::forms::Form;
use crate::frame::{Frame, show};
use crate::problem::Problem;
use crate::state::Portal;
use crate::visit::Visit;

#[derive(Template)]
#[template(path = "public/stop.html")]
struct Page {
    f: Frame,
    token: String,
    address: String,
    stopped: bool,
    just_now: bool,
}

/// Asks. A scanner that opens the page stops nothing.
pub async fn page(State(portal): State<Portal>, visit: Visit, Path(token): Path<String>) -> Result<Response, Problem> {
    let person = find(&portal, &visit, &token).await?;
    Ok(draw(&visit, &person, token, person.choice == Digest::Off, false))
}

/// Stops it. The same link works again for as long as it lasts: a person who presses twice must not read of a fault.
pub async fn act(
    State(portal): State<Portal>,
    visit: Visit,
    Path(token): Path<String>,
    form: Form,
) -> Result<Response, Problem> {
    // RFC 8058 §3.2: only the body tells a press from a visit.
    if form.text("List-Unsubscribe") != "One-Click" {
        return Err(Problem::BadForm);
    }
    let person = find(&portal, &visit, &token).await?;
    if person.choice != Digest::Off {
        change_by_link(&portal, &visit, &person, "digest", |layer| {
            layer.digest = Some(Digest::Off);
            Ok(())
        })
        .await?;
    }
    Ok(draw(&visit, &person, token, true, true))
}

async fn find(portal: &Portal, visit: &Visit, token: &str) -> Result<Person, Problem> {
    let link = portal.links.read(token, &[Deed::Stop], visit.now)?;
    Person::find(portal, link.operator, link.subscriber).await?.ok_or(Problem::LinkForged)
}

fn draw(visit: &Visit, person: &Person, token: String, stopped: bool, just_now: bool) -> Response {
    let visit = person.visit(visit);
    let f = Frame::new(&visit, visit.words.say(if stopped { "stop-done-title" } else { "stop-title" }));
    show(&Page { f, token, address: person.row.login.clone(), stopped, just_now })
}
