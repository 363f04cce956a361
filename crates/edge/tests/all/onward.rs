//! What is handed on by SMTP and LMTP, against next hops of every temper.

use std::time::Duration;

use bytes::Bytes;
use checkpoint::{Handed, Handover, NextHop, Onward, Rendering, Verified};
use edge::onward::{OnwardSettings, Ways};
use message::{Body, Peer, ReversePath};
use policy::Reply;
use tokio::time::Instant;

use crate::hop::{Hop, Script};
use crate::house::address;

const TEXT: &[u8] = b"Subject: a\r\n\r\n.dot\r\ntext\r\n";

pub(crate) fn ways_with(change: impl FnOnce(&mut OnwardSettings)) -> Ways {
    let mut settings = OnwardSettings::new("mx.example.jp");
    change(&mut settings);
    Ways::new(settings)
}

pub(crate) fn handover(hop: &NextHop, recipients: &[&str], message: &[u8]) -> Handover {
    Handover {
        hop: hop.clone(),
        mail_from: ReversePath::Address(address("sender@client.example")),
        recipients: recipients.iter().map(|text| address(text)).collect(),
        rendering: Rendering { pieces: vec![Bytes::copy_from_slice(message)] },
        smtp_utf8: false,
        body: Body::SevenBit,
        peer: None,
        notify_never: false,
        deadline: Instant::now() + Duration::from_secs(60),
    }
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(60)
}

/// The codes alone: `250`, `550 5.1.1`.
fn codes(handed: &[Handed]) -> Vec<String> {
    let code = |reply: &Reply| {
        let (a, b, c) = reply.enhanced.expect("an enhanced code");
        format!("{} {a}.{b}.{c}", reply.code)
    };
    let one = |handed: &Handed| match handed {
        Handed::Accepted(reply) => {
            assert!(reply.is_positive());
            format!("accepted {}", code(reply))
        }
        Handed::Refused(reply) => {
            assert!(reply.is_permanent());
            format!("refused {}", code(reply))
        }
        Handed::Deferred(reply) => {
            assert!(reply.is_temporary() && reply.code != 421);
            format!("deferred {}", code(reply))
        }
    };
    handed.iter().map(one).collect()
}

async fn try_one(script: Script) -> (Hop, Vec<String>) {
    let hop = Hop::start(script).await;
    let handed = ways_with(|_| {}).hand_over(handover(&hop.way(), &["taro@example.jp"], TEXT)).await;
    (hop, codes(&handed))
}

#[tokio::test]
async fn a_message_goes_on_as_it_is_with_its_dots_stuffed() {
    let (hop, codes) = try_one(Script::smtp()).await;
    assert_eq!(codes, ["accepted 250 2.0.0"]);
    assert_eq!(hop.messages(), [b"Subject: a\r\n\r\n..dot\r\ntext\r\n.\r\n".to_vec()]);
    assert_eq!(
        hop.commands(),
        ["EHLO mx.example.jp", "MAIL FROM:<sender@client.example> SIZE=26", "RCPT TO:<taro@example.jp>", "DATA"]
    );
}

#[tokio::test]
async fn pieces_meet_without_a_seam() {
    let hop = Hop::start(Script::smtp()).await;
    let mut given = handover(&hop.way(), &["taro@example.jp"], b"");
    given.mail_from = ReversePath::Null;
    given.rendering.pieces = ["a: b\r", "\n", "\r\n", ".", "x\r\n.", "\r\n..", "end"].map(Bytes::from).into();
    assert_eq!(codes(&ways_with(|_| {}).hand_over(given).await), ["accepted 250 2.0.0"]);
    assert_eq!(hop.messages(), [b"a: b\r\n\r\n..x\r\n..\r\n...end\r\n.\r\n".to_vec()]);
    assert!(hop.commands()[1].starts_with("MAIL FROM:<> "));
}

