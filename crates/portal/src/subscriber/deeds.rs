//! What a subscriber does with held mail: receive, delete, take back, teach.

use std::time::{Duration, Instant};

use axum::extract::{Path, State};
use axum::response::Response;
use bytes::Bytes;
use checkpoint::now;
use message::Address;
use message::authentication::Proof;
use policy::record::TransactionRecord;
use store::counters::Limit;
use store::records::audit::AuditRow;
use store::records::directory::SubscriberRow;
use store::records::junk::{JunkRow, JunkState};
use store::records::learning::{Label, Owner};

use crate::forms::Form;
use crate::frame::go;
use crate::problem::Problem;
use crate::state::Portal;
use crate::subscriber::{decided, mine};
use crate::visit::Visit;

/// How long it is remembered that a message was reported, milliseconds: longer than a held message is kept.
const REPORTED_MS: i64 = 90 * 24 * 3_600_000;

/// Held messages that are read at once.
const AT_ONCE: u32 = 200;
/// Held messages that are looked through for named senders, the newest first; what is left then, the next time.
const LOOKED_THROUGH: usize = 5_000;

/// 受け取る: delivers the very same bytes past the filter.
pub async fn release(State(portal): State<Portal>, visit: Visit, Path(id): Path<String>) -> Result<Response, Problem> {
    let row = own(&portal, &visit, &id).await?;
    portal.services.junk.release(row.operator, row.id, &visit.by(), &visit.from).await?;
    Ok(go("/held?done=released"))
}

/// 添付ファイルを除いて受け取る: delivers the message with a notice in the place of each attachment; the whole of it is kept
/// until its time is over.
pub async fn release_stripped(
    State(portal): State<Portal>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let row = own(&portal, &visit, &id).await?;
    let language = Some(visit.language());
    portal.services.junk.release_stripped(row.operator, row.id, &visit.by(), &visit.from, language).await?;
    Ok(go("/held?done=taken-without"))
}

/// 添付ファイルも受け取る: what was taken without its attachments, as it came.
pub async fn release_whole(
    State(portal): State<Portal>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let row = own(&portal, &visit, &id).await?;
    portal.services.junk.release_whole(row.operator, row.id, &visit.by(), &visit.from).await?;
    Ok(go("/held?done=released"))
}

/// 登録した相手からのメールをまとめて受け取る: everything that waits from senders on the receive list or in the address book
/// whose proof is as good as the list asks for.
pub async fn release_named(State(portal): State<Portal>, visit: Visit) -> Result<Response, Problem> {
    let person = visit.subscriber()?;
    let mut taken = 0_u32;
    let began = Instant::now();
    for row in named(&portal, person).await? {
        if began.elapsed() > PATIENCE {
            break;
        }
        portal.services.junk.release(row.operator, row.id, &visit.by(), &visit.from).await?;
        taken += 1;
    }
    Ok(go(if taken > 0 { "/held?done=released" } else { "/held?done=nothing" }))
}

/// What waits from named senders.
pub async fn named(portal: &Portal, person: &SubscriberRow) -> Result<Vec<JunkRow>, Problem> {
    let settings = portal.services.directory.settings_of(person.operator, Some(person.id)).await?;
    let lists = [&settings.controls.receive, &settings.controls.address_book];
    let mut out = Vec::new();
    for row in all_held(portal, person).await? {
        let Ok(from) = Address::parse(&row.from_address) else { continue };
        let found = lists.into_iter().filter_map(|list| list.best(&from, now()));
        let entries: Vec<bool> = found.map(|entry| entry.even_if_unverified).collect();
        if entries.is_empty() {
            continue;
        }
        let found = decided::find(portal, row.operator, &row.reference).await?;
        let decision = found.and_then(|found| found.decision);
        let dangerous = decision.as_ref().is_some_and(|decision| decision.verdict.class == controls::Class::Malware);
        let proven = decision.is_some_and(|decision| decision.verdict.proof == Proof::Proven);
        if !dangerous && (proven || entries.contains(&true)) {
            out.push(row);
        }
    }
    Ok(out)
}

