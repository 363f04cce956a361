//! Bad input: every bound holds, what was left out is told, nothing panics. Counts, not clocks.

use bytes::Bytes;
use message::parse::Fault;
use message::{Headers, Limits, Message};

fn parse(raw: impl Into<Vec<u8>>) -> Message {
    Message::parse(Bytes::from(raw.into()), &Limits::default())
}

/// Everything that a message holds besides the bytes that came.
fn held(message: &Message) -> usize {
    let fields: usize = message.headers.fields.iter().map(|field| field.name.len() + field.value.len()).sum();
    let html = message.html.as_ref().map_or(0, |html| html.visible.len() + html.hidden.len());
    let links: usize = message.links.iter().map(|link| link.target.len() + link.shown.len()).sum();
    let normal = message.normal.subject.len() + message.normal.body.len();
    fields + message.text.len() + html + links + normal
}

#[test]
fn ten_thousand_parts_are_cut() {
    let mut raw = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n".to_vec();
    for number in 0..10_000 {
        raw.extend_from_slice(format!("--b\r\n\r\npart {number}\r\n").as_bytes());
    }
    raw.extend_from_slice(b"--b--\r\n");
    let message = parse(raw);
    assert_eq!(message.parts, Limits::default().parts);
    assert!(message.faults.contains(&Fault::TooManyParts));
    assert!(message.text.contains("part 998"));
}

#[test]
fn a_thousand_levels_are_cut() {
    let mut raw = Vec::new();
    for level in 0..1_000 {
        raw.extend_from_slice(
            format!("Content-Type: multipart/mixed; boundary=b{level}x\r\n\r\n--b{level}x\r\n").as_bytes(),
        );
    }
    raw.extend_from_slice(b"\r\nend\r\n");
    let message = parse(raw);
    assert!(message.parts <= Limits::default().depth + 2);
    assert!(message.faults.contains(&Fault::TooDeep));
}

#[test]
fn enclosed_messages_are_cut_at_the_depth() {
    let message = parse("Content-Type: message/rfc822\r\n\r\n".repeat(100_000));
    assert!(message.parts <= Limits::default().depth + 2);
    assert!(message.faults.contains(&Fault::TooDeep));
}

#[test]
fn encoded_messages_inside_each_other_are_cut() {
    let mut inner = b"Subject: x\r\n\r\ninnermost\r\n".to_vec();
    for _ in 0..8 {
        let encoded: String = base64(&inner);
        inner = format!("Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n{encoded}\r\n")
            .into_bytes();
    }
    let message = parse(inner);
    assert!(message.faults.contains(&Fault::TooDeep));
    assert!(message.parts < 8);
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let held = group.iter().fold(0u32, |held, &octet| held << 8 | u32::from(octet)) << (8 * (3 - group.len()));
        for place in 0..=group.len() {
            text.push(char::from(ALPHABET[(held >> (18 - 6 * place) & 0x3F) as usize]));
        }
        text.push_str(&"=".repeat(3 - group.len()));
    }
    text
}

#[test]
fn multiparts_without_their_delimiters_are_each_looked_at_once() {
    let mut raw = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n".to_vec();
    for number in 0..5_000 {
        raw.extend_from_slice(
            format!("--b\r\nContent-Type: multipart/mixed; boundary=no{number}\r\n\r\nx\r\n").as_bytes(),
        );
    }
    let message = parse(raw);
    assert_eq!(message.parts, Limits::default().parts);
    assert!(message.faults.contains(&Fault::BrokenStructure));
}

#[test]
fn a_line_of_100_megabytes_is_cut() {
    let mut raw = b"Subject: long\r\n\r\n".to_vec();
    raw.resize(100 * 1024 * 1024, b'a');
    let message = parse(raw);
    assert_eq!(message.text.len(), Limits::default().text);
    assert!(message.faults.contains(&Fault::TextCut));
    assert!(held(&message) <= 3 * Limits::default().text);
}

#[test]
fn a_header_line_of_50_megabytes_is_cut() {
    let mut raw = b"Subject: ".to_vec();
    raw.resize(50 * 1024 * 1024, b'a');
    raw.extend_from_slice(b"\r\n\r\nbody");
    let headers = Headers::parse(Bytes::from(raw), &Limits::default());
    assert!(headers.cut);
    // one octet of what is read is the space after the colon
    assert_eq!(headers.get("Subject").map(str::len), Some(Limits::default().header_field - 1));
    assert_eq!(&headers.raw[headers.body_start..], b"body");
}

#[test]
fn a_header_bomb_is_cut_and_the_body_is_found() {
    let raw = "X-A: b\r\n".repeat(100_000) + "\r\nbody";
    let message = parse(raw);
    assert_eq!(message.headers.fields.len(), Limits::default().header_fields);
    assert!(message.faults.contains(&Fault::HeaderCut));
    assert_eq!(message.text, "body");
}

