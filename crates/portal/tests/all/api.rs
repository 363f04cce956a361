//! The API: the same deeds as the pages, told as JSON; every route in the document and the reverse.

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Method, Request, StatusCode};
use portal::api::operation::Operation;
use portal::security::roles::Who;
use portal::{Options, api, routes};
use serde_json::{Value, json};

use crate::house::{Answer, House, Letter, Visitor};

/// A program with its token.
pub(crate) struct Program<'a> {
    house: &'a House,
    token: String,
}

impl House {
    /// Makes a token on the page, as its owner would.
    pub(crate) async fn program(&self, owner: &Visitor, page: &str, scopes: &[&str]) -> Program<'_> {
        let mut fields = vec![("name", "台所の端末"), ("days", "30")];
        fields.extend(scopes.iter().map(|scope| ("scope", *scope)));
        let answer = self.post(page, owner, &fields).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        let token = crate::house::between(&answer.body, "<code>", "</code>").expect("no token is shown").to_owned();
        assert!(token.starts_with("sekisho_"), "{token}");
        Program { house: self, token }
    }
}

impl Program<'_> {
    pub(crate) async fn ask(&self, method: &str, path: &str, version: Option<i64>, body: Value) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "mail.example.jp")
            .header("accept-language", "en")
            .header("authorization", format!("Bearer {}", self.token));
        if let Some(version) = version {
            request = request.header("if-match", format!("\"{version}\""));
        }
        let body = if body.is_null() {
            Body::empty()
        } else {
            request = request.header("content-type", "application/json");
            Body::from(body.to_string())
        };
        self.house.raw(request.body(body).unwrap()).await
    }

    /// As the header carries it.
    pub(crate) fn authorization(&self) -> String {
        format!("Bearer {}", self.token)
    }

    async fn get(&self, path: &str) -> Value {
        let answer = self.ask("GET", path, None, Value::Null).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
        json(&answer)
    }
}

fn json(answer: &Answer) -> Value {
    serde_json::from_str(&answer.body).unwrap_or_else(|_| panic!("not JSON: {}", answer.body))
}

/// Every scope a subscriber can give.
pub(crate) const OWN: [&str; 5] = ["mail:read", "mail:write", "settings:read", "settings:write", "account"];

#[tokio::test]
async fn a_program_reads_receives_and_changes_settings_without_overwriting_anything_unseen() {
    let house = House::new().await;
    let row = house.hold(&Letter::fraud(house.hanako)).await;
    let hanako = house.sign_in("hanako@example.jp").await;
    let program = house.program(&hanako, "/tokens", &OWN).await;
    let listed = program.get("/api/v1/held").await;
    let id = listed["items"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(id, row.id.0.to_string());
    assert!(listed["items"][0]["reasons"].as_array().is_some_and(|all| !all.is_empty()), "{listed}");
    let shown = program.get(&format!("/api/v1/held/{id}")).await;
    assert!(shown["why"]["outcome"].is_string(), "{shown}");
    let done = program.ask("POST", &format!("/api/v1/held/{id}/release"), None, Value::Null).await;
    assert_eq!((done.status, json(&done)["done"].as_str()), (StatusCode::OK, Some("released")), "{}", done.body);
    assert_eq!(house.post.delivered.lock().unwrap().len(), 1);
    let again = program.ask("POST", &format!("/api/v1/held/{id}/release"), None, Value::Null).await;
    assert_eq!(again.status, StatusCode::OK, "once more changes nothing: {}", again.body);
    assert_eq!(house.post.delivered.lock().unwrap().len(), 1, "delivered twice");

    let entry = "/api/v1/lists/refuse/ad%40shop.example";
    let missing = program.ask("PUT", entry, None, json!({})).await;
    assert_eq!(missing.status, StatusCode::PRECONDITION_REQUIRED, "{}", missing.body);
    let version = program.get("/api/v1/settings").await["version"].as_i64().unwrap();
    let put = program.ask("PUT", entry, Some(version), json!({"note": "広告"})).await;
    assert_eq!(put.status, StatusCode::OK, "{}", put.body);
    let next = json(&put)["version"].as_i64().unwrap();
    assert_eq!(put.headers["etag"], format!("\"{next}\"").as_str());
    let stale = program.ask("PUT", "/api/v1/settings/label", Some(version), json!({"label": "[x]"})).await;
    assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED, "{}", stale.body);
    assert_eq!(stale.headers["content-type"], "application/problem+json");
    let lists = program.get("/api/v1/lists?list=refuse").await;
    assert_eq!(
        (lists["items"][0]["entry"].as_str(), lists["items"][0]["note"].as_str()),
        (Some("ad@shop.example"), Some("広告"))
    );
    let gone = program.ask("DELETE", entry, Some(next), Value::Null).await;
    assert_eq!(gone.status, StatusCode::OK, "{}", gone.body);
    assert!(program.get("/api/v1/lists").await["items"].as_array().unwrap().is_empty());
    let by = &program.get("/api/v1/versions").await["items"][0];
    assert_eq!(by["by"], "you", "{by}");
    house.close().await;
}

