//! Conditions: HTML, links, size, no Subject … and what happens where one is met.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use controls::inbound::CONTROLS;
use policy::{Language, Layer, Profile};

use crate::forms::Form;
use crate::frame::{Frame, go, show};
use crate::problem::Problem;
use crate::state::Portal;
use crate::subscriber::change::{Change, treatment, treatment_name};
use crate::subscriber::offer;
use crate::visit::Visit;

/// Conditions that a person can choose, in the order of the page. Those this program does not look at are left out.
const CHOOSABLE: [&str; 21] = [
    "no-subject",
    "no-from",
    "from-not-an-address",
    "bcc-to-me",
    "header-blank",
    "no-x-mailer",
    "english-only",
    "empty-body",
    "empty-message",
    "html-present",
    "url-lies",
    "attachment-present",
    "attachment-runs",
    "attachment-locked",
    "attachment-macros",
    "former-label-start",
    "former-label-anywhere",
    "former-label-advertisement",
    "size-above",
    "size-below",
    "sender-domain-absent",
];
#[derive(Template)]
#[template(path = "subscriber/conditions.html")]
struct Page {
    f: Frame,
    version: i64,
    families: Vec<Family>,
    treatments: Vec<&'static str>,
    size_kb: String,
    /// Sizes to choose from, octets; none: any.
    sizes: Vec<(u64, String)>,
    size: u64,
}

/// Conditions that stand together on the page, by the beginnings of their reasons. What is in none stands with the last.
const FAMILIES: [(&str, &[&str]); 4] = [
    ("links", &["html-", "url-"]),
    ("attachments", &["attachment-", "size-"]),
    ("advertising", &["former-label-"]),
    ("form", &[]),
];

/// Some conditions under one heading.
struct Family {
    name: &'static str,
    rows: Vec<Row>,
    /// How many of them are chosen; the family stands open then.
    chosen: usize,
}

struct Row {
    reason: String,
    words: String,
    chosen: &'static str,
}

/// Conditions that controls of this program can see. Links have a page of their own.
pub(crate) fn choosable(profile: &Profile, layer: &Layer) -> Vec<String> {
    let fixed = CHOOSABLE.into_iter().filter(|reason| CONTROLS.iter().any(|control| control.gives(reason)));
    let mut all: Vec<String> = fixed.map(str::to_owned).collect();
    // What the operator does not offer is left out, unless this person has it already.
    all.retain(|reason| profile.offers(reason) || layer.conditions.contains_key(reason));
    all
}

fn families(profile: &Profile, layer: &Layer, language: Language) -> Vec<Family> {
    let mut families: Vec<Family> = FAMILIES.map(|(name, _)| Family { name, rows: Vec::new(), chosen: 0 }).into();
    for reason in choosable(profile, layer) {
        let belongs = |starts: &[&str]| starts.iter().any(|start| reason.starts_with(start));
        let place = FAMILIES.iter().position(|(_, starts)| belongs(starts)).unwrap_or(FAMILIES.len() - 1);
        let row = Row {
            words: offer::condition_name(profile, &reason, language),
            chosen: layer.conditions.get(&reason).map_or("", |treatment| treatment_name(*treatment)),
            reason,
        };
        families[place].chosen += usize::from(!row.chosen.is_empty());
        families[place].rows.push(row);
    }
    families
}

/// The page.
pub async fn page(State(portal): State<Portal>, visit: Visit) -> Result<Response, Problem> {
    let change = Change::own(&portal, &visit).await?;
    let profile = offer::profile(&portal, change.operator).await?;
    let page = Page {
        f: Frame::new(&visit, visit.words.say("conditions-title")),
        version: change.version,
        families: families(&profile, &change.layer, visit.language()),
        treatments: offer::treatments(&profile.actions),
        size_kb: change.layer.size_at_most.map(|octets| (octets / 1024).to_string()).unwrap_or_default(),
        sizes: profile.sizes.iter().map(|octets| (*octets, format!("{} kB", (octets + 1) / 1024))).collect(),
        size: change.layer.size_at_most.unwrap_or_default(),
    };
    Ok(show(&page))
}

/// Applies the form of conditions to a layer.
pub fn apply(profile: &Profile, layer: &mut Layer, form: &Form, visit: &Visit) -> Result<(), Problem> {
    for reason in choosable(profile, layer) {
        let name = form.text(&format!("condition-{reason}"));
        if name.is_empty() {
            layer.conditions.remove(&reason);
        } else {
            layer.conditions.insert(reason, treatment(&name).ok_or(Problem::BadForm)?);
        }
    }
    let step = form.text("size");
    if !step.is_empty() {
        layer.size_at_most = step.parse().ok().filter(|octets| *octets > 0);
    }
    let size = form.text("size-kb");
    if !profile.sizes.is_empty() {
        return Ok(());
    }
    layer.size_at_most = if size.is_empty() {
        None
    } else {
        let kilobytes: u64 = size.parse().map_err(|_| Problem::BadField(visit.words.say("field-size")))?;
        Some(kilobytes.saturating_mul(1024))
    };
    if layer.conditions.contains_key("size-above") && layer.size_at_most.is_none() {
        return Err(Problem::BadField(visit.words.say("field-size")));
    }
    Ok(())
}

/// Saves the conditions.
pub async fn save(State(portal): State<Portal>, visit: Visit, form: Form) -> Result<Response, Problem> {
    let mut change = Change::own(&portal, &visit).await?;
    let profile = offer::profile(&portal, change.operator).await?;
    apply(&profile, &mut change.layer, &form, &visit)?;
    change.store(&portal, &visit, &form, "conditions").await?;
    Ok(go("/settings/conditions?done=saved"))
}
