//! The real resolver against a small name server on loopback that answers well, badly or not at all.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use auth::dns::{Answer, Dns, Failure, Resolver, ResolverSettings};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UdpSocket};

const A: u16 = 1;
const CNAME: u16 = 5;
const TXT: u16 = 16;

struct Server {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

/// What comes back: a code, whether it was cut, and records.
type Response = (u8, bool, Vec<(u16, Vec<u8>)>);

fn respond(name: &str, over_tcp: bool) -> Option<Response> {
    let a = |last| (A, vec![192, 0, 2, last]);
    Some(match name {
        "host.example" => (0, false, vec![a(1), a(2)]),
        "alias.example" => (0, false, vec![(CNAME, b"\x04host\x07example\x00".to_vec()), a(1)]),
        "text.example" => (0, false, vec![(TXT, b"\x03one\x04 two".to_vec()), (TXT, b"\x01\xff".to_vec())]),
        "empty.example" => (0, false, vec![]),
        "broken.example" => (2, false, vec![]),
        "refused.example" => (5, false, vec![]),
        "large.example" if over_tcp => (0, false, vec![a(9)]),
        "large.example" => (0, true, vec![]),
        "silent.example" => return None,
        _ => (3, false, vec![]),
    })
}

fn answer(query: &[u8], over_tcp: bool, asked: &Mutex<Vec<String>>) -> Option<Vec<u8>> {
    let mut labels = Vec::new();
    let mut at = 12;
    while query[at] != 0 {
        let length = usize::from(query[at]);
        labels.push(String::from_utf8_lossy(&query[at + 1..at + 1 + length]).to_lowercase());
        at += 1 + length;
    }
    let name = labels.join(".");
    asked.lock().expect("not poisoned").push(name.clone());
    let (code, cut, records) = respond(&name, over_tcp)?;
    let mut response = query[..2].to_vec();
    response.extend([0x81 | if cut { 0x02 } else { 0 }, 0x80 | code, 0, 1, 0, records.len() as u8, 0, 0, 0, 0]);
    response.extend(&query[12..at + 5]);
    for (kind, data) in records {
        // An alias answers for the name that was asked, the rest for the name it leads to.
        let owner: &[u8] = match (name.as_str(), kind) {
            ("alias.example", A) => b"\x04host\x07example\x00",
            _ => b"\xc0\x0c",
        };
        response.extend(owner);
        response.extend(kind.to_be_bytes());
        response.extend([0, 1, 0, 0, 1, 44]);
        response.extend((data.len() as u16).to_be_bytes());
        response.extend(data);
    }
    Some(response)
}

async fn server() -> Server {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
    let address = tcp.local_addr().expect("an address");
    let udp = UdpSocket::bind(address).await.expect("the same port");
    let heard = asked.clone();
    tokio::spawn(async move {
        let mut query = [0; 1500];
        while let Ok((length, from)) = udp.recv_from(&mut query).await {
            if let Some(response) = answer(&query[..length], false, &heard) {
                udp.send_to(&response, from).await.expect("sent");
            }
        }
    });
    let heard = asked.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = tcp.accept().await {
            let heard = heard.clone();
            tokio::spawn(async move {
                while let Ok(length) = stream.read_u16().await {
                    let mut query = vec![0; length.into()];
                    stream.read_exact(&mut query).await.expect("a query");
                    if let Some(response) = answer(&query, true, &heard) {
                        stream.write_u16(response.len() as u16).await.expect("sent");
                        stream.write_all(&response).await.expect("sent");
                    }
                }
            });
        }
    });
    Server { address, asked }
}

impl Server {
    fn resolver(&self) -> Resolver {
        let settings = ResolverSettings { servers: vec![self.address], ..ResolverSettings::default() };
        Resolver::new(&settings).expect("a resolver")
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("not poisoned").clone()
    }
}

#[tokio::test]
async fn records_are_read_and_aliases_followed() {
    let server = server().await;
    let dns = server.resolver();
    let both = [Ipv4Addr::new(192, 0, 2, 1), Ipv4Addr::new(192, 0, 2, 2)];
    let reply = dns.a("host.example").await;
    assert_eq!(reply.answer.records(), both);
    assert!(reply.ttl > Duration::from_secs(250) && reply.ttl <= Duration::from_secs(300), "{:?}", reply.ttl);
    assert_eq!(dns.a("alias.example").await.answer.records(), &both[..1]);
    let texts = dns.txt("text.example").await.answer;
    assert_eq!(texts.records(), [Box::from(&b"one two"[..]), Box::from(&b"\xff"[..])]);
    assert_eq!(dns.a("large.example").await.answer.records(), [Ipv4Addr::new(192, 0, 2, 9)]);
}

#[tokio::test]
async fn absence_and_failure_are_told_apart() {
    let server = server().await;
    let dns = server.resolver();
    assert_eq!(dns.txt("gone.example").await.answer, Answer::NoSuchName);
    assert_eq!(dns.txt("empty.example").await.answer, Answer::NoData);
    assert_eq!(dns.txt("broken.example").await.answer, Answer::Failed(Failure::ServerFailure));
    assert_eq!(dns.txt("refused.example").await.answer, Answer::Failed(Failure::Refused));
    assert!(dns.txt("gone.example").await.ttl > Duration::ZERO, "absence without an SOA is remembered too");
}

#[tokio::test]
async fn odd_names_are_asked_and_impossible_ones_are_not() {
    let server = server().await;
    let dns = server.resolver();
    let odd = ["a b.example", "例え.example", "%20\u{1}.example", "-x-.example", "a_b.example", "\\\".example"];
    for name in odd {
        assert_eq!(dns.a(name).await.answer, Answer::NoSuchName, "{name}");
    }
    assert_eq!(server.asked(), odd);
    for name in ["", ".", "a..example", &"a".repeat(64), &"abc.".repeat(100)] {
        assert_eq!(dns.txt(name).await.answer, Answer::NoSuchName, "{name}");
    }
    assert_eq!(server.asked().len(), odd.len());
}

#[tokio::test(start_paused = true)]
async fn silence_ends_in_time() {
    let server = server().await;
    let begun = tokio::time::Instant::now();
    let answer = server.resolver().txt("silent.example").await.answer;
    assert_eq!(answer, Answer::Failed(Failure::Timeout));
    assert!(begun.elapsed() <= ResolverSettings::default().query_timeout, "{:?}", begun.elapsed());
}
