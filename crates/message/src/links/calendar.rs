//! Links in calendar files (RFC 5545): URL, LOCATION, DESCRIPTION and the rest, after unfolding and unescaping.

use super::{Link, Place, text};

/// The links of a calendar file, at most `limit`.
pub(super) fn find(source: &str, limit: usize) -> Vec<Link> {
    let mut links = text::find(&unfolded(source), limit);
    for link in &mut links {
        link.place = Place::Calendar;
    }
    links
}

/// Lines continued by white space joined (§3.1), and the escapes of texts undone (§3.3.11).
fn unfolded(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(c) = rest.chars().next() {
        let folded = ["\r\n ", "\r\n\t", "\n ", "\n\t"].into_iter().find(|fold| rest.starts_with(fold));
        if let Some(fold) = folded {
            rest = &rest[fold.len()..];
            continue;
        }
        let mut taken = c.len_utf8();
        let next = if c == '\\' { rest[taken..].chars().next() } else { None };
        match next {
            Some('n' | 'N') => {
                out.push('\n');
                taken += 1;
            }
            Some(escaped @ ('\\' | ';' | ',')) => {
                out.push(escaped);
                taken += 1;
            }
            _ => out.push(c),
        }
        rest = &rest[taken..];
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folded_and_escaped_links_are_found() {
        let source = "BEGIN:VCALENDAR\r\nDESCRIPTION:来てください\\nhttps://meet.exam\r\n ple.com/j/1\\, \
                      https://example.jp/a\\;b\r\nURL:https://example.org/x\r\nEND:VCALENDAR\r\n";
        let found = find(source, 9);
        let targets: Vec<&str> = found.iter().map(|link| link.target.as_str()).collect();
        assert_eq!(targets, ["https://meet.example.com/j/1", "https://example.jp/a;b", "https://example.org/x"]);
        assert!(found.iter().all(|link| link.place == Place::Calendar));
    }
}
