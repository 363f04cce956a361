//! Links in running text, disguised ones among them.

use super::{Link, Place};

/// Characters looked at to the left of `://` and of a dot.
const SCHEME: usize = 8;
/// Characters of a host name (RFC 1035 §2.3.4).
const HOST: usize = 253;
/// Octets of one link.
const LENGTH: usize = 2048;

/// Top-level domains under which a bare `name.tld` is taken for a host without a path behind it.
const BARE: [&str; 38] = [
    "com", "net", "org", "info", "biz", "jp", "xyz", "top", "cn", "ru", "shop", "site", "online", "club", "icu", "vip",
    "live", "tk", "ga", "cf", "gq", "io", "me", "app", "link", "click", "store", "work", "cyou", "sbs", "buzz", "mobi",
    "asia", "tv", "us", "uk", "ly", "gl",
];

/// The links of a text, at most `limit`.
pub(super) fn find(text: &str, limit: usize) -> Vec<Link> {
    let mut links = Vec::new();
    let mut done = 0;
    for at in candidates(text) {
        if links.len() >= limit {
            break;
        }
        if at < done {
            continue;
        }
        let found = with_scheme(text, at, done).or_else(|| without_scheme(text, at, done));
        if let Some((start, end, target)) = found {
            links.push(Link { shown: text[start..end].to_owned(), ..Link::new(&target, "", Place::Text) });
            done = end;
        } else if text[done..at].ends_with(|c| is_label(narrow(c))) {
            // The whole run of labels was looked at: its other dots would say the same.
            done = at + text[at..].find(|c| !is_label(narrow(c))).unwrap_or(text.len() - at);
        }
    }
    links
}

/// Places where a link may have its colon or a dot of its host.
fn candidates(text: &str) -> impl Iterator<Item = usize> {
    let ascii = text.is_ascii();
    let octets = ascii.then(|| memchr::memchr2_iter(b'.', b':', text.as_bytes())).into_iter().flatten();
    let fits = |&(_, c): &(usize, char)| is_dot(c) || matches!(c, ':' | '：');
    octets.chain((!ascii).then(|| text.char_indices().filter(fits).map(|(at, _)| at)).into_iter().flatten())
}

/// `scheme://host…` around the colon at `at`.
fn with_scheme(text: &str, at: usize, done: usize) -> Option<(usize, usize, String)> {
    let colon = text[at..].chars().next().filter(|c| matches!(c, ':' | '：'))?;
    let after = &text[at + colon.len_utf8()..];
    let mut signs = after.chars();
    let slashes = (signs.next()?, signs.next()?);
    if !is_slash(slashes.0) || !is_slash(slashes.1) {
        return None;
    }
    let mut start = at;
    let mut scheme = String::new();
    for (before, c) in text[done..at].char_indices().rev().take(SCHEME) {
        let c = narrow(c).to_ascii_lowercase();
        if !c.is_ascii_alphabetic() && c != '*' {
            break;
        }
        scheme.insert(0, c);
        start = done + before;
    }
    let (kept, scheme) = meant_scheme(&scheme)?;
    // Letters glued to the front of the scheme belong to the text before it.
    let skipped: usize = text[start..at].chars().rev().take(kept).map(char::len_utf8).sum();
    let start = at - skipped;
    let body = at + colon.len_utf8() + slashes.0.len_utf8() + slashes.1.len_utf8();
    let (length, url) = body_of(&text[body..])?;
    Some((start, body + length, format!("{scheme}://{url}")))
}

/// The scheme that is meant by what stands before the colon, and how many of its characters belong to it.
fn meant_scheme(written: &str) -> Option<(usize, &'static str)> {
    const SCHEMES: [(&str, &str); 12] = [
        ("https", "https"),
        ("hxxps", "https"),
        ("h**ps", "https"),
        ("https", "https"),
        ("ttps", "https"),
        ("http", "http"),
        ("hxxp", "http"),
        ("h**p", "http"),
        ("htxp", "http"),
        ("ttp", "http"),
        ("ftp", "ftp"),
        ("ftps", "ftp"),
    ];
    SCHEMES.iter().find(|(given, _)| written.ends_with(given)).map(|&(given, meant)| (given.len(), meant))
}

