//! Delivery into Maildirs.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use checkpoint::{Handed, NextHop, Onward};

use crate::house::{House, settings};
use crate::onward::{handover, ways_with};

fn letters(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("a file").path()).collect()
}

#[tokio::test]
async fn a_message_lies_in_the_maildir_of_its_address() {
    let folder = tempfile::tempdir().expect("a folder");
    let hop = NextHop::Maildir(folder.path().join("mail"));
    let ways = ways_with(|_| {});
    let given = handover(
        &hop,
        &["Taro+news@example.jp", "\"../../x\"@example.jp", "太郎@例え.jp"],
        b"Subject: a\r\n\r\n.b\r\n\r\nc",
    );
    let handed = ways.hand_over(given.clone()).await;
    assert!(handed.iter().all(|one| matches!(one, Handed::Accepted(_))), "{handed:?}");
    let root = folder.path().join("mail");
    for (place, recipient) in [
        ("example.jp/taro", "Taro+news@example.jp"),
        ("example.jp/%2E.%2F..%2Fx", "\"../../x\"@example.jp"),
        ("xn--r8jz45g.jp/%E5%A4%AA%E9%83%8E", "太郎@xn--r8jz45g.jp"),
    ] {
        let maildir = root.join(place);
        let new = letters(&maildir.join("new"));
        assert_eq!(new.len(), 1, "{place}");
        assert!(letters(&maildir.join("tmp")).is_empty() && letters(&maildir.join("cur")).is_empty());
        let wanted = format!("Return-Path: <sender@client.example>\nDelivered-To: {recipient}\nSubject: a\n\n.b\n\nc");
        assert_eq!(fs::read_to_string(&new[0]).expect("a letter"), wanted);
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!((mode(&maildir), mode(&new[0])), (0o700, 0o600));
    }
    assert_eq!(letters(folder.path()).len(), 1, "something left its place");
}

#[tokio::test]
async fn a_thousand_letters_have_a_thousand_names() {
    let folder = tempfile::tempdir().expect("a folder");
    let hop = NextHop::Maildir(folder.path().into());
    let mut tasks = Vec::new();
    for _ in 0..10 {
        let (ways, given) = (ways_with(|_| {}), handover(&hop, &["taro@example.jp"; 10], b"a: b\r\n\r\n"));
        tasks.push(tokio::spawn(async move { ways.hand_over(given).await }));
    }
    for task in tasks {
        assert!(task.await.expect("done").iter().all(|one| matches!(one, Handed::Accepted(_))));
    }
    assert_eq!(letters(&folder.path().join("example.jp/taro/new")).len(), 100);
}

#[tokio::test]
async fn what_cannot_be_written_waits_and_leaves_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let ways = ways_with(|_| {});
    // A file where a folder should be: nothing can be written below it, whoever runs the test.
    fs::write(folder.path().join("example.jp"), "in the way").expect("a file");
    let hop = NextHop::Maildir(folder.path().into());
    let handed = ways.hand_over(handover(&hop, &["taro@example.jp"], b"a: b\r\n\r\n")).await;
    assert!(matches!(&handed[0], Handed::Deferred(reply) if reply.is_temporary()), "{handed:?}");
    // The letter cannot be moved from tmp to new: it does not stay there half delivered.
    let maildir = folder.path().join("example.com/hanako");
    fs::create_dir_all(maildir.join("tmp")).expect("a folder");
    std::os::unix::fs::symlink(folder.path().join("nowhere"), maildir.join("new")).expect("a link");
    let handed = ways.hand_over(handover(&hop, &["hanako@example.com"], b"a: b\r\n\r\n")).await;
    assert!(matches!(&handed[0], Handed::Deferred(_)), "{handed:?}");
    assert!(letters(&maildir.join("tmp")).is_empty());
}

#[tokio::test]
async fn mail_comes_in_by_smtp_and_lies_in_the_maildir_when_250_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let hop = NextHop::Maildir(folder.path().into());
    let house = House::with(Arc::new(ways_with(|_| {})), hop, Arc::default()).await;
    let served = house.serve(settings()).await;
    let mut client = served.connect().await;
    client.up_to_data().await;
    let body = "From: Sender <sender@client.example>\r\nSubject: =?UTF-8?B?5pel5pys?=\r\n\r\n..one\r\ntwo\r\n";
    client.say(format!("{body}.\r\n")).await;
    assert!(client.reply().await.starts_with("250 "));
    let new = letters(&folder.path().join("example.jp/taro/new"));
    assert_eq!(new.len(), 1);
    let letter = fs::read_to_string(&new[0]).expect("a letter");
    assert!(letter.starts_with("Return-Path: <sender@client.example>\nDelivered-To: taro@example.jp\n"), "{letter}");
    assert!(letter.contains("\nReceived: from client.example"), "{letter}");
    assert!(letter.ends_with("Subject: =?UTF-8?B?5pel5pys?=\n\n.one\ntwo\n"), "{letter}");
    // A disk that fails is a 4xx, and the connection goes on.
    fs::write(folder.path().join("example.jp/hanako"), "in the way").expect("a file");
    assert!(client.ask("MAIL FROM:<sender@client.example>").await.starts_with("250"));
    assert!(client.ask("RCPT TO:<hanako@example.jp>").await.starts_with("250"));
    assert!(client.ask("DATA").await.starts_with("354"));
    client.say(format!("{body}.\r\n")).await;
    assert!(client.reply().await.starts_with("451 "));
    assert!(client.ask("QUIT").await.starts_with("221"));
}
