//! Rows of the catalogue that no other file here has: what a subscriber chooses by the API, real messages through SMTP,
//! and what each recipient then has. (SUB-01 to 03, 05, 06, 09 to 11, 13, 20 and 22 also: choices, people, viewer; SUB-15:
//! digest; SUB-18 with a mail program: dovecot.)

use serde_json::{Value, json};
use testkit::{NameServer, Sekisho, wait};

use crate::api::Api;
use crate::house::{AGREED, SOON, held, junk, maildirs};

const HANAKO: &str = "hanako@shirakaba.example.jp";
const TARO: &str = "taro@shirakaba.example.jp";
const MIDORI: &str = "midori@shirakaba.example.jp";
const DESK: &str = "desk@shirakaba.example.jp";

const ZONE: &str = "\
sumire.example.jp TXT v=spf1 ip4:192.0.2.10 -all
sumire.example.jp MX 10 mail.sumire.example.jp
news.sumire.example.jp TXT v=spf1 ip4:192.0.2.10 -all
news.sumire.example.jp MX 10 mail.sumire.example.jp
other.example.com TXT v=spf1 ip4:192.0.2.10 -all
other.example.com MX 10 mail.other.example.com
";

fn with_names() -> (NameServer, Sekisho) {
    let server = NameServer::start(ZONE);
    let sekisho = maildirs().key("dns", "servers", &server.as_value()).start();
    (server, sekisho)
}

fn put_profile(sekisho: &Sekisho, text: &str) {
    let file = sekisho.setup().folder().join("profile.toml");
    std::fs::write(&file, text).expect("the temporary folder can be written");
    sekisho.run(&["profile", "set", &file.to_string_lossy()]);
}

/// A letter: who it is from, further fields, text.
fn letter(from: &str, fields: &str, text: &str) -> Vec<u8> {
    let subject = if fields.to_lowercase().contains("subject:") { "" } else { "Subject: hello\r\n" };
    format!(
        "From: <{from}>\r\nTo: {HANAKO}\r\n{subject}Date: Sat, 21 Nov 2026 20:14:05 +0900\r\n\
         Message-ID: <{}@test.example.jp>\r\n{fields}\r\n{text}\r\n",
        from.len() + fields.len() + text.len()
    )
    .into_bytes()
}

/// From a host that every domain of the zone names.
fn send_raw(sekisho: &Sekisho, from: &str, to: &[&str], message: &[u8]) -> u16 {
    let mut client = sekisho.client_from("192.0.2.10", "mail.sumire.example.jp");
    client.send_message(from, to, message).expect("an answer").code
}

fn send(sekisho: &Sekisho, from: &str, to: &[&str], text: &str) -> u16 {
    send_raw(sekisho, from, to, &letter(from, "", text))
}

fn got(sekisho: &Sekisho, address: &str) -> (usize, usize) {
    (sekisho.maildir(address).len(), held(sekisho, address))
}

fn delivered(sekisho: &Sekisho, address: &str, least: usize) -> Vec<String> {
    let maildir = sekisho.maildir(address);
    wait::until("messages in the Maildir", SOON, || (maildir.len() >= least).then_some(()));
    maildir.messages().iter().map(|message| String::from_utf8_lossy(message).into_owned()).collect()
}

#[test]
fn sub_01_each_way_to_write_a_sender_meets_whom_it_names_and_nobody_else() {
    let (_names, sekisho) = with_names();
    sekisho.subscriber(HANAKO, "{}");
    let hanako = Api::of(&sekisho, HANAKO);
    let senders =
        ["a@sumire.example.jp", "b@sumire.example.jp", "a@news.sumire.example.jp", "0901234567@other.example.com"];
    for (entry, expected) in [
        ("a@sumire.example.jp", [550, 250, 250, 250]),
        ("sumire.example.jp", [550, 550, 250, 250]),
        (".sumire.example.jp", [550, 550, 550, 250]),
        ("b@su", [250, 550, 250, 250]),
        ("0901234567", [250, 250, 250, 550]),
        ("*@*", [550, 550, 550, 550]),
    ] {
        let path = format!("/lists/refuse/{}", portal::forms::encode(entry));
        hanako.change("PUT", &path, &json!({"then": "refuse", "note": "x"}));
        let codes = senders.map(|from| send(&sekisho, from, &[HANAKO], "x"));
        assert_eq!(codes, expected, "{entry}");
        let listed = hanako.get("/lists?list=refuse");
        let written = listed["items"][0]["entry"].as_str().expect("it is on the list").to_owned();
        hanako.change("DELETE", &format!("/lists/refuse/{}", portal::forms::encode(&written)), &Value::Null);
    }
    assert_eq!(send(&sekisho, senders[0], &[HANAKO], "x"), 250, "the list is empty again");
}