async fn all_held(portal: &Portal, person: &SubscriberRow) -> Result<Vec<JunkRow>, Problem> {
    let mut wanted = mine::Wanted { states: &[JunkState::Held], limit: AT_ONCE, ..mine::Wanted::default() };
    let mut out = Vec::new();
    loop {
        let rows = mine::page(portal, person, &wanted).await?;
        wanted.after = rows.last().cloned();
        let is_last = rows.len() < AT_ONCE as usize;
        out.extend(rows);
        if is_last || out.len() >= LOOKED_THROUGH {
            return Ok(out);
        }
    }
}

/// 消す: moves to the trash, from where it can be taken back until its time is over.
pub async fn delete(State(portal): State<Portal>, visit: Visit, Path(id): Path<String>) -> Result<Response, Problem> {
    let row = own(&portal, &visit, &id).await?;
    throw_away(&portal, &visit, &row).await?;
    Ok(go("/held?done=deleted"))
}

/// まとめて消す: the same for several. What is not the person's is passed over.
pub async fn delete_many(State(portal): State<Portal>, visit: Visit, form: Form) -> Result<Response, Problem> {
    let mut thrown = 0_u32;
    for id in form.all("id") {
        match own(&portal, &visit, &id).await {
            Ok(row) => thrown += u32::from(throw_away(&portal, &visit, &row).await?),
            Err(Problem::NotFound) => {}
            Err(problem) => return Err(problem),
        }
    }
    Ok(go(if thrown > 0 { "/held?done=deleted" } else { "/held?done=nothing" }))
}

/// How long several messages are delivered one after the other; what is left then stays held.
const PATIENCE: Duration = Duration::from_secs(20);

/// 選んだメール: the same deed for several. What is not the person's, or not held any more, is passed over; what the mail
/// server does not take now stays held and is told.
pub async fn many(State(portal): State<Portal>, visit: Visit, form: Form) -> Result<Response, Problem> {
    let deed = form.text("deed");
    if deed == "delete" {
        return delete_many(State(portal), visit, form).await;
    }
    let (said, teaches) = match deed.as_str() {
        "release" => ("released", false),
        "not-spam" => ("not-spam", true),
        _ => return Err(Problem::BadForm),
    };
    let started = Instant::now();
    let (mut done, mut kept) = (0_u32, 0_u32);
    for id in form.all("id") {
        let row = match own(&portal, &visit, &id).await {
            Ok(row) if matches!(row.state, JunkState::Held | JunkState::Trash) => row,
            Ok(_) | Err(Problem::NotFound) => continue,
            Err(problem) => return Err(problem),
        };
        if started.elapsed() > PATIENCE {
            kept += 1;
            continue;
        }
        match deliver(&portal, &visit, &row, teaches).await {
            Ok(()) => done += 1,
            Err(Problem::Gone) => {}
            Err(Problem::NotTaken(why)) => {
                tracing::warn!(reference = %row.reference, %why, "one of several held messages was not taken");
                kept += 1;
            }
            Err(problem) => return Err(problem),
        }
    }
    Ok(go(&match (done, kept) {
        (0, 0) => "/held?done=nothing".to_owned(),
        (_, 0) => format!("/held?done={said}"),
        _ => "/held?done=some-kept".to_owned(),
    }))
}

/// Delivers one, and learns from it where that was said.
async fn deliver(portal: &Portal, visit: &Visit, row: &JunkRow, teaches: bool) -> Result<(), Problem> {
    let raw = if teaches { Some(open(portal, row).await?.1) } else { None };
    portal.services.junk.release(row.operator, row.id, &visit.by(), &visit.from).await?;
    match raw {
        Some(raw) => teach(portal, visit, row, Label::Ham, raw).await,
        None => Ok(()),
    }
}

/// 完全に消す: the bytes can never be read again.
pub async fn erase(State(portal): State<Portal>, visit: Visit, Path(id): Path<String>) -> Result<Response, Problem> {
    let row = own(&portal, &visit, &id).await?;
    let gone = portal.services.junk.delete(row.operator, row.id, &visit.by(), &visit.from).await?;
    if gone { Ok(go("/held?show=trash&done=erased")) } else { Err(Problem::Gone) }
}

