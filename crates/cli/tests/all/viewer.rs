//! The header viewer, mail with links, selective reception and contracts on the real program: real messages through SMTP,
//! and what each recipient then has.

use std::path::Path;

use store::records::directory::ContractRow;
use store::records::headers::HeadersRow;
use store::{Embedded, Records as _};
use testkit::{NameServer, Sekisho};

use crate::house::{SOON, held, maildirs};

const HANAKO: &str = "hanako@shirakaba.example.jp";
const TARO: &str = "taro@shirakaba.example.jp";
const MIDORI: &str = "midori@shirakaba.example.jp";

const ZONE: &str = "\
sumire.example.jp TXT v=spf1 ip4:192.0.2.10 -all
sumire.example.jp MX 10 mail.sumire.example.jp
shirakaba.example.jp TXT v=spf1 ip4:192.0.2.10 -all
shirakaba.example.jp MX 10 mail.shirakaba.example.jp
keitai.example.jp TXT v=spf1 ip4:192.0.2.10 -all
keitai.example.jp MX 10 mail.keitai.example.jp
";

const PROFILE: &str = r#"
name = "test"
header_view = { days = 30, messages = 250 }
selective = ["everything", "named_else_held"]
[links]
internet_only = true
[[kinds]]
id = "suzume"
name = { ja = "すずめ", en = "Suzume" }
domains = ["keitai.example.jp"]
[entitlements]
not_in = { "*" = ["rules"] }
"#;

const AGREED: &str = r#""consent":{"given":true,"at":1700000000000,"text":1}"#;

fn with_profile(more: impl FnOnce(testkit::Setup) -> testkit::Setup) -> (NameServer, Sekisho) {
    let server = NameServer::start(ZONE);
    let sekisho = more(maildirs().key("dns", "servers", &server.as_value())).start();
    sekisho.subscriber(HANAKO, "{}");
    let file = sekisho.setup().folder().join("profile.toml");
    std::fs::write(&file, PROFILE).expect("the temporary folder can be written");
    sekisho.run(&["profile", "set", &file.to_string_lossy()]);
    (server, sekisho)
}

fn send(sekisho: &Sekisho, from: &str, to: &[&str], body: &str) -> u16 {
    let message = format!(
        "Received: from pc (pc.example.net [192.0.2.77]) by mail.sumire.example.jp; Sat, 21 Nov 2026 20:14:01 +0900\n\
         From: <{from}>\nTo: {HANAKO}\nSubject: hello\nX-Spam-Flag: YES\n\n{body}\n"
    );
    let mut client = sekisho.client_from("192.0.2.10", "mail.sumire.example.jp");
    client.send_message(from, to, message.as_bytes()).expect("an answer").code
}

/// What is in a data folder that nobody has open.
fn in_store<T>(data: &Path, run: impl AsyncFnOnce(&Embedded) -> T) -> T {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let embedded = Embedded::open(data).await.expect("the data folder can be opened");
        let done = run(&embedded).await;
        embedded.close().await.expect("the data folder can be closed");
        done
    })
}

async fn kept(embedded: &Embedded, login: &str) -> Vec<HeadersRow> {
    let records = &embedded.records;
    let operator = records.operators().await.expect("operators can be read")[0].id;
    let person = records.subscriber_by_login(operator, login).await.expect("it can be read").expect("there is one");
    records.find_headers(operator, person.id, message::UnixMillis(0), 100).await.expect("they can be read")
}

#[test]
fn header_sections_are_kept_for_who_asked_and_for_nobody_else() {
    let (_names, mut sekisho) = with_profile(|setup| setup);
    let asks = format!("{{{AGREED},\"header_view\":true}}");
    sekisho.subscriber(HANAKO, &asks);
    sekisho.subscriber(TARO, "{}");
    assert_eq!(send(&sekisho, "a@sumire.example.jp", &[HANAKO, TARO], "the body"), 250);
    assert_eq!(send(&sekisho, "somebody@shirakaba.example.jp", &[HANAKO], "own network"), 250);
    assert_eq!((sekisho.maildir(HANAKO).len(), sekisho.maildir(TARO).len()), (2, 1));
    let delivered = sekisho.maildir(HANAKO).messages();
    assert!(sekisho.stop(SOON));
    let data = sekisho.setup().folder().join("data");
    let (hanako, taro) = in_store(&data, async |embedded| (kept(embedded, HANAKO).await, kept(embedded, TARO).await));
    assert_eq!((hanako.len(), taro.len()), (1, 0), "not for who did not ask, and not of the own network");
    let text = String::from_utf8_lossy(&hanako[0].fields).into_owned();
    assert!(text.contains("Subject: hello") && !text.contains("the body") && !text.contains("X-Spam-Flag"), "{text}");
    let ours = String::from_utf8_lossy(&hanako[0].fields[..hanako[0].ours]).into_owned();
    assert!(
        ours.contains("Received: from") && ours.contains("192.0.2.10") && !ours.contains("pc.example.net"),
        "{ours}"
    );
    // What is kept is what was delivered, octet for octet.
    let whole = |message: &Vec<u8>| {
        String::from_utf8_lossy(message).replace("\r\n", "\n").contains(&text.replace("\r\n", "\n"))
    };
    assert!(delivered.iter().any(whole), "{text}");
}

