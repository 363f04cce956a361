//! Reads one layer and says clearly what is wrong with it: the field, the problem, and what would be right.

use std::collections::BTreeSet;

use controls::Class;
use controls::inbound::CONTROLS;
use controls::lists::{Entry, Pattern, phone};
use message::{Address, Domain};
use serde_json::Value;

use super::{BadLayer, Layer, Origin};
use crate::decision::{Disposition, Treatment};

/// Every key of a layer.
pub const KEYS: [&str; 37] = [
    "default_on",
    "consent",
    "threshold",
    "suspect",
    "actions",
    "label",
    "receive",
    "refuse",
    "refused",
    "allow_requires_auth",
    "order",
    "conditions",
    "size_at_least",
    "size_at_most",
    "keywords",
    "signature_level",
    "retention_days",
    "modes",
    "keep_recent",
    "header_view",
    "sender_id",
    "unknown",
    "language",
    "profile",
    "preset",
    "impersonation",
    "impersonation_then",
    "impersonation_domains",
    "impersonation_exceptions",
    "rescue",
    "address_book",
    "address_book_mode",
    "refusal_notice",
    "secret_code",
    "trash_days",
    "digest",
    "furigana",
];

/// The longest subject label, in characters.
pub const LABEL_LIMIT: usize = 32;
/// The highest threshold that can be set, in points.
pub const THRESHOLD_LIMIT: f64 = 100.0;
/// The longest retention that can be set, in days.
pub const RETENTION_LIMIT: u16 = 366;

/// Entries of one list, and keyword rules, that one layer may hold. The largest list of the sources has 2,000.
pub const ENTRY_LIMIT: usize = 10_000;

type Checked = Result<(), BadLayer>;

impl Layer {
    /// Reads stored JSON, checking every value (thresholds in range, retention, labels, rules, conditions that exist).
    pub fn from_json(json: &str) -> Result<Self, BadLayer> {
        // What is stored reads at once; only what does not is gone through field by field, to say where.
        let object = json.trim_start().starts_with('{');
        let layer = match object.then(|| serde_json::from_str::<Self>(json)) {
            Some(Ok(layer)) => layer,
            Some(Err(_)) | None => Self::from_json_by_field(json)?,
        };
        layer.check()?;
        Ok(layer)
    }

    fn from_json_by_field(json: &str) -> Result<Self, BadLayer> {
        let value: Value = serde_json::from_str(json).map_err(|e| bad("", format!("this is not JSON: {e}")))?;
        let Value::Object(fields) = value else {
            return Err(bad("", "a layer of settings is a JSON object"));
        };
        for (key, value) in &fields {
            if !KEYS.contains(&key.as_str()) {
                return Err(bad(key, unknown("setting", key, KEYS)));
            }
            readable(key, value)?;
        }
        serde_json::from_value(Value::Object(fields)).map_err(|e| bad("", e.to_string()))
    }

    /// The same, and refuses what only another layer may hold.
    pub fn from_json_of(origin: Origin, json: &str) -> Result<Self, BadLayer> {
        let layer = Self::from_json(json)?;
        if layer.default_on.is_some() && origin != Origin::Operator {
            return Err(bad("default_on", "only the operator's layer can turn filtering on by default"));
        }
        if layer.consent.is_some() && origin != Origin::Subscriber {
            return Err(bad("consent", "only a subscriber's own layer can hold a consent"));
        }
        if layer.profile.is_some() && origin != Origin::Operator {
            return Err(bad("profile", "only the operator's layer can hold a profile"));
        }
        if layer.secret_code.is_some() && origin != Origin::Subscriber {
            return Err(bad("secret_code", "only a subscriber's own layer can hold a secret code"));
        }
        Ok(layer)
    }

    /// As JSON for storing.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Checks every value.
    pub fn check(&self) -> Checked {
        self.check_thresholds()?;
        self.check_actions()?;
        self.check_conditions()?;
        self.check_keywords()?;
        check_entries("receive", &self.receive)?;
        check_entries("refuse", &self.refuse)?;
        check_entries("address_book", &self.address_book)?;
        self.check_proof()?;
        if let Some(label) = &self.label {
            check_label(label)?;
        }
        if let Some(days) = self.retention_days.filter(|days| !(1..=RETENTION_LIMIT).contains(days)) {
            return Err(bad("retention_days", format!("{days} is not between 1 and {RETENTION_LIMIT} days")));
        }
        if let Some(days) = self.trash_days.filter(|days| !(1..=RETENTION_LIMIT).contains(days)) {
            return Err(bad("trash_days", format!("{days} is not between 1 and {RETENTION_LIMIT} days")));
        }
        if let Some(digest) = &self.digest {
            digest.check()?;
        }
        if let Some(profile) = &self.profile {
            profile.check().map_err(|wrong| bad(&format!("profile.{}", wrong.key), wrong.problem))?;
        }
        if let (Some(least), Some(most)) = (self.size_at_least, self.size_at_most)
            && least > most
        {
            return Err(bad("size_at_least", format!("{least} is above size_at_most, which is {most} octets")));
        }
        Ok(())
    }

