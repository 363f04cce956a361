//! From the first factor in: the second where the person has one, then a fresh session, the browser noted, and a letter
//! to the owner where the browser is new.

use axum::http::header::{SET_COOKIE, USER_AGENT};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use store::records::audit::AuditRow;
use store::records::signin::Person;

use crate::account::notices::{self, Notice};
use crate::frame::go;
use crate::problem::Problem;
use crate::public::switch::own_path;
use crate::security::devices::Seen;
use crate::security::step::Came;
use crate::security::{cookies, devices, lock, means, sessions, step};
use crate::state::Portal;
use crate::visit::Visit;

/// Somebody has shown a first factor: on to the second, or in.
pub async fn enter(portal: &Portal, visit: &Visit, headers: &HeaderMap, came: Came) -> Result<Response, Problem> {
    if means::app(portal, came.operator, came.person).await?.is_some() {
        let cookie = step::begin(portal, visit, &came).await?;
        let mut response = go("/sign-in/second");
        set_cookie(&mut response, &cookie);
        return Ok(response);
    }
    open(portal, visit, headers, &came).await
}

/// Somebody has shown all that is asked of them: a session, and on to where they wanted to go.
pub async fn open(portal: &Portal, visit: &Visit, headers: &HeaderMap, came: &Came) -> Result<Response, Problem> {
    let home = match came.person {
        Person::Subscriber(_) => "/held",
        Person::Staff(_) => "/staff",
    };
    let mut response = go(own_path(&came.next).filter(|next| !next.is_empty()).unwrap_or(home));
    let seen = start(portal, visit, headers, came, &mut response).await?;
    let is_news = match seen {
        Seen::Before => false,
        Seen::New(_) => true,
        // Whoever reads the mailbox for the first code has just read this too.
        Seen::First(_) => came.with != "code",
    };
    if is_news {
        notices::send(portal, visit, came.operator, came.person, Notice::Device(agent(headers))).await?;
    }
    Ok(response)
}

/// Opens a fresh session (so that nobody can have planted it), ends the one there was, and notes the browser.
pub async fn start(
    portal: &Portal,
    visit: &Visit,
    headers: &HeaderMap,
    came: &Came,
    response: &mut Response,
) -> Result<Seen, Problem> {
    if let Some(old) = cookies::read(headers, cookies::session_name(visit.secure)) {
        sessions::end(portal, old).await?;
    }
    let token = sessions::open(portal, visit, came.operator, came.person, agent(headers)).await?;
    let by = match came.person {
        Person::Subscriber(id) => format!("subscriber:{}", id.0),
        Person::Staff(id) => format!("staff:{}", id.0),
    };
    let row = AuditRow {
        id: 0,
        operator: came.operator,
        at: visit.now,
        by: by.clone(),
        from: visit.from.clone(),
        action: "session.open".into(),
        target: by,
        detail: came.with.clone(),
    };
    portal.records().audit(&row).await?;
    if matches!(came.with.as_str(), "oidc" | "passkey") {
        sessions::mark_strong(portal, &token, visit.now).await?;
    }
    lock::remember(portal, visit, &lock::Account::of(Some(came.person), "", None)).await?;
    let seen = devices::note(portal, visit, headers, came.operator, came.person, agent(headers)).await?;
    set_cookie(response, &cookies::set_session(&token, visit.secure));
    if let Seen::New(cookie) | Seen::First(cookie) = &seen {
        set_cookie(response, cookie);
    }
    Ok(seen)
}

/// How the browser describes itself.
pub fn agent(headers: &HeaderMap) -> &str {
    headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Adds a cookie to an answer.
pub fn set_cookie(response: &mut Response, cookie: &str) {
    if let Ok(value) = HeaderValue::from_str(cookie) {
        response.headers_mut().append(SET_COOKIE, value);
    }
}
