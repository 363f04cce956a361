//! The few words of the WebDriver protocol (W3C) that the browser test needs, over a plain loopback connection.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine;
use serde_json::{Value, json};

/// How long a page may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running chromedriver and, once opened, its browser.
pub(crate) struct Driver {
    process: Child,
    port: u16,
    session: String,
    profile: Option<tempfile::TempDir>,
    screenshots: PathBuf,
}

impl Driver {
    /// Starts chromedriver; where there is none, says so and gives nothing.
    pub(crate) fn start() -> Option<Self> {
        let browser =
            ["/usr/bin/chromium", "/usr/bin/chromium-browser"].into_iter().any(|path| PathBuf::from(path).exists());
        let started = Command::new("chromedriver").arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let (true, Ok(mut process)) = (browser, started) else {
            println!("not here, skipped: chromium");
            return None;
        };
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let port = lines.find_map(|line| {
            let line = line.unwrap();
            let rest = line.split("on port ").nth(1).filter(|_| line.contains("successfully"))?;
            rest.trim_end_matches('.').parse().ok()
        });
        // The rest is read and thrown away, so that the driver never waits for its output to be read.
        std::thread::spawn(move || lines.for_each(drop));
        let screenshots = screenshots();
        std::fs::create_dir_all(&screenshots).unwrap();
        Some(Self {
            process,
            port: port.expect("chromedriver named no port"),
            session: String::new(),
            profile: None,
            screenshots,
        })
    }

    /// Opens a fresh browser of this language and width.
    pub(crate) fn open(&mut self, language: &str, width: u32) {
        let profile = tempfile::tempdir().unwrap();
        let height = if width < 600 { 780 } else { 900 };
        let arguments = [
            "--headless=new".to_owned(),
            "--no-sandbox".into(),
            "--disable-gpu".into(),
            "--disable-dev-shm-usage".into(),
            "--disable-background-networking".into(),
            "--disable-component-update".into(),
            "--disable-sync".into(),
            "--no-first-run".into(),
            "--hide-scrollbars".into(),
            format!("--accept-lang={language}"),
            format!("--window-size={},{height}", width.max(500)),
            format!("--user-data-dir={}", profile.path().display()),
        ];
        let wanted = json!({"capabilities": {"alwaysMatch": {"goog:chromeOptions": {
            "args": arguments, "prefs": {"intl.accept_languages": language}}}}});
        let answer = self.ask("POST", "/session", Some(&wanted));
        self.session = answer["sessionId"].as_str().unwrap_or_else(|| panic!("no session: {answer}")).to_owned();
        self.profile = Some(profile);
        self.resize(width);
    }

