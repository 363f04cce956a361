//! The two layers around every page: the outer one knows the reader, the inner one lets in whom the table names.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{ACCEPT_LANGUAGE, CONTENT_TYPE};
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use jiff::tz::TimeZone;
use policy::Language;

use crate::api;
use crate::forms::{self, Form};
use crate::frame::{Drawn, go};
use crate::furigana;
use crate::language::Words;
use crate::operator::looking;
use crate::problem::{self, Pending, Problem};
use crate::security::roles::{Seen, Who};
use crate::security::{cookies, csrf, headers, means, proxies, sessions};
use crate::serve::TlsPeer;
use crate::state::Portal;
use crate::visit::{SignedIn, SignedInPerson, Visit};

/// Outer layer: who reads this, in which language; draws problems; puts the headers on.
pub async fn meet(State(portal): State<Portal>, mut request: Request, next: Next) -> Response {
    let plain = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0);
    let peer = plain.or_else(|| request.extensions().get::<ConnectInfo<TlsPeer>>().map(|info| info.0.0));
    let source = proxies::source(peer, request.headers(), &portal.options.proxies, portal.options.tls);
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned();
    let visit = Visit {
        words: Words(language(request.headers(), None)),
        staff_words: Words(language(request.headers(), None)),
        furigana: furigana(request.headers(), false),
        now: portal.now(),
        path,
        from: source.ip.to_string(),
        network: proxies::network(source.ip),
        secure: source.secure,
        zone: TimeZone::get("Asia/Tokyo").unwrap_or(TimeZone::UTC),
        operator_name: String::new(),
        who: None,
        stored: Arc::default(),
    };
    request.extensions_mut().insert(visit.clone());
    let mut response = next.run(request).await;
    let visit = response.extensions_mut().remove::<Visit>().unwrap_or(visit);
    if let Some(Pending(problem)) = response.extensions_mut().remove::<Pending>() {
        response = if api::is_ours(&visit.path) {
            api::told::problem(&problem, &visit)
        } else {
            problem::draw(&problem, &visit)
        };
    }
    if response.extensions_mut().remove::<Drawn>().is_some() {
        if visit.looking().is_some() {
            response = furigana::rewritten(response, looking::without_forms).await;
        }
        if visit.furigana && visit.language() == Language::Ja {
            response = furigana::over(response).await;
        }
    }
    headers::protect(&mut response, source.secure);
    response
}

/// What the inner layer knows of its route.
#[derive(Clone)]
pub struct Rule {
    /// The portal.
    pub portal: Portal,
    /// Who may.
    pub who: Who,
    /// Whether staff who look see it.
    pub seen: Seen,
    /// Largest form, octets.
    pub largest: usize,
}

/// Inner layer: the session, the role, and for a form its origin and token.
pub async fn admit(State(rule): State<Rule>, request: Request, next: Next) -> Response {
    let Some(mut visit) = request.extensions().get::<Visit>().cloned() else {
        return Problem::Fault("a page outside the outer layer".into()).into_response();
    };
    let is_page = request.method() == Method::GET;
    let entered = match enter(&rule, &mut visit, request.headers()).await {
        // Nothing is changed in the place of whom staff look at, whatever a form says.
        Ok(()) if !request.method().is_safe() => {
            visit.stop_looking();
            Ok(())
        }
        Ok(()) if rule.seen.admits(&visit) => looking::note(&rule.portal, &visit).await,
        entered => entered,
    };
    let outcome = match entered {
        Ok(()) if request.method() == Method::POST => take_form(&rule, &visit, request).await,
        Ok(()) => Ok(request),
        Err(problem) => Err(problem),
    };
    let mut response = match outcome {
        Ok(mut admitted) => {
            admitted.extensions_mut().insert(visit.clone());
            next.run(admitted).await
        }
        // A form whose session is over gets the page that says so; a page leads to signing in.
        Err(Problem::SignIn) if is_page => {
            go(&format!("{}?next={}", sign_in_page(rule.who), forms::encode(&visit.path)))
        }
        Err(Problem::NoSecondFactor) if is_page => go("/staff/security/app"),
        Err(problem) => problem.into_response(),
    };
    response.extensions_mut().insert(visit);
    response
}

