//! The header section: fields as they stand, and decoded (RFC 5322 §2.2, RFC 2047).
//!
//! Read on its own, without the body, because most of what is judged early needs nothing else.

mod date;
mod encoded_word;
mod hops;
mod mailboxes;
mod parameters;
mod reader;

use bytes::Bytes;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use crate::address::Address;
use crate::limits::Limits;

pub(crate) use parameters::Parameters;
pub(crate) use reader::{Section, read_section};

/// Octets of one field that are looked at as they came: a To field with thousands of entries is real mail.
const OCTETS: usize = 256 * 1024;

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
    /// What stood in the place of the address; empty where there was only a name.
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
    /// The fields from top to bottom, shared by all who hold them.
    pub fields: Arc<[Header]>,
    /// Where the body begins.
    pub body_start: usize,
    /// Something of the header section lay beyond a bound and was not read.
    pub cut: bool,
    /// The mailboxes of From, once somebody asked.
    authors: Arc<OnceLock<Vec<Mailbox>>>,
}

impl Headers {
    /// Reads the header section. Never fails: what is not a field is left out.
    pub fn parse(raw: Bytes, limits: &Limits) -> Self {
        let Section { fields, body_start, cut } = read_section(&raw, 0..raw.len(), limits);
        Self { raw, fields: fields.into(), body_start, cut, authors: Arc::default() }
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
        let mut list = Vec::new();
        for field in self.all(name) {
            mailboxes::read(self.octets(field), &mut list);
        }
        list
    }

    /// The mailboxes of From, which half a dozen ask for: read once.
    pub fn authors(&self) -> &[Mailbox] {
        self.authors.get_or_init(|| self.mailboxes("From"))
    }

    /// The mailboxes of one field.
    pub fn mailboxes_of(&self, field: &Header) -> Vec<Mailbox> {
        let mut list = Vec::new();
        mailboxes::read(self.octets(field), &mut list);
        list
    }

    /// The Received fields from the newest to the oldest.
    pub fn hops(&self) -> Vec<Hop> {
        self.all("Received").map(|field| hops::read(&field.value)).collect()
    }

    /// The Date field in milliseconds UTC.
    pub fn date(&self) -> Option<crate::UnixMillis> {
        date::parse(self.get("Date")?)
    }

    /// The octets of a field's value as they came, folding included, at most as many as are decoded.
    pub fn octets(&self, field: &Header) -> &[u8] {
        let octets = self.raw.get(field.raw.clone()).unwrap_or_default();
        octets.get(..OCTETS).unwrap_or(octets)
    }
}
