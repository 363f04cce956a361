//! Who looks at the pages in the browser: everybody of [`crate::furnish`], and those whose pages look different because of
//! how they sign in, or because they are staff in somebody else's place.

use std::collections::BTreeMap;
use std::sync::Arc;

use message::UnixMillis;
use portal::Options;
use portal::security::{means, totp};
use store::records::decisions::FoldedRefusal;
use store::records::directory::SubscriberRow;
use store::records::means::{MeansKind, MeansRow};
use store::records::signin::{Person, Role, StaffRow};
use store::{StaffId, SubscriberId};

use crate::furnish;
use crate::house::{House, PASSWORD, Visitor};
use crate::sms::Phone;

/// A subscriber with every way of signing in, whose session is not young any more.
const UME: &str = "ume@example.jp";
/// An administrator with every way of signing in, whose session is not young any more.
pub(super) const BOSS: &str = "boss";
/// The key in the app of both.
const SECRET: [u8; 20] = [9; 20];
const REASON: &str = "電話での依頼 TK-1024 かごに入れたはずの請求書が届かない、とのこと";

/// The furnished provider, and whoever looks at its pages.
pub(super) struct Place {
    pub(super) house: House,
    pub(super) visitors: BTreeMap<&'static str, Visitor>,
    phone: Phone,
}

impl Place {
    /// With everything that can be switched on. Browsers offer passkeys on `localhost` without TLS.
    pub(super) async fn new(site: &str) -> Self {
        let phone = Phone::new().await;
        let options = Options {
            secret: [7; 32],
            url: site.into(),
            sms: Some(Arc::new(phone.gateway())),
            without_password: vec![Role::Administrator],
            #[cfg(feature = "oidc")]
            oidc: Some(Arc::new(provider())),
            ..Options::default()
        };
        let house = House::with(options).await;
        crate::offers::offer(&house, &profile()).await;
        let (ume, boss) = well_secured(&house).await;
        let mut visitors = furnish::everything(&house).await;
        refusals(&house).await;
        visitors.insert("kiku", with_a_small_contract(&house).await);
        let halfway = [("login", UME), ("password", PASSWORD)];
        let halfway = house.post("/sign-in", &Visitor::default(), &halfway).await;
        assert_eq!(halfway.location(), "/sign-in/second", "{}", halfway.body);
        visitors.insert("halfway", House::keep(&halfway, Visitor::default()));
        visitors.insert("ume", ume);
        visitors.insert(BOSS, boss);
        in_place_of_hanako(&house, &mut visitors).await;
        let hanako = &visitors["hanako"];
        let reader = Visitor { cookie: format!("{}; sekisho-furigana=on", hanako.cookie), ..hanako.clone() };
        visitors.insert("reader", reader);
        Self { house, visitors, phone }
    }

    /// Ends it.
    pub(super) async fn close(self) {
        self.phone.close();
        self.house.close().await;
    }
}

/// What is shipped, with more to choose of the digest, and a contract that is without much.
fn profile() -> String {
    let (own, more) = ("every_hours = [24]", "every_hours = [6, 24, 72, 168]\neach_message = true");
    assert!(policy::profile::SHIPPED.contains(own));
    let contracts = "[entitlements]\nnot_in = { mini = [\"lists\", \"rules\", \"digest\"] }\n\
                     first_months = { mini = { months = 3, features = [\"lists\"] } }\n";
    format!("{}\n{contracts}", policy::profile::SHIPPED.replace(own, more))
}

async fn with_a_small_contract(house: &House) -> Visitor {
    let id = house.subscriber("kiku@example.jp", "菊池 きく").await;
    let row = house.records().subscriber(house.operator, id).await.unwrap().unwrap();
    house.records().put_subscriber(&SubscriberRow { group: "mini".into(), ..row }).await.unwrap();
    house.sign_in("kiku@example.jp").await
}

