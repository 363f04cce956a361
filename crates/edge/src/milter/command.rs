//! What a mail server says (SMFIC_* of the milter protocol, version 6), read from a packet. Pure; nothing is trusted.

use std::net::IpAddr;

use super::packet::Packet;

/// A command of the mail server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command<'a> {
    /// SMFIC_OPTNEG: what it can do.
    Negotiate(Offer),
    /// SMFIC_MACRO: values that go with the command named by the octet.
    Macros {
        /// The command that they go with.
        stage: u8,
        /// Name (without braces) and value.
        values: Vec<(String, String)>,
    },
    /// SMFIC_CONNECT.
    Connect {
        /// The client's name as the mail server looked it up; `None` where it has none.
        name: Option<String>,
        /// Its address; `None` for a Unix socket, or where it is not known.
        address: Option<(IpAddr, u16)>,
    },
    /// SMFIC_HELO.
    Helo(String),
    /// SMFIC_MAIL: the path with its brackets, and ESMTP parameters.
    Mail(Vec<String>),
    /// SMFIC_RCPT: the path with its brackets, and ESMTP parameters.
    Rcpt(Vec<String>),
    /// SMFIC_DATA.
    Data,
    /// SMFIC_HEADER: name and value as they came.
    Header {
        /// Its name.
        name: &'a [u8],
        /// Its value; lines are parted by LF or CRLF.
        value: &'a [u8],
    },
    /// SMFIC_EOH.
    EndOfHeaders,
    /// SMFIC_BODY.
    Body(&'a [u8]),
    /// SMFIC_BODYEOB: the end of the message, with a last piece of body where there is one.
    EndOfMessage(&'a [u8]),
    /// SMFIC_ABORT: this message is off.
    Abort,
    /// SMFIC_QUIT.
    Quit,
    /// SMFIC_QUIT_NC: this client is gone, another follows on the same connection.
    NextClient,
    /// SMFIC_UNKNOWN: an SMTP command that the mail server does not know.
    Unknown,
}

/// What a mail server offers in SMFIC_OPTNEG.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Its version of the protocol.
    pub version: u32,
    /// SMFIF_*: what a filter may do.
    pub actions: u32,
    /// SMFIP_*: what of the dialogue may be left out.
    pub steps: u32,
}

/// Why a packet is not a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadCommand {
    /// No such command.
    #[error("command {0:#04x} is not known")]
    Unknown(u8),
    /// Its data is not as it has to be.
    #[error("the data of command \"{}\" is malformed", char::from(*.0))]
    Malformed(u8),
}

impl<'a> Command<'a> {
    /// Reads a packet.
    pub fn read(packet: Packet<'a>) -> Result<Self, BadCommand> {
        let data = packet.data;
        let malformed = || BadCommand::Malformed(packet.command);
        Ok(match packet.command {
            b'O' => Self::Negotiate(offer(data).ok_or_else(malformed)?),
            b'D' => macros(data).ok_or_else(malformed)?,
            b'C' => connect(data).ok_or_else(malformed)?,
            b'H' => Self::Helo(text(terminated(data).ok_or_else(malformed)?)),
            b'M' => Self::Mail(arguments(data).ok_or_else(malformed)?),
            b'R' => Self::Rcpt(arguments(data).ok_or_else(malformed)?),
            b'T' => Self::Data,
            b'L' => header(data).ok_or_else(malformed)?,
            b'N' => Self::EndOfHeaders,
            b'B' => Self::Body(data),
            b'E' => Self::EndOfMessage(data),
            b'A' => Self::Abort,
            b'Q' => Self::Quit,
            b'K' => Self::NextClient,
            b'U' => Self::Unknown,
            other => return Err(BadCommand::Unknown(other)),
        })
    }
}

fn offer(data: &[u8]) -> Option<Offer> {
    let word = |at: usize| Some(u32::from_be_bytes(*data.get(at..at + 4)?.first_chunk()?));
    Some(Offer { version: word(0)?, actions: word(4)?, steps: word(8)? })
}

fn macros(data: &[u8]) -> Option<Command<'_>> {
    let (stage, rest) = data.split_first()?;
    let mut words = strings(rest)?.into_iter();
    let mut values = Vec::new();
    while let Some(name) = words.next() {
        let name = name.strip_prefix(b"{").and_then(|name| name.strip_suffix(b"}")).unwrap_or(name);
        values.push((text(name), text(words.next()?)));
    }
    Some(Command::Macros { stage: *stage, values })
}

/// Name, family, and for the Internet port and address.
fn connect(data: &[u8]) -> Option<Command<'_>> {
    let end = data.iter().position(|octet| *octet == 0)?;
    let (name, rest) = (data.get(..end)?, data.get(end + 1..)?);
    let (family, rest) = rest.split_first()?;
    let address = match family {
        b'4' | b'6' => {
            let (port, address) = rest.split_first_chunk::<2>()?;
            let address = text(terminated(address)?);
            let bare = address.strip_prefix("IPv6:").unwrap_or(&address);
            let ip: IpAddr = bare.parse().ok()?;
            Some((ip.to_canonical(), u16::from_be_bytes(*port)))
        }
        b'L' | b'U' => None,
        _ => return None,
    };
    let name = text(name);
    let has_name = !name.is_empty() && !name.starts_with('[') && !name.eq_ignore_ascii_case("unknown");
    Some(Command::Connect { name: has_name.then_some(name), address })
}

fn arguments(data: &[u8]) -> Option<Vec<String>> {
    let all: Vec<String> = strings(data)?.into_iter().map(text).collect();
    (!all.is_empty()).then_some(all)
}

fn header(data: &[u8]) -> Option<Command<'_>> {
    let end = data.iter().position(|octet| *octet == 0)?;
    let name = data.get(..end).filter(|name| !name.is_empty())?;
    let value = data.get(end + 1..)?;
    // A value may hold anything but its end, which is the last octet of the packet.
    Some(Command::Header { name, value: value.strip_suffix(&[0]).unwrap_or(value) })
}

/// The text before the NUL that ends it.
fn terminated(data: &[u8]) -> Option<&[u8]> {
    data.iter().position(|octet| *octet == 0).and_then(|end| data.get(..end))
}

/// Texts, each with its NUL.
fn strings(data: &[u8]) -> Option<Vec<&[u8]>> {
    match data.strip_suffix(&[0]) {
        Some(data) => Some(data.split(|octet| *octet == 0).collect()),
        None => data.is_empty().then(Vec::new),
    }
}

/// Text without control characters: it goes to logs and records.
fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).chars().filter(|c| !c.is_control()).collect()
}
