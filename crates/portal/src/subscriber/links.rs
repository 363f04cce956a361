//! Mail with links (SUB-06): let it in, refuse all of it, or refuse what leads to sites of listed categories.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use policy::profile::{LinkMode, Profile};
use policy::{Layer, Treatment};

use crate::forms::Form;
use crate::frame::{Frame, go, show};
use crate::problem::Problem;
use crate::state::Portal;
use crate::subscriber::change::{Change, treatment, treatment_name};
use crate::subscriber::offer;
use crate::visit::Visit;

const ANY: &str = "url-present";
const CATEGORY: &str = "url-category-";
const MODES: [LinkMode; 3] = [LinkMode::Allow, LinkMode::RefuseAll, LinkMode::RefuseListed];

#[derive(Template)]
#[template(path = "subscriber/links.html")]
struct Page {
    f: Frame,
    version: i64,
    modes: Vec<(&'static str, bool)>,
    categories: Vec<Category>,
    treatments: Vec<&'static str>,
    then: &'static str,
    internet_only: bool,
    consent: bool,
}

struct Category {
    name: String,
    words: String,
    chosen: bool,
}

/// Which way is in force.
pub fn mode(layer: &Layer) -> LinkMode {
    let acts = |then: &Treatment| *then != Treatment::DELIVER;
    if layer.conditions.get(ANY).is_some_and(acts) {
        return LinkMode::RefuseAll;
    }
    let mut listed = layer.conditions.iter().filter(|(reason, then)| reason.starts_with(CATEGORY) && acts(then));
    if listed.next().is_some() { LinkMode::RefuseListed } else { LinkMode::Allow }
}

/// Puts a way into force.
pub fn apply(layer: &mut Layer, mode: LinkMode, categories: &[String], then: Treatment) {
    layer.conditions.retain(|reason, _| reason != ANY && !reason.starts_with(CATEGORY));
    match mode {
        LinkMode::Allow => {}
        LinkMode::RefuseAll => {
            layer.conditions.insert(ANY.into(), then);
        }
        LinkMode::RefuseListed => {
            layer.conditions.extend(categories.iter().map(|name| (format!("{CATEGORY}{name}"), then)));
        }
    }
}

/// Categories that the operator's lists have now and its profile offers, and those that this person chose before.
fn categories(portal: &Portal, profile: &Profile, layer: &Layer) -> Vec<String> {
    let mut all: Vec<String> = portal.options.url_categories.names();
    all.retain(|name| profile.links.has_category(name));
    let chosen = layer.conditions.keys().filter_map(|reason| reason.strip_prefix(CATEGORY));
    let kept: Vec<String> = chosen.filter(|name| !all.iter().any(|known| known == name)).map(str::to_owned).collect();
    all.extend(kept);
    all
}

/// What happens to such mail now; refusing it where nothing is chosen.
fn then(layer: &Layer) -> Treatment {
    let listed = layer.conditions.iter().filter(|(reason, _)| *reason == ANY || reason.starts_with(CATEGORY));
    let refuse = treatment("refuse").unwrap_or(Treatment::JUNK);
    listed.map(|(_, then)| *then).find(|then| *then != Treatment::DELIVER).unwrap_or(refuse)
}

/// The page.
pub async fn page(State(portal): State<Portal>, visit: Visit) -> Result<Response, Problem> {
    let change = Change::own(&portal, &visit).await?;
    let person = visit.own()?.subscriber;
    let profile = offer::profile(&portal, change.operator).await?;
    let settings = portal.services.directory.settings_of(person.operator, Some(person.id)).await?;
    let in_force = mode(&change.layer);
    let offered = categories(&portal, &profile, &change.layer);
    let shown = |mode: &LinkMode| match mode {
        LinkMode::Allow => true,
        LinkMode::RefuseListed => (profile.links.has(*mode) && !offered.is_empty()) || *mode == in_force,
        LinkMode::RefuseAll => profile.links.has(*mode) || *mode == in_force,
    };
    let modes = MODES.into_iter().filter(shown).map(|mode| (mode.name(), mode == in_force)).collect();
    let category = |name: &String| {
        let reason = format!("{CATEGORY}{name}");
        let chosen = change.layer.conditions.get(&reason).is_some_and(|then| *then != Treatment::DELIVER);
        Category { words: offer::condition_name(&profile, &reason, visit.language()), chosen, name: name.clone() }
    };
    let mut treatments = offer::treatments(&profile.actions);
    treatments.retain(|name| *name != "deliver");
    let page = Page {
        f: Frame::new(&visit, visit.words.say("url-title")),
        version: change.version,
        modes,
        categories: offered.iter().map(category).collect(),
        treatments,
        then: treatment_name(then(&change.layer)),
        internet_only: profile.links.internet_only || profile.internet_only.iter().any(|one| one == ANY),
        consent: settings.content_allowed,
    };
    Ok(show(&page))
}

/// Saves.
pub async fn save(State(portal): State<Portal>, visit: Visit, form: Form) -> Result<Response, Problem> {
    let mut change = Change::own(&portal, &visit).await?;
    let profile = offer::profile(&portal, change.operator).await?;
    let chosen = form.text("mode");
    let mode = MODES.into_iter().find(|mode| mode.name() == chosen).ok_or(Problem::BadForm)?;
    let known = categories(&portal, &profile, &change.layer);
    let wanted: Vec<String> = form.all("category").filter(|name| known.contains(name)).collect();
    if mode == LinkMode::RefuseListed && wanted.is_empty() {
        return Err(Problem::BadField(visit.words.say("url-choose-category")));
    }
    let then = treatment(&form.text("then")).filter(|then| *then != Treatment::DELIVER).ok_or(Problem::BadForm)?;
    let offered = profile.actions.is_empty() || profile.actions.iter().any(|name| *name == form.text("then"));
    if mode != LinkMode::Allow && !offered {
        return Err(Problem::BadForm);
    }
    apply(&mut change.layer, mode, &wanted, then);
    change.store(&portal, &visit, &form, "links").await?;
    Ok(go("/settings/links?done=saved"))
}
