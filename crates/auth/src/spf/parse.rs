//! Reading an SPF record, as strictly as RFC 7208 §12 writes it: one wrong character anywhere is a permerror.

use std::net::{Ipv4Addr, Ipv6Addr};

use message::authentication::SpfOutcome;

use super::macros::{MacroString, Place};

/// A record, read completely before anything of it is looked up (§4.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Mechanisms in order.
    pub directives: Vec<Directive>,
    /// `redirect=`.
    pub redirect: Option<MacroString>,
    /// `exp=`.
    pub explanation: Option<MacroString>,
}

/// A mechanism and what it means when it matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directive {
    /// `+`, `-`, `~` or `?`.
    pub qualifier: SpfOutcome,
    /// What it asks.
    pub mechanism: Mechanism,
    /// As published, shortened.
    pub text: String,
}

/// One mechanism (§5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mechanism {
    /// Always matches.
    All,
    /// Another domain's policy passes.
    Include(MacroString),
    /// The host is an address of the domain.
    A(Option<MacroString>, Prefixes),
    /// The host is an address of one of the domain's mail servers.
    Mx(Option<MacroString>, Prefixes),
    /// The host's confirmed name lies within the domain.
    Ptr(Option<MacroString>),
    /// The host is in an IPv4 network.
    Ip4(Ipv4Addr, u8),
    /// The host is in an IPv6 network.
    Ip6(Ipv6Addr, u8),
    /// The name has an A record.
    Exists(MacroString),
}

/// Lengths of the prefixes to compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prefixes {
    /// For IPv4, 0 to 32.
    pub v4: u8,
    /// For IPv6, 0 to 128.
    pub v6: u8,
}

/// What is wrong with a record; the text stands in the trace.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadRecord {
    /// Not printable ASCII, or a separator other than the space.
    #[error("the record holds a character that may not stand there")]
    Character,
    /// A word that is neither mechanism nor modifier.
    #[error("\"{0}\" is not known")]
    Unknown(String),
    /// A mechanism or modifier with a wrong argument.
    #[error("\"{0}\" cannot be read")]
    Argument(String),
    /// `redirect=` or `exp=` twice.
    #[error("\"{0}\" stands there twice")]
    Twice(&'static str),
}

/// The terms of a `v=spf1` record; `None` where it is no such record (§4.5).
pub fn spf1_terms(record: &[u8]) -> Option<&[u8]> {
    let (version, rest) = record.split_at_checked(6)?;
    if !version.eq_ignore_ascii_case(b"v=spf1") {
        return None;
    }
    (rest.is_empty() || rest.starts_with(b" ")).then_some(rest)
}

/// The terms of an `spf2.0` record whose scopes include `pra` (RFC 4406 §3.1).
pub fn pra_terms(record: &[u8]) -> Option<&[u8]> {
    let (version, rest) = record.split_at_checked(7)?;
    if !version.eq_ignore_ascii_case(b"spf2.0/") {
        return None;
    }
    let end = rest.iter().position(|&octet| octet == b' ').unwrap_or(rest.len());
    let (scopes, terms) = rest.split_at(end);
    scopes.split(|&octet| octet == b',').any(|scope| scope.eq_ignore_ascii_case(b"pra")).then_some(terms)
}

impl Record {
    /// Reads the terms after the version.
    pub fn parse(terms: &[u8]) -> Result<Self, BadRecord> {
        if !terms.iter().all(|octet| (0x20..=0x7e).contains(octet)) {
            return Err(BadRecord::Character);
        }
        let terms = std::str::from_utf8(terms).map_err(|_| BadRecord::Character)?;
        let mut record = Self { directives: Vec::new(), redirect: None, explanation: None };
        for term in terms.split(' ').filter(|term| !term.is_empty()) {
            match modifier(term) {
                Some((name, value)) => record.modify(term, name, value)?,
                None => record.directives.push(directive(term)?),
            }
        }
        Ok(record)
    }

