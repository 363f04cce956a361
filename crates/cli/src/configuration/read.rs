//! Reads `sekisho.toml`: every value is checked against the table of keys, and what is wrong is said with file, line,
//! key and the nearest known key. Nothing is guessed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use super::keys::{self, DOMAIN_KEYS, Key, Kind, TABLES};
use super::lists::LIST_KEYS;

/// A value in force.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    /// The value.
    pub toml: toml::Value,
    /// Where it came from: `default`, `FILE:LINE`, or the name of a flag.
    pub origin: String,
}

/// Everything that is in force, by `table.key`, and the domains.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Values {
    /// By `table.key`.
    pub keys: BTreeMap<String, Value>,
    /// Each `[[domain]]` by key.
    pub domains: Vec<BTreeMap<String, Value>>,
    /// Each `[[door.lists]]` by key.
    pub door_lists: Vec<BTreeMap<String, Value>>,
}

/// Something wrong with the configuration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct Wrong {
    /// File and line.
    pub place: String,
    /// What is wrong, and what would be right.
    pub problem: String,
}

/// The defaults.
pub fn defaults() -> Values {
    let keys = keys::all().map(|key| (format!("{}.{}", key.table, key.name), default_of(key))).collect();
    Values { keys, ..Values::default() }
}

fn default_of(key: &Key) -> Value {
    Value { toml: literal(key.default), origin: "default".into() }
}

fn literal(text: &str) -> toml::Value {
    let table: toml::Table = toml::from_str(&format!("v = {text}")).unwrap_or_default();
    table.get("v").cloned().unwrap_or(toml::Value::String(text.to_owned()))
}

/// Reads a file over the defaults. All that is wrong is reported at once.
pub fn read(path: &Path) -> Result<Values, Vec<Wrong>> {
    let text = std::fs::read_to_string(path).map_err(|fault| {
        vec![Wrong { place: path.display().to_string(), problem: format!("cannot be read: {fault}") }]
    })?;
    read_text(path, &text)
}

/// The same from text.
pub fn read_text(path: &Path, text: &str) -> Result<Values, Vec<Wrong>> {
    let mut reader = Reader { path: path.to_owned(), text, wrong: Vec::new(), values: defaults() };
    match DeTable::parse(text) {
        Err(fault) => {
            let at = fault.span().map_or(0, |span| span.start);
            reader.complain(at, fault.message().to_owned());
        }
        Ok(document) => {
            for (name, value) in document.get_ref() {
                reader.table(name.get_ref(), name.span().start, value.get_ref(), value.span().start);
            }
        }
    }
    if reader.wrong.is_empty() { Ok(reader.values) } else { Err(reader.wrong) }
}

struct Reader<'a> {
    path: PathBuf,
    text: &'a str,
    wrong: Vec<Wrong>,
    values: Values,
}

