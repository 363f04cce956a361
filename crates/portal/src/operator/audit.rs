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
    let rows = rows(&portal, &visit, &target, MOST, offset).await?;
    let next = (rows.len() == MOST as usize)
        .then(|| format!("/staff/audit?target={}&from={}", forms::encode(&target), offset.saturating_add(MOST)));
    Ok(show(&Page { f: Frame::new(&visit, visit.words.say("nav-audit")), target, rows, next }))
}

/// Rows of the log, newest first; about one target where one is named.
pub(crate) async fn rows(
    portal: &Portal,
    visit: &Visit,
    target: &str,
    most: u32,
    offset: u32,
) -> Result<Vec<AuditRow>, Problem> {
    let about = Some(target).filter(|target| !target.is_empty());
    Ok(portal.records().find_audit(visit.operator()?, about, most, offset).await?)
}
