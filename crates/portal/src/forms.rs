//! What a person sent with a form: urlencoded or multipart, read once and within a bound.
//!
//! Multipart is read here and not by a library, because the only file anybody sends is a CSV list.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::problem::Problem;

/// The fields of a form in the order they came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form(Vec<(String, Vec<u8>)>);

/// Fields that are read of one form.
const FIELDS: usize = 2_000;

impl Form {
    /// Reads a body by its content type.
    pub fn read(content_type: &str, body: &[u8]) -> Result<Self, Problem> {
        let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match kind.as_str() {
            "application/x-www-form-urlencoded" => Ok(Self::urlencoded(body)),
            "multipart/form-data" => {
                let boundary = content_type
                    .split(';')
                    .filter_map(|parameter| parameter.trim().strip_prefix("boundary="))
                    .map(|value| value.trim_matches('"'))
                    .next()
                    .filter(|boundary| !boundary.is_empty())
                    .ok_or(Problem::BadForm)?;
                Ok(Self::multipart(boundary, body))
            }
            "" if body.is_empty() => Ok(Self::default()),
            _ => Err(Problem::BadForm),
        }
    }

    /// Of fields that did not come from a page.
    pub fn of(fields: Vec<(String, Vec<u8>)>) -> Self {
        Self(fields)
    }

    fn urlencoded(body: &[u8]) -> Self {
        Self(
            body.split(|b| *b == b'&')
                .filter(|pair| !pair.is_empty())
                .take(FIELDS)
                .map(|pair| {
                    let mut halves = pair.splitn(2, |b| *b == b'=');
                    let name = decode(halves.next().unwrap_or_default());
                    let value = decode(halves.next().unwrap_or_default());
                    (String::from_utf8_lossy(&name).into_owned(), value)
                })
                .collect(),
        )
    }

    /// RFC 7578, as browsers write it.
    fn multipart(boundary: &str, body: &[u8]) -> Self {
        let mark = [b"--", boundary.as_bytes()].concat();
        let mut fields = Vec::new();
        let mut rest = match find(body, &mark) {
            Some(at) => &body[at + mark.len()..],
            None => return Self::default(),
        };
        let closing = [b"\r\n", mark.as_slice()].concat();
        while let Some(part) = rest.strip_prefix(b"\r\n") {
            let Some(end) = find(part, &closing) else { break };
            if let Some(head_end) = find(&part[..end], b"\r\n\r\n") {
                let head = String::from_utf8_lossy(&part[..head_end]);
                if let Some(name) = parameter(&head, " name=\"") {
                    fields.push((name, part[head_end + 4..end].to_vec()));
                }
            }
            rest = &part[end + closing.len()..];
            if fields.len() >= FIELDS {
                break;
            }
        }
        Self(fields)
    }

    /// The first field of that name as text without blanks around it; empty where there is none.
    pub fn text(&self, name: &str) -> String {
        String::from_utf8_lossy(self.bytes(name)).trim().to_owned()
    }

    /// The first field of that name as it came.
    pub fn bytes(&self, name: &str) -> &[u8] {
        self.0.iter().find(|(known, _)| known == name).map_or(&[], |(_, value)| value)
    }

    /// Every field of that name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = String> + use<'a> {
        self.0
            .iter()
            .filter(move |(known, _)| known == name)
            .map(|(_, value)| String::from_utf8_lossy(value).into_owned())
    }

    /// The names of its fields.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// Whether a box of that name was ticked.
    pub fn ticked(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known == name)
    }
}

/// Reads the query of a path: the same encoding.
pub fn query(path: &str) -> Form {
    path.split_once('?').map(|(_, query)| Form::urlencoded(query.as_bytes())).unwrap_or_default()
}

/// Writes a value so that it can stand in a query.
pub fn encode(value: &str) -> String {
    value
        .bytes()
        .map(|b| match b {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => (b as char).to_string(),
            b => format!("%{b:02X}"),
        })
        .collect()
}

/// A part of a path, decoded: there `+` is itself. `None` where it is not UTF-8.
pub fn decoded(text: &str) -> Option<String> {
    String::from_utf8(decode(text.replace('+', "%2B").as_bytes())).ok()
}

fn decode(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        let hex =
            || std::str::from_utf8(text.get(at + 1..at + 3)?).ok().and_then(|two| u8::from_str_radix(two, 16).ok());
        match text[at] {
            b'+' => out.push(b' '),
            b'%' => {
                if let Some(octet) = hex() {
                    out.push(octet);
                    at += 2;
                } else {
                    out.push(b'%');
                }
            }
            octet => out.push(octet),
        }
        at += 1;
    }
    out
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}

fn parameter(head: &str, start: &str) -> Option<String> {
    let rest = &head[head.find(start)? + start.len()..];
    rest.split_once('"').map(|(name, _)| name.to_owned())
}

impl<S: Sync> FromRequestParts<S> for Form {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urlencoded_forms_are_read_as_browsers_write_them() {
        let form = Form::urlencoded("a=1+2&b=%E5%8F%97&a=x%3Dy&c&%zz=%".as_bytes());
        assert_eq!(form.text("a"), "1 2");
        assert_eq!(form.all("a").collect::<Vec<_>>(), ["1 2", "x=y"]);
        assert_eq!(form.text("b"), "受");
        assert!(form.ticked("c") && !form.ticked("d"));
        assert_eq!(form.text("%zz"), "%");
        assert_eq!(query("/x?q=%40a").text("q"), "@a");
        assert_eq!(query(&format!("/x?q={}", encode("あ&=% "))).text("q"), "あ&=%");
    }

    #[test]
    fn multipart_forms_are_read_and_broken_ones_give_nothing() {
        let body = "--X\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\nt0\r\n\
                    --X\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\nContent-Type: text/csv\r\n\r\n\
                    a,b\r\nc,d\r\n\r\n--X--\r\n";
        let form = Form::read("multipart/form-data; boundary=X", body.as_bytes());
        let form = form.ok().unwrap_or_default();
        assert_eq!(form.text("csrf"), "t0");
        assert_eq!(form.bytes("file"), b"a,b\r\nc,d\r\n");
        for cut in 0..body.len() {
            let _ = Form::multipart("X", &body.as_bytes()[..cut]);
        }
        assert!(Form::read("multipart/form-data", b"x").is_err());
        assert!(Form::read("text/plain", b"x").is_err());
    }
}
