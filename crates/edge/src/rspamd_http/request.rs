//! The request headers of rspamd's protocol, as an envelope and recipients.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::http::{HeaderMap, StatusCode};
use message::{Address, Body, Envelope, Peer, ReversePath};

use super::Rspamd;

/// What a client said about a message.
#[derive(Debug)]
pub(super) struct Asked {
    /// The envelope.
    pub(super) envelope: Envelope,
    /// Recipients, in the order given.
    pub(super) recipients: Vec<Address>,
    /// The mail server's queue id.
    pub(super) queue_id: String,
    /// Whose filter is asked for (`User`).
    pub(super) user: Option<Address>,
}

/// A header's text; other octets than visible ASCII make it absent.
fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| std::str::from_utf8(value.as_bytes()).ok()).map(str::trim)
}

impl Asked {
    /// Reads the headers. A header that cannot be read is named.
    pub(super) fn read(headers: &HeaderMap) -> Result<Self, String> {
        let ip = match text(headers, "IP") {
            None | Some("") => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            Some(ip) => ip.parse::<IpAddr>().map_err(|_| format!("IP: \"{ip}\" is not an address"))?,
        };
        let mut peer = Peer::at(ip);
        peer.helo = text(headers, "Helo").filter(|helo| !helo.is_empty()).map(str::to_owned);
        peer.name = text(headers, "Hostname").filter(|name| !matches!(*name, "" | "unknown")).map(str::to_owned);
        peer.extended = true;
        peer.tls = text(headers, "TLS-Version").map(str::to_owned);
        let mail_from = match text(headers, "From") {
            None | Some("" | "<>") => ReversePath::Null,
            Some(from) => ReversePath::parse(from).map_err(|bad| format!("From: \"{from}\": {bad}"))?,
        };
        let mut recipients = Vec::new();
        for value in headers.get_all("Rcpt") {
            let value = std::str::from_utf8(value.as_bytes()).map_err(|_| "Rcpt: not UTF-8".to_owned())?;
            for one in value.split(',').map(str::trim).filter(|one| !one.is_empty()) {
                recipients.push(Address::parse_path(one).map_err(|bad| format!("Rcpt: \"{one}\": {bad}"))?);
            }
        }
        if let Some(to) = text(headers, "Deliver-To").filter(|_| recipients.is_empty()) {
            recipients.push(Address::parse_path(to).map_err(|bad| format!("Deliver-To: \"{to}\": {bad}"))?);
        }
        let user = match text(headers, "User").filter(|user| !user.is_empty()) {
            Some(user) => Some(Address::parse_path(user).map_err(|bad| format!("User: \"{user}\": {bad}"))?),
            None => None,
        };
        let envelope =
            Envelope { peer, mail_from, smtp_utf8: false, body: Body::EightBit, received_at: checkpoint::now() };
        let queue_id = text(headers, "Queue-Id").unwrap_or_default().to_owned();
        Ok(Self { envelope, recipients, queue_id, user })
    }
}

/// Whether a request may teach or choose whose settings apply: it is from loopback, or knows the password.
pub(super) fn trusted(rspamd: &Rspamd, from: SocketAddr, headers: &HeaderMap) -> bool {
    match (rspamd.password.load().as_deref(), text(headers, "Password")) {
        (Some(ours), Some(theirs)) => same(ours.as_bytes(), theirs.as_bytes()),
        (_, Some(_)) => false,
        (_, None) => from.ip().to_canonical().is_loopback(),
    }
}

/// Compares in a time that tells nothing about where two texts differ.
fn same(ours: &[u8], theirs: &[u8]) -> bool {
    let mut different = ours.len() ^ theirs.len();
    for (at, byte) in theirs.iter().enumerate() {
        let own = ours.get(at).copied().unwrap_or_default();
        different |= usize::from(own ^ byte);
    }
    different == 0
}

/// Headers that only a trusted client may send.
pub(super) fn needs_trust(headers: &HeaderMap) -> bool {
    ["Settings", "User", "Pass"].iter().any(|name| headers.contains_key(*name))
}

/// An error in the shape that rspamd's clients read.
pub(super) fn error(status: StatusCode, problem: &str) -> (StatusCode, axum::Json<serde_json::Value>) {
    (status, axum::Json(serde_json::json!({ "error": problem })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_become_an_envelope() {
        let mut headers = HeaderMap::new();
        headers.insert("IP", "192.0.2.7".parse().unwrap());
        headers.insert("From", "<a@example.com>".parse().unwrap());
        headers.append("Rcpt", "b@example.jp".parse().unwrap());
        headers.append("Rcpt", "c@example.jp, d@example.jp".parse().unwrap());
        let asked = Asked::read(&headers).unwrap();
        assert_eq!(asked.envelope.mail_from.to_string(), "a@example.com");
        assert_eq!(asked.recipients.len(), 3);
        headers.insert("IP", "nowhere".parse().unwrap());
        assert_eq!(Asked::read(&headers).unwrap_err(), "IP: \"nowhere\" is not an address");
    }

    #[test]
    fn passwords_are_compared_whole() {
        assert!(same(b"abc", b"abc"));
        for other in [&b""[..], b"ab", b"abcd", b"abd"] {
            assert!(!same(b"abc", other), "{other:?}");
        }
    }
}
