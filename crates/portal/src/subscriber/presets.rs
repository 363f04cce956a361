//! Presets and the wizard (SUB-04): what is offered, and before anything is saved what it sets and what it would have done.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use policy::profile::{AddressBookMode, Answer, Bundles, Profile, asked_name};
use policy::{Digest, Layer, language};

use crate::forms::{self, Form};
use crate::frame::{Frame, go, show};
use crate::language::Words;
use crate::problem::Problem;
use crate::state::Portal;
use crate::subscriber::change::{Change, treatment_name};
use crate::subscriber::offer;
use crate::subscriber::tried::{DAYS, Tried, tried};
use crate::visit::Visit;

#[derive(Template)]
#[template(path = "subscriber/presets.html")]
struct Page {
    f: Frame,
    presets: Vec<Offered>,
    questions: Vec<Asked>,
}

struct Offered {
    id: String,
    name: String,
    about: String,
    for_children: bool,
    chosen: bool,
}

struct Asked {
    id: String,
    question: String,
    answers: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "subscriber/try.html")]
struct Preview {
    f: Frame,
    version: i64,
    title: String,
    /// The answers, so that the same is saved as was shown.
    fields: Vec<(String, String)>,
    sets: Vec<String>,
    tried: Tried,
    days: usize,
    consent: bool,
}

/// What is offered.
pub async fn page(State(portal): State<Portal>, visit: Visit) -> Result<Response, Problem> {
    let change = Change::own(&portal, &visit).await?;
    let profile = offer::profile(&portal, change.operator).await?;
    let language = visit.language();
    let presets = profile.presets.iter().map(|preset| Offered {
        id: preset.id.clone(),
        name: preset.name.of(language).to_owned(),
        about: preset.about.of(language).to_owned(),
        for_children: preset.for_children,
        chosen: change.layer.preset.as_deref() == Some(preset.id.as_str()),
    });
    // What the contract does not have now, or the offer not at all, is not asked for: the answer could not be saved.
    let without = profile.without(&offer::contract(&portal, &visit).await?, visit.now);
    let can_be = |answer: &&Answer| {
        let offered = answer.set.digest.as_ref().is_none_or(|digest| profile.digest.offers(digest));
        offered && !without.iter().any(|feature| answer.set.uses(*feature))
    };
    let questions = profile.wizard.iter().map(|question| Asked {
        id: question.id.clone(),
        question: question.question.of(language).to_owned(),
        answers: question
            .answers
            .iter()
            .filter(can_be)
            .map(|one| (one.id.clone(), one.text.of(language).to_owned()))
            .collect(),
    });
    let page = Page {
        f: Frame::new(&visit, visit.words.say("presets-title")),
        presets: presets.collect(),
        questions: questions.filter(|question| question.answers.len() > 1).collect(),
    };
    Ok(show(&page))
}

/// What a form asks for: one preset, or the answers of the wizard.
pub(crate) fn asked<'p>(profile: &'p Profile, form: &Form) -> Result<(Bundles<'p>, Vec<(String, String)>), Problem> {
    let id = form.text("preset");
    if !id.is_empty() {
        let preset = profile.preset(&id).ok_or(Problem::NotFound)?;
        return Ok((Bundles { preset: Some(preset), answers: Vec::new() }, vec![("preset".into(), id)]));
    }
    let answers: BTreeMap<String, String> =
        profile.wizard.iter().map(|question| (question.id.clone(), form.text(&format!("q-{}", question.id)))).collect();
    let fields = answers.iter().map(|(question, answer)| (format!("q-{question}"), answer.clone())).collect();
    Ok((profile.answered(&answers), fields))
}

