//! Tokens for programs: made by their owner, shown once, bounded in what they open and in time, ended like a sign-in.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use message::UnixMillis;
use store::records::audit::AuditRow;
use store::records::signin::{Grant, Person};

use super::sign_ins;
use crate::api::scope::Scope;
use crate::forms::Form;
use crate::frame::{Frame, show};
use crate::problem::Problem;
use crate::security::sessions;
use crate::state::Portal;
use crate::visit::{SignedIn, Visit};

const DAY: i64 = 86_400_000;
/// Days for which a token can be made on the page.
pub const DAYS: [i64; 4] = [7, 30, 90, 365];
/// Tokens that one person can have at a time.
const MOST: usize = 20;
/// Characters of a token's name.
const NAME: usize = 60;

#[derive(Template)]
#[template(path = "account/tokens.html")]
struct Page {
    f: Frame,
    here: &'static str,
    ends: &'static str,
    lines: Vec<Line>,
    scopes: Vec<(&'static str, String)>,
    days: [i64; 4],
    made: Option<String>,
}

struct Line {
    id: String,
    name: String,
    scopes: String,
    last: UnixMillis,
    until: UnixMillis,
}

/// A token just made.
#[derive(Debug)]
pub struct Made {
    /// The token, which is kept nowhere.
    pub token: String,
    /// What it opens.
    pub grant: Grant,
    /// Until when.
    pub expires_at: UnixMillis,
}

/// The page.
pub async fn page(State(portal): State<Portal>, visit: Visit) -> Result<Response, Problem> {
    draw(&portal, &visit, None).await
}

async fn draw(portal: &Portal, visit: &Visit, made: Option<String>) -> Result<Response, Problem> {
    let who = sign_ins::signed_in(visit)?;
    let said = |name: &str| visit.words.say(&format!("scope-{}", name.replace(':', "-")));
    let rows = sessions::of(portal, who, visit.now).await?;
    let lines = rows.iter().filter_map(|row| {
        let grant = row.grant.as_ref()?;
        let scopes: Vec<String> = grant.scopes.iter().map(|name| said(name)).collect();
        Some(Line {
            id: sign_ins::id(row),
            name: grant.name.clone(),
            scopes: scopes.join(" / "),
            last: row.last_seen,
            until: row.expires_at,
        })
    });
    let (here, ends) = match who.session.person {
        Person::Subscriber(_) => ("/tokens", "/sign-ins/end"),
        Person::Staff(_) => ("/staff/tokens", "/staff/sign-ins/end"),
    };
    let page = Page {
        f: Frame::new(visit, visit.words.say("tokens-title")),
        here,
        ends,
        lines: lines.collect(),
        scopes: Scope::givable(who).into_iter().map(|scope| (scope.name(), said(scope.name()))).collect(),
        days: DAYS,
        made,
    };
    Ok(show(&page))
}

/// Makes one and shows it, this one time.
pub async fn make_on_page(State(portal): State<Portal>, visit: Visit, form: Form) -> Result<Response, Problem> {
    let made = make(&portal, &visit, &form).await?;
    draw(&portal, &visit, Some(made.token)).await
}

/// Makes one. It opens nothing that its owner, or the token that asks, has not, and does not outlive the latter.
pub async fn make(portal: &Portal, visit: &Visit, form: &Form) -> Result<Made, Problem> {
    let who = sign_ins::signed_in(visit)?;
    let bad = |id: &str| Problem::BadField(visit.words.say(id));
    let name: String = form.text("name").chars().filter(|c| !c.is_control()).take(NAME).collect();
    if name.is_empty() {
        return Err(bad("field-token-name"));
    }
    let asked = form.all("scope").map(|name| Scope::of(&name).ok_or(Problem::BadForm));
    let asked: Vec<Scope> = asked.collect::<Result<_, _>>()?;
    let givable = Scope::givable(who);
    if asked.is_empty() || !asked.iter().all(|scope| givable.contains(scope)) {
        return Err(bad("field-token-scope"));
    }
    let days: Option<i64> = form.text("days").parse().ok().filter(|days| (1..=365).contains(days));
    let days = days.ok_or_else(|| bad("field-token-days"))?;
    let held = sessions::of(portal, who, visit.now).await?;
    if held.iter().filter(|row| row.grant.is_some()).count() >= MOST {
        return Err(Problem::BadField(visit.words.say1("field-token-many", "most", MOST)));
    }
    let until = UnixMillis(visit.now.0 + days * DAY);
    let expires_at = if who.session.grant.is_some() { until.min(who.session.expires_at) } else { until };
    let mut scopes: Vec<String> = asked.into_iter().map(|scope| scope.name().to_owned()).collect();
    scopes.sort();
    scopes.dedup();
    let grant = Grant { name, scopes };
    audit(portal, visit, who, &grant).await?;
    let token = sessions::grant(portal, visit, who, grant.clone(), expires_at).await?;
    Ok(Made { token, grant, expires_at })
}

async fn audit(portal: &Portal, visit: &Visit, who: &SignedIn, grant: &Grant) -> Result<(), Problem> {
    let row = AuditRow {
        id: 0,
        operator: who.session.operator,
        at: visit.now,
        by: visit.by(),
        from: visit.from.clone(),
        action: "token.make".into(),
        target: visit.by(),
        detail: format!("{} ({})", grant.name, grant.scopes.join(" ")),
    };
    Ok(portal.records().audit(&row).await?)
}
