//! XFORWARD: for whom a mail server in front speaks.

use edge::smtp::xclient::{BadAttribute, forwarded};
use message::Peer;

use crate::house::{House, settings};

fn front() -> Peer {
    Peer { helo: Some("front.example.jp".into()), extended: true, ..Peer::at("127.0.0.1".parse().expect("an address")) }
}

#[test]
fn attributes_come_in_several_commands() {
    let first = forwarded("NAME=mail.sumire.example.jp ADDR=192.0.2.10 PORT=40000 PROTO=ESMTP", &front());
    let first = first.expect("understood");
    assert_eq!((first.ip.to_string().as_str(), first.port), ("192.0.2.10", 40_000));
    let second = forwarded("HELO=mail.sumire.example.jp SOURCE=REMOTE", &first).expect("understood");
    assert_eq!((second.ip, second.helo.as_deref()), (first.ip, Some("mail.sumire.example.jp")));
    assert_eq!(second.name.as_deref(), Some("mail.sumire.example.jp"));
    let v6 = forwarded("NAME=[UNAVAILABLE] ADDR=IPv6:2001:db8::7 PROTO=SMTP", &front()).expect("understood");
    assert_eq!((v6.ip.to_string().as_str(), v6.name, v6.extended), ("2001:db8::7", None, false));
    let local = forwarded("NAME=[UNAVAILABLE] ADDR=[UNAVAILABLE] HELO=[UNAVAILABLE]", &front()).expect("understood");
    assert_eq!((local.ip, local.helo), (front().ip, front().helo), "the server in front speaks for itself");
    for bad in ["", "ADDR", "ADDR=nowhere", "COLOUR=red", "HELO=a+0Db"] {
        assert_eq!(forwarded(bad, &front()), Err(BadAttribute), "{bad}");
    }
}

#[tokio::test]
async fn believed_from_those_named_and_nobody_else() {
    let house = House::recording().await;
    let served = house.serve(settings()).await;
    let mut client = served.connect().await;
    client.reply().await;
    assert!(client.ask("EHLO front.example.jp").await.starts_with("250"));
    assert!(client.ask("XFORWARD ADDR=192.0.2.10").await.starts_with("550"), "not from everybody");

    let mut trusting = settings();
    trusting.xclient_from = vec!["127.0.0.0/8".parse().expect("a network")];
    let served = house.serve(trusting).await;
    let mut client = served.connect().await;
    client.reply().await;
    assert!(client.ask("EHLO front.example.jp").await.starts_with("250"));
    assert!(client.ask("XFORWARD NAME=mail.example.com ADDR=192.0.2.10").await.starts_with("250"));
    assert!(client.ask("XFORWARD HELO=mail.example.com").await.starts_with("250"));
    client.envelope().await;
    client.say("Subject: x\r\n\r\nHello\r\n.\r\n").await;
    assert!(client.reply().await.starts_with("250"));
    let handed = house.recorder.handed();
    let peer = handed[0].peer.clone().expect("the peer is handed on");
    assert_eq!((peer.ip.to_string().as_str(), peer.helo.as_deref()), ("192.0.2.10", Some("mail.example.com")));
}
