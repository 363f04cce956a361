//! Keyword rules (SUB-16, IN-05): fields, ways to compare, joined conditions, order, on and off, and a try on held mail
//! before anything is saved.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use content::keywords::{Condition, Field, Fields, Join, KeywordRule, MatchKind};
use message::{Body, Envelope, Message, Peer, ReversePath, UnixMillis};
use policy::Layer;
use policy::profile::{FIELD_NAMES, Feature, field_name, kind_name};
use policy::settings::KeywordSetting;
use store::records::junk::{JunkRow, JunkState};

use crate::forms::Form;
use crate::frame::{Frame, go, show};
use crate::problem::Problem;
use crate::state::Portal;
use crate::subscriber::change::{Change, treatment, treatment_name};
use crate::subscriber::{mine, offer};
use crate::visit::Visit;

/// Every way to compare.
const KINDS: [MatchKind; 5] =
    [MatchKind::Contains, MatchKind::Exact, MatchKind::Prefix, MatchKind::Suffix, MatchKind::Wildcard];
/// Conditions that the form has room for.
const ROWS: usize = 3;
/// Held messages that a rule is tried on.
const TRIED: u32 = 50;
/// The form's own name for "surely spam" among what can happen.
const SURELY_SPAM: &str = "surely-spam";

#[derive(Template)]
#[template(path = "subscriber/rules.html")]
struct Page {
    f: Frame,
    version: i64,
    rules: Vec<Shown>,
    fields: Vec<&'static str>,
    kinds: Vec<&'static str>,
    treatments: Vec<&'static str>,
    surely_spam: bool,
    on_off: bool,
    order: bool,
    draft: Draft,
    tried: Option<Tried>,
    most: u32,
    missing: Vec<String>,
    /// The contract has rules now.
    can_add: bool,
}

struct Shown {
    id: String,
    name: String,
    parts: Vec<(String, String, String)>,
    any: bool,
    then: String,
    enabled: bool,
}

/// What stands in the form.
#[derive(Default)]
struct Draft {
    name: String,
    any: bool,
    then: String,
    rows: Vec<Part>,
    /// Something stands in the rows after the first.
    open: bool,
}

#[derive(Default)]
struct Part {
    number: usize,
    /// Added to the names of fields: nothing for the first row.
    suffix: String,
    field: String,
    header: String,
    kind: String,
    text: String,
}

/// What a rule would have met among the held mail.
pub(crate) struct Tried {
    pub(crate) all: usize,
    pub(crate) met: Vec<(String, String, String)>,
    pub(crate) problem: Option<String>,
}

/// The page.
pub async fn page(State(portal): State<Portal>, visit: Visit) -> Result<Response, Problem> {
    draw(&portal, &visit, Draft { then: "junk".into(), rows: rows(&Form::default()), ..Draft::default() }, None).await
}

async fn draw(portal: &Portal, visit: &Visit, draft: Draft, tried: Option<Tried>) -> Result<Response, Problem> {
    let change = Change::own(portal, visit).await?;
    let profile = offer::profile(portal, change.operator).await?;
    let rules = &profile.rules;
    let offered = |name: &&str| {
        let fields = rules.fields.iter().chain(&rules.receive_fields);
        rules.fields.is_empty() || fields.into_iter().any(|field| field == name)
    };
    let page = Page {
        f: Frame::new(visit, visit.words.say("keywords-title")),
        version: change.version,
        rules: change.layer.keywords.iter().map(|rule| shown(rule, visit)).collect(),
        fields: FIELD_NAMES.into_iter().filter(offered).collect(),
        kinds: KINDS
            .into_iter()
            .filter(|kind| *kind != MatchKind::Wildcard || rules.wildcards)
            .map(kind_name)
            .collect(),
        treatments: offer::treatments(&rules.actions),
        surely_spam: rules.surely_spam,
        on_off: rules.on_off,
        order: rules.order,
        draft,
        tried,
        most: rules.both_most.unwrap_or(rules.refuse_most),
        missing: offer::missing(portal, visit, &profile, &[Feature::Rules]).await?,
        can_add: offer::has(portal, visit, &profile, Feature::Rules).await?,
    };
    Ok(show(&page))
}

fn shown(setting: &KeywordSetting, visit: &Visit) -> Shown {
    let words = visit.words;
    let part = |condition: &Condition| {
        let field = match &condition.field {
            Field::Header(name) => name.clone(),
            field => words.say(&format!("field-{}", field_name(field))),
        };
        (field, words.say(&format!("kind-{}", kind_name(condition.kind))), condition.text.clone())
    };
    let then = if setting.surely_spam {
        "entry-then-surely-spam".to_owned()
    } else {
        format!("treatment-{}", treatment_name(setting.then))
    };
    Shown {
        id: setting.rule.id.clone(),
        name: setting.rule.name.clone(),
        parts: setting.rule.conditions.iter().map(part).collect(),
        any: setting.rule.join == Join::Any,
        then: words.say(&then),
        enabled: setting.rule.enabled,
    }
}

/// The rows of a form: `field`, `header`, `kind`, `text`, then the same with `-2`, `-3` after them.
fn rows(form: &Form) -> Vec<Part> {
    let row = |number: usize| {
        let suffix = if number == 1 { String::new() } else { format!("-{number}") };
        let text = |name: &str| form.text(&format!("{name}{suffix}"));
        Part {
            number,
            field: text("field"),
            header: text("header"),
            kind: text("kind"),
            text: text("text"),
            suffix: suffix.clone(),
        }
    };
    (1..=ROWS).map(row).collect()
}

fn draft_of(form: &Form) -> Draft {
    let rows = rows(form);
    let open = rows.iter().skip(1).any(|row| !row.text.is_empty());
    Draft { name: form.text("name"), any: form.text("join") == "any", then: form.text("then"), rows, open }
}