#[tokio::test]
async fn a_bare_line_end_never_leaves() {
    let hop = Hop::start(Script::smtp()).await;
    for text in ["a: b\r\n\r\nx\n.\r\ny\r\n", "a: b\r\n\r\nx\r.\r\n", "a: b\r\n\r\nx\r"] {
        let handed = ways_with(|_| {}).hand_over(handover(&hop.way(), &["taro@example.jp"], text.as_bytes())).await;
        assert_eq!(codes(&handed), ["deferred 451 4.3.0"]);
    }
    assert!(hop.messages().is_empty());
}

#[tokio::test]
async fn a_next_hop_that_is_down_or_unwilling_means_later() {
    let gone = NextHop::Smtp { host: "127.0.0.1".into(), port: 1 };
    let handed = ways_with(|_| {}).hand_over(handover(&gone, &["a@example.jp", "b@example.jp"], TEXT)).await;
    assert_eq!(codes(&handed), ["deferred 451 4.4.1"; 2]);
    for greeting in ["554 go away", "421 busy", "hello"] {
        let (_, codes) = try_one(Script { greeting, ..Script::smtp() }).await;
        assert!(codes[0].starts_with("deferred 451 4.4."), "{greeting}: {codes:?}");
    }
}

#[tokio::test]
async fn one_of_three_is_refused_and_one_deferred() {
    let script = Script::saying(&[
        ("RCPT TO:<b@", "550-5.1.1 Nobody\r\n550 5.1.1 of that \u{1b}[31mname\u{e9}"),
        ("RCPT TO:<c@", "450 Greylisted"),
    ]);
    let hop = Hop::start(script).await;
    let all = ["a@example.jp", "b@example.jp", "c@example.jp"];
    let handed = ways_with(|_| {}).hand_over(handover(&hop.way(), &all, TEXT)).await;
    assert_eq!(codes(&handed), ["accepted 250 2.0.0", "refused 550 5.1.1", "deferred 450 4.0.0"]);
    let Handed::Refused(reply) = &handed[1] else { unreachable!("seen above") };
    assert_eq!(reply.text, "Nobody\nof that ?[31mname??");
    assert_eq!(hop.messages().len(), 1);
}