#[test]
fn an_address_list_without_end_is_bounded() {
    let raw = format!("To: {}\r\n\r\n", "a@example.jp, ".repeat(1_000_000));
    let headers = Headers::parse(Bytes::from(raw), &Limits::default());
    assert!(headers.mailboxes("To").len() <= 256 * 1024 / 14 + 1);
    for hostile in
        ["(".repeat(200_000), "\"".repeat(200_000), "<".repeat(200_000), "=?".repeat(100_000), "a:".repeat(100_000)]
    {
        let headers =
            Headers::parse(Bytes::from(format!("To: {hostile}\r\nReceived: {hostile}\r\n\r\n")), &Limits::default());
        assert!(headers.mailboxes("To").len() <= 1);
        assert_eq!(headers.hops().len(), 1);
    }
}

#[test]
fn wrong_base64_is_read_as_far_as_it_goes() {
    let message = parse("Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\nSGVsbG8*gd29ybGQ");
    assert_eq!(message.text, "Hello world");
    assert!(message.faults.contains(&Fault::BrokenEncoding));
}

#[test]
fn a_base64_bomb_is_not_decoded_beyond_the_bound() {
    let head = "Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n";
    let message = parse(head.to_owned() + &"QUFB".repeat(5_000_000));
    assert_eq!(message.text.len(), Limits::default().text);
    assert!(message.faults.contains(&Fault::TextCut));
}

#[test]
fn nul_octets_are_told_and_not_kept() {
    let message = parse("Subject: a\0b\r\n\r\nx\0y");
    assert_eq!(message.subject(), "ab");
    assert!(message.faults.contains(&Fault::Nul));
    assert_eq!(message.normal.body, "xy");
}

#[test]
fn invalid_utf_8_everywhere_is_survived() {
    let junk: Vec<u8> = (0..=255).cycle().take(4_096).collect();
    let quoted: Vec<u8> = junk.iter().copied().filter(|octet| !matches!(octet, b'\r' | b'\n')).collect();
    let mut raw = Vec::new();
    for name in ["From", "To", "Subject", "Date", "Received", "Content-Type", "Content-Disposition", "\u{FF}\u{FE}"] {
        raw.extend_from_slice(name.as_bytes());
        raw.extend_from_slice(b": ");
        raw.extend_from_slice(&quoted);
        raw.extend_from_slice(b"\r\n");
    }
    raw.extend_from_slice(b"\r\n");
    raw.extend_from_slice(&junk);
    let message = parse(raw);
    message.headers.mailboxes("From");
    message.headers.hops();
    assert_eq!(message.headers.date(), None);
    assert!(message.faults.contains(&Fault::UndeclaredCharset) || message.faults.contains(&Fault::WrongCharset));
}

#[test]
fn attachments_and_links_are_bounded() {
    let mut raw = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n".to_vec();
    for number in 0..900 {
        let part = format!(
            "--b\r\nContent-Type: image/png; name=\"{number}.png\"\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA\r\n"
        );
        raw.extend_from_slice(part.as_bytes());
    }
    raw.extend_from_slice(b"--b\r\n\r\n");
    raw.extend_from_slice("http://example.com/ ".repeat(20_000).as_bytes());
    let message = parse(raw);
    assert_eq!(message.attachments.len(), Limits::default().attachments);
    assert_eq!(message.links.len(), Limits::default().links);
}

#[test]
fn empty_and_tiny_messages_are_messages() {
    for raw in
        ["", "\n", "\r\n", "\r", ":", "a", "a:", "a:\n", " ", "\t\n\n", "\0", "--", "Content-Type: multipart/mixed"]
    {
        let message = parse(raw);
        assert_eq!(message.parts, 1, "{raw:?}");
        assert_eq!(message.raw, raw.as_bytes());
    }
}

#[test]
fn fields_cover_the_header_section_exactly() {
    let raw = "From: a@example.jp\r\nSubject: one\r\n two\r\nX: y\n\r\nbody";
    let headers = Headers::parse(Bytes::from(raw), &Limits::default());
    let pieces: Vec<&str> = headers.fields.iter().map(|field| &raw[field.field.clone()]).collect();
    assert_eq!(pieces, ["From: a@example.jp\r\n", "Subject: one\r\n two\r\n", "X: y\n"]);
    let values: Vec<&str> = headers.fields.iter().map(|field| &raw[field.raw.clone()]).collect();
    assert_eq!(values, [" a@example.jp", " one\r\n two", " y"]);
    assert_eq!(headers.get("subject"), Some("one two"));
    assert_eq!(&raw[headers.body_start..], "body");
}

#[test]
fn crooked_header_sections_are_read() {
    for (raw, body) in [
        ("Subject: s\n\nbody", "body"),
        ("Subject: s\r\rbody", "body"),
        ("From nobody Sun Nov 22 2026\nSubject: s\n\nbody", "body"),
        (">From x\nSubject: s\n\nbody", "body"),
        ("X: y\njunk without colon\nSubject: s\n\nbody", "body"),
        ("Subject: s\nmissing blank line\nmore text", "missing blank line\nmore text"),
        ("Subject : s\n\nbody", "body"),
        ("Subject:\n s\n\nbody", "body"),
        ("Subject: s\n \n\nbody", "\nbody"),
        ("Subject: s", ""),
    ] {
        let headers = Headers::parse(Bytes::from(raw), &Limits::default());
        assert_eq!(headers.get("Subject"), Some("s"), "{raw:?}");
        assert_eq!(&raw[headers.body_start..], body, "{raw:?}");
    }
}
