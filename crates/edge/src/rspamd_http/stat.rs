//! `/ping` and `/stat`.

use std::net::SocketAddr;

use axum::Json;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::{Rspamd, request};

/// GET /ping.
pub(super) async fn ping() -> &'static str {
    "pong\r\n"
}

/// GET /stat.
pub(super) async fn stat(
    State(rspamd): State<Rspamd>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Response {
    if !request::trusted(&rspamd, from, &headers) {
        let why = "this needs the password, or a client on this machine";
        return request::error(StatusCode::FORBIDDEN, why).into_response();
    }
    Json(figures(&rspamd)).into_response()
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
