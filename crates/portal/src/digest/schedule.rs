//! When the next digest is due: at the person's hours by the operator's clock.

use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use message::UnixMillis;
use policy::Digest;

use crate::moment::zoned;

/// Days that are looked through: four weeks between two, and the days of the week over that.
const DAYS: i32 = 28 + 7 + 1;

/// The first time after `after`; `None` where nothing is sent at hours.
pub fn next(choice: &Digest, zone: &TimeZone, after: UnixMillis) -> Option<UnixMillis> {
    let Digest::Every { hours, at, days, .. } = choice else { return None };
    let today = zoned(after, zone).date();
    for ahead in 0..DAYS {
        let date = today.checked_add(ahead.days()).ok()?;
        if !falls_on(date, *hours, days) {
            continue;
        }
        for hour in hours_of(*hours, *at) {
            // An hour that a day does not have (the clock goes forward) is the one after it.
            let then = date.at(hour, 0, 0, 0).to_zoned(zone.clone()).ok()?.timestamp().as_millisecond();
            if then > after.0 {
                return Some(UnixMillis(then));
            }
        }
    }
    None
}

/// Hours of one day, in order.
fn hours_of(every: u16, at: u8) -> Vec<i8> {
    let every = every.clamp(1, 24);
    let first = u16::from(at) % every;
    (first..24).step_by(usize::from(every)).filter_map(|hour| i8::try_from(hour).ok()).collect()
}

/// Whether one is sent on a date. Every so many days is counted from a Monday, or from the first day that was chosen.
fn falls_on(date: Date, every: u16, days: &[u8]) -> bool {
    let weekday = u8::try_from(date.weekday().to_monday_one_offset()).unwrap_or_default();
    let period = i64::from(every / 24);
    if period <= 1 {
        return days.is_empty() || days.contains(&weekday);
    }
    let first = i64::from(days.first().copied().unwrap_or(1)) - 1;
    // 5 January 1970 was a Monday.
    let since = Date::constant(1970, 1, 5).until(date).map(|span| i64::from(span.get_days())).unwrap_or_default();
    (since - first).rem_euclid(period) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(hours: u16, at: u8, days: &[u8]) -> Digest {
        Digest::Every { hours, at, days: days.to_vec(), also_empty: false }
    }

    fn at(text: &str) -> UnixMillis {
        UnixMillis(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
    }

    fn told(choice: &Digest, zone: &str, after: &str) -> String {
        let zone = TimeZone::get(zone).unwrap();
        let next = next(choice, &zone, at(after)).unwrap();
        zoned(next, &zone).strftime("%a %Y-%m-%d %H:%M").to_string()
    }

    #[test]
    fn digests_come_at_the_hours_of_the_operators_clock() {
        // Monday, 23 November 2026, noon in Tokyo.
        let noon = "2026-11-23T03:00:00Z";
        let rows = [
            (choice(24, 7, &[]), "Tue 2026-11-24 07:00"),
            (choice(24, 13, &[]), "Mon 2026-11-23 13:00"),
            (choice(24, 12, &[]), "Tue 2026-11-24 12:00"),
            (choice(6, 7, &[]), "Mon 2026-11-23 13:00"),
            (choice(1, 0, &[]), "Mon 2026-11-23 13:00"),
            (choice(24, 7, &[6, 7]), "Sat 2026-11-28 07:00"),
            (choice(24, 7, &[1]), "Mon 2026-11-30 07:00"),
            (choice(168, 7, &[]), "Mon 2026-11-30 07:00"),
            (choice(168, 7, &[5]), "Fri 2026-11-27 07:00"),
        ];
        for (choice, expected) in rows {
            assert_eq!(told(&choice, "Asia/Tokyo", noon), expected, "{choice:?}");
        }
        for off in [Digest::Off, Digest::EachMessage] {
            assert_eq!(next(&off, &TimeZone::UTC, at(noon)), None);
        }
    }

    #[test]
    fn a_day_of_23_or_25_hours_has_one_digest() {
        let daily = choice(24, 2, &[]);
        // In New York 02:00 of 14 March 2027 does not exist, and 01:00 of 7 November 2027 is twice.
        assert_eq!(told(&daily, "America/New_York", "2027-03-14T05:00:00Z"), "Sun 2027-03-14 03:00");
        assert_eq!(told(&daily, "America/New_York", "2027-03-14T07:00:00Z"), "Mon 2027-03-15 02:00");
        let once = choice(24, 1, &[]);
        assert_eq!(told(&once, "America/New_York", "2027-11-07T05:00:00Z"), "Mon 2027-11-08 01:00");
    }

    #[test]
    fn every_choice_that_can_be_stored_has_a_next_time() {
        for hours in (1..=24).chain((48..=policy::digest::EVERY_LIMIT).step_by(24)) {
            let choice = choice(hours, 23, &[7]);
            if choice.check().is_ok() {
                assert!(next(&choice, &TimeZone::UTC, at("2026-11-23T03:00:00Z")).is_some(), "{hours}");
            }
        }
    }
}
