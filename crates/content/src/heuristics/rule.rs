//! One rule: what a person reads about it, what it counts, and its condition as written.

use serde::Deserialize;
use toml::Spanned;

use super::Hit;
use super::trial::Trial;

/// What kind of mail a rule hints at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, Deserialize)]
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

/// One rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Unique, stable, lower case with hyphens.
    pub id: String,
    /// What it counts, in log-odds; negative where it speaks for wanted mail.
    pub points: f64,
    /// A trait of advertising, wanted or not: such traits together count only so far.
    pub advertising: bool,
    /// It names something that spam sells and others write about: of several such, together the heaviest alone counts.
    pub goods: bool,
    /// What it says, in Japanese.
    pub title_ja: String,
    /// What it says, in English.
    pub title_en: String,
    /// What kind of mail it hints at.
    pub class: Option<ClassHint>,
    /// Mail on which it must hit.
    pub hits: Vec<Trial>,
    /// Mail on which it must not.
    pub misses: Vec<Trial>,
    /// An operator wrote it; it does not come with the program.
    pub own: bool,
    /// Where it stands: file and line.
    pub place: String,
}

impl Rule {
    /// That it applies, and what it found.
    pub fn hit(&self, arguments: Vec<String>) -> Hit {
        let titles = self.own.then(|| [self.title_ja.clone(), self.title_en.clone()]);
        Hit { rule: self.id.clone(), points: self.points, class: self.class, arguments, titles }
    }
}

/// A rule file as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    #[serde(default)]
    pub(super) rule: Vec<Spanned<Written>>,
}

/// A rule as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    pub(super) id: Spanned<String>,
    pub(super) points: Spanned<f64>,
    #[serde(default)]
    pub(super) advertising: bool,
    #[serde(default)]
    pub(super) goods: bool,
    pub(super) title_ja: String,
    pub(super) title_en: String,
    pub(super) class: Option<ClassHint>,
    pub(super) when: Spanned<When>,
    #[serde(default)]
    pub(super) hits: Vec<Trial>,
    #[serde(default)]
    pub(super) misses: Vec<Trial>,
}

/// A condition as written: a table of exactly one key.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum When {
    /// Every one of these.
    All(Vec<When>),
    /// At least one of these.
    Any(Vec<When>),
    /// Not this.
    Not(Box<When>),
    /// A fact by name (see `facts/`).
    Is(String),
    /// A number by name, within bounds.
    Number(Bounds),
    /// A header field of that name is there.
    Header(String),
    /// No header field of that name is there.
    Missing(String),
    /// A header field's decoded value matches.
    HeaderMatches(HeaderPattern),
    /// The folded subject matches.
    Subject(String),
    /// The folded body matches.
    Body(String),
    /// The folded subject or body matches.
    Text(String),
    /// A link's target matches.
    Link(String),
    /// One attachment matches in everything that is given.
    Attachment(AttachmentPattern),
}

/// Bounds of a number, both inclusive.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Bounds {
    pub(super) of: String,
    pub(super) at_least: Option<usize>,
    pub(super) at_most: Option<usize>,
}

/// A header field and what its value must match.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HeaderPattern {
    pub(super) name: String,
    pub(super) matches: String,
}

/// What one attachment must match: all that is given, on lower-case text.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AttachmentPattern {
    pub(super) name: Option<String>,
    pub(super) declared: Option<String>,
    pub(super) actual: Option<String>,
}
