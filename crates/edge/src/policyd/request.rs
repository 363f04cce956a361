//! One request of Postfix's policy delegation (SMTPD_POLICY_README): `attribute=value` lines, an empty line ends it.
//! Pure and bounded.

use std::net::IpAddr;

use message::{Address, Peer, ReversePath};

use crate::paths;

/// Octets of one request that are ever waited for.
pub const LONGEST: usize = 64 * 1024;

/// One request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// How far the SMTP dialogue has come.
    pub state: State,
    /// Names one message of one client: the recipients of a message come with the same one.
    pub instance: String,
    /// The client.
    pub peer: Peer,
    /// MAIL FROM, as it was given.
    pub sender: ReversePath,
    /// RCPT TO of this request; `None` outside RCPT, and where it is no address to us.
    pub recipient: Option<Address>,
    /// Octets that the client declared, 0 where it did not.
    pub size: u64,
    /// The client gave a password.
    pub authenticated: bool,
}

/// `protocol_state`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// A client is there.
    Connect,
    /// EHLO or HELO.
    Hello,
    /// MAIL FROM.
    Mail,
    /// RCPT TO.
    Rcpt,
    /// DATA.
    Data,
    /// The message is there, and Postfix asks once more.
    EndOfMessage,
    /// VRFY, ETRN, or what later versions add.
    Other,
}

/// Why what came is not a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadRequest {
    /// It does not end.
    #[error("a request longer than {LONGEST} octets")]
    TooLong,
    /// A line without `=`.
    #[error("a line that is not attribute=value")]
    Line,
    /// Not `request=smtpd_access_policy`.
    #[error("not a request of smtpd_access_policy")]
    Kind,
    /// `client_address` is missing or no address.
    #[error("client_address is not an address")]
    Client,
}

/// The first request in `input` and how many octets it takes; `None` where it is not there in full.
pub fn first(input: &[u8]) -> Result<Option<(Request, usize)>, BadRequest> {
    let mut at = 0;
    let mut lines = Vec::new();
    loop {
        let rest = input.get(at..).unwrap_or_default();
        let Some(length) = rest.iter().take(LONGEST).position(|octet| *octet == b'\n') else {
            return if input.len() >= LONGEST { Err(BadRequest::TooLong) } else { Ok(None) };
        };
        let line = rest.get(..length).unwrap_or_default();
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        at += length + 1;
        if at > LONGEST {
            return Err(BadRequest::TooLong);
        }
        if line.is_empty() {
            return read(&lines).map(|request| Some((request, at)));
        }
        lines.push(line);
    }
}

fn read(lines: &[&[u8]]) -> Result<Request, BadRequest> {
    let mut attributes = Vec::with_capacity(lines.len());
    for line in lines {
        let equals = line.iter().position(|octet| *octet == b'=').ok_or(BadRequest::Line)?;
        let (name, value) = line.split_at(equals);
        attributes.push((name, text(value.get(1..).unwrap_or_default())));
    }
    let find = |wanted: &str| attributes.iter().find(|(name, _)| *name == wanted.as_bytes()).map(|(_, v)| v.as_str());
    let get = |wanted: &str| find(wanted).unwrap_or_default();
    let some = |wanted: &str| Some(get(wanted).to_owned()).filter(|value| !value.is_empty() && value != "unknown");
    if get("request") != "smtpd_access_policy" {
        return Err(BadRequest::Kind);
    }
    let ip: IpAddr = get("client_address").parse().map_err(|_| BadRequest::Client)?;
    let tls = some("encryption_protocol").map(|version| format!("{version} {}", get("encryption_cipher")));
    let peer = Peer {
        port: get("client_port").parse().unwrap_or(0),
        // Postfix gives client_name only where the address of the name is the client's.
        name: some("client_name"),
        helo: Some(get("helo_name").to_owned()).filter(|name| !name.is_empty()),
        extended: get("protocol_name").eq_ignore_ascii_case("ESMTP"),
        tls,
        ..Peer::at(ip)
    };
    Ok(Request {
        state: State::read(get("protocol_state")),
        instance: get("instance").to_owned(),
        peer,
        sender: paths::sender(get("sender")).unwrap_or(ReversePath::Null),
        recipient: paths::recipient(get("recipient")),
        size: get("size").parse().unwrap_or(0),
        authenticated: find("sasl_username").is_some_and(|name| !name.is_empty()),
    })
}

impl State {
    fn read(text: &str) -> Self {
        match text {
            "CONNECT" => Self::Connect,
            "EHLO" | "HELO" => Self::Hello,
            "MAIL" => Self::Mail,
            "RCPT" => Self::Rcpt,
            "DATA" => Self::Data,
            "END-OF-MESSAGE" => Self::EndOfMessage,
            _ => Self::Other,
        }
    }
}

/// Text without control characters: it goes to logs and records.
fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).chars().filter(|c| !c.is_control()).collect()
}
