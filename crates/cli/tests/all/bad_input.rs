//! Bad input over the wire: a clear answer or graceful degradation, bounded memory, no panic.

use std::time::{Duration, Instant};

use testkit::{Client, Reply, Sekisho};

use crate::house::{AGREED, PLAIN, maildirs};

const HANAKO: &str = "hanako@shirakaba.example.jp";
const MIB: u64 = 1024 * 1024;
/// More than this the process may not need, whatever one peer sends: the message, its copies, and the program itself.
const MEMORY: u64 = 256 * MIB;

fn consenting() -> Sekisho {
    let sekisho = maildirs().start();
    sekisho.subscriber(HANAKO, AGREED);
    sekisho
}

/// Sends it and looks that it was answered, that memory stayed bounded, and that the next message passes.
fn survives(what: &str, message: &[u8]) -> Reply {
    let sekisho = consenting();
    let began = Instant::now();
    let reply =
        sekisho.client().send_message("s@example.com", &[HANAKO], message).unwrap_or_else(|e| panic!("{what}: {e}"));
    assert!(!reply.is_later(), "{what}: a fault of ours: {}", reply.text());
    assert!(began.elapsed() < Duration::from_secs(60), "{what}: took {:?}", began.elapsed());
    still_well(what, &sekisho);
    reply
}

fn still_well(what: &str, sekisho: &Sekisho) {
    let reply =
        sekisho.client().send_message("s@example.com", &[HANAKO], PLAIN).unwrap_or_else(|e| panic!("{what}: {e}"));
    assert_eq!(reply.code, 250, "{what}: afterwards");
    let peak = sekisho.memory_peak();
    println!("{what}: {} MiB at most", peak / MIB);
    assert!(peak < MEMORY, "{what}: {} MiB", peak / MIB);
    sekisho.must_not_have_panicked();
}

fn with_header(fields: &str, body: &str) -> Vec<u8> {
    format!("From: a@example.com\nTo: {HANAKO}\nSubject: bad input\nMIME-Version: 1.0\n{fields}\n\n{body}").into_bytes()
}

#[test]
fn a_line_of_100_mb_in_a_message_is_too_large() {
    let sekisho = consenting();
    let mut client = sekisho.client();
    client.say("MAIL FROM:<s@example.com>").unwrap();
    client.say(&format!("RCPT TO:<{HANAKO}>")).unwrap();
    client.say("DATA").unwrap();
    let chunk = vec![b'x'; 1024 * 1024];
    let sent = (0..100).all(|_| client.send(&chunk).is_ok());
    if sent {
        client.send(b"\r\n.\r\n").unwrap();
    }
    let reply = client.reply().unwrap();
    assert!(reply.is_no(), "{}", reply.text());
    still_well("100 MB line", &sekisho);
}

#[test]
fn a_command_of_100_mb_is_refused_without_keeping_it() {
    let sekisho = consenting();
    let mut client = sekisho.client();
    let before = sekisho.memory_peak();
    let chunk = vec![b'x'; 1024 * 1024];
    let sent = (0..100).all(|_| client.send(&chunk).is_ok());
    if sent {
        client.send(b"\r\n").unwrap();
        assert!(client.reply().unwrap().is_no());
    }
    assert!(sekisho.memory_peak() - before < 64 * MIB, "the line was kept");
    still_well("100 MB command", &sekisho);
}

#[test]
fn ten_thousand_parts() {
    let part = "--b\nContent-Type: text/plain\n\nhello\n";
    let body = part.repeat(10_000) + "--b--\n";
    survives("10,000 parts", &with_header("Content-Type: multipart/mixed; boundary=b", &body));
}

#[test]
fn nested_a_thousand_deep() {
    let mut body = String::new();
    for depth in 0..1_000 {
        body.push_str(&format!("--b{depth}\nContent-Type: multipart/mixed; boundary=b{}\n\n", depth + 1));
    }
    body.push_str("--b1000\n\ntext\n");
    survives("nested 1,000 deep", &with_header("Content-Type: multipart/mixed; boundary=b0", &body));
    let messages = "Content-Type: message/rfc822\n\n".repeat(1_000);
    survives("messages in messages", &with_header("Content-Type: message/rfc822", &messages));
}

