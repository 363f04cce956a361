//! A rule's condition, ready to be evaluated: names resolved, patterns compiled.

use regex::{Regex, RegexBuilder};

use super::error::nearest;
use super::facts::{FACTS, Fact, NUMBERS, Number, View};
use super::literals::{Candidates, Literals};
use super::rule::{AttachmentPattern, When};

/// Octets that one compiled pattern may take.
const PATTERN_SIZE: usize = 1024 * 1024;

/// How deep conditions may be nested.
const DEPTH: usize = 16;

/// Characters of matched text that are given as an argument.
const SHOWN: usize = 60;

/// A condition ready to be evaluated.
#[derive(Clone, Debug)]
pub(super) enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
    Is(&'static Fact),
    Number { number: &'static Number, at_least: usize, at_most: usize },
    Header { name: String, there: bool },
    HeaderMatches { name: String, pattern: Regex },
    Text { number: usize, subject: bool, body: bool, pattern: Regex },
    Link(Regex),
    Attachment { name: Option<Regex>, declared: Option<Regex>, actual: Option<Regex> },
}

/// Which of the patterns of the whole set are worth trying.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) subject: Candidates,
    pub(super) body: Candidates,
}

/// What is wrong with a condition as written.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) field: &'static str,
    pub(super) problem: String,
}

/// Makes conditions, and collects the patterns that are looked for together.
pub(super) struct Compiler<'s> {
    pub(super) literals: &'s mut Literals,
}

impl Compiler<'_> {
    pub(super) fn compile(&mut self, when: When) -> Result<Condition, Problem> {
        self.compile_within(when, DEPTH)
    }

    fn compile_within(&mut self, when: When, depth: usize) -> Result<Condition, Problem> {
        let depth = depth.checked_sub(1).ok_or_else(|| problem("all", "nested too deep"))?;
        Ok(match when {
            When::All(list) => Condition::All(self.list("all", list, depth)?),
            When::Any(list) => Condition::Any(self.list("any", list, depth)?),
            When::Not(inner) => Condition::Not(Box::new(self.compile_within(*inner, depth)?)),
            When::Is(name) => {
                let fact = FACTS.iter().flat_map(|facts| facts.iter()).find(|fact| fact.name == name);
                Condition::Is(fact.ok_or_else(|| {
                    let known = FACTS.iter().flat_map(|facts| facts.iter()).map(|fact| fact.name);
                    problem("is", &format!("no fact `{name}`{}", nearest(&name, known)))
                })?)
            }
            When::Number(bounds) => {
                let number = NUMBERS.iter().find(|number| number.name == bounds.of).ok_or_else(|| {
                    let known = NUMBERS.iter().map(|number| number.name);
                    problem("number.of", &format!("no number `{}`{}", bounds.of, nearest(&bounds.of, known)))
                })?;
                let (at_least, at_most) = (bounds.at_least.unwrap_or(0), bounds.at_most.unwrap_or(usize::MAX));
                if at_least > at_most || (at_least == 0 && at_most == usize::MAX) {
                    return Err(problem("number", "the bounds leave nothing out, or everything"));
                }
                Condition::Number { number, at_least, at_most }
            }
            When::Header(name) => Condition::Header { name, there: true },
            When::Missing(name) => Condition::Header { name, there: false },
            When::HeaderMatches(field) => {
                Condition::HeaderMatches { name: field.name, pattern: pattern("header_matches", &field.matches)? }
            }
            When::Subject(written) => self.text("subject", &written, [true, false])?,
            When::Body(written) => self.text("body", &written, [false, true])?,
            When::Text(written) => self.text("text", &written, [true, true])?,
            When::Link(written) => Condition::Link(pattern("link", &written)?),
            When::Attachment(AttachmentPattern { name, declared, actual }) => {
                let compile = |written: Option<String>| written.map(|text| pattern("attachment", &text)).transpose();
                Condition::Attachment { name: compile(name)?, declared: compile(declared)?, actual: compile(actual)? }
            }
        })
    }

    fn list(&mut self, field: &'static str, list: Vec<When>, depth: usize) -> Result<Vec<Condition>, Problem> {
        if list.is_empty() {
            return Err(problem(field, "an empty list says nothing"));
        }
        list.into_iter().map(|when| self.compile_within(when, depth)).collect()
    }

    fn text(&mut self, field: &'static str, written: &str, [subject, body]: [bool; 2]) -> Result<Condition, Problem> {
        let pattern = pattern(field, written)?;
        let parsed = regex_syntax::parse(written).map_err(|error| problem(field, &last_line(&error.to_string())))?;
        Ok(Condition::Text { number: self.literals.add(&parsed), subject, body, pattern })
    }
}

