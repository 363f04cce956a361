//! Counts in are counts out, byte for byte apart from the fields we add: through delivery, and through junk and release.

use std::path::{Path, PathBuf};

use testkit::maildir::with_lf;
use testkit::{Client, Sekisho};

use crate::house::{HOLDS_ALL, SAID_NOTHING, junk, maildirs};

const DELIVERED: &str = "hanako@shirakaba.example.jp";
const HELD: &str = "held@shirakaba.example.jp";

/// The labelled Japanese mail that lies beside the repository, or nothing where it does not.
fn shared_mail() -> Vec<Vec<u8>> {
    let beside =
        std::env::var_os("SEKISHO_SHARED").map_or_else(|| testkit::corpus::root().join("../shared"), PathBuf::from);
    let folder = beside.join("corpora/japanese-dev/msg");
    if !folder.is_dir() {
        println!("not here, skipped: corpora/japanese-dev");
        return Vec::new();
    }
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty(), "no mail in {}", folder.display());
    files.iter().map(|file: &PathBuf| std::fs::read(file as &Path).unwrap()).collect()
}

fn own_mail() -> Vec<Vec<u8>> {
    testkit::corpus::samples().into_iter().map(|sample| sample.message).collect()
}

/// What is left of a message when fields that never pass (`X-Spam*`, `X-Sekisho*`) are taken out; LF line ends.
fn without_foreign_verdicts(message: &[u8]) -> Vec<u8> {
    let message = with_lf(message);
    let mut out = Vec::with_capacity(message.len());
    let (mut in_header, mut leaving_out) = (true, false);
    for line in message.split_inclusive(|byte| *byte == b'\n') {
        if in_header && line == b"\n" {
            in_header = false;
            leaving_out = false;
        }
        if in_header && !line.starts_with(b" ") && !line.starts_with(b"\t") {
            let name = String::from_utf8_lossy(line).to_lowercase();
            leaving_out = name.starts_with("x-spam") || name.starts_with("x-sekisho");
        }
        if !leaving_out {
            out.extend_from_slice(line);
        }
    }
    out
}

fn send(client: &mut Client, to: &str, number: usize, message: &[u8]) {
    let reply = client.send_message(&format!("n{number}@count.example.com"), &[to], message).unwrap();
    assert_eq!(reply.code, 250, "message {number}: {}", reply.text());
}

/// Messages that were delivered, by the number in their Return-Path, without what final delivery puts on top.
fn delivered(sekisho: &Sekisho, address: &str, count: usize) -> Vec<Vec<u8>> {
    let mut by_number = vec![Vec::new(); count];
    for message in sekisho.maildir(address).messages() {
        let mut lines = message.split_inclusive(|byte| *byte == b'\n');
        let path = String::from_utf8_lossy(lines.next().unwrap()).into_owned();
        let number: usize = path.trim_start_matches("Return-Path: <n").split('@').next().unwrap().parse().expect(&path);
        assert!(lines.next().unwrap().starts_with(b"Delivered-To: "), "Delivered-To is second");
        assert!(by_number[number].is_empty(), "message {number} came twice");
        by_number[number] = lines.flatten().copied().collect();
    }
    by_number
}

fn same_after_delivery(mail: &[Vec<u8>]) {
    let sekisho = maildirs().start();
    sekisho.subscriber(DELIVERED, SAID_NOTHING);
    let mut client = sekisho.client();
    for (number, message) in mail.iter().enumerate() {
        send(&mut client, DELIVERED, number, message);
    }
    for (number, came) in delivered(&sekisho, DELIVERED, mail.len()).iter().enumerate() {
        let mut expected = without_foreign_verdicts(&mail[number]);
        if !expected.ends_with(b"\n") {
            expected.push(b'\n');
        }
        let added =
            came.len().checked_sub(expected.len()).unwrap_or_else(|| panic!("message {number} is shorter than it was"));
        assert!(came.ends_with(&expected), "message {number} is not what was sent");
        let fields = String::from_utf8_lossy(&came[..added]).into_owned();
        let foreign = fields.lines().find(|line| {
            let known = ["Received:", "Authentication-Results:", "Received-SPF:", " ", "\t"];
            !known.iter().any(|name| line.starts_with(name))
        });
        assert!(foreign.is_none(), "message {number}: added {foreign:?}");
        assert!(fields.contains("Received:"), "message {number}: no trace");
    }
    println!("{} in, {} out, byte for byte", mail.len(), sekisho.maildir(DELIVERED).len());
    sekisho.must_not_have_panicked();
}

fn same_after_release(mail: &[Vec<u8>]) {
    let sekisho = maildirs().start();
    sekisho.subscriber(HELD, HOLDS_ALL);
    let mut client = sekisho.client();
    for (number, message) in mail.iter().enumerate() {
        send(&mut client, HELD, number, message);
    }
    assert!(sekisho.maildir(HELD).is_empty(), "held mail is not delivered");
    let rows = junk(&sekisho, HELD);
    assert_eq!(rows.len(), mail.len(), "counts in are counts held");
    for row in &rows {
        sekisho.run(&["junk", "release", &row.reference]);
    }
    for (number, came) in delivered(&sekisho, HELD, mail.len()).iter().enumerate() {
        let mut expected = with_lf(&mail[number]);
        if !expected.ends_with(b"\n") {
            expected.push(b'\n');
        }
        assert!(*came == expected, "message {number}: released bytes are not the held ones");
    }
    assert!(junk(&sekisho, HELD).iter().all(|row| row.state == "released"));
    sekisho.must_not_have_panicked();
}

#[test]
fn own_samples_come_out_as_they_went_in() {
    same_after_delivery(&own_mail());
}

#[test]
fn shared_mail_comes_out_as_it_went_in() {
    let mail = shared_mail();
    if !mail.is_empty() {
        same_after_delivery(&mail);
    }
}

#[test]
fn held_samples_are_released_as_they_went_in() {
    same_after_release(&own_mail());
}

#[test]
fn held_shared_mail_is_released_as_it_went_in() {
    let mail: Vec<Vec<u8>> = shared_mail().into_iter().step_by(8).collect();
    if !mail.is_empty() {
        same_after_release(&mail);
    }
}
