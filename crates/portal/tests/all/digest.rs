//! The digest (SUB-15): due by a clock of its own, told once, and links that only a press can use.

use std::sync::atomic::Ordering;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use mail_parser::{MessageParser, MimeHeaders};
use message::UnixMillis;
use policy::{Digest, Layer, Profile};
use portal::digest::links::{Deed, Link};
use portal::digest::run::{self, Looked, Round};
use portal::{CodeMessage, Options};
use store::records::junk::{JunkRow, JunkState};
use store::records::settings::SettingsOwner;
use store::{JunkId, SubscriberId};
use uuid::Uuid;

use crate::house::{Answer, House, Letter, Visitor};

const SITE: &str = "https://mail.example.jp";
const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

/// A token for a route of the table that has one.
pub(crate) fn token(house: &House, route: &str, id: &str) -> String {
    let (deed, message) = match route.starts_with("/digest/stop") {
        true => (Deed::Stop, Uuid::nil()),
        false => (Deed::Take, Uuid::parse_str(id).unwrap_or_default()),
    };
    sign(house, deed, house.hanako, message, house.now().0 + DAY)
}

/// A link that ends somebody's digest.
pub(crate) fn stop_of(house: &House, subscriber: SubscriberId) -> String {
    sign(house, Deed::Stop, subscriber, Uuid::nil(), house.now().0 + DAY)
}

fn sign(house: &House, deed: Deed, subscriber: SubscriberId, message: Uuid, expires_at: i64) -> String {
    let link = Link {
        deed,
        operator: house.operator,
        subscriber,
        message: JunkId(message),
        expires_at: UnixMillis(expires_at),
    };
    house.portal.links.sign(&link)
}

async fn house() -> House {
    House::with(Options { secret: [7; 32], url: SITE.into(), ..Options::default() }).await
}

fn daily() -> Digest {
    Digest::Every { hours: 24, at: 7, days: Vec::new(), also_empty: false }
}

async fn chooses(house: &House, who: SubscriberId, digest: Digest) {
    let owner = SettingsOwner::Subscriber(who);
    let (version, mut layer) = house.directory.layer_of(house.operator, &owner).await.unwrap();
    layer.digest = Some(digest);
    house.directory.change_settings(house.operator, &owner, &layer, version, "test", "test", "").await.unwrap();
}

async fn operator_has(house: &House, profile: &str) {
    let profile = Profile::from_toml(profile).unwrap();
    let (version, _) = house.directory.layer_of(house.operator, &SettingsOwner::Operator).await.unwrap();
    let layer = Layer { profile: Some(Box::new(profile)), ..Layer::default() };
    let owner = SettingsOwner::Operator;
    house.directory.change_settings(house.operator, &owner, &layer, version, "test", "test", "").await.unwrap();
}

async fn due(house: &House) -> Round {
    run::due(&house.portal, house.now(), 1_000, || true).await.unwrap()
}

async fn letters(house: &House) -> Vec<CodeMessage> {
    let mut letters = house.letters.lock().await;
    let mut out = Vec::new();
    while let Ok(letter) = letters.try_recv() {
        out.push(letter);
    }
    out
}

/// The digest of the next morning, of what is held for Hanako.
async fn next_morning(house: &House) -> CodeMessage {
    due(house).await;
    house.pass(DAY);
    assert_eq!(due(house).await.sent, 1);
    letters(house).await.pop().expect("a digest")
}

fn text(letter: &CodeMessage) -> String {
    let parsed = MessageParser::default().parse(&letter.raw).expect("a message");
    parsed.body_text(0).expect("a text part").into_owned()
}

fn html(letter: &CodeMessage) -> String {
    let parsed = MessageParser::default().parse(&letter.raw).expect("a message");
    parsed.body_html(0).expect("an HTML part").into_owned()
}

/// Addresses of our own pages in a text, without the site.
fn addresses(text: &str) -> Vec<String> {
    let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '<' | '>');
    text.split(SITE).skip(1).map(|rest| rest.split(ends).next().unwrap_or_default().to_owned()).collect()
}

