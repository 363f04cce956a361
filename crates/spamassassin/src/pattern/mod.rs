//! Perl's regular expressions on octets, as rule files write them.
//!
//! A pattern is read into a tree ([`parse`]) and runs on the linear-time engine. Where it needs look-around,
//! back-references or atomic groups, a linear over-approximation is asked first, and only what passes it goes to a
//! backtracking machine with a bound on its steps. Engines are built when a text first needs them.

mod emit;
mod machine;
mod parse;
mod program;
mod required;
mod tree;

use std::sync::OnceLock;

use regex::bytes::{Regex, RegexBuilder};

use machine::Machine;
use program::Program;
pub(crate) use required::Required;
use tree::Node;

/// Why a pattern cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// Not a pattern at all; Perl would refuse it too.
    #[error("{0}")]
    Syntax(String),
    /// Perl knows it and this program does not.
    #[error("{0} is not supported in patterns")]
    Unsupported(&'static str),
    /// Repetitions in repetitions: more states than any mail is worth.
    #[error("the pattern is too large once its repetitions are written out")]
    TooLarge,
}

/// Steps of the backtracking machine for one text; what takes more does not match.
const STEPS: usize = 400_000;

/// Octets of an automaton that is built.
const AUTOMATON: usize = 16 << 20;

/// Octets of an automaton's cache of states.
const CACHE: usize = 8 << 20;

/// A pattern ready to be used.
#[derive(Debug)]
pub struct Pattern {
    linear: String,
    /// The exact pattern, where the linear one lets more through than it should.
    exact: Option<Program>,
    required: Required,
    has_ends: bool,
    linear_engine: OnceLock<Option<Regex>>,
}

impl Pattern {
    /// Reads a pattern without delimiters.
    pub fn new(written: impl AsRef<[u8]>) -> Result<Self, PatternError> {
        let tree = parse::parse(written.as_ref())?;
        Self::of(&tree)
    }

    /// Reads a pattern between delimiters, with its modifiers: `/…/i`, `m{…}x`, `m'…'`.
    pub fn delimited(written: &[u8]) -> Result<Self, PatternError> {
        Self::new(undelimited(written)?)
    }

    fn of(tree: &Node) -> Result<Self, PatternError> {
        if tree.linear_weight() > tree::WEIGHT {
            return Err(PatternError::TooLarge);
        }
        let exact = if tree.is_linear() {
            None
        } else {
            Some(Program::of(tree).ok_or(PatternError::Unsupported("a look-behind without a bound"))?)
        };
        Ok(Self {
            linear: emit::linear(tree),
            exact,
            required: Required::of(tree),
            has_ends: tree.has_ends(),
            linear_engine: OnceLock::new(),
        })
    }

    /// Texts of which one must be there for the pattern to match.
    pub(crate) fn required(&self) -> &Required {
        &self.required
    }

    /// Whether it may match one of the texts that stand here in a row. `false` is certain.
    pub(crate) fn may_match(&self, texts: &[u8]) -> bool {
        self.has_ends || self.linear_engine().is_some_and(|engine| engine.is_match(texts))
    }

    /// Whether it matches somewhere.
    pub fn is_match(&self, text: &[u8]) -> bool {
        let Some(linear) = self.linear_engine() else { return false };
        match &self.exact {
            None => linear.is_match(text),
            Some(program) => linear.is_match(text) && Machine::new(program, text, STEPS).find(0).is_some(),
        }
    }

    /// How often it matches, up to a bound.
    pub fn count(&self, text: &[u8], most: usize) -> usize {
        if most <= 1 {
            return usize::from(most == 1 && self.is_match(text));
        }
        let Some(linear) = self.linear_engine() else { return 0 };
        let Some(program) = &self.exact else { return linear.find_iter(text).take(most).count() };
        if !linear.is_match(text) {
            return 0;
        }
        let mut machine = Machine::new(program, text, STEPS);
        let (mut count, mut at) = (0, 0);
        while count < most
            && let Some((start, end)) = machine.find(at)
        {
            count += 1;
            at = if end > start { end } else { end + 1 };
        }
        count
    }

    /// What its first group holds where it matches first.
    pub fn first_group(&self, text: &[u8]) -> Option<Vec<u8>> {
        self.groups(text)?.into_iter().nth(1)?
    }

    /// What each group holds where it matches first; the whole match is group 0.
    pub(crate) fn groups(&self, text: &[u8]) -> Option<Vec<Option<Vec<u8>>>> {
        let linear = self.linear_engine()?;
        let Some(program) = &self.exact else {
            let found = linear.captures(text)?;
            return Some(found.iter().map(|group| group.map(|group| group.as_bytes().to_vec())).collect());
        };
        if !linear.is_match(text) {
            return None;
        }
        let mut machine = Machine::new(program, text, STEPS);
        let (start, end) = machine.find(0)?;
        let whole = text.get(start..end).map(<[u8]>::to_vec);
        let groups = (1..=machine.groups()).map(|number| machine.group(number).map(<[u8]>::to_vec));
        Some(std::iter::once(whole).chain(groups).collect())
    }

    fn linear_engine(&self) -> Option<&Regex> {
        let build = || {
            let mut builder = RegexBuilder::new(&self.linear);
            builder.unicode(false).size_limit(AUTOMATON).dfa_size_limit(CACHE).build().ok()
        };
        self.linear_engine.get_or_init(build).as_ref()
    }

    /// Builds its engine now: whether it can be built at all.
    pub fn is_usable(&self) -> bool {
        self.linear_engine().is_some()
    }
}

/// The pattern inside delimiters, its modifiers in front.
pub(crate) fn undelimited(written: &[u8]) -> Result<Vec<u8>, PatternError> {
    let syntax = |text: &str| PatternError::Syntax(text.to_owned());
    let rest = written.strip_prefix(b"qr").or_else(|| written.strip_prefix(b"m")).unwrap_or(written);
    let (&open, inside) = rest.split_first().ok_or_else(|| syntax("no pattern"))?;
    if rest.len() == written.len() && open != b'/' || open.is_ascii_alphanumeric() || open == b'\\' {
        return Err(syntax("a pattern stands between slashes"));
    }
    let close = match open {
        b'(' => b')',
        b'{' => b'}',
        b'<' => b'>',
        b'[' => b']',
        other => other,
    };
    let end = memchr::memrchr(close, inside).ok_or_else(|| syntax("the closing delimiter is missing"))?;
    let (pattern, modifiers) = (&inside[..end], &inside[end + 1..]);
    if !modifiers.iter().all(u8::is_ascii_lowercase) {
        return Err(syntax("unknown modifiers after the pattern"));
    }
    let known: Vec<u8> = modifiers.iter().copied().filter(|octet| b"imsx".contains(octet)).collect();
    Ok(if known.is_empty() { pattern.to_vec() } else { [b"(?", known.as_slice(), b")", pattern].concat() })
}
