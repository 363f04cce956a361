//! The request headers of rspamd's protocol, as an envelope and recipients.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use message::{Address, Body, Envelope, Peer, ReversePath};

use super::Rspamd;

/// Recipients that one request may name.
pub const MOST_RECIPIENTS: usize = 1_000;

/// What a client said about a message.
#[derive(Debug)]
pub struct Asked {
    /// The envelope. Where no `IP` was given its address is 0.0.0.0: not known.
    pub envelope: Envelope,
    /// Whether `From` was there at all.
    pub named_sender: bool,
    /// Recipients, in the order given: `Rcpt`, else `Deliver-To`, else `User` where it is an address.
    pub recipients: Vec<Address>,
    /// The mail server's queue id.
    pub queue_id: String,
    /// `User`, where it is an address; rspamd's meaning is who signed in to send.
    pub user: Option<Address>,
}

/// A header's text; other octets than visible ASCII make it absent.
pub(super) fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| std::str::from_utf8(value.as_bytes()).ok()).map(str::trim)
}

impl Asked {
    /// Reads the headers. A header that cannot be read is named. `MTA-Name`, `MTA-Tag`, `Log-Tag`, `Subject`, `Flags`,
    /// `Pass`, `Settings` and `Settings-ID` may stand there and change nothing: everything is always looked at, by the
    /// recipient's own settings.
    pub fn read(headers: &HeaderMap) -> Result<Self, String> {
        let ip = match text(headers, "IP") {
            None | Some("") => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            Some(ip) => ip.parse::<IpAddr>().map_err(|_| format!("IP: \"{ip}\" is not an address"))?,
        };
        let mut peer = Peer::at(ip);
        peer.helo = text(headers, "Helo").filter(|helo| !helo.is_empty()).map(str::to_owned);
        peer.name = text(headers, "Hostname").filter(|name| !matches!(*name, "" | "unknown")).map(str::to_owned);
        peer.extended = true;
        let tls: Vec<&str> = ["TLS-Version", "TLS-Cipher"].iter().filter_map(|name| text(headers, name)).collect();
        peer.tls = Some(tls.join(" ")).filter(|tls| !tls.is_empty());
        let (mail_from, named_sender) = match text(headers, "From") {
            None => (ReversePath::Null, false),
            Some("" | "<>") => (ReversePath::Null, true),
            Some(from) => (ReversePath::parse(from).map_err(|bad| format!("From: \"{from}\": {bad}"))?, true),
        };
        let mut recipients = Vec::new();
        for value in headers.get_all("Rcpt") {
            let value = std::str::from_utf8(value.as_bytes()).map_err(|_| "Rcpt: not UTF-8".to_owned())?;
            for one in value.split(',').map(str::trim).filter(|one| !one.is_empty()) {
                recipients.push(Address::parse_path(one).map_err(|bad| format!("Rcpt: \"{one}\": {bad}"))?);
            }
        }
        if recipients.len() > MOST_RECIPIENTS {
            return Err(format!("Rcpt: more than {MOST_RECIPIENTS} recipients"));
        }
        if let Some(to) = text(headers, "Deliver-To").filter(|to| recipients.is_empty() && !to.is_empty()) {
            recipients.push(Address::parse_path(to).map_err(|bad| format!("Deliver-To: \"{to}\": {bad}"))?);
        }
        // Mail servers give the name with which somebody signed in, which need not be an address.
        let user = text(headers, "User").and_then(|user| Address::parse_path(user).ok());
        if recipients.is_empty() {
            recipients.extend(user.clone());
        }
        let envelope =
            Envelope { peer, mail_from, smtp_utf8: false, body: Body::EightBit, received_at: checkpoint::now() };
        let queue_id = text(headers, "Queue-Id").unwrap_or_default().to_owned();
        Ok(Self { envelope, named_sender, recipients, queue_id, user })
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

/// Somebody who gave the password or is on this machine: a question that has it among its arguments is for nobody else.
pub(super) struct Trusted;

impl FromRequestParts<Rspamd> for Trusted {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, rspamd: &Rspamd) -> Result<Self, Response> {
        let from = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(from)| *from);
        let trusted = from.is_some_and(|from| trusted(rspamd, from, &parts.headers));
        let why = "this needs the password, or a client on this machine";
        if trusted { Ok(Self) } else { Err(error(StatusCode::FORBIDDEN, why).into_response()) }
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

/// Whether a password was given that is not ours: then nothing is answered, so that a wrong one is noticed.
pub(super) fn wrong_password(rspamd: &Rspamd, headers: &HeaderMap) -> bool {
    match (rspamd.password.load().as_deref(), text(headers, "Password")) {
        (Some(ours), Some(theirs)) => !same(ours.as_bytes(), theirs.as_bytes()),
        (None, Some(theirs)) => !theirs.is_empty(),
        (_, None) => false,
    }
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
        headers.insert("User", "hanako".parse().unwrap());
        assert_eq!(Asked::read(&headers).unwrap().user, None, "who signed in need not be an address");
        headers.insert("User", "hanako@example.jp".parse().unwrap());
        assert_eq!(Asked::read(&headers).unwrap().recipients.len(), 3, "recipients of the envelope come first");
        headers.remove("Rcpt");
        assert_eq!(Asked::read(&headers).unwrap().recipients[0].key(), "hanako@example.jp");
        headers.insert("IP", "nowhere".parse().unwrap());
        assert_eq!(Asked::read(&headers).unwrap_err(), "IP: \"nowhere\" is not an address");
    }

    #[test]
    fn more_recipients_than_a_message_has_are_refused() {
        let mut headers = HeaderMap::new();
        let many: Vec<String> = (0..=MOST_RECIPIENTS).map(|number| format!("n{number}@example.jp")).collect();
        headers.insert("Rcpt", many.join(",").parse().unwrap());
        assert_eq!(Asked::read(&headers).unwrap_err(), "Rcpt: more than 1000 recipients");
    }

    #[test]
    fn passwords_are_compared_whole() {
        assert!(same(b"abc", b"abc"));
        for other in [&b""[..], b"ab", b"abcd", b"abd"] {
            assert!(!same(b"abc", other), "{other:?}");
        }
    }
}
