//! Secrecy of communications: subject and content open only on a recorded legal ground, and the subscriber sees it.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use bytes::Bytes;
use message::UnixMillis;
use store::Reference;
use store::records::audit::AuditRow;
use store::records::junk::JunkRow;

use crate::forms::Form;
use crate::frame::{Frame, go, show};
use crate::message_view::{self, Path as MailPath, ShownLink};
use crate::problem::Problem;
use crate::state::Portal;
use crate::subscriber::opened::sandboxed;
use crate::subscriber::{deeds, one_mail};
use crate::visit::{Visit, by_subscriber};

/// How long one recorded ground opens one message for who recorded it.
const OPEN: i64 = 60 * 60_000;
/// Grounds that can be recorded.
pub const GROUNDS: [&str; 4] = ["asked", "warrant", "necessity", "company"];

#[derive(Template)]
#[template(path = "operator/content.html")]
struct Page {
    f: Frame,
    row: JunkRow,
    text: String,
    html: bool,
    links: Vec<ShownLink>,
    attachments: Vec<String>,
    path: MailPath,
    proof: Vec<message_view::Said>,
    fields: Vec<(String, String)>,
}

/// Records the ground. The row is written before anything opens.
pub async fn record(
    State(portal): State<Portal>,
    visit: Visit,
    Path(reference): Path<String>,
    form: Form,
) -> Result<Response, Problem> {
    let row = held(&portal, &visit, &reference).await?;
    let (ground, reason) = (form.text("ground"), form.text("reason"));
    if !GROUNDS.contains(&ground.as_str()) || reason.chars().count() < 5 {
        return Err(Problem::BadField(visit.words.say("field-ground")));
    }
    let reason: String = reason.chars().take(500).collect();
    let target = row.subscriber.map_or_else(|| format!("address:{}", row.recipient), by_subscriber);
    portal
        .records()
        .audit(&AuditRow {
            id: 0,
            operator: row.operator,
            at: visit.now,
            by: visit.by(),
            from: visit.from.clone(),
            action: "content.open".into(),
            target,
            detail: format!("{} {ground}: {reason}", row.reference),
        })
        .await?;
    let until = UnixMillis(visit.now.0 + OPEN);
    portal.counters().remember(&key(&visit, &row.reference), b"1", until).await?;
    Ok(go(&format!("/staff/decision/{}?done=grounded", row.reference)))
}

/// Whether this member of staff recorded a ground for this message within the last hour.
pub async fn is_recorded(portal: &Portal, visit: &Visit, reference: &Reference) -> Result<bool, Problem> {
    Ok(portal.counters().recall(&key(visit, reference), visit.now).await?.is_some())
}

fn key(visit: &Visit, reference: &Reference) -> String {
    format!("portal:ground:{}:{reference}", visit.by())
}

/// The content, once a ground is recorded.
pub async fn content(
    State(portal): State<Portal>,
    visit: Visit,
    Path(reference): Path<String>,
) -> Result<Response, Problem> {
    let (row, raw) = open(&portal, &visit, &reference).await?;
    let (seen, proof) = one_mail::seen(&portal, row.operator, &row.reference, row.held_at, &visit).await?;
    let html = message_view::html(&raw).is_some();
    let message = message_view::parse(raw);
    let page = Page {
        f: Frame::new(&visit, visit.words.say("content-title")),
        text: message_view::text(&message),
        html,
        links: message_view::links(&message),
        attachments: message_view::attachments(&message),
        path: message_view::path(&message, seen.as_ref(), &portal.options.countries),
        proof,
        fields: message_view::fields(&message),
        row,
    };
    Ok(show(&page))
}

/// The message's own HTML, in its sandbox.
pub async fn html(
    State(portal): State<Portal>,
    visit: Visit,
    Path(reference): Path<String>,
) -> Result<Response, Problem> {
    let (_, raw) = open(&portal, &visit, &reference).await?;
    sandboxed(&raw)
}

/// Delivers a held message for its recipient. Nothing is opened for that.
pub async fn release(
    State(portal): State<Portal>,
    visit: Visit,
    Path(reference): Path<String>,
) -> Result<Response, Problem> {
    let row = held(&portal, &visit, &reference).await?;
    portal.services.junk.release(row.operator, row.id, &visit.by(), &visit.from).await?;
    Ok(go(&format!("/staff/decision/{}?done=released", row.reference)))
}

pub(crate) async fn open(portal: &Portal, visit: &Visit, reference: &str) -> Result<(JunkRow, Bytes), Problem> {
    let row = held(portal, visit, reference).await?;
    if !is_recorded(portal, visit, &row.reference).await? {
        return Err(Problem::Forbidden);
    }
    deeds::open(portal, &row).await
}

async fn held(portal: &Portal, visit: &Visit, reference: &str) -> Result<JunkRow, Problem> {
    let reference = Reference::parse(reference).ok_or(Problem::NotFound)?;
    portal.records().junk_by_reference(visit.operator()?, &reference).await?.ok_or(Problem::NotFound)
}
