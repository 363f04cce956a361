//! rspamd's HTTP dialect as a mail server speaks it, on the real program.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use testkit::http::{get, post};
use testkit::{NameServer, Sekisho};

use crate::house::{AGREED, HOLDS_ALL, PLAIN, SAID_NOTHING, SOON, maildirs};

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
        let of_sender = ["AUTH", "R_SPF", "R_DKIM", "DMARC", "ARC"];
        assert!(of_sender.iter().any(|start| symbol.starts_with(start)), "only who sent it is looked at: {symbol}");
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
    assert_eq!(get(sekisho.rspamd, "/nothing").unwrap().0, 404);
    assert_eq!(with("Compression: lzma\r\n").0, 400);
    assert_eq!(with("Compression: zstd\r\n").0, 400, "it is not compressed");
}

#[test]
fn a_body_that_is_too_long_or_too_short_is_told() {
    let sekisho = maildirs().start();
    let ask = |head: &str, body: &[u8]| {
        let mut stream = TcpStream::connect(sekisho.rspamd).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let mut said = Vec::new();
        stream.read_to_end(&mut said).unwrap();
        String::from_utf8_lossy(&said).into_owned()
    };
    let head = |length: &str| {
        format!("POST /checkv2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n")
    };
    assert!(ask(&head("60000000"), b"x").starts_with("HTTP/1.1 413"), "more than is taken");
    let short = ask(&head("500"), b"Subject: x\r\n\r\n");
    assert!(short.is_empty() || short.starts_with("HTTP/1.1 400"), "fewer than announced: {short}");
    assert!(ask(&head("12x"), b"x").starts_with("HTTP/1.1 400"), "no number");
    // What comes after as many octets as were announced is no part of the message; here it is no request either.
    let long = ask(&head("14"), b"Subject: x\r\n\r\nmore");
    assert!(long.starts_with("HTTP/1.1 200"), "{long}");
    assert!(!ask("GET /../etc/passwd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", b"").contains("root:"));
    let file =
        "POST /checkv2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\nFile: /etc/passwd\r\nContent-Length: 0\r\n\r\n";
    assert!(ask(file, b"").starts_with("HTTP/1.1 400"), "no file is read because a header names it");
    let (_, metrics) = get(sekisho.metrics, "/metrics").unwrap();
    assert!(metrics.contains("sekisho_transactions_total 1\n"), "one was judged: {metrics}");
}

#[test]
fn staffs_tools_read_what_was_decided_without_subjects() {
    let (_names, sekisho) = with_names();
    check(&sekisho, &format!("{PHISHER}Rcpt: {HANAKO}\r\n"), &phishing());
    let history = testkit::wait::until("row of history", SOON, || {
        let (status, body) = get(sekisho.rspamd, "/history").unwrap();
        assert_eq!(status, 200, "{body}");
        let history: Value = serde_json::from_str(&body).unwrap();
        history["rows"].as_array().is_some_and(|rows| rows.len() == 1).then_some(history)
    });
    let row = &history["rows"][0];
    assert_eq!((&row["rcpt_smtp"][0], &row["ip"]), (&HANAKO.into(), &"203.0.113.77".into()), "{row}");
    assert!(row.get("subject").is_none(), "{row}");
    let json = |path: &str| serde_json::from_str::<Value>(&get(sekisho.rspamd, path).unwrap().1).unwrap();
    let names: Vec<String> = json("/symbols")
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(|group| group["rules"].as_array().cloned().unwrap_or_default())
        .filter_map(|rule| rule["symbol"].as_str().map(str::to_owned))
        .collect();
    for name in ["R_SPF_FAIL", "R_DKIM_REJECT", "DMARC_POLICY_REJECT", "BAYES_SPAM", "LIST_REFUSE"] {
        assert!(names.iter().any(|known| known == name), "{name} in {names:?}");
    }
    let actions = json("/actions");
    assert!(actions.as_array().is_some_and(|all| all.iter().any(|one| one["action"] == "add header")), "{actions}");
}

#[test]
fn rspamc_checks_learns_and_reads_figures() {
    let Some(rspamc) = testkit::peers::find("rspamc") else { return };
    let sekisho = maildirs().start();
    sekisho.subscriber(HANAKO, HOLDS_ALL);
    let place = sekisho.rspamd.to_string();
    let run = |arguments: &[&str]| {
        let mut child = Command::new(&rspamc)
            .args(["-h", &place])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("rspamc can be started");
        child.stdin.take().expect("a pipe").write_all(PLAIN).expect("rspamc reads");
        let output = child.wait_with_output().expect("rspamc ends");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let said =
        run(&["-i", "192.0.2.10", "--helo", "mail.sumire.example.jp", "-F", "sayuri@sumire.example.jp", "-r", HANAKO]);
    assert!(said.contains("Action: add header") && said.contains("LIST_REFUSE"), "{said}");
    let packed = run(&["-z", "-i", "192.0.2.10", "-F", "sayuri@sumire.example.jp", "-r", HANAKO]);
    assert!(packed.contains("Action: add header") && packed.contains("LIST_REFUSE"), "compressed both ways: {packed}");
    assert!(run(&["learn_spam"]).contains("success = true"), "{}", run(&["learn_spam"]));
    assert!(run(&["stat"]).contains("Messages scanned: 2"), "{}", run(&["stat"]));
    assert!(run(&["uptime"]).contains("Uptime: "), "{}", run(&["uptime"]));
    sekisho.must_not_have_panicked();
}
