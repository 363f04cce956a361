//! One message in the header viewer (SUB-08): full headers, the path with what can be trusted, the sender in words; saved
//! as a file, or passed on to the operator's address for reports.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use message::{Address, UnixMillis};
use policy::record::TransactionRecord;
use store::counters::Limit;
use store::records::audit::AuditRow;
use store::records::directory::SubscriberRow;
use store::records::junk::JunkState;
use store::{OperatorId, Reference};

use crate::forms::Form;
use crate::frame::{Frame, go, show};
use crate::message_view::{self, Path as MailPath, Said, Seen};
use crate::operator::looking;
use crate::problem::Problem;
use crate::state::Portal;
use crate::subscriber::mail::Bounds;
use crate::subscriber::report::{self, What};
use crate::subscriber::{decided, deeds, mine, offer};
use crate::visit::{Visit, by_subscriber};

/// Messages that one person can pass on in a day.
const REPORTS: Limit = Limit { most: 50, window_ms: 86_400_000 };
/// Characters of what a person writes beside a report.
const NOTE: usize = 1_000;

#[derive(Template)]
#[template(path = "subscriber/one_mail.html")]
struct Page {
    f: Frame,
    reference: String,
    held: Option<String>,
    whole: bool,
    cut: bool,
    at: UnixMillis,
    path: MailPath,
    proof: Vec<Said>,
    fields: Vec<(String, String)>,
    report_to: String,
}

/// A message of this person, or what is there of it.
pub struct Mine {
    /// What people quote.
    pub reference: Reference,
    /// Its own octets: the whole message, or its header section.
    pub raw: Bytes,
    /// What we wrote on top of it; empty where it is held as it came.
    pub ours: Bytes,
    /// All of it is there.
    pub whole: bool,
    cut: bool,
    /// When it came.
    pub at: UnixMillis,
    held: Option<String>,
    recipient: String,
}

/// Finds one of this person's. What is not theirs, or older than is shown, does not exist.
pub async fn find(portal: &Portal, person: &SubscriberRow, text: &str, now: UnixMillis) -> Result<Mine, Problem> {
    let reference = Reference::parse(text).ok_or(Problem::NotFound)?;
    if let Some(row) = mine::of_reference(portal, person, &reference).await?
        && !matches!(row.state, JunkState::Deleted | JunkState::Expired)
    {
        let (row, raw) = deeds::open(portal, &row).await?;
        let held = Some(row.id.0.to_string());
        let (recipient, at) = (row.recipient, row.held_at);
        return Ok(Mine { reference, raw, ours: Bytes::new(), whole: true, cut: false, at, held, recipient });
    }
    let profile = offer::profile(portal, person.operator).await?;
    let bounds = profile.header_view.as_ref().map(Bounds::of).ok_or(Problem::NotFound)?;
    let row = portal.records().headers(person.operator, &reference).await?;
    let is_shown = |at: UnixMillis| at.0 >= bounds.since(now).0;
    let row = row.filter(|row| row.subscriber == person.id && is_shown(row.at)).ok_or(Problem::NotFound)?;
    let all = Bytes::from(row.fields);
    Ok(Mine {
        reference,
        raw: all.slice(row.ours..),
        ours: all.slice(..row.ours),
        whole: false,
        cut: row.cut,
        at: row.at,
        held: None,
        recipient: String::new(),
    })
}

/// What we saw ourselves of the server that handed a message to us, and what was found about the sender.
pub async fn seen(
    portal: &Portal,
    operator: OperatorId,
    reference: &Reference,
    at: UnixMillis,
    visit: &Visit,
) -> Result<(Option<Seen>, Vec<Said>), Problem> {
    let Some(found) = decided::find(portal, operator, reference).await? else { return Ok((None, Vec::new())) };
    let record = TransactionRecord::from_json(&found.transaction.json).unwrap_or_default();
    let ours = portal.services.directory.domains().into_iter().filter(|domain| domain.operator == operator);
    let seen = Seen {
        ip: found.transaction.peer.clone(),
        helo: found.transaction.helo.clone(),
        arrived: Some(at),
        ours: ours.map(|domain| domain.name.as_str().to_owned()).collect(),
    };
    let proof = record.authentication.map(|known| message_view::proof(&known, visit.words)).unwrap_or_default();
    Ok((Some(seen), proof))
}

