//! The digest as people get it: mail held at the gateway, the digest through a real Postfix, links pressed by real HTTP.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use testkit::maildir::{with_crlf, with_lf};
use testkit::postfix::{Postfix, Role};
use testkit::{Answer, NextHop, Sekisho, Setup, http, peers, wait};

use crate::house::{PLAIN, PROGRAM, SOON, held, maildirs};

const KEN: &str = "ken@minato.example.jp";
const HOLDS: &str = r#"{"consent":{"given":true,"at":1700000000000,"text":1},"refuse":[{"kind":"everyone"}],
    "refused":{"then":"junk"},"digest":DIGEST}"#;
/// "地球" in ISO-2022-JP, and with a wave dash in Shift_JIS; with the fields that Postfix would add where they are missing.
const JIS: &[u8] = b"From: a@sumire.example.jp\nDate: Sat, 21 Nov 2026 20:14:05 +0900\nMessage-ID: <jis@sumire.example.jp>\nTo: ken@minato.example.jp\nSubject: =?ISO-2022-JP?B?GyRCQ081ZRsoQg==?=\nMIME-Version: 1.0\nContent-Type: text/plain; charset=ISO-2022-JP\nContent-Transfer-Encoding: 7bit\n\n\x1b$BCO5e\x1b(B\n.\n..\nend\n";
const SJIS: &[u8] = b"From: b@sumire.example.jp\nDate: Sat, 21 Nov 2026 20:15:05 +0900\nMessage-ID: <sjis@sumire.example.jp>\nTo: ken@minato.example.jp\nSubject: sjis\nMIME-Version: 1.0\nContent-Type: text/plain; charset=Shift_JIS\nContent-Transfer-Encoding: 8bit\n\n\x92n\x8b\x85\x81\x60\n";

/// Reads a message as other people's programs do, and tells it as lines: fields, types of parts, addresses.
const READER: &str = r#"
import email, email.policy, re, sys
m = email.message_from_binary_file(sys.stdin.buffer, policy=email.policy.default)
for name in ("Subject", "From", "To", "Auto-Submitted", "List-Unsubscribe", "List-Unsubscribe-Post", "Return-Path", "Message-ID"):
    sys.stdout.buffer.write(("%s: %s\n" % (name, m[name])).encode())
sys.stdout.buffer.write(("defects: %d\n" % len(m.defects)).encode())
for part in m.walk():
    sys.stdout.buffer.write(("part: %s\n" % part.get_content_type()).encode())
    if part.get_content_maintype() == "text":
        for url in re.findall(r"http://[^\s\"<>]+", part.get_content()):
            sys.stdout.buffer.write(("%s: %s\n" % (part.get_content_subtype(), url)).encode())
"#;

