//! Where the parts of a message stand in its bytes, for who has to take one out and leave the rest as it is.

use std::ops::Range;

use super::structure;
use crate::attachment::Contents;
use crate::header::Headers;
use crate::limits::Limits;

/// A part that holds content itself, or a message inside the message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// Where it stands, from its first header field to the line end before the next delimiter. For a message without
    /// parts: its body.
    pub whole: Range<usize>,
    /// File name, decoded.
    pub name: Option<String>,
    /// Content-Type as declared, lower case.
    pub declared: String,
    /// It is the body of the message itself, and the message's own header section describes it.
    pub is_body: bool,
    /// Its octets.
    pub contents: Contents,
}

/// The parts that can be taken out of a message, the smallest first. Parts within an encoded message are not among
/// them, the encoded message is.
pub fn leaves(headers: &Headers, limits: &Limits) -> Vec<Leaf> {
    let raw = headers.raw.slice(..headers.raw.len().min(limits.message));
    let body = headers.body_start.min(raw.len())..raw.len();
    let tree = structure::walk(raw.clone(), &headers.fields, body.clone(), limits);
    let mut leaves: Vec<Leaf> = Vec::new();
    for part in tree.parts.into_iter().filter(|part| part.source == 0) {
        let is_body = part.start == body.start && part.body == body && !part.enclosed;
        // What describes the only part of an enclosed message is that message's header section.
        if !(is_body || part.start < part.body.start) || part.body.start > part.body.end {
            continue;
        }
        let name = part.disposition.get("filename").or_else(|| part.content_type.get("name"));
        leaves.push(Leaf {
            whole: part.start..part.body.end,
            name: name.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()),
            declared: part.content_type.value,
            is_body,
            contents: Contents::new(raw.slice(part.body), part.encoding, limits.attachment_octets),
        });
    }
    leaves.sort_by_key(|leaf| leaf.whole.len());
    leaves
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn of(message: &str) -> (String, Vec<Leaf>) {
        let raw = message.replace('\n', "\r\n");
        let headers = Headers::parse(Bytes::from(raw.clone()), &Limits::default());
        (raw, leaves(&headers, &Limits::default()))
    }

    #[test]
    fn a_part_is_found_with_its_header_section() {
        let (raw, leaves) = of(
            "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nhello\n--b\nContent-Type: a/b; name=x\nContent-Transfer-Encoding: base64\n\nYWJj\n--b--\n",
        );
        assert_eq!(leaves.len(), 2);
        let part = leaves.iter().find(|leaf| leaf.name.is_some()).expect("the named part");
        assert_eq!(
            &raw[part.whole.clone()],
            "Content-Type: a/b; name=x\r\nContent-Transfer-Encoding: base64\r\n\r\nYWJj"
        );
        assert_eq!((&part.contents.octets()[..], part.is_body), (&b"abc"[..], false));
    }

    #[test]
    fn a_message_without_parts_is_its_body() {
        let (raw, leaves) = of("Content-Type: a/b\n\nhello\n");
        assert_eq!(leaves.len(), 1);
        assert_eq!((&raw[leaves[0].whole.clone()], leaves[0].is_body), ("hello\r\n", true));
    }

    #[test]
    fn what_stands_in_an_enclosed_message_comes_before_the_message() {
        let (raw, leaves) = of(
            "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\nContent-Type: multipart/mixed; boundary=c\n\n--c\nContent-Type: a/b\n\nx\n--c--\n--b--\n",
        );
        let kinds: Vec<&str> = leaves.iter().map(|leaf| leaf.declared.as_str()).collect();
        assert_eq!(kinds, ["a/b", "message/rfc822"]);
        assert_eq!(&raw[leaves[0].whole.clone()], "Content-Type: a/b\r\n\r\nx");
        let (_, single) = of(
            "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\nSubject: a\n\nx\n--b--\n",
        );
        assert_eq!(single.len(), 1, "the body of an enclosed message goes with it: {single:?}");
    }
}
