//! Reload without dropping a session, stopping within a bound, and staying itself on a bad configuration.

use std::time::Duration;

use testkit::{Client, wait};

use crate::house::{PLAIN, SOON, maildirs};

const HANAKO: &str = "hanako@shirakaba.example.jp";

#[test]
fn sighup_puts_a_new_configuration_into_force_and_drops_no_session() {
    let mut sekisho = maildirs().start();
    let mut client = sekisho.client();
    client.say("MAIL FROM:<s@example.com>").unwrap();
    client.say(&format!("RCPT TO:<{HANAKO}>")).unwrap();
    sekisho.change(|setup| setup.key("smtp", "size", "4096").maildir_domain("new.example.jp"));
    sekisho.signal("HUP");
    wait::until("new domain", SOON, || {
        let mut other = sekisho.client();
        other.say("MAIL FROM:<s@example.com>").ok()?;
        other.ask("RCPT TO:<x@new.example.jp>").ok().filter(testkit::Reply::is_yes)
    });
    // The edge hears of it after the directory.
    wait::until("new size", SOON, || {
        let mut other = Client::dial(sekisho.smtp).ok()?;
        other.reply().ok()?;
        other.say("EHLO c").ok()?.text().contains("SIZE 4096").then_some(())
    });
    assert_eq!(client.data(PLAIN).unwrap().code, 250, "the session that was open goes on");
    assert_eq!(sekisho.maildir(HANAKO).len(), 1);
}

#[test]
fn sighup_with_a_bad_configuration_changes_nothing() {
    let sekisho = maildirs().start();
    let file = sekisho.configuration();
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("[smtp]", "[smtp]\nsizee = 1")).unwrap();
    sekisho.signal("HUP");
    wait::until("complaint", SOON, || sekisho.log().contains("sizee").then_some(()));
    let reply = sekisho.client().send_message("s@example.com", &[HANAKO], PLAIN).unwrap();
    assert_eq!(reply.code, 250);
}

#[test]
fn sigterm_lets_a_transaction_finish_and_then_stops() {
    let mut sekisho = maildirs().start();
    let mut client = sekisho.client();
    let mut idle = sekisho.client();
    client.say("MAIL FROM:<s@example.com>").unwrap();
    client.say(&format!("RCPT TO:<{HANAKO}>")).unwrap();
    client.say("DATA").unwrap();
    sekisho.signal("TERM");
    wait::until("end of listening", SOON, || Client::connect(sekisho.smtp).is_err().then_some(()));
    assert!(idle.reply().map_or(true, |reply| reply.code == 421), "who has nothing under way is told to come again");
    client.send(&testkit::smtp::stuffed(PLAIN)).unwrap();
    assert_eq!(client.reply().unwrap().code, 250);
    drop((client, idle));
    wait::until("end of the process", Duration::from_secs(40), || (!sekisho.is_running()).then_some(()));
    assert_eq!(sekisho.maildir(HANAKO).len(), 1);
    sekisho.must_not_have_panicked();
}

#[test]
fn sigterm_stops_within_its_bound_although_a_peer_never_ends() {
    let mut sekisho = maildirs().start();
    let mut client = sekisho.client();
    client.say("MAIL FROM:<s@example.com>").unwrap();
    client.say(&format!("RCPT TO:<{HANAKO}>")).unwrap();
    client.say("DATA").unwrap();
    client.send(b"Subject: never ends\r\n").unwrap();
    assert!(sekisho.stop(Duration::from_secs(60)), "it ended in order");
    assert!(sekisho.maildir(HANAKO).is_empty(), "half a message is no message");
}

#[test]
fn what_was_held_before_a_restart_is_held_after_it() {
    let mut sekisho = maildirs().start();
    sekisho.subscriber(HANAKO, crate::house::HOLDS_ALL);
    assert_eq!(sekisho.client().send_message("s@example.com", &[HANAKO], PLAIN).unwrap().code, 250);
    assert!(sekisho.stop(SOON));
    sekisho.start_again();
    assert_eq!(crate::house::held(&sekisho, HANAKO), 1);
}
