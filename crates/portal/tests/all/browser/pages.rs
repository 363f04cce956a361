//! Every page of the table of routes in one browser: both languages, a phone's and a desk's width, light and dark, with
//! axe-core, by keyboard, without JavaScript, and what it weighs. A page that is new in the table is examined with the
//! others; a placeholder that [`crate::sweep::path`] does not know fails here.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use axum::http::{Method, StatusCode};
use portal::routes::table;
use portal::security::roles::Who;

use super::axe;
use super::driver::Driver;
use crate::furnish;
use crate::house::{House, Visitor};
use crate::sweep::path;

const CHECKS: &str = include_str!("checks.js");
/// What a page may weigh with everything it loads, octets.
const HEAVIEST: u64 = 100_000;
/// Widths of a phone and of a desk.
const WIDTHS: [u32; 2] = [360, 1280];

/// Pages that look different before anything was held or chosen.
const EMPTY: [&str; 6] =
    ["/held", "/waiting", "/settings/lists", "/settings/rules", "/settings/history", "/settings/consent"];

/// A page to open, and who opens it.
#[derive(Clone, Debug)]
struct Page {
    path: String,
    who: Who,
    /// An answer that says no: its status is not 200.
    problem: bool,
}

/// Pages beyond the plain paths of the table: what has a state of its own.
fn states(id: &str, reference: &str) -> Vec<Page> {
    let page = |who, path: String| Page { path, who, problem: false };
    let problem = |who, path: &str| Page { path: path.into(), who, problem: true };
    vec![
        page(Who::Subscriber, "/held?show=trash".into()),
        page(Who::Subscriber, "/held?show=released".into()),
        page(Who::Subscriber, "/held?q=nothing-like-this".into()),
        page(Who::Subscriber, "/held?done=released".into()),
        page(Who::Subscriber, format!("/held/{id}?view=text")),
        page(Who::Subscriber, format!("/held/{id}?view=html")),
        page(Who::Subscriber, format!("/held/{id}/sender?list=refuse")),
        page(Who::Subscriber, format!("/lookup?reference={reference}")),
        page(Who::Subscriber, "/lookup?reference=7K3Q-92MX-4TDA".into()),
        page(Who::Own, "/settings/try?preset=child".into()),
        page(Who::Viewer, "/staff?q=nothing-like-this".into()),
        page(Who::Viewer, "/staff/door?q=192.0.2.7".into()),
        page(Who::Viewer, format!("/staff/decision/{reference}?threshold=50")),
        problem(Who::Anyone, "/nowhere"),
        problem(Who::Subscriber, "/held/nothing"),
        problem(Who::Subscriber, "/staff"),
        problem(Who::Viewer, "/settings"),
    ]
}

/// The pages that are pages: not files, not redirects, not a message's own HTML.
async fn pages(house: &House, visitors: &BTreeMap<&'static str, Visitor>) -> Vec<Page> {
    let row = furnish::newest(house).await;
    let (id, reference) = (row.id.0.to_string(), row.reference.to_string());
    let from_table = table().into_iter().filter(|route| route.method == Method::GET).map(|route| {
        let path = path(house, route.path, &id, &reference, house.hanako.0);
        assert!(!path.contains('{'), "{path}: tell sweep::path what stands for the placeholder");
        Page { path, who: route.who, problem: false }
    });
    let mut out = Vec::new();
    for page in from_table.chain(states(&id, &reference)) {
        let answer = house.get(&page.path, &visitors[visitor(page.who)]).await;
        let of_message = answer
            .headers
            .get("content-security-policy")
            .is_some_and(|policy| policy.to_str().is_ok_and(|policy| policy.contains("sandbox")));
        let is_html = answer
            .headers
            .get("content-type")
            .is_some_and(|kind| kind.to_str().is_ok_and(|kind| kind.starts_with("text/html")));
        if answer.status.is_redirection() || of_message || !is_html {
            continue;
        }
        assert_eq!(answer.status != StatusCode::OK, page.problem, "{}: {}", page.path, answer.status);
        out.push(page);
    }
    // Somebody who has just come, with nothing held and nothing chosen.
    for path in EMPTY {
        assert!(out.iter().any(|page| page.path == path), "{path} is no page any more");
    }
    assert!(out.len() > 45, "only {} pages were found", out.len());
    out
}

