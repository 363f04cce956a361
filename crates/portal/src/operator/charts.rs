//! The last 24 hours and 30 days by class and by action, each as a chart with the table behind it; top sources.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use message::UnixMillis;
use store::records::decisions::{FoldedRefusal, HourlyCount};

use crate::charts::{Series, stacked};
use crate::frame::{Frame, show};
use crate::moment::zoned;
use crate::problem::Problem;
use crate::state::Portal;
use crate::visit::Visit;

const HOUR: i64 = 3_600_000;
/// Classes with their colours, in the order in which they are stacked.
const CLASSES: [(&str, usize); 8] = [
    ("wanted", 3),
    ("newsletter", 2),
    ("suspect", 4),
    ("spam", 5),
    ("dating", 7),
    ("fee_fraud", 8),
    ("phishing", 6),
    ("malware", 1),
];
/// Actions with their colours.
const ACTIONS: [(&str, usize); 9] = [
    ("deliver", 3),
    ("label", 4),
    ("junk", 5),
    ("remove_part", 1),
    ("header_only", 2),
    ("trash", 7),
    ("delete", 8),
    ("refuse", 6),
    ("defer", 1),
];

#[derive(Template)]
#[template(path = "operator/charts.html")]
struct Page {
    f: Frame,
    charts: Vec<Chart>,
    /// What was refused before a recipient was known, each with its reason in words.
    refusals: Vec<(FoldedRefusal, String)>,
}

struct Chart {
    title: String,
    svg: String,
    labels: Vec<String>,
    series: Vec<Series>,
    totals: Vec<u64>,
    empty: bool,
}

/// The page.
pub async fn page(State(portal): State<Portal>, visit: Visit) -> Result<Response, Problem> {
    let operator = visit.operator()?;
    let month = UnixMillis(visit.now.0 - 29 * 24 * HOUR);
    let counts = portal.records().hourly(operator, month).await?;
    let (hours, days) = (hours(&visit), days(&visit));
    let frame = Frame::new(&visit, visit.words.say("nav-charts"));
    let by_hour = |at: UnixMillis| label_of_hour(at, &visit);
    let by_day = |at: UnixMillis| label_of_day(at, &visit);
    let since_day = visit.now.0 - 23 * HOUR;
    let recent: Vec<HourlyCount> =
        counts.iter().filter(|count| count.hour.0 >= since_day - since_day.rem_euclid(HOUR)).cloned().collect();
    let class = |count: &HourlyCount| count.class.clone();
    let action = |count: &HourlyCount| count.action.clone();
    let charts = vec![
        chart(&frame, "chart-day-class", &hours, &recent, by_hour, class, &CLASSES, "class"),
        chart(&frame, "chart-day-action", &hours, &recent, by_hour, action, &ACTIONS, "action"),
        chart(&frame, "chart-month-class", &days, &counts, by_day, class, &CLASSES, "class"),
        chart(&frame, "chart-month-action", &days, &counts, by_day, action, &ACTIONS, "action"),
    ];
    let refusals = portal.records().folded_refusals(operator, UnixMillis(visit.now.0 - 24 * HOUR), 20).await?;
    let refusals = refusals.into_iter().map(|row| {
        let why = early(&row.reason, &visit);
        (row, why)
    });
    Ok(show(&Page { f: frame, charts, refusals: refusals.collect() }))
}

/// Why somebody was refused before there was a message, in words: what was counted has no arguments any more, so it is the
/// kind of finding that is named.
pub(crate) fn early(reason: &str, visit: &Visit) -> String {
    if let Some(code) = reason.strip_prefix("rcpt-") {
        let is_unknown = code.starts_with("5.1.");
        return visit.words.say1(if is_unknown { "early-no-recipient" } else { "early-recipient" }, "code", code);
    }
    match reason {
        "" | "door" => visit.words.say("early-door"),
        reason => {
            let name = policy::language::condition_name(visit.language(), reason);
            if name.starts_with("condition-") { reason.to_owned() } else { name }
        }
    }
}

fn label_of_hour(at: UnixMillis, visit: &Visit) -> String {
    format!("{}:00", zoned(at, &visit.zone).hour())
}

fn label_of_day(at: UnixMillis, visit: &Visit) -> String {
    let day = zoned(at, &visit.zone).date();
    format!("{}/{}", day.month(), day.day())
}

fn hours(visit: &Visit) -> Vec<String> {
    (0..24).rev().map(|back| label_of_hour(UnixMillis(visit.now.0 - back * HOUR), visit)).collect()
}

/// Noon of each day, so that no change of clocks skips one.
fn days(visit: &Visit) -> Vec<String> {
    let today = zoned(visit.now, &visit.zone).date();
    (0..30_i64)
        .rev()
        .filter_map(|back| today.checked_sub(jiff::Span::new().days(back)).ok())
        .map(|day| format!("{}/{}", day.month(), day.day()))
        .collect()
}

#[expect(clippy::too_many_arguments, reason = "one chart is one call in the table above")]
fn chart(
    f: &Frame,
    title: &str,
    labels: &[String],
    counts: &[HourlyCount],
    column: impl Fn(UnixMillis) -> String,
    kind: impl Fn(&HourlyCount) -> String,
    kinds: &[(&str, usize)],
    family: &str,
) -> Chart {
    let mut table: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for count in counts {
        let Some(at) = labels.iter().position(|label| *label == column(count.hour)) else { continue };
        let row = table.entry(kind(count)).or_insert_with(|| vec![0; labels.len()]);
        row[at] += count.count;
    }
    let mut series: Vec<Series> = Vec::new();
    for (name, colour) in kinds {
        if let Some(counts) = table.remove(*name) {
            let name = if family == "class" { f.class(name) } else { f.action(name) };
            series.push(Series { name, colour: *colour, counts });
        }
    }
    // A name this page does not know yet still counts.
    series.extend(table.into_iter().map(|(name, counts)| Series { name: f.action(&name), colour: 8, counts }));
    let totals = (0..labels.len()).map(|at| series.iter().map(|one| one.counts[at]).sum()).collect();
    let title = f.say(title);
    Chart {
        svg: stacked(&title, labels, &series),
        title,
        labels: labels.to_vec(),
        empty: series.is_empty(),
        series,
        totals,
    }
}