/// The page.
pub async fn page(
    State(portal): State<Portal>,
    visit: Visit,
    Path(reference): Path<String>,
) -> Result<Response, Problem> {
    looking::opens_headers(&visit)?;
    let person = visit.subscriber()?;
    let one = find(&portal, person, &reference, visit.now).await?;
    let (seen, proof) = seen(&portal, person.operator, &one.reference, one.at, &visit).await?;
    let profile = offer::profile(&portal, person.operator).await?;
    let message = message_view::parse(one.raw.clone());
    let subject = message.headers.get("Subject").unwrap_or_default().to_owned();
    let mut fields = message_view::fields(&message_view::parse(one.ours.clone()));
    fields.extend(message_view::fields(&message));
    let page = Page {
        f: Frame::new(&visit, if subject.is_empty() { visit.words.say("no-subject") } else { subject }),
        reference: one.reference.to_string(),
        held: one.held,
        whole: one.whole,
        cut: one.cut,
        at: one.at,
        path: message_view::path(&message, seen.as_ref(), &portal.options.countries),
        proof,
        fields,
        report_to: profile.header_view.and_then(|view| view.report_to).unwrap_or_default(),
    };
    Ok(show(&page))
}

/// The message, or its header section, as a file that mail programs open.
pub async fn save(
    State(portal): State<Portal>,
    visit: Visit,
    Path(reference): Path<String>,
) -> Result<Response, Problem> {
    let one = find(&portal, visit.subscriber()?, &reference, visit.now).await?;
    let mut octets = one.ours.to_vec();
    octets.extend_from_slice(&one.raw);
    if !one.whole {
        octets.extend_from_slice(b"\r\n");
    }
    let mut response = octets.into_response();
    let name = format!("attachment; filename=\"{}.eml\"", one.reference);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("message/rfc822"));
    headers
        .insert(CONTENT_DISPOSITION, HeaderValue::from_str(&name).map_err(|fault| Problem::Fault(fault.to_string()))?);
    Ok(response)
}

/// Passes it on, once the person has agreed to what goes along.
pub async fn forward(
    State(portal): State<Portal>,
    visit: Visit,
    Path(reference): Path<String>,
    form: Form,
) -> Result<Response, Problem> {
    let person = visit.subscriber()?;
    let one = find(&portal, person, &reference, visit.now).await?;
    let profile = offer::profile(&portal, person.operator).await?;
    let to = profile.header_view.and_then(|view| view.report_to).ok_or(Problem::NotFound)?;
    if !form.ticked("agree") {
        return Err(Problem::BadField(visit.words.say("report-agree-first")));
    }
    let parsed = |text: &str| Address::parse(text).map_err(|bad| Problem::Fault(format!("{text}: {bad}")));
    let from = if one.recipient.is_empty() { person.login.clone() } else { one.recipient.clone() };
    let who = (person.operator, parsed(&from)?, parsed(&to)?);
    let key = format!("report:{}:{}", person.operator.0, person.id.0);
    if !portal.counters().take(&key, REPORTS, visit.now).await?.allowed {
        return Err(Problem::Busy);
    }
    let note: String = form.text("note").chars().take(NOTE).collect();
    let message = message_view::parse(one.raw.clone());
    // Our own trace goes before: it alone says for sure who handed the message over.
    let section = [&one.ours, one.raw.get(..message.headers.body_start).unwrap_or_default()].concat();
    let what = if one.whole && form.ticked("whole") { What::Whole(&one.raw) } else { What::Headers(&section) };
    let about = (one.reference.as_str(), note.as_str());
    let report = report::write(who, about, what, visit.now, visit.words).map_err(Problem::Fault)?;
    let sent = portal.mail.report(report).await;
    portal
        .records()
        .audit(&AuditRow {
            id: 0,
            operator: person.operator,
            at: visit.now,
            by: visit.by(),
            from: visit.from.clone(),
            action: "mail.report".into(),
            target: by_subscriber(person.id),
            detail: format!("{} → {to}: {}", one.reference, if sent.is_ok() { "sent" } else { "not taken" }),
        })
        .await?;
    sent.map_err(Problem::NotTaken)?;
    Ok(go(&format!("/mail/{}?done=reported", one.reference)))
}
