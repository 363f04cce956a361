//! The header viewer, mail with links, selective reception, and contracts with dates.

use std::sync::Arc;

use axum::http::StatusCode;
use message::UnixMillis;
use policy::profile::Feature;
use policy::{Layer, Profile};
use portal::Options;
use portal::state::{Countries, UrlCategories};
use store::records::directory::ContractRow;
use store::records::headers::HeadersRow;
use store::records::junk::JunkState;
use store::records::settings::SettingsOwner;
use store::{Reference, SubscriberId};

use crate::house::{House, Letter, Visitor};

const DAY: i64 = 86_400_000;
const OFFER: &str = "[header_view]\ndays = 10\nmessages = 60\nreport_to = \"abuse@report.example\"\n";

async fn offer(house: &House, profile: &str) {
    let profile = Profile::from_toml(profile).unwrap();
    let (version, layer) = house.directory.layer_of(house.operator, &SettingsOwner::Operator).await.unwrap();
    let layer = Layer { profile: Some(Box::new(profile)), ..layer };
    let owner = SettingsOwner::Operator;
    house.directory.change_settings(house.operator, &owner, &layer, version, "staff", "cli", "").await.unwrap();
}

async fn own(house: &House) -> (i64, Layer) {
    house.directory.layer_of(house.operator, &SettingsOwner::Subscriber(house.hanako)).await.unwrap()
}

async fn save(house: &House, visitor: &Visitor, path: &str, fields: &[(&str, &str)]) -> StatusCode {
    let version = own(house).await.0.to_string();
    let fields: Vec<(&str, &str)> = [("version", version.as_str())].into_iter().chain(fields.iter().copied()).collect();
    house.post(path, visitor, &fields).await.status
}

async fn keep(house: &House, owner: SubscriberId, number: u8, at: UnixMillis) -> String {
    let ours = "Authentication-Results: mx.example.jp; spf=pass\r\n";
    let theirs = format!(
        "Received: from pc (pc.sumire.example [192.0.2.9]) by mail.sumire.example with ESMTP; \
         Sun, 22 Nov 2026 11:58:20 +0900\r\nFrom: Sayuri <sayuri@sumire.example>\r\n\
         Subject: <b>letter</b> {number}\r\n"
    );
    let row = HeadersRow {
        reference: Reference::from_random([number; 12]),
        operator: house.operator,
        subscriber: owner,
        at,
        ours: ours.len(),
        cut: false,
        fields: format!("{ours}{theirs}").into_bytes(),
    };
    house.records().put_headers(row.clone()).await.unwrap();
    row.reference.to_string()
}

#[tokio::test]
async fn headers_of_delivered_mail_are_kept_on_request_shown_to_their_owner_and_erased() {
    let house = House::new().await;
    let hanako = house.sign_in("hanako@example.jp").await;
    assert_eq!(house.get("/mail", &hanako).await.status, StatusCode::OK, "the shipped profile offers it");
    offer(&house, "posing = true\n").await;
    assert_eq!(house.get("/mail", &hanako).await.status, StatusCode::NOT_FOUND);
    offer(&house, OFFER).await;
    assert!(house.get("/mail", &hanako).await.body.contains("ヘッダーを保管する"));
    assert_eq!(save(&house, &hanako, "/mail/keep", &[("keep", "yes")]).await, StatusCode::SEE_OTHER);
    assert_eq!(own(&house).await.1.header_view, Some(true));
    let now = house.now();
    let mine = keep(&house, house.hanako, 1, now).await;
    let others = keep(&house, house.taro, 2, now).await;
    let old = keep(&house, house.hanako, 3, UnixMillis(now.0 - 11 * DAY)).await;
    let held = house.hold(&Letter::fraud(house.hanako)).await.reference.to_string();
    let list = house.get("/mail", &hanako).await.body;
    assert!(list.contains(&mine) && list.contains(&held), "{list}");
    assert!(
        !list.contains(&others) && !list.contains(&old),
        "somebody else's, and what is older than the profile says"
    );
    assert!(list.contains("&#60;b&#62;letter") || list.contains("&lt;b&gt;letter"), "{list}");
    for reference in [&others, &old, "nonsense"] {
        for path in ["", "/save"] {
            let answer = house.get(&format!("/mail/{reference}{path}"), &hanako).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{reference}{path}");
        }
        let answer = house.post(&format!("/mail/{reference}/forward"), &hanako, &[("agree", "1")]).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{reference}");
    }
    let file = house.get(&format!("/mail/{mine}/save"), &hanako).await;
    assert_eq!(file.headers["content-type"], "message/rfc822");
    assert!(
        file.body.starts_with("Authentication-Results: mx") && file.body.ends_with("letter</b> 1\r\n\r\n"),
        "{}",
        file.body
    );
    assert_eq!(save(&house, &hanako, "/mail/keep", &[("keep", "no")]).await, StatusCode::SEE_OTHER);
    assert!(house.records().find_headers(house.operator, house.hanako, UnixMillis(0), 9).await.unwrap().is_empty());
    assert_eq!(house.records().find_headers(house.operator, house.taro, UnixMillis(0), 9).await.unwrap().len(), 1);
    house.close().await;
}