fn taking(text: &str) -> Vec<String> {
    addresses(text).into_iter().filter(|path| path.starts_with("/digest/take/")).collect()
}

fn stopping(text: &str) -> String {
    addresses(text).into_iter().find(|path| path.starts_with("/digest/stop/")).expect("a way to stop it")
}

async fn state(house: &House, row: &JunkRow) -> JunkState {
    house.records().junk(house.operator, row.id).await.unwrap().unwrap().state
}

/// A press without a session, as the page's own form makes it.
async fn press(house: &House, path: &str, fields: &str) -> Answer {
    house.send("POST", path, &Visitor::default(), Some(fields.to_owned())).await
}

#[tokio::test]
async fn a_digest_comes_at_its_hour_and_tells_everything_once() {
    let house = house().await;
    chooses(&house, house.hanako, daily()).await;
    let fraud = house.hold(&Letter::fraud(house.hanako)).await;
    house.hold(&Letter::spam(house.hanako)).await;
    house.hold(&Letter { to: "taro@example.jp", ..Letter::spam(house.taro) }).await;
    let round = due(&house).await;
    assert_eq!((round.looked, round.sent), (2, 0), "it is noon; the next one is due at seven tomorrow");
    house.pass(19 * HOUR - 1);
    assert_eq!(due(&house).await, Round::default(), "nobody is looked at before");
    house.pass(1);
    assert_eq!(due(&house).await.sent, 1);
    let sent = letters(&house).await;
    assert_eq!(sent.len(), 1, "Taro chose none");
    let letter = &sent[0];
    assert_eq!(letter.to.to_string(), "hanako@example.jp");
    let head = String::from_utf8_lossy(&letter.raw).into_owned();
    for field in [
        "Auto-Submitted: auto-generated\r\n",
        "Precedence: bulk\r\n",
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n",
        "Message-ID: <sekisho-digest.",
        "multipart/alternative",
    ] {
        assert!(head.contains(field), "{field} is missing: {head}");
    }
    for body in [text(letter), html(letter)] {
        for part in [
            "2 通",
            "【重要】カードのご利用",
            "みどりカード",
            "info@card-support.example",
            "本日かぎり",
            "11月21日 21:00",
            "あと13日",
            "佐藤 花子",
        ] {
            assert!(body.contains(part), "{part} is missing: {body}");
        }
        assert_eq!(taking(&body).len(), 2, "one link for each message");
        assert!(!body.contains("card-login.example"), "a host of a stranger would become a link");
    }
    assert!(!html(letter).contains("<img") && !html(letter).contains("<script"));
    assert_eq!(state(&house, &fraud).await, JunkState::Held);
    house.pass(3 * DAY);
    assert_eq!(due(&house).await.sent, 0, "nothing new, no mail");
    house.hold(&Letter { hours_ago: 0, ..Letter::spam(house.hanako) }).await;
    let next = next_morning(&house).await;
    assert!(text(&next).contains("1 通") && !text(&next).contains("カードのご利用"), "{}", text(&next));
    house.close().await;
}

#[tokio::test]
async fn a_digest_is_due_until_it_was_taken_and_is_not_sent_twice() {
    let mut house = house().await;
    chooses(&house, house.hanako, daily()).await;
    house.hold(&Letter::spam(house.hanako)).await;
    due(&house).await;
    house.pass(DAY);
    // The next hop does not take it: the channel is closed.
    let closed = {
        let (_, closed) = tokio::sync::mpsc::unbounded_channel();
        std::mem::replace(&mut house.letters, tokio::sync::Mutex::new(closed))
    };
    drop(closed);
    assert_eq!(due(&house).await.again, 1);
    assert_eq!(due(&house).await, Round::default(), "not at once again");
    house.pass(5 * 60_000);
    let plan = house.records().digest(house.operator, house.hanako).await.unwrap().unwrap();
    assert_eq!(due(&house).await.again, 1);
    let later = house.records().digest(house.operator, house.hanako).await.unwrap().unwrap();
    assert_eq!((plan.due_at, plan.tries, later.tries), (later.due_at, 1, 2), "it stays the same mail");
    let untold = house.records().untold(house.operator, house.hanako, 10).await.unwrap().0;
    assert_eq!(untold, 1, "nothing is told until it was taken");
    house.close().await;
}

