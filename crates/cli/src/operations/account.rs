//! How somebody signs in: shown, reset, signed out, let go, from the command line.

use std::fmt::Write as _;
use std::sync::Arc;

use checkpoint::Resolved;
use jiff::tz::TimeZone;
use message::Address;
use policy::Language;
use portal::Portal;
use portal::account::by_staff;
use portal::account::notices::{self, Event, Notice};
use portal::language::Words;
use portal::problem::Problem;
use serde_json::json;
use store::OperatorId;
use store::records::audit::AuditRow;
use store::records::means::MEANS;
use store::records::signin::Person;

use super::time;
use crate::control::Response;
use crate::house::House;
use crate::pages;

/// Somebody with an account.
struct Who {
    operator: OperatorId,
    person: Person,
    login: String,
    has_password: bool,
}

async fn find(house: &House, who: &str) -> Result<Who, Response> {
    let records = &house.gate.stores.records;
    let no = |fault: store::StoreError| Response::no(fault.to_string());
    if let Some(login) = who.strip_prefix("staff:") {
        let row = records.staff_by_login(&login.to_lowercase()).await.map_err(no)?;
        let row = row.ok_or_else(|| Response::no(format!("no staff sign in as \"{login}\"")).with("absent"))?;
        let has_password = !row.password.is_empty();
        return Ok(Who { operator: row.operator, person: Person::Staff(row.id), login: row.login, has_password });
    }
    let address = Address::parse(who).map_err(|bad| Response::no(format!("\"{who}\": {bad}")))?;
    let found = match house.gate.directory.resolve(&address).await.map_err(no)? {
        Resolved::Ours(found) => found,
        Resolved::Nobody | Resolved::NotOurs => return Err(Response::no(format!("{address} is not an address here"))),
    };
    let absent = || Response::no(format!("{address} belongs to no subscriber yet")).with("absent");
    let id = found.subscriber.ok_or_else(absent)?;
    let row = records.subscriber(found.operator, id).await.map_err(no)?.ok_or_else(absent)?;
    let has_password = row.password.is_some();
    Ok(Who { operator: row.operator, person: Person::Subscriber(id), login: row.login, has_password })
}

/// What is set up, and where they are signed in.
pub(super) async fn show(house: &Arc<House>, who: &str) -> Response {
    let who = match find(house, who).await {
        Ok(who) => who,
        Err(no) => return no,
    };
    shown(house, &who).await.unwrap_or_else(|fault| Response::no(fault.to_string()))
}

async fn shown(house: &House, who: &Who) -> Result<Response, store::StoreError> {
    let records = &house.gate.stores.records;
    let rows = records.means_of(who.operator, who.person).await?;
    let mut out = format!("{}\npassword\t{}", who.login, if who.has_password { "set" } else { "none" });
    for kind in MEANS {
        let of_kind: Vec<_> = rows.iter().filter(|row| row.kind == *kind).collect();
        if let Some(first) = of_kind.first() {
            let _ = write!(out, "\n{}\t{} since {}", kind.name(), of_kind.len(), time(first.created_at));
        }
    }
    let of = |row: &store::records::means::MeansRow| json!({"kind": row.kind.name(), "since": time(row.created_at)});
    let means: Vec<_> = rows.iter().map(of).collect();
    let mut sessions = Vec::new();
    for session in records.sessions_of(who.operator, who.person, checkpoint::now()).await? {
        let (since, last) = (time(session.created_at), time(session.last_seen));
        let _ = write!(out, "\nsession\tsince {since}, last used {last}, from {}\t{}", session.ip, session.agent);
        sessions.push(json!({"since": since, "last": last, "from": session.ip, "agent": session.agent}));
    }
    let found = json!({"login": who.login, "password": who.has_password, "means": means, "sessions": sessions});
    Ok(Response::ok(out).found(found))
}

/// Ends every session.
pub(super) async fn sign_out(house: &Arc<House>, who: &str, reason: &str) -> Response {
    done(house, who, reason, Deed::SignOut).await
}

/// Takes the second factor away.
pub(super) async fn reset(house: &Arc<House>, who: &str, reason: &str) -> Response {
    done(house, who, reason, Deed::Reset).await
}

/// Forgets wrong tries.
pub(super) async fn unlock(house: &Arc<House>, who: &str, reason: &str) -> Response {
    done(house, who, reason, Deed::Unlock).await
}

#[derive(Clone, Copy)]
enum Deed {
    SignOut,
    Reset,
    Unlock,
}

async fn done(house: &Arc<House>, who: &str, reason: &str, deed: Deed) -> Response {
    if reason.trim().chars().count() < 5 {
        return Response::no("a reason of five characters or more is needed (--reason); it is kept, and they read it");
    }
    let who = match find(house, who).await {
        Ok(who) => who,
        Err(no) => return no,
    };
    let portal = pages::portal(house, false);
    match act(&portal, &who, reason, deed).await {
        Ok(said) => Response::ok(said),
        Err(problem) => Response::no(format!("{problem:?}")),
    }
}

async fn act(portal: &Portal, who: &Who, reason: &str, deed: Deed) -> Result<String, Problem> {
    // The row comes first: nothing changes without one.
    audit(portal, who, reason, deed).await?;
    let (said, notice) = match deed {
        Deed::SignOut => {
            let ended = by_staff::sign_out(portal, who.operator, who.person).await?;
            (format!("{} sessions of {} ended", ended, who.login), Some(Notice::SignedOut(reason)))
        }
        Deed::Reset => {
            by_staff::reset(portal, who.operator, who.person).await?;
            (format!("{} signs in without a second factor now", who.login), Some(Notice::Reset(reason)))
        }
        Deed::Unlock => {
            by_staff::unlock(portal, who.person).await?;
            (format!("wrong tries at {} are forgotten", who.login), None)
        }
    };
    let Some(notice) = notice else { return Ok(said) };
    let zone = TimeZone::get("Asia/Tokyo").unwrap_or(TimeZone::UTC);
    let event = Event { at: portal.now(), from: "command line".into(), zone, words: Words(Language::Ja) };
    let told = match notices::letter(portal, &event, who.operator, who.person, notice).await? {
        Some(letter) => portal.mail.send(letter).await,
        None => Err("no letter can be sent to this sign-in name".into()),
    };
    Ok(match told {
        Ok(()) => format!("{said}; they are told by mail"),
        Err(fault) => format!("{said}; they could not be told: {fault}"),
    })
}

async fn audit(portal: &Portal, who: &Who, reason: &str, deed: Deed) -> Result<(), Problem> {
    let target = match who.person {
        Person::Subscriber(id) => format!("subscriber:{}", id.0),
        Person::Staff(id) => format!("staff:{}", id.0),
    };
    let action = match deed {
        Deed::SignOut => "session.end-all",
        Deed::Reset => "second-factor.reset",
        Deed::Unlock => "account.unlock",
    };
    let row = AuditRow {
        id: 0,
        operator: who.operator,
        at: portal.now(),
        by: "system".into(),
        from: "command line".into(),
        action: action.into(),
        target,
        detail: reason.into(),
    };
    portal.records().audit(&row).await?;
    Ok(())
}
