//! The milter server and mail servers that do not behave: packets out of order, half, malformed, of a gigabyte; macros
//! missing; many messages on one connection.

use std::sync::Arc;
use std::time::Duration;

use edge::milter::command::{BadCommand, Command};
use edge::milter::message::Assembly;
use edge::milter::packet::{self, BadPacket, LONGEST, Packet};
use edge::milter::{MilterSettings, hold_one};
use proptest::prelude::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::house::House;

/// SMFIF_* and SMFIP_* of Postfix 3.10.
const ACTIONS: u32 = 0x1ff;
const STEPS: u32 = 0x1f_ffff;

/// A mail server over a pipe.
pub(crate) struct Peer {
    stream: DuplexStream,
    session: JoinHandle<()>,
}

impl Peer {
    pub(crate) fn connect(house: &House, settings: MilterSettings) -> Self {
        let (stream, server) = tokio::io::duplex(1 << 20);
        let session = hold_one(Box::new(server), house.gate.clone(), Arc::new(settings), Default::default());
        Self { stream, session: tokio::spawn(session) }
    }

    pub(crate) async fn say(&mut self, command: u8, data: &[u8]) {
        let mut out = Vec::new();
        packet::write(&mut out, command, &[data]);
        // A server that has closed is seen when reading.
        let _ = self.stream.write_all(&out).await;
    }

    /// The next packet; `None` where the connection is closed.
    pub(crate) async fn hear(&mut self) -> Option<(u8, Vec<u8>)> {
        let length = self.stream.read_u32().await.ok()?;
        let mut packet = vec![0; usize::try_from(length).expect("a length")];
        self.stream.read_exact(&mut packet).await.ok()?;
        let data = packet.split_off(1);
        Some((packet[0], data))
    }

    pub(crate) async fn negotiate(&mut self) -> (u32, u32) {
        self.say(b'O', &[6u32, ACTIONS, STEPS].map(u32::to_be_bytes).concat()).await;
        let (command, data) = self.hear().await.expect("an answer");
        assert_eq!((command, &data[..4]), (b'O', &[0, 0, 0, 6][..]));
        let word = |at: usize| u32::from_be_bytes(data[at..at + 4].try_into().expect("four octets"));
        (word(4), word(8))
    }

    async fn connected(&mut self) {
        self.negotiate().await;
        self.say(b'C', b"client.example.com\x004\x0c\xea192.0.2.7\0").await;
        self.say(b'H', b"client.example.com\0").await;
    }

    async fn is_answered(&mut self, with: u8) {
        let heard = self.hear().await;
        assert_eq!(heard.as_ref().map(|(command, _)| char::from(*command)), Some(char::from(with)), "{heard:?}");
    }

    /// A whole message without a single macro; everything up to the last answer.
    async fn message(&mut self) -> Vec<(u8, Vec<u8>)> {
        self.say(b'M', b"<s@example.com>\0").await;
        self.is_answered(b'c').await;
        self.say(b'R', b"<taro@example.jp>\0").await;
        self.is_answered(b'c').await;
        self.say(b'L', b"From\0 Sayuri <s@example.com>\0").await;
        self.say(b'L', b"X-Spam-Flag\0 NO\0").await;
        self.say(b'L', b"Subject\0 A walk\0").await;
        self.say(b'N', b"").await;
        self.say(b'B', b"Shall we walk on Sunday?\r\n").await;
        self.say(b'E', b"").await;
        let mut all = Vec::new();
        loop {
            let heard = self.hear().await.expect("an answer to the message");
            all.push(heard);
            if matches!(all.last(), Some((b'c' | b'a' | b'd' | b'y' | b't' | b'r', _))) {
                return all;
            }
        }
    }

    async fn must_be_closed(mut self) {
        assert_eq!(self.hear().await, None, "the connection is closed without an answer");
        self.session.await.expect("the session ends");
    }
}

#[tokio::test]
async fn few_steps_are_answered() {
    let house = House::recording().await;
    let mut peer = Peer::connect(&house, MilterSettings::default());
    let (actions, steps) = peer.negotiate().await;
    assert_eq!(actions & 0x39, 0x39, "headers, recipients and quarantine are asked for");
    assert_eq!(steps & (0x10 | 0x20), 0, "headers and body come");
    assert_ne!(steps & 0x10_0000, 0, "with the space after the colon");
    assert_ne!(steps & 0x8_0000, 0, "pieces of body wait for nothing");
}