#[tokio::test]
async fn answers_of_the_next_hop_keep_their_meaning() {
    let rows: &[(&'static str, &'static str, &'static str)] = &[
        ("MAIL", "452 4.3.1 full", "deferred 452 4.3.1"),
        ("MAIL", "550 5.7.1 not you", "refused 550 5.7.1"),
        ("MAIL", "421 4.3.2 going down", "deferred 451 4.3.2"),
        ("MAIL", "530 5.7.0 Must issue a STARTTLS command first", "deferred 451 4.0.0"),
        ("RCPT", "554 5.7.1 no", "refused 554 5.7.1"),
        ("RCPT", "521 5.3.2 we take no mail", "deferred 451 4.0.0"),
        ("RCPT", "250", "accepted 250 2.0.0"),
        ("RCPT", "550 2.0.0 confused", "refused 550 5.0.0"),
        ("DATA", "451 4.3.0 not now", "deferred 451 4.3.0"),
        ("DATA", "554 5.6.0 not this", "refused 554 5.6.0"),
        ("DATA", "250 what?", "deferred 451 4.3.0"),
    ];
    for (command, reply, wanted) in rows {
        let (hop, codes) = try_one(Script::saying(&[(command, reply)])).await;
        assert_eq!(codes, [*wanted], "{command}: {reply}");
        assert_eq!(hop.messages().len(), usize::from(wanted.starts_with("accepted")), "{command}: {reply}");
    }
    for (answer, wanted) in [
        ("554 5.7.1 content", "refused 554 5.7.1"),
        ("452 4.2.2 full", "deferred 452 4.2.2"),
        ("421 4.3.0 oops", "deferred 451 4.3.0"),
        ("", "deferred 451 4.4.2"),
    ] {
        let (_, codes) = try_one(Script { answers: vec![answer], ..Script::smtp() }).await;
        assert_eq!(codes, [wanted], "{answer}");
    }
}

#[tokio::test]
async fn a_connection_that_breaks_within_the_message_means_later() {
    let hop = Hop::start(Script { closes_within: Some(2), ..Script::smtp() }).await;
    let message = [&b"a: b\r\n\r\n"[..], &b"0123456789\r\n".repeat(1_000_000)].concat();
    let given = handover(&hop.way(), &["taro@example.jp"], &message);
    // The bound on size is another test's.
    assert_eq!(codes(&ways_with(|_| {}).hand_over(given).await), ["refused 552 5.3.4"]);
    let hop = Hop::start(Script { closes_within: Some(2), offers: vec![], ..Script::smtp() }).await;
    let given = handover(&hop.way(), &["taro@example.jp"], &message);
    assert_eq!(codes(&ways_with(|_| {}).hand_over(given).await), ["deferred 451 4.4.2"]);
    assert_eq!(hop.connections(), 1, "not tried a second time by us");
}

#[tokio::test]
async fn what_a_next_hop_cannot_carry_is_told() {
    let ways = ways_with(|_| {});
    let plain = Hop::start(Script::offering(&["SIZE 100"])).await;
    let way = plain.way();
    let eight_bit = handover(&way, &["a@example.jp"], "Subject: a\r\n\r\n日本\r\n".as_bytes());
    assert_eq!(codes(&ways.hand_over(eight_bit).await), ["refused 554 5.6.3"]);
    let large = handover(&way, &["a@example.jp"], &[b'x'; 101]);
    assert_eq!(codes(&ways.hand_over(large).await), ["refused 552 5.3.4"]);
    let fits = handover(&way, &["a@example.jp", "太郎@example.jp"], &[b'x'; 100]);
    assert_eq!(codes(&ways.hand_over(fits).await), ["accepted 250 2.0.0", "refused 550 5.6.7"]);
    let mut sender = handover(&way, &["a@example.jp"], TEXT);
    sender.mail_from = ReversePath::Address(address("太郎@client.example"));
    assert_eq!(codes(&ways.hand_over(sender).await), ["refused 550 5.6.7"]);
    // SMTPUTF8 was said, but nothing in the message needs it.
    let mut not_needed = handover(&way, &["a@example.jp"], TEXT);
    not_needed.smtp_utf8 = true;
    assert_eq!(codes(&ways.hand_over(not_needed).await), ["accepted 250 2.0.0"]);
    let bare = Hop::start(Script::offering(&["8BITMIME"])).await;
    let mut header = handover(&bare.way(), &["a@example.jp"], "Subject: 日本\r\n\r\nx\r\n".as_bytes());
    header.smtp_utf8 = true;
    assert_eq!(codes(&ways.hand_over(header).await), ["refused 550 5.6.7"]);
    assert_eq!((plain.connections(), plain.messages().len()), (1, 2));
}

#[tokio::test]
async fn what_it_can_carry_is_asked_for() {
    let offers = ["8BITMIME", "SMTPUTF8", "SIZE", "DSN", "XFORWARD NAME ADDR PORT PROTO HELO SOURCE"];
    let hop = Hop::start(Script::offering(&offers)).await;
    let mut given = handover(&hop.way(), &["太郎@example.jp"], "a: 日本\r\n\r\n".as_bytes());
    given.smtp_utf8 = true;
    given.notify_never = true;
    let mut peer = Peer::at("192.0.2.7".parse().expect("an address"));
    peer.port = 4711;
    peer.helo = Some("mail.client.example".into());
    peer.extended = true;
    given.peer = Some(peer);
    assert_eq!(codes(&ways_with(|_| {}).hand_over(given).await), ["accepted 250 2.0.0"]);
    assert_eq!(
        hop.commands()[1..],
        [
            "XFORWARD NAME=[UNAVAILABLE] ADDR=192.0.2.7 PORT=4711 PROTO=ESMTP",
            "XFORWARD HELO=mail.client.example SOURCE=REMOTE",
            "MAIL FROM:<sender@client.example> SIZE=13 BODY=8BITMIME SMTPUTF8",
            "RCPT TO:<太郎@example.jp> NOTIFY=NEVER",
            "DATA"
        ]
    );
}

#[tokio::test]
async fn an_old_next_hop_is_spoken_to_by_helo() {
    let (hop, codes) = try_one(Script::saying(&[("EHLO", "502 what?")])).await;
    assert_eq!(codes, ["accepted 250 2.0.0"]);
    assert_eq!(hop.commands()[..3], ["EHLO mx.example.jp", "HELO mx.example.jp", "MAIL FROM:<sender@client.example>"]);
}

#[tokio::test]
async fn lmtp_answers_for_each_recipient() {
    let mut script = Script::lmtp(vec!["250 2.1.5 ok", "452 4.2.2 full", "550 5.2.1 closed"]);
    script.replies = vec![("RCPT TO:<nobody@", "550 5.1.1 nobody")];
    let hop = Hop::start(script).await;
    let all = ["a@example.jp", "nobody@example.jp", "b@example.jp", "c@example.jp"];
    let handed = ways_with(|_| {}).hand_over(handover(&hop.way(), &all, TEXT)).await;
    let wanted = ["accepted 250 2.1.5", "refused 550 5.1.1", "deferred 452 4.2.2", "refused 550 5.2.1"];
    assert_eq!(codes(&handed), wanted);
    assert_eq!(hop.commands()[0], "LHLO mx.example.jp");
    // It breaks off after the first answer: that one stands, the others wait.
    let hop = Hop::start(Script::lmtp(vec!["250 2.1.5 ok", ""])).await;
    let handed = ways_with(|_| {}).hand_over(handover(&hop.way(), &["a@example.jp", "b@example.jp"], TEXT)).await;
    assert_eq!(codes(&handed), ["accepted 250 2.1.5", "deferred 451 4.4.2"]);
}

#[tokio::test]
async fn lmtp_goes_over_a_unix_socket() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("lmtp");
    let house = crate::house::House::recording().await;
    let listener = tokio::net::UnixListener::bind(&path).expect("a socket");
    let settings = std::sync::Arc::new(arc_swap::ArcSwap::from_pointee(crate::house::settings()));
    tokio::spawn(edge::lmtp::serve_unix(listener, house.gate.clone(), settings, Default::default()));
    let given = handover(&NextHop::LmtpSocket(path), &["taro@example.jp", "full@example.jp"], TEXT);
    let handed = ways_with(|_| {}).hand_over(given).await;
    assert!(codes(&handed)[0].starts_with("accepted 250"), "{handed:?}");
    assert_eq!(codes(&handed)[1], "deferred 452 4.2.2");
}

