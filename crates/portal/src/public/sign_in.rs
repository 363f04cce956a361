//! Signing in with a password, for subscribers and staff, and signing out.
//!
//! What is said never tells whether an address is known.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use store::records::signin::Person;

use crate::forms::{self, Form};
use crate::frame::{Frame, go, show};
use crate::problem::Problem;
use crate::public::switch::own_path;
use crate::public::{enter, known};
use crate::security::lock::{self, Account, Way};
use crate::security::step::Came;
use crate::security::{cookies, devices, means, sessions};
use crate::state::Portal;
use crate::visit::Visit;

#[derive(Template)]
#[template(path = "public/sign_in.html")]
struct Page {
    f: Frame,
    login: String,
    next: String,
    wrong: bool,
    sms: bool,
    /// Challenge and site for a passkey; empty where none is offered.
    passkey: (String, String),
    refused: bool,
}

#[derive(Template)]
#[template(path = "public/staff_sign_in.html")]
struct StaffPage {
    f: Frame,
    login: String,
    next: String,
    wrong: bool,
    /// What the OpenID provider is called; empty where there is none.
    provider: String,
    /// Challenge and site for a passkey; empty where none is offered.
    passkey: (String, String),
    /// Their role does not come in by a password.
    by_another_way: bool,
    /// It sent somebody who is not staff, or did not work.
    refused: bool,
}

/// The page for subscribers.
pub async fn page(State(portal): State<Portal>, visit: Visit) -> Response {
    let next = forms::query(&visit.path).text("next");
    draw(&portal, &visit, String::new(), next, false)
}

fn draw(portal: &Portal, visit: &Visit, login: String, next: String, wrong: bool) -> Response {
    let next = own_path(&next).unwrap_or_default().to_owned();
    let f = Frame::new(visit, visit.words.say("sign-in"));
    let passkey = offered(portal, visit);
    let refused = !passkey.0.is_empty() && forms::query(&visit.path).text("refused") == "passkey";
    let mut response = show(&Page { f, login, next, wrong, sms: portal.options.sms.is_some(), passkey, refused });
    if wrong {
        *response.status_mut() = StatusCode::UNAUTHORIZED;
    }
    response
}

/// What the page needs to offer a passkey.
#[cfg(feature = "passkeys")]
fn offered(portal: &Portal, visit: &Visit) -> (String, String) {
    crate::public::passkey::offered(portal, visit)
}

#[cfg(not(feature = "passkeys"))]
fn offered(_: &Portal, _: &Visit) -> (String, String) {
    (String::new(), String::new())
}

/// Signs in with a password.
pub async fn with_password(
    State(portal): State<Portal>,
    visit: Visit,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Problem> {
    let (login, next) = (form.text("login"), form.text("next"));
    let known = known::find(&portal, &login).await?;
    let account = known::account(&portal, &visit, &headers, known.as_ref(), &login).await?;
    let attempt = lock::begin(&portal, &visit, Way::Password, &account).await?;
    let row = match &known {
        Some(known::Known { operator, subscriber: Some(id), .. }) => {
            portal.records().subscriber(*operator, *id).await?
        }
        _ => None,
    };
    let stored = row.as_ref().and_then(|row| row.password.as_deref());
    let right = portal.passwords.verify(&String::from_utf8_lossy(form.bytes("password")), stored).await?;
    let Some(row) = row.filter(|_| right) else {
        return Ok(draw(&portal, &visit, login, next, true));
    };
    attempt.succeeded(&portal).await?;
    let came = Came { operator: row.operator, person: Person::Subscriber(row.id), next, with: "password".into() };
    enter::enter(&portal, &visit, &headers, came).await
}

/// The page for staff.
pub async fn staff_page(State(portal): State<Portal>, visit: Visit) -> Response {
    let next = forms::query(&visit.path).text("next");
    draw_staff(&portal, &visit, String::new(), next, (false, false))
}

fn draw_staff(portal: &Portal, visit: &Visit, login: String, next: String, no: (bool, bool)) -> Response {
    let (wrong, by_another_way) = no;
    let next = own_path(&next).unwrap_or_default().to_owned();
    let f = Frame::new(visit, visit.words.say("staff-sign-in"));
    let provider = portal.options.provider_name();
    let refused = !provider.is_empty() && forms::query(&visit.path).text("refused") == "oidc";
    let passkey = offered(portal, visit);
    let mut response = show(&StaffPage { f, login, next, wrong, provider, passkey, by_another_way, refused });
    if wrong || by_another_way {
        *response.status_mut() = StatusCode::UNAUTHORIZED;
    }
    response
}

/// Signs staff in.
pub async fn staff_with_password(
    State(portal): State<Portal>,
    visit: Visit,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Problem> {
    let (login, next) = (form.text("login"), form.text("next"));
    let row = portal.records().staff_by_login(&login.to_lowercase()).await?;
    let account = match &row {
        Some(row) => {
            let person = Some(Person::Staff(row.id));
            Account::of(person, &login, devices::known(&portal, &visit, &headers, row.operator, person).await?)
        }
        None => Account::of(None, &login, None),
    };
    let attempt = lock::begin(&portal, &visit, Way::Password, &account).await?;
    // Who comes by the OpenID provider alone has none; looking costs the same.
    let stored = row.as_ref().map(|row| row.password.as_str()).filter(|hash| !hash.is_empty());
    let right = portal.passwords.verify(&String::from_utf8_lossy(form.bytes("password")), stored).await?;
    let Some(row) = row.filter(|_| right) else {
        return Ok(draw_staff(&portal, &visit, login, next, (true, false)));
    };
    attempt.succeeded(&portal).await?;
    if portal.options.without_password.contains(&row.role)
        && means::has_another_way(&portal, row.operator, Person::Staff(row.id)).await?
    {
        return Ok(draw_staff(&portal, &visit, login, next, (false, true)));
    }
    let came = Came { operator: row.operator, person: Person::Staff(row.id), next, with: "password".into() };
    enter::enter(&portal, &visit, &headers, came).await
}

/// Signs out.
pub async fn out(State(portal): State<Portal>, visit: Visit, headers: HeaderMap) -> Result<Response, Problem> {
    if let Some(token) = cookies::read(&headers, cookies::session_name(visit.secure)) {
        sessions::end(&portal, token).await?;
    }
    let mut response = go("/sign-in?done=signed-out");
    enter::set_cookie(&mut response, &cookies::clear_session(visit.secure));
    Ok(response)
}
