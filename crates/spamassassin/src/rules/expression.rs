//! Expressions of `meta` rules and of `if` lines: Perl's operators over numbers and names.

/// An expression whose names have become numbers of rules or values.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Expression {
    Number(f64),
    /// How often that rule hit.
    Rule(usize),
    Not(Box<Expression>),
    Negative(Box<Expression>),
    Two(Operator, Box<Expression>, Box<Expression>),
    Choice(Box<[Expression; 3]>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Or,
    And,
    BitOr,
    BitXor,
    BitAnd,
    Equal,
    NotEqual,
    Less,
    More,
    LessOrEqual,
    MoreOrEqual,
    Plus,
    Minus,
    Times,
    Divide,
}

/// Expressions in expressions.
const DEPTH: usize = 100;
/// Tokens of one expression.
const TOKENS: usize = 20_000;

/// What a name stands for, with its argument where it is a call; or why it stands for nothing.
pub(crate) type Names<'n> = dyn FnMut(&str, Option<&str>) -> Result<Expression, String> + 'n;

impl Expression {
    /// Reads an expression. `name` gives what a name stands for; with an argument where it is a call.
    pub(crate) fn parse(text: &str, name: &mut Names<'_>) -> Result<Self, String> {
        let tokens = tokens(text)?;
        let mut reader = Reader { tokens, at: 0, depth: 0, name };
        let expression = reader.choice()?;
        if reader.at < reader.tokens.len() {
            return Err(format!("`{}` is not expected here", reader.tokens[reader.at]));
        }
        Ok(expression)
    }

    /// Its value, with what rules are worth.
    pub(crate) fn value(&self, rule: &dyn Fn(usize) -> f64) -> f64 {
        let truth = |holds: bool| f64::from(u8::from(holds));
        match self {
            Self::Number(number) => *number,
            Self::Rule(number) => rule(*number),
            Self::Not(inner) => truth(inner.value(rule) == 0.0),
            Self::Negative(inner) => -inner.value(rule),
            Self::Choice(three) => three[if three[0].value(rule) == 0.0 { 2 } else { 1 }].value(rule),
            Self::Two(operator, left, right) => {
                let first = left.value(rule);
                match operator {
                    Operator::Or if first != 0.0 => return first,
                    Operator::And if first == 0.0 => return 0.0,
                    _ => {}
                }
                let second = right.value(rule);
                match operator {
                    Operator::Or | Operator::And => second,
                    Operator::BitOr => (whole(first) | whole(second)) as f64,
                    Operator::BitXor => (whole(first) ^ whole(second)) as f64,
                    Operator::BitAnd => (whole(first) & whole(second)) as f64,
                    Operator::Equal => truth(first == second),
                    Operator::NotEqual => truth(first != second),
                    Operator::Less => truth(first < second),
                    Operator::More => truth(first > second),
                    Operator::LessOrEqual => truth(first <= second),
                    Operator::MoreOrEqual => truth(first >= second),
                    Operator::Plus => first + second,
                    Operator::Minus => first - second,
                    Operator::Times => first * second,
                    // Perl would stop here; a rule that divides by nothing does not hit.
                    Operator::Divide if second == 0.0 => 0.0,
                    Operator::Divide => first / second,
                }
            }
        }
    }

    /// Calls `visit` for every rule that it names.
    pub(crate) fn rules(&self, visit: &mut dyn FnMut(usize)) {
        match self {
            Self::Number(_) => {}
            Self::Rule(number) => visit(*number),
            Self::Not(inner) | Self::Negative(inner) => inner.rules(visit),
            Self::Two(_, left, right) => {
                left.rules(visit);
                right.rules(visit);
            }
            Self::Choice(three) => three.iter().for_each(|one| one.rules(visit)),
        }
    }
}

fn whole(number: f64) -> u64 {
    number.max(0.0) as u64
}

