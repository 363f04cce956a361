//! The operator's default settings, and the five conditions under which filtering may be on by default.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use policy::consent::DefaultOn;
use policy::settings::Layers;
use policy::{Layer, Settings};

use crate::forms::Form;
use crate::frame::{Frame, go, show};
use crate::problem::Problem;
use crate::state::Portal;
use crate::subscriber::change::{Change, ClassAction, TREATMENTS, apply_actions, class_actions};
use crate::visit::Visit;

#[derive(Template)]
#[template(path = "operator/defaults.html")]
struct Page {
    f: Frame,
    version: i64,
    threshold: f64,
    retention: u16,
    label: String,
    proven_only: bool,
    default_on: bool,
    conditions: Vec<(&'static str, bool)>,
    actions: Vec<ClassAction>,
    treatments: Vec<&'static str>,
}

/// The five conditions, and which of them the operator says hold.
pub fn conditions(layer: &Layer) -> Vec<(&'static str, bool)> {
    let held = layer.default_on.unwrap_or_default();
    vec![
        ("changeable-any-time", held.changeable_any_time),
        ("same-terms-otherwise", held.same_terms_otherwise),
        ("scope-is-limited", held.scope_is_limited),
        ("typically-agreeable", held.typically_agreeable),
        ("told-beforehand", held.told_beforehand),
    ]
}

/// The page.
pub async fn page(State(portal): State<Portal>, visit: Visit) -> Result<Response, Problem> {
    let change = Change::of_operator(&portal, &visit).await?;
    let settings = Settings::resolve(&Layers {
        operator: Some((change.version, change.layer.clone().into())),
        ..Layers::default()
    });
    let page = Page {
        f: Frame::new(&visit, visit.words.say("nav-defaults")),
        version: change.version,
        threshold: settings.threshold,
        retention: settings.retention_days,
        label: settings.label.clone(),
        proven_only: settings.allow_requires_auth,
        default_on: settings.content_allowed,
        conditions: conditions(&change.layer),
        actions: class_actions(&change.layer, &Settings::resolve(&Layers::default())),
        treatments: TREATMENTS.iter().map(|(name, _)| *name).collect(),
    };
    Ok(show(&page))
}

/// Saves. What subscribers set themselves stays theirs.
pub async fn save(State(portal): State<Portal>, visit: Visit, form: Form) -> Result<Response, Problem> {
    let mut change = Change::of_operator(&portal, &visit).await?;
    let layer = &mut change.layer;
    let points: f64 = form.text("threshold").parse().map_err(|_| Problem::BadField(visit.words.say("field-points")))?;
    layer.threshold = Some((points * 10.0).round() / 10.0);
    let days = form.text("retention").parse().map_err(|_| Problem::BadField(visit.words.say("field-days")))?;
    layer.retention_days = Some(days);
    layer.label = Some(form.text("label")).filter(|label| !label.is_empty());
    layer.allow_requires_auth = Some(form.ticked("proven-only"));
    let all = DefaultOn {
        changeable_any_time: form.ticked("changeable-any-time"),
        same_terms_otherwise: form.ticked("same-terms-otherwise"),
        scope_is_limited: form.ticked("scope-is-limited"),
        typically_agreeable: form.ticked("typically-agreeable"),
        told_beforehand: form.ticked("told-beforehand"),
    };
    layer.default_on = (all != DefaultOn::default()).then_some(all);
    apply_actions(layer, &form)?;
    change.store(&portal, &visit, &form, "defaults").await?;
    Ok(go("/staff/defaults?done=saved"))
}
