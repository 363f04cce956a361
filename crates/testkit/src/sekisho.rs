//! The real binary as a process: its configuration written, started, waited for, asked, stopped or killed.

use std::fs::File;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::{Client, Maildir, http, place, wait};

/// How long a debug build may take to open its data folder.
const START: Duration = Duration::from_secs(60);

/// What is going to be started.
pub struct Setup {
    program: PathBuf,
    folder: TempDir,
    ip: IpAddr,
    smtp: Option<SocketAddr>,
    keys: Vec<(String, String, String)>,
    domains: Vec<Vec<(String, String)>>,
    data: PathBuf,
}

/// A running Sekisho. Killed when dropped.
pub struct Sekisho {
    setup: Setup,
    child: Option<Child>,
    /// Where it speaks SMTP.
    pub smtp: SocketAddr,
    /// Where its pages are.
    pub portal: SocketAddr,
    /// Where it speaks rspamd's dialect.
    pub rspamd: SocketAddr,
    /// Where it tells metrics and readiness.
    pub metrics: SocketAddr,
}

impl Setup {
    /// For this binary (`env!("CARGO_BIN_EXE_sekisho")`), in a temporary folder, without look-ups.
    pub fn new(program: &str) -> Self {
        let folder = tempfile::Builder::new().prefix("sekisho-test").tempdir().expect("a temporary folder");
        let data = folder.path().join("data");
        let setup = Self {
            program: program.into(),
            folder,
            ip: place::address(),
            smtp: None,
            keys: Vec::new(),
            domains: Vec::new(),
            data,
        };
        setup
            .key("dns", "servers", "[\"off\"]")
            .key("smtp", "hostname", "\"mx.sekisho.example.jp\"")
            .key("smtp", "xclient_from", "[\"127.0.0.0/8\"]")
            .key("log", "level", "\"info\"")
    }

    /// Started by this program instead, which has to start the binary in the end.
    #[must_use]
    pub fn with_program(mut self, program: &str) -> Self {
        self.program = program.into();
        self
    }

    /// Its temporary folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Where its data lies.
    #[must_use]
    pub fn data_in(mut self, folder: impl Into<PathBuf>) -> Self {
        self.data = folder.into();
        self
    }

    /// A key with its value as TOML; a later one replaces an earlier one.
    #[must_use]
    pub fn key(mut self, table: &str, name: &str, toml: &str) -> Self {
        self.keys.retain(|(other, key, _)| (other.as_str(), key.as_str()) != (table, name));
        self.keys.push((table.into(), name.into(), toml.into()));
        self
    }

    /// Says where it is going to speak SMTP, for a server in front that has to be told first.
    #[must_use]
    pub fn smtp(mut self) -> (Self, SocketAddr) {
        let address = place::free(place::address());
        self.smtp = Some(address);
        (self, address)
    }

    /// Listens for this face too (`milter`, `policy` …); where.
    #[must_use]
    pub fn listen(self, face: &str) -> (Self, SocketAddr) {
        let address = place::free(place::address());
        (self.key("listen", face, &format!("\"{address}\"")), address)
    }

    /// A domain whose mail goes to Maildirs under `mail/` of the temporary folder.
    #[must_use]
    pub fn maildir_domain(self, name: &str) -> Self {
        let hop = format!("maildir:{}", self.folder().join("mail").display());
        self.domain(name, &hop, &[])
    }

    /// A domain with its next hop and further keys (values as TOML).
    #[must_use]
    pub fn domain(mut self, name: &str, next_hop: &str, more: &[(&str, &str)]) -> Self {
        let mut keys = vec![("name".into(), format!("\"{name}\"")), ("next_hop".into(), format!("\"{next_hop}\""))];
        keys.extend(more.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
        self.domains.push(keys);
        self
    }

    /// Writes the configuration; its path.
    pub fn write(&self, ports: [SocketAddr; 4]) -> PathBuf {
        let [smtp, portal, rspamd, metrics] = ports;
        let mut text = format!(
            "[listen]\nsmtp = \"{smtp}\"\nportal = \"{portal}\"\nrspamd = \"{rspamd}\"\nmetrics = \"{metrics}\"\n\
             [data]\ndir = \"{}\"\n",
            self.data.display()
        );
        // Further faces, beside those that every test has.
        let faces =
            self.keys.iter().filter(|key| key.0 == "listen").map(|(_, name, value)| format!("{name} = {value}\n"));
        text = text.replacen("[data]", &format!("{}[data]", faces.collect::<String>()), 1);
        let mut tables: Vec<&str> = self.keys.iter().map(|(table, _, _)| table.as_str()).collect();
        tables.sort_unstable();
        tables.dedup();
        for table in tables {
            if !["listen", "data"].contains(&table) {
                text.push_str(&format!("[{table}]\n"));
                for (_, name, value) in self.keys.iter().filter(|key| key.0 == table) {
                    text.push_str(&format!("{name} = {value}\n"));
                }
            }
        }
        for domain in &self.domains {
            text.push_str("[[domain]]\n");
            for (name, value) in domain {
                text.push_str(&format!("{name} = {value}\n"));
            }
        }
        let path = self.folder().join("sekisho.toml");
        std::fs::write(&path, text).expect("the temporary folder can be written");
        path
    }

    /// Starts it and waits until it is ready.
    pub fn start(self) -> Sekisho {
        let ports: [SocketAddr; 4] = place::free_ports(self.ip);
        let [smtp, portal, rspamd, metrics] = ports;
        let smtp = self.smtp.unwrap_or(smtp);
        self.write([smtp, portal, rspamd, metrics]);
        let mut sekisho = Sekisho { setup: self, child: None, smtp, portal, rspamd, metrics };
        sekisho.start_again();
        sekisho
    }
}

impl Sekisho {
    /// Its set-up.
    pub fn setup(&self) -> &Setup {
        &self.setup
    }

