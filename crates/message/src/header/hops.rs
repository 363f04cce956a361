//! Received fields (RFC 5321 §4.4) in the shapes of Postfix, Sendmail, Exim, qmail, Exchange and Gmail.

use std::net::IpAddr;

use super::{Hop, date};

/// The words that begin a clause.
const CLAUSES: [&str; 7] = ["from", "by", "via", "with", "id", "for", "envelope-from"];

/// Reads one Received field.
pub(super) fn read(value: &str) -> Hop {
    let (trace, when) = value.rsplit_once(';').unwrap_or((value, ""));
    let mut hop = Hop { at: date::parse(when), ..Hop::default() };
    let mut clause = "";
    let mut first = true;
    for token in (Tokens { rest: trace }) {
        match token {
            Token::Word(word) => {
                if let Some(begun) = CLAUSES.iter().find(|name| name.eq_ignore_ascii_case(word)) {
                    // `by` right after `from` is a host that calls itself so.
                    if !(first && clause == "from") {
                        (clause, first) = (begun, true);
                        continue;
                    }
                }
                take_word(&mut hop, clause, word, first);
                first = false;
            }
            Token::Comment(comment) if clause == "from" => take_comment(&mut hop, comment),
            Token::Comment(_) => first = false,
        }
    }
    if hop.name.as_deref().is_some_and(|name| name.eq_ignore_ascii_case("unknown")) {
        hop.name = None;
    }
    hop
}

fn take_word(hop: &mut Hop, clause: &str, word: &str, first: bool) {
    match clause {
        "from" if first => {
            if let Some(ip) = bracketed(word) {
                hop.ip = Some(ip);
            }
            hop.helo = Some(word.to_owned());
        }
        "by" if first => hop.by = Some(word.to_owned()),
        "with" => match &mut hop.with {
            None => hop.with = Some(word.to_owned()),
            // `with Microsoft SMTP Server`
            Some(with) if !first => {
                with.push(' ');
                with.push_str(word);
            }
            Some(_) => {}
        },
        _ => {}
    }
}

/// What the server noted about the client: `(name [ip])`, `([ip] helo=x)`, `(HELO x) (ip)`, `(ip)`.
fn take_comment(hop: &mut Hop, comment: &str) {
    let mut words = comment.split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | ',')).peekable();
    while let Some(word) = words.next() {
        let lower = word.to_ascii_lowercase();
        if let Some(said) = lower.strip_prefix("helo=").or_else(|| lower.strip_prefix("ehlo=")) {
            told_name(hop, &word[word.len() - said.len()..]);
        } else if matches!(lower.as_str(), "helo" | "ehlo") {
            if let Some(said) = words.next() {
                told_name(hop, said);
            }
        } else if let Some(ip) = address(word) {
            hop.ip = hop.ip.or(Some(ip));
        } else if hop.name.is_none() && is_host(word) {
            hop.name = Some(word.trim_end_matches('.').to_owned());
        }
    }
}

/// The server tells HELO apart: then the word after `from` was the name it looked up.
fn told_name(hop: &mut Hop, said: &str) {
    if let Some(name) = hop.helo.replace(said.to_owned())
        && bracketed(&name).is_none()
        && hop.name.is_none()
    {
        hop.name = Some(name);
    }
}

fn is_host(word: &str) -> bool {
    let inside = word.bytes().all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'.' | b'-' | b'_'));
    inside && (word.trim_end_matches('.').contains('.') || word.eq_ignore_ascii_case("unknown"))
}

/// An address with or without brackets, `IPv6:`, a port, or `user@` in front (qmail).
fn address(word: &str) -> Option<IpAddr> {
    let word = word.rsplit_once('@').map_or(word, |(_, host)| host);
    bracketed(word).or_else(|| word.parse().ok()).map(|ip: IpAddr| ip.to_canonical())
}

fn bracketed(word: &str) -> Option<IpAddr> {
    let inside = word.strip_prefix('[')?;
    let (inside, _) = inside.split_once(']')?;
    let lower = inside.to_ascii_lowercase();
    let inside = lower.strip_prefix("ipv6:").unwrap_or(&lower);
    inside.parse().ok().map(|ip: IpAddr| ip.to_canonical())
}