#[tokio::test]
async fn a_token_opens_what_it_was_given_until_it_is_ended_or_over() {
    let house = House::new().await;
    house.hold(&Letter::fraud(house.hanako)).await;
    let hanako = house.sign_in("hanako@example.jp").await;
    let reader = house.program(&hanako, "/tokens", &["mail:read"]).await;
    assert_eq!(reader.get("/api/v1/me").await["login"], "hanako@example.jp");
    reader.get("/api/v1/held").await;
    for (method, path) in [("GET", "/api/v1/settings"), ("POST", "/api/v1/tokens"), ("GET", "/api/v1/staff/decisions")]
    {
        let answer = reader.ask(method, path, None, Value::Null).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}: {}", answer.body);
    }
    // A token is no session, and a session is no token.
    let as_cookie = Visitor { cookie: format!("sekisho={}", reader.token), ..Visitor::default() };
    assert_eq!(house.get("/held", &as_cookie).await.status, StatusCode::SEE_OTHER);
    let session = hanako.cookie.split_once('=').unwrap().1.to_owned();
    let as_token = Program { house: &house, token: session };
    assert_eq!(as_token.ask("GET", "/api/v1/held", None, Value::Null).await.status, StatusCode::UNAUTHORIZED);
    // One that makes tokens gives no more than it has, and not for longer.
    let maker = house.program(&hanako, "/tokens", &["account", "mail:read"]).await;
    let more = json!({"name": "x", "scopes": ["mail:write"], "days": 1});
    assert_eq!(maker.ask("POST", "/api/v1/tokens", None, more).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let longer = json!({"name": "x", "scopes": ["mail:read"], "days": 365});
    let made = json(&maker.ask("POST", "/api/v1/tokens", None, longer).await);
    let ends = made["expires_at"].as_str().unwrap();
    assert!(ends.starts_with("2026-12-22"), "{ends}");
    // Listed among the sign-ins, and ended there.
    let page = house.get("/sign-ins", &hanako).await.body;
    assert!(page.contains("台所の端末"), "{page}");
    let all = maker.get("/api/v1/sign-ins").await;
    let its = all["items"].as_array().unwrap().iter().find(|one| one["token"]["scopes"] == json!(["mail:read"]));
    let id = its.unwrap()["id"].as_str().unwrap().to_owned();
    let ended = maker.ask("DELETE", &format!("/api/v1/sign-ins/{id}"), None, Value::Null).await;
    assert_eq!(ended.status, StatusCode::OK, "{}", ended.body);
    house.pass(31 * 86_400_000);
    assert_eq!(
        maker.ask("GET", "/api/v1/held", None, Value::Null).await.status,
        StatusCode::UNAUTHORIZED,
        "it is over"
    );
    let answer = reader.ask("GET", "/api/v1/held", None, Value::Null).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert!(answer.headers.contains_key("www-authenticate"));
    house.close().await;
}

