//! "See what they see": staff see a person's pages with a recorded reason, change nothing, and the person sees it.

use axum::http::{Method, StatusCode};
use controls::Finding;
use portal::routes::table;
use portal::security::roles::{Seen, Who};
use store::records::junk::{JunkQuery, JunkState};
use store::records::settings::SettingsOwner;

use crate::house::{House, Letter, Visitor};

const REASON: &str = "電話での依頼 TK-1024";

async fn look(house: &House, staff: &Visitor, ground: &str) {
    let path = format!("/staff/subscribers/{}/look", house.hanako.0);
    let answer = house.post(&path, staff, &[("reason", REASON), ("ground", ground)]).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/held"), "{}", answer.body);
}

/// Everything of Hanako's that could be changed.
async fn hers(house: &House) -> String {
    let owner = SettingsOwner::Subscriber(house.hanako);
    let settings = house.records().settings_history(house.operator, &owner, 100).await.unwrap();
    let states = vec![JunkState::Held, JunkState::Trash, JunkState::Released, JunkState::Deleted];
    let query = JunkQuery { operator: Some(house.operator), states, ..JunkQuery::default() };
    let mail = house.records().find_junk(&query).await.unwrap();
    let mail: Vec<_> = mail.iter().map(|row| (row.id, row.state)).collect();
    let delivered = house.post.delivered.lock().unwrap().len();
    format!("{settings:?} {mail:?} {delivered}")
}

#[tokio::test]
async fn nothing_can_be_changed_through_it_whatever_is_posted() {
    let house = House::new().await;
    let row = house.hold(&Letter::fraud(house.hanako)).await;
    let (id, reference) = (row.id.0.to_string(), row.reference.to_string());
    let support = house.staff("support").await;
    look(&house, &support, "asked").await;
    let before = hers(&house).await;
    let mut swept = 0;
    for route in table().iter().filter(|route| matches!(route.who, Who::Subscriber | Who::Own)) {
        let path = crate::sweep::path(&house, route.path, &id, &reference, house.hanako.0);
        if route.method == Method::POST {
            let fields = [("version", "0"), ("level", "gentle"), ("id", id.as_str()), ("deed", "delete"), ("to", "0")];
            let answer = house.post(&path, &support, &fields).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "POST {path} is open to who only looks");
            assert!(answer.body.contains("開いたり変更したりできません"), "{path}: {}", answer.body);
            assert_eq!(route.seen, Seen::Never, "{path} is a form");
            swept += 1;
        } else {
            let status = house.get(&path, &support).await.status;
            match route.seen {
                Seen::Never => assert_eq!(status, StatusCode::FORBIDDEN, "GET {path} is its person's alone"),
                // The message's own HTML needs a ground for that message.
                Seen::ByStaff if path.ends_with("/html") => assert_eq!(status, StatusCode::FORBIDDEN, "{path}"),
                Seen::ByStaff => assert_eq!(status, StatusCode::OK, "GET {path}"),
            }
        }
    }
    assert!(swept > 30, "only {swept} forms were tried");
    assert_eq!(hers(&house).await, before, "something changed");
    house.close().await;
}