#[tokio::test]
async fn an_old_mail_server_is_answered_at_each_step() {
    let house = House::recording().await;
    let mut peer = Peer::connect(&house, MilterSettings::default());
    peer.say(b'O', &[2u32, 0x3f, 0x7f].map(u32::to_be_bytes).concat()).await;
    let (_, data) = peer.hear().await.expect("an answer");
    assert_eq!(data, [2u32, 0x39 | 0x02, 0].map(u32::to_be_bytes).concat());
    for (command, data) in [
        (b'C', &b"client.example.com\x004\x0c\xea192.0.2.7\0"[..]),
        (b'H', b"client.example.com\0"),
        (b'M', b"<s@example.com>\0"),
        (b'R', b"<taro@example.jp>\0"),
        (b'L', b"Subject\0A walk\0"),
        (b'N', b""),
        (b'B', b"Hello\r\n"),
    ] {
        peer.say(command, data).await;
        peer.is_answered(b'c').await;
    }
}

#[tokio::test]
async fn a_mail_server_that_cannot_take_recipients_out_is_not_talked_with() {
    let house = House::recording().await;
    let mut peer = Peer::connect(&house, MilterSettings::default());
    peer.say(b'O', &[6u32, 0x1ff & !0x08, STEPS].map(u32::to_be_bytes).concat()).await;
    peer.must_be_closed().await;
}

#[tokio::test]
async fn without_macros_and_many_messages_on_one_connection() {
    let house = House::recording().await;
    let mut peer = Peer::connect(&house, MilterSettings::default());
    peer.connected().await;
    for _ in 0..3 {
        let said = peer.message().await;
        let removed = said.iter().any(|(command, data)| *command == b'm' && data == b"\0\0\0\x01X-Spam-Flag\0\0");
        assert!(removed, "another filter's verdict is taken away: {said:?}");
        assert_eq!(said.last().map(|(command, _)| *command), Some(b'c'));
        // A transaction that is broken off leaves nothing behind.
        peer.say(b'M', b"<gone@example.com>\0").await;
        peer.is_answered(b'c').await;
        peer.say(b'A', b"").await;
    }
    // Another client on the same connection.
    peer.say(b'K', b"").await;
    peer.say(b'C', b"[198.51.100.9]\x004\0\x19198.51.100.9\0").await;
    assert_eq!(peer.message().await.last().map(|(command, _)| *command), Some(b'c'));
    let recorded = house.gate.metrics.transactions();
    assert_eq!(recorded, 4);
    peer.say(b'Q', b"").await;
    peer.must_be_closed().await;
}

#[tokio::test]
async fn authenticated_senders_and_refused_recipients_are_not_judged() {
    let house = House::recording().await;
    let mut peer = Peer::connect(&house, MilterSettings::default());
    peer.connected().await;
    peer.say(b'D', b"M{auth_authen}\0taro\0").await;
    assert_eq!(peer.message().await.len(), 1, "it passes");
    assert_eq!(house.gate.metrics.transactions(), 0);
    peer.say(b'M', b"<s@example.com>\0").await;
    peer.is_answered(b'c').await;
    peer.say(b'D', b"R{rcpt_mailer}\0error\0").await;
    peer.say(b'R', b"<no-one@example.jp>\0").await;
    assert!(peer.hear().await.is_some());
    peer.say(b'E', b"").await;
    peer.is_answered(b'c').await;
    assert_eq!(house.gate.metrics.transactions(), 0, "a recipient that the mail server refused is none");
}

#[tokio::test]
async fn what_comes_out_of_order_ends_the_connection() {
    let house = House::recording().await;
    let early: [(u8, &[u8]); 5] = [
        (b'C', b"client.example.com\x004\x0c\xea192.0.2.7\0"),
        (b'M', b"<s@example.com>\0"),
        (b'R', b"<taro@example.jp>\0"),
        (b'B', b"text"),
        (b'E', b""),
    ];
    for (command, data) in early {
        let mut peer = Peer::connect(&house, MilterSettings::default());
        peer.say(command, data).await;
        peer.must_be_closed().await;
    }
    for (command, data) in [(b'R', &b"<taro@example.jp>\0"[..]), (b'L', b"From\0 x\0"), (b'E', b""), (b'O', &[0; 12])] {
        let mut peer = Peer::connect(&house, MilterSettings::default());
        peer.connected().await;
        peer.say(command, data).await;
        peer.must_be_closed().await;
    }
    let mut peer = Peer::connect(&house, MilterSettings::default());
    peer.connected().await;
    peer.say(b'M', b"<s@example.com>\0").await;
    peer.is_answered(b'c').await;
    peer.say(b'B', b"body").await;
    peer.say(b'L', b"From\0 after the body\0").await;
    peer.must_be_closed().await;
}

#[tokio::test]
async fn malformed_and_gigantic_packets_end_the_connection() {
    let house = House::recording().await;
    for octets in [&[0x40, 0, 0, 0, b'B'][..], &[0, 0, 0, 0], &[0, 0, 0, 1, b'?'], &[0, 0, 0, 2, b'O', 1]] {
        let mut peer = Peer::connect(&house, MilterSettings::default());
        peer.stream.write_all(octets).await.expect("the pipe stands");
        peer.must_be_closed().await;
    }
    let mut other = Peer::connect(&house, MilterSettings::default());
    other.connected().await;
    assert_eq!(other.message().await.last().map(|(command, _)| *command), Some(b'c'), "others notice nothing");
}

