//! Consent in plain words: what is done for everybody and on what ground, and what only with agreement.

use askama::Template;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use message::UnixMillis;
use policy::Layer;
use policy::consent::Consent;
use policy::settings::ContentBasis;
use store::records::settings::SettingsOwner;

use crate::forms::Form;
use crate::frame::{Frame, go, show};
use crate::moment;
use crate::operator::defaults;
use crate::operator::exchange::harmless;
use crate::problem::Problem;
use crate::state::Portal;
use crate::subscriber::change::Change;
use crate::visit::{Visit, by_subscriber};

/// Version of the words on the page; what somebody agreed to is recorded by this number.
pub const TEXT: u32 = 1;

#[derive(Template)]
#[template(path = "subscriber/consent.html")]
struct Page {
    f: Frame,
    version: i64,
    allowed: bool,
    agreed_at: Option<UnixMillis>,
    by_default: bool,
    withdrawn_at: Option<UnixMillis>,
    /// The five conditions, and which of them the operator says hold.
    conditions: Vec<(&'static str, bool)>,
    /// Whether the operator says so of any.
    declared: bool,
    said: Vec<Said>,
}

/// One time that consent was given or withdrawn.
pub(crate) struct Said {
    pub(crate) given: bool,
    pub(crate) at: UnixMillis,
    pub(crate) text: u32,
    pub(crate) by: &'static str,
    pub(crate) from: String,
}

/// Versions that are looked through.
const HISTORY: u32 = 1_000;

/// Every time that consent was given or withdrawn, newest first.
pub(crate) async fn said(portal: &Portal, change: &Change, own: &str) -> Result<Vec<Said>, Problem> {
    let versions = portal.records().settings_history(change.operator, &change.owner, HISTORY).await?;
    let mut before: Option<Consent> = None;
    let mut out = Vec::new();
    for row in versions.iter().rev() {
        let consent = Layer::from_json(&row.json).ok().and_then(|layer| layer.consent);
        if let Some(consent) = consent.filter(|consent| before != Some(*consent)) {
            let by = match row.by.as_str() {
                by if by == own => "by-you",
                by if by.starts_with("staff") => "by-staff",
                _ => "by-system",
            };
            out.push(Said { given: consent.given, at: consent.at, text: consent.text, by, from: row.from.clone() });
        }
        before = consent;
    }
    out.reverse();
    Ok(out)
}

/// What was said, as CSV: a person's own proof.
pub async fn export(State(portal): State<Portal>, visit: Visit) -> Result<Response, Problem> {
    let change = Change::own(&portal, &visit).await?;
    let own = by_subscriber(visit.own()?.subscriber.id);
    let fault = |fault: csv::Error| Problem::Fault(format!("the export cannot be written: {fault}"));
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["at", "consent", "text", "by", "from"]).map_err(fault)?;
    for one in said(&portal, &change, &own).await? {
        let at = moment::zoned(one.at, &visit.zone).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string();
        let given = if one.given { "given" } else { "withdrawn" };
        let fields = [at, given.into(), one.text.to_string(), one.by.trim_start_matches("by-").into(), one.from];
        writer.write_record(fields.map(|field| harmless(&field))).map_err(fault)?;
    }
    let mut response = writer.into_inner().map_err(|fault| Problem::Fault(fault.to_string()))?.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    headers.insert(CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"consent.csv\""));
    Ok(response)
}

/// The page.
pub async fn page(State(portal): State<Portal>, visit: Visit) -> Result<Response, Problem> {
    let change = Change::own(&portal, &visit).await?;
    let person = visit.own()?.subscriber;
    let settings = portal.services.directory.settings_of(person.operator, Some(person.id)).await?;
    let agreed_at = match settings.content_basis {
        ContentBasis::Consent { at, .. } => Some(at),
        ContentBasis::None | ContentBasis::DefaultOn | ContentBasis::Operator => None,
    };
    let (_, operator) = portal.services.directory.layer_of(person.operator, &SettingsOwner::Operator).await?;
    let conditions = defaults::conditions(&operator);
    let page = Page {
        declared: conditions.iter().any(|(_, held)| *held),
        conditions,
        said: said(&portal, &change, &by_subscriber(person.id)).await?,
        f: Frame::new(&visit, visit.words.say("consent-title")),
        version: change.version,
        allowed: settings.content_allowed,
        agreed_at,
        by_default: settings.content_basis == ContentBasis::DefaultOn,
        withdrawn_at: change.layer.consent.filter(|consent| !consent.given).map(|consent| consent.at),
    };
    Ok(show(&page))
}

/// Gives or withdraws it. What a person taught is erased when they withdraw.
pub async fn save(State(portal): State<Portal>, visit: Visit, form: Form) -> Result<Response, Problem> {
    let mut change = Change::own(&portal, &visit).await?;
    let person = visit.own()?.subscriber;
    let given = match form.text("consent").as_str() {
        "give" => true,
        "withdraw" => false,
        _ => return Err(Problem::BadForm),
    };
    change.layer.consent = Some(Consent { given, at: visit.now, text: TEXT });
    change.store(&portal, &visit, &form, if given { "consent.give" } else { "consent.withdraw" }).await?;
    if !given {
        portal.services.learning.forget_person(person.operator, person.id).await?;
    }
    Ok(go("/settings/consent?done=saved"))
}