/// The door has refused somebody, for a reason that takes words.
async fn refusals(house: &House) {
    for (network, reason, count) in
        [("198.51.100.0/24", "rcpt-5.1.1", 12_345), ("2001:db8:ffff::/48", "", 3), ("192.0.2.0/24", "peer-in-list", 7)]
    {
        let (operator, minute) = (house.operator, UnixMillis(house.now().0 - 120_000));
        let row = FoldedRefusal { operator, minute, network: network.into(), reason: reason.into(), count };
        house.records().fold_refusal(row).await.unwrap();
    }
}

/// What the app of both shows now.
pub(super) fn app_code(house: &House) -> String {
    totp::code(&SECRET, totp::step(house.now().0))
}

/// Signs both in, then gives them what they sign in with, then lets a quarter of an hour pass.
async fn well_secured(house: &House) -> (Visitor, Visitor) {
    let subscriber = house.subscriber(UME, "梅原 うめ").await;
    let row = StaffRow { login: BOSS.into(), name: "責任者".into(), id: StaffId(0), ..admin(house).await };
    let staff = house.records().put_staff(&row).await.unwrap();
    let ume = known_browser(house, "/sign-in", UME).await;
    let boss = known_browser(house, "/staff/sign-in", BOSS).await;
    for person in [Person::Subscriber(subscriber), Person::Staff(staff)] {
        ways_in(house, person).await;
    }
    house.pass(16 * 60_000);
    (ume, boss)
}

/// With the cookie that says so: more tries are theirs.
async fn known_browser(house: &House, at: &str, login: &str) -> Visitor {
    let nobody = Visitor::default();
    let answer = house.post(at, &nobody, &[("login", login), ("password", PASSWORD)]).await;
    assert!(answer.status.is_redirection(), "{}", answer.body);
    house.with_token(House::keep(&answer, nobody)).await
}

async fn admin(house: &House) -> StaffRow {
    house.records().staff_by_login("admin").await.unwrap().unwrap()
}

async fn ways_in(house: &House, person: Person) {
    let (portal, operator, now) = (&house.portal, house.operator, house.now());
    let step = totp::step(now.0) - 100;
    means::enrol(portal, operator, person, &SECRET, step, now).await.unwrap();
    means::new_recovery(portal, operator, person, now).await.unwrap();
    for (name, detail) in [(1, "iPhone · Safari"), (2, "")] {
        let (name, detail, secret) = (vec![name; 32], detail.to_owned(), Vec::new());
        let row =
            MeansRow { operator, person, kind: MeansKind::Passkey, name, secret, detail, created_at: now, used: 0 };
        house.records().put_means(&row).await.unwrap();
    }
    let (kind, text) = match person {
        Person::Subscriber(SubscriberId(_)) => (MeansKind::Telephone, "+819012345678"),
        Person::Staff(StaffId(_)) => (MeansKind::Letters, "support.night.shift@example.jp"),
    };
    means::put(portal, operator, person, (kind, Some(text)), now).await.unwrap();
}

/// Staff who look at Hanako's pages with a ground and without one, and who change her settings.
async fn in_place_of_hanako(house: &House, visitors: &mut BTreeMap<&'static str, Visitor>) {
    let at = format!("/staff/subscribers/{}", house.hanako.0);
    for (name, deed, ground) in [("looking", "look", "asked"), ("closed", "look", ""), ("acting", "act", "")] {
        let support = house.staff("support").await;
        let fields = [("reason", REASON), ("ground", ground)];
        let answer = house.post(&format!("{at}/{deed}"), &support, &fields).await;
        assert!(answer.status.is_redirection(), "{}", answer.body);
        visitors.insert(name, support);
    }
    let reference = furnish::newest(house).await.reference;
    let fields = [("reason", REASON), ("ground", "asked")];
    let path = format!("/staff/decision/{reference}/ground");
    let answer = house.post(&path, &visitors["looking"], &fields).await;
    assert!(answer.status.is_redirection(), "{}", answer.body);
}

#[cfg(feature = "oidc")]
fn provider() -> portal::security::oidc::Provider {
    portal::security::oidc::Provider::new(portal::security::oidc::Settings {
        issuer: "http://localhost".into(),
        client_id: "sekisho".into(),
        client_secret: "not asked for here".into(),
        name: "みどりID".into(),
        claim: "email".into(),
        roots: std::path::PathBuf::new(),
    })
}
