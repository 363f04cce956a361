//! From checked values to the types that the rooms take.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::time::Duration;

use checkpoint::door::lists::ListSettings;
use checkpoint::gather::virus::ClamdAddress;
use checkpoint::{NextHop, SignatureSettings};
use content::signatures::file::PublicKey;
use ipnet::IpNet;
use message::Domain;
use store::records::directory::Known;

use super::door::DoorTable;
use super::read::{Value, Values, Wrong};

/// A `[[domain]]`.
#[derive(Clone, Debug)]
pub struct DomainTable {
    /// Its name.
    pub name: Domain,
    /// Where its mail goes.
    pub next_hop: NextHop,
    /// How its recipients are known.
    pub known: Known,
    /// Address key for unknown local parts.
    pub catch_all: Option<String>,
    /// Separator of details.
    pub detail: Option<char>,
    /// Whose; empty: the operator of `[operator]`.
    pub operator: String,
}

/// Where a face that mail servers connect to is listened for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// TCP.
    Tcp(SocketAddr),
    /// A Unix socket.
    Socket(PathBuf),
}

/// The configuration in force.
#[derive(Clone, Debug)]
pub struct Configuration {
    /// Everything as written, with origins.
    pub values: Values,
    /// `listen.smtp`.
    pub smtp: Vec<SocketAddr>,
    /// `listen.lmtp`.
    pub lmtp: Vec<Place>,
    /// `listen.milter`.
    pub milter: Vec<Place>,
    /// `listen.policy`.
    pub policy: Vec<Place>,
    /// `listen.portal`.
    pub portal: Vec<SocketAddr>,
    /// `listen.rspamd`.
    pub rspamd: Vec<SocketAddr>,
    /// `listen.spamd`.
    pub spamd: Vec<Place>,
    /// `listen.metrics`.
    pub metrics: Vec<SocketAddr>,
    /// `listen.control`.
    pub control: PathBuf,
    /// `listen.socket_mode`.
    pub socket_mode: u32,
    /// `data.dir`.
    pub data: PathBuf,
    /// `smtp.hostname`.
    pub hostname: String,
    /// `smtp.proxy_from`.
    pub proxy_from: Vec<IpNet>,
    /// `smtp.xclient_from`.
    pub xclient_from: Vec<IpNet>,
    /// `portal.proxies`.
    pub portal_proxies: Vec<IpNet>,
    /// `release.via`.
    pub release_via: Option<NextHop>,
    /// `clamd.address`.
    pub clamd: Option<ClamdAddress>,
    /// `dns.servers`; `None`: DNS is off; empty: those of the machine.
    pub dns_servers: Option<Vec<SocketAddr>>,
    /// `[signatures]`.
    pub signatures: SignatureSettings,
    /// `[door]`.
    pub door: DoorTable,
    /// `[[door.lists]]`.
    pub door_lists: Vec<ListSettings>,
    /// Domains.
    pub domains: Vec<DomainTable>,
}

impl Configuration {
    /// Makes the types, or says all that is wrong.
    pub fn new(values: Values) -> Result<Self, Vec<Wrong>> {
        let mut maker = Maker { values: &values, wrong: Vec::new() };
        let data = PathBuf::from(values.text("data.dir"));
        let control = match values.text("listen.control") {
            "" => data.join("control.sock"),
            path => PathBuf::from(path),
        };
        let hostname = match values.text("smtp.hostname") {
            "" => machine_name(),
            name => name.to_owned(),
        };
        let made = Self {
            smtp: maker.addresses("listen.smtp"),
            lmtp: maker.places("listen.lmtp"),
            milter: maker.places("listen.milter"),
            policy: maker.places("listen.policy"),
            portal: maker.addresses("listen.portal"),
            rspamd: maker.addresses("listen.rspamd"),
            spamd: maker.places("listen.spamd"),
            metrics: maker.addresses("listen.metrics"),
            control,
            socket_mode: maker.socket_mode(),
            data,
            hostname,
            proxy_from: maker.networks("smtp.proxy_from"),
            xclient_from: maker.networks("smtp.xclient_from"),
            portal_proxies: maker.networks("portal.proxies"),
            release_via: maker.release_via(),
            clamd: maker.clamd(),
            dns_servers: maker.resolvers(),
            signatures: maker.signatures(),
            door: super::door::of(&mut maker),
            door_lists: maker.door_lists(),
            domains: maker.domains(),
            values: Values::default(),
        };
        maker.conditions();
        if maker.wrong.is_empty() { Ok(Self { values, ..made }) } else { Err(maker.wrong) }
    }

    /// A number.
    pub fn number(&self, key: &str) -> usize {
        self.values.keys.get(key).and_then(|value| value.toml.as_integer()).and_then(|n| n.try_into().ok()).unwrap_or(0)
    }

