//! Reads rule files line by line: comments, languages, conditions. What a line says is taken by [`super::take`].

use super::draft::Draft;
use super::error::RuleFileError;
use super::expression::Expression;
use super::{known, take};

/// A rule file.
#[derive(Clone, Debug)]
pub struct RuleFile {
    /// Its name, for messages.
    pub name: String,
    /// What it holds; rule files are octets, not always UTF-8.
    pub text: Vec<u8>,
}

/// Octets of one line; SpamAssassin's longest stock line has 20,000.
const LINE: usize = 256 * 1024;

/// An open `if`.
struct Open {
    line: usize,
    /// Whether lines were passed over outside of it already.
    outside: bool,
    holds: bool,
}

/// The language that `lang` lines are kept for.
const LANGUAGE: &str = "en_us";

pub(super) fn read(file: &RuleFile, draft: &mut Draft) -> Result<(), RuleFileError> {
    let error = |line: usize, problem: String| RuleFileError { file: file.name.clone(), line, problem };
    let mut open: Vec<Open> = Vec::new();
    let mut skipping = false;
    for (written, number) in file.text.split(|&octet| octet == b'\n').zip(1..) {
        if written.len() > LINE || written.contains(&0) {
            return Err(error(number, "this is no text: a line too long, or with a zero octet".into()));
        }
        let line = uncommented(written);
        let line = crate::view::text::trimmed(&line);
        let line = match in_language(line) {
            Some(line) => line,
            None => continue,
        };
        let end = line.iter().position(|&octet| crate::view::text::is_space(octet)).unwrap_or(line.len());
        let key = crate::view::text::string(&line[..end]).to_ascii_lowercase().replace('-', "_");
        let value = crate::view::text::trimmed(&line[end..]);
        match key.as_str() {
            "" => continue,
            "if" | "ifplugin" => {
                let text = crate::view::text::string(value);
                let text = if key == "if" { text } else { format!("plugin ({})", text.trim()) };
                let holds = !skipping && condition(&text, draft).map_err(|problem| error(number, problem))?;
                open.push(Open { line: number, outside: skipping, holds });
                skipping = !holds;
            }
            "else" => {
                let last = open.last().ok_or_else(|| error(number, "`else` without `if`".into()))?;
                skipping = last.outside || last.holds;
            }
            "endif" => {
                let last = open.pop().ok_or_else(|| error(number, "`endif` without `if`".into()))?;
                skipping = last.outside;
            }
            _ if skipping => {}
            // Written for another version: SpamAssassin passes over the rest of the file.
            "require_version" => {
                let version = crate::view::text::string(value);
                skipping = !matches!(version.as_str(), known::VERSION_TEXT | "@@VERSION@@");
            }
            key => {
                let place = format!("{}:{number}", file.name);
                take::line(key, value, &place, draft).map_err(|problem| error(number, problem))?;
            }
        }
    }
    match open.last() {
        Some(last) => Err(error(last.line, "this `if` is never closed by `endif`".into())),
        None => Ok(()),
    }
}

/// Without its comment; `\#` is a `#`.
fn uncommented(line: &[u8]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(line.len());
    for (at, &octet) in line.iter().enumerate() {
        if octet == b'#' {
            if at == 0 || line[at - 1] != b'\\' {
                break;
            }
            kept.pop();
        }
        kept.push(octet);
    }
    kept
}

/// What stands after `lang xx`, where that language is ours; other lines as they are.
fn in_language(line: &[u8]) -> Option<&[u8]> {
    let Some(rest) = line.strip_prefix(b"lang").filter(|rest| rest.first().is_some_and(u8::is_ascii_whitespace)) else {
        return Some(line);
    };
    let rest = crate::view::text::trimmed(rest);
    let end = rest.iter().position(u8::is_ascii_whitespace).unwrap_or(rest.len());
    let language = rest[..end].to_ascii_lowercase();
    LANGUAGE.as_bytes().starts_with(&language).then(|| crate::view::text::trimmed(&rest[end..]))
}

fn condition(text: &str, draft: &Draft) -> Result<bool, String> {
    let truth = |holds: bool| Ok(Expression::Number(f64::from(u8::from(holds))));
    let expression = Expression::parse(text, &mut |name, argument| match (name, argument) {
        ("plugin", Some(plugin)) => truth(draft.plugins.contains(known::plugin_name(plugin))),
        ("can" | "has", Some(method)) => truth(known::can(method, &draft.plugins)),
        ("version", None) => Ok(Expression::Number(known::VERSION)),
        ("perl_version", None) => Ok(Expression::Number(known::PERL)),
        ("local_tests_only", None) => truth(true),
        _ => Err(format!("`{name}` is nothing that a condition can ask")),
    })?;
    Ok(expression.value(&|_| 0.0) != 0.0)
}
