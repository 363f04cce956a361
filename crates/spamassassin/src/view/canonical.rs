//! Every form in which an address may be meant: unescaped, with its tricks undone, and where it redirects to.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::domain::Domains;
use super::text::{contains, own, string, trimmed};
use crate::pattern::Pattern;

/// Addresses that one address may lead to.
const MOST: usize = 20;

static NOT_ONE: LazyLock<Regex> = LazyLock::new(|| own(r"^(?:[#?&]|/(?:[^/]|\z))"));
static MAIL: LazyLock<Regex> = LazyLock::new(|| own(r"(?i)^(?:mailto:|[^:]*@)"));
static MAIL_QUERY: LazyLock<Regex> = LazyLock::new(|| own(r"^([^@]+@[^?]+)\?"));
static MAIL_AND: LazyLock<Regex> = LazyLock::new(|| own(r"^([^@]+@[^?&]+)&"));
static MAIL_SPACE: LazyLock<Regex> = LazyLock::new(|| own(r"^(?:mailto:)?(?:%20)*([^@]+@[^?&%]+)"));
static MAIL_ANGLE: LazyLock<Regex> = LazyLock::new(|| own(r"^[^?&]*<([^@>]+@[^>]+)>"));
static SLASHES: LazyLock<Regex> = LazyLock::new(|| own(r"(?i)^(https?:)/{0,2}"));
static ESCAPE: LazyLock<Regex> = LazyLock::new(|| own(r"%([0-9a-fA-F]{2})"));
static SCHEME: LazyLock<Regex> = LazyLock::new(|| own(r"(?i)^[-_a-z0-9]+:"));
static NO_PATH: LazyLock<Regex> = LazyLock::new(|| own(r"(?i)^(https?://[^/?#]+)([?#])"));
static DECIMAL: LazyLock<Regex> = LazyLock::new(|| own(r"&#0*(3[3-9]|[4-9]\d|1[01]\d|12[0-6]);"));
static HEXADECIMAL: LazyLock<Regex> = LazyLock::new(|| own(r"&#x0*(2[1-9]|[3-6][a-fA-F0-9]|7[0-9a-eA-E]);"));
static FULL_STOP: LazyLock<Regex> = LazyLock::new(|| own(r"(?i)&#(?:x2e|12290|x3002|65294|xff0e|65377|xff61);"));
static WEB: LazyLock<Regex> = LazyLock::new(|| own(r"(?is)^(https?://)([^@/?#]*@)?([^/?#:]+)((?::(\d*))?.*)\z"));
static INNER: LazyLock<Regex> = LazyLock::new(|| own(r"(?i)(https?:/{0,2}[^&#]+)"));
static NUMERIC: LazyLock<Regex> =
    LazyLock::new(|| own(r"(?i)^(0x[0-9a-f]+|\d+)\.(0x[0-9a-f]+|\d+)\.(0x[0-9a-f]+|\d+)\.(0x[0-9a-f]+|\d+)\z"));

/// Every form of an address, the given one first.
pub(super) fn forms(address: &[u8], redirectors: &[Pattern], domains: &Domains) -> Vec<Vec<u8>> {
    let mut open = vec![address.to_vec()];
    let mut found: Vec<Vec<u8>> = Vec::new();
    let mut at = 0;
    while at < open.len() && at < MOST {
        let cleaned: Vec<u8> = open[at].iter().copied().filter(|octet| !matches!(octet, b'\n' | b'\r')).collect();
        let cleaned = trimmed(&cleaned).to_vec();
        open[at].clone_from(&cleaned);
        at += 1;
        if cleaned.len() <= 1 || NOT_ONE.is_match(&cleaned) {
            continue;
        }
        if MAIL.is_match(&cleaned) {
            mail(&cleaned, &mut found);
        } else {
            web(&cleaned, redirectors, domains, &mut open, &mut found);
        }
    }
    open.extend(found);
    let mut seen = std::collections::HashSet::new();
    open.retain(|form| seen.insert(form.clone()));
    open
}

fn mail(address: &[u8], found: &mut Vec<Vec<u8>>) {
    let group = |pattern: &Regex| pattern.captures(address).and_then(|all| Some(all.get(1)?.as_bytes().to_vec()));
    found.extend(group(&MAIL_QUERY));
    found.extend(group(&MAIL_AND));
    if contains(address, b"%20") {
        found.extend(group(&MAIL_SPACE).map(|plain| [b"mailto:", plain.as_slice()].concat()));
    }
    found.extend(group(&MAIL_ANGLE).map(|plain| [b"mailto:", plain.as_slice()].concat()));
}