impl Reader<'_> {
    fn place(&self, at: usize) -> String {
        let line = self.text.get(..at).unwrap_or(self.text).matches('\n').count() + 1;
        format!("{}:{line}", self.path.display())
    }

    fn complain(&mut self, at: usize, problem: String) {
        let place = self.place(at);
        self.wrong.push(Wrong { place, problem });
    }

    fn table(&mut self, name: &str, name_at: usize, value: &DeValue<'_>, at: usize) {
        match value {
            DeValue::Array(domains) if name == "domain" => {
                for domain in domains.iter() {
                    let needed = ["name", "next_hop"];
                    let domain = self.one_of_many("domain", &needed, domain.get_ref(), domain.span().start);
                    self.values.domains.extend(domain);
                }
            }
            DeValue::Table(_) if name == "domain" => self.complain(at, "write [[domain]] with two brackets".into()),
            DeValue::Table(table) if TABLES.iter().any(|(known, _)| *known == name) => {
                for (key, value) in table {
                    let (key_name, key_at) = (key.get_ref().to_string(), key.span().start);
                    if let (("door", "lists"), DeValue::Array(lists)) = ((name, key_name.as_str()), value.get_ref()) {
                        for list in lists.iter() {
                            let table =
                                self.one_of_many("door.lists", &["name", "zone"], list.get_ref(), list.span().start);
                            self.values.door_lists.extend(table);
                        }
                        continue;
                    }
                    match keys::find(name, &key_name) {
                        None => self.unknown(key_at, name, &key_name),
                        Some(known) => {
                            if let Some(value) = self.check(known, value.get_ref(), value.span().start) {
                                self.values.keys.insert(format!("{name}.{key_name}"), value);
                            }
                        }
                    }
                }
            }
            DeValue::Table(_) => {
                let names = TABLES.iter().map(|(table, _)| *table).chain(["domain"]);
                self.complain(name_at, format!("there is no table [{name}]{}", nearest(name, names)));
            }
            _ => self.complain(name_at, format!("\"{name}\" stands outside of any table")),
        }
    }

    /// One table of many of its kind, such as a `[[domain]]`.
    fn one_of_many(
        &mut self,
        kind: &str,
        needed: &[&str],
        value: &DeValue<'_>,
        at: usize,
    ) -> Option<BTreeMap<String, Value>> {
        let DeValue::Table(table) = value else {
            self.complain(at, format!("write [[{kind}]] with two brackets"));
            return None;
        };
        let known = DOMAIN_KEYS.iter().chain(LIST_KEYS).filter(|key| key.table == kind);
        let mut made: BTreeMap<String, Value> =
            known.filter(|key| !needed.contains(&key.name)).map(|key| (key.name.to_owned(), default_of(key))).collect();
        for (key, value) in table {
            let key_name = key.get_ref().to_string();
            match keys::find(kind, &key_name) {
                None => self.unknown(key.span().start, kind, &key_name),
                Some(known) => {
                    if let Some(value) = self.check(known, value.get_ref(), value.span().start) {
                        made.insert(key_name, value);
                    }
                }
            }
        }
        for needed in needed {
            if !made.contains_key(*needed) {
                self.complain(at, format!("this [[{kind}]] has no {needed}"));
            }
        }
        Some(made)
    }

    fn unknown(&mut self, at: usize, table: &str, name: &str) {
        let known =
            keys::all().chain(DOMAIN_KEYS).chain(LIST_KEYS).filter(|key| key.table == table).map(|key| key.name);
        let elsewhere = keys::all().find(|key| key.name == name).map(|key| key.table);
        let hint = match elsewhere {
            Some(other) => format!("; it belongs to [{other}]"),
            None => nearest(name, known),
        };
        self.complain(at, format!("there is no key \"{name}\" in [{table}]{hint}"));
    }

    fn check(&mut self, key: &Key, value: &DeValue<'_>, at: usize) -> Option<Value> {
        let toml = plain(value);
        let right = match (key.kind, &toml) {
            (Kind::Text, toml::Value::String(text)) => !text.is_empty(),
            (Kind::OptionalText | Kind::Path | Kind::Addresses, toml::Value::String(_))
            | (Kind::Switch, toml::Value::Boolean(_)) => true,
            (Kind::Addresses | Kind::Texts, toml::Value::Array(items)) => items.iter().all(toml::Value::is_str),
            (Kind::Number, toml::Value::Integer(number)) => *number >= 0,
            (Kind::Decimal, toml::Value::Integer(_)) => true,
            (Kind::Decimal, toml::Value::Float(number)) => number.is_finite(),
            (Kind::Word(words), toml::Value::String(text)) => words.contains(&text.as_str()),
            _ => false,
        };
        if right {
            return Some(Value { toml, origin: self.place(at) });
        }
        let wants = match key.kind {
            Kind::Text => "a text in quotes".to_owned(),
            Kind::OptionalText => "a text in quotes, which may be empty".to_owned(),
            Kind::Path => "a path in quotes".to_owned(),
            Kind::Addresses => "\"address:port\", a list of them, or \"\"".to_owned(),
            Kind::Number => "a whole number, 0 or more".to_owned(),
            Kind::Decimal => "a number".to_owned(),
            Kind::Switch => "true or false".to_owned(),
            Kind::Texts => "a list of texts, such as [\"a\", \"b\"]".to_owned(),
            Kind::Word(words) => {
                format!("one of {}", words.iter().map(|w| format!("\"{w}\"")).collect::<Vec<_>>().join(", "))
            }
        };
        self.complain(at, format!("{}.{} takes {wants}, not {toml}", key.table, key.name));
        None
    }
}

fn plain(value: &DeValue<'_>) -> toml::Value {
    match value {
        DeValue::String(text) => toml::Value::String(text.to_string()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or_else(|_| toml::Value::String(number.to_string()), toml::Value::Integer),
        DeValue::Float(number) => {
            number.as_str().parse().map_or_else(|_| toml::Value::String(number.to_string()), toml::Value::Float)
        }
        DeValue::Boolean(switch) => toml::Value::Boolean(*switch),
        DeValue::Datetime(datetime) => toml::Value::Datetime(*datetime),
        DeValue::Array(items) => toml::Value::Array(items.iter().map(|item| plain(item.get_ref())).collect()),
        DeValue::Table(table) => toml::Value::Table(
            table.iter().map(|(key, value)| (key.get_ref().to_string(), plain(value.get_ref()))).collect(),
        ),
    }
}

/// ", did you mean X?" where a known name is near.
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    known
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .min()
        .filter(|(distance, candidate)| *distance <= candidate.len().max(3) / 2)
        .map_or_else(String::new, |(_, candidate)| format!(", did you mean \"{candidate}\"?"))
}
