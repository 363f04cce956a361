//! What somebody with bad intent tries, swept over the whole table of routes and of operations.

use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Method, Request, StatusCode};
use portal::security::roles::Who;
use portal::{api, routes};
use serde_json::{Value, json};
use store::records::directory::{OperatorRow, SubscriberRow};
use store::{OperatorId, SubscriberId};

use crate::api::OWN;
use crate::house::{House, Letter, Visitor, between, encode};

/// Generous on a loaded machine; what this guards against takes hours or for ever.
const BOUNDED: Duration = Duration::from_secs(20);

#[tokio::test]
async fn what_is_anothers_does_not_exist_by_any_route_or_operation() {
    let house = House::new().await;
    let row = house.hold(&Letter::fraud(house.hanako)).await;
    let (id, reference) = (row.id.0.to_string(), row.reference.to_string());
    let hanako = house.sign_in("hanako@example.jp").await;
    let taro = house.sign_in("taro@example.jp").await;
    let page = house.get("/sign-ins", &hanako).await.body;
    assert!(!page.is_empty());
    let program = house.program(&hanako, "/tokens", &OWN).await;
    let all: Value =
        serde_json::from_str(&program.ask("GET", "/api/v1/sign-ins", None, Value::Null).await.body).unwrap();
    let session = all["items"][0]["id"].as_str().unwrap().to_owned();
    // A version of hers that he could go back to.
    house.post("/settings/label", &hanako, &[("version", "0"), ("label", "[H]")]).await;
    let versions = program.ask("GET", "/api/v1/versions", None, Value::Null).await;
    let versions: Value = serde_json::from_str(&versions.body).unwrap();
    let version = versions["version"].as_i64().unwrap().to_string();
    assert_ne!(version, "0");
    let hers = |path: &str| {
        let path = path.replace("{id}", &id).replace("{reference}", &reference).replace("{session}", &session);
        path.replace("{version}", &version)
    };
    let mut swept = 0;
    for route in routes::table() {
        let is_theirs = matches!(route.who, Who::Subscriber | Who::Own);
        if !is_theirs || !route.path.contains('{') {
            continue;
        }
        let path = hers(route.path);
        let fields = [("list", "refuse"), ("sender", "info@card-support.example"), ("version", "0")];
        let answer = match route.method {
            Method::GET => house.get(&path, &taro).await,
            _ => house.post(&path, &taro, &fields).await,
        };
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{} {path}", route.method);
        assert!(!answer.body.contains("card-support"), "{path} tells of it");
        swept += 1;
    }
    let taros = house.program(&taro, "/tokens", &OWN).await;
    for operation in api::table() {
        let is_theirs = matches!(operation.who, Who::Subscriber | Who::Own | Who::Anyone);
        // An entry of a list and a rule are named within one's own settings.
        if !is_theirs || !operation.path.contains('{') || operation.path.contains("/lists/") {
            continue;
        }
        let body = match operation.id {
            "held-sender-save" => json!({"list": "refuse", "sender": "info@card-support.example"}),
            "mail-report" => json!({"agree": true}),
            "rule-change" => json!({"deed": "switch"}),
            _ => Value::Null,
        };
        let answer = taros.ask(operation.method.as_str(), &hers(&operation.path), Some(0), body).await;
        // What was ended and what is another's are told alike.
        let expected = if operation.id == "account-sign-in-end" { StatusCode::GONE } else { StatusCode::NOT_FOUND };
        assert_eq!(answer.status, expected, "{}: {}", operation.id, answer.body);
        assert!(!answer.body.contains("card-support"), "{} tells of it", operation.id);
        swept += 1;
    }
    assert!(swept > 25, "only {swept} ways were tried");
    // Many at once: hers are passed over, and the answer says that nothing was done.
    let many = house.post("/held/delete", &taro, &[("id", &id)]).await;
    assert_eq!(many.location(), "/held?done=nothing");
    let kept = house.records().junk(house.operator, row.id).await.unwrap().unwrap();
    assert_eq!(kept.state, store::records::junk::JunkState::Held);
    assert!(house.get("/held", &hanako).await.status == StatusCode::OK, "her session was ended");
    house.close().await;
}

