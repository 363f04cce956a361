//! What subscribers choose, on the real program: real messages through SMTP, and what each recipient then has.

use testkit::{Client, NameServer, Sekisho};

use crate::house::{held, junk, maildirs};

const HANAKO: &str = "hanako@shirakaba.example.jp";
const TARO: &str = "taro@shirakaba.example.jp";
const MIDORI: &str = "midori@shirakaba.example.jp";

/// Who may send for whom; `forged.example.jp` publishes a record that names another host.
const ZONE: &str = "\
sumire.example.jp TXT v=spf1 ip4:192.0.2.10 -all
sumire.example.jp MX 10 mail.sumire.example.jp
keitai.example.jp TXT v=spf1 ip4:192.0.2.20 -all
keitai.example.jp MX 10 mail.keitai.example.jp
forged.example.jp TXT v=spf1 ip4:192.0.2.99 -all
forged.example.jp MX 10 mail.forged.example.jp
silent.example.jp MX 10 mail.silent.example.jp
";

/// A profile with one mobile operator, whose mail is counted.
const PROFILE: &str = r#"
name = "test"
posing = true
secret_code_digits = 4
[links]
internet_only = true
[address_book]
modes = ["unused", "first", "only"]
[impersonation]
levels = ["off", "existing", "middle", "high"]
domains_most = 10
exceptions_most = 10
rescue_most = 10
[bulk_guard]
from = 3
senders = ["keitai.example.jp"]
[[kinds]]
id = "suzume"
name = { ja = "すずめ", en = "Suzume" }
domains = ["keitai.example.jp"]
"#;

fn with_profile() -> (NameServer, Sekisho) {
    let server = NameServer::start(ZONE);
    let sekisho = maildirs().key("dns", "servers", &server.as_value()).start();
    // The operator exists once there is a subscriber of a domain; the profile is in force from the next message on.
    sekisho.subscriber(HANAKO, "{}");
    let file = sekisho.setup().folder().join("profile.toml");
    std::fs::write(&file, PROFILE).expect("the temporary folder can be written");
    sekisho.run(&["profile", "set", &file.to_string_lossy()]);
    (server, sekisho)
}

/// A person's own settings, with or without agreement to filtering by content.
fn choose(sekisho: &Sekisho, address: &str, layer: &str) {
    sekisho.subscriber(address, &format!("{{{layer}}}"));
}

const AGREED: &str = r#""consent":{"given":true,"at":1700000000000,"text":1}"#;

fn message(from: &str, body: &str) -> Vec<u8> {
    format!("From: <{from}>\nTo: {HANAKO}\nSubject: hello\nDate: Sat, 21 Nov 2026 20:14:05 +0900\nMessage-ID: <{}@test.example.jp>\n\n{body}\n", from.len() + body.len()).into_bytes()
}

/// Who sends: the host that the domain names, unless it is somebody else.
fn client(sekisho: &Sekisho, from: &str) -> Client {
    let ip = if from.ends_with("keitai.example.jp") { "192.0.2.20" } else { "192.0.2.10" };
    sekisho.client_from(ip, "mail.test.example.jp")
}

fn send(sekisho: &Sekisho, from: &str, to: &[&str], body: &str) -> u16 {
    let reply = client(sekisho, from).send_message(from, to, &message(from, body));
    reply.expect("an answer").code
}

fn got(sekisho: &Sekisho, address: &str) -> (usize, usize) {
    (sekisho.maildir(address).len(), held(sekisho, address))
}

