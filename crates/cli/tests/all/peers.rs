//! Other people's programs on both sides: Postfix as next hop and in front, swaks and smtp-source as clients.

use std::process::Command;

use testkit::postfix::{Postfix, Role};
use testkit::{Client, Setup, peers, wait};

use crate::house::{AGREED, HOLDS_ALL, PLAIN, PROGRAM, SOON, held, maildirs};

const KEN: &str = "ken@minato.example.jp";

#[test]
fn postfix_is_the_next_hop_and_swaks_the_client() {
    let Some(swaks) = peers::find("swaks") else { return };
    let Some(postfix) = Postfix::start(&Role::Final { domain: "minato.example.jp", known: &[KEN] }) else { return };
    let sekisho = Setup::new(PROGRAM).domain("minato.example.jp", &postfix.as_value(), &[]).start();
    let send = |to: &str| {
        let output = Command::new(&swaks)
            .args(["--server", &sekisho.smtp.ip().to_string(), "--port", &sekisho.smtp.port().to_string()])
            .args(["--from", "s@example.com", "--to", to, "--helo", "client.example.com"])
            .args(["--header", "Subject: by swaks", "--body", "hello from swaks"])
            .output();
        output.expect("swaks can be started")
    };
    let output = send(KEN);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    wait::until("message in the Maildir of Postfix", SOON, || (postfix.maildir(KEN).len() == 1).then_some(()));
    let message = String::from_utf8_lossy(&postfix.maildir(KEN).messages()[0]).into_owned();
    assert!(message.contains("hello from swaks") && message.contains("mx.sekisho.example.jp"), "{message}");

    let output = send("nobody@minato.example.jp");
    assert!(!output.status.success(), "Postfix does not know this one");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains(" 550 "), "its own answer is passed on at RCPT: {said}");
}

#[test]
fn postfix_in_front_hands_on_and_keeps_what_is_put_off() {
    let Some(swaks) = peers::find("swaks") else { return };
    let mut sekisho = maildirs().start();
    let role = Role::Front { domain: "shirakaba.example.jp", to: sekisho.smtp };
    let Some(front) = Postfix::start(&role) else { return };
    let send = || {
        let output = Command::new(&swaks)
            .args(["--server", &front.smtp.ip().to_string(), "--port", &front.smtp.port().to_string()])
            .args(["--from", "s@example.com", "--to", "hanako@shirakaba.example.jp", "--helo", "client.example.com"])
            .output();
        assert!(output.expect("swaks can be started").status.success());
    };
    let maildir = sekisho.maildir("hanako@shirakaba.example.jp");
    send();
    wait::until("message through Postfix", SOON, || (maildir.len() == 1).then_some(()));
    // Killed before our reply is there, it would rightly come twice.
    wait::until("our reply at Postfix", SOON, || front.log().contains("status=sent").then_some(()));
    sekisho.kill();
    send();
    wait::until("message in the queue", SOON, || front.log().contains("status=deferred").then_some(()));
    sekisho.start_again();
    wait::until("message from the queue", SOON, || (maildir.len() == 2).then_some(()));
}

/// Comes again until the virus scanner, which is not there, has looked at it.
const DEFERS: &str = r#"{"consent":{"given":true,"at":1700000000000,"text":1},"unknown":{"virus":{"then":"defer"}}}"#;
const REFUSES: &str = r#"{"consent":{"given":true,"at":1700000000000,"text":1},
    "refuse":[{"kind":"everyone"}],"refused":{"then":"refuse"}}"#;

#[test]
fn by_lmtp_each_recipient_has_an_answer_and_postfix_keeps_only_who_has_to_wait() {
    let [hanako, taro, kenji, jiro, midori] =
        ["hanako", "taro", "kenji", "jiro", "midori"].map(|name| format!("{name}@shirakaba.example.jp"));
    let (setup, lmtp) = maildirs().listen("lmtp");
    let sekisho = setup.key("clamd", "address", "\"/nowhere/clamd.sock\"").start();
    for (who, settings) in [(&hanako, HOLDS_ALL), (&taro, AGREED), (&kenji, DEFERS), (&jiro, REFUSES)] {
        sekisho.subscriber(who, settings);
    }
    let by_lmtp =
        format!("transport_maps = inline:{{ {{shirakaba.example.jp=lmtp:inet:{}:{}}} }}", lmtp.ip(), lmtp.port());
    let role = Role::Front { domain: "shirakaba.example.jp", to: sekisho.smtp };
    let Some(front) = Postfix::start_with(&role, &by_lmtp) else { return };
    let mut client = Client::connect(front.smtp).expect("Postfix answers");
    let reply = client.send_message(&midori, &[&hanako, &taro, &kenji, &jiro], PLAIN).expect("the dialogue goes on");
    assert_eq!(reply.code, 250, "{}", reply.text());
    let came = |who: &str, count| (sekisho.maildir(who).len() == count).then_some(());
    wait::until("Taro's copy", SOON, || came(&taro, 1));
    wait::until("the bounce of Jiro's copy", SOON, || came(&midori, 1));
    let bounce = String::from_utf8_lossy(&sekisho.maildir(&midori).messages()[0]).into_owned();
    assert!(bounce.contains(&format!("Final-Recipient: rfc822; {jiro}")) && bounce.contains("5.7.1"), "{bounce}");
    assert_eq!(bounce.matches("Final-Recipient:").count(), 1, "nobody else was refused: {bounce}");
    let waits = format!("to=<{kenji}>");
    wait::until("Kenji's copy in the queue", SOON, || {
        front.log().lines().any(|line| line.contains(&waits) && line.contains("status=deferred")).then_some(())
    });
    sekisho.settings(&kenji, AGREED);
    wait::until("Kenji's copy", SOON, || came(&kenji, 1));
    // Whoever was served once is not served again for it.
    assert_eq!((held(&sekisho, &hanako), sekisho.maildir(&hanako).len(), sekisho.maildir(&taro).len()), (1, 0, 1));
    sekisho.must_not_have_panicked();
}

#[test]
fn smtp_source_sends_many_over_many_sessions() {
    let Some(source) = peers::find("smtp-source") else { return };
    let sekisho = maildirs().start();
    let output = Command::new(source)
        .args(["-s", "5", "-m", "200", "-l", "3000", "-f", "s@example.com", "-t", "hanako@shirakaba.example.jp", "-c"])
        .arg(format!("inet:[{}]:{}", sekisho.smtp.ip(), sekisho.smtp.port()))
        .output()
        .expect("smtp-source can be started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(sekisho.maildir("hanako@shirakaba.example.jp").len(), 200, "counts in are counts out");
    sekisho.must_not_have_panicked();
}
