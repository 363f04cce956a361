//! Messages to telephones, by the operator's own gateway: one HTTP request made of a template.

use std::path::PathBuf;
use std::time::Duration;

use crate::fetch::{self, Question};
use crate::forms;
use crate::security::means::half_width;

/// How the operator's gateway is asked.
#[derive(Clone)]
pub struct Gateway {
    /// Where.
    pub url: String,
    /// The body; `{number}` and `{text}` stand for what they say, written as the type asks for.
    pub body: String,
    /// Its Content-Type.
    pub content_type: String,
    /// Authorization field; empty for none.
    pub authorization: String,
    /// How long it may take.
    pub time: Duration,
    /// PEM file with the certification authorities that are trusted.
    pub roots: PathBuf,
    /// What a number without a country begins with after its 0: `+81`.
    pub country: String,
}

/// Why a message did not go out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unsent {
    /// The gateway does not take this one (4xx).
    Refused(u16),
    /// The gateway does not work now. The text is for the log.
    Unreachable(String),
}

impl std::fmt::Debug for Gateway {
    /// Without its keys.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gateway").field("content_type", &self.content_type).finish_non_exhaustive()
    }
}

impl Gateway {
    /// Sends one. Only 2xx is a success.
    pub async fn send(&self, number: &str, text: &str) -> Result<(), Unsent> {
        let mut fields = vec![("Content-Type", self.content_type.clone())];
        if !self.authorization.is_empty() {
            fields.push(("Authorization", self.authorization.clone()));
        }
        let question = Question {
            method: "POST",
            url: &self.url,
            fields,
            body: self.filled(number, text).into_bytes(),
            time: self.time,
            roots: &self.roots,
        };
        let answer = fetch::ask(question).await.map_err(Unsent::Unreachable)?;
        match answer.status {
            200..=299 => Ok(()),
            status @ 400..=499 => Err(Unsent::Refused(status)),
            status => Err(Unsent::Unreachable(format!("it answered {status}"))),
        }
    }

    /// The template with its places filled, one pass: a text that holds `{number}` stays as it is.
    fn filled(&self, number: &str, text: &str) -> String {
        let (mut out, mut rest) = (String::new(), self.body.as_str());
        while let Some(at) = rest.find('{') {
            out.push_str(&rest[..at]);
            rest = &rest[at..];
            let (value, length) = if rest.starts_with("{number}") {
                (number, "{number}".len())
            } else if rest.starts_with("{text}") {
                (text, "{text}".len())
            } else {
                out.push('{');
                rest = &rest[1..];
                continue;
            };
            out.push_str(&self.escaped(value));
            rest = &rest[length..];
        }
        out + rest
    }

    fn escaped(&self, value: &str) -> String {
        if self.content_type.contains("json") {
            let quoted = serde_json::Value::from(value).to_string();
            return quoted[1..quoted.len() - 1].to_owned();
        }
        if self.content_type.contains("urlencoded") {
            return forms::encode(value);
        }
        value.to_owned()
    }

    /// A number as people write it, as E.164; `None` where it cannot be one.
    pub fn number(&self, typed: &str) -> Option<String> {
        let plain: String = half_width(typed)
            .chars()
            .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '(' | ')' | '.' | '‐' | '−' | 'ー'))
            .collect();
        let number = match plain.strip_prefix('0') {
            Some(rest) if !plain.starts_with("00") => format!("{}{rest}", self.country),
            _ => plain,
        };
        let digits = number.strip_prefix('+')?;
        let good = (8..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        (good && !digits.starts_with('0')).then_some(number)
    }
}

/// A number with all but its end hidden: the person knows which it is, who looks over their shoulder does not.
pub fn hidden(number: &str) -> String {
    let shown = number.len().saturating_sub(4);
    number.chars().enumerate().map(|(at, c)| if at < 3 || at >= shown { c } else { '•' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gateway(body: &str, content_type: &str) -> Gateway {
        Gateway {
            url: "http://127.0.0.1/".into(),
            body: body.into(),
            content_type: content_type.into(),
            authorization: "Bearer key".into(),
            time: Duration::from_secs(5),
            roots: PathBuf::new(),
            country: "+81".into(),
        }
    }

    #[test]
    fn templates_are_filled_as_their_type_asks() {
        let text = "code \"{number}\"\n1 & 2";
        let json = gateway("{\"to\":\"{number}\",\"text\":\"{text}\",\"x\":{}}", "application/json");
        let read: serde_json::Value = serde_json::from_str(&json.filled("+819012345678", text)).unwrap();
        assert_eq!((read["to"].as_str(), read["text"].as_str()), (Some("+819012345678"), Some(text)));
        let form = gateway("to={number}&text={text}", "application/x-www-form-urlencoded");
        assert_eq!(
            form.filled("+819012345678", text),
            "to=%2B819012345678&text=code%20%22%7Bnumber%7D%22%0A1%20%26%202"
        );
        assert!(!format!("{form:?}").contains("key"));
    }

    #[test]
    fn numbers_are_read_as_people_write_them() {
        let gateway = gateway("", "");
        for (typed, expected) in [
            ("090-1234-5678", Some("+819012345678")),
            ("０９０ー１２３４ー５６７８", Some("+819012345678")),
            ("+81 90 1234 5678", Some("+819012345678")),
            ("(03) 1234.5678", Some("+81312345678")),
            ("+44 20 7946 0000", Some("+442079460000")),
            ("00819012345678", None),
            ("12345678", None),
            ("+0123456789", None),
            ("090-12ab-5678", None),
            ("", None),
            ("+1234567890123456", None),
        ] {
            assert_eq!(gateway.number(typed).as_deref(), expected, "{typed}");
        }
        assert_eq!(hidden("+819012345678"), "+81••••••5678");
    }
}
