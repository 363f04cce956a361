//! Passwords that the program itself makes: random, shown once, kept as a hash.

use store::StoreError;

/// Letters and digits that cannot be mistaken for one another.
const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789A";
const LENGTH: usize = 14;

/// A new password and its hash.
pub fn new() -> Result<(String, String), StoreError> {
    let password = random()?;
    let hash = portal::security::passwords::hash(&password).map_err(StoreError::Conflict)?;
    Ok((password, hash))
}

/// A new password: 14 characters of 5 bits each.
pub fn random() -> Result<String, StoreError> {
    let mut random = [0u8; LENGTH];
    getrandom::fill(&mut random).map_err(|fault| StoreError::Disk(format!("no randomness: {fault}")))?;
    Ok(random.iter().map(|byte| LETTERS[usize::from(byte & 31)] as char).collect())
}
