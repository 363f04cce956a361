//! The shared corpora are read: Japanese is readable, and nothing panics.

use bytes::Bytes;
use message::{Limits, Message};

use crate::shared::{files, shared};

fn read(path: &std::path::Path) -> Message {
    Message::parse(Bytes::from(std::fs::read(path).expect("a file of the corpus can be read")), &Limits::default())
}

/// path and notes of `index.csv`; the notes may be quoted.
fn index(text: &str) -> Vec<(String, String)> {
    text.lines()
        .skip(1)
        .map(|line| {
            let mut columns = line.splitn(5, ',');
            let path = columns.next().unwrap_or_default().to_owned();
            (path, columns.nth(3).unwrap_or_default().to_owned())
        })
        .collect()
}

#[test]
fn japanese_mail_is_readable() {
    let Some(folder) = shared("corpora/japanese-dev") else { return };
    let list = std::fs::read_to_string(folder.join("index.csv")).expect("the corpus has an index");
    let mut unreadable = Vec::new();
    let mut broken = 0;
    let entries = index(&list);
    assert!(entries.len() > 300);
    for (path, notes) in &entries {
        let message = read(&folder.join(path));
        let text = format!("{}\n{}\n{}", message.subject(), message.text, message.shown());
        let has_text = !message.shown().trim().is_empty() || notes.contains("image-only");
        let fine = !text.contains(['\u{FFFD}', '\u{1B}']) && has_text;
        if notes.contains("BROKEN") {
            broken += 1;
        } else if !fine {
            unreadable.push(format!("{path} ({notes}): {}", text.chars().take(200).collect::<String>()));
        }
    }
    println!("japanese-dev: {} readable, {broken} broken by design", entries.len() - broken - unreadable.len());
    assert!(unreadable.is_empty(), "{}", unreadable.join("\n"));
}

#[test]
fn the_spamassassin_corpus_is_read() {
    let Some(archive) = shared("corpora/spamassassin.tar.zst") else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let unpacked =
        std::process::Command::new("tar").arg("--zstd").arg("-xf").arg(&archive).arg("-C").arg(folder.path()).status();
    if !unpacked.is_ok_and(|status| status.success()) {
        println!("not here, skipped: tar with zstd");
        return;
    }
    let (mut messages, mut without_from) = (0, 0);
    for path in files(folder.path()) {
        let message = read(&path);
        messages += 1;
        without_from += usize::from(message.headers.mailboxes("From").is_empty());
    }
    println!("spamassassin: {messages} read, {without_from} without From");
    assert!(messages > 6_000);
    assert!(without_from * 100 < messages, "nearly every message has a From field");
}

#[test]
fn other_suites_are_read() {
    for name in ["suites/bounces", "suites/arf", "suites/dkim", "suites/dmarc-reports", "suites/tlsrpt"] {
        let Some(folder) = shared(name) else { continue };
        for path in files(&folder) {
            let message = read(&path);
            assert!(message.parts >= 1, "{}", path.display());
            message.headers.hops();
            message.headers.date();
            for field in ["From", "To", "Cc", "Reply-To"] {
                message.headers.mailboxes(field);
            }
        }
    }
}
