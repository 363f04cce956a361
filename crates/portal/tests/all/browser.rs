//! In headless Chromium: sign in, see a held Japanese message with its explanation, receive it; both languages, a
//! phone's width and a desk's. Screenshots go to `target/screenshots/`.

mod axe;
mod driver;
mod list;
mod pages;
mod people;
mod signing_in;

use std::sync::Arc;

use crate::house::{House, Letter, PASSWORD};
use driver::Driver;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subscriber_receives_a_held_message_and_staff_see_why() {
    let Some(driver) = Driver::start() else { return };
    let house = Arc::new(House::new().await);
    crate::staff::somebody_is_held(&house);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let site = format!("http://{}", listener.local_addr().unwrap());
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = tokio::spawn(portal::serve(listener, house.portal.clone(), async move {
        let _ = stopped.await;
    }));
    let driver = Arc::new(std::sync::Mutex::new(driver));
    for (language, width) in [("ja", 360), ("ja", 1280), ("en", 360), ("en", 1280)] {
        house.hold(&Letter::fraud(house.hanako)).await;
        let spam = house.hold(&Letter::spam(house.hanako)).await;
        let reference = spam.reference.to_string();
        let before = house.post.delivered.lock().unwrap().len();
        let (driver, site) = (driver.clone(), site.clone());
        tokio::task::spawn_blocking(move || {
            let mut driver = driver.lock().unwrap();
            driver.open(language, width);
            subscriber(&mut driver, &site, language, width);
            staff(&mut driver, &site, language, width, &reference);
            driver.close();
        })
        .await
        .unwrap();
        let delivered = house.post.delivered.lock().unwrap().len();
        assert_eq!(delivered, before + 1, "{language} {width}: what was released did not arrive");
    }
    stop.send(()).unwrap();
    serving.await.unwrap().unwrap();
    drop(driver);
    Arc::into_inner(house).unwrap().close().await;
}

fn subscriber(driver: &mut Driver, site: &str, language: &str, width: u32) {
    let name = |page: &str| format!("{page}-{language}-{width}");
    let japanese = language == "ja";
    driver.go(&format!("{site}/"));
    driver.photograph(&name("1-sign-in"));
    driver.fill("input[name=login]", "hanako@example.jp");
    driver.fill("input[name=password]", PASSWORD);
    driver.press("button.primary");
    driver.wait_for("section.kind");
    driver.photograph(&name("2-held"));
    driver.prefer("dark");
    driver.photograph(&name("2-held-dark"));
    driver.prefer("light");
    driver.assert_fits(width);
    driver.press("section.danger a.subject");
    driver.wait_for("section.explained");
    let text = driver.text("main");
    assert!(text.contains("一時停止"), "{text}");
    assert!(text.contains(if japanese { "なぜ届けなかったか" } else { "Why it was not delivered" }), "{text}");
    assert!(text.contains("+4.0"), "{text}");
    driver.photograph(&name("3-explained"));
    driver.assert_fits(width);
    driver.press("section.content .button[href*='view=text']");
    driver.wait_for(".mail-text");
    driver.photograph(&name("4-opened"));
    driver.assert_fits(width);
    let here = driver.url();
    driver.go(&here.replace("view=text", "view=html"));
    driver.wait_for("iframe.message");
    driver.photograph(&name("5-html"));
    driver.go(&format!("{}/sender?list=receive", here.split('?').next().unwrap()));
    driver.photograph(&name("6-sender"));
    driver.assert_fits(width);
    driver.go(&format!("{}/headers", here.split('?').next().unwrap()));
    driver.photograph(&name("7-headers"));
    driver.assert_fits(width);
    driver.go(&here);
    driver.press("form[action$='/release'] button");
    driver.wait_for("p.done");
    driver.photograph(&name("8-released"));
    for (page, path) in [
        ("9-settings", "/settings"),
        ("10-lists", "/settings/lists"),
        ("11-conditions", "/settings/conditions"),
        ("12-consent", "/settings/consent"),
        ("13-history", "/settings/history"),
        ("14-waiting", "/waiting"),
        ("15-presets", "/settings/presets"),
        ("16-try", "/settings/try?preset=child"),
        ("17-senders", "/settings/senders"),
        ("18-posing", "/settings/posing"),
        ("19-address-book", "/settings/address-book"),
        ("19-rules", "/settings/rules"),
        ("14-sign-ins", "/sign-ins"),
        ("30-ways", "/security"),
        ("31-password", "/security/password"),
        ("32-app", "/security/app"),
        ("29-links", "/settings/links"),
        ("35-mail", "/mail"),
    ] {
        driver.go(&format!("{site}{path}"));
        driver.photograph(&name(page));
        driver.assert_fits(width);
    }
    driver.press("ul.mails a.subject");
    driver.wait_for("ol.path");
    driver.photograph(&name("36-one-mail"));
    driver.assert_fits(width);
    driver.press("form.leave button");
    driver.wait_for("input[name=password]");
}

fn staff(driver: &mut Driver, site: &str, language: &str, width: u32, reference: &str) {
    let name = |page: &str| format!("{page}-{language}-{width}");
    driver.go(&format!("{site}/staff"));
    driver.fill("input[name=login]", "admin");
    driver.fill("input[name=password]", PASSWORD);
    driver.press("button.primary");
    driver.wait_for("[data-find]");
    driver.photograph(&name("20-decisions"));
    driver.assert_fits(width);
    driver.fill("[data-find]", reference);
    driver.press(".finder button.primary");
    driver.wait_for("ol.journey");
    driver.photograph(&name("21-decision"));
    driver.assert_fits(width);
    for (page, path) in [
        ("22-charts", "/staff/charts"),
        ("37-usage", "/staff/usage"),
        ("23-subscribers", "/staff/subscribers"),
        ("24-import", "/staff/subscribers/import"),
        ("25-defaults", "/staff/defaults"),
        ("26-audit", "/staff/audit"),
        ("27-door", "/staff/door"),
        ("28-door-one", "/staff/door?q=192.0.2.7"),
        ("33-staff-ways", "/staff/security"),
        ("34-means", "/staff/subscribers/1/means"),
    ] {
        driver.go(&format!("{site}{path}"));
        driver.photograph(&name(page));
        driver.assert_fits(width);
        if page.contains("door") {
            driver.assert_no_table_scrolls();
        }
    }
}
