//! Which pages are looked at in the browser: every page of the table of routes by everybody who sees it in a form of their
//! own, and beyond the table what has a state of its own. Nothing of the table is left out but with a reason, by name.

use std::collections::BTreeSet;

use axum::http::{Method, StatusCode};
use portal::routes::{Route, table};
use portal::security::roles::{Seen, Who};

use super::people::{BOSS, Place, app_code};
use crate::furnish;
use crate::house::{House, PASSWORD, encode};
use crate::sweep;

/// A page to open.
#[derive(Clone, Debug)]
pub(super) struct Page {
    pub(super) path: String,
    /// Who opens it: a name of [`Place::visitors`].
    pub(super) by: &'static str,
    /// What the form holds whose answer it is; nothing: it is opened by its address.
    pub(super) form: Option<Vec<(&'static str, String)>>,
    /// The status of the answer.
    pub(super) status: u16,
    /// The only language in which it can be had; empty: both.
    pub(super) language: &'static str,
    /// Somebody else's version of a page that is looked at whole: what it shares with that is not examined twice.
    pub(super) again: bool,
}

impl Page {
    /// Whether it is looked at in this language.
    pub(super) fn is_in(&self, language: &str) -> bool {
        self.language.is_empty() || self.language == language
    }
}

fn page(by: &'static str, path: impl Into<String>) -> Page {
    Page { path: path.into(), by, form: None, status: 200, language: "", again: false }
}

fn problem(by: &'static str, path: impl Into<String>, status: u16) -> Page {
    Page { status, ..page(by, path) }
}

fn form(by: &'static str, path: &str, fields: &[(&'static str, &str)], status: u16) -> Page {
    let fields = fields.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    Page { form: Some(fields), ..problem(by, path, status) }
}

/// Pages that look different before anything was held or chosen.
const EMPTY: [&str; 7] = [
    "/held",
    "/waiting",
    "/settings/lists",
    "/settings/rules",
    "/settings/history",
    "/settings/consent",
    "/settings/digest",
];

/// GET routes that are no pages of ours, each with the reason.
const NO_PAGES: [(&str, &str); 12] = [
    ("/", "leads on"),
    ("/language/{code}", "leads back"),
    ("/furigana/{code}", "leads back"),
    ("/staff/sign-in/oidc", "leads to the provider"),
    ("/staff/sign-in/oidc/back", "leads on"),
    ("/held/{id}/html", "somebody else's mail, in its frame"),
    ("/staff/decision/{reference}/html", "somebody else's mail, in its frame"),
    ("/settings/digest/html", "the letter, in its frame: nothing runs there, axe-core neither"),
    ("/mail/{reference}/save", "a file"),
    ("/settings/lists.csv", "a file"),
    ("/settings/consent.csv", "a file"),
    ("/staff/subscribers.csv", "a file"),
];

/// Who opens a page of the table, in which forms. The first may always.
fn visitors_of(route: &Route) -> Vec<&'static str> {
    let mut all = match route.who {
        Who::Anyone | Who::OneClick if route.path == "/sign-in/second" => vec!["halfway"],
        Who::Anyone | Who::OneClick => vec!["nobody"],
        Who::Subscriber | Who::Own => vec!["hanako"],
        Who::Viewer | Who::Support | Who::Administrator => vec!["admin"],
    };
    if route.path.starts_with("/security") {
        all.push("ume");
    }
    if route.path.starts_with("/staff/security") {
        all.push(BOSS);
    }
    if EMPTY.contains(&route.path) {
        all.push("newcomer");
    }
    if route.seen == Seen::ByStaff {
        all.push("looking");
    }
    if route.who == Who::Own {
        all.push("acting");
    }
    all
}

