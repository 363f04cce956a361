//! Addresses and domains of the envelope and of header fields (RFC 5321 §4.1.2, RFC 6531, RFC 5890).
//!
//! Parsed once at the edge; what exists as an [`Address`] is well formed.

use std::fmt;

/// A domain name: lower case, A-labels (punycode), no trailing dot; or an address literal in brackets.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(transparent)]
pub struct Domain(Box<str>);

/// A mailbox `local@domain`. The local part is kept as given (unquoted, case kept).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Address {
    local: Box<str>,
    domain: Domain,
}

/// The argument of MAIL FROM: an address, or `<>` (RFC 5321 §4.5.5).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ReversePath {
    /// `<>`: notifications, which must never cause another notification.
    Null,
    /// An ordinary sender.
    Address(Address),
}

/// Why a text is not an address or a domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadAddress {
    /// Nothing there.
    #[error("the address is empty")]
    Empty,
    /// No `@`, or nothing on one side of it.
    #[error("the address needs a local part, an @ and a domain")]
    Incomplete,
    /// `@host,@host:user@domain` (RFC 5321 appendix C): refused, not followed.
    #[error("source routes are not accepted")]
    SourceRoute,
    /// Local part over 64 octets, domain over 255, label over 63.
    #[error("the address is too long")]
    TooLong,
    /// A character that may not stand there.
    #[error("the address holds a character that is not allowed there")]
    Character,
    /// Not a domain name (IDNA 2008 / RFC 1123), nor an address literal.
    #[error("the domain is not valid")]
    Domain,
}

impl Domain {
    /// Reads a domain name in U-label or A-label form, or an address literal such as `[192.0.2.1]`.
    pub fn parse(text: &str) -> Result<Self, BadAddress> {
        let text = text.strip_suffix('.').unwrap_or(text);
        if text.is_empty() {
            return Err(BadAddress::Empty);
        }
        if let Some(inner) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            let ip = inner.strip_prefix("IPv6:").unwrap_or(inner);
            return match ip.parse::<std::net::IpAddr>() {
                Ok(_) => Ok(Self(text.into())),
                Err(_) => Err(BadAddress::Domain),
            };
        }
        let ascii = if text.is_ascii() {
            text.to_ascii_lowercase()
        } else {
            idna::domain_to_ascii(text).map_err(|_| BadAddress::Domain)?
        };
        if ascii.len() > 253 {
            return Err(BadAddress::TooLong);
        }
        for label in ascii.split('.') {
            if label.is_empty() {
                return Err(BadAddress::Domain);
            }
            if label.len() > 63 {
                return Err(BadAddress::TooLong);
            }
            let inside = label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
            if !inside || label.starts_with('-') || label.ends_with('-') {
                return Err(BadAddress::Domain);
            }
        }
        Ok(Self(ascii.into()))
    }

    /// The A-label form, lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form a person reads (U-labels).
    pub fn to_unicode(&self) -> String {
        idna::domain_to_unicode(&self.0).0
    }

    /// Whether this is `[192.0.2.1]` and not a name.
    pub fn is_literal(&self) -> bool {
        self.0.starts_with('[')
    }

    /// The organizational domain by the public suffix list (RFC 7489 §3.2), if there is one.
    pub fn organizational(&self) -> Option<Self> {
        if self.is_literal() {
            return None;
        }
        psl::domain_str(&self.0).map(|name| Self(name.into()))
    }

    /// Whether this is `other` or a name below it.
    pub fn is_within(&self, other: &Self) -> bool {
        self == other || self.0.strip_suffix(other.as_str()).is_some_and(|head| head.ends_with('.'))
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Address {
    /// Reads `local@domain` (no angle brackets, no display name). Quoted local parts are unquoted.
    pub fn parse(text: &str) -> Result<Self, BadAddress> {
        if text.is_empty() {
            return Err(BadAddress::Empty);
        }
        if text.starts_with('@') {
            return Err(BadAddress::SourceRoute);
        }
        let (local, domain) = if let Some(rest) = text.strip_prefix('"') {
            unquote(rest)?
        } else {
            let (local, domain) = text.split_once('@').ok_or(BadAddress::Incomplete)?;
            if !local.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_atext)) {
                return Err(if local.is_empty() { BadAddress::Incomplete } else { BadAddress::Character });
            }
            (local.to_owned(), domain)
        };
        if local.len() > 64 {
            return Err(BadAddress::TooLong);
        }
        if local.is_empty() || domain.is_empty() {
            return Err(BadAddress::Incomplete);
        }
        Ok(Self { local: local.into(), domain: Domain::parse(domain)? })
    }

    /// Reads what stood between the brackets of MAIL FROM or RCPT TO; brackets optional.
    /// `<Postmaster>` without a domain is the caller's case (RFC 5321 §4.1.1.3).
    pub fn parse_path(text: &str) -> Result<Self, BadAddress> {
        let text = text.trim();
        let inner = text.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')).unwrap_or(text);
        Self::parse(inner)
    }

    /// Puts an address together from parts that are known to be right.
    pub fn new(local: &str, domain: Domain) -> Result<Self, BadAddress> {
        if local.is_empty() {
            return Err(BadAddress::Incomplete);
        }
        if local.len() > 64 {
            return Err(BadAddress::TooLong);
        }
        if local.chars().any(|c| c.is_control()) {
            return Err(BadAddress::Character);
        }
        Ok(Self { local: local.into(), domain })
    }

    /// The local part, unquoted, in its original case.
    pub fn local(&self) -> &str {
        &self.local
    }

    /// The domain.
    pub fn domain(&self) -> &Domain {
        &self.domain
    }

    /// The form under which the directory and the lists look an address up: lower case on both sides.
    pub fn key(&self) -> String {
        format!("{}@{}", self.local.to_lowercase(), self.domain)
    }

    /// `user+detail` split at the first separator (RFC 5233); no detail where there is none.
    pub fn split_detail(&self, separator: char) -> (&str, Option<&str>) {
        match self.local.split_once(separator) {
            Some((user, detail)) if !user.is_empty() => (user, Some(detail)),
            _ => (&self.local, None),
        }
    }

    /// postmaster@ and abuse@ are never filtered (RFC 5321 §4.5.1, RFC 2142).
    pub fn is_duty(&self) -> bool {
        let (user, _) = self.split_detail('+');
        user.eq_ignore_ascii_case("postmaster") || user.eq_ignore_ascii_case("abuse")
    }

    /// Whether the address can be sent without SMTPUTF8 (RFC 6531 §3.2).
    pub fn is_ascii(&self) -> bool {
        self.local.is_ascii()
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.local.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_atext)) {
            return write!(f, "{}@{}", self.local, self.domain);
        }
        f.write_str("\"")?;
        for c in self.local.chars() {
            if c == '"' || c == '\\' {
                f.write_str("\\")?;
            }
            write!(f, "{c}")?;
        }
        write!(f, "\"@{}", self.domain)
    }
}

