//! A person's passkeys: added in the device at hand, named by it, taken away.

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use message::UnixMillis;
use store::records::means::{MeansKind, MeansRow};
use store::records::signin::Person;

use super::device;
use super::me::Me;
use super::notices::{self, Notice};
use crate::forms::Form;
use crate::frame::{Frame, go, show, show_again};
use crate::problem::Problem;
use crate::public::enter;
use crate::security::passkeys::{self, Given, Site};
use crate::security::sessions;
use crate::state::Portal;
use crate::visit::Visit;

/// Passkeys of one person.
const MOST: usize = 20;

#[derive(Template)]
#[template(path = "account/passkeys.html")]
struct Page {
    f: Frame,
    here: &'static str,
    lines: Vec<Line>,
    challenge: String,
    host: String,
    login: String,
    /// The person as devices keep them: says nothing of who it is.
    user: String,
    must_show: bool,
    wrong: String,
}

struct Line {
    id: String,
    device: String,
    since: UnixMillis,
}

fn purpose(visit: &Visit) -> Result<String, Problem> {
    let who = visit.who.as_ref().ok_or(Problem::SignIn)?;
    Ok(format!("add {}", URL_SAFE_NO_PAD.encode(who.session.token_hash)))
}

async fn kept(portal: &Portal, me: &Me) -> Result<Vec<MeansRow>, Problem> {
    let rows = portal.records().means_of(me.operator, me.person).await?;
    Ok(rows.into_iter().filter(|row| row.kind == MeansKind::Passkey).collect())
}

/// The page.
pub async fn page(State(portal): State<Portal>, visit: Visit) -> Result<Response, Problem> {
    let me = Me::of(&visit)?;
    draw(&portal, &visit, &me, String::new()).await
}

async fn draw(portal: &Portal, visit: &Visit, me: &Me, wrong: String) -> Result<Response, Problem> {
    let unknown = visit.words.say("sign-ins-device-unknown");
    let lines = kept(portal, me).await?.into_iter().map(|row| Line {
        id: URL_SAFE_NO_PAD.encode(&row.name),
        device: if row.detail.is_empty() { unknown.clone() } else { row.detail },
        since: row.created_at,
    });
    let is_wrong = !wrong.is_empty();
    let user = format!("{} {} {:?}", URL_SAFE_NO_PAD.encode(portal.options.secret), me.operator.0, me.person);
    let page = Page {
        f: Frame::new(visit, visit.words.say("passkeys-title")),
        here: me.here,
        lines: lines.collect(),
        challenge: passkeys::challenge(portal, &purpose(visit)?, visit.now)?,
        host: Site::of(portal).map(|site| site.host).unwrap_or_default(),
        login: me.login.clone(),
        user: URL_SAFE_NO_PAD.encode(sessions::hash(&user)),
        must_show: me.must_show(),
        wrong,
    };
    Ok(if is_wrong { show_again(&page) } else { show(&page) })
}

/// Adds the one that the device has made.
pub async fn add(
    State(portal): State<Portal>,
    visit: Visit,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Problem> {
    let me = Me::of(&visit)?;
    let site = Site::of(&portal).ok_or(Problem::NotFound)?;
    if !me.shown(&portal, &visit, &headers, &form).await? {
        return draw(&portal, &visit, &me, visit.words.say("password-current-wrong")).await;
    }
    let part = |name: &str| URL_SAFE_NO_PAD.decode(form.bytes(name)).unwrap_or_default();
    let (id, client, data, spki) = (part("id"), part("client"), part("data"), part("key"));
    let given = Given { id: &id, client: &client, data: &data };
    let new = passkeys::registered(&portal, &site, &purpose(&visit)?, given, &spki, visit.now).await?;
    let is_full = kept(&portal, &me).await?.len() >= MOST;
    let Some(new) = new.filter(|_| !is_full) else {
        return draw(&portal, &visit, &me, visit.words.say("passkey-failed")).await;
    };
    // §7.1 step 26: an id that somebody has already is not taken over.
    if !portal.records().means_named(MeansKind::Passkey, &new.id).await?.is_empty() {
        return draw(&portal, &visit, &me, visit.words.say("passkey-failed")).await;
    }
    let row = MeansRow {
        operator: me.operator,
        person: me.person,
        kind: MeansKind::Passkey,
        name: new.id,
        secret: new.key,
        detail: device::name(enter::agent(&headers)).unwrap_or_default(),
        created_at: visit.now,
        used: i64::from(new.counter),
    };
    portal.records().put_means(&row).await?;
    me.audit(&portal, &visit, "passkey.add", &row.detail).await?;
    notices::send(&portal, &visit, me.operator, me.person, Notice::PasskeyOn).await?;
    Ok(go(&format!("{}/passkeys?done=passkey", me.here)))
}

/// Takes one of their own away.
pub async fn remove(
    State(portal): State<Portal>,
    visit: Visit,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Problem> {
    let me = Me::of(&visit)?;
    if !me.shown(&portal, &visit, &headers, &form).await? {
        return draw(&portal, &visit, &me, visit.words.say("password-current-wrong")).await;
    }
    let id = URL_SAFE_NO_PAD.decode(form.bytes("id")).unwrap_or_default();
    // Staff get no code by mail: the last way in stays until there is another.
    let is_last = kept(&portal, &me).await?.iter().all(|row| row.name == id);
    if is_last && me.password.is_none() && matches!(me.person, Person::Staff(_)) {
        return draw(&portal, &visit, &me, visit.words.say("passkey-last")).await;
    }
    if portal.records().drop_means(me.operator, me.person, MeansKind::Passkey, Some(&id)).await? == 0 {
        return Err(Problem::NotFound);
    }
    me.audit(&portal, &visit, "passkey.remove", "").await?;
    notices::send(&portal, &visit, me.operator, me.person, Notice::PasskeyOff).await?;
    Ok(go(&format!("{}/passkeys?done=passkey-off", me.here)))
}
