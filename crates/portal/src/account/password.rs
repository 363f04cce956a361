//! A new password. It signs the person out everywhere else: whoever knew the old one is out.

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use store::records::signin::Person;

use super::me::Me;
use super::notices::{self, Notice};
use crate::forms::Form;
use crate::frame::{Frame, go, show, show_again};
use crate::problem::Problem;
use crate::public::enter;
use crate::security::passwords::{self, Weak};
use crate::security::step::Came;
use crate::security::{devices, means};
use crate::state::Portal;
use crate::visit::{SignedInPerson, Visit};

#[derive(Template)]
#[template(path = "account/password.html")]
struct Page {
    f: Frame,
    here: &'static str,
    login: String,
    has: bool,
    shortest: usize,
    wrong: String,
    /// They come in without it, and may switch it off.
    can_do_without: bool,
}

/// The page.
pub async fn page(State(portal): State<Portal>, visit: Visit) -> Result<Response, Problem> {
    let me = Me::of(&visit)?;
    draw(&portal, &visit, &me, String::new()).await
}

async fn draw(portal: &Portal, visit: &Visit, me: &Me, wrong: String) -> Result<Response, Problem> {
    let f = Frame::new(visit, visit.words.say("password-title"));
    let is_wrong = !wrong.is_empty();
    let has = me.password.is_some();
    let can_do_without = has && means::has_another_way(portal, me.operator, me.person).await?;
    let page = Page { f, here: me.here, login: me.login.clone(), has, shortest: me.shortest, wrong, can_do_without };
    Ok(if is_wrong { show_again(&page) } else { show(&page) })
}

/// Switches it off: who has a passkey, or comes by the OpenID provider, is not open to whoever learns the password. The way
/// back is a code by mail (subscribers) or an administrator who sets a new one (staff); a new one can be made any time.
pub async fn off(
    State(portal): State<Portal>,
    visit: Visit,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Problem> {
    let me = Me::of(&visit)?;
    if !means::has_another_way(&portal, me.operator, me.person).await? {
        return draw(&portal, &visit, &me, visit.words.say("password-needed")).await;
    }
    if me.password.is_none() {
        return Ok(go(me.here));
    }
    if !me.is_password(&portal, &visit, &headers, form.bytes("current")).await? {
        return draw(&portal, &visit, &me, visit.words.say("password-current-wrong")).await;
    }
    keep(&portal, &visit, None).await?;
    me.audit(&portal, &visit, "password.off", "").await?;
    // Whoever came in by it is out, as when it changes.
    let this = visit.who.as_ref().map(|who| who.session.token_hash);
    portal.records().end_sessions_of(me.operator, me.person, this).await?;
    notices::send(&portal, &visit, me.operator, me.person, Notice::PasswordOff).await?;
    Ok(go(&format!("{}?done=password-off", me.here)))
}

/// Takes a new password into force.
pub async fn save(
    State(portal): State<Portal>,
    visit: Visit,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Problem> {
    let me = Me::of(&visit)?;
    let words = visit.words;
    let (new, again) = (form.bytes("new"), form.bytes("again"));
    if new != again {
        return draw(&portal, &visit, &me, words.say("password-differs")).await;
    }
    let new = String::from_utf8_lossy(new).into_owned();
    if let Err(weak) = passwords::check(&new, &me.login, me.shortest) {
        let wrong = match weak {
            Weak::Short(count) => words.say1("password-short", "count", count),
            Weak::Long => words.say("password-long"),
            Weak::Common => words.say("password-common"),
            Weak::Name => words.say("password-name"),
        };
        return draw(&portal, &visit, &me, wrong).await;
    }
    let right = match me.password {
        // Always asked for, however lately the person signed in.
        Some(_) => me.is_password(&portal, &visit, &headers, form.bytes("current")).await?,
        None => me.shown(&portal, &visit, &headers, &form).await?,
    };
    if !right {
        return draw(&portal, &visit, &me, words.say("password-current-wrong")).await;
    }
    keep(&portal, &visit, Some(portal.passwords.hash(&new).await?)).await?;
    me.audit(&portal, &visit, "password.change", "").await?;
    portal.records().end_sessions_of(me.operator, me.person, None).await?;
    devices::forget(&portal, me.operator, me.person).await?;
    notices::send(&portal, &visit, me.operator, me.person, Notice::Password).await?;
    let mut response = go(&format!("{}?done=password", me.here));
    let came = Came { operator: me.operator, person: me.person, next: String::new(), with: "new password".into() };
    enter::start(&portal, &visit, &headers, &came, &mut response).await?;
    Ok(response)
}

async fn keep(portal: &Portal, visit: &Visit, hash: Option<String>) -> Result<(), Problem> {
    match visit.who.as_ref().map(|who| (&who.person, who.session.person)) {
        Some((SignedInPerson::Subscriber(row), Person::Subscriber(_))) => {
            let mut row = row.clone();
            row.password = hash;
            portal.records().put_subscriber(&row).await?;
        }
        Some((SignedInPerson::Staff(row, _), _)) => {
            let mut row = row.clone();
            row.password = hash.unwrap_or_default();
            portal.records().put_staff(&row).await?;
        }
        _ => return Err(Problem::SignIn),
    }
    Ok(())
}