/// 元に戻す: out of the trash.
pub async fn restore(State(portal): State<Portal>, visit: Visit, Path(id): Path<String>) -> Result<Response, Problem> {
    let row = own(&portal, &visit, &id).await?;
    if !portal.services.junk.restore(row.operator, row.id).await? {
        return Err(Problem::Gone);
    }
    audit(&portal, &visit, &row, "junk.restore").await?;
    Ok(go("/held?done=restored"))
}

/// 迷惑メールではない: teaches, and delivers.
pub async fn not_spam(State(portal): State<Portal>, visit: Visit, Path(id): Path<String>) -> Result<Response, Problem> {
    let row = own(&portal, &visit, &id).await?;
    deliver(&portal, &visit, &row, true).await?;
    Ok(go("/held?done=not-spam"))
}

/// 迷惑メール: teaches, and moves to the trash.
pub async fn spam(State(portal): State<Portal>, visit: Visit, Path(id): Path<String>) -> Result<Response, Problem> {
    let row = own(&portal, &visit, &id).await?;
    let (_, raw) = open(&portal, &row).await?;
    teach(&portal, &visit, &row, Label::Spam, raw).await?;
    complain(&portal, &row).await?;
    if row.state == JunkState::Held {
        throw_away(&portal, &visit, &row).await?;
    }
    Ok(go("/held?done=spam"))
}

/// Whoever sent it hears it at the door, once for each message however often it is reported. A report without a decision
/// (it is too old) says nothing about an address.
async fn complain(portal: &Portal, row: &JunkRow) -> Result<(), Problem> {
    let Some((transaction, _)) = portal.records().decision(row.operator, &row.reference).await? else { return Ok(()) };
    let Ok(ip) = transaction.peer.parse() else { return Ok(()) };
    let once = Limit { most: 1, window_ms: REPORTED_MS };
    let taken = portal.services.stores.counters.take(&format!("complaint:{}", row.reference), once, now()).await?;
    if taken.allowed {
        let record = TransactionRecord::from_json(&transaction.json).unwrap_or_default();
        let authentication = record.authentication.map(|kept| kept.restore());
        portal.services.door.heard_complaint(&transaction.face, ip, authentication.as_ref());
    }
    Ok(())
}

async fn own(portal: &Portal, visit: &Visit, id: &str) -> Result<JunkRow, Problem> {
    mine::one(portal, visit.subscriber()?, id).await
}

/// A held message with its bytes; what was deleted or has expired is gone.
pub async fn open(portal: &Portal, row: &JunkRow) -> Result<(JunkRow, Bytes), Problem> {
    if matches!(row.state, JunkState::Deleted | JunkState::Expired) {
        return Err(Problem::Gone);
    }
    Ok(portal.services.junk.open(row.operator, row.id).await?)
}

async fn throw_away(portal: &Portal, visit: &Visit, row: &JunkRow) -> Result<bool, Problem> {
    let moved = portal.records().move_junk(row.operator, row.id, JunkState::Held, JunkState::Trash, visit.now).await?;
    if moved {
        audit(portal, visit, row, "junk.trash").await?;
    }
    Ok(moved)
}

/// One person's words count for that person; without consent nothing of the content is learned.
async fn teach(portal: &Portal, visit: &Visit, row: &JunkRow, label: Label, raw: Bytes) -> Result<(), Problem> {
    let person = visit.subscriber()?;
    let settings = portal.services.directory.settings_of(person.operator, Some(person.id)).await?;
    if settings.content_allowed {
        portal.services.learning.learn(person.operator, Owner::Subscriber(person.id), label, raw).await?;
    }
    let action = match label {
        Label::Spam => "learn.spam",
        Label::Ham => "learn.ham",
    };
    audit(portal, visit, row, action).await
}

async fn audit(portal: &Portal, visit: &Visit, row: &JunkRow, action: &str) -> Result<(), Problem> {
    portal
        .records()
        .audit(&AuditRow {
            id: 0,
            operator: row.operator,
            at: visit.now,
            by: visit.by(),
            from: visit.from.clone(),
            action: action.into(),
            target: checkpoint::junk::holder(row.id),
            detail: row.reference.to_string(),
        })
        .await?;
    Ok(())
}
