//! Every route of the table: who may open it, in both languages, within its weight, with every word found.

use axum::http::{Method, StatusCode};
use portal::routes::table;
use portal::security::roles::Who;

use crate::house::{House, Letter, Visitor};

/// The route with something real in its placeholders.
pub(crate) fn path(house: &House, route: &str, id: &str, reference: &str, subscriber: i64) -> String {
    let route = &route.replace("{token}", &crate::digest::token(house, route, id));
    let held = if route.starts_with("/staff/subscribers") { subscriber.to_string() } else { id.to_owned() };
    route.replace("{id}", &held).replace("{reference}", reference).replace("{code}", "ja")
}

#[tokio::test]
async fn only_whom_the_table_names_may_open_a_route() {
    let house = House::new().await;
    let row = house.hold(&Letter::fraud(house.hanako)).await;
    let (id, reference) = (row.id.0.to_string(), row.reference.to_string());
    let hanako = house.sign_in("hanako@example.jp").await;
    let staff = [house.staff("viewer").await, house.staff("support").await, house.staff("admin").await];
    let table = table();
    assert!(table.len() > 45, "the table has only {} rows", table.len());
    for route in table.iter().filter(|route| !matches!(route.who, Who::Anyone | Who::OneClick)) {
        let path = path(&house, route.path, &id, &reference, house.hanako.0);
        let nobody = Visitor::default();
        let ask = async |visitor: &Visitor| match route.method {
            Method::GET => house.get(&path, visitor).await.status,
            _ => house.post(&path, visitor, &[("list", "none")]).await.status,
        };
        let refused = ask(&nobody).await;
        let expected = if route.method == Method::GET { StatusCode::SEE_OTHER } else { StatusCode::UNAUTHORIZED };
        assert_eq!(refused, expected, "anybody opens {} {path}", route.method);
        // From whom it is kept: the subscriber where it is staff's, staff below the role where it is theirs.
        let kept_from: Vec<&Visitor> = match route.who {
            Who::Anyone | Who::OneClick => Vec::new(),
            Who::Subscriber | Who::Own => staff.iter().collect(),
            Who::Viewer => vec![&hanako],
            Who::Support => vec![&hanako, &staff[0]],
            Who::Administrator => vec![&hanako, &staff[0], &staff[1]],
        };
        for visitor in kept_from {
            assert_eq!(ask(visitor).await, StatusCode::FORBIDDEN, "{} {path} is open to too many", route.method);
        }
    }
    house.close().await;
}

#[tokio::test]
async fn every_page_is_there_in_both_languages_light_and_with_all_its_words() {
    let house = House::new().await;
    let row = house.hold(&Letter::fraud(house.hanako)).await;
    house.hold(&Letter::spam(house.hanako)).await;
    let (id, reference) = (row.id.0.to_string(), row.reference.to_string());
    let ids: Vec<&str> = portal::language::JA
        .lines()
        .filter_map(|line| line.split_once(" =").map(|(id, _)| id))
        .filter(|id| id.contains('-') && !id.starts_with(' '))
        .collect();
    let mut seen = 0;
    for language in ["ja", "en"] {
        let visitor = Visitor { language: Some(language), ..Visitor::default() };
        let hanako = house.sign_in_at("/sign-in", "hanako@example.jp", visitor.clone()).await;
        let admin = house.sign_in_at("/staff/sign-in", "admin", visitor.clone()).await;
        let ground = [("ground", "asked"), ("reason", "for the test")];
        house.post(&format!("/staff/decision/{reference}/ground"), &admin, &ground).await;
        for route in table().iter().filter(|route| route.method == Method::GET) {
            let path = path(&house, route.path, &id, &reference, house.hanako.0);
            let who = match route.who {
                Who::Anyone | Who::OneClick => &visitor,
                Who::Subscriber | Who::Own => &hanako,
                Who::Viewer | Who::Support | Who::Administrator => &admin,
            };
            let answer = house.get(&path, who).await;
            if answer.status == StatusCode::SEE_OTHER && route.who == Who::Anyone {
                continue;
            }
            assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
            assert!(answer.body.len() < 100_000, "{path} weighs {} octets", answer.body.len());
            if !answer.headers["content-type"].to_str().unwrap().starts_with("text/html") || path.ends_with("/html") {
                continue;
            }
            assert!(answer.body.contains(&format!("<html lang=\"{language}\">")), "{path}");
            for id in &ids {
                for (before, after) in [(">", "<"), ("> ", "<"), ("\"", "\">")] {
                    let bare = format!("{before}{id}{after}");
                    let allowed = before == "\"" && (answer.body.contains(&format!("name={bare}")) || bare.len() < 12);
                    let class = answer.body.contains(&format!("class={bare}"))
                        || answer.body.contains(&format!("value={bare}"));
                    assert!(
                        !answer.body.contains(&bare) || allowed || class,
                        "{path} shows the id {bare} and not its words"
                    );
                }
            }
            assert!(!answer.body.contains("style=\""), "{path} has an inline style, which the policy forbids");
            seen += 1;
        }
    }
    assert!(seen > 40, "only {seen} pages were seen");
    house.close().await;
}