#[test]
fn sub_01_a_receive_entry_brings_in_what_a_broader_refuse_entry_or_the_order_keeps_out() {
    let (_names, sekisho) = with_names();
    let lists = |order: &str| {
        format!(
            r#"{{"receive":[{{"kind":"address","text":"a@sumire.example.jp"}}],"refused":{{"then":"refuse"}},
            "refuse":[{{"kind":"domain","text":"sumire.example.jp"}}]{order}}}"#
        )
    };
    sekisho.subscriber(HANAKO, &lists(""));
    sekisho.subscriber(TARO, &lists(r#","order":["receive","refuse","keywords","conditions","threshold"]"#));
    assert_eq!(send(&sekisho, "a@sumire.example.jp", &[HANAKO], "x"), 550, "the refuse list goes first");
    assert_eq!(send(&sekisho, "a@sumire.example.jp", &[TARO], "x"), 250, "where the receive list goes first");
    assert_eq!(send(&sekisho, "b@sumire.example.jp", &[TARO], "x"), 550);
    assert_eq!((got(&sekisho, HANAKO), got(&sekisho, TARO)), ((0, 0), (1, 0)));
}

#[test]
fn sub_04_a_preset_and_the_answers_of_the_wizard_act_on_the_next_message() {
    let (_names, sekisho) = with_names();
    for address in [HANAKO, TARO] {
        sekisho.subscriber(address, AGREED);
    }
    let (hanako, taro) = (Api::of(&sekisho, HANAKO), Api::of(&sekisho, TARO));
    let stranger = "stranger@other.example.com";
    assert_eq!(send(&sekisho, stranger, &[HANAKO, TARO], "one"), 250);
    assert_eq!((got(&sekisho, HANAKO), got(&sekisho, TARO)), ((1, 0), (1, 0)));
    // Before it is saved it says what it would have done to that message.
    let tried = wait::until("record of the delivery", SOON, || {
        let tried = hanako.post("/settings/try", &json!({"preset": "child"}));
        (tried["all"] == 1).then_some(tried)
    });
    assert_eq!((tried["all"].as_u64(), tried["kept_back"].as_u64()), (Some(1), Some(1)), "{tried}");
    hanako.change("PUT", "/settings/preset", &json!({"preset": "child"}));
    taro.change("PUT", "/settings/preset", &json!({"answers": {"who": "adult", "unknown": "header"}}));
    assert_eq!(send(&sekisho, stranger, &[HANAKO, TARO], "the text"), 250);
    assert_eq!(got(&sekisho, HANAKO), (1, 1), "a child gets nothing of strangers");
    assert_eq!(got(&sekisho, TARO), (2, 1), "the header section, and the message is held");
    assert!(!delivered(&sekisho, TARO, 2).iter().any(|message| message.contains("the text")));
    // From one preset to another, nothing of the first stays behind.
    hanako.change("PUT", "/settings/preset", &json!({"preset": "gentle"}));
    assert_eq!(send(&sekisho, stranger, &[HANAKO], "three"), 250);
    assert_eq!(got(&sekisho, HANAKO), (2, 1));
}

const WITH_FILE: &str = "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n";
const TWO_PARTS: &str = "--b\r\nContent-Type: text/plain\r\n\r\nThe plan is attached.\r\n--b\r\n\
    Content-Type: application/pdf; name=\"plan.pdf\"\r\n\r\nMARKER\r\n--b--";

#[test]
fn sub_05_held_mail_is_read_taken_without_attachments_and_taken_of_named_senders_only() {
    let (_names, sekisho) = with_names();
    sekisho.subscriber(HANAKO, AGREED);
    let hanako = Api::of(&sekisho, HANAKO);
    hanako.change("PUT", "/settings/senders", &json!({"mode": "all-held"}));
    let with_file = letter("a@sumire.example.jp", WITH_FILE, TWO_PARTS);
    assert_eq!(send_raw(&sekisho, "a@sumire.example.jp", &[HANAKO], &with_file), 250);
    let plain = letter("stranger@other.example.com", "", "from a stranger");
    assert_eq!(send_raw(&sekisho, "stranger@other.example.com", &[HANAKO], &plain), 250);
    assert_eq!(got(&sekisho, HANAKO), (0, 2), "all mail is held");
    let ids = hanako.held();
    // The header section first, then the text.
    let headers = hanako.get(&format!("/held/{}/headers", ids[1]));
    let fields = headers["fields"].as_array().expect("fields");
    assert!(fields.iter().any(|field| field["name"] == "Subject" && field["value"] == "hello"), "{headers}");
    let content = hanako.get(&format!("/held/{}/content", ids[1]));
    assert!(content["text"].as_str().is_some_and(|text| text.contains("The plan is attached.")), "{content}");
    assert_eq!(content["attachments"], json!(["plan.pdf (application/pdf, 1 kB)"]));

    hanako.post(&format!("/held/{}/release-stripped", ids[1]), &Value::Null);
    let taken = delivered(&sekisho, HANAKO, 1).remove(0);
    assert!(taken.contains("The plan is attached.") && !taken.contains("MARKER"), "{taken}");
    hanako.post(&format!("/held/{}/release-whole", ids[1]), &Value::Null);
    delivered(&sekisho, HANAKO, 2);
    let whole = testkit::maildir::with_lf(&with_file);
    assert!(sekisho.maildir(HANAKO).messages().iter().any(|message| message.ends_with(&whole)), "the very same bytes");

    // Only of named senders.
    assert_eq!(send(&sekisho, "b@sumire.example.jp", &[HANAKO], "named"), 250);
    hanako.change("PUT", "/lists/receive/b%40sumire.example.jp", &json!({}));
    hanako.post("/held/release-named", &Value::Null);
    let all = delivered(&sekisho, HANAKO, 3);
    assert!(all.iter().any(|text| text.contains("named")) && !all.iter().any(|text| text.contains("from a stranger")));
    assert_eq!(held(&sekisho, HANAKO), 1, "the stranger's waits");
    let (status, _) = hanako.ask("DELETE", &format!("/held/{}", hanako.held()[0]), None, &Value::Null);
    assert_eq!((status, got(&sekisho, HANAKO)), (200, (3, 0)), "deleted");
}

#[test]
fn sub_08_a_message_is_passed_on_with_its_full_headers_to_the_operators_address() {
    let (_names, sekisho) = with_names();
    sekisho.subscriber(HANAKO, AGREED);
    put_profile(
        &sekisho,
        &format!("name = \"test\"\nheader_view = {{ days = 30, messages = 250, report_to = \"{DESK}\" }}\n"),
    );
    let hanako = Api::of(&sekisho, HANAKO);
    hanako.change("PUT", "/mail/keep", &json!({"keep": "yes"}));
    let trace = "Received: from pc (pc.example.net [192.0.2.77]) by mail.sumire.example.jp; Sat, 21 Nov 2026 20:14:01 +0900\r\n";
    let message = letter("a@sumire.example.jp", trace, "the body");
    assert_eq!(send_raw(&sekisho, "a@sumire.example.jp", &[HANAKO], &message), 250);
    let first = delivered(&sekisho, HANAKO, 1).remove(0);
    let reference = wait::until("delivered mail in the viewer", SOON, || {
        let listed = hanako.get("/mail");
        listed["items"][0]["reference"].as_str().map(str::to_owned)
    });
    let shown = hanako.get(&format!("/mail/{reference}"));
    assert!(shown.to_string().contains("192.0.2.77") && shown.to_string().contains("192.0.2.10"), "{shown}");
    let path = format!("/mail/{reference}/report");
    assert_eq!(hanako.ask("POST", &path, None, &json!({"agree": false})).0, 422, "not without agreement");
    hanako.post(&path, &json!({"agree": true, "note": "strange"}));
    let report = delivered(&sekisho, DESK, 1).remove(0);
    assert!(report.contains("text/rfc822-headers") && report.contains("strange"), "{report}");
    let lines = |text: &str| text.replace("\r\n", "\n");
    let section = lines(&first).split("\n\n").next().expect("a header section").to_owned();
    let section = &section[section.find("Received: from").expect("our own trace")..];
    assert!(lines(&report).contains(section), "every field as it was delivered:\n{section}\n---\n{report}");
    assert!(report.contains("pc.example.net") && !report.contains("the body"), "{report}");
}

#[test]
fn sub_12_html_mail_is_refused_for_who_asks_and_plain_mail_is_not() {
    let (_names, sekisho) = with_names();
    sekisho.subscriber(HANAKO, AGREED);
    sekisho.subscriber(TARO, AGREED);
    let hanako = Api::of(&sekisho, HANAKO);
    hanako.change("PUT", "/settings/conditions", &json!({"conditions": {"html-present": "refuse"}}));
    let html = "MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n";
    let message = letter("a@sumire.example.jp", html, "<p>Hello, this is the news of our choir.</p>");
    assert_eq!(send_raw(&sekisho, "a@sumire.example.jp", &[HANAKO], &message), 550);
    assert_eq!(send_raw(&sekisho, "a@sumire.example.jp", &[TARO], &message), 250);
    assert_eq!(send(&sekisho, "a@sumire.example.jp", &[HANAKO], "plain"), 250);
    assert_eq!((got(&sekisho, HANAKO), got(&sekisho, TARO)), ((1, 0), (1, 0)));
}

#[test]
fn sub_13_the_address_book_unused_first_and_only() {
    let (_names, sekisho) = with_names();
    let hated = r#""consent":{"given":true,"at":1700000000000,"text":1},"conditions":{"empty-body":{"then":"refuse"}}"#;
    sekisho.subscriber(HANAKO, &format!("{{{hated}}}"));
    let hanako = Api::of(&sekisho, HANAKO);
    let book = json!([{"address": "a@sumire.example.jp", "name": "Sayuri"}]);
    let codes = || {
        ["a@sumire.example.jp", "b@sumire.example.jp"]
            .map(|from| send_raw(&sekisho, from, &[HANAKO], &letter(from, "", "")))
    };
    hanako.change("PUT", "/settings/address-book", &json!({"mode": "unused", "contacts": book}));
    assert_eq!(codes(), [550, 550], "it is there and not used");
    hanako.change("PUT", "/settings/address-book", &json!({"mode": "first", "contacts": book}));
    assert_eq!(codes(), [250, 550], "who stands in it goes first");
    hanako.change("PUT", "/settings/conditions", &json!({"conditions": {}}));
    hanako.change("PUT", "/settings/address-book", &json!({"mode": "only", "contacts": book}));
    assert_eq!(codes(), [250, 250]);
    assert_eq!(got(&sekisho, HANAKO), (2, 1), "who does not stand in it is held");
}

#[test]
fn sub_14_several_things_happen_at_once_and_the_trash_gives_back_until_it_is_emptied() {
    let (_names, sekisho) = with_names();
    sekisho.subscriber(HANAKO, AGREED);
    sekisho.subscriber(TARO, AGREED);
    let (hanako, taro) = (Api::of(&sekisho, HANAKO), Api::of(&sekisho, TARO));
    hanako.change("PUT", "/settings/conditions", &json!({"conditions": {"no-x-mailer": "junk-labelled"}}));
    taro.change("PUT", "/settings/conditions", &json!({"conditions": {"no-x-mailer": "trash"}}));
    hanako.change("PUT", "/settings/days", &json!({"days": 28}));
    let from = "a@sumire.example.jp";
    let message = letter(from, "", "shall we walk on Sunday");
    assert_eq!(send_raw(&sekisho, from, &[HANAKO, TARO], &message), 250);
    let told = hanako.get("/held");
    let row = &told["items"][0];
    let day = |name: &str| row[name].as_str().and_then(|at| at.parse::<jiff::Timestamp>().ok()).expect("a time");
    let waits = day("expires_at").duration_since(day("held_at"));
    assert_eq!((waits.as_secs() + 1_800) / 3_600, 28 * 24, "{row}");
    // Held with a label and as it came: what is taken has the label.
    hanako.post(&format!("/held/{}/release", row["id"].as_str().expect("an id")), &Value::Null);
    let taken = delivered(&sekisho, HANAKO, 1).remove(0);
    assert!(taken.contains("shall we walk on Sunday"), "{taken}");
    assert_eq!(got(&sekisho, TARO), (0, 0), "thrown away");
    let trash = taro.get("/held?show=trash");
    let id = trash["items"][0]["id"].as_str().expect("it lies in the trash").to_owned();
    taro.post(&format!("/held/{id}/restore"), &Value::Null);
    taro.post(&format!("/held/{id}/release"), &Value::Null);
    delivered(&sekisho, TARO, 1);
    let whole = testkit::maildir::with_lf(&message);
    assert!(sekisho.maildir(TARO).messages()[0].ends_with(&whole), "the very same bytes");
}

/// A rule as the API takes it.
fn rule(join: &str, then: &str, conditions: &[(&str, &str, &str)]) -> Value {
    let conditions: Vec<Value> = conditions
        .iter()
        .map(|(field, kind, text)| match field.strip_prefix("header:") {
            Some(header) => json!({"field": "header", "header": header, "kind": kind, "text": text}),
            None => json!({"field": field, "kind": kind, "text": text}),
        })
        .collect();
    json!({"name": "r", "join": join, "conditions": conditions, "then": then})
}

#[test]
fn sub_16_keyword_rules_look_where_they_say_are_joined_ordered_and_see_through_disguises() {
    let (_names, sekisho) = with_names();
    sekisho.subscriber(HANAKO, AGREED);
    let hanako = Api::of(&sekisho, HANAKO);
    let from = "a@sumire.example.jp";
    let try_one = |rule: &Value, fields: &str, text: &str| {
        hanako.change("POST", "/rules", rule);
        let code = send_raw(&sekisho, from, &[HANAKO], &letter(from, fields, text));
        let id = hanako.get("/rules")["items"][0]["rule"]["id"].as_str().expect("an id").to_owned();
        hanako.change("DELETE", &format!("/rules/{id}"), &Value::Null);
        code
    };
    let one = |field: &str, kind: &str, text: &str| rule("all", "refuse", &[(field, kind, text)]);
    for (field, kind, text, fields, body, expected) in [
        ("subject", "contains", "lottery", "Subject: the lottery of today\r\n", "x", 550),
        ("subject", "contains", "lottery", "Subject: nothing\r\n", "the lottery of today", 250),
        ("subject", "prefix", "the lott", "Subject: the lottery of today\r\n", "x", 550),
        ("subject", "suffix", "the lott", "Subject: the lottery of today\r\n", "x", 250),
        ("subject", "exact", "lottery", "Subject: Lottery\r\n", "x", 550),
        ("subject", "wildcard", "l?ttery*", "Subject: lottery of today\r\n", "x", 550),
        ("body", "contains", "lottery", "", "win the lottery now", 550),
        // Disguised: full width, a zero-width joiner, spaces between, letters of another script.
        (
            "body",
            "contains",
            "lottery",
            "Content-Type: text/plain; charset=utf-8\r\n",
            "win the ｌｏｔｔｅｒｙ now",
            550,
        ),
        (
            "body",
            "contains",
            "lottery",
            "Content-Type: text/plain; charset=utf-8\r\n",
            "win the lot\u{200d}tery now",
            550,
        ),
        (
            "body",
            "contains",
            "宝くじ",
            "Content-Type: text/plain; charset=utf-8\r\n",
            "当選です 宝\u{200b}くじ です",
            550,
        ),
        ("from", "contains", "a@sumire", "", "x", 550),
        ("from-domain", "exact", "example.jp", "", "x", 550),
        ("to", "contains", "hanako", "", "x", 550),
        ("x-mailer", "contains", "blast", "X-Mailer: Blaster 3\r\n", "x", 550),
        ("header:List-Id", "contains", "choir", "List-Id: <choir.example.jp>\r\n", "x", 550),
        ("all-headers", "contains", "choir", "X-Anything: choir\r\n", "x", 550),
        ("all-headers", "contains", "choir", "", "choir", 250),
    ] {
        assert_eq!(try_one(&one(field, kind, text), fields, body), expected, "{field} {kind} {text}: {fields} {body}");
    }
    let both = [("subject", "contains", "lottery"), ("body", "contains", "win")];
    let subject = "Subject: lottery\r\n";
    assert_eq!(try_one(&rule("all", "refuse", &both), subject, "x"), 250, "all of them");
    assert_eq!(try_one(&rule("any", "refuse", &both), subject, "x"), 550, "any of them");
    // The first that fits decides; switched off or moved down it does not.
    hanako.change("POST", "/rules", &rule("all", "deliver", &[("subject", "contains", "lottery")]));
    hanako.change("POST", "/rules", &rule("all", "refuse", &[("subject", "contains", "lottery")]));
    let lottery = || send_raw(&sekisho, from, &[HANAKO], &letter(from, subject, "x"));
    assert_eq!(lottery(), 250);
    let first = hanako.get("/rules")["items"][0]["rule"]["id"].as_str().expect("an id").to_owned();
    for (deed, expected) in [("down", 550), ("up", 250), ("switch", 550), ("switch", 250)] {
        hanako.change("POST", &format!("/rules/{first}"), &json!({"deed": deed}));
        assert_eq!(lottery(), expected, "{deed}");
    }
}

#[test]
fn sub_16_a_rule_is_tried_on_mail_received_before_it_is_saved() {
    let (_names, sekisho) = with_names();
    sekisho.subscriber(HANAKO, AGREED);
    let hanako = Api::of(&sekisho, HANAKO);
    hanako.change("PUT", "/settings/senders", &json!({"mode": "all-held"}));
    let from = "a@sumire.example.jp";
    for (subject, text) in [("Subject: lottery\r\n", "one"), ("Subject: choir\r\n", "the lot\u{200d}tery again")] {
        let fields = format!("Content-Type: text/plain; charset=utf-8\r\n{subject}");
        assert_eq!(send_raw(&sekisho, from, &[HANAKO], &letter(from, &fields, text)), 250);
    }
    let met = |rule: Value| -> Vec<String> {
        let tried = hanako.post("/rules/try", &rule);
        assert_eq!(tried["all"], 2, "{tried}");
        let met = tried["met"].as_array().expect("a list").iter();
        met.map(|one| one["subject"].as_str().expect("a subject").to_owned()).collect()
    };
    assert_eq!(met(rule("all", "junk", &[("subject", "contains", "lottery")])), ["lottery"]);
    assert_eq!(met(rule("all", "junk", &[("body", "contains", "lottery")])), ["choir"]);
    assert_eq!(met(rule("all", "junk", &[("body", "contains", "nothing of that")])), [""; 0]);
    assert_eq!(hanako.get("/rules")["items"], json!([]), "nothing was saved");
}

#[test]
fn sub_16_conditions_of_form_size_and_attachment() {
    let (_names, sekisho) = with_names();
    sekisho.subscriber(HANAKO, AGREED);
    let hanako = Api::of(&sekisho, HANAKO);
    let from = "a@sumire.example.jp";
    let mailer = "X-Mailer: test\r\n";
    let japanese = "Content-Type: text/plain; charset=utf-8\r\nSubject: =?UTF-8?B?44GT44KT44Gr44Gh44Gv?=\r\n";
    let to_others = format!("From: <{from}>\r\nTo: choir@other.example.com\r\nSubject: x\r\n\r\nx\r\n");
    let no_from = format!("To: {HANAKO}\r\nSubject: x\r\n\r\nx\r\n");
    let big = "a line of text\r\n".repeat(200);
    let rows: Vec<(&str, Vec<u8>, Vec<u8>)> = vec![
        ("no-subject", letter(from, "Subject: \r\n", "x"), letter(from, "Subject: x\r\n", "x")),
        ("no-from", no_from.into_bytes(), letter(from, "", "x")),
        ("bcc-to-me", to_others.into_bytes(), letter(from, "", "x")),
        ("no-x-mailer", letter(from, "", "x"), letter(from, mailer, "x")),
        ("english-only", letter(from, "", "this is english"), letter(from, japanese, "これは日本語の文です")),
        ("empty-body", letter(from, "", ""), letter(from, "", "x")),
        ("attachment-present", letter(from, WITH_FILE, TWO_PARTS), letter(from, "", "x")),
        (
            "former-label-start",
            letter(from, "Subject: =?UTF-8?B?5pyq5om/6Ku+5bqD5ZGK4oC7IHNhbGU=?=\r\n", "x"),
            letter(from, "", "x"),
        ),
        ("size-above", letter(from, "", &big), letter(from, "", "x")),
    ];
    for (condition, meets, does_not) in rows {
        hanako.change("PUT", "/settings/conditions", &json!({"conditions": {condition: "refuse"}, "size_kb": 1}));
        assert_eq!(send_raw(&sekisho, from, &[HANAKO], &meets), 550, "{condition}");
        assert_eq!(send_raw(&sekisho, from, &[HANAKO], &does_not), 250, "{condition} is not met");
    }
}

#[test]
fn sub_04_sizes_and_the_rescue_list_stand_in_the_preview_as_they_act() {
    let (_names, sekisho) = with_names();
    sekisho.subscriber(HANAKO, AGREED);
    let preset = |id: &str, set: &str| {
        format!(
            "[[presets]]\nid = \"{id}\"\nname = {{ ja = \"x\", en = \"x\" }}\nabout = {{ ja = \"x\", en = \"x\" }}\n[presets.set]\n{set}\n"
        )
    };
    let high = "impersonation = \"high\"\nimpersonation_then = { then = \"junk\" }\n";
    let profile = format!(
        "name = \"test\"\nselective = [\"everything\", \"all_held\"]\nheader_view = {{ days = 30, messages = 250 }}\n\
         [impersonation]\nlevels = [\"off\", \"high\"]\nrescue_most = 10\nrescue_fields = [\"to\"]\n{}{}{}",
        preset("small", "size_at_most = 1024\nconditions = { size-above = { then = \"junk\" } }"),
        preset("proof", high),
        preset("rescued", &format!("{high}rescue = [{{ field = \"to\", text = \"hanako@\" }}]")),
    );
    put_profile(&sekisho, &profile);
    let hanako = Api::of(&sekisho, HANAKO);
    hanako.change("PUT", "/mail/keep", &json!({"keep": "yes"}));
    let from = "a@silent.example.net";
    for text in ["x".to_owned(), "a line of text\r\n".repeat(200)] {
        assert_eq!(send_raw(&sekisho, from, &[HANAKO], &letter(from, "", &text)), 250);
    }
    assert_eq!(got(&sekisho, HANAKO), (2, 0));
    wait::until("header sections of both", SOON, || {
        let listed = hanako.get("/mail")["items"].as_array().map_or(0, Vec::len);
        (listed == 2 && hanako.post("/settings/try", &json!({"preset": "rescued"}))["unsaid"] == 0).then_some(())
    });
    for (preset, kept_back) in [("small", 1), ("proof", 2), ("rescued", 0)] {
        let tried = hanako.post("/settings/try", &json!({"preset": preset}));
        let told = (tried["all"].as_u64(), tried["kept_back"].as_u64(), tried["unsaid"].as_u64());
        assert_eq!(told, (Some(2), Some(kept_back), Some(0)), "{preset}: {tried}");
    }
    for (preset, held_then) in [("small", 1), ("proof", 3), ("rescued", 3)] {
        hanako.change("PUT", "/settings/preset", &json!({"preset": preset}));
        for text in ["x".to_owned(), "a line of text\r\n".repeat(200)] {
            assert_eq!(send_raw(&sekisho, from, &[HANAKO], &letter(from, "", &text)), 250);
        }
        assert_eq!(held(&sekisho, HANAKO), held_then, "{preset} does what the preview said");
    }
}

#[test]
fn sub_17_held_mail_that_is_surely_from_its_sender_is_marked_and_posing_is_warned_of() {
    let (_names, sekisho) = with_names();
    sekisho.subscriber(HANAKO, AGREED);
    let hanako = Api::of(&sekisho, HANAKO);
    hanako.change("PUT", "/settings/posing", &json!({"level": "high", "then": "junk"}));
    hanako.change("PUT", "/settings/senders", &json!({"mode": "all-held"}));
    let from = "a@sumire.example.jp";
    assert_eq!(send(&sekisho, from, &[HANAKO], "true"), 250);
    let mut forger = sekisho.client_from("198.51.100.7", "vps.test");
    assert_eq!(forger.send_message(from, &[HANAKO], &letter(from, "", "forged")).expect("an answer").code, 250);
    let told = hanako.get("/held");
    let marks: Vec<(Value, Value)> = told["items"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|item| (item["surely_from"].clone(), item["posing"].clone()))
        .collect();
    assert_eq!(marks, [(Value::Null, json!(true)), (json!("sumire.example.jp"), json!(false))], "{told}");
}

#[test]
fn sub_18_reported_as_spam_or_not_it_teaches_its_owner_and_goes_where_it_belongs() {
    let (_names, sekisho) = with_names();
    sekisho.subscriber(HANAKO, AGREED);
    let hanako = Api::of(&sekisho, HANAKO);
    hanako.change("PUT", "/settings/senders", &json!({"mode": "all-held"}));
    let from = "a@sumire.example.jp";
    for text in ["a letter of the choir", "win the lottery"] {
        assert_eq!(send(&sekisho, from, &[HANAKO], text), 250);
    }
    let ids = hanako.held();
    hanako.post(&format!("/held/{}/not-spam", ids[1]), &Value::Null);
    hanako.post(&format!("/held/{}/spam", ids[0]), &Value::Null);
    assert!(delivered(&sekisho, HANAKO, 1)[0].contains("a letter of the choir"));
    assert_eq!(hanako.get("/held?show=trash")["items"][0]["id"], json!(ids[0]));
    // It is learned already, for her; for nobody else.
    sekisho.subscriber(TARO, AGREED);
    for (label, text) in [("ham", "a letter of the choir"), ("spam", "win the lottery")] {
        let file = sekisho.setup().folder().join(format!("{label}.eml"));
        std::fs::write(&file, letter(from, "", text)).expect("the temporary folder can be written");
        let learn = |person: &str| sekisho.run(&["learn", label, "--for", person, &file.to_string_lossy()]);
        assert!(learn(HANAKO).starts_with("1 already"), "{label}: {}", learn(HANAKO));
        assert!(learn(TARO).starts_with("1 new"), "{label}");
    }
}

#[test]
fn sub_19_the_threshold_that_a_person_chooses_decides_for_that_person() {
    let (_names, sekisho) = with_names();
    for address in [HANAKO, TARO, MIDORI] {
        sekisho.subscriber(address, AGREED);
    }
    let phishing = testkit::corpus::samples().into_iter().find(|sample| sample.name.contains("card-phishing"));
    let message = phishing.expect("the sample is there").message;
    for (address, points) in [(HANAKO, 1.0), (TARO, 100.0)] {
        Api::of(&sekisho, address).change("PUT", "/settings/level", &json!({"level": "own", "points": points}));
    }
    Api::of(&sekisho, MIDORI).change("PUT", "/settings/level", &json!({"level": "standard"}));
    let mut client = sekisho.client_from("203.0.113.77", "vps");
    let reply = client.send_message("info@kakunin.example", &[HANAKO, TARO, MIDORI], &message).expect("an answer");
    assert_eq!(reply.code, 250);
    assert_eq!([HANAKO, TARO, MIDORI].map(|address| got(&sekisho, address)), [(0, 1), (1, 0), (0, 1)]);
    let explained = sekisho.run(&["explain", &junk(&sekisho, HANAKO)[0].reference, "--language", "en"]);
    assert!(explained.contains("1.0"), "the explanation names the person's own threshold: {explained}");
}

#[test]
fn sub_21_from_one_held_message_its_sender_is_received_or_refused_from_then_on() {
    let (_names, sekisho) = with_names();
    sekisho.subscriber(HANAKO, AGREED);
    let hanako = Api::of(&sekisho, HANAKO);
    hanako.change("PUT", "/settings/conditions", &json!({"conditions": {"no-x-mailer": "junk"}}));
    let (wanted, unwanted) = ("a@sumire.example.jp", "a@other.example.com");
    for from in [wanted, unwanted] {
        assert_eq!(send(&sekisho, from, &[HANAKO], "one"), 250);
    }
    let ids = hanako.held();
    for (id, list, sender) in [(&ids[1], "receive", wanted), (&ids[0], "refuse", unwanted)] {
        let offered = hanako.get(&format!("/held/{id}/sender?list={list}"));
        let choices = offered["choices"].as_array().expect("choices");
        assert!(choices.iter().any(|choice| choice["sender"] == sender), "{offered}");
        let path = format!("/held/{id}/sender");
        hanako.change("POST", &path, &json!({"list": list, "sender": sender, "proof": "proven"}));
    }
    let before = got(&sekisho, HANAKO);
    assert_eq!(send(&sekisho, wanted, &[HANAKO], "two"), 250);
    assert_eq!(got(&sekisho, HANAKO), (before.0 + 1, before.1), "delivered");
    let code = send(&sekisho, unwanted, &[HANAKO], "two");
    assert_eq!(got(&sekisho, HANAKO).0, before.0 + 1, "refused or thrown away ({code})");
}
