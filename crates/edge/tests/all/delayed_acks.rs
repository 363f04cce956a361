//! No peer waits for a delayed ACK: peers that write several small packets before they are owed an answer, with Nagle's
//! algorithm on as Postfix has it, on every face that keeps its connections. (spamd has one request on a connection, and
//! Linux acknowledges the first packets of a connection at once.)

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use edge::Listener;
use edge::milter::{MilterSettings, packet};
use edge::policyd::PolicySettings;
use edge::rspamd_http::Rspamd;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::house::{House, settings};

/// More than the packets that Linux acknowledges at once at the beginning of a connection.
const EXCHANGES: usize = 50;
/// So many of them have to be quick; a busy machine may slow the others.
const QUICK: usize = 5;
/// Half of what Linux waits with an ACK.
const AT_ONCE: Duration = Duration::from_millis(20);

/// A peer on one connection.
struct Peer(TcpStream);

impl Peer {
    fn connect(to: SocketAddr) -> Self {
        let stream = TcpStream::connect(to).expect("the face listens");
        stream.set_nodelay(false).expect("Nagle's algorithm");
        stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a bound");
        Self(stream)
    }

    /// Each piece in a write of its own, then what is heard until it ends so.
    fn ask(&mut self, pieces: &[&[u8]], until: &[u8]) -> Vec<u8> {
        for piece in pieces {
            self.0.write_all(piece).expect("the connection stands");
        }
        let mut heard = Vec::new();
        while !heard.ends_with(until) {
            let mut octets = [0; 4_096];
            let read = self.0.read(&mut octets).expect("an answer");
            assert!(read > 0, "closed after {}", String::from_utf8_lossy(&heard));
            heard.extend_from_slice(&octets[..read]);
        }
        heard
    }
}

fn packet(command: u8, data: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    packet::write(&mut out, command, &[data]);
    out
}

/// A message by milter, its header fields in packets that are not answered.
fn by_milter(peer: &mut Peer, nth: usize) {
    const GO_ON: &[u8] = &[0, 0, 0, 1, b'c'];
    if nth == 0 {
        let offer = [6_u32, 0x1ff, 0x1f_ffff].map(u32::to_be_bytes).concat();
        peer.ask(&[&packet(b'O', &offer)], b"\0");
        let connect = packet(b'C', b"client.example.com\x004\x0c\xea192.0.2.7\0");
        peer.0.write_all(&connect).expect("the connection stands");
    }
    peer.ask(&[&packet(b'M', b"<s@example.com>\0")], GO_ON);
    let fields: Vec<Vec<u8>> = (0..4).map(|n| packet(b'L', format!("X-{n}\0 {nth}\0").as_bytes())).collect();
    let mut pieces: Vec<&[u8]> = fields.iter().map(Vec::as_slice).collect();
    let (end, body, whole) = (packet(b'N', b""), packet(b'B', b"Shall we walk?\r\n"), packet(b'E', b""));
    pieces.extend([end.as_slice(), &body, &whole]);
    peer.ask(&pieces, GO_ON);
}

fn by_policy(peer: &mut Peer, nth: usize) {
    let head = "request=smtpd_access_policy\nprotocol_state=RCPT\nprotocol_name=ESMTP\n";
    let more = format!("client_address=192.0.2.7\nsender=s@example.com\nrecipient=r@example.jp\ninstance={nth}.1\n");
    peer.ask(&[head.as_bytes(), more.as_bytes(), b"\n"], b"\n\n");
}

fn by_smtp(peer: &mut Peer, nth: usize) {
    if nth == 0 {
        peer.ask(&[], b"\r\n");
        peer.ask(&[b"HELO client.example.com\r\n"], b"\r\n");
    }
    for line in ["MAIL FROM:<s@example.com>", "RCPT TO:<taro@example.jp>", "DATA"] {
        peer.ask(&[format!("{line}\r\n").as_bytes()], b"\r\n");
    }
    let field = format!("Subject: walk {nth}\r\n");
    peer.ask(&[field.as_bytes(), b"From: s@example.com\r\n", b"\r\nOn Sunday?\r\n", b".\r\n"], b"\r\n");
}

fn by_http(peer: &mut Peer, nth: usize) {
    let message = format!("Subject: walk {nth}\r\nFrom: s@example.com\r\n\r\nOn Sunday?\r\n");
    let head = format!("POST /checkv2 HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n", message.len());
    peer.ask(&[head.as_bytes(), message.as_bytes()], b"}");
}

/// Exchanges on one connection; the first of them make the connection one that has exchanged before.
async fn no_delay(face: &'static str, to: SocketAddr, exchange: fn(&mut Peer, usize)) {
    let asking = move || {
        let mut peer = Peer::connect(to);
        let took = |nth| {
            let began = Instant::now();
            exchange(&mut peer, nth);
            began.elapsed()
        };
        let mut took: Vec<Duration> = (0..EXCHANGES).map(took).skip(EXCHANGES / 5).collect();
        took.sort_unstable();
        assert!(took[QUICK] < AT_ONCE, "{face}: the quickest of {EXCHANGES} took {:?}", &took[..=QUICK]);
    };
    tokio::task::spawn_blocking(asking).await.expect("no exchange waits");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_face_makes_a_peer_wait_for_a_delayed_ack() {
    let house = House::recording().await;
    let stop = CancellationToken::new();
    let listen = async || {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let at = listener.local_addr().expect("its address");
        (listener, at)
    };
    let (milter, at_milter) = listen().await;
    let by = Arc::new(ArcSwap::from_pointee(MilterSettings::default()));
    tokio::spawn(edge::milter::serve(Listener::Tcp(milter), house.gate.clone(), by, stop.clone()));
    let (policy, at_policy) = listen().await;
    let by = Arc::new(ArcSwap::from_pointee(PolicySettings::default()));
    tokio::spawn(edge::policyd::serve(Listener::Tcp(policy), house.gate.clone(), by, stop.clone()));
    let (smtp, at_smtp) = listen().await;
    let by = Arc::new(ArcSwap::from_pointee(settings()));
    tokio::spawn(edge::smtp::serve(smtp, house.gate.clone(), by, stop.clone()));
    let (http, at_http) = listen().await;
    tokio::spawn(edge::rspamd_http::serve(http, Rspamd::new(house.gate.clone(), None), stop.clone()));

    no_delay("milter", at_milter, by_milter).await;
    no_delay("policy", at_policy, by_policy).await;
    no_delay("SMTP", at_smtp, by_smtp).await;
    no_delay("HTTP", at_http, by_http).await;
    stop.cancel();
}
