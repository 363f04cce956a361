//! The `Received:` field that we add (RFC 5321 §4.4). It names no recipient: copies travel together.

use jiff::Timestamp;
use message::{Authentication, Envelope};
use store::TransactionId;

use crate::transaction::Face;

/// The field, with its line end.
pub fn received(
    id: TransactionId,
    envelope: &Envelope,
    face: Face,
    hostname: &str,
    authentication: Option<&Authentication>,
) -> String {
    let peer = &envelope.peer;
    let helo = clean(peer.helo.as_deref().unwrap_or("unknown"));
    let name = peer.name.as_deref().or_else(|| authentication.and_then(|known| known.iprev_name.as_deref()));
    let name = name.map_or_else(String::new, |name| format!("{} ", clean(name)));
    let literal = match peer.ip {
        std::net::IpAddr::V4(ip) => ip.to_string(),
        std::net::IpAddr::V6(ip) => format!("IPv6:{ip}"),
    };
    let protocol = protocol(envelope, face);
    let tls = peer.tls.as_deref().map_or_else(String::new, |tls| format!("\r\n\t(using {})", clean(tls)));
    let date = date(envelope.received_at.0);
    format!(
        "Received: from {helo} ({name}[{literal}])\r\n\tby {hostname} with {protocol} id {}{tls};\r\n\t{date}\r\n",
        id.0
    )
}

/// The value after `with` (RFC 3848, RFC 6531 §4.3).
fn protocol(envelope: &Envelope, face: Face) -> String {
    let utf8 = if envelope.smtp_utf8 { "UTF8" } else { "" };
    let tls = if envelope.peer.tls.is_some() { "S" } else { "" };
    match face {
        Face::Lmtp => format!("{utf8}LMTP{tls}"),
        Face::RspamdHttp => "HTTP".into(),
        Face::Spamd => "SPAMD".into(),
        Face::Milter | Face::Policy => "ESMTP".into(),
        Face::Smtp if envelope.smtp_utf8 => format!("UTF8SMTP{tls}"),
        Face::Smtp if envelope.peer.extended => format!("ESMTP{tls}"),
        Face::Smtp => "SMTP".into(),
    }
}

/// A date as RFC 5322 writes it, in UTC.
pub fn date(millis: i64) -> String {
    let at = Timestamp::from_millisecond(millis).unwrap_or(Timestamp::UNIX_EPOCH);
    jiff::fmt::rfc2822::to_string(&at.to_zoned(jiff::tz::TimeZone::UTC)).unwrap_or_default()
}

/// What a peer said of itself, without anything that could end the field or its comment.
fn clean(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_graphic() && !matches!(c, '(' | ')' | '\\' | ';')).take(255).collect()
}
