//! Every version of a person's settings: who, when, from where, what changed; and the way back to each.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use message::UnixMillis;
use policy::Layer;
use serde_json::{Map, Value};
use store::records::audit::AuditRow;
use store::records::directory::SubscriberRow;
use store::records::settings::SettingsVersion;

use crate::forms::Form;
use crate::frame::{Frame, go, show};
use crate::operator::ground::GROUNDS;
use crate::problem::Problem;
use crate::state::Portal;
use crate::subscriber::change::Change;
use crate::subscriber::mine;
use crate::visit::{Visit, by_subscriber};

/// Versions that are shown.
const MOST: u32 = 50;

#[derive(Template)]
#[template(path = "subscriber/history.html")]
struct Page {
    f: Frame,
    version: i64,
    lines: Vec<Line>,
    opened: Vec<Opened>,
}

/// Something that staff did with this person's mail or settings.
struct Opened {
    at: UnixMillis,
    /// The id of the sentence that says what.
    what: &'static str,
    why: String,
    /// The page of one message that was seen.
    page: String,
}

pub(crate) struct Line {
    pub(crate) version: i64,
    pub(crate) at: UnixMillis,
    pub(crate) by: &'static str,
    pub(crate) from: String,
    pub(crate) note: String,
    pub(crate) changed: Vec<String>,
    in_force: bool,
}

/// The page.
pub async fn page(State(portal): State<Portal>, visit: Visit) -> Result<Response, Problem> {
    let change = Change::own(&portal, &visit).await?;
    let lines = all(&portal, &visit, &change).await?;
    let own = visit.own()?.subscriber;
    let page = Page {
        f: Frame::new(&visit, visit.words.say("history-title")),
        version: change.version,
        lines,
        opened: seen_by_staff(&portal, &own).await?.iter().map(|row| opened(row, &visit)).collect(),
    };
    Ok(show(&page))
}

/// The versions, newest first.
pub(crate) async fn all(portal: &Portal, visit: &Visit, change: &Change) -> Result<Vec<Line>, Problem> {
    let versions = portal.records().settings_history(change.operator, &change.owner, MOST).await?;
    Ok(lines(&versions, &by_subscriber(visit.own()?.subscriber.id), change.version, visit))
}

/// Why, in the reader's words: the ground stands in the audit by its name, `REFERENCE ground: reason` of one message and
/// `ground: reason` of a look.
fn opened(row: &AuditRow, visit: &Visit) -> Opened {
    let named = |ground: &str| visit.words.say(&format!("ground-{ground}"));
    let what = match row.action.as_str() {
        "content.open" => "opened-content",
        "look.begin" => "opened-look",
        "look.page" => "opened-page",
        "act.mail" => "opened-mail-acting",
        _ => "opened-acting",
    };
    let in_words = || {
        let (what, reason) = row.detail.split_once(": ")?;
        match row.action.as_str() {
            "content.open" => {
                let (reference, ground) = what.split_once(' ')?;
                Some(format!("{} ({reference}): {reason}", named(ground)))
            }
            "look.begin" | "act.mail" | "act.begin" if GROUNDS.contains(&what) => {
                Some(format!("{}: {reason}", named(what)))
            }
            _ => None,
        }
    };
    let is_page = what == "opened-page";
    let why = if is_page { String::new() } else { in_words().unwrap_or_else(|| row.detail.clone()) };
    Opened { at: row.at, what, why, page: if is_page { row.detail.clone() } else { String::new() } }
}

/// When staff opened this person's mail, acted for them or saw their pages, newest first; also before the address had an
/// owner. Of the pages only those of one message are told: the others every look begins with.
pub async fn seen_by_staff(portal: &Portal, person: &SubscriberRow) -> Result<Vec<AuditRow>, Problem> {
    let addresses = mine::addresses(portal, person).await?;
    let own = by_subscriber(person.id);
    let targets = addresses.into_iter().map(|key| format!("address:{key}")).chain([format!("seen:{own}"), own]);
    let mut rows = Vec::new();
    for target in targets {
        rows.extend(portal.records().find_audit(person.operator, Some(&target), 100, 0).await?);
    }
    rows.retain(|row| match row.action.as_str() {
        "content.open" | "act.begin" | "act.mail" | "look.begin" => true,
        "look.page" => row.detail.starts_with("/held/") || row.detail.starts_with("/mail/"),
        _ => false,
    });
    rows.sort_by_key(|row| std::cmp::Reverse(row.at));
    Ok(rows)
}

fn lines(versions: &[SettingsVersion], own: &str, in_force: i64, visit: &Visit) -> Vec<Line> {
    let before = versions.iter().skip(1).map(|row| row.json.as_str()).chain(["{}"]);
    versions
        .iter()
        .zip(before)
        .map(|(row, before)| Line {
            version: row.version,
            at: row.at,
            by: if row.by == own {
                "by-you"
            } else if row.by.starts_with("staff:") {
                "by-staff"
            } else {
                "by-system"
            },
            from: row.from.clone(),
            note: row.note.clone(),
            changed: changed(before, &row.json)
                .into_iter()
                .map(|key| visit.words.say(&format!("setting-{}", key.replace('_', "-"))))
                .collect(),
            in_force: row.version == in_force,
        })
        .collect()
}

/// Keys whose value differs.
fn changed(before: &str, after: &str) -> Vec<String> {
    let read = |json: &str| serde_json::from_str::<Map<String, Value>>(json).unwrap_or_default();
    let (before, after) = (read(before), read(after));
    let mut keys: Vec<String> = before.keys().chain(after.keys()).cloned().collect();
    keys.sort();
    keys.dedup();
    keys.retain(|key| before.get(key) != after.get(key));
    keys
}

/// Goes back to an earlier version. Consent stays as it is now: it is given and withdrawn on its own page only.
pub async fn undo(State(portal): State<Portal>, visit: Visit, form: Form) -> Result<Response, Problem> {
    let mut change = Change::own(&portal, &visit).await?;
    let wanted: i64 = form.text("to").parse().map_err(|_| Problem::BadForm)?;
    let consent = change.layer.consent;
    change.layer = if wanted == 0 {
        Layer::default()
    } else {
        let versions = portal.records().settings_history(change.operator, &change.owner, MOST).await?;
        let row = versions.into_iter().find(|row| row.version == wanted).ok_or(Problem::NotFound)?;
        Layer::from_json(&row.json).map_err(|bad| Problem::BadField(bad.to_string()))?
    };
    change.layer.consent = consent;
    change.store_unmeasured(&portal, &visit, &form, &format!("undo {wanted}")).await?;
    Ok(go("/settings/history?done=undone"))
}
