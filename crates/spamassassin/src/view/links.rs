//! Addresses that a message leads to: those that a mail program would make a link of in the text, and those of the
//! markup.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::canonical;
use super::domain::{Domains, is_host};
use super::html::Html;
use super::text::{contains, string};
use crate::pattern::Pattern;

/// What is known about one address.
#[derive(Clone, Debug, Default)]
pub(crate) struct Link {
    /// Elements it stands in, `parsed` (from the text), `unlinked`, `schemeless`, `domainkeys`.
    pub(crate) types: BTreeSet<String>,
    /// Every form it may be meant in.
    pub(crate) cleaned: Vec<Vec<u8>>,
    pub(crate) domains: BTreeSet<String>,
    /// Hosts with their registered domains.
    pub(crate) hosts: BTreeMap<String, String>,
    /// Texts of its anchors.
    pub(crate) anchors: Vec<Vec<u8>>,
}

/// Addresses that are followed.
const LINKS: usize = 2000;
/// Octets of an address in the text.
const ADDRESS: usize = 2048;

/// Addresses of a message.
#[derive(Debug, Default)]
pub(crate) struct Links {
    pub(crate) all: BTreeMap<Vec<u8>, Link>,
    /// One was longer than is looked at.
    pub(crate) truncated: bool,
}

/// What decides on forms of addresses.
#[derive(Clone, Copy)]
pub(crate) struct Rules<'r> {
    pub(crate) domains: &'r Domains,
    pub(crate) redirectors: &'r [Pattern],
}

impl Links {
    pub(crate) fn of_text(&mut self, lines: &[&[u8]], rules: Rules<'_>) {
        let mut seen = HashSet::new();
        for line in lines {
            for found in Finder::new(line, rules.domains) {
                if seen.insert(found.text.clone()) && self.all.len() < LINKS {
                    self.text_address(found, rules);
                }
            }
        }
    }

    fn text_address(&mut self, found: Found, rules: Rules<'_>) {
        let text = found.text;
        if found.kind == Kind::Mail && !contains(&text, b"@")
            || found.host.as_deref().is_some_and(|host| !is_host(host))
        {
            return;
        }
        let lower = text.to_ascii_lowercase();
        if lower.starts_with(b"cid:") || lower.starts_with(b"mid:") || is_bare_scheme(&text) {
            return;
        }
        let mut types: Vec<&str> = vec!["parsed"];
        let has_scheme =
            ["http:", "https:", "ftp:", "mailto:"].iter().any(|scheme| lower.starts_with(scheme.as_bytes()));
        let mut address = text.clone();
        if !has_scheme {
            types.push("schemeless");
            let is_mail = contains(&text, b"@");
            let slash = text.iter().position(|&octet| octet == b'/');
            let at = text.iter().rposition(|&octet| octet == b'@');
            let after_slash = slash.zip(at).is_some_and(|(slash, at)| at > slash + 1);
            let scheme: &[u8] = if lower.starts_with(b"ftp.") {
                b"ftp://"
            } else if begins_www(&lower) || after_slash {
                b"http://"
            } else if is_mail {
                let host = text.iter().position(|&octet| octet == b'@').map_or(&text[..0], |at| &text[at + 1..]);
                if host.iter().skip(1).all(|&octet| octet != b'.') || contains(&text, b"&nbsp;") {
                    return;
                }
                b"mailto:"
            } else {
                if !contains(&text, b".") {
                    return;
                }
                types.push("unlinked");
                b"http://"
            };
            address = [scheme, &text].concat();
        }
        if address.to_ascii_lowercase().starts_with(b"mailto:") {
            if contains(&address, b"%") {
                address = canonical::encoded(&address);
            }
            let Some(at) = address.iter().position(|&octet| octet == b'@') else { return };
            let host = address[at + 1..].split(|octet| matches!(octet, b'?' | b'&' | b'>')).next().unwrap_or_default();
            if !rules.domains.is_valid(string(host).trim_end_matches("%20")) {
                return;
            }
        }
        self.add(&address, types, Need::Domain, rules);
    }

    pub(crate) fn of_html(&mut self, html: &Html, rules: Rules<'_>) {
        self.truncated |= html.truncated;
        for (address, link) in &html.links {
            if self.all.len() >= LINKS {
                break;
            }
            let types = link.types.iter().map(String::as_str).collect();
            if self.add(address.as_bytes(), types, Need::Nothing, rules)
                && let Some(known) = self.all.get_mut(address.as_bytes())
            {
                let mut seen = HashSet::new();
                let anchors = link.anchors.iter().filter(|text| seen.insert(text.as_str()));
                known.anchors.extend(anchors.map(|text| text.clone().into_bytes()));
            }
        }
    }

