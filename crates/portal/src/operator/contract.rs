//! Dates of a person's contract (SUB-22): when it began, and one option at a time with its first and last day. What was
//! set stays as it is; it acts while the contract includes it.

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use axum::response::Response;
use jiff::civil::Date;
use message::UnixMillis;
use policy::contract::Period;
use policy::profile::{FEATURES, Feature, Profile};
use store::OperatorId;
use store::records::audit::AuditRow;
use store::records::directory::{ContractRow, SubscriberRow};

use crate::forms::Form;
use crate::frame::go;
use crate::moment::zoned;
use crate::operator::subscribers;
use crate::problem::Problem;
use crate::state::Portal;
use crate::subscriber::offer;
use crate::visit::{Visit, by_subscriber};

/// What staff see of a contract; nothing where the operator's profile tells no contracts apart.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    /// There is something to choose.
    pub offered: bool,
    /// When it began, as a date.
    pub begins: String,
    /// Features that some contract is without: their names, and how they stand, in words.
    pub features: Vec<(&'static str, String)>,
}

/// How a person's contract stands.
pub async fn shown(portal: &Portal, visit: &Visit, row: &SubscriberRow) -> Result<Shown, Problem> {
    let profile = offer::profile(portal, row.operator).await?;
    let contract = portal.services.directory.contract_of(row.operator, row).await?;
    let settings = portal.services.directory.settings_of(row.operator, Some(row.id)).await?;
    let dates = portal.records().contract(row.operator, row.id).await?;
    let say = |feature: Feature| {
        let standing = profile.standing(&contract, feature, visit.now);
        let asleep = settings.asleep.contains(&feature);
        let words = offer::sentence(&profile, feature, standing, asleep, visit);
        (feature.name(), words.unwrap_or_else(|| visit.words.say("contract-included")))
    };
    let begins = dates.and_then(|dates| dates.begins);
    Ok(Shown {
        offered: !profile.entitlements.not_in.is_empty(),
        begins: begins.map(|at| zoned(at, &visit.zone).strftime("%Y-%m-%d").to_string()).unwrap_or_default(),
        features: dated(&profile).map(say).collect(),
    })
}

/// Features that some contract is without.
fn dated(profile: &Profile) -> impl Iterator<Item = Feature> + '_ {
    let some = |feature: &Feature| profile.entitlements.not_in.values().any(|without| without.contains(feature));
    FEATURES.into_iter().filter(some)
}

/// Saves.
pub async fn save(
    State(portal): State<Portal>,
    visit: Visit,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Problem> {
    let operator = visit.operator()?;
    let row = subscribers::find(&portal, operator, &id).await?;
    let before = portal.records().contract(operator, row.id).await?;
    let mut options: BTreeMap<Feature, Period> = match before.as_ref().map(|row| row.options.as_str()) {
        None | Some("") => BTreeMap::new(),
        Some(json) => serde_json::from_str(json).map_err(|bad| Problem::Fault(format!("contract: {bad}")))?,
    };
    let name = form.text("feature");
    if !name.is_empty() {
        let feature = Feature::of(&name).ok_or(Problem::BadForm)?;
        let period = Period { from: day(&visit, &form, "from", 0)?, until: day(&visit, &form, "until", 1)? };
        if period.from.zip(period.until).is_some_and(|(from, until)| from.0 >= until.0) {
            return Err(Problem::BadField(visit.words.say("field-period")));
        }
        match form.text("option").as_str() {
            "remove" => drop(options.remove(&feature)),
            _ => drop(options.insert(feature, period)),
        }
    }
    let contract = ContractRow {
        operator,
        subscriber: row.id,
        begins: day(&visit, &form, "begins", 0)?,
        options: serde_json::to_string(&options).map_err(|fault| Problem::Fault(fault.to_string()))?,
    };
    portal.services.directory.change_contract(&contract).await?;
    audit(&portal, &visit, operator, &row, &contract).await?;
    Ok(go(&format!("/staff/subscribers/{}?done=contract", row.id.0)))
}

/// The beginning of a day in the operator's zone; `after` days later, because a last day is part of it.
fn day(visit: &Visit, form: &Form, name: &str, after: i64) -> Result<Option<UnixMillis>, Problem> {
    let text = form.text(name);
    if text.is_empty() {
        return Ok(None);
    }
    let wrong = || Problem::BadField(visit.words.say("field-day"));
    let date: Date = text.parse().map_err(|_| wrong())?;
    let date = date.checked_add(jiff::Span::new().days(after)).map_err(|_| wrong())?;
    let at = date.to_zoned(visit.zone.clone()).map_err(|_| wrong())?;
    Ok(Some(UnixMillis(at.timestamp().as_millisecond())))
}

async fn audit(
    portal: &Portal,
    visit: &Visit,
    operator: OperatorId,
    row: &SubscriberRow,
    contract: &ContractRow,
) -> Result<(), Problem> {
    let begins = contract.begins.map(|at| at.0.to_string()).unwrap_or_default();
    portal
        .records()
        .audit(&AuditRow {
            id: 0,
            operator,
            at: visit.now,
            by: visit.by(),
            from: visit.from.clone(),
            action: "contract.change".into(),
            target: by_subscriber(row.id),
            detail: format!("{begins} {}", contract.options),
        })
        .await?;
    Ok(())
}
