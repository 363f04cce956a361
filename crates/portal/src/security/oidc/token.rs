//! Checks an ID token: its signature (RFC 7515) by a key of the provider, and every claim that OpenID Connect Core 1.0
//! §3.1.3.7 asks for. RS256 and ES256 only: `none` and keyed hashes are no signatures of the provider.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// Seconds by which clocks may differ.
const SKEW: i64 = 60;
/// Seconds that a token may be old: it is for signing in now.
const OLDEST: i64 = 10 * 60;

/// What the token has to say.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The provider.
    pub issuer: &'a str,
    /// We.
    pub client_id: &'a str,
    /// This sign-in.
    pub nonce: &'a str,
    /// Seconds since 1970.
    pub now: i64,
}

/// Why a token is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is not three parts of base64url with JSON in them.
    #[error("it is not a signed token")]
    Form,
    /// Its algorithm is not one of ours.
    #[error("its algorithm is not RS256 or ES256")]
    Algorithm,
    /// No key of the provider fits.
    #[error("it is signed by a key that the provider does not name")]
    Key,
    /// The signature is wrong.
    #[error("its signature is wrong")]
    Signature,
    /// Somebody else issued it.
    #[error("another provider issued it")]
    Issuer,
    /// It is for somebody else.
    #[error("it is for another program")]
    Audience,
    /// Its time is over.
    #[error("its time is over")]
    Expired,
    /// It was issued in the future or long ago.
    #[error("it was not issued just now")]
    Issued,
    /// It is of another sign-in.
    #[error("it belongs to another sign-in")]
    Nonce,
    /// It names nobody.
    #[error("it names nobody")]
    Subject,
}

/// The claims of a token that is good.
pub(super) fn check(token: &str, keys: &Value, expected: &Expected<'_>) -> Result<Value, Refused> {
    let mut parts = token.split('.');
    let (Some(head), Some(body), Some(signature), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(Refused::Form);
    };
    let header = json(head)?;
    let algorithm = header["alg"].as_str().unwrap_or_default();
    let kind = match algorithm {
        "RS256" => "RSA",
        "ES256" => "EC",
        _ => return Err(Refused::Algorithm),
    };
    // RFC 7515 §4.1.11: extensions that must be understood are none of ours.
    if !header["crit"].is_null() {
        return Err(Refused::Form);
    }
    let signed = format!("{head}.{body}");
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| Refused::Form)?;
    let fits = |key: &&Value| {
        key["kty"] == kind
            && (header["kid"].is_null() || key["kid"] == header["kid"])
            && (key["use"].is_null() || key["use"] == "sig")
            && (key["alg"].is_null() || key["alg"] == algorithm)
    };
    let mut fitting = keys.as_array().into_iter().flatten().filter(fits).peekable();
    if fitting.peek().is_none() {
        return Err(Refused::Key);
    }
    if !fitting.take(8).any(|key| is_signed(key, kind, signed.as_bytes(), &signature)) {
        return Err(Refused::Signature);
    }
    let claims = json(body)?;
    claims_hold(&claims, expected).map(|()| claims)
}

fn is_signed(key: &Value, kind: &str, signed: &[u8], signature: &[u8]) -> bool {
    let part = |name: &str| URL_SAFE_NO_PAD.decode(key[name].as_str().unwrap_or_default()).unwrap_or_default();
    if kind == "RSA" {
        let (n, e) = (part("n"), part("e"));
        let bare = |octets: &[u8]| octets.iter().copied().skip_while(|octet| *octet == 0).collect::<Vec<u8>>();
        let key = RsaPublicKeyComponents { n: bare(&n), e: bare(&e) };
        return key.verify(&RSA_PKCS1_2048_8192_SHA256, signed, signature).is_ok();
    }
    let (x, y) = (part("x"), part("y"));
    if key["crv"] != "P-256" || x.len() != 32 || y.len() != 32 {
        return false;
    }
    let point = [&[4u8], x.as_slice(), &y].concat();
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &point).verify(signed, signature).is_ok()
}

fn claims_hold(claims: &Value, expected: &Expected<'_>) -> Result<(), Refused> {
    if claims["iss"].as_str() != Some(expected.issuer) {
        return Err(Refused::Issuer);
    }
    let for_us = |name: &Value| name.as_str() == Some(expected.client_id);
    let others = claims["aud"].as_array().is_some_and(|names| names.len() > 1);
    let is_ours = for_us(&claims["aud"]) || claims["aud"].as_array().is_some_and(|names| names.iter().any(for_us));
    if !is_ours || (others || !claims["azp"].is_null()) && !for_us(&claims["azp"]) {
        return Err(Refused::Audience);
    }
    let seconds = |name: &str| claims[name].as_f64().map(|at| at as i64);
    if seconds("exp").is_none_or(|until| expected.now >= until.saturating_add(SKEW)) {
        return Err(Refused::Expired);
    }
    let is_now = |at: i64| (expected.now - OLDEST..=expected.now + SKEW).contains(&at);
    if !seconds("iat").is_some_and(is_now) || seconds("nbf").is_some_and(|from| from > expected.now + SKEW) {
        return Err(Refused::Issued);
    }
    if claims["nonce"].as_str() != Some(expected.nonce) {
        return Err(Refused::Nonce);
    }
    match claims["sub"].as_str() {
        Some(subject) if !subject.is_empty() && subject.len() <= 255 => Ok(()),
        _ => Err(Refused::Subject),
    }
}

fn json(part: &str) -> Result<Value, Refused> {
    let octets = URL_SAFE_NO_PAD.decode(part).map_err(|_| Refused::Form)?;
    serde_json::from_slice(&octets).map_err(|_| Refused::Form)
}