fn sign_in_page(who: Who) -> &'static str {
    match who {
        Who::Viewer | Who::Support | Who::Administrator => "/staff/sign-in",
        Who::Anyone | Who::OneClick | Who::Subscriber | Who::Own => "/sign-in",
    }
}

async fn enter(rule: &Rule, visit: &mut Visit, headers: &HeaderMap) -> Result<(), Problem> {
    if let Some(token) = cookies::read(headers, cookies::session_name(visit.secure))
        && let Some(who) = sessions::find(&rule.portal, token, visit.now).await?
        && who.session.grant.is_none()
    {
        welcome(&rule.portal, visit, headers, who).await?;
    }
    if !rule.seen.admits(visit) {
        rule.who.admits(visit)?;
    }
    has_second_factor(&rule.portal, visit).await
}

/// Staff whose role needs a second factor set one up before anything else.
async fn has_second_factor(portal: &Portal, visit: &Visit) -> Result<(), Problem> {
    let Some(who) = &visit.who else { return Ok(()) };
    if !visit.role().is_some_and(|role| portal.options.second_factor.contains(&role)) {
        return Ok(());
    }
    let path = visit.path.split('?').next().unwrap_or_default();
    let is_open = path == "/sign-out" || path == "/about" || path.starts_with("/language/");
    if is_open || path.starts_with("/staff/security") || sessions::is_strong(portal, &who.session, visit.now).await? {
        return Ok(());
    }
    match means::app(portal, who.session.operator, who.session.person).await? {
        Some(_) => Ok(()),
        None => Err(Problem::NoSecondFactor),
    }
}

/// Notes in the visit who is signed in, with their operator's name and zone and their language.
pub async fn welcome(portal: &Portal, visit: &mut Visit, headers: &HeaderMap, who: SignedIn) -> Result<(), Problem> {
    let operators = portal.records().operators().await?;
    if let Some(operator) = operators.into_iter().find(|row| row.id == who.session.operator) {
        visit.zone = TimeZone::get(&operator.time_zone).unwrap_or(TimeZone::UTC);
        visit.operator_name = operator.name;
    }
    let own = match &who.person {
        SignedInPerson::Subscriber(row) => &row.language,
        SignedInPerson::Staff(row, _) => &row.language,
    };
    visit.words = Words(language(headers, Some(own)));
    visit.staff_words = visit.words;
    visit.who = Some(who);
    if let Ok(own) = visit.own() {
        let settings = portal.services.directory.settings_of(own.subscriber.operator, Some(own.subscriber.id)).await?;
        visit.furigana = furigana(headers, settings.furigana);
        // Their pages stand as they see them, whatever the switches of this browser say.
        if visit.looking().is_some() && !visit.path.starts_with("/staff") {
            visit.furigana = settings.furigana;
            if !own.subscriber.language.is_empty() {
                visit.words = Words(Language::of(&own.subscriber.language));
            }
        }
    }
    Ok(())
}

async fn take_form(rule: &Rule, visit: &Visit, request: Request) -> Result<Request, Problem> {
    // RFC 8058 §3.1: a mail program posts without an Origin and without a session. The address itself is the proof.
    let one_click = rule.who == Who::OneClick;
    if !one_click && !csrf::same_origin(request.headers()) {
        return Err(Problem::Forged);
    }
    let content_type =
        request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, rule.largest).await.map_err(|_| Problem::TooLarge)?;
    let form = Form::read(&content_type, &body)?;
    if !one_click
        && let Some(who) = &visit.who
        && !csrf::token_holds(&who.session, form.bytes("csrf"))
    {
        return Err(Problem::Forged);
    }
    let mut request = Request::from_parts(parts, Body::empty());
    request.extensions_mut().insert(form);
    Ok(request)
}

/// The switch first, then the person's own setting.
fn furigana(headers: &HeaderMap, own: bool) -> bool {
    cookies::read(headers, cookies::FURIGANA).map_or(own, |shown| shown == "on")
}

/// The switch first, then the person's own language, then the browser's.
fn language(headers: &HeaderMap, own: Option<&str>) -> Language {
    if let Some(chosen) = cookies::read(headers, cookies::LANGUAGE) {
        return Language::of(chosen);
    }
    if let Some(own) = own.filter(|own| !own.is_empty()) {
        return Language::of(own);
    }
    let browser = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    Language::of(browser)
}
