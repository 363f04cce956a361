//! The operator's profile: what subscribers are offered, read, checked and put into force as a version of its own.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use policy::Profile;

use crate::forms::Form;
use crate::frame::{Frame, go, show};
use crate::problem::Problem;
use crate::state::Portal;
use crate::subscriber::change::Change;
use crate::visit::Visit;

#[derive(Template)]
#[template(path = "operator/profile.html")]
struct Page {
    f: Frame,
    version: i64,
    text: String,
    wrong: Option<(String, String)>,
    shipped: bool,
}

/// The page with the profile in force.
pub async fn page(State(portal): State<Portal>, visit: Visit) -> Result<Response, Problem> {
    let change = Change::of_operator(&portal, &visit).await?;
    let text = match &change.layer.profile {
        Some(profile) => profile.to_toml(),
        None => policy::profile::SHIPPED.to_owned(),
    };
    let shipped = change.layer.profile.is_none();
    let f = Frame::new(&visit, visit.words.say("profile-title"));
    Ok(show(&Page { f, version: change.version, text, wrong: None, shipped }))
}

/// Puts another one into force. What subscribers have set stays theirs.
pub async fn save(State(portal): State<Portal>, visit: Visit, form: Form) -> Result<Response, Problem> {
    let mut change = Change::of_operator(&portal, &visit).await?;
    let text = form.text("text");
    match Profile::from_toml(&text) {
        Ok(profile) => change.layer.profile = Some(Box::new(profile)),
        Err(bad) => {
            let f = Frame::new(&visit, visit.words.say("profile-title"));
            let wrong = Some((bad.key, bad.problem));
            let mut response = show(&Page { f, version: change.version, text, wrong, shipped: false });
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            return Ok(response);
        }
    }
    change.store(&portal, &visit, &form, "profile").await?;
    Ok(go("/staff/profile?done=saved"))
}