    /// Seconds.
    pub fn seconds(&self, key: &str) -> Duration {
        Duration::from_secs(self.number(key) as u64)
    }

    /// Milliseconds.
    pub fn millis(&self, key: &str) -> Duration {
        Duration::from_millis(self.number(key) as u64)
    }

    /// A text.
    pub fn text(&self, key: &str) -> &str {
        self.values.text(key)
    }

    /// A switch.
    pub fn switch(&self, key: &str) -> bool {
        self.values.keys.get(key).and_then(|value| value.toml.as_bool()).unwrap_or(false)
    }
}

impl Values {
    /// A text.
    pub fn text(&self, key: &str) -> &str {
        self.keys.get(key).and_then(|value| value.toml.as_str()).unwrap_or_default()
    }

    /// A text or a list of texts; an empty text is no text.
    pub fn texts(&self, key: &str) -> Vec<String> {
        match self.keys.get(key).map(|value| &value.toml) {
            Some(toml::Value::String(text)) if text.is_empty() => Vec::new(),
            Some(toml::Value::String(text)) => vec![text.clone()],
            Some(toml::Value::Array(items)) => items.iter().filter_map(|i| i.as_str().map(str::to_owned)).collect(),
            _ => Vec::new(),
        }
    }

    /// Adds a domain, for the demonstration.
    pub fn add_domain(&mut self, keys: &[(&str, &str)], origin: &str) {
        let value = |text: &str| Value { toml: toml::Value::String(text.to_owned()), origin: origin.to_owned() };
        self.domains.push(keys.iter().map(|(key, text)| ((*key).to_owned(), value(text))).collect());
    }

    /// Puts the value of a flag into force.
    pub fn set(&mut self, key: &str, value: impl Into<toml::Value>, flag: &str) {
        self.keys.insert(key.to_owned(), Value { toml: value.into(), origin: flag.to_owned() });
    }
}

pub(super) struct Maker<'a> {
    pub(super) values: &'a Values,
    wrong: Vec<Wrong>,
}

