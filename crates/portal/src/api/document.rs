//! The OpenAPI 3.1 document, made from the table of operations.

use std::sync::OnceLock;

use axum::Json;
use axum::http::Method;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::kind::Field;
use super::operation::{Answer, Body, Operation};
use super::scope::{SCOPES, Scope};
use super::{examples, schema, table};
use crate::security::roles::Who;

const ABOUT: &str = "Everything that the pages do, for programs. A token is made on the page of sign-ins or with \
`account-token-make`, is shown once, and is sent as `Authorization: Bearer …`; a browser's session is taken too, with its \
form token in `X-CSRF-Token` for everything but GET. A change of settings names in `If-Match` the version that it was made \
from, as `ETag` gave it: where somebody else was faster the answer is 412 and nothing is overwritten. What goes wrong is \
told as problem details (RFC 9457) in the person's language. Lists come a page at a time: `next` is the `cursor` of the \
following page. Each token may make so many requests a minute (600 where the operator says nothing else); more are answered \
with 429 and `Retry-After`.";

/// The document.
pub async fn answer() -> Response {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    Json(DOCUMENT.get_or_init(document)).into_response()
}

/// Makes the document.
pub fn document() -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for operation in table() {
        let path = paths.entry(operation.path.clone()).or_insert_with(|| json!({}));
        path[operation.method.as_str().to_lowercase()] = of(&operation);
    }
    json!({
        "openapi": "3.1.0",
        "info": {"title": "Sekisho", "version": "1", "description": ABOUT, "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"}},
        "servers": [{"url": "/"}],
        "paths": paths,
        "security": [{"token": []}],
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": scopes()}},
            "schemas": {"Problem": problem(), "Done": done()},
            "responses": responses(),
            "headers": {"Version": {
                "description": "Version of the settings, for If-Match.",
                "schema": {"type": "string", "pattern": "^\"[0-9]+\"$"},
            }},
        },
    })
}

fn scopes() -> String {
    let names: Vec<&str> = SCOPES.iter().map(|scope| scope.name()).collect();
    format!("A token and what it opens: {}.", names.join(", "))
}

fn problem() -> Value {
    let mut problem = schema::object(&[
        ("type", schema::text()),
        ("title", schema::text()),
        ("status", schema::whole()),
        ("detail", schema::text()),
        ("instance", schema::text()),
    ]);
    problem["properties"]["errors"] = schema::list(json!({"type": "object"}));
    problem
}

fn done() -> Value {
    let mut done = schema::object(&[("done", schema::text())]);
    done["properties"]["version"] = schema::whole();
    done
}

/// Answers other than the right one, by the name of what went wrong.
const PROBLEMS: [(&str, &str, &str); 13] = [
    ("400", "Unreadable", "The request cannot be read."),
    ("401", "Unknown", "No token, or one that is none or is over."),
    ("403", "NotAllowed", "The token's scope or the person's role does not allow it, or the form token is missing."),
    ("404", "NotThere", "There is no such thing, or it is somebody else's."),
    ("409", "InTheWay", "Something else changed at the same time."),
    ("410", "Gone", "It was delivered, deleted or has expired."),
    ("412", "Overtaken", "The settings are not at this version any more. Nothing was changed."),
    ("413", "TooLarge", "More octets than are taken."),
    ("422", "Wrong", "A value that cannot be; `detail` says which and what would be right."),
    ("428", "NoVersion", "If-Match is missing."),
    ("429", "TooFast", "Too many requests; Retry-After says how many seconds to wait."),
    ("502", "NotTaken", "The mail server behind did not take the message. It is still held."),
    ("503", "StoreFailed", "Our own store does not answer. Nothing was changed."),
];

fn responses() -> Value {
    let one = |about: &str| {
        json!({
            "description": about,
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        })
    };
    let mut all: Map<String, Value> = PROBLEMS.iter().map(|(_, name, about)| ((*name).into(), one(about))).collect();
    all["TooFast"]["headers"] = json!({"Retry-After": {"schema": {"type": "integer"}, "required": true}});
    Value::Object(all)
}

/// Which of the problems an operation can have.
fn can_have(operation: &Operation, status: &str) -> bool {
    match status {
        "409" | "410" => operation.method != Method::GET || operation.scope == Scope::MailRead || is_staffs(operation),
        "412" | "428" => operation.versioned,
        "413" => !matches!(operation.body, Body::Nothing),
        "502" => operation.method == Method::POST,
        _ => true,
    }
}