    /// Whether an `all` makes `redirect=` pointless (§6.1).
    pub fn has_all(&self) -> bool {
        self.directives.iter().any(|directive| directive.mechanism == Mechanism::All)
    }

    fn modify(&mut self, term: &str, name: &str, value: &str) -> Result<(), BadRecord> {
        let bad = || BadRecord::Argument(shown(term));
        let (slot, name) = if name.eq_ignore_ascii_case("redirect") {
            (&mut self.redirect, "redirect")
        } else if name.eq_ignore_ascii_case("exp") {
            (&mut self.explanation, "exp")
        } else {
            // Unknown modifiers are ignored, but must be well formed (§6).
            return MacroString::parse(value, Place::Record).map(|_| ()).ok_or_else(bad);
        };
        if slot.is_some() {
            return Err(BadRecord::Twice(name));
        }
        *slot = Some(domain_spec(value).ok_or_else(bad)?);
        Ok(())
    }
}

/// As much of a term as is worth showing: a TXT record can hold 64 kB.
fn shown(term: &str) -> String {
    term.chars().take(150).collect()
}

/// `name=value`, where the part before `=` is a name (§4.6.1). A mechanism has `:` or `/` before any `=`.
fn modifier(term: &str) -> Option<(&str, &str)> {
    let (name, value) = term.split_once('=')?;
    let well_formed = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    well_formed.then_some((name, value))
}

fn directive(term: &str) -> Result<Directive, BadRecord> {
    let (qualifier, rest) = match term.split_at_checked(1) {
        Some(("+", rest)) => (SpfOutcome::Pass, rest),
        Some(("-", rest)) => (SpfOutcome::Fail, rest),
        Some(("~", rest)) => (SpfOutcome::SoftFail, rest),
        Some(("?", rest)) => (SpfOutcome::Neutral, rest),
        _ => (SpfOutcome::Pass, term),
    };
    let end = rest.find([':', '/']).unwrap_or(rest.len());
    let (name, argument) = rest.split_at(end);
    let name = name.to_ascii_lowercase();
    let mechanism = match name.as_str() {
        "all" if argument.is_empty() => Some(Mechanism::All),
        "include" => argument.strip_prefix(':').and_then(domain_spec).map(Mechanism::Include),
        "exists" => argument.strip_prefix(':').and_then(domain_spec).map(Mechanism::Exists),
        "a" => host_argument(argument).map(|(domain, prefixes)| Mechanism::A(domain, prefixes)),
        "mx" => host_argument(argument).map(|(domain, prefixes)| Mechanism::Mx(domain, prefixes)),
        "ptr" if argument.is_empty() => Some(Mechanism::Ptr(None)),
        "ptr" => argument.strip_prefix(':').and_then(domain_spec).map(|domain| Mechanism::Ptr(Some(domain))),
        "ip4" => argument.strip_prefix(':').and_then(|text| network(text, 32)).map(|(ip, len)| Mechanism::Ip4(ip, len)),
        "ip6" => {
            argument.strip_prefix(':').and_then(|text| network(text, 128)).map(|(ip, len)| Mechanism::Ip6(ip, len))
        }
        "all" => None,
        _ => return Err(BadRecord::Unknown(shown(term))),
    };
    let mechanism = mechanism.ok_or_else(|| BadRecord::Argument(shown(term)))?;
    Ok(Directive { qualifier, mechanism, text: shown(term) })
}

/// `[ ":" domain-spec ] [ dual-cidr-length ]` of `a` and `mx` (§5.3).
fn host_argument(argument: &str) -> Option<(Option<MacroString>, Prefixes)> {
    let (rest, v6) = take_length(argument, "//", 128)?;
    let (rest, v4) = take_length(rest, "/", 32)?;
    let prefixes = Prefixes { v4: v4.unwrap_or(32), v6: v6.unwrap_or(128) };
    if rest.is_empty() {
        return Some((None, prefixes));
    }
    Some((Some(domain_spec(rest.strip_prefix(':')?)?), prefixes))
}