/// Staff of one operator see nobody of another's.
#[tokio::test]
async fn another_operators_subscriber_does_not_exist_for_staff() {
    let house = House::new().await;
    let row = OperatorRow { id: OperatorId(0), name: "ほかのネット".into(), time_zone: "Asia/Tokyo".into() };
    let other = house.records().put_operator(&row).await.unwrap();
    let theirs = SubscriberRow {
        id: SubscriberId(0),
        operator: other,
        login: "jiro@example.net".into(),
        name: "次郎".into(),
        group: String::new(),
        language: String::new(),
        password: None,
    };
    let id = house.records().put_subscriber(&theirs).await.unwrap().0.to_string();
    let admin = house.staff("admin").await;
    let program = house.program(&admin, "/staff/tokens", &["staff:read", "staff:write"]).await;
    let mut swept = 0;
    for route in routes::table().iter().filter(|route| route.path.starts_with("/staff/subscribers/{id}")) {
        let path = route.path.replace("{id}", &id);
        let answer = match route.method {
            Method::GET => house.get(&path, &admin).await,
            _ => house.post(&path, &admin, &[("reason", "for the test")]).await,
        };
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{} {path}", route.method);
        swept += 1;
    }
    for one in api::table().iter().filter(|one| one.path.contains("/staff/subscribers/{id}")) {
        let reason = match one.id {
            "subscriber-contract" => json!({"begins": "2026-11-22"}),
            _ if one.method == Method::GET => Value::Null,
            _ => json!({"reason": "for the test"}),
        };
        let answer = program.ask(one.method.as_str(), &one.path.replace("{id}", &id), Some(0), reason).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{}", one.id);
        swept += 1;
    }
    assert!(swept >= 4, "only {swept} ways were tried");
    for list in [house.get("/staff/subscribers", &admin).await, house.get("/staff/subscribers.csv", &admin).await] {
        assert!(!list.body.contains("jiro@example.net"), "{}", list.body);
    }
    house.close().await;
}

const SCRIPT: &str = "\"><script>alert(1)</script><img src=x onerror=alert(2)>";

/// A letter in which everything that is shown is an attack.
fn hostile(house: &House) -> Letter {
    let raw = format!(
        "Received: from {SCRIPT} by x.example; Sun, 22 Nov 2026 11:00:00 +0900\r\nFrom: {SCRIPT} <a@evil.example>\r\n\
         Subject: {SCRIPT}\r\nX-{SCRIPT}: {SCRIPT}\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n{SCRIPT}<p>hello</p>\r\n\
         --b\r\nContent-Type: application/x-sh; name=\"<script>alert(1)</script>.sh\"\r\n\
         Content-Disposition: attachment; filename=\"<script>alert(1)</script>.sh\"\r\n\r\nx\r\n--b--\r\n"
    );
    Letter {
        from: "\"><script>alert(1)</script>",
        from_address: "\"><script>alert(1)</script>@evil.example",
        subject: "\"><script>alert(1)</script><img src=x onerror=alert(2)>",
        raw: raw.into_bytes(),
        ..Letter::fraud(house.hanako)
    }
}

