//! Codes by telephone, through a gateway that is a real HTTP server on loopback.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::http::StatusCode;
use portal::Options;
use portal::security::means;
use portal::sms::Gateway;
use store::records::signin::Person;

use crate::house::{House, Visitor, between};

/// A gateway that keeps what it was sent, and answers as it is told.
pub(crate) struct Phone {
    sent: Arc<Mutex<Vec<(String, serde_json::Value)>>>,
    status: Arc<AtomicU16>,
    url: String,
    serving: tokio::task::JoinHandle<()>,
}

impl Phone {
    pub(crate) async fn new() -> Self {
        let (sent, status) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicU16::new(202)));
        let (keep, answer) = (sent.clone(), status.clone());
        let take = move |headers: axum::http::HeaderMap, body: String| async move {
            let key = headers.get("authorization").map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
            keep.lock().unwrap().push((key, serde_json::from_str(&body).unwrap()));
            StatusCode::from_u16(answer.load(Ordering::SeqCst)).unwrap()
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/send?key=1", listener.local_addr().unwrap());
        let router = axum::Router::new().route("/send", axum::routing::post(take));
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { sent, status, url, serving }
    }

    pub(crate) fn gateway(&self) -> Gateway {
        Gateway {
            url: self.url.clone(),
            body: "{\"to\":\"{number}\",\"text\":\"{text}\"}".into(),
            content_type: "application/json".into(),
            authorization: "Bearer secret".into(),
            time: Duration::from_secs(20),
            roots: PathBuf::new(),
            country: "+81".into(),
        }
    }

    /// Ends it.
    pub(crate) fn close(self) {
        self.serving.abort();
    }

    fn last(&self) -> (String, String, String) {
        let sent = self.sent.lock().unwrap();
        let (key, body) = sent.last().expect("nothing was sent");
        let text = |name: &str| body[name].as_str().unwrap().to_owned();
        (key.clone(), text("to"), text("text"))
    }
}

async fn house(phone: &Phone) -> House {
    let options = Options {
        secret: [7; 32],
        url: "https://mail.example.jp".into(),
        sms: Some(Arc::new(phone.gateway())),
        ..Options::default()
    };
    House::with(options).await
}

fn code_of(text: &str) -> String {
    text.split(": ").nth(1).unwrap().chars().take_while(char::is_ascii_digit).collect()
}