#[test]
fn entries_have_actions_of_their_own_and_end_when_they_expire() {
    let (_names, sekisho) = with_profile();
    choose(
        &sekisho,
        HANAKO,
        r#""refuse":[{"kind":"address","text":"a@sumire.example.jp","then":"unknown_user"},
            {"kind":"address","text":"b@sumire.example.jp","then":"junk"},
            {"kind":"address","text":"c@sumire.example.jp","expires":1000},
            {"kind":"without_at"}]"#,
    );
    let mut first = client(&sekisho, "a@sumire.example.jp");
    let reply = first.send_message("a@sumire.example.jp", &[HANAKO], &message("a@sumire.example.jp", "x")).unwrap();
    assert_eq!((reply.code, reply.text().contains("No such user")), (550, true), "{}", reply.text());
    assert_eq!(send(&sekisho, "b@sumire.example.jp", &[HANAKO], "x"), 250);
    assert_eq!(got(&sekisho, HANAKO), (0, 1));
    assert_eq!(send(&sekisho, "c@sumire.example.jp", &[HANAKO], "x"), 250);
    assert_eq!(got(&sekisho, HANAKO), (1, 1), "the entry is over");
    let bare = b"From: 09012345678\nTo: hanako@shirakaba.example.jp\nSubject: x\n\nx\n";
    let reply = client(&sekisho, "d@sumire.example.jp").send_message("d@sumire.example.jp", &[HANAKO], bare).unwrap();
    assert_eq!(reply.code, 250);
    assert_eq!(got(&sekisho, HANAKO), (1, 2), "a sender without an @");
}

#[test]
fn surely_spam_goes_the_way_of_spam_and_is_called_so() {
    let (_names, sekisho) = with_profile();
    choose(
        &sekisho,
        HANAKO,
        &format!(
            r#"{AGREED},"actions":{{"spam":{{"then":"junk"}}}},"refused":{{"then":"refuse"}},
            "refuse":[{{"kind":"domain","text":"sumire.example.jp","then":"surely_spam"}}]"#
        ),
    );
    assert_eq!(send(&sekisho, "a@sumire.example.jp", &[HANAKO], "x"), 250);
    assert_eq!(got(&sekisho, HANAKO), (0, 1));
    let explained = sekisho.run(&["explain", &junk(&sekisho, HANAKO)[0].reference, "--language", "en"]);
    assert!(explained.to_lowercase().contains("spam"), "{explained}");
}

