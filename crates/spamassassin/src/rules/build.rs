//! Makes rules that run out of what files say.

use std::collections::HashMap;

use super::draft::{Draft, Kind, Written};
use super::error::{RuleFileError, Unusable};
use super::expression::Expression;
use super::settings::Glob;
use super::{Condition, Count, MimeHeader, Rule, RuleSet, Target, Test};
use crate::eval::{Call, CallError};
use crate::pattern::{Pattern, PatternError, undelimited};
use crate::run::Area;
use crate::view::Request;
use crate::view::text::{find, string, trimmed};

/// Hits of one rule that are counted at most.
const MOST: usize = 1000;
/// Parts whose header is looked at.
const PARTS: usize = 1000;

/// Why a rule does not come to be.
enum Problem {
    /// The file is wrong.
    Wrong(String),
    /// The rule cannot run here.
    CannotRun(String),
}

impl From<PatternError> for Problem {
    fn from(error: PatternError) -> Self {
        match error {
            PatternError::Unsupported(_) => Self::CannotRun(error.to_string()),
            PatternError::Syntax(_) | PatternError::TooLarge => Self::Wrong(error.to_string()),
        }
    }
}

pub(super) fn build(mut draft: Draft) -> Result<RuleSet, RuleFileError> {
    let names = std::mem::take(&mut draft.order);
    let mut rules = Vec::new();
    let mut requests: Vec<(String, Request)> = Vec::new();
    let mut unusable = Vec::new();
    let mut metas: Vec<(String, Written)> = Vec::new();
    let mut count = Count { defined: names.len(), ..Count::default() };
    for name in &names {
        let Some(written) = draft.rules.get(name) else { continue };
        let score = draft.score(name);
        if score == 0.0 {
            count.switched_off += 1;
            continue;
        }
        if written.kind == Kind::Meta {
            metas.push((name.clone(), written.clone()));
            continue;
        }
        match draft.test(name, written, &mut requests) {
            Ok(test) => rules.push(draft.rule(name, score, test)),
            Err(Problem::CannotRun(reason)) => {
                unusable.push(Unusable { rule: name.clone(), place: written.place.clone(), reason });
            }
            Err(Problem::Wrong(problem)) => return Err(at(&written.place, format!("{name}: {problem}"))),
        }
    }
    add_metas(&draft, metas, &mut rules)?;
    count.running = rules.len();
    count.unusable = unusable.len();
    let metas = in_order(&rules);
    Ok(assemble(rules, draft, requests, metas, unusable, count))
}

/// An error at `file:line`.
fn at(place: &str, problem: String) -> RuleFileError {
    let (file, line) = place.rsplit_once(':').unwrap_or((place, "1"));
    RuleFileError { file: file.to_owned(), line: line.parse().unwrap_or(1), problem }
}

impl Draft {
    /// What a rule counts where nothing is asked of the network and nothing was learned.
    fn score(&self, name: &str) -> f64 {
        if let Some([local, ..]) = self.scores.get(name) {
            return *local;
        }
        let default = if name.starts_with("T_") { 0.01 } else { 1.0 };
        if self.has_flag(name, "nice") { -default } else { default }
    }

    fn has_flag(&self, name: &str, flag: &str) -> bool {
        self.flags.get(name).is_some_and(|flags| flags.split_whitespace().any(|known| known == flag))
    }

    fn flag_value(&self, name: &str, flag: &str) -> Option<&str> {
        let flags = self.flags.get(name)?;
        flags.split_whitespace().find_map(|known| known.strip_prefix(flag)?.strip_prefix('='))
    }

    fn rule(&self, name: &str, score: f64, test: Test) -> Rule {
        let most = if self.has_flag(name, "multiple") {
            self.flag_value(name, "maxhits").and_then(|most| most.parse().ok()).unwrap_or(MOST).clamp(1, MOST)
        } else {
            1
        };
        Rule {
            name: name.to_owned(),
            description: self.descriptions.get(name).cloned().unwrap_or_default(),
            score,
            test,
            most,
            without_subject: self.has_flag(name, "nosubject"),
        }
    }

