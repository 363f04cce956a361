//! Variants of a message as campaigns send them: the same offer under different noise each time.

use message::parse::leaves;
use message::{Headers, Limits, charset};

use crate::random::Random;

/// A message taken apart into what a variant is made of.
pub(crate) struct Example {
    subject: String,
    parts: Vec<(Form, String)>,
    files: Vec<(String, Vec<u8>)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Plain,
    Html,
}

impl Example {
    pub(crate) fn of(raw: &[u8]) -> Self {
        let headers = Headers::parse(raw.to_vec().into(), &Limits::default());
        let subject = headers.get("Subject").unwrap_or_default().to_owned();
        let mut example = Self { subject, parts: Vec::new(), files: Vec::new() };
        let mut found = leaves(&headers, &Limits::default());
        found.sort_by_key(|leaf| leaf.whole.start);
        for leaf in found {
            let octets = leaf.contents.octets();
            let form = match leaf.declared.as_str() {
                "text/plain" | "" => Form::Plain,
                "text/html" => Form::Html,
                other if other.starts_with("multipart/") || other.starts_with("message/") => continue,
                other => {
                    example.files.push((other.to_owned(), octets.to_vec()));
                    continue;
                }
            };
            let declared = charset_of(raw.get(leaf.whole.clone()).filter(|_| !leaf.is_body).unwrap_or(raw));
            let label = declared.or_else(|| charset_in(&octets[..octets.len().min(2_048)]));
            example.parts.push((form, charset::decode(octets, label.as_deref()).text));
        }
        example
    }

    /// The `number`th variant. `words` are those that harmless text is made of.
    pub(crate) fn variant(&self, random: &mut Random, words: &[String]) -> Vec<u8> {
        let host = format!("{}.example", random.letters(9));
        let name = random.one(&NAMES).to_string();
        let mut parts = Vec::new();
        for (form, text) in &self.parts {
            let text = match form {
                Form::Plain => plain(text, random, words, &host, &name),
                Form::Html => html(text, random, words, &host, &name),
            };
            let kind = if *form == Form::Plain { "text/plain" } else { "text/html" };
            parts.push((format!("{kind}; charset=utf-8"), text.into_bytes()));
        }
        parts.extend(self.files.iter().cloned());
        let subject = match random.below(4) {
            0 => format!("{name}, {}", self.subject),
            1 => format!("{} {}", self.subject, random.token(7)),
            2 => format!("Re: {} [{}]", self.subject, random.below(99_999)),
            _ => self.subject.clone(),
        };
        let subject: String = subject.chars().filter(|c| !c.is_control()).collect();
        let to = format!("{}{}@example.jp", name.to_lowercase(), random.below(99));
        let head = format!(
            "From: {} <{}@{host}>\r\nTo: {to}\r\nSubject: {subject}\r\nMessage-ID: <{}@{host}>\r\nMIME-Version: 1.0\r\n",
            random.one(&NAMES),
            random.letters(6),
            random.token(20),
        );
        assemble(head, &parts, random)
    }
}

/// The first charset that stands in a header section.
fn charset_of(part: &[u8]) -> Option<String> {
    let end = part.windows(2).position(|two| two == b"\n\n").or_else(|| part.windows(4).position(|f| f == b"\r\n\r\n"));
    charset_in(&part[..end.unwrap_or(0)])
}

fn charset_in(octets: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(octets).to_lowercase();
    let (_, rest) = head.split_once("charset=")?;
    let label: String =
        rest.trim_start_matches('"').chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect();
    charset::is_known(&label).then_some(label)
}

