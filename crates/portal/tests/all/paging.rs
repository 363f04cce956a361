//! Large mailboxes: every held message is reached page by page, in each order, also where many came in one millisecond.

use std::collections::{HashMap, HashSet};

use axum::http::StatusCode;
use message::UnixMillis;
use serde_json::Value;
use store::records::junk::{JunkRow, JunkState};
use store::{BlobName, JunkId, Reference, TransactionId};

use crate::house::{House, Letter, Visitor};

/// More than any page or list gives at once.
const MANY: u128 = 2_300;

/// Rows of the index alone: what they say nobody opens here.
async fn fill(house: &House) {
    // Written in groups: one after the other would wait for the disk each time.
    let mut tasks = tokio::task::JoinSet::new();
    for n in 1..=MANY {
        let id = uuid::Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 | n);
        let letters = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
        let text: String = (0..12).map(|at| char::from(letters[((n >> (5 * at)) & 31) as usize])).collect();
        // Every hundred came in one millisecond; the first belong to an address from before it had an owner.
        let held_at = UnixMillis(house.now().0 - 86_400_000 + i64::try_from(n / 100).unwrap());
        let row = JunkRow {
            id: JunkId(id),
            reference: Reference::parse(&text).expect("a reference"),
            transaction: TransactionId(id),
            operator: house.operator,
            subscriber: (n > 40).then_some(house.hanako),
            recipient: "hanako@example.jp".into(),
            blob: BlobName([0; 32]),
            mail_from: "sale@shop.example".into(),
            smtp_utf8: false,
            from: "さくら商店".into(),
            from_address: format!("sale{}@shop.example", n % 7),
            subject: format!("お知らせ {n}号"),
            size: 100,
            class: "spam".into(),
            points: 6.0,
            reasons: String::new(),
            refused_by_next_hop: false,
            held_at,
            expires_at: UnixMillis(held_at.0 + 86_400_000 * (2 + i64::try_from(n % 3).unwrap())),
            state: JunkState::Held,
        };
        let records = house.stores.records.clone();
        tasks.spawn(async move { records.put_junk(&row).await });
    }
    for done in tasks.join_all().await {
        done.unwrap();
    }
}

fn ids(page: &str) -> Vec<String> {
    let marks = page.split("data-row href=\"/held/").skip(1);
    marks.filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
}

async fn all_pages(house: &House, hanako: &Visitor, first: &str) -> Vec<String> {
    let (mut path, mut found) = (first.to_owned(), Vec::new());
    for _ in 0..200 {
        let answer = house.get(&path, hanako).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert!(answer.body.len() < 100_000, "{path} weighs {}", answer.body.len());
        let shown = ids(&answer.body);
        assert!(!shown.is_empty(), "{path} is an empty page");
        found.extend(shown);
        let next = answer.body.split("\" rel=\"next\"").next().filter(|before| before.len() < answer.body.len());
        match next.and_then(|before| before.rsplit("href=\"").next()) {
            Some(next) => path = next.replace("&#38;", "&").replace("&amp;", "&"),
            None => return found,
        }
    }
    panic!("the pages have no end");
}

#[tokio::test]
async fn every_held_message_is_on_a_page_once_in_each_order() {
    let house = House::new().await;
    fill(&house).await;
    let hanako = house.sign_in("hanako@example.jp").await;
    let page = house.get("/held?since=all", &hanako).await.body;
    assert!(page.contains("2300通"), "how many there are in all is not said");
    for sort in ["newest", "oldest", "sender", "leaving"] {
        let found = all_pages(&house, &hanako, &format!("/held?since=all&sort={sort}")).await;
        let different: HashSet<&String> = found.iter().collect();
        assert_eq!((found.len(), different.len()), (2_300, 2_300), "{sort}");
    }
    // What a search finds may stand behind two thousand others.
    let found = all_pages(&house, &hanako, "/held?q=%E3%81%8A%E7%9F%A5%E3%82%89%E3%81%9B%207%E5%8F%B7").await;
    assert_eq!(found.len(), 1, "{found:?}");
    house.close().await;
}

#[tokio::test]
async fn a_program_reaches_all_of_it_and_in_order() {
    let house = House::new().await;
    fill(&house).await;
    let hanako = house.sign_in("hanako@example.jp").await;
    let program = house.program(&hanako, "/tokens", &["mail:read"]).await;
    for sort in ["newest", "oldest", "sender", "leaving"] {
        let (mut cursor, mut rows) = (String::new(), Vec::<Value>::new());
        loop {
            let path = format!("/api/v1/held?limit=200&sort={sort}{cursor}");
            let answer = program.ask("GET", &path, None, Value::Null).await;
            assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
            let page: Value = serde_json::from_str(&answer.body).unwrap();
            rows.extend(page["items"].as_array().unwrap().iter().cloned());
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        let different: HashSet<&str> = rows.iter().filter_map(|row| row["id"].as_str()).collect();
        assert_eq!((rows.len(), different.len()), (2_300, 2_300), "{sort}");
        // Times are written without needless zeros, so they are compared as times and not as text.
        let time = |row: &Value, name: &str| row[name].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
        let key = |row: &Value| match sort {
            "sender" => (row["from_address"].as_str().unwrap().to_owned(), 0),
            "leaving" => (String::new(), time(row, "expires_at").as_millisecond()),
            _ => (String::new(), time(row, "held_at").as_millisecond()),
        };
        let keys: Vec<(String, i64)> = rows.iter().map(key).collect();
        let in_order = |pair: &[(String, i64)]| if sort == "newest" { pair[0] >= pair[1] } else { pair[0] <= pair[1] };
        assert!(keys.windows(2).all(in_order), "{sort} is out of order");
    }
    house.close().await;
}

#[tokio::test]
async fn decisions_of_one_millisecond_are_all_reached() {
    let house = House::new().await;
    // The clock stands, so all of them are of one millisecond.
    for _ in 0..230 {
        house.hold(&Letter::spam(house.hanako)).await;
    }
    let viewer = house.staff("viewer").await;
    let (mut path, mut found) = ("/staff".to_owned(), HashMap::<String, usize>::new());
    for _ in 0..10 {
        let page = house.get(&path, &viewer).await.body;
        for rest in page.split("href=\"/staff/decision/").skip(1) {
            *found.entry(rest.split('"').next().unwrap_or_default().to_owned()).or_default() += 1;
        }
        match crate::house::between(&page, "<a class=\"button\" href=\"/staff?", "\"") {
            Some(next) => path = format!("/staff?{}", next.replace("&#38;", "&").replace("&amp;", "&")),
            None => break,
        }
    }
    assert_eq!(found.len(), 230);
    assert!(found.values().all(|times| *times == 1), "a decision stands on two pages");
    let program = house.program(&viewer, "/staff/tokens", &["staff:read"]).await;
    let (mut cursor, mut rows) = (String::new(), HashSet::new());
    loop {
        let answer = program.ask("GET", &format!("/api/v1/staff/decisions?limit=100{cursor}"), None, Value::Null).await;
        let page: Value = serde_json::from_str(&answer.body).unwrap();
        for row in page["items"].as_array().unwrap() {
            assert!(rows.insert(row["reference"].as_str().unwrap().to_owned()), "twice");
        }
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(rows.len(), 230);
    house.close().await;
}
