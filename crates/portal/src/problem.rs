//! What can go wrong on a page, and the page that says so: what happened, what was not lost, what to do.
//!
//! A handler returns a [`Problem`]; the outermost layer, which knows the reader's language, draws it.

use std::sync::Arc;

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use checkpoint::junk::ReleaseError;
use store::StoreError;

use crate::frame::{Frame, show};
use crate::visit::Visit;

/// What went wrong.
#[derive(Debug)]
pub enum Problem {
    /// There is no such page or thing, or it is somebody else's: the answer is the same.
    NotFound,
    /// Nobody is signed in.
    SignIn,
    /// Signed in, but this role may not.
    Forbidden,
    /// This role needs a second factor, and none is set up yet.
    NoSecondFactor,
    /// Staff opened a person's settings without a recorded reason.
    NotActing,
    /// Staff look at somebody's pages: nothing is changed there, and this is not shown.
    LookOnly,
    /// The form did not come from our own page, or is too old.
    Forged,
    /// The form cannot be read.
    BadForm,
    /// A field of the form holds something that cannot be; the text says what and what would be right.
    BadField(String),
    /// The form is larger than is taken.
    TooLarge,
    /// Somebody else changed the same settings meanwhile.
    Stale,
    /// The same, said by a condition of the request (RFC 9110 §13.1.1).
    Overtaken,
    /// A change of settings that does not say which version it was made from (RFC 6585 §3).
    NoVersion,
    /// More requests than a program may make; the number of seconds after which one is free again.
    TooFast(i64),
    /// The token does not open this; the scope that would.
    Scope(&'static str),
    /// The path is there, and not for this method.
    Method,
    /// Too many people sign in at this moment.
    Busy,
    /// Too many wrong tries.
    Locked,
    /// This held mail was delivered, deleted or has expired.
    Gone,
    /// The mail server behind did not take the message; it is still held.
    NotTaken(String),
    /// A link in a mail that we did not make, or that was changed.
    LinkForged,
    /// A link in a mail whose time is over.
    LinkExpired,
    /// A link in a mail to somebody else than the person who is signed in here.
    LinkOfAnother,
    /// Our own store failed.
    Store(StoreError),
    /// Our own fault.
    Fault(String),
}

/// A problem on its way to the layer that draws it.
#[derive(Clone)]
pub struct Pending(pub Arc<Problem>);

impl Problem {
    /// Status and the first part of its sentences' ids.
    pub(crate) fn face(&self) -> (StatusCode, &'static str) {
        match self {
            Self::NotFound => (StatusCode::NOT_FOUND, "problem-not-found"),
            Self::SignIn => (StatusCode::UNAUTHORIZED, "problem-sign-in"),
            Self::Forbidden => (StatusCode::FORBIDDEN, "problem-forbidden"),
            Self::NoSecondFactor => (StatusCode::FORBIDDEN, "problem-no-second-factor"),
            Self::NotActing => (StatusCode::FORBIDDEN, "problem-not-acting"),
            Self::LookOnly => (StatusCode::FORBIDDEN, "problem-look-only"),
            Self::Forged => (StatusCode::FORBIDDEN, "problem-forged"),
            Self::BadForm => (StatusCode::BAD_REQUEST, "problem-bad-form"),
            Self::BadField(_) => (StatusCode::UNPROCESSABLE_ENTITY, "problem-bad-field"),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "problem-too-large"),
            Self::Stale => (StatusCode::CONFLICT, "problem-stale"),
            Self::Overtaken => (StatusCode::PRECONDITION_FAILED, "problem-stale"),
            Self::NoVersion => (StatusCode::PRECONDITION_REQUIRED, "problem-no-version"),
            Self::TooFast(_) => (StatusCode::TOO_MANY_REQUESTS, "problem-too-fast"),
            Self::Scope(_) => (StatusCode::FORBIDDEN, "problem-scope"),
            Self::Method => (StatusCode::METHOD_NOT_ALLOWED, "problem-method"),
            Self::Busy => (StatusCode::SERVICE_UNAVAILABLE, "problem-busy"),
            Self::Locked => (StatusCode::TOO_MANY_REQUESTS, "problem-locked"),
            Self::Gone => (StatusCode::GONE, "problem-gone"),
            Self::NotTaken(_) => (StatusCode::BAD_GATEWAY, "problem-not-taken"),
            Self::LinkForged => (StatusCode::FORBIDDEN, "problem-link-forged"),
            Self::LinkExpired => (StatusCode::GONE, "problem-link-expired"),
            Self::LinkOfAnother => (StatusCode::FORBIDDEN, "problem-link-of-another"),
            Self::Store(_) => (StatusCode::SERVICE_UNAVAILABLE, "problem-store"),
            Self::Fault(_) => (StatusCode::INTERNAL_SERVER_ERROR, "problem-fault"),
        }
    }

    /// What the person may read beyond the sentence.
    pub(crate) fn detail(&self) -> &str {
        match self {
            Self::BadField(text) => text,
            Self::Scope(name) => name,
            _ => "",
        }
    }
}

impl From<StoreError> for Problem {
    fn from(fault: StoreError) -> Self {
        match fault {
            StoreError::Absent(_) => Self::NotFound,
            StoreError::Conflict(_) => Self::Stale,
            fault @ (StoreError::Disk(_)
            | StoreError::Database(_)
            | StoreError::Corrupt { .. }
            | StoreError::Held { .. }) => Self::Store(fault),
        }
    }
}

impl From<ReleaseError> for Problem {
    fn from(fault: ReleaseError) -> Self {
        match fault {
            ReleaseError::Gone => Self::Gone,
            ReleaseError::NotTaken(why) => Self::NotTaken(why),
            ReleaseError::Store(fault) => Self::from(fault),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, id) = self.face();
        match &self {
            Self::Store(_) | Self::Fault(_) | Self::NotTaken(_) => tracing::error!(problem = ?self, "a page failed"),
            _ => tracing::debug!(problem = id, "a page said no"),
        }
        let mut response = status.into_response();
        response.extensions_mut().insert(Pending(Arc::new(self)));
        response
    }
}

#[derive(Template)]
#[template(path = "problem.html")]
struct Page<'a> {
    f: Frame,
    what: String,
    kept: String,
    next: String,
    detail: &'a str,
    sign_in: bool,
}

/// Draws a problem for whoever asked.
pub fn draw(problem: &Problem, visit: &Visit) -> Response {
    let (status, id) = problem.face();
    let words = visit.words;
    let page = Page {
        f: Frame::new(visit, words.say("problem-title")),
        what: words.say(&format!("{id}-what")),
        kept: words.say(&format!("{id}-kept")),
        next: words.say(&format!("{id}-next")),
        detail: problem.detail(),
        sign_in: matches!(problem, Problem::SignIn),
    };
    let mut response = show(&page);
    *response.status_mut() = status;
    response
}
