//! Dates of contracts in a list of subscribers (SUB-22): when a contract began, and options with their days, as
//! `option=2026-01-01..2026-12-31`, several with `;` between them. An empty cell leaves what is there as it is.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use message::UnixMillis;
use policy::contract::Period;
use policy::profile::Feature;
use store::OperatorId;
use store::records::directory::ContractRow;

use crate::moment::zoned;
use crate::problem::Problem;
use crate::state::Portal;

/// The column of the day on which the contract began.
pub const BEGINS: &str = "contract_begins";
/// The column of the options.
pub const OPTIONS: &str = "contract_options";
/// Logins that are asked for at a time.
const AT_ONCE: usize = 10_000;

/// What a line says of a contract.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dates {
    /// When it began.
    pub begins: Option<UnixMillis>,
    /// Options that are put in the place of those of the same name.
    pub options: BTreeMap<Feature, Period>,
}

impl Dates {
    /// Whether the line says anything.
    pub fn is_empty(&self) -> bool {
        self.begins.is_none() && self.options.is_empty()
    }
}

/// The beginning of a day in the operator's zone, so many days later.
fn day(text: &str, zone: &TimeZone, after: i64) -> Option<UnixMillis> {
    let date: Date = text.parse().ok()?;
    let date = date.checked_add(jiff::Span::new().days(after)).ok()?;
    Some(UnixMillis(date.to_zoned(zone.clone()).ok()?.timestamp().as_millisecond()))
}

/// A cell of [`BEGINS`]. `None`: it is no day.
pub fn begins(cell: &str, zone: &TimeZone) -> Option<Option<UnixMillis>> {
    if cell.is_empty() { Some(None) } else { day(cell, zone, 0).map(Some) }
}

/// A cell of [`OPTIONS`]. `None`: it cannot be read. The last day is part of its period.
pub fn options(cell: &str, zone: &TimeZone) -> Option<BTreeMap<Feature, Period>> {
    let mut out = BTreeMap::new();
    for one in cell.split(';').map(str::trim).filter(|one| !one.is_empty()) {
        let (name, days) = one.split_once('=').unwrap_or((one, ".."));
        let (from, until) = days.split_once("..")?;
        let bound = |text: &str, after| if text.is_empty() { Some(None) } else { day(text, zone, after).map(Some) };
        let period = Period { from: bound(from, 0)?, until: bound(until, 1)? };
        if period.from.zip(period.until).is_some_and(|(from, until)| from.0 >= until.0) {
            return None;
        }
        out.insert(Feature::of(name)?, period);
    }
    Some(out)
}

/// The two cells of a contract, as the import reads them.
pub fn cells(row: Option<&ContractRow>, zone: &TimeZone) -> (String, String) {
    let Some(row) = row else { return Default::default() };
    let shown = |at: UnixMillis, before: i64| {
        let date = zoned(at, zone).date();
        date.checked_sub(jiff::Span::new().days(before)).unwrap_or(date).to_string()
    };
    let kept: BTreeMap<Feature, Period> = serde_json::from_str(&row.options).unwrap_or_default();
    let option = |(feature, period): (&Feature, &Period)| {
        let from = period.from.map(|at| shown(at, 0)).unwrap_or_default();
        let until = period.until.map(|at| shown(at, 1)).unwrap_or_default();
        format!("{}={from}..{until}", feature.name())
    };
    let options = kept.iter().map(option).collect::<Vec<_>>().join(";");
    (row.begins.map(|at| shown(at, 0)).unwrap_or_default(), options)
}

/// Writes what the lines said, by login, once the people themselves are there.
pub async fn store(portal: &Portal, operator: OperatorId, said: &[(String, Dates)]) -> Result<(), Problem> {
    for some in said.chunks(AT_ONCE) {
        let logins: Vec<String> = some.iter().map(|(login, _)| login.clone()).collect();
        let ids = portal.records().subscribers_by_login(operator, &logins).await?;
        for (login, dates) in some {
            let Some(id) = ids.get(login).copied() else { continue };
            let before = portal.records().contract(operator, id).await?;
            let kept = before.as_ref().map(|row| row.options.as_str()).filter(|json| !json.is_empty());
            let mut options: BTreeMap<Feature, Period> = match kept {
                Some(json) => serde_json::from_str(json).map_err(|bad| Problem::Fault(format!("contract: {bad}")))?,
                None => BTreeMap::new(),
            };
            options.extend(dates.options.clone());
            let row = ContractRow {
                operator,
                subscriber: id,
                begins: dates.begins.or(before.and_then(|row| row.begins)),
                options: serde_json::to_string(&options).map_err(|fault| Problem::Fault(fault.to_string()))?,
            };
            portal.services.directory.change_contract(&row).await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use policy::profile::FEATURES;

    #[test]
    fn what_is_written_is_read_again_and_what_cannot_be_is_refused() {
        let zone = TimeZone::get("Asia/Tokyo").unwrap_or(TimeZone::UTC);
        let name = FEATURES[0].name();
        let cell = format!("{name}=2026-01-01..2026-12-31");
        let read = options(&cell, &zone).unwrap_or_default();
        let row = ContractRow {
            operator: OperatorId(1),
            subscriber: store::SubscriberId(1),
            begins: begins("2025-04-01", &zone).flatten(),
            options: serde_json::to_string(&read).unwrap_or_default(),
        };
        assert_eq!(cells(Some(&row), &zone), ("2025-04-01".to_owned(), cell));
        for open in [format!("{name}=2026-01-01.."), format!("{name}=..2026-12-31"), name.to_owned()] {
            assert!(options(&open, &zone).is_some_and(|read| read.len() == 1), "{open}");
        }
        for bad in ["nothing=..", &format!("{name}=2026-13-01.."), &format!("{name}=2026-02-01..2026-01-01"), "="] {
            assert_eq!(options(bad, &zone), None, "{bad}");
        }
        assert_eq!(begins("yesterday", &zone), None);
        assert_eq!((begins("", &zone), options("", &zone)), (Some(None), Some(BTreeMap::new())));
    }
}
