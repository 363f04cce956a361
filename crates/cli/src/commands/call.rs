//! `sekisho call`: every deed of the pages as a command, named as in the API's document.

use std::path::PathBuf;

use portal::api::within;
use serde_json::Value;

use super::ask::{of_reader, read};
use crate::arguments::File;
use crate::control::Request;
use crate::control::client::Hand;
use crate::terminal;

/// What was typed.
pub struct Asked {
    /// The operation.
    pub operation: String,
    /// Its fields as `name=value`.
    pub fields: Vec<String>,
    /// For whom.
    pub person: Option<String>,
    /// Why.
    pub reason: String,
    /// On which legal ground; empty: senders, subjects and text stay closed.
    pub ground: String,
    /// From which version.
    pub if_match: Option<i64>,
    /// A file.
    pub sent: Option<PathBuf>,
    /// As JSON on one line.
    pub json: bool,
    /// In which language.
    pub language: Option<String>,
}

/// Every operation with its fields and what it does.
pub fn list() {
    for operation in within::offered() {
        let names = within::names(&operation).join(" ");
        terminal::line(format!("{} {names}\n    {}", operation.id, operation.about));
    }
}

/// Asks for one.
pub async fn run(asked: Asked, file: &File) -> Result<(), String> {
    let split = |field: &String| match field.split_once('=') {
        Some((name, value)) => Ok((name.to_owned(), value.to_owned())),
        None => Err(format!("\"{field}\" is not of the form name=value")),
    };
    let fields = asked.fields.iter().map(split).collect::<Result<_, _>>()?;
    let bytes = match &asked.sent {
        Some(path) => read(path).map_err(|fault| format!("{}: {fault}", path.display()))?,
        None => Vec::new(),
    };
    let request = Request::Call {
        operation: asked.operation,
        person: asked.person,
        reason: asked.reason,
        ground: asked.ground,
        version: asked.if_match,
        fields,
        language: of_reader(asked.language),
    };
    let configuration = super::configuration(file)?;
    let mut hand = Hand::reach(&configuration).await?;
    let response = hand.ask(request, bytes).await;
    hand.done().await;
    let response = response?;
    match (response.ok, asked.json) {
        (true, true) => terminal::line(response.text),
        (true, false) => terminal::line(shown(&response.text)),
        (false, true) => return Err(response.text),
        (false, false) => return Err(problem(&response.text)),
    }
    Ok(())
}

/// JSON as people read it: a list of like things a line each, with a heading; anything that is no JSON as it is.
fn shown(text: &str) -> String {
    let Ok(value) = serde_json::from_str::<Value>(text) else { return text.trim_end().to_owned() };
    let whole = || serde_json::to_string_pretty(&value).unwrap_or_else(|_| text.to_owned());
    let Some(items) = value["items"].as_array() else { return whole() };
    let Some(columns) = items.first().and_then(Value::as_object) else { return whole() };
    let columns: Vec<&String> = columns.keys().collect();
    let heading = columns.iter().map(|name| name.as_str()).collect::<Vec<_>>().join("\t");
    let line = |item: &Value| columns.iter().map(|name| cell(&item[name.as_str()])).collect::<Vec<_>>().join("\t");
    let lines: Vec<String> = std::iter::once(heading).chain(items.iter().map(line)).collect();
    match value["next"].as_str() {
        Some(next) => format!("{}\n(more: --cursor {next})", lines.join("\n")),
        None => lines.join("\n"),
    }
}

/// One value on one line, whatever somebody wrote into a subject.
fn cell(value: &Value) -> String {
    let text = match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(all) => all.iter().map(cell).collect::<Vec<_>>().join("; "),
        other => other.to_string(),
    };
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// What is wrong, and what to do, of problem details.
pub(super) fn problem(text: &str) -> String {
    let Ok(value) = serde_json::from_str::<Value>(text) else { return text.to_owned() };
    let part = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
    let errors = value["errors"].as_array().into_iter().flatten();
    let errors: String = errors
        .map(|one| {
            format!(
                "\n{}: {} {}",
                one["line"],
                one["column"].as_str().unwrap_or_default(),
                one["detail"].as_str().unwrap_or_default()
            )
        })
        .collect();
    format!("{}: {}{errors}", part("title"), part("detail"))
}
