//! Staff act for a subscriber: with a recorded reason, for half an hour, on settings only.

use axum::extract::{Path, State};
use axum::response::Response;
use store::records::audit::AuditRow;

use crate::forms::Form;
use crate::frame::go;
use crate::operator::subscribers;
use crate::problem::Problem;
use crate::security::sessions;
use crate::state::Portal;
use crate::visit::{Acting, Reach, Visit, by_subscriber};

/// Begins.
pub async fn begin(
    State(portal): State<Portal>,
    visit: Visit,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Problem> {
    let row = subscribers::find(&portal, visit.operator()?, &id).await?;
    let reason: String = form.text("reason").chars().take(300).collect();
    if reason.chars().count() < 5 {
        return Err(Problem::BadField(visit.words.say("field-reason")));
    }
    audit(&portal, &visit, "act.begin", by_subscriber(row.id), &reason).await?;
    if let Some(who) = &visit.who {
        let acting = Acting { subscriber: row, reason, reach: Reach::Settings };
        sessions::act_for(&portal, &who.session, &acting).await?;
    }
    Ok(go("/settings?done=acting"))
}

/// Ends.
pub async fn stop(State(portal): State<Portal>, visit: Visit) -> Result<Response, Problem> {
    let own = visit.own();
    if let Some(who) = &visit.who {
        sessions::stop_acting(&portal, &who.session).await?;
    }
    match own {
        Ok(own) => {
            audit(&portal, &visit, "act.end", by_subscriber(own.subscriber.id), "").await?;
            Ok(go(&format!("/staff/subscribers/{}?done=stopped-acting", own.subscriber.id.0)))
        }
        Err(_) => Ok(go("/staff?done=stopped-acting")),
    }
}

async fn audit(portal: &Portal, visit: &Visit, action: &str, target: String, detail: &str) -> Result<(), Problem> {
    portal
        .records()
        .audit(&AuditRow {
            id: 0,
            operator: visit.operator()?,
            at: visit.now,
            by: visit.by(),
            from: visit.from.clone(),
            action: action.into(),
            target,
            detail: detail.into(),
        })
        .await?;
    Ok(())
}
