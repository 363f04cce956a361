//! Why a rule file cannot be used: file, line, field, and the nearest known key where one was mistyped.

/// Why a rule file cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {field}: {problem}")]
pub struct RuleError {
    /// The file, as it was named to [`RuleSet::parse`](super::RuleSet::parse).
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The rule and field concerned; `toml` where the text as such cannot be read.
    pub field: String,
    /// What is wrong, with the nearest known key where one was mistyped.
    pub problem: String,
}

/// A rule file while it is read: knows its name and where its lines begin.
#[derive(Clone, Copy, Debug)]
pub(super) struct Source<'t> {
    pub(super) name: &'t str,
    pub(super) text: &'t str,
}

impl Source<'_> {
    /// The file and the line of an octet.
    pub(super) fn place(&self, at: usize) -> String {
        format!("{}:{}", self.name, self.line(at))
    }

    fn line(&self, at: usize) -> usize {
        let before = self.text.get(..at).unwrap_or(self.text);
        before.matches('\n').count() + 1
    }

    /// An error at an octet of the file.
    pub(super) fn error(&self, at: usize, field: impl Into<String>, problem: impl Into<String>) -> RuleError {
        RuleError { file: self.name.to_owned(), line: self.line(at), field: field.into(), problem: problem.into() }
    }

    /// An error of the TOML reader, with the nearest known key.
    pub(super) fn unreadable(&self, error: &toml::de::Error) -> RuleError {
        let message = error.message();
        let mut quoted = message.split('`').skip(1).step_by(2);
        let unknown = message.starts_with("unknown ").then(|| quoted.next()).flatten();
        let at = error.span().map_or(0, |span| span.start);
        match unknown {
            Some(unknown) => self.error(at, unknown, format!("not known here{}", nearest(unknown, quoted))),
            None => self.error(at, "toml", message),
        }
    }
}

/// `; did you mean …?`, or nothing where no known name is near.
pub(super) fn nearest<'k>(name: &str, known: impl Iterator<Item = &'k str>) -> String {
    let best = known.map(|known| (strsim::damerau_levenshtein(name, known), known)).min();
    match best {
        Some((distance, known)) if distance <= 2 + known.len() / 4 => format!("; did you mean `{known}`?"),
        _ => String::new(),
    }
}
