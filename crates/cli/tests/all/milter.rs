//! A real Postfix asks by milter and delivers: what people set happens to their copy, and held mail is on the disk.

use testkit::maildir::{split, with_crlf};
use testkit::postfix::{Postfix, Role};
use testkit::{Client, OtherMilter, Sekisho, Setup, http, wait};

use crate::faults::SmallDisk;
use crate::house::{AGREED, HOLDS_ALL, PLAIN, PROGRAM, SOON, held, junk};

pub(crate) const DOMAIN: &str = "shirakaba.example.jp";
pub(crate) const HANAKO: &str = "hanako@shirakaba.example.jp";
pub(crate) const TARO: &str = "taro@shirakaba.example.jp";
pub(crate) const KEN: &str = "ken@shirakaba.example.jp";

/// Agreed, and everything is treated so.
fn all(treatment: &str) -> String {
    format!(
        r#"{{"consent":{{"given":true,"at":1700000000000,"text":1}},"refuse":[{{"kind":"everyone"}}],"refused":{treatment}}}"#
    )
}

/// Postfix that delivers, and Sekisho whom it asks. What is released goes past the asking.
pub(crate) struct Pair {
    pub(crate) postfix: Postfix,
    pub(crate) sekisho: Sekisho,
}

impl Pair {
    pub(crate) fn start(more: &str, other: Option<&OtherMilter>, change: impl FnOnce(Setup) -> Setup) -> Option<Self> {
        let (setup, milter) = Setup::new(PROGRAM).listen("milter");
        let mut asked = format!("inet:{}:{}", milter.ip(), milter.port());
        if let Some(other) = other {
            asked = format!("{asked}, {}", other.as_value());
        }
        let role = Role::Final { domain: DOMAIN, known: &[HANAKO, TARO, KEN] };
        let postfix = Postfix::start_with(&role, &format!("smtpd_milters = {asked}\n{more}"))?;
        let sekisho = change(setup.domain(DOMAIN, &postfix.back_as_value(), &[])).start();
        Some(Self { postfix, sekisho })
    }

    pub(crate) fn plain() -> Option<Self> {
        Self::start("", None, |setup| setup)
    }

    pub(crate) fn send(&self, to: &[&str], message: &[u8]) -> testkit::Reply {
        let mut client = Client::connect(self.postfix.smtp).expect("Postfix answers");
        client.send_message("s@example.com", to, message).expect("the dialogue goes on")
    }

    /// The messages of a Maildir of Postfix, once there are so many.
    pub(crate) fn delivered(&self, to: &str, count: usize) -> Vec<String> {
        let maildir = self.postfix.maildir(to);
        wait::until(&format!("{count} messages for {to}"), SOON, || (maildir.len() >= count).then_some(()));
        maildir.messages().iter().map(|message| String::from_utf8_lossy(message).into_owned()).collect()
    }

    /// One more message to everybody through the unfiltered port: when it is there, what came before would be too.
    pub(crate) fn nothing_more(&self, to: &str, before: usize) {
        let mut back = Client::connect(self.postfix.back).expect("Postfix answers");
        assert!(back.send_message("last@example.com", &[to], PLAIN).expect("the dialogue goes on").is_yes());
        let all = self.delivered(to, before + 1);
        assert_eq!(all.len(), before + 1, "{to} got more than it should: {all:#?}");
    }
}