#[tokio::test]
async fn staff_act_with_a_recorded_reason_and_see_no_subject_without_a_ground() {
    let house = House::new().await;
    let row = house.hold(&Letter::fraud(house.hanako)).await;
    let support = house.staff("support").await;
    let program = house
        .program(&support, "/staff/tokens", &["settings:read", "settings:write", "staff:read", "staff:write"])
        .await;
    let found = program.get("/api/v1/staff/subscribers?q=hanako").await;
    let id = found["items"][0]["id"].as_i64().unwrap();
    let closed = program.ask("GET", "/api/v1/settings", None, Value::Null).await;
    assert_eq!(closed.status, StatusCode::FORBIDDEN, "{}", closed.body);
    let short = json!({"reason": "x"});
    let refused = program.ask("POST", &format!("/api/v1/staff/subscribers/{id}/act"), None, short).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.body);
    let reason = json!({"reason": "電話で依頼されました"});
    program.ask("POST", &format!("/api/v1/staff/subscribers/{id}/act"), None, reason).await;
    let version = program.get("/api/v1/settings").await["version"].as_i64();
    let answer = program.ask("PUT", "/api/v1/settings/level", version, json!({"level": "strict"})).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let stored = &program.get("/api/v1/versions").await["items"][0];
    assert_eq!((stored["by"].as_str(), stored["note"].as_str()), (Some("staff"), Some("電話で依頼されました")));

    let reference = row.reference.to_string();
    let path = format!("/api/v1/staff/decisions/{reference}");
    let before = program.ask("GET", &path, None, Value::Null).await;
    assert!(!before.body.contains("利用を一時停止") && !before.body.contains("card-login.example"), "{}", before.body);
    let list = program.ask("GET", "/api/v1/staff/decisions", None, Value::Null).await.body;
    assert!(!list.contains("利用を一時停止"), "{list}");
    let content = format!("{path}/content");
    assert_eq!(program.ask("GET", &content, None, Value::Null).await.status, StatusCode::FORBIDDEN);
    let ground = json!({"ground": "asked", "reason": "加入者の依頼"});
    assert_eq!(program.ask("POST", &format!("{path}/ground"), None, ground).await.status, StatusCode::OK);
    assert!(program.get(&content).await["subject"].as_str().unwrap().contains("利用を一時停止"));
    assert_eq!(program.ask("GET", "/api/v1/staff/audit", None, Value::Null).await.status, StatusCode::FORBIDDEN);
    let admin = house.staff("admin").await;
    let admin = house.program(&admin, "/staff/tokens", &["staff:read", "staff:write"]).await;
    let audit = admin.get("/api/v1/staff/audit?limit=200").await.to_string();
    for action in ["act.begin", "content.open", "token.make", "settings.change"] {
        assert!(audit.contains(action), "no {action} in the audit");
    }
    house.close().await;
}

