//! Forged forms, hostile mail, headers, bounds.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use portal::{Options, Unsafe};

use crate::house::{House, Letter, Visitor};

#[tokio::test]
async fn forms_are_taken_from_our_own_pages_only() {
    let house = House::new().await;
    let hanako = house.sign_in("hanako@example.jp").await;
    let row = house.hold(&Letter::spam(house.hanako)).await;
    let path = format!("/held/{}/delete", row.id.0);
    let post = |origin: Option<&str>, csrf: &str, kind: &str| {
        let mut request = Request::post(&path).header("host", "mail.example.jp").header("cookie", &hanako.cookie);
        request = request.header("content-type", kind);
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        request.body(Body::from(format!("csrf={csrf}"))).unwrap()
    };
    let form = "application/x-www-form-urlencoded";
    let other = house.sign_in("taro@example.jp").await;
    for request in [
        post(Some("https://evil.example"), &hanako.csrf, form),
        post(Some("null"), &hanako.csrf, form),
        post(None, &hanako.csrf, form),
        post(Some("http://mail.example.jp"), "", form),
        post(Some("http://mail.example.jp"), &other.csrf, form),
        post(Some("http://mail.example.jp"), &hanako.csrf.replace(|c: char| c.is_ascii_lowercase(), "a"), form),
    ] {
        assert_eq!(house.raw(request).await.status, StatusCode::FORBIDDEN);
    }
    let plain = post(Some("http://mail.example.jp"), &hanako.csrf, "text/plain");
    assert_eq!(house.raw(plain).await.status, StatusCode::BAD_REQUEST);
    // A right token from our own page is taken.
    let right = post(Some("http://mail.example.jp"), &hanako.csrf, form);
    assert_eq!(house.raw(right).await.status, StatusCode::SEE_OTHER);
    // Signing in has no session yet: the Origin alone decides.
    let mut request = Request::post("/sign-in").header("host", "mail.example.jp").header("content-type", form);
    request = request.header("origin", "https://evil.example");
    assert_eq!(house.raw(request.body(Body::from("login=a")).unwrap()).await.status, StatusCode::FORBIDDEN);
    let large = "x".repeat(100_000);
    let answer = house.post("/settings/label", &hanako, &[("label", &large)]).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    house.close().await;
}

#[tokio::test]
async fn hostile_mail_shows_as_text_and_its_html_stands_in_a_sandbox() {
    let house = House::new().await;
    let attack = "\"><script>alert(1)</script><img src=x onerror=alert(2)>";
    let raw = format!(
        "Received: from {attack} by x.example; Sun, 22 Nov 2026 11:00:00 +0900\r\nFrom: {attack}\r\nSubject: {attack}\r\n\
         X-{attack}: {attack}\r\nContent-Type: text/html; charset=utf-8\r\n\r\n\
         <p onclick=alert(3)>hello</p>{attack}<a href=\"javascript:alert(4)\">x</a><form action=https://evil.example>\
         <style>@import 'https://evil.example/x.css'</style><iframe src=https://evil.example></iframe>\r\n"
    );
    let letter = Letter {
        from: "\"><script>alert(1)</script>",
        from_address: "\"><script>alert(1)</script>@evil.example",
        subject: "\"><script>alert(1)</script><img src=x onerror=alert(2)>",
        raw: raw.into_bytes(),
        ..Letter::fraud(house.hanako)
    };
    let row = house.hold(&letter).await;
    let hanako = house.sign_in("hanako@example.jp").await;
    let id = row.id.0;
    let pages = [
        "/held".to_owned(),
        "/held?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E".into(),
        format!("/held/{id}"),
        format!("/held/{id}?view=text"),
        format!("/held/{id}?view=html"),
        format!("/held/{id}/headers"),
        format!("/held/{id}/html"),
        format!("/held/{id}/sender?list=%22%3E%3Cscript%3E"),
        "/lookup?reference=%22%3E%3Cscript%3Ealert(1)%3C/script%3E".into(),
        "/sign-in?next=/%22%3E%3Cscript%3E".into(),
        "/nowhere/%22%3E%3Cscript%3E?done=%3Cscript%3E".into(),
    ];
    for path in &pages {
        let mut answer = house.get(path, &hanako).await;
        // The one script that is ours.
        answer.body = answer.body.replace("<script src=\"/assets/keys.js\" defer></script>", "");
        for bad in ["<script>", "<script ", "<img src=x", " onclick=", "javascript:"] {
            assert!(
                !answer.body.contains(bad) || bad == "javascript:" && !path.ends_with("/html"),
                "{path} holds {bad}"
            );
        }
        let policy = answer.headers["content-security-policy"].to_str().unwrap().to_owned();
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{path}: {policy}");
    }
    let framed = house.get(&format!("/held/{id}/html"), &hanako).await;
    let policy = framed.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("sandbox;") && policy.contains("frame-ancestors 'self'"), "{policy}");
    assert!(framed.body.contains("hello") && !framed.body.contains("evil.example"), "{}", framed.body);
    let page = house.get(&format!("/held/{id}?view=html"), &hanako).await.body;
    assert!(page.contains("<iframe class=\"message\" sandbox=\"\""), "the frame has no sandbox");
    house.close().await;
}

#[tokio::test]
async fn every_answer_is_protected_and_private_pages_are_not_kept() {
    let house = House::with(Options { tls: true, secret: [7; 32], ..Options::default() }).await;
    for path in ["/sign-in", "/held", "/nowhere", "/assets/style.css", "/about", "/"] {
        let answer = house.get(path, &Visitor::default()).await;
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "same-origin"),
            ("strict-transport-security", "max-age=31536000"),
        ] {
            assert_eq!(answer.headers.get(name).map(|found| found.to_str().unwrap()), Some(value), "{path} {name}");
        }
        if !path.starts_with("/assets") {
            assert_eq!(answer.headers["cache-control"], "no-store", "{path}");
        }
    }
    house.close().await;
}

#[tokio::test]
async fn plain_http_is_not_opened_to_the_network() {
    let house = House::new().await;
    let listener = tokio::net::TcpListener::bind("0.0.0.0:0").await.unwrap();
    let refused = portal::serve(listener, house.portal.clone(), std::future::ready(())).await;
    assert!(matches!(refused, Err(Unsafe::Plain(_))), "{refused:?}");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    portal::serve(listener, house.portal.clone(), std::future::ready(())).await.unwrap();
    house.close().await;
}