    fn pattern(&self, name: &str, written: &[u8]) -> Result<Pattern, Problem> {
        let mut pattern = undelimited(written)?;
        if self.replaced.contains(name) {
            let replaced = self.tags.replaced(&pattern);
            pattern = replaced.ok_or_else(|| Problem::Wrong("with its tags replaced the pattern has no end".into()))?;
        }
        Ok(Pattern::new(pattern)?)
    }

    fn test(&self, name: &str, written: &Written, requests: &mut Vec<(String, Request)>) -> Result<Test, Problem> {
        let text = written.text.as_slice();
        if written.kind == Kind::Network {
            return Err(Problem::CannotRun("asks a list on the network".into()));
        }
        let call = text.strip_prefix(b"eval:").or_else(|| text.strip_prefix(b"rbleval:"));
        if let Some(call) = call {
            return self.call(name, &string(call));
        }
        Ok(match written.kind {
            Kind::Body => Test::Body(self.pattern(name, text)?),
            Kind::RawBody => Test::RawBody(self.pattern(name, text)?),
            Kind::Full => Test::Full(self.pattern(name, text)?),
            Kind::Uri => Test::Uri(self.pattern(name, text)?),
            Kind::Header => self.header(name, text, requests)?,
            Kind::MimeHeader => self.mime_header(name, text)?,
            Kind::UriDetail => Test::UriDetail(self.uri_detail(name, text)?),
            Kind::Meta | Kind::Network => return Err(Problem::CannotRun("is no test".into())),
        })
    }

    fn call(&self, name: &str, written: &str) -> Result<Test, Problem> {
        if self.has_flag(name, "net") {
            return Err(Problem::CannotRun("asks the network".into()));
        }
        if self.has_flag(name, "learn") {
            return Err(Problem::CannotRun("asks SpamAssassin's own learning".into()));
        }
        match Call::parse(written) {
            Ok(call) => Ok(Test::Call(call)),
            Err(CallError::Unknown(function)) => {
                Err(Problem::CannotRun(format!("calls {function}, which is not here")))
            }
            Err(CallError::Pattern(error)) => Err(error.into()),
            Err(CallError::Syntax) => {
                Err(Problem::Wrong("after `eval:` a call is needed, such as name('text', 1)".into()))
            }
        }
    }

    fn header(&self, name: &str, text: &[u8], requests: &mut Vec<(String, Request)>) -> Result<Test, Problem> {
        let wrong = || Problem::Wrong("a header rule is `Name =~ /pattern/` or `exists:Name`".into());
        if let Some(field) = text.strip_prefix(b"exists:") {
            let request = number(&string(trimmed(field)), requests);
            return Ok(Test::Exists { request, negated: false });
        }
        let (at, negated) = operator(text).ok_or_else(wrong)?;
        let field = string(trimmed(&text[..at]));
        let field = field.strip_suffix(':').unwrap_or(&field).to_owned();
        if field.is_empty() || !field.chars().all(|c| c.is_ascii_alphanumeric() || "_.-:".contains(c)) {
            return Err(wrong());
        }
        let (pattern, unset) = if_unset(trimmed(&text[at + 2..]));
        let pattern = self.pattern(name, pattern)?;
        Ok(Test::Header { request: number(&field, requests), pattern, negated, unset })
    }

    fn mime_header(&self, name: &str, text: &[u8]) -> Result<Test, Problem> {
        let (at, negated) =
            operator(text).ok_or_else(|| Problem::Wrong("a mimeheader rule is `Name =~ /pattern/`".into()))?;
        let field = string(trimmed(&text[..at]));
        let (field, raw) = field.strip_suffix(":raw").map_or((field.as_str(), false), |field| (field, true));
        let (pattern, unset) = if_unset(trimmed(&text[at + 2..]));
        let range = self.flag_value(name, "range").unwrap_or_default();
        let bound = |text: &str, default: usize| text.parse().unwrap_or(default);
        let parts = match range.split_once('-') {
            Some((first, last)) => bound(first, 1)..=bound(last, PARTS),
            None if range.is_empty() => 1..=PARTS,
            None => bound(range, 1)..=bound(range, PARTS),
        };
        Ok(Test::MimeHeader(MimeHeader {
            name: field.trim_end_matches(':').to_owned(),
            raw,
            negated,
            pattern: self.pattern(name, pattern)?,
            unset: unset.unwrap_or_default(),
            joined: self.has_flag(name, "concat"),
            parts,
        }))
    }

