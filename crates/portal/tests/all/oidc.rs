//! Staff sign in at an OpenID provider: a small real one with keys of its own, which lies in every way it can.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use aws_lc_rs::digest;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use portal::Options;
use portal::security::oidc::{Provider, Settings};
use serde_json::{Value, json};
use store::records::signin::{Role, StaffRow};
use store::{OperatorId, StaffId};

use crate::house::{Answer, House, NOW, Visitor, between};

/// In which way the next token is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lie {
    None,
    Ec,
    Audience,
    AudienceOfMany,
    Azp,
    Issuer,
    Nonce,
    NoNonce,
    Expired,
    NoExpiry,
    Old,
    Future,
    AlgNone,
    Hmac,
    UnknownKey,
    OtherKey,
    Tampered,
    NoSubject,
    Unverified,
    Stranger,
    OtherSubject,
    Critical,
    Parts,
    Silent,
}

struct Id {
    url: String,
    rsa: RsaKeyPair,
    other: RsaKeyPair,
    ec: EcdsaKeyPair,
    lie: Mutex<Lie>,
    /// Nonce and challenge of each code.
    codes: Mutex<HashMap<String, (String, String)>>,
    now: Mutex<i64>,
}

fn b64(octets: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(octets)
}

/// Modulus and exponent of an RSAPublicKey (RFC 8017 §A.1.1): a SEQUENCE of two INTEGERs.
fn numbers(der: &[u8]) -> (Vec<u8>, Vec<u8>) {
    fn one(der: &[u8]) -> (&[u8], &[u8]) {
        let (length, at) = match der[1] {
            short @ 0..=0x7f => (usize::from(short), 2),
            long => {
                let octets = usize::from(long & 0x7f);
                (der[2..2 + octets].iter().fold(0, |all, octet| all * 256 + usize::from(*octet)), 2 + octets)
            }
        };
        (&der[at..at + length], &der[at + length..])
    }
    let (inside, _) = one(der);
    let (n, rest) = one(inside);
    let (e, _) = one(rest);
    let bare = |octets: &[u8]| octets.iter().copied().skip_while(|octet| *octet == 0).collect::<Vec<u8>>();
    (bare(n), bare(e))
}

impl Id {
    fn jwks(&self) -> Value {
        let (n, e) = numbers(self.rsa.public_key().as_ref());
        let point = self.ec.public_key().as_ref();
        json!({"keys": [
            {"kty": "oct", "kid": "1", "k": b64("shared"), "alg": "HS256"},
            {"kty": "RSA", "kid": "rsa", "use": "sig", "alg": "RS256", "n": b64(n), "e": b64(e)},
            {"kty": "EC", "kid": "ec", "use": "sig", "crv": "P-256", "x": b64(&point[1..33]), "y": b64(&point[33..])},
        ]})
    }

    fn token(&self, nonce: &str) -> String {
        let lie = *self.lie.lock().unwrap();
        let now = *self.now.lock().unwrap() / 1000;
        let mut claims = json!({"iss": self.url, "aud": "sekisho", "sub": "0001", "email": "Admin@example.jp",
            "email_verified": true, "nonce": nonce, "iat": now, "exp": now + 300});
        match lie {
            Lie::Audience => claims["aud"] = json!("another"),
            Lie::AudienceOfMany => claims["aud"] = json!(["sekisho", "another"]),
            Lie::Azp => claims["azp"] = json!("another"),
            Lie::Issuer => claims["iss"] = json!("https://id.example.net"),
            Lie::Nonce => claims["nonce"] = json!("of another sign-in"),
            Lie::NoNonce => claims["nonce"] = Value::Null,
            Lie::Expired => claims["exp"] = json!(now - 61),
            Lie::NoExpiry => claims["exp"] = Value::Null,
            Lie::Old => claims["iat"] = json!(now - 3600),
            Lie::Future => claims["iat"] = json!(now + 3600),
            Lie::NoSubject => claims["sub"] = json!(""),
            Lie::Unverified => claims["email_verified"] = json!(false),
            Lie::Stranger => {
                claims["sub"] = json!("0099");
                claims["email"] = json!("stranger@example.jp");
            }
            Lie::OtherSubject => claims["sub"] = json!("0002"),
            _ => {}
        }
        let mut header = match lie {
            Lie::Ec => json!({"alg": "ES256", "kid": "ec"}),
            Lie::AlgNone => json!({"alg": "none"}),
            Lie::Hmac => json!({"alg": "HS256", "kid": "1"}),
            Lie::UnknownKey => json!({"alg": "RS256", "kid": "unknown"}),
            _ => json!({"alg": "RS256", "kid": "rsa"}),
        };
        if lie == Lie::Critical {
            header["crit"] = json!(["x"]);
        }
        let signed = format!("{}.{}", b64(header.to_string()), b64(claims.to_string()));
        let signature = self.sign(lie, signed.as_bytes());
        match lie {
            Lie::Tampered => {
                claims["sub"] = json!("0003");
                format!("{}.{}.{signature}", b64(header.to_string()), b64(claims.to_string()))
            }
            Lie::Parts => format!("{signed}.{signature}.more"),
            _ => format!("{signed}.{signature}"),
        }
    }

