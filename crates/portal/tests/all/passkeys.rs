//! Passkeys: a device made of a key pair, which says what real ones say, and then says it wrong in every part.

use aws_lc_rs::digest;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use portal::Options;
use serde_json::json;
use store::records::signin::Role;

use crate::house::{Answer, House, PASSWORD, Visitor, between};

const SITE: &str = "https://mail.example.jp";
const HOST: &str = "mail.example.jp";

fn b64(octets: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(octets)
}

/// What a device says of itself and of where it is; each can be wrong.
#[derive(Clone)]
struct Said {
    kind: &'static str,
    origin: &'static str,
    host: &'static str,
    flags: u8,
    counter: u32,
    cross: bool,
}

struct Device {
    pair: EcdsaKeyPair,
    id: [u8; 32],
}

impl Device {
    fn new(id: u8) -> Self {
        Self { pair: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap(), id: [id; 32] }
    }

    fn client(said: &Said, challenge: &str) -> Vec<u8> {
        json!({"type": said.kind, "challenge": challenge, "origin": said.origin, "crossOrigin": said.cross})
            .to_string()
            .into_bytes()
    }

    fn data(&self, said: &Said, is_new: bool) -> Vec<u8> {
        let name = digest::digest(&digest::SHA256, said.host.as_bytes());
        let mut data = [name.as_ref(), &[said.flags], &said.counter.to_be_bytes()].concat();
        if is_new {
            data.extend([&[0; 16], [0, 32].as_slice(), &self.id, b"\xa5 the key, which nobody reads here"].concat());
        }
        data
    }

    fn added(&self, said: &Said, challenge: &str) -> Vec<(&'static str, String)> {
        let spki = [
            b"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00"
                .as_slice(),
            self.pair.public_key().as_ref(),
        ]
        .concat();
        vec![
            ("id", b64(self.id)),
            ("client", b64(Self::client(said, challenge))),
            ("data", b64(self.data(said, true))),
            ("key", b64(spki)),
        ]
    }

    fn signed(&self, said: &Said, challenge: &str) -> Vec<(&'static str, String)> {
        let (client, data) = (Self::client(said, challenge), self.data(said, false));
        let text = [data.as_slice(), digest::digest(&digest::SHA256, &client).as_ref()].concat();
        let signature = self.pair.sign(&SystemRandom::new(), &text).unwrap();
        vec![("id", b64(self.id)), ("client", b64(client)), ("data", b64(data)), ("signature", b64(signature))]
    }
}

fn create() -> Said {
    Said { kind: "webauthn.create", origin: SITE, host: HOST, flags: 0x45, counter: 0, cross: false }
}

fn get() -> Said {
    Said { kind: "webauthn.get", flags: 0x05, ..create() }
}

async fn house() -> House {
    House::with(Options { secret: [7; 32], url: SITE.into(), ..Options::default() }).await
}

async fn challenge(house: &House, path: &str, visitor: &Visitor) -> String {
    let page = house.get(path, visitor).await;
    assert!(page.body.contains(&format!("data-host=\"{HOST}\"")), "{}", page.body);
    between(&page.body, "data-challenge=\"", "\"").unwrap().to_owned()
}

