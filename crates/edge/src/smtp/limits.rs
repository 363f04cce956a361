//! Every bound that the server sets a peer. The defaults suit a gateway on the open Internet.

use std::time::Duration;

/// Bounds of a listener and its sessions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Sessions in all.
    pub connections: usize,
    /// Sessions of one network.
    pub connections_per_network: usize,
    /// Prefix length that makes an IPv4 network, bits.
    pub ipv4_prefix: u8,
    /// Prefix length that makes an IPv6 network, bits.
    pub ipv6_prefix: u8,
    /// Octets of a command line, without CRLF.
    pub line: usize,
    /// Octets of a message (SIZE).
    pub message: usize,
    /// Octets of messages being received, all sessions together.
    pub receiving: usize,
    /// Recipients of a transaction (RFC 5321 §4.5.3.1.8: at least 100).
    pub recipients: usize,
    /// Recipients that may be refused in a session before it ends.
    pub refused_recipients: usize,
    /// Transactions of a session.
    pub transactions: usize,
    /// Commands of a session.
    pub commands: usize,
    /// Commands within a minute.
    pub commands_per_minute: usize,
    /// Commands that may fail in a session before it ends.
    pub errors: usize,
    /// Octets per second below which a message comes too slowly, after `slow_grace`.
    pub slowest: usize,
    /// How long a message may come slowly.
    pub slow_grace: Duration,
    /// Time for a line of the PROXY protocol and for the TLS handshake.
    pub greeting: Duration,
    /// Time between commands (RFC 5321 §4.5.3.2.7: at least five minutes where load allows).
    pub command: Duration,
    /// Time between two reads of a message (RFC 5321 §4.5.3.2.5).
    pub data_read: Duration,
    /// Time for a whole message.
    pub data: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 1_000,
            connections_per_network: 50,
            ipv4_prefix: 24,
            ipv6_prefix: 64,
            line: 2_048,
            message: message::limits::LIMITS.message,
            receiving: 1024 * 1024 * 1024,
            recipients: 1_000,
            refused_recipients: 50,
            transactions: 1_000,
            commands: 20_000,
            commands_per_minute: 6_000,
            errors: 20,
            slowest: 100,
            slow_grace: Duration::from_secs(60),
            greeting: Duration::from_secs(20),
            command: Duration::from_secs(300),
            data_read: Duration::from_secs(180),
            data: Duration::from_secs(1_800),
        }
    }
}