fn is_staffs(operation: &Operation) -> bool {
    operation.scope == Scope::StaffRead
}

fn of(operation: &Operation) -> Value {
    let mut answers: Map<String, Value> = PROBLEMS
        .iter()
        .filter(|(status, ..)| can_have(operation, status))
        .map(|(status, name, _)| ((*status).into(), json!({"$ref": format!("#/components/responses/{name}")})))
        .collect();
    answers.insert("200".into(), success(operation));
    let mut out = json!({
        "operationId": operation.id,
        "summary": operation.about,
        "description": about(operation),
        "tags": [tag(operation)],
        "parameters": parameters(operation),
        "responses": answers,
    });
    match &operation.body {
        Body::Nothing => {}
        Body::Json(fields) => {
            let needed = fields.iter().any(|field| field.is_needed);
            out["requestBody"] =
                json!({"required": needed, "content": {"application/json": {"schema": object(fields)}}});
            if let Some(body) = examples::body(operation.id) {
                out["requestBody"]["content"]["application/json"]["example"] = body;
            }
        }
        Body::File(..) => {
            out["requestBody"] = json!({"required": true, "content": {"text/csv": {"schema": {"type": "string"}}}});
            if let Some(file) = examples::body(operation.id) {
                out["requestBody"]["content"]["text/csv"]["example"] = file;
            }
        }
    }
    out
}

fn tag(operation: &Operation) -> &'static str {
    operation.id.split('-').next().unwrap_or_default()
}

/// Who may, and with which scope.
fn about(operation: &Operation) -> String {
    let who = match operation.who {
        Who::Anyone | Who::OneClick => "Everybody who is signed in.",
        Who::Subscriber => "Subscribers, for what is theirs.",
        Who::Own => "Subscribers for their own settings, and staff who act for one with a recorded reason.",
        Who::Viewer => "All staff.",
        Who::Support => "Staff who help subscribers, and administrators.",
        Who::Administrator => "Administrators.",
    };
    let version =
        if operation.versioned { " If-Match has to name the version that the change was made from." } else { "" };
    match operation.scope {
        Scope::Nothing => format!("{who}{version}"),
        scope => format!("{who} Scope `{}`.{version}", scope.name()),
    }
}

fn parameters(operation: &Operation) -> Value {
    let one = |field: &Field| {
        let in_path = operation.path.contains(&format!("{{{}}}", field.name));
        let mut parameter = json!({
            "name": field.name,
            "in": if in_path { "path" } else { "query" },
            "required": field.is_needed,
            "description": field.about,
            "schema": field.kind.schema(),
        });
        if let Some(example) = examples::parameter(operation.id, field.name) {
            parameter["example"] = example;
        }
        parameter
    };
    let mut all: Vec<Value> = operation.query.iter().map(one).collect();
    if operation.versioned {
        all.push(json!({
            "name": "If-Match",
            "in": "header",
            "required": true,
            "description": "The version that the change was made from, as ETag gave it.",
            "schema": {"type": "string", "pattern": "^\"[0-9]{1,18}\"$"},
        }));
    }
    Value::Array(all)
}

fn object(fields: &[Field]) -> Value {
    let properties: Map<String, Value> = fields
        .iter()
        .map(|field| {
            let mut schema = field.kind.schema();
            schema["description"] = Value::String(field.about.to_owned());
            (field.name.to_owned(), schema)
        })
        .collect();
    let needed: Vec<&str> = fields.iter().filter(|field| field.is_needed).map(|field| field.name).collect();
    json!({"type": "object", "properties": properties, "required": needed, "additionalProperties": false})
}

fn success(operation: &Operation) -> Value {
    let json = |schema: Value| json!({"application/json": {"schema": schema}});
    let (about, content) = match &operation.answer {
        Answer::Done => ("What was done.", json(json!({"$ref": "#/components/schemas/Done"}))),
        Answer::Json(schema) => ("What was asked for.", json(schema.clone())),
        Answer::Csv => ("A table.", json!({"text/csv": {"schema": {"type": "string"}}})),
    };
    let mut out = json!({"description": about, "content": content});
    if operation.versioned {
        out["headers"] = json!({"ETag": {"$ref": "#/components/headers/Version"}});
    }
    out
}
