//! Postfix's policy delegation: what is understood, what is answered, and peers that never end their request.

use std::sync::Arc;

use edge::policyd::request::{self, BadRequest, LONGEST, State};
use edge::policyd::{PolicySettings, hold_one};
use proptest::prelude::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::house::House;

fn connect(house: &House) -> (DuplexStream, JoinHandle<()>) {
    let (stream, server) = tokio::io::duplex(1 << 20);
    let session =
        hold_one(Box::new(server), house.gate.clone(), Arc::new(PolicySettings::default()), Default::default());
    (stream, tokio::spawn(session))
}

/// A request as Postfix writes it.
fn asking(state: &str, recipient: &str, more: &str) -> String {
    format!(
        "request=smtpd_access_policy\nprotocol_state={state}\nprotocol_name=ESMTP\nclient_address=192.0.2.7\n\
         client_name=client.example.com\nclient_port=40000\nreverse_client_name=client.example.com\n\
         helo_name=client.example.com\nsender=s@example.com\nrecipient={recipient}\nrecipient_count=0\nqueue_id=\n\
         instance=123.456.7\nsize=1200\n{more}\n"
    )
}

async fn ask(stream: &mut DuplexStream, request: &str) -> String {
    stream.write_all(request.as_bytes()).await.expect("the session stands");
    let mut answer = Vec::new();
    while !answer.ends_with(b"\n\n") {
        let read = stream.read_buf(&mut answer).await.expect("an answer");
        assert!(read > 0, "closed after {}", String::from_utf8_lossy(&answer));
    }
    String::from_utf8_lossy(&answer).trim_end().to_owned()
}

#[tokio::test]
async fn stage_by_stage_nothing_speaks_against_it() {
    let house = House::recording().await;
    let (mut stream, _session) = connect(&house);
    for state in ["CONNECT", "EHLO", "HELO", "MAIL", "RCPT", "DATA", "END-OF-MESSAGE", "VRFY", "SOMETHING-NEW"] {
        assert_eq!(ask(&mut stream, &asking(state, "taro@example.jp", "")).await, "action=DUNNO", "{state}");
    }
    let elsewhere = ask(&mut stream, &asking("RCPT", "x@elsewhere.example.com", "")).await;
    assert_eq!(elsewhere, "action=DUNNO", "whom Postfix relays for is its own affair");
    assert_eq!(ask(&mut stream, &asking("RCPT", "not an address", "")).await, "action=DUNNO");
    // Several requests in one segment are answered in order.
    let twice = asking("RCPT", "taro@example.jp", "").repeat(2);
    stream.write_all(twice.as_bytes()).await.expect("the session stands");
    let mut answers = [0; 28];
    stream.read_exact(&mut answers).await.expect("two answers");
    assert_eq!(&answers, b"action=DUNNO\n\naction=DUNNO\n\n");
}

#[tokio::test]
async fn recipients_are_counted_over_requests() {
    let house = House::recording().await;
    let few = checkpoint::GateSettings { recipients: 3, ..(**house.gate.settings.load()).clone() };
    house.gate.settings.store(Arc::new(few));
    let (mut stream, _session) = connect(&house);
    for number in 0..3 {
        let said = ask(&mut stream, &asking("RCPT", &format!("r{number}@example.jp"), "")).await;
        assert_eq!(said, "action=DUNNO", "{number}");
    }
    let said = ask(&mut stream, &asking("RCPT", "r3@example.jp", "")).await;
    assert!(said.starts_with("action=DEFER_IF_PERMIT 4.5.3 Too many recipients"), "{said}");
    let other = asking("RCPT", "r3@example.jp", "").replace("instance=123.456.7", "instance=123.456.8");
    assert_eq!(ask(&mut stream, &other).await, "action=DUNNO", "another message is counted by itself");
    let user = asking("RCPT", "r4@example.jp", "sasl_username=taro\n");
    assert_eq!(ask(&mut stream, &user).await, "action=DUNNO", "who gave a password is not stopped");
}

#[tokio::test]
async fn a_request_that_does_not_end_is_not_waited_for() {
    let house = House::recording().await;
    let limit = PolicySettings::default().request;
    tokio::time::pause();
    let began = Instant::now();
    let (mut stream, session) = connect(&house);
    stream.write_all(b"request=smtpd_access_policy\nclient_add").await.expect("the session stands");
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).await.expect("the end");
    assert!(rest.is_empty());
    session.await.expect("the session ends");
    assert!(began.elapsed() >= limit && began.elapsed() < limit * 2, "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_request_without_end_is_cut_off_by_its_size() {
    let house = House::recording().await;
    let (mut stream, session) = connect(&house);
    stream.write_all("sender=x\n".repeat(LONGEST / 9 + 1).as_bytes()).await.expect("the pipe takes it");
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).await.expect("the end");
    assert!(rest.is_empty());
    session.await.expect("the session ends");
}

#[test]
fn what_a_request_says() {
    let text = asking("RCPT", "taro@example.jp", "encryption_protocol=TLSv1.3\nencryption_cipher=AES\nunheard_of=1\n");
    let (request, octets) = request::first(text.as_bytes()).expect("a request").expect("a whole one");
    assert_eq!((octets, request.state, request.size), (text.len(), State::Rcpt, 1_200));
    assert_eq!(request.peer.tls.as_deref(), Some("TLSv1.3 AES"));
    assert_eq!(request.recipient.map(|to| to.to_string()).as_deref(), Some("taro@example.jp"));
    assert!(!request.authenticated);
    for cut in 0..text.len() {
        assert_eq!(request::first(&text.as_bytes()[..cut]), Ok(None), "{cut} octets are not a request yet");
    }
    assert_eq!(request::first(b"no equals sign\n\n"), Err(BadRequest::Line));
    assert_eq!(request::first(b"request=other\n\n"), Err(BadRequest::Kind));
    assert_eq!(request::first(b"request=smtpd_access_policy\n\n"), Err(BadRequest::Client));
}

proptest! {
    #[test]
    fn any_octets_are_a_request_or_a_reason(input in proptest::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(Some((_, octets))) = request::first(&input) {
            prop_assert!(octets <= input.len());
        }
    }
}
