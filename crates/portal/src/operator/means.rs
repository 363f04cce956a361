//! How a subscriber signs in, for staff on the telephone with them: what is set up, and resetting it for a recorded
//! reason. The subscriber is told by mail.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use message::UnixMillis;
use store::records::audit::AuditRow;
use store::records::directory::SubscriberRow;
use store::records::means::MeansKind;
use store::records::signin::{Person, SessionRow};

use crate::account::notices::{self, Notice};
use crate::account::{by_staff, device};
use crate::forms::Form;
use crate::frame::{Frame, go, show};
use crate::operator::subscribers;
use crate::problem::Problem;
use crate::state::Portal;
use crate::visit::{Visit, by_subscriber};

#[derive(Template)]
#[template(path = "operator/means.html")]
struct Page {
    f: Frame,
    row: SubscriberRow,
    password: bool,
    app: Option<UnixMillis>,
    recovery: usize,
    telephone: bool,
    passkeys: usize,
    devices: usize,
    sessions: Vec<(String, SessionRow)>,
}

/// The page.
pub async fn page(State(portal): State<Portal>, visit: Visit, Path(id): Path<String>) -> Result<Response, Problem> {
    let row = subscribers::find(&portal, visit.operator()?, &id).await?;
    let person = Person::Subscriber(row.id);
    let rows = portal.records().means_of(row.operator, person).await?;
    let count = |kind| rows.iter().filter(|row| row.kind == kind).count();
    let unknown = visit.words.say("sign-ins-device-unknown");
    let sessions = portal.records().sessions_of(row.operator, person, visit.now).await?;
    let page = Page {
        f: Frame::new(&visit, row.login.clone()),
        password: row.password.is_some(),
        app: rows.iter().find(|row| row.kind == MeansKind::Totp).map(|row| row.created_at),
        recovery: count(MeansKind::Recovery),
        telephone: count(MeansKind::Telephone) > 0,
        passkeys: count(MeansKind::Passkey),
        devices: count(MeansKind::Device),
        sessions: sessions
            .into_iter()
            .map(|row| (device::name(&row.agent).unwrap_or_else(|| unknown.clone()), row))
            .collect(),
        row,
    };
    Ok(show(&page))
}

/// Takes the second factor away, and the limits of wrong tries with it.
pub async fn reset(
    State(portal): State<Portal>,
    visit: Visit,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Problem> {
    let (row, reason) = begun(&portal, &visit, &id, &form, "second-factor.reset").await?;
    let person = Person::Subscriber(row.id);
    by_staff::reset(&portal, row.operator, person).await?;
    notices::send(&portal, &visit, row.operator, person, Notice::Reset(&reason)).await?;
    Ok(go(&format!("/staff/subscribers/{}/means?done=means-reset", row.id.0)))
}

/// Signs the subscriber out everywhere.
pub async fn end(
    State(portal): State<Portal>,
    visit: Visit,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Problem> {
    let (row, reason) = begun(&portal, &visit, &id, &form, "session.end-all").await?;
    let person = Person::Subscriber(row.id);
    by_staff::sign_out(&portal, row.operator, person).await?;
    notices::send(&portal, &visit, row.operator, person, Notice::SignedOut(&reason)).await?;
    Ok(go(&format!("/staff/subscribers/{}/means?done=signed-out-there", row.id.0)))
}

/// Whose, and why; the row of the audit comes first: nothing changes without one.
async fn begun(
    portal: &Portal,
    visit: &Visit,
    id: &str,
    form: &Form,
    action: &str,
) -> Result<(SubscriberRow, String), Problem> {
    let row = subscribers::find(portal, visit.operator()?, id).await?;
    let reason: String = form.text("reason").chars().take(300).collect();
    if reason.chars().count() < 5 {
        return Err(Problem::BadField(visit.words.say("field-reason")));
    }
    let audit = AuditRow {
        id: 0,
        operator: row.operator,
        at: visit.now,
        by: visit.by(),
        from: visit.from.clone(),
        action: action.into(),
        target: by_subscriber(row.id),
        detail: reason.clone(),
    };
    portal.records().audit(&audit).await?;
    Ok((row, reason))
}