#[tokio::test]
async fn who_wants_it_gets_an_empty_one_and_a_bounce_of_ours_is_no_news() {
    let house = house().await;
    chooses(&house, house.taro, Digest::Every { hours: 24, at: 7, days: Vec::new(), also_empty: true }).await;
    due(&house).await;
    for _ in 0..2 {
        house.pass(DAY);
        assert_eq!(due(&house).await.sent, 1);
        assert!(text(&letters(&house).await[0]).contains("届けなかったメールはありません"));
    }
    chooses(&house, house.hanako, daily()).await;
    let raw =
        b"From: MAILER-DAEMON@example.net\r\nSubject: Undelivered\r\n\r\nMessage-ID: <sekisho-digest.1@example.jp>\r\n";
    house.hold(&Letter { from_address: "", raw: raw.to_vec(), ..Letter::spam(house.hanako) }).await;
    due(&house).await;
    house.pass(DAY);
    let round = due(&house).await;
    assert_eq!(round.sent, 1, "Taro's alone: {round:?}");
    assert_eq!(letters(&house).await[0].to.to_string(), "taro@example.jp");
    house.close().await;
}

#[tokio::test]
async fn a_scanner_that_follows_every_link_changes_nothing() {
    let house = house().await;
    chooses(&house, house.hanako, daily()).await;
    let rows = [house.hold(&Letter::fraud(house.hanako)).await, house.hold(&Letter::spam(house.hanako)).await];
    let letter = next_morning(&house).await;
    let mut all = addresses(&text(&letter));
    all.extend(addresses(&html(&letter)));
    assert!(all.len() >= 10, "{all:?}");
    for path in all.iter().chain(&all) {
        let methods: &[&str] = if path.starts_with("/digest/") { &["GET", "HEAD"] } else { &["GET"] };
        for method in methods {
            let answer = house.send(method, path, &Visitor::default(), None).await;
            assert!(answer.status.is_success() || answer.status.is_redirection(), "{method} {path}: {}", answer.status);
        }
    }
    for row in &rows {
        assert_eq!(state(&house, row).await, JunkState::Held);
    }
    assert!(house.post.delivered.lock().unwrap().is_empty());
    let layer = house.directory.layer_of(house.operator, &SettingsOwner::Subscriber(house.hanako)).await.unwrap().1;
    assert_eq!(layer.digest, Some(daily()));
    // Nor does a form of another site, or one without an origin.
    let path = &taking(&text(&letter))[0];
    for origin in ["https://evil.example", "null", ""] {
        let mut request = Request::builder().method("POST").uri(path).header("host", "mail.example.jp");
        if !origin.is_empty() {
            request = request.header("origin", origin);
        }
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let answer = house.raw(request.body(Body::from("deed=receive")).unwrap()).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{origin}");
    }
    assert!(house.post.delivered.lock().unwrap().is_empty());
    house.close().await;
}

