//! Signing in: password, or a one-time code by mail, which makes a known address a subscriber's.
//!
//! What is said never tells whether an address is known.

use askama::Template;
use axum::extract::State;
use axum::http::header::{SET_COOKIE, USER_AGENT};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use checkpoint::Resolved;
use message::{Address, Domain};
use store::records::audit::AuditRow;
use store::records::directory::{AddressKind, AddressRow, SubscriberRow};
use store::records::signin::Person;
use store::{OperatorId, SubscriberId};

use crate::forms::{self, Form};
use crate::frame::{Frame, go, show};
use crate::mailer;
use crate::problem::Problem;
use crate::public::switch::own_path;
use crate::security::{codes, cookies, lock, sessions};
use crate::state::Portal;
use crate::visit::Visit;

#[derive(Template)]
#[template(path = "public/sign_in.html")]
struct Page {
    f: Frame,
    login: String,
    next: String,
    wrong: bool,
    sent: bool,
}

#[derive(Template)]
#[template(path = "public/staff_sign_in.html")]
struct StaffPage {
    f: Frame,
    login: String,
    next: String,
    wrong: bool,
}

/// The page for subscribers.
pub async fn page(visit: Visit) -> Response {
    let next = forms::query(&visit.path).text("next");
    draw(&visit, String::new(), next, false, false)
}

fn draw(visit: &Visit, login: String, next: String, wrong: bool, sent: bool) -> Response {
    let next = own_path(&next).unwrap_or_default().to_owned();
    let f = Frame::new(visit, visit.words.say("sign-in"));
    let mut response = show(&Page { f, login, next, wrong, sent });
    if wrong {
        *response.status_mut() = StatusCode::UNAUTHORIZED;
    }
    response
}

