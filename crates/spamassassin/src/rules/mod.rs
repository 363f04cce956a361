//! Rule files and what becomes of them: [`RuleSet`].

mod build;
mod draft;
mod error;
mod expression;
mod known;
mod read;
mod replace;
mod settings;
mod take;

use crate::eval::Call;
use crate::pattern::Pattern;
use crate::run::Area;
use crate::view::Request;

pub use error::{RuleFileError, Unusable};
pub(crate) use expression::Expression;
pub use read::RuleFile;
pub(crate) use settings::Settings;

/// One rule that runs.
#[derive(Debug)]
pub struct Rule {
    /// Its name, as in the files.
    pub name: String,
    /// What it says, from `describe`; empty where nothing describes it.
    pub description: String,
    /// Its points, in SpamAssassin's measure: 5.0 in all is spam.
    pub score: f64,
    pub(crate) test: Test,
    /// Most hits that count; 1 without `tflags multiple`.
    pub(crate) most: usize,
    pub(crate) without_subject: bool,
}

impl Rule {
    /// Whether it only serves other rules: its name begins with two underscores and it has no points of its own.
    pub fn is_part(&self) -> bool {
        self.name.starts_with("__")
    }
}

/// What a rule looks at.
#[derive(Debug)]
pub(crate) enum Test {
    Header { request: usize, pattern: Pattern, negated: bool, unset: Option<Vec<u8>> },
    Exists { request: usize, negated: bool },
    Body(Pattern),
    RawBody(Pattern),
    Full(Pattern),
    Uri(Pattern),
    Call(Call),
    MimeHeader(MimeHeader),
    UriDetail(Vec<Condition>),
    Meta(Expression),
}

impl Test {
    pub(crate) fn pattern(&self) -> Option<&Pattern> {
        match self {
            Self::Header { pattern, .. }
            | Self::Body(pattern)
            | Self::RawBody(pattern)
            | Self::Full(pattern)
            | Self::Uri(pattern) => Some(pattern),
            _ => None,
        }
    }
}

/// A rule over the header of every part.
#[derive(Debug)]
pub(crate) struct MimeHeader {
    pub(crate) name: String,
    pub(crate) raw: bool,
    pub(crate) negated: bool,
    pub(crate) pattern: Pattern,
    pub(crate) unset: Vec<u8>,
    pub(crate) joined: bool,
    /// Numbers of the parts looked at, from 1.
    pub(crate) parts: std::ops::RangeInclusive<usize>,
}

/// One condition of a `uri_detail` rule.
#[derive(Debug)]
pub(crate) struct Condition {
    pub(crate) target: Target,
    pub(crate) negated: bool,
    pub(crate) pattern: Pattern,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Raw,
    Type,
    Cleaned,
    Text,
    Domain,
    Host,
}

/// How many rules there are of what kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Defined in the files.
    pub defined: usize,
    /// Run on mail.
    pub running: usize,
    /// Given a score of 0 for a filter without network and learning, and so not run.
    pub switched_off: usize,
    /// Cannot run here, see [`RuleSet::unusable`].
    pub unusable: usize,
}

/// Rules ready to be used.
#[derive(Debug)]
pub struct RuleSet {
    pub(crate) rules: Vec<Rule>,
    pub(crate) settings: Settings,
    /// What header rules ask for.
    pub(crate) requests: Vec<(String, Request)>,
    /// Rules over each of these, by number.
    pub(crate) headers: Vec<Area>,
    pub(crate) body: Area,
    pub(crate) raw_body: Area,
    pub(crate) full: Area,
    pub(crate) uri: Area,
    /// Rules that are neither, and then `meta` rules in an order in which each comes after what it asks.
    pub(crate) others: Vec<usize>,
    pub(crate) metas: Vec<usize>,
    unusable: Vec<Unusable>,
    count: Count,
}

impl RuleSet {
    /// Reads rule files in this order; later lines of the same name win.
    ///
    /// # Errors
    /// The first line that cannot be understood, by file and number. Rules that are well written and cannot run here
    /// are no error: [`RuleSet::unusable`] lists them.
    pub fn parse(files: &[RuleFile]) -> Result<Self, RuleFileError> {
        let mut draft = draft::Draft { plugins: known::plugins(), ..draft::Draft::default() };
        draft.settings.originating =
            ["X-Yahoo-Post-IP", "X-Originating-IP", "X-Apparently-From", "X-SenderIP"].map(str::to_owned).to_vec();
        for file in files {
            read::read(file, &mut draft)?;
        }
        build::build(draft)
    }

    /// Every rule that runs.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The rule of that name, where it runs.
    pub fn get(&self, name: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.name == name)
    }

    /// Rules that cannot run, with the reason.
    pub fn unusable(&self) -> &[Unusable] {
        &self.unusable
    }

    /// How many rules there are of what kind.
    pub fn count(&self) -> Count {
        self.count
    }
}
