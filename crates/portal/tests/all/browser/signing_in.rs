//! In headless Chromium: a second factor set up and asked for, a code by mail, and a passkey of Chromium's own virtual
//! device.

use std::sync::Arc;

use portal::Options;
use portal::security::totp;

use super::driver::Driver;
use crate::account::shown_secret;
use crate::house::{House, PASSWORD};

const LOGIN: &str = "hanako@example.jp";

fn password(driver: &Driver, site: &str) {
    driver.go(&format!("{site}/sign-in"));
    driver.fill("input[name=login]", LOGIN);
    driver.fill("input[name=password]", PASSWORD);
    driver.press("form[action='/sign-in'] button.primary");
}

fn code(house: &House, secret: &[u8]) -> String {
    totp::code(secret, totp::step(house.now().0))
}

fn second_factor(driver: &Driver, house: &House, site: &str, language: &str, width: u32) {
    let name = |page: &str| format!("{page}-{language}-{width}");
    password(driver, site);
    driver.wait_for("form.leave");
    driver.go(&format!("{site}/security/app"));
    driver.wait_for("svg.qr");
    let html = driver.run("return document.body.innerHTML").as_str().unwrap().to_owned();
    let secret = shown_secret(&html);
    driver.fill("input[name=code]", &code(house, &secret));
    driver.press("ol.steps button.primary");
    driver.wait_for("ul.codes");
    driver.photograph(&name("40-recovery"));
    driver.assert_fits(width);
    driver.press("form.leave button");
    driver.wait_for("input[name=password]");
    password(driver, site);
    driver.wait_for("form[action='/sign-in/second']");
    driver.photograph(&name("41-second"));
    driver.assert_fits(width);
    house.pass(60_000);
    driver.fill("input[name=code]", "000000");
    driver.press("button.primary");
    driver.wait_for("p.wrong");
    driver.fill("input[name=code]", &code(house, &secret));
    driver.press("button.primary");
    driver.wait_for("form.leave");
    assert!(driver.url().ends_with("/held"), "{}", driver.url());
    house.pass(60_000);
    driver.go(&format!("{site}/security/app"));
    driver.fill("form[action$='/remove'] input[name=code]", &code(house, &secret));
    driver.press("form[action$='/remove'] button");
    driver.wait_for("p.done");
    driver.press("form.leave button");
    driver.wait_for("input[name=password]");
    driver.fill("input[name=login]", LOGIN);
    driver.press("button[formaction='/sign-in/send-code']");
    driver.wait_for("form[action='/sign-in/code']");
    driver.photograph(&name("42-code"));
    driver.assert_fits(width);
    // Whatever limits these tries used up are over for the next language.
    house.pass(24 * 3_600_000);
}

#[cfg(feature = "passkeys")]
fn passkey(driver: &Driver, site: &str, language: &str, width: u32) {
    driver.authenticator();
    password(driver, site);
    driver.wait_for("form.leave");
    driver.go(&format!("{site}/security/passkeys"));
    driver.press("form[data-passkey] button");
    driver.wait_for("p.done");
    driver.photograph(&format!("43-passkeys-{language}-{width}"));
    driver.assert_fits(width);
    driver.press("form.leave button");
    driver.wait_for("input[name=password]");
    driver.photograph(&format!("44-sign-in-passkey-{language}-{width}"));
    driver.press("form[data-passkey] button");
    driver.wait_for("form.leave");
    assert!(driver.url().ends_with("/held"), "{}", driver.url());
}

#[cfg(not(feature = "passkeys"))]
fn passkey(_: &Driver, _: &str, _: &str, _: u32) {}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_set_up_a_second_factor_and_passkeys_and_sign_in_with_them() {
    let Some(driver) = Driver::start() else { return };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    // Browsers offer passkeys on this host without TLS, and on no other.
    let site = format!("http://localhost:{}", listener.local_addr().unwrap().port());
    let options = Options { secret: [7; 32], url: site.clone(), ..Options::default() };
    let house = Arc::new(House::with(options).await);
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = tokio::spawn(portal::serve(listener, house.portal.clone(), async move {
        let _ = stopped.await;
    }));
    let inside = house.clone();
    tokio::task::spawn_blocking(move || {
        let mut driver = driver;
        for (language, width) in [("ja", 360), ("en", 1280)] {
            driver.open(language, width);
            second_factor(&driver, &inside, &site, language, width);
            passkey(&driver, &site, language, width);
            driver.close();
        }
    })
    .await
    .unwrap();
    stop.send(()).unwrap();
    serving.await.unwrap().unwrap();
    Arc::into_inner(house).unwrap().close().await;
}
