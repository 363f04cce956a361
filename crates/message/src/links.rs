//! Every link a person could follow: what is shown and where it goes.
//!
//! Text is searched by an own pass and not by a general link finder, because what must be found is what was made not
//! to be found: `hxxp`, full-width letters and dots, `[.]`, and Japanese text glued to both ends.

mod calendar;
mod code;
mod files;
mod pdf;
mod text;

pub use files::{Files, find as in_files};

/// Where a link stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Place {
    /// In plain text.
    Text,
    /// `a href`.
    Anchor,
    /// `area href`: a region of a picture.
    Area,
    /// `form action`, `button formaction`, `input formaction`.
    Form,
    /// `meta refresh`: followed without a click.
    Refresh,
    /// `base`, frames, embedded documents.
    Other,
    /// `img src` and its like: loaded, not followed.
    Image,
    /// In an attached HTML or SVG file, its scripts among it.
    HtmlFile,
    /// In an attached PDF file (ISO 32000-1 §12.6.4.7: URI actions).
    Pdf,
    /// In a calendar file (RFC 5545).
    Calendar,
    /// In a QR code (ISO/IEC 18004) of an attached picture.
    Code,
    /// In a QR code drawn with block characters.
    TextCode,
}

/// Every place, with its stable name.
pub const PLACES: [(Place, &str); 12] = [
    (Place::Text, "text"),
    (Place::Anchor, "anchor"),
    (Place::Area, "area"),
    (Place::Form, "form"),
    (Place::Refresh, "refresh"),
    (Place::Other, "other"),
    (Place::Image, "image"),
    (Place::HtmlFile, "html-file"),
    (Place::Pdf, "pdf"),
    (Place::Calendar, "calendar"),
    (Place::Code, "code"),
    (Place::TextCode, "text-code"),
];

impl Place {
    /// Its stable name.
    pub fn name(self) -> &'static str {
        PLACES.iter().find(|(place, _)| *place == self).map_or("", |(_, name)| name)
    }

    /// It stands outside of what a reader is shown as the message: in a file or a picture.
    pub fn is_file(self) -> bool {
        matches!(self, Self::HtmlFile | Self::Pdf | Self::Calendar | Self::Code)
    }
}

/// One link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Where it goes, as written (entities decoded; in plain text `hxxp`, `[.]` and full-width signs made what they mean).
    pub target: String,
    /// What the reader sees in its place; in plain text the link as written.
    pub shown: String,
    /// Host of the target, lower case A-labels; `None` for mailto:, data: and the like.
    pub host: Option<String>,
    /// The scheme, lower case.
    pub scheme: String,
    /// Where it stood.
    pub place: Place,
}

impl Link {
    /// Makes a link of a target as written. Read as a browser reads it: white space inside is dropped, backslashes are
    /// slashes, the host may be escaped, a number, or in any script.
    pub fn new(target: &str, shown: &str, place: Place) -> Self {
        let cleaned: String = target.chars().filter(|c| !matches!(c, '\t' | '\n' | '\r')).collect();
        let absolute = if cleaned.starts_with("//") { format!("http:{cleaned}") } else { cleaned };
        let (scheme, host) = match url::Url::parse(&absolute) {
            Ok(url) => {
                let host = url.host_str().filter(|host| !host.is_empty());
                (url.scheme().to_owned(), host.map(|host| host.trim_end_matches('.').to_ascii_lowercase()))
            }
            Err(_) => (scheme_of(&absolute), None),
        };
        Self { target: absolute, shown: shown.to_owned(), host, scheme, place }
    }

    /// The registrable domain of the host by the public suffix list (RFC 7489 §3.2), the host itself where it is an
    /// address or has none.
    pub fn organization(&self) -> Option<&str> {
        organization_of(self.host.as_deref()?)
    }