#[tokio::test]
async fn the_path_says_what_can_be_trusted_with_countries_and_the_sender_in_words() {
    let countries = Countries(Some(Arc::new(|ip: std::net::IpAddr| {
        (ip == std::net::IpAddr::from([198, 51, 100, 25])).then(|| "JP".to_owned())
    })));
    let house = House::with(Options { secret: [7; 32], countries, ..Options::default() }).await;
    let hanako = house.sign_in("hanako@example.jp").await;
    let failing = policy::record::AuthenticationRecord {
        spf: ("softfail".into(), "card-support.example".into()),
        dmarc: ("fail".into(), "reject".into()),
        from: "card-support.example".into(),
        proof: "unproven".into(),
        ..Default::default()
    };
    let letter = Letter { authentication: Some(failing), hours_ago: 0, ..Letter::fraud(house.hanako) };
    let held = house.hold(&letter).await;
    for path in [format!("/mail/{}", held.reference), format!("/held/{}/headers", held.id.0)] {
        let page = house.get(&path, &hanako).await.body;
        for text in [
            "国: 日本",
            "わたしたちが直接確認",
            "つながりません",
            "にせものかもしれません",
            "SPF",
            "DMARC",
            "電子署名はありません",
        ] {
            assert!(page.contains(text), "{text} is not on {path}: {page}");
        }
    }
    let file = house.get(&format!("/mail/{}/save", held.reference), &hanako).await;
    assert_eq!(file.body.as_bytes(), letter.raw, "octet for octet");
    house.close().await;
}

