//! Furigana: with it every hard word of the table stands with its reading on every page; without it, none does.

use axum::http::Method;
use portal::furigana::words;
use portal::routes::table;
use portal::security::roles::Who;

use crate::furnish;
use crate::house::{House, Visitor};
use crate::sweep::path;

/// Text of a page that is our own: without what is left alone, and without what already stands with its reading.
fn own_text(page: &str) -> String {
    let mut text = page.to_owned();
    for kind in [
        "title",
        "textarea",
        "select",
        "script",
        "style",
        "svg",
        "bdi",
        "code",
        "pre",
        "ruby",
        "time",
        "div class=\"mail-text\"",
    ] {
        let end = format!("</{}>", kind.split(' ').next().unwrap());
        while let Some(start) = text.find(&format!("<{kind}>")).or_else(|| text.find(&format!("<{kind} "))) {
            let length = text[start..].find(&end).unwrap_or_else(|| panic!("{kind} has no end")) + end.len();
            text.replace_range(start..start + length, " ");
        }
    }
    let mut out = String::new();
    for part in text.split('<') {
        out.push_str(part.split_once('>').map_or(part, |(_, after)| after));
        out.push('\n');
    }
    out
}

#[test]
fn every_hard_word_of_the_table_is_said_somewhere_and_its_reading_is_hiragana() {
    let words = words();
    assert!(words.len() > 40, "only {} words", words.len());
    let sentences = [portal::language::JA, include_str!("../../../policy/messages/ja.ftl")];
    for (word, reading) in words {
        let said = sentences.iter().flat_map(|text| text.lines()).filter(|line| !line.contains(&format!("{word}:")));
        assert!(said.into_iter().any(|line| line.contains(&word)), "nobody says {word}");
        assert!(reading.chars().all(|c| ('ぁ'..='ん').contains(&c)), "{word}: {reading} is no reading");
    }
}

#[tokio::test]
async fn hard_words_have_their_reading_on_every_page_where_that_is_chosen() {
    let house = House::new().await;
    let visitors = furnish::everything(&house).await;
    let row = furnish::newest(&house).await;
    let (id, reference) = (row.id.0.to_string(), row.reference.to_string());
    let words = words();
    let (mut pages, mut readings) = (0, 0);
    for route in table().iter().filter(|route| route.method == Method::GET) {
        let path = path(&house, route.path, &id, &reference, house.hanako.0);
        let visitor = match route.who {
            Who::Anyone | Who::OneClick => &visitors["nobody"],
            Who::Subscriber | Who::Own => &visitors["hanako"],
            Who::Viewer | Who::Support | Who::Administrator => &visitors["admin"],
        };
        let plain = house.get(&path, visitor).await;
        assert!(!plain.body.contains("<ruby>"), "{path} has readings that nobody asked for");
        let cookie = format!("{}; sekisho-furigana=on", visitor.cookie);
        let with =
            house.get(&path, &Visitor { cookie: cookie.trim_start_matches("; ").into(), ..visitor.clone() }).await;
        assert_eq!(with.status, plain.status);
        let html = with.headers.get("content-type").is_some_and(|kind| kind.to_str().unwrap().starts_with("text/html"));
        if !html || !with.status.is_success() {
            continue;
        }
        if path.ends_with("/html") {
            assert_eq!(with.body, plain.body, "a message's own text is left as it is");
            continue;
        }
        let text = own_text(&with.body);
        for (word, _) in &words {
            assert!(!text.contains(word.as_str()), "{path}: {word} stands without its reading: {text}");
        }
        readings += with.body.matches("<ruby>").count();
        pages += 1;
        let english = Visitor {
            cookie: format!("sekisho-furigana=on; sekisho-language=en; {}", visitor.cookie),
            ..visitor.clone()
        };
        assert!(!house.get(&path, &english).await.body.contains("<ruby>"), "{path} has readings in English");
    }
    assert!(pages > 30 && readings > 300, "{readings} readings on {pages} pages");
    house.close().await;
}

#[tokio::test]
async fn furigana_is_a_persons_setting_and_a_switch_of_the_device() {
    let house = House::new().await;
    let hanako = house.sign_in("hanako@example.jp").await;
    let shown = async |visitor: &Visitor| house.get("/held", visitor).await.body.contains("<ruby>");
    assert!(!shown(&hanako).await);
    let saved = house.post("/settings/furigana", &hanako, &[("version", "0"), ("furigana", "1")]).await;
    assert_eq!(saved.location(), "/settings?done=saved");
    assert!(shown(&hanako).await);
    assert!(shown(&house.sign_in("hanako@example.jp").await).await, "it is not the person's on another device");
    assert!(!shown(&house.sign_in("taro@example.jp").await).await);
    let switched = house.get("/furigana/off?back=%2Fheld%3Fshow%3Dtrash", &hanako).await;
    assert_eq!(switched.location(), "/held?show=trash");
    let cookie = switched.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let here = Visitor { cookie: format!("{}; {cookie}", hanako.cookie), ..hanako.clone() };
    assert!(!shown(&here).await, "the switch of this device is not heard");
    assert_eq!(house.get("/furigana/on?back=https://x.example/", &hanako).await.location(), "/");
    house.close().await;
}