/// The field with this name in forms.
fn field_of(name: &str, header: &str) -> Option<Field> {
    Some(match name {
        "from" | "from-address" => Field::FromAddress,
        "from-domain" => Field::FromDomain,
        "subject" => Field::Subject,
        "body" => Field::Body,
        "to" => Field::To,
        "cc" => Field::Cc,
        "return-path" => Field::ReturnPath,
        "x-mailer" => Field::XMailer,
        "content-type" => Field::ContentType,
        "received" => Field::Received,
        "date" => Field::Date,
        "charset" => Field::Charset,
        "header" => Field::Header(header.to_owned()),
        "all-headers" => Field::AllHeaders,
        _ => return None,
    })
}

/// The rule of a form, checked.
pub fn read(form: &Form, id: String) -> Result<KeywordSetting, Problem> {
    let mut conditions = Vec::new();
    for row in rows(form).iter().filter(|row| !row.text.is_empty() || row.number == 1) {
        let field = field_of(&row.field, &row.header).ok_or(Problem::BadForm)?;
        let kind = KINDS.into_iter().find(|kind| kind_name(*kind) == row.kind).ok_or(Problem::BadForm)?;
        conditions.push(Condition { field, kind, text: row.text.clone() });
    }
    let name = match form.text("name") {
        name if name.is_empty() => form.text("text"),
        name => name,
    };
    let join = if form.text("join") == "any" { Join::Any } else { Join::All };
    let rule = KeywordRule { id, name: name.chars().take(60).collect(), enabled: true, join, conditions };
    rule.validate().map_err(|bad| Problem::BadField(bad.to_string()))?;
    let then = form.text("then");
    let surely_spam = then == SURELY_SPAM;
    let then = if surely_spam { policy::Treatment::JUNK } else { treatment(&then).ok_or(Problem::BadForm)? };
    Ok(KeywordSetting { rule, then, surely_spam })
}

/// Adds a rule, or with the other button tries it first.
pub async fn add(State(portal): State<Portal>, visit: Visit, form: Form) -> Result<Response, Problem> {
    let mut change = Change::own(&portal, &visit).await?;
    let id = new_id(&change.layer);
    if form.ticked("try") {
        let tried = match read(&form, id) {
            Ok(setting) => try_on_held(&portal, &visit, &setting.rule).await?,
            Err(Problem::BadField(problem)) => Tried { all: 0, met: Vec::new(), problem: Some(problem) },
            Err(other) => return Err(other),
        };
        return draw(&portal, &visit, draft_of(&form), Some(tried)).await;
    }
    change.layer.keywords.push(read(&form, id)?);
    change.store(&portal, &visit, &form, "keywords").await?;
    Ok(go("/settings/rules?done=saved"))
}

/// Takes a rule off, moves it, or switches it: `deed` of the form.
pub async fn change(State(portal): State<Portal>, visit: Visit, form: Form) -> Result<Response, Problem> {
    let mut change = Change::own(&portal, &visit).await?;
    let id = form.text("id");
    let rules = &mut change.layer.keywords;
    let at = rules.iter().position(|setting| setting.rule.id == id).ok_or(Problem::NotFound)?;
    match form.text("deed").as_str() {
        "" | "remove" => {
            rules.remove(at);
        }
        "up" if at > 0 => rules.swap(at, at - 1),
        "down" if at + 1 < rules.len() => rules.swap(at, at + 1),
        "up" | "down" => return Ok(go("/settings/rules?done=nothing")),
        "switch" => {
            if let Some(setting) = rules.get_mut(at) {
                setting.rule.enabled = !setting.rule.enabled;
            }
        }
        _ => return Err(Problem::BadForm),
    }
    change.store(&portal, &visit, &form, "keywords").await?;
    Ok(go("/settings/rules?done=saved"))
}

/// Which held messages the rule meets. Staff who act for somebody see how many, not which.
pub(crate) async fn try_on_held(portal: &Portal, visit: &Visit, rule: &KeywordRule) -> Result<Tried, Problem> {
    let person = visit.own()?.subscriber;
    let states = [JunkState::Held, JunkState::Trash];
    let mut tried = Tried { all: 0, met: Vec::new(), problem: None };
    for row in mine::find(portal, &person, &states, None, "", TRIED).await? {
        let Some(message) = bytes_of(portal, &row).await else { continue };
        tried.all += 1;
        let envelope = envelope_of(&row);
        if let Some(what) = rule.matches_in(&Fields::new(&message, &envelope)) {
            let (subject, found) = match visit.opens_subjects() {
                true => (row.subject.clone(), what.found),
                false => (String::new(), String::new()),
            };
            tried.met.push((row.id.0.to_string(), subject, found));
        }
    }
    Ok(tried)
}

/// The message; `None` where it was let go meanwhile.
async fn bytes_of(portal: &Portal, row: &JunkRow) -> Option<Message> {
    let (_, raw) = portal.services.junk.open(row.operator, row.id).await.ok()?;
    Some(Message::parse(raw, &message::limits::LIMITS))
}

fn envelope_of(row: &JunkRow) -> Envelope {
    let mail_from = message::Address::parse(&row.mail_from).map_or(ReversePath::Null, ReversePath::Address);
    Envelope {
        peer: Peer::at(std::net::IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED)),
        mail_from,
        smtp_utf8: row.smtp_utf8,
        body: Body::EightBit,
        received_at: UnixMillis(row.held_at.0),
    }
}

fn new_id(layer: &Layer) -> String {
    let taken = |id: &String| layer.keywords.iter().any(|setting| setting.rule.id == *id);
    (1..).map(|number: u32| format!("k{number}")).find(|id| !taken(id)).unwrap_or_default()
}
