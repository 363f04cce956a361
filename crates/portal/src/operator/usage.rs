//! Settings in use: how many people use each preset, level, size of list; and which controls decided that mail is refused.
//! Each chart has the table behind it; the page says of how many people, and when they were counted.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use message::UnixMillis;
use policy::{DecisionRecord, Reason};
use store::records::decisions::{DecisionQuery, DecisionRow};

use crate::charts::bars;
use crate::frame::{Frame, show};
use crate::operator::in_use;
use crate::problem::Problem;
use crate::state::Portal;
use crate::subscriber::change::{GENTLE, STRICT};
use crate::subscriber::offer;
use crate::visit::Visit;

/// Decisions that are looked through at most.
const DECISIONS: u32 = 5_000;
const DAYS: i64 = 7;
const DAY: i64 = 86_400_000;
/// Bars of one chart.
const BARS: usize = 15;
#[derive(Template)]
#[template(path = "operator/usage.html")]
struct Page {
    f: Frame,
    people: u64,
    counted: u64,
    at: Option<UnixMillis>,
    counting: bool,
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
    /// Those who have set something.
    pub counted: u64,
    /// When they were counted; `None`: not yet.
    pub at: Option<UnixMillis>,
    /// They are being counted at this moment.
    pub counting: bool,
    /// Refusals that were looked through.
    pub decisions: usize,
    /// The charts.
    pub charts: Vec<Chart>,
}

/// The page.
pub async fn page(State(portal): State<Portal>, visit: Visit) -> Result<Response, Problem> {
    let Usage { people, counted, at, counting, decisions, charts } = gather(&portal, &visit).await?;
    let f = Frame::new(&visit, visit.words.say("usage-title"));
    Ok(show(&Page { f, people, counted, at, counting, charts, decisions }))
}

/// Counts.
pub async fn gather(portal: &Portal, visit: &Visit) -> Result<Usage, Problem> {
    let operator = visit.operator()?;
    let profile = offer::profile(portal, operator).await?;
    let words = visit.words;
    let (kept, counting) = in_use::last(portal, operator).await?;
    let at = kept.as_ref().map(|kept| UnixMillis(kept.at));
    let kept = kept.unwrap_or_default();
    let preset = |id: &str| match id {
        "" => words.say("usage-no-preset"),
        id => profile.preset(id).map_or_else(|| id.to_owned(), |preset| preset.name.of(words.0).to_owned()),
    };
    let level = |text: &str| {
        let Ok(points) = text.parse::<f64>() else {
            return if text.is_empty() { words.say("level-standard") } else { text.to_owned() };
        };
        let near = |other: f64| (points - other).abs() < 0.05;
        match profile.levels.named.iter().find(|level| near(level.points)) {
            Some(level) => level.name.of(words.0).to_owned(),
            None if near(STRICT) => words.say("level-strict"),
            None if near(GENTLE) => words.say("level-gentle"),
            None => words.say1("level-own", "points", text),
        }
    };
    let consent = |text: &str| match text {
        "given" => words.say("usage-consent-given"),
        "withdrawn" => words.say("usage-consent-withdrawn"),
        _ => words.say("usage-consent-unsaid"),
    };
    let as_it_is = |text: &str| text.to_owned();
    let query = DecisionQuery {
        operator: Some(operator),
        action: Some("refuse".into()),
        since: Some(UnixMillis(visit.now.0 - DAYS * DAY)),
        limit: DECISIONS,
        ..DecisionQuery::default()
    };
    let refused = portal.records().find_decisions(&query).await?;
    let charts = vec![
        chart(visit, "usage-presets", named(&kept.presets, preset)),
        chart(visit, "usage-levels", named(&kept.levels, level)),
        chart(visit, "usage-receive", named(&kept.receive, as_it_is)),
        chart(visit, "usage-refuse", named(&kept.refuse, as_it_is)),
        chart(visit, "usage-consent", named(&kept.consent, consent)),
        chart(visit, "usage-refusals", by_control(refused.iter().map(|(_, row)| row))),
    ];
    let people = portal.records().count_subscribers(operator).await?;
    Ok(Usage { people, counted: kept.people, at, counting, decisions: refused.len(), charts })
}

/// Counts with the names of what was counted; of one name together.
fn named(counts: &BTreeMap<String, u64>, name: impl Fn(&str) -> String) -> Vec<(String, u64)> {
    let mut out: BTreeMap<String, u64> = BTreeMap::new();
    for (value, count) in counts {
        *out.entry(name(value)).or_default() += count;
    }
    sorted(out)
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
