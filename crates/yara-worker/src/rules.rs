//! Rules compiled once, and what they say of a piece.

use std::time::Duration;

use yara_x::{Compiler, MetaValue, Rule, Scanner, SourceCode};

/// One file of rules.
pub(crate) struct Source {
    /// Its name, for people who have to mend it.
    pub(crate) name: String,
    /// What it says.
    pub(crate) text: String,
}

/// Compiled rules.
pub(crate) struct Rules(yara_x::Rules);

/// What they say of a piece.
pub(crate) enum Looked {
    /// No rule matches.
    Clean,
    /// `RULE=WORTH`: worth is `certain`, points, or nothing where the rule does not say.
    Found(Vec<String>),
    /// It could not be found out.
    Unknown(String),
}

impl Rules {
    /// Compiles all files; what is wrong is told with file and line.
    pub(crate) fn compile(sources: &[Source]) -> Result<Self, String> {
        let mut compiler = Compiler::new();
        // A rule file says only what it says itself.
        compiler.enable_includes(false);
        for source in sources {
            compiler.new_namespace(&source.name);
            let code = SourceCode::from(source.text.as_str()).with_origin(source.name.as_str());
            compiler.add_source(code).map_err(|error| error.to_string())?;
        }
        Ok(Self(compiler.build()))
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.0.iter().len()
    }

    /// Looks at a piece, at most for this time.
    pub(crate) fn look(&self, octets: &[u8], time: Duration) -> Looked {
        let mut scanner = Scanner::new(&self.0);
        scanner.set_timeout(time.max(Duration::from_secs(1)));
        match scanner.scan(octets) {
            Ok(results) => {
                let found: Vec<String> = results.matching_rules().map(|rule| worth(&rule)).collect();
                if found.is_empty() { Looked::Clean } else { Looked::Found(found) }
            }
            Err(error) => Looked::Unknown(error.to_string()),
        }
    }
}

/// The rule's name and what it says of its own worth: `points = 2.5` or `certain = true` among its `meta`.
fn worth(rule: &Rule<'_, '_>) -> String {
    let mut worth = String::new();
    for (name, value) in rule.metadata() {
        match (name, value) {
            ("certain", MetaValue::Bool(true)) => worth = "certain".to_owned(),
            ("points", MetaValue::Float(points)) => worth = points.to_string(),
            ("points", MetaValue::Integer(points)) => worth = points.to_string(),
            _ => {}
        }
    }
    format!("{}={worth}", rule.identifier())
}