#[tokio::test]
async fn a_message_is_passed_on_only_with_consent_and_only_what_was_agreed() {
    let house = House::new().await;
    let hanako = house.sign_in("hanako@example.jp").await;
    let letter = Letter::fraud(house.hanako);
    let held = house.hold(&letter).await;
    let path = format!("/mail/{}/forward", held.reference);
    assert!(
        house.get(&format!("/mail/{}", held.reference), &hanako).await.body.contains("国: わかりません"),
        "no table"
    );
    assert_eq!(house.post(&path, &hanako, &[("agree", "1")]).await.status, StatusCode::NOT_FOUND, "nowhere to send it");
    offer(&house, OFFER).await;
    assert_eq!(house.post(&path, &hanako, &[]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(house.reports.lock().unwrap().is_empty());
    assert_eq!(house.post(&path, &hanako, &[("agree", "1"), ("note", "変です")]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(house.post(&path, &hanako, &[("agree", "1"), ("whole", "1")]).await.status, StatusCode::SEE_OTHER);
    let reports = house.reports.lock().unwrap().clone();
    let text = |at: usize| String::from_utf8_lossy(&reports[at].raw).into_owned();
    assert_eq!(
        (reports[0].to.to_string(), reports[0].from.key()),
        ("abuse@report.example".into(), "hanako@example.jp".into())
    );
    let (headers, whole) = (text(0), text(1));
    assert!(
        headers.contains("text/rfc822-headers") && headers.contains("Message-ID: <1@card-support.example>"),
        "{headers}"
    );
    assert!(!headers.contains("card-login.example"), "the body was not agreed to: {headers}");
    assert!(whole.contains("message/rfc822") && whole.contains(&String::from_utf8_lossy(&letter.raw).into_owned()));
    let audit = house.records().find_audit(house.operator, None, 50, 0).await.unwrap();
    assert_eq!(audit.iter().filter(|row| row.action == "mail.report").count(), 2);
    house.close().await;
}

#[tokio::test]
async fn links_are_let_in_refused_or_refused_by_category_as_the_profile_offers() {
    let names = UrlCategories(Some(Arc::new(|| vec!["adult".to_owned(), "dating".to_owned()])));
    let house = House::with(Options { secret: [7; 32], url_categories: names, ..Options::default() }).await;
    let hanako = house.sign_in("hanako@example.jp").await;
    let conditions = async || own(&house).await.1.conditions.into_keys().collect::<Vec<_>>();
    let path = "/settings/links";
    assert!(house.get(path, &hanako).await.body.contains("value=\"allow\" checked"), "to begin with, all is let in");
    let listed = [("mode", "refuse-listed"), ("then", "refuse"), ("category", "adult"), ("category", "nonsense")];
    assert_eq!(save(&house, &hanako, path, &listed).await, StatusCode::SEE_OTHER);
    assert_eq!(conditions().await, ["url-category-adult"]);
    let none = [("mode", "refuse-listed"), ("then", "refuse")];
    assert_eq!(save(&house, &hanako, path, &none).await, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(save(&house, &hanako, path, &[("mode", "refuse-all"), ("then", "junk")]).await, StatusCode::SEE_OTHER);
    assert_eq!(conditions().await, ["url-present"]);
    // The page of other conditions leaves them alone.
    assert_eq!(save(&house, &hanako, "/settings/conditions", &[]).await, StatusCode::SEE_OTHER);
    assert_eq!(conditions().await, ["url-present"]);
    offer(&house, "[links]\nmodes = [\"allow\", \"refuse_listed\"]\ncategories = [\"dating\"]\n").await;
    let page = house.get(path, &hanako).await.body;
    assert!(page.contains("refuse-all\" checked"), "what was set before stays: {page}");
    assert!(page.contains("value=\"dating\"") && !page.contains("value=\"adult\""), "{page}");
    assert_eq!(save(&house, &hanako, path, &[("mode", "allow"), ("then", "junk")]).await, StatusCode::SEE_OTHER);
    let all = [("mode", "refuse-all"), ("then", "junk")];
    assert_eq!(save(&house, &hanako, path, &all).await, StatusCode::UNPROCESSABLE_ENTITY, "it is not offered any more");
    assert!(conditions().await.is_empty());
    house.close().await;
}

fn with_attachment(owner: SubscriberId) -> Letter {
    let raw = "From: <sale@shop.example>\r\nTo: hanako@example.jp\r\nSubject: plan\r\nMIME-Version: 1.0\r\n\
        Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nline one\r\nline two\r\n\
        line three\r\nline four\r\nline five\r\nline six\r\n--b\r\nContent-Type: application/pdf; name=\"plan.pdf\"\r\n\r\n\
        MARKER\r\n--b--\r\n";
    Letter { raw: raw.into(), ..Letter::spam(owner) }
}

#[tokio::test]
async fn what_is_held_is_looked_at_and_taken_without_its_attachments_and_then_whole() {
    let house = House::new().await;
    let hanako = house.sign_in("hanako@example.jp").await;
    let letter = with_attachment(house.hanako);
    let id = house.hold(&letter).await.id;
    let page = house.get(&format!("/held/{}?view=lines", id.0), &hanako).await.body;
    assert!(page.contains("line five") && !page.contains("line six") && page.contains("plan.pdf"), "{page}");
    let deed = async |deed: &str| house.post(&format!("/held/{}/{deed}", id.0), &hanako, &[]).await;
    assert_eq!(deed("release-whole").await.status, StatusCode::GONE, "it was not taken at all");
    assert_eq!(deed("release-stripped").await.location(), "/held?done=taken-without");
    deed("release-stripped").await;
    let delivered = || house.post.delivered.lock().unwrap().clone();
    assert_eq!(delivered().len(), 1, "once");
    let stripped = String::from_utf8_lossy(&delivered()[0].1).into_owned();
    assert!(stripped.contains("line six") && !stripped.contains("MARKER"), "{stripped}");
    assert!(house.get(&format!("/held/{}", id.0), &hanako).await.body.contains("添付ファイルもつけて"));
    assert_eq!(deed("release-whole").await.status, StatusCode::SEE_OTHER);
    assert_eq!(delivered()[1].1, letter.raw, "octet for octet");
    assert_eq!(deed("release-whole").await.status, StatusCode::GONE);
    let taro = house.sign_in("taro@example.jp").await;
    for deed in ["release-stripped", "release-whole"] {
        assert_eq!(house.post(&format!("/held/{}/{deed}", id.0), &taro, &[]).await.status, StatusCode::NOT_FOUND);
    }
    house.close().await;
}

#[tokio::test]
async fn a_message_being_taken_without_its_attachments_waits_again_after_a_restart() {
    let house = House::new().await;
    let row = house.hold(&with_attachment(house.hanako)).await;
    let audit = store::records::audit::AuditRow {
        id: 0,
        operator: house.operator,
        at: house.now(),
        by: "subscriber:1".into(),
        from: "127.0.0.1".into(),
        action: "junk.strip".into(),
        target: format!("junk:{}", row.id.0),
        detail: row.reference.to_string(),
    };
    house.records().audit(&audit).await.unwrap();
    let moved = house.records().move_junk(house.operator, row.id, JunkState::Held, JunkState::Releasing, house.now());
    assert!(moved.await.unwrap());
    house.portal.services.junk.resume().await.unwrap();
    assert!(house.post.delivered.lock().unwrap().is_empty(), "what nobody wanted was delivered");
    assert_eq!(house.records().junk(house.operator, row.id).await.unwrap().unwrap().state, JunkState::Held);
    house.close().await;
}

#[tokio::test]
async fn only_mail_of_named_senders_is_taken_together() {
    let house = House::new().await;
    let hanako = house.sign_in("hanako@example.jp").await;
    let named = house.hold(&Letter::spam(house.hanako)).await;
    let other = house.hold(&Letter { from_address: "x@other.example", ..Letter::fraud(house.hanako) }).await;
    let held = async |id| house.records().junk(house.operator, id).await.unwrap().unwrap().state == JunkState::Held;
    let add = [("list", "receive"), ("text", "sale@shop.example")];
    assert_eq!(save(&house, &hanako, "/settings/lists/add", &add).await, StatusCode::SEE_OTHER);
    assert_eq!(house.post("/held/release-named", &hanako, &[]).await.location(), "/held?done=nothing", "not proven");
    assert!(held(named.id).await);
    let layer = own(&house).await;
    let mut trusting = layer.1.clone();
    trusting.receive[0].even_if_unverified = true;
    let owner = SettingsOwner::Subscriber(house.hanako);
    house.directory.change_settings(house.operator, &owner, &trusting, layer.0, "x", "x", "").await.unwrap();
    assert_eq!(house.post("/held/release-named", &hanako, &[]).await.location(), "/held?done=released");
    assert!(!held(named.id).await && held(other.id).await);
    house.close().await;
}

#[tokio::test]
async fn a_contract_that_ends_keeps_the_settings_and_says_that_they_do_nothing() {
    let house = House::new().await;
    let profile = "[entitlements]\nnot_in = { \"*\" = [\"lists\", \"rules\"] }\n\
        first_months = { \"*\" = { months = 3, features = [\"lists\"] } }\n";
    offer(&house, profile).await;
    let (hanako, support) = (house.sign_in("hanako@example.jp").await, house.staff("support").await);
    let add = [("list", "refuse"), ("text", "sale@shop.example")];
    assert_eq!(save(&house, &hanako, "/settings/lists/add", &add).await, StatusCode::UNPROCESSABLE_ENTITY);
    // What cannot be saved is not asked for; the sentence says why.
    let rules = house.get("/settings/rules", &hanako).await.body;
    assert!(rules.contains("ご契約に含まれていません") && !rules.contains("/settings/keywords/add"), "{rules}");
    // Its first three months include the lists. (The program looks at its own clock: days far away.)
    let path = format!("/staff/subscribers/{}/contract", house.hanako.0);
    assert_eq!(house.post(&path, &support, &[("begins", "2098-11-01")]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(save(&house, &hanako, "/settings/lists/add", &add).await, StatusCode::SEE_OTHER);
    assert!(house.get("/settings", &hanako).await.body.contains("2099-02-01"), "until when is said");
    let settings = async || house.directory.settings_of(house.operator, Some(house.hanako)).await.unwrap();
    assert_eq!(settings().await.controls.refuse.entries().len(), 1);
    // It began long ago.
    assert_eq!(house.post(&path, &support, &[("begins", "2020-05-01")]).await.status, StatusCode::SEE_OTHER);
    let ended = settings().await;
    assert!(ended.controls.refuse.is_empty() && ended.asleep == [Feature::Lists], "it acts no more");
    assert_eq!(own(&house).await.1.refuse.len(), 1, "what was set is kept");
    let page = house.get("/settings", &hanako).await.body;
    assert!(page.contains("2020-08-01に終わりました") && page.contains("設定は残してあります"), "{page}");
    // An option of its own brings it back, for its days.
    let option = [("begins", "2020-05-01"), ("feature", "lists"), ("from", "2020-11-01"), ("until", "2098-12-31")];
    assert_eq!(house.post(&path, &support, &option).await.status, StatusCode::SEE_OTHER);
    assert_eq!(settings().await.controls.refuse.entries().len(), 1, "it acts again");
    let wrong = [("feature", "lists"), ("from", "2026-12-01"), ("until", "2026-11-01")];
    assert_eq!(house.post(&path, &support, &wrong).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let row = ContractRow { operator: house.operator, subscriber: house.taro, begins: None, options: String::new() };
    house.directory.change_contract(&row).await.unwrap();
    assert!(
        house.get(&format!("/staff/subscribers/{}", house.taro.0), &support).await.body.contains("契約とオプション")
    );
    house.close().await;
}

#[tokio::test]
async fn the_preview_tries_new_rules_on_what_is_still_there_and_says_what_is_not() {
    let house = House::new().await;
    let preset = |id: &str, text: &str| {
        format!(
            "[[presets]]\nid = \"{id}\"\nname = {{ ja = \"語\", en = \"words\" }}\nabout = {{ ja = \"語\", en = \"words\" }}\n\
             [[presets.set.keywords]]\nthen = {{ then = \"deliver\" }}\n\
             rule = {{ id = \"w\", name = \"w\", enabled = true, join = \"any\", \
             conditions = [{{ field = \"body\", kind = \"contains\", text = \"{text}\" }}] }}\n"
        )
    };
    offer(&house, &format!("{}{}", preset("meets", "Today only"), preset("misses", "not in there"))).await;
    let hanako = house.sign_in("hanako@example.jp").await;
    house.post("/settings/consent", &hanako, &[("version", "0"), ("consent", "give")]).await;
    let held = house.hold(&Letter::spam(house.hanako)).await;
    // Its content was looked at with consent.
    let (transaction, mut row) = house.records().decision(house.operator, &held.reference).await.unwrap().unwrap();
    let mut record = policy::DecisionRecord::from_json(&row.json).unwrap();
    record.basis = policy::settings::ContentBasis::Consent { at: UnixMillis(1), text: 1 };
    row.json = record.to_json();
    house.records().record(transaction, vec![row], true).await.unwrap();
    let words = portal::language::Words(policy::Language::Ja);
    let delivered = words.say1("try-delivered", "count", 1_usize);
    let unsaid = words.say2("try-unsaid", "count", 1_usize, "percent", 100_usize);
    let page = async |id: &str| house.get(&format!("/settings/try?preset={id}"), &hanako).await.body;
    let (meets, misses) = (page("meets").await, page("misses").await);
    assert!(meets.contains(&delivered), "the rule lets it in: {meets}");
    assert!(!misses.contains(&delivered) && !misses.contains(&unsaid), "it stays held, and that can be said: {misses}");
    // Once the message is gone, nobody can say.
    house.portal.services.junk.delete(house.operator, held.id, "x", "x").await.unwrap();
    assert!(page("misses").await.contains(&unsaid));
    house.close().await;
}

#[tokio::test]
async fn staff_see_settings_in_use_and_find_a_person_from_any_page() {
    let house = House::new().await;
    let (hanako, viewer) = (house.sign_in("hanako@example.jp").await, house.staff("viewer").await);
    save(&house, &hanako, "/settings/try", &[("preset", "child")]).await;
    let page = house.get("/staff/usage", &viewer).await.body;
    assert!(page.contains("<svg") && page.contains("<table>") && page.contains("子どもを守る"), "{page}");
    for path in ["/staff/charts", "/staff/subscribers", "/staff/usage"] {
        assert!(house.get(path, &viewer).await.body.contains("data-find"), "{path} has no search field");
    }
    let found = house.get("/staff?q=hanako%40example.jp", &viewer).await.body;
    assert!(found.contains(&format!("/staff/subscribers/{}", house.hanako.0)), "{found}");
    house.close().await;
}
