//! Bounds that a conversation file cannot show: connections, sizes, stops and broken connections.

use std::time::Duration;

use crate::house::{House, octets, settings};

#[tokio::test]
async fn connections_are_bounded_in_all() {
    let house = House::recording().await;
    let mut settings = settings();
    settings.limits.connections = 2;
    let served = house.serve(settings).await;
    let mut first = served.connect().await;
    let mut second = served.connect().await;
    assert!(first.reply().await.starts_with("220"));
    assert!(second.reply().await.starts_with("220"));
    assert!(served.connect().await.reply().await.starts_with("421 4.7.0"));
    assert!(first.ask("QUIT").await.starts_with("221"));
    assert_eq!(first.line().await, "<closed>");
    // The place is given back once the session has ended, a moment after its last octet.
    loop {
        if served.connect().await.reply().await.starts_with("220") {
            break;
        }
    }
}

#[tokio::test]
async fn connections_are_bounded_for_a_network() {
    let house = House::recording().await;
    let mut limited = settings();
    limited.limits.connections_per_network = 1;
    let served = house.serve(limited.clone()).await;
    let mut first = served.connect().await;
    assert!(first.reply().await.starts_with("220"));
    assert!(served.connect().await.reply().await.starts_with("421 4.7.0 Too many connections from your network"));
    // New settings count for the next connection, without a restart.
    limited.many_connections_from = vec!["127.0.0.0/8".parse().expect("a network")];
    served.settings.store(limited.into());
    assert!(served.connect().await.reply().await.starts_with("220"));
}

#[tokio::test]
async fn a_line_of_a_hundred_megabytes_is_refused_without_being_kept() {
    let house = House::recording().await;
    let served = house.serve(settings()).await;
    let mut client = served.connect().await;
    client.up_to_data().await;
    let run = vec![b'x'; 1024 * 1024];
    for _ in 0..100 {
        client.say(&run).await;
    }
    client.say(b"\r\n.\r\n").await;
    assert!(client.reply().await.starts_with("552 5.3.4"));
    assert_eq!(client.ask("NOOP").await, "250 2.0.0 Ok");
    for _ in 0..20 {
        client.say(&run).await;
    }
    assert!(client.ask("").await.starts_with("500 5.5.2 Line too long"));
    assert!(house.recorder.handed().is_empty());
}

#[tokio::test]
async fn a_connection_that_drops_in_the_middle_of_data_leaves_nothing() {
    let house = House::recording().await;
    let served = house.serve(settings()).await;
    let mut client = served.connect().await;
    client.up_to_data().await;
    client.say(b"Subject: half\r\n\r\nhalf a mess").await;
    drop(client);
    served.stop.cancel();
    served.task.await.expect("the server ends");
    assert!(house.recorder.handed().is_empty());
}

#[tokio::test]
async fn a_stop_lets_a_transaction_finish_and_ends_the_idle() {
    let house = House::recording().await;
    let served = house.serve(settings()).await;
    let mut idle = served.connect().await;
    assert!(idle.reply().await.starts_with("220"));
    let mut busy = served.connect().await;
    busy.up_to_data().await;
    served.stop.cancel();
    assert!(idle.reply().await.starts_with("421 4.3.2"));
    assert_eq!(idle.line().await, "<closed>");
    busy.say(b"Subject: on time\r\n\r\ntext\r\n.\r\n").await;
    assert!(busy.reply().await.starts_with("250 "));
    assert!(busy.reply().await.starts_with("421 4.3.2"));
    served.task.await.expect("the server ends");
    assert_eq!(house.recorder.handed().len(), 1);
}

#[tokio::test]
async fn a_stop_does_not_wait_for_ever() {
    let house = House::recording().await;
    let mut settings = settings();
    settings.stop_within = Duration::from_millis(1);
    let served = house.serve(settings).await;
    let mut busy = served.connect().await;
    busy.up_to_data().await;
    served.stop.cancel();
    served.task.await.expect("the server ends");
    assert_eq!(busy.line().await, "<closed>");
}

#[tokio::test]
async fn a_message_of_ten_megabytes_arrives_octet_for_octet() {
    let house = House::recording().await;
    let served = house.serve(settings()).await;
    let mut client = served.connect().await;
    client.up_to_data().await;
    let mut message = b"Subject: large\r\n\r\n".to_vec();
    for number in 0..100_000 {
        message.extend(format!(".{number:099}\r\n").into_bytes());
    }
    let stuffed: Vec<u8> = message
        .split_inclusive(|octet| *octet == b'\n')
        .flat_map(|line| if line.starts_with(b".") { [b".", line].concat() } else { line.to_vec() })
        .collect();
    client.say(&stuffed).await;
    assert!(client.ask(".").await.starts_with("250 "));
    let handed = house.recorder.handed();
    let got = octets(&handed[0]);
    assert!(got.ends_with(&message), "the message changed on its way");
}

#[tokio::test]
async fn a_panic_in_one_session_leaves_the_others_alone() {
    let house = House::recording().await;
    let served = house.serve(settings()).await;
    let mut other = served.connect().await;
    other.up_to_data().await;
    let mut client = served.connect().await;
    assert!(client.reply().await.starts_with("220"));
    assert!(client.ask("HELO client.example").await.starts_with("250"));
    assert!(client.ask("MAIL FROM:<>").await.starts_with("250"));
    assert!(client.ask("RCPT TO:<panic@example.jp>").await.starts_with("421 4.3.0"));
    other.say(b"Subject: unharmed\r\n\r\n.\r\n").await;
    assert!(other.reply().await.starts_with("250 "));
    assert!(served.connect().await.reply().await.starts_with("220"));
}
