//! Staff: finding and explaining, secrecy of what is closed, acting for a person, lists in and out.

use axum::http::StatusCode;
use store::records::settings::SettingsOwner;

use crate::house::{House, Letter};

#[tokio::test]
async fn a_decision_is_found_by_what_was_pasted_and_shows_its_journey_without_the_subject() {
    let house = House::new().await;
    let row = house.hold(&Letter::fraud(house.hanako)).await;
    house.hold(&Letter { to: "taro@example.jp", ..Letter::spam(house.taro) }).await;
    let viewer = house.staff("viewer").await;
    let found = house.get(&format!("/staff?q={}", row.reference.as_str().to_lowercase()), &viewer).await;
    assert_eq!(found.location(), format!("/staff/decision/{}", row.reference));
    for text in ["hanako@example.jp", "info@card-support.example", "198.51.100.25", "2026-11-21 21:00", "2026-11-21"] {
        let page = house.get(&format!("/staff?q={}", crate::house::encode(text)), &viewer).await.body;
        assert!(page.contains(&row.reference.to_string()), "{text} does not find it");
    }
    let page = house.get(&format!("/staff?q={}", crate::house::encode("10:00")), &viewer).await.body;
    assert!(!page.contains(&row.reference.to_string()));
    let live = house.get("/staff", &viewer).await.body;
    assert!(!live.contains("一時停止"), "a subject stands open in the list");
    let page = house.get(&format!("/staff/decision/{}", row.reference), &viewer).await.body;
    for text in ["198.51.100.25", "mail.card-support.example", "+4.0", "hanako@example.jp"] {
        assert!(page.contains(text), "{text} is missing on the journey");
    }
    for closed in ["一時停止", "みどりカード", "taro@example.jp", "card-login.example"] {
        assert!(!page.contains(closed), "{closed} is shown");
    }
    let what_if = house.get(&format!("/staff/decision/{}?threshold=50", row.reference), &viewer).await.body;
    assert!(what_if.contains("しきい値が 50.0 なら"), "no what-if");
    house.close().await;
}

#[tokio::test]
async fn content_opens_on_a_recorded_ground_only_and_the_subscriber_sees_it() {
    let house = House::new().await;
    let row = house.hold(&Letter::fraud(house.hanako)).await;
    let (viewer, support) = (house.staff("viewer").await, house.staff("support").await);
    let path = format!("/staff/decision/{}", row.reference);
    for part in ["content", "html"] {
        assert_eq!(house.get(&format!("{path}/{part}"), &support).await.status, StatusCode::FORBIDDEN);
    }
    let fields = [("ground", "asked"), ("reason", "電話での依頼 TK-1024")];
    assert_eq!(house.post(&format!("{path}/ground"), &viewer, &fields).await.status, StatusCode::FORBIDDEN);
    for bad in [[("ground", ""), ("reason", "電話での依頼")], [("ground", "asked"), ("reason", "x")]] {
        assert_eq!(
            house.post(&format!("{path}/ground"), &support, &bad).await.status,
            StatusCode::UNPROCESSABLE_ENTITY
        );
    }
    assert_eq!(house.post(&format!("{path}/ground"), &support, &fields).await.status, StatusCode::SEE_OTHER);
    assert!(house.get(&format!("{path}/content"), &support).await.body.contains("一時停止"));
    // What findings quote of the content opens with it.
    assert!(house.get(&path, &support).await.body.contains("card-login.example"));
    assert!(!house.get(&path, &viewer).await.body.contains("card-login.example"));
    // It opens for who recorded it, and for an hour.
    let admin = house.staff("admin").await;
    assert_eq!(house.get(&format!("{path}/content"), &admin).await.status, StatusCode::FORBIDDEN);
    let hanako = house.sign_in("hanako@example.jp").await;
    assert!(house.get("/held", &hanako).await.body.contains("担当者が、記録した根拠にもとづいて"));
    let history = house.get("/settings/history", &hanako).await.body;
    assert!(
        history.contains("TK-1024") && history.contains("利用者本人の依頼") && !history.contains("asked"),
        "{history}"
    );
    let taro = house.sign_in("taro@example.jp").await;
    assert!(!house.get("/held", &taro).await.body.contains("記録した根拠にもとづいて"));
    house.pass(61 * 60_000);
    let support = house.staff("support").await;
    assert_eq!(house.get(&format!("{path}/content"), &support).await.status, StatusCode::FORBIDDEN);
    house.close().await;
}

