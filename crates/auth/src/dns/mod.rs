//! Asking DNS: one trait, and an answer type in which "there is none" and "nobody answered" cannot be confused.
//!
//! [`resolver`] asks real servers, [`cache`] stands in front of it, [`deadline`] stops waiting, [`zone`] answers
//! in tests.

pub mod cache;
pub mod deadline;
pub mod resolver;
pub mod zone;

use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

pub use cache::{Cache, CacheSettings};
pub use deadline::Deadline;
pub use resolver::{Resolver, ResolverError, ResolverSettings};
pub use zone::Zone;

/// The octets of one TXT record, its strings joined (RFC 7208 §3.3, RFC 6376 §3.6.2.2).
pub type Text = Box<[u8]>;

/// One MX record.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Mx {
    /// Lower is tried first.
    pub preference: u16,
    /// The host name, lower case, no trailing dot; empty for "this domain takes no mail" (RFC 7505).
    pub exchange: Box<str>,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Failure {
    /// Nobody answered in time.
    Timeout,
    /// Our own time for the message was up.
    Deadline,
    /// SERVFAIL, or an answer that could not be read or trusted.
    ServerFailure,
    /// The server refused to answer us.
    Refused,
    /// No server could be reached.
    Unreachable,
}

/// What DNS said about one name and type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer<T> {
    /// At least one record.
    Records(Arc<[T]>),
    /// The name does not exist (NXDOMAIN), or could not exist.
    NoSuchName,
    /// The name exists, but has no record of that type.
    NoData,
    /// Not known: never to be read as "there is none".
    Failed(Failure),
}

/// An answer and how long it may be remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply<T> {
    /// What was said.
    pub answer: Answer<T>,
    /// For how long it holds. Zero where nothing was said about it.
    pub ttl: Duration,
}

/// A reply to come.
pub type Lookup<'a, T> = Pin<Box<dyn Future<Output = Reply<T>> + Send + 'a>>;

/// Something that answers DNS questions. Names are given without a trailing dot, in any case.
pub trait Dns: Send + Sync {
    /// TXT records.
    fn txt<'a>(&'a self, name: &'a str) -> Lookup<'a, Text>;
    /// A records.
    fn a<'a>(&'a self, name: &'a str) -> Lookup<'a, Ipv4Addr>;
    /// AAAA records.
    fn aaaa<'a>(&'a self, name: &'a str) -> Lookup<'a, Ipv6Addr>;
    /// MX records, in no particular order.
    fn mx<'a>(&'a self, name: &'a str) -> Lookup<'a, Mx>;
    /// The names of an address (PTR under in-addr.arpa and ip6.arpa), lower case, no trailing dot.
    fn ptr(&self, ip: IpAddr) -> Lookup<'_, Box<str>>;
}

impl<T> Answer<T> {
    /// The records; empty for everything else.
    pub fn records(&self) -> &[T] {
        match self {
            Self::Records(records) => records,
            Self::NoSuchName | Self::NoData | Self::Failed(_) => &[],
        }
    }

    /// Whether nobody knows.
    pub fn failed(&self) -> bool {
        matches!(self, Self::Failed(_))
    }

    /// Whether it is certain that there is nothing: a "void lookup" of RFC 7208 §4.6.4.
    pub fn is_void(&self) -> bool {
        matches!(self, Self::NoSuchName | Self::NoData)
    }
}

impl<T> Reply<T> {
    /// A reply that must not be remembered.
    pub fn failed(failure: Failure) -> Self {
        Self { answer: Answer::Failed(failure), ttl: Duration::ZERO }
    }

    /// The name does not exist.
    pub fn no_such_name(ttl: Duration) -> Self {
        Self { answer: Answer::NoSuchName, ttl }
    }

    /// Records, or [`Answer::NoData`] where there are none.
    pub fn records(records: Vec<T>, ttl: Duration) -> Self {
        let answer = if records.is_empty() { Answer::NoData } else { Answer::Records(records.into()) };
        Self { answer, ttl }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Timeout => "DNS did not answer in time",
            Self::Deadline => "the time for the message was up before DNS answered",
            Self::ServerFailure => "the DNS server failed",
            Self::Refused => "the DNS server refused the question",
            Self::Unreachable => "no DNS server could be reached",
        })
    }
}

/// The addresses of a name in the family of `like`, with how they were found.
pub async fn addresses_like(dns: &dyn Dns, name: &str, like: IpAddr) -> Answer<IpAddr> {
    fn widen<T: Copy + Into<IpAddr>>(answer: &Answer<T>) -> Answer<IpAddr> {
        match answer {
            Answer::Records(records) => Answer::Records(records.iter().map(|&ip| ip.into()).collect()),
            Answer::NoSuchName => Answer::NoSuchName,
            Answer::NoData => Answer::NoData,
            Answer::Failed(failure) => Answer::Failed(*failure),
        }
    }
    match like {
        IpAddr::V4(_) => widen(&dns.a(name).await.answer),
        IpAddr::V6(_) => widen(&dns.aaaa(name).await.answer),
    }
}

/// The name under which an address's PTR records stand (RFC 1035 §3.5, RFC 3596 §2.5).
pub fn reverse_name(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(v4) => {
            let [a, b, c, d] = v4.octets();
            format!("{d}.{c}.{b}.{a}.in-addr.arpa")
        }
        IpAddr::V6(v6) => {
            let mut name = String::with_capacity(72);
            for octet in v6.octets().iter().rev() {
                name.push_str(&format!("{:x}.{:x}.", octet & 0xf, octet >> 4));
            }
            name.push_str("ip6.arpa");
            name
        }
    }
}

/// Whether a name can be asked for at all: labels of 1 to 63 octets, 253 in all (RFC 1035 §2.3.4).
/// What cannot be asked cannot exist, so it is answered without asking.
pub fn can_exist(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    !name.is_empty() && name.len() <= 253 && name.split('.').all(|label| (1..=63).contains(&label.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reverse_names_are_those_of_the_rfcs() {
        assert_eq!(reverse_name(IpAddr::from([192, 0, 2, 1])), "1.2.0.192.in-addr.arpa");
        let v6: IpAddr = "2001:db8::cb01".parse().expect("an address");
        assert_eq!(reverse_name(v6), "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa");
    }

    #[test]
    fn names_that_cannot_be_asked() {
        for name in ["", ".", "a..b", ".a", &"a".repeat(64), &"abc.".repeat(70)] {
            assert!(!can_exist(name), "{name}");
        }
        for name in ["a", "a.b.", "_dmarc.example.jp", "a b.example.jp", &"a".repeat(63)] {
            assert!(can_exist(name), "{name}");
        }
    }
}
