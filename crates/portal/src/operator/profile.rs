//! The operator's profile: what subscribers are offered, read, checked and put into force as a version of its own.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use policy::Profile;
use policy::profile::BadProfile;

use crate::forms::Form;
use crate::frame::{Frame, go, show, show_again};
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

/// What became of a profile that was sent.
pub(crate) enum Put {
    /// It is in force.
    InForce,
    /// It cannot be; nothing was changed.
    Wrong {
        /// The version that stays in force.
        version: i64,
        /// What is wrong.
        bad: BadProfile,
    },
}

/// The profile in force as TOML, and whether it is the shipped one.
pub(crate) fn in_force(change: &Change) -> (String, bool) {
    match &change.layer.profile {
        Some(profile) => (profile.to_toml(), false),
        None => (policy::profile::SHIPPED.to_owned(), true),
    }
}

/// The page with the profile in force.
pub async fn page(State(portal): State<Portal>, visit: Visit) -> Result<Response, Problem> {
    let change = Change::of_operator(&portal, &visit).await?;
    let (text, shipped) = in_force(&change);
    let f = Frame::new(&visit, visit.words.say("profile-title"));
    Ok(show(&Page { f, version: change.version, text, wrong: None, shipped }))
}

/// Reads another one, and puts it into force where nothing is wrong with it. What subscribers have set stays theirs.
pub(crate) async fn put(portal: &Portal, visit: &Visit, form: &Form) -> Result<Put, Problem> {
    let mut change = Change::of_operator(portal, visit).await?;
    match Profile::from_toml(&form.text("text")) {
        Ok(profile) => change.layer.profile = Some(Box::new(profile)),
        Err(bad) => return Ok(Put::Wrong { version: change.version, bad }),
    }
    change.store(portal, visit, form, "profile").await?;
    Ok(Put::InForce)
}

/// Leads on after that.
pub(crate) fn saved() -> Response {
    go("/staff/profile?done=saved")
}

/// Saves from the page, which shows again what was typed where it is wrong.
pub async fn save(State(portal): State<Portal>, visit: Visit, form: Form) -> Result<Response, Problem> {
    match put(&portal, &visit, &form).await? {
        Put::InForce => Ok(saved()),
        Put::Wrong { version, bad } => {
            let f = Frame::new(&visit, visit.words.say("profile-title"));
            let wrong = Some((bad.key, bad.problem));
            Ok(show_again(&Page { f, version, text: form.text("text"), wrong, shipped: false }))
        }
    }
}
