//! Signing in, by password and by code; staying in, and out.

use axum::http::StatusCode;
use portal::Options;

use crate::house::{Answer, House, PASSWORD, Visitor, between};

#[tokio::test]
async fn a_password_opens_and_a_wrong_one_does_not() {
    let house = House::new().await;
    let nobody = Visitor::default();
    for (login, password) in [
        ("hanako@example.jp", "wrong"),
        ("nobody@example.jp", PASSWORD),
        ("not an address", PASSWORD),
        ("hanako@example.jp", ""),
    ] {
        let answer = house.post("/sign-in", &nobody, &[("login", login), ("password", password)]).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{login} {password}");
        assert!(!answer.headers.contains_key("set-cookie"));
    }
    let hanako = house.sign_in("HANAKO@example.jp").await;
    let page = house.get("/held", &hanako).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("佐藤 花子さん"));
    // The way asked for first is the way gone after signing in; another host never is.
    let asked = house.get("/settings?x=1", &nobody).await;
    assert_eq!(asked.location(), "/sign-in?next=%2Fsettings%3Fx%3D1");
    for (next, expected) in
        [("/settings?x=1", "/settings?x=1"), ("//evil.example", "/held"), ("https://evil.example", "/held")]
    {
        let fields = [("login", "hanako@example.jp"), ("password", PASSWORD), ("next", next)];
        assert_eq!(house.post("/sign-in", &nobody, &fields).await.location(), expected);
    }
    house.close().await;
}

#[tokio::test]
async fn cookies_are_bound_and_fresh_and_end() {
    let house = House::with(Options { tls: true, secret: [7; 32], ..Options::default() }).await;
    let fields = [("login", "hanako@example.jp"), ("password", PASSWORD)];
    let planted = Visitor { cookie: "__Host-sekisho=planted-by-somebody".into(), ..Visitor::default() };
    let answer = house.post("/sign-in", &planted, &fields).await;
    let cookie = answer.headers.get("set-cookie").unwrap().to_str().unwrap().to_owned();
    assert!(cookie.starts_with("__Host-sekisho=") && !cookie.contains("planted"), "{cookie}");
    for flag in ["; Path=/", "; HttpOnly", "; SameSite=Lax", "; Secure"] {
        assert!(cookie.contains(flag), "{cookie} lacks {flag}");
    }
    let first = house.remember(&answer, Visitor::default()).await;
    // Signing in again makes another session and ends the one there was.
    let again = house.post("/sign-in", &first, &fields).await;
    let second = house.remember(&again, Visitor::default()).await;
    assert_ne!(first.cookie, second.cookie);
    assert_eq!(house.get("/held", &first).await.status, StatusCode::SEE_OTHER);
    assert_eq!(house.get("/held", &second).await.status, StatusCode::OK);
    assert_eq!(house.post("/sign-out", &second, &[]).await.location(), "/sign-in?done=signed-out");
    assert_eq!(house.get("/held", &second).await.status, StatusCode::SEE_OTHER);
    // Two weeks unused is over.
    let third = house.sign_in("hanako@example.jp").await;
    house.pass(15 * 24 * 3_600_000);
    assert_eq!(house.get("/held", &third).await.status, StatusCode::SEE_OTHER);
    house.close().await;
}

#[tokio::test]
async fn a_mailed_code_works_once_and_makes_a_subscriber_of_a_known_address() {
    let house = House::new().await;
    house.address("new@example.jp", None).await;
    let nobody = Visitor::default();
    let unknown = house.post("/sign-in/send-code", &nobody, &[("login", "nobody@example.jp")]).await;
    let known = house.post("/sign-in/send-code", &nobody, &[("login", "new@example.jp")]).await;
    let ticket = |answer: &Answer| between(&answer.body, "name=\"ticket\" value=\"", "\"").unwrap().to_owned();
    let (theirs, ticket) = (ticket(&unknown), ticket(&known));
    let same = unknown.body.replace("nobody@", "new@").replace(&theirs, &ticket);
    assert_eq!(same, known.body, "the answers tell whether an address is known");
    let letter = house.letters.lock().await.recv().await.unwrap();
    assert_eq!(letter.to.key(), "new@example.jp");
    let message = message::Message::parse(bytes::Bytes::from(letter.raw), &message::Limits::default());
    let code: String = message.text.chars().filter(char::is_ascii_digit).take(8).collect();
    assert_eq!(code.len(), 8, "{}", message.text);
    let wrong = if code == "00000000" { "00000001" } else { "00000000" };
    let fields = |code| [("login", "new@example.jp"), ("code", code), ("ticket", ticket.as_str())];
    // Another browser's tries are not this one's.
    for _ in 0..5 {
        let elsewhere = [("login", "new@example.jp"), ("code", wrong), ("ticket", theirs.as_str())];
        house.post("/sign-in/code", &Visitor { from: Some("198.51.100.7"), ..Visitor::default() }, &elsewhere).await;
    }
    assert_eq!(house.post("/sign-in/code", &nobody, &fields(wrong)).await.status, StatusCode::UNAUTHORIZED);
    let answer = house.post("/sign-in/code", &nobody, &fields(&code)).await;
    assert_eq!(answer.location(), "/held", "{}", answer.body);
    let visitor = house.remember(&answer, nobody.clone()).await;
    assert!(house.get("/held", &visitor).await.body.contains("new@example.jp"));
    assert_eq!(house.post("/sign-in/code", &nobody, &fields(&code)).await.status, StatusCode::UNAUTHORIZED);
    let row = house.records().subscriber_by_login(house.operator, "new@example.jp").await.unwrap().unwrap();
    let address = house.records().address(house.operator, "new@example.jp").await.unwrap().unwrap();
    assert_eq!(address.subscriber, Some(row.id));
    assert!(house.letters.lock().await.try_recv().is_err(), "a letter went to an unknown address");
    house.close().await;
}

