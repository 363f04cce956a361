//! Settings: each change is a version, in force at once, and can be undone; stale forms are refused.

use axum::http::StatusCode;
use store::records::settings::SettingsOwner;

use crate::house::{House, Letter, Visitor, between};

async fn version(house: &House) -> String {
    let owner = SettingsOwner::Subscriber(house.hanako);
    house.directory.layer_of(house.operator, &owner).await.unwrap().0.to_string()
}

async fn save(house: &House, visitor: &Visitor, path: &str, fields: &[(&str, &str)]) -> StatusCode {
    let version = version(house).await;
    let fields: Vec<(&str, &str)> = [("version", version.as_str())].into_iter().chain(fields.iter().copied()).collect();
    house.post(path, visitor, &fields).await.status
}

#[tokio::test]
async fn a_change_is_in_force_at_once_and_can_be_undone() {
    let house = House::new().await;
    let hanako = house.sign_in("hanako@example.jp").await;
    let settings = async || house.directory.settings_of(house.operator, Some(house.hanako)).await.unwrap();
    let standard = settings().await.threshold;
    assert_eq!(save(&house, &hanako, "/settings/consent", &[("consent", "give")]).await, StatusCode::SEE_OTHER);
    assert!(settings().await.content_allowed);
    let agreed = version(&house).await;
    assert_eq!(save(&house, &hanako, "/settings/level", &[("level", "strict")]).await, StatusCode::SEE_OTHER);
    assert!((settings().await.threshold - 3.5).abs() < f64::EPSILON);
    assert!(house.get("/held", &hanako).await.body.contains("つよい"));
    assert_eq!(
        save(&house, &hanako, "/settings/level", &[("level", "own"), ("points", "6,25")]).await,
        StatusCode::SEE_OTHER
    );
    assert!((settings().await.threshold - 6.3).abs() < 1e-9);
    for points in ["", "x", "-3", "1000", "NaN", "inf"] {
        let status = save(&house, &hanako, "/settings/level", &[("level", "own"), ("points", points)]).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{points}");
    }
    // A form that was open while something else changed is refused and changes nothing.
    let stale = house.post("/settings/level", &hanako, &[("version", &agreed), ("level", "gentle")]).await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
    assert!((settings().await.threshold - 6.3).abs() < 1e-9);
    // Undo to the beginning keeps the consent, which is given and withdrawn on its own page only.
    assert_eq!(save(&house, &hanako, "/settings/undo", &[("to", "0")]).await, StatusCode::SEE_OTHER);
    assert!((settings().await.threshold - standard).abs() < f64::EPSILON);
    assert!(settings().await.content_allowed);
    let history = house.get("/settings/history", &hanako).await.body;
    assert!(history.contains("強さ") && history.contains("いま有効") && history.contains("あなた"));
    let audit = house.records().find_audit(house.operator, None, 50, 0).await.unwrap();
    assert_eq!(audit.iter().filter(|row| row.action == "settings.change").count(), 4);
    house.close().await;
}

#[tokio::test]
async fn lists_actions_labels_conditions_and_keywords_are_stored() {
    let house = House::new().await;
    let hanako = house.sign_in("hanako@example.jp").await;
    let ok = StatusCode::SEE_OTHER;
    let add = "/settings/lists/add";
    assert_eq!(
        save(&house, &hanako, add, &[("list", "receive"), ("text", "Friend@Example.COM"), ("note", "友だち")]).await,
        ok
    );
    assert_eq!(save(&house, &hanako, add, &[("list", "refuse"), ("text", "*.shop.example")]).await, ok);
    let bad = StatusCode::UNPROCESSABLE_ENTITY;
    assert_eq!(save(&house, &hanako, add, &[("list", "receive"), ("text", "")]).await, bad);
    assert_eq!(save(&house, &hanako, add, &[("list", "receive"), ("text", "*")]).await, bad);
    // The same entry on the other list moves there.
    assert_eq!(save(&house, &hanako, add, &[("list", "refuse"), ("text", "friend@example.com")]).await, ok);
    let owner = SettingsOwner::Subscriber(house.hanako);
    let layer = async || house.directory.layer_of(house.operator, &owner).await.unwrap().1;
    assert!(layer().await.receive.is_empty());
    assert_eq!(
        layer().await.refuse.iter().map(|e| e.pattern.text()).collect::<Vec<_>>(),
        ["*.shop.example", "friend@example.com"]
    );
    assert_eq!(
        save(&house, &hanako, "/settings/lists/remove", &[("list", "refuse"), ("text", "*.shop.example")]).await,
        ok
    );
    assert_eq!(
        save(&house, &hanako, "/settings/actions", &[("action-spam", "delete"), ("action-phishing", "refuse")]).await,
        ok
    );
    let page = house.get("/settings", &hanako).await.body;
    let spam = between(&page, "name=\"action-spam\">", "</select>").unwrap();
    assert!(spam.contains("標準(届けずに保管する)") && spam.contains("value=\"delete\" selected"), "{spam}");
    assert_eq!(save(&house, &hanako, "/settings/label", &[("label", "[迷惑]")]).await, ok);
    assert_eq!(save(&house, &hanako, "/settings/conditions", &[("condition-no-subject", "junk")]).await, ok);
    let keyword = [("field", "subject"), ("kind", "contains"), ("text", "出会い"), ("then", "trash")];
    assert_eq!(save(&house, &hanako, "/settings/keywords/add", &keyword).await, ok);
    let stored = layer().await;
    assert_eq!((stored.actions.len(), stored.conditions.len(), stored.keywords.len()), (2, 1, 1));
    assert_eq!(stored.label.as_deref(), Some("[迷惑]"));
    assert_eq!(save(&house, &hanako, "/settings/keywords/remove", &[("id", &stored.keywords[0].rule.id)]).await, ok);
    assert!(layer().await.keywords.is_empty());
    house.close().await;
}