impl ReversePath {
    /// Reads the argument of MAIL FROM.
    pub fn parse(text: &str) -> Result<Self, BadAddress> {
        let text = text.trim();
        if text == "<>" { Ok(Self::Null) } else { Address::parse_path(text).map(Self::Address) }
    }

    /// The address, unless null.
    pub fn address(&self) -> Option<&Address> {
        match self {
            Self::Null => None,
            Self::Address(address) => Some(address),
        }
    }
}

impl fmt::Display for ReversePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => Ok(()),
            Self::Address(address) => address.fmt(f),
        }
    }
}

/// RFC 5322 §3.2.3 atext, and everything beyond ASCII (RFC 6531 §3.3).
fn is_atext(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c) || (!c.is_ascii() && !c.is_control())
}

/// Takes the rest after an opening quote; gives the local part and the domain.
fn unquote(rest: &str) -> Result<(String, &str), BadAddress> {
    let mut local = String::new();
    let mut chars = rest.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => {
                let domain = rest[at + 1..].strip_prefix('@').ok_or(BadAddress::Incomplete)?;
                return Ok((local, domain));
            }
            '\\' => {
                let (_, escaped) = chars.next().ok_or(BadAddress::Incomplete)?;
                if escaped.is_control() {
                    return Err(BadAddress::Character);
                }
                local.push(escaped);
            }
            c if c.is_control() => return Err(BadAddress::Character),
            c => local.push(c),
        }
    }
    Err(BadAddress::Incomplete)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_addresses_come_back_as_written() {
        for text in [
            "a@example.jp",
            "\"a b\"@example.jp",
            "a+b@example.jp",
            "太郎@example.jp",
            "a@[192.0.2.1]",
            "a@[IPv6:2001:db8::1]",
        ] {
            assert_eq!(Address::parse(text).map(|a| a.to_string()), Ok(text.to_owned()), "{text}");
        }
    }

    #[test]
    fn bad_addresses_say_why() {
        let rows = [
            ("", BadAddress::Empty),
            ("a", BadAddress::Incomplete),
            ("@a.example:b@example.jp", BadAddress::SourceRoute),
            ("a@", BadAddress::Incomplete),
            ("a b@example.jp", BadAddress::Character),
            ("a..b@example.jp", BadAddress::Character),
            ("a@-x.example", BadAddress::Domain),
            ("a@exa mple.jp", BadAddress::Domain),
            ("a@b@example.jp", BadAddress::Domain),
        ];
        for (text, why) in rows {
            assert_eq!(Address::parse(text), Err(why), "{text}");
        }
    }

    #[test]
    fn domains_have_one_form() {
        assert_eq!(Domain::parse("例え.JP").map(|d| d.to_string()), Ok("xn--r8jz45g.jp".into()));
        assert_eq!(
            Domain::parse("Mail.EXAMPLE.co.jp.").ok().and_then(|d| d.organizational()).map(|d| d.to_string()),
            Some("example.co.jp".into())
        );
    }
}
