//! People who move mail into and out of Junk with their mail program, through a real Dovecot and its Sieve.

use std::path::PathBuf;

use testkit::{Dovecot, Sekisho, wait};

use crate::house::{AGREED, PLAIN, SAID_NOTHING, SOON, maildirs};

const HANAKO: &str = "hanako@shirakaba.example.jp";
const TARO: &str = "taro@shirakaba.example.jp";

/// A message, in a file too.
struct Letter {
    file: PathBuf,
    crlf: Vec<u8>,
}

fn letter(sekisho: &Sekisho, about: &str) -> Letter {
    let text = String::from_utf8_lossy(PLAIN).replace("A walk", about).replace("<walk@", &format!("<{about}@"));
    let file = sekisho.setup().folder().join(format!("{about}.eml"));
    std::fs::write(&file, &text).expect("the folder of the test can be written");
    Letter { file, crlf: text.replace('\n', "\r\n").into_bytes() }
}

/// What learning it once more changes: nothing (`already`), or something (`new`, `changed`).
fn learn(sekisho: &Sekisho, label: &str, person: &str, letter: &Letter) -> String {
    let said = sekisho.run(&["learn", label, "--for", person, &letter.file.to_string_lossy()]);
    said.lines().next().unwrap_or_default().to_owned()
}

#[test]
fn moving_mail_into_junk_and_out_teaches_its_owner_alone_and_emptying_junk_teaches_nothing() {
    let sekisho = maildirs().start();
    let Some(dovecot) = Dovecot::start(sekisho.rspamd) else { return };
    sekisho.subscriber(HANAKO, AGREED);
    sekisho.subscriber(TARO, AGREED);
    let mut session = dovecot.session(HANAKO);

    let moved = letter(&sekisho, "moved");
    session.append("INBOX", &moved.crlf);
    session.command("MOVE 1 Junk");
    assert_eq!(learn(&sekisho, "spam", HANAKO, &moved), "1 already");
    assert_eq!(learn(&sekisho, "spam", TARO, &moved), "1 new", "it is hers alone");

    session.command("SELECT Junk");
    session.command("MOVE 1 INBOX");
    assert_eq!(learn(&sekisho, "ham", HANAKO, &moved), "1 already");
    assert_eq!(learn(&sekisho, "spam", TARO, &moved), "1 already", "it stays hers alone");

    let emptied = letter(&sekisho, "emptied");
    session.append("Junk", &emptied.crlf);
    session.command("CREATE &MFQwf3ux-");
    for trash in ["Trash", "&MFQwf3ux-"] {
        session.command(&format!("COPY 1 {trash}"));
    }
    session.command("STORE 1 +FLAGS (\\Deleted)");
    session.command("EXPUNGE");
    assert_eq!(learn(&sekisho, "spam", HANAKO, &emptied), "1 new", "the trash is no opinion");

    let log = dovecot.log();
    assert!(!log.contains("Error:"), "{log}");
}

#[test]
fn who_has_not_agreed_teaches_nothing_and_moves_mail_all_the_same() {
    let sekisho = maildirs().start();
    let Some(dovecot) = Dovecot::start(sekisho.rspamd) else { return };
    sekisho.subscriber(HANAKO, SAID_NOTHING);
    let mut session = dovecot.session(HANAKO);
    session.append("INBOX", &letter(&sekisho, "moved").crlf);
    session.command("MOVE 1 Junk");
    let selected = session.command("SELECT Junk");
    assert!(selected.iter().any(|line| line == "* 1 EXISTS"), "{selected:?}");
    let log = dovecot.log();
    assert!(!log.contains("Error:"), "{log}");
}

#[test]
fn a_sekisho_that_does_not_answer_stops_nobody_from_moving_mail() {
    let mut sekisho = maildirs().start();
    let Some(dovecot) = Dovecot::start(sekisho.rspamd) else { return };
    let message = letter(&sekisho, "moved").crlf;
    sekisho.kill();
    let mut session = dovecot.session(HANAKO);
    session.append("INBOX", &message);
    session.command("MOVE 1 Junk");
    let selected = session.command("SELECT Junk");
    assert!(selected.iter().any(|line| line == "* 1 EXISTS"), "{selected:?}");
    wait::until("line in the log of Dovecot", SOON, || dovecot.log().contains("sekisho-report").then_some(()));
}
