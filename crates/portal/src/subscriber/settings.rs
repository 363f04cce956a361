//! The page of settings: how strict, what happens to each kind, the label, and the ways to everything else.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use policy::Settings;
use policy::settings::Origin;

use crate::frame::{Frame, show};
use crate::problem::Problem;
use crate::state::Portal;
use crate::subscriber::change::{Change, ClassAction, GENTLE, STRICT, TREATMENTS, class_actions};
use crate::visit::Visit;

#[derive(Template)]
#[template(path = "subscriber/settings.html")]
struct Page {
    f: Frame,
    version: i64,
    consent: bool,
    level: &'static str,
    threshold: f64,
    actions: Vec<ClassAction>,
    treatments: Vec<&'static str>,
    label: String,
    receive: usize,
    refuse: usize,
    conditions: usize,
    keywords: usize,
}

/// Which named level is in force.
pub fn level(settings: &Settings) -> &'static str {
    if settings.origin_of("threshold") != Origin::Subscriber {
        "standard"
    } else if (settings.threshold - STRICT).abs() < 0.05 {
        "strict"
    } else if (settings.threshold - GENTLE).abs() < 0.05 {
        "gentle"
    } else {
        "own"
    }
}

/// The name of the level in force; a value of one's own is shown as the number.
pub fn level_name(visit: &Visit, settings: &Settings) -> String {
    match level(settings) {
        "strict" => visit.words.say("level-strict"),
        "gentle" => visit.words.say("level-gentle"),
        "own" => visit.words.say1("level-own", "points", format!("{:.1}", settings.threshold)),
        _ => visit.words.say("level-standard"),
    }
}

/// The page.
pub async fn page(State(portal): State<Portal>, visit: Visit) -> Result<Response, Problem> {
    let change = Change::own(&portal, &visit).await?;
    let person = visit.own()?.subscriber;
    let settings = portal.services.directory.settings_of(person.operator, Some(person.id)).await?;
    let below = portal.services.directory.settings_of(person.operator, None).await?;
    let page = Page {
        f: Frame::new(&visit, visit.words.say("nav-settings")),
        version: change.version,
        consent: settings.content_allowed,
        level: level(&settings),
        threshold: settings.threshold,
        actions: class_actions(&change.layer, &below),
        treatments: TREATMENTS.iter().map(|(name, _)| *name).collect(),
        label: settings.label.clone(),
        receive: change.layer.receive.len(),
        refuse: change.layer.refuse.len(),
        conditions: change.layer.conditions.len(),
        keywords: change.layer.keywords.len(),
    };
    Ok(show(&page))
}
