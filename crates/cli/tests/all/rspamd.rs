//! rspamd's HTTP dialect as a mail server speaks it, on the real program.

use serde_json::Value;
use testkit::http::{get, post};
use testkit::{NameServer, Sekisho};

use crate::house::{AGREED, PLAIN, SAID_NOTHING, maildirs};

const HANAKO: &str = "hanako@shirakaba.example.jp";
const PHISHER: &str = "IP: 203.0.113.77\r\nHelo: vps\r\nFrom: info@kakunin.example\r\n";

fn phishing() -> Vec<u8> {
    let samples = testkit::corpus::samples();
    samples.into_iter().find(|sample| sample.name.contains("card-phishing")).expect("the sample is there").message
}

fn with_names() -> (NameServer, Sekisho) {
    let server = NameServer::start("");
    let sekisho = maildirs().key("dns", "servers", &server.as_value()).start();
    (server, sekisho)
}

fn check(sekisho: &Sekisho, fields: &str, message: &[u8]) -> Value {
    let (status, body) = post(sekisho.rspamd, "/checkv2", fields, message).unwrap();
    assert_eq!(status, 200, "{body}");
    serde_json::from_str(&body).unwrap()
}

#[test]
fn a_check_without_recipient_is_judged_for_the_operator() {
    let (_names, sekisho) = with_names();
    let answer = check(&sekisho, PHISHER, &phishing());
    let score = answer["score"].as_f64().unwrap();
    let sum: f64 = answer["symbols"].as_object().unwrap().values().filter_map(|symbol| symbol["score"].as_f64()).sum();
    assert!(score >= 5.0, "{answer}");
    assert!((score - sum).abs() < 1e-6, "the score is the sum of its symbols, not rounded: {score} {sum}");
    assert_eq!(answer["action"], "add header", "{answer}");
    assert_eq!(answer["class"], "phishing");
    assert!(answer["symbols"].to_string().contains("kakunin.example"), "{answer}");
    let wanted = check(&sekisho, "IP: 192.0.2.10\r\nFrom: sayuri@sumire.example.jp\r\n", PLAIN);
    assert!(wanted["score"].as_f64().unwrap() < score, "{wanted}");
}

#[test]
fn nothing_about_content_is_said_for_who_did_not_agree() {
    let (_names, sekisho) = with_names();
    sekisho.subscriber(HANAKO, SAID_NOTHING);
    let fields = format!("{PHISHER}Rcpt: {HANAKO}\r\n");
    let answer = check(&sekisho, &fields, &phishing());
    assert_eq!(answer["action"], "no action", "{answer}");
    for symbol in answer["symbols"].as_object().unwrap().keys() {
        assert!(symbol.starts_with("AUTHENTICATION"), "only who sent it is looked at: {symbol}");
    }
    sekisho.settings(HANAKO, AGREED);
    assert_eq!(check(&sekisho, &fields, &phishing())["action"], "add header");
}

#[test]
fn teaching_changes_the_next_check_and_the_same_message_is_not_learned_twice() {
    let sekisho = maildirs().start();
    let learn = |path: &str, message: &[u8]| post(sekisho.rspamd, path, "", message).unwrap();
    for number in 0..90 {
        let spam = format!("Subject: cheap watches {number}\r\n\r\nBuy cheap watches number {number} now\r\n");
        let ham = format!("Subject: choir practice {number}\r\n\r\nWe sing song number {number} on Sunday\r\n");
        assert_eq!(learn("/learnspam", spam.as_bytes()).0, 200);
        assert_eq!(learn("/learnham", ham.as_bytes()).0, 200);
    }
    let spam = b"Subject: cheap watches\r\n\r\nBuy cheap watches now\r\n";
    let ham = b"Subject: choir practice\r\n\r\nWe sing on Sunday\r\n";
    let (spam_score, ham_score) =
        (check(&sekisho, "", spam)["score"].as_f64().unwrap(), check(&sekisho, "", ham)["score"].as_f64().unwrap());
    assert!(spam_score > ham_score + 3.0, "{spam_score} {ham_score}");
    let (status, body) = learn("/learnspam", b"Subject: cheap watches 1\r\n\r\nBuy cheap watches number 1 now\r\n");
    assert_eq!(status, 208, "{body}");
    let (status, body) = get(sekisho.rspamd, "/stat").unwrap();
    assert_eq!((status, serde_json::from_str::<Value>(&body).unwrap()["learned"].as_u64()), (200, Some(180)));
    assert_eq!(get(sekisho.rspamd, "/ping").unwrap(), (200, "pong\r\n".to_owned()));
    let (status, metrics) = get(sekisho.metrics, "/metrics").unwrap();
    assert_eq!(status, 200);
    assert!(metrics.contains("sekisho_transactions_total 2\n"), "{metrics}");
}

#[test]
fn a_wrong_password_and_wrong_headers_are_answered_clearly() {
    let sekisho = maildirs().key("rspamd", "password", "\"open sesame\"").start();
    let learn = |fields: &str| post(sekisho.rspamd, "/learnspam", fields, PLAIN).unwrap().0;
    assert_eq!(learn("Password: something else\r\n"), 403);
    assert_eq!(learn("Password: open sesame\r\n"), 200);
    let with = |fields: &str| post(sekisho.rspamd, "/checkv2", fields, PLAIN).unwrap();
    assert_eq!(with("User: a@b.example\r\nPassword: no\r\n").0, 403);
    let (status, body) = with("IP: nowhere\r\n");
    assert_eq!(status, 400);
    assert!(body.contains("IP: \\\"nowhere\\\" is not an address"), "{body}");
    assert_eq!(post(sekisho.rspamd, "/checkv2", "", b"").unwrap().0, 400, "an empty message");
}
