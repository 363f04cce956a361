//! The same deeds for programs: JSON under `/api/v1`, described by the OpenAPI document that is made from one table.
//!
//! An operation is a row of [`table`]: method, path, who may, scope, fields, handler. What changes anything is the very
//! function that the page's form calls; [`admit`] turns the JSON into that form and tells what was done.

pub mod account;
pub mod admit;
pub mod body;
pub mod document;
pub mod examples;
pub mod kind;
pub mod mail;
pub mod operation;
pub mod schema;
pub mod scope;
pub mod settings;
pub mod staff;
pub mod staff_mail;
pub mod told;
pub mod viewer;
pub mod within;

use axum::Router;
use axum::http::Method;
use axum::middleware::from_fn_with_state;
use axum::routing::get;

use crate::state::Portal;
use operation::Operation;

/// Where every path begins.
pub const ROOT: &str = "/api/v1";
/// Where the document is.
pub const DOCUMENT: &str = "/api/v1/openapi.json";

/// Every operation.
pub fn table() -> Vec<Operation> {
    [
        account::operations(),
        mail::operations(),
        viewer::operations(),
        settings::operations(),
        staff::operations(),
        staff_mail::operations(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Whether a path is one of the API's, so that what goes wrong there is told in JSON.
pub fn is_ours(path: &str) -> bool {
    path == "/api" || path.starts_with("/api/")
}

/// Methods that a path takes.
pub fn methods(path: &str) -> Vec<Method> {
    let path = path.split('?').next().unwrap_or_default();
    // As the router chooses: the pattern with most words of its own.
    let fits = |pattern: &str| {
        let (one, other) = (pattern.split('/').count(), path.split('/').count());
        one == other && pattern.split('/').zip(path.split('/')).all(|(one, other)| one.starts_with('{') || one == other)
    };
    let all = table();
    let found = all.iter().filter(|one| fits(&one.path)).map(|one| one.path.as_str());
    let Some(best) = found.min_by_key(|pattern| pattern.matches('{').count()) else {
        return if path == DOCUMENT { vec![Method::GET] } else { Vec::new() };
    };
    let mut methods: Vec<Method> = all.iter().filter(|one| one.path == best).map(|one| one.method.clone()).collect();
    // What can be read has its head (RFC 9110 §9.3.2).
    if methods.contains(&Method::GET) {
        methods.push(Method::HEAD);
    }
    methods
}

/// Adds every operation to a router.
pub fn put_on(mut router: Router<Portal>, portal: &Portal) -> Router<Portal> {
    for operation in table() {
        let path = operation.path.clone();
        let (rule, handler) = admit::rule(portal, operation);
        router = router.route(&path, handler.layer(from_fn_with_state(rule, admit::admit)));
    }
    router.route(DOCUMENT, get(document::answer))
}
