//! Rules ready to be used: read once, then applied to many messages.

use std::sync::Arc;

use super::condition::{Compiler, Condition, Seen};
use super::error::{RuleError, Source};
use super::facts::View;
use super::literals::Literals;
use super::rule::{File, Rule, Written};
use super::{HeuristicFacts, Hit, Recorded};
use crate::urls::brands::Brands;

/// The rules that come with the program, by file.
const SHIPPED: [(&str, &str); 8] = [
    ("headers.toml", include_str!("../../rules/headers.toml")),
    ("identity.toml", include_str!("../../rules/identity.toml")),
    ("path.toml", include_str!("../../rules/path.toml")),
    ("html.toml", include_str!("../../rules/html.toml")),
    ("links.toml", include_str!("../../rules/links.toml")),
    ("attachments.toml", include_str!("../../rules/attachments.toml")),
    ("text.toml", include_str!("../../rules/text.toml")),
    ("japanese.toml", include_str!("../../rules/japanese.toml")),
];

/// Points that the traits of advertising reach together at most: newsletters that people asked for have all of them, so
/// they alone, or with one more trait, make mail suspect and not spam.
const ADVERTISING: f64 = 2.5;

/// Rules ready to be used.
#[derive(Clone, Debug)]
pub struct RuleSet {
    rules: Vec<Rule>,
    conditions: Vec<Condition>,
    literals: Literals,
    brands: Arc<Brands>,
}

impl Default for RuleSet {
    fn default() -> Self {
        let (rules, conditions, literals) = Default::default();
        Self { rules, conditions, literals, brands: Brands::shipped() }
    }
}

impl RuleSet {
    /// Reads rules from TOML text; `name` is the file's name for error messages.
    pub fn parse(name: &str, text: &str) -> Result<Self, RuleError> {
        Self::parse_all(&[(name, text)])
    }

    /// Reads several files of rules into one set; ids are unique over all of them.
    pub fn parse_all(files: &[(&str, &str)]) -> Result<Self, RuleError> {
        Self::read(files, |_| false)
    }

    /// An operator's own files alone.
    pub fn own(files: &[(&str, &str)]) -> Result<Self, RuleError> {
        Self::read(files, |_| true)
    }

    /// The rules that come with the program and an operator's own ones; an own id may not be a shipped one's.
    pub fn shipped_and(own: &[(&str, &str)]) -> Result<Self, RuleError> {
        let all: Vec<(&str, &str)> = SHIPPED.iter().chain(own).copied().collect();
        Self::read(&all, |number| number >= SHIPPED.len())
    }

    fn read(files: &[(&str, &str)], is_own: impl Fn(usize) -> bool) -> Result<Self, RuleError> {
        let mut set = Self::default();
        for (number, &(name, text)) in files.iter().enumerate() {
            let source = Source { name, text };
            let file: File = toml::from_str(text).map_err(|error| source.unreadable(&error))?;
            for written in file.rule {
                set.take(written.into_inner(), source, is_own(number))?;
            }
        }
        set.literals.build().map_err(|error| RuleError {
            file: files.first().map_or_else(String::new, |(name, _)| (*name).to_owned()),
            line: 1,
            field: "when".into(),
            problem: format!("the patterns together are too large: {error}"),
        })?;
        Ok(set)
    }

    /// The rules that come with the program.
    pub fn shipped() -> Self {
        Self::parse_all(&SHIPPED).expect("a test reads the shipped rules, which are part of the program")
    }