#[tokio::test]
async fn a_connection_is_used_again_until_it_has_served_enough() {
    let hop = Hop::start(Script::smtp()).await;
    let ways = ways_with(|settings| settings.uses = 2);
    for _ in 0..3 {
        let handed = ways.hand_over(handover(&hop.way(), &["taro@example.jp"], TEXT)).await;
        assert_eq!(codes(&handed), ["accepted 250 2.0.0"]);
    }
    assert_eq!((hop.connections(), hop.messages().len()), (2, 3));
    assert_eq!(hop.commands().iter().filter(|line| *line == "RSET").count(), 1);
}

#[tokio::test]
async fn a_dead_pooled_connection_costs_nothing() {
    // Closed while it waited in the pool.
    let hop = Hop::start(Script { closes_after: Some(1), ..Script::smtp() }).await;
    let ways = ways_with(|_| {});
    for _ in 0..3 {
        let handed = ways.hand_over(handover(&hop.way(), &["taro@example.jp"], TEXT)).await;
        assert_eq!(codes(&handed), ["accepted 250 2.0.0"]);
    }
    assert_eq!((hop.connections(), hop.messages().len()), (3, 3));
}

#[tokio::test]
async fn a_pooled_connection_that_dies_at_mail_is_tried_afresh_once() {
    // Each connection closes at its second MAIL without a word: SIZE tells the two messages apart.
    let hop = Hop::start(Script::saying(&[("MAIL FROM:<sender@client.example> SIZE=20", "")])).await;
    let ways = ways_with(|_| {});
    assert_eq!(codes(&ways.hand_over(handover(&hop.way(), &["a@example.jp"], TEXT)).await), ["accepted 250 2.0.0"]);
    let handed = ways.hand_over(handover(&hop.way(), &["a@example.jp"], &[b'x'; 20])).await;
    assert_eq!(codes(&handed), ["deferred 451 4.4.2"]);
    assert_eq!((hop.connections(), hop.messages().len()), (2, 1));
}

