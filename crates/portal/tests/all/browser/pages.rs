//! Every page of [`super::list`] in a browser for each language: a phone's and a desk's width, light and dark, with
//! axe-core, by keyboard, without JavaScript, and what it weighs. A page that is new in the table of routes is examined with
//! the others. With `SEKISHO_SCREENSHOTS` set each leaves a picture in `target/screenshots`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::axe;
use super::driver::Driver;
use super::list::{Page, pages};
use super::people::Place;
use crate::house::Visitor;

const CHECKS: &str = include_str!("checks.js");
/// What a page may weigh with everything it loads, octets.
const HEAVIEST: u64 = 100_000;
/// Widths of a phone and of a desk.
const WIDTHS: [u32; 2] = [360, 1280];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_is_usable_by_everybody() {
    let (Some(one), Some(other)) = (Driver::start(), Driver::start()) else { return };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let site = format!("http://localhost:{}", listener.local_addr().unwrap().port());
    let place = Place::new(&site).await;
    let pages = Arc::new(pages(&place).await);
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = tokio::spawn(portal::serve(listener, place.house.portal.clone(), async move {
        let _ = stopped.await;
    }));
    let sweeps = [("ja", one), ("en", other)].map(|(language, driver)| {
        let (pages, site, visitors) = (pages.clone(), site.clone(), place.visitors.clone());
        tokio::task::spawn_blocking(move || {
            let mut sweep = Sweep::new(driver, language, site, visitors);
            sweep.all(&pages);
            sweep
        })
    });
    let mut faults = Vec::new();
    for sweep in sweeps {
        let mut sweep = sweep.await.unwrap();
        faults.append(&mut sweep.faults);
        // What is measured there is measured alone.
        tokio::task::spawn_blocking(move || sweep.end()).await.unwrap();
    }
    stop.send(()).unwrap();
    serving.await.unwrap().unwrap();
    place.close().await;
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

/// One language's browser.
struct Sweep {
    driver: Driver,
    language: &'static str,
    site: String,
    visitors: BTreeMap<&'static str, Visitor>,
    axe: bool,
    pictures: bool,
    faults: Vec<String>,
    heaviest: (u64, String),
    examined: usize,
}

impl Sweep {
    fn new(
        mut driver: Driver,
        language: &'static str,
        site: String,
        visitors: BTreeMap<&'static str, Visitor>,
    ) -> Self {
        driver.open(language, WIDTHS[0]);
        driver.on_every_page(CHECKS);
        let axe = axe::source();
        if let Some(source) = &axe {
            driver.on_every_page(source);
        }
        driver.go(&format!("{site}/about"));
        let (axe, heaviest) = (axe.is_some(), (0, String::new()));
        let pictures = std::env::var_os("SEKISHO_SCREENSHOTS").is_some();
        Self { driver, language, site, visitors, axe, pictures, faults: Vec::new(), heaviest, examined: 0 }
    }

    fn all(&mut self, pages: &[Page]) {
        let started = Instant::now();
        let mut before = "";
        let by_visitor = self.visitors.keys().copied().collect::<Vec<_>>();
        for who in by_visitor {
            let theirs = pages.iter().filter(|page| page.by == who && page.is_in(self.language));
            for page in theirs {
                if before != who {
                    self.become_visitor(who);
                    before = who;
                }
                self.examine(page);
            }
        }
        println!(
            "{}: {} pages in {:.0} s; the heaviest with all it loads: {} octets, {}",
            self.language,
            self.examined,
            started.elapsed().as_secs_f64(),
            self.heaviest.0,
            self.heaviest.1
        );
    }

    fn become_visitor(&self, who: &str) {
        self.driver.forget_cookies();
        self.driver.cookie("sekisho-language", self.language);
        for (name, value) in self.visitors[who].cookie.split("; ").filter_map(|pair| pair.split_once('=')) {
            self.driver.cookie(name, value);
        }
    }

    /// A page as a phone shows it, then as a desk does: in one language the phone is in the light and the desk in the dark,
    /// in the other the other way round. What depends on neither is looked at in one of them.
    fn examine(&mut self, page: &Page) {
        let japanese = self.language == "ja";
        let language = self.language;
        let at = |what: &str| format!("{} {} {language} {what}: ", page.by, page.path);
        let (on_phone, on_desk) = if japanese { ("light", "dark") } else { ("dark", "light") };
        self.driver.resize(WIDTHS[0]);
        self.driver.prefer(on_phone);
        self.open(page);
        self.examined += 1;
        let status = page.status.to_string();
        self.note(&at("opened"), "return sekisho.opened(arguments[0], arguments[1])", &[&page.path, &status]);
        self.note(&at("built"), "return sekisho.built(arguments[0])", &[language]);
        self.note(&at("phone"), "return sekisho.fits(true)", &[]);
        let weight = self.driver.run("return sekisho.weight()").as_u64().unwrap_or(u64::MAX);
        if weight > self.heaviest.0 {
            self.heaviest = (weight, format!("{} {}", page.by, page.path));
        }
        if weight > HEAVIEST {
            self.faults.push(format!("{}{weight} octets", at("weight")));
        }
        let name = picture(page);
        self.axe(&at(&format!("phone, {on_phone}")), japanese);
        if japanese && self.pictures {
            self.driver.photograph(&format!("{name}-ja-360"));
        }
        self.driver.prefer(on_desk);
        self.driver.resize(WIDTHS[1]);
        self.note(&at("desk"), "return sekisho.fits(false)", &[]);
        if japanese || !page.again {
            self.axe(&at(&format!("desk, {on_desk}")), !japanese);
        }
        if !japanese && self.pictures {
            self.driver.photograph(&format!("{name}-en-1280"));
        }
        if japanese || page.again {
            return;
        }
        let stops = self.driver.run("return sekisho.watch()").as_u64().unwrap_or_default();
        // Some more: a frame, a scrolled table or a date takes several.
        self.driver.press_tab(stops as usize + 12);
        self.note(&at("keyboard"), "return sekisho.reached()", &[]);
    }

    /// By its address, or as the answer of its form.
    fn open(&self, page: &Page) {
        let Some(form) = &page.form else { return self.driver.go(&format!("{}{}", self.site, page.path)) };
        let token = ("csrf", self.visitors[page.by].csrf.clone());
        let fields: Vec<_> = std::iter::once(&token).chain(form).collect();
        let fields = serde_json::to_string(&fields).unwrap();
        self.driver.run_with("sekisho.send(arguments[0], arguments[1]); return true", &[&page.path, &fields]);
        self.driver.wait_until("return !!window.sekisho && sekisho.arrived()");
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

    /// What is looked at once, in a language that has it; and the end.
    fn end(mut self) {
        if self.language == "ja" {
            self.become_visitor("hanako");
            self.without_script();
            self.on_a_slow_phone();
        }
        self.driver.close();
    }

    /// Pages do what they do with scripts switched off: a form is sent with the Enter key and its answer is a page.
    fn without_script(&self) {
        self.driver.scripts(false);
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
    fn on_a_slow_phone(&self) {
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

fn picture(page: &Page) -> String {
    let path: String = page.path.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).collect();
    let short: Vec<&str> = path.split('_').map(|part| if part.len() < 30 { part } else { "one" }).collect();
    let answer = page.form.as_ref().map(|_| format!("-answer-{}", page.status)).unwrap_or_default();
    format!("page-{}{}{answer}", page.by, short.join("_"))
}
