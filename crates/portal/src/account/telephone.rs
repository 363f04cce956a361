//! The telephone number that gets one-time codes: set after a code sent to it has come back.

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use store::records::means::MeansKind;

use super::me::Me;
use super::notices::{self, Notice};
use crate::forms::Form;
use crate::frame::{Frame, go, show, show_again};
use crate::problem::Problem;
use crate::public::by_code;
use crate::security::lock::{self, Account, Way};
use crate::security::{codes, devices, means};
use crate::sms;
use crate::state::Portal;
use crate::visit::Visit;

#[derive(Template)]
#[template(path = "account/telephone.html")]
struct Page {
    f: Frame,
    here: &'static str,
    now: String,
    must_show: bool,
    /// The number that a code was sent to; empty where none was.
    number: String,
    ticket: String,
    wrong: String,
}

/// The page.
pub async fn page(State(portal): State<Portal>, visit: Visit) -> Result<Response, Problem> {
    let me = Me::of(&visit)?;
    draw(&portal, &visit, &me, (String::new(), String::new()), String::new()).await
}

async fn draw(
    portal: &Portal,
    visit: &Visit,
    me: &Me,
    sent: (String, String),
    wrong: String,
) -> Result<Response, Problem> {
    let now = means::telephone(portal, me.operator, me.person).await?.unwrap_or_default();
    let is_wrong = !wrong.is_empty();
    let page = Page {
        f: Frame::new(visit, visit.words.say("telephone-title")),
        here: me.here,
        now: sms::hidden(&now),
        must_show: me.must_show(),
        number: sent.0,
        ticket: sent.1,
        wrong,
    };
    Ok(if is_wrong { show_again(&page) } else { show(&page) })
}

/// Sends a code to a new number.
pub async fn send(
    State(portal): State<Portal>,
    visit: Visit,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Problem> {
    let me = Me::of(&visit)?;
    let gateway = portal.options.sms.as_ref().ok_or(Problem::NotFound)?;
    let nothing = (String::new(), String::new());
    let Some(number) = gateway.number(&form.text("number")) else {
        return draw(&portal, &visit, &me, nothing, visit.words.say("telephone-wrong")).await;
    };
    if !me.shown(&portal, &visit, &headers, &form).await? {
        return draw(&portal, &visit, &me, nothing, visit.words.say("password-current-wrong")).await;
    }
    let device = devices::known(&portal, &visit, &headers, me.operator, Some(me.person)).await?;
    lock::sms(&portal, &visit, &Account::of(Some(me.person), "", device)).await?;
    let ticket = codes::ticket()?;
    let code = codes::make(&portal, me.operator, &whom(&me, &number), &ticket, visit.now).await?;
    if !by_code::by_telephone(&portal, &number, &code, visit.now, visit.words).await {
        return draw(&portal, &visit, &me, nothing, visit.words.say("telephone-unsent")).await;
    }
    draw(&portal, &visit, &me, (number, ticket), String::new()).await
}

/// What the code is for: this person taking this number.
fn whom(me: &Me, number: &str) -> String {
    format!("{:?} takes {number}", me.person)
}

/// Sets the number, for the code that was sent to it.
pub async fn confirm(
    State(portal): State<Portal>,
    visit: Visit,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Problem> {
    let me = Me::of(&visit)?;
    let (number, ticket) = (form.text("number"), form.text("ticket"));
    let device = devices::known(&portal, &visit, &headers, me.operator, Some(me.person)).await?;
    let attempt = lock::begin(&portal, &visit, Way::Code, &Account::of(Some(me.person), "", device)).await?;
    if !codes::check(&portal, me.operator, &whom(&me, &number), &ticket, &form.text("code"), visit.now).await? {
        return draw(&portal, &visit, &me, (number, ticket), visit.words.say("code-wrong")).await;
    }
    attempt.succeeded(&portal).await?;
    means::put(&portal, me.operator, me.person, (MeansKind::Telephone, Some(&number)), visit.now).await?;
    me.audit(&portal, &visit, "telephone.set", &sms::hidden(&number)).await?;
    notices::send(&portal, &visit, me.operator, me.person, Notice::Telephone).await?;
    Ok(go(&format!("{}?done=telephone", me.here)))
}

/// Takes the number away.
pub async fn remove(
    State(portal): State<Portal>,
    visit: Visit,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Problem> {
    let me = Me::of(&visit)?;
    if !me.shown(&portal, &visit, &headers, &form).await? {
        let nothing = (String::new(), String::new());
        return draw(&portal, &visit, &me, nothing, visit.words.say("password-current-wrong")).await;
    }
    means::put(&portal, me.operator, me.person, (MeansKind::Telephone, None), visit.now).await?;
    me.audit(&portal, &visit, "telephone.remove", "").await?;
    notices::send(&portal, &visit, me.operator, me.person, Notice::TelephoneOff).await?;
    Ok(go(&format!("{}?done=telephone-off", me.here)))
}
