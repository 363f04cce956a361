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

    /// The hash of a new password, in its turn.
    pub async fn hash(&self, password: &str) -> Result<String, Problem> {
        let password = password.to_owned();
        let turn = self.turn().await?;
        tokio::task::spawn_blocking(move || {
            let _turn = turn;
            hash(&password)
        })
        .await
        .map_err(|fault| Problem::Fault(fault.to_string()))?
        .map_err(Problem::Fault)
    }

    async fn turn(&self) -> Result<tokio::sync::OwnedSemaphorePermit, Problem> {
        tokio::time::timeout(PATIENCE, self.turns.clone().acquire_owned())
            .await
            .map_err(|_| Problem::Busy)?
            .map_err(|fault| Problem::Fault(fault.to_string()))
    }

    /// Whether the password is the one of this hash; without a hash the answer is no, after the same work.
    pub async fn verify(&self, password: &str, stored: Option<&str>) -> Result<bool, Problem> {
        let (password, known) = (password.to_owned(), stored.is_some());
        let stored = stored.map_or_else(|| nobodys_hash().to_owned(), str::to_owned);
        let turn = self.turn().await?;
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

/// Characters of the shortest password that a subscriber may choose.
pub const SHORTEST: usize = 8;
/// Characters of the shortest that staff may choose.
pub const SHORTEST_STAFF: usize = 12;
/// What guessers try first.
const COMMON: &str = include_str!("common-passwords.txt");

/// Why a new password is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weak {
    /// Too few characters; so many are needed.
    Short(usize),
    /// More than is looked at.
    Long,
    /// One that guessers try first, or a plain row of characters.
    Common,
    /// The sign-in name.
    Name,
}

/// Whether a new password may be chosen. Length and the guessers' list are what helps; no kinds of characters are asked
/// for (NIST SP 800-63B §3.1.1.2).
pub fn check(password: &str, login: &str, shortest: usize) -> Result<(), Weak> {
    if password.len() > LONGEST {
        return Err(Weak::Long);
    }
    if password.chars().count() < shortest {
        return Err(Weak::Short(shortest));
    }
    let plain = super::means::half_width(password).to_lowercase();
    let core = plain.trim_end_matches(|c: char| c.is_ascii_digit() || c.is_ascii_punctuation());
    let user = login.split('@').next().unwrap_or_default().to_lowercase();
    if plain == login.to_lowercase() || (!user.is_empty() && (core == user || plain == user)) {
        return Err(Weak::Name);
    }
    let listed = |word: &str| COMMON.lines().any(|line| line == word);
    // A common word with a year or an exclamation mark behind it is as common.
    if listed(&plain) || listed(core) || is_a_row(&plain) {
        return Err(Weak::Common);
    }
    Ok(())
}

/// One character over and over, a short piece repeated, or characters that only count up or down.
fn is_a_row(plain: &str) -> bool {
    let letters: Vec<char> = plain.chars().collect();
    let repeats = (1..=4.min(letters.len() / 2)).any(|n| letters.iter().zip(&letters[n..]).all(|(a, b)| a == b));
    let counts =
        |by: i64| letters.windows(2).all(|two| i64::from(u32::from(two[1])) - i64::from(u32::from(two[0])) == by);
    repeats || counts(1) || counts(-1)
}

fn nobodys_hash() -> &'static str {
    static HASH: OnceLock<String> = OnceLock::new();
    HASH.get_or_init(|| hash("nobody signs in with this").unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_guessers_try_first_cannot_be_chosen() {
        for (password, expected) in [
            ("short", Err(Weak::Short(8))),
            ("電池電池", Err(Weak::Short(8))),
            ("password", Err(Weak::Common)),
            ("Password2026!", Err(Weak::Common)),
            ("ｐａｓｓｗｏｒｄ", Err(Weak::Common)),
            ("qwertyuiop", Err(Weak::Common)),
            ("aaaaaaaaaa", Err(Weak::Common)),
            ("abababababab", Err(Weak::Common)),
            ("23456789", Err(Weak::Common)),
            ("hgfedcba", Err(Weak::Common)),
            ("hanako@example.jp", Err(Weak::Name)),
            ("Hanako1984", Err(Weak::Name)),
            ("correct horse 電池", Ok(())),
            ("すずめがはしる朝", Ok(())),
            ("k7-mizu-tori", Ok(())),
        ] {
            assert_eq!(check(password, "hanako@example.jp", SHORTEST), expected, "{password}");
        }
        assert_eq!(check("k7-mizu-to", "admin", SHORTEST_STAFF), Err(Weak::Short(12)));
        assert_eq!(check(&"あい9".repeat(400), "admin", SHORTEST), Err(Weak::Long));
        assert!(COMMON.lines().count() > 150, "the list is not there");
        assert!(COMMON.lines().all(|line| line == line.to_lowercase() && !line.is_empty()));
    }
}
