//! The page of settings: how strict, what happens to each kind, the label, and the ways to everything else.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use policy::profile::{Level, ScoreShown};
use policy::settings::Origin;
use policy::{Profile, Settings};

use crate::frame::{Frame, show};
use crate::problem::Problem;
use crate::state::Portal;
use crate::subscriber::change::{Change, ClassAction, GENTLE, STRICT, class_actions};
use crate::subscriber::{links, offer};
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
    /// Levels of the operator's own: id, name, whether it is the one in force.
    named: Vec<(String, String, bool)>,
    own_points: bool,
    /// Days to choose from, and whether they are chosen.
    days: Vec<(u16, bool)>,
    days_standard: u16,
    book: usize,
    preset: String,
    label_fixed: bool,
    url_mode: &'static str,
    /// The header viewer is offered.
    viewer: bool,
    /// What the contract is without, or will be.
    missing: Vec<String>,
    furigana: bool,
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
        "own" => match settings.shown {
            ScoreShown::Points => visit.words.say1("level-own", "points", settings.shown.said(settings.threshold)),
            ScoreShown::Percent => {
                visit.words.say1("level-own", "points", format!("{} %", settings.shown.said(settings.threshold)))
            }
            ScoreShown::Level => visit.words.say("level-own-hidden"),
        },
        _ => visit.words.say("level-standard"),
    }
}

fn named(level: &Level, settings: &Settings, visit: &Visit) -> (String, String, bool) {
    let in_force = (settings.threshold - level.points).abs() < 0.05;
    (level.id.clone(), level.name.of(visit.language()).to_owned(), in_force)
}

/// Days to choose from: the operator's, or the usual ones within its bound.
fn days(profile: &Profile) -> Vec<u16> {
    let offered = if profile.retention_days.is_empty() { vec![7, 10, 14, 28] } else { profile.retention_days.clone() };
    offered.into_iter().filter(|days| profile.retention_most.is_none_or(|most| *days <= most)).collect()
}

/// The page.
pub async fn page(State(portal): State<Portal>, visit: Visit) -> Result<Response, Problem> {
    let change = Change::own(&portal, &visit).await?;
    let person = visit.own()?.subscriber;
    let settings = portal.services.directory.settings_of(person.operator, Some(person.id)).await?;
    let below = portal.services.directory.settings_of(person.operator, None).await?;
    let profile = offer::profile(&portal, person.operator).await?;
    let page = Page {
        f: Frame::new(&visit, visit.words.say("nav-settings")),
        version: change.version,
        consent: settings.content_allowed,
        level: level(&settings),
        threshold: settings.threshold,
        actions: class_actions(&change.layer, &below),
        treatments: offer::treatments(&profile.actions),
        named: profile.levels.named.iter().map(|level| named(level, &settings, &visit)).collect(),
        own_points: profile.levels.own,
        days: days(&profile).into_iter().map(|days| (days, change.layer.retention_days == Some(days))).collect(),
        days_standard: below.retention_days,
        book: change.layer.address_book.len(),
        preset: change
            .layer
            .preset
            .as_deref()
            .and_then(|id| profile.preset(id))
            .map(|preset| preset.name.of(visit.language()).to_owned())
            .unwrap_or_default(),
        viewer: profile.header_view.is_some(),
        url_mode: links::mode(&change.layer).name(),
        missing: offer::dated(&portal, &visit, &profile, &settings.asleep).await?,
        label_fixed: !profile.label_optional && !profile.name.is_empty() && profile.name != "shipped",
        furigana: settings.furigana,
        label: settings.label.clone(),
        receive: change.layer.receive.len(),
        refuse: change.layer.refuse.len(),
        conditions: change.layer.conditions.len(),
        keywords: change.layer.keywords.len(),
    };
    Ok(show(&page))
}
