//! Who may write: kinds of sender (SUB-02), selective reception (SUB-05), the bulk guard (SUB-09), the secret code
//! (SUB-10) and what the sender of refused mail hears (SUB-11).

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use controls::kinds::{INTERNET, PHONE_ABROAD};
use controls::lists::{Entry, EntryAction, Pattern};
use policy::profile::{Feature, Profile, Selective};
use policy::{Layer, Treatment};

use crate::forms::Form;
use crate::frame::{Frame, go, show};
use crate::problem::Problem;
use crate::state::Portal;
use crate::subscriber::change::{Change, treatment, treatment_name};
use crate::subscriber::offer;
use crate::visit::Visit;

/// The condition of who is on no list.
const UNLISTED: &str = "sender-unlisted";
/// Conditions of this page that are there whatever kinds of sender the operator knows.
const OTHERS: [&str; 2] = ["posing-as-mobile", "bulk-guard"];

#[derive(Template)]
#[template(path = "subscriber/senders.html")]
struct Page {
    f: Frame,
    version: i64,
    rows: Vec<Row>,
    treatments: Vec<&'static str>,
    modes: Vec<(&'static str, bool)>,
    notice: bool,
    digits: Option<u8>,
    code: String,
    missing: Vec<String>,
}

struct Row {
    reason: String,
    words: String,
    chosen: &'static str,
}

/// Conditions of this page that the operator offers, in its order.
pub(crate) fn reasons(profile: &Profile, without: &[Feature]) -> Vec<String> {
    let mut all = Vec::new();
    if !profile.kinds.is_empty() && !without.contains(&Feature::Kinds) {
        all.extend(profile.kinds.iter().map(|kind| format!("sender-kind-{}", kind.id)));
        all.push(format!("sender-kind-{INTERNET}"));
        all.push(format!("sender-kind-{PHONE_ABROAD}"));
        if profile.posing {
            all.push(OTHERS[0].to_owned());
        }
    }
    if profile.bulk_guard.is_some() {
        all.push(OTHERS[1].to_owned());
    }
    all
}

/// The name of a way in forms.
fn mode_name(mode: Selective) -> &'static str {
    match mode {
        Selective::Everything => "everything",
        Selective::NamedInFull => "named-in-full",
        Selective::NamedElseHeld => "named-else-held",
        Selective::HeadersFirst => "headers-first",
        Selective::AllHeld => "all-held",
    }
}

/// Which way is in force.
pub fn mode(layer: &Layer) -> Selective {
    match of_everybody(layer).and_then(|entry| entry.then) {
        Some(EntryAction::HeaderOnly) => return Selective::HeadersFirst,
        Some(EntryAction::Junk) => return Selective::AllHeld,
        _ => {}
    }
    match layer.conditions.get(UNLISTED).map(|then| treatment_name(*then)) {
        Some("header-only") => Selective::NamedInFull,
        Some("junk") => Selective::NamedElseHeld,
        _ => Selective::Everything,
    }
}

fn of_everybody(layer: &Layer) -> Option<&Entry> {
    layer.refuse.iter().find(|entry| entry.pattern == Pattern::Everyone && entry.then.is_some())
}

/// Puts a way into force.
pub fn apply_mode(layer: &mut Layer, mode: Selective) {
    layer.refuse.retain(|entry| entry.pattern != Pattern::Everyone || entry.then.is_none());
    layer.conditions.remove(UNLISTED);
    let header_only = treatment("header-only").unwrap_or(Treatment::JUNK);
    let everybody = |then| Entry { then: Some(then), ..Entry::new(Pattern::Everyone) };
    match mode {
        Selective::Everything => {}
        Selective::NamedInFull => {
            layer.conditions.insert(UNLISTED.into(), header_only);
        }
        Selective::NamedElseHeld => {
            layer.conditions.insert(UNLISTED.into(), Treatment::JUNK);
        }
        Selective::HeadersFirst => layer.refuse.push(everybody(EntryAction::HeaderOnly)),
        Selective::AllHeld => layer.refuse.push(everybody(EntryAction::Junk)),
    }
}

/// The page.
pub async fn page(State(portal): State<Portal>, visit: Visit) -> Result<Response, Problem> {
    let change = Change::own(&portal, &visit).await?;
    let person = visit.own()?.subscriber;
    let profile = offer::profile(&portal, person.operator).await?;
    let settings = portal.services.directory.settings_of(person.operator, Some(person.id)).await?;
    let language = visit.language();
    let without = profile.without(&offer::contract(&portal, &visit).await?, visit.now);
    let in_force = mode(&change.layer);
    let rows = reasons(&profile, &without).into_iter().map(|reason| Row {
        words: offer::condition_name(&profile, &reason, language),
        chosen: change.layer.conditions.get(&reason).map_or("", |then| treatment_name(*then)),
        reason,
    });
    let page = Page {
        f: Frame::new(&visit, visit.words.say("senders-title")),
        version: change.version,
        rows: rows.collect(),
        treatments: offer::treatments(&profile.actions),
        modes: profile.selective.iter().map(|mode| (mode_name(*mode), *mode == in_force)).collect(),
        notice: settings.refusal_notice,
        digits: profile.secret_code_digits.filter(|_| !without.contains(&Feature::SecretCode)),
        code: change.layer.secret_code.clone().unwrap_or_default(),
        missing: offer::missing(&portal, &visit, &profile, &[Feature::Kinds, Feature::Selective, Feature::SecretCode])
            .await?,
    };
    Ok(show(&page))
}

/// Saves.
pub async fn save(State(portal): State<Portal>, visit: Visit, form: Form) -> Result<Response, Problem> {
    let mut change = Change::own(&portal, &visit).await?;
    let person = visit.own()?.subscriber;
    let profile = offer::profile(&portal, person.operator).await?;
    let without = profile.without(&offer::contract(&portal, &visit).await?, visit.now);
    let layer = &mut change.layer;
    for reason in reasons(&profile, &without) {
        let name = form.text(&format!("condition-{reason}"));
        if name.is_empty() {
            layer.conditions.remove(&reason);
        } else {
            layer.conditions.insert(reason, treatment(&name).ok_or(Problem::BadForm)?);
        }
    }
    let chosen = form.text("mode");
    if let Some(mode) = profile.selective.iter().find(|mode| mode_name(**mode) == chosen) {
        apply_mode(layer, *mode);
    }
    layer.refusal_notice = Some(form.ticked("notice"));
    // A field that the contract hides keeps what was set.
    if profile.secret_code_digits.is_some() && !without.contains(&Feature::SecretCode) {
        layer.secret_code = Some(form.text("code")).filter(|code| !code.is_empty());
    }
    change.store(&portal, &visit, &form, "senders").await?;
    Ok(go("/settings/senders?done=saved"))
}