async fn post(house: &House, path: &str, visitor: &Visitor, fields: &[(&'static str, String)]) -> Answer {
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    house.post(path, visitor, &fields).await
}

async fn add(house: &House, visitor: &Visitor, here: &str, device: &Device) {
    let challenge = challenge(house, here, visitor).await;
    let answer = post(house, here, visitor, &device.added(&create(), &challenge)).await;
    assert_eq!(answer.location(), format!("{here}?done=passkey"), "{}", answer.body);
}

#[tokio::test]
async fn a_passkey_is_added_and_opens_and_each_challenge_works_once() {
    let house = house().await;
    let hanako = house.sign_in("hanako@example.jp").await;
    house.letter().await;
    let device = Device::new(1);
    add(&house, &hanako, "/security/passkeys", &device).await;
    assert!(house.letter().await.1.contains("パスキーが登録されました"));
    let nobody = Visitor::default();
    let asked = challenge(&house, "/sign-in", &nobody).await;
    let fields = device.signed(&get(), &asked);
    let answer = post(&house, "/sign-in/passkey", &nobody, &fields).await;
    assert_eq!(answer.location(), "/held", "{}", answer.body);
    let inside = House::keep(&answer, nobody.clone());
    assert!(house.get("/held", &inside).await.body.contains("佐藤 花子さん"));
    assert_eq!(post(&house, "/sign-in/passkey", &nobody, &fields).await.location(), "/sign-in?refused=passkey");
    // Somebody else cannot add the same id as theirs, and takes nobody's away.
    let taro = house.sign_in("taro@example.jp").await;
    let asked = challenge(&house, "/security/passkeys", &taro).await;
    let stolen = post(&house, "/security/passkeys", &taro, &device.added(&create(), &asked)).await;
    assert_eq!(stolen.status, StatusCode::UNPROCESSABLE_ENTITY);
    let id = [("id", b64(device.id))];
    assert_eq!(post(&house, "/security/passkeys/remove", &taro, &id).await.status, StatusCode::NOT_FOUND);
    let inside = house.with_token(inside).await;
    let gone = post(&house, "/security/passkeys/remove", &inside, &id).await;
    assert_eq!(gone.location(), "/security/passkeys?done=passkey-off");
    let asked = challenge(&house, "/sign-in", &nobody).await;
    let after = post(&house, "/sign-in/passkey", &nobody, &device.signed(&get(), &asked)).await;
    assert_eq!(after.location(), "/sign-in?refused=passkey", "it was taken away");
    house.close().await;
}

#[tokio::test]
async fn what_a_device_says_wrongly_opens_nothing() {
    let house = house().await;
    let admin = house.staff("admin").await;
    let (device, other) = (Device::new(1), Device::new(2));
    let here = "/staff/security/passkeys";
    let wrong = [
        Said { kind: "webauthn.other", ..create() },
        Said { origin: "https://mail.example.jp.evil.example", ..create() },
        Said { host: "example.jp", ..create() },
        Said { cross: true, ..create() },
    ];
    for said in wrong.iter().chain(&[Said { flags: 0x41, ..create() }, Said { flags: 0x05, ..create() }]) {
        let challenge = challenge(&house, here, &admin).await;
        let answer = post(&house, here, &admin, &device.added(said, &challenge)).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{} {} {}", said.kind, said.origin, said.flags);
    }
    add(&house, &admin, here, &device).await;
    let nobody = Visitor::default();
    let refused = async |fields: Vec<(&'static str, String)>, why: &str| {
        let answer = post(&house, "/sign-in/passkey", &nobody, &fields).await;
        assert_eq!(answer.location(), "/sign-in?refused=passkey", "{why}");
    };
    for said in [
        Said { kind: "webauthn.create", ..get() },
        Said { origin: "http://mail.example.jp", ..get() },
        Said { host: "example.jp", ..get() },
        Said { flags: 0x01, ..get() },
        Said { flags: 0x04, ..get() },
        Said { cross: true, ..get() },
    ] {
        let asked = challenge(&house, "/sign-in", &nobody).await;
        refused(device.signed(&said, &asked), &format!("{} {} {}", said.kind, said.origin, said.flags)).await;
    }
    let asked = challenge(&house, "/sign-in", &nobody).await;
    let mut another = other.signed(&get(), &asked);
    refused(another.clone(), "unknown").await;
    another[0].1 = b64(device.id);
    refused(another, "signed by another key").await;
    refused(device.signed(&get(), &challenge(&house, here, &admin).await), "a challenge for adding").await;
    refused(device.signed(&get(), &b64([0; 56])), "not our challenge").await;
    refused(device.signed(&get(), ""), "no challenge").await;
    house.pass(11 * 60_000);
    refused(device.signed(&get(), &asked), "too late").await;
    // A counter that grows is right; the same again is a copy.
    for (counter, opens) in [(5, true), (5, false), (4, false), (0, false), (6, true)] {
        let asked = challenge(&house, "/sign-in", &nobody).await;
        let answer =
            post(&house, "/sign-in/passkey", &nobody, &device.signed(&Said { counter, ..get() }, &asked)).await;
        let expected = if opens { "/staff" } else { "/sign-in?refused=passkey" };
        assert_eq!(answer.location(), expected, "counter {counter}");
    }
    house.close().await;
}

#[tokio::test]
async fn who_has_a_passkey_switches_the_password_off_and_it_opens_nothing_any_more() {
    let house = house().await;
    let admin = house.staff("admin").await;
    let device = Device::new(1);
    add(&house, &admin, "/staff/security/passkeys", &device).await;
    let off = "/staff/security/password/off";
    assert!(house.get("/staff/security/password", &admin).await.body.contains(off));
    let elsewhere = house.staff("admin").await;
    let wrong = house.post(off, &admin, &[("current", "not this one")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let done = house.post(off, &admin, &[("current", PASSWORD)]).await;
    assert_eq!(done.location(), "/staff/security?done=password-off", "{}", done.body);
    assert_eq!(house.get("/staff", &elsewhere).await.status, StatusCode::SEE_OTHER, "who came in by it is out");
    let ways = house.get("/staff/security", &admin).await.body;
    assert!(ways.contains("パスキーか、認証サービスでサインインします"), "{ways}");
    assert_eq!(house.post(off, &admin, &[]).await.location(), "/staff/security", "it is off already");
    let nobody = Visitor::default();
    let tried = house.post("/staff/sign-in", &nobody, &[("login", "admin"), ("password", PASSWORD)]).await;
    assert_eq!(tried.status, StatusCode::UNAUTHORIZED);
    let tried = house.post("/staff/sign-in", &nobody, &[("login", "admin"), ("password", "")]).await;
    assert_eq!(tried.status, StatusCode::UNAUTHORIZED, "an empty one neither");
    let asked = challenge(&house, "/staff/sign-in", &nobody).await;
    let opened = post(&house, "/sign-in/passkey", &nobody, &device.signed(&get(), &asked)).await;
    assert_eq!(opened.location(), "/staff");
    // It is the last way in now, until there is a password again.
    let id = [("id", b64(device.id))];
    let kept = post(&house, "/staff/security/passkeys/remove", &admin, &id).await;
    assert_eq!(kept.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", kept.body);
    let again = [("new", "a new one 電池 staple"), ("again", "a new one 電池 staple")];
    assert_eq!(
        house.post("/staff/security/password", &admin, &again).await.location(),
        "/staff/security?done=password"
    );
    house.close().await;
}

#[tokio::test]
async fn a_role_that_needs_no_password_comes_in_by_one_only_until_there_is_another_way() {
    let options = Options {
        secret: [7; 32],
        url: SITE.into(),
        without_password: vec![Role::Administrator],
        ..Options::default()
    };
    let house = House::with(options).await;
    let admin = house.staff("admin").await;
    assert!(house.get("/staff/security", &admin).await.body.contains("パスワードではサインインできなくなります"));
    add(&house, &admin, "/staff/security/passkeys", &Device::new(1)).await;
    let nobody = Visitor::default();
    let tried = house.post("/staff/sign-in", &nobody, &[("login", "admin"), ("password", PASSWORD)]).await;
    assert_eq!(tried.status, StatusCode::UNAUTHORIZED);
    assert!(tried.body.contains("この権限の方は、パスワードではサインインできません"), "{}", tried.body);
    house.staff("support").await;
    house.close().await;
}