#[tokio::test]
async fn a_press_delivers_the_very_same_bytes_and_a_second_one_says_so() {
    let house = house().await;
    chooses(&house, house.hanako, daily()).await;
    let jis = b"From: a@b.example\r\nSubject: =?ISO-2022-JP?B?GyRCNWVDTxsoQg==?=\r\nContent-Type: text/plain; charset=iso-2022-jp\r\n\r\n\x1b$B5eCO\x1b(B\r\n".to_vec();
    let sjis =
        b"From: a@b.example\r\nContent-Type: text/plain; charset=Shift_JIS\r\n\r\n\x8b\x85\x92n\x81\x60\r\n".to_vec();
    house.hold(&Letter { raw: jis.clone(), ..Letter::spam(house.hanako) }).await;
    house.hold(&Letter { raw: sjis.clone(), ..Letter::spam(house.hanako) }).await;
    let letter = next_morning(&house).await;
    let links = taking(&text(&letter));
    house.post.is_down.store(true, Ordering::SeqCst);
    assert_eq!(press(&house, &links[0], "deed=receive").await.status, StatusCode::BAD_GATEWAY);
    house.post.is_down.store(false, Ordering::SeqCst);
    for link in &links {
        let done = press(&house, link, "deed=receive").await;
        assert_eq!(done.status, StatusCode::OK, "{}", done.body);
        assert!(done.body.contains("受け取りました"));
        for again in [press(&house, link, "deed=receive").await, house.get(link, &Visitor::default()).await] {
            assert_eq!(again.status, StatusCode::GONE);
            assert!(again.body.contains("もう済んでいます"), "{}", again.body);
        }
    }
    let delivered: Vec<Vec<u8>> = house.post.delivered.lock().unwrap().iter().map(|(_, raw)| raw.clone()).collect();
    assert_eq!(delivered, [sjis, jis], "each once, the newest first, byte for byte");
    let audit = house.records().find_audit(house.operator, None, 50, 0).await.unwrap();
    let by = format!("subscriber:{}", house.hanako.0);
    assert_eq!(
        audit.iter().filter(|row| row.action == "junk.release" && row.by == by && row.detail == "delivered").count(),
        2
    );
    house.close().await;
}

#[tokio::test]
async fn receiving_always_puts_the_sender_on_the_list_where_that_is_offered() {
    let house = house().await;
    let row = house.hold(&Letter::spam(house.hanako)).await;
    let fraud = house.hold(&Letter::fraud(house.hanako)).await;
    let link = |row: &JunkRow| {
        format!("/digest/take/{}", sign(&house, Deed::Take, house.hanako, row.id.0, house.now().0 + DAY))
    };
    let receive = async || {
        let owner = SettingsOwner::Subscriber(house.hanako);
        house.directory.layer_of(house.operator, &owner).await.unwrap().1.receive
    };
    let page = house.get(&link(&fraud), &Visitor::default()).await.body;
    assert!(!page.contains("value=\"always\""), "never for what is there to deceive");
    assert_eq!(press(&house, &link(&fraud), "deed=always").await.status, StatusCode::BAD_REQUEST);
    operator_has(&house, "name = \"x\"\n[lists]\none_touch = false\n").await;
    assert!(!house.get(&link(&row), &Visitor::default()).await.body.contains("value=\"always\""));
    assert_eq!(press(&house, &link(&row), "deed=always").await.status, StatusCode::BAD_REQUEST);
    let hanako = house.sign_in("hanako@example.jp").await;
    for path in ["/held".to_owned(), format!("/held/{}", row.id.0)] {
        assert!(!house.get(&path, &hanako).await.body.contains("/sender?list="), "no one-touch button on {path}");
    }
    assert_eq!(
        house.get(&format!("/held/{}/sender?list=receive", row.id.0), &hanako).await.status,
        StatusCode::NOT_FOUND
    );
    assert!(receive().await.is_empty() && house.post.delivered.lock().unwrap().is_empty());
    operator_has(&house, "name = \"x\"\n[lists]\nreceive_most = 0\n").await;
    assert_eq!(
        press(&house, &link(&row), "deed=always").await.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "the list is full"
    );
    operator_has(&house, "name = \"x\"\n").await;
    assert!(house.get(&link(&row), &Visitor::default()).await.body.contains("value=\"always\""));
    let done = press(&house, &link(&row), "deed=always").await;
    assert!(done.status == StatusCode::OK && done.body.contains("受信リストに加えました"), "{}", done.body);
    let entries = receive().await;
    assert_eq!(
        (entries.len(), entries[0].pattern.text(), entries[0].even_if_unverified),
        (1, "sale@shop.example".into(), false)
    );
    assert_eq!(house.post.delivered.lock().unwrap().len(), 1);
    house.close().await;
}

