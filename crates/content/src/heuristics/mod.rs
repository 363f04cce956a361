//! The heuristic filter of IN-07: many small rules, each with points in log-odds, as data.
//!
//! Rules stand in `rules/*.toml`, with titles in both languages and their tests beside them.

use message::{Authentication, Envelope, Message};

/// What a rule may look at.
#[derive(Clone, Copy, Debug)]
pub struct HeuristicFacts<'a> {
    /// The message.
    pub message: &'a Message,
    /// Its envelope.
    pub envelope: &'a Envelope,
    /// Who sent it; `None` where it is not known (and then no rule about it hits).
    pub authentication: Option<&'a Authentication>,
}

/// What kind of mail a rule hints at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClassHint {
    /// Nothing in particular.
    Spam,
    /// It wants passwords or card numbers.
    Phishing,
    /// It claims money for something never ordered.
    FeeFraud,
    /// Dating and adult sites.
    Dating,
    /// Mail that one may have asked for.
    Newsletter,
    /// It carries something dangerous.
    Malware,
}

/// A rule that applies to a message.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Hit {
    /// The rule's id; [`RuleSet::get`] gives its titles.
    pub rule: String,
    /// What it counts, in log-odds.
    pub points: f64,
    /// What kind of mail it hints at.
    pub class: Option<ClassHint>,
    /// What was found, such as a host or a word; shown beside the title.
    pub arguments: Vec<String>,
}

/// One rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Unique, stable, lower case with hyphens.
    pub id: String,
    /// What it counts, in log-odds.
    pub points: f64,
    /// What it says, in Japanese.
    pub title_ja: String,
    /// What it says, in English.
    pub title_en: String,
    /// What kind of mail it hints at.
    pub class: Option<ClassHint>,
}

/// Rules ready to be used.
#[derive(Clone, Debug, Default)]
pub struct RuleSet {
    rules: Vec<Rule>,
}

/// Why a rule file cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {field}: {problem}")]
pub struct RuleError {
    /// The file, as it was named to [`RuleSet::parse`].
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The rule and field concerned.
    pub field: String,
    /// What is wrong, with the nearest known key where one was mistyped.
    pub problem: String,
}

impl RuleSet {
    /// Reads rules from TOML text; `name` is the file's name for error messages.
    pub fn parse(name: &str, text: &str) -> Result<Self, RuleError> {
        let _ = (name, text);
        Ok(Self::default())
    }

    /// The rules that come with the program.
    pub fn shipped() -> Self {
        Self::default()
    }

    /// Every rule, in the order of the files.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The rule of that id.
    pub fn get(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == id)
    }

    /// Which rules apply to a message.
    pub fn evaluate(&self, facts: &HeuristicFacts<'_>) -> Vec<Hit> {
        let _ = facts;
        Vec::new()
    }
}
