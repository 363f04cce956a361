//! Between the first factor and the second: who has shown the one, in this browser, for ten minutes and five tries.

use axum::http::HeaderMap;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use message::UnixMillis;
use serde_json::{Value, json};
use store::counters::Limit;
use store::records::signin::Person;
use store::{OperatorId, StaffId, SubscriberId};

use crate::problem::Problem;
use crate::security::cookies;
use crate::security::sessions::{hash, random};
use crate::state::Portal;
use crate::visit::Visit;

const LIFE: i64 = 10 * 60_000;
const TRIES: Limit = Limit { most: 5, window_ms: LIFE };

/// Somebody who has shown one factor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Came {
    /// Whose operator.
    pub operator: OperatorId,
    /// Who.
    pub person: Person,
    /// Where they wanted to go; a path of ours or nothing.
    pub next: String,
    /// How: `password`, `code` …
    pub with: String,
}

fn key(token: &str) -> String {
    format!("portal:step:{}", URL_SAFE_NO_PAD.encode(hash(token)))
}

/// Remembers who came so far; gives the cookie that says so.
pub async fn begin(portal: &Portal, visit: &Visit, came: &Came) -> Result<String, Problem> {
    let token = URL_SAFE_NO_PAD.encode(random()?);
    let (kind, id) = match came.person {
        Person::Subscriber(id) => ("subscriber", id.0),
        Person::Staff(id) => ("staff", id.0),
    };
    let value =
        json!({"operator": came.operator.0, "kind": kind, "id": id, "next": came.next, "with": came.with}).to_string();
    portal.counters().remember(&key(&token), value.as_bytes(), UnixMillis(visit.now.0 + LIFE)).await?;
    Ok(cookies::set_step(&token, visit.secure))
}

/// Who came so far, in this browser.
pub async fn find(portal: &Portal, visit: &Visit, headers: &HeaderMap) -> Result<Option<Came>, Problem> {
    let Some(token) = cookies::read(headers, cookies::step_name(visit.secure)) else { return Ok(None) };
    let Some(value) = portal.counters().recall(&key(token), visit.now).await? else { return Ok(None) };
    let Ok(value) = serde_json::from_slice::<Value>(&value) else { return Ok(None) };
    let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
    let (Some(operator), Some(id)) = (value["operator"].as_i64(), value["id"].as_i64()) else { return Ok(None) };
    let person =
        if text("kind") == "staff" { Person::Staff(StaffId(id)) } else { Person::Subscriber(SubscriberId(id)) };
    Ok(Some(Came { operator: OperatorId(operator), person, next: text("next"), with: text("with") }))
}

/// Counts a try of this browser.
pub async fn count(portal: &Portal, visit: &Visit, headers: &HeaderMap) -> Result<(), Problem> {
    let token = cookies::read(headers, cookies::step_name(visit.secure)).unwrap_or_default();
    let tries = format!("{}:tries", key(token));
    if portal.counters().take(&tries, TRIES, visit.now).await?.allowed {
        return Ok(());
    }
    portal.counters().forget(&key(token)).await?;
    Err(Problem::Locked)
}

/// It is over, this way or that.
pub async fn end(portal: &Portal, visit: &Visit, headers: &HeaderMap) -> Result<String, Problem> {
    if let Some(token) = cookies::read(headers, cookies::step_name(visit.secure)) {
        portal.counters().forget(&key(token)).await?;
    }
    Ok(cookies::clear_step(visit.secure))
}