    fn sign(&self, lie: Lie, signed: &[u8]) -> String {
        let random = SystemRandom::new();
        match lie {
            Lie::AlgNone => String::new(),
            Lie::Ec => b64(self.ec.sign(&random, signed).unwrap()),
            Lie::Hmac => {
                let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, b"shared");
                b64(aws_lc_rs::hmac::sign(&key, signed))
            }
            other => {
                let pair = if other == Lie::OtherKey { &self.other } else { &self.rsa };
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, signed, &mut signature).unwrap();
                b64(signature)
            }
        }
    }
}

async fn redeem(State(id): State<Arc<Id>>, headers: HeaderMap, body: String) -> (StatusCode, Json<Value>) {
    let no = |why: &str| (StatusCode::BAD_REQUEST, Json(json!({ "error": why })));
    // `sekisho:pass word`, form-encoded before it is base64.
    if headers.get("authorization").is_none_or(|value| value != "Basic c2VraXNobzpwYXNzJTIwd29yZA==") {
        return no("invalid_client");
    }
    let form = portal::forms::query(&format!("/?{body}"));
    let Some((nonce, challenge)) = id.codes.lock().unwrap().remove(&form.text("code")) else {
        return no("invalid_grant");
    };
    // RFC 7636 §4.6.
    let verifier = digest::digest(&digest::SHA256, form.text("code_verifier").as_bytes());
    if b64(verifier) != challenge || !form.text("redirect_uri").ends_with("/staff/sign-in/oidc/back") {
        return no("invalid_grant");
    }
    if *id.lie.lock().unwrap() == Lie::Silent {
        return (StatusCode::INTERNAL_SERVER_ERROR, Json(Value::Null));
    }
    (StatusCode::OK, Json(json!({"id_token": id.token(&nonce), "token_type": "Bearer", "access_token": "x"})))
}

async fn start() -> (Arc<Id>, tokio::task::JoinHandle<()>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let id = Arc::new(Id {
        rsa: RsaKeyPair::generate(KeySize::Rsa2048).unwrap(),
        other: RsaKeyPair::generate(KeySize::Rsa2048).unwrap(),
        ec: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap(),
        url: url.clone(),
        lie: Mutex::new(Lie::None),
        codes: Mutex::default(),
        now: Mutex::new(NOW),
    });
    let about = json!({"issuer": url, "authorization_endpoint": format!("{url}/authorize"),
        "token_endpoint": format!("{url}/token"), "jwks_uri": format!("{url}/jwks")});
    let router = Router::new()
        .route("/.well-known/openid-configuration", get(move || async move { Json(about) }))
        .route("/jwks", get(|State(id): State<Arc<Id>>| async move { Json(id.jwks()) }))
        .route("/token", post(redeem))
        .with_state(id.clone());
    (id, tokio::spawn(async move { axum::serve(listener, router).await.unwrap() }))
}

async fn house(id: &Id) -> House {
    let settings = Settings {
        issuer: id.url.clone(),
        client_id: "sekisho".into(),
        client_secret: "pass word".into(),
        name: "みどりID".into(),
        claim: "email".into(),
        roots: PathBuf::new(),
    };
    let options = Options {
        secret: [7; 32],
        url: "https://mail.example.jp".into(),
        second_factor: vec![Role::Administrator],
        oidc: Some(Arc::new(Provider::new(settings))),
        ..Options::default()
    };
    let house = House::with(options).await;
    let row = StaffRow {
        id: StaffId(0),
        operator: OperatorId(house.operator.0),
        login: "admin@example.jp".into(),
        name: "管理者".into(),
        role: Role::Administrator,
        password: String::new(),
        language: String::new(),
    };
    house.records().put_staff(&row).await.unwrap();
    house
}

/// As the browser goes there: gives what it comes back with, and the cookie it keeps.
async fn go(house: &House, id: &Id, code: &str) -> (Visitor, String) {
    let nobody = Visitor::default();
    let leave = house.get("/staff/sign-in/oidc?next=%2Fstaff%2Fcharts", &nobody).await;
    assert!(leave.location().starts_with(&format!("{}/authorize?", id.url)), "{}", leave.location());
    let asked = portal::forms::query(leave.location());
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", "sekisho"),
        ("redirect_uri", "https://mail.example.jp/staff/sign-in/oidc/back"),
        ("code_challenge_method", "S256"),
    ] {
        assert_eq!(asked.text(name), value);
    }
    assert!(asked.text("scope").split(' ').any(|scope| scope == "openid"));
    id.codes.lock().unwrap().insert(code.to_owned(), (asked.text("nonce"), asked.text("code_challenge")));
    (House::keep(&leave, nobody), asked.text("state"))
}