/// `www.example.jp/…` or `example.com` around the dot at `at`.
fn without_scheme(text: &str, at: usize, done: usize) -> Option<(usize, usize, String)> {
    let mut start = at;
    for (before, c) in text[done..at].char_indices().rev().take(HOST) {
        if !is_label(narrow(c)) {
            // The host of an address is no link.
            if matches!(c, '@' | '＠' | '/' | '=') {
                return None;
            }
            break;
        }
        start = done + before;
    }
    let before = text[..start].chars().next_back();
    if start == at || before.is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '@' | '＠')) {
        return None;
    }
    if is_one_label(text, start, at) {
        return None;
    }
    let (length, url) = body_of(&text[start..])?;
    let host_end = url.find(['/', '?', '#', ':']).unwrap_or(url.len());
    let (host, path) = url.split_at(host_end);
    if host.contains('@') {
        return None;
    }
    let lower = host.to_ascii_lowercase();
    let top = lower.rsplit('.').next()?;
    let known = psl::suffix(lower.as_bytes()).is_some_and(|suffix| suffix.is_known()) && !top.is_empty();
    let followed = text[start + length..].starts_with(['@', '＠']);
    let fine = known && !followed && (lower.starts_with("www.") || path.starts_with('/') || BARE.contains(&top));
    (fine && psl::domain(lower.as_bytes()).is_some()).then(|| (start, start + length, format!("http://{url}")))
}

/// Whether the name around the dot or colon at `at` has but one label, as at the end of a sentence: no host has. It is
/// asked of every such sign of a text, before anything is looked up.
fn is_one_label(text: &str, start: usize, at: usize) -> bool {
    let mut signs = text[at..].chars();
    let colon = signs.next().is_some_and(|sign| matches!(sign, ':' | '：'));
    let mut ends = || signs.next().is_none_or(char::is_whitespace);
    (colon || ends()) && !text[start..at].contains(is_dot)
}

/// The host and path at the start of the text: the octets they take and what they mean.
fn body_of(text: &str) -> Option<(usize, String)> {
    let mut meaning = String::new();
    let mut end = 0;
    let mut in_host = true;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if end >= LENGTH {
            break;
        }
        if in_host {
            if let Some(length) = bracketed_dot(rest) {
                meaning.push('.');
                end += length;
                rest = &rest[length..];
                continue;
            }
            let sign = narrow(c);
            if is_full_stop(c) {
                // At the end of a name it ends the sentence: `example.jp。` but `example。jp`.
                let follows = rest.chars().nth(1).map(narrow).is_some_and(|next| next.is_ascii_alphanumeric());
                if !follows || is_registrable(&meaning) {
                    break;
                }
                meaning.push('.');
            } else if is_dot(c) {
                meaning.push('.');
            } else if is_label(sign) || sign.is_alphanumeric() || matches!(sign, '%' | '@' | '[' | ']') {
                meaning.push(sign);
            } else if matches!(sign, '/' | '\\' | ':' | '?' | '#') {
                in_host = false;
                meaning.push(sign);
            } else {
                break;
            }
        } else if c.is_ascii_graphic() && !matches!(c, '<' | '>' | '"' | '`' | '{' | '}' | '|' | '^') {
            meaning.push(c);
        } else {
            break;
        }
        end += c.len_utf8();
        rest = &rest[c.len_utf8()..];
    }
    trim(&text[..end], meaning)
}

/// Takes away what was glued to the end: Japanese after a Latin top-level domain, closing punctuation.
fn trim(written: &str, mut meaning: String) -> Option<(usize, String)> {
    let mut end = written.len();
    let host_end = meaning.find(['/', '\\', ':', '?', '#']).unwrap_or(meaning.len());
    if host_end == meaning.len() {
        let last = meaning.rfind('.').map_or(0, |dot| dot + 1);
        let label = &meaning[last..];
        if label.starts_with(|c: char| c.is_ascii_alphanumeric())
            && let Some(glued) = label.find(|c: char| !c.is_ascii())
        {
            let characters = label[glued..].chars().count();
            meaning.truncate(last + glued);
            end = cut_back(written, end, characters);
        }
    } else if let Some(glued) = meaning[..host_end].rfind('.').and_then(|dot| {
        let label = &meaning[dot + 1..host_end];
        let latin = label.starts_with(|c: char| c.is_ascii_alphanumeric());
        label.find(|c: char| !c.is_ascii()).filter(|_| latin).map(|at| dot + 1 + at)
    }) {
        let characters = meaning[glued..].chars().count();
        meaning.truncate(glued);
        end = cut_back(written, end, characters);
    }
    while let Some(last) = meaning.chars().next_back() {
        let closes = match last {
            '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' | '_' | '~' => true,
            ')' => meaning.matches(')').count() > meaning.matches('(').count(),
            ']' => meaning.matches(']').count() > meaning.matches('[').count(),
            _ => false,
        };
        if !closes {
            break;
        }
        meaning.pop();
        end = cut_back(written, end, 1);
    }
    let host = meaning.split(['/', '\\', '?', '#']).next().unwrap_or_default();
    (host.len() > 1 && host.contains(|c: char| c.is_alphanumeric())).then_some((end, meaning))
}