async fn until(mut met: impl FnMut() -> bool) {
    let started = std::time::Instant::now();
    while !met() {
        assert!(started.elapsed() < Duration::from_secs(60), "it did not come about");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_number_is_set_by_a_code_sent_to_it_and_then_signs_in() {
    let phone = Phone::new().await;
    let house = house(&phone).await;
    let hanako = house.sign_in("hanako@example.jp").await;
    house.letter().await;
    let bad = house.post("/security/telephone", &hanako, &[("number", "12")]).await;
    assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = house.post("/security/telephone", &hanako, &[("number", "090-1234-5678")]).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    let (key, to, text) = phone.last();
    assert_eq!((key.as_str(), to.as_str()), ("Bearer secret", "+819012345678"));
    let code = code_of(&text);
    assert_eq!(code.len(), 8, "{text}");
    assert_eq!(text.lines().last(), Some(&*format!("@mail.example.jp #{code}")), "{text}");
    let hidden = |name: &str| between(&page.body, &format!("name=\"{name}\" value=\""), "\"").unwrap().to_owned();
    let (number, ticket) = ("+819012345678".to_owned(), hidden("ticket"));
    // The code is for this number: another cannot be slipped in.
    let other = [("number", "+819099999999"), ("ticket", ticket.as_str()), ("code", code.as_str())];
    let refused = house.post("/security/telephone/confirm", &hanako, &other).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let fields = [("number", number.as_str()), ("ticket", &ticket), ("code", &code)];
    let done = house.post("/security/telephone/confirm", &hanako, &fields).await;
    assert_eq!(done.location(), "/security?done=telephone", "{}", done.body);
    assert!(house.letter().await.1.contains("電話番号が登録されました"));
    assert!(house.get("/security", &hanako).await.body.contains("+81••••••5678"));
    // Signing in by it, from a browser that nobody knows.
    let nobody = Visitor::default();
    let sent = house.post("/sign-in/send-sms", &nobody, &[("login", "hanako@example.jp")]).await;
    until(|| phone.sent.lock().unwrap().len() == 2).await;
    let unknown = house.post("/sign-in/send-sms", &nobody, &[("login", "nobody@example.jp")]).await;
    let ticket = |body: &str| between(body, "name=\"ticket\" value=\"", "\"").unwrap().to_owned();
    let same = unknown.body.replace("nobody@", "hanako@").replace(&ticket(&unknown.body), &ticket(&sent.body));
    assert_eq!(same, sent.body, "the answers tell whose address it is");
    let (code, ticket) = (code_of(&phone.last().2), ticket(&sent.body));
    let fields = [("login", "hanako@example.jp"), ("code", code.as_str()), ("ticket", ticket.as_str())];
    assert_eq!(house.post("/sign-in/code", &nobody, &fields).await.location(), "/held");
    phone.serving.abort();
    house.close().await;
}

#[tokio::test]
async fn where_the_gateway_fails_the_code_goes_by_mail_and_the_page_says_so() {
    let phone = Phone::new().await;
    let house = house(&phone).await;
    let whose = Person::Subscriber(house.hanako);
    means::put(
        &house.portal,
        house.operator,
        whose,
        (store::records::means::MeansKind::Telephone, Some("+819012345678")),
        house.now(),
    )
    .await
    .unwrap();
    let nobody = Visitor::default();
    let login = [("login", "hanako@example.jp")];
    // Refused (4xx): this number only; the code comes by mail, and others still get theirs by telephone.
    phone.status.store(400, Ordering::SeqCst);
    assert_eq!(house.post("/sign-in/send-sms", &nobody, &login).await.status, StatusCode::OK);
    let (to, text) = house.letter().await;
    assert!(to == "hanako@example.jp" && text.contains("サインイン用のコード"), "{text}");
    // Broken (5xx): mail as well, and for a while the page says at once that it does not work.
    phone.status.store(503, Ordering::SeqCst);
    assert_eq!(house.post("/sign-in/send-sms", &nobody, &login).await.status, StatusCode::OK);
    house.letter().await;
    let down = house.post("/sign-in/send-sms", &nobody, &login).await;
    assert_eq!(down.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(down.body.contains("いまSMSを送れません") && down.body.contains("/sign-in/send-code"), "{}", down.body);
    let hanako = house.sign_in("hanako@example.jp").await;
    let told = house.post("/security/telephone", &hanako, &[("number", "09012345678")]).await;
    assert!(told.body.contains("送れませんでした"), "{}", told.body);
    phone.status.store(200, Ordering::SeqCst);
    house.pass(16 * 60_000);
    let before = phone.sent.lock().unwrap().len();
    assert_eq!(house.post("/sign-in/send-sms", &nobody, &login).await.status, StatusCode::OK);
    until(|| phone.sent.lock().unwrap().len() > before).await;
    phone.serving.abort();
    house.close().await;
}

#[tokio::test]
async fn telephones_are_not_flooded() {
    let phone = Phone::new().await;
    let house = house(&phone).await;
    let login = [("login", "hanako@example.jp")];
    let mut sent = 0;
    for n in 0..12u8 {
        let from: &'static str = Box::leak(format!("192.0.{n}.1").into_boxed_str());
        let visitor = Visitor { from: Some(from), ..Visitor::default() };
        sent += i32::from(house.post("/sign-in/send-sms", &visitor, &login).await.status == StatusCode::OK);
    }
    assert_eq!(sent, 5, "five an hour, from however many networks");
    phone.serving.abort();
    house.close().await;
}
