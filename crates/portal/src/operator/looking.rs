//! "See what they see": staff who support a person on the telephone open that person's pages, with a recorded reason, for
//! half an hour, and change nothing. Every page they open is in the audit, and the person sees that it happened.
//!
//! Senders and subjects stand open only with a recorded ground; what a message says only where that ground was recorded for
//! that message, on its decision's page.

use axum::extract::{Path, State};
use axum::response::Response;
use store::Reference;
use store::records::audit::AuditRow;
use store::records::junk::JunkRow;

use crate::forms::Form;
use crate::frame::go;
use crate::operator::{ground, subscribers};
use crate::problem::Problem;
use crate::security::sessions;
use crate::state::Portal;
use crate::visit::{Acting, Reach, Visit, by_subscriber};

/// What a form's controls stand in where nothing can be pressed.
const CLOSED: &str = "<fieldset class=\"unpressed\" disabled>";

/// Begins. The row is written before anything opens.
pub async fn begin(
    State(portal): State<Portal>,
    visit: Visit,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Problem> {
    let subscriber = subscribers::find(&portal, visit.operator()?, &id).await?;
    let reason: String = form.text("reason").chars().take(300).collect();
    if reason.chars().count() < 5 {
        return Err(Problem::BadField(visit.words.say("field-reason")));
    }
    let ground = form.text("ground");
    if !ground.is_empty() && !ground::GROUNDS.contains(&ground.as_str()) {
        return Err(Problem::BadForm);
    }
    let detail = if ground.is_empty() { reason.clone() } else { format!("{ground}: {reason}") };
    audit(&portal, &visit, "look.begin", by_subscriber(subscriber.id), detail).await?;
    if let Some(who) = &visit.who {
        let acting = Acting { subscriber, reason, reach: Reach::Look { ground } };
        sessions::act_for(&portal, &who.session, &acting).await?;
    }
    Ok(go("/held"))
}

/// Ends.
pub async fn stop(State(portal): State<Portal>, visit: Visit) -> Result<Response, Problem> {
    let Some(who) = &visit.who else { return Err(Problem::SignIn) };
    // A form never comes in the place of whom staff look at, so it is asked for here.
    let acting = sessions::acting(&portal, &who.session, visit.now).await?;
    sessions::stop_acting(&portal, &who.session).await?;
    match acting.filter(|acting| matches!(acting.reach, Reach::Look { .. })) {
        Some(acting) => {
            let id = acting.subscriber.id;
            audit(&portal, &visit, "look.end", by_subscriber(id), String::new()).await?;
            Ok(go(&format!("/staff/subscribers/{}?done=stopped-looking", id.0)))
        }
        None => Ok(go("/staff?done=stopped-looking")),
    }
}

/// Under which target the audit keeps the pages that staff saw of somebody: apart from what was done, which is looked for
/// more often.
pub fn pages_of(acting: &Acting) -> String {
    format!("seen:{}", by_subscriber(acting.subscriber.id))
}

/// Notes that a page is opened, before it is.
pub async fn note(portal: &Portal, visit: &Visit) -> Result<(), Problem> {
    let Some(acting) = visit.looking() else { return Ok(()) };
    let path = visit.path.split('?').next().unwrap_or_default().to_owned();
    audit(portal, visit, "look.page", pages_of(acting), path).await
}

async fn audit(portal: &Portal, visit: &Visit, action: &str, target: String, detail: String) -> Result<(), Problem> {
    let row = AuditRow {
        id: 0,
        operator: visit.operator()?,
        at: visit.now,
        by: visit.by(),
        from: visit.from.clone(),
        action: action.into(),
        target,
        detail,
    };
    Ok(portal.records().audit(&row).await?)
}

/// Takes from a held message what does not stand open here: what the envelope says is left.
pub fn close(visit: &Visit, row: &mut JunkRow) {
    if !visit.opens_subjects() {
        row.subject = visit.words.say("closed-subject");
        row.from.clone_from(&row.mail_from);
        row.from_address.clone_from(&row.mail_from);
    }
}

/// Whether subjects, senders and header fields may be read here.
pub fn opens_headers(visit: &Visit) -> Result<(), Problem> {
    if visit.opens_subjects() { Ok(()) } else { Err(Problem::LookOnly) }
}

/// Whether what a message says may be read here. Staff need a ground that was recorded for this message; a command, which
/// names its ground at once, records it here, before anything opens.
pub async fn opens_content(portal: &Portal, visit: &Visit, reference: &Reference) -> Result<(), Problem> {
    match visit.acting().map(|acting| (&acting.reach, acting)) {
        None => visit.subscriber().map(|_| ()),
        Some((Reach::Look { .. }, _)) if ground::is_recorded(portal, visit, reference).await? => Ok(()),
        Some((Reach::Command { ground }, acting)) if !ground.is_empty() => {
            let detail = format!("{reference} {ground}: {}", acting.reason);
            audit(portal, visit, "content.open", by_subscriber(acting.subscriber.id), detail).await
        }
        Some(_) => Err(Problem::LookOnly),
    }
}

/// The page with every form that would change something closed: its buttons and fields are seen, and cannot be pressed.
/// Staff's own forms, which are in the frame, stay.
pub fn without_forms(page: &str) -> String {
    let mut out = String::with_capacity(page.len() + 1_000);
    let mut rest = page;
    while let Some(at) = rest.find("<form") {
        let (before, from_here) = rest.split_at(at);
        out.push_str(before);
        let Some(opened) = from_here.find('>') else { break };
        let Some(closed) = from_here.find("</form>") else { break };
        let (tag, inside) = (&from_here[..=opened], &from_here[opened + 1..closed]);
        let is_ours = tag.contains("action=\"/staff/") || tag.contains("action=\"/sign-out\"");
        out.push_str(tag);
        if tag.contains("method=\"post\"") && !is_ours {
            out.push_str(CLOSED);
            out.push_str(inside);
            out.push_str("</fieldset>");
        } else {
            out.push_str(inside);
        }
        out.push_str("</form>");
        rest = &from_here[closed + "</form>".len()..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::without_forms;

    #[test]
    fn forms_that_change_something_are_closed_and_others_are_not() {
        let search = "<form method=\"get\" action=\"/held\"><input name=q></form>";
        let stop = "<form method=\"post\" action=\"/staff/stop-looking\"><button>x</button></form>";
        let page = format!(
            "a{search}b{stop}<form class=\"y\" method=\"post\" action=\"/held/1/delete\"><button>z</button></form>c"
        );
        let closed = without_forms(&page);
        assert!(closed.contains(search) && closed.contains(stop), "{closed}");
        assert!(
            closed.ends_with("<fieldset class=\"unpressed\" disabled><button>z</button></fieldset></form>c"),
            "{closed}"
        );
        for odd in ["", "<form", "<form method=\"post\">", "no form"] {
            assert_eq!(without_forms(odd), odd);
        }
    }
}
