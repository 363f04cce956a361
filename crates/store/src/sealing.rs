//! How content is encrypted wherever it lies: AES-256-GCM under a random data key, and that key wrapped under the folder's
//! key for who holds it. Whoever loses the wrapped key has lost the content, which is how it is erased.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};

use crate::StoreError;
use crate::keys::random;

/// Octets of a nonce, and of the tag that shows damage (NIST SP 800-38D).
pub(crate) const NONCE: usize = 12;
pub(crate) const TAG: usize = 16;
const KEY: usize = 32;
const WRAPPED: usize = NONCE + KEY + TAG;

/// A key under which something is encrypted.
#[derive(Clone)]
pub(crate) struct DataKey([u8; KEY]);

impl DataKey {
    pub(crate) fn random() -> Result<Self, StoreError> {
        Ok(Self(random()?))
    }
}

/// Wraps and unwraps data keys.
pub(crate) struct Wrapping {
    key: LessSafeKey,
}

impl Wrapping {
    pub(crate) fn new(key_encryption_key: &[u8; KEY]) -> Result<Self, StoreError> {
        Ok(Self { key: cipher(&DataKey(*key_encryption_key))? })
    }

    /// The data key for one holder; it unwraps for nobody else.
    pub(crate) fn wrap(&self, data_key: &DataKey, holder: &[u8]) -> Result<Vec<u8>, StoreError> {
        let nonce: [u8; NONCE] = random()?;
        let mut wrapped = Vec::with_capacity(WRAPPED);
        wrapped.extend(data_key.0);
        self.key
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(holder), &mut wrapped)
            .map_err(|_| unreadable("it could not be wrapped"))?;
        wrapped.extend(nonce);
        Ok(wrapped)
    }

    pub(crate) fn unwrap(&self, wrapped: &[u8], holder: &[u8]) -> Result<DataKey, StoreError> {
        let broken = || unreadable("it does not unwrap for this holder");
        let (sealed, nonce) = wrapped.split_last_chunk::<NONCE>().ok_or_else(broken)?;
        let mut sealed = sealed.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let opened = self.key.open_in_place(nonce, Aad::from(holder), &mut sealed).map_err(|_| broken())?;
        Ok(DataKey((&*opened).try_into().map_err(|_| broken())?))
    }
}

/// Encrypts a short text in one piece: nonce, text, tag. `vouched` is not in it and has to be the same when it is opened.
pub(crate) fn seal(key: &DataKey, vouched: &[u8], text: &[u8]) -> Result<Vec<u8>, StoreError> {
    let nonce: [u8; NONCE] = random()?;
    let mut out = Vec::with_capacity(NONCE + text.len() + TAG);
    out.extend(nonce);
    out.extend(text);
    let tag = cipher(key)?
        .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(vouched), &mut out[NONCE..])
        .map_err(|_| unreadable("nothing can be encrypted with it"))?;
    out.extend(tag.as_ref());
    Ok(out)
}

/// What [`seal`] encrypted; `None` where it was not this, under this key, or is damaged.
pub(crate) fn open(key: &DataKey, vouched: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let (nonce, rest) = sealed.split_first_chunk::<NONCE>()?;
    let mut rest = rest.to_vec();
    let length = {
        let nonce = Nonce::assume_unique_for_key(*nonce);
        cipher(key).ok()?.open_in_place(nonce, Aad::from(vouched), &mut rest).ok()?.len()
    };
    rest.truncate(length);
    Some(rest)
}

/// The cipher of a key.
pub(crate) fn cipher(key: &DataKey) -> Result<LessSafeKey, StoreError> {
    UnboundKey::new(&AES_256_GCM, &key.0).map(LessSafeKey::new).map_err(|_| unreadable("it is of no use"))
}

fn unreadable(why: &str) -> StoreError {
    StoreError::Corrupt { what: "key", why: why.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrapped_key_is_its_holders_only() {
        let wrapping = Wrapping::new(&[1; 32]).unwrap();
        let key = DataKey::random().unwrap();
        let wrapped = wrapping.wrap(&key, b"junk:1").unwrap();
        assert_eq!(wrapped.len(), WRAPPED);
        assert_eq!(wrapping.unwrap(&wrapped, b"junk:1").unwrap().0, key.0);
        assert!(wrapping.unwrap(&wrapped, b"junk:2").is_err());
        assert!(Wrapping::new(&[2; 32]).unwrap().unwrap(&wrapped, b"junk:1").is_err());
        assert!(wrapping.unwrap(b"", b"junk:1").is_err());
    }

    #[test]
    fn a_text_opens_with_its_key_and_beside_what_it_was_sealed_with_only() {
        let key = DataKey::random().unwrap();
        for text in [&b""[..], b"x", &[b'a'; 5_000]] {
            let sealed = seal(&key, b"row 1", text).unwrap();
            assert_eq!(sealed.len(), NONCE + text.len() + TAG);
            assert_eq!(open(&key, b"row 1", &sealed).as_deref(), Some(text));
            assert_eq!(open(&key, b"row 2", &sealed), None);
            assert_eq!(open(&DataKey::random().unwrap(), b"row 1", &sealed), None);
            for at in [0, NONCE - 1, NONCE, sealed.len() - 1] {
                let mut damaged = sealed.clone();
                damaged[at] ^= 1;
                assert_eq!(open(&key, b"row 1", &damaged), None, "octet {at}");
                assert_eq!(open(&key, b"row 1", &sealed[..at]), None, "cut at {at}");
            }
        }
    }
}