/// Takes a trailing prefix length off; `None` where it is out of range. What is no number stays in the rest.
fn take_length<'a>(text: &'a str, mark: &str, longest: u8) -> Option<(&'a str, Option<u8>)> {
    let Some((rest, digits)) = text.rsplit_once(mark) else { return Some((text, None)) };
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) || rest.ends_with('/') {
        return Some((text, None));
    }
    prefix_length(digits, longest).map(|length| (rest, Some(length)))
}

/// Digits without leading zeros, at most `longest`.
fn prefix_length(digits: &str, longest: u8) -> Option<u8> {
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) || (digits.len() > 1 && digits.starts_with('0'))
    {
        return None;
    }
    digits.parse().ok().filter(|&length| length <= longest)
}

/// `address[/length]` (§5.6).
fn network<T: std::str::FromStr>(text: &str, longest: u8) -> Option<(T, u8)> {
    let (ip, length) = match text.split_once('/') {
        Some((ip, digits)) => (ip, prefix_length(digits, longest)?),
        None => (text, longest),
    };
    Some((ip.parse().ok()?, length))
}

/// `macro-string domain-end` (§7.1): ends in a name that could be a top-level domain, or in a macro.
fn domain_spec(text: &str) -> Option<MacroString> {
    let spec = MacroString::parse(text, Place::Record)?;
    (spec.ends_in_macro() || ends_in_top_label(text)).then_some(spec)
}

fn ends_in_top_label(text: &str) -> bool {
    let text = text.strip_suffix('.').unwrap_or(text);
    let Some((_, label)) = text.rsplit_once('.') else { return false };
    let characters = !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    characters && !label.starts_with('-') && !label.ends_with('-') && !label.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_spf1_records_are_policies() {
        for record in ["v=spf1", "V=SPF1", "v=spf1 -all", "v=spf1 "] {
            assert!(spf1_terms(record.as_bytes()).is_some(), "{record}");
        }
        for record in ["", "v=spf10", "v=spf1-all", "v=spf1\t-all", " v=spf1", "spf2.0/pra -all"] {
            assert!(spf1_terms(record.as_bytes()).is_none(), "{record}");
        }
        assert_eq!(pra_terms(b"spf2.0/mfrom,pra +mx"), Some(&b" +mx"[..]));
        assert_eq!(pra_terms(b"spf2.0/mfrom +mx"), None);
        assert_eq!(pra_terms(b"v=spf1 +mx"), None);
    }

    #[test]
    fn malformed_records_are_refused_whole() {
        for terms in [
            "-all.",
            "all:x.example",
            "ip4:192.0.2.1/33",
            "ip4:192.0.2.1/032",
            "ip4:192.0.2.256",
            "ip4:192.0.2.1//32",
            "ip6:::1/129",
            "ip6:1.2.3.4",
            "a:example.com/33",
            "a:example.com//129",
            "a:example.com:8080",
            "a:192.0.2.1",
            "a:",
            "a:example.com/",
            "include",
            "include:example.com/24",
            "exists:",
            "mxx",
            "ptr/24",
            "redirect=a.example redirect=a.example",
            "exp=",
            "x=%x",
            "-all\t",
            "a:%{x}.example",
            "a:%{d0}.example",
        ] {
            assert!(Record::parse(terms.as_bytes()).is_err(), "{terms}");
        }
    }

    #[test]
    fn well_formed_records_are_read() {
        let record = Record::parse(b" +a:x.example/24//64  ip6:2001:db8::/32 moo=%{d} redirect=%{d}.x.example ")
            .expect("a record");
        assert_eq!(record.directives.len(), 2);
        assert!(record.redirect.is_some());
        assert!(matches!(record.directives[0].mechanism, Mechanism::A(Some(_), Prefixes { v4: 24, v6: 64 })));
        assert!(matches!(record.directives[1].mechanism, Mechanism::Ip6(_, 32)));
    }
}