#[tokio::test]
async fn half_a_packet_is_not_waited_for_long() {
    let house = House::recording().await;
    let settings = MilterSettings::default();
    let (packet, idle) = (settings.packet, settings.idle);
    tokio::time::pause();
    let began = Instant::now();
    let mut peer = Peer::connect(&house, settings);
    peer.stream.write_all(&[0, 0, 0, 13, b'O', 0]).await.expect("the pipe stands");
    peer.must_be_closed().await;
    assert!(began.elapsed() >= packet && began.elapsed() < packet * 2, "{:?}", began.elapsed());
    assert!(packet < idle / 10 && packet < Duration::from_secs(300));
}

#[tokio::test]
async fn a_message_beyond_the_limit_is_refused_and_costs_no_memory() {
    let house = House::recording().await;
    let mut peer = Peer::connect(&house, MilterSettings { message: 1_000, ..MilterSettings::default() });
    peer.connected().await;
    peer.say(b'M', b"<s@example.com>\0").await;
    peer.is_answered(b'c').await;
    peer.say(b'R', b"<taro@example.jp>\0").await;
    peer.is_answered(b'c').await;
    for _ in 0..10 {
        peer.say(b'B', &[b'x'; 500]).await;
    }
    peer.say(b'E', b"").await;
    let (command, data) = peer.hear().await.expect("an answer");
    assert_eq!(command, b'y');
    assert!(data.starts_with(b"552 5.3.4 "), "{}", String::from_utf8_lossy(&data));
    assert_eq!(peer.message().await.last().map(|(command, _)| *command), Some(b'c'), "the next one is taken");
}

#[test]
fn packets_are_read_as_they_were_written() {
    let mut out = Vec::new();
    packet::write(&mut out, b'L', &[b"Subject\0", b" A\n\twalk\0"]);
    let (found, octets) = packet::first(&out).expect("a packet").expect("a whole one");
    assert_eq!(octets, out.len());
    assert_eq!(Command::read(found), Ok(Command::Header { name: b"Subject", value: b" A\n\twalk" }));
    for cut in 0..out.len() {
        assert_eq!(packet::first(&out[..cut]), Ok(None), "{cut} octets are not a packet yet");
    }
    let long = u32::try_from(LONGEST + 1).expect("a length");
    assert_eq!(packet::first(&long.to_be_bytes()), Err(BadPacket::TooLong(long)));
    assert_eq!(Command::read(Packet { command: b'C', data: b"name" }), Err(BadCommand::Malformed(b'C')));
    let v6 = Command::read(Packet { command: b'C', data: b"[x]\x006\0\x19IPv6:2001:db8::1\0" });
    let address = Some(("2001:db8::1".parse().expect("an address"), 25));
    assert_eq!(v6, Ok(Command::Connect { name: None, address }));
    let macros = Command::read(Packet { command: b'D', data: b"Mi\0ABC\0{auth_authen}\0taro\0" });
    let values = vec![("i".to_owned(), "ABC".to_owned()), ("auth_authen".to_owned(), "taro".to_owned())];
    assert_eq!(macros, Ok(Command::Macros { stage: b'M', values }));
}

proptest! {
    #[test]
    fn any_octets_are_a_packet_or_a_reason(input in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut rest = &input[..];
        while let Ok(Some((packet, octets))) = packet::first(rest) {
            prop_assert!(octets <= rest.len());
            drop(Command::read(packet));
            rest = &rest[octets..];
        }
    }

    #[test]
    fn a_message_is_put_together_octet_for_octet(
        fields in proptest::collection::vec(("[A-Za-z-]{1,12}", "( |\t|)[a-z]{0,20}(\r\n[ \t][a-z]{0,9}){0,3}"), 1..8),
        body in proptest::collection::vec(any::<u8>(), 0..300),
        cut in 0usize..300,
    ) {
        let mut sent = Vec::new();
        let mut message = Assembly::default();
        for (name, value) in &fields {
            sent.extend_from_slice(format!("{name}:{value}\r\n").as_bytes());
            // Mail servers part folded lines by LF alone.
            message.field(name.as_bytes(), value.replace("\r\n", "\n").as_bytes(), true, 1 << 20);
        }
        sent.extend_from_slice(b"\r\n");
        sent.extend_from_slice(&body);
        message.end_headers(1 << 20);
        let cut = cut.min(body.len());
        message.body(&body[..cut], 1 << 20);
        message.body(&body[cut..], 1 << 20);
        prop_assert_eq!(message.finish(1 << 20), sent);
    }
}
