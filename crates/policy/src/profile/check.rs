//! Reads a profile and says clearly what is wrong with it.

use std::collections::BTreeSet;

use controls::inbound::CONTROLS;
use controls::kinds::Kinds;

use super::{FIELD_NAMES, Kind, Profile, Words};
use crate::treatments::treatment;

/// Why a profile cannot be taken: a clear text naming the key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {problem}")]
pub struct BadProfile {
    /// The key; empty where the text is not TOML or a key is unknown, which the problem then names with its line.
    pub key: String,
    /// What is wrong, and what would be right.
    pub problem: String,
}

/// Characters of an id.
const ID_LIMIT: usize = 40;

impl Profile {
    /// Reads TOML and checks every value.
    pub fn from_toml(text: &str) -> Result<Self, BadProfile> {
        let profile: Self = toml::from_str(text).map_err(|wrong| bad("profile", wrong.to_string()))?;
        profile.check()?;
        Ok(profile)
    }

    /// As TOML.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).unwrap_or_default()
    }

    /// Adds domains to the kinds of sender from lines of `kind TAB domain`; a kind that the profile does not know yet gets
    /// its id as its name. Lines that begin with `#` say nothing.
    pub fn add_domains(&mut self, table: &str) -> Result<usize, BadProfile> {
        let mut added = 0;
        for (at, line) in table.lines().enumerate() {
            let line = line.trim_end();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let place = format!("line {}", at + 1);
            let (kind, domain) =
                line.split_once('\t').ok_or_else(|| bad(&place, "a line is a kind, a tab and a domain"))?;
            let (kind, domain) = (kind.trim(), domain.trim());
            Kinds::default().add(kind, domain).map_err(|wrong| bad(&place, wrong.to_string()))?;
            let known = self.kinds.iter().position(|known| known.id == kind);
            let known = known.unwrap_or_else(|| {
                let name = Words { ja: kind.to_owned(), en: kind.to_owned() };
                self.kinds.push(Kind { id: kind.to_owned(), name, phs: false, domains: Vec::new() });
                self.kinds.len() - 1
            });
            if let Some(kind) = self.kinds.get_mut(known)
                && !kind.domains.iter().any(|own| own == domain)
            {
                kind.domains.push(domain.to_owned());
                added += 1;
            }
        }
        self.check()?;
        Ok(added)
    }

    /// Checks every value.
    pub fn check(&self) -> Result<(), BadProfile> {
        self.check_kinds()?;
        self.check_bundles()?;
        self.check_names()?;
        self.check_filters()?;
        self.digest.check().map_err(|wrong| bad("digest", wrong))?;
        if let Some(digits) = self.secret_code_digits.filter(|digits| !(3..=8).contains(digits)) {
            return Err(bad("secret_code_digits", format!("{digits} is not between 3 and 8")));
        }
        if let Some(address) = self.header_view.as_ref().and_then(|view| view.report_to.as_deref())
            && message::Address::parse(address).is_err()
        {
            return Err(bad("header_view.report_to", format!("\"{address}\" is not an address")));
        }
        if let Some((group, _)) = self.entitlements.first_months.iter().find(|(_, first)| first.months == 0) {
            return Err(bad(&format!("entitlements.first_months.{group}"), "first months are one at least"));
        }
        if self.defaults.profile.is_some() || self.defaults.consent.is_some() || self.defaults.default_on.is_some() {
            return Err(bad("defaults", "a profile holds no profile, and consent is never part of one"));
        }
        self.defaults.check().map_err(|wrong| bad(&format!("defaults.{}", wrong.field), wrong.problem))
    }

    fn check_kinds(&self) -> Result<(), BadProfile> {
        let mut ids = BTreeSet::new();
        for kind in &self.kinds {
            let key = format!("kinds.{}", kind.id);
            check_id(&key, &kind.id)?;
            check_words(&key, &kind.name)?;
            if !ids.insert(&kind.id) || kind.id == controls::kinds::INTERNET {
                return Err(bad(&key, "this id stands there twice, or is the program's own"));
            }
            for domain in &kind.domains {
                Kinds::default().add(&kind.id, domain).map_err(|wrong| bad(&key, wrong.to_string()))?;
            }
        }
        Ok(())
    }

    fn check_bundles(&self) -> Result<(), BadProfile> {
        let mut ids = BTreeSet::new();
        for preset in &self.presets {
            let key = format!("presets.{}", preset.id);
            check_id(&key, &preset.id)?;
            check_words(&key, &preset.name)?;
            check_words(&key, &preset.about)?;
            if !ids.insert(preset.id.as_str()) {
                return Err(bad(&key, "this id stands there twice"));
            }
            check_bundle(&key, &preset.set)?;
        }
        for question in &self.wizard {
            let key = format!("wizard.{}", question.id);
            check_id(&key, &question.id)?;
            check_words(&key, &question.question)?;
            if question.answers.is_empty() {
                return Err(bad(&key, "a question without answers cannot be asked"));
            }
            for answer in &question.answers {
                let key = format!("{key}.{}", answer.id);
                check_id(&key, &answer.id)?;
                check_words(&key, &answer.text)?;
                check_bundle(&key, &answer.set)?;
                if let Some(preset) = answer.preset.as_deref().filter(|preset| !ids.contains(preset)) {
                    return Err(bad(&key, format!("there is no preset \"{preset}\"")));
                }
            }
        }
        for level in &self.levels.named {
            check_id(&format!("levels.{}", level.id), &level.id)?;
            check_words(&format!("levels.{}", level.id), &level.name)?;
        }
        Ok(())
    }

    fn check_names(&self) -> Result<(), BadProfile> {
        let fields = self.rules.fields.iter().chain(&self.rules.receive_fields);
        let fields = fields.chain(self.rules.refuse_most_of.keys()).chain(self.rules.receive_most_of.keys());
        for field in fields.chain(self.rules.kinds_of.keys()) {
            if !FIELD_NAMES.contains(&field.as_str()) {
                return Err(bad(
                    "rules",
                    format!("there is no field \"{field}\"; they are {}", FIELD_NAMES.join(", ")),
                ));
            }
        }
        let lists = [("actions", &self.actions), ("rules.actions", &self.rules.actions)];
        for (key, names) in lists.into_iter().chain([("impersonation.actions", &self.impersonation.actions)]) {
            if let Some(wrong) = names.iter().find(|name| treatment(name).is_none()) {
                return Err(bad(key, format!("there is no action \"{wrong}\"")));
            }
        }
        let reasons = self.conditions.iter().flatten().chain(&self.internet_only);
        for reason in reasons.filter(|reason| *reason != "threshold") {
            let known =
                CONTROLS.iter().any(|control| control.reasons.contains(&reason.as_str()) || control.gives(reason));
            if !known {
                return Err(bad("conditions", format!("there is no condition \"{reason}\"")));
            }
        }
        Ok(())
    }
}

/// A bundle sets what a person could set; consent is never part of one.
fn check_bundle(key: &str, set: &crate::settings::Layer) -> Result<(), BadProfile> {
    if set.consent.is_some() || set.default_on.is_some() || set.profile.is_some() || set.secret_code.is_some() {
        return Err(bad(key, "consent, a profile and a secret code are never part of a bundle"));
    }
    set.check().map_err(|wrong| bad(&format!("{key}.set.{}", wrong.field), wrong.problem))
}

fn check_id(key: &str, id: &str) -> Result<(), BadProfile> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if id.is_empty() || id.len() > ID_LIMIT || !id.chars().all(fits) {
        return Err(bad(key, format!("an id has 1 to {ID_LIMIT} of a to z, 0 to 9 and -")));
    }
    Ok(())
}

fn check_words(key: &str, words: &Words) -> Result<(), BadProfile> {
    if words.ja.trim().is_empty() || words.en.trim().is_empty() {
        return Err(bad(key, "what people read stands there in Japanese and in English"));
    }
    Ok(())
}

pub(super) fn bad(key: &str, problem: impl Into<String>) -> BadProfile {
    BadProfile { key: key.into(), problem: problem.into() }
}