/// What is opened by its address and has a state of its own.
fn states(house: &House, id: &str, reference: &str) -> Vec<Page> {
    let one = format!("/held/{id}");
    let stop = crate::digest::stop_of(house, house.taro);
    vec![
        page("hanako", "/held?show=trash"),
        page("hanako", "/held?show=released"),
        page("hanako", "/held?q=nothing-like-this"),
        page("hanako", "/held?done=released"),
        page("hanako", format!("{one}?view=text")),
        page("hanako", format!("{one}?view=html")),
        page("hanako", format!("{one}/sender?list=refuse")),
        page("hanako", format!("/lookup?reference={reference}")),
        page("hanako", "/lookup?reference=7K3Q-92MX-4TDA"),
        page("hanako", "/settings/try?preset=child"),
        page("hanako", "/settings/try?q-digest=daily"),
        page("hanako", "/security?done=password"),
        page("kiku", "/settings"),
        page("kiku", "/settings/digest"),
        page("kiku", "/settings/lists"),
        page("kiku", "/settings/presets"),
        page("kiku", "/settings/rules"),
        page("reader", "/held"),
        page("reader", one.clone()),
        page("reader", "/settings"),
        page("reader", "/settings/consent"),
        page("nobody", "/sign-in?done=signed-out"),
        page("nobody", "/sign-in?refused=passkey"),
        page("nobody", "/staff/sign-in?refused=oidc"),
        page("nobody", format!("/digest/stop/{stop}")),
        page("admin", "/staff?q=nothing-like-this"),
        page("admin", "/staff/door?q=192.0.2.7"),
        page("admin", format!("/staff/decision/{reference}?threshold=50")),
        page("admin", "/staff/subscribers?q=nobody-like-this"),
        page("looking", format!("{one}?view=text")),
        page("looking", format!("/lookup?reference={reference}")),
        page("looking", "/staff/subscribers"),
        page("looking", format!("/staff/subscribers/{}", house.hanako.0)),
        page("closed", "/held"),
        page("closed", one.clone()),
        page("closed", "/mail"),
        page("acting", "/staff/subscribers"),
        problem("closed", format!("{one}/headers"), 403),
        problem("nobody", "/nowhere", 404),
        problem("nobody", "/digest/take/no-such-link", 403),
        problem("hanako", "/held/nothing", 404),
        problem("hanako", "/staff", 403),
        problem("admin", "/settings", 403),
    ]
}

/// Answers of forms that are pages. Each form is sent once in each language.
fn answers(house: &House) -> Vec<Page> {
    let wrong = ("password", "a wrong one");
    let stop = format!("/digest/stop/{}", crate::digest::stop_of(house, house.taro));
    // A code of an app is good once: each language has somebody else's.
    let code = app_code(house);
    let app = |language, by, here: &str| Page {
        language,
        ..form(by, &format!("{here}/app/recovery"), &[("code", &code)], 200)
    };
    let letters = "/staff/security/letters";
    let number = ("number", "090-1234-5678");
    let list = "login,name,group,language,addresses,aliases\ntaro@example.jp,鈴木 太郎,,,,\n";
    let mut all = vec![
        form("nobody", "/sign-in", &[("login", "hanako@example.jp"), wrong], 401),
        form("nobody", "/sign-in/send-code", &[("login", "hanako@example.jp")], 200),
        form("nobody", "/sign-in/code", &[("login", "hanako@example.jp"), ("ticket", "x"), ("code", "000000")], 401),
        form("nobody", "/sign-in/send-sms", &[("login", "taro@example.jp")], 200),
        form("nobody", "/staff/sign-in", &[("login", "viewer"), wrong], 401),
        form("nobody", &stop, &[("List-Unsubscribe", "One-Click")], 200),
        form("halfway", "/sign-in/second", &[("code", "000000")], 401),
        form("halfway", "/sign-in/second", &[("recovery", "1"), ("code", "zzzzz-zzzzz")], 401),
        form("hanako", "/security/password", &[("new", "one"), ("again", "another")], 422),
        form("hanako", "/security/app", &[("code", "000000")], 422),
        form("hanako", "/security/telephone", &[("number", "12")], 422),
        form("hanako", "/tokens", &[("name", "うちのプログラム"), ("scope", "mail:read"), ("days", "30")], 200),
        form("hanako", "/tokens", &[("name", "")], 422),
        form("hanako", "/settings/level", &[("version", "0"), ("level", "strict")], 409),
        form("ume", "/security/telephone", &[number, ("current", PASSWORD)], 200),
        form("ume", "/security/telephone/confirm", &[number, ("ticket", "x"), ("code", "000000")], 422),
        form("ume", "/security/telephone/remove", &[("current", "a wrong one")], 422),
        form("ume", "/security/app/remove", &[("code", "000000")], 422),
        form("hanako", "/security/password/off", &[], 422),
        form("ume", "/security/password/off", &[("current", "a wrong one")], 422),
        form(BOSS, "/staff/security/password/off", &[("current", "a wrong one")], 422),
        app("ja", "ume", "/security"),
        app("en", BOSS, "/staff/security"),
        form(BOSS, letters, &[("address", "boss@elsewhere.example")], 422),
        form(BOSS, letters, &[("address", "boss@example.jp"), ("current", PASSWORD)], 200),
        form(
            BOSS,
            &format!("{letters}/confirm"),
            &[("address", "boss@example.jp"), ("ticket", "x"), ("code", "000000")],
            422,
        ),
        form(BOSS, &format!("{letters}/remove"), &[("current", "a wrong one")], 422),
        form(BOSS, "/staff/security/password", &[("new", "one"), ("again", "another")], 422),
        form(BOSS, "/staff/security/app/remove", &[("code", "000000")], 422),
        form("admin", "/staff/security/app", &[("code", "000000")], 422),
        form("admin", "/staff/subscribers/import", &[("text", "login,name\nnot an address,x\n")], 422),
        form("admin", "/staff/subscribers/import", &[("text", list)], 200),
        form("admin", "/staff/profile", &[("version", "0"), ("text", "[nonsense]\nkey = 1\n")], 422),
        form("admin", "/staff/tokens", &[("name", "集計"), ("scope", "staff:read"), ("days", "30")], 200),
        form("looking", "/settings/level", &[("version", "0"), ("level", "strict")], 403),
    ];
    if cfg!(feature = "passkeys") {
        all.extend([
            form("nobody", "/staff/sign-in", &[("login", BOSS), ("password", PASSWORD)], 401),
            form("ume", "/security/passkeys", &[("current", "a wrong one")], 422),
            form(BOSS, "/staff/security/passkeys", &[("current", "a wrong one")], 422),
        ]);
    }
    all
}

