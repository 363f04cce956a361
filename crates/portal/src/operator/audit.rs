//! The audit log: who did what to whom, when, from where, why.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use store::records::audit::AuditRow;

use crate::forms;
use crate::frame::{Frame, show};
use crate::problem::Problem;
use crate::state::Portal;
use crate::visit::Visit;

/// Rows of one page.
const MOST: u32 = 100;

#[derive(Template)]
#[template(path = "operator/audit.html")]
struct Page {
    f: Frame,
    target: String,
    rows: Vec<AuditRow>,
    next: Option<String>,
}

/// The page.
pub async fn page(State(portal): State<Portal>, visit: Visit) -> Result<Response, Problem> {
    let typed = forms::query(&visit.path);
    let target = typed.text("target");
    let offset: u32 = typed.text("from").parse().unwrap_or(0);
    let about = Some(target.as_str()).filter(|target| !target.is_empty());
    let rows = portal.records().find_audit(visit.operator()?, about, MOST, offset).await?;
    let next = (rows.len() == MOST as usize)
        .then(|| format!("/staff/audit?target={}&from={}", forms::encode(&target), offset.saturating_add(MOST)));
    Ok(show(&Page { f: Frame::new(&visit, visit.words.say("nav-audit")), target, rows, next }))
}