/// Signs in with a password.
pub async fn with_password(
    State(portal): State<Portal>,
    visit: Visit,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Problem> {
    let (login, next) = (form.text("login"), form.text("next"));
    let attempt = lock::begin(&portal, &visit, "password", &login).await?;
    let known = find(&portal, &login).await?;
    let row = match &known {
        Some(Known { operator, subscriber: Some(id), .. }) => portal.records().subscriber(*operator, *id).await?,
        _ => None,
    };
    let stored = row.as_ref().and_then(|row| row.password.as_deref());
    let right = portal.passwords.verify(&String::from_utf8_lossy(form.bytes("password")), stored).await?;
    let Some(row) = row.filter(|_| right) else {
        return Ok(draw(&visit, login, next, true, false));
    };
    attempt.succeeded(&portal, &visit).await?;
    enter(&portal, &visit, &headers, row.operator, Person::Subscriber(row.id), &next, "password").await
}

/// Sends a one-time code. The answer is the same whether the address is known or not, and comes as fast.
pub async fn send_code(State(portal): State<Portal>, visit: Visit, form: Form) -> Result<Response, Problem> {
    let (login, next) = (form.text("login"), form.text("next"));
    lock::code(&portal, &visit, &login).await?;
    if let (Ok(address), Some(known)) = (Address::parse(&login), find(&portal, &login).await?) {
        let code = codes::make(&portal, known.operator, &address.key(), visit.now).await?;
        let letter = mailer::write(known.operator, &address, &code, visit.now, visit.words).map_err(Problem::Fault)?;
        let mail = portal.mail.clone();
        // Sent beside the answer, so that its time tells nothing.
        tokio::spawn(async move {
            if let Err(fault) = mail.send(letter).await {
                tracing::error!(%fault, "a one-time code could not be sent");
            }
        });
    }
    Ok(draw(&visit, login, next, false, true))
}

/// Signs in with a code. A known address without a subscriber gets one now.
pub async fn with_code(
    State(portal): State<Portal>,
    visit: Visit,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Problem> {
    let (login, next) = (form.text("login"), form.text("next"));
    let attempt = lock::begin(&portal, &visit, "code", &login).await?;
    let known = find(&portal, &login).await?;
    let address = Address::parse(&login).ok();
    let right = match (&known, &address) {
        (Some(known), Some(address)) => {
            codes::check(&portal, known.operator, &address.key(), &form.text("code"), visit.now).await?
        }
        _ => false,
    };
    let (Some(known), Some(address), true) = (known, address, right) else {
        let mut response = draw(&visit, login, next, true, true);
        *response.status_mut() = StatusCode::UNAUTHORIZED;
        return Ok(response);
    };
    attempt.succeeded(&portal, &visit).await?;
    let id = match known.subscriber {
        Some(id) => id,
        None => create(&portal, &visit, &known, &address).await?,
    };
    enter(&portal, &visit, &headers, known.operator, Person::Subscriber(id), &next, "code").await
}

/// The page for staff.
pub async fn staff_page(visit: Visit) -> Response {
    let next = forms::query(&visit.path).text("next");
    draw_staff(&visit, String::new(), next, false)
}

fn draw_staff(visit: &Visit, login: String, next: String, wrong: bool) -> Response {
    let next = own_path(&next).unwrap_or_default().to_owned();
    let f = Frame::new(visit, visit.words.say("staff-sign-in"));
    let mut response = show(&StaffPage { f, login, next, wrong });
    if wrong {
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
    let attempt = lock::begin(&portal, &visit, "staff", &login).await?;
    let row = portal.records().staff_by_login(&login.to_lowercase()).await?;
    let stored = row.as_ref().map(|row| row.password.as_str());
    let right = portal.passwords.verify(&String::from_utf8_lossy(form.bytes("password")), stored).await?;
    let Some(row) = row.filter(|_| right) else {
        return Ok(draw_staff(&visit, login, next, true));
    };
    attempt.succeeded(&portal, &visit).await?;
    enter(&portal, &visit, &headers, row.operator, Person::Staff(row.id), &next, "password").await
}

/// Signs out.
pub async fn out(State(portal): State<Portal>, visit: Visit, headers: HeaderMap) -> Result<Response, Problem> {
    if let Some(token) = cookies::read(&headers, cookies::session_name(visit.secure)) {
        sessions::end(&portal, token).await?;
    }
    let mut response = go("/sign-in?done=signed-out");
    set_cookie(&mut response, &cookies::clear_session(visit.secure));
    Ok(response)
}

/// Opens a fresh session, ends the one there was, and leads on.
async fn enter(
    portal: &Portal,
    visit: &Visit,
    headers: &HeaderMap,
    operator: OperatorId,
    person: Person,
    next: &str,
    with: &str,
) -> Result<Response, Problem> {
    if let Some(old) = cookies::read(headers, cookies::session_name(visit.secure)) {
        sessions::end(portal, old).await?;
    }
    let agent = headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let token = sessions::open(portal, visit, operator, person, agent).await?;
    let (by, home) = match person {
        Person::Subscriber(id) => (format!("subscriber:{}", id.0), "/held"),
        Person::Staff(id) => (format!("staff:{}", id.0), "/staff"),
    };
    portal
        .records()
        .audit(&AuditRow {
            id: 0,
            operator,
            at: visit.now,
            by: by.clone(),
            from: visit.from.clone(),
            action: "session.open".into(),
            target: by,
            detail: with.into(),
        })
        .await?;
    let mut response = go(own_path(next).filter(|next| !next.is_empty()).unwrap_or(home));
    set_cookie(&mut response, &cookies::set_session(&token, visit.secure));
    Ok(response)
}

fn set_cookie(response: &mut Response, cookie: &str) {
    if let Ok(value) = HeaderValue::from_str(cookie) {
        response.headers_mut().append(SET_COOKIE, value);
    }
}

/// An address that is ours.
struct Known {
    operator: OperatorId,
    subscriber: Option<SubscriberId>,
    /// Key of the mailbox behind the address.
    mailbox: String,
    group: String,
}

/// Finds whose an address is: by the name used to sign in, or by any address the directory knows.
async fn find(portal: &Portal, login: &str) -> Result<Option<Known>, Problem> {
    let Ok(address) = Address::parse(login) else { return Ok(None) };
    let domain: &Domain = address.domain();
    let Some(operator) = portal.services.directory.operator_of_domain(domain) else { return Ok(None) };
    if let Some(row) = portal.records().subscriber_by_login(operator, &address.key()).await? {
        return Ok(Some(Known { operator, subscriber: Some(row.id), mailbox: address.key(), group: row.group }));
    }
    match portal.services.directory.resolve(&address).await? {
        Resolved::Ours(found) => Ok(Some(Known {
            operator: found.operator,
            subscriber: found.subscriber,
            mailbox: mailbox(portal, &found.deliver_to),
            group: found.group.clone(),
        })),
        Resolved::Nobody | Resolved::NotOurs => Ok(None),
    }
}

/// The mailbox behind an address: without its detail, where its domain has such.
fn mailbox(portal: &Portal, address: &Address) -> String {
    let domains = portal.services.directory.domains();
    let separator = domains.iter().find(|local| local.name == *address.domain()).and_then(|local| local.detail);
    let user = separator.map_or(address.local(), |separator| address.split_detail(separator).0);
    Address::new(user, address.domain().clone()).map_or_else(|_| address.key(), |bare| bare.key())
}

/// Makes the owner of a mailbox a subscriber: who reads its mail has shown the code.
async fn create(portal: &Portal, visit: &Visit, known: &Known, address: &Address) -> Result<SubscriberId, Problem> {
    let id = portal
        .records()
        .put_subscriber(&SubscriberRow {
            id: SubscriberId(0),
            operator: known.operator,
            login: known.mailbox.clone(),
            name: String::new(),
            group: known.group.clone(),
            language: String::new(),
            password: None,
        })
        .await?;
    portal
        .records()
        .put_address(&AddressRow {
            operator: known.operator,
            key: known.mailbox.clone(),
            kind: AddressKind::Mailbox,
            subscriber: Some(id),
        })
        .await?;
    portal
        .records()
        .audit(&AuditRow {
            id: 0,
            operator: known.operator,
            at: visit.now,
            by: format!("subscriber:{}", id.0),
            from: visit.from.clone(),
            action: "subscriber.create".into(),
            target: format!("subscriber:{}", id.0),
            detail: format!("by code to {address}"),
        })
        .await?;
    Ok(id)
}
