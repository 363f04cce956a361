//! Runs the rules on a message.

mod area;

pub(crate) use area::Area;
use area::Marks;

use crate::rules::{Condition, MimeHeader, Rule, RuleSet, Target, Test};
use crate::view::View;
use crate::view::body::Pieces;
use crate::view::links::Link;

/// A rule that applies to a message.
#[derive(Clone, Copy, Debug)]
pub struct Hit<'r> {
    /// The rule.
    pub rule: &'r Rule,
    /// How often it applies; more than once only with `tflags multiple`.
    pub times: f64,
}

/// What the rules say about a message.
#[derive(Clone, Debug, Default)]
pub struct Outcome<'r> {
    /// Rules that apply, in the order of the files; parts of other rules (`__…`) are among them.
    pub hits: Vec<Hit<'r>>,
    /// Time ran out: the rules after that were not tried.
    pub cut: bool,
}

impl Outcome<'_> {
    /// The sum of the scores of all rules that apply; 5.0 is SpamAssassin's threshold.
    pub fn score(&self) -> f64 {
        self.hits.iter().filter(|hit| !hit.rule.is_part()).map(|hit| hit.rule.score).sum()
    }
}

impl RuleSet {
    /// Runs every rule on a message. `is_over` says whether time has run out; it is asked again and again.
    pub fn evaluate(&self, message: &[u8], is_over: &dyn Fn() -> bool) -> Outcome<'_> {
        let view = View::new(message, &self.settings);
        let mut run = Run {
            set: self,
            view: &view,
            times: vec![0.0; self.rules.len()],
            marks: Marks::new(self.rules.len()),
            is_over,
            cut: false,
        };
        run.headers();
        run.pieces(&self.body, &view.paragraphs);
        run.pieces(&self.uri, &Pieces::of(&view.links.list()));
        if !self.raw_body.is_empty() {
            run.pieces(&self.raw_body, view.decoded());
        }
        run.full();
        run.others();
        run.metas();
        let hits = run.times.iter().zip(&self.rules).filter(|(times, _)| **times > 0.0);
        let hits = hits.map(|(times, rule)| Hit { rule, times: *times }).collect();
        Outcome { hits, cut: run.cut }
    }
}

struct Run<'r> {
    set: &'r RuleSet,
    view: &'r View<'r>,
    /// How often each rule applies.
    times: Vec<f64>,
    marks: Marks,
    is_over: &'r dyn Fn() -> bool,
    cut: bool,
}

