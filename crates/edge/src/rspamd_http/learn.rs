//! `/learnspam` and `/learnham`: teach everybody's filter, or with `User` that person's own.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use checkpoint::{Learned, Resolved};
use store::records::learning::{Label, Owner};
use store::{OperatorId, StoreError};

use super::{Rspamd, request};

/// POST /learnspam.
pub(super) async fn spam(
    State(rspamd): State<Rspamd>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    learn(rspamd, from, headers, body, Label::Spam).await
}

/// POST /learnham.
pub(super) async fn ham(
    State(rspamd): State<Rspamd>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    learn(rspamd, from, headers, body, Label::Ham).await
}

async fn learn(rspamd: Rspamd, from: SocketAddr, headers: HeaderMap, body: Bytes, label: Label) -> Response {
    if !request::trusted(&rspamd, from, &headers) {
        return request::error(StatusCode::FORBIDDEN, "learning needs the password, or a client on this machine")
            .into_response();
    }
    if body.is_empty() {
        return request::error(StatusCode::BAD_REQUEST, "the message is empty").into_response();
    }
    let owner = match owner(&rspamd, &headers).await {
        Ok(Ok(owner)) => owner,
        Ok(Err(problem)) => return request::error(StatusCode::BAD_REQUEST, &problem).into_response(),
        Err(fault) => return fault_of(&fault),
    };
    match rspamd.gate.learn(owner.0, owner.1, label, body).await {
        Ok(Learned::New | Learned::Changed) => axum::Json(serde_json::json!({ "success": true })).into_response(),
        Ok(Learned::Already) => {
            let already = StatusCode::ALREADY_REPORTED;
            request::error(already, "this message has been learned before, nothing changed").into_response()
        }
        Ok(Learned::NoConsent) => {
            request::error(StatusCode::FORBIDDEN, "this person has not agreed to filtering by content").into_response()
        }
        Err(fault) => fault_of(&fault),
    }
}

async fn owner(rspamd: &Rspamd, headers: &HeaderMap) -> Result<Result<(OperatorId, Owner), String>, StoreError> {
    let asked = match request::Asked::read(headers) {
        Ok(asked) => asked,
        Err(problem) => return Ok(Err(problem)),
    };
    let Some(user) = asked.user else {
        let operator = rspamd.gate.directory.first_operator();
        return Ok(operator.map(|operator| (operator, Owner::Site)).ok_or_else(|| "there is no domain yet".into()));
    };
    Ok(match rspamd.gate.directory.resolve(&user).await? {
        Resolved::Ours(found) => match found.subscriber {
            Some(person) => Ok((found.operator, Owner::Subscriber(person))),
            None => Err(format!("{user} belongs to no subscriber")),
        },
        Resolved::Nobody | Resolved::NotOurs => Err(format!("{user} is not an address here")),
    })
}

fn fault_of(fault: &StoreError) -> Response {
    tracing::error!(%fault, "learning failed");
    request::error(StatusCode::SERVICE_UNAVAILABLE, "temporary problem here, please try again later").into_response()
}
