//! Senders that were asked to come again (greylisting): the recipient sees them and can let one in at once.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use message::UnixMillis;
use store::records::audit::AuditRow;
use store::records::directory::SubscriberRow;

use crate::forms::Form;
use crate::frame::{Frame, go, show};
use crate::problem::Problem;
use crate::state::Portal;
use crate::subscriber::mine;
use crate::visit::Visit;

#[derive(Template)]
#[template(path = "subscriber/waiting.html")]
struct Page {
    f: Frame,
    lines: Vec<Line>,
}

pub(crate) struct Line {
    pub(crate) recipient: String,
    pub(crate) network: String,
    pub(crate) identity: String,
    pub(crate) first: UnixMillis,
    pub(crate) until: UnixMillis,
}

/// The page.
pub async fn page(State(portal): State<Portal>, visit: Visit) -> Result<Response, Problem> {
    let lines = lines(&portal, visit.subscriber()?).await?;
    Ok(show(&Page { f: Frame::new(&visit, visit.words.say("waiting-title")), lines }))
}

/// How many wait, for the first page.
pub async fn count(portal: &Portal, person: &SubscriberRow) -> Result<usize, Problem> {
    Ok(lines(portal, person).await?.len())
}

pub(crate) async fn lines(portal: &Portal, person: &SubscriberRow) -> Result<Vec<Line>, Problem> {
    let mut lines = Vec::new();
    for address in mine::addresses(portal, person).await? {
        lines.extend(portal.services.door.waiting(&address).into_iter().map(|one| Line {
            recipient: one.recipient,
            network: one.network,
            identity: one.identity,
            first: one.first,
            until: one.until,
        }));
    }
    lines.sort_by_key(|line| std::cmp::Reverse(line.first.0));
    Ok(lines)
}

/// 受け取る: the sender's next try passes at once.
pub async fn let_in(State(portal): State<Portal>, visit: Visit, form: Form) -> Result<Response, Problem> {
    let person = visit.subscriber()?;
    let (recipient, network, identity) = (form.text("recipient"), form.text("network"), form.text("identity"));
    if !mine::addresses(&portal, person).await?.contains(&recipient) {
        return Err(Problem::NotFound);
    }
    if !portal.services.door.let_pass(&recipient, &network, &identity) {
        return Err(Problem::Gone);
    }
    let row = AuditRow {
        id: 0,
        operator: person.operator,
        at: visit.now,
        by: visit.by(),
        from: visit.from.clone(),
        action: "greylisting.let-in".into(),
        target: recipient,
        detail: format!("{identity} {network}"),
    };
    portal.records().audit(&row).await?;
    Ok(go("/waiting?done=let-in"))
}
