//! How next hops are spoken to.

use std::sync::Arc;
use std::time::Duration;

use tokio_rustls::rustls::ClientConfig;

/// Settings of the ways onward.
#[derive(Clone, Debug)]
pub struct OnwardSettings {
    /// What we call ourselves in EHLO and LHLO.
    pub name: String,
    /// TLS to next hops.
    pub tls: OnwardTls,
    /// Time to connect.
    pub connect: Duration,
    /// Time for a greeting or the answer to a command.
    pub command: Duration,
    /// Time for one write of the message.
    pub write: Duration,
    /// Time for the answer to the final dot.
    pub answer: Duration,
    /// Connections at once to one next hop.
    pub connections: usize,
    /// How long a connection may wait for the next message.
    pub idle: Duration,
    /// Messages over one connection.
    pub uses: usize,
    /// What separates the detail from a local part (`user+detail`); a Maildir is that of the user.
    pub detail_separator: Option<char>,
}

/// When TLS is spoken to a next hop.
#[derive(Clone, Debug)]
pub enum OnwardTls {
    /// Never.
    Off,
    /// Where STARTTLS is offered; the certificate is not checked (RFC 7435), plain where the handshake fails.
    Opportunistic,
    /// Always, or the message waits; the certificate is not checked.
    Required,
    /// Always, with the checks of this configuration.
    Verified(Arc<ClientConfig>),
}

impl OnwardSettings {
    /// Settings that suit a next hop on the same network.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            tls: OnwardTls::Opportunistic,
            connect: Duration::from_secs(10),
            command: Duration::from_secs(60),
            write: Duration::from_secs(60),
            answer: Duration::from_secs(180),
            connections: 20,
            idle: Duration::from_secs(30),
            uses: 100,
            detail_separator: Some('+'),
        }
    }
}
