//! Macros (RFC 7208 §7): read once with the record, filled in when their turn comes.

use std::net::IpAddr;

use super::Question;

/// A text with macros in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MacroString(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Literal(String),
    Macro(Macro),
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Macro {
    letter: char,
    /// Written in upper case: percent-encode the result (§7.3).
    escape: bool,
    /// How many parts from the right are kept; 0: all.
    keep: usize,
    reverse: bool,
    delimiters: String,
}

/// Where a text stands: `c`, `r`, `t` and spaces are only for explanations (§7.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In a record.
    Record,
    /// In the text that `exp=` points to.
    Explanation,
}

impl MacroString {
    /// Reads a text; `None` where it is malformed.
    pub fn parse(text: &str, place: Place) -> Option<Self> {
        let mut pieces = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            rest = &rest[c.len_utf8()..];
            if c != '%' {
                let visible = c.is_ascii_graphic() || (c == ' ' && place == Place::Explanation);
                if !visible {
                    return None;
                }
                literal.push(c);
                continue;
            }
            let next = rest.chars().next()?;
            rest = &rest[next.len_utf8()..];
            match next {
                '%' => literal.push('%'),
                '_' => literal.push(' '),
                '-' => literal.push_str("%20"),
                '{' => {
                    let (body, after) = rest.split_once('}')?;
                    rest = after;
                    if !literal.is_empty() {
                        pieces.push(Piece::Literal(std::mem::take(&mut literal)));
                    }
                    pieces.push(Piece::Macro(Macro::parse(body, place)?));
                }
                _ => return None,
            }
        }
        if !literal.is_empty() {
            pieces.push(Piece::Literal(literal));
        }
        Some(Self(pieces))
    }

    /// Whether the last thing in it is a macro (`domain-end`, §7.1). `%%` and the like count as macros too, but
    /// nothing that they stand for may end a domain.
    pub fn ends_in_macro(&self) -> bool {
        matches!(self.0.last(), Some(Piece::Macro(_)))
    }

    /// Whether `%{p}` occurs, which costs lookups (§7.2).
    pub fn wants_host_name(&self) -> bool {
        self.0.iter().any(|piece| matches!(piece, Piece::Macro(found) if found.letter == 'p'))
    }

    /// Fills the macros in. `host_name` is what `%{p}` stands for.
    pub fn expand(&self, question: &Question<'_>, host_name: &str) -> String {
        let mut text = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Literal(literal) => text.push_str(literal),
                Piece::Macro(found) => text.push_str(&found.expand(question, host_name)),
            }
        }
        text
    }

    /// The same as a domain name: the leftmost labels are dropped until it fits (§7.3), the last dot too.
    pub fn expand_domain(&self, question: &Question<'_>, host_name: &str) -> String {
        let text = self.expand(question, host_name);
        let mut name = text.strip_suffix('.').unwrap_or(&text);
        while name.len() > 253 {
            match name.split_once('.') {
                Some((_, rest)) => name = rest,
                None => break,
            }
        }
        name.to_owned()
    }
}

impl Macro {
    fn parse(body: &str, place: Place) -> Option<Self> {
        let written = body.chars().next()?;
        let letter = written.to_ascii_lowercase();
        let known = "slodiphv".contains(letter) || (place == Place::Explanation && "crt".contains(letter));
        if !known {
            return None;
        }
        let rest = &body[1..];
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, rest) = rest.split_at(digits);
        // The count must not be zero; beyond what fits there are never as many parts.
        let keep = match number {
            "" => 0,
            number if number.bytes().all(|b| b == b'0') => return None,
            number => number.parse().unwrap_or(usize::MAX),
        };
        let (reverse, delimiters) = match rest.strip_prefix(['r', 'R']) {
            Some(rest) => (true, rest),
            None => (false, rest),
        };
        if !delimiters.chars().all(|c| ".-+,/_=".contains(c)) {
            return None;
        }
        let delimiters = if delimiters.is_empty() { ".".to_owned() } else { delimiters.to_owned() };
        Some(Self { letter, escape: written.is_ascii_uppercase(), keep, reverse, delimiters })
    }

    fn expand(&self, question: &Question<'_>, host_name: &str) -> String {
        let value = value(self.letter, question, host_name);
        let mut parts: Vec<&str> = value.split(|c| self.delimiters.contains(c)).collect();
        if self.reverse {
            parts.reverse();
        }
        if self.keep != 0 && parts.len() > self.keep {
            parts.drain(..parts.len() - self.keep);
        }
        let text = parts.join(".");
        if self.escape { percent_encode(&text) } else { text }
    }
}

