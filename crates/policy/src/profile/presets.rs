//! Presets and the answers of the wizard, put on a person's own settings (SUB-04).
//!
//! Whatever some bundle of the profile speaks of is taken off first, so that going from a strong preset to a weak one
//! leaves nothing of the strong one behind. Lists, the digest and everything that no bundle speaks of stay.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::{Preset, Profile};
use crate::settings::{BadLayer, Layer};

/// Bundles that are put on together, the later on top.
#[derive(Clone, Debug, Default)]
pub struct Bundles<'p> {
    /// The preset among them; stored with the settings.
    pub preset: Option<&'p Preset>,
    /// Of the wizard, in the order of its questions.
    pub answers: Vec<&'p Layer>,
}

impl Profile {
    /// A preset by its id.
    pub fn preset(&self, id: &str) -> Option<&Preset> {
        self.presets.iter().find(|preset| preset.id == id)
    }

    /// What the answers to the wizard's questions set: by the id of the question the id of the answer. A question without
    /// an answer, or with one that is not there, counts as answered by its first.
    pub fn answered(&self, answers: &BTreeMap<String, String>) -> Bundles<'_> {
        let mut out = Bundles::default();
        for question in &self.wizard {
            let given = answers.get(&question.id);
            let answer = question.answers.iter().find(|answer| given == Some(&answer.id));
            let Some(answer) = answer.or_else(|| question.answers.first()) else { continue };
            if let Some(preset) = answer.preset.as_deref().and_then(|id| self.preset(id)) {
                out.preset = Some(preset);
            }
            out.answers.push(&answer.set);
        }
        out
    }

    /// Puts bundles on a person's settings.
    pub fn put_on(&self, layer: &Layer, bundles: &Bundles<'_>) -> Result<Layer, BadLayer> {
        let mut own = as_map(layer);
        self.take_off(&mut own);
        for set in bundles.preset.map(|preset| &preset.set).into_iter().chain(bundles.answers.iter().copied()) {
            for (key, value) in as_map(set) {
                put(&mut own, key, value);
            }
        }
        own.remove("preset");
        if let Some(preset) = bundles.preset {
            own.insert("preset".into(), Value::String(preset.id.clone()));
        }
        Layer::from_json(&Value::Object(own).to_string())
    }

    /// Takes off what some bundle speaks of.
    fn take_off(&self, own: &mut Map<String, Value>) {
        let presets = self.presets.iter().map(|preset| &preset.set);
        let answers = self.wizard.iter().flat_map(|question| &question.answers).map(|answer| &answer.set);
        let mut whole: BTreeSet<String> = BTreeSet::new();
        let mut parts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for set in presets.chain(answers) {
            for (key, value) in as_map(set) {
                match value {
                    Value::Object(map) if is_map(&key) => {
                        parts.entry(key).or_default().extend(map.into_iter().map(|(name, _)| name));
                    }
                    Value::Array(_) => {}
                    _ => {
                        whole.insert(key);
                    }
                }
            }
        }
        // Mail about held mail is no part of how strict anything is: it changes only where an answer says so.
        whole.remove("digest");
        own.retain(|key, _| !whole.contains(key));
        for (key, names) in parts {
            if let Some(Value::Object(map)) = own.get_mut(&key) {
                map.retain(|name, _| !names.contains(name));
            }
        }
    }
}

/// Keys whose value is a map of which each entry stands for itself.
fn is_map(key: &str) -> bool {
    matches!(key, "conditions" | "actions" | "modes" | "unknown")
}

fn put(own: &mut Map<String, Value>, key: String, value: Value) {
    match (own.get_mut(&key), value) {
        (Some(Value::Object(there)), Value::Object(new)) if is_map(&key) => there.extend(new),
        (Some(Value::Array(there)), Value::Array(new)) => {
            for one in new {
                if !there.contains(&one) {
                    there.push(one);
                }
            }
        }
        (_, value) => {
            own.insert(key, value);
        }
    }
}

fn as_map(layer: &Layer) -> Map<String, Value> {
    match serde_json::to_value(layer) {
        Ok(Value::Object(map)) => map,
        _ => Map::new(),
    }
}