    fn check_proof(&self) -> Checked {
        let lists = [
            ("impersonation_domains", &self.impersonation_domains),
            ("impersonation_exceptions", &self.impersonation_exceptions),
        ];
        for (field, domains) in lists {
            check_length(field, domains.len())?;
            for (at, text) in domains.iter().enumerate() {
                let right = Domain::parse(text).map_err(|e| bad(&format!("{field}[{at}]"), e.to_string()))?;
                if right.as_str() != text {
                    return Err(bad(&format!("{field}[{at}]"), format!("write it as {right}")));
                }
            }
        }
        check_length("rescue", self.rescue.len())?;
        for (at, rescue) in self.rescue.iter().enumerate() {
            let text = &rescue.text;
            if text.trim().is_empty() || text.chars().count() > 320 || *text != text.to_lowercase() {
                return Err(bad(&format!("rescue[{at}].text"), "it has 1 to 320 characters, in lower case"));
            }
        }
        if let Some(then) = self.impersonation_then {
            check_treatment("impersonation_then", then)?;
        }
        if let Some(code) = &self.secret_code {
            let digits = (3..=8).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_digit());
            if !digits {
                return Err(bad("secret_code", "a secret code has 3 to 8 digits"));
            }
        }
        Ok(())
    }

    fn check_thresholds(&self) -> Checked {
        for (field, value) in [("threshold", self.threshold), ("suspect", self.suspect)] {
            if let Some(value) = value.filter(|value| !(*value > 0.0 && *value <= THRESHOLD_LIMIT)) {
                return Err(bad(field, format!("{value} is not above 0 and at most {THRESHOLD_LIMIT} points")));
            }
        }
        if let (Some(suspect), Some(threshold)) = (self.suspect, self.threshold)
            && suspect > threshold
        {
            return Err(bad("suspect", format!("{suspect} is above the threshold, which is {threshold}")));
        }
        Ok(())
    }

    fn check_actions(&self) -> Checked {
        for (class, treatment) in &self.actions {
            let field = format!("actions.{}", class.name());
            if treatment.then == Disposition::RemovePart && *class == Class::Malware {
                continue;
            }
            check_treatment(&field, *treatment)?;
        }
        if let Some(refused) = self.refused {
            check_treatment("refused", refused)?;
        }
        if let Some(order) = &self.order {
            let mut seen = BTreeSet::new();
            if let Some(twice) = order.iter().find(|step| !seen.insert(**step)) {
                return Err(bad("order", format!("{} stands there twice", twice.name())));
            }
        }
        Ok(())
    }

    fn check_conditions(&self) -> Checked {
        for (reason, treatment) in &self.conditions {
            let field = format!("conditions.{reason}");
            if !CONTROLS.iter().any(|control| control.gives(reason)) {
                let known = CONTROLS.iter().flat_map(|control| control.reasons.iter().copied());
                return Err(bad(&field, unknown("condition", reason, known)));
            }
            // Attachments can be taken out, and the rest delivered (SUB-05).
            if !(treatment.then == Disposition::RemovePart && is_of_attachments(reason)) {
                check_treatment(&field, *treatment)?;
            }
        }
        let controls =
            self.modes.keys().map(|name| ("modes", name)).chain(self.unknown.keys().map(|name| ("unknown", name)));
        for (key, control) in controls {
            if !CONTROLS.iter().any(|known| known.name == control) {
                let known = CONTROLS.iter().map(|control| control.name);
                return Err(bad(&format!("{key}.{control}"), unknown("control", control, known)));
            }
        }
        // Putting off is right here: what could not be seen now may be seen when the message comes again.
        for (control, treatment) in self.unknown.iter().filter(|(_, treatment)| treatment.then != Disposition::Defer) {
            check_treatment(&format!("unknown.{control}"), *treatment)?;
        }
        Ok(())
    }

    fn check_keywords(&self) -> Checked {
        check_length("keywords", self.keywords.len())?;
        let mut ids = BTreeSet::new();
        for (at, setting) in self.keywords.iter().enumerate() {
            let id = &setting.rule.id;
            if id.is_empty() || id.contains('/') || id.len() > 64 {
                return Err(bad(&format!("keywords[{at}].rule.id"), "an id has 1 to 64 characters and no slash"));
            }
            if !ids.insert(id) {
                return Err(bad(&format!("keywords[{at}].rule.id"), format!("\"{id}\" stands there twice")));
            }
            setting.rule.validate().map_err(|e| bad(&format!("keywords[{at}].rule.{}", e.field), e.problem))?;
            check_treatment(&format!("keywords[{at}].then"), setting.then)?;
        }
        Ok(())
    }
}

