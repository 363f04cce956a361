//! Impersonation (SUB-03): how much proof of a sender is asked for, named domains, exceptions, and the rescue list.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use controls::impersonation::{Asked, LEVELS, Rescue, RescueField};
use message::Domain;
use policy::profile::{Feature, Profile, asked_name};

use crate::forms::Form;
use crate::frame::{Frame, go, show};
use crate::problem::Problem;
use crate::state::Portal;
use crate::subscriber::change::{Change, treatment, treatment_name};
use crate::subscriber::offer;
use crate::visit::Visit;

#[derive(Template)]
#[template(path = "subscriber/posing.html")]
struct Page {
    f: Frame,
    version: i64,
    levels: Vec<(&'static str, bool)>,
    then: &'static str,
    treatments: Vec<&'static str>,
    domains: String,
    domains_most: u32,
    exceptions: String,
    exceptions_most: u32,
    rescue: String,
    rescue_most: u32,
    rescue_fields: String,
    missing: Vec<String>,
}

/// The page.
pub async fn page(State(portal): State<Portal>, visit: Visit) -> Result<Response, Problem> {
    let change = Change::own(&portal, &visit).await?;
    let person = visit.own()?.subscriber;
    let profile = offer::profile(&portal, person.operator).await?;
    let settings = portal.services.directory.settings_of(person.operator, Some(person.id)).await?;
    // What waits because the contract is without it is shown as it was set, so that saving the page keeps it.
    let asked = match settings.asleep.contains(&Feature::Impersonation) {
        true => change.layer.impersonation.unwrap_or(Asked::Off),
        false => settings.controls.impersonation.as_deref().map_or(Asked::Off, |all| all.asked),
    };
    let offer = &profile.impersonation;
    let layer = &change.layer;
    let page = Page {
        f: Frame::new(&visit, visit.words.say("posing-title")),
        version: change.version,
        levels: offer.levels.iter().map(|level| (asked_name(*level), *level == asked)).collect(),
        then: treatment_name(layer.impersonation_then.unwrap_or(policy::Treatment::JUNK)),
        treatments: offer::treatments(if offer.actions.is_empty() { &profile.actions } else { &offer.actions }),
        domains: layer.impersonation_domains.join("\n"),
        domains_most: offer.domains_most,
        exceptions: layer.impersonation_exceptions.join("\n"),
        exceptions_most: offer.exceptions_most,
        rescue: layer.rescue.iter().map(line).collect::<Vec<_>>().join("\n"),
        rescue_most: offer.rescue_most,
        rescue_fields: fields(&profile).into_iter().map(field_name).collect::<Vec<_>>().join(", "),
        missing: offer::missing(&portal, &visit, &profile, &[Feature::Impersonation]).await?,
    };
    Ok(show(&page))
}

fn fields(profile: &Profile) -> Vec<RescueField> {
    let all = vec![RescueField::To, RescueField::Cc, RescueField::From];
    if profile.impersonation.rescue_fields.is_empty() { all } else { profile.impersonation.rescue_fields.clone() }
}

fn field_name(field: RescueField) -> &'static str {
    match field {
        RescueField::To => "to",
        RescueField::Cc => "cc",
        RescueField::From => "from",
    }
}

fn line(rescue: &Rescue) -> String {
    format!("{}: {}", field_name(rescue.field), rescue.text)
}

/// `to: club@example.jp`; without a field it is To.
fn read_rescue(text: &str, profile: &Profile) -> Option<Rescue> {
    let (field, rest) = match text.split_once(':') {
        Some((name, rest)) => {
            let name = name.trim().to_lowercase();
            let known = [RescueField::To, RescueField::Cc, RescueField::From];
            (known.into_iter().find(|field| field_name(*field) == name)?, rest)
        }
        None => (fields(profile).first().copied().unwrap_or(RescueField::To), text),
    };
    let text = rest.trim().to_lowercase();
    (!text.is_empty()).then_some(Rescue { field, text })
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty())
}

fn read_domains(text: &str, visit: &Visit) -> Result<Vec<String>, Problem> {
    let mut out: Vec<String> = Vec::new();
    for line in lines(text) {
        let bare = line.trim_start_matches('@');
        let domain =
            Domain::parse(bare).map_err(|_| Problem::BadField(visit.words.say1("field-domain", "text", line)))?;
        if !out.iter().any(|known| known == domain.as_str()) {
            out.push(domain.as_str().to_owned());
        }
    }
    Ok(out)
}

/// Saves.
pub async fn save(State(portal): State<Portal>, visit: Visit, form: Form) -> Result<Response, Problem> {
    let mut change = Change::own(&portal, &visit).await?;
    let profile = offer::profile(&portal, change.operator).await?;
    let layer = &mut change.layer;
    let chosen = form.text("level");
    if !chosen.is_empty() {
        let level = LEVELS.into_iter().find(|level| asked_name(*level) == chosen).ok_or(Problem::BadForm)?;
        layer.impersonation = Some(level);
    }
    let then = form.text("then");
    if !then.is_empty() {
        layer.impersonation_then = Some(treatment(&then).ok_or(Problem::BadForm)?);
    }
    layer.impersonation_domains = read_domains(&form.text("domains"), &visit)?;
    layer.impersonation_exceptions = read_domains(&form.text("exceptions"), &visit)?;
    let mut rescue = Vec::new();
    for text in lines(&form.text("rescue")) {
        let bad = || Problem::BadField(visit.words.say1("field-rescue", "text", text));
        let one = read_rescue(text, &profile).ok_or_else(bad)?;
        if !rescue.contains(&one) {
            rescue.push(one);
        }
    }
    layer.rescue = rescue;
    change.store(&portal, &visit, &form, "posing").await?;
    Ok(go("/settings/posing?done=saved"))
}
