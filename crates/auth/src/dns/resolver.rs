//! Real DNS: hickory's stub resolver with our own servers, time limit and reading of its errors.
//!
//! Its cache is switched off; ours ([`super::Cache`]) also remembers failures. A validating resolver such as
//! Unbound is expected behind it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::{Duration, Instant};

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::{Name, RData, RecordType};

use super::{Answer, Dns, Failure, Lookup, Mx, Reply, Text, can_exist, reverse_name};

/// How long an NXDOMAIN or an empty answer without an SOA is believed.
const UNSAID_NEGATIVE_TTL: Duration = Duration::from_secs(60);

/// Which servers are asked, and for how long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolverSettings {
    /// `[dns] servers`; empty: those of `/etc/resolv.conf`.
    pub servers: Vec<SocketAddr>,
    /// Time one question may take, with its retries.
    pub query_timeout: Duration,
    /// How often a question is sent within that time.
    pub attempts: usize,
}

impl Default for ResolverSettings {
    fn default() -> Self {
        Self { servers: Vec::new(), query_timeout: Duration::from_secs(5), attempts: 2 }
    }
}

/// Why there is no resolver.
#[derive(Debug, thiserror::Error)]
pub enum ResolverError {
    /// `/etc/resolv.conf` could not be read.
    #[error("the system's DNS servers could not be read: {0}; name them in [dns] servers")]
    SystemServers(String),
    /// hickory would not start.
    #[error("the DNS resolver could not be started: {0}")]
    Start(String),
}

/// Asks DNS servers over UDP, and TCP where an answer does not fit.
pub struct Resolver {
    inner: TokioResolver,
    query_timeout: Duration,
}

impl Resolver {
    /// Makes a resolver; nothing is sent yet.
    pub fn new(settings: &ResolverSettings) -> Result<Self, ResolverError> {
        let mut config = ResolverConfig::default();
        if settings.servers.is_empty() {
            let (system, _) = hickory_resolver::system_conf::read_system_conf()
                .map_err(|error| ResolverError::SystemServers(error.to_string()))?;
            for server in system.name_servers() {
                config.add_name_server(server.clone());
            }
        }
        for server in &settings.servers {
            let mut connections = vec![ConnectionConfig::udp(), ConnectionConfig::tcp()];
            for connection in &mut connections {
                connection.port = server.port();
            }
            config.add_name_server(NameServerConfig::new(server.ip(), true, connections));
        }
        let inner = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
            .with_options(options(settings))
            .build()
            .map_err(|error| ResolverError::Start(error.to_string()))?;
        Ok(Self { inner, query_timeout: settings.query_timeout })
    }

    /// Asks for one type and keeps what `pick` takes from the answers (CNAMEs on the way are passed over).
    async fn ask<T>(&self, name: &str, kind: RecordType, pick: impl Fn(&RData) -> Option<T>) -> Reply<T> {
        let Some(name) = query_name(name) else {
            return Reply::no_such_name(UNSAID_NEGATIVE_TTL);
        };
        match tokio::time::timeout(self.query_timeout, self.inner.lookup(name, kind)).await {
            Err(_) => Reply::failed(Failure::Timeout),
            Ok(Err(error)) => read_error(&error),
            Ok(Ok(lookup)) => {
                let ttl = lookup.valid_until().saturating_duration_since(Instant::now());
                Reply::records(lookup.answers().iter().filter_map(|record| pick(&record.data)).collect(), ttl)
            }
        }
    }
}

impl Dns for Resolver {
    fn txt<'a>(&'a self, name: &'a str) -> Lookup<'a, Text> {
        Box::pin(self.ask(name, RecordType::TXT, |data| match data {
            RData::TXT(txt) => Some(txt.txt_data.concat().into_boxed_slice()),
            _ => None,
        }))
    }

    fn a<'a>(&'a self, name: &'a str) -> Lookup<'a, Ipv4Addr> {
        Box::pin(self.ask(name, RecordType::A, |data| match data {
            RData::A(a) => Some(a.0),
            _ => None,
        }))
    }

    fn aaaa<'a>(&'a self, name: &'a str) -> Lookup<'a, Ipv6Addr> {
        Box::pin(self.ask(name, RecordType::AAAA, |data| match data {
            RData::AAAA(aaaa) => Some(aaaa.0),
            _ => None,
        }))
    }

    fn mx<'a>(&'a self, name: &'a str) -> Lookup<'a, Mx> {
        Box::pin(self.ask(name, RecordType::MX, |data| match data {
            RData::MX(mx) => Some(Mx { preference: mx.preference, exchange: plain(&mx.exchange) }),
            _ => None,
        }))
    }

    fn ptr(&self, ip: IpAddr) -> Lookup<'_, Box<str>> {
        Box::pin(async move {
            let name = reverse_name(ip);
            self.ask(&name, RecordType::PTR, |data| match data {
                RData::PTR(ptr) => Some(plain(&ptr.0)),
                _ => None,
            })
            .await
        })
    }
}

fn options(settings: &ResolverSettings) -> ResolverOpts {
    let attempts = settings.attempts.max(1);
    let mut options = ResolverOpts::default();
    options.cache_size = 0;
    options.use_hosts_file = ResolveHosts::Never;
    options.try_tcp_on_error = true;
    options.attempts = attempts;
    options.timeout = settings.query_timeout / u32::try_from(attempts).unwrap_or(1);
    options.max_active_requests = 256;
    options
}

/// The name as octets: hickory's text parser refuses characters that macros and forged senders bring
/// (RFC 7208 §4.3 wants those looked up, or taken as absent). `None`: no such name can exist.
fn query_name(name: &str) -> Option<Name> {
    if !can_exist(name) {
        return None;
    }
    let labels = name.strip_suffix('.').unwrap_or(name).split('.').map(str::as_bytes);
    let mut name = Name::from_labels(labels).ok()?;
    name.set_fqdn(true);
    Some(name)
}

fn plain(name: &Name) -> Box<str> {
    let mut text = name.to_lowercase().to_ascii();
    if text.ends_with('.') {
        text.pop();
    }
    text.into_boxed_str()
}

fn read_error<T>(error: &NetError) -> Reply<T> {
    match error {
        NetError::Dns(DnsError::NoRecordsFound(none)) => {
            let ttl = none.negative_ttl.map_or(UNSAID_NEGATIVE_TTL, |seconds| Duration::from_secs(seconds.into()));
            match none.response_code {
                ResponseCode::NXDomain => Reply::no_such_name(ttl),
                ResponseCode::NoError => Reply { answer: Answer::NoData, ttl },
                code => Reply::failed(code_failure(code)),
            }
        }
        NetError::Dns(DnsError::ResponseCode(ResponseCode::NXDomain)) => Reply::no_such_name(UNSAID_NEGATIVE_TTL),
        NetError::Dns(DnsError::ResponseCode(code)) => Reply::failed(code_failure(*code)),
        NetError::Timeout => Reply::failed(Failure::Timeout),
        NetError::NoConnections | NetError::Io(_) => Reply::failed(Failure::Unreachable),
        // Everything else (broken packets, DNSSEC, busy connections) leaves the question open.
        _ => Reply::failed(Failure::ServerFailure),
    }
}

fn code_failure(code: ResponseCode) -> Failure {
    if code == ResponseCode::Refused { Failure::Refused } else { Failure::ServerFailure }
}
