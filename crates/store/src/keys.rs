//! The operator's master key and what is derived from it. One file, readable by its owner only.
//!
//! Whoever loses it loses every stored message: it is made once, and never replaced where data lies that needs it.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use aws_lc_rs::hmac;

use crate::{OperatorId, StoreError};

const OCTETS: usize = 32;
const FILE: &str = "master.key";

/// Keys derived from the master key of a data folder. Printing it shows nothing.
#[derive(Clone)]
pub struct Keys {
    master: hmac::Key,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys")
    }
}

impl Keys {
    /// Loads `master.key` from the folder, or makes one of 256 random bits (mode 0600).
    /// `needed_by` names data that an older key protects; where it is given, a missing key is an error.
    pub(crate) fn open(folder: &Path, needed_by: Option<&str>) -> Result<Self, StoreError> {
        let path = folder.join(FILE);
        let disk = |e: std::io::Error| StoreError::Disk(format!("{}: {e}", path.display()));
        fs::create_dir_all(folder).map_err(disk)?;
        fs::set_permissions(folder, Permissions::from_mode(0o700)).map_err(disk)?;
        match File::open(&path) {
            Ok(mut file) => {
                let mut bytes = Vec::with_capacity(OCTETS);
                file.read_to_end(&mut bytes).map_err(disk)?;
                Self::from_octets(&bytes, &path)
            }
            Err(e) if e.kind() == ErrorKind::NotFound => match needed_by {
                Some(data) => Err(StoreError::Corrupt {
                    what: "master key",
                    why: format!("{} is missing, and {data} can be read with no other key", path.display()),
                }),
                None => Self::create(folder, &path),
            },
            Err(e) => Err(disk(e)),
        }
    }

    fn from_octets(bytes: &[u8], path: &Path) -> Result<Self, StoreError> {
        if bytes.len() != OCTETS {
            let why = format!("{} has {} octets instead of {OCTETS}", path.display(), bytes.len());
            return Err(StoreError::Corrupt { what: "master key", why });
        }
        Ok(Self { master: hmac::Key::new(hmac::HMAC_SHA256, bytes) })
    }

    /// Written beside and renamed, so that a crash leaves either no key or a whole one.
    fn create(folder: &Path, path: &Path) -> Result<Self, StoreError> {
        let disk = |e: std::io::Error| StoreError::Disk(format!("{}: {e}", path.display()));
        let bytes: [u8; OCTETS] = random()?;
        let beside = path.with_extension("new");
        let mut file =
            OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside).map_err(disk)?;
        file.write_all(&bytes).and_then(|()| file.sync_all()).map_err(disk)?;
        fs::rename(&beside, path).and_then(|()| File::open(folder)?.sync_all()).map_err(disk)?;
        Self::from_octets(&bytes, path)
    }

    /// HMAC-SHA-256 of `bytes` under the key of a purpose. Purposes do not share keys: what one reveals says nothing
    /// of another. Put the operator's id into the purpose of whatever must not be compared between operators.
    pub fn hmac(&self, purpose: &str, bytes: &[u8]) -> [u8; 32] {
        octets(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &self.derive(purpose)), bytes).as_ref())
    }

    /// What names a message: HMAC of its bytes under the operator's key. It is the name of its blob and, in the
    /// learning log, what keeps it from being learned twice.
    pub fn message(&self, operator: OperatorId, bytes: &[u8]) -> [u8; 32] {
        self.hmac(&format!("message of operator {}", operator.0), bytes)
    }

    /// A key of 256 bits for one purpose.
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        octets(hmac::sign(&self.master, format!("sekisho 1 {purpose}").as_bytes()).as_ref())
    }

    /// The secret from which the portal makes keyed hashes of one-time codes and the like.
    pub fn portal_secret(&self) -> [u8; 32] {
        self.derive("portal")
    }

    /// The key that wraps the data keys of blobs.
    pub(crate) fn key_encryption_key(&self) -> [u8; 32] {
        self.derive("key encryption")
    }
}

/// Random octets of the operating system.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], StoreError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|e| StoreError::Disk(format!("no random numbers: {e}")))?;
    Ok(bytes)
}

/// HMAC-SHA-256 always gives 32 octets.
fn octets(tag: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    for (to, from) in out.iter_mut().zip(tag) {
        *to = *from;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_only_for_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        let first = Keys::open(folder.path(), None).unwrap();
        let again = Keys::open(folder.path(), Some("blobs")).unwrap();
        assert_eq!(first.hmac("a", b"x"), again.hmac("a", b"x"));
        assert_ne!(first.hmac("a", b"x"), first.hmac("b", b"x"));
        assert_eq!(fs::metadata(folder.path().join(FILE)).unwrap().permissions().mode() & 0o777, 0o600);

        fs::remove_file(folder.path().join(FILE)).unwrap();
        assert!(matches!(Keys::open(folder.path(), Some("blobs")), Err(StoreError::Corrupt { .. })));
        let other = Keys::open(folder.path(), None).unwrap();
        assert_ne!(first.hmac("a", b"x"), other.hmac("a", b"x"));

        fs::write(folder.path().join(FILE), b"short").unwrap();
        assert!(matches!(Keys::open(folder.path(), None), Err(StoreError::Corrupt { .. })));
    }
}