#[test]
fn links_are_let_in_refused_or_refused_by_category() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let list = folder.path().join("adult.txt");
    std::fs::write(&list, "adult.example.com\n").expect("a list");
    let (_names, sekisho) =
        with_profile(|setup| setup.key("links", "lists", &format!("[\"adult={}\"]", list.display())));
    let refuses = |reason: &str| format!("{{{AGREED},\"conditions\":{{\"{reason}\":{{\"then\":\"refuse\"}}}}}}");
    sekisho.subscriber(HANAKO, &refuses("url-category-adult"));
    sekisho.subscriber(TARO, &format!("{{{AGREED}}}"));
    sekisho.subscriber(MIDORI, &refuses("url-present"));
    let (listed, other) = ("see https://www.adult.example.com/page", "see https://www.sumire.example.jp/page");
    let from = "a@sumire.example.jp";
    let each = |body: &str| [HANAKO, TARO, MIDORI].map(|to| send(&sekisho, from, &[to], body));
    assert_eq!(each(listed), [550, 250, 550]);
    assert_eq!(each(other), [250, 250, 550]);
    assert_eq!(each("no link"), [250, 250, 250]);
    // Only mail from the Internet is looked at.
    assert_eq!(send(&sekisho, "a@keitai.example.jp", &[HANAKO, MIDORI], listed), 250);
    assert_eq!([HANAKO, TARO, MIDORI].map(|address| sekisho.maildir(address).len()), [3, 3, 2]);
}

#[test]
fn of_people_who_are_not_named_everything_waits() {
    let (_names, sekisho) = with_profile(|setup| setup);
    let named = r#"{"receive":[{"kind":"address","text":"a@sumire.example.jp"}],"conditions":{"sender-unlisted":{"then":"junk"}}}"#;
    sekisho.subscriber(HANAKO, named);
    sekisho.subscriber(TARO, "{}");
    assert_eq!(send(&sekisho, "a@sumire.example.jp", &[HANAKO, TARO], "x"), 250);
    assert_eq!(send(&sekisho, "b@sumire.example.jp", &[HANAKO, TARO], "y"), 250);
    assert_eq!((sekisho.maildir(HANAKO).len(), held(&sekisho, HANAKO)), (1, 1));
    assert_eq!((sekisho.maildir(TARO).len(), held(&sekisho, TARO)), (2, 0));
}

#[test]
fn what_a_contract_included_for_a_time_does_not_act_when_it_ends_and_acts_again_with_an_option() {
    let (_names, mut sekisho) = with_profile(|setup| setup);
    let rule = r#"{"consent":{"given":true,"at":1700000000000,"text":1},"keywords":[{"rule":{"id":"w","name":"w",
        "enabled":true,"join":"any","conditions":[{"field":"subject","kind":"contains","text":"hello"}]},
        "then":{"then":"refuse"}}]}"#;
    sekisho.subscriber(HANAKO, rule);
    let code = |sekisho: &Sekisho| send(sekisho, "a@sumire.example.jp", &[HANAKO], "x");
    assert_eq!(code(&sekisho), 550, "a change of the profile ends nothing");
    for (options, expected) in [(r#"{"rules":{"until":1}}"#, 250), (r#"{"rules":{"from":0}}"#, 550)] {
        assert!(sekisho.stop(SOON));
        let data = sekisho.setup().folder().join("data");
        in_store(&data, async |embedded| {
            let records = &embedded.records;
            let operator = records.operators().await.expect("operators can be read")[0].id;
            let person = records.subscriber_by_login(operator, HANAKO).await.expect("it can be read");
            let subscriber = person.expect("there is one").id;
            let row = ContractRow { operator, subscriber, begins: None, options: options.to_owned() };
            records.put_contract(&row).await.expect("it can be written");
        });
        sekisho.start_again();
        assert_eq!(code(&sekisho), expected, "{options}");
    }
    assert_eq!(sekisho.maildir(HANAKO).len(), 1);
}
