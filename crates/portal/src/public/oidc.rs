//! Staff sign in at the operator's OpenID provider, and come back.
//!
//! Who comes for the first time is known by the configured claim, and from then on by the provider's own name for them:
//! a mail address that passes to somebody else opens nothing.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use message::UnixMillis;
use serde_json::{Value, json};
use store::records::means::{MeansKind, MeansRow};
use store::records::signin::{Person, StaffRow};

use crate::forms;
use crate::frame::go;
use crate::problem::Problem;
use crate::public::enter;
use crate::public::switch::own_path;
use crate::security::cookies;
use crate::security::oidc::{Identity, Provider, Started};
use crate::security::sessions::hash;
use crate::security::step::Came;
use crate::state::Portal;
use crate::visit::Visit;

const LIFE: i64 = 10 * 60_000;
const BACK: &str = "/staff/sign-in/oidc/back";
/// The page that says that it did not work.
const REFUSED: &str = "/staff/sign-in?refused=oidc";

fn back(portal: &Portal) -> String {
    format!("{}{BACK}", portal.options.url)
}

fn key(state: &str) -> String {
    format!("portal:oidc:{}", URL_SAFE_NO_PAD.encode(hash(state)))
}

/// Sends the browser there. A link and no form: our policy lets forms lead to our own pages only.
pub async fn begin(State(portal): State<Portal>, visit: Visit) -> Result<Response, Problem> {
    // Where there is none, the password is the way.
    let Some(provider) = portal.options.oidc.clone() else { return Ok(go("/staff/sign-in")) };
    let started = Started::new()?;
    let address = match provider.address(&back(&portal), &started, visit.now).await {
        Ok(address) => address,
        Err(fault) => {
            tracing::error!(%fault, "the OpenID provider cannot be asked");
            return Ok(go(REFUSED));
        }
    };
    let next = forms::query(&visit.path).text("next");
    let value = json!({"nonce": started.nonce, "verifier": started.verifier,
        "next": own_path(&next).unwrap_or_default()});
    let until = UnixMillis(visit.now.0 + LIFE);
    portal.counters().remember(&key(&started.state), value.to_string().as_bytes(), until).await?;
    let mut response = go(&address);
    enter::set_cookie(&mut response, &cookies::set_step(&started.state, visit.secure));
    Ok(response)
}

/// They come back with a code.
pub async fn end(State(portal): State<Portal>, visit: Visit, headers: HeaderMap) -> Result<Response, Problem> {
    let Some(provider) = portal.options.oidc.clone() else { return Ok(go("/staff/sign-in")) };
    let query = forms::query(&visit.path);
    let (state, code) = (query.text("state"), query.text("code"));
    // The state came from this very browser, or somebody else's sign-in would be planted here.
    let ours = cookies::read(&headers, cookies::step_name(visit.secure)).is_some_and(|kept| kept == state);
    let kept = portal.counters().recall(&key(&state), visit.now).await?;
    let Some(kept) = kept.filter(|_| ours && !code.is_empty()) else { return Ok(go(REFUSED)) };
    portal.counters().forget(&key(&state)).await?;
    let kept: Value = serde_json::from_slice(&kept).unwrap_or_default();
    let text = |name: &str| kept[name].as_str().unwrap_or_default().to_owned();
    let started = Started { state, nonce: text("nonce"), verifier: text("verifier") };
    let identity = match provider.exchange(&code, &back(&portal), &started, visit.now).await {
        Ok(identity) => identity,
        Err(fault) => {
            tracing::warn!(%fault, from = %visit.from, "a sign-in by the OpenID provider failed");
            return Ok(go(REFUSED));
        }
    };
    let Some(row) = whose(&portal, &visit, &provider, &identity).await? else { return Ok(go(REFUSED)) };
    let came = Came { operator: row.operator, person: Person::Staff(row.id), next: text("next"), with: "oidc".into() };
    // The provider has asked for what its operator wants asked for.
    let mut response = enter::open(&portal, &visit, &headers, &came).await?;
    enter::set_cookie(&mut response, &cookies::clear_step(visit.secure));
    Ok(response)
}

/// Which member of staff this is.
async fn whose(
    portal: &Portal,
    visit: &Visit,
    provider: &Provider,
    identity: &Identity,
) -> Result<Option<StaffRow>, Problem> {
    let name = provider.name_of(identity);
    if let Some(known) = portal.records().means_named(MeansKind::Oidc, &name).await?.first() {
        let Person::Staff(id) = known.person else { return Ok(None) };
        return Ok(portal.records().staff(known.operator, id).await?);
    }
    let Some(login) = &identity.login else { return Ok(None) };
    let Some(row) = portal.records().staff_by_login(login).await? else { return Ok(None) };
    let person = Person::Staff(row.id);
    let means = portal.records().means_of(row.operator, person).await?;
    if means.iter().any(|means| means.kind == MeansKind::Oidc) {
        tracing::warn!(%login, "the OpenID provider names another person by a sign-in name that is taken");
        return Ok(None);
    }
    let means = MeansRow {
        operator: row.operator,
        person,
        kind: MeansKind::Oidc,
        name: name.to_vec(),
        secret: Vec::new(),
        detail: provider.settings.name.clone(),
        created_at: visit.now,
        used: visit.now.0,
    };
    portal.records().put_means(&means).await?;
    Ok(Some(row))
}