/// Whether a condition is met by what is attached.
fn is_of_attachments(reason: &str) -> bool {
    reason.starts_with("attachment-")
}

/// Whether a value can be read as what its key holds; if not, the innermost entry that cannot is named.
fn readable(key: &str, value: &Value) -> Checked {
    let read = |value: Value| serde_json::from_value::<Layer>(serde_json::json!({ key: value }));
    let Err(whole) = read(value.clone()) else { return Ok(()) };
    let said = |e: serde_json::Error| nearest_of_serde(&e.to_string()).unwrap_or_else(|| e.to_string());
    if let Value::Array(entries) = value {
        for (at, entry) in entries.iter().enumerate() {
            if let Err(e) = read(Value::Array(vec![entry.clone()])) {
                return Err(bad(&format!("{key}[{at}]"), said(e)));
            }
        }
    }
    // Maps only: a part of another object is not readable alone.
    if let (Value::Object(entries), "actions" | "conditions" | "modes" | "unknown") = (value, key) {
        for (name, entry) in entries {
            if let Err(e) = read(serde_json::json!({ name: entry })) {
                return Err(bad(&format!("{key}.{name}"), said(e)));
            }
        }
    }
    Err(bad(key, said(whole)))
}

/// From serde's "unknown variant `x`, expected one of `a`, `b`": the nearest of them.
fn nearest_of_serde(text: &str) -> Option<String> {
    let quoted: Vec<&str> = text.split('`').skip(1).step_by(2).collect();
    let (wrong, known) = quoted.split_first()?;
    if !text.starts_with("unknown ") || known.is_empty() {
        return None;
    }
    Some(unknown("name", wrong, known.iter().copied()))
}

fn check_treatment(field: &str, treatment: Treatment) -> Checked {
    if treatment.then == Disposition::Defer {
        return Err(bad(field, "a setting cannot put mail off for ever; choose junk, delete or refuse"));
    }
    if treatment.then == Disposition::RemovePart {
        return Err(bad(field, "a part is removed where a virus was found: choose it for actions.malware"));
    }
    Ok(())
}

fn check_label(label: &str) -> Checked {
    let length = label.chars().count();
    if label.trim().is_empty() || length > LABEL_LIMIT {
        return Err(bad("label", format!("a label has 1 to {LABEL_LIMIT} characters, this one has {length}")));
    }
    if label.chars().any(char::is_control) {
        return Err(bad("label", "a label holds no line ends or other control characters"));
    }
    Ok(())
}

fn check_length(list: &str, length: usize) -> Checked {
    if length > ENTRY_LIMIT {
        return Err(bad(list, format!("{length} entries are more than the {ENTRY_LIMIT} that a list can hold")));
    }
    Ok(())
}

fn check_entries(list: &str, entries: &[Entry]) -> Checked {
    check_length(list, entries.len())?;
    for (at, entry) in entries.iter().enumerate() {
        let right = match &entry.pattern {
            Pattern::Address(text) => Address::parse(text).map(|address| address.key()).map_err(|e| e.to_string()),
            Pattern::Domain(text) | Pattern::Subdomains(text) => {
                Domain::parse(text).map(|domain| domain.as_str().to_owned()).map_err(|e| e.to_string())
            }
            Pattern::Part(text) if text.trim().is_empty() => Err("a part of an address cannot be empty".into()),
            Pattern::Part(text) => Ok(text.to_lowercase()),
            Pattern::Phone(text) => phone(text).ok_or_else(|| "this is not a telephone number".to_owned()),
            Pattern::Everyone | Pattern::WithAt | Pattern::WithoutAt => continue,
        };
        let field = format!("{list}[{at}].text");
        let right = right.map_err(|problem| bad(&field, problem))?;
        let (Pattern::Address(text)
        | Pattern::Domain(text)
        | Pattern::Subdomains(text)
        | Pattern::Part(text)
        | Pattern::Phone(text)) = &entry.pattern
        else {
            continue;
        };
        if *text != right {
            return Err(bad(&field, format!("write it as {right}")));
        }
    }
    Ok(())
}

/// "… is not a …", with the nearest known name where one is near.
fn unknown<'a>(kind: &str, wrong: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let nearest = known
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(wrong, name), name))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, name)| *distance <= name.len().max(3) / 2);
    match nearest {
        Some((_, name)) => format!("there is no {kind} \"{wrong}\"; did you mean \"{name}\"?"),
        None => format!("there is no {kind} \"{wrong}\""),
    }
}

fn bad(field: &str, problem: impl Into<String>) -> BadLayer {
    BadLayer { field: field.into(), problem: problem.into() }
}
