//! Secrets that have to be read again (of an app, a telephone number) are kept encrypted: who reads the table alone
//! learns nothing, and a row copied to somebody else does not open.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::hmac;
use store::OperatorId;
use store::records::means::MeansKind;
use store::records::signin::Person;

use crate::problem::Problem;
use crate::security::sessions::random;

const NONCE: usize = 12;

/// Whose secret it is, and what.
#[derive(Clone, Copy, Debug)]
pub struct Whose {
    /// Whose operator.
    pub operator: OperatorId,
    /// Whose.
    pub person: Person,
    /// What.
    pub kind: MeansKind,
}

impl Whose {
    fn octets(&self) -> Vec<u8> {
        format!("{} {:?} {}", self.operator.0, self.person, self.kind.name()).into_bytes()
    }
}

/// Encrypts.
pub fn seal(key: &[u8; 32], whose: Whose, secret: &[u8]) -> Result<Vec<u8>, Problem> {
    let mut nonce = [0; NONCE];
    nonce.copy_from_slice(&random()?[..NONCE]);
    let mut sealed = secret.to_vec();
    cipher(key)?
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(whose.octets()), &mut sealed)
        .map_err(|_| Problem::Fault("a secret could not be encrypted".into()))?;
    sealed.extend(nonce);
    Ok(sealed)
}

/// Decrypts.
pub fn open(key: &[u8; 32], whose: Whose, sealed: &[u8]) -> Result<Vec<u8>, Problem> {
    let broken = || Problem::Fault(format!("the kept {} does not open with this data folder's key", whose.kind.name()));
    let (sealed, nonce) = sealed.split_last_chunk::<NONCE>().ok_or_else(broken)?;
    let mut octets = sealed.to_vec();
    let opened = cipher(key)?
        .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(whose.octets()), &mut octets)
        .map_err(|_| broken())?;
    Ok(opened.to_vec())
}

/// A key of its own, so that what is hashed under the same secret says nothing of it.
fn cipher(key: &[u8; 32]) -> Result<LessSafeKey, Problem> {
    let derived = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), b"seal means");
    UnboundKey::new(&AES_256_GCM, derived.as_ref())
        .map(LessSafeKey::new)
        .map_err(|_| Problem::Fault("no key for secrets".into()))
}

#[cfg(test)]
mod tests {
    use store::SubscriberId;

    use super::*;

    #[test]
    fn a_secret_opens_for_its_owner_and_in_no_other_row() {
        let whose = |id, kind| Whose { operator: OperatorId(1), person: Person::Subscriber(SubscriberId(id)), kind };
        let hers = whose(5, MeansKind::Totp);
        let sealed = seal(&[7; 32], hers, b"secret").unwrap();
        assert_eq!(open(&[7; 32], hers, &sealed).unwrap(), b"secret");
        assert!(!sealed.windows(6).any(|part| part == b"secret"));
        assert!(open(&[8; 32], hers, &sealed).is_err());
        assert!(open(&[7; 32], whose(6, MeansKind::Totp), &sealed).is_err());
        assert!(open(&[7; 32], whose(5, MeansKind::Telephone), &sealed).is_err());
        for cut in 0..sealed.len() {
            assert!(open(&[7; 32], hers, &sealed[..cut]).is_err());
        }
    }
}
