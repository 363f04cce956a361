//! Settings in use: how many people use each preset, level, size of list; and which controls decided that mail is refused.
//! Each chart has the table behind it, and says from how many people it was counted.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use message::UnixMillis;
use policy::settings::SHIPPED_THRESHOLD;
use policy::{DecisionRecord, Layer, Reason};
use store::records::decisions::{DecisionQuery, DecisionRow};

use crate::charts::bars;
use crate::frame::{Frame, show};
use crate::problem::Problem;
use crate::state::Portal;
use crate::subscriber::change::{GENTLE, STRICT};
use crate::subscriber::offer;
use crate::visit::Visit;

/// People whose settings are counted at most; of more, so many stand for all.
const PEOPLE: u32 = 5_000;
/// Decisions that are looked through at most.
const DECISIONS: u32 = 5_000;
const DAYS: i64 = 7;
const DAY: i64 = 86_400_000;
/// Bars of one chart.
const BARS: usize = 15;
/// Sizes of lists, as they are grouped: at least so many entries.
const SIZES: [(usize, &str); 5] = [(101, "101+"), (21, "21–100"), (6, "6–20"), (1, "1–5"), (0, "0")];

#[derive(Template)]
#[template(path = "operator/usage.html")]
struct Page {
    f: Frame,
    people: u64,
    counted: usize,
    charts: Vec<Chart>,
    decisions: usize,
}

/// One chart.
pub struct Chart {
    /// What it counts.
    pub title: String,
    svg: String,
    /// Names and counts, most first.
    pub rows: Vec<(String, u64)>,
}

/// What was counted.
pub struct Usage {
    /// Every subscriber.
    pub people: u64,
    /// Those who have set something, as far as they were looked at.
    pub counted: usize,
    /// Refusals that were looked through.
    pub decisions: usize,
    /// The charts.
    pub charts: Vec<Chart>,
}

/// The page.
pub async fn page(State(portal): State<Portal>, visit: Visit) -> Result<Response, Problem> {
    let Usage { people, counted, decisions, charts } = gather(&portal, &visit).await?;
    let f = Frame::new(&visit, visit.words.say("usage-title"));
    Ok(show(&Page { f, people, counted, charts, decisions }))
}

/// Counts.
pub async fn gather(portal: &Portal, visit: &Visit) -> Result<Usage, Problem> {
    let operator = visit.operator()?;
    let profile = offer::profile(portal, operator).await?;
    let words = visit.words;
    let stored = portal.records().settings_in_use(operator, PEOPLE).await?;
    let layers: Vec<Layer> = stored.iter().filter_map(|json| Layer::from_json(json).ok()).collect();
    let count = |name: &dyn Fn(&Layer) -> String| {
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        for layer in &layers {
            *counts.entry(name(layer)).or_default() += 1;
        }
        sorted(counts)
    };
    let preset = |layer: &Layer| match layer.preset.as_deref() {
        None => words.say("usage-no-preset"),
        Some(id) => profile.preset(id).map_or_else(|| id.to_owned(), |preset| preset.name.of(words.0).to_owned()),
    };
    let level = |layer: &Layer| {
        let points = layer.threshold.unwrap_or(SHIPPED_THRESHOLD);
        let near = |other: f64| layer.threshold.is_some() && (points - other).abs() < 0.05;
        let named = profile.levels.named.iter().find(|level| near(level.points));
        match (layer.threshold, named) {
            (None, _) => words.say("level-standard"),
            (_, Some(level)) => level.name.of(words.0).to_owned(),
            _ if near(STRICT) => words.say("level-strict"),
            _ if near(GENTLE) => words.say("level-gentle"),
            _ => words.say1("level-own", "points", format!("{points:.1}")),
        }
    };
    let consent = |layer: &Layer| match layer.consent.map(|consent| consent.given) {
        Some(true) => words.say("usage-consent-given"),
        Some(false) => words.say("usage-consent-withdrawn"),
        None => words.say("usage-consent-unsaid"),
    };
    let query = DecisionQuery {
        operator: Some(operator),
        action: Some("refuse".into()),
        since: Some(UnixMillis(visit.now.0 - DAYS * DAY)),
        limit: DECISIONS,
        ..DecisionQuery::default()
    };
    let refused = portal.records().find_decisions(&query).await?;
    let charts = vec![
        chart(visit, "usage-presets", count(&preset)),
        chart(visit, "usage-levels", count(&level)),
        chart(visit, "usage-receive", count(&|layer| size(layer.receive.len()))),
        chart(visit, "usage-refuse", count(&|layer| size(layer.refuse.len()))),
        chart(visit, "usage-consent", count(&consent)),
        chart(visit, "usage-refusals", by_control(refused.iter().map(|(_, row)| row))),
    ];
    let people = portal.records().count_subscribers(operator).await?;
    Ok(Usage { people, counted: layers.len(), decisions: refused.len(), charts })
}

fn size(entries: usize) -> String {
    SIZES.iter().find(|(least, _)| entries >= *least).map_or("0", |(_, name)| name).to_owned()
}

/// Most first; of equals by name.
fn sorted(counts: BTreeMap<String, u64>) -> Vec<(String, u64)> {
    let mut rows: Vec<(String, u64)> = counts.into_iter().collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.1));
    rows.truncate(BARS);
    rows
}

fn chart(visit: &Visit, title: &str, rows: Vec<(String, u64)>) -> Chart {
    let title = visit.words.say(title);
    Chart { svg: bars(&title, &rows), title, rows }
}

/// By what refused: the list, the rule, the condition, or of a sum of points the control that weighed most.
fn by_control<'a>(rows: impl Iterator<Item = &'a DecisionRow>) -> Vec<(String, u64)> {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for record in rows.filter_map(|row| DecisionRecord::from_json(&row.json).ok()) {
        *counts.entry(control(&record)).or_default() += 1;
    }
    sorted(counts)
}

fn control(record: &DecisionRecord) -> String {
    let findings = &record.decision.verdict.findings;
    let of = |reason: &str| findings.iter().find(|finding| finding.reason == reason);
    let found = match &record.decision.reason {
        Reason::RefuseList { .. } => of("list-refuse"),
        Reason::Keyword { .. } => of("keyword-match"),
        Reason::Condition { reason } => of(reason),
        _ => findings.first(),
    };
    found.map_or_else(|| "–".to_owned(), |finding| finding.control.clone())
}