#[tokio::test]
async fn a_browsers_session_needs_its_form_token_and_too_many_requests_are_put_off() {
    let options = Options { secret: [7; 32], api_per_minute: 20, ..Options::default() };
    let house = House::with(options).await;
    let hanako = house.sign_in("hanako@example.jp").await;
    let me = house.get("/api/v1/me", &hanako).await;
    let token = json(&me)["form_token"].as_str().unwrap().to_owned();
    let post = |token: &str, origin: &str| {
        let request = Request::post("/api/v1/sign-ins/end-others").header("host", "mail.example.jp");
        let request = request.header("cookie", &hanako.cookie).header("origin", origin).header("x-csrf-token", token);
        request.body(Body::empty()).unwrap()
    };
    assert_eq!(house.raw(post("", "http://mail.example.jp")).await.status, StatusCode::FORBIDDEN);
    assert_eq!(house.raw(post(&token, "http://evil.example")).await.status, StatusCode::FORBIDDEN);
    assert_eq!(house.raw(post(&token, "http://mail.example.jp")).await.status, StatusCode::OK);
    let mut refused = None;
    for _ in 0..30 {
        let answer = house.get("/api/v1/me", &hanako).await;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("thirty requests were let through a bound of twenty");
    let wait: i64 = refused.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    house.pass(wait * 1000);
    assert_eq!(house.get("/api/v1/me", &hanako).await.status, StatusCode::OK);
    house.close().await;
}

/// What a body lacks, has too much of, or has wrong, is told; nothing is changed.
#[tokio::test]
async fn what_cannot_be_is_refused_and_named() {
    let house = House::new().await;
    let hanako = house.sign_in("hanako@example.jp").await;
    let program = house.program(&hanako, "/tokens", &OWN).await;
    let rows = [
        ("PUT", "/api/v1/settings/level", json!({"levle": "strict"}), "levle"),
        ("PUT", "/api/v1/settings/level", json!({}), "level"),
        ("PUT", "/api/v1/settings/level", json!({"level": 3}), "level"),
        ("PUT", "/api/v1/settings/actions", json!({"actions": {"spam": "burn"}}), "actions"),
        ("PUT", "/api/v1/settings/actions", json!({"actions": {"wanted": "junk"}}), "actions"),
        ("PUT", "/api/v1/settings/conditions", json!({"conditions": {"full-moon": "junk"}}), "full-moon"),
        ("PUT", "/api/v1/lists/receive/*", json!({}), ""),
        ("POST", "/api/v1/rules", json!({"conditions": [], "then": "junk"}), "conditions"),
        ("PUT", "/api/v1/consent", json!({"consent": "maybe"}), "consent"),
    ];
    for (method, path, body, named) in rows {
        let answer = program.ask(method, path, Some(0), body.clone()).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{path} {body}: {}", answer.body);
        assert!(json(&answer)["detail"].as_str().unwrap().contains(named), "{}", answer.body);
    }
    let version = program.get("/api/v1/settings").await["version"].as_i64();
    assert_eq!(version, Some(0), "something was changed");
    let bad = program.ask("GET", "/api/v1/held?limit=many", None, Value::Null).await;
    assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
    let method = program.ask("PATCH", "/api/v1/held", None, Value::Null).await;
    assert_eq!(
        (method.status, &method.headers["allow"]),
        (StatusCode::METHOD_NOT_ALLOWED, &"GET, HEAD".parse().unwrap())
    );
    let nowhere = program.ask("GET", "/api/v1/nowhere", None, Value::Null).await;
    assert_eq!((nowhere.status, json(&nowhere)["status"].as_i64()), (StatusCode::NOT_FOUND, Some(404)));
    house.close().await;
}

/// Routes of pages whose deed has no endpoint, each with the reason.
const PAGES_ONLY: [(&str, &str); 42] = [
    ("/staff/subscribers/{id}/look", "pages as eyes see them; a program reads with --as of the command line"),
    ("/staff/stop-looking", "pages as eyes see them; a program reads with --as of the command line"),
    ("/", "leads on"),
    ("/about", "words"),
    ("/language/{code}", "a program asks for a language with Accept-Language"),
    ("/furigana/{code}", "a program reads no furigana"),
    ("/digest/take/{token}", "a link of a letter, which is its own proof"),
    ("/digest/stop/{token}", "a link of a letter, which is its own proof"),
    ("/settings/digest/html", "the letter as its reader would see it"),
    ("/sign-in", "a program has a token"),
    ("/sign-in/send-code", "a program has a token"),
    ("/sign-in/code", "a program has a token"),
    ("/staff/sign-in", "a program has a token"),
    ("/sign-in/send-sms", "a program has a token"),
    ("/sign-in/second", "a program has a token"),
    ("/sign-in/passkey", "a program has a token"),
    ("/staff/sign-in/oidc", "a program has a token"),
    ("/staff/sign-in/oidc/back", "a program has a token"),
    ("/security", "a token does not change how its owner signs in"),
    ("/security/password", "a token does not change how its owner signs in"),
    ("/security/app", "a token does not change how its owner signs in"),
    ("/security/app/recovery", "a token does not change how its owner signs in"),
    ("/security/app/remove", "a token does not change how its owner signs in"),
    ("/security/passkeys", "a token does not change how its owner signs in"),
    ("/security/passkeys/remove", "a token does not change how its owner signs in"),
    ("/staff/security", "a token does not change how its owner signs in"),
    ("/staff/security/password", "a token does not change how its owner signs in"),
    ("/staff/security/app", "a token does not change how its owner signs in"),
    ("/staff/security/app/recovery", "a token does not change how its owner signs in"),
    ("/staff/security/app/remove", "a token does not change how its owner signs in"),
    ("/staff/security/passkeys", "a token does not change how its owner signs in"),
    ("/staff/security/passkeys/remove", "a token does not change how its owner signs in"),
    ("/security/password/off", "a token does not change how its owner signs in"),
    ("/staff/security/password/off", "a token does not change how its owner signs in"),
    ("/staff/security/letters", "a token does not change how its owner signs in"),
    ("/staff/security/letters/confirm", "a token does not change how its owner signs in"),
    ("/staff/security/letters/remove", "a token does not change how its owner signs in"),
    ("/security/telephone", "a token does not change how its owner signs in"),
    ("/security/telephone/confirm", "a token does not change how its owner signs in"),
    ("/security/telephone/remove", "a token does not change how its owner signs in"),
    ("/sign-out", "a token is ended with account-sign-in-end"),
    ("/staff/subscribers/import", "the page of a form; its deed has an endpoint"),
];

#[tokio::test]
async fn every_deed_of_a_page_has_an_endpoint_and_every_endpoint_is_in_the_document() {
    let operations = api::table();
    let named = |path: &str, wanted: fn(&Operation) -> bool| {
        operations.iter().any(|one| wanted(one) && one.pages.contains(&path))
    };
    for route in routes::table() {
        let only = PAGES_ONLY.iter().any(|(path, _)| *path == route.path);
        let has = match route.method {
            Method::GET => named(route.path, |_| true),
            _ => named(route.path, |one| one.method != Method::GET) && (!only || route.path.ends_with("/import")),
        };
        assert!(
            has || only,
            "{} {} has no endpoint: a row in crates/portal/src/api is missing",
            route.method,
            route.path
        );
    }
    for operation in &operations {
        for page in &operation.pages {
            assert!(routes::table().iter().any(|route| route.path == *page), "{} names the page {page}", operation.id);
        }
        assert!(operation.about.ends_with('.'), "{} does not say what it does", operation.id);
    }
    let house = House::new().await;
    let document = json(&house.get(api::DOCUMENT, &Visitor::default()).await);
    assert_eq!(document["openapi"], "3.1.0");
    let mut ids = std::collections::BTreeSet::new();
    let mut count = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, one) in methods.as_object().unwrap() {
            count += 1;
            assert!(ids.insert(one["operationId"].as_str().unwrap().to_owned()), "{} twice", one["operationId"]);
            for part in path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')) {
                let described = one["parameters"].as_array().unwrap().iter().any(|all| all["name"] == part);
                assert!(described, "{method} {path} does not describe {part}");
            }
            // It is really there: nobody gets 401, not 404.
            let mut request =
                Request::builder().method(method.to_uppercase().as_str()).uri(path.replace(['{', '}'], "1"));
            request = request.header("host", "mail.example.jp");
            let mut request = request.body(Body::empty()).unwrap();
            request.extensions_mut().insert(ConnectInfo(std::net::SocketAddr::from(([192, 0, 2, 1], 1))));
            assert_eq!(house.raw(request).await.status, StatusCode::UNAUTHORIZED, "{method} {path}");
        }
    }
    assert_eq!(count, operations.len(), "the document and the table differ");
    house.close().await;
}