#[test]
fn only_who_is_on_a_list_and_is_proven_comes_through() {
    let (_names, sekisho) = with_profile();
    let only = r#""conditions":{"sender-unlisted":{"then":"junk"}}"#;
    choose(&sekisho, HANAKO, &format!(r#"{only},"receive":[{{"kind":"domain","text":"sumire.example.jp"}}]"#));
    choose(
        &sekisho,
        TARO,
        r#""address_book_mode":"only","address_book":[{"kind":"address","text":"a@sumire.example.jp"}]"#,
    );
    assert_eq!(send(&sekisho, "a@sumire.example.jp", &[HANAKO, TARO], "x"), 250);
    assert_eq!((got(&sekisho, HANAKO), got(&sekisho, TARO)), ((1, 0), (1, 0)));
    assert_eq!(send(&sekisho, "a@silent.example.jp", &[HANAKO, TARO], "x"), 250);
    assert_eq!((got(&sekisho, HANAKO), got(&sekisho, TARO)), ((1, 1), (1, 1)), "on no list");
    // Somebody else poses as who is on the list.
    let mut forger = sekisho.client_from("198.51.100.7", "vps.test");
    forger.send_message("a@sumire.example.jp", &[HANAKO, TARO], &message("a@sumire.example.jp", "y")).unwrap();
    assert_eq!((got(&sekisho, HANAKO), got(&sekisho, TARO)), ((1, 2), (1, 2)), "not proven");
    let explained = sekisho.run(&["explain", &junk(&sekisho, TARO)[0].reference, "--language", "ja"]);
    assert!(explained.contains("アドレス帳"), "{explained}");
}

#[test]
fn kinds_of_sender_are_received_and_refused_at_once_and_posing_is_of_the_internet() {
    let (_names, sekisho) = with_profile();
    choose(&sekisho, HANAKO, r#""conditions":{"sender-kind-internet":{"then":"refuse"}}"#);
    choose(&sekisho, TARO, r#""conditions":{"sender-kind-suzume":{"then":"junk"}}"#);
    choose(&sekisho, MIDORI, r#""conditions":{"posing-as-mobile":{"then":"refuse"}}"#);
    assert_eq!(send(&sekisho, "a@keitai.example.jp", &[HANAKO, TARO, MIDORI], "x"), 250);
    assert_eq!((got(&sekisho, HANAKO), got(&sekisho, TARO), got(&sekisho, MIDORI)), ((1, 0), (0, 1), (1, 0)));
    assert_eq!(send(&sekisho, "a@sumire.example.jp", &[HANAKO], "x"), 550);
    let mut forger = sekisho.client_from("198.51.100.7", "vps.test");
    let forged = message("a@keitai.example.jp", "y");
    assert_eq!(forger.send_message("a@keitai.example.jp", &[HANAKO], &forged).unwrap().code, 550);
    assert_eq!(forger.send_message("a@keitai.example.jp", &[MIDORI], &forged).unwrap().code, 550);
    assert_eq!(forger.send_message("a@keitai.example.jp", &[TARO], &forged).unwrap().code, 250, "it is no mobile mail");
    assert_eq!(got(&sekisho, TARO), (1, 1));
}

#[test]
fn proof_is_asked_for_by_level_and_the_rescue_list_exempts() {
    let (_names, sekisho) = with_profile();
    let refuse = r#""impersonation_then":{"then":"refuse"}"#;
    choose(&sekisho, HANAKO, &format!(r#""impersonation":"middle",{refuse}"#));
    choose(&sekisho, TARO, &format!(r#""impersonation":"high",{refuse}"#));
    choose(
        &sekisho,
        MIDORI,
        &format!(r#""impersonation":"high",{refuse},"rescue":[{{"field":"to","text":"hanako@"}}]"#),
    );
    // The domain says that this host does not send for it.
    assert_eq!(send(&sekisho, "a@forged.example.jp", &[HANAKO], "x"), 550);
    assert_eq!(send(&sekisho, "a@forged.example.jp", &[TARO], "x"), 550);
    assert_eq!(send(&sekisho, "a@forged.example.jp", &[MIDORI], "x"), 250, "exempt by To");
    // The domain publishes nothing.
    assert_eq!(send(&sekisho, "a@silent.example.jp", &[HANAKO], "x"), 250);
    assert_eq!(send(&sekisho, "a@silent.example.jp", &[TARO], "x"), 550);
    // The domain does not exist.
    choose(&sekisho, TARO, &format!(r#""impersonation":"existing",{refuse}"#));
    assert_eq!(send(&sekisho, "a@nowhere.example.jp", &[TARO], "x"), 550);
    assert_eq!(send(&sekisho, "a@forged.example.jp", &[TARO], "x"), 250);
    // A named domain is asked for proof whatever the level, and an exception never.
    choose(
        &sekisho,
        TARO,
        &format!(
            r#""impersonation_domains":["silent.example.jp"],"impersonation_exceptions":["forged.example.jp"],{refuse}"#
        ),
    );
    assert_eq!(send(&sekisho, "b@silent.example.jp", &[TARO], "x"), 550);
    assert_eq!(send(&sekisho, "b@forged.example.jp", &[TARO], "x"), 250);
    assert_eq!(send(&sekisho, "b@sumire.example.jp", &[TARO], "x"), 250);
}

#[test]
fn links_are_refused_from_the_internet_only() {
    let (_names, sekisho) = with_profile();
    choose(&sekisho, HANAKO, &format!(r#"{AGREED},"conditions":{{"url-present":{{"then":"refuse"}}}}"#));
    let body = "https://www.sumire.example.jp/page";
    assert_eq!(send(&sekisho, "a@sumire.example.jp", &[HANAKO], body), 550);
    assert_eq!(send(&sekisho, "a@keitai.example.jp", &[HANAKO], body), 250);
    assert_eq!(got(&sekisho, HANAKO), (1, 0));
}

#[test]
fn attachments_are_taken_off_and_the_message_as_it_came_is_held() {
    let (_names, sekisho) = with_profile();
    choose(&sekisho, HANAKO, &format!(r#"{AGREED},"conditions":{{"attachment-present":{{"then":"remove_part"}}}}"#));
    choose(&sekisho, TARO, AGREED);
    let message = b"From: <a@sumire.example.jp>\nTo: hanako@shirakaba.example.jp\nSubject: plan\nMIME-Version: 1.0\n\
        Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nThe plan is attached.\n\
        --b\nContent-Type: application/pdf; name=\"plan.pdf\"\n\nMARKER\n--b--\n";
    let mut client = client(&sekisho, "a@sumire.example.jp");
    assert_eq!(client.send_message("a@sumire.example.jp", &[HANAKO, TARO], message).unwrap().code, 250);
    let text = |address: &str| String::from_utf8_lossy(&sekisho.maildir(address).messages()[0]).into_owned();
    let (hanako, taro) = (text(HANAKO), text(TARO));
    assert!(hanako.contains("The plan is attached.") && !hanako.contains("MARKER"), "{hanako}");
    assert!(taro.contains("MARKER"), "the other recipient gets it whole: {taro}");
    assert_eq!((held(&sekisho, HANAKO), held(&sekisho, TARO)), (1, 0), "the message as it came is held");
}

#[test]
fn a_refusal_that_is_not_to_be_told_is_held() {
    let (_names, sekisho) = with_profile();
    let refuses = r#""refuse":[{"kind":"everyone"}],"refused":{"then":"refuse"}"#;
    choose(&sekisho, HANAKO, refuses);
    choose(&sekisho, TARO, &format!(r#"{refuses},"refusal_notice":false"#));
    assert_eq!(send(&sekisho, "a@sumire.example.jp", &[HANAKO], "x"), 550);
    assert_eq!(send(&sekisho, "a@sumire.example.jp", &[TARO], "x"), 250);
    assert_eq!((got(&sekisho, HANAKO), got(&sekisho, TARO)), ((0, 0), (0, 1)));
}

#[test]
fn a_number_is_reached_with_its_secret_code_only() {
    let (_names, sekisho) = with_profile();
    let number = "09012345678@shirakaba.example.jp";
    choose(&sekisho, number, r#""secret_code":"4321""#);
    assert_eq!(send(&sekisho, "a@sumire.example.jp", &[number], "x"), 550);
    assert_eq!(send(&sekisho, "a@sumire.example.jp", &["090123456784321@shirakaba.example.jp"], "x"), 250);
    assert_eq!(got(&sekisho, number), (1, 0));
    choose(&sekisho, number, "");
    assert_eq!(send(&sekisho, "a@sumire.example.jp", &[number], "x"), 250);
    assert_eq!(got(&sekisho, number), (2, 0));
}

#[test]
fn the_bulk_guard_holds_what_one_sender_sends_too_much_of_whatever_the_lists_say() {
    let (_names, sekisho) = with_profile();
    let guard = r#""conditions":{"bulk-guard":{"then":"refuse"}}"#;
    choose(&sekisho, HANAKO, &format!(r#"{guard},"receive":[{{"kind":"domain","text":"keitai.example.jp"}}]"#));
    choose(&sekisho, TARO, "");
    let club = "club@keitai.example.jp";
    assert_eq!(send(&sekisho, club, &[HANAKO], "one"), 250);
    assert_eq!(send(&sekisho, club, &[TARO], "two"), 250, "each recipient counts");
    assert_eq!(send(&sekisho, club, &[HANAKO], "three"), 550, "the third of the day");
    assert_eq!(send(&sekisho, club, &[TARO], "four"), 250, "who did not choose the guard gets it");
    assert_eq!(send(&sekisho, "other@keitai.example.jp", &[HANAKO], "five"), 250, "another sender");
    assert_eq!((got(&sekisho, HANAKO), got(&sekisho, TARO)), ((2, 0), (2, 0)));
}

#[test]
fn a_profile_that_cannot_be_is_refused_with_its_key_and_the_last_good_one_stays() {
    let (_names, sekisho) = with_profile();
    let file = sekisho.setup().folder().join("bad.toml");
    std::fs::write(&file, "[rules]\nfields = [\"form\"]\n").expect("the temporary folder can be written");
    let output = sekisho.command(&["profile", "set", &file.to_string_lossy()]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains("\"form\"") && said.contains("from"), "{said}");
    assert!(sekisho.run(&["profile", "show"]).contains("suzume"));
}