impl Maker<'_> {
    pub(super) fn complain(&mut self, value: Option<&Value>, problem: String) {
        let place = value.map_or_else(String::new, |value| value.origin.clone());
        self.wrong.push(Wrong { place, problem });
    }

    fn addresses(&mut self, key: &str) -> Vec<SocketAddr> {
        let mut found = Vec::new();
        for text in self.values.texts(key) {
            match text.to_socket_addrs().ok().and_then(|mut all| all.next()) {
                Some(address) => found.push(address),
                None => self.complain(self.values.keys.get(key), format!("{key}: \"{text}\" is not address:port")),
            }
        }
        found
    }

    /// A path may also be written as Postfix and rspamd do, with `unix:` in front.
    fn places(&mut self, key: &str) -> Vec<Place> {
        let mut all = Vec::new();
        for text in self.values.texts(key) {
            let path = text.strip_prefix("unix:").unwrap_or(&text);
            match text.parse() {
                Ok(address) => all.push(Place::Tcp(address)),
                Err(_) if path.starts_with('/') => all.push(Place::Socket(path.into())),
                Err(_) => self.complain(
                    self.values.keys.get(key),
                    format!("{key}: \"{text}\" is neither address:port nor the path of a socket"),
                ),
            }
        }
        all
    }

    fn socket_mode(&mut self) -> u32 {
        let text = self.values.text("listen.socket_mode");
        let mode = u32::from_str_radix(text, 8).ok().filter(|mode| *mode <= 0o777);
        mode.unwrap_or_else(|| {
            let problem = format!("listen.socket_mode: \"{text}\" is not a mode such as 0660");
            self.complain(self.values.keys.get("listen.socket_mode"), problem);
            0
        })
    }

    pub(super) fn networks(&mut self, key: &str) -> Vec<IpNet> {
        let mut found = Vec::new();
        for text in self.values.texts(key) {
            match text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from)) {
                Ok(network) => found.push(network),
                Err(_) => self.complain(
                    self.values.keys.get(key),
                    format!("{key}: \"{text}\" is not a network such as 192.0.2.0/24"),
                ),
            }
        }
        found
    }

    fn release_via(&mut self) -> Option<NextHop> {
        let text = self.values.text("release.via");
        if text.is_empty() || text == "next_hop" {
            return None;
        }
        NextHop::parse(text)
            .map_err(|problem| self.complain(self.values.keys.get("release.via"), format!("release.via: {problem}")))
            .ok()
    }

    fn clamd(&mut self) -> Option<ClamdAddress> {
        let said = ClamdAddress::parse(self.values.text("clamd.address"));
        said.unwrap_or_else(|problem| {
            self.complain(self.values.keys.get("clamd.address"), format!("clamd.address: {problem}"));
            None
        })
    }

    fn resolvers(&mut self) -> Option<Vec<SocketAddr>> {
        let texts = self.values.texts("dns.servers");
        if texts == ["off"] {
            return None;
        }
        let mut found = Vec::new();
        for text in texts {
            match text.parse::<SocketAddr>().or_else(|_| text.parse::<IpAddr>().map(|ip| SocketAddr::new(ip, 53))) {
                Ok(address) => found.push(address),
                Err(_) => self.complain(
                    self.values.keys.get("dns.servers"),
                    format!("dns.servers: \"{text}\" is not address:port, nor \"off\" alone"),
                ),
            }
        }
        Some(found)
    }

    fn signatures(&mut self) -> SignatureSettings {
        let mut trusted = Vec::new();
        for text in self.values.texts("signatures.trusted_keys") {
            match PublicKey::parse(&text) {
                Ok(key) => trusted.push(key),
                Err(bad) => self.complain(
                    self.values.keys.get("signatures.trusted_keys"),
                    format!("signatures.trusted_keys: \"{text}\": {bad}"),
                ),
            }
        }
        let value = |key: &str| self.values.keys.get(key).map(|value| &value.toml);
        let days = value("signatures.days").and_then(toml::Value::as_integer);
        SignatureSettings {
            sets: self.values.texts("signatures.sets").into_iter().map(PathBuf::from).collect(),
            trusted,
            days: days.and_then(|days| u16::try_from(days).ok()).unwrap_or(u16::MAX),
            from_teaching: value("signatures.from_teaching").and_then(toml::Value::as_bool) == Some(true),
        }
    }

    fn door_lists(&mut self) -> Vec<ListSettings> {
        super::lists::lists(self.values).unwrap_or_else(|wrong| {
            self.wrong.extend(wrong);
            Vec::new()
        })
    }

    fn conditions(&mut self) {
        const NAMES: [&str; 5] = [
            "changeable_any_time",
            "same_terms_otherwise",
            "scope_is_limited",
            "typically_agreeable",
            "told_beforehand",
        ];
        let given = self.values.texts("operator.conditions");
        for name in given.iter().filter(|name| !NAMES.contains(&name.as_str())) {
            let hint = super::read::nearest(name, NAMES.into_iter());
            self.complain(
                self.values.keys.get("operator.conditions"),
                format!("operator.conditions: \"{name}\" is not one of the five conditions{hint}"),
            );
        }
        let on = self.values.keys.get("operator.filter_by_default");
        let missing: Vec<&str> = NAMES.into_iter().filter(|name| !given.iter().any(|g| g == name)).collect();
        if on.is_some_and(|value| value.toml.as_bool() == Some(true)) && !missing.is_empty() {
            self.complain(
                on,
                format!(
                    "operator.filter_by_default needs all five conditions; operator.conditions lacks {}",
                    missing.join(", ")
                ),
            );
        }
    }

    fn domains(&mut self) -> Vec<DomainTable> {
        let mut made: Vec<DomainTable> = Vec::new();
        for domain in &self.values.domains {
            let text = |key: &str| domain.get(key).and_then(|value| value.toml.as_str()).unwrap_or_default();
            let name = match Domain::parse(text("name")) {
                Ok(name) => name,
                Err(problem) => {
                    self.complain(domain.get("name"), format!("domain.name: \"{}\": {problem}", text("name")));
                    continue;
                }
            };
            let next_hop = match NextHop::parse(text("next_hop")) {
                Ok(next_hop) => next_hop,
                Err(problem) => {
                    self.complain(domain.get("next_hop"), format!("domain.next_hop: {problem}"));
                    continue;
                }
            };
            if made.iter().any(|other| other.name == name) {
                self.complain(domain.get("name"), format!("the domain {name} stands here twice"));
            }
            let known = match (text("known"), &next_hop) {
                ("table", _) => Known::Table,
                ("next_hop", _) => Known::NextHop,
                ("any", _) | (_, NextHop::Maildir(_)) => Known::Any,
                _ => Known::NextHop,
            };
            let mut detail = text("detail").chars();
            let separator = detail.next();
            if detail.next().is_some() {
                self.complain(domain.get("detail"), "domain.detail is one character, such as \"+\"".into());
            }
            let catch_all = Some(text("catch_all")).filter(|text| !text.is_empty()).map(str::to_lowercase);
            let operator = text("operator").to_owned();
            made.push(DomainTable { name, next_hop, known, catch_all, detail: separator, operator });
        }
        made
    }
}

/// The machine's own name.
fn machine_name() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    match Domain::parse(name.trim()) {
        Ok(name) => name.to_string(),
        Err(_) => "localhost".into(),
    }
}
