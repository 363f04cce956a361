//! Signing in with a one-time code, by mail or telephone. By mail it makes a known address a subscriber's.
//!
//! What is said never tells whether an address is known or has a number, and comes as fast: what is sent is sent beside
//! the answer. Where the gateway for telephones fails, the code goes by mail instead.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use message::{Address, UnixMillis};
use store::records::signin::Person;

use crate::forms::Form;
use crate::frame::{Frame, show};
use crate::language::Words;
use crate::mailer;
use crate::problem::Problem;
use crate::public::known::Known;
use crate::public::switch::own_path;
use crate::public::{enter, known};
use crate::security::lock::{self, Way};
use crate::security::step::Came;
use crate::security::{codes, means};
use crate::sms::Unsent;
use crate::state::Portal;
use crate::visit::Visit;

/// How long a gateway that could not be reached is not offered.
const DOWN: i64 = 5 * 60_000;
const DOWN_KEY: &str = "portal:sms-is-down";

#[derive(Template)]
#[template(path = "public/code.html")]
struct Page {
    f: Frame,
    login: String,
    next: String,
    ticket: String,
    wrong: bool,
    /// It went to a telephone.
    sms: bool,
    /// It could not: mail is offered.
    down: bool,
}

fn draw(visit: &Visit, form: &Form, ticket: String, status: StatusCode, by: (bool, bool)) -> Response {
    let f = Frame::new(visit, visit.words.say("sign-in"));
    let next = own_path(&form.text("next")).unwrap_or_default().to_owned();
    let wrong = status == StatusCode::UNAUTHORIZED;
    let mut response = show(&Page { f, login: form.text("login"), next, ticket, wrong, sms: by.0, down: by.1 });
    *response.status_mut() = status;
    response
}

/// Sends a code by mail.
pub async fn send(
    State(portal): State<Portal>,
    visit: Visit,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Problem> {
    let login = form.text("login");
    let known = known::find(&portal, &login).await?;
    let account = known::account(&portal, &visit, &headers, known.as_ref(), &login).await?;
    lock::code(&portal, &visit, &account).await?;
    let ticket = codes::ticket()?;
    if let (Ok(address), Some(known)) = (Address::parse(&login), known) {
        let code = codes::make(&portal, known.operator, &address.key(), &ticket, visit.now).await?;
        tokio::spawn(by_mail(portal.clone(), known, address, code, visit.now, visit.words));
    }
    Ok(draw(&visit, &form, ticket, StatusCode::OK, (false, false)))
}

async fn by_mail(portal: Portal, known: Known, address: Address, code: String, now: UnixMillis, words: Words) {
    let sent = match mailer::write(known.operator, &address, &code, now, words) {
        Ok(letter) => portal.mail.send(letter).await,
        Err(fault) => Err(fault),
    };
    if let Err(fault) = sent {
        tracing::error!(%fault, "a one-time code could not be sent");
    }
}

/// Sends a code to the telephone of a subscriber.
pub async fn send_sms(
    State(portal): State<Portal>,
    visit: Visit,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Problem> {
    if portal.options.sms.is_none() {
        return Err(Problem::NotFound);
    }
    let login = form.text("login");
    if portal.counters().recall(DOWN_KEY, visit.now).await?.is_some() {
        return Ok(draw(&visit, &form, String::new(), StatusCode::SERVICE_UNAVAILABLE, (true, true)));
    }
    let known = known::find(&portal, &login).await?;
    let account = known::account(&portal, &visit, &headers, known.as_ref(), &login).await?;
    lock::sms(&portal, &visit, &account).await?;
    let ticket = codes::ticket()?;
    if let (Ok(address), Some(known)) = (Address::parse(&login), known)
        && let Some(id) = known.subscriber
        && let Some(number) = means::telephone(&portal, known.operator, Person::Subscriber(id)).await?
    {
        let code = codes::make(&portal, known.operator, &address.key(), &ticket, visit.now).await?;
        let (portal, words, now) = (portal.clone(), visit.words, visit.now);
        tokio::spawn(async move {
            if !by_telephone(&portal, &number, &code, now, words).await {
                by_mail(portal, known, address, code, now, words).await;
            }
        });
    }
    Ok(draw(&visit, &form, ticket, StatusCode::OK, (true, false)))
}

/// Sends a code to a number; where the gateway cannot be reached, remembers that for everybody.
pub async fn by_telephone(portal: &Portal, number: &str, code: &str, now: UnixMillis, words: Words) -> bool {
    let Some(gateway) = portal.options.sms.as_ref().map(Arc::clone) else { return false };
    match gateway.send(number, &text(portal, code, words)).await {
        Ok(()) => true,
        Err(Unsent::Refused(status)) => {
            tracing::warn!(status, "the gateway for telephones did not take a message");
            false
        }
        Err(Unsent::Unreachable(fault)) => {
            tracing::error!(%fault, "the gateway for telephones cannot be reached");
            let until = UnixMillis(now.0 + DOWN);
            if let Err(fault) = portal.counters().remember(DOWN_KEY, b"1", until).await {
                tracing::warn!(%fault, "that it is down was not noted");
            }
            false
        }
    }
}

/// The message. Its last line lets the browser fill the code in, on our pages only (WICG origin-bound one-time codes);
/// the host is the configured one, never what a request says.
fn text(portal: &Portal, code: &str, words: Words) -> String {
    let text = words.say1("code-sms", "code", code.to_owned());
    match url::Url::parse(&portal.options.url).ok().and_then(|url| url.host_str().map(str::to_owned)) {
        Some(host) => format!("{text}\n\n@{host} #{code}"),
        None => text,
    }
}

/// Signs in with a code. A known address without a subscriber gets one now.
pub async fn check(
    State(portal): State<Portal>,
    visit: Visit,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Problem> {
    let (login, ticket) = (form.text("login"), form.text("ticket"));
    let known = known::find(&portal, &login).await?;
    let account = known::account(&portal, &visit, &headers, known.as_ref(), &login).await?;
    let attempt = lock::begin(&portal, &visit, Way::Code, &account).await?;
    let address = Address::parse(&login).ok();
    let right = match (&known, &address) {
        (Some(known), Some(address)) => {
            codes::check(&portal, known.operator, &address.key(), &ticket, &form.text("code"), visit.now).await?
        }
        _ => false,
    };
    let (Some(known), Some(address), true) = (known, address, right) else {
        return Ok(draw(&visit, &form, ticket, StatusCode::UNAUTHORIZED, (form.ticked("sms"), false)));
    };
    attempt.succeeded(&portal).await?;
    let id = match known.subscriber {
        Some(id) => id,
        None => known::create(&portal, &visit, &known, &address).await?,
    };
    let came =
        Came { operator: known.operator, person: Person::Subscriber(id), next: form.text("next"), with: "code".into() };
    enter::enter(&portal, &visit, &headers, came).await
}
