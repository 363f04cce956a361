//! Settings in use, counted of everybody: page by page of the table in the background, at most half of one core's time,
//! and kept for who looks next. With ten million people that takes minutes, which nobody waits for on a page.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use message::UnixMillis;
use policy::Layer;
use serde::{Deserialize, Serialize};
use store::OperatorId;

use crate::problem::Problem;
use crate::state::Portal;

/// People whose settings are read at once.
const AT_ONCE: u32 = 500;
/// What was counted is counted again after so long, milliseconds.
const FRESH: i64 = 10 * 60_000;
/// And shown for so long, with its time, milliseconds.
const KEPT: i64 = 30 * 86_400_000;
/// How long a page waits for a count that is soon done.
const PATIENCE: Duration = Duration::from_secs(1);
/// Different values of one setting that are told apart; what comes later counts as others.
const VALUES: usize = 300;
/// Sizes of lists, as they are grouped: at least so many entries.
const SIZES: [(usize, &str); 5] = [(101, "101+"), (21, "21–100"), (6, "6–20"), (1, "1–5"), (0, "0")];

/// What was counted, by the values as they are stored: each reader's language names them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InUse {
    /// When the count was done.
    pub at: i64,
    /// Everybody who has set something.
    pub people: u64,
    /// By preset; empty: none.
    pub presets: BTreeMap<String, u64>,
    /// By points of the level; empty: the operator's.
    pub levels: BTreeMap<String, u64>,
    /// By entries of the receive list.
    pub receive: BTreeMap<String, u64>,
    /// By entries of the refuse list.
    pub refuse: BTreeMap<String, u64>,
    /// By consent: `given`, `withdrawn`, or empty.
    pub consent: BTreeMap<String, u64>,
}

impl InUse {
    fn add(&mut self, layer: &Layer) {
        self.people += 1;
        let consent = match layer.consent.map(|consent| consent.given) {
            Some(true) => "given",
            Some(false) => "withdrawn",
            None => "",
        };
        one_more(&mut self.presets, layer.preset.as_deref().unwrap_or_default());
        one_more(&mut self.levels, &layer.threshold.map(|points| format!("{points:.1}")).unwrap_or_default());
        one_more(&mut self.receive, size(layer.receive.len()));
        one_more(&mut self.refuse, size(layer.refuse.len()));
        one_more(&mut self.consent, consent);
    }
}

fn one_more(counts: &mut BTreeMap<String, u64>, value: &str) {
    if let Some(count) = counts.get_mut(value) {
        *count += 1;
    } else {
        let value = if counts.len() < VALUES { value } else { "…" };
        *counts.entry(value.to_owned()).or_default() += 1;
    }
}

fn size(entries: usize) -> &'static str {
    SIZES.iter().find(|(least, _)| entries >= *least).map_or("0", |(_, name)| name)
}

/// For which operators somebody counts at this moment.
#[derive(Debug, Default)]
pub struct Counting(Mutex<HashSet<OperatorId>>);

impl Counting {
    /// Takes the work, unless somebody has it.
    fn begin(&self, operator: OperatorId) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(operator)
    }

    fn end(&self, operator: OperatorId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&operator);
    }
}

/// What was counted last, and whether a newer count is under way. Where the last one is not fresh, one is begun.
pub async fn last(portal: &Portal, operator: OperatorId) -> Result<(Option<InUse>, bool), Problem> {
    let kept = recall(portal, operator).await?;
    if kept.as_ref().is_some_and(|kept| portal.now().0 - kept.at < FRESH) {
        return Ok((kept, false));
    }
    if !portal.counting.begin(operator) {
        return Ok((kept, true));
    }
    let counter = portal.clone();
    let mut task = tokio::spawn(async move {
        let done = count(&counter, operator).await;
        counter.counting.end(operator);
        if let Err(problem) = done {
            tracing::warn!(?problem, "settings in use could not be counted");
        }
    });
    match tokio::time::timeout(PATIENCE, &mut task).await {
        Ok(_) => Ok((recall(portal, operator).await?, false)),
        Err(_) => Ok((kept, true)),
    }
}

fn key(operator: OperatorId) -> String {
    format!("portal:in-use:settings:{}", operator.0)
}

async fn recall(portal: &Portal, operator: OperatorId) -> Result<Option<InUse>, Problem> {
    let kept = portal.counters().recall(&key(operator), portal.now()).await?;
    Ok(kept.and_then(|json| serde_json::from_slice(&json).ok()))
}

/// Counts everybody, and keeps it.
async fn count(portal: &Portal, operator: OperatorId) -> Result<(), Problem> {
    let (mut counted, mut after) = (InUse::default(), String::new());
    loop {
        let began = Instant::now();
        let rows = portal.records().settings_in_use(operator, &after, AT_ONCE).await?;
        let Some((last, _)) = rows.last() else { break };
        after.clone_from(last);
        for (_, json) in &rows {
            if let Ok(layer) = Layer::from_json(json) {
                counted.add(&layer);
            }
        }
        // Mail and people come first: as long as it took, it rests.
        tokio::time::sleep(began.elapsed()).await;
    }
    counted.at = portal.now().0;
    let json = serde_json::to_vec(&counted).map_err(|fault| Problem::Fault(fault.to_string()))?;
    let until = UnixMillis(counted.at + KEPT);
    Ok(portal.counters().remember(&key(operator), &json, until).await?)
}
