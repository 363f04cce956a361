//! Held mail: seen, explained, opened safely, received, deleted; and never by anybody else.

use std::sync::atomic::Ordering;

use axum::http::StatusCode;
use policy::record::AuthenticationRecord;
use store::records::junk::{JunkRow, JunkState};

use crate::house::{House, Letter, Visitor};

#[tokio::test]
async fn what_was_held_is_shown_by_kind_and_explained() {
    let house = House::new().await;
    let fraud = house.hold(&Letter::fraud(house.hanako)).await;
    house.hold(&Letter::spam(house.hanako)).await;
    let old = Letter { hours_ago: 24 * 9, subject: "古いメール", ..Letter::spam(house.hanako) };
    house.hold(&old).await;
    let hanako = house.sign_in("hanako@example.jp").await;
    let page = house.get("/held", &hanako).await.body;
    for text in [
        "詐欺(なりすまし)メール",
        "カードのご利用を一時停止",
        "みどりカード",
        "card-login.example",
        "きのう 21:00",
        "2通",
    ] {
        assert!(page.contains(text), "{text} is not on the first page");
    }
    assert!(page.find("詐欺(なりすまし)").unwrap() < page.find("本日かぎり").unwrap(), "danger comes first");
    assert!(!page.contains("古いメール"));
    assert!(house.get("/held?since=all", &hanako).await.body.contains("古いメール"));
    assert!(house.get("/held?q=%E5%8D%8A%E9%A1%8D", &hanako).await.body.contains("本日かぎり"));
    let page = house.get(&format!("/held/{}", fraud.id.0), &hanako).await.body;
    for text in ["なぜ届けなかったか", &fraud.reference.to_string(), "+4.0", "+3.5", "7.5", "www.card.example"]
    {
        assert!(page.contains(text), "{text} is not in the explanation");
    }
    assert!(!page.contains("確認してください。\n"), "the content opens only when asked");
    let taro = house.sign_in("taro@example.jp").await;
    assert!(house.get("/held", &taro).await.body.contains("届けなかったメールはありません"));
    house.close().await;
}

#[tokio::test]
async fn receiving_delivers_the_very_same_bytes_once() {
    let house = House::new().await;
    let letter = Letter::fraud(house.hanako);
    let row = house.hold(&letter).await;
    let hanako = house.sign_in("hanako@example.jp").await;
    let path = format!("/held/{}/release", row.id.0);
    house.post.is_down.store(true, Ordering::SeqCst);
    let answer = house.post(&path, &hanako, &[]).await;
    assert_eq!(answer.status, StatusCode::BAD_GATEWAY);
    assert!(answer.body.contains("メールはここに残っています"), "{}", answer.body);
    house.post.is_down.store(false, Ordering::SeqCst);
    for _ in 0..2 {
        assert_eq!(house.post(&path, &hanako, &[]).await.location(), "/held?done=released");
    }
    let delivered = house.post.delivered.lock().unwrap().clone();
    assert_eq!(delivered, [("hanako@example.jp".to_owned(), letter.raw)]);
    assert!(house.get("/held?done=released", &hanako).await.body.contains("受け取りました"));
    assert!(house.get("/held?show=released", &hanako).await.body.contains("一時停止"));
    let audit = house.records().find_audit(house.operator, None, 50, 0).await.unwrap();
    let by = format!("subscriber:{}", house.hanako.0);
    assert!(audit.iter().any(|row| row.action == "junk.release" && row.by == by && row.from == "127.0.0.1"));
    house.close().await;
}

#[tokio::test]
async fn deleted_mail_can_be_taken_back_until_it_is_erased() {
    let house = House::new().await;
    let (one, two) = (house.hold(&Letter::fraud(house.hanako)).await, house.hold(&Letter::spam(house.hanako)).await);
    let others = house.hold(&Letter { to: "taro@example.jp", ..Letter::spam(house.taro) }).await;
    let hanako = house.sign_in("hanako@example.jp").await;
    let ids = [one.id.0.to_string(), two.id.0.to_string(), others.id.0.to_string()];
    let fields: Vec<(&str, &str)> = ids.iter().map(|id| ("id", id.as_str())).collect();
    assert_eq!(house.post("/held/delete", &hanako, &fields).await.location(), "/held?done=deleted");
    let state = async |id| house.records().junk(house.operator, id).await.unwrap().unwrap().state;
    assert_eq!((state(one.id).await, state(others.id).await), (JunkState::Trash, JunkState::Held));
    house.post(&format!("/held/{}/restore", one.id.0), &hanako, &[]).await;
    assert_eq!(state(one.id).await, JunkState::Held);
    house.post(&format!("/held/{}/erase", two.id.0), &hanako, &[]).await;
    assert_eq!(state(two.id).await, JunkState::Deleted);
    let gone = house.post(&format!("/held/{}/release", two.id.0), &hanako, &[]).await;
    assert_eq!(gone.status, StatusCode::GONE);
    assert!(house.get(&format!("/held/{}", two.id.0), &hanako).await.body.contains("もうありません"));
    house.close().await;
}

