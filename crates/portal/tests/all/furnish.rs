//! The provider with something on every page, so that a look at the pages is a look at what people will see.

use std::collections::BTreeMap;

use controls::lists::{Entry, Pattern};
use controls::{Class, Finding};
use message::UnixMillis;
use message::authentication::Proof;
use policy::consent::Consent;
use policy::{Layer, Treatment};
use store::records::junk::{JunkQuery, JunkRow};
use store::records::settings::SettingsOwner;

use crate::house::{House, Letter, Visitor};

/// Fills the house and signs everybody in: `nobody`, `newcomer`, `hanako`, `admin`.
pub(crate) async fn everything(house: &House) -> BTreeMap<&'static str, Visitor> {
    settings(house).await;
    mail(house).await;
    crate::waiting::somebody_waits(house, "hanako@example.jp");
    crate::staff::somebody_is_held(house);
    let hanako = house.sign_in("hanako@example.jp").await;
    house.sign_in_at("/sign-in", "hanako@example.jp", Visitor { from: Some("192.0.2.77"), ..Visitor::default() }).await;
    let admin = house.staff("admin").await;
    let fields = [("ground", "asked"), ("reason", "電話での依頼 TK-1024")];
    let reference = newest(house).await.reference;
    house.post(&format!("/staff/decision/{reference}/ground"), &admin, &fields).await;
    let newcomer = house.sign_in("taro@example.jp").await;
    BTreeMap::from([("nobody", Visitor::default()), ("newcomer", newcomer), ("hanako", hanako), ("admin", admin)])
}

/// The most dangerous message that Hanako has.
pub(crate) async fn newest(house: &House) -> JunkRow {
    let query = JunkQuery {
        operator: Some(house.operator),
        subscriber: Some(house.hanako),
        text: "みどりカード".into(),
        limit: 1,
        ..JunkQuery::default()
    };
    house.records().find_junk(&query).await.unwrap().remove(0)
}

async fn settings(house: &House) {
    let owner = SettingsOwner::Subscriber(house.hanako);
    let consent = Some(Consent { given: true, at: UnixMillis(house.now().0 - 86_400_000), text: 1 });
    let entry = |text: &str| Entry::new(Pattern::parse(text).unwrap());
    let layer = Layer {
        consent,
        conditions: BTreeMap::from([("html-present".to_owned(), Treatment::JUNK)]),
        receive: ["okaasan@example.com", "school.example.jp"].map(entry).to_vec(),
        refuse: ["*.bulk.example", "a-very-long-sender-name-that-never-ends@newsletters.shop.example"]
            .map(entry)
            .to_vec(),
        address_book: ["ojiisan@example.com"].map(entry).to_vec(),
        ..Layer::default()
    };
    let directory = &house.directory;
    directory.change_settings(house.operator, &owner, &layer, 0, "subscriber:1", "192.0.2.1", "").await.unwrap();
    let hanako = house.sign_in("hanako@example.jp").await;
    let rule = [
        ("version", "1"),
        ("name", "カードの話"),
        ("field", "subject"),
        ("kind", "contains"),
        ("text", "カード"),
        ("then", "junk"),
    ];
    house.post("/settings/keywords/add", &hanako, &rule).await;
}

async fn mail(house: &House) {
    for hours_ago in [2, 30, 50, 90, 110, 130, 150] {
        house.hold(&Letter { hours_ago, ..Letter::spam(house.hanako) }).await;
    }
    for hours_ago in [15, 40] {
        house.hold(&Letter { hours_ago, ..Letter::fraud(house.hanako) }).await;
    }
    house.hold(&Letter { hours_ago: 5, ..newsletter(house) }).await;
    house.hold(&Letter { hours_ago: 9, ..without_words(house) }).await;
    let trash = house.hold(&Letter { hours_ago: 60, ..Letter::spam(house.hanako) }).await;
    let released = house.hold(&Letter { hours_ago: 61, ..newsletter(house) }).await;
    let hanako = house.sign_in("hanako@example.jp").await;
    house.post(&format!("/held/{}/delete", trash.id.0), &hanako, &[]).await;
    house.post(&format!("/held/{}/release", released.id.0), &hanako, &[]).await;
}

/// A proven shop that a setting held.
fn newsletter(house: &House) -> Letter {
    Letter {
        from: "やまびこ書店 <news@yamabiko.example>",
        from_address: "news@yamabiko.example",
        subject: "11月の新刊のご案内",
        class: Class::Suspect,
        findings: vec![Finding::seen("heuristics", "html-present").worth(0.4)],
        proof: Proof::Proven,
        ..Letter::spam(house.hanako)
    }
}

/// Neither subject nor name, and one endless word.
fn without_words(house: &House) -> Letter {
    Letter {
        from: "",
        from_address: "loooooooooooooooooooooooooooooooooooooooooooooooooong@xn--looooooooooooong.example",
        subject: "",
        class: Class::Suspect,
        ..Letter::spam(house.hanako)
    }
}
