//! One row of the API's table, and how rows are written.

use std::convert::Infallible;

use axum::handler::Handler;
use axum::http::Method;
use axum::routing::{MethodFilter, MethodRouter, on};
use serde_json::Value;

use super::kind::{Field, Kind};
use super::scope::Scope;
use super::{ROOT, schema};
use crate::security::roles::Who;
use crate::state::Portal;

/// What comes with a request.
pub enum Body {
    /// Nothing.
    Nothing,
    /// A JSON object with these fields.
    Json(Vec<Field>),
    /// A CSV or vCard file, which becomes this field of the form.
    File(&'static str, usize),
}

/// What comes back.
pub enum Answer {
    /// What was done, in a word, and the version of the settings where they changed.
    Done,
    /// JSON of this schema.
    Json(Value),
    /// A CSV file.
    Csv,
}

/// One operation.
pub struct Operation {
    /// Its name: `operationId`, and the command.
    pub id: &'static str,
    /// GET, POST, PUT or DELETE.
    pub method: Method,
    /// Path, with `{placeholders}`.
    pub path: String,
    /// Who may.
    pub who: Who,
    /// What a token has to open.
    pub scope: Scope,
    /// What it does, for who reads the document.
    pub about: &'static str,
    /// Placeholders of the path, and what stands in a query.
    pub query: Vec<Field>,
    /// What comes with it.
    pub body: Body,
    /// It changes settings: `If-Match` has to name the version it was made from.
    pub versioned: bool,
    /// What comes back.
    pub answer: Answer,
    /// Pages that do the same, as their routes are written.
    pub pages: Vec<&'static str>,
    pub(super) handler: MethodRouter<Portal, Infallible>,
}

impl Operation {
    fn new<H, T>(method: Method, id: &'static str, path: &str, who: Who, scope: Scope, handler: H) -> Self
    where
        H: Handler<T, Portal>,
        T: 'static,
    {
        let filter = MethodFilter::try_from(method.clone()).unwrap_or(MethodFilter::GET);
        Self {
            id,
            method,
            path: format!("{ROOT}{path}"),
            who,
            scope,
            about: "",
            query: Vec::new(),
            body: Body::Nothing,
            versioned: false,
            answer: Answer::Done,
            pages: Vec::new(),
            handler: on(filter, handler),
        }
    }

    /// Reads something.
    pub fn get<H, T>(id: &'static str, path: &str, who: Who, scope: Scope, handler: H) -> Self
    where
        H: Handler<T, Portal>,
        T: 'static,
    {
        Self::new(Method::GET, id, path, who, scope, handler).gives(schema::object(&[]))
    }

    /// Does something.
    pub fn post<H, T>(id: &'static str, path: &str, who: Who, scope: Scope, handler: H) -> Self
    where
        H: Handler<T, Portal>,
        T: 'static,
    {
        Self::new(Method::POST, id, path, who, scope, handler)
    }

    /// Puts something in the place of what is there.
    pub fn put<H, T>(id: &'static str, path: &str, who: Who, scope: Scope, handler: H) -> Self
    where
        H: Handler<T, Portal>,
        T: 'static,
    {
        Self::new(Method::PUT, id, path, who, scope, handler)
    }

    /// Takes something away.
    pub fn delete<H, T>(id: &'static str, path: &str, who: Who, scope: Scope, handler: H) -> Self
    where
        H: Handler<T, Portal>,
        T: 'static,
    {
        Self::new(Method::DELETE, id, path, who, scope, handler)
    }

    /// What it does.
    pub fn about(mut self, about: &'static str) -> Self {
        self.about = about;
        self
    }

    /// Adds a parameter of the path or the query.
    pub fn asks(mut self, name: &'static str, kind: Kind, about: &'static str) -> Self {
        let field = Field::new(name, kind, about);
        let in_path = self.path.contains(&format!("{{{name}}}"));
        self.query.push(if in_path { field.needed() } else { field });
        self
    }

    /// The same, with another name in the form of the page.
    pub fn asks_as(self, name: &'static str, form: &'static str, kind: Kind, about: &'static str) -> Self {
        let mut out = self.asks(name, kind, about);
        if let Some(field) = out.query.last_mut() {
            field.form = form;
        }
        out
    }

    /// Sets the fields of its body.
    pub fn takes(mut self, fields: Vec<Field>) -> Self {
        self.body = Body::Json(fields);
        self
    }

    /// Takes a file, which becomes this field, of at most so many octets.
    pub fn takes_file(mut self, field: &'static str, most: usize) -> Self {
        self.body = Body::File(field, most);
        self
    }

    /// Changes settings.
    pub fn versioned(mut self) -> Self {
        self.versioned = true;
        self
    }

    /// Answers with JSON of a schema.
    pub fn gives(mut self, schema: Value) -> Self {
        self.answer = Answer::Json(schema);
        self
    }

    /// Answers with a CSV file.
    pub fn gives_csv(mut self) -> Self {
        self.answer = Answer::Csv;
        self
    }

    /// Names the route of a page that does the same.
    pub fn like(mut self, page: &'static str) -> Self {
        self.pages.push(page);
        self
    }
}