#[tokio::test]
async fn forged_expired_and_other_peoples_links_are_refused() {
    let house = house().await;
    let row = house.hold(&Letter::spam(house.hanako)).await;
    let soon = house.now().0 + DAY;
    let good = sign(&house, Deed::Take, house.hanako, row.id.0, soon);
    let mut forged = good.clone();
    forged.replace_range(20..21, if &good[20..21] == "A" { "B" } else { "A" });
    let rows = [
        (forged, StatusCode::FORBIDDEN, "書きかえられています"),
        ("x".repeat(400), StatusCode::FORBIDDEN, "書きかえられています"),
        (good[..good.len() - 2].to_owned(), StatusCode::FORBIDDEN, "書きかえられています"),
        (sign(&house, Deed::Stop, house.hanako, row.id.0, soon), StatusCode::FORBIDDEN, "書きかえられています"),
        (sign(&house, Deed::Take, house.hanako, row.id.0, house.now().0), StatusCode::GONE, "期限が過ぎました"),
        // Signed by us, and yet the message is not this person's.
        (sign(&house, Deed::Take, house.taro, row.id.0, soon), StatusCode::GONE, "もう保管していません"),
        (sign(&house, Deed::Take, SubscriberId(999), row.id.0, soon), StatusCode::FORBIDDEN, "書きかえられています"),
    ];
    for (token, status, said) in rows {
        let path = format!("/digest/take/{token}");
        for answer in [house.get(&path, &Visitor::default()).await, press(&house, &path, "deed=receive").await] {
            assert_eq!(answer.status, status, "{path}");
            assert!(answer.body.contains(said), "{}", answer.body);
        }
    }
    let taro = house.sign_in("taro@example.jp").await;
    let support = house.staff("support").await;
    let path = format!("/digest/take/{good}");
    for other in [&taro, &support] {
        for answer in [house.get(&path, other).await, house.post(&path, other, &[("deed", "receive")]).await] {
            assert_eq!(answer.status, StatusCode::FORBIDDEN);
            assert!(answer.body.contains("別の方へのお知らせ") && !answer.body.contains("本日かぎり"));
        }
    }
    // Staff who look at her pages are somebody else all the same.
    let look = format!("/staff/subscribers/{}/look", house.hanako.0);
    house.post(&look, &support, &[("reason", "電話での依頼"), ("ground", "")]).await;
    let looked = house.get(&path, &support).await;
    assert_eq!(looked.status, StatusCode::FORBIDDEN);
    assert!(!looked.body.contains("本日かぎり"), "{}", looked.body);
    assert_eq!(state(&house, &row).await, JunkState::Held);
    let hanako = house.sign_in("hanako@example.jp").await;
    assert_eq!(house.post(&path, &hanako, &[("deed", "receive")]).await.status, StatusCode::OK, "the person herself");
    assert_eq!(state(&house, &row).await, JunkState::Released);
    let gone = house.hold(&Letter::spam(house.hanako)).await;
    house.post(&format!("/held/{}/erase", gone.id.0), &hanako, &[]).await;
    let path = format!("/digest/take/{}", sign(&house, Deed::Take, house.hanako, gone.id.0, soon));
    assert_eq!(press(&house, &path, "deed=receive").await.status, StatusCode::GONE);
    house.close().await;
}

#[tokio::test]
async fn one_press_in_the_mail_program_stops_it_and_a_visit_does_not() {
    let house = house().await;
    chooses(&house, house.hanako, daily()).await;
    house.hold(&Letter::spam(house.hanako)).await;
    let letter = next_morning(&house).await;
    let path = stopping(&text(&letter));
    let parsed = MessageParser::default().parse(&letter.raw).unwrap();
    let field = parsed.header_raw("List-Unsubscribe").unwrap_or_default();
    assert_eq!(field.split_whitespace().collect::<String>(), format!("<{SITE}{path}>"));
    let chosen = async || {
        let owner = SettingsOwner::Subscriber(house.hanako);
        house.directory.layer_of(house.operator, &owner).await.unwrap().1.digest
    };
    let page = house.get(&path, &Visitor::default()).await;
    assert!(page.status == StatusCode::OK && page.body.contains("お知らせメールを止めますか"), "{}", page.body);
    // RFC 8058 §3.2: without Origin, without a session, multipart or urlencoded; and only with this body.
    let post = async |kind: &str, body: &str| {
        let request = Request::builder().method("POST").uri(&path).header("host", "mail.example.jp");
        let request = request.header("content-type", kind).body(Body::from(body.to_owned())).unwrap();
        house.raw(request).await.status
    };
    let form = "application/x-www-form-urlencoded";
    assert_eq!(post(form, "").await, StatusCode::BAD_REQUEST);
    assert_eq!(chosen().await, Some(daily()));
    assert_eq!(post(form, "List-Unsubscribe=One-Click").await, StatusCode::OK);
    assert_eq!(chosen().await, Some(Digest::Off));
    let multipart = "--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--\r\n";
    assert_eq!(post("multipart/form-data; boundary=b", multipart).await, StatusCode::OK, "twice is no fault");
    assert!(house.get(&path, &Visitor::default()).await.body.contains("もう止めてあります"));
    house.hold(&Letter::spam(house.hanako)).await;
    house.pass(3 * DAY);
    assert_eq!(due(&house).await.sent, 0);
    let take = format!("/digest/stop/{}", taking(&text(&letter))[0].trim_start_matches("/digest/take/"));
    assert_eq!(press(&house, &take, "List-Unsubscribe=One-Click").await.status, StatusCode::FORBIDDEN);
    house.close().await;
}

