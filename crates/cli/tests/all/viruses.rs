//! IN-17 with the real clamd: found, removed with a notice in the recipient's language, refused, held; and a scanner
//! that is dead, slow or too small is unknown, never a pass.

use std::io::Write;
use std::os::unix::net::UnixListener;
use std::process::Command;

use message::{Limits, Message};
use testkit::clamd::{Clamd, EICAR_NAME, MARKER, MARKER_NAME, eicar};
use testkit::{Sekisho, peers, wait};

use crate::house::{AGREED, SAID_NOTHING, SOON, held, junk, maildirs};

const HANAKO: &str = "hanako@shirakaba.example.jp";
const TARO: &str = "taro@shirakaba.example.jp";
const MIDORI: &str = "midori@shirakaba.example.jp";

/// Agreed; dangerous parts are removed, the notice is in this language.
pub(crate) fn removes(language: &str) -> String {
    format!(
        r#"{{"consent":{{"given":true,"at":1700000000000,"text":1}},"actions":{{"malware":{{"then":"remove_part"}}}},"language":"{language}"}}"#
    )
}

/// Agreed, and this on top.
fn agreed_and(more: &str) -> String {
    AGREED.replacen('{', &format!("{{{more},"), 1)
}

fn with(clamd: &Clamd) -> Sekisho {
    maildirs().key("clamd", "address", &clamd.as_value()).start()
}

/// A ZIP of one stored file (APPNOTE 4.3).
pub(crate) fn zip(name: &str, octets: &[u8]) -> Vec<u8> {
    let length = u32::try_from(octets.len()).expect("a small file").to_le_bytes();
    let name_length = u16::try_from(name.len()).expect("a short name").to_le_bytes();
    let crc = !octets.iter().fold(u32::MAX, |crc, &octet| {
        (0..8).fold(crc ^ u32::from(octet), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 })
    });
    let mut shared = vec![10, 0, 0, 0, 0, 0, 0, 0, 0x21, 0x50];
    shared.extend_from_slice(&crc.to_le_bytes());
    shared.extend_from_slice(&length);
    shared.extend_from_slice(&length);
    shared.extend_from_slice(&name_length);
    shared.extend_from_slice(&[0, 0]);
    let mut file = b"PK\x03\x04".to_vec();
    file.extend_from_slice(&shared);
    file.extend_from_slice(name.as_bytes());
    file.extend_from_slice(octets);
    let list = u32::try_from(file.len()).expect("a small file");
    file.extend_from_slice(b"PK\x01\x02\x14\0");
    file.extend_from_slice(&shared);
    file.extend_from_slice(&[0; 14]);
    file.extend_from_slice(name.as_bytes());
    let size = u32::try_from(file.len()).expect("a small file") - list;
    file.extend_from_slice(b"PK\x05\x06\0\0\0\0\x01\0\x01\0");
    file.extend_from_slice(&size.to_le_bytes());
    file.extend_from_slice(&list.to_le_bytes());
    file.extend_from_slice(&[0, 0]);
    file
}

/// A message with a text, this file, and a picture after it.
pub(crate) fn carrying(name: &str, octets: &[u8]) -> Vec<u8> {
    use base64::Engine as _;
    let coded = base64::engine::general_purpose::STANDARD.encode(octets);
    let lines: Vec<&str> = (0..coded.len()).step_by(76).map(|at| &coded[at..coded.len().min(at + 76)]).collect();
    format!(
        "DKIM-Signature: v=none\nFrom: Sayuri <sayuri@sumire.example.jp>\nTo: {HANAKO}\nSubject: The invoice\n\
         Date: Sat, 21 Nov 2026 20:14:05 +0900\nMessage-ID: <invoice@sumire.example.jp>\nMIME-Version: 1.0\n\
         Content-Type: multipart/mixed; boundary=\"b\"\n\nA preamble.\n--b\nContent-Type: text/plain; charset=utf-8\n\n\
         Here is the invoice.  \n--b\nContent-Type: application/zip; name=\"{name}\"\n\
         Content-Disposition: attachment; filename=\"{name}\"\nContent-Transfer-Encoding: base64\n\n{}\n--b\n\
         Content-Type: image/gif; name=\"flower.gif\"\nContent-Transfer-Encoding: base64\n\nR0lGODlhAQABAAAAACw=\n--b--\n",
        lines.join("\n")
    )
    .into_bytes()
}

fn delivered(sekisho: &Sekisho, address: &str) -> Message {
    let mut messages = sekisho.maildir(address).messages();
    assert_eq!(messages.len(), 1, "one message for {address}");
    Message::parse(messages.remove(0).into(), &Limits::default())
}