impl Run<'_> {
    fn has_time(&mut self) -> bool {
        self.cut = self.cut || (self.is_over)();
        !self.cut
    }

    fn headers(&mut self) {
        for (number, area) in self.set.headers.iter().enumerate() {
            let Some((request, _)) = self.set.requests.get(number) else { continue };
            if area.is_empty() || !self.has_time() {
                continue;
            }
            let value = self.view.joined(request);
            let text = value.as_deref().unwrap_or_default();
            let mut found: Vec<(u32, u32)> = area.always().iter().map(|&number| (number, 0)).collect();
            area.candidates(text, 0, &mut self.marks, &mut found);
            for (number, _) in found {
                let number = number as usize;
                let Some(rule) = self.set.rules.get(number) else { continue };
                let Test::Header { pattern, negated, unset, .. } = &rule.test else { continue };
                let text = value.as_deref().or(unset.as_deref()).unwrap_or_default();
                let times =
                    if *negated { usize::from(!pattern.is_match(text)) } else { pattern.count(text, rule.most) };
                self.times[number] = times as f64;
            }
        }
    }

    /// Rule by rule and not piece by piece: each engine's tables stay where they are needed.
    fn pieces(&mut self, area: &Area, pieces: &Pieces) {
        if area.is_empty() || !self.has_time() {
            return;
        }
        let mut found: Vec<(u32, u32)> = Vec::new();
        for (piece, place) in pieces.iter().zip(0..) {
            area.candidates(piece, place, &mut self.marks, &mut found);
        }
        found.sort_unstable();
        let all: Vec<&[u8]> = pieces.iter().collect();
        for group in found.chunk_by(|one, other| one.0 == other.0) {
            let Some(&(number, _)) = group.first() else { continue };
            if !self.has_time() {
                return;
            }
            self.rule(number as usize, group.iter().map(|(_, place)| *place as usize), &all);
        }
        for &number in area.always() {
            let pattern = self.set.rules.get(number as usize).and_then(|rule| rule.test.pattern());
            if pattern.is_some_and(|pattern| pattern.may_match(pieces.all())) {
                if !self.has_time() {
                    return;
                }
                self.rule(number as usize, 0..all.len(), &all);
            }
        }
    }

    /// Tries one rule on some of the pieces.
    fn rule(&mut self, number: usize, places: impl Iterator<Item = usize>, pieces: &[&[u8]]) {
        let Some(rule) = self.set.rules.get(number) else { return };
        let Some(pattern) = rule.test.pattern() else { return };
        let mut times = 0;
        for place in places.filter(|place| !(rule.without_subject && *place == 0)) {
            times += pattern.count(pieces.get(place).copied().unwrap_or_default(), rule.most - times);
            if times >= rule.most {
                break;
            }
        }
        self.times[number] = times as f64;
    }

    fn full(&mut self) {
        if self.set.full.is_empty() || !self.has_time() {
            return;
        }
        let text = [self.view.parts.header.as_slice(), &self.view.parts.body].concat();
        self.pieces(&self.set.full, &Pieces::of(&[&text]));
    }

    fn others(&mut self) {
        let set = self.set;
        for &number in &set.others {
            if !self.has_time() {
                return;
            }
            let Some(rule) = set.rules.get(number) else { continue };
            self.times[number] = match &rule.test {
                Test::Exists { request, negated } => {
                    let there = set.requests.get(*request).is_some_and(|(name, _)| !self.view.get(name).is_empty());
                    f64::from(u8::from(there != *negated))
                }
                Test::Call(call) => f64::from(u8::from(call.holds(self.view))),
                Test::MimeHeader(test) => mime_header(self.view, test, rule.most) as f64,
                Test::UriDetail(conditions) => {
                    let mut links = self.view.links.all.iter();
                    f64::from(u8::from(
                        links.any(|(address, link)| conditions.iter().all(|condition| fits(condition, address, link))),
                    ))
                }
                _ => 0.0,
            };
        }
    }

    fn metas(&mut self) {
        if self.cut {
            // A rule that counts what others have not found would hit for no reason.
            return;
        }
        for &number in &self.set.metas {
            let Some(Test::Meta(expression)) = self.set.rules.get(number).map(|rule| &rule.test) else { continue };
            let value = expression.value(&|other| self.times.get(other).copied().unwrap_or(0.0));
            self.times[number] = if value < 0.0 { 1.0 } else { value };
        }
    }
}

fn mime_header(view: &View<'_>, test: &MimeHeader, most: usize) -> usize {
    let mut joined = Vec::new();
    for (part, number) in view.parts.in_order().zip(1..) {
        if !test.parts.contains(&number) {
            continue;
        }
        let value = if test.name == "ALL" {
            let fields = part.fields.iter();
            let line = |field: &crate::view::header::Field| {
                let value = if test.raw { field.raw.clone() } else { [field.decoded.as_slice(), b"\n"].concat() };
                [field.name.as_slice(), b": ", &value].concat()
            };
            Some(fields.map(line).collect::<Vec<_>>().concat())
        } else {
            part.field(&test.name)
                .map(|field| if test.raw { field.raw.clone() } else { [field.decoded.as_slice(), b"\n"].concat() })
        };
        let value = value.unwrap_or_else(|| test.unset.clone());
        if test.joined {
            joined.extend(value);
            if !joined.ends_with(b"\n") {
                joined.push(b'\n');
            }
            continue;
        }
        let found = test.pattern.count(&value, most);
        if found > 0 {
            return if test.negated { 0 } else { found };
        }
    }
    let found = if test.joined { test.pattern.count(&joined, most) } else { 0 };
    if test.negated { usize::from(found == 0) } else { found }
}

fn fits(condition: &Condition, address: &[u8], link: &Link) -> bool {
    let matches = |text: &[u8]| condition.pattern.is_match(text) != condition.negated;
    match condition.target {
        Target::Raw => matches(address),
        Target::Type => link.types.iter().any(|kind| matches(kind.as_bytes())),
        Target::Cleaned => link.cleaned.iter().any(|form| matches(form)),
        Target::Text => link.anchors.iter().any(|text| matches(text)),
        Target::Domain => link.domains.iter().any(|domain| matches(domain.as_bytes())),
        Target::Host => link.hosts.keys().any(|host| matches(host.as_bytes())),
    }
}
