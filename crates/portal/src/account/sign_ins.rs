//! Where a person is signed in, and ending it elsewhere: after a lost phone, or on a computer that others use.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use message::UnixMillis;
use store::records::audit::AuditRow;
use store::records::signin::{Person, SessionRow};

use super::device;
use crate::forms::Form;
use crate::frame::{Frame, go, show};
use crate::problem::Problem;
use crate::security::sessions;
use crate::state::Portal;
use crate::visit::{SignedIn, Visit};

#[derive(Template)]
#[template(path = "account/sign_ins.html")]
struct Page {
    f: Frame,
    here: &'static str,
    tokens: &'static str,
    lines: Vec<Line>,
}

struct Line {
    /// Hash of the token: names the session to its owner, and opens nothing.
    id: String,
    device: String,
    from: String,
    since: UnixMillis,
    last: UnixMillis,
    this: bool,
}

/// The page.
pub async fn page(State(portal): State<Portal>, visit: Visit) -> Result<Response, Problem> {
    let who = signed_in(&visit)?;
    let unknown = visit.words.say("sign-ins-device-unknown");
    let lines = sessions::of(&portal, who, visit.now).await?.into_iter().map(|row| Line {
        id: id(&row),
        device: described(&row).map_or_else(|| unknown.clone(), |name| program(&visit, &row, name)),
        this: row.token_hash == who.session.token_hash,
        from: row.ip,
        since: row.created_at,
        last: row.last_seen,
    });
    let lines = lines.collect();
    Ok(show(&Page {
        f: Frame::new(&visit, visit.words.say("sign-ins-title")),
        here: here(who),
        tokens: tokens(who),
        lines,
    }))
}

/// Ends one.
pub async fn end(State(portal): State<Portal>, visit: Visit, form: Form) -> Result<Response, Problem> {
    let who = signed_in(&visit)?;
    let chosen = form.text("session");
    // Only among their own: a name taken from elsewhere ends nothing.
    let rows = sessions::of(&portal, who, visit.now).await?;
    let row = rows.iter().find(|row| id(row) == chosen).ok_or(Problem::Gone)?;
    over(&portal, &visit, &[row]).await?;
    Ok(go(&format!("{}?done=signed-out-there", here(who))))
}

/// Ends all but the one that asks.
pub async fn end_others(State(portal): State<Portal>, visit: Visit) -> Result<Response, Problem> {
    let who = signed_in(&visit)?;
    let rows = sessions::of(&portal, who, visit.now).await?;
    let others: Vec<&SessionRow> = rows.iter().filter(|row| row.token_hash != who.session.token_hash).collect();
    over(&portal, &visit, &others).await?;
    Ok(go(&format!("{}?done=signed-out-there", here(who))))
}

async fn over(portal: &Portal, visit: &Visit, rows: &[&SessionRow]) -> Result<(), Problem> {
    for row in rows {
        portal.records().end_session(&row.token_hash).await?;
        let audit = AuditRow {
            id: 0,
            operator: row.operator,
            at: visit.now,
            by: visit.by(),
            from: visit.from.clone(),
            action: "session.end".into(),
            target: visit.by(),
            detail: row.ip.clone(),
        };
        portal.records().audit(&audit).await?;
    }
    Ok(())
}

/// What a person knows a sign-in by: the browser, or the name they gave a program's token.
pub fn described(row: &SessionRow) -> Option<String> {
    row.grant.as_ref().map(|grant| grant.name.clone()).or_else(|| device::name(&row.agent))
}

fn program(visit: &Visit, row: &SessionRow, name: String) -> String {
    if row.grant.is_some() { visit.words.say1("tokens-named", "name", name) } else { name }
}

/// Who is signed in.
pub fn signed_in(visit: &Visit) -> Result<&SignedIn, Problem> {
    visit.who.as_ref().ok_or(Problem::SignIn)
}

/// Names a session to its owner: the hash of its token, which opens nothing.
pub fn id(row: &SessionRow) -> String {
    URL_SAFE_NO_PAD.encode(row.token_hash)
}

/// Where tokens for programs are for them.
fn tokens(who: &SignedIn) -> &'static str {
    match who.session.person {
        Person::Subscriber(_) => "/tokens",
        Person::Staff(_) => "/staff/tokens",
    }
}

/// Where this page is for them.
fn here(who: &SignedIn) -> &'static str {
    match who.session.person {
        Person::Subscriber(_) => "/sign-ins",
        Person::Staff(_) => "/staff/sign-ins",
    }
}
