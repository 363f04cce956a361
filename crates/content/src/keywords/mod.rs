//! Keyword rules of IN-05 and SUB-16: what an operator or a person writes down to be looked for.
//!
//! A rule says only what it matches; what then happens is policy's. Texts are compared in the folded form (letter
//! case, full-width, zero-width and look-alike letters count as the same), and where letters are set apart
//! (`r_e_p_l_c_@`), in the squeezed form too.

mod fields;
mod matching;
mod wildcard;

use message::{Envelope, Message};
use serde::{Deserialize, Serialize};

pub use fields::Fields;
use matching::Sought;

/// Characters that one keyword may have.
pub const TEXT_LIMIT: usize = 500;

/// Conditions that one rule may have.
pub const CONDITIONS_LIMIT: usize = 50;

/// Where a keyword is looked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// The addresses of From, and the envelope sender.
    FromAddress,
    /// The domain of From, and of the envelope sender. An exact match also covers names below it.
    FromDomain,
    /// Subject.
    Subject,
    /// To.
    To,
    /// Cc.
    Cc,
    /// Date, as written.
    Date,
    /// Any Received field.
    Received,
    /// Return-Path, or the envelope sender.
    ReturnPath,
    /// X-Mailer and User-Agent.
    XMailer,
    /// Content-Type, as written.
    ContentType,
    /// Any declared charset.
    Charset,
    /// A header field by name.
    Header(String),
    /// Any header field: `Name: value`.
    AllHeaders,
    /// What a reader sees of the body.
    Body,
}

/// How a keyword is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchKind {
    /// The whole field.
    Exact,
    /// The field's beginning.
    Prefix,
    /// The field's end.
    Suffix,
    /// Anywhere in the field.
    Contains,
    /// `*` any text, `?` any one character; the whole field.
    Wildcard,
}

/// How several conditions are joined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Join {
    /// Every condition must hold.
    #[default]
    All,
    /// One is enough.
    Any,
}

/// One condition.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// Where to look.
    pub field: Field,
    /// How to compare.
    pub kind: MatchKind,
    /// What to look for.
    pub text: String,
}

/// One keyword rule of an operator or a person.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeywordRule {
    /// Stable within its owner's rules.
    pub id: String,
    /// What its owner calls it.
    #[serde(default)]
    pub name: String,
    /// Switched off rules match nothing.
    #[serde(default = "enabled")]
    pub enabled: bool,
    /// How the conditions are joined.
    #[serde(default)]
    pub join: Join,
    /// What to look for.
    pub conditions: Vec<Condition>,
}

/// Why a rule matched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WhatMatched {
    /// The rule's id.
    pub rule: String,
    /// The condition that matched; of rules joined by "all" the first.
    pub condition: Condition,
    /// The text in which it was found, folded and shortened.
    pub found: String,
}

/// Why a rule cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct KeywordError {
    /// The field concerned, such as `conditions[1].text`.
    pub field: String,
    /// What is wrong with it.
    pub problem: &'static str,
}

impl KeywordRule {
    /// Whether the rule can be used as it is.
    pub fn validate(&self) -> Result<(), KeywordError> {
        let error = |field: String, problem| Err(KeywordError { field, problem });
        if self.id.trim().is_empty() {
            return error("id".into(), "an id is needed");
        }
        if self.conditions.is_empty() {
            return error("conditions".into(), "a rule needs at least one condition");
        }
        if self.conditions.len() > CONDITIONS_LIMIT {
            return error("conditions".into(), "a rule has at most 50 conditions");
        }
        for (index, condition) in self.conditions.iter().enumerate() {
            if let Some((part, problem)) = condition.fault() {
                return error(format!("conditions[{index}].{part}"), problem);
            }
        }
        Ok(())
    }

    /// Whether the rule applies to a message, and why. For many rules on one message, make [`Fields`] once; for many messages, make the
    /// rule ready once ([`Prepared`]).
    pub fn matches(&self, message: &Message, envelope: &Envelope) -> Option<WhatMatched> {
        self.matches_in(&Fields::new(message, envelope))
    }

    /// The same on fields that were folded already.
    pub fn matches_in(&self, fields: &Fields<'_>) -> Option<WhatMatched> {
        let sought: Vec<Sought> = self.conditions.iter().map(Sought::of).collect();
        self.matches_with(&sought, fields)
    }

    fn matches_with(&self, sought: &[Sought], fields: &Fields<'_>) -> Option<WhatMatched> {
        if !self.enabled {
            return None;
        }
        let conditions = self.conditions.iter().zip(sought);
        let mut found = conditions.map(|(condition, sought)| (condition, matching::find(condition, sought, fields)));
        let (condition, text) = match self.join {
            Join::Any => found.find_map(|(condition, text)| text.map(|text| (condition, text)))?,
            Join::All => {
                let (first, text) = found.next()?;
                let text = text?;
                if !found.all(|(_, text)| text.is_some()) {
                    return None;
                }
                (first, text)
            }
        };
        Some(WhatMatched { rule: self.id.clone(), condition: condition.clone(), found: text })
    }
}

/// A rule made ready for many messages: what it looks for has been folded.
#[derive(Clone, Debug)]
pub struct Prepared {
    rule: KeywordRule,
    sought: Box<[Sought]>,
}

impl From<KeywordRule> for Prepared {
    fn from(rule: KeywordRule) -> Self {
        Self { sought: rule.conditions.iter().map(Sought::of).collect(), rule }
    }
}

impl Prepared {
    /// The rule.
    pub fn rule(&self) -> &KeywordRule {
        &self.rule
    }

    /// Whether it applies to a message, and why.
    pub fn matches_in(&self, fields: &Fields<'_>) -> Option<WhatMatched> {
        self.rule.matches_with(&self.sought, fields)
    }
}

impl Condition {
    fn fault(&self) -> Option<(&'static str, &'static str)> {
        let folded = message::normal::fold(&self.text);
        if folded.trim().is_empty() {
            return Some(("text", "there is nothing to look for"));
        }
        if self.text.chars().count() > TEXT_LIMIT {
            return Some(("text", "a keyword has at most 500 characters"));
        }
        if self.text.contains(['\r', '\n', '\0']) {
            return Some(("text", "a keyword is one line"));
        }
        if self.kind == MatchKind::Wildcard && folded.chars().all(|c| c == '*') {
            return Some(("text", "this would match everything"));
        }
        match &self.field {
            Field::Header(name) if name.is_empty() || !name.bytes().all(|b| b.is_ascii_graphic() && b != b':') => {
                Some(("field", "this is not the name of a header field"))
            }
            _ => None,
        }
    }
}

fn enabled() -> bool {
    true
}
