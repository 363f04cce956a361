//! What staff's tools ask: `/symbols`, `/actions`, `/history`, `/auth`. Only with the password, or from this machine.
//!
//! `/history` comes from the decision records. It has no subjects: nobody reads them without a ground (`sekisho explain`
//! and the portal say why a message was judged so).

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use controls::inbound::CONTROLS;
use policy::{DecisionRecord, Settings};
use serde_json::{Map, Value, json};
use store::StoreError;
use store::records::decisions::{DecisionQuery, DecisionRow, TransactionRow};

use super::Rspamd;
use super::answer::{action, symbols_of};
use super::request::{self, Trusted};
use crate::symbols;

/// Decisions that one `/history` shows.
const HISTORY: u32 = 200;
/// rspamd's actions, harshest first.
const ACTIONS: [&str; 6] = ["reject", "soft reject", "rewrite subject", "add header", "greylist", "no action"];

/// GET /symbols: every finding there can be, by its familiar name, group by group.
pub(super) async fn symbols_list(_: Trusted, State(rspamd): State<Rspamd>) -> Response {
    let rules = rspamd.gate.judge.sources.load().0.rules.clone();
    let rule = |symbol: String, weight: f64, description: &str| {
        json!({ "symbol": symbol, "weight": weight, "description": description,
                "frequency": 0.0, "frequency_stddev": 0.0, "time": 0.0 })
    };
    let groups: Vec<Value> = CONTROLS
        .iter()
        .map(|control| {
            let fixed = control.reasons.iter().filter(|reason| !reason.ends_with('*'));
            let mut members: Vec<Value> = fixed
                .flat_map(|reason| symbols::all_of(reason).into_iter().map(move |symbol| rule(symbol, 0.0, reason)))
                .collect();
            if control.reasons.contains(&"heuristics-*") {
                members.extend(rules.rules().iter().map(|own| {
                    let symbol = symbols::all_of(&format!("heuristics-{}", own.id)).concat();
                    rule(symbol, own.points, &own.title_en)
                }));
            }
            json!({ "group": control.name, "rules": members })
        })
        .collect();
    axum::Json(groups).into_response()
}

/// GET /actions: from how many points which action follows, by the operator's defaults.
pub(super) async fn actions(_: Trusted, State(rspamd): State<Rspamd>) -> Response {
    match operators_settings(&rspamd).await {
        Ok(settings) => axum::Json(actions_of(settings.as_deref())).into_response(),
        Err(fault) => fault_of(&fault),
    }
}

fn actions_of(settings: Option<&Settings>) -> Vec<Value> {
    let mut from: Map<String, Value> = ACTIONS.iter().map(|name| ((*name).to_owned(), Value::Null)).collect();
    if let Some(settings) = settings {
        // The lower threshold last: where both classes are treated alike it is the one that counts.
        for (class, points) in
            [(controls::Class::Spam, settings.threshold), (controls::Class::Suspect, settings.suspect)]
        {
            if let Some(treatment) = settings.actions.get(&class) {
                from.insert(action(*treatment).to_owned(), json!(points));
            }
        }
    }
    ACTIONS.iter().map(|name| json!({ "action": name, "value": from.get(*name) })).collect()
}

/// GET /history: the newest decisions, without subjects.
pub(super) async fn history(_: Trusted, State(rspamd): State<Rspamd>) -> Response {
    let operator = rspamd.gate.directory.first_operator();
    let query = DecisionQuery { operator, limit: HISTORY, ..DecisionQuery::default() };
    let found = async {
        let threshold = operators_settings(&rspamd).await?.map_or(0.0, |settings| settings.threshold);
        let rows = rspamd.gate.stores.records.find_decisions(&query).await?;
        Ok::<_, StoreError>(rows.iter().map(|(transaction, row)| line(transaction, row, threshold)).collect())
    };
    match found.await {
        Ok(rows) => {
            let rows: Vec<Value> = rows;
            axum::Json(json!({ "version": 2, "rows": rows })).into_response()
        }
        Err(fault) => fault_of(&fault),
    }
}

fn line(transaction: &TransactionRow, row: &DecisionRow, threshold: f64) -> Value {
    let record = DecisionRecord::from_json(&row.json).ok();
    let symbols = record.as_ref().map(|record| json!(symbols_of(&record.decision)));
    let action = match row.action.as_str() {
        "refuse" | "refused_by_next_hop" => "reject",
        "defer" => "soft reject",
        _ => record.as_ref().map_or("no action", |record| action(record.decision.treatment)),
    };
    json!({
        "message-id": transaction.message_id,
        "ip": transaction.peer,
        "sender_smtp": transaction.mail_from,
        "rcpt_smtp": [row.recipient],
        "size": transaction.size,
        "action": action,
        "score": row.points,
        "required_score": threshold,
        "symbols": symbols.unwrap_or_else(|| json!({})),
        "unix_time": row.at.0.div_euclid(1000),
        "time_real": 0.0,
        "user": "unknown",
        "is_skipped": false,
        "reference": row.reference.to_string(),
    })
}

/// GET /auth: `rspamc uptime` asks here.
pub(super) async fn auth(_: Trusted, State(rspamd): State<Rspamd>) -> Response {
    axum::Json(json!({
        "version": env!("CARGO_PKG_VERSION"),
        "auth": "ok",
        "uptime": rspamd.started.elapsed().as_secs(),
        "read_only": false,
        "scanned": rspamd.gate.metrics.transactions(),
    }))
    .into_response()
}

/// What is not spoken here.
pub(super) async fn unknown() -> Response {
    request::error(StatusCode::NOT_FOUND, "invalid command").into_response()
}

async fn operators_settings(rspamd: &Rspamd) -> Result<Option<std::sync::Arc<Settings>>, StoreError> {
    match rspamd.gate.directory.first_operator() {
        Some(operator) => rspamd.gate.directory.settings_of(operator, None).await.map(Some),
        None => Ok(None),
    }
}

fn fault_of(fault: &StoreError) -> Response {
    tracing::error!(%fault, "a question of staff's tools failed");
    request::error(StatusCode::SERVICE_UNAVAILABLE, "temporary problem here, please try again later").into_response()
}
