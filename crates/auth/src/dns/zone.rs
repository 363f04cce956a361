//! A made-up zone for tests: answers from memory, can be slow, fail for a name, or never answer at all.
//!
//! Public because the tests of other crates use it. Clones share what was asked.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::{Answer, Dns, Failure, Lookup, Mx, Reply, Text, can_exist, reverse_name};

#[derive(Clone, Debug, Default)]
struct Host {
    txt: Vec<Text>,
    a: Vec<Ipv4Addr>,
    aaaa: Vec<Ipv6Addr>,
    mx: Vec<Mx>,
    ptr: Vec<Box<str>>,
    alias: Option<String>,
    fails: Option<Failure>,
}

/// Names and their records. A name that was never mentioned does not exist.
#[derive(Clone, Debug, Default)]
pub struct Zone {
    hosts: BTreeMap<String, Host>,
    delay: Duration,
    silent: bool,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Zone {
    /// The time to live of everything in it.
    pub const TTL: Duration = Duration::from_secs(300);

    /// An empty zone: every name is NXDOMAIN.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a TXT record.
    #[must_use]
    pub fn txt(mut self, name: &str, text: impl AsRef<[u8]>) -> Self {
        self.host(name).txt.push(text.as_ref().into());
        self
    }

    /// Adds an A record.
    #[must_use]
    pub fn a(mut self, name: &str, ip: impl Into<Ipv4Addr>) -> Self {
        self.host(name).a.push(ip.into());
        self
    }

    /// Adds an AAAA record.
    #[must_use]
    pub fn aaaa(mut self, name: &str, ip: impl Into<Ipv6Addr>) -> Self {
        self.host(name).aaaa.push(ip.into());
        self
    }

    /// Adds an MX record.
    #[must_use]
    pub fn mx(mut self, name: &str, preference: u16, exchange: &str) -> Self {
        self.host(name).mx.push(Mx { preference, exchange: exchange.to_ascii_lowercase().into() });
        self
    }

    /// Adds a PTR record for an address.
    #[must_use]
    pub fn ptr(mut self, ip: impl Into<IpAddr>, name: &str) -> Self {
        let reverse = reverse_name(ip.into());
        self.host(&reverse).ptr.push(name.to_ascii_lowercase().into());
        self
    }

    /// Adds a PTR record at a name such as `1.2.0.192.in-addr.arpa`.
    #[must_use]
    pub fn ptr_at(mut self, reverse: &str, name: &str) -> Self {
        self.host(reverse).ptr.push(name.to_ascii_lowercase().into());
        self
    }

    /// Makes a name an alias (CNAME) of another.
    #[must_use]
    pub fn alias(mut self, name: &str, target: &str) -> Self {
        self.host(name).alias = Some(target.to_ascii_lowercase());
        self
    }

    /// Lets a name exist without any record.
    #[must_use]
    pub fn empty(mut self, name: &str) -> Self {
        self.host(name);
        self
    }

    /// Questions about a name for which it has no record of that type are never answered in time.
    #[must_use]
    pub fn times_out(self, name: &str) -> Self {
        self.fails(name, Failure::Timeout)
    }

    /// Questions about a name for which it has no record of that type fail.
    #[must_use]
    pub fn fails(mut self, name: &str, failure: Failure) -> Self {
        self.host(name).fails = Some(failure);
        self
    }

    /// Every answer takes this long.
    #[must_use]
    pub fn slow(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Nothing is ever answered, not even with a failure.
    #[must_use]
    pub fn silent(mut self) -> Self {
        self.silent = true;
        self
    }

    /// What was asked so far, such as `TXT example.jp`.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn host(&mut self, name: &str) -> &mut Host {
        let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
        self.hosts.entry(name).or_default()
    }

    fn look_up<T: Clone + Send + Sync + 'static>(
        &self,
        kind: &str,
        name: &str,
        records: impl Fn(&Host) -> &Vec<T>,
    ) -> Lookup<'static, T> {
        let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).push(format!("{kind} {name}"));
        let name = self.follow(name);
        let reply = match self.hosts.get(&name) {
            _ if !can_exist(&name) => Reply::no_such_name(Self::TTL),
            Some(host) if !records(host).is_empty() => Reply::records(records(host).clone(), Self::TTL),
            Some(Host { fails: Some(failure), .. }) => Reply::failed(*failure),
            Some(_) => Reply { answer: Answer::NoData, ttl: Self::TTL },
            None if self.exists_below(&name) => Reply { answer: Answer::NoData, ttl: Self::TTL },
            None => Reply::no_such_name(Self::TTL),
        };
        let (delay, silent) = (self.delay, self.silent);
        Box::pin(async move {
            if silent {
                std::future::pending::<()>().await;
            }
            if !delay.is_zero() {
                tokio::time::sleep(delay).await;
            }
            reply
        })
    }

    /// The name at the end of a chain of aliases; a ring ends somewhere.
    fn follow(&self, mut name: String) -> String {
        for _ in 0..8 {
            match self.hosts.get(&name).and_then(|host| host.alias.clone()) {
                Some(target) => name = target,
                None => break,
            }
        }
        name
    }

    /// An empty non-terminal exists (RFC 8020).
    fn exists_below(&self, name: &str) -> bool {
        let below = format!(".{name}");
        self.hosts.keys().any(|host| host.ends_with(&below))
    }
}

impl Dns for Zone {
    fn txt<'a>(&'a self, name: &'a str) -> Lookup<'a, Text> {
        self.look_up("TXT", name, |host| &host.txt)
    }

    fn a<'a>(&'a self, name: &'a str) -> Lookup<'a, Ipv4Addr> {
        self.look_up("A", name, |host| &host.a)
    }

    fn aaaa<'a>(&'a self, name: &'a str) -> Lookup<'a, Ipv6Addr> {
        self.look_up("AAAA", name, |host| &host.aaaa)
    }

    fn mx<'a>(&'a self, name: &'a str) -> Lookup<'a, Mx> {
        self.look_up("MX", name, |host| &host.mx)
    }

    fn ptr(&self, ip: IpAddr) -> Lookup<'_, Box<str>> {
        self.look_up("PTR", &reverse_name(ip), |host| &host.ptr)
    }
}
