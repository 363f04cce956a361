//! Live decisions, and the search field that takes an address, reference, Message-ID, IP or time.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use store::Reference;
use store::records::decisions::{DecisionQuery, DecisionRow, TransactionRow};
use store::records::directory::SubscriberRow;

use crate::forms;
use crate::frame::{Frame, go, show};
use crate::operator::times;
use crate::problem::Problem;
use crate::state::Portal;
use crate::subscriber::held::tone;
use crate::visit::Visit;

/// Rows of one page.
const MOST: u32 = 100;
/// People that are named above them.
const PEOPLE: u32 = 5;
/// Actions that a decision can be looked for by.
const ACTIONS: [&str; 10] = [
    "deliver",
    "label",
    "junk",
    "trash",
    "remove_part",
    "header_only",
    "delete",
    "refuse",
    "defer",
    "refused_by_next_hop",
];

#[derive(Template)]
#[template(path = "operator/decisions.html")]
struct Page {
    f: Frame,
    text: String,
    class: String,
    action: String,
    classes: Vec<&'static str>,
    actions: Vec<&'static str>,
    rows: Vec<Row>,
    /// People whom the text names.
    people: Vec<SubscriberRow>,
    live: bool,
    older: Option<String>,
}

/// One line of the table. No subject: it is content.
struct Row {
    decision: DecisionRow,
    transaction: TransactionRow,
    tone: &'static str,
    icon: &'static str,
}

/// The page.
pub async fn page(State(portal): State<Portal>, visit: Visit) -> Result<Response, Problem> {
    let operator = visit.operator()?;
    let typed = forms::query(&visit.path);
    let (text, class, action) = (typed.text("q"), typed.text("class"), typed.text("action"));
    if let Some(reference) = Reference::parse(&text)
        && portal.records().decision(operator, &reference).await?.is_some()
    {
        return Ok(go(&format!("/staff/decision/{reference}")));
    }
    let span = times::span(&text, visit.now, &visit.zone);
    let after = Reference::parse(&typed.text("after"));
    let query = DecisionQuery {
        operator: Some(operator),
        text: if span.is_some() { String::new() } else { text.clone() },
        subscriber: None,
        class: Some(class.clone()).filter(|class| !class.is_empty()),
        action: Some(action.clone()).filter(|action| !action.is_empty()),
        since: span.map(|(since, _)| since),
        until: span.map(|(_, until)| until),
        after: after.clone(),
        // One more than is shown tells whether there is another page.
        limit: MOST + 1,
    };
    let mut rows: Vec<Row> = portal
        .records()
        .find_decisions(&query)
        .await?
        .into_iter()
        .map(|(transaction, decision)| {
            let (tone, icon) = tone(&decision.class);
            Row { decision, transaction, tone, icon }
        })
        .collect();
    let is_last = rows.len() <= MOST as usize;
    rows.truncate(MOST as usize);
    let people = match text.is_empty() || span.is_some() {
        true => Vec::new(),
        false => portal.records().find_subscribers(operator, &text, PEOPLE, 0).await?,
    };
    let older = rows.last().filter(|_| !is_last).map(|row| {
        format!(
            "/staff?q={}&class={}&action={}&after={}",
            forms::encode(&text),
            forms::encode(&class),
            forms::encode(&action),
            row.decision.reference
        )
    });
    let page = Page {
        f: Frame::new(&visit, visit.words.say("nav-decisions")),
        live: text.is_empty() && after.is_none(),
        text,
        class,
        action,
        classes: controls::CLASSES.iter().map(|class| class.name()).collect(),
        actions: ACTIONS.to_vec(),
        rows,
        people,
        older,
    };
    Ok(show(&page))
}
