//! Setting up an authenticator app as second factor, its recovery codes, and taking it away again.

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use message::UnixMillis;
use qrcode::{EcLevel, QrCode};

use super::me::Me;
use super::notices::{self, Notice};
use crate::forms::Form;
use crate::frame::{Frame, go, show, show_again};
use crate::problem::Problem;
use crate::security::lock::{self, Account, Way};
use crate::security::sessions::random;
use crate::security::{devices, means, totp};
use crate::state::Portal;
use crate::visit::Visit;

/// How long a secret that is shown may be confirmed.
const SHOWN: i64 = 30 * 60_000;

#[derive(Template)]
#[template(path = "account/app.html")]
struct Page {
    f: Frame,
    here: &'static str,
    on: bool,
    left: usize,
    /// The picture, as SVG; empty where the app is set up.
    qr: String,
    secret: String,
    must_show: bool,
    needed: bool,
    wrong: String,
}

#[derive(Template)]
#[template(path = "account/recovery.html")]
struct Recovery {
    f: Frame,
    here: &'static str,
    codes: Vec<String>,
    first: bool,
}

/// The page.
pub async fn page(State(portal): State<Portal>, visit: Visit) -> Result<Response, Problem> {
    let me = Me::of(&visit)?;
    draw(&portal, &visit, &me, String::new()).await
}

async fn draw(portal: &Portal, visit: &Visit, me: &Me, wrong: String) -> Result<Response, Problem> {
    let on = means::app(portal, me.operator, me.person).await?.is_some();
    let (mut qr, mut secret) = (String::new(), String::new());
    if !on {
        let octets = offered(portal, visit).await?;
        let issuer =
            if visit.operator_name.is_empty() { visit.words.say("product") } else { visit.operator_name.clone() };
        qr = picture(&totp::address(&issuer, &me.login, &octets), &visit.words.say("app-qr"))?;
        let letters: Vec<char> = totp::base32(&octets).chars().collect();
        secret = letters.chunks(4).map(|four| four.iter().collect::<String>()).collect::<Vec<_>>().join(" ");
    }
    let is_wrong = !wrong.is_empty();
    let page = Page {
        f: Frame::new(visit, visit.words.say("app-title")),
        here: me.here,
        on,
        left: means::recovery_left(portal, me.operator, me.person).await?,
        qr,
        secret,
        must_show: me.must_show(),
        needed: visit.role().is_some_and(|role| portal.options.second_factor.contains(&role)),
        wrong,
    };
    Ok(if is_wrong { show_again(&page) } else { show(&page) })
}

fn offered_key(visit: &Visit) -> Result<String, Problem> {
    let who = visit.who.as_ref().ok_or(Problem::SignIn)?;
    Ok(format!("portal:offered-app:{}", URL_SAFE_NO_PAD.encode(who.session.token_hash)))
}

/// The secret that this session is shown: the same when the page is opened again, or the code of an app that has
/// scanned the first would be wrong.
async fn offered(portal: &Portal, visit: &Visit) -> Result<Vec<u8>, Problem> {
    let key = offered_key(visit)?;
    if let Some(kept) = portal.counters().recall(&key, visit.now).await? {
        return Ok(kept);
    }
    let secret = random()?[..totp::SECRET].to_vec();
    portal.counters().remember(&key, &secret, UnixMillis(visit.now.0 + SHOWN)).await?;
    Ok(secret)
}