#[tokio::test]
async fn subjects_open_on_a_recorded_ground_and_text_on_one_for_that_message() {
    let house = House::new().await;
    let row = house.hold(&Letter::fraud(house.hanako)).await;
    let one = format!("/held/{}", row.id.0);
    let (viewer, support) = (house.staff("viewer").await, house.staff("support").await);
    let path = format!("/staff/subscribers/{}/look", house.hanako.0);
    let fields = [("reason", REASON), ("ground", "")];
    assert_eq!(house.post(&path, &viewer, &fields).await.status, StatusCode::FORBIDDEN, "a viewer looks");
    for (reason, ground, refused) in
        [("x", "", StatusCode::UNPROCESSABLE_ENTITY), (REASON, "curious", StatusCode::BAD_REQUEST)]
    {
        let answer = house.post(&path, &support, &[("reason", reason), ("ground", ground)]).await;
        assert_eq!(answer.status, refused);
    }
    assert_eq!(house.get("/held", &support).await.status, StatusCode::FORBIDDEN, "nothing opens without a record");
    look(&house, &support, "").await;
    let closed = ["一時停止", "みどりカード", "card-login.example"];
    for path in [
        "/held",
        "/held?q=%E4%B8%80%E6%99%82",
        &one,
        "/settings/rules",
        &format!("/lookup?reference={}", row.reference),
    ] {
        let page = house.get(path, &support).await;
        assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.body);
        for word in closed {
            assert!(!page.body.contains(word), "{path} shows {word}");
        }
    }
    assert!(house.get("/held", &support).await.body.contains(&one), "the message is listed all the same");
    assert_eq!(house.get(&format!("{one}/headers"), &support).await.status, StatusCode::FORBIDDEN);
    look(&house, &support, "asked").await;
    let page = house.get(&one, &support).await.body;
    assert!(page.contains("一時停止") && page.contains("card-login.example"), "{page}");
    assert_eq!(house.get(&format!("{one}/headers"), &support).await.status, StatusCode::OK);
    for view in ["lines", "text", "html"] {
        let answer = house.get(&format!("{one}?view={view}"), &support).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{view} opens without a ground for this message");
    }
    let ground = [("ground", "asked"), ("reason", REASON)];
    house.post(&format!("/staff/decision/{}/ground", row.reference), &support, &ground).await;
    let text = house.get(&format!("{one}?view=text"), &support).await;
    assert!(text.status == StatusCode::OK && text.body.contains("お客様のカードの利用"), "{}", text.body);
    // Taro's mail is not on Hanako's pages.
    let others = house.hold(&Letter { to: "taro@example.jp", ..Letter::spam(house.taro) }).await;
    assert_eq!(house.get(&format!("/held/{}", others.id.0), &support).await.status, StatusCode::NOT_FOUND);
    house.close().await;
}

/// "1 and 3" of an explanation means the same lines to both, and what stands in From is no more open than From itself.
#[tokio::test]
async fn who_looks_reads_the_lines_that_the_person_reads_and_no_sender_in_them() {
    let house = House::new().await;
    let mut letter = Letter::fraud(house.hanako);
    letter.findings.insert(0, Finding::seen("html", "html-present"));
    letter.findings.push(Finding::seen("no_from", "from-not-an-address").worth(0.5).with("said", "お客様係の佐々木"));
    let row = house.hold(&letter).await;
    let one = format!("/held/{}", row.id.0);
    let hanako = house.sign_in("hanako@example.jp").await;
    let open = house.get(&one, &hanako).await.body;
    assert!(open.contains("佐々木"), "{open}");
    let support = house.staff("support").await;
    look(&house, &support, "").await;
    let closed = house.get(&one, &support).await.body;
    let lines = |page: &str| page.matches("class=\"finding\"").count();
    assert_eq!((lines(&closed), lines(&open)), (3, 3), "{closed}");
    for path in [one.as_str(), "/held"] {
        assert!(!house.get(path, &support).await.body.contains("佐々木"), "{path} shows From");
    }
    assert!(!house.get("/held", &support).await.body.contains("HTML メール"), "a reason that the person is not told");
    // The preview of the digest is of mail too; it is its person's alone.
    assert!(house.get("/settings/digest", &hanako).await.body.contains("<iframe"));
    assert!(!house.get("/settings/digest", &support).await.body.contains("<iframe"));
    house.close().await;
}

#[tokio::test]
async fn a_band_stands_on_top_in_the_language_of_who_looks_and_the_page_in_its_own() {
    let house = House::new().await;
    let row = house.hold(&Letter::fraud(house.hanako)).await;
    let mut hanako = house.records().subscriber(house.operator, house.hanako).await.unwrap().unwrap();
    hanako.language = "en".into();
    house.records().put_subscriber(&hanako).await.unwrap();
    let support = house.staff("support").await;
    let hers_own = house.sign_in("hanako@example.jp").await;
    look(&house, &support, "asked").await;
    let page = house.get("/held", &support).await.body;
    assert!(page.contains("<html lang=\"en\">") && page.contains("Held mail"), "{page}");
    assert!(page.contains("佐藤 花子 さんの画面を見ています(変更できません)") && page.contains("TK-1024"), "{page}");
    let form = crate::house::between(&page, &format!("action=\"/held/{}/release\">", row.id.0), "</form>");
    assert!(form.is_some_and(|form| form.starts_with("<fieldset class=\"unpressed\" disabled>")), "{form:?}");
    let stop = crate::house::between(&page, "action=\"/staff/stop-looking\">", "</form>");
    assert!(stop.is_some_and(|form| !form.contains("disabled")), "{stop:?}");
    // The letter has subjects and is its person's alone: no frame stands there that would stay empty.
    assert!(house.get("/settings/digest", &hers_own).await.body.contains("<iframe"));
    assert!(!house.get("/settings/digest", &support).await.body.contains("<iframe"));
    // Staff's own pages stay as they are, with the band.
    let own = house.get("/staff/subscribers", &support).await.body;
    assert!(own.contains("<html lang=\"ja\">") && own.contains("さんの画面を見ています"), "{own}");
    let answer = house.post("/staff/stop-looking", &support, &[]).await;
    assert_eq!(answer.location(), format!("/staff/subscribers/{}?done=stopped-looking", house.hanako.0));
    assert_eq!(house.get("/held", &support).await.status, StatusCode::FORBIDDEN);
    look(&house, &support, "asked").await;
    house.pass(31 * 60_000);
    assert_eq!(house.get("/held", &support).await.status, StatusCode::FORBIDDEN, "it ends by itself");
    house.close().await;
}

