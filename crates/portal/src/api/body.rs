//! What comes with a request, measured by its operation's fields and made the form that the page would have sent.

use serde_json::Value;

use super::kind::{Field, Pairs};
use crate::forms::{self, Form};
use crate::language::Words;
use crate::problem::Problem;

/// Fields of a JSON body. What is not a field is refused: a name that is mistyped would otherwise change nothing unseen.
pub fn json(fields: &[Field], bytes: &[u8], words: Words) -> Result<Pairs, Problem> {
    let bytes = if bytes.is_empty() { b"{}" } else { bytes };
    let value: Value = serde_json::from_slice(bytes).map_err(|_| Problem::BadForm)?;
    let Some(members) = value.as_object() else { return Err(Problem::BadForm) };
    for name in members.keys() {
        if !fields.iter().any(|field| field.name == name) {
            return Err(Problem::BadField(words.say1("api-unknown-field", "field", name.as_str())));
        }
    }
    let mut out = Vec::new();
    for field in fields {
        match members.get(field.name) {
            Some(value) => out.extend(read(field, value, words)?),
            None if field.is_needed => {
                return Err(Problem::BadField(words.say1("api-missing-field", "field", field.name)));
            }
            None => {}
        }
    }
    Ok(out)
}

/// Fields of the query, which pages read where they stand: they are only measured here.
pub fn query(fields: &[Field], path: &str, words: Words) -> Result<(), Problem> {
    let given = forms::query(path);
    for field in fields {
        let mut values = given.all(field.name);
        match (values.next(), values.next()) {
            (None, _) if field.is_needed => {
                return Err(Problem::BadField(words.say1("api-missing-field", "field", field.name)));
            }
            (None, _) => {}
            (Some(text), None) => {
                read(field, &field.kind.of_text(&text), words)?;
            }
            // Of two values nobody could tell which was meant.
            (Some(_), Some(_)) => return Err(not(field, words)),
        }
    }
    Ok(())
}

/// The placeholders of a path, as fields of the form.
pub fn path(fields: &[Field], pattern: &str, path: &str, words: Words) -> Result<Pairs, Problem> {
    let path = path.split('?').next().unwrap_or_default();
    let mut out = Vec::new();
    for (part, text) in pattern.split('/').zip(path.split('/')) {
        let Some(name) = part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) else { continue };
        let Some(field) = fields.iter().find(|field| field.name == name) else { continue };
        let text = forms::decoded(text).ok_or_else(|| not(field, words))?;
        out.extend(read(field, &field.kind.of_text(&text), words)?);
    }
    Ok(out)
}

/// The form.
pub fn form(pairs: Pairs) -> Form {
    Form::of(pairs)
}

fn read(field: &Field, value: &Value, words: Words) -> Result<Pairs, Problem> {
    field.kind.read(field.form, value).ok_or_else(|| not(field, words))
}

fn not(field: &Field, words: Words) -> Problem {
    let schema = field.kind.schema().to_string();
    Problem::BadField(words.say2("api-wrong-field", "field", field.name, "schema", schema))
}