/// The address as a picture: one path of squares. Dark on light in every colour scheme, or cameras do not read it.
fn picture(address: &str, title: &str) -> Result<String, Problem> {
    let code = QrCode::with_error_correction_level(address, EcLevel::M)
        .map_err(|fault| Problem::Fault(format!("no QR code: {fault}")))?;
    let width = code.width();
    // Four modules of quiet zone (ISO/IEC 18004 §9.1).
    let side = width + 8;
    let mut path = String::new();
    for (at, colour) in code.to_colors().into_iter().enumerate() {
        if colour == qrcode::Color::Dark {
            path.push_str(&format!("M{} {}h1v1h-1z", at % width + 4, at / width + 4));
        }
    }
    Ok(format!(
        "<svg class=\"qr\" role=\"img\" aria-label=\"{title}\" viewBox=\"0 0 {side} {side}\" width=\"232\" \
         height=\"232\" shape-rendering=\"crispEdges\"><rect width=\"{side}\" height=\"{side}\" fill=\"#fff\"/>\
         <path d=\"{path}\" fill=\"#000\"/></svg>"
    ))
}

/// Confirms by one code of the app, and shows the recovery codes: this once.
pub async fn confirm(
    State(portal): State<Portal>,
    visit: Visit,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Problem> {
    let me = Me::of(&visit)?;
    if means::app(&portal, me.operator, me.person).await?.is_some() {
        return Ok(go(&format!("{}/app", me.here)));
    }
    if !me.shown(&portal, &visit, &headers, &form).await? {
        return draw(&portal, &visit, &me, visit.words.say("password-current-wrong")).await;
    }
    let secret = offered(&portal, &visit).await?;
    let Some(step) = totp::matches(&secret, &means::digits(&form.text("code")), visit.now.0) else {
        return draw(&portal, &visit, &me, visit.words.say("app-code-wrong")).await;
    };
    means::enrol(&portal, me.operator, me.person, &secret, step, visit.now).await?;
    portal.counters().forget(&offered_key(&visit)?).await?;
    let codes = means::new_recovery(&portal, me.operator, me.person, visit.now).await?;
    me.audit(&portal, &visit, "second-factor.on", "").await?;
    notices::send(&portal, &visit, me.operator, me.person, Notice::AppOn).await?;
    Ok(shown_once(&visit, &me, codes, true))
}

fn shown_once(visit: &Visit, me: &Me, codes: Vec<String>, first: bool) -> Response {
    show(&Recovery { f: Frame::new(visit, visit.words.say("recovery-title")), here: me.here, codes, first })
}

/// New recovery codes in place of the old, for a fresh code of the app.
pub async fn recovery(
    State(portal): State<Portal>,
    visit: Visit,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Problem> {
    let me = Me::of(&visit)?;
    if !is_code(&portal, &visit, &headers, &me, &form).await? {
        return draw(&portal, &visit, &me, visit.words.say("app-code-wrong")).await;
    }
    let codes = means::new_recovery(&portal, me.operator, me.person, visit.now).await?;
    me.audit(&portal, &visit, "recovery-codes.new", "").await?;
    notices::send(&portal, &visit, me.operator, me.person, Notice::RecoveryNew).await?;
    Ok(shown_once(&visit, &me, codes, false))
}

/// Takes the app away, for a fresh code of it or a recovery code.
pub async fn remove(
    State(portal): State<Portal>,
    visit: Visit,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Problem> {
    let me = Me::of(&visit)?;
    if !is_code(&portal, &visit, &headers, &me, &form).await? {
        return draw(&portal, &visit, &me, visit.words.say("app-code-wrong")).await;
    }
    means::remove(&portal, me.operator, me.person).await?;
    me.audit(&portal, &visit, "second-factor.off", "").await?;
    notices::send(&portal, &visit, me.operator, me.person, Notice::AppOff).await?;
    Ok(go(&format!("{}?done=app-off", me.here)))
}

async fn is_code(portal: &Portal, visit: &Visit, headers: &HeaderMap, me: &Me, form: &Form) -> Result<bool, Problem> {
    let device = devices::known(portal, visit, headers, me.operator, Some(me.person)).await?;
    let attempt = lock::begin(portal, visit, Way::Second, &Account::of(Some(me.person), "", device)).await?;
    let right = means::try_second(portal, me.operator, me.person, &form.text("code"), visit.now).await?.is_some();
    if right {
        attempt.succeeded(portal).await?;
    }
    Ok(right)
}