#[test]
fn postfix_delivers_with_label_subject_and_results() {
    let Some(pair) = Pair::plain() else { return };
    pair.sekisho.subscriber(HANAKO, &all(r#"{"then":"deliver","label":"both"}"#));
    let forged = b"X-Spam-Flag: NO\nAuthentication-Results: mx.sekisho.example.jp; spf=pass\nX-Spam-Status: No\n";
    let message = [&forged[..], PLAIN].concat();
    let reply = pair.send(&[HANAKO], &message);
    assert_eq!(reply.code, 250, "{}", reply.text());
    let got = pair.delivered(HANAKO, 1).remove(0);
    let (head, body) = split(got.as_bytes());
    let head = String::from_utf8_lossy(head).into_owned();
    assert!(head.contains("\nX-Spam-Flag: YES\n") && head.contains("\nX-Sekisho-Class: "), "{head}");
    assert!(!head.contains("X-Spam-Flag: NO") && !head.contains("X-Spam-Status"), "another's verdict stays: {head}");
    assert!(head.contains("] A walk\n") && head.contains("\nSubject: ["), "the subject bears the label: {head}");
    assert!(!head.contains("spf=pass"), "a forged result stays: {head}");
    let at = |text: &str| head.find(text).unwrap_or_else(|| panic!("{text} is missing: {head}"));
    assert!(at("\nX-Spam-Flag") < at("\nFrom:"), "on top: {head}");
    assert_eq!(body, b"Shall we walk on Sunday?\n");
}

#[test]
fn what_is_wanted_passes_unchanged_but_for_results() {
    let Some(pair) = Pair::plain() else { return };
    pair.sekisho.subscriber(HANAKO, AGREED);
    let folded = b"From: Sayuri <sayuri@sumire.example.jp>\nTo:hanako@shirakaba.example.jp\nSubject:  A\n\twalk  \nX-Empty:\nDate: Sat, 21 Nov 2026 20:14:05 +0900\nMessage-ID: <walk@sumire.example.jp>\n\n.dots\nline \xe3\x81\x82\n\n\n";
    assert_eq!(pair.send(&[HANAKO], folded).code, 250);
    let maildir = pair.postfix.maildir(HANAKO);
    wait::until("the message", SOON, || (maildir.len() == 1).then_some(()));
    let got = maildir.messages().remove(0);
    assert!(got.ends_with(folded), "{}", String::from_utf8_lossy(&got));
}

#[test]
fn held_for_one_and_delivered_to_the_other() {
    let Some(pair) = Pair::plain() else { return };
    pair.sekisho.subscriber(HANAKO, HOLDS_ALL);
    pair.sekisho.subscriber(TARO, AGREED);
    assert_eq!(pair.send(&[HANAKO, TARO], PLAIN).code, 250);
    assert_eq!(pair.delivered(TARO, 1).len(), 1);
    assert_eq!(held(&pair.sekisho, HANAKO), 1, "the copy is in junk");
    assert_eq!(held(&pair.sekisho, TARO), 0, "one person's list is not applied to another");
    pair.nothing_more(HANAKO, 0);
    // The copy is what was sent, octet for octet, and a release brings it past the filter.
    let reference = junk(&pair.sekisho, HANAKO)[0].reference.clone();
    pair.sekisho.run(&["junk", "release", &reference]);
    let maildir = pair.postfix.maildir(HANAKO);
    wait::until("the released message", SOON, || (maildir.len() == 2).then_some(()));
    let released = maildir.messages().into_iter().find(|m| !String::from_utf8_lossy(m).contains("last@example.com"));
    assert!(with_crlf(&released.expect("the released one")).ends_with(&with_crlf(PLAIN)));
}

#[test]
fn held_for_all_is_taken_and_delivered_to_nobody() {
    let Some(pair) = Pair::plain() else { return };
    pair.sekisho.subscriber(HANAKO, HOLDS_ALL);
    pair.sekisho.subscriber(TARO, HOLDS_ALL);
    let reply = pair.send(&[HANAKO, TARO], PLAIN);
    assert_eq!(reply.code, 250, "{}", reply.text());
    assert_eq!((held(&pair.sekisho, HANAKO), held(&pair.sekisho, TARO)), (1, 1));
    pair.nothing_more(HANAKO, 0);
    pair.nothing_more(TARO, 0);
}

#[test]
fn refused_with_a_reference() {
    let Some(pair) = Pair::plain() else { return };
    pair.sekisho.subscriber(HANAKO, &all(r#"{"then":"refuse"}"#));
    let refused = pair.send(&[HANAKO], PLAIN);
    assert!(refused.is_no() && refused.text().contains("5.7.1"), "{}", refused.text());
    let reference = refused.reference().expect("a refusal has a reference");
    let said = pair.sekisho.run(&["explain", &reference]);
    assert!(!said.trim().is_empty(), "the reference explains the refusal");
    // One answer for both cannot be said: the refused copy lies in junk.
    pair.sekisho.subscriber(KEN, AGREED);
    assert_eq!(pair.send(&[HANAKO, KEN], PLAIN).code, 250);
    assert_eq!(pair.delivered(KEN, 1).len(), 1);
    assert_eq!(held(&pair.sekisho, HANAKO), 1);
    pair.nothing_more(HANAKO, 0);
}

#[test]
fn another_filter_refuses_later_and_one_copy_is_held() {
    let other = OtherMilter::start();
    let Some(pair) = Pair::start("", Some(&other), |setup| setup) else { return };
    pair.sekisho.subscriber(HANAKO, HOLDS_ALL);
    pair.sekisho.subscriber(TARO, AGREED);
    other.put_off(2);
    for _ in 0..2 {
        assert!(pair.send(&[HANAKO, TARO], PLAIN).is_later(), "the other filter puts it off");
    }
    assert_eq!(pair.send(&[HANAKO, TARO], PLAIN).code, 250);
    assert_eq!(other.seen(), 3);
    assert_eq!(pair.delivered(TARO, 1).len(), 1);
    assert_eq!(junk(&pair.sekisho, HANAKO).len(), 1, "one copy, however often the sender came");
    pair.nothing_more(HANAKO, 0);
}

#[test]
fn an_alias_is_judged_by_the_address_that_the_sender_wrote() {
    let aliases =
        format!("virtual_alias_maps = inline:{{ {{team@{DOMAIN}={TARO},{KEN}}} {{boss@{DOMAIN}={HANAKO}}} }}");
    let Some(pair) = Pair::start(&aliases, None, |setup| setup) else { return };
    pair.sekisho.subscriber(HANAKO, HOLDS_ALL);
    let (team, boss) = (format!("team@{DOMAIN}"), format!("boss@{DOMAIN}"));
    pair.sekisho.subscriber(&boss, HOLDS_ALL);
    // Postfix expands after asking: the list of the person behind the alias is not seen, that of the alias is.
    assert_eq!(pair.send(&[&team, &boss], PLAIN).code, 250);
    assert_eq!(pair.delivered(TARO, 1).len(), 1);
    assert_eq!(pair.delivered(KEN, 1).len(), 1);
    assert_eq!((held(&pair.sekisho, &boss), held(&pair.sekisho, HANAKO)), (1, 0));
    pair.nothing_more(HANAKO, 0);
}

#[test]
fn mail_to_others_passes_and_bears_nobodys_label() {
    let elsewhere = testkit::NextHop::start();
    let hop = elsewhere.address();
    let transport =
        format!("transport_maps = inline:{{ {{elsewhere.example.com=smtp:[{}]:{}}} }}", hop.ip(), hop.port());
    let Some(pair) = Pair::start(&transport, None, |setup| setup) else { return };
    pair.sekisho.subscriber(HANAKO, &all(r#"{"then":"deliver","label":"both"}"#));
    pair.sekisho.subscriber(TARO, HOLDS_ALL);
    assert_eq!(pair.send(&["x@elsewhere.example.com", HANAKO, TARO], PLAIN).code, 250);
    let taken = elsewhere.wait_for(1);
    let text = String::from_utf8_lossy(&taken[0].message).into_owned();
    assert!(text.contains("Subject: A walk") && !text.contains("X-Spam"), "{text}");
    assert!(!pair.delivered(HANAKO, 1)[0].contains("X-Spam"), "one rendering for all: the mildest");
    assert_eq!(held(&pair.sekisho, TARO), 1);
}

#[test]
fn a_sekisho_that_is_gone_means_later() {
    let Some(mut pair) = Pair::plain() else { return };
    pair.sekisho.subscriber(HANAKO, AGREED);
    pair.sekisho.kill();
    let mut client = Client::connect(pair.postfix.smtp).expect("Postfix answers");
    let said = client.ask("MAIL FROM:<s@example.com>").expect("the dialogue goes on");
    assert!(said.is_later(), "Postfix's own default is that the sender comes again: {}", said.text());
    pair.sekisho.start_again();
    assert_eq!(pair.send(&[HANAKO], PLAIN).code, 250);
    assert_eq!(pair.delivered(HANAKO, 1).len(), 1);
}

/// What `miltertest` of OpenDKIM does: a peer written by others, over the whole dialogue.
const SCRIPT: &str = r#"
conn = mt.connect("inet:PORT@IP")
if conn == nil then error("no connection") end
mt.set_timeout(60)
local function message(to)
    if mt.conninfo(conn, "client.example.com", "192.0.2.7") ~= nil then error("conninfo") end
    if mt.helo(conn, "client.example.com") ~= nil then error("helo") end
    if mt.mailfrom(conn, "<s@example.com>") ~= nil then error("mailfrom") end
    if mt.getreply(conn) ~= SMFIR_CONTINUE then error("MAIL was not answered with yes") end
    for _, one in ipairs(to) do
        if mt.rcptto(conn, "<" .. one .. "@shirakaba.example.jp>") ~= nil then error("rcptto") end
        if mt.getreply(conn) ~= SMFIR_CONTINUE then error("RCPT was not answered with yes") end
    end
    if mt.header(conn, "From", "Sayuri <s@example.com>") ~= nil then error("From") end
    if mt.header(conn, "Subject", "A walk") ~= nil then error("Subject") end
    if mt.header(conn, "X-Spam-Status", "No") ~= nil then error("X-Spam-Status") end
    if mt.eoh(conn) ~= nil then error("eoh") end
    if mt.bodystring(conn, "Shall we walk on Sunday?\r\n") ~= nil then error("body") end
    if mt.eom(conn) ~= nil then error("eom") end
end
message({"hanako", "taro"})
if mt.getreply(conn) ~= SMFIR_CONTINUE then error("the message was not let through") end
if not mt.eom_check(conn, MT_RCPTDELETE, "<hanako@shirakaba.example.jp>") then error("hanako was not taken out") end
if not mt.eom_check(conn, MT_HDRDELETE, "X-Spam-Status") then error("another's verdict stays") end
message({"hanako"})
if mt.getreply(conn) ~= SMFIR_DISCARD then error("it is held for everybody, and yet not discarded") end
mt.disconnect(conn)
"#;

#[test]
fn miltertest_of_opendkim_is_content() {
    let Some(miltertest) = testkit::peers::find("miltertest") else { return };
    let (setup, milter) = Setup::new(PROGRAM).listen("milter");
    let sekisho = setup.maildir_domain(DOMAIN).start();
    sekisho.subscriber(HANAKO, HOLDS_ALL);
    sekisho.subscriber(TARO, AGREED);
    let script = sekisho.setup().folder().join("dialogue.lua");
    let text = SCRIPT.replace("PORT", &milter.port().to_string()).replace("IP", &milter.ip().to_string());
    std::fs::write(&script, text).expect("the temporary folder can be written");
    let output =
        std::process::Command::new(miltertest).arg("-s").arg(&script).output().expect("miltertest can be started");
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{}\n{}", String::from_utf8_lossy(&said), sekisho.log());
    assert_eq!(held(&sekisho, HANAKO), 1, "the same bytes from the same sender are held once");
}

#[test]
fn what_cannot_be_judged_goes_where_the_operator_says() {
    for (choice, wanted) in [("defer", 451), ("accept", 250), ("quarantine", 250)] {
        let Some(disk) = SmallDisk::mount(48) else { return };
        let (on_fault, data) = (format!("\"{choice}\""), disk.path().join("data"));
        let change = |setup: Setup| setup.key("milter", "on_fault", &on_fault).data_in(data);
        let Some(pair) = Pair::start("", None, change) else { return };
        pair.sekisho.subscriber(HANAKO, HOLDS_ALL);
        disk.fill();
        wait::until("notice that the store cannot be written", SOON, || {
            matches!(http::get(pair.sekisho.metrics, "/ready"), Ok((503, _))).then_some(())
        });
        let reply = pair.send(&[HANAKO], PLAIN);
        assert_eq!(reply.code, wanted, "{choice}: {}", reply.text());
        assert!(pair.sekisho.log().contains("our own fault"), "it is told in the log");
        if choice == "accept" {
            assert_eq!(pair.delivered(HANAKO, 1).len(), 1);
        }
        if choice == "quarantine" {
            wait::until("the hold queue", SOON, || pair.postfix.log().contains("milter-hold").then_some(()));
        }
    }
}

#[test]
fn by_milter_the_doors_limits_hold_for_the_true_client() {
    let change = |setup: Setup| {
        setup.key("door", "trusted", "[]").key("door", "limits", "[\"ip=2/1h\"]").key(
            "door",
            "then",
            "[\"limit-ip=refuse\"]",
        )
    };
    let Some(pair) = Pair::start("", None, change) else { return };
    let from = |ip: &str| {
        let mut client = Client::connect(pair.postfix.smtp).expect("Postfix answers");
        client.pose_as(ip, "mail.sumire.example.jp").expect("XCLIENT is taken from loopback");
        client.say("MAIL FROM:<s@example.com>").expect("yes");
        let said = client.ask(&format!("RCPT TO:<{HANAKO}>")).expect("the dialogue goes on");
        (client, said)
    };
    for _ in 0..2 {
        // What is broken off does not count, however often.
        let (mut client, said) = from("192.0.2.10");
        assert!(said.is_yes(), "{}", said.text());
        client.say("RSET").expect("yes");
    }
    for _ in 0..2 {
        let (mut client, said) = from("192.0.2.10");
        assert!(said.is_yes(), "{}", said.text());
        assert_eq!(client.data(PLAIN).expect("the dialogue goes on").code, 250);
    }
    let (_, said) = from("192.0.2.10");
    assert!(said.is_no(), "{}", said.text());
    assert!(from("192.0.2.11").1.is_yes(), "another address has its own limit");
}