#[tokio::test]
async fn a_next_hop_is_asked_about_recipients() {
    let script = Script::saying(&[("RCPT TO:<nobody@", "550 5.1.1 nobody"), ("RCPT TO:<later@", "450 4.2.0 later")]);
    let hop = Hop::start(script).await;
    let ways = ways_with(|_| {});
    let from = ReversePath::Address(address("sender@client.example"));
    let ask = |to: &'static str| {
        let (ways, way, from) = (&ways, hop.way(), from.clone());
        async move { ways.verify(&way, &from, &address(to), soon()).await }
    };
    assert_eq!(ask("taro@example.jp").await, Verified::Known);
    assert!(matches!(ask("nobody@example.jp").await, Verified::Refused(reply) if reply.code == 550));
    assert!(matches!(ask("later@example.jp").await, Verified::Unclear(reply) if reply.code == 450));
    assert_eq!(hop.connections(), 1);
    // A refused sender says nothing of the recipient, who is not to be taken for unknown.
    let hop = Hop::start(Script::saying(&[("MAIL", "550 5.7.1 not from you")])).await;
    assert!(matches!(ways.verify(&hop.way(), &from, &address("taro@example.jp"), soon()).await, Verified::Unclear(_)));
    let gone = NextHop::Lmtp { host: "127.0.0.1".into(), port: 1 };
    assert!(matches!(ways.verify(&gone, &from, &address("taro@example.jp"), soon()).await, Verified::Unclear(_)));
}

#[tokio::test(start_paused = true)]
async fn a_silent_next_hop_is_left_at_the_deadline() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("its number").port();
    let hop = NextHop::Smtp { host: "127.0.0.1".into(), port };
    let began = Instant::now();
    let mut given = handover(&hop, &["taro@example.jp"], TEXT);
    given.deadline = began + Duration::from_secs(20);
    assert_eq!(codes(&ways_with(|_| {}).hand_over(given).await), ["deferred 451 4.4.2"]);
    assert!(began.elapsed() >= Duration::from_secs(10) && began.elapsed() <= Duration::from_secs(21));
    drop(listener);
}

#[tokio::test(start_paused = true)]
async fn all_connections_busy_means_later() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("its number").port();
    let hop = NextHop::Smtp { host: "127.0.0.1".into(), port };
    let ways = std::sync::Arc::new(ways_with(|settings| {
        settings.connections = 1;
        settings.command = Duration::from_secs(100);
    }));
    let first = handover(&hop, &["a@example.jp"], TEXT);
    let mut second = first.clone();
    second.deadline = Instant::now() + Duration::from_secs(10);
    let (busy, shared) = (ways.clone(), ways.clone());
    let busy = tokio::spawn(async move { busy.hand_over(first).await });
    tokio::task::yield_now().await;
    let handed = tokio::spawn(async move { shared.hand_over(second).await }).await.expect("done");
    assert_eq!(codes(&handed), ["deferred 451 4.4.5"]);
    assert_eq!(codes(&busy.await.expect("done")), ["deferred 451 4.4.2"]);
    drop(listener);
}
