//! The bulk guard's count (SUB-09): copies that one sender sent today, by the calendar of the operator's zone.
//!
//! Taken from the durable counters for each recipient, and given back where the recipient has to wait and the same message
//! comes again.

use controls::Mode;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use message::{Envelope, UnixMillis};
use policy::Settings;
use policy::profile::BulkGuard;
use store::counters::Limit;
use store::{OperatorId, StoreError};

use crate::directory::Directory;
use crate::judge::Judged;

/// The name of the control.
const CONTROL: &str = "bulk_guard";
/// Longer than any day, the one with 25 hours too; the day itself is in the key.
const WINDOW_MS: i64 = 26 * 3600 * 1000;

/// Takes one; the number of this copy, at most the guard's bound. `None`: this sender is not counted.
pub(crate) async fn take(
    directory: &Directory,
    envelope: &Envelope,
    operator: OperatorId,
    settings: &Settings,
) -> Result<Option<u32>, StoreError> {
    let Some((guard, sender)) = counted(envelope, settings) else { return Ok(None) };
    let key = key(directory, operator, &sender, envelope.received_at).await?;
    let limit = Limit { most: guard.from, window_ms: WINDOW_MS };
    let taken = directory.counters().take(&key, limit, envelope.received_at).await?;
    Ok(Some(taken.count))
}

/// Gives back what was taken for a recipient that has to wait.
pub(crate) async fn give_back(directory: &Directory, envelope: &Envelope, judged: &Judged) -> Result<(), StoreError> {
    let Some((_, sender)) = counted(envelope, &judged.settings) else { return Ok(()) };
    let key = key(directory, judged.recipient.operator, &sender, envelope.received_at).await?;
    directory.counters().refund(&key, envelope.received_at).await
}

/// The guard and the sender's name, where this sender is counted.
fn counted<'s>(envelope: &Envelope, settings: &'s Settings) -> Option<(&'s BulkGuard, String)> {
    let guard = settings.bulk_guard.as_ref()?;
    // What is off, or only looks on, takes nothing.
    if matches!(settings.controls.mode(CONTROL), Mode::Off | Mode::Observe) {
        return None;
    }
    let sender = envelope.mail_from.address()?;
    let named = guard.senders.is_empty() || guard.senders.iter().any(|domain| domain == sender.domain().as_str());
    named.then(|| (guard, sender.key()))
}

async fn key(directory: &Directory, operator: OperatorId, sender: &str, at: UnixMillis) -> Result<String, StoreError> {
    let zone = directory.zone_of(operator).await?;
    Ok(format!("bulk:{}:{}:{sender}", operator.0, day(at, zone)))
}

/// The calendar day in a zone.
fn day(at: UnixMillis, zone: TimeZone) -> jiff::civil::Date {
    let at = Timestamp::from_millisecond(at.0).unwrap_or(Timestamp::UNIX_EPOCH);
    at.to_zoned(zone).date()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_ends_at_midnight_of_the_operators_zone() {
        let tokyo = TimeZone::get("Asia/Tokyo").expect("a zone");
        // 2026-11-22 14:59:59 UTC is one second before midnight in Tokyo.
        let before = UnixMillis(1_795_359_599_000);
        let after = UnixMillis(before.0 + 1_000);
        assert_eq!(day(before, tokyo.clone()).to_string(), "2026-11-22");
        assert_eq!(day(after, tokyo).to_string(), "2026-11-23");
        assert_eq!(day(after, TimeZone::UTC).to_string(), "2026-11-22");
    }
}