    /// A domain that signed (DKIM `d=`), kept as `domainkeys:…` without other forms.
    pub(crate) fn of_signature(&mut self, domain: &str, rules: Rules<'_>) {
        let address = format!("domainkeys:{domain}");
        if let Some((registered, host)) = rules.domains.of_address(address.as_bytes()) {
            let link = self.all.entry(address.into_bytes()).or_default();
            link.types.insert("domainkeys".into());
            link.domains.insert(registered.clone());
            link.hosts.insert(host, registered);
        }
    }

    fn add(&mut self, address: &[u8], types: Vec<&str>, need: Need, rules: Rules<'_>) -> bool {
        let mut forms = canonical::forms(address, rules.redirectors, rules.domains);
        for form in forms.iter_mut().filter(|form| form.len() > super::html::ADDRESS) {
            form.truncate(super::html::ADDRESS);
            self.truncated = true;
        }
        let found: Vec<(String, String)> = forms.iter().filter_map(|form| rules.domains.of_address(form)).collect();
        if forms.is_empty() || need == Need::Domain && found.is_empty() {
            return false;
        }
        let link = self.all.entry(address.to_vec()).or_default();
        for form in forms {
            if !link.cleaned.contains(&form) {
                link.cleaned.push(form);
            }
        }
        for (domain, host) in found {
            link.domains.insert(domain.clone());
            link.hosts.insert(host, domain);
        }
        link.types.extend(types.into_iter().map(str::to_owned));
        true
    }

    /// Every form of every address, once: what `uri` rules look at.
    pub(crate) fn list(&self) -> Vec<&[u8]> {
        let mut seen = HashSet::new();
        let forms = self.all.values().flat_map(|link| &link.cleaned).map(Vec::as_slice);
        forms.filter(|form| seen.insert(*form)).collect()
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Need {
    Nothing,
    Domain,
}

fn begins_www(lower: &[u8]) -> bool {
    let Some(rest) = lower.strip_prefix(b"www") else { return false };
    let digits = rest.iter().take(2).take_while(|octet| octet.is_ascii_digit()).count();
    rest.get(digits) == Some(&b'.')
}

/// `http://` and nothing after it.
fn is_bare_scheme(text: &[u8]) -> bool {
    let Some(colon) = text.iter().position(|&octet| octet == b':') else { return false };
    let word = text[..colon].iter().all(|octet| octet.is_ascii_alphanumeric() || *octet == b'_');
    colon > 0 && word && matches!(&text[colon + 1..], b"" | b"/" | b"//")
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Scheme,
    Mail,
    Schemeless,
}

struct Found {
    text: Vec<u8>,
    kind: Kind,
    host: Option<Vec<u8>>,
}

/// Finds what a mail program makes a link of, in one pass over a line.
struct Finder<'t> {
    text: &'t [u8],
    at: usize,
    domains: &'t Domains,
    /// Where the run that may be the name of a mail address ends.
    mail_end: usize,
}

fn ends(octet: u8) -> bool {
    matches!(octet, b'>' | b'<' | b'"' | b'`' | b'}' | b']' | b'{' | b'[' | b'|' | 0x1B | 0xA0)
        || super::text::is_space(octet)
}

fn ends_mail(octet: u8) -> bool {
    ends(octet) || matches!(octet, b',' | b'(' | b'\'') || octet >= 0x80
}

fn begins(octet: u8) -> bool {
    matches!(octet, b'>' | b'<' | b'"' | b'\'' | b'`' | b',' | b'{' | b'[' | b'(' | b'|' | 0x1B | 0xA0)
        || super::text::is_space(octet)
}

fn is_word(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || octet == b'_'
}

impl<'t> Finder<'t> {
    fn new(text: &'t [u8], domains: &'t Domains) -> Self {
        Self { text, at: 0, domains, mail_end: 0 }
    }

    fn boundary(&self) -> bool {
        let before = self.at.checked_sub(1).and_then(|at| self.text.get(at)).copied();
        let here = self.text.get(self.at).copied();
        before.is_some_and(is_word) != here.is_some_and(is_word)
            || before.is_some_and(begins)
            || self.at >= 3 && self.text[self.at - 3..].starts_with(b"\x1b(")
    }

    /// The end of a run of octets that do not end an address.
    fn run(&self, from: usize, most: usize, ends: fn(u8) -> bool) -> Option<usize> {
        let rest = self.text.get(from..)?;
        let length = rest.iter().position(|&octet| ends(octet)).unwrap_or(rest.len());
        (1..=most).contains(&length).then_some(from + length)
    }

    fn begins_with(&self, word: &[u8]) -> bool {
        self.text[self.at..].get(..word.len()).is_some_and(|found| found.eq_ignore_ascii_case(word))
    }

