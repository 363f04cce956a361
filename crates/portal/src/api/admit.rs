//! The layer around every operation: who asks, by token or by session, how often, from which version; then the form.

use axum::body::Body as HttpBody;
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, IF_MATCH};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::MethodRouter;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::convert::Infallible;
use std::sync::Arc;

use store::counters::Limit;

use super::operation::{Body, Operation};
use super::{body, told};
use crate::problem::{Pending, Problem};
use crate::security::roles::Who;
use crate::security::{cookies, csrf, guard, sessions};
use crate::state::Portal;
use crate::visit::{SignedIn, Visit};

/// Octets of a JSON body.
const JSON: usize = 1024 * 1024;
/// Requests a minute that one program may make where the operator says nothing else.
pub const PER_MINUTE: u32 = 600;
/// The header that carries a session's form token.
pub const CSRF: &str = "x-csrf-token";

/// What the layer knows of its operation.
#[derive(Clone)]
pub struct Rule {
    portal: Portal,
    operation: Arc<Operation>,
}

/// Who asks from within: a command of this machine, whose right is that it could open the data itself.
#[derive(Clone, Debug)]
pub struct FromWithin(pub SignedIn);

/// Splits a row into what the layer needs and the handler.
pub fn rule(portal: &Portal, mut operation: Operation) -> (Rule, MethodRouter<Portal, Infallible>) {
    let handler = std::mem::take(&mut operation.handler);
    (Rule { portal: portal.clone(), operation: Arc::new(operation) }, handler)
}

/// The layer.
pub async fn admit(State(rule): State<Rule>, request: Request, next: Next) -> Response {
    let Some(mut visit) = request.extensions().get::<Visit>().cloned() else {
        return Problem::Fault("an operation outside the outer layer".into()).into_response();
    };
    let operation = rule.operation.clone();
    let mut response = match enter(&rule, &mut visit, request).await {
        Ok(mut admitted) => {
            admitted.extensions_mut().insert(visit.clone());
            let response = next.run(admitted).await;
            // It could be read: a value in it is none that there is.
            let is_wrong = response.extensions().get::<Pending>().is_some_and(|one| matches!(*one.0, Problem::BadForm));
            if is_wrong { Problem::BadField(visit.words.say("api-wrong-value")).into_response() } else { response }
        }
        Err(problem) => problem.into_response(),
    };
    let is_stale = response.extensions().get::<Pending>().is_some_and(|one| matches!(*one.0, Problem::Stale));
    if operation.versioned && is_stale {
        response = Problem::Overtaken.into_response();
    }
    let mut response = told::done(response, &visit);
    response.extensions_mut().insert(visit);
    response
}

async fn enter(rule: &Rule, visit: &mut Visit, request: Request) -> Result<Request, Problem> {
    let operation = &rule.operation;
    let from_within = request.extensions().get::<FromWithin>().cloned();
    let is_within = from_within.is_some();
    let by_token = match from_within {
        Some(FromWithin(who)) => {
            visit.from = "cli".into();
            guard::welcome(&rule.portal, visit, request.headers(), who).await?;
            true
        }
        None => recognise(&rule.portal, visit, request.headers()).await?,
    };
    if !is_within {
        not_too_fast(&rule.portal, visit).await?;
    }
    if let Some(who) = &visit.who
        && !operation.scope.is_held_by(who)
    {
        return Err(Problem::Scope(operation.scope.name()));
    }
    match operation.who {
        Who::Anyone if visit.who.is_none() => return Err(Problem::SignIn),
        who => who.admits(visit)?,
    }
    if !by_token && !request.method().is_safe() {
        let token = request.headers().get(CSRF).map(|value| value.as_bytes().to_vec()).unwrap_or_default();
        let holds = visit.who.as_ref().is_some_and(|who| csrf::token_holds(&who.session, &token));
        if !csrf::same_origin(request.headers()) || !holds {
            return Err(Problem::Forged);
        }
    }
    take(rule, visit, request).await
}