#[tokio::test]
async fn categories_of_links_are_offered_as_the_lists_have_them() {
    let categories = || vec!["adult".to_owned(), "own-list".to_owned()];
    let options = portal::state::Options {
        secret: [7; 32],
        url_categories: portal::state::UrlCategories(Some(std::sync::Arc::new(categories))),
        ..Default::default()
    };
    let house = House::with(options).await;
    let hanako = house.sign_in("hanako@example.jp").await;
    let page = house.get("/settings/links", &hanako).await.body;
    assert!(page.contains("「アダルト」の一覧にあるリンク") && page.contains("「own-list」の一覧"), "{page}");
    let chosen = [("mode", "refuse-listed"), ("category", "adult"), ("then", "junk")];
    assert_eq!(save(&house, &hanako, "/settings/links", &chosen).await, StatusCode::SEE_OTHER);
    let owner = SettingsOwner::Subscriber(house.hanako);
    let (_, layer) = house.directory.layer_of(house.operator, &owner).await.unwrap();
    assert!(layer.conditions.contains_key("url-category-adult"));
    house.close().await;
}

#[tokio::test]
async fn a_sender_is_allowed_in_one_touch_after_a_look_at_the_effect() {
    let house = House::new().await;
    let row = house.hold(&Letter::fraud(house.hanako)).await;
    house.hold(&Letter { hours_ago: 40, ..Letter::fraud(house.hanako) }).await;
    house.hold(&Letter { hours_ago: 24 * 31, ..Letter::fraud(house.hanako) }).await;
    house.hold(&Letter::spam(house.hanako)).await;
    let hanako = house.sign_in("hanako@example.jp").await;
    let path = format!("/held/{}/sender", row.id.0);
    let page = house.get(&format!("{path}?list=receive"), &hanako).await.body;
    assert!(page.contains("過去30日で 2 通が届いていたはずです。うち 2 通は差出人を証明できていません"), "{page}");
    let proven = page.find("value=\"proven\" checked").unwrap();
    assert!(proven < page.find("value=\"any\"").unwrap(), "only when proven is offered first");
    let fields = [("list", "receive"), ("sender", "info@card-support.example"), ("proof", "proven")];
    assert_eq!(save(&house, &hanako, &path, &fields).await, StatusCode::SEE_OTHER);
    let owner = SettingsOwner::Subscriber(house.hanako);
    let (_, layer) = house.directory.layer_of(house.operator, &owner).await.unwrap();
    assert_eq!(layer.receive[0].pattern.text(), "info@card-support.example");
    assert!(!layer.receive[0].even_if_unverified);
    let other = [("list", "receive"), ("sender", "other@example.com"), ("proof", "any")];
    assert_eq!(save(&house, &hanako, &path, &other).await, StatusCode::BAD_REQUEST);
    let refuse = house.get(&format!("{path}?list=refuse"), &hanako).await.body;
    assert_eq!(between(&refuse, "<h1>", "</h1>"), Some("この差出人を今後は受け取らない"));
    house.close().await;
}
