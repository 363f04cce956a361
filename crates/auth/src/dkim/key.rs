//! Keys: fetched through our own DNS, read by mail-auth, with absence and silence kept apart (RFC 6376 §3.6).

use mail_auth::common::crypto::{Algorithm, VerifyingKey};
use mail_auth::common::parse::TxtRecordParser;
use mail_auth::common::verify::DomainKey;
use mail_auth::dkim::Canonicalization;

use super::tags::{Strictness, Tags, compact};
use crate::dns::{Answer, Dns, Failure};

/// Records of one name that are tried.
const MOST_RECORDS: usize = 5;

/// Every usable key of one selector.
#[derive(Default)]
pub struct Keys(Vec<Key>);

/// One key record.
struct Key {
    key: Box<dyn VerifyingKey + Send + Sync>,
    /// `h=`, where it names hashes.
    hashes: Option<String>,
    /// `t=s`: `i=` must be exactly `d=`.
    exact_identity: bool,
}

/// Why there is no key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoKey {
    /// DNS did not say: the result is not known.
    #[error("key {name}: {failure}")]
    Unanswered {
        /// Where it was looked for.
        name: String,
        /// What went wrong.
        failure: Failure,
    },
    /// DNS said there is none.
    #[error("there is no key at {0}")]
    Absent(String),
    /// The key was withdrawn (`p=` empty).
    #[error("the key at {0} was withdrawn")]
    Revoked(String),
    /// What stands there is no key.
    #[error("the key at {0} cannot be read")]
    Unreadable(String),
}

/// How an attempt with the keys of a selector ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// A key fits.
    Holds {
        /// Size of an RSA key; `None` for other kinds.
        rsa_bits: Option<usize>,
    },
    /// The key is shorter than can be computed with; whether it fits is not known and does not matter.
    TooShort {
        /// Its size.
        rsa_bits: usize,
    },
    /// The key is for another algorithm or hash.
    WrongKind,
    /// `i=` is not exactly `d=`, which the key demands.
    WrongIdentity,
    /// No key fits.
    Fails,
}

/// Fetches the keys of a selector.
pub async fn fetch(dns: &dyn Dns, selector: &str, domain: &str) -> Result<Keys, NoKey> {
    let name = format!("{selector}._domainkey.{domain}");
    let texts = match dns.txt(&name).await.answer {
        Answer::Records(texts) => texts,
        Answer::NoSuchName | Answer::NoData => return Err(NoKey::Absent(name)),
        Answer::Failed(failure) => return Err(NoKey::Unanswered { name, failure }),
    };
    let mut keys = Keys::default();
    let mut revoked = false;
    for text in texts.iter().take(MOST_RECORDS) {
        match Key::parse(text) {
            Ok(key) => keys.0.push(key),
            Err(BadKey::Revoked) => revoked = true,
            Err(BadKey::Unreadable) => {}
        }
    }
    match keys.0.is_empty() {
        false => Ok(keys),
        true if revoked => Err(NoKey::Revoked(name)),
        true => Err(NoKey::Unreadable(name)),
    }
}

enum BadKey {
    Revoked,
    Unreadable,
}

impl Key {
    fn parse(text: &[u8]) -> Result<Self, BadKey> {
        let tags = Tags::parse(text, Strictness::Key).map_err(|_| BadKey::Unreadable)?;
        let version = tags.get("v").is_none_or(|version| version == "DKIM1" && tags.first() == Some("v"));
        // `s=`: keys for other services than mail are not ours.
        let service = tags.get("s").is_none_or(|list| compact(list).split(':').any(|s| s == "*" || s == "email"));
        if !version || !service {
            return Err(BadKey::Unreadable);
        }
        if tags.get("p").is_some_and(str::is_empty) {
            return Err(BadKey::Revoked);
        }
        let key = DomainKey::parse(text).map_err(|_| BadKey::Unreadable)?.p;
        let flags = tags.get("t").map(compact).unwrap_or_default();
        Ok(Self { key, hashes: tags.get("h").map(compact), exact_identity: flags.split(':').any(|flag| flag == "s") })
    }

    fn allows(&self, algorithm: Algorithm) -> bool {
        let hash = if algorithm == Algorithm::RsaSha1 { "sha1" } else { "sha256" };
        self.hashes.as_ref().is_none_or(|hashes| hashes.split(':').any(|allowed| allowed == hash))
    }
}

/// What is compared with the keys.
pub struct Signed<'a> {
    /// Names and values in order, the signature itself last.
    pub fields: Vec<(&'a [u8], &'a [u8])>,
    /// How they are made canonical.
    pub form: Canonicalization,
    /// `a=`.
    pub algorithm: Algorithm,
    /// `b=`.
    pub octets: &'a [u8],
}

impl Keys {
    /// Tries every key; `identity_agrees(exactly)` says whether `i=` is right.
    pub fn attempt(&self, signed: &Signed<'_>, identity_agrees: impl Fn(bool) -> bool) -> Attempt {
        let mut best = Attempt::WrongKind;
        for key in &self.0 {
            if !key.allows(signed.algorithm) {
                continue;
            }
            if !identity_agrees(key.exact_identity) {
                best = Attempt::WrongIdentity;
                continue;
            }
            let bits = key.key.public_key_bits();
            // mail-auth gives usize::MAX for keys that are not RSA, and 0 where it cannot tell.
            let rsa_bits = (bits != usize::MAX).then_some(bits);
            let result =
                key.key.verify(&mut signed.fields.iter().copied(), signed.octets, signed.form, signed.algorithm);
            match result {
                Ok(()) => return Attempt::Holds { rsa_bits },
                Err(mail_auth::Error::Crypto(mail_auth::common::crypto::CryptoError::IncompatibleAlgorithms)) => {}
                Err(_) if rsa_bits.is_some_and(|bits| (1..1024).contains(&bits)) => {
                    best = Attempt::TooShort { rsa_bits: bits };
                }
                Err(_) => best = Attempt::Fails,
            }
        }
        best
    }
}
