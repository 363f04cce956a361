//! The person's own ways in: second factor, recovery codes, a new password, and the letters that tell about them.

use axum::http::StatusCode;
use portal::Options;
use portal::security::totp;
use store::records::signin::Role;

use crate::house::{Answer, House, PASSWORD, Visitor, between};

const HALF_A_MINUTE: i64 = 30_000;

/// The secret that the page shows, as typed into an app.
pub(crate) fn shown_secret(page: &str) -> Vec<u8> {
    let letters = between(page, "<code class=\"secret\">", "</code>").expect("no secret is shown").replace(' ', "");
    let (mut out, mut held, mut bits) = (Vec::new(), 0u32, 0);
    for letter in letters.bytes() {
        let value = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".iter().position(|known| *known == letter).unwrap();
        held = (held << 5) | u32::try_from(value).unwrap();
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            out.push((held >> bits) as u8);
            held &= (1 << bits) - 1;
        }
    }
    out
}

fn code(house: &House, secret: &[u8]) -> String {
    totp::code(secret, totp::step(house.now().0))
}

/// Sets the app up; gives its secret and the recovery codes.
async fn enrol(house: &House, visitor: &Visitor, here: &str) -> (Vec<u8>, Vec<String>) {
    let page = house.get(&format!("{here}/app"), visitor).await;
    assert!(page.body.contains("<svg class=\"qr\""), "{}", page.body);
    let secret = shown_secret(&page.body);
    // Opened again it is the same: the app may have scanned the first.
    assert_eq!(shown_secret(&house.get(&format!("{here}/app"), visitor).await.body), secret);
    let wrong = house.post(&format!("{here}/app"), visitor, &[("code", "000000")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let done = house.post(&format!("{here}/app"), visitor, &[("code", &code(house, &secret))]).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.body);
    let list = between(&done.body, "<ul class=\"plain codes\">", "</ul>").unwrap();
    let codes = list.split("<code>").skip(1).map(|rest| rest.split('<').next().unwrap().to_owned()).collect();
    (secret, codes)
}

async fn first_factor(house: &House, at: &str, login: &str, visitor: Visitor) -> Visitor {
    let answer = house.post(at, &visitor, &[("login", login), ("password", PASSWORD)]).await;
    assert_eq!(answer.location(), "/sign-in/second", "{}", answer.body);
    House::keep(&answer, visitor)
}

async fn second(house: &House, visitor: &Visitor, code: &str) -> Answer {
    house.post("/sign-in/second", visitor, &[("code", code)]).await
}

#[tokio::test]
async fn an_app_is_asked_for_after_the_password_and_each_code_works_once() {
    let house = House::new().await;
    let hanako = house.sign_in("hanako@example.jp").await;
    house.letter().await;
    let (secret, recovery) = enrol(&house, &hanako, "/security").await;
    assert!(house.letter().await.1.contains("2段階認証が設定されました"));
    assert_eq!(recovery.len(), 10);
    let half = first_factor(&house, "/sign-in", "hanako@example.jp", Visitor::default()).await;
    assert_eq!(house.get("/held", &half).await.status, StatusCode::SEE_OTHER, "half way is not in");
    assert!(house.get("/sign-in/second", &half).await.body.contains("認証アプリに表示されている6けた"));
    // The code that confirmed the app is used up.
    assert_eq!(second(&house, &half, &code(&house, &secret)).await.status, StatusCode::UNAUTHORIZED);
    house.pass(HALF_A_MINUTE);
    let now = code(&house, &secret);
    let answer = second(&house, &half, &format!(" {} {} ", &now[..3], &now[3..])).await;
    assert_eq!(answer.location(), "/held", "{}", answer.body);
    let inside = House::keep(&answer, half.clone());
    assert_eq!(house.get("/held", &inside).await.status, StatusCode::OK);
    assert_eq!(second(&house, &half, &now).await.status, StatusCode::UNAUTHORIZED, "the step is over");
    let again = first_factor(&house, "/sign-in", "hanako@example.jp", Visitor::default()).await;
    assert_eq!(second(&house, &again, &now).await.status, StatusCode::UNAUTHORIZED, "replayed");
    // The step before is taken, two before is not.
    house.pass(4 * HALF_A_MINUTE);
    let step = totp::step(house.now().0);
    assert_eq!(second(&house, &again, &totp::code(&secret, step - 2)).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(second(&house, &again, &totp::code(&secret, step - 1)).await.location(), "/held");
    // Nobody gets half way in without the password, and nobody else's cookie is half a sign-in.
    assert_eq!(house.get("/sign-in/second", &Visitor::default()).await.location(), "/sign-in");
    assert_eq!(second(&house, &Visitor::default(), &now).await.status, StatusCode::UNAUTHORIZED);
    house.close().await;
}

#[tokio::test]
async fn recovery_codes_work_once_each_and_the_owner_is_told() {
    let house = House::new().await;
    let hanako = house.sign_in("hanako@example.jp").await;
    house.letter().await;
    let (secret, recovery) = enrol(&house, &hanako, "/security").await;
    house.letter().await;
    let typed = recovery[3].to_uppercase().replace('-', " ").replace('0', "O");
    let half = first_factor(&house, "/sign-in", "hanako@example.jp", hanako.clone()).await;
    let answer = second(&house, &half, &typed).await;
    assert_eq!(answer.location(), "/held", "{typed}");
    assert!(house.letter().await.1.contains("残りは9個"));
    let again = first_factor(&house, "/sign-in", "hanako@example.jp", Visitor::default()).await;
    assert_eq!(second(&house, &again, &typed).await.status, StatusCode::UNAUTHORIZED, "used before");
    assert_eq!(second(&house, &again, "zzzzz-zzzzz").await.status, StatusCode::UNAUTHORIZED);
    // Who typed it into the form for these codes is told of these codes, with that form open.
    let typed_there = house.post("/sign-in/second", &again, &[("recovery", "1"), ("code", "zzzzz-zzzzz")]).await;
    assert!(typed_there.body.contains("<details open>") && typed_there.body.contains("回復コードが違うか"));
    // New ones end the old; the app is taken away by a code of it only.
    let inside = house.with_token(House::keep(&answer, half)).await;
    house.pass(2 * HALF_A_MINUTE);
    let page = house.post("/security/app/recovery", &inside, &[("code", &code(&house, &secret))]).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    assert!(!page.body.contains(&recovery[0]));
    assert_eq!(second(&house, &again, &recovery[0]).await.status, StatusCode::UNAUTHORIZED, "replaced");
    let stays = house.post("/security/app/remove", &inside, &[("code", "123")]).await;
    assert_eq!(stays.status, StatusCode::UNPROCESSABLE_ENTITY);
    house.pass(2 * HALF_A_MINUTE);
    let gone = house.post("/security/app/remove", &inside, &[("code", &code(&house, &secret))]).await;
    assert_eq!(gone.location(), "/security?done=app-off");
    house.sign_in("hanako@example.jp").await;
    house.close().await;
}

#[tokio::test]
async fn what_is_kept_of_an_app_does_not_tell_its_secret() {
    let house = House::new().await;
    let hanako = house.sign_in("hanako@example.jp").await;
    let (secret, recovery) = enrol(&house, &hanako, "/security").await;
    let whose = store::records::signin::Person::Subscriber(house.hanako);
    let rows = house.records().means_of(house.operator, whose).await.unwrap();
    for row in &rows {
        let all = [row.secret.as_slice(), &row.name, row.detail.as_bytes()].concat();
        assert!(!all.windows(secret.len()).any(|part| part == secret), "{row:?}");
        let text = String::from_utf8_lossy(&all).into_owned();
        assert!(!recovery.iter().any(|code| text.contains(code)), "{row:?}");
    }
    assert_eq!(rows.len(), 12, "an app, ten codes and a browser: {rows:?}");
    house.close().await;
}

#[tokio::test]
async fn a_new_password_signs_out_everywhere_else_and_is_told() {
    let house = House::new().await;
    let (phone, desk) = (house.sign_in("hanako@example.jp").await, house.sign_in("hanako@example.jp").await);
    let taro = house.sign_in("taro@example.jp").await;
    for _ in 0..3 {
        house.letter().await;
    }
    let new = "みどりの窓から風";
    let save = |current, new, again| [("current", current), ("new", new), ("again", again)];
    for (fields, why) in [
        (save(PASSWORD, new, "another one"), "2つの欄で違います"),
        (save(PASSWORD, "short", "short"), "8文字以上"),
        (save(PASSWORD, "password1", "password1"), "すぐに見破られる"),
        (save(PASSWORD, "hanako2026", "hanako2026"), "同じパスワード"),
        (save("wrong", new, new), "いまのパスワードが違います"),
        (save("", new, new), "いまのパスワードが違います"),
    ] {
        let answer = house.post("/security/password", &phone, &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{why}");
        assert!(answer.body.contains(why), "{why}: {}", answer.body);
    }
    assert_eq!(house.get("/held", &desk).await.status, StatusCode::OK);
    let answer = house.post("/security/password", &phone, &save(PASSWORD, new, new)).await;
    assert_eq!(answer.location(), "/security?done=password", "{}", answer.body);
    let fresh = House::keep(&answer, phone.clone());
    assert_eq!(house.get("/held", &fresh).await.status, StatusCode::OK, "this browser stays in");
    for old in [&phone, &desk] {
        assert_eq!(house.get("/held", old).await.status, StatusCode::SEE_OTHER, "signed out");
    }
    assert_eq!(house.get("/held", &taro).await.status, StatusCode::OK, "another person is not");
    let (to, text) = house.letter().await;
    assert_eq!(to, "hanako@example.jp");
    assert!(text.contains("パスワードが変更され") && text.contains("接続元: 127.0.0.1"), "{text}");
    let sign_in = |password| [("login", "hanako@example.jp"), ("password", password)];
    let nobody = Visitor::default();
    assert_eq!(house.post("/sign-in", &nobody, &sign_in(PASSWORD)).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(house.post("/sign-in", &nobody, &sign_in(new)).await.location(), "/held");
    // Staff need a longer one.
    let viewer = house.staff("viewer").await;
    let answer = house.post("/staff/security/password", &viewer, &save(PASSWORD, new, new)).await;
    assert!(answer.body.contains("12文字以上"), "{}", answer.body);
    let long = "みどりの窓から風がふく朝";
    let answer = house.post("/staff/security/password", &viewer, &save(PASSWORD, long, long)).await;
    assert_eq!(answer.location(), "/staff/security?done=password");
    house.close().await;
}

#[tokio::test]
async fn an_old_session_shows_the_password_before_a_way_in_changes() {
    let house = House::new().await;
    let hanako = house.sign_in("hanako@example.jp").await;
    house.pass(16 * 60_000);
    let page = house.get("/security/app", &hanako).await;
    assert!(page.body.contains("name=\"current\""), "the password is not asked for");
    let code = code(&house, &shown_secret(&page.body));
    let refused = house.post("/security/app", &hanako, &[("code", &code)]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let taken = house.post("/security/app", &hanako, &[("code", &code), ("current", PASSWORD)]).await;
    assert_eq!(taken.status, StatusCode::OK, "{}", taken.body);
    house.close().await;
}

#[tokio::test]
async fn the_owner_is_told_of_a_browser_that_is_new_in_their_language_and_not_of_a_known_one() {
    let house = House::new().await;
    let first = house.sign_in_at("/sign-in", "hanako@example.jp", Visitor::default()).await;
    let (to, text) = house.letter().await;
    assert_eq!(to, "hanako@example.jp");
    assert!(text.contains("新しい端末で") && text.contains("すぐにパスワードを変えてください"), "{text}");
    let mut row = house.records().subscriber(house.operator, house.hanako).await.unwrap().unwrap();
    row.language = "en".into();
    house.records().put_subscriber(&row).await.unwrap();
    let fields = [("login", "hanako@example.jp"), ("password", PASSWORD)];
    let elsewhere = house.post("/sign-in", &Visitor::default(), &fields).await;
    let known = House::keep(&elsewhere, Visitor::default());
    assert!(house.letter().await.1.contains("with a device that is new"));
    // The same browser again, signed out in between: no news. Somebody else with it: news for them.
    let cookie = known.cookie.split("; ").find(|pair| pair.starts_with("sekisho-device=")).unwrap().to_owned();
    let browser = Visitor { cookie, ..Visitor::default() };
    let again = house.post("/sign-in", &browser, &fields).await;
    assert_eq!(again.headers.get_all("set-cookie").iter().count(), 1, "only a session");
    let taro = house.post("/sign-in", &browser, &[("login", "taro@example.jp"), ("password", PASSWORD)]).await;
    let shared = House::keep(&taro, browser);
    assert_eq!(house.letter().await.0, "taro@example.jp");
    for login in ["hanako@example.jp", "taro@example.jp"] {
        house.post("/sign-in", &shared, &[("login", login), ("password", PASSWORD)]).await;
    }
    assert!(house.letters.lock().await.try_recv().is_err(), "a known browser is no news");
    // What a stranger puts into the cookie is nobody's browser.
    let planted = Visitor { cookie: format!("sekisho-device={}", "A".repeat(43)), ..Visitor::default() };
    house.post("/sign-in", &planted, &[("login", "taro@example.jp"), ("password", PASSWORD)]).await;
    assert_eq!(house.letter().await.0, "taro@example.jp");
    assert_eq!(house.get("/held", &first).await.status, StatusCode::OK);
    house.close().await;
}

#[tokio::test]
async fn staff_whose_role_needs_it_set_up_a_second_factor_before_anything_else() {
    let options = Options { secret: [7; 32], second_factor: vec![Role::Administrator], ..Options::default() };
    let house = House::with(options).await;
    let admin = house.staff("admin").await;
    assert_eq!(house.get("/staff", &admin).await.location(), "/staff/security/app");
    let deed = house.post("/staff/defaults", &admin, &[]).await;
    assert_eq!(deed.status, StatusCode::FORBIDDEN);
    assert!(deed.body.contains("先に2段階認証を設定してください"));
    let (secret, _) = enrol(&house, &admin, "/staff/security").await;
    assert_eq!(house.get("/staff", &admin).await.status, StatusCode::OK);
    let half = first_factor(&house, "/staff/sign-in", "admin", Visitor::default()).await;
    assert_eq!(house.get("/staff", &half).await.status, StatusCode::SEE_OTHER);
    house.pass(HALF_A_MINUTE);
    assert_eq!(second(&house, &half, &code(&house, &secret)).await.location(), "/staff");
    let viewer = house.staff("viewer").await;
    assert_eq!(house.get("/staff", &viewer).await.status, StatusCode::OK, "other roles may go without");
    house.close().await;
}

#[tokio::test]
async fn staff_take_a_lost_second_factor_away_for_a_recorded_reason() {
    let house = House::new().await;
    let hanako = house.sign_in("hanako@example.jp").await;
    house.letter().await;
    enrol(&house, &hanako, "/security").await;
    house.letter().await;
    let support = house.staff("support").await;
    let page = format!("/staff/subscribers/{}/means", house.hanako.0);
    assert!(house.get(&page, &support).await.body.contains("回復コードは残り10個"));
    let reset = format!("{page}/reset");
    assert_eq!(
        house.post(&reset, &support, &[("reason", "")]).await.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "no reason"
    );
    first_factor(&house, "/sign-in", "hanako@example.jp", Visitor::default()).await;
    let reason = "電話で本人確認、スマートフォンの紛失";
    assert_eq!(
        house.post(&reset, &support, &[("reason", reason)]).await.location(),
        format!("{page}?done=means-reset")
    );
    let (to, text) = house.letter().await;
    assert!(to == "hanako@example.jp" && text.contains(reason), "{text}");
    let rows = house.records().find_audit(house.operator, None, 50, 0).await.unwrap();
    let row = rows.iter().find(|row| row.action == "second-factor.reset").expect("no row in the audit");
    assert_eq!((row.detail.as_str(), row.target.as_str()), (reason, &*format!("subscriber:{}", house.hanako.0)));
    house.sign_in("hanako@example.jp").await;
    assert_eq!(
        house.post(&format!("{page}/end"), &support, &[("reason", reason)]).await.location(),
        format!("{page}?done=signed-out-there")
    );
    assert_eq!(house.get("/held", &hanako).await.status, StatusCode::SEE_OTHER);
    house.close().await;
}

#[tokio::test]
async fn staff_without_an_address_set_one_for_letters_by_a_code_sent_there() {
    let house = House::new().await;
    let admin = house.staff("admin").await;
    let page = house.get("/staff/security", &admin).await.body;
    assert!(page.contains("サインイン名がメールアドレスではない"), "{page}");
    let letters = "/staff/security/letters";
    for elsewhere in ["admin@elsewhere.example", "nonsense"] {
        let answer = house.post(letters, &admin, &[("address", elsewhere)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{elsewhere}");
    }
    let sent = house.post(letters, &admin, &[("address", "taro@example.jp")]).await;
    assert_eq!(sent.status, StatusCode::OK, "{}", sent.body);
    let ticket = between(&sent.body, "name=\"ticket\" value=\"", "\"").expect("a ticket").to_owned();
    let (to, text) = house.letter().await;
    let code: String = text.chars().filter(char::is_ascii_digit).take(8).collect();
    assert_eq!((to.as_str(), code.len()), ("taro@example.jp", 8), "{text}");
    let confirm = async |code: &str, address: &str| {
        let fields = [("address", address), ("ticket", ticket.as_str()), ("code", code)];
        house.post("/staff/security/letters/confirm", &admin, &fields).await
    };
    assert_eq!(confirm("00000000", "taro@example.jp").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        confirm(&code, "hanako@example.jp").await.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "for this address only"
    );
    assert_eq!(confirm(&code, "taro@example.jp").await.location(), "/staff/security?done=letters");
    assert!(house.get("/staff/security", &admin).await.body.contains("taro@example.jp"));
    // From now on letters go there; when the address goes, it is the last that hears of it.
    let gone = house.post("/staff/security/letters/remove", &admin, &[]).await;
    assert_eq!(gone.location(), "/staff/security?done=letters-off");
    let (to, text) = house.letter().await;
    assert!(to == "taro@example.jp" && text.contains("届け先が、変更または削除"), "{to}: {text}");
    house.close().await;
}

#[tokio::test]
async fn a_password_that_is_the_only_way_in_cannot_be_switched_off() {
    let house = House::new().await;
    let hanako = house.sign_in("hanako@example.jp").await;
    assert!(!house.get("/security/password", &hanako).await.body.contains("/security/password/off"));
    let answer = house.post("/security/password/off", &hanako, &[("current", PASSWORD)]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.body);
    let row = house.records().subscriber(house.operator, house.hanako).await.unwrap().unwrap();
    assert!(row.password.is_some());
    house.close().await;
}

#[tokio::test]
async fn letters_of_who_signs_in_with_an_address_are_not_turned_elsewhere() {
    let house = House::new().await;
    let support = house.staff("support").await;
    let mut row = house.records().staff_by_login("support").await.unwrap().unwrap();
    row.login = "support@example.jp".into();
    house.records().put_staff(&row).await.unwrap();
    let letters = "/staff/security/letters";
    assert_eq!(house.get(letters, &support).await.status, StatusCode::NOT_FOUND);
    let sent = house.post(letters, &support, &[("address", "taro@example.jp")]).await;
    assert_eq!(sent.status, StatusCode::NOT_FOUND);
    house.close().await;
}