    /// `raw =~ /…/  type !~ m#…#i`
    fn uri_detail(&self, name: &str, text: &[u8]) -> Result<Vec<Condition>, Problem> {
        let mut conditions = Vec::new();
        let mut rest = trimmed(text);
        while !rest.is_empty() {
            let wrong = || Problem::Wrong("a uri_detail rule is `part =~ /pattern/`, several in a row".into());
            let (at, negated) = operator(rest).ok_or_else(wrong)?;
            let target = match trimmed(&rest[..at]) {
                b"raw" => Target::Raw,
                b"type" => Target::Type,
                b"cleaned" => Target::Cleaned,
                b"text" => Target::Text,
                b"domain" => Target::Domain,
                b"host" => Target::Host,
                _ => return Err(wrong()),
            };
            let after = trimmed(&rest[at + 2..]);
            let end = pattern_end(after).ok_or_else(wrong)?;
            conditions.push(Condition { target, negated, pattern: self.pattern(name, &after[..end])? });
            rest = trimmed(&after[end..]);
        }
        Ok(conditions)
    }
}

/// Where `=~` or `!~` stands, and whether it is the second.
fn operator(text: &[u8]) -> Option<(usize, bool)> {
    let at = text.windows(2).position(|two| two == b"=~" || two == b"!~")?;
    Some((at, text[at] == b'!'))
}

/// The pattern and what stands in `[if-unset: …]` after it.
fn if_unset(text: &[u8]) -> (&[u8], Option<Vec<u8>>) {
    let Some(at) = find(text, b"[if-unset:") else { return (text, None) };
    let Some(inside) = text[at + 10..].strip_suffix(b"]") else { return (text, None) };
    (trimmed(&text[..at]), Some(trimmed(inside).to_vec()))
}

/// Where a pattern between delimiters ends, its modifiers with it.
fn pattern_end(text: &[u8]) -> Option<usize> {
    let open = usize::from(text.first() == Some(&b'm'));
    let delimiter = *text.get(open)?;
    let close = match delimiter {
        b'{' => b'}',
        b'(' => b')',
        b'<' => b'>',
        b'[' => b']',
        other => other,
    };
    let mut at = open + 1;
    while let Some(octet) = text.get(at) {
        if *octet == b'\\' {
            at += 2;
            continue;
        }
        at += 1;
        if *octet == close {
            let modifiers = text[at..].iter().take_while(|octet| octet.is_ascii_lowercase()).count();
            let end = at + modifiers;
            if text.get(end).is_none_or(u8::is_ascii_whitespace) {
                return Some(end);
            }
        }
    }
    None
}

fn number(request: &str, requests: &mut Vec<(String, Request)>) -> usize {
    requests.iter().position(|(known, _)| known == request).unwrap_or_else(|| {
        requests.push((request.to_owned(), Request::parse(request)));
        requests.len() - 1
    })
}

/// Reads `meta` rules; a name that is no running rule counts as never hit.
fn add_metas(draft: &Draft, metas: Vec<(String, Written)>, rules: &mut Vec<Rule>) -> Result<(), RuleFileError> {
    let mut numbers: HashMap<String, usize> =
        rules.iter().enumerate().map(|(number, rule)| (rule.name.clone(), number)).collect();
    for (name, _) in &metas {
        numbers.insert(name.clone(), rules.len());
        rules.push(draft.rule(name, draft.score(name), Test::Meta(Expression::Number(0.0))));
    }
    for (name, written) in &metas {
        let text = with_matching(&string(&written.text), name, &numbers);
        let mut never = false;
        let expression = Expression::parse(&text, &mut |asked, _| {
            if asked == "local_tests_only" {
                return Ok(Expression::Number(1.0));
            }
            // SpamAssassin never comes to a rule that waits for a `meta` rule that is switched off.
            never |= draft.rules.get(asked).is_some_and(|rule| rule.kind == Kind::Meta) && !numbers.contains_key(asked);
            Ok(numbers.get(asked).map_or(Expression::Number(0.0), |number| Expression::Rule(*number)))
        });
        let expression = expression.map_err(|problem| at(&written.place, format!("{name}: {problem}")))?;
        if let Some(rule) = numbers.get(name).and_then(|number| rules.get_mut(*number)) {
            rule.test = Test::Meta(if never { Expression::Number(0.0) } else { expression });
        }
    }
    Ok(())
}

