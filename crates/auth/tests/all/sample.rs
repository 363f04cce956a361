//! A fictional sender whose mail passes everything, to be broken in one place at a time.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use auth::AuthSettings;
use auth::dns::{Dns, Zone};
use mail_auth::common::crypto::Ed25519Key;
use mail_auth::common::headers::HeaderWriter;
use mail_auth::dkim::DkimSigner;
use message::{Authentication, Body, Envelope, Headers, Limits, Peer, ReversePath, UnixMillis};

/// The sending host.
pub(crate) const HOST: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 25);
/// What is sent, before it is signed.
pub(crate) const MESSAGE: &str = "From: Hanako <hanako@example.jp>\r\nTo: taro@example.com\r\nSubject: lunch\r\n\
     Date: Mon, 1 Jun 2026 12:00:00 +0900\r\nMessage-ID: <1@example.jp>\r\n\r\nLunch at noon?\r\n";

/// A signed message and the zone that speaks for it.
pub(crate) struct Sample {
    pub(crate) message: String,
    pub(crate) key: String,
    pub(crate) zone: Zone,
}

/// Whether a signature says how much of the body it covers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum WholeBody {
    Unsaid,
    Counted,
}

impl Sample {
    pub(crate) fn new() -> Self {
        Self::signed(WholeBody::Unsaid)
    }

    /// With `l=` as long as the body, or without `l=`.
    pub(crate) fn signed(length: WholeBody) -> Self {
        let der = Ed25519Key::generate_pkcs8().expect("a key");
        let pair = Ed25519Key::from_pkcs8_der(&der).expect("a key");
        let key = format!("v=DKIM1; k=ed25519; p={}", base64(&pair.public_key()));
        let signature = DkimSigner::from_key(pair)
            .domain("example.jp")
            .selector("sel")
            .headers(["From", "To", "Subject", "Date"])
            .body_length(length == WholeBody::Counted)
            .sign(MESSAGE.as_bytes())
            .expect("a signature");
        let zone = Zone::new()
            .txt("example.jp", "v=spf1 a:mail.example.jp -all exp=why.example.jp")
            .txt("why.example.jp", "%{i} may not send for %{d}")
            .txt("mail.example.jp", "v=spf1 a -all")
            .a("mail.example.jp", HOST)
            .ptr(HOST, "mail.example.jp")
            .txt("sel._domainkey.example.jp", &key)
            .txt("_dmarc.example.jp", "v=DMARC1; p=reject");
        Self { message: format!("{}{MESSAGE}", signature.to_header()), key, zone }
    }
}

/// The envelope of a message from `ip`.
pub(crate) fn envelope(ip: impl Into<IpAddr>) -> Envelope {
    let mut peer = Peer::at(ip.into());
    peer.helo = Some("mail.example.jp".into());
    Envelope {
        peer,
        mail_from: ReversePath::parse("<hanako@example.jp>").expect("a path"),
        smtp_utf8: false,
        body: Body::SevenBit,
        received_at: UnixMillis(1_780_000_000_000),
    }
}

pub(crate) fn settings() -> AuthSettings {
    AuthSettings { authserv_id: "mx.example.com".into(), ..AuthSettings::default() }
}

/// Authenticates with ten (paused) seconds of time.
pub(crate) async fn authenticate(dns: &dyn Dns, ip: impl Into<IpAddr>, message: &str) -> Authentication {
    let headers = Headers::parse(message.to_owned().into_bytes().into(), &Limits::default());
    let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
    auth::authenticate(dns, &envelope(ip), &headers, &settings(), deadline).await
}

/// Base64 for keys of tests.
fn base64(octets: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in octets.chunks(3) {
        let bits = group.iter().fold(0_u32, |bits, &octet| bits << 8 | u32::from(octet)) << (8 * (3 - group.len()));
        for at in 0..4 {
            let sextet = (bits >> (18 - 6 * at)) & 0x3f;
            text.push(if at <= group.len() { char::from(ALPHABET[sextet as usize]) } else { '=' });
        }
    }
    text
}
