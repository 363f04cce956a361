//! Small pieces of JSON Schema for answers.

use serde_json::{Map, Value, json};

/// Text.
pub fn text() -> Value {
    json!({"type": "string"})
}

/// Text, or null.
pub fn maybe_text() -> Value {
    json!({"type": ["string", "null"]})
}

/// A point in time (RFC 3339, UTC).
pub fn time() -> Value {
    json!({"type": "string", "format": "date-time"})
}

/// A point in time, or null.
pub fn maybe_time() -> Value {
    json!({"type": ["string", "null"], "format": "date-time"})
}

/// A whole number.
pub fn whole() -> Value {
    json!({"type": "integer"})
}

/// A number.
pub fn number() -> Value {
    json!({"type": "number"})
}

/// Yes or no.
pub fn flag() -> Value {
    json!({"type": "boolean"})
}

/// A list.
pub fn list(of: Value) -> Value {
    json!({"type": "array", "items": of})
}

/// An object of which these members are always there.
pub fn object(members: &[(&str, Value)]) -> Value {
    let properties: Map<String, Value> =
        members.iter().map(|(name, schema)| ((*name).into(), schema.clone())).collect();
    let names: Vec<&str> = members.iter().map(|(name, _)| *name).collect();
    json!({"type": "object", "properties": properties, "required": names})
}

/// One page of a list: its rows, and the cursor of the next where there is one.
pub fn page(of: Value) -> Value {
    object(&[("items", list(of)), ("next", maybe_text())])
}
