//! Signing in with a passkey: for subscribers and staff alike, without a name or a password, two factors in one.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use store::records::means::MeansKind;
use store::records::signin::Person;

use crate::forms::Form;
use crate::frame::go;
use crate::problem::Problem;
use crate::public::enter;
use crate::security::passkeys::{self, Given, Site};
use crate::security::step::Came;
use crate::state::Portal;
use crate::visit::Visit;

const PURPOSE: &str = "sign-in";
const REFUSED: &str = "/sign-in?refused=passkey";

/// What the page for signing in needs to offer it: a challenge and the site's name; nothing where it cannot be offered.
pub fn offered(portal: &Portal, visit: &Visit) -> (String, String) {
    let Some(site) = Site::of(portal) else { return Default::default() };
    passkeys::challenge(portal, PURPOSE, visit.now).map(|challenge| (challenge, site.host)).unwrap_or_default()
}

/// Checks the signature, and lets in.
pub async fn check(
    State(portal): State<Portal>,
    visit: Visit,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Problem> {
    let site = Site::of(&portal).ok_or(Problem::NotFound)?;
    let part = |name: &str| URL_SAFE_NO_PAD.decode(form.bytes(name)).unwrap_or_default();
    let (id, client, data, signature) = (part("id"), part("client"), part("data"), part("signature"));
    let rows = portal.records().means_named(MeansKind::Passkey, &id).await?;
    let [row] = rows.as_slice() else { return Ok(go(REFUSED)) };
    let given = Given { id: &id, client: &client, data: &data };
    let signed = passkeys::signed_in(&portal, &site, PURPOSE, given, &signature, &row.secret, visit.now).await?;
    let Some(counter) = signed else { return Ok(go(REFUSED)) };
    // §6.1.1: a counter that does not grow means a copied key, unless the device has none.
    let counter = i64::from(counter);
    let grows = counter == 0 && row.used == 0
        || portal.records().advance_means(row.operator, row.person, MeansKind::Passkey, &id, counter).await?;
    if !grows {
        tracing::warn!("a passkey's counter did not grow; it may have been copied");
        return Ok(go(REFUSED));
    }
    let is_there = match row.person {
        Person::Subscriber(id) => portal.records().subscriber(row.operator, id).await?.is_some(),
        Person::Staff(id) => portal.records().staff(row.operator, id).await?.is_some(),
    };
    if !is_there {
        return Ok(go(REFUSED));
    }
    let came = Came { operator: row.operator, person: row.person, next: form.text("next"), with: "passkey".into() };
    enter::open(&portal, &visit, &headers, &came).await
}