    /// A link that a person follows on the web: neither a picture that is loaded nor mail or telephone.
    pub fn is_web(&self) -> bool {
        self.place != Place::Image && matches!(self.scheme.as_str(), "http" | "https" | "ftp")
    }

    /// The shown text reads as a URL or host name of another organisation than the target's.
    pub fn lies(&self) -> bool {
        if self.place == Place::Text {
            return false;
        }
        let Some(target) = self.organization() else { return false };
        let shown = self.shown.trim_matches(|c: char| !c.is_alphanumeric() && c != '/');
        // A sentence that mentions a site is not a claim about where the link goes.
        if shown.is_empty() || shown.chars().any(char::is_whitespace) {
            return false;
        }
        let Some(claimed) = text::find(shown, 1).into_iter().next() else { return false };
        claimed.organization().is_some_and(|organization| organization != target)
    }
}

fn scheme_of(target: &str) -> String {
    match target.split_once(':') {
        Some((scheme, _)) if scheme.bytes().all(|octet| octet.is_ascii_alphanumeric() || octet == b'-') => {
            scheme.to_ascii_lowercase()
        }
        _ => String::new(),
    }
}

fn organization_of(host: &str) -> Option<&str> {
    if host.starts_with('[') || host.parse::<std::net::Ipv4Addr>().is_ok() {
        return Some(host);
    }
    Some(psl::domain_str(host).unwrap_or(host))
}

/// Links in QR codes that a text draws with block characters, at most `limit`.
pub fn find_drawn(text: &str, limit: usize) -> Vec<Link> {
    code::drawn(text, limit)
}

/// The links of a plain text, at most `limit`.
pub fn find(text: &str, limit: usize) -> Vec<Link> {
    text::find(text, limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_read_as_browsers_read_them() {
        for (target, host) in [
            ("https://EXAMPLE.jp./x", Some("example.jp")),
            ("http:\\\\example.jp\\x", Some("example.jp")),
            ("http://user@example.jp:8080/", Some("example.jp")),
            ("http://3221225985/", Some("192.0.2.1")),
            ("http://ex%61mple.jp/", Some("example.jp")),
            ("http://日本語.jp/", Some("xn--wgv71a119e.jp")),
            ("//example.jp/x", Some("example.jp")),
            ("ht\ntp://example.jp/", Some("example.jp")),
            ("http://[2001:db8::1]/", Some("[2001:db8::1]")),
            ("mailto:a@example.jp", None),
            ("/relative", None),
        ] {
            assert_eq!(Link::new(target, "", Place::Anchor).host.as_deref(), host, "{target}");
        }
    }

    #[test]
    fn a_link_lies_when_it_shows_another_organisation() {
        for (shown, target, lies) in [
            ("https://bank.co.jp/login", "http://evil.example/bank.co.jp", true),
            ("www.bank.co.jp", "http://bank.co.jp.evil.example/", true),
            ("https://www.bank.co.jp", "https://login.bank.co.jp/", false),
            ("bank.com", "https://evil.example/", true),
            ("ここをクリック", "http://evil.example/", false),
            ("see https://bank.co.jp/ for more", "http://evil.example/", false),
            ("http://192.0.2.1/", "http://192.0.2.1/x", false),
            ("https://bank.co.jp/", "mailto:a@bank.co.jp", false),
            ("「https://bank.co.jp/」", "http://evil.example/", true),
            ("e.g.", "http://evil.example/", false),
        ] {
            assert_eq!(Link::new(target, shown, Place::Anchor).lies(), lies, "{shown} to {target}");
        }
    }

    #[test]
    fn the_organisation_is_the_registrable_domain() {
        let link = |target| Link::new(target, "", Place::Anchor);
        assert_eq!(link("http://a.b.example.co.jp/").organization(), Some("example.co.jp"));
        assert_eq!(link("http://192.0.2.1/").organization(), Some("192.0.2.1"));
        assert_eq!(link("tel:110").organization(), None);
    }
}