#[test]
fn header_bombs() {
    let many: String = (0..100_000).map(|n| format!("X-Field-{n}: {n}\n")).collect();
    survives("100,000 fields", &with_header(&format!("{many}X-End: 1"), "text\n"));
    let folded = format!("X-Long: a\n{}X-End: 1", " folded\n".repeat(500_000));
    survives("a field folded 500,000 times", &with_header(&folded, "text\n"));
    let words = "=?UTF-8?B?44GC?= ".repeat(200_000);
    survives("200,000 encoded-words", format!("Subject: {words}\nFrom: a@example.com\n\ntext\n").as_bytes());
    let addresses = "a@example.com, ".repeat(200_000);
    survives("200,000 addresses", format!("From: a@example.com\nTo: {addresses}b@example.com\n\ntext\n").as_bytes());
    let received: String = "Received: from a by b; Sat, 21 Nov 2026 20:14:05 +0900\n".repeat(1_000);
    let reply = survives("1,000 Received fields", format!("{received}From: a@example.com\n\ntext\n").as_bytes());
    assert!(reply.is_no(), "a loop ends: {}", reply.text());
}

/// Deflate with the fixed codes: one zero octet, then copies of 258 octets of it (RFC 1951 §3.2.6).
fn deflated_zeros(copies: usize) -> Vec<u8> {
    let mut bits: Vec<bool> = vec![true, true, false];
    let code =
        |bits: &mut Vec<bool>, value: u32, width: u32| bits.extend((0..width).rev().map(|at| value >> at & 1 == 1));
    code(&mut bits, 0x30, 8);
    for _ in 0..copies {
        code(&mut bits, 0xC5, 8);
        code(&mut bits, 0, 5);
    }
    code(&mut bits, 0, 7);
    bits.chunks(8).map(|octet| octet.iter().enumerate().fold(0, |sum, (at, bit)| sum | u8::from(*bit) << at)).collect()
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for (at, three) in bytes.chunks(3).enumerate() {
        let value = three.iter().fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
        for place in 0..4 {
            let letter = char::from(LETTERS[(value >> (18 - 6 * place) & 63) as usize]);
            out.push(if place > three.len() { '=' } else { letter });
        }
        if at % 18 == 17 {
            out.push('\n');
        }
    }
    out + "\n"
}

#[test]
fn a_zip_bomb_is_not_unpacked_into_memory() {
    let squeezed = deflated_zeros(4_000_000);
    let mut zip = b"PK\x03\x04\x14\0\0\0\x08\0\0\0\0\0\0\0\0\0".to_vec();
    zip.extend_from_slice(&u32::try_from(squeezed.len()).unwrap().to_le_bytes());
    zip.extend_from_slice(&u32::MAX.to_le_bytes());
    zip.extend_from_slice(b"\x08\0\0\0zero.txt");
    zip.extend_from_slice(&squeezed);
    let fields = "Content-Type: application/zip; name=\"zero.zip\"\nContent-Disposition: attachment; filename=\"zero.zip\"\nContent-Transfer-Encoding: base64";
    survives("zip bomb", &with_header(fields, &base64(&zip)));
}

#[test]
fn wrong_base64_and_quoted_printable() {
    for (encoding, body) in [
        ("base64", "!!!! not base64 at all ====\nabc\n=\n"),
        ("base64", "44GC44GC4"),
        ("base64", "=========="),
        ("quoted-printable", "=ZZ=G=\n=\n==\n=E3=81"),
        ("uuencode", "begin 644 x\nM____\n"),
        ("nonsense", "text"),
    ] {
        let fields = format!("Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: {encoding}");
        let reply = survives(encoding, &with_header(&fields, &format!("{body}\n")));
        assert_eq!(reply.code, 250, "{encoding}: {}", reply.text());
    }
}

#[test]
fn nul_octets_are_refused_or_normalised() {
    let message = b"From: a@example.com\nSubject: nul\n\nbefore\0after\n";
    let reply = survives("NUL", message);
    assert!(reply.is_no(), "{}", reply.text());
    let sekisho = maildirs().key("smtp", "bare_newline", "\"normalise\"").start();
    let reply = sekisho.client().send_message("s@example.com", &[HANAKO], message).unwrap();
    assert_eq!(reply.code, 250, "{}", reply.text());
    assert!(!sekisho.maildir(HANAKO).messages()[0].contains(&0), "a NUL was handed on");
}