fn read(python: &std::path::Path, message: &[u8]) -> String {
    let mut child = Command::new(python)
        .args(["-c", READER])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python can be started");
    child.stdin.take().expect("a pipe").write_all(message).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success());
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// Holds everything, with a digest a day, half a day from now: so that the server's own clock never sends it.
fn daily() -> String {
    let tokyo = jiff::tz::TimeZone::get("Asia/Tokyo").expect("a zone");
    let at = (jiff::Timestamp::now().to_zoned(tokyo).hour() + 12) % 24;
    HOLDS.replace("DIGEST", &format!(r#"{{"send":"every","hours":24,"at":{at}}}"#))
}

/// Sends what is due so many hours from now.
fn run(sekisho: &Sekisho, hours: i64) -> String {
    let at = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(hours);
    sekisho.run(&["digest", "run", "--as-of", &at.to_string()])
}

fn press(sekisho: &Sekisho, path: &str, body: &str) -> (u16, String) {
    let fields = format!("Origin: http://{}\r\nContent-Type: application/x-www-form-urlencoded\r\n", sekisho.portal);
    http::post(sekisho.portal, path, &fields, body.as_bytes()).expect("the portal answers")
}

#[test]
fn a_digest_through_postfix_delivers_the_very_same_bytes_when_a_person_presses() {
    let Some(python) = peers::find("python3") else { return };
    let Some(postfix) = Postfix::start(&Role::Final { domain: "minato.example.jp", known: &[KEN] }) else { return };
    let mut sekisho = Setup::new(PROGRAM).domain("minato.example.jp", &postfix.as_value(), &[]).start();
    sekisho.subscriber(KEN, &daily());
    for message in [PLAIN, JIS, SJIS] {
        assert_eq!(sekisho.client().send_message("s@example.com", &[KEN], message).unwrap().code, 250);
    }
    assert_eq!(held(&sekisho, KEN), 3);
    assert!(run(&sekisho, 0).contains("0 sent"), "planned, and not due before its hour");
    let shown = sekisho.run(&["digest", "show", KEN]);
    assert!(shown.contains("every 24 hours") && shown.contains("not told of yet: 3"), "{shown}");
    assert!(!shown.contains("A walk"), "subjects stay closed: {shown}");
    assert!(run(&sekisho, 25).contains("1 sent"));
    let maildir = postfix.maildir(KEN);
    wait::until("digest in the Maildir of Postfix", SOON, || (maildir.len() == 1).then_some(()));
    let digest = maildir.messages().remove(0);
    let told = read(&python, &digest);
    for line in [
        "Auto-Submitted: auto-generated",
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        "Return-Path: <>",
        "defects: 0",
        "part: multipart/alternative",
        "part: text/plain",
        "part: text/html",
    ] {
        assert!(told.lines().any(|known| known == line), "{line} is missing: {told}");
    }
    let site = format!("http://{}", sekisho.portal);
    let paths = |kind: &str, start: &str| -> Vec<String> {
        let mark = format!("{kind}: {site}{start}");
        let tokens = told.lines().filter_map(|line| line.strip_prefix(&mark));
        tokens.map(|rest| format!("{start}{rest}")).collect()
    };
    let links = paths("plain", "/digest/take/");
    assert_eq!((links.len(), &links), (3, &paths("html", "/digest/take/")), "{told}");

    // A scanner follows every link, twice.
    for line in told.lines().filter(|line| line.starts_with("plain: ") || line.starts_with("html: ")) {
        let path = line.split_once(&site).expect("our own site").1;
        for _ in 0..2 {
            let (status, _) = http::get(sekisho.portal, path).expect("the portal answers");
            assert!(status < 400, "{path}: {status}");
        }
    }
    assert_eq!((held(&sekisho, KEN), maildir.len()), (3, 1), "a visit changes nothing");

    for link in &links {
        let (status, page) = press(&sekisho, link, "deed=receive");
        assert_eq!(status, 200, "{page}");
        assert_eq!(press(&sekisho, link, "deed=receive").0, 410, "a used link says so");
    }
    wait::until("messages in the Maildir of Postfix", SOON, || (maildir.len() == 4).then_some(()));
    let delivered = maildir.messages();
    for original in [PLAIN, JIS, SJIS] {
        let wanted = with_lf(original);
        assert!(delivered.iter().any(|message| message.ends_with(&wanted)), "not the very same bytes");
    }

    // Killed and started again: what was told stays told.
    sekisho.kill();
    sekisho.start_again();
    assert!(run(&sekisho, 50).contains("0 sent"));
    let (status, page) = press(&sekisho, &paths("plain", "/digest/stop/")[0], "List-Unsubscribe=One-Click");
    assert_eq!(status, 200, "{page}");
    assert!(sekisho.run(&["digest", "show", KEN]).contains("chosen: none (set by: subscriber)"));
    assert_eq!(maildir.len(), 4);
    sekisho.must_not_have_panicked();
}

#[test]
fn a_digest_that_was_not_taken_survives_a_power_cut_and_comes_once() {
    let hop = NextHop::start();
    let mut sekisho = Setup::new(PROGRAM).domain("minato.example.jp", &hop.as_value(), &[("known", "\"any\"")]).start();
    sekisho.subscriber(KEN, &daily());
    assert_eq!(sekisho.client().send_message("s@example.com", &[KEN], PLAIN).unwrap().code, 250);
    run(&sekisho, 0);
    hop.answer_data(Answer::Say("451 4.3.0 come again".into()));
    assert!(run(&sekisho, 25).contains("1 not taken"));
    let first = hop.taken().len();
    sekisho.kill();
    hop.answer_data(Answer::Accept);
    sekisho.start_again();
    assert!(run(&sekisho, 26).contains("1 sent"), "it was still due");
    let taken = hop.wait_for(first + 1);
    let digest = String::from_utf8_lossy(&taken[first].message).into_owned();
    assert!(digest.contains("Message-ID: <sekisho-digest.") && taken[first].from.is_empty(), "{digest}");
    for hours in [26, 50, 75] {
        assert!(run(&sekisho, hours).contains("0 sent"), "it comes once");
    }
    assert_eq!(held(&sekisho, KEN), 1);
    // Staff send one at once; there is nothing new to tell.
    assert!(sekisho.run(&["digest", "send", KEN]).contains("nothing"));
    assert_eq!(sekisho.client().send_message("s@example.com", &[KEN], SJIS).unwrap().code, 250);
    assert!(sekisho.run(&["digest", "send", KEN]).contains("sent"));
    assert!(sekisho.stop(Duration::from_secs(60)), "it stops in order");
}

#[test]
fn a_notice_carries_the_original_octet_for_octet() {
    let hop = NextHop::start();
    let sekisho = Setup::new(PROGRAM).domain("minato.example.jp", &hop.as_value(), &[("known", "\"any\"")]).start();
    let profile = sekisho.maildir(KEN).folder().with_file_name("l.toml");
    std::fs::create_dir_all(profile.parent().expect("a folder")).expect("it can be made");
    let text =
        "name = \"l\"\n[digest]\neach_message = true\noriginal_attached = true\noriginal_from_and_subject = true\n";
    std::fs::write(&profile, text).expect("it can be written");
    sekisho.run(&["profile", "set", &profile.to_string_lossy()]);
    sekisho.subscriber(KEN, &HOLDS.replace("DIGEST", r#"{"send":"each_message"}"#));
    for (number, original) in [JIS, SJIS].into_iter().enumerate() {
        assert_eq!(sekisho.client().send_message("s@example.com", &[KEN], original).unwrap().code, 250);
        run(&sekisho, 0);
        let taken = hop.wait_for(number + 1);
        let notice = &taken[number].message;
        let whole = with_crlf(original);
        assert!(notice.windows(whole.len()).any(|window| window == whole), "{}", String::from_utf8_lossy(notice));
        assert!(String::from_utf8_lossy(notice).contains("sumire.example.jp"), "From of the original");
    }
}

#[test]
fn the_label_tells_the_score_as_the_operator_shows_it() {
    let sekisho = maildirs().start();
    let hanako = "hanako@shirakaba.example.jp";
    let layer = r#"{"consent":{"given":true,"at":1700000000000,"text":1},
        "conditions":{"html-present":{"then":"deliver","label":"header"}}}"#;
    sekisho.subscriber(hanako, layer);
    let html = b"From: a@sumire.example.jp\nTo: x@shirakaba.example.jp\nSubject: News\nMIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n\n<p>Hello, this is the news of our choir.</p>\n";
    let rows = [("points", Some("X-Spam-Score: ")), ("percent", Some("X-Spam-Probability: ")), ("level", None)];
    for (number, (shown, field)) in rows.into_iter().enumerate() {
        let file = sekisho.maildir(hanako).folder().with_file_name("profile.toml");
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("it can be made");
        std::fs::write(&file, format!("name = \"x\"\n[levels]\nshown = \"{shown}\"\n")).expect("it can be written");
        sekisho.run(&["profile", "set", &file.to_string_lossy()]);
        assert_eq!(sekisho.client().send_message("a@sumire.example.jp", &[hanako], html).unwrap().code, 250);
        let maildir = sekisho.maildir(hanako);
        wait::until("message", SOON, || (maildir.len() == number + 1).then_some(()));
        let messages: Vec<String> =
            maildir.messages().iter().map(|message| String::from_utf8_lossy(message).into_owned()).collect();
        let scores = ["X-Spam-Score: ", "X-Spam-Probability: "];
        for score in scores {
            let expected = rows[..=number].iter().filter(|(_, field)| *field == Some(score)).count();
            let there = messages.iter().filter(|message| message.contains(score)).count();
            assert_eq!(there, expected, "{shown}, {field:?}: {messages:?}");
        }
        assert!(messages.iter().all(|message| message.contains("X-Spam-Flag: YES")), "{messages:?}");
    }
}
