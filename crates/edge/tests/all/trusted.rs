//! PROXY headers of both versions, octet by octet; who may send them is in the dialogues.

use std::net::IpAddr;

use edge::smtp::proxy_protocol::{Header, read};
use edge::smtp::xclient;
use message::Peer;
use proptest::prelude::*;

fn version_2(command: u8, family: u8, body: &[u8]) -> Vec<u8> {
    let mut header = b"\r\n\r\n\0\r\nQUIT\n".to_vec();
    header.extend([0x20 | command, family]);
    header.extend(u16::try_from(body.len()).expect("short").to_be_bytes());
    header.extend(body);
    header
}

fn whole(ip: &str, port: u16, octets: usize) -> Header {
    let ip: IpAddr = ip.parse().expect("an address");
    Header::Whole { client: Some((ip, port)), octets }
}

#[test]
fn headers_of_both_versions_are_read() {
    let rows: Vec<(Vec<u8>, Header)> = vec![
        (b"PROXY TCP4 192.0.2.7 198.51.100.1 4711 25\r\n".to_vec(), whole("192.0.2.7", 4711, 43)),
        (b"PROXY TCP6 2001:db8::7 2001:db8::1 4711 25\r\n".to_vec(), whole("2001:db8::7", 4711, 44)),
        (b"PROXY UNKNOWN\r\n".to_vec(), Header::Whole { client: None, octets: 15 }),
        (version_2(1, 0x11, &[192, 0, 2, 7, 198, 51, 100, 1, 18, 103, 0, 25]), whole("192.0.2.7", 4711, 28)),
        (version_2(0, 0, &[]), Header::Whole { client: None, octets: 16 }),
        (version_2(1, 0x31, &[0; 216]), Header::Whole { client: None, octets: 232 }),
    ];
    for (input, header) in rows {
        assert_eq!(read(&input), header, "{}", input.escape_ascii());
        for cut in 0..input.len() {
            assert_eq!(read(&input[..cut]), Header::Incomplete, "{} cut at {cut}", input.escape_ascii());
        }
    }
    let mut ipv6 = [0; 36];
    ipv6[..4].copy_from_slice(&[0x20, 0x01, 0x0d, 0xb8]);
    ipv6[15] = 7;
    ipv6[32..34].copy_from_slice(&4711_u16.to_be_bytes());
    assert_eq!(read(&version_2(1, 0x21, &ipv6)), whole("2001:db8::7", 4711, 52));
    // An IPv4 client on an IPv6 socket is an IPv4 client.
    let mut mapped = [0; 36];
    mapped[10..16].copy_from_slice(&[0xff, 0xff, 192, 0, 2, 7]);
    assert_eq!(read(&version_2(1, 0x21, &mapped)), whole("192.0.2.7", 0, 52));
}

#[test]
fn what_is_not_a_header_is_none() {
    let rows: Vec<Vec<u8>> = vec![
        b"EHLO a.example\r\n".to_vec(),
        b"PROXY TCP4 192.0.2.7 198.51.100.1 4711\r\n".to_vec(),
        b"PROXY TCP4 2001:db8::7 2001:db8::1 4711 25\r\n".to_vec(),
        b"PROXY TCP4 192.0.2.7 198.51.100.1 99999 25\r\n".to_vec(),
        b"PROXY TCP4 192.0.2.7 198.51.100.1 4711 25\n".to_vec(),
        [b"PROXY ".to_vec(), vec![b'x'; 200]].concat(),
        version_2(1, 0x11, &[192, 0, 2, 7]),
        version_2(2, 0x11, &[0; 12]),
        version_2(1, 0x11, &[0; 5_000]),
    ];
    for input in rows {
        assert_eq!(read(&input), Header::Malformed, "{}", input.escape_ascii());
    }
}

#[test]
fn xclient_begins_a_peer_anew() {
    let mut before = Peer::at("192.0.2.1".parse().expect("an address"));
    before.name = Some("proxy.example".into());
    before.tls = Some("TLSv1.3".into());
    before.helo = Some("proxy".into());
    before.early_talker = true;
    let peer = xclient::apply("ADDR=IPV6:2001:db8::7 NAME=mail.example PORT=4711 HELO=mail+20x PROTO=ESMTP", &before);
    let peer = peer.expect("understood");
    assert_eq!(peer.ip.to_string(), "2001:db8::7");
    assert_eq!((peer.name.as_deref(), peer.port, peer.helo.as_deref()), (Some("mail.example"), 4711, Some("mail x")));
    assert!(peer.extended && !peer.early_talker && peer.tls.is_some());
    let unknown = xclient::apply("addr=192.0.2.9 NAME=[UNAVAILABLE]", &before).expect("understood");
    assert_eq!((unknown.name, unknown.helo), (None, None));
    for bad in ["", "ADDR", "ADDR=x", "ADDR=[UNAVAILABLE]", "PORT=99999", "NAME=a+0Ab", "NAME=a+", "LOGIN=me"] {
        assert!(xclient::apply(bad, &before).is_err(), "{bad}");
    }
}

proptest! {
    #[test]
    fn any_start_of_a_connection_has_an_outcome(input in proptest::collection::vec(any::<u8>(), 0..300), kind in 0..3) {
        let start: &[u8] = [&b""[..], b"PROXY ", b"\r\n\r\n\0\r\nQUIT\n"][usize::try_from(kind).expect("small")];
        let input = [start, &input].concat();
        if let Header::Whole { octets, .. } = read(&input) {
            prop_assert!(octets <= input.len());
            prop_assert_eq!(read(&input[..octets]), read(&input));
        }
    }
}