#[tokio::test]
async fn nobody_reaches_anothers_mail_by_its_id() {
    let house = House::new().await;
    let row = house.hold(&Letter::fraud(house.hanako)).await;
    let taro = house.sign_in("taro@example.jp").await;
    let id = row.id.0;
    for path in ["", "?view=text", "/html", "/headers", "/sender?list=receive"] {
        let answer = house.get(&format!("/held/{id}{path}"), &taro).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(!answer.body.contains("一時停止"));
    }
    for deed in ["release", "delete", "erase", "restore", "not-spam", "spam", "sender"] {
        let answer = house.post(&format!("/held/{id}/{deed}"), &taro, &[("list", "receive")]).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{deed}");
    }
    let looked_up = house.get(&format!("/lookup?reference={}", row.reference), &taro).await;
    assert!(looked_up.body.contains("見つかりません") && !looked_up.body.contains("card-support"));
    let hanako = house.sign_in("hanako@example.jp").await;
    assert!(house.get(&format!("/lookup?reference={}", row.reference), &hanako).await.body.contains("card-support"));
    let now = house.records().junk(house.operator, row.id).await.unwrap().unwrap();
    assert_eq!(now.state, JunkState::Held);
    assert!(house.post.delivered.lock().unwrap().is_empty());
    for nonsense in ["x", "00000000-0000-0000-0000-000000000000", "%2e%2e"] {
        assert_eq!(house.get(&format!("/held/{nonsense}"), &taro).await.status, StatusCode::NOT_FOUND);
    }
    house.close().await;
}

#[tokio::test]
async fn mail_held_before_signing_in_for_the_first_time_is_found() {
    let house = House::new().await;
    house.address("old@example.jp", Some(house.taro)).await;
    let row = house.hold(&Letter { to: "old@example.jp", owner: None, ..Letter::spam(house.hanako) }).await;
    let taro = house.sign_in("taro@example.jp").await;
    assert!(house.get("/held", &taro).await.body.contains("本日かぎり"));
    assert_eq!(house.get(&format!("/held/{}", row.id.0), &taro).await.status, StatusCode::OK);
    let hanako = house.sign_in("hanako@example.jp").await;
    assert_eq!(house.get(&format!("/held/{}", row.id.0), &hanako).await.status, StatusCode::NOT_FOUND);
    house.close().await;
}

#[tokio::test]
async fn teaching_needs_consent_and_counts_for_the_person() {
    let house = House::new().await;
    let hanako = house.sign_in("hanako@example.jp").await;
    let taught = async || house.portal.services.learning.taught(house.operator, house.hanako).await.unwrap();
    let row = house.hold(&Letter::spam(house.hanako)).await;
    house.post(&format!("/held/{}/spam", row.id.0), &hanako, &[]).await;
    assert_eq!(taught().await, (0, 0), "nothing is learned without consent");
    house.post("/settings/consent", &hanako, &[("version", "0"), ("consent", "give")]).await;
    let row = house.hold(&Letter::spam(house.hanako)).await;
    assert_eq!(
        house.post(&format!("/held/{}/not-spam", row.id.0), &hanako, &[]).await.location(),
        "/held?done=not-spam"
    );
    assert_eq!(taught().await, (0, 1));
    assert_eq!(house.post.delivered.lock().unwrap().len(), 1);
    let version = house.directory.layer_of(house.operator, &owner(&house)).await.unwrap().0.to_string();
    house.post("/settings/consent", &hanako, &[("version", &version), ("consent", "withdraw")]).await;
    assert_eq!(taught().await, (0, 0), "withdrawing erases what was taught");
    house.close().await;
}

fn owner(house: &House) -> store::records::settings::SettingsOwner {
    store::records::settings::SettingsOwner::Subscriber(house.hanako)
}

#[tokio::test]
async fn a_reported_message_is_heard_at_the_door_once_for_its_address_and_its_domain() {
    let house = House::new().await;
    let proven = AuthenticationRecord {
        spf: ("pass".into(), "shop.example".into()),
        dmarc: ("pass".into(), "reject".into()),
        from: "shop.example".into(),
        proof: "proven".into(),
        ..AuthenticationRecord::default()
    };
    let row = house.hold(&Letter { authentication: Some(proven), ..Letter::spam(house.hanako) }).await;
    let unproven = house.hold(&Letter::spam(house.hanako)).await;
    let (hanako, taro) = (house.sign_in("hanako@example.jp").await, house.sign_in("taro@example.jp").await);
    let report = async |visitor: &Visitor, row: &JunkRow| {
        house.post(&format!("/held/{}/spam", row.id.0), visitor, &[]).await.status
    };
    let door = &house.portal.services.door;
    let complaints = |source: &str| {
        let source = ::door::Source::parse(source).expect("a source");
        let tally = door.memory.reputation.tally(&source, &door.settings.load().reputation, door.now());
        tally.map_or(0.0, |tally| tally.complaints)
    };
    let (ip, domain) = ("198.51.100.25", "domain:shop.example");
    assert_eq!(report(&taro, &row).await, StatusCode::NOT_FOUND);
    assert_eq!((complaints(ip), complaints(domain)), (0.0, 0.0), "somebody else's mail");
    for _ in 0..3 {
        assert_eq!(report(&hanako, &row).await, StatusCode::SEE_OTHER);
        assert_eq!((complaints(ip), complaints(domain)), (1.0, 1.0), "once, however often");
    }
    report(&hanako, &unproven).await;
    assert_eq!((complaints(ip), complaints(domain)), (2.0, 1.0), "who is not proven does not hurt the domain");
    house.close().await;
}

