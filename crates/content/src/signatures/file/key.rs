//! Ed25519 keys (RFC 8032), written as 64 hexadecimal digits.

use ed25519_dalek::{Signer as _, Verifier as _};

/// Who may sign sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicKey(ed25519_dalek::VerifyingKey);

/// What signs sets.
#[derive(Clone)]
pub struct SigningKey(ed25519_dalek::SigningKey);

/// Not a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a public key is 64 hexadecimal digits and a point of the curve")]
pub struct BadKey;

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKey of {}", self.public())
    }
}

impl std::fmt::Display for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.as_bytes().iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

impl PublicKey {
    /// Of 64 hexadecimal digits.
    pub fn parse(text: &str) -> Result<Self, BadKey> {
        if text.len() != 64 || !text.is_ascii() {
            return Err(BadKey);
        }
        let mut octets = [0; 32];
        for (octet, at) in octets.iter_mut().zip((0..64).step_by(2)) {
            let digits = text.get(at..at + 2).ok_or(BadKey)?;
            *octet = u8::from_str_radix(digits, 16).map_err(|_| BadKey)?;
        }
        Self::of(&octets).ok_or(BadKey)
    }

    pub(super) fn of(octets: &[u8; 32]) -> Option<Self> {
        ed25519_dalek::VerifyingKey::from_bytes(octets).ok().filter(|key| !key.is_weak()).map(Self)
    }

    pub(super) fn octets(&self) -> [u8; 32] {
        self.0.to_bytes()
    }

    pub(super) fn verifies(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        self.0.verify(message, &ed25519_dalek::Signature::from_bytes(signature)).is_ok()
    }
}

impl SigningKey {
    /// Of 32 random octets that nobody else may know.
    pub fn from_secret(secret: &[u8; 32]) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(secret))
    }

    /// What others need to check its signatures.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    pub(super) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}