/// From whom an operation is kept: the other kind of person, and staff below the role.
#[tokio::test]
async fn only_whom_the_table_names_may_call_an_operation() {
    let house = House::new().await;
    let row = house.hold(&Letter::fraud(house.hanako)).await;
    let hanako = house.sign_in("hanako@example.jp").await;
    let hanako = house.program(&hanako, "/tokens", &OWN).await;
    let mut staff = Vec::new();
    for (login, scopes) in [
        ("viewer", &["account", "staff:read"][..]),
        ("support", &["account", "settings:read", "settings:write", "staff:read", "staff:write"]),
        ("admin", &["account", "settings:read", "settings:write", "staff:read", "staff:write"]),
    ] {
        let visitor = house.staff(login).await;
        staff.push(house.program(&visitor, "/staff/tokens", scopes).await);
    }
    for operation in api::table() {
        let kept_from: Vec<&Program<'_>> = match operation.who {
            Who::Anyone | Who::OneClick => Vec::new(),
            Who::Subscriber | Who::Own => staff.iter().collect(),
            Who::Viewer => vec![&hanako],
            Who::Support => vec![&hanako, &staff[0]],
            Who::Administrator => vec![&hanako, &staff[0], &staff[1]],
        };
        let path =
            operation.path.replace("{id}", &row.id.0.to_string()).replace("{reference}", &row.reference.to_string());
        for program in kept_from {
            let answer = program.ask(operation.method.as_str(), &path, Some(0), Value::Null).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{} is open to too many: {}", operation.id, answer.body);
        }
    }
    house.close().await;
}
