//! Where letters about the account go, for staff whose sign-in name is no address: set after a code sent there came back.

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use message::Address;
use store::records::means::MeansKind;

use super::me::Me;
use super::notices::{self, Notice};
use crate::forms::Form;
use crate::frame::{Frame, go, show, show_again};
use crate::mailer;
use crate::problem::Problem;
use crate::security::lock::{self, Account, Way};
use crate::security::{codes, devices, means};
use crate::state::Portal;
use crate::visit::Visit;

#[derive(Template)]
#[template(path = "account/letters.html")]
struct Page {
    f: Frame,
    here: &'static str,
    now: String,
    must_show: bool,
    /// The address that a code was sent to; empty where none was.
    address: String,
    ticket: String,
    wrong: String,
}

/// The page.
pub async fn page(State(portal): State<Portal>, visit: Visit) -> Result<Response, Problem> {
    let me = Me::of(&visit)?;
    is_asked(&portal, &me).await?;
    draw(&portal, &visit, &me, (String::new(), String::new()), String::new()).await
}

/// Who signs in with an address gets letters there: nobody who finds their browser open turns them elsewhere.
async fn is_asked(portal: &Portal, me: &Me) -> Result<(), Problem> {
    let is_set = means::letters(portal, me.operator, me.person).await?.is_some();
    if is_set || Address::parse(&me.login).is_err() { Ok(()) } else { Err(Problem::NotFound) }
}

async fn draw(
    portal: &Portal,
    visit: &Visit,
    me: &Me,
    (address, ticket): (String, String),
    wrong: String,
) -> Result<Response, Problem> {
    let now = means::letters(portal, me.operator, me.person).await?.map(|to| to.to_string()).unwrap_or_default();
    let f = Frame::new(visit, visit.words.say("letters-title"));
    let is_wrong = !wrong.is_empty();
    let page = Page { f, here: me.here, now, must_show: me.must_show(), address, ticket, wrong };
    Ok(if is_wrong { show_again(&page) } else { show(&page) })
}

/// Sends a code to a new address. Only mail to the operator's own domains has a way from here.
pub async fn send(
    State(portal): State<Portal>,
    visit: Visit,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Problem> {
    let me = Me::of(&visit)?;
    is_asked(&portal, &me).await?;
    let nothing = (String::new(), String::new());
    let is_ours = |to: &Address| portal.services.directory.operator_of_domain(to.domain()) == Some(me.operator);
    let Some(to) = Address::parse(&form.text("address")).ok().filter(is_ours) else {
        return draw(&portal, &visit, &me, nothing, visit.words.say("letters-wrong")).await;
    };
    if !me.shown(&portal, &visit, &headers, &form).await? {
        return draw(&portal, &visit, &me, nothing, visit.words.say("password-current-wrong")).await;
    }
    let device = devices::known(&portal, &visit, &headers, me.operator, Some(me.person)).await?;
    lock::code(&portal, &visit, &Account::of(Some(me.person), "", device)).await?;
    let ticket = codes::ticket()?;
    let code = codes::make(&portal, me.operator, &whom(&me, &to), &ticket, visit.now).await?;
    let sent = match mailer::write(me.operator, &to, &code, visit.now, visit.words) {
        Ok(letter) => portal.mail.send(letter).await,
        Err(fault) => Err(fault),
    };
    if let Err(fault) = sent {
        tracing::warn!(%fault, "a code for an address of staff could not be sent");
        return draw(&portal, &visit, &me, nothing, visit.words.say("letters-unsent")).await;
    }
    draw(&portal, &visit, &me, (to.to_string(), ticket), String::new()).await
}

/// What the code is for: this person taking this address.
fn whom(me: &Me, to: &Address) -> String {
    format!("{:?} reads {}", me.person, to.key())
}

/// Sets the address, for the code that was sent to it. The one before it is told.
pub async fn confirm(
    State(portal): State<Portal>,
    visit: Visit,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Problem> {
    let me = Me::of(&visit)?;
    let ticket = form.text("ticket");
    let to = Address::parse(&form.text("address")).map_err(|_| Problem::BadForm)?;
    let device = devices::known(&portal, &visit, &headers, me.operator, Some(me.person)).await?;
    let attempt = lock::begin(&portal, &visit, Way::Code, &Account::of(Some(me.person), "", device)).await?;
    if !codes::check(&portal, me.operator, &whom(&me, &to), &ticket, &form.text("code"), visit.now).await? {
        return draw(&portal, &visit, &me, (to.to_string(), ticket), visit.words.say("code-wrong")).await;
    }
    attempt.succeeded(&portal).await?;
    notices::send(&portal, &visit, me.operator, me.person, Notice::Letters).await?;
    means::put(&portal, me.operator, me.person, (MeansKind::Letters, Some(&to.to_string())), visit.now).await?;
    me.audit(&portal, &visit, "letters.set", "").await?;
    Ok(go(&format!("{}?done=letters", me.here)))
}

/// Takes the address away.
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
    notices::send(&portal, &visit, me.operator, me.person, Notice::Letters).await?;
    means::put(&portal, me.operator, me.person, (MeansKind::Letters, None), visit.now).await?;
    me.audit(&portal, &visit, "letters.remove", "").await?;
    Ok(go(&format!("{}?done=letters-off", me.here)))
}
