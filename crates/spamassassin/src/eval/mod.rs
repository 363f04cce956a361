//! Functions that rules call (`eval:`), those of SpamAssassin's usual plugins that need no network.

mod body;
mod forged;
mod freemail;
mod header;
mod html;
mod images;
mod lists;
mod mime;
mod recipients;
mod relay;
mod time;
mod uri;

pub(crate) use freemail::BodyAddresses;
pub(crate) use images::Images;
pub(crate) use mime::Mime;

use crate::pattern::{Pattern, PatternError};
use crate::view::View;

/// A call as a rule makes it.
#[derive(Debug)]
pub(crate) struct Call {
    function: Function,
    /// Its arguments, without quotation marks.
    arguments: Vec<String>,
    /// The argument that is a pattern.
    pattern: Option<Pattern>,
}

type Function = fn(&View<'_>, &Call) -> bool;

/// Why a call cannot be made.
#[derive(Debug)]
pub(crate) enum CallError {
    /// It is not written as a call.
    Syntax,
    /// No such function here.
    Unknown(String),
    /// A pattern among its arguments is none.
    Pattern(PatternError),
}

/// One function: its name, itself, and which argument is a pattern.
type Row = (&'static str, Function, Option<usize>);

/// Every function, by plugin.
const FUNCTIONS: &[&[Row]] = &[
    body::ROWS,
    forged::ROWS,
    freemail::ROWS,
    header::ROWS,
    html::ROWS,
    images::ROWS,
    lists::ROWS,
    mime::ROWS,
    recipients::ROWS,
    relay::ROWS,
    time::ROWS,
    uri::ROWS,
];

impl Call {
    /// Reads `name(arguments)`.
    pub(crate) fn parse(written: &str) -> Result<Self, CallError> {
        let (name, rest) = written.split_once('(').ok_or(CallError::Syntax)?;
        let end = rest.rfind(')').ok_or(CallError::Syntax)?;
        let arguments = arguments(&rest[..end]).ok_or(CallError::Syntax)?;
        let name = name.trim();
        let row = FUNCTIONS.iter().flat_map(|rows| rows.iter()).find(|(known, ..)| *known == name);
        let Some((_, function, pattern)) = row else { return Err(CallError::Unknown(name.to_owned())) };
        let pattern = pattern.and_then(|number| arguments.get(number)).filter(|text| !text.is_empty());
        let pattern = pattern.map(Pattern::new).transpose().map_err(CallError::Pattern)?;
        Ok(Self { function: *function, arguments, pattern })
    }

    pub(crate) fn holds(&self, view: &View<'_>) -> bool {
        (self.function)(view, self)
    }

    fn text(&self, number: usize) -> &str {
        self.arguments.get(number).map_or("", String::as_str)
    }

    fn number(&self, number: usize) -> Option<f64> {
        self.arguments.get(number)?.trim().parse().ok()
    }

    /// At least the one argument and less than the other, where they are numbers.
    fn is_within(&self, value: f64, least: usize, below: usize) -> bool {
        self.number(least).is_none_or(|least| value >= least) && self.number(below).is_none_or(|below| value < below)
    }
}

/// Quoted texts and bare words between commas.
fn arguments(written: &str) -> Option<Vec<String>> {
    let mut arguments = Vec::new();
    let mut rest = written.trim();
    while !rest.is_empty() {
        let quote = rest.chars().next().filter(|c| matches!(c, '\'' | '"'));
        let after = match quote {
            Some(quote) => {
                let inside = &rest[1..];
                // A quotation mark ends an argument where a comma or nothing follows.
                let ends = inside.match_indices(quote).map(|(at, _)| at);
                let end = ends.into_iter().find(|at| {
                    let after = inside[at + 1..].trim_start();
                    after.is_empty() || after.starts_with(',')
                })?;
                arguments.push(inside[..end].to_owned());
                inside[end + 1..].trim_start()
            }
            None => {
                let end = rest.find(',').unwrap_or(rest.len());
                let word = rest[..end].trim();
                if !word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | ':' | '-' | '_' | '+')) {
                    return None;
                }
                arguments.push(word.to_owned());
                &rest[end..]
            }
        };
        rest = after.strip_prefix(',').unwrap_or(after).trim_start();
    }
    Some(arguments)
}
