//! `/learnspam` and `/learnham`: teach everybody's filter, or with `User` that person's own.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use checkpoint::Learned;
use checkpoint::given::given;
use store::StoreError;
use store::records::learning::Label;

use super::{Rspamd, body, request};

/// POST /learnspam.
pub(super) async fn spam(
    State(rspamd): State<Rspamd>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    asked: Request,
) -> Response {
    learn(rspamd, from, asked, Label::Spam).await
}

/// POST /learnham.
pub(super) async fn ham(
    State(rspamd): State<Rspamd>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    asked: Request,
) -> Response {
    learn(rspamd, from, asked, Label::Ham).await
}

async fn learn(rspamd: Rspamd, from: SocketAddr, asked: Request, label: Label) -> Response {
    if !request::trusted(&rspamd, from, asked.headers()) {
        return request::error(StatusCode::FORBIDDEN, "learning needs the password, or a client on this machine")
            .into_response();
    }
    let posted = match body::read(asked, rspamd.largest()).await {
        Ok(posted) => posted,
        Err(refused) => return refused,
    };
    if posted.body.is_empty() {
        return request::error(StatusCode::BAD_REQUEST, "the message is empty").into_response();
    }
    let user = match request::text(&posted.parts.headers, "User").filter(|user| !user.is_empty()) {
        None => None,
        // Whoever names one person's filter must not teach everybody's because the name could not be read.
        Some(user) => match message::Address::parse_path(user) {
            Ok(address) => Some(address),
            Err(bad) => {
                return request::error(StatusCode::BAD_REQUEST, &format!("User: \"{user}\": {bad}")).into_response();
            }
        },
    };
    let (operator, owner) = match rspamd.gate.pupil(user.as_ref()).await {
        Ok(Ok(owner)) => owner,
        Ok(Err(problem)) => return request::error(StatusCode::BAD_REQUEST, &problem).into_response(),
        Err(fault) => return fault_of(&fault),
    };
    match rspamd.gate.learn(operator, owner, label, given(&posted.body).raw).await {
        Ok(Learned::New | Learned::Changed) => body::answered(posted.packing, &serde_json::json!({ "success": true })),
        Ok(Learned::Already) => {
            let already = StatusCode::ALREADY_REPORTED;
            request::error(already, "this message has been learned before, nothing changed").into_response()
        }
        Ok(Learned::NoConsent) => {
            // Not 403: who asks has to tell it from a wrong password.
            request::error(StatusCode::CONFLICT, "this person has not agreed to filtering by content").into_response()
        }
        Err(fault) => fault_of(&fault),
    }
}

fn fault_of(fault: &StoreError) -> Response {
    tracing::error!(%fault, "learning failed");
    request::error(StatusCode::SERVICE_UNAVAILABLE, "temporary problem here, please try again later").into_response()
}
