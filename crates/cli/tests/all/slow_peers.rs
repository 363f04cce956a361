//! Mail servers that are slow or never end what they began, on every face that is asked: they hold up nobody, and what
//! comes whole in the end is answered.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

use testkit::Sekisho;
use testkit::http::get;

use crate::house::{PLAIN, SOON, maildirs};

/// Connections of each face that are in the middle of something.
const SLOW: usize = 60;

const POLICY: &str = "request=smtpd_access_policy\nprotocol_state=RCPT\nprotocol_name=ESMTP\nclient_address=192.0.2.7\n\
     client_name=mail.sumire.example.jp\nhelo_name=mail.sumire.example.jp\nsender=s@example.com\n\
     recipient=hanako@shirakaba.example.jp\ninstance=1.2.3\nsize=100\n\n";

/// A connection on which this was said.
fn begin(address: SocketAddr, said: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(address).expect("it listens");
    stream.set_nodelay(true).expect("a socket");
    stream.set_read_timeout(Some(SOON)).expect("a time above zero");
    stream.write_all(said).expect("it is read");
    stream
}

/// Says the rest, and reads the answer up to these octets.
fn end(stream: &mut TcpStream, rest: &[u8], upto: &str) -> String {
    stream.write_all(rest).expect("it is read");
    let (mut answer, mut piece) = (Vec::new(), [0; 4096]);
    while !String::from_utf8_lossy(&answer).contains(upto) {
        match stream.read(&mut piece).expect("an answer in time") {
            0 => break,
            count => answer.extend_from_slice(&piece[..count]),
        }
    }
    String::from_utf8_lossy(&answer).into_owned()
}

/// A face, a whole request, what ends the answer and what stands in it.
struct Face {
    address: SocketAddr,
    request: Vec<u8>,
    upto: &'static str,
    says: &'static str,
}

fn faces() -> (Sekisho, Vec<Face>) {
    let (setup, spamd) = maildirs().listen("spamd");
    let (setup, policy) = setup.listen("policy");
    let (setup, milter) = setup.listen("milter");
    let sekisho = setup.start();
    let whole = |head: &str| [format!("{head}{}\r\n\r\n", PLAIN.len()).as_bytes(), PLAIN].concat();
    let http = whole("POST /checkv2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\nIP: 192.0.2.7\r\nContent-Length: ");
    // SMFIC_OPTNEG, version 6, every action and no step left out.
    let negotiate = [&[0, 0, 0, 13, b'O'][..], &[6u32, 0x1ff, 0x1f_ffff].map(u32::to_be_bytes).concat()].concat();
    let faces = vec![
        Face { address: sekisho.rspamd, request: http, upto: "\"symbols\"", says: "HTTP/1.1 200" },
        Face {
            address: spamd,
            request: whole("CHECK SPAMC/1.5\r\nContent-length: "),
            upto: "\r\n\r\n",
            says: "Spam: ",
        },
        Face { address: policy, request: POLICY.into(), upto: "\n\n", says: "action=DUNNO" },
        Face { address: milter, request: negotiate, upto: "O\0\0\0\u{6}", says: "O\0\0\0\u{6}" },
    ];
    (sekisho, faces)
}

#[test]
fn who_never_ends_a_request_holds_up_nobody_and_who_ends_it_late_is_answered() {
    let (sekisho, faces) = faces();
    let mut held = Vec::new();
    for face in &faces {
        for number in 0..SLOW {
            // Each stops somewhere else: in the first word, in the head, in the message.
            let at = 1 + number * (face.request.len() - 1) / SLOW;
            held.push((face, at, begin(face.address, &face.request[..at])));
        }
    }
    for face in &faces {
        let mut good = begin(face.address, b"");
        let said = end(&mut good, &face.request, face.upto);
        assert!(said.contains(face.says), "{said:?}");
    }
    let reply = sekisho.client().send_message("s@example.com", &["hanako@shirakaba.example.jp"], PLAIN).unwrap();
    assert_eq!(reply.code, 250, "{}", reply.text());
    // Every second one ends what it began, octet by octet; the others are gone without a word.
    let mut answered = 0;
    for (number, (face, at, mut stream)) in held.into_iter().enumerate() {
        if number % 2 == 0 {
            continue;
        }
        let (last, rest) = face.request[at..].split_last().expect("something is left");
        for octet in rest.chunks(rest.len().div_ceil(20).max(1)) {
            stream.write_all(octet).expect("it is read");
        }
        let said = end(&mut stream, &[*last], face.upto);
        assert!(said.contains(face.says), "after {at} octets: {said:?}");
        answered += 1;
    }
    assert_eq!(answered, SLOW * faces.len() / 2);
    let judged = SLOW / 2 * 2 + 3;
    let (_, metrics) = get(sekisho.metrics, "/metrics").unwrap();
    let wanted = format!("sekisho_transactions_total {judged}\n");
    assert!(metrics.contains(&wanted), "what did not come whole was not judged; wanted {wanted} in {metrics}");
    sekisho.must_not_have_panicked();
}
