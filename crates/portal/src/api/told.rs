//! What a program is told: what was done, or what went wrong (RFC 9457), in the language of its person.

use axum::Json;
use axum::http::header::{ALLOW, CONTENT_TYPE, ETAG, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use message::UnixMillis;
use serde_json::{Value, json};

use crate::forms;
use crate::frame::Led;
use crate::problem::Problem;
use crate::visit::Visit;

/// A point in time as RFC 3339 writes it, in UTC.
pub fn time(at: UnixMillis) -> String {
    jiff::Timestamp::from_millisecond(at.0).map(|at| at.to_string()).unwrap_or_default()
}

/// JSON with the version of the settings that it was read from.
pub fn versioned(version: i64, value: Value) -> Response {
    let mut response = Json(value).into_response();
    tag(response.headers_mut(), version);
    response
}

fn tag(headers: &mut HeaderMap, version: i64) {
    if let Ok(value) = HeaderValue::from_str(&format!("\"{version}\"")) {
        headers.insert(ETAG, value);
    }
}

/// Where a form would have led on, a program is told what was done, and the version it stored.
pub fn done(response: Response, visit: &Visit) -> Response {
    let Some(Led(path)) = response.extensions().get::<Led>() else { return response };
    let done = match forms::query(path).text("done") {
        done if done.is_empty() => "done".to_owned(),
        done => done,
    };
    match visit.stored.get() {
        Some(version) => versioned(*version, json!({"done": done, "version": version})),
        None => Json(json!({ "done": done })).into_response(),
    }
}

/// A problem as problem details.
pub fn problem(problem: &Problem, visit: &Visit) -> Response {
    let (status, id) = problem.face();
    let words = visit.words;
    let mut told = details(
        status,
        id,
        &words.say(&format!("{id}-what")),
        &format!("{} {}", words.say(&format!("{id}-kept")), words.say(&format!("{id}-next"))),
        visit,
    );
    if !problem.detail().is_empty() {
        told["detail"] = Value::String(problem.detail().to_owned());
    }
    let mut response = as_problem(status, &told);
    let headers = response.headers_mut();
    match problem {
        Problem::SignIn => {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"sekisho\""));
        }
        Problem::TooFast(seconds) => {
            headers.insert(RETRY_AFTER, HeaderValue::from(*seconds));
        }
        Problem::Locked | Problem::Busy => {
            headers.insert(RETRY_AFTER, HeaderValue::from(60));
        }
        Problem::Method => {
            let names: Vec<String> = super::methods(&visit.path).iter().map(ToString::to_string).collect();
            if let Ok(value) = HeaderValue::from_str(&names.join(", ")) {
                headers.insert(ALLOW, value);
            }
        }
        _ => {}
    }
    response
}

/// Problem details with a list of faults beside them.
pub fn faults(status: StatusCode, id: &str, faults: Value, visit: &Visit) -> Response {
    let words = visit.words;
    let mut told = details(status, id, &words.say(&format!("{id}-what")), &words.say(&format!("{id}-kept")), visit);
    told["errors"] = faults;
    as_problem(status, &told)
}

fn details(status: StatusCode, id: &str, title: &str, detail: &str, visit: &Visit) -> Value {
    json!({
        "type": format!("urn:sekisho:{}", id.replacen('-', ":", 1)),
        "title": title,
        "status": status.as_u16(),
        "detail": detail,
        "instance": visit.path.split('?').next().unwrap_or_default(),
    })
}

fn as_problem(status: StatusCode, value: &Value) -> Response {
    let mut response = (status, value.to_string()).into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    response
}