#[tokio::test]
async fn guessing_is_stopped_without_locking_the_owner_out() {
    let house = House::new().await;
    let guess = |from: &'static str| Visitor { from: Some(from), ..Visitor::default() };
    let owner = house.sign_in_at("/sign-in", "hanako@example.jp", guess("203.0.113.9")).await;
    let fields = [("login", "hanako@example.jp"), ("password", "guess")];
    let attacker = guess("198.51.100.7");
    for _ in 0..5 {
        assert_eq!(house.post("/sign-in", &attacker, &fields).await.status, StatusCode::UNAUTHORIZED);
    }
    let right = [("login", "hanako@example.jp"), ("password", PASSWORD)];
    let locked = house.post("/sign-in", &attacker, &right).await;
    assert_eq!(locked.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(locked.body.contains("アカウントやメールに変わりはありません"), "{}", locked.body);
    // Many networks at once reach the limit of the account …
    let networks = (0..20).map(|n| &*Box::leak(format!("192.0.{n}.1").into_boxed_str())).collect::<Vec<&'static str>>();
    let mut stopped = 0;
    for from in networks.iter().cycle().take(80) {
        let answer = house.post("/sign-in", &guess(from), &fields).await;
        stopped += usize::from(answer.status == StatusCode::TOO_MANY_REQUESTS);
    }
    assert!(stopped >= 20, "only {stopped} of 80 guesses were stopped");
    // … but not the owner, who comes from where they came before.
    let again = house.post("/sign-in", &guess("203.0.113.77"), &right).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER, "the owner is locked out");
    assert_eq!(house.get("/held", &owner).await.status, StatusCode::OK);
    // After a quarter of an hour the first network may try again.
    house.pass(16 * 60_000 + 60 * 60_000);
    assert_eq!(house.post("/sign-in", &attacker, &right).await.status, StatusCode::SEE_OTHER);
    house.close().await;
}

#[tokio::test]
async fn languages_follow_the_browser_and_the_switch() {
    let house = House::new().await;
    let english = Visitor { language: Some("en-GB,en;q=0.9"), ..Visitor::default() };
    assert_eq!(between(&house.get("/sign-in", &english).await.body, "<html lang=\"", "\""), Some("en"));
    assert_eq!(between(&house.get("/sign-in", &Visitor::default()).await.body, "<html lang=\"", "\""), Some("ja"));
    let switched = house.get("/language/ja?back=%2Fabout", &english).await;
    assert_eq!(switched.location(), "/about");
    let cookie = switched.headers.get("set-cookie").unwrap().to_str().unwrap().split(';').next().unwrap().to_owned();
    let visitor = Visitor { cookie, ..english.clone() };
    assert_eq!(between(&house.get("/about", &visitor).await.body, "<html lang=\"", "\""), Some("ja"));
    assert_eq!(house.get("/language/en?back=%2F%2Fevil.example", &english).await.location(), "/");
    house.close().await;
}

#[tokio::test]
async fn people_see_where_they_are_signed_in_and_end_it_there_and_nobody_elses() {
    let house = House::new().await;
    let (phone, desk) = (house.sign_in("hanako@example.jp").await, house.sign_in("hanako@example.jp").await);
    let taro = house.sign_in("taro@example.jp").await;
    let page = house.get("/sign-ins", &phone).await;
    let names: Vec<&str> =
        page.body.split("name=\"session\" value=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(names.len(), 1, "the other can be ended, this one is marked: {}", page.body);
    assert!(page.body.contains("この端末"));
    let other = [("session", names[0])];
    assert_ne!(
        house.post("/sign-ins/end", &taro, &other).await.status,
        StatusCode::SEE_OTHER,
        "hers is not his to end"
    );
    assert_eq!(house.get("/held", &desk).await.status, StatusCode::OK);
    assert_eq!(house.post("/sign-ins/end", &phone, &other).await.location(), "/sign-ins?done=signed-out-there");
    assert_eq!(house.get("/held", &desk).await.status, StatusCode::SEE_OTHER, "it is over there");
    let again = house.sign_in("hanako@example.jp").await;
    assert_eq!(house.post("/sign-ins/end-others", &again, &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(house.get("/held", &phone).await.status, StatusCode::SEE_OTHER);
    assert_eq!(house.get("/held", &again).await.status, StatusCode::OK);
    assert_eq!(house.get("/held", &taro).await.status, StatusCode::OK);
    let viewer = house.staff("viewer").await;
    assert!(house.get("/staff/sign-ins", &viewer).await.body.contains("この端末"));
    house.close().await;
}
