//! The second factor: a code of the person's app, or a recovery code.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use store::records::signin::Person;

use crate::account::notices::{self, Notice};
use crate::forms::Form;
use crate::frame::{Frame, go, show};
use crate::problem::Problem;
use crate::public::enter;
use crate::security::devices;
use crate::security::lock::{self, Account, Way};
use crate::security::means::{self, Second};
use crate::security::step::{self, Came};
use crate::state::Portal;
use crate::visit::Visit;

#[derive(Template)]
#[template(path = "public/second.html")]
struct Page {
    f: Frame,
    wrong: bool,
    /// What was wrong was a recovery code, typed in its own form.
    by_recovery: bool,
    again: &'static str,
}

/// The page.
pub async fn page(State(portal): State<Portal>, visit: Visit, headers: HeaderMap) -> Result<Response, Problem> {
    Ok(match step::find(&portal, &visit, &headers).await? {
        Some(came) => draw(&visit, &came, (false, false)),
        None => go("/sign-in"),
    })
}

fn draw(visit: &Visit, came: &Came, (wrong, by_recovery): (bool, bool)) -> Response {
    let again = match came.person {
        Person::Subscriber(_) => "/sign-in",
        Person::Staff(_) => "/staff/sign-in",
    };
    let f = Frame::new(visit, visit.words.say("second-title"));
    let mut response = show(&Page { f, wrong, by_recovery, again });
    if wrong {
        *response.status_mut() = StatusCode::UNAUTHORIZED;
    }
    response
}

/// Checks what was typed, and lets in.
pub async fn check(
    State(portal): State<Portal>,
    visit: Visit,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Problem> {
    let came = step::find(&portal, &visit, &headers).await?.ok_or(Problem::SignIn)?;
    step::count(&portal, &visit, &headers).await?;
    let device = devices::known(&portal, &visit, &headers, came.operator, Some(came.person)).await?;
    let account = Account::of(Some(came.person), "", device);
    let attempt = match lock::begin(&portal, &visit, Way::Second, &account).await {
        Ok(attempt) => attempt,
        Err(Problem::Locked) => {
            // Whoever tries so often knows the password: its owner should.
            notices::send(&portal, &visit, came.operator, came.person, Notice::Guessed).await?;
            return Err(Problem::Locked);
        }
        Err(other) => return Err(other),
    };
    let typed = form.text("code");
    let Some(second) = means::try_second(&portal, came.operator, came.person, &typed, visit.now).await? else {
        return Ok(draw(&visit, &came, (true, form.ticked("recovery"))));
    };
    attempt.succeeded(&portal).await?;
    if let Second::Recovery(left) = second {
        notices::send(&portal, &visit, came.operator, came.person, Notice::RecoveryUsed(left)).await?;
    }
    let over = step::end(&portal, &visit, &headers).await?;
    let with = format!("{}, {}", came.with, if second == Second::App { "app" } else { "recovery code" });
    let mut response = enter::open(&portal, &visit, &headers, &Came { with, ..came }).await?;
    enter::set_cookie(&mut response, &over);
    Ok(response)
}
