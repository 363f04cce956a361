//! Conditions (HTML, size, no Subject …) and simple keyword rules.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use content::keywords::{Condition, Field, Join, KeywordRule, MatchKind};
use controls::inbound::CONTROLS;
use policy::settings::KeywordSetting;
use policy::{Language, Layer, language};

use crate::forms::Form;
use crate::frame::{Frame, go, show};
use crate::problem::Problem;
use crate::state::Portal;
use crate::subscriber::change::{Change, TREATMENTS, treatment, treatment_name};
use crate::visit::Visit;

/// Conditions that a person can choose, in the order of the page. Those this program does not look at are left out.
const CHOOSABLE: [&str; 20] = [
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
    "url-present",
    "url-lies",
    "attachment-present",
    "attachment-runs",
    "attachment-locked",
    "attachment-macros",
    "former-label-start",
    "former-label-anywhere",
    "size-above",
    "sender-domain-absent",
];
/// Fields that a simple rule looks in.
const FIELDS: [(&str, Field); 6] = [
    ("subject", Field::Subject),
    ("body", Field::Body),
    ("from-address", Field::FromAddress),
    ("from-domain", Field::FromDomain),
    ("to", Field::To),
    ("all-headers", Field::AllHeaders),
];
/// How a simple rule compares.
const KINDS: [(&str, MatchKind); 4] = [
    ("contains", MatchKind::Contains),
    ("exact", MatchKind::Exact),
    ("prefix", MatchKind::Prefix),
    ("suffix", MatchKind::Suffix),
];
/// Rules that one person may have.
const MOST: usize = 100;

#[derive(Template)]
#[template(path = "subscriber/conditions.html")]
struct Page {
    f: Frame,
    version: i64,
    conditions: Vec<Row>,
    treatments: Vec<&'static str>,
    size_kb: String,
    rules: Vec<Rule>,
    fields: Vec<&'static str>,
    kinds: Vec<&'static str>,
}

struct Row {
    reason: String,
    words: String,
    chosen: &'static str,
}

struct Rule {
    id: String,
    field: String,
    kind: String,
    text: String,
    then: &'static str,
}

/// Conditions that controls of this program can see; categories of links as the operator's lists have them now, and
/// those that this person chose while a list had them.
fn choosable(portal: &Portal, layer: &Layer) -> Vec<String> {
    let fixed = CHOOSABLE.into_iter().filter(|reason| CONTROLS.iter().any(|control| control.gives(reason)));
    let mut all: Vec<String> = fixed.map(str::to_owned).collect();
    all.extend(portal.options.url_categories.names().iter().map(|name| format!("url-category-{name}")));
    let chosen = layer.conditions.keys().filter(|reason| reason.starts_with("url-category-"));
    let kept: Vec<String> = chosen.filter(|reason| !all.contains(reason)).cloned().collect();
    all.extend(kept);
    all
}

fn rows(portal: &Portal, layer: &Layer, language: Language) -> Vec<Row> {
    choosable(portal, layer)
        .into_iter()
        .map(|reason| Row {
            words: language::condition_name(language, &reason),
            chosen: layer.conditions.get(&reason).map_or("", |treatment| treatment_name(*treatment)),
            reason,
        })
        .collect()
}

/// The page.
pub async fn page(State(portal): State<Portal>, visit: Visit) -> Result<Response, Problem> {
    let change = Change::own(&portal, &visit).await?;
    let page = Page {
        f: Frame::new(&visit, visit.words.say("conditions-title")),
        version: change.version,
        conditions: rows(&portal, &change.layer, visit.language()),
        treatments: TREATMENTS.iter().map(|(name, _)| *name).collect(),
        size_kb: change.layer.size_at_most.map(|octets| (octets / 1024).to_string()).unwrap_or_default(),
        rules: change.layer.keywords.iter().filter_map(|setting| rule(setting, &visit)).collect(),
        fields: FIELDS.iter().map(|(name, _)| *name).collect(),
        kinds: KINDS.iter().map(|(name, _)| *name).collect(),
    };
    Ok(show(&page))
}

/// A rule as the page shows it. Rules with several conditions show the first; they are edited elsewhere.
fn rule(setting: &KeywordSetting, visit: &Visit) -> Option<Rule> {
    let condition = setting.rule.conditions.first()?;
    let field = FIELDS.iter().find(|(_, field)| *field == condition.field).map_or("all-headers", |(name, _)| name);
    let kind = KINDS.iter().find(|(_, kind)| *kind == condition.kind).map_or("contains", |(name, _)| name);
    Some(Rule {
        id: setting.rule.id.clone(),
        field: visit.words.say(&format!("field-{field}")),
        kind: visit.words.say(&format!("kind-{kind}")),
        text: condition.text.clone(),
        then: treatment_name(setting.then),
    })
}

/// Applies the form of conditions to a layer.
pub fn apply(portal: &Portal, layer: &mut Layer, form: &Form, visit: &Visit) -> Result<(), Problem> {
    for reason in choosable(portal, layer) {
        let name = form.text(&format!("condition-{reason}"));
        if name.is_empty() {
            layer.conditions.remove(&reason);
        } else {
            layer.conditions.insert(reason, treatment(&name).ok_or(Problem::BadForm)?);
        }
    }
    let size = form.text("size-kb");
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
    apply(&portal, &mut change.layer, &form, &visit)?;
    change.store(&portal, &visit, &form, "conditions").await?;
    Ok(go("/settings/conditions?done=saved"))
}

/// Adds a keyword rule.
pub async fn add_keyword(State(portal): State<Portal>, visit: Visit, form: Form) -> Result<Response, Problem> {
    let mut change = Change::own(&portal, &visit).await?;
    if change.layer.keywords.len() >= MOST {
        return Err(Problem::BadField(visit.words.say1("field-list-full", "most", MOST)));
    }
    let (field, kind) = (form.text("field"), form.text("kind"));
    let field = FIELDS.iter().find(|(name, _)| *name == field).ok_or(Problem::BadForm)?.1.clone();
    let kind = KINDS.iter().find(|(name, _)| *name == kind).ok_or(Problem::BadForm)?.1;
    let then = treatment(&form.text("then")).ok_or(Problem::BadForm)?;
    let text = form.text("text");
    let rule = KeywordRule {
        id: new_id(&change.layer),
        name: text.chars().take(60).collect(),
        enabled: true,
        join: Join::All,
        conditions: vec![Condition { field, kind, text }],
    };
    rule.validate().map_err(|bad| Problem::BadField(bad.to_string()))?;
    change.layer.keywords.push(KeywordSetting { rule, then });
    change.store(&portal, &visit, &form, "keywords").await?;
    Ok(go("/settings/conditions?done=saved"))
}

/// Removes a keyword rule.
pub async fn remove_keyword(State(portal): State<Portal>, visit: Visit, form: Form) -> Result<Response, Problem> {
    let mut change = Change::own(&portal, &visit).await?;
    let id = form.text("id");
    change.layer.keywords.retain(|setting| setting.rule.id != id);
    change.store(&portal, &visit, &form, "keywords").await?;
    Ok(go("/settings/conditions?done=saved"))
}

fn new_id(layer: &Layer) -> String {
    let taken = |id: &String| layer.keywords.iter().any(|setting| setting.rule.id == *id);
    (1..).map(|number: u32| format!("k{number}")).find(|id| !taken(id)).unwrap_or_default()
}
