//! `/checkv2`: judges a message and says one action for all its recipients.

use std::time::Instant;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use checkpoint::Face;
use checkpoint::given::given;

use super::{Rspamd, answer, body, request};

/// Answers a check.
pub(super) async fn check(State(rspamd): State<Rspamd>, asked: Request) -> Response {
    let started = Instant::now();
    if request::wrong_password(&rspamd, asked.headers()) {
        return request::error(StatusCode::FORBIDDEN, "the password is wrong").into_response();
    }
    let posted = match body::read(asked, rspamd.largest()).await {
        Ok(posted) => posted,
        Err(refused) => return refused,
    };
    if posted.body.is_empty() {
        return request::error(StatusCode::BAD_REQUEST, "the message is empty").into_response();
    }
    let mut asked = match request::Asked::read(&posted.parts.headers) {
        Ok(asked) => asked,
        Err(problem) => return request::error(StatusCode::BAD_REQUEST, &problem).into_response(),
    };
    let given = given(&posted.body);
    if let (Some(from), false) = (given.mail_from, asked.named_sender) {
        asked.envelope.mail_from = from;
    }
    match rspamd.gate.check(Face::RspamdHttp, asked.envelope, asked.recipients, given.raw).await {
        Ok(checked) => body::answered(posted.packing, &answer::answer(&checked, &asked.queue_id, started.elapsed())),
        Err(fault) => {
            tracing::error!(%fault, "a check failed");
            let why = "temporary problem here, please try again later";
            request::error(StatusCode::SERVICE_UNAVAILABLE, why).into_response()
        }
    }
}
