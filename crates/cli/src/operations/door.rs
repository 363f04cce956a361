//! The door from the command line: who is held, why and until when; and the way to let somebody go.

use std::fmt::Write as _;

use ::door::Source;
use checkpoint::door::lists::Standing;
use checkpoint::door::{Deed, Held};
use message::UnixMillis;
use policy::Language;
use policy::door::Then;
use policy::language::sentence;
use store::StoreError;
use store::records::audit::AuditRow;

use crate::control::Response;
use crate::house::House;

/// Lines of a list.
const MOST: usize = 200;

/// Every DNS list, a line each: name, zone, how it stands, questions, listings.
pub(super) async fn lists(house: &House) -> Response {
    house.test_lists().await;
    let names = house.gate.door.names.load_full();
    let Some(lists) = &names.lists else {
        return Response::ok("no DNS list is configured ([[door.lists]])").with("none");
    };
    let lines = lists.standings().into_iter().map(|list| {
        let why = match &list.standing {
            Standing::Disarmed(wrong) => format!(": {wrong}"),
            Standing::Armed | Standing::Untested => String::new(),
        };
        let (name, zone, standing) = (&list.name, &list.zone, list.standing.name());
        format!("{name}\t{zone}\t{standing}{why}\t{} questions\t{} listings", list.asked, list.listed)
    });
    Response::ok(lines.collect::<Vec<_>>().join("\n"))
}

/// Who is held now, and what was done lately.
pub(super) fn list(house: &House, language: Language) -> Response {
    let door = &house.gate.door;
    let mut out = String::new();
    for held in door.held(MOST) {
        let _ = writeln!(out, "{}", held_line(&held, language));
    }
    for deed in door.lately(MOST) {
        let _ = writeln!(out, "{}", deed_line(&deed, language));
    }
    if out.is_empty() {
        return Response::ok("nobody is slowed, put off or refused").with("nobody");
    }
    Response::ok(out.trim_end())
}

/// Everything about one address.
pub(super) fn explain(house: &House, ip: &str, language: Language) -> Response {
    let Ok(ip) = ip.parse() else { return Response::no(format!("\"{ip}\" is not an IP address")) };
    let door = &house.gate.door;
    let explained = door.explain(ip);
    let mut out = String::new();
    if explained.trusted {
        let _ = writeln!(out, "{ip} is in a trusted network; it is let by");
    }
    for held in &explained.held {
        let _ = writeln!(out, "{}", held_line(held, language));
    }
    for (source, count, most, seconds) in &explained.limits {
        let window = controls::span(u32::try_from(*seconds).unwrap_or(u32::MAX));
        let _ = writeln!(out, "{source}\t{count} of {most} in {window}");
    }
    let standing = &explained.standing;
    let _ = writeln!(out, "reputation\t{} ({:+.1} points)", standing.class.name(), standing.points);
    for part in &standing.parts {
        let tally = &part.tally;
        let _ = writeln!(
            out,
            "  {}\t{:.0} messages, {:.0} unwanted, {:.0} complaints, {:.0} unknown recipients, {:.0} to traps",
            part.name, tally.messages, tally.spam, tally.complaints, tally.unknown, tally.traps
        );
    }
    for deed in &explained.deeds {
        let _ = writeln!(out, "{}", deed_line(deed, language));
    }
    let outcome = if explained.held.is_empty() && explained.deeds.is_empty() { "nothing" } else { "held" };
    Response::ok(out.trim_end()).with(outcome)
}

/// Lets a source go.
pub(super) async fn reset(house: &House, source: &str, note: &str) -> Result<Response, StoreError> {
    let parsed = match Source::parse(source) {
        Ok(parsed) => parsed,
        Err(bad) => return Ok(Response::no(bad.to_string())),
    };
    let Some(operator) = house.gate.directory.first_operator() else {
        return Ok(Response::no("there is no domain yet"));
    };
    // The row comes first: nothing is let go without one.
    let row = AuditRow {
        id: 0,
        operator,
        at: checkpoint::now(),
        by: "system".into(),
        from: "command line".into(),
        action: "door.reset".into(),
        target: parsed.to_string(),
        detail: note.into(),
    };
    house.gate.stores.records.audit(&row).await?;
    Ok(if house.gate.door.reset(&parsed) {
        Response::ok(format!("{parsed} begins anew")).with("reset")
    } else {
        Response::ok(format!("nothing was held against {parsed}")).with("absent")
    })
}

fn held_line(held: &Held, language: Language) -> String {
    let who = held.source.as_deref().unwrap_or("?");
    let why = sentence(language, &held.finding.reason, &held.finding.arguments);
    let since = held.since.map_or_else(String::new, |at| format!("\tsince {}", time(at)));
    let until = held.until.map_or_else(String::new, |at| format!("\tuntil {}", time(at)));
    format!("{who}\t{}\t{why}{since}{until}", then_name(held.then))
}

fn deed_line(deed: &Deed, language: Language) -> String {
    let why = sentence(language, &deed.finding.reason, &deed.finding.arguments);
    format!(
        "{}\t{} at {}\t{why}\t{} times, first {}, last {}",
        deed.ip,
        then_name(deed.then),
        deed.stage.name(),
        deed.count,
        time(deed.first),
        time(deed.last)
    )
}

fn then_name(then: Then) -> &'static str {
    match then {
        Then::Nothing => "noted",
        Then::Slow(_) => "slowed",
        Then::Defer => "put off",
        Then::Refuse => "refused",
    }
}

fn time(at: UnixMillis) -> String {
    jiff::Timestamp::from_millisecond(at.0)
        .map_or_else(|_| at.0.to_string(), |at| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}
