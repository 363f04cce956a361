//! Kinds of fields: what may stand in one, as the document says it and as a request is measured, and the form it becomes.

use policy::treatments::TREATMENTS;
use serde_json::{Map, Value, json};

/// Control characters stand in no field of one line.
const ONE_LINE: &str = "^[^\\x00-\\x1f\\x7f]*$";

/// One field of a body, a query or a path.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its name in JSON.
    pub name: &'static str,
    /// Its name in the form of the page.
    pub form: &'static str,
    /// What may stand in it.
    pub kind: Kind,
    /// Whether it has to be there.
    pub is_needed: bool,
    /// What it means.
    pub about: &'static str,
}

impl Field {
    /// A field that may be left out, with the same name in the form.
    pub fn new(name: &'static str, kind: Kind, about: &'static str) -> Self {
        Self { name, form: name, kind, is_needed: false, about }
    }

    /// It has to be there.
    pub fn needed(mut self) -> Self {
        self.is_needed = true;
        self
    }

    /// Its name in the form of the page.
    pub fn called(mut self, form: &'static str) -> Self {
        self.form = form;
        self
    }
}

/// What may stand in a field.
#[derive(Clone, Debug)]
pub enum Kind {
    /// One line of at least and at most so many characters.
    Text(usize, usize),
    /// Several lines of at most so many characters.
    Lines(usize),
    /// One of these.
    Choice(Vec<&'static str>),
    /// Yes or no; a form has the field or has it not.
    Flag,
    /// A number between these.
    Number(f64, f64),
    /// A whole number between these.
    Whole(i64, i64),
    /// At most so many values, each of at most so many characters, each a field of the form.
    Many(usize, usize),
    /// At least one of these names, each a field of the form.
    Names(Vec<&'static str>),
    /// At most so many lines, each of at most so many characters, in one field of the form.
    List(usize, usize),
    /// Names, each with one of these; in the form the name stands after this prefix. Given names: no others.
    Map(&'static str, Vec<&'static str>, Vec<&'static str>),
    /// Names of questions, each with an answer; in the form the name stands after this prefix.
    Answers(&'static str),
    /// A day, as `2026-12-31`.
    Day,
    /// Conditions of a keyword rule.
    Conditions(usize),
    /// People of an address book.
    Contacts(usize),
    /// An identifier (UUID).
    Id,
}

/// Names of everything that can happen to a message.
pub fn treatments() -> Vec<&'static str> {
    TREATMENTS.iter().map(|(name, _)| *name).collect()
}

/// Fields of the form that a value becomes.
pub type Pairs = Vec<(String, Vec<u8>)>;

impl Kind {
    /// As the document says it.
    pub fn schema(&self) -> Value {
        let line = |most: usize| json!({"type": "string", "maxLength": most, "pattern": ONE_LINE});
        match self {
            Self::Text(least, most) => {
                json!({"type": "string", "minLength": least, "maxLength": most, "pattern": ONE_LINE})
            }
            Self::Lines(most) => json!({"type": "string", "maxLength": most}),
            Self::Choice(names) => json!({"type": "string", "enum": names}),
            Self::Flag => json!({"type": "boolean"}),
            Self::Number(least, most) => json!({"type": "number", "minimum": least, "maximum": most}),
            Self::Whole(least, most) => json!({"type": "integer", "minimum": least, "maximum": most}),
            Self::Many(most, each) | Self::List(most, each) => {
                json!({"type": "array", "maxItems": most, "items": line(*each)})
            }
            Self::Names(names) => {
                json!({"type": "array", "minItems": 1, "maxItems": names.len(), "items": {"type": "string", "enum": names}})
            }
            Self::Map(_, names, values) => {
                let value = json!({"type": "string", "enum": values});
                if names.is_empty() {
                    return json!({"type": "object", "additionalProperties": value});
                }
                let names: Map<String, Value> = names.iter().map(|name| ((*name).into(), value.clone())).collect();
                json!({"type": "object", "properties": names, "additionalProperties": false})
            }
            Self::Conditions(most) => json!({"type": "array", "minItems": 1, "maxItems": most, "items": {
                "type": "object",
                "required": ["field", "kind", "text"],
                "additionalProperties": false,
                "properties": {
                    "field": {"type": "string", "enum": policy::profile::FIELD_NAMES},
                    "header": line(100),
                    "kind": {"type": "string", "enum": KINDS},
                    "text": {"type": "string", "minLength": 1, "maxLength": 300, "pattern": ONE_LINE},
                },
            }}),
            Self::Contacts(most) => json!({"type": "array", "maxItems": most, "items": {
                "type": "object",
                "required": ["address"],
                "additionalProperties": false,
                "properties": {"address": line(320), "name": line(100)},
            }}),
            Self::Answers(_) => json!({"type": "object", "additionalProperties": line(60)}),
            Self::Day => json!({"type": "string", "format": "date"}),
            Self::Id => json!({"type": "string", "format": "uuid"}),
        }
    }

    /// The text of a query or a path as the JSON it stands for.
    pub fn of_text(&self, text: &str) -> Value {
        let parsed = match self {
            Self::Flag | Self::Number(..) | Self::Whole(..) => serde_json::from_str(text).ok(),
            _ => None,
        };
        parsed.unwrap_or_else(|| Value::String(text.to_owned()))
    }

    /// The fields of the form that a value becomes; `None` where the value is none that may stand here.
    pub fn read(&self, form: &str, value: &Value) -> Option<Pairs> {
        let one = |text: String| Some(vec![(form.to_owned(), text.into_bytes())]);
        match self {
            Self::Text(least, most) => one(line(value, *least, *most)?),
            Self::Lines(most) => one(value.as_str().filter(|text| text.chars().count() <= *most)?.to_owned()),
            Self::Choice(names) => {
                let text = value.as_str()?;
                if names.contains(&text) { one(text.to_owned()) } else { None }
            }
            Self::Flag if value.as_bool()? => one("1".into()),
            Self::Flag => Some(Vec::new()),
            Self::Number(least, most) => {
                let number = value.as_f64().filter(|number| *least <= *number && *number <= *most)?;
                one(number.to_string())
            }
            Self::Whole(least, most) => {
                let number = whole(value).filter(|number| *least <= *number && *number <= *most)?;
                one(number.to_string())
            }
            Self::Many(most, each) => {
                let all = lines(value, *most, *each)?;
                Some(all.into_iter().map(|text| (form.to_owned(), text.into_bytes())).collect())
            }
            Self::Names(names) => {
                let all = lines(value, names.len(), 40)?;
                let is_known = !all.is_empty() && all.iter().all(|name| names.contains(&name.as_str()));
                let pair = |name: String| (form.to_owned(), name.into_bytes());
                if is_known { Some(all.into_iter().map(pair).collect()) } else { None }
            }
            Self::List(most, each) => one(lines(value, *most, *each)?.join("\n")),
            Self::Map(prefix, names, values) => map(value, prefix, names, values),
            Self::Conditions(most) => conditions(value, *most),
            Self::Contacts(most) => one(contacts(value, *most)?),
            Self::Answers(prefix) => {
                let all = value.as_object()?.iter();
                let one = |(name, value)| Some((format!("{prefix}{name}"), line(value, 0, 60)?.into_bytes()));
                all.map(one).collect()
            }
            Self::Day => one(value.as_str().filter(|text| text.parse::<jiff::civil::Date>().is_ok())?.to_owned()),
            Self::Id => one(value.as_str().filter(|text| uuid::Uuid::parse_str(text).is_ok())?.to_owned()),
        }
    }
}

/// Every way to compare, as forms name it.
const KINDS: [&str; 5] = ["contains", "exact", "prefix", "suffix", "wildcard"];

fn line(value: &Value, least: usize, most: usize) -> Option<String> {
    let text = value.as_str()?;
    let count = text.chars().count();
    let fits = least <= count && count <= most && !text.chars().any(|c| c.is_ascii_control());
    if fits { Some(text.to_owned()) } else { None }
}

/// JSON Schema counts 3.0 among the integers. Beyond 2^53 such a number is no longer one in particular.
fn whole(value: &Value) -> Option<i64> {
    let exact = |number: &f64| number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0;
    value.as_i64().or_else(|| value.as_f64().filter(exact).map(|number| number as i64))
}

fn lines(value: &Value, most: usize, each: usize) -> Option<Vec<String>> {
    let all = value.as_array().filter(|all| all.len() <= most)?;
    all.iter().map(|one| line(one, 0, each)).collect()
}

fn map(value: &Value, prefix: &str, names: &[&str], values: &[&str]) -> Option<Pairs> {
    let all = value.as_object()?;
    let one = |(name, value): (&String, &Value)| {
        let value = value.as_str().filter(|value| values.contains(value))?;
        let is_known = names.is_empty() || names.contains(&name.as_str());
        if is_known { Some((format!("{prefix}{name}"), value.as_bytes().to_vec())) } else { None }
    };
    all.iter().map(one).collect()
}

/// Whether an object has only these members.
fn only(value: &Value, known: &[&str]) -> Option<()> {
    let all = value.as_object()?;
    if all.keys().all(|key| known.contains(&key.as_str())) { Some(()) } else { None }
}

fn member(value: &Value, name: &str, least: usize, most: usize) -> Option<String> {
    match value.get(name) {
        Some(text) => line(text, least, most),
        None if least == 0 => Some(String::new()),
        None => None,
    }
}

fn conditions(value: &Value, most: usize) -> Option<Pairs> {
    let all = value.as_array().filter(|all| !all.is_empty() && all.len() <= most)?;
    let mut out = Vec::new();
    for (at, one) in all.iter().enumerate() {
        only(one, &["field", "header", "kind", "text"])?;
        let suffix = if at == 0 { String::new() } else { format!("-{}", at + 1) };
        let (field, kind) = (member(one, "field", 1, 40)?, member(one, "kind", 1, 40)?);
        if !policy::profile::FIELD_NAMES.contains(&field.as_str()) || !KINDS.contains(&kind.as_str()) {
            return None;
        }
        let (header, text) = (member(one, "header", 0, 100)?, member(one, "text", 1, 300)?);
        for (name, value) in [("field", field), ("kind", kind), ("header", header), ("text", text)] {
            out.push((format!("{name}{suffix}"), value.into_bytes()));
        }
    }
    Some(out)
}

fn contacts(value: &Value, most: usize) -> Option<String> {
    let all = value.as_array().filter(|all| all.len() <= most)?;
    let one = |one: &Value| {
        only(one, &["address", "name"])?;
        let address = line(one.get("address")?, 0, 320)?;
        Some(format!("{address}, {}", member(one, "name", 0, 100)?))
    };
    Some(all.iter().map(one).collect::<Option<Vec<_>>>()?.join("\n"))
}