/// `rules_matching(GLOB)` written out.
fn with_matching(text: &str, own: &str, numbers: &HashMap<String, usize>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("rules_matching(") {
        let Some((glob, after)) = after.split_once(')') else { break };
        let glob = Glob::new(glob.trim());
        let mut names: Vec<&str> =
            numbers.keys().map(String::as_str).filter(|name| *name != own && glob.fits(&name.to_lowercase())).collect();
        names.sort_unstable();
        let sum = if names.is_empty() { "0".to_owned() } else { names.join("+") };
        out.push_str(&format!("{before}({sum})"));
        rest = after;
    }
    out + rest
}

/// `meta` rules, each after what it asks. Those that ask each other in a circle never hit and are left out.
fn in_order(rules: &[Rule]) -> Vec<usize> {
    let mut asked: HashMap<usize, Vec<usize>> = HashMap::new();
    for (number, rule) in rules.iter().enumerate() {
        if let Test::Meta(expression) = &rule.test {
            let entry = asked.entry(number).or_default();
            expression.rules(&mut |other| entry.push(other));
        }
    }
    let mut waiting: HashMap<usize, usize> = HashMap::new();
    let mut asking: HashMap<usize, Vec<usize>> = HashMap::new();
    for (number, others) in &asked {
        let metas = others.iter().filter(|other| asked.contains_key(other));
        waiting.insert(*number, metas.clone().count());
        metas.for_each(|other| asking.entry(*other).or_default().push(*number));
    }
    let mut ready: Vec<usize> = waiting.iter().filter(|(_, left)| **left == 0).map(|(number, _)| *number).collect();
    ready.sort_unstable();
    let mut order = Vec::new();
    while let Some(number) = ready.pop() {
        order.push(number);
        for other in asking.get(&number).into_iter().flatten() {
            if let Some(left) = waiting.get_mut(other) {
                *left -= 1;
                if *left == 0 {
                    ready.push(*other);
                }
            }
        }
    }
    order
}

fn assemble(
    rules: Vec<Rule>,
    draft: Draft,
    requests: Vec<(String, Request)>,
    metas: Vec<usize>,
    unusable: Vec<Unusable>,
    count: Count,
) -> RuleSet {
    let area = |belongs: &dyn Fn(&Test) -> bool| {
        let numbers = rules.iter().enumerate().filter(|(_, rule)| belongs(&rule.test)).map(|(number, _)| number);
        Area::of(numbers.collect(), &rules)
    };
    let headers = (0..requests.len())
        .map(|wanted| area(&|test| matches!(test, Test::Header { request, .. } if *request == wanted)))
        .collect();
    let is_other =
        |test: &Test| matches!(test, Test::Exists { .. } | Test::Call(_) | Test::MimeHeader(_) | Test::UriDetail(_));
    let others = rules.iter().enumerate().filter(|(_, rule)| is_other(&rule.test)).map(|(number, _)| number).collect();
    RuleSet {
        headers,
        body: area(&|test| matches!(test, Test::Body(_))),
        raw_body: area(&|test| matches!(test, Test::RawBody(_))),
        full: area(&|test| matches!(test, Test::Full(_))),
        uri: area(&|test| matches!(test, Test::Uri(_))),
        others,
        metas,
        rules,
        settings: draft.settings,
        requests,
        unusable,
        count,
    }
}
