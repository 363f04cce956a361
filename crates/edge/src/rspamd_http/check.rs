//! `/checkv2`: judges a message and says one action for all its recipients.

use std::net::SocketAddr;
use std::time::Instant;

use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;

use super::{Rspamd, answer, request};

/// Answers a check.
pub(super) async fn check(
    State(rspamd): State<Rspamd>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let started = Instant::now();
    if request::needs_trust(&headers) && !request::trusted(&rspamd, from, &headers) {
        let why = "Settings, User and Pass need the password, or a client on this machine";
        return request::error(StatusCode::FORBIDDEN, why).into_response();
    }
    if body.is_empty() {
        return request::error(StatusCode::BAD_REQUEST, "the message is empty").into_response();
    }
    let mut asked = match request::Asked::read(&headers) {
        Ok(asked) => asked,
        Err(problem) => return request::error(StatusCode::BAD_REQUEST, &problem).into_response(),
    };
    if let Some(user) = asked.user.take().filter(|_| asked.recipients.is_empty()) {
        asked.recipients.push(user);
    }
    match rspamd.gate.check(asked.envelope, asked.recipients, body).await {
        Ok(checked) => axum::Json(answer::answer(&checked, &asked.queue_id, started.elapsed())).into_response(),
        Err(fault) => {
            tracing::error!(%fault, "a check failed");
            let why = "temporary problem here, please try again later";
            request::error(StatusCode::SERVICE_UNAVAILABLE, why).into_response()
        }
    }
}