/// What it sets, and what it would have done. Nothing is saved yet.
pub async fn preview(State(portal): State<Portal>, visit: Visit) -> Result<Response, Problem> {
    let change = Change::own(&portal, &visit).await?;
    let person = visit.own()?.subscriber;
    let profile = offer::profile(&portal, change.operator).await?;
    let (bundles, fields) = asked(&profile, &forms::query(&visit.path))?;
    let after = put_on(&profile, &change.layer, &bundles)?;
    let settings = portal.services.directory.settings_of(person.operator, Some(person.id)).await?;
    let title = match bundles.preset {
        Some(preset) => preset.name.of(visit.language()).to_owned(),
        None => visit.words.say("wizard-title"),
    };
    let page = Preview {
        f: Frame::new(&visit, title.clone()),
        version: change.version,
        title,
        fields,
        sets: differences(&profile, &change.layer, &after, visit.words),
        tried: tried(&portal, &person, &after, visit.now).await?,
        days: DAYS,
        consent: settings.content_allowed,
    };
    Ok(show(&page))
}

/// Saves what was shown.
pub async fn save(State(portal): State<Portal>, visit: Visit, form: Form) -> Result<Response, Problem> {
    let mut change = Change::own(&portal, &visit).await?;
    let profile = offer::profile(&portal, change.operator).await?;
    let (bundles, _) = asked(&profile, &form)?;
    change.layer = put_on(&profile, &change.layer, &bundles)?;
    let what = bundles.preset.map_or("wizard".to_owned(), |preset| format!("preset {}", preset.id));
    change.store(&portal, &visit, &form, &what).await?;
    Ok(go("/settings?done=saved"))
}

pub(crate) fn put_on(profile: &Profile, layer: &Layer, bundles: &Bundles<'_>) -> Result<Layer, Problem> {
    profile.put_on(layer, bundles).map_err(|bad| Problem::Fault(format!("a preset cannot be put on: {bad}")))
}

/// What changes, a sentence for each.
pub(crate) fn differences(profile: &Profile, before: &Layer, after: &Layer, words: Words) -> Vec<String> {
    let mut out = Vec::new();
    if before.threshold != after.threshold {
        out.push(match after.threshold {
            Some(points) => words.say1("sets-threshold", "points", format!("{points:.1}")),
            None => words.say("sets-threshold-standard"),
        });
    }
    if before.impersonation != after.impersonation {
        let level = after.impersonation.map_or("off", asked_name);
        out.push(words.say1("sets-impersonation", "level", words.say(&format!("impersonation-{level}"))));
    }
    for (reason, then) in &after.conditions {
        if before.conditions.get(reason) != Some(then) {
            let what = offer::condition_name(profile, reason, words.0);
            let then = words.say(&format!("treatment-{}", treatment_name(*then)));
            out.push(words.say2("sets-what-then", "what", what, "then", then));
        }
    }
    for reason in before.conditions.keys().filter(|reason| !after.conditions.contains_key(*reason)) {
        out.push(words.say1("sets-no-longer", "what", offer::condition_name(profile, reason, words.0)));
    }
    for (class, then) in &after.actions {
        if before.actions.get(class) != Some(then) {
            let what = language::sentence(words.0, &format!("class-{}", class.name()), &[]);
            let then = words.say(&format!("treatment-{}", treatment_name(*then)));
            out.push(words.say2("sets-what-then", "what", what, "then", then));
        }
    }
    for class in before.actions.keys().filter(|class| !after.actions.contains_key(class)) {
        let what = language::sentence(words.0, &format!("class-{}", class.name()), &[]);
        out.push(words.say1("sets-standard", "what", what));
    }
    if before.address_book_mode != after.address_book_mode {
        let mode = match after.address_book_mode.unwrap_or(AddressBookMode::Unused) {
            AddressBookMode::Unused => "unused",
            AddressBookMode::First => "first",
            AddressBookMode::Only => "only",
        };
        out.push(words.say(&format!("book-mode-{mode}")));
    }
    if before.digest != after.digest {
        out.push(match &after.digest {
            Some(Digest::Every { at, .. }) => words.say1("sets-digest", "hour", usize::from(*at)),
            Some(Digest::EachMessage) => words.say("sets-notices"),
            Some(Digest::Off) | None => words.say("sets-no-digest"),
        });
    }
    if before.refusal_notice != after.refusal_notice {
        let told = after.refusal_notice.unwrap_or(true);
        out.push(words.say(if told { "sets-notice" } else { "sets-no-notice" }));
    }
    out
}
