//! The kit keeps its own promises.

use std::io::{Read, Write};
use std::net::{IpAddr, TcpStream, UdpSocket};
use std::time::Duration;

use testkit::dialogue::matches;
use testkit::maildir::{with_crlf, with_lf};
use testkit::smtp::stuffed;
use testkit::{Answer, Client, NameServer, NextHop};

#[test]
fn patterns_of_dialogues() {
    let rows = [
        ("250 *", "250 Ok", true),
        ("250 *", "550 No", false),
        ("250 2.0.0 Ok", "250 2.0.0 Ok", true),
        ("250 2.0.0 Ok", "250 2.0.0 Ok, more", false),
        ("5?? *", "550 no", false),
        ("550 5.1.1 *nobody*here", "550 5.1.1 there is nobody by that name here", true),
        ("*", "", true),
    ];
    for (pattern, text, expected) in rows {
        assert_eq!(matches(pattern, text), expected, "{pattern} / {text}");
    }
}

#[test]
fn line_ends_and_dots() {
    assert_eq!(with_crlf(b"a\nb\r\nc"), b"a\r\nb\r\nc");
    assert_eq!(with_lf(b"a\r\nb\rc\n"), b"a\nb\rc\n");
    assert_eq!(stuffed(b"a\n.b\n."), b"a\r\n..b\r\n..\r\n.\r\n");
}

#[test]
fn next_hop_records_and_answers_as_told() {
    let hop = NextHop::start();
    hop.answer_rcpt("nobody@example.jp", Answer::Say("550 5.1.1 no such person".into()));
    let mut client = Client::connect(hop.address()).unwrap();
    client.say("MAIL FROM:<a@example.com> BODY=8BITMIME").unwrap();
    assert!(client.ask("RCPT TO:<nobody@example.jp>").unwrap().is_no());
    client.say("RCPT TO:<hanako@example.jp>").unwrap();
    assert_eq!(client.data(b"Subject: x\n\n.dot\n").unwrap().code, 250);
    let taken = hop.wait_for(1);
    assert_eq!(taken[0].message, b"Subject: x\r\n\r\n.dot\r\n");
    assert_eq!(
        (taken[0].from.as_str(), taken[0].recipients.as_slice()),
        ("a@example.com", &["hanako@example.jp".to_owned()][..])
    );
    assert!(taken[0].mail.ends_with("BODY=8BITMIME"));
}

/// A question of type TXT for this name.
fn question(name: &str) -> Vec<u8> {
    let mut out = vec![0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    for label in name.split('.') {
        out.push(u8::try_from(label.len()).expect("a short label"));
        out.extend_from_slice(label.as_bytes());
    }
    out.extend_from_slice(&[0, 0, 16, 0, 1]);
    out
}

#[test]
fn name_server_answers_truncates_and_falls_silent() {
    let long = "x".repeat(600);
    let server =
        NameServer::start(&format!("a.example TXT v=spf1 -all\nlong.example TXT {long}\nbad.example SERVFAIL"));
    let socket = UdpSocket::bind((IpAddr::from([127, 0, 0, 1]), 0)).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let ask = |name: &str| {
        socket.send_to(&question(name), server.address()).unwrap();
        let mut answer = [0; 1024];
        let count = socket.recv(&mut answer).unwrap();
        answer[..count].to_vec()
    };
    let answer = ask("a.example");
    assert!(answer.windows(11).any(|window| window == b"v=spf1 -all"));
    assert_eq!((ask("nowhere.example")[3] & 15, ask("bad.example")[3] & 15), (3, 2));
    assert_eq!(ask("long.example")[2] & 2, 2, "too long for UDP: truncated");
    let mut stream = TcpStream::connect(server.address()).unwrap();
    let asked = question("long.example");
    stream.write_all(&[&u16::try_from(asked.len()).unwrap().to_be_bytes()[..], &asked].concat()).unwrap();
    let mut length = [0; 2];
    stream.read_exact(&mut length).unwrap();
    assert!(u16::from_be_bytes(length) > 600);
    server.fall_silent();
    socket.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    socket.send_to(&question("a.example"), server.address()).unwrap();
    assert!(socket.recv(&mut [0; 64]).is_err());
    assert_eq!(server.questions(), 6);
}
