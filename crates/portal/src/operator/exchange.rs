//! Subscribers as CSV: the page of the import, and the export, safe against formulas in spreadsheets.

use askama::Template;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use store::records::audit::AuditRow;
use store::records::directory::AddressKind;

use crate::forms::Form;
use crate::frame::{Frame, show, show_again};
use crate::operator::import::{self, Fault};
use crate::operator::import_contract;
use crate::problem::Problem;
use crate::state::Portal;
use crate::visit::Visit;

/// Subscribers read at a time for the export.
const AT_ONCE: u32 = 500;

#[derive(Template)]
#[template(path = "operator/import.html")]
struct Page {
    f: Frame,
    faults: Vec<Fault>,
    done: Option<(usize, u64)>,
    pasted: String,
}

/// The page.
pub async fn page(visit: Visit) -> Response {
    show(&Page {
        f: Frame::new(&visit, visit.words.say("import-title")),
        faults: Vec::new(),
        done: None,
        pasted: String::new(),
    })
}

/// Imports a list: all of it, or nothing with every fault named by line and column. How many rows, and how many new.
pub(crate) async fn take_in(
    portal: &Portal,
    visit: &Visit,
    bytes: &[u8],
) -> Result<Result<(usize, u64), Vec<Fault>>, Problem> {
    let operator = visit.operator()?;
    let list = match import::read(portal, operator, bytes, visit.words).await? {
        Ok(list) => list,
        Err(faults) => return Ok(Err(faults)),
    };
    let new = import::store(portal, operator, &list).await?;
    let (rows, contracts) = (list.rows.len(), list.contracts.len());
    let said = format!("{rows} rows, {new} new, {contracts} with dates of contracts");
    audit(portal, visit, "subscribers.import", &said).await?;
    Ok(Ok((rows, new)))
}

/// Imports from the page.
pub async fn import(State(portal): State<Portal>, visit: Visit, form: Form) -> Result<Response, Problem> {
    let file = form.bytes("file");
    let bytes = if file.is_empty() { form.bytes("text") } else { file };
    let (faults, done) = match take_in(&portal, &visit, bytes).await? {
        Ok(done) => (Vec::new(), Some(done)),
        Err(faults) => (faults, None),
    };
    let pasted = if faults.is_empty() { String::new() } else { form.text("text") };
    let page = Page { f: Frame::new(&visit, visit.words.say("import-title")), faults, done, pasted };
    Ok(if page.faults.is_empty() { show(&page) } else { show_again(&page) })
}

/// Every subscriber as CSV, in the columns that the import takes.
pub async fn export(State(portal): State<Portal>, visit: Visit) -> Result<Response, Problem> {
    let operator = visit.operator()?;
    let mut writer = csv::Writer::from_writer(Vec::new());
    let fault = |fault: csv::Error| Problem::Fault(format!("the export cannot be written: {fault}"));
    writer.write_record(import::COLUMNS).map_err(fault)?;
    let zone = import::zone_of(&portal, operator).await?;
    let mut offset = 0;
    loop {
        let rows = portal.records().find_subscribers(operator, "", AT_ONCE, offset).await?;
        for row in &rows {
            let (mut own, mut aliases) = (Vec::new(), Vec::new());
            for address in portal.records().addresses_of(operator, row.id).await? {
                match address.kind {
                    AddressKind::Mailbox if address.key != row.login => own.push(address.key),
                    AddressKind::Mailbox => {}
                    AddressKind::Alias(_) => aliases.push(address.key),
                }
            }
            let (own, aliases) = (own.join(";"), aliases.join(";"));
            let contract = portal.records().contract(operator, row.id).await?;
            let (begins, options) = import_contract::cells(contract.as_ref(), &zone);
            let fields = [&row.login, &row.name, &row.group, &row.language, &own, &aliases, &begins, &options];
            writer.write_record(fields.map(|field| harmless(field))).map_err(fault)?;
        }
        if rows.len() < AT_ONCE as usize {
            break;
        }
        offset += AT_ONCE;
    }
    audit(&portal, &visit, "subscribers.export", "").await?;
    let body = writer.into_inner().map_err(|fault| Problem::Fault(fault.to_string()))?;
    // The mark at the start tells spreadsheets that this is UTF-8.
    let mut response = [b"\xEF\xBB\xBF".as_slice(), &body].concat().into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    headers.insert(CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"subscribers.csv\""));
    Ok(response)
}

/// A cell that a spreadsheet would take for a formula gets an apostrophe; the import takes it off again.
pub fn harmless(field: &str) -> String {
    if field.starts_with(['=', '+', '-', '@', '\t', '\r', '\'']) { format!("'{field}") } else { field.to_owned() }
}

async fn audit(portal: &Portal, visit: &Visit, action: &str, detail: &str) -> Result<(), Problem> {
    portal
        .records()
        .audit(&AuditRow {
            id: 0,
            operator: visit.operator()?,
            at: visit.now,
            by: visit.by(),
            from: visit.from.clone(),
            action: action.into(),
            target: "subscribers".into(),
            detail: detail.into(),
        })
        .await?;
    Ok(())
}