#[tokio::test]
async fn a_notice_has_the_original_as_it_came_and_three_texts() {
    let house = house().await;
    let profile =
        "name = \"l\"\n[digest]\neach_message = true\noriginal_attached = true\noriginal_from_and_subject = true\n";
    operator_has(&house, profile).await;
    house.hold(&Letter::spam(house.hanako)).await;
    assert_eq!(due(&house).await.sent, 0, "off by default");
    chooses(&house, house.hanako, Digest::EachMessage).await;
    assert_eq!(due(&house).await.sent, 1);
    letters(&house).await;
    let raw = |from: &str| {
        format!("{from}Subject: \u{534a}\u{984d}\r\n\r\n\u{1b}$B5eCO\u{1b}(B .\r\n.\r\nend\r\n").into_bytes()
    };
    let rows: [(&str, &str, &str, Vec<u8>, &str); 3] = [
        (
            "さくら <a@shop.example>",
            "a@shop.example",
            "a@shop.example",
            raw("From: a@shop.example\r\n"),
            "今後も受け取るには",
        ),
        ("", "", "no-reply@example.jp", raw(""), "差出人が書かれていません"),
        ("さくら商店", "", "no-reply@example.jp", raw("From: sakura\r\n"), "メールアドレスではありません"),
    ];
    for (from, from_address, author, raw, said) in rows {
        let held = house.hold(&Letter { from, from_address, raw: raw.clone(), ..Letter::spam(house.hanako) }).await;
        assert_eq!(due(&house).await.sent, 1, "{from}");
        let letter = letters(&house).await.pop().unwrap();
        let parsed = MessageParser::default().parse(&letter.raw).unwrap();
        assert_eq!(parsed.subject(), Some("本日かぎり 全品半額のお知らせ"));
        assert_eq!(parsed.from().and_then(|from| from.first()).and_then(|one| one.address()), Some(author));
        assert!(text(&letter).contains(said), "{}", text(&letter));
        let at = letter.raw.windows(raw.len()).position(|window| window == raw).expect("the original, octet for octet");
        assert!(letter.raw[..at].ends_with(b"\r\n\r\n") && letter.raw[at + raw.len()..].starts_with(b"\r\n--"));
        let kind = parsed.attachments().next().and_then(|part| part.content_type()).map(|kind| kind.ctype().to_owned());
        assert_eq!(kind.as_deref(), Some("message"));
        let link = taking(&text(&letter)).pop().expect("a link");
        let fields = if author == from_address { "deed=always" } else { "deed=receive" };
        assert_eq!(press(&house, &link, fields).await.status, StatusCode::OK);
        assert_eq!(state(&house, &held).await, JunkState::Released);
    }
    let malware = Letter {
        class: controls::Class::Malware,
        raw: b"From: a@b.example\r\n\r\nEICAR\r\n".to_vec(),
        ..Letter::spam(house.hanako)
    };
    house.hold(&malware).await;
    due(&house).await;
    let letter = letters(&house).await.pop().unwrap();
    assert!(!letter.raw.windows(5).any(|window| window == b"EICAR"), "a dangerous file is not sent along");
    assert!(taking(&text(&letter)).is_empty());
    house.close().await;
}