#[tokio::test]
async fn every_page_that_is_opened_is_recorded_and_the_person_sees_it() {
    let house = House::new().await;
    let row = house.hold(&Letter::fraud(house.hanako)).await;
    let support = house.staff("support").await;
    look(&house, &support, "asked").await;
    let one = format!("/held/{}", row.id.0);
    for path in ["/held", "/settings", &one] {
        assert_eq!(house.get(path, &support).await.status, StatusCode::OK);
    }
    house.post("/staff/stop-looking", &support, &[]).await;
    let audit = house.records().find_audit(house.operator, None, 50, 0).await.unwrap();
    let seen: Vec<&str> = audit
        .iter()
        .filter(|row| row.action == "look.page" && row.target == format!("seen:subscriber:{}", house.hanako.0))
        .map(|row| row.detail.as_str())
        .collect();
    assert_eq!(seen, [one.as_str(), "/settings", "/held"]);
    assert!(audit.iter().any(|row| row.action == "look.begin" && row.detail.contains("TK-1024")));
    assert!(audit.iter().any(|row| row.action == "look.end"));
    let hanako = house.sign_in("hanako@example.jp").await;
    look(&house, &support, "asked").await;
    let told = house.get("/held", &hanako).await.body.matches("あなたと同じ画面を見ました").count();
    assert_eq!(told, 1, "told once, however often they looked");
    let history = house.get("/settings/history", &hanako).await.body;
    for text in ["あなたの画面を見ました", "TK-1024", "利用者本人の依頼", "画面でメールの説明を見ました"]
    {
        assert!(history.contains(text), "{text} is not in the history: {history}");
    }
    let taro = house.sign_in("taro@example.jp").await;
    assert!(!house.get("/settings/history", &taro).await.body.contains("TK-1024"));
    house.close().await;
}

#[tokio::test]
async fn what_is_read_aloud_says_what_why_how_and_how_not_again_in_the_persons_language() {
    let house = House::new().await;
    let row = house.hold(&Letter::fraud(house.hanako)).await;
    let viewer = house.staff("viewer").await;
    let path = format!("/staff/decision/{}", row.reference);
    let page = house.get(&path, &viewer).await.body;
    let aloud = crate::house::between(&page, "電話で読み上げる文", "</section>").unwrap().to_owned();
    for text in [
        "きのう 21:00",
        "info@card-support.example",
        "詐欺(なりすまし)メール",
        "受け取る",
        "14 日",
        "お金を払ったり",
        "今後も受け取る",
    ] {
        assert!(aloud.contains(text), "{text} is not read aloud: {aloud}");
    }
    assert!(aloud.contains("これが「表示と行き先が違うリンクのあるメール」だからです"), "{aloud}");
    assert!(aloud.contains("<li>また、") && !aloud.contains("。もう一つは、"), "{aloud}");
    assert!(
        !aloud.contains("card-login.example") && !aloud.contains("一時停止"),
        "what is closed is read aloud: {aloud}"
    );
    let mut hanako = house.records().subscriber(house.operator, house.hanako).await.unwrap().unwrap();
    hanako.language = "en".into();
    house.records().put_subscriber(&hanako).await.unwrap();
    let page = house.get(&path, &viewer).await.body;
    assert!(
        page.contains("<ol lang=\"en\">") && page.contains("press \"Deliver it\"".replace('"', "&#34;").as_str()),
        "{page}"
    );
    house.close().await;
}

#[test]
fn everything_that_is_read_aloud_has_words() {
    let source = include_str!("../../src/operator/phone.rs");
    let ids: Vec<&str> = source.split("\"phone-").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(ids.len() > 20, "only {} sentences were found", ids.len());
    for id in ids {
        assert!(portal::language::JA.contains(&format!("\nphone-{id} =")), "no sentence for phone-{id}");
    }
}