fn web(address: &[u8], redirectors: &[Pattern], domains: &Domains, open: &mut Vec<Vec<u8>>, found: &mut Vec<Vec<u8>>) {
    let plain = unescaped(address);
    if plain != address {
        found.push(plain.clone());
    }
    let Some(pieces) = WEB.captures(&plain) else { return };
    let piece = |number: usize| pieces.get(number).map(|piece| piece.as_bytes());
    let (scheme, mut host, rest) = (
        piece(1).unwrap_or_default().to_vec(),
        piece(3).unwrap_or_default().to_vec(),
        piece(4).unwrap_or_default().to_vec(),
    );
    let (user, port) = (piece(2).unwrap_or_default(), piece(5).unwrap_or_default());
    let with = |host: &[u8], rest: &[u8]| [scheme.as_slice(), host, rest].concat();
    let standard: &[u8] = if scheme == b"http://" { b":80" } else { b":443" };
    if !port.is_empty()
        && let Some(short) = rest.strip_prefix(standard)
        && short.first().is_none_or(|octet| !octet.is_ascii_alphanumeric())
    {
        found.push(with(&host, short));
    }
    if host.iter().any(|octet| *octet <= b' ') {
        host.retain(|octet| *octet > b' ');
        found.push(with(&host, &rest));
    }
    let whole = with(&host, &rest);
    let mut redirects = redirectors.iter().filter_map(|pattern| pattern.first_group(&whole));
    if let Some(target) = redirects.find(|target| target.contains(&b'.')) {
        open.push(target);
    } else if let Some(inner) = INNER.captures(&rest).and_then(|all| all.get(1))
        && inner.as_bytes().contains(&b'.')
    {
        open.push(inner.as_bytes().to_vec());
    }
    let end = host.iter().rposition(u8::is_ascii_alphanumeric).map_or(0, |at| at + 1);
    if end < host.len() {
        host.truncate(end);
        found.push(with(&host, &rest));
    }
    numeric(&host, &rest, &with, found);
    let lower = string(&host).to_ascii_lowercase();
    let name = lower.strip_prefix("www.").unwrap_or(&lower);
    let is_number = lower.bytes().all(|octet| octet.is_ascii_digit()) || lower.starts_with("0x");
    let default_port = scheme == b"http://" && user.is_empty() && matches!(port, b"" | b"80");
    if default_port && !is_number && lower != "localhost" && !name.contains('.') && !domains.is_valid(&lower) {
        found.push(with(format!("www.{name}.com").as_bytes(), &rest));
    }
}

/// An address of a host and the rest.
type Join<'w> = dyn Fn(&[u8], &[u8]) -> Vec<u8> + 'w;

/// Hosts that are numbers in disguise.
fn numeric(host: &[u8], rest: &[u8], with: &Join<'_>, found: &mut Vec<Vec<u8>>) {
    if let Some(pieces) = NUMERIC.captures(host) {
        let octets: Vec<String> =
            pieces.iter().skip(1).flatten().map(|piece| octet(&string(piece.as_bytes()))).collect();
        found.push(with(octets.join(".").as_bytes(), rest));
        return;
    }
    let text = string(host).to_ascii_lowercase();
    let number = match text.strip_prefix("0x") {
        Some(digits) => {
            digits.get(digits.len().saturating_sub(8)..).and_then(|last| u32::from_str_radix(last, 16).ok())
        }
        None if !text.is_empty() => {
            text.parse::<u32>().ok().filter(|_| text.bytes().all(|octet| octet.is_ascii_digit()))
        }
        None => None,
    };
    if let Some(number) = number {
        found.push(with(std::net::Ipv4Addr::from(number).to_string().as_bytes(), rest));
    }
}

/// One number of an address: hexadecimal, octal or decimal.
fn octet(written: &str) -> String {
    let lower = written.to_ascii_lowercase();
    let value = match lower.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None if lower.len() > 1 && lower.starts_with('0') => u32::from_str_radix(&lower, 8).ok(),
        None => None,
    };
    value.map_or_else(|| lower.trim_start_matches('0').to_owned(), |value| value.to_string())
}

/// Backslashes, escapes and references undone, a scheme in front.
fn unescaped(address: &[u8]) -> Vec<u8> {
    let mut plain: Vec<u8> = address.iter().map(|&octet| if octet == b'\\' { b'/' } else { octet }).collect();
    plain = SLASHES.replace(&plain, &b"$1//"[..]).into_owned();
    if ESCAPE.is_match(&plain) {
        plain = encoded(&plain);
    }
    if !SCHEME.is_match(&plain) {
        let scheme: &[u8] = if plain.starts_with(b"ftp.") { b"ftp://" } else { b"http://" };
        plain = [scheme, &plain].concat();
    }
    plain = NO_PATH.replace(&plain, &b"$1/$2"[..]).into_owned();
    if contains(&plain, b"&#") {
        let character = |found: &regex::bytes::Captures<'_>, radix: u32| {
            let digits = string(found.get(1).map(|digits| digits.as_bytes()).unwrap_or_default());
            vec![u8::from_str_radix(&digits, radix).unwrap_or(b'?')]
        };
        plain = DECIMAL.replace_all(&plain, |found: &regex::bytes::Captures<'_>| character(found, 10)).into_owned();
        plain = HEXADECIMAL.replace_all(&plain, |found: &regex::bytes::Captures<'_>| character(found, 16)).into_owned();
        plain = FULL_STOP.replace_all(&plain, &b"."[..]).into_owned();
    }
    plain
}

/// Escapes that were not needed undone, and characters that need one escaped.
pub(super) fn encoded(address: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(address.len());
    let mut at = 0;
    let plain = |piece: &[u8], text: &mut Vec<u8>| {
        for &octet in piece {
            if octet <= b' ' || octet >= 0x7F || matches!(octet, b'"' | b'%' | b'<' | b'>') {
                text.extend_from_slice(format!("%{octet:02x}").as_bytes());
            } else {
                text.push(octet);
            }
        }
    };
    for found in ESCAPE.find_iter(address) {
        plain(&address[at..found.start()], &mut text);
        let code = u8::from_str_radix(&string(&found.as_bytes()[1..]), 16).unwrap_or(0);
        if (0x21..0x7F).contains(&code) {
            text.push(code);
        } else {
            text.extend_from_slice(found.as_bytes());
        }
        at = found.end();
    }
    plain(&address[at..], &mut text);
    text
}