/// What a letter stands for (§7.2, §7.3).
fn value(letter: char, question: &Question<'_>, host_name: &str) -> String {
    let (local, domain) = match question.sender.rsplit_once('@') {
        Some(("", domain)) => ("postmaster", domain),
        Some((local, domain)) => (local, domain),
        None => ("postmaster", question.sender),
    };
    match letter {
        's' => format!("{local}@{domain}"),
        'l' => local.to_owned(),
        'o' => domain.to_owned(),
        'd' => question.domain.to_owned(),
        'i' => dotted(question.ip.to_canonical()),
        'p' => host_name.to_owned(),
        'v' => if question.ip.to_canonical().is_ipv4() { "in-addr" } else { "ip6" }.to_owned(),
        'h' => question.helo.to_owned(),
        'c' => question.ip.to_canonical().to_string(),
        'r' => if question.receiver.is_empty() { "unknown" } else { question.receiver }.to_owned(),
        't' => question.now.to_string(),
        _ => String::new(),
    }
}

/// An address with a dot between its parts: octets, or for IPv6 hexadecimal digits (in upper case, as the
/// conformance suite has them; DNS does not mind).
fn dotted(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => {
            let digits: Vec<String> = v6.octets().iter().map(|o| format!("{:X}.{:X}", o >> 4, o & 0xf)).collect();
            digits.join(".")
        }
    }
}

fn percent_encode(text: &str) -> String {
    let mut encoded = String::new();
    for octet in text.bytes() {
        if octet.is_ascii_alphanumeric() || b"-._~".contains(&octet) {
            encoded.push(char::from(octet));
        } else {
            encoded.push_str(&format!("%{octet:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spf::Versions;

    /// The examples of RFC 7208 §7.4.
    #[test]
    fn the_examples_of_the_rfc_come_out() {
        let mut question = Question {
            ip: IpAddr::from([192, 0, 2, 3]),
            domain: "email.example.com",
            sender: "strong-bad@email.example.com",
            helo: "mail.example.com",
            receiver: "mx.example.jp",
            now: 0,
            versions: Versions::Spf1,
        };
        let rows = [
            ("%{s}", "strong-bad@email.example.com"),
            ("%{o}", "email.example.com"),
            ("%{d}", "email.example.com"),
            ("%{d4}", "email.example.com"),
            ("%{d3}", "email.example.com"),
            ("%{d2}", "example.com"),
            ("%{d1}", "com"),
            ("%{dr}", "com.example.email"),
            ("%{d2r}", "example.email"),
            ("%{l}", "strong-bad"),
            ("%{l-}", "strong.bad"),
            ("%{lr}", "strong-bad"),
            ("%{lr-}", "bad.strong"),
            ("%{l1r-}", "strong"),
            ("%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"),
            ("%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com"),
            ("%{S}", "strong-bad%40email.example.com"),
            ("%%%_%-", "% %20"),
        ];
        for (text, expected) in rows {
            let parsed = MacroString::parse(text, Place::Record).expect(text);
            assert_eq!(parsed.expand(&question, "unknown"), expected, "{text}");
        }
        question.ip = "2001:db8::cb01".parse().expect("an address");
        let parsed = MacroString::parse("%{ir}.%{v}._spf.%{d2}", Place::Record).expect("a macro");
        assert_eq!(
            parsed.expand(&question, "unknown"),
            "1.0.B.C.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.B.D.0.1.0.0.2.ip6._spf.example.com"
        );
    }

    #[test]
    fn too_long_names_lose_labels_on_the_left() {
        let sender = format!("{}@example.com", "x.".repeat(200));
        let question = Question {
            ip: IpAddr::from([192, 0, 2, 3]),
            domain: "example.com",
            sender: &sender,
            helo: "",
            receiver: "",
            now: 0,
            versions: Versions::Spf1,
        };
        let parsed = MacroString::parse("%{l}.example.com", Place::Record).expect("a macro");
        let name = parsed.expand_domain(&question, "unknown");
        assert!(name.len() <= 253 && name.ends_with(".example.com"), "{name}");
    }
}
