//! Subscribers: finding one, and what staff may see of them without opening anything.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use policy::settings::ContentBasis;
use store::records::decisions::{DecisionQuery, DecisionRow, TransactionRow};
use store::records::directory::{AddressKind, AddressRow, SubscriberRow};
use store::{OperatorId, SubscriberId};

use crate::forms;
use crate::frame::{Frame, show};
use crate::operator::contract;
use crate::operator::ground::GROUNDS;
use crate::problem::Problem;
use crate::state::Portal;
use crate::subscriber::settings::level_name;
use crate::visit::Visit;

/// Rows of one page.
const MOST: u32 = 50;

#[derive(Template)]
#[template(path = "operator/subscribers.html")]
struct List {
    f: Frame,
    text: String,
    rows: Vec<SubscriberRow>,
    count: u64,
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "operator/subscriber.html")]
struct One {
    f: Frame,
    row: SubscriberRow,
    addresses: Vec<(String, String)>,
    level: String,
    basis: &'static str,
    version: i64,
    taught: (u64, u64),
    contract: contract::Shown,
    decisions: Vec<(TransactionRow, DecisionRow)>,
}

/// The list.
pub async fn list(State(portal): State<Portal>, visit: Visit) -> Result<Response, Problem> {
    let operator = visit.operator()?;
    let typed = forms::query(&visit.path);
    let text = typed.text("q");
    let offset: u32 = typed.text("from").parse().unwrap_or(0);
    let rows = portal.records().find_subscribers(operator, &text, MOST, offset).await?;
    let next = (rows.len() == MOST as usize)
        .then(|| format!("/staff/subscribers?q={}&from={}", forms::encode(&text), offset.saturating_add(MOST)));
    let count = portal.records().count_subscribers(operator).await?;
    Ok(show(&List { f: Frame::new(&visit, visit.words.say("nav-subscribers")), text, rows, count, next }))
}

/// One subscriber of an operator.
pub async fn find(portal: &Portal, operator: OperatorId, id: &str) -> Result<SubscriberRow, Problem> {
    let id = id.parse().map(SubscriberId).map_err(|_| Problem::NotFound)?;
    portal.records().subscriber(operator, id).await?.ok_or(Problem::NotFound)
}

/// One subscriber's page.
pub async fn one(State(portal): State<Portal>, visit: Visit, Path(id): Path<String>) -> Result<Response, Problem> {
    let operator = visit.operator()?;
    let row = find(&portal, operator, &id).await?;
    let settings = portal.services.directory.settings_of(operator, Some(row.id)).await?;
    let addresses = portal.records().addresses_of(operator, row.id).await?;
    let query =
        DecisionQuery { operator: Some(operator), subscriber: Some(row.id), limit: 20, ..DecisionQuery::default() };
    let page = One {
        f: Frame::new(&visit, row.login.clone()),
        addresses: addresses.into_iter().map(address).collect(),
        level: level_name(&visit, &settings),
        basis: match settings.content_basis {
            ContentBasis::None => "basis-none",
            ContentBasis::Consent { .. } => "basis-consent",
            ContentBasis::DefaultOn => "basis-default-on",
            ContentBasis::Operator => "basis-operator",
        },
        version: settings.versions[2],
        taught: portal.services.learning.taught(operator, row.id).await?,
        decisions: portal.records().find_decisions(&query).await?,
        contract: contract::shown(&portal, &visit, &row).await?,
        row,
    };
    Ok(show(&page))
}

fn address(row: AddressRow) -> (String, String) {
    match row.kind {
        AddressKind::Mailbox => (row.key, String::new()),
        AddressKind::Alias(target) => (row.key, target),
    }
}
