//! One-time codes: eight digits, ten minutes, five tries; only a keyed hash is kept.
//!
//! A code belongs to the browser that asked for it, by a ticket in its page: wrong tries of somebody else, who can ask
//! for a code to the same address, do not use up the owner's.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use message::UnixMillis;
use store::OperatorId;
use store::records::signin::CodeRow;

use crate::problem::Problem;
use crate::security::means::digits;
use crate::security::sessions::random;
use crate::state::Portal;

const LIFE: i64 = 10 * 60_000;
const TRIES: u32 = 5;

/// A ticket for a page that is to take a code: it ties the code to this browser and opens nothing without it.
pub fn ticket() -> Result<String, Problem> {
    Ok(URL_SAFE_NO_PAD.encode(&random()?[..16]))
}

/// What a code is kept under: whom it is for, and who asked.
fn name(whom: &str, ticket: &str) -> String {
    let ticket: String = ticket.chars().filter(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).take(22).collect();
    format!("{whom} {ticket}")
}

/// Makes a code for a person or address and keeps its hash.
pub async fn make(
    portal: &Portal,
    operator: OperatorId,
    whom: &str,
    ticket: &str,
    now: UnixMillis,
) -> Result<String, Problem> {
    let login = &name(whom, ticket);
    let mut eight = [0; 8];
    eight.copy_from_slice(&random()?[..8]);
    // 2^64 is not a multiple of 10^8; the difference between the digits is below one in 10^11.
    let code = format!("{:08}", u64::from_be_bytes(eight) % 100_000_000);
    portal
        .records()
        .put_code(&CodeRow {
            operator,
            login: login.clone(),
            code_hash: hash(portal, operator, login, &code),
            expires_at: UnixMillis(now.0 + LIFE),
            tries_left: TRIES,
        })
        .await?;
    Ok(code)
}

/// Whether this is the code. The right one is used up; digits may be full-width and have blanks between.
pub async fn check(
    portal: &Portal,
    operator: OperatorId,
    whom: &str,
    ticket: &str,
    typed: &str,
    now: UnixMillis,
) -> Result<bool, Problem> {
    let login = &name(whom, ticket);
    Ok(portal.records().try_code(operator, login, &hash(portal, operator, login, &digits(typed)), now).await?)
}

fn hash(portal: &Portal, operator: OperatorId, login: &str, code: &str) -> [u8; 32] {
    let key = hmac::Key::new(hmac::HMAC_SHA256, &portal.options.secret);
    let tag = hmac::sign(&key, format!("code\0{}\0{login}\0{code}", operator.0).as_bytes());
    let mut out = [0; 32];
    out.copy_from_slice(tag.as_ref());
    out
}