    /// With other protected brands than the shipped ones.
    #[must_use]
    pub fn with_brands(self, brands: Arc<Brands>) -> Self {
        Self { brands, ..self }
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
        let view = View::new(facts, &self.brands);
        let seen = Seen { subject: self.literals.candidates(view.subject), body: self.literals.candidates(view.body) };
        let mut hits = Vec::new();
        let (mut advertising, mut goods, mut heaviest) = (0.0, 0.0, 0.0_f64);
        for (rule, condition) in self.rules.iter().zip(&self.conditions) {
            let mut arguments = Vec::new();
            if condition.holds(&view, &seen, &mut arguments) {
                arguments.dedup();
                advertising += if rule.advertising { rule.points } else { 0.0 };
                if rule.goods {
                    goods += rule.points;
                    heaviest = heaviest.max(rule.points);
                }
                hits.push(rule.hit(arguments));
            }
        }
        if advertising > ADVERTISING {
            self.share(&mut hits, |rule| rule.advertising, ADVERTISING / advertising);
        }
        // Spam sells one thing; news and shops name many (mortgages and shares, pills and lotteries).
        if goods > heaviest {
            self.share(&mut hits, |rule| rule.goods, heaviest / goods);
        }
        hits
    }

    /// Gives the rules of that sort that share of their points.
    fn share(&self, hits: &mut [Hit], is_of_sort: impl Fn(&Rule) -> bool, share: f64) {
        for hit in hits.iter_mut().filter(|hit| self.get(&hit.rule).is_some_and(&is_of_sort)) {
            hit.points *= share;
        }
    }

    /// What each rule would do as far as the record of a message tells: whether it applies, and `None` where only the
    /// message itself could tell.
    pub fn evaluate_recorded(&self, recorded: &Recorded<'_>) -> Vec<(&Rule, Option<bool>)> {
        let each = self.rules.iter().zip(&self.conditions);
        each.map(|(rule, condition)| (rule, condition.holds_recorded(recorded))).collect()
    }

    /// Runs the tests that stand beside the rules; gives a line for each that fails.
    pub fn failing_trials(&self) -> Vec<String> {
        self.failing_trials_of(|_| true)
    }

    /// The same for some of the rules.
    pub fn failing_trials_of(&self, chosen: impl Fn(&Rule) -> bool) -> Vec<String> {
        let mut failing = Vec::new();
        for rule in self.rules.iter().filter(|rule| chosen(rule)) {
            for (expected, trials) in [(true, &rule.hits), (false, &rule.misses)] {
                for (trial, number) in trials.iter().zip(1..) {
                    if trial.hits(self).iter().any(|hit| hit.rule == rule.id) != expected {
                        let which = if expected { "hits" } else { "misses" };
                        let not = if expected { "the rule does not apply" } else { "the rule applies" };
                        failing.push(format!("{}: {}: {which}, number {number}: {not}", rule.place, rule.id));
                    }
                }
            }
        }
        failing
    }

    fn take(&mut self, written: Written, source: Source<'_>, own: bool) -> Result<(), RuleError> {
        let at = written.id.span().start;
        let id = written.id.into_inner();
        let place = source.place(at);
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if id.is_empty() || !id.chars().all(fits) {
            return Err(source.error(at, format!("{id}.id"), "an id is lower-case letters, digits and hyphens"));
        }
        if let Some(earlier) = self.get(&id) {
            let problem = format!("this id is taken by the rule at {}", earlier.place);
            return Err(source.error(at, format!("{id}.id"), problem));
        }
        let points = *written.points.get_ref();
        if !points.is_finite() || points.abs() > 10.0 {
            let at = written.points.span().start;
            return Err(source.error(at, format!("{id}.points"), "points are from -10 to 10"));
        }
        for (field, title) in [("title_ja", &written.title_ja), ("title_en", &written.title_en)] {
            if title.trim().is_empty() {
                return Err(source.error(at, format!("{id}.{field}"), "a title is needed in both languages"));
            }
        }
        let at = written.when.span().start;
        let mut compiler = Compiler { literals: &mut self.literals };
        let condition = compiler
            .compile(written.when.into_inner())
            .map_err(|problem| source.error(at, format!("{id}.when.{}", problem.field), problem.problem))?;
        self.conditions.push(condition);
        let (title_ja, title_en) = (written.title_ja, written.title_en);
        let (class, hits, misses) = (written.class, written.hits, written.misses);
        let (advertising, goods) = (written.advertising, written.goods);
        self.rules.push(Rule { id, points, advertising, goods, title_ja, title_en, class, hits, misses, own, place });
        Ok(())
    }
}