/// Puts parts together; each in an encoding of its own.
pub(crate) fn assemble(mut message: String, parts: &[(String, Vec<u8>)], random: &mut Random) -> Vec<u8> {
    if let [(kind, octets)] = parts {
        message.push_str(&encoded(kind, octets, random));
        return message.into_bytes();
    }
    let boundary = random.token(24);
    let all_text = parts.iter().all(|(kind, _)| kind.starts_with("text/"));
    let kind = if all_text { "alternative" } else { "mixed" };
    message.push_str(&format!("Content-Type: multipart/{kind}; boundary=\"{boundary}\"\r\n\r\n"));
    for (kind, octets) in parts {
        message.push_str(&format!("--{boundary}\r\n{}\r\n", encoded(kind, octets, random)));
    }
    message.push_str(&format!("--{boundary}--\r\n"));
    message.into_bytes()
}

fn encoded(kind: &str, octets: &[u8], random: &mut Random) -> String {
    let quoted = kind.starts_with("text/") && random.percent(50);
    let (name, body) = if quoted { ("quoted-printable", quoted_printable(octets)) } else { ("base64", base64(octets)) };
    format!("Content-Type: {kind}\r\nContent-Transfer-Encoding: {name}\r\n\r\n{body}\r\n")
}

fn quoted_printable(octets: &[u8]) -> String {
    let mut out = String::new();
    let mut column = 0;
    for &octet in octets {
        let plain = (b' '..=b'~').contains(&octet) && octet != b'=';
        let piece = if plain { char::from(octet).to_string() } else { format!("={octet:02X}") };
        if octet == b'\n' {
            out.push_str("\r\n");
            column = 0;
            continue;
        }
        if octet == b'\r' {
            continue;
        }
        if column + piece.len() > 72 {
            out.push_str("=\r\n");
            column = 0;
        }
        column += piece.len();
        out.push_str(&piece);
    }
    out
}

fn base64(octets: &[u8]) -> String {
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for (at, three) in octets.chunks(3).enumerate() {
        if at > 0 && at % 19 == 0 {
            out.push_str("\r\n");
        }
        let value = three.iter().fold(0_u32, |value, octet| value << 8 | u32::from(*octet)) << (8 * (3 - three.len()));
        for place in 0..4 {
            let sign = SIGNS[(value >> (18 - 6 * place) & 63) as usize];
            out.push(if place <= three.len() { char::from(sign) } else { '=' });
        }
    }
    out
}

const NAMES: [&str; 16] = [
    "Alice", "Bob", "Carol", "Dave", "Erin", "Frank", "Grace", "Heidi", "Ivan", "Judy", "Mallory", "Niaj", "Olivia",
    "Peggy", "Rupert", "Sybil",
];

/// Numbers, links, words and sentences of a text as another copy has them.
fn reword(text: &str, random: &mut Random, words: &[String], host: &str, name: &str) -> String {
    let mut out = String::with_capacity(text.len() + 64);
    for piece in text.split_inclusive(char::is_whitespace) {
        let word = piece.trim_end();
        let space = &piece[word.len()..];
        if word.is_empty() {
            out.push_str(space);
        } else if let Some(at) = word.find("://") {
            out.push_str(&rotate(word, at + 3, host, random));
        } else if word.contains('@') {
            out.push_str(&format!("{}@{host}", name.to_lowercase()));
        } else if word.bytes().any(|octet| octet.is_ascii_digit()) && !word.contains(['<', '>', '=', '&', '#', '"']) {
            out.extend(
                word.chars().map(|c| if c.is_ascii_digit() { char::from(b'0' + random.below(10) as u8) } else { c }),
            );
        } else if word.len() > 3 && word.bytes().all(|octet| octet.is_ascii_alphabetic()) && random.percent(3) {
            out.push_str(random.one(words).as_str());
        } else {
            out.push_str(word);
        }
        out.push_str(space);
    }
    out
}

/// Another host, and a token that marks the recipient.
fn rotate(word: &str, from: usize, host: &str, random: &mut Random) -> String {
    let rest = &word[from..];
    let end = rest.find(['/', '?', '"', '\'', '>', '<', ')']).unwrap_or(rest.len());
    let path_end = rest[end..].find(['"', '\'', '>', '<', ')', ' ']).map_or(rest.len(), |at| end + at);
    let (path, after) = (&rest[end..path_end], &rest[path_end..]);
    let mark = if path.contains('?') { "&" } else { "?" };
    format!("{}{host}{path}{mark}id={}{after}", &word[..from], random.token(10))
}

