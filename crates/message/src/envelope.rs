//! What the connection and the SMTP dialogue told us about a message (RFC 5321 §2.3.1).

use std::net::IpAddr;

use crate::address::ReversePath;

/// Milliseconds since 1970-01-01 UTC. Stored as is; shown in the operator's zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct UnixMillis(pub i64);

/// The host at the other end of a connection, after PROXY protocol or XCLIENT from a trusted address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its address; IPv4-mapped IPv6 is given as IPv4.
    pub ip: IpAddr,
    /// Its port, 0 where not known.
    pub port: u16,
    /// Its forward-confirmed reverse name. `None`: none, or not looked up.
    pub name: Option<String>,
    /// What it called itself in HELO, EHLO or LHLO.
    pub helo: Option<String>,
    /// Whether it used EHLO or LHLO.
    pub extended: bool,
    /// TLS version and cipher as negotiated, such as `TLSv1.3 TLS13_AES_128_GCM_SHA256`.
    pub tls: Option<String>,
    /// It spoke before our greeting, or pipelined where it may not (RFC 5321 §4.3.1).
    pub early_talker: bool,
}

/// BODY parameter of MAIL (RFC 6152).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// 7BIT, or not said.
    SevenBit,
    /// 8BITMIME.
    EightBit,
}

/// One transaction's envelope without its recipients, who are judged one by one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// Who is connected.
    pub peer: Peer,
    /// MAIL FROM.
    pub mail_from: ReversePath,
    /// SMTPUTF8 was asked for (RFC 6531).
    pub smtp_utf8: bool,
    /// BODY.
    pub body: Body,
    /// When MAIL came.
    pub received_at: UnixMillis,
}

impl Peer {
    /// A peer of which only the address is known.
    pub fn at(ip: IpAddr) -> Self {
        Self { ip: ip.to_canonical(), port: 0, name: None, helo: None, extended: false, tls: None, early_talker: false }
    }
}
