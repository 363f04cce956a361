//! Consent in plain words: what is done for everybody and on what ground, and what only with agreement.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use message::UnixMillis;
use policy::consent::Consent;
use policy::settings::ContentBasis;

use crate::forms::Form;
use crate::frame::{Frame, go, show};
use crate::problem::Problem;
use crate::state::Portal;
use crate::subscriber::change::Change;
use crate::visit::Visit;

/// Version of the words on the page; what somebody agreed to is recorded by this number.
pub const TEXT: u32 = 1;

#[derive(Template)]
#[template(path = "subscriber/consent.html")]
struct Page {
    f: Frame,
    version: i64,
    allowed: bool,
    agreed_at: Option<UnixMillis>,
    by_default: bool,
    withdrawn_at: Option<UnixMillis>,
}

/// The page.
pub async fn page(State(portal): State<Portal>, visit: Visit) -> Result<Response, Problem> {
    let change = Change::own(&portal, &visit).await?;
    let person = visit.own()?.subscriber;
    let settings = portal.services.directory.settings_of(person.operator, Some(person.id)).await?;
    let agreed_at = match settings.content_basis {
        ContentBasis::Consent { at, .. } => Some(at),
        ContentBasis::None | ContentBasis::DefaultOn | ContentBasis::Operator => None,
    };
    let page = Page {
        f: Frame::new(&visit, visit.words.say("consent-title")),
        version: change.version,
        allowed: settings.content_allowed,
        agreed_at,
        by_default: settings.content_basis == ContentBasis::DefaultOn,
        withdrawn_at: change.layer.consent.filter(|consent| !consent.given).map(|consent| consent.at),
    };
    Ok(show(&page))
}

/// Gives or withdraws it. What a person taught is erased when they withdraw.
pub async fn save(State(portal): State<Portal>, visit: Visit, form: Form) -> Result<Response, Problem> {
    let mut change = Change::own(&portal, &visit).await?;
    let person = visit.own()?.subscriber;
    let given = match form.text("consent").as_str() {
        "give" => true,
        "withdraw" => false,
        _ => return Err(Problem::BadForm),
    };
    change.layer.consent = Some(Consent { given, at: visit.now, text: TEXT });
    change.store(&portal, &visit, &form, if given { "consent.give" } else { "consent.withdraw" }).await?;
    if !given {
        portal.services.learning.forget_person(person.operator, person.id).await?;
    }
    Ok(go("/settings/consent?done=saved"))
}
