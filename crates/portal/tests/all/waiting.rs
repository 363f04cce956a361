//! Senders that were asked to come again, as their recipient sees them.

use axum::http::StatusCode;
use door::{Grey, GreylistSettings, Triplet};
use message::UnixMillis;

use crate::house::{House, NOW};

fn ask(house: &House, recipient: &str) -> Grey {
    let network = "192.0.2.0/24".parse().expect("a network");
    let triplet = Triplet { network, identity: "codes@shop.example.com", recipient };
    let greylist = &house.portal.services.door.memory.greylist;
    greylist.ask(&triplet, &GreylistSettings::default(), UnixMillis(NOW))
}

/// A sender of a code is asked to come again.
pub(crate) fn somebody_waits(house: &House, recipient: &str) {
    assert!(!ask(house, recipient).passes());
}

#[tokio::test]
async fn the_recipient_alone_sees_who_waits_and_lets_them_in() {
    let house = House::new().await;
    assert!(!ask(&house, "hanako@example.jp").passes());
    let hanako = house.sign_in("hanako@example.jp").await;
    let taro = house.sign_in("taro@example.jp").await;
    let page = house.get("/waiting", &hanako).await;
    assert!(page.body.contains("codes@shop.example.com") && page.body.contains("192.0.2.0/24"), "{}", page.body);
    assert!(house.get("/held", &hanako).await.body.contains("href=\"/waiting\""));
    assert!(!house.get("/waiting", &taro).await.body.contains("codes@shop.example.com"));
    assert!(!house.get("/held", &taro).await.body.contains("href=\"/waiting\""));

    let form =
        [("recipient", "hanako@example.jp"), ("network", "192.0.2.0/24"), ("identity", "codes@shop.example.com")];
    assert_eq!(house.post("/waiting/let-in", &taro, &form).await.status, StatusCode::NOT_FOUND);
    assert!(!ask(&house, "hanako@example.jp").passes());
    assert_eq!(house.post("/waiting/let-in", &hanako, &form).await.status, StatusCode::SEE_OTHER);
    assert_eq!(ask(&house, "hanako@example.jp"), Grey::Released);
    // Who does not wait any more cannot be let in again.
    assert_ne!(house.post("/waiting/let-in", &hanako, &form).await.status, StatusCode::SEE_OTHER);
    assert!(!house.get("/waiting", &hanako).await.body.contains("codes@shop.example.com"));
    house.close().await;
}
