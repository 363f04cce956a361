//! Passkeys (Web Authentication Level 3): a key pair in the person's device, unlocked by finger, face or code, that signs
//! for this site only. ES256, which every authenticator has; no attestation, so the make of a device is not asked about.
//!
//! Challenges are not kept: they are signed with their time, and one that was used is remembered until it is too old.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use aws_lc_rs::{constant_time, digest, hmac};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use message::UnixMillis;
use serde_json::Value;
use store::counters::Limit;
use url::Url;

use crate::problem::Problem;
use crate::security::sessions::random;
use crate::state::Portal;

/// How long a challenge is good, milliseconds.
const LIFE: i64 = 10 * 60_000;
const ONCE: Limit = Limit { most: 1, window_ms: 2 * LIFE };
/// What stands before the point in the SubjectPublicKeyInfo of a P-256 key (RFC 5480 §2).
const SPKI_P256: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
    0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];
/// Flags of the authenticator (§6.1): somebody was there, was verified; a new credential is attached.
const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const ATTACHED: u8 = 0x40;

/// The site as authenticators know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// Scheme, host and port, as browsers write an origin.
    pub origin: String,
    /// The host: the relying party's id (§5.1.2).
    pub host: String,
}

impl Site {
    /// Of the configured address; `None` where there is none, or browsers would not offer passkeys on it.
    pub fn of(portal: &Portal) -> Option<Self> {
        let url = Url::parse(&portal.options.url).ok()?;
        let host = url.domain()?.to_owned();
        let is_secure = url.scheme() == "https" || host == "localhost";
        is_secure.then(|| Self { origin: url.origin().ascii_serialization(), host })
    }
}

/// What a challenge is for: one purpose's is no other's.
fn signed(portal: &Portal, purpose: &str, head: &[u8]) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, &portal.options.secret);
    let text = [b"passkey\0", purpose.as_bytes(), b"\0", head].concat();
    hmac::sign(&key, &text).as_ref().to_vec()
}

/// A challenge.
pub fn challenge(portal: &Portal, purpose: &str, now: UnixMillis) -> Result<String, Problem> {
    let head = [random()?[..16].to_vec(), now.0.to_be_bytes().to_vec()].concat();
    let tag = signed(portal, purpose, &head);
    Ok(URL_SAFE_NO_PAD.encode([head, tag].concat()))
}

/// Whether a challenge is ours, for this, and fresh; its use is counted, so that it is good once.
async fn is_fresh(portal: &Portal, purpose: &str, challenge: &str, now: UnixMillis) -> Result<bool, Problem> {
    let Ok(octets) = URL_SAFE_NO_PAD.decode(challenge) else { return Ok(false) };
    let Some((head, tag)) = octets.split_at_checked(24) else { return Ok(false) };
    if constant_time::verify_slices_are_equal(&signed(portal, purpose, head), tag).is_err() {
        return Ok(false);
    }
    let at = head.last_chunk::<8>().map_or(0, |octets| i64::from_be_bytes(*octets));
    if !(0..LIFE).contains(&(now.0 - at)) {
        return Ok(false);
    }
    Ok(portal.counters().take(&format!("portal:passkey-challenge:{challenge}"), ONCE, now).await?.allowed)
}

/// A new passkey.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct New {
    /// Credential id.
    pub id: Vec<u8>,
    /// The public key: an uncompressed point of P-256.
    pub key: Vec<u8>,
    /// Counter of signatures; 0 where the device has none.
    pub counter: u32,
}

/// What the browser hands over, as it came.
#[derive(Clone, Copy, Debug)]
pub struct Given<'a> {
    /// Credential id.
    pub id: &'a [u8],
    /// `clientDataJSON`.
    pub client: &'a [u8],
    /// `authenticatorData`.
    pub data: &'a [u8],
}

/// The fixed part of the authenticator's data, and what follows it (§6.1).
fn read<'a>(data: &'a [u8], site: &Site) -> Option<(u8, u32, &'a [u8])> {
    let (name, rest) = data.split_at_checked(32)?;
    let (flags, rest) = rest.split_first()?;
    let (counter, rest) = rest.split_first_chunk::<4>()?;
    let ours = digest::digest(&digest::SHA256, site.host.as_bytes());
    let is_ours = name == ours.as_ref() && flags & PRESENT != 0 && flags & VERIFIED != 0;
    is_ours.then(|| (*flags, u32::from_be_bytes(*counter), rest))
}

/// The challenge in the browser's own words, where these say what they must (§7.1 and §7.2).
fn challenge_of(client: &[u8], kind: &str, site: &Site) -> Option<String> {
    let value: Value = serde_json::from_slice(client).ok()?;
    let holds = value["type"] == kind && value["origin"] == site.origin.as_str() && value["crossOrigin"] != true;
    value["challenge"].as_str().filter(|_| holds).map(str::to_owned)
}

/// Checks a new passkey (§7.1). `spki` is its public key as the browser gives it.
pub async fn registered(
    portal: &Portal,
    site: &Site,
    purpose: &str,
    given: Given<'_>,
    spki: &[u8],
    now: UnixMillis,
) -> Result<Option<New>, Problem> {
    let Some(challenge) = challenge_of(given.client, "webauthn.create", site) else { return Ok(None) };
    let Some((flags, counter, rest)) = read(given.data, site) else { return Ok(None) };
    // AAGUID, length, id (§6.5.1): the id that the device made, not just what the page said.
    let attached = rest.get(16..18).and_then(|two| rest.get(18..18 + usize::from(two[0]) * 256 + usize::from(two[1])));
    let is_whole = flags & ATTACHED != 0 && attached == Some(given.id) && (16..=1023).contains(&given.id.len());
    let key = spki.strip_prefix(&SPKI_P256).filter(|point| point.len() == 65 && point[0] == 4);
    let (true, Some(key)) = (is_whole, key) else { return Ok(None) };
    if !is_fresh(portal, purpose, &challenge, now).await? {
        return Ok(None);
    }
    Ok(Some(New { id: given.id.to_vec(), key: key.to_vec(), counter }))
}

/// Checks a signature by a passkey (§7.2); gives its counter.
pub async fn signed_in(
    portal: &Portal,
    site: &Site,
    purpose: &str,
    given: Given<'_>,
    signature: &[u8],
    key: &[u8],
    now: UnixMillis,
) -> Result<Option<u32>, Problem> {
    let Some(challenge) = challenge_of(given.client, "webauthn.get", site) else { return Ok(None) };
    let Some((_, counter, _)) = read(given.data, site) else { return Ok(None) };
    let said = [given.data, digest::digest(&digest::SHA256, given.client).as_ref()].concat();
    if UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, key).verify(&said, signature).is_err() {
        return Ok(None);
    }
    Ok(is_fresh(portal, purpose, &challenge, now).await?.then_some(counter))
}