/// Writes the attack into everything that a person or staff can write and a page shows.
async fn write_everywhere(house: &House, hanako: &Visitor, admin: &Visitor, reference: &str) {
    let version = async || {
        let page = house.get("/settings", hanako).await.body;
        between(&page, "name=\"version\" value=\"", "\"").unwrap().to_owned()
    };
    let forms: [(&str, Vec<(&str, &str)>); 4] = [
        ("/settings/lists/add", vec![("list", "refuse"), ("text", "ad@shop.example"), ("entry-note", SCRIPT)]),
        (
            "/settings/keywords/add",
            vec![("name", SCRIPT), ("field", "subject"), ("kind", "contains"), ("text", SCRIPT), ("then", "junk")],
        ),
        ("/settings/label", vec![("label", "<script>alert(1)</script>"), ("note", SCRIPT)]),
        ("/settings/address-book", vec![("lines", "friend@example.com, \"><script>alert(1)</script>")]),
    ];
    let mut taken = 0;
    for (path, mut fields) in forms {
        let version = version().await;
        fields.push(("version", &version));
        taken += usize::from(house.post(path, hanako, &fields).await.status == StatusCode::SEE_OTHER);
    }
    assert!(taken >= 3, "only {taken} of the texts were taken");
    let made = house.post("/tokens", hanako, &[("name", SCRIPT), ("scope", "mail:read"), ("days", "7")]).await;
    assert_eq!(made.status, StatusCode::OK);
    let ground = [("ground", "asked"), ("reason", SCRIPT)];
    house.post(&format!("/staff/decision/{reference}/ground"), admin, &ground).await;
    let list = format!(
        "login,name,group\nkenji@example.jp,\"{}\",\"{}\"\n",
        SCRIPT.replace('"', "\"\""),
        "<script>alert(1)</script>"
    );
    let import = house.post("/staff/subscribers/import", admin, &[("text", &list)]).await;
    assert_eq!(import.status, StatusCode::OK, "{}", import.body);
    let act = format!("/staff/subscribers/{}/act", house.hanako.0);
    assert_eq!(house.post(&act, admin, &[("reason", SCRIPT)]).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn nothing_that_anybody_wrote_runs_on_any_page() {
    let house = House::new().await;
    let row = house.hold(&hostile(&house)).await;
    let (id, reference) = (row.id.0.to_string(), row.reference.to_string());
    let hanako = house.sign_in("hanako@example.jp").await;
    let admin = house.staff("admin").await;
    write_everywhere(&house, &hanako, &admin, &reference).await;
    let mut pages = 0;
    let mut shown = 0;
    for route in routes::table().iter().filter(|route| route.method == Method::GET) {
        let held = if route.path.starts_with("/staff/subscribers") { house.hanako.0.to_string() } else { id.clone() };
        let path = route.path.replace("{id}", &held).replace("{reference}", &reference).replace("{code}", "ja");
        let attack = encode(SCRIPT);
        let visitor = match route.who {
            Who::Viewer | Who::Support | Who::Administrator => vec![&admin],
            Who::Own => vec![&hanako, &admin],
            Who::Subscriber => vec![&hanako],
            Who::Anyone | Who::OneClick => vec![&hanako, &admin],
        };
        for visitor in visitor {
            for query in [
                String::new(),
                format!(
                    "?q={attack}&view=html&done={attack}&next={attack}&list={attack}&text={attack}&reference={attack}&target={attack}"
                ),
            ] {
                let answer = house.get(&format!("{path}{query}"), visitor).await;
                let kind = answer.headers.get("content-type").map_or("", |kind| kind.to_str().unwrap());
                if !kind.starts_with("text/html") {
                    continue;
                }
                let body = answer.body.replace("<script src=\"/assets/", "");
                for bad in ["<script>", "<script ", "<img src=x", "<img src=\"x\"", " onerror=alert(2)>"] {
                    assert!(!body.contains(bad), "{path}{query} holds {bad}");
                }
                pages += 1;
                shown += usize::from(answer.body.contains("script&#62;") || answer.body.contains("script&gt;"));
            }
        }
    }
    assert!(pages > 60, "only {pages} pages were looked at");
    assert!(shown > 10, "the texts were shown on {shown} pages only: they are not where this looks");
    house.close().await;
}

#[tokio::test]
async fn no_route_leads_to_another_host() {
    let house = House::new().await;
    let row = house.hold(&Letter::fraud(house.hanako)).await;
    let (id, reference) = (row.id.0.to_string(), row.reference.to_string());
    let hanako = house.sign_in("hanako@example.jp").await;
    let admin = house.staff("admin").await;
    let mut led = 0;
    for route in routes::table() {
        let held = if route.path.starts_with("/staff/subscribers") { house.hanako.0.to_string() } else { id.clone() };
        let path = route.path.replace("{id}", &held).replace("{reference}", &reference).replace("{code}", "ja");
        for away in [
            "https://evil.example/",
            "//evil.example",
            "/\\evil.example",
            "javascript:alert(1)",
            "/%0d%0aSet-Cookie:x=1",
        ] {
            let visitor = match route.who {
                Who::Viewer | Who::Support | Who::Administrator => &admin,
                Who::Anyone | Who::OneClick => &Visitor::default(),
                _ => &hanako,
            };
            let names = ["next", "back", "return", "to", "url", "path"];
            let answer = if route.method == Method::GET {
                let query: Vec<String> = names.iter().map(|name| format!("{name}={}", encode(away))).collect();
                house.get(&format!("{path}?{}", query.join("&")), visitor).await
            } else if route.who == Who::Anyone {
                let mut fields: Vec<(&str, &str)> = names.iter().map(|name| (*name, away)).collect();
                fields.extend([("login", "nobody@example.jp"), ("password", "x"), ("code", "1")]);
                house.post(&path, visitor, &fields).await
            } else {
                continue;
            };
            if let Some(to) = answer.headers.get("location").map(|to| to.to_str().unwrap()) {
                assert!(to.starts_with('/') && !to.starts_with("//") && !to.contains('\\'), "{path} leads to {to}");
                led += 1;
            }
        }
    }
    assert!(led > 5, "only {led} answers led anywhere");
    house.close().await;
}

#[tokio::test]
async fn every_route_that_changes_something_refuses_a_forged_request() {
    let house = House::new().await;
    let row = house.hold(&Letter::fraud(house.hanako)).await;
    let (id, reference) = (row.id.0.to_string(), row.reference.to_string());
    let hanako = house.sign_in("hanako@example.jp").await;
    let admin = house.staff("admin").await;
    let ask = async |method: &str, path: &str, cookie: &str, origin: &str| {
        let request = Request::builder().method(method).uri(path).header("host", "mail.example.jp");
        let request = request.header("cookie", cookie).header("origin", origin).header("if-match", "\"0\"");
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let mut request = request.body(Body::from("version=0&label=x&csrf=guess")).unwrap();
        request.extensions_mut().insert(ConnectInfo(std::net::SocketAddr::from(([127, 0, 0, 1], 1))));
        house.raw(request).await.status
    };
    let whose = |who: Who| match who {
        Who::Viewer | Who::Support | Who::Administrator => &admin.cookie,
        _ => &hanako.cookie,
    };
    let all = routes::table().into_iter().map(|route| (route.method.clone(), route.path.to_owned(), route.who));
    let all = all.chain(api::table().into_iter().map(|one| (one.method.clone(), one.path.clone(), one.who)));
    let mut tried = 0;
    for (method, path, who) in all.filter(|(method, ..)| *method != Method::GET) {
        let held = if path.contains("/staff/subscribers") { house.hanako.0.to_string() } else { id.clone() };
        let path = path.replace("{id}", &held).replace("{reference}", &reference);
        for origin in ["http://mail.example.jp", "https://evil.example", "null"] {
            if who == Who::OneClick
                || who == Who::Anyone && origin == "http://mail.example.jp" && !path.starts_with("/api")
            {
                continue;
            }
            let status = ask(method.as_str(), &path, whose(who), origin).await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{method} {path} from {origin}");
            tried += 1;
        }
    }
    assert!(tried > 150, "only {tried} were tried");
    house.close().await;
}

#[tokio::test]
async fn no_export_holds_a_formula() {
    let house = House::new().await;
    let hanako = house.sign_in("hanako@example.jp").await;
    let program = house.program(&hanako, "/tokens", &OWN).await;
    let admin = house.staff("admin").await;
    for (at, start) in ["=1+1", "+1", "-1", "@SUM(1)", "\tx", "\rx"].into_iter().enumerate() {
        let page = house.get("/settings/lists", &hanako).await.body;
        let version = between(&page, "name=\"version\" value=\"", "\"").unwrap().to_owned();
        let entry = format!("a{at}@shop.example");
        let fields = [("list", "refuse"), ("text", entry.as_str()), ("entry-note", start), ("version", &version)];
        assert_eq!(house.post("/settings/lists/add", &hanako, &fields).await.status, StatusCode::SEE_OTHER);
        let list = format!("login,name\np{at}@example.jp,\"x\"\n").replace("\"x\"", &format!("\"{}\"", start.trim()));
        house.post("/staff/subscribers/import", &admin, &[("text", &list)]).await;
    }
    // An entry can be a domain that is written with @.
    let page = house.get("/settings/lists", &hanako).await.body;
    let version = between(&page, "name=\"version\" value=\"", "\"").unwrap().to_owned();
    house
        .post("/settings/lists/add", &hanako, &[("list", "refuse"), ("text", "@bad.example"), ("version", &version)])
        .await;
    let exports = [
        house.get("/settings/lists.csv", &hanako).await.body,
        program.ask("GET", "/api/v1/lists.csv", None, Value::Null).await.body,
        house.get("/settings/consent.csv", &hanako).await.body,
        house.get("/staff/subscribers.csv", &admin).await.body,
    ];
    let mut cells = 0;
    for export in exports {
        let text = export.trim_start_matches('\u{FEFF}').to_owned();
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
        for record in reader.records() {
            for cell in record.unwrap().iter() {
                assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell:?} is a formula");
                cells += usize::from(cell.starts_with('\''));
            }
        }
    }
    assert!(cells > 5, "only {cells} cells would have been one: nothing hostile was exported");
    house.close().await;
}

#[tokio::test]
async fn a_list_of_a_hundred_thousand_is_refused_with_its_bound_in_bounded_time() {
    let house = House::new().await;
    let hanako = house.sign_in("hanako@example.jp").await;
    let program = house.program(&hanako, "/tokens", &OWN).await;
    let began = Instant::now();
    // Within the octets of a form, and over them.
    let short: String = (0..100_000).map(|at| format!("@{at:x}.jp\n")).collect();
    assert!(short.len() < 1_000_000);
    let long: String = (0..100_000).map(|at| format!("somebody-{at}@shop.example\n")).collect();
    for list in [&short, &long] {
        let answer = house
            .post("/settings/lists/import", &hanako, &[("list", "refuse"), ("version", "0"), ("text", list)])
            .await;
        let expected = if list.len() < 900_000 && encode(list).len() < 1_048_000 {
            StatusCode::UNPROCESSABLE_ENTITY
        } else {
            StatusCode::PAYLOAD_TOO_LARGE
        };
        assert_eq!(answer.status, expected);
        let mut request = Request::post("/api/v1/lists/refuse").header("host", "mail.example.jp");
        request = request.header("authorization", program.authorization()).header("if-match", "\"0\"");
        let answer =
            house.raw(request.header("content-type", "text/csv").body(Body::from(list.clone())).unwrap()).await;
        let expected =
            if list.len() < 1_048_576 { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::PAYLOAD_TOO_LARGE };
        assert_eq!(answer.status, expected, "{}", answer.body);
        if answer.status == StatusCode::UNPROCESSABLE_ENTITY {
            assert!(
                answer.body.contains("10000") || answer.body.contains("10,000"),
                "no bound is named: {}",
                answer.body
            );
        }
    }
    assert!(began.elapsed() < BOUNDED * 3, "{:?}", began.elapsed());
    let version = program.ask("GET", "/api/v1/settings", None, Value::Null).await;
    assert!(version.body.contains("\"version\":0"), "something was taken in");
    house.close().await;
}

#[tokio::test]
async fn a_rule_made_to_take_for_ever_does_not() {
    let house = House::new().await;
    let mut letter = Letter::fraud(house.hanako);
    let text = "a".repeat(200_000);
    letter.raw = format!("From: a@example.com\r\nSubject: {}\r\n\r\n{text}\r\n", "a".repeat(900)).into_bytes();
    house.hold(&letter).await;
    let hanako = house.sign_in("hanako@example.jp").await;
    let program = house.program(&hanako, "/tokens", &OWN).await;
    let began = Instant::now();
    for pattern in
        ["*a".repeat(120) + "b", "a*".repeat(120) + "b", "?*".repeat(120) + "b", "(a+)+$".into(), "a".repeat(300)]
    {
        for field in ["body", "subject", "all-headers"] {
            let rule = json!({"conditions": [{"field": field, "kind": "wildcard", "text": pattern}], "then": "junk"});
            let answer = program.ask("POST", "/api/v1/rules/try", None, rule).await;
            let told = matches!(answer.status, StatusCode::OK | StatusCode::UNPROCESSABLE_ENTITY);
            assert!(told, "{pattern}: {} {}", answer.status, answer.body);
        }
    }
    assert!(began.elapsed() < BOUNDED, "{:?}", began.elapsed());
    house.close().await;
}