fn explained(sekisho: &Sekisho, reference: &str, language: &str) -> String {
    wait::until("record of the decision", SOON, || {
        let output = sekisho.command(&["explain", reference, "--language", language]);
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    })
}

#[test]
fn swaks_brings_eicar_in_a_zip_and_everybody_gets_a_notice_in_their_language() {
    let (Some(swaks), Some(clamd)) = (peers::find("swaks"), Clamd::start()) else { return };
    let sekisho = with(&clamd);
    sekisho.subscriber(HANAKO, &removes("ja"));
    sekisho.subscriber(TARO, &removes("en"));
    let mut file = tempfile::Builder::new().suffix(".zip").tempfile().expect("a temporary file");
    file.write_all(&zip("invoice.pdf", &eicar())).expect("the file can be written");
    let output = Command::new(swaks)
        .args(["--server", &sekisho.smtp.ip().to_string(), "--port", &sekisho.smtp.port().to_string()])
        .args(["--from", "s@example.com", "--to", &format!("{HANAKO},{TARO}"), "--helo", "client.example.com"])
        .args(["--header", "Subject: the invoice", "--body", "hello from swaks"])
        .args(["--attach-name", "invoice.zip", "--attach-type", "application/zip"])
        .arg("--attach")
        .arg(format!("@{}", file.path().display()))
        .output()
        .expect("swaks can be started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let (japanese, english) = (delivered(&sekisho, HANAKO), delivered(&sekisho, TARO));
    for (message, word, other) in
        [(&japanese, "取り除きました", "taken out"), (&english, "taken out", "取り除きました")]
    {
        assert!(message.attachments.is_empty(), "{:?}", message.attachments);
        assert!(message.text.contains("hello from swaks"), "the text stays: {}", message.text);
        assert!(message.text.contains(word) && !message.text.contains(other), "{}", message.text);
        assert!(message.text.contains("invoice.zip") && message.text.contains(EICAR_NAME), "{}", message.text);
    }
    let reference = junk(&sekisho, HANAKO)[0].reference.clone();
    assert!(japanese.text.contains(&reference), "the notice names the reference");
    assert_eq!((held(&sekisho, HANAKO), held(&sekisho, TARO)), (1, 1), "the original is kept for both");
    let english = explained(&sekisho, &reference, "en");
    assert!(english.contains("without the dangerous part") && english.contains(EICAR_NAME), "{english}");
    let japanese = explained(&sekisho, &reference, "ja");
    assert!(japanese.contains("危険な部分を取り除いて") && japanese.contains("invoice.zip"), "{japanese}");
}

#[test]
fn the_rest_is_byte_for_byte_and_the_original_comes_back_whole() {
    let Some(clamd) = Clamd::start() else { return };
    let sekisho = with(&clamd);
    sekisho.subscriber(HANAKO, &removes("en"));
    let message = carrying("a.zip", &zip("a.txt", MARKER.as_bytes()));
    let reply = sekisho.client().send_message("s@example.com", &[HANAKO], &message).unwrap();
    assert_eq!(reply.code, 250, "{}", reply.text());
    let got = testkit::maildir::with_lf(&sekisho.maildir(HANAKO).messages()[0]);
    let (got, sent) = (String::from_utf8_lossy(&got).into_owned(), String::from_utf8_lossy(&message).into_owned());
    let (before, rest) = sent.split_once("Content-Type: application/zip").expect("the part is there");
    let (_, after) = rest.split_once("\n--b\n").expect("a part follows");
    assert!(got.contains(before) && got.ends_with(&format!("\n--b\n{after}")), "{got}");
    assert!(!got.contains("a.zip"), "name and octets are gone: {got}");
    let reference = junk(&sekisho, HANAKO)[0].reference.clone();
    sekisho.run(&["junk", "release", &reference]);
    let released = sekisho.maildir(HANAKO).messages();
    assert!(released.iter().any(|got| testkit::maildir::with_lf(got).ends_with(&message)), "as it came");
}

#[test]
fn refused_or_held_as_the_settings_say_and_no_list_lifts_it() {
    let Some(clamd) = Clamd::start() else { return };
    let sekisho = with(&clamd);
    let lists = r#""receive":[{"kind":"everyone","even_if_unverified":true}],"allow_requires_auth":false"#;
    sekisho.subscriber(HANAKO, &agreed_and(r#""actions":{"malware":{"then":"refuse"}}"#));
    sekisho.subscriber(TARO, &agreed_and(lists));
    sekisho.subscriber(MIDORI, SAID_NOTHING);
    let message = carrying("a.zip", &zip("a.txt", MARKER.as_bytes()));
    let refused = sekisho.client().send_message("s@example.com", &[HANAKO], &message).unwrap();
    assert!(refused.is_no() && !refused.text().contains(MARKER_NAME), "no rule is told: {}", refused.text());
    sekisho.client().send_message("s@example.com", &[TARO], &message).unwrap();
    assert_eq!((held(&sekisho, TARO), sekisho.maildir(TARO).len()), (1, 0), "as shipped it is held");
    sekisho.client().send_message("s@example.com", &[MIDORI], &message).unwrap();
    assert_eq!(sekisho.maildir(MIDORI).len(), 1, "who has not agreed gets mail as it comes (IN-17 needs consent)");
}

#[test]
fn a_virus_in_the_text_and_in_a_message_without_parts_goes_too() {
    let Some(clamd) = Clamd::start() else { return };
    let sekisho = with(&clamd);
    sekisho.subscriber(HANAKO, &removes("en"));
    sekisho.subscriber(TARO, &removes("en"));
    let text = format!("From: s@example.com\nTo: {HANAKO}\nSubject: plain\n\nIt is {MARKER} here.\n");
    sekisho.client().send_message("s@example.com", &[HANAKO], text.as_bytes()).unwrap();
    let message = delivered(&sekisho, HANAKO);
    assert!(message.text.contains("taken out") && !message.text.contains(MARKER), "{}", message.text);
    assert_eq!(message.subject(), "plain");
    // In the header section nothing can be removed: the message is held, and the record says what was wanted.
    let header = format!("From: s@example.com\nTo: {TARO}\nSubject: a {MARKER}\n\nhello\n");
    sekisho.client().send_message("s@example.com", &[TARO], header.as_bytes()).unwrap();
    assert_eq!((held(&sekisho, TARO), sekisho.maildir(TARO).len()), (1, 0));
    let said = explained(&sekisho, &junk(&sekisho, TARO)[0].reference, "en");
    assert!(said.contains("Deliver without the dangerous part"), "{said}");
}

#[test]
fn a_dead_scanner_is_unknown_and_the_settings_say_what_that_means() {
    let Some(mut clamd) = Clamd::start() else { return };
    let sekisho = with(&clamd);
    sekisho.subscriber(HANAKO, AGREED);
    sekisho.subscriber(TARO, &agreed_and(r#""unknown":{"virus":{"then":"defer"}}"#));
    clamd.kill();
    let message = carrying("a.zip", &zip("a.txt", MARKER.as_bytes()));
    let reply = sekisho.client().send_message("s@example.com", &[HANAKO], &message).unwrap();
    assert_eq!((reply.code, sekisho.maildir(HANAKO).len()), (250, 1), "as shipped mail goes on");
    let said = explained(&sekisho, &reply.reference().expect("a reference"), "en");
    assert!(said.contains("\"Virus check\" could not be done"), "and the record says so: {said}");
    let reply = sekisho.client().send_message("s@example.com", &[TARO], &message).unwrap();
    assert!(reply.is_later(), "{}", reply.text());
    clamd.start_again();
    let reply = sekisho.client().send_message("s@example.com", &[TARO], &message).unwrap();
    assert_eq!((reply.code, held(&sekisho, TARO)), (250, 1), "when it comes again, it is looked at");
    sekisho.must_not_have_panicked();
}

#[test]
fn a_scanner_that_never_answers_and_a_message_that_is_too_large_are_unknown() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let socket = folder.path().join("silent.sock");
    let silent = UnixListener::bind(&socket).expect("a socket");
    let sekisho = maildirs()
        .key("clamd", "address", &format!("\"{}\"", socket.display()))
        .key("clamd", "timeout_ms", "300")
        .key("clamd", "size", "2000")
        .start();
    sekisho.subscriber(HANAKO, &agreed_and(r#""unknown":{"virus":{"then":"junk"}}"#));
    let small = carrying("a.zip", b"small");
    let reply = sekisho.client().send_message("s@example.com", &[HANAKO], &small).unwrap();
    assert_eq!((reply.code, held(&sekisho, HANAKO)), (250, 1), "{}", reply.text());
    drop(silent);
    let large = carrying("a.zip", &[0; 4000]);
    sekisho.client().send_message("s@example.com", &[HANAKO], &large).unwrap();
    assert_eq!((held(&sekisho, HANAKO), sekisho.maildir(HANAKO).len()), (2, 0));
}

#[test]
fn clean_mail_passes_as_it_came() {
    let Some(clamd) = Clamd::start() else { return };
    let sekisho = with(&clamd);
    sekisho.subscriber(HANAKO, &removes("en"));
    let message = carrying("a.zip", &zip("a.txt", b"nothing of interest"));
    sekisho.client().send_message("s@example.com", &[HANAKO], &message).unwrap();
    let got = testkit::maildir::with_lf(&sekisho.maildir(HANAKO).messages()[0]);
    assert!(got.ends_with(&message) && held(&sekisho, HANAKO) == 0);
}