fn visitor(who: Who) -> &'static str {
    match who {
        Who::Anyone | Who::OneClick => "nobody",
        Who::Subscriber | Who::Own => "hanako",
        Who::Viewer | Who::Support | Who::Administrator => "admin",
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_is_usable_by_everybody() {
    let Some(driver) = Driver::start() else { return };
    let house = House::new().await;
    let visitors = furnish::everything(&house).await;
    let pages = pages(&house, &visitors).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let site = format!("http://{}", listener.local_addr().unwrap());
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = tokio::spawn(portal::serve(listener, house.portal.clone(), async move {
        let _ = stopped.await;
    }));
    let faults = tokio::task::spawn_blocking(move || Sweep::new(driver, site, visitors).all(&pages)).await.unwrap();
    stop.send(()).unwrap();
    serving.await.unwrap().unwrap();
    house.close().await;
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

struct Sweep {
    driver: Driver,
    site: String,
    visitors: BTreeMap<&'static str, Visitor>,
    axe: bool,
    faults: Vec<String>,
    heaviest: (u64, String),
    examined: usize,
}

impl Sweep {
    fn new(mut driver: Driver, site: String, visitors: BTreeMap<&'static str, Visitor>) -> Self {
        driver.open("ja", WIDTHS[0]);
        driver.on_every_page(CHECKS);
        let axe = axe::source();
        if let Some(source) = &axe {
            driver.on_every_page(source);
        }
        driver.go(&format!("{site}/about"));
        Self {
            driver,
            site,
            visitors,
            axe: axe.is_some(),
            faults: Vec::new(),
            heaviest: (0, String::new()),
            examined: 0,
        }
    }

    fn all(mut self, pages: &[Page]) -> Vec<String> {
        let started = Instant::now();
        for language in ["ja", "en"] {
            for who in ["nobody", "newcomer", "hanako", "admin"] {
                self.driver.forget_cookies();
                self.driver.cookie("sekisho-language", language);
                if let Some((name, value)) = self.visitors[who].cookie.split_once('=') {
                    self.driver.cookie(name, value);
                }
                for page in pages.iter().filter(|page| opens(who, page)) {
                    self.examine(page, who, language);
                }
            }
        }
        println!(
            "{} pages in {:.0} s; the heaviest with all it loads: {} octets, {}",
            self.examined,
            started.elapsed().as_secs_f64(),
            self.heaviest.0,
            self.heaviest.1
        );
        self.without_script(pages);
        self.on_a_slow_phone();
        self.driver.close();
        self.faults
    }

    /// A page in one language: as a phone in the light shows it, then as a desk in the dark; what does not depend on the
    /// language is looked at in one of them.
    fn examine(&mut self, page: &Page, who: &str, language: &str) {
        let japanese = language == "ja";
        let at = |what: &str| format!("{who} {} {language} {what}: ", page.path);
        self.driver.resize(WIDTHS[0]);
        self.driver.prefer("light");
        self.driver.go(&format!("{}{}", self.site, page.path));
        self.examined += 1;
        self.note(&at("built"), "return sekisho.built(arguments[0])", &[language]);
        self.note(&at("phone"), "return sekisho.fits(true)", &[]);
        let weight = self.driver.run("return sekisho.weight()").as_u64().unwrap_or(u64::MAX);
        if weight > self.heaviest.0 {
            self.heaviest = (weight, format!("{who} {} {language}", page.path));
        }
        if weight > HEAVIEST {
            self.faults.push(format!("{}{weight} octets", at("weight")));
        }
        let name = picture(page, who);
        self.axe(&at("phone, light"), japanese);
        if japanese {
            self.driver.photograph(&format!("{name}-ja-360"));
        }
        self.driver.prefer("dark");
        self.driver.resize(WIDTHS[1]);
        self.note(&at("desk"), "return sekisho.fits(false)", &[]);
        self.axe(&at("desk, dark"), !japanese);
        if japanese {
            return;
        }
        self.driver.photograph(&format!("{name}-en-1280-dark"));
        let stops = self.driver.run("return sekisho.watch()").as_u64().unwrap_or_default();
        // Some more: a frame, a scrolled table or a date takes several.
        self.driver.press_tab(stops as usize + 12);
        self.note(&at("keyboard"), "return sekisho.reached()", &[]);
    }

    /// The whole of axe-core, or only what colours can break.
    fn axe(&mut self, at: &str, whole: bool) {
        if self.axe {
            let rules = if whole { "null" } else { "['color-contrast', 'target-size']" };
            self.note(at, &format!("return sekisho.examine({rules})"), &[]);
        }
    }

    fn note(&mut self, at: &str, script: &str, arguments: &[&str]) {
        let found = self.driver.run_with(script, arguments);
        let found = found.as_array().unwrap_or_else(|| panic!("{at}{script} gave {found}"));
        self.faults.extend(found.iter().map(|fault| format!("{at}{}", fault.as_str().unwrap_or_default())));
    }

    /// Pages do what they do with scripts switched off: a form is sent with the Enter key and its answer is a page.
    fn without_script(&mut self, pages: &[Page]) {
        self.driver.scripts(false);
        self.driver.forget_cookies();
        let (name, value) = self.visitors["hanako"].cookie.split_once('=').unwrap();
        let (name, value) = (name.to_owned(), value.to_owned());
        self.driver.cookie(&name, &value);
        assert!(pages.iter().any(|page| page.path == "/held"));
        self.driver.go(&format!("{}/held", self.site));
        let subject = self.driver.text("a.subject");
        self.driver.press_enter_on(".mail form[action$='/delete'] button");
        self.driver.wait_for("p.done");
        self.driver.go(&format!("{}/held?show=trash", self.site));
        let trash = self.driver.text("main");
        assert!(trash.contains(&subject), "{subject} is not in the trash: {trash}");
        self.driver.press_enter_on(".mail form[action$='/restore'] button");
        self.driver.wait_for("p.done");
        self.driver.scripts(true);
    }

    /// Figures, not assertions: a shared machine is no phone.
    fn on_a_slow_phone(&mut self) {
        for (name, latency, throughput) in [("400 ms, 50 kB/s", 400, 50_000), ("150 ms, 200 kB/s", 150, 200_000)] {
            self.driver.throttle(latency, throughput, 4);
            for path in ["/sign-in", "/held"] {
                let mut took = [Duration::ZERO; 2];
                for (at, took) in took.iter_mut().enumerate() {
                    if at == 0 {
                        self.driver.forget_cache();
                    }
                    self.driver.go(&format!("{}{path}", self.site));
                    let script =
                        "const n = performance.getEntriesByType('navigation')[0]; return Math.round(n.loadEventEnd)";
                    *took = Duration::from_millis(self.driver.run(script).as_u64().unwrap_or_default());
                }
                println!("slow phone ({name}, processor a quarter as fast): {path} first {took:?}");
            }
        }
        self.driver.throttle(0, 0, 1);
    }
}

/// Who looks at which page: the newcomer at what has an empty state, everybody else at their own.
fn opens(who: &str, page: &Page) -> bool {
    match who {
        "newcomer" => EMPTY.contains(&page.path.as_str()),
        who => visitor(page.who) == who,
    }
}

fn picture(page: &Page, who: &str) -> String {
    let path: String = page.path.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).collect();
    let short: Vec<&str> = path.split('_').map(|part| if part.len() < 30 { part } else { "one" }).collect();
    format!("page-{who}{}", short.join("_"))
}
