//! Digests from the command line: what is planned, and sending now. Subjects stay closed: they are the person's.

use std::sync::Arc;

use checkpoint::{Resolved, now};
use message::{Address, UnixMillis};
use policy::Digest;
use portal::digest::person::Person;
use portal::digest::run::{self, Looked};
use portal::digest::schedule;
use store::records::audit::AuditRow;
use store::{OperatorId, StoreError, SubscriberId};

use crate::control::Response;
use crate::house::House;
use crate::pages;

/// Rows that are counted one by one.
const MOST: u32 = 10_000;

async fn find(house: &House, text: &str) -> Result<Result<(OperatorId, SubscriberId), Response>, StoreError> {
    let address = match Address::parse(text) {
        Ok(address) => address,
        Err(bad) => return Ok(Err(Response::no(format!("\"{text}\": {bad}")))),
    };
    Ok(match house.gate.directory.resolve(&address).await? {
        Resolved::Ours(found) => match found.subscriber {
            Some(id) => Ok((found.operator, id)),
            None => Err(Response::no(format!("{address} belongs to no subscriber yet"))),
        },
        Resolved::Nobody | Resolved::NotOurs => Err(Response::no(format!("{address} is not an address here"))),
    })
}

/// What a person chose, what waits, what is planned.
pub(super) async fn show(house: &Arc<House>, text: &str) -> Result<Response, StoreError> {
    let (operator, id) = match find(house, text).await? {
        Ok(found) => found,
        Err(no) => return Ok(no),
    };
    let portal = pages::portal(house, false);
    let Some(person) = Person::find(&portal, operator, id).await? else {
        return Ok(Response::no(format!("{text} belongs to no subscriber")));
    };
    let (count, _) = portal.records().untold(operator, id, MOST).await?;
    let plan = portal.records().digest(operator, id).await?;
    let time = |at: UnixMillis| portal::moment::zoned(at, &person.zone).strftime("%Y-%m-%d %H:%M %Z").to_string();
    let chosen = match &person.choice {
        Digest::Off => "none".to_owned(),
        Digest::EachMessage => "a notice for each message".to_owned(),
        Digest::Every { hours, at, days, also_empty } => format!(
            "every {hours} hours, at {at}:00{}{}",
            if days.is_empty() { String::new() } else { format!(", on days {days:?} (1 is Monday)") },
            if *also_empty { ", also where nothing was held" } else { "" }
        ),
    };
    let whose = person.settings.origin_of("digest").name();
    let mut out = format!("chosen: {chosen} (set by: {whose})\nnot told of yet: {count}\n");
    match schedule::next(&person.choice, &person.zone, now()) {
        Some(next) if count > 0 => out.push_str(&format!("next: {}\n", time(next))),
        _ => {}
    }
    if let Some(plan) = plan {
        if plan.sent_at.0 > 0 {
            out.push_str(&format!("last taken by the mail server behind: {}\n", time(plan.sent_at)));
        }
        if plan.tries > 0 {
            out.push_str(&format!("not taken {} times since\n", plan.tries));
        }
    }
    if portal.options.url.is_empty() {
        out.push_str("nothing is sent: portal.url is not set, and no pages are listened for\n");
    }
    Ok(Response::ok(out.trim_end()).with(&count.to_string()))
}

/// Sends one person's digest now.
pub(super) async fn send(house: &Arc<House>, text: &str) -> Result<Response, StoreError> {
    let (operator, id) = match find(house, text).await? {
        Ok(found) => found,
        Err(no) => return Ok(no),
    };
    let portal = pages::portal(house, false);
    if portal.options.url.is_empty() {
        return Ok(Response::no("portal.url is not set, and no pages are listened for: links would lead nowhere"));
    }
    let looked = {
        let _one_at_a_time = house.digests.lock().await;
        run::send_now(&portal, operator, id, now()).await?
    };
    Ok(match looked {
        Some(Looked::Sent(_)) => {
            let row = AuditRow {
                id: 0,
                operator,
                at: now(),
                by: "staff".into(),
                from: "cli".into(),
                action: "digest.send".into(),
                target: format!("subscriber:{}", id.0),
                detail: String::new(),
            };
            portal.records().audit(&row).await?;
            Response::ok("sent").with("sent")
        }
        Some(_) => Response::no("the mail server behind did not take it; nothing is lost").with("again"),
        None => Response::ok("there is nothing that this person was not told of").with("nothing"),
    })
}

/// Sends what is due.
pub(super) async fn run(house: &Arc<House>, as_of: Option<i64>) -> Result<Response, StoreError> {
    let portal = pages::portal(house, false);
    let at = as_of.map_or_else(now, UnixMillis);
    let per_second = u32::try_from(house.configuration.load().number("digest.per_second")).unwrap_or(u32::MAX);
    let round = {
        let _one_at_a_time = house.digests.lock().await;
        run::due(&portal, at, per_second, || true).await?
    };
    let said = format!("{} looked at, {} sent, {} not taken", round.looked, round.sent, round.again);
    Ok(Response::ok(said).with(&round.sent.to_string()))
}