#[test]
fn invalid_utf8_everywhere() {
    let bad = b"\xff\xfe\x80\xc0\xaf\xed\xa0\x80\xf8";
    let field = |name: &str| [name.as_bytes(), b": ", bad, b"\n"].concat();
    let mut message = Vec::new();
    for name in ["From", "To", "Subject", "Date", "Message-ID", "X-Mailer", "Received", "Content-Disposition"] {
        message.extend(field(name));
    }
    message.extend(b"Content-Type: text/plain; charset=");
    message.extend(bad);
    message.extend(b"\n\n");
    message.extend(bad);
    message.extend(b"\n");
    let reply = survives("invalid UTF-8", &message);
    assert_eq!(reply.code, 250, "{}", reply.text());

    let sekisho = consenting();
    let mut client = sekisho.client();
    for command in [&b"MAIL FROM:<"[..], b"EHLO ", b"RCPT TO:<", b"VRFY ", b""] {
        client.send(&[command, bad, b">\r\n"].concat()).unwrap();
        let reply = client.reply().unwrap();
        assert!(reply.is_no(), "{}", reply.text());
    }
    still_well("invalid UTF-8 in commands", &sekisho);
}

#[test]
fn malformed_addresses_are_refused() {
    let sekisho = consenting();
    let long = "x".repeat(1_000);
    let rows = [
        "<>",
        "<@>",
        "<a@>",
        "<@b.example>",
        "<a@b@c.example>",
        "<a b@c.example>",
        "<a@b..example>",
        "<a@-b.example>",
        "<a@b.example",
        "a@b.example>",
        "<\"a@b.example>",
        "<a\\@b.example>",
        "<a@[999.1.1.1]>",
        "<a@[IPv6:::zz]>",
        "<a@b.example>x",
        "<.a@b.example>",
        "<a..b@c.example>",
        "<a@b.example,c@d.example>",
        "<(a)@b.example>",
        "",
    ];
    for address in
        rows.iter().map(|row| (*row).to_owned()).chain([format!("<{long}@b.example>"), format!("<a@{long}.example>")])
    {
        let mut client = sekisho.client();
        client.say("MAIL FROM:<s@example.com>").unwrap();
        let reply = client.ask(&format!("RCPT TO:{address}")).unwrap();
        assert!(reply.is_no(), "RCPT TO:{address}: {}", reply.text());
    }
    still_well("malformed addresses", &sekisho);
}

#[test]
fn a_client_that_says_nothing_is_let_go() {
    let sekisho = maildirs().key("smtp", "command_seconds", "1").start();
    let began = Instant::now();
    let mut client = sekisho.client();
    let last = client.reply();
    assert!(last.map_or(true, |reply| reply.code == 421));
    assert!(client.is_closed() && began.elapsed() < Duration::from_secs(20), "after {:?}", began.elapsed());
}

#[test]
fn a_message_that_trickles_in_is_cut_off() {
    let sekisho = maildirs().key("smtp", "data_seconds", "2").start();
    let began = Instant::now();
    let mut client = sekisho.client();
    client.say("MAIL FROM:<s@example.com>").unwrap();
    client.say(&format!("RCPT TO:<{HANAKO}>")).unwrap();
    client.say("DATA").unwrap();
    // An octet now and then, for as long as it is listened to: the read times out while nothing is said.
    client.patience(Duration::from_millis(100));
    let ended = loop {
        if client.send(b"x").is_err() {
            break true;
        }
        match client.reply() {
            Ok(reply) => break reply.code == 421,
            Err(fault) if matches!(fault.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => {}
            Err(_) => break true,
        }
        if began.elapsed() > Duration::from_secs(30) {
            break false;
        }
    };
    assert!(ended, "it was listened to for {:?}", began.elapsed());
    assert!(sekisho.maildir(HANAKO).is_empty());
    assert!(Client::connect(sekisho.smtp).is_ok());
}

#[test]
fn too_many_errors_end_the_session() {
    let sekisho = maildirs().key("smtp", "errors", "5").start();
    let mut client = sekisho.client();
    let ended = (0..20).any(|_| client.ask("NONSENSE").is_ok_and(|reply| reply.code == 421));
    assert!(ended && client.is_closed());
}
