//! Requests of mail servers that never end, with a clock that the test turns: each is answered or closed in its time, and
//! nothing that did not arrive whole is judged.

use std::time::Duration;

use bytes::BytesMut;
use edge::rspamd_http::Rspamd;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::house::House;

/// What is said first, and then one octet every ten seconds without end, or nothing more.
const TRICKLE: [bool; 2] = [false, true];

/// Sends this, then octet by octet where it trickles; gives all that was answered, and after how long.
async fn never_ends(stream: impl AsyncRead + AsyncWrite, said: &[u8], trickles: bool) -> (String, Duration) {
    let began = Instant::now();
    let (mut reading, mut writing) = tokio::io::split(stream);
    writing.write_all(said).await.expect("the connection stands");
    let more = async {
        while trickles && writing.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_secs(10)).await;
        }
        std::future::pending::<()>().await;
    };
    let mut answer = Vec::new();
    tokio::select! {
        () = more => {}
        // A reset after the answer is as good as an end.
        _ = reading.read_to_end(&mut answer) => {}
    }
    (String::from_utf8_lossy(&answer).into_owned(), began.elapsed())
}

fn by_spamd(house: &House) -> DuplexStream {
    let (client, server) = tokio::io::duplex(1 << 16);
    tokio::spawn(edge::spamd::hold(server, BytesMut::new(), edge::spamd::Client::Unix, house.gate.clone()));
    client
}

#[tokio::test]
async fn by_spamd_a_request_that_never_ends_is_told_so_and_not_judged() {
    let house = House::recording().await;
    tokio::time::pause();
    let (head, message) = (60, 300);
    for (said, seconds) in [
        ("CHECK SPAMC/1.5\r\nUser: x", head),
        ("PROCESS SPAMC/1.2\r\nContent-length: 5000\r\n\r\nSubject: half\r\n\r\nha", message),
        ("SYMBOLS SPAMC/1.5\r\n\r\nSubject: without a length", message),
    ] {
        for trickles in TRICKLE {
            let (answer, took) = never_ends(by_spamd(&house), said.as_bytes(), trickles).await;
            assert!(answer.starts_with("SPAMD/1.0 79 EX_TIMEOUT"), "{said:?}: {answer:?}");
            let limit = Duration::from_secs(seconds);
            assert!(took >= limit && took < limit + Duration::from_secs(30), "{said:?}: {took:?}");
        }
    }
    assert_eq!(house.gate.metrics.transactions(), 0);
}

#[tokio::test]
async fn by_http_a_request_that_never_ends_is_told_so_and_not_judged() {
    let house = House::recording().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let at = listener.local_addr().expect("its number");
    let stop = CancellationToken::new();
    tokio::spawn(edge::rspamd_http::serve(listener, Rspamd::new(house.gate.clone(), None), stop.clone()));
    let body = "POST /checkv2 HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\nSubject: half";
    for (said, wanted, seconds) in [
        ("POST /che", "", 60),
        ("POST /checkv2 HTTP/1.1\r\nHost: x\r\nX-More: ", "", 60),
        (body, "HTTP/1.1 408 ", 120),
        ("CHECK SPAMC/1.5\r\nContent-length: 5000\r\n\r\nSubject: half", "SPAMD/1.0 79 EX_TIMEOUT", 300),
    ] {
        for trickles in TRICKLE {
            let stream = TcpStream::connect(at).await.expect("a connection");
            tokio::time::pause();
            let (answer, took) = never_ends(stream, said.as_bytes(), trickles).await;
            tokio::time::resume();
            assert!(answer.starts_with(wanted) && answer.is_empty() == wanted.is_empty(), "{said:?}: {answer:?}");
            // The first words of a connection have the same time again as the head they belong to.
            let limit = Duration::from_secs(seconds);
            assert!(took >= limit && took < limit * 2 + Duration::from_secs(30), "{said:?}: {took:?}");
        }
    }
    assert_eq!(house.gate.metrics.transactions(), 0);
    stop.cancel();
}
