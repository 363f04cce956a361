//! Keyword rules of IN-05 and SUB-16: what an operator or a person writes down to be looked for.
//!
//! A rule says only what it matches; what then happens is policy's.

use message::{Envelope, Message};
use serde::{Deserialize, Serialize};

/// Where a keyword is looked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// The addresses of From, and the envelope sender.
    FromAddress,
    /// The domain of From, and of the envelope sender. A suffix or exact match also covers names below it.
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
    /// The text that matched, shortened.
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
        Ok(())
    }

    /// Whether the rule applies to a message, and why.
    pub fn matches(&self, message: &Message, envelope: &Envelope) -> Option<WhatMatched> {
        let _ = (message, envelope);
        None
    }
}

fn enabled() -> bool {
    true
}
