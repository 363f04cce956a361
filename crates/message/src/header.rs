//! The header section: fields as they stand, and decoded (RFC 5322 §2.2, RFC 2047).

use bytes::Bytes;
use std::ops::Range;

use crate::address::Address;
use crate::limits::Limits;

/// One header field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Its name as written.
    pub name: String,
    /// Where its value stands in the message: after the colon, up to and without the final line end.
    pub raw: Range<usize>,
    /// Where the whole field stands, with its line end.
    pub field: Range<usize>,
    /// The value unfolded, encoded-words decoded, undeclared Japanese recognised.
    pub value: String,
}

/// One entry of an address field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mailbox {
    /// Display name, decoded; empty where there is none.
    pub name: String,
    /// What stood in the place of the address.
    pub spec: String,
    /// The address, where `spec` is one.
    pub address: Option<Address>,
}

/// One Received field, as far as it can be read (RFC 5321 §4.4).
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Hop {
    /// What the client called itself.
    pub helo: Option<String>,
    /// The client's address as the server saw it.
    pub ip: Option<std::net::IpAddr>,
    /// The client's name as the server looked it up.
    pub name: Option<String>,
    /// The server.
    pub by: Option<String>,
    /// The protocol after `with`.
    pub with: Option<String>,
    /// When, in milliseconds UTC.
    pub at: Option<crate::UnixMillis>,
}

/// The header section of a message.
#[derive(Clone, Debug, Default)]
pub struct Headers {
    /// The whole message.
    pub raw: Bytes,
    /// The fields from top to bottom.
    pub fields: Vec<Header>,
    /// Where the body begins.
    pub body_start: usize,
    /// Something of the header section lay beyond a bound and was not read.
    pub cut: bool,
}

impl Headers {
    /// Reads the header section. Never fails: what is not a field is left out.
    pub fn parse(raw: Bytes, limits: &Limits) -> Self {
        let _ = limits;
        Self { body_start: raw.len(), raw, ..Self::default() }
    }

    /// The first field of that name, decoded.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|field| field.name.eq_ignore_ascii_case(name)).map(|field| field.value.as_str())
    }

    /// Every field of that name, from the top.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Header> + use<'a> {
        self.fields.iter().filter(move |field| field.name.eq_ignore_ascii_case(name))
    }

    /// The mailboxes of an address field (From, To, Cc, Sender, Reply-To, Resent-…), all fields of that name.
    pub fn mailboxes(&self, name: &str) -> Vec<Mailbox> {
        let _ = name;
        Vec::new()
    }

    /// The Received fields from the newest to the oldest.
    pub fn hops(&self) -> Vec<Hop> {
        Vec::new()
    }

    /// The Date field in milliseconds UTC.
    pub fn date(&self) -> Option<crate::UnixMillis> {
        None
    }
}