/// Moves an end back by a number of characters of the written form.
fn cut_back(written: &str, end: usize, characters: usize) -> usize {
    written[..end].char_indices().rev().nth(characters.saturating_sub(1)).map_or(0, |(at, _)| at)
}

/// `[.]`, `(.)`, `{.}`, `[dot]`: a dot that people may not click on.
fn bracketed_dot(text: &str) -> Option<usize> {
    const DOTS: [&str; 6] = ["[.]", "(.)", "{.}", "[dot]", "(dot)", "［．］"];
    if !text.starts_with(['[', '(', '{', '［']) {
        return None;
    }
    DOTS.iter().find(|dot| text.starts_with(**dot)).map(|dot| dot.len())
}

/// The Japanese full stop, which IDNA 2003 takes for a dot.
fn is_full_stop(c: char) -> bool {
    matches!(c, '。' | '｡')
}

fn is_registrable(host: &str) -> bool {
    let lower = host.to_ascii_lowercase();
    psl::domain(lower.as_bytes()).is_some_and(|domain| domain.suffix().is_known())
}

/// The dots of host names: IDNA 2003's four (RFC 3490 §3.1) and the one dot leader.
fn is_dot(c: char) -> bool {
    matches!(c, '.' | '。' | '．' | '｡' | '․')
}

fn is_slash(c: char) -> bool {
    matches!(c, '/' | '／' | '\\')
}

fn is_label(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_') || (is_dot(c) && !is_full_stop(c))
}

/// Full-width ASCII made narrow.
fn narrow(c: char) -> char {
    match c {
        '！'..='～' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn targets(text: &str) -> Vec<String> {
        find(text, 100).into_iter().map(|link| link.target).collect()
    }

    #[test]
    fn links_are_found_as_they_are_disguised() {
        for (text, expected) in [
            ("see https://example.jp/a?b=c#d.", &["https://example.jp/a?b=c#d"][..]),
            ("(http://example.com/x_(y))", &["http://example.com/x_(y)"]),
            ("詳細はhttps://example.jp/をご覧ください", &["https://example.jp/"]),
            ("詳細はhttps://example.jpをご覧ください", &["https://example.jp"]),
            ("hxxp://evil[.]example[.]com/x", &["http://evil.example.com/x"]),
            ("hxxps://evil(.)example.com", &["https://evil.example.com"]),
            ("ｈｔｔｐ：／／ｅｘａｍｐｌｅ．ｃｏｍ／", &["http://example.com/"]),
            ("http://example．com/", &["http://example.com/"]),
            ("ttp://example.com/", &["http://example.com/"]),
            ("http://日本語.jp/です", &["http://日本語.jp/"]),
            ("www.example.jp", &["http://www.example.jp"]),
            ("example.com/path、example.org", &["http://example.com/path", "http://example.org"]),
            ("mail a@example.com or b.c@example.jp", &[]),
            ("file.txt v1.2.3 e.g. 12.5", &[]),
            ("<http://example.com/>\nhttp://example.org", &["http://example.com/", "http://example.org"]),
            ("https://example.jp。詳しくは", &["https://example.jp"]),
            ("です。example.com。", &["http://example.com"]),
            ("http://example。com/", &["http://example.com/"]),
            ("http://", &[]),
            ("://", &[]),
            ("http://192.0.2.1:8080/x", &["http://192.0.2.1:8080/x"]),
            ("http://user:pass@example.com/", &["http://user:pass@example.com/"]),
        ] {
            assert_eq!(targets(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_shown_is_what_was_written() {
        let links = find("a hxxp://evil[.]example/ b", 9);
        assert_eq!(
            (links[0].shown.as_str(), links[0].host.as_deref()),
            ("hxxp://evil[.]example/", Some("evil.example"))
        );
    }

    #[test]
    fn the_bound_holds() {
        assert_eq!(find(&"http://example.com/ ".repeat(50), 7).len(), 7);
        assert!(find(&".".repeat(100_000), 7).is_empty());
        assert!(find(&"a".repeat(10).repeat(10_000), 7).is_empty());
    }
}
