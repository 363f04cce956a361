//! Passwords: Argon2id, off the async threads, a bounded number at a time.
//!
//! An unknown name costs the same work as a known one, so that time does not tell who is a subscriber.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use tokio::sync::Semaphore;

use crate::problem::Problem;

/// Verifications at once: each takes 19 MiB and a core for some ten milliseconds.
const AT_ONCE: usize = 2;
/// How long a sign-in waits for its turn before it is told to come again.
const PATIENCE: Duration = Duration::from_secs(5);
/// Longest password that is looked at, octets.
const LONGEST: usize = 1024;

/// Verifies passwords.
#[derive(Debug)]
pub struct Passwords {
    turns: Arc<Semaphore>,
}

impl Passwords {
    /// With the shipped bound.
    pub fn new() -> Self {
        Self { turns: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// Whether the password is the one of this hash; without a hash the answer is no, after the same work.
    pub async fn verify(&self, password: &str, stored: Option<&str>) -> Result<bool, Problem> {
        let (password, known) = (password.to_owned(), stored.is_some());
        let stored = stored.map_or_else(|| nobodys_hash().to_owned(), str::to_owned);
        let turn = tokio::time::timeout(PATIENCE, self.turns.clone().acquire_owned())
            .await
            .map_err(|_| Problem::Busy)?
            .map_err(|fault| Problem::Fault(fault.to_string()))?;
        tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let matches = password.len() <= LONGEST
                && PasswordHash::new(&stored)
                    .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok());
            known && matches
        })
        .await
        .map_err(|fault| Problem::Fault(fault.to_string()))
    }
}

impl Default for Passwords {
    fn default() -> Self {
        Self::new()
    }
}

/// The hash of a new password in PHC form. Blocks for some ten milliseconds.
pub fn hash(password: &str) -> Result<String, String> {
    if password.len() > LONGEST {
        return Err(format!("a password has at most {LONGEST} octets"));
    }
    Argon2::default().hash_password(password.as_bytes()).map(|hash| hash.to_string()).map_err(|fault| fault.to_string())
}

fn nobodys_hash() -> &'static str {
    static HASH: OnceLock<String> = OnceLock::new();
    HASH.get_or_init(|| hash("nobody signs in with this").unwrap_or_default())
}