async fn come(house: &House, visitor: &Visitor, code: &str, state: &str) -> Answer {
    house.get(&format!("/staff/sign-in/oidc/back?code={code}&state={state}"), visitor).await
}

async fn whole(house: &House, id: &Id, lie: Lie) -> (Visitor, Answer) {
    *id.lie.lock().unwrap() = lie;
    *id.now.lock().unwrap() = house.now().0;
    let (visitor, state) = go(house, id, "abc").await;
    let answer = come(house, &visitor, "abc", &state).await;
    (visitor, answer)
}

#[tokio::test]
async fn staff_come_in_by_the_provider_and_are_known_again_by_its_own_name_for_them() {
    let (id, serving) = start().await;
    let house = house(&id).await;
    let page = house.get("/staff/sign-in", &Visitor::default()).await;
    assert!(page.body.contains("みどりIDでサインイン"), "{}", page.body);
    for lie in [Lie::None, Lie::Ec] {
        let (visitor, answer) = whole(&house, &id, lie).await;
        assert_eq!(answer.location(), "/staff/charts", "{lie:?}");
        let inside = House::keep(&answer, visitor);
        // Their role needs a second factor; the provider has asked for what it wants.
        assert_eq!(house.get("/staff", &inside).await.status, StatusCode::OK, "{lie:?}");
        assert!(between(&inside.cookie, "sekisho-step=", ";").is_none(), "the step is over");
    }
    // The address passes to another person there: not to our account.
    let (_, answer) = whole(&house, &id, Lie::OtherSubject).await;
    assert_eq!(answer.location(), "/staff/sign-in?refused=oidc");
    // The address changes, the person does not: still they. An unverified address is then no hindrance.
    let (_, answer) = whole(&house, &id, Lie::Unverified).await;
    assert_eq!(answer.location(), "/staff/charts");
    serving.abort();
    house.close().await;
}

#[tokio::test]
async fn tokens_that_lie_open_nothing() {
    let (id, serving) = start().await;
    let house = house(&id).await;
    for lie in [
        Lie::Audience,
        Lie::AudienceOfMany,
        Lie::Azp,
        Lie::Issuer,
        Lie::Nonce,
        Lie::NoNonce,
        Lie::Expired,
        Lie::NoExpiry,
        Lie::Old,
        Lie::Future,
        Lie::AlgNone,
        Lie::Hmac,
        Lie::UnknownKey,
        Lie::OtherKey,
        Lie::Tampered,
        Lie::NoSubject,
        Lie::Unverified,
        Lie::Stranger,
        Lie::Critical,
        Lie::Parts,
        Lie::Silent,
    ] {
        let (visitor, answer) = whole(&house, &id, lie).await;
        assert_eq!(answer.location(), "/staff/sign-in?refused=oidc", "{lie:?}");
        let inside = House::keep(&answer, visitor);
        assert_eq!(house.get("/staff", &inside).await.status, StatusCode::SEE_OTHER, "{lie:?}");
        house.pass(61_000);
    }
    let said = house.get("/staff/sign-in?refused=oidc", &Visitor::default()).await;
    assert!(said.body.contains("担当者として登録されていません"), "{}", said.body);
    // The same house, a token that does not lie: it was really the lies.
    assert_eq!(whole(&house, &id, Lie::None).await.1.location(), "/staff/charts");
    serving.abort();
    house.close().await;
}

#[tokio::test]
async fn an_answer_belongs_to_the_browser_that_asked_and_works_once() {
    let (id, serving) = start().await;
    let house = house(&id).await;
    *id.now.lock().unwrap() = house.now().0;
    let refused = "/staff/sign-in?refused=oidc";
    let (visitor, state) = go(&house, &id, "one").await;
    // Planted in somebody else's browser; with another state; without a code.
    assert_eq!(come(&house, &Visitor::default(), "one", &state).await.location(), refused);
    assert_eq!(come(&house, &visitor, "one", "other").await.location(), refused);
    assert_eq!(come(&house, &visitor, "", &state).await.location(), refused);
    assert_eq!(come(&house, &visitor, "one", &state).await.location(), "/staff/charts");
    assert_eq!(come(&house, &visitor, "one", &state).await.location(), refused, "replayed");
    // A code of another sign-in was asked for with another verifier (PKCE).
    let (first, first_state) = go(&house, &id, "two").await;
    let (second, second_state) = go(&house, &id, "three").await;
    assert_eq!(come(&house, &second, "two", &second_state).await.location(), refused);
    house.pass(11 * 60_000);
    assert_eq!(come(&house, &first, "two", &first_state).await.location(), refused, "too late");
    serving.abort();
    house.close().await;
}