/// Sentences of the harmless kind.
fn padding(random: &mut Random, words: &[String]) -> String {
    let count = 10 + random.below(50);
    let mut out = String::new();
    for at in 0..count {
        let word = if random.percent(15) { random.letters(5) } else { random.one(words).as_str().to_owned() };
        out.push_str(&word);
        out.push_str(if at % 11 == 10 { ".\n" } else { " " });
    }
    out
}

fn plain(text: &str, random: &mut Random, words: &[String], host: &str, name: &str) -> String {
    let mut lines: Vec<String> = reword(text, random, words, host, name).lines().map(str::to_owned).collect();
    if lines.len() > 6 && random.percent(50) {
        let at = random.below(lines.len() - 2);
        lines.swap(at, at + 1);
    }
    let mut out = String::new();
    if random.percent(60) {
        out.push_str(&format!("Dear {name},\n\n"));
    }
    for line in lines {
        for c in line.chars() {
            out.push(c);
            if c.is_alphabetic() && random.below(400) == 0 {
                out.push('\u{200B}');
            }
        }
        out.push('\n');
    }
    if random.percent(60) {
        out.push('\n');
        out.push_str(&padding(random, words));
    }
    out.push_str(&format!("\n{}\n", random.token(12)));
    out
}

fn html(text: &str, random: &mut Random, words: &[String], host: &str, name: &str) -> String {
    let text = reword(text, random, words, host, name);
    let mut out = String::with_capacity(text.len() * 5 / 4);
    let mut inside = false;
    let mut raw = false;
    let mut rest = text.as_str();
    while let Some(c) = rest.chars().next() {
        if c == '<' {
            let lower = rest.get(..8).unwrap_or(rest).to_ascii_lowercase();
            if lower.starts_with("<style") || lower.starts_with("<script") || lower.starts_with("<title") {
                raw = true;
            } else if lower.starts_with("</style") || lower.starts_with("</script") || lower.starts_with("</title") {
                raw = false;
            }
            inside = true;
        }
        if inside || raw {
            out.push(c);
        } else {
            body_character(c, &mut out, random);
        }
        if c == '>' {
            inside = false;
        }
        rest = &rest[c.len_utf8()..];
    }
    dress(&mut out, random);
    let hidden = format!(
        "<div style=\"font-size:0;line-height:0\">{}</div><span style=\"display:none\">{}</span>",
        padding(random, words),
        random.token(20)
    );
    let tail = if random.percent(40) { format!("<p>{}</p>", padding(random, words)) } else { String::new() };
    match out.to_ascii_lowercase().rfind("</body") {
        Some(at) => out.insert_str(at, &format!("{hidden}{tail}")),
        None => out.push_str(&format!("{hidden}{tail}")),
    }
    out
}

/// Characters written another way, and comments and unknown tags between them.
fn body_character(c: char, out: &mut String, random: &mut Random) {
    match random.below(300) {
        0 if c.is_ascii_alphabetic() => out.push_str(&format!("&#{};", u32::from(c))),
        1 => out.push_str(&format!("<!-- {} -->{c}", random.token(9))),
        2 => out.push_str(&format!("<{}>{c}", random.letters(6))),
        3 if c.is_alphabetic() => out.push_str(&format!("{c}\u{200B}")),
        _ => out.push(c),
    }
}

/// Other tags for the same look.
fn dress(out: &mut String, random: &mut Random) {
    for (from, to) in
        [("<b>", "<strong>"), ("</b>", "</strong>"), ("<i>", "<em>"), ("<br>", "<br/>"), ("<BR>", "<br />")]
    {
        if random.percent(50) {
            *out = out.replace(from, to);
        }
    }
    if random.percent(50) {
        *out = out.replacen("<p>", "<p style=\"margin:1px\">", 3);
    }
}