enum Token<'a> {
    Word(&'a str),
    Comment(&'a str),
}

/// Words and comments at the top level.
struct Tokens<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        self.rest = self.rest.trim_start();
        if let Some(inside) = self.rest.strip_prefix('(') {
            let mut depth = 1usize;
            let end = inside.bytes().position(|octet| {
                match octet {
                    b'(' => depth += 1,
                    b')' => depth -= 1,
                    _ => {}
                }
                depth == 0
            });
            let comment = &inside[..end.unwrap_or(inside.len())];
            self.rest = end.and_then(|end| inside.get(end + 1..)).unwrap_or_default();
            return Some(Token::Comment(comment));
        }
        if self.rest.is_empty() {
            return None;
        }
        let end = self.rest.find(|c: char| c.is_whitespace() || c == '(').unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        Some(Token::Word(word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// helo, ip, name, by, with
    fn parts(value: &str) -> [String; 5] {
        let hop = read(value);
        assert_eq!(hop.at, Some(crate::UnixMillis(1_795_334_644_000)), "{value}");
        let text = |part: Option<String>| part.unwrap_or_else(|| "-".to_owned());
        let ip = hop.ip.map(|ip| ip.to_string());
        [text(hop.helo), text(ip), text(hop.name), text(hop.by), text(hop.with)]
    }

    #[test]
    fn the_shapes_of_common_servers_are_read() {
        for (value, expected) in [
            // Postfix
            (
                "from helo.example.com (mail.example.com [192.0.2.1]) by mx.example.jp (Postfix) with ESMTP id 4F1 \
              for <a@example.jp>; Sun, 22 Nov 2026 17:04:04 +0900 (JST)",
                ["helo.example.com", "192.0.2.1", "mail.example.com", "mx.example.jp", "ESMTP"],
            ),
            (
                "from helo.example.com (unknown [IPv6:2001:db8::1]) (using TLSv1.3 with cipher X (256/256 bits)) \
              by mx.example.jp (Postfix) with ESMTPS id 4F1; Sun, 22 Nov 2026 08:04:04 GMT",
                ["helo.example.com", "2001:db8::1", "-", "mx.example.jp", "ESMTPS"],
            ),
            // Sendmail
            (
                "from helo (mail.example.com [192.0.2.1] (may be forged)) by mx.example.jp (8.15.2/8.15.2) with SMTP \
              id uAM; Sun, 22 Nov 2026 17:04:04 +0900",
                ["helo", "192.0.2.1", "mail.example.com", "mx.example.jp", "SMTP"],
            ),
            // Exim
            (
                "from mail.example.com ([192.0.2.1] helo=helo.example.com) by mx.example.jp with esmtps (TLS1.3) \
              tls X (Exim 4.96) (envelope-from <a@example.com>) id 1p-2; Sun, 22 Nov 2026 17:04:04 +0900",
                ["helo.example.com", "192.0.2.1", "mail.example.com", "mx.example.jp", "esmtps tls X"],
            ),
            (
                "from [192.0.2.1] (helo=helo.example.com) by mx.example.jp with smtp id 1p; \
              Sun, 22 Nov 2026 17:04:04 +0900",
                ["helo.example.com", "192.0.2.1", "-", "mx.example.jp", "smtp"],
            ),
            // qmail
            (
                "from unknown (HELO helo.example.com) (192.0.2.1) by mx.example.jp with SMTP; \
              22 Nov 2026 08:04:04 -0000",
                ["helo.example.com", "192.0.2.1", "-", "mx.example.jp", "SMTP"],
            ),
            // Exchange
            (
                "from A.example.com (192.0.2.1) by B.example.jp (198.51.100.2) with Microsoft SMTP Server (version=X) \
              id 15.1; Sun, 22 Nov 2026 08:04:04 +0000",
                ["A.example.com", "192.0.2.1", "-", "B.example.jp", "Microsoft SMTP Server"],
            ),
            // Gmail
            (
                "from mail.example.com (mail.example.com. [192.0.2.1]) by mx.google.example with ESMTPS id a \
              for <a@example.jp> (version=TLS1_3); Sun, 22 Nov 2026 00:04:04 -0800 (PST)",
                ["mail.example.com", "192.0.2.1", "mail.example.com", "mx.google.example", "ESMTPS"],
            ),
            (
                "by 2001:db8::2 with SMTP id a; Sun, 22 Nov 2026 00:04:04 -0800 (PST)",
                ["-", "-", "-", "2001:db8::2", "SMTP"],
            ),
        ] {
            assert_eq!(parts(value), expected, "{value}");
        }
    }

    #[test]
    fn nonsense_gives_an_empty_hop() {
        assert_eq!(read(""), Hop::default());
        assert_eq!(read("((((; ;("), Hop::default());
    }
}