#[tokio::test]
async fn several_are_received_at_once_and_what_is_not_taken_stays() {
    let house = House::new().await;
    let hanako = house.sign_in("hanako@example.jp").await;
    let first = house.hold(&Letter::spam(house.hanako)).await;
    let second = house.hold(&Letter::fraud(house.hanako)).await;
    let others = house.hold(&Letter { to: "taro@example.jp", ..Letter::spam(house.taro) }).await;
    let ids = [first.id.0.to_string(), second.id.0.to_string(), others.id.0.to_string()];
    let fields = |deed: &'static str| vec![("deed", deed), ("id", &ids[0]), ("id", &ids[1]), ("id", &ids[2])];
    assert_eq!(house.post("/held/many", &hanako, &[("deed", "burn")]).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(house.post("/held/many", &hanako, &[("deed", "release")]).await.location(), "/held?done=nothing");
    house.post.is_down.store(true, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(house.post("/held/many", &hanako, &fields("release")).await.location(), "/held?done=some-kept");
    assert!(house.get("/held", &hanako).await.body.contains(&ids[0]), "what was not taken is gone");
    house.post.is_down.store(false, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(house.post("/held/many", &hanako, &fields("release")).await.location(), "/held?done=released");
    let to: Vec<String> = house.post.delivered.lock().unwrap().iter().map(|(to, _)| to.clone()).collect();
    assert_eq!(to, ["hanako@example.jp", "hanako@example.jp"], "each once, and nobody else's");
    assert_eq!(house.post("/held/many", &hanako, &fields("release")).await.location(), "/held?done=nothing");
    house.close().await;
}

#[tokio::test]
async fn the_list_is_sorted_as_chosen_and_searched() {
    let house = House::new().await;
    let hanako = house.sign_in("hanako@example.jp").await;
    for (hours_ago, subject, from_address) in
        [(5, "uno", "b@a.example"), (3, "due", "c@a.example"), (9, "tre", "a@a.example")]
    {
        house.hold(&Letter { hours_ago, subject, from_address, ..Letter::spam(house.hanako) }).await;
    }
    for (sort, expected) in [
        ("", ["due", "uno", "tre"]),
        ("newest", ["due", "uno", "tre"]),
        ("oldest", ["tre", "uno", "due"]),
        ("sender", ["tre", "uno", "due"]),
        ("leaving", ["tre", "uno", "due"]),
        ("no-such-order", ["due", "uno", "tre"]),
    ] {
        let page = house.get(&format!("/held?sort={sort}"), &hanako).await.body;
        let found = expected.map(|subject| page.find(&format!("<bdi>{subject}</bdi>")).expect(subject));
        assert!(found.is_sorted(), "{sort}: {found:?}");
    }
    let page = house.get("/held?q=due&sort=oldest", &hanako).await.body;
    assert!(page.contains("<bdi>due</bdi>") && !page.contains("<bdi>uno</bdi>"));
    house.close().await;
}

#[tokio::test]
async fn who_surely_sent_it_is_marked_and_who_pretends_is_warned_of() {
    let house = House::new().await;
    let hanako = house.sign_in("hanako@example.jp").await;
    let record = |from: &str| policy::record::AuthenticationRecord { from: from.into(), ..Default::default() };
    let proven = message::authentication::Proof::Proven;
    let shop = Letter { proof: proven, authentication: Some(record("shop.example")), ..Letter::spam(house.hanako) };
    house.hold(&shop).await;
    let page = house.get("/held", &hanako).await.body;
    assert!(page.contains("たしかに shop.example からのメールです") && !page.contains("なりすましのおそれ"), "{page}");
    // A proven domain can be a swindler's own: nothing that comforts stands beside dangerous mail.
    let swindler = Letter {
        proof: proven,
        authentication: Some(record("card-login.example")),
        findings: vec![controls::Finding::seen("url", "url-lies").worth(9.0)],
        ..Letter::fraud(house.hanako)
    };
    let row = house.hold(&swindler).await;
    for path in ["/held".to_owned(), format!("/held/{}", row.id.0)] {
        assert!(!house.get(&path, &hanako).await.body.contains("たしかに card-login.example"), "{path} comforts");
    }
    let posing = house.hold(&Letter::fraud(house.hanako)).await;
    for path in ["/held".to_owned(), format!("/held/{}", posing.id.0)] {
        assert!(house.get(&path, &hanako).await.body.contains("なりすましのおそれ"), "{path} does not warn");
    }
    house.close().await;
}
