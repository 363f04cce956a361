//! XCLIENT and XFORWARD (Postfix XCLIENT_README, XFORWARD_README): a trusted server in front says who its client is.

use std::net::IpAddr;

use message::Peer;

/// Attributes that we understand, for the EHLO answer.
pub const ATTRIBUTES: &str = "NAME ADDR PORT PROTO HELO";

/// Why XCLIENT was not understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("XCLIENT attribute not understood")]
pub struct BadAttribute;

/// Gives the peer that the attributes describe. A new address begins with nothing else known; TLS is that of the
/// connection, which stays.
pub fn apply(attributes: &str, before: &Peer) -> Result<Peer, BadAttribute> {
    let mut peer = Peer { helo: None, early_talker: false, ..before.clone() };
    if let Some(ip) = find_address(attributes)? {
        peer = Peer { tls: peer.tls, extended: peer.extended, ..Peer::at(ip) };
    }
    let mut some = false;
    for word in attributes.split_ascii_whitespace() {
        let (name, value) = word.split_once('=').ok_or(BadAttribute)?;
        let value = decode(value).ok_or(BadAttribute)?;
        let value = match value.as_str() {
            "[UNAVAILABLE]" | "[TEMPUNAVAIL]" => None,
            _ => Some(value),
        };
        some = true;
        match (name.to_ascii_uppercase().as_str(), value) {
            ("NAME", value) => peer.name = value,
            ("HELO", value) => peer.helo = value,
            ("ADDR", Some(_)) => {}
            ("PORT", Some(value)) => peer.port = value.parse().map_err(|_| BadAttribute)?,
            ("PORT", None) => peer.port = 0,
            ("PROTO", Some(value)) if value.eq_ignore_ascii_case("ESMTP") => peer.extended = true,
            ("PROTO", Some(value)) if value.eq_ignore_ascii_case("SMTP") => peer.extended = false,
            _ => return Err(BadAttribute),
        }
    }
    if some { Ok(peer) } else { Err(BadAttribute) }
}

/// Gives the peer that XFORWARD describes. It may come in several commands, so what one does not tell stays as it is;
/// a new address begins with nothing else known, and nothing is known of that client's TLS.
pub fn forwarded(attributes: &str, before: &Peer) -> Result<Peer, BadAttribute> {
    let mut peer = match find_address(attributes) {
        Ok(Some(ip)) => Peer { extended: before.extended, helo: before.helo.clone(), ..Peer::at(ip) },
        Ok(None) => before.clone(),
        // The client's address was not known (mail from a command line): the server in front speaks for itself.
        Err(BadAttribute) if attributes.to_ascii_uppercase().contains("ADDR=[UNAVAILABLE]") => before.clone(),
        Err(bad) => return Err(bad),
    };
    let mut some = false;
    for word in attributes.split_ascii_whitespace() {
        let (name, value) = word.split_once('=').ok_or(BadAttribute)?;
        let value = decode(value).ok_or(BadAttribute)?;
        let value = Some(value).filter(|value| !matches!(value.as_str(), "[UNAVAILABLE]" | "[TEMPUNAVAIL]"));
        some = true;
        match name.to_ascii_uppercase().as_str() {
            "NAME" => peer.name = value,
            "HELO" => peer.helo = value.or(peer.helo),
            "PORT" => peer.port = value.and_then(|port| port.parse().ok()).unwrap_or(0),
            "PROTO" => peer.extended = value.is_none_or(|protocol| !protocol.eq_ignore_ascii_case("SMTP")),
            // ADDR was read above; IDENT and SOURCE say nothing about the client.
            "ADDR" | "IDENT" | "SOURCE" => {}
            _ => return Err(BadAttribute),
        }
    }
    if some { Ok(peer) } else { Err(BadAttribute) }
}

fn find_address(attributes: &str) -> Result<Option<IpAddr>, BadAttribute> {
    let mut words = attributes.split_ascii_whitespace().filter_map(|word| word.split_once('='));
    match words.rfind(|(name, _)| name.eq_ignore_ascii_case("ADDR")) {
        Some((_, value)) => decode(value).and_then(|text| address(&text)).map(Some).ok_or(BadAttribute),
        None => Ok(None),
    }
}

fn address(text: &str) -> Option<IpAddr> {
    let head = text.get(..5).filter(|head| head.eq_ignore_ascii_case("IPV6:"));
    let ip: IpAddr = text[head.map_or(0, str::len)..].parse().ok()?;
    Some(ip.to_canonical())
}

/// xtext (RFC 3461 §4): `+` and two upper-case hexadecimal digits for an octet.
fn decode(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut octets = text.bytes();
    while let Some(octet) = octets.next() {
        if octet != b'+' {
            out.push(octet);
            continue;
        }
        let high = char::from(octets.next()?).to_digit(16)?;
        let low = char::from(octets.next()?).to_digit(16)?;
        out.push(u8::try_from(high * 16 + low).ok()?);
    }
    let text = String::from_utf8(out).ok()?;
    (!text.is_empty() && !text.chars().any(char::is_control)).then_some(text)
}