    /// Its configuration file.
    pub fn configuration(&self) -> PathBuf {
        self.setup.folder().join("sekisho.toml")
    }

    /// Changes its set-up and writes the configuration anew; a reload or a restart puts it into force.
    pub fn change(&mut self, change: impl FnOnce(Setup) -> Setup) {
        let empty = Setup::new("");
        let setup = std::mem::replace(&mut self.setup, empty);
        self.setup = change(setup);
        self.setup.write([self.smtp, self.portal, self.rspamd, self.metrics]);
    }

    /// Starts the process on the same data, and waits until it is ready.
    pub fn start_again(&mut self) {
        assert!(self.child.is_none(), "it runs already");
        let log = File::options().create(true).append(true).open(self.log_path()).expect("the log can be written");
        let child = Command::new(&self.setup.program)
            .args(["serve", "-c"])
            .arg(self.configuration())
            .current_dir(self.setup.folder())
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a file handle"))
            .stderr(log)
            .spawn();
        self.child = Some(child.expect("the binary can be started"));
        let began = std::time::Instant::now();
        loop {
            if matches!(http::get(self.metrics, "/ready"), Ok((200, _))) {
                return;
            }
            let ended = self.child.as_mut().and_then(|child| child.try_wait().ok().flatten());
            assert!(ended.is_none(), "it ended with {ended:?} instead of starting:\n{}", self.log());
            assert!(began.elapsed() < START, "it was not ready within {START:?}:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// A session with it, greeted.
    pub fn client(&self) -> Client {
        Client::connect(self.smtp).expect("it answers")
    }

    /// A session that poses as this peer.
    pub fn client_from(&self, ip: &str, helo: &str) -> Client {
        let mut client = self.client();
        client.pose_as(ip, helo).expect("XCLIENT is taken from loopback");
        client
    }

    /// A command of the same binary with this configuration.
    pub fn command(&self, arguments: &[&str]) -> Output {
        let output = Command::new(&self.setup.program)
            .args(arguments)
            .arg("-c")
            .arg(self.configuration())
            .current_dir(self.setup.folder())
            .stdin(Stdio::null())
            .output();
        output.expect("the binary can be started")
    }

    /// The same where it has to succeed; what it printed.
    pub fn run(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let complained = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?} failed: {said}{complained}");
        said
    }

    /// A subscriber with these settings (JSON of a layer).
    pub fn subscriber(&self, address: &str, layer: &str) {
        self.run(&["subscriber-add", address]);
        self.settings(address, layer);
    }

    /// New settings for a subscriber (JSON of a layer).
    pub fn settings(&self, address: &str, layer: &str) {
        let file = self.setup.folder().join(format!("{}.json", address.replace(['/', '@'], "_")));
        std::fs::write(&file, layer).expect("the temporary folder can be written");
        self.run(&["settings", "set", address, "--file", &file.to_string_lossy()]);
    }

    /// The Maildir of an address of a domain made by [`Setup::maildir_domain`].
    pub fn maildir(&self, address: &str) -> Maildir {
        let (local, domain) = address.rsplit_once('@').expect("an address has an @");
        Maildir::at(self.setup.folder().join("mail").join(domain).join(local))
    }

    /// Asks it to stop with this signal: `TERM`, `HUP` …
    pub fn signal(&self, name: &str) {
        let id = self.child.as_ref().expect("it runs").id().to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status().expect("kill can be started");
        assert!(sent.success(), "the signal was not sent");
    }

    /// Kills it without warning, as a power cut would.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("it can be killed");
            child.wait().expect("it can be waited for");
        }
    }

    /// Asks it to stop and waits for that; whether it ended in order.
    pub fn stop(&mut self, most: Duration) -> bool {
        self.signal("TERM");
        let mut child = self.child.take().expect("it runs");
        let status = wait::until("end of the process", most, || child.try_wait().expect("it can be waited for"));
        status.success()
    }

    /// Number of the process.
    pub fn process_id(&self) -> u32 {
        self.child.as_ref().expect("it runs").id()
    }

    /// Whether the process is there.
    pub fn is_running(&mut self) -> bool {
        self.child.as_mut().is_some_and(|child| matches!(child.try_wait(), Ok(None)))
    }

    fn log_path(&self) -> PathBuf {
        self.setup.folder().join("log")
    }

    /// What it logged since the first start.
    pub fn log(&self) -> String {
        std::fs::read(self.log_path()).map(|log| String::from_utf8_lossy(&log).into_owned()).unwrap_or_default()
    }

    /// Fails the test where the log tells of a panic.
    pub fn must_not_have_panicked(&self) {
        let log = self.log();
        let at = log.lines().find(|line| line.contains("panicked"));
        assert!(at.is_none(), "it panicked: {at:?}");
    }

    /// The most memory it ever had, octets (`VmHWM`).
    pub fn memory_peak(&self) -> u64 {
        self.memory("VmHWM:")
    }

    /// Memory it has now, octets (`VmRSS`).
    pub fn memory_now(&self) -> u64 {
        self.memory("VmRSS:")
    }

    fn memory(&self, field: &str) -> u64 {
        let id = self.child.as_ref().expect("it runs").id();
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).expect("the process is there");
        let line = status.lines().find(|line| line.starts_with(field)).expect("Linux tells it");
        let kib: u64 = line.split_whitespace().nth(1).and_then(|n| n.parse().ok()).expect("a number");
        kib * 1024
    }
}

impl Drop for Sekisho {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            eprintln!("--- log of the process\n{}", self.log());
        }
    }
}
