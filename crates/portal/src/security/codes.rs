//! One-time codes: eight digits, ten minutes, five tries; only a keyed hash is kept.

use aws_lc_rs::hmac;
use message::UnixMillis;
use store::OperatorId;
use store::records::signin::CodeRow;

use crate::problem::Problem;
use crate::security::sessions::random;
use crate::state::Portal;

const LIFE: i64 = 10 * 60_000;
const TRIES: u32 = 5;

/// Makes a code for an address and keeps its hash; an older one is no longer good.
pub async fn make(portal: &Portal, operator: OperatorId, login: &str, now: UnixMillis) -> Result<String, Problem> {
    let mut eight = [0; 8];
    eight.copy_from_slice(&random()?[..8]);
    // 2^64 is not a multiple of 10^8; the difference between the digits is below one in 10^11.
    let code = format!("{:08}", u64::from_be_bytes(eight) % 100_000_000);
    portal
        .records()
        .put_code(&CodeRow {
            operator,
            login: login.to_owned(),
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
    login: &str,
    typed: &str,
    now: UnixMillis,
) -> Result<bool, Problem> {
    let digits: String = typed
        .chars()
        .filter_map(|c| match c {
            '0'..='9' => Some(c),
            '０'..='９' => char::from_u32(u32::from(c) - u32::from('０') + u32::from('0')),
            _ => None,
        })
        .collect();
    Ok(portal.records().try_code(operator, login, &hash(portal, operator, login, &digits), now).await?)
}

fn hash(portal: &Portal, operator: OperatorId, login: &str, code: &str) -> [u8; 32] {
    let key = hmac::Key::new(hmac::HMAC_SHA256, &portal.options.secret);
    let tag = hmac::sign(&key, format!("code\0{}\0{login}\0{code}", operator.0).as_bytes());
    let mut out = [0; 32];
    out.copy_from_slice(tag.as_ref());
    out
}