    /// Shows the page on a screen of this width. A window cannot be as narrow as a phone; the emulated screen can.
    pub(crate) fn resize(&self, width: u32) {
        let height = if width < 600 { 780 } else { 900 };
        let screen = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600});
        self.devtools("Emulation.setDeviceMetricsOverride", &screen);
    }

    /// Runs this before every page that is opened from now on, whatever the page's policy says of scripts.
    pub(crate) fn on_every_page(&self, source: &str) {
        self.devtools("Page.addScriptToEvaluateOnNewDocument", &json!({ "source": source }));
    }

    /// A cookie of the site that is open.
    pub(crate) fn cookie(&self, name: &str, value: &str) {
        let cookie = json!({"cookie": {"name": name, "value": value, "path": "/"}});
        self.command("POST", "/cookie", Some(&cookie));
    }

    pub(crate) fn forget_cookies(&self) {
        self.command("DELETE", "/cookie", None);
    }

    pub(crate) fn forget_cache(&self) {
        self.devtools("Network.clearBrowserCache", &json!({}));
    }

    /// Lets pages run their scripts, or not.
    pub(crate) fn scripts(&self, run: bool) {
        self.devtools("Emulation.setScriptExecutionDisabled", &json!({ "value": !run }));
    }

    /// A slow network (milliseconds and octets a second, 0: as it is) and a processor so many times slower.
    pub(crate) fn throttle(&self, latency: u32, throughput: i64, processor: u32) {
        let rate = if throughput == 0 { -1 } else { throughput };
        let network =
            json!({"offline": false, "latency": latency, "downloadThroughput": rate, "uploadThroughput": rate});
        self.devtools("Network.enable", &json!({}));
        self.devtools("Network.emulateNetworkConditions", &network);
        self.devtools("Emulation.setCPUThrottlingRate", &json!({ "rate": processor }));
    }

    /// The tabulator, so many times.
    pub(crate) fn press_tab(&self, times: usize) {
        let one = ["keyDown", "keyUp"].map(|kind| json!({"type": kind, "value": "\u{E004}"}));
        let keys: Vec<&Value> = one.iter().cycle().take(2 * times).collect();
        let keys = json!({"actions": [{"type": "key", "id": "keys", "actions": keys}]});
        self.command("POST", "/actions", Some(&keys));
    }

    /// The Enter key while the focus is there.
    pub(crate) fn press_enter_on(&self, selector: &str) {
        let element = self.wait_for(selector);
        self.command("POST", &format!("/element/{element}/value"), Some(&json!({ "text": "\u{E007}" })));
    }

    fn devtools(&self, command: &str, parameters: &Value) -> Value {
        self.command("POST", "/goog/cdp/execute", Some(&json!({"cmd": command, "params": parameters})))
    }

    /// Gives the browser a device that keeps passkeys and always knows its owner (Web Authentication §11.3).
    #[cfg(feature = "passkeys")]
    pub(crate) fn authenticator(&self) {
        let device = json!({"protocol": "ctap2", "transport": "internal", "hasResidentKey": true,
            "hasUserVerification": true, "isUserVerified": true, "isUserConsenting": true});
        self.command("POST", "/webauthn/authenticator", Some(&device));
    }

    /// Ends the browser.
    pub(crate) fn close(&mut self) {
        self.command("DELETE", "", None);
        self.session.clear();
        self.profile = None;
    }

    pub(crate) fn go(&self, url: &str) {
        self.command("POST", "/url", Some(&json!({ "url": url })));
    }

    pub(crate) fn url(&self) -> String {
        self.command("GET", "/url", None).as_str().unwrap().to_owned()
    }

    pub(crate) fn wait_for(&self, selector: &str) -> String {
        let started = Instant::now();
        loop {
            let found = self.ask(
                "POST",
                &format!("/session/{}/element", self.session),
                Some(&json!({"using": "css selector", "value": selector})),
            );
            if let Some(id) = found["element-6066-11e4-a52e-4f735466cecf"].as_str() {
                return id.to_owned();
            }
            assert!(started.elapsed() < PATIENCE, "{selector} did not come at {}: {}", self.url(), self.text("body"));
            std::thread::yield_now();
        }
    }

    /// Until a script says so. While one page goes and the next comes, none may be answered.
    pub(crate) fn wait_until(&self, script: &str) {
        let started = Instant::now();
        let asked = json!({"script": script, "args": []});
        let path = format!("/session/{}/execute/sync", self.session);
        while self.ask("POST", &path, Some(&asked)).as_bool() != Some(true) {
            assert!(started.elapsed() < PATIENCE, "{script} did not come about at {}", self.url());
            std::thread::yield_now();
        }
    }

    pub(crate) fn fill(&self, selector: &str, text: &str) {
        let element = self.wait_for(selector);
        self.command("POST", &format!("/element/{element}/clear"), Some(&json!({})));
        self.command("POST", &format!("/element/{element}/value"), Some(&json!({ "text": text })));
    }

    pub(crate) fn press(&self, selector: &str) {
        let element = self.wait_for(selector);
        self.command("POST", &format!("/element/{element}/click"), Some(&json!({})));
    }

    pub(crate) fn text(&self, selector: &str) -> String {
        let script = format!("return (document.querySelector({}) || document.body).innerText", json!(selector));
        self.run(&script).as_str().unwrap_or_default().to_owned()
    }

    /// Light or dark, as the person's system would say; it also says that nothing should move.
    pub(crate) fn prefer(&self, scheme: &str) {
        let media = json!({"features": [{"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": "reduce"}]});
        self.devtools("Emulation.setEmulatedMedia", &media);
    }

    /// Nothing on the page is wider than the screen.
    pub(crate) fn assert_fits(&self, width: u32) {
        let wide = self.run("return document.documentElement.scrollWidth").as_u64().unwrap();
        assert!(wide <= u64::from(width), "{} is {wide} wide on a screen of {width}", self.url());
    }

    /// No table has to be moved sideways to be read.
    pub(crate) fn assert_no_table_scrolls(&self) {
        let wider =
            "return [...document.querySelectorAll('.wide')].filter(box => box.scrollWidth > box.clientWidth).length";
        assert_eq!(self.run(wider).as_u64(), Some(0), "{}: a table is wider than its place", self.url());
    }

    /// The whole page as a picture.
    pub(crate) fn photograph(&self, name: &str) {
        let answer = self.devtools("Page.captureScreenshot", &json!({"captureBeyondViewport": true}));
        let picture = base64::engine::general_purpose::STANDARD.decode(answer["data"].as_str().unwrap()).unwrap();
        assert!(picture.len() > 2_000, "{name} is an empty picture");
        std::fs::write(self.screenshots.join(format!("{name}.png")), picture).unwrap();
    }

    /// What a script gives; it may promise it.
    pub(crate) fn run(&self, script: &str) -> Value {
        self.run_with(script, &[])
    }

    pub(crate) fn run_with(&self, script: &str, arguments: &[&str]) -> Value {
        self.command("POST", "/execute/sync", Some(&json!({"script": script, "args": arguments})))
    }

    fn command(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        let answer = self.ask(method, &format!("/session/{}{path}", self.session), body);
        assert!(answer["error"].is_null(), "{method} {path}: {answer}");
        answer
    }

    fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        let body = body.map(Value::to_string).unwrap_or_default();
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(120))).unwrap();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
             Connection: close\r\n\r\n",
            self.port,
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body.as_bytes()).unwrap();
        let mut reader = BufReader::new(stream);
        let mut length = 0;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            if line.trim().is_empty() {
                break;
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
        }
        let mut answer = vec![0; length];
        reader.read_exact(&mut answer).unwrap();
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        answer["value"].clone()
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        if !self.session.is_empty() {
            self.ask("DELETE", &format!("/session/{}", self.session), None);
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// `target/screenshots`, beside whatever target folder the test was built in.
fn screenshots() -> PathBuf {
    let program = std::env::current_exe().unwrap();
    let target = program.ancestors().find(|folder| folder.join("debug").is_dir() || folder.join("release").is_dir());
    target.map_or_else(|| PathBuf::from("target"), PathBuf::from).join("screenshots")
}
