//! How a listener behaves. Swapped whole while it runs; a session keeps what it began with.

use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;
use message::Domain;
use tokio_rustls::rustls::ServerConfig;

use super::data::BareLineEnds;
use super::limits::Limits;

/// Settings of one SMTP or LMTP listener.
#[derive(Clone, Debug)]
pub struct SmtpSettings {
    /// What the server calls itself in the greeting.
    pub name: String,
    /// The domain of `<Postmaster>` written without one (RFC 5321 §4.1.1.3).
    pub postmaster_domain: Domain,
    /// Certificate and key; without them STARTTLS is not offered. See [`super::tls::from_pem_files`].
    pub tls: Option<Arc<ServerConfig>>,
    /// What to do with bare CR, bare LF and NUL.
    pub bare_line_ends: BareLineEnds,
    /// Bounds.
    pub limits: Limits,
    /// Addresses whose connections begin with the PROXY protocol, version 1 or 2.
    pub proxy_from: Vec<IpNet>,
    /// Addresses that may say XCLIENT.
    pub xclient_from: Vec<IpNet>,
    /// Addresses to which the bound per network does not apply.
    pub many_connections_from: Vec<IpNet>,
    /// How long the greeting waits, to notice who speaks before it.
    pub greet_delay: Duration,
    /// How long sessions may go on after a stop was asked for.
    pub stop_within: Duration,
}

impl SmtpSettings {
    /// Safe settings for a server of this name.
    pub fn new(name: impl Into<String>, postmaster_domain: Domain) -> Self {
        Self {
            name: name.into(),
            postmaster_domain,
            tls: None,
            bare_line_ends: BareLineEnds::Refuse,
            limits: Limits::default(),
            proxy_from: Vec::new(),
            xclient_from: Vec::new(),
            many_connections_from: ["127.0.0.0/8", "::1/128"].iter().filter_map(|net| net.parse().ok()).collect(),
            greet_delay: Duration::from_millis(100),
            stop_within: Duration::from_secs(30),
        }
    }
}

/// Whether an address stands in a list of networks.
pub(super) fn is_listed(list: &[IpNet], ip: std::net::IpAddr) -> bool {
    let ip = ip.to_canonical();
    list.iter().any(|net| net.contains(&ip))
}
