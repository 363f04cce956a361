//! A message as a program without SMTP hands it over for an opinion: perhaps out of a mailbox file, with LF line ends,
//! with the envelope in fields above the message. Here it becomes what SMTP would have carried.

use std::net::{IpAddr, Ipv4Addr};

use bytes::Bytes;
use message::{Address, Headers, Peer, ReversePath};

/// Addresses that are read from one `X-Envelope-To`.
const MOST_RECIPIENTS: usize = 1_000;

/// A message and what stood above it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// The message with CRLF line ends, so that signatures and fingerprints are those of the message that travelled.
    pub raw: Bytes,
    /// Where the message itself begins in what was handed over, octets.
    pub begins: usize,
    /// Envelope sender (`X-Envelope-From` below a mailbox line, as Exim writes it).
    pub mail_from: Option<ReversePath>,
    /// Envelope recipients (`X-Envelope-To`, there too).
    pub recipients: Vec<Address>,
}

/// Takes the message out of what was handed over. Fields above it are believed only below a mailbox line, which no
/// sender can write: SMTP carries none.
pub fn given(handed: &Bytes) -> Given {
    let mut given = Given { raw: Bytes::new(), begins: 0, mail_from: None, recipients: Vec::new() };
    if handed.starts_with(b"From ") {
        given.begins = end_of_line(handed, 0);
        if let Some(from) = field(handed, &mut given.begins, b"X-Envelope-From:") {
            given.mail_from = ReversePath::parse(&from).ok();
        }
        if let Some(to) = field(handed, &mut given.begins, b"X-Envelope-To:") {
            let each = to.split(',').map(str::trim).filter(|one| !one.is_empty()).take(MOST_RECIPIENTS);
            given.recipients = each.filter_map(|one| Address::parse_path(one).ok()).collect();
        }
    }
    given.raw = with_crlf(handed.slice(given.begins..));
    given
}

/// What the newest Received field tells of the peer: the mail server that asks has written it. Nothing is known where
/// there is none; then no address is.
pub fn peer_of(headers: &Headers) -> Peer {
    let hop = headers.all("Received").next().and_then(|_| headers.hops().into_iter().next()).unwrap_or_default();
    let mut peer = Peer::at(hop.ip.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)));
    peer.helo = hop.helo;
    peer.name = hop.name;
    peer.extended = hop.with.is_some_and(|with| with.to_ascii_uppercase().starts_with("ES"));
    peer
}

/// The envelope sender that a delivering program wrote on top (RFC 5321 §4.4).
pub fn return_path(headers: &Headers) -> Option<ReversePath> {
    headers.get("Return-Path").and_then(|path| ReversePath::parse(path.trim()).ok())
}

/// The value of this field, if it stands at `at`; `at` moves behind it.
fn field(handed: &[u8], at: &mut usize, name: &[u8]) -> Option<String> {
    let rest = handed.get(*at..)?;
    if !rest.get(..name.len())?.eq_ignore_ascii_case(name) {
        return None;
    }
    let mut end = end_of_line(handed, *at);
    while matches!(handed.get(end), Some(b' ' | b'\t')) {
        end = end_of_line(handed, end);
    }
    let value = String::from_utf8_lossy(handed.get(*at + name.len()..end)?);
    *at = end;
    Some(value.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Behind the line end of the line at `at`.
fn end_of_line(handed: &[u8], at: usize) -> usize {
    let rest = handed.get(at..).unwrap_or_default();
    rest.iter().position(|octet| *octet == b'\n').map_or(handed.len(), |line| at + line + 1)
}

/// Every LF of its own becomes CRLF; where there is none, nothing is copied.
fn with_crlf(raw: Bytes) -> Bytes {
    let alone = |at: usize| at == 0 || raw.get(at - 1) != Some(&b'\r');
    let ends: Vec<usize> =
        raw.iter().enumerate().filter(|(at, octet)| **octet == b'\n' && alone(*at)).map(|it| it.0).collect();
    if ends.is_empty() {
        return raw;
    }
    let mut out = Vec::with_capacity(raw.len() + ends.len());
    let mut from = 0;
    for end in ends {
        out.extend_from_slice(raw.get(from..end).unwrap_or_default());
        out.push(b'\r');
        from = end;
    }
    out.extend_from_slice(raw.get(from..).unwrap_or_default());
    Bytes::from(out)
}

#[cfg(test)]
mod tests {
    use message::Limits;

    use super::*;

    #[test]
    fn a_mailbox_line_and_the_envelope_below_it_are_no_part_of_the_message() {
        let handed = b"From a@example.com Sun Nov 22 23:00:00 2026\nX-Envelope-From: <a@example.com>\n\
            X-Envelope-To: hanako@example.jp,\n taro@example.jp, nonsense\nSubject: x\n\nhello\n";
        let given = given(&Bytes::from_static(handed));
        assert_eq!(&given.raw[..], b"Subject: x\r\n\r\nhello\r\n");
        assert_eq!(given.mail_from.map(|from| from.to_string()).as_deref(), Some("a@example.com"));
        let to: Vec<String> = given.recipients.iter().map(Address::key).collect();
        assert_eq!(to, ["hanako@example.jp", "taro@example.jp"]);
    }

    #[test]
    fn a_sender_cannot_write_an_envelope_into_the_message() {
        let handed = Bytes::from_static(b"X-Envelope-To: hanako@example.jp\r\nSubject: x\r\n\r\nFrom here on\n");
        let given = given(&handed);
        assert!(given.recipients.is_empty());
        assert_eq!(&given.raw[..], b"X-Envelope-To: hanako@example.jp\r\nSubject: x\r\n\r\nFrom here on\r\n");
    }

    #[test]
    fn nothing_is_read_beyond_the_end() {
        for handed in ["", "From ", "From x", "From x\n", "From x\nX-Envelope-From:", "From x\nX-Envelope-To: ,,\n "] {
            let given = given(&Bytes::from_static(handed.as_bytes()));
            assert!(given.recipients.is_empty(), "{handed:?}");
        }
        assert_eq!(&with_crlf(Bytes::from_static(b"\n\r\n\n"))[..], b"\r\n\r\n\r\n");
    }

    #[test]
    fn the_newest_hop_is_the_peer() {
        let text = b"Received: from mail.example.com ([192.0.2.7] helo=mx)\r\n by here with esmtp (Exim 4.96)\r\n\
            Received: from inner (inner [10.0.0.1]) by mail.example.com with SMTP\r\n\r\n";
        let headers = Headers::parse(Bytes::from_static(text), &Limits::default());
        let peer = peer_of(&headers);
        assert_eq!((peer.ip.to_string().as_str(), peer.helo.as_deref()), ("192.0.2.7", Some("mx")));
        assert!(peer.extended);
        let none = Headers::parse(Bytes::from_static(b"Subject: x\r\n\r\n"), &Limits::default());
        assert!(peer_of(&none).ip.is_unspecified());
    }
}