/// Who asks; whether by a token of their own. A token that is none is refused, also where a session would do.
async fn recognise(portal: &Portal, visit: &mut Visit, headers: &HeaderMap) -> Result<bool, Problem> {
    let given = headers.get(AUTHORIZATION).map(|value| value.to_str().unwrap_or_default());
    let (token, by_token) = match given {
        Some(text) => {
            let is_bearer = text.get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case("bearer "));
            (if is_bearer { text.get(7..).map(str::trim) } else { Some("") }, true)
        }
        None => (cookies::read(headers, cookies::session_name(visit.secure)), false),
    };
    let found = match token.filter(|token| !token.is_empty()) {
        Some(token) => sessions::find(portal, token, visit.now).await?,
        None => None,
    };
    match found.filter(|who| who.session.grant.is_some() == by_token) {
        Some(who) => guard::welcome(portal, visit, headers, who).await?,
        None if by_token => {
            not_too_fast(portal, visit).await?;
            return Err(Problem::SignIn);
        }
        None => {}
    }
    Ok(by_token)
}

/// Counts a request of this token, or of this network where nobody is known.
async fn not_too_fast(portal: &Portal, visit: &Visit) -> Result<(), Problem> {
    let most = match portal.options.api_per_minute {
        0 => PER_MINUTE,
        most => most,
    };
    let who = match &visit.who {
        Some(who) => URL_SAFE_NO_PAD.encode(who.session.token_hash),
        None => visit.network.clone(),
    };
    let limit = Limit { most, window_ms: 60_000 };
    let taken = portal.counters().take(&format!("portal:api:{who}"), limit, visit.now).await?;
    if taken.allowed {
        return Ok(());
    }
    let wait = (taken.frees_at.0 - visit.now.0 + 999) / 1000;
    Err(Problem::TooFast(wait.max(1)))
}

/// Reads what came, within the operation's bounds, and makes the form of it.
async fn take(rule: &Rule, visit: &Visit, request: Request) -> Result<Request, Problem> {
    let (operation, words) = (&rule.operation, visit.words);
    let version = match (operation.versioned, version(request.headers())?) {
        (true, None) => return Err(Problem::NoVersion),
        (_, version) => version,
    };
    let mut pairs = body::path(&operation.query, &operation.path, &visit.path, words)?;
    let in_query: Vec<_> = operation.query.iter().filter(|field| !is_in_path(operation, field.name)).cloned().collect();
    body::query(&in_query, &visit.path, words)?;
    let (parts, sent) = request.into_parts();
    match &operation.body {
        Body::Nothing => {}
        Body::Json(fields) => {
            let kind = parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
            let kind = kind.split(';').next().unwrap_or_default().trim();
            let bytes = axum::body::to_bytes(sent, JSON).await.map_err(|_| Problem::TooLarge)?;
            if !kind.eq_ignore_ascii_case("application/json") && !bytes.is_empty() {
                return Err(Problem::BadForm);
            }
            pairs.extend(body::json(fields, &bytes, words)?);
        }
        Body::File(field, most) => {
            let bytes = axum::body::to_bytes(sent, *most).await.map_err(|_| Problem::TooLarge)?;
            pairs.push(((*field).to_owned(), bytes.to_vec()));
        }
    }
    if let Some(version) = version {
        pairs.push(("version".into(), version.to_string().into_bytes()));
    }
    let mut request = Request::from_parts(parts, HttpBody::empty());
    request.extensions_mut().insert(body::form(pairs));
    Ok(request)
}

fn is_in_path(operation: &Operation, name: &str) -> bool {
    operation.path.contains(&format!("{{{name}}}"))
}

/// The version in `If-Match`. `*` would overwrite what was never seen, and is none.
fn version(headers: &HeaderMap) -> Result<Option<i64>, Problem> {
    let Some(value) = headers.get(IF_MATCH) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default().trim();
    let bare = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    // An entity tag that is none of ours names no version that is in force.
    Ok(Some(bare.and_then(|text| text.parse().ok()).ok_or(Problem::Overtaken)?))
}