/// Every page that the browser looks at. What is not a page and has no reason fails here, by its name.
pub(super) async fn pages(place: &Place) -> Vec<Page> {
    let house = &place.house;
    let row = furnish::newest(house).await;
    let (id, reference) = (row.id.0.to_string(), row.reference.to_string());
    let (mut out, mut none) = (Vec::new(), BTreeSet::new());
    for route in table().iter().filter(|route| route.method == Method::GET) {
        let path = sweep::path(house, route.path, &id, &reference, house.hanako.0);
        assert!(!path.contains('{'), "{path}: tell sweep::path what stands for the placeholder");
        if NO_PAGES.iter().any(|(known, _)| *known == route.path) {
            none.insert(route.path);
            continue;
        }
        let version = |(nth, by)| Page { again: nth > 0, ..page(by, path.as_str()) };
        out.extend(visitors_of(route).into_iter().enumerate().map(version));
    }
    let features = [("oidc", cfg!(feature = "oidc"))];
    for (path, reason) in NO_PAGES {
        let is_there = features.iter().all(|(name, on)| *on || !path.contains(name));
        assert!(none.contains(path) || !is_there, "{path} ({reason}) is no route any more");
    }
    out.extend(states(house, &id, &reference));
    for page in &out {
        let answer = house.get(&page.path, &place.visitors[page.by]).await;
        let name = format!("{} of {}", page.path, page.by);
        assert_eq!(answer.status.as_u16(), page.status, "{name} is not looked at: say why in NO_PAGES");
        let kind = answer.headers.get("content-type").map(|kind| kind.to_str().unwrap()).unwrap_or_default();
        let is_ours = kind.starts_with("text/html") && answer.body.contains("<main id=\"main\">");
        assert!(is_ours, "{name} is no page of ours: say why in NO_PAGES");
    }
    out.extend(answers(house));
    out
}

#[tokio::test]
async fn every_page_of_the_table_is_looked_at_in_the_browser_or_has_a_reason() {
    let place = Place::new("http://localhost").await;
    let pages = pages(&place).await;
    assert!(pages.len() > 150, "only {} pages were found", pages.len());
    for page in &pages {
        assert!(place.visitors.contains_key(page.by), "nobody is called {}", page.by);
    }
    place.close().await;
}

/// A form whose answer is a page of its own, and no common word about what went wrong, has that page looked at.
#[tokio::test]
async fn every_form_that_answers_with_a_page_is_sent_in_the_browser() {
    let place = Place::new("http://localhost").await;
    let house = &place.house;
    let row = furnish::newest(house).await;
    let (id, reference) = (row.id.0.to_string(), row.reference.to_string());
    let at = |route: &str| sweep::path(house, route, &id, &reference, house.taro.0);
    let sent: BTreeSet<String> = answers(house).into_iter().map(|page| page.path).collect();
    let posts: Vec<Route> = table().into_iter().filter(|route| route.method == Method::POST).collect();
    let mut answered = 0;
    for route in &posts {
        let by = visitors_of(route)[0];
        // Who is signed out by one form is still there for the next.
        let form = format!("csrf={}&version=0", encode(&place.visitors[by].csrf));
        let answer = house.send("POST", &at(route.path), &place.visitors[by], Some(form)).await;
        let is_page = answer.body.contains("<main id=\"main\">") && !answer.body.contains("<section class=\"problem\"");
        if !is_page || answer.status == StatusCode::NOT_FOUND {
            continue;
        }
        answered += 1;
        let known = sent.iter().any(|path| *path == at(route.path) || is_of(route.path, path));
        assert!(known, "the page with which {} answers is not looked at: add it to answers()", route.path);
    }
    assert!(answered > 10, "only {answered} forms answered with pages");
    for path in &sent {
        assert!(posts.iter().any(|route| is_of(route.path, path)), "{path} is no form any more");
    }
    place.close().await;
}

/// Whether a path is one of a route.
fn is_of(route: &str, path: &str) -> bool {
    let (route, path): (Vec<&str>, Vec<&str>) = (route.split('/').collect(), path.split('/').collect());
    route.len() == path.len() && route.iter().zip(&path).all(|(one, other)| one.starts_with('{') || one == other)
}
