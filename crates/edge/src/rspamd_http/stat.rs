//! `/ping` and `/stat`.

use axum::Json;
use axum::extract::State;
use serde_json::{Map, Value, json};

use super::Rspamd;
use super::request::Trusted;

/// GET /ping.
pub(super) async fn ping() -> &'static str {
    "pong\r\n"
}

/// GET /stat.
pub(super) async fn stat(_: Trusted, State(rspamd): State<Rspamd>) -> Json<Value> {
    Json(figures(&rspamd))
}

fn figures(rspamd: &Rspamd) -> Value {
    let decisions = rspamd.gate.metrics.decisions();
    let mut actions: Map<String, Value> =
        ["no action", "add header", "rewrite subject", "soft reject", "reject", "discard"]
            .into_iter()
            .map(|name| (name.to_owned(), json!(0)))
            .collect();
    let (mut spam, mut ham) = (0u64, 0u64);
    for ((class, action), count) in &decisions {
        let name = match *action {
            "deliver" => "no action",
            "refuse" | "refused_by_next_hop" => "reject",
            "defer" => "soft reject",
            "delete" => "discard",
            _ => "add header",
        };
        let before = actions.get(name).and_then(Value::as_u64).unwrap_or(0);
        actions.insert(name.to_owned(), json!(before + count));
        match class.as_str() {
            "wanted" | "newsletter" | "suspect" => ham += count,
            _ => spam += count,
        }
    }
    let progress = rspamd.gate.directory.first_operator().map(|operator| rspamd.gate.learning.progress(operator));
    let learned = progress.map_or(0, |progress| progress.spam + progress.ham);
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "uptime": rspamd.started.elapsed().as_secs(),
        "read_only": false,
        "scanned": rspamd.gate.metrics.transactions(),
        "learned": learned,
        "actions": actions,
        "spam_count": spam,
        "ham_count": ham,
        "connections": 0,
        "control_connections": 0,
        "scan_times": [],
        "statfiles": [],
        "total_learns": learned,
    })
}
