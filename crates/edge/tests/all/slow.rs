//! Peers that take their time, with a clock that the test turns.

use std::sync::Arc;
use std::time::Duration;

use edge::smtp::server::hold_one;
use edge::smtp::{Dialect, SmtpSettings};
use message::Peer;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::house::{House, settings};

/// A session over a pipe; the clock stands still afterwards and jumps when everybody waits.
async fn begin(house: &House, settings: SmtpSettings) -> (DuplexStream, JoinHandle<()>) {
    let (client, server) = tokio::io::duplex(1 << 16);
    let peer = Peer::at("192.0.2.7".parse().expect("an address"));
    let session =
        hold_one(Box::new(server), peer, Dialect::Smtp, house.gate.clone(), Arc::new(settings), Default::default());
    (client, tokio::spawn(session))
}

async fn say(client: &mut DuplexStream, octets: &[u8], wanted: &str) {
    client.write_all(octets).await.expect("the session stands");
    let mut got = vec![0; 4_096];
    let read = client.read(&mut got).await.expect("an answer");
    let got = String::from_utf8_lossy(&got[..read]).into_owned();
    assert!(got.starts_with(wanted), "{got}");
}

async fn rest(client: &mut DuplexStream) -> String {
    let mut rest = String::new();
    client.read_to_string(&mut rest).await.expect("the rest");
    rest
}

#[tokio::test]
async fn who_says_nothing_is_told_to_go() {
    let house = House::recording().await;
    let limits = settings().limits;
    tokio::time::pause();
    let began = Instant::now();
    let (mut client, session) = begin(&house, settings()).await;
    assert!(rest(&mut client).await.ends_with("421 4.4.2 Too slow, closing\r\n"));
    session.await.expect("the session ends");
    assert!(began.elapsed() >= limits.command && began.elapsed() < limits.command * 2);
}

#[tokio::test]
async fn a_line_that_drips_gains_no_time() {
    let house = House::recording().await;
    let limit = settings().limits.command;
    tokio::time::pause();
    let began = Instant::now();
    let (mut client, _session) = begin(&house, settings()).await;
    let (mut reading, mut writing) = tokio::io::split(&mut client);
    let drip = async {
        while writing.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_secs(10)).await;
        }
    };
    let mut said = String::new();
    tokio::select! {
        () = drip => {}
        read = reading.read_to_string(&mut said) => { read.expect("the rest"); }
    }
    assert!(said.contains("421 4.4.2"), "{said}");
    assert!(began.elapsed() < limit * 2);
}

#[tokio::test]
async fn a_message_that_trickles_is_broken_off() {
    let house = House::recording().await;
    let limits = settings().limits;
    let (mut client, session) = begin(&house, settings()).await;
    let mut greeting = vec![0; 200];
    let _ = client.read(&mut greeting).await.expect("a greeting");
    say(&mut client, b"EHLO client.example\r\n", "250-").await;
    say(&mut client, b"MAIL FROM:<a@client.example>\r\n", "250 ").await;
    say(&mut client, b"RCPT TO:<taro@example.jp>\r\n", "250 ").await;
    say(&mut client, b"DATA\r\n", "354 ").await;
    tokio::time::pause();
    let began = Instant::now();
    // One octet every minute stays within the time between reads, but not above the slowest pace.
    while !session.is_finished() && client.write_all(b"x").await.is_ok() {
        tokio::time::sleep(Duration::from_secs(60)).await;
    }
    assert!(began.elapsed() <= limits.slow_grace + Duration::from_secs(180), "{:?}", began.elapsed());
    assert!(rest(&mut client).await.contains("421 4.4.2"));
    assert!(house.recorder.handed().is_empty());
}

#[tokio::test]
async fn a_message_that_stops_is_broken_off() {
    let house = House::recording().await;
    let limits = settings().limits;
    let (mut client, _session) = begin(&house, settings()).await;
    let mut greeting = vec![0; 200];
    let _ = client.read(&mut greeting).await.expect("a greeting");
    say(&mut client, b"EHLO client.example\r\n", "250-").await;
    say(&mut client, b"MAIL FROM:<a@client.example>\r\n", "250 ").await;
    say(&mut client, b"RCPT TO:<taro@example.jp>\r\n", "250 ").await;
    say(&mut client, b"DATA\r\n", "354 ").await;
    tokio::time::pause();
    let began = Instant::now();
    client.write_all(b"Subject: half").await.expect("a write");
    assert!(rest(&mut client).await.contains("421 4.4.2"));
    assert!(began.elapsed() >= limits.data_read && began.elapsed() < limits.data_read * 2);
}

#[tokio::test]
async fn a_patient_peer_is_not_an_early_talker() {
    let house = House::recording().await;
    let mut settings = settings();
    settings.greet_delay = Duration::from_secs(5);
    tokio::time::pause();
    let began = Instant::now();
    let (mut client, _session) = begin(&house, settings).await;
    let mut greeting = vec![0; 200];
    let read = client.read(&mut greeting).await.expect("a greeting");
    assert!(greeting[..read].starts_with(b"220 "));
    assert!(began.elapsed() >= Duration::from_secs(5));
}