#[tokio::test]
async fn acting_for_a_person_needs_a_reason_and_touches_settings_only() {
    let house = House::new().await;
    house.hold(&Letter::fraud(house.hanako)).await;
    let support = house.staff("support").await;
    assert_eq!(house.get("/settings", &support).await.status, StatusCode::FORBIDDEN);
    let act = format!("/staff/subscribers/{}/act", house.hanako.0);
    assert_eq!(house.post(&act, &support, &[("reason", "x")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(house.post(&act, &support, &[("reason", "電話 TK-77")]).await.location(), "/settings?done=acting");
    let page = house.get("/settings", &support).await.body;
    assert!(page.contains("佐藤 花子 さんの代わりに") && page.contains("TK-77"));
    assert_eq!(house.get("/held", &support).await.status, StatusCode::FORBIDDEN);
    let answer = house.post("/settings/level", &support, &[("version", "0"), ("level", "gentle")]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let owner = SettingsOwner::Subscriber(house.hanako);
    let stored = house.records().settings(house.operator, &owner).await.unwrap().unwrap();
    assert!(stored.by.starts_with("staff:") && stored.note.contains("TK-77"));
    let hanako = house.sign_in("hanako@example.jp").await;
    assert!(house.get("/settings/history", &hanako).await.body.contains("TK-77"));
    house.post("/staff/stop-acting", &support, &[]).await;
    assert_eq!(house.get("/settings", &support).await.status, StatusCode::FORBIDDEN);
    house.close().await;
}

#[tokio::test]
async fn a_list_is_imported_whole_or_not_at_all() {
    let house = House::new().await;
    let admin = house.staff("admin").await;
    let import = async |text: &str| house.post("/staff/subscribers/import", &admin, &[("text", text)]).await;
    let count = async || house.records().count_subscribers(house.operator).await.unwrap();
    let before = count().await;
    let bad = "login,name,language,addresses\n\
               good@example.jp,Good,ja,\n\
               not-an-address,Bad,ja,\n\
               x@elsewhere.example,Bad,ja,\n\
               y@example.jp,Bad,fr,\n\
               good@example.jp,Twice,ja,\n\
               z@example.jp,Bad,ja,taro@example.jp\n";
    let answer = import(bad).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    for (line, column) in [(3, "login"), (4, "login"), (5, "language"), (6, "login"), (7, "addresses")] {
        let row = format!("<td class=\"n\">{line}</td><td><code>{column}</code></td>");
        assert!(answer.body.contains(&row), "no fault at line {line}, column {column}");
    }
    assert_eq!(count().await, before, "something of a faulty list was kept");
    assert!(import("name\nx\n").await.body.contains("login の列がありません"));
    let good = "login,name,group,language,addresses,aliases\n\
                ichiro@example.jp,\"=HYPERLINK(\"\"https://evil.example\"\")\",home,ja,second@example.jp,one@example.jp;two@example.jp\n\
                hanako@example.jp,佐藤 花子,,ja,,\n";
    let answer = import(good).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(count().await, before + 1);
    // A known person keeps the password.
    house.sign_in("hanako@example.jp").await;
    let csv = house.get("/staff/subscribers.csv", &admin).await;
    assert_eq!(csv.headers["content-type"], "text/csv; charset=utf-8");
    assert!(csv.body.contains("\"'=HYPERLINK("), "a formula stands in the export: {}", csv.body);
    assert!(csv.body.contains("second@example.jp,one@example.jp;two@example.jp"));
    // What was exported can be imported again and changes nothing.
    let again = csv.body.trim_start_matches('\u{feff}');
    assert_eq!(import(again).await.status, StatusCode::OK);
    assert_eq!(count().await, before + 1);
    let name = house.records().subscriber_by_login(house.operator, "ichiro@example.jp").await.unwrap().unwrap().name;
    assert!(name.starts_with("=HYPERLINK"), "{name}");
    house.close().await;
}

#[tokio::test]
async fn defaults_are_the_operators_and_leave_peoples_own_settings() {
    let house = House::new().await;
    let admin = house.staff("admin").await;
    let hanako = house.sign_in("hanako@example.jp").await;
    house.post("/settings/level", &hanako, &[("version", "0"), ("level", "gentle")]).await;
    let all =
        ["changeable-any-time", "same-terms-otherwise", "scope-is-limited", "typically-agreeable", "told-beforehand"];
    let mut fields = vec![("version", "0"), ("threshold", "7"), ("retention", "28"), ("label", "[SPAM]")];
    fields.extend(all[..4].iter().map(|name| (*name, "1")));
    assert_eq!(house.post("/staff/defaults", &admin, &fields).await.status, StatusCode::SEE_OTHER);
    let settings = async |person| house.directory.settings_of(house.operator, Some(person)).await.unwrap();
    assert!(!settings(house.taro).await.content_allowed, "four of five conditions are not enough");
    let version = house.directory.layer_of(house.operator, &SettingsOwner::Operator).await.unwrap().0.to_string();
    fields[0].1 = &version;
    fields.push((all[4], "1"));
    assert_eq!(house.post("/staff/defaults", &admin, &fields).await.status, StatusCode::SEE_OTHER);
    let (taro, own) = (settings(house.taro).await, settings(house.hanako).await);
    assert!(taro.content_allowed && (taro.threshold - 7.0).abs() < 1e-9 && taro.retention_days == 28);
    assert!((own.threshold - 8.0).abs() < 1e-9);
    house.close().await;
}

/// A source that asked for nobody too often, and one that is at its limit.
pub(crate) fn somebody_is_held(house: &House) {
    let door = &house.portal.services.door;
    let limit = checkpoint::door::ReceptionLimit::parse("ip=2/1h").expect("a limit").1;
    door.reload(checkpoint::DoorSettings { limits: vec![limit], ..checkpoint::DoorSettings::default() });
    let (settings, at) = (door.settings.load(), door.now());
    let guesser = ::door::Source::parse("192.0.2.7").expect("a source");
    for _ in 0..25 {
        door.memory.unknown.asked_unknown(&guesser, &settings.unknown, at);
    }
    let busy = ::door::Source::parse("198.51.100.9").expect("a source");
    for _ in 0..3 {
        door.memory.windows.take(&busy, limit.limit, at);
    }
}

#[tokio::test]
async fn the_door_says_why_somebody_is_refused_and_lets_go_with_a_recorded_reason() {
    let house = House::new().await;
    somebody_is_held(&house);
    let (viewer, support) = (house.staff("viewer").await, house.staff("support").await);
    let page = house.get("/staff/door", &viewer).await.body;
    for text in
        ["192.0.2.7", "存在しない宛先を多数(最近25件)指定した", "断る", "198.51.100.9", "上限(1hに2通)に達しました"]
    {
        assert!(page.contains(text), "{text} is missing: {page}");
    }
    for source in ["192.0.2.7", "198.51.100.9"] {
        let row = crate::house::between(&page, &format!(">{source}</a>"), "</tr>").expect("a row");
        assert_eq!(row.matches("<time").count(), 2, "since when and until when: {row}");
    }
    let one = house.get("/staff/door?q=192.0.2.7", &viewer).await.body;
    assert!(one.contains("存在しない宛先") && !one.contains("198.51.100.9"));
    assert!(!one.contains("/staff/door/reset"), "a viewer sees and does not act");
    let reset = async |source: &str, reason: &str| {
        house.post("/staff/door/reset", &support, &[("source", source), ("reason", reason)]).await
    };
    assert_eq!(reset("192.0.2.7", "x").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(reset("nobody", "電話 TK-88").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(reset("192.0.2.7", "電話 TK-88").await.location(), "/staff/door?q=192.0.2.7&done=reset");
    let one = house.get("/staff/door?q=192.0.2.7&done=reset", &support).await.body;
    assert!(one.contains("初めから数え直します") && !one.contains("最近25件"), "{one}");
    let admin = house.staff("admin").await;
    let audit = house.get("/staff/audit", &admin).await.body;
    assert!(audit.contains("door.reset") && audit.contains("TK-88") && audit.contains("192.0.2.7"));
    house.close().await;
}