fn tokens(text: &str) -> Result<Vec<String>, String> {
    let bytes = text.as_bytes();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(&octet) = bytes.get(at) {
        let word = |octet: &u8| octet.is_ascii_alphanumeric() || matches!(octet, b'_' | b':');
        let two = text.get(at..at + 2).unwrap_or_default();
        let length = match octet {
            b' ' | b'\t' => {
                at += 1;
                continue;
            }
            b'0'..=b'9' | b'.' => bytes[at..].iter().take_while(|o| o.is_ascii_digit() || **o == b'.').count(),
            octet if octet.is_ascii_alphabetic() || octet == b'_' => bytes[at..].iter().take_while(|o| word(o)).count(),
            _ if ["||", "&&", "==", "!=", "<=", ">="].contains(&two) => 2,
            b'(' | b')' | b'!' | b'<' | b'>' | b'+' | b'-' | b'*' | b'/' | b'?' | b':' | b'|' | b'&' | b'^' => 1,
            b'\'' | b'"' => {
                let end = bytes[at + 1..].iter().position(|o| *o == octet).ok_or("a quotation mark is not closed")?;
                end + 2
            }
            _ => return Err(format!("`{}` is not expected here", char::from(octet))),
        };
        tokens.push(text.get(at..at + length).unwrap_or_default().to_owned());
        at += length;
        if tokens.len() > TOKENS {
            return Err("the expression is too long".into());
        }
    }
    Ok(tokens)
}

struct Reader<'r, 'n> {
    tokens: Vec<String>,
    at: usize,
    depth: usize,
    name: &'r mut Names<'n>,
}

/// Operators from the loosest to the tightest (perlop).
const LEVELS: &[&[(&str, Operator)]] = &[
    &[("||", Operator::Or)],
    &[("&&", Operator::And)],
    &[("|", Operator::BitOr), ("^", Operator::BitXor)],
    &[("&", Operator::BitAnd)],
    &[("==", Operator::Equal), ("!=", Operator::NotEqual)],
    &[("<=", Operator::LessOrEqual), (">=", Operator::MoreOrEqual), ("<", Operator::Less), (">", Operator::More)],
    &[("+", Operator::Plus), ("-", Operator::Minus)],
    &[("*", Operator::Times), ("/", Operator::Divide)],
];

impl Reader<'_, '_> {
    fn take(&mut self, token: &str) -> bool {
        let is_here = self.tokens.get(self.at).is_some_and(|here| here == token);
        self.at += usize::from(is_here);
        is_here
    }

    fn choice(&mut self) -> Result<Expression, String> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err("the expression is too deep".into());
        }
        let first = self.level(0)?;
        let result = if self.take("?") {
            let yes = self.choice()?;
            if !self.take(":") {
                return Err("`?` without `:`".into());
            }
            let no = self.choice()?;
            Expression::Choice(Box::new([first, yes, no]))
        } else {
            first
        };
        self.depth -= 1;
        Ok(result)
    }

    fn level(&mut self, level: usize) -> Result<Expression, String> {
        let Some(operators) = LEVELS.get(level) else { return self.unary() };
        let mut left = self.level(level + 1)?;
        while let Some((_, operator)) = operators.iter().find(|(token, _)| self.take(token)) {
            let right = self.level(level + 1)?;
            left = Expression::Two(*operator, Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Expression, String> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err("the expression is too deep".into());
        }
        let result = if self.take("!") {
            Expression::Not(Box::new(self.unary()?))
        } else if self.take("-") {
            Expression::Negative(Box::new(self.unary()?))
        } else if self.take("+") {
            self.unary()?
        } else {
            self.primary()?
        };
        self.depth -= 1;
        Ok(result)
    }

    fn primary(&mut self) -> Result<Expression, String> {
        if self.take("(") {
            if self.take(")") {
                return Ok(Expression::Number(0.0));
            }
            let inner = self.choice()?;
            return if self.take(")") { Ok(inner) } else { Err("a parenthesis is never closed".into()) };
        }
        let Some(token) = self.tokens.get(self.at).cloned() else { return Err("the expression ends too early".into()) };
        self.at += 1;
        if token.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
            return token.parse().map(Expression::Number).map_err(|_| format!("`{token}` is not a number"));
        }
        if !token.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
            return Err(format!("`{token}` is not expected here"));
        }
        let is_call = self.tokens.get(self.at).is_some_and(|next| next == "(")
            && self.tokens.get(self.at + 2).is_some_and(|next| next == ")");
        if is_call && matches!(token.as_str(), "plugin" | "can" | "has") {
            let argument = self.tokens.get(self.at + 1).cloned().unwrap_or_default();
            self.at += 3;
            return (self.name)(&token, Some(argument.trim_matches(['\'', '"'])));
        }
        (self.name)(&token, None)
    }
}