    fn scheme(&self) -> Option<usize> {
        let first = self.text[self.at].to_ascii_lowercase();
        if !matches!(first, b'h' | b'f' | b'w') {
            return None;
        }
        for scheme in [&b"http://"[..], b"https://", b"ftp://", b"ftp."] {
            if self.begins_with(scheme) {
                return self.run(self.at + scheme.len(), ADDRESS, ends);
            }
        }
        let rest = self.text[self.at..].get(..6).unwrap_or(&self.text[self.at..]).to_ascii_lowercase();
        let dot = begins_www(&rest).then(|| rest.iter().position(|&octet| octet == b'.')).flatten()?;
        self.run(self.at + dot + 1, ADDRESS, ends)
    }

    fn mail(&mut self) -> Option<usize> {
        if self.begins_with(b"mailto:")
            && let Some(end) = self.run(self.at + 7, ADDRESS, ends_mail)
        {
            return Some(end);
        }
        if self.at >= self.mail_end {
            let rest = &self.text[self.at..];
            let length = rest.iter().position(|&octet| ends_mail(octet) || octet == b'@').unwrap_or(rest.len());
            self.mail_end = self.at + length;
        }
        let length = self.mail_end - self.at;
        if !(1..=251).contains(&length) || self.text.get(self.mail_end) != Some(&b'@') {
            return None;
        }
        self.run(self.mail_end + 1, 251, ends_mail)
    }

    /// A name with a known top-level domain, port and path.
    fn schemeless(&self) -> Option<(usize, usize)> {
        let before = self.at.checked_sub(1).and_then(|at| self.text.get(at)).copied();
        let starts = |octet: u8| {
            octet.is_ascii_punctuation() && !matches!(octet, b'%' | b'-' | b'.' | b'_')
                || super::text::is_space(octet)
                || matches!(octet, 0x1B | 0xA0)
        };
        if !before.is_none_or(starts) || !self.text[self.at].is_ascii_alphanumeric() {
            return None;
        }
        let in_name = |octet: &u8| octet.is_ascii_alphanumeric() || matches!(octet, b'.' | b'_' | b'-');
        let length = self.text[self.at..].iter().take(320).take_while(|octet| in_name(octet)).count();
        let name = &self.text[self.at..self.at + length];
        let mut end = length;
        while let Some(dot) = name[..end].iter().rposition(|&octet| octet == b'.') {
            let label_end = name[dot + 1..end].iter().position(|&octet| octet == b'_').map_or(end, |at| dot + 1 + at);
            let after = self.text.get(self.at + label_end..).unwrap_or_default();
            let goes_on = matches!(after, [octet, ..] if octet.is_ascii_alphanumeric() || *octet == b'-')
                || matches!(after, [b'.', octet, ..] if octet.is_ascii_alphanumeric());
            let label = &name[dot + 1..label_end];
            if dot > 0 && !goes_on && !label.is_empty() && self.domains.is_top(&string(label)) {
                return self.after_name(self.at + label_end).map(|end| (end, self.at + label_end));
            }
            if goes_on {
                return None;
            }
            end = dot;
        }
        None
    }

    /// What follows a name: a dot, a port, a path; then an end.
    fn after_name(&self, mut at: usize) -> Option<usize> {
        at += usize::from(self.text.get(at) == Some(&b'.'));
        if self.text.get(at) == Some(&b':') {
            let digits = self.text[at + 1..].iter().take(5).take_while(|octet| octet.is_ascii_digit()).count();
            at += if digits > 0 { digits + 1 } else { 0 };
        }
        if self.text.get(at) == Some(&b'/')
            && let Some(end) = self.run(at + 1, ADDRESS, ends)
        {
            return Some(end);
        }
        self.text.get(at).is_none_or(|&octet| ends(octet)).then_some(at)
    }
}

impl Iterator for Finder<'_> {
    type Item = Found;

    fn next(&mut self) -> Option<Found> {
        while self.at < self.text.len() {
            let start = self.at;
            if !self.boundary() {
                self.at += 1;
                continue;
            }
            let found = if let Some(end) = self.scheme() {
                Some((end, Kind::Scheme, None))
            } else if let Some(end) = self.mail() {
                Some((end, Kind::Mail, None))
            } else {
                self.schemeless().map(|(end, host)| (end, Kind::Schemeless, Some(self.text[start..host].to_vec())))
            };
            match found {
                Some((end, kind, host)) => {
                    self.at = end.max(start + 1);
                    let text = trimmed(&self.text[start..end]).to_vec();
                    return Some(Found { text, kind, host });
                }
                None => self.at += 1,
            }
        }
        None
    }
}

/// Without a closing parenthesis that was opened before, and without the marks that end a sentence.
fn trimmed(text: &[u8]) -> &[u8] {
    let close = text.iter().position(|&octet| octet == b')');
    let open = text.iter().position(|&octet| octet == b'(');
    let text = match close {
        Some(close) if open.is_none_or(|open| open > close) => &text[..close],
        _ => text,
    };
    let end = text.iter().rposition(|octet| !b"-~!@#^&*()_+=:;'?,.".contains(octet)).map_or(0, |at| at + 1);
    &text[..end]
}