impl Condition {
    /// Whether it holds; what was found is added to `arguments`.
    pub(super) fn holds(&self, view: &View<'_>, seen: &Seen, arguments: &mut Vec<String>) -> bool {
        match self {
            Self::All(list) => {
                let before = arguments.len();
                let holds = list.iter().all(|condition| condition.holds(view, seen, arguments));
                if !holds {
                    arguments.truncate(before);
                }
                holds
            }
            Self::Any(list) => list.iter().any(|condition| condition.holds(view, seen, arguments)),
            Self::Not(inner) => !inner.holds(view, seen, &mut Vec::new()),
            Self::Is(fact) => match (fact.holds)(view) {
                Some(argument) => {
                    found(&argument, arguments);
                    true
                }
                None => false,
            },
            Self::Number { number, at_least, at_most } => (*at_least..=*at_most).contains(&(number.of)(view)),
            Self::Header { name, there } => view.message.headers.get(name).is_some() == *there,
            Self::HeaderMatches { name, pattern } => {
                let mut values = view.message.headers.all(name).filter_map(|field| pattern.find(&field.value));
                values.next().map(|matched| found(matched.as_str(), arguments)).is_some()
            }
            Self::Text { number, subject, body, pattern } => {
                let texts = [(*subject, &seen.subject, view.subject), (*body, &seen.body, view.body)];
                let matched = texts.iter().filter(|(asked, ..)| *asked).find_map(|(_, candidates, text)| {
                    candidates.from(*number).and_then(|from| pattern.find_at(text, from))
                });
                matched.map(|matched| found(matched.as_str(), arguments)).is_some()
            }
            Self::Link(pattern) => {
                let link = view.message.links.iter().find(|link| pattern.is_match(&link.target));
                link.map(|link| found(&link.target, arguments)).is_some()
            }
            Self::Attachment { name, declared, actual } => {
                let fits = |pattern: &Option<Regex>, text: Option<&str>| {
                    pattern.as_ref().is_none_or(|pattern| text.is_some_and(|text| pattern.is_match(text)))
                };
                let attachment = view.message.attachments.iter().find(|attachment| {
                    let lower = attachment.name.as_ref().map(|name| name.to_lowercase());
                    fits(name, lower.as_deref())
                        && fits(declared, Some(&attachment.declared))
                        && fits(actual, attachment.actual.as_deref())
                });
                attachment.map(|attachment| found(attachment.name.as_deref().unwrap_or(""), arguments)).is_some()
            }
        }
    }
}

fn found(text: &str, arguments: &mut Vec<String>) {
    let shown: String = text.trim().chars().take(SHOWN).collect();
    if !shown.is_empty() {
        arguments.push(shown);
    }
}

fn pattern(field: &'static str, written: &str) -> Result<Regex, Problem> {
    let compiled = RegexBuilder::new(written).size_limit(PATTERN_SIZE).build();
    let pattern = compiled.map_err(|error| problem(field, &last_line(&error.to_string())))?;
    if pattern.is_match("") {
        return Err(problem(field, "the pattern matches everything"));
    }
    Ok(pattern)
}

/// regex draws a picture above its message; a line is enough here.
fn last_line(text: &str) -> String {
    text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

fn problem(field: &'static str, problem: &str) -> Problem {
    Problem { field, problem: problem.to_owned() }
}
