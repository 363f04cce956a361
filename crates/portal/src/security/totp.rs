//! Codes of an authenticator app: TOTP (RFC 6238) over HMAC-SHA-1, six digits, thirty seconds, as every app has it.

use aws_lc_rs::{constant_time, hmac};

/// Octets of a secret: the length of an SHA-1 value (RFC 4226 §4, R6).
pub const SECRET: usize = 20;
/// Seconds of a time step (RFC 6238 §4.1).
const STEP: i64 = 30;
/// Steps before and after the present one that are taken too (RFC 6238 §5.2): clocks differ and people type slowly.
const DRIFT: i64 = 1;
/// RFC 4648 §6.
const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The time step of a moment, milliseconds since 1970.
pub fn step(millis: i64) -> i64 {
    millis.div_euclid(STEP * 1000)
}

/// The code of a time step (RFC 4226 §5.3).
pub fn code(secret: &[u8], step: i64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let tag = tag.as_ref();
    let offset = usize::from(tag.last().copied().unwrap_or_default() & 0x0f);
    let mut four = [0; 4];
    for (to, from) in four.iter_mut().zip(tag.iter().skip(offset)) {
        *to = *from;
    }
    format!("{:06}", (u32::from_be_bytes(four) & 0x7fff_ffff) % 1_000_000)
}

/// The time step that a code belongs to, if it is one of those taken now. Whether the step was used before is for the
/// store to say.
pub fn matches(secret: &[u8], typed: &str, millis: i64) -> Option<i64> {
    let now = step(millis);
    // All are compared, so that time does not tell which.
    let mut found = None;
    for step in now - DRIFT..=now + DRIFT {
        if constant_time::verify_slices_are_equal(code(secret, step).as_bytes(), typed.as_bytes()).is_ok() {
            found = Some(step);
        }
    }
    found
}

/// Base 32 without padding, in groups of four where people copy it.
pub fn base32(octets: &[u8]) -> String {
    let mut out = String::new();
    let (mut held, mut bits) = (0u32, 0);
    for octet in octets {
        held = (held << 8) | u32::from(*octet);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            out.push(char::from(LETTERS[(held >> bits) as usize & 31]));
        }
        held &= (1 << bits) - 1;
    }
    if bits > 0 {
        out.push(char::from(LETTERS[(held << (5 - bits)) as usize & 31]));
    }
    out
}

/// What the QR code holds: the `otpauth` address that apps agree on.
pub fn address(issuer: &str, account: &str, secret: &[u8]) -> String {
    let (issuer, account) = (crate::forms::encode(issuer), crate::forms::encode(account));
    format!("otpauth://totp/{issuer}:{account}?secret={}&issuer={issuer}", base32(secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_the_rfc() {
        // RFC 6238, appendix B, the last six of eight digits; RFC 4226, appendix D, has the same secret.
        let secret = b"12345678901234567890";
        for (seconds, expected) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(code(secret, step(seconds * 1000)), expected, "{seconds}");
        }
        assert_eq!(code(secret, 0), "755224");
        assert_eq!(code(secret, 9), "520489");
    }

    #[test]
    fn a_code_is_taken_one_step_early_and_late_and_no_further() {
        let secret = [7; SECRET];
        let now = 1_795_316_400_000;
        for (steps, taken) in [(-2, false), (-1, true), (0, true), (1, true), (2, false)] {
            let typed = code(&secret, step(now) + steps);
            assert_eq!(matches(&secret, &typed, now), taken.then_some(step(now) + steps), "{steps}");
        }
        assert_eq!(matches(&secret, "", now), None);
    }

    #[test]
    fn secrets_are_written_as_apps_read_them() {
        // RFC 4648 §10, without the padding.
        for (text, expected) in [("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foob", "MZXW6YQ"), ("foobar", "MZXW6YTBOI")] {
            assert_eq!(base32(text.as_bytes()), expected);
        }
        assert_eq!(
            address("みどり", "a b@example.jp", b"foobar"),
            "otpauth://totp/%E3%81%BF%E3%81%A9%E3%82%8A:a%20b%40example.jp?secret=MZXW6YTBOI\
             &issuer=%E3%81%BF%E3%81%A9%E3%82%8A"
        );
    }
}