#[tokio::test]
async fn the_operators_fields_and_the_persons_language_are_followed() {
    let house = house().await;
    operator_has(&house, "name = \"c\"\n[digest]\nevery_hours = [24]\nfields = [\"received_at\", \"from\"]\n").await;
    let mut row = house.records().subscriber(house.operator, house.hanako).await.unwrap().unwrap();
    row.language = "en".into();
    house.records().put_subscriber(&row).await.unwrap();
    chooses(&house, house.hanako, daily()).await;
    house.hold(&Letter::spam(house.hanako)).await;
    let letter = next_morning(&house).await;
    for body in [text(&letter), html(&letter)] {
        assert!(body.contains("Some mail was not delivered") && body.contains("sale@shop.example"), "{body}");
        assert!(!body.contains("本日かぎり") && !body.contains("Why") && !body.contains("deleted in"), "{body}");
    }
    operator_has(
        &house,
        "name = \"o\"\n[digest]\nevery_hours = [24]\nfields = [\"count\", \"headers\", \"subject\"]\n",
    )
    .await;
    house.hold(&Letter::spam(house.hanako)).await;
    let letter = next_morning(&house).await;
    let said = text(&letter);
    assert!(said.contains("1 message was") && said.contains("Message-ID: ") && said.contains("本日かぎり"), "{said}");
    assert!(!said.contains("From: さくら"), "{said}");
    house.close().await;
}

#[tokio::test]
async fn the_page_offers_saves_and_shows_what_it_would_look_like() {
    let house = house().await;
    let hanako = house.sign_in("hanako@example.jp").await;
    house.hold(&Letter { subject: "<script>alert(1)</script>", ..Letter::spam(house.hanako) }).await;
    let page = house.get("/settings/digest", &hanako).await.body;
    assert!(page.contains("1日に1回") && !page.contains("value=\"notice\""), "what is offered, and nothing else");
    let preview = house.get("/settings/digest/html", &hanako).await;
    assert!(preview.body.contains("alert(1)") && !preview.body.contains("<script"), "{}", preview.body);
    assert!(!preview.body.contains("/digest/take/"), "a preview has no links that act");
    assert!(preview.headers["content-security-policy"].to_str().unwrap().starts_with("sandbox;"));
    let fields = [("version", "0"), ("send", "24"), ("at", "9"), ("day", "1"), ("day", "3")];
    assert_eq!(house.post("/settings/digest", &hanako, &fields).await.location(), "/settings/digest?done=saved-digest");
    let (version, layer) =
        house.directory.layer_of(house.operator, &SettingsOwner::Subscriber(house.hanako)).await.unwrap();
    assert_eq!(layer.digest, Some(Digest::Every { hours: 24, at: 9, days: vec![1, 3], also_empty: false }));
    let version = version.to_string();
    let refused = house.post("/settings/digest", &hanako, &[("version", &version), ("send", "notice")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("お知らせメール"), "{}", refused.body);
    for bad in ["nonsense", "5", "-1"] {
        let answer =
            house.post("/settings/digest", &hanako, &[("version", &version), ("send", bad), ("at", "7")]).await;
        assert!(answer.status.is_client_error(), "{bad}");
    }
    // Staff who act for her set it, and see no subjects.
    let support = house.staff("support").await;
    house.post(&format!("/staff/subscribers/{}/act", house.hanako.0), &support, &[("reason", "she asked")]).await;
    assert_eq!(house.get("/settings/digest", &support).await.status, StatusCode::OK);
    assert_eq!(house.get("/settings/digest/html", &support).await.status, StatusCode::FORBIDDEN);
    let sent = run::send_now(&house.portal, house.operator, house.hanako, house.now()).await.unwrap();
    assert_eq!(sent, Some(Looked::Sent(1)));
    assert_eq!(run::send_now(&house.portal, house.operator, house.hanako, house.now()).await.unwrap(), None);
    house.close().await;
}
