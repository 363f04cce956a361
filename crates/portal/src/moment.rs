//! Points in time as people read them: relative, in the operator's zone, with the full time beside it.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use message::UnixMillis;
use policy::Language;

use crate::language::Words;

/// A point in time in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// `きのう 21:04`, `10:12`, `12 Nov 08:30`.
    pub short: String,
    /// Date, weekday, time to the second, zone.
    pub full: String,
    /// RFC 3339, for `<time datetime>`.
    pub machine: String,
}

/// Puts a point in time into words.
pub fn moment(at: UnixMillis, now: UnixMillis, zone: &TimeZone, words: Words) -> Moment {
    let (then, today) = (zoned(at, zone), zoned(now, zone));
    let clock = format!("{:02}:{:02}", then.hour(), then.minute());
    let days = days_between(then.date(), today.date());
    let short = match days {
        0 => clock.clone(),
        1 => words.say1("time-yesterday", "time", clock.clone()),
        -1 => words.say1("time-tomorrow", "time", clock.clone()),
        _ => format!("{} {clock}", day(then.date(), today.date(), words.0)),
    };
    let full = format!(
        "{} {:02}:{:02}:{:02} {}",
        full_day(then.date(), words.0),
        then.hour(),
        then.minute(),
        then.second(),
        then.strftime("%Z")
    );
    let machine = then.timestamp().to_string();
    Moment { short, full, machine }
}

/// `<time>` with the full time as its title.
pub fn element(at: UnixMillis, now: UnixMillis, zone: &TimeZone, words: Words) -> String {
    let moment = moment(at, now, zone, words);
    format!("<time datetime=\"{}\" title=\"{}\">{}</time>", moment.machine, moment.full, moment.short)
}

/// Whole days from now until then, rounded up; 0 where it is past.
pub fn days_left(until: UnixMillis, now: UnixMillis) -> i64 {
    let left = until.0 - now.0;
    if left <= 0 { 0 } else { (left + 86_399_999) / 86_400_000 }
}

/// The same instant in a zone. What lies beyond the calendar becomes its start.
pub fn zoned(at: UnixMillis, zone: &TimeZone) -> Zoned {
    Timestamp::from_millisecond(at.0).unwrap_or_default().to_zoned(zone.clone())
}

fn days_between(then: Date, today: Date) -> i32 {
    then.until(today).map(|span| span.get_days()).unwrap_or(i32::MAX)
}

fn day(date: Date, today: Date, language: Language) -> String {
    let same_year = date.year() == today.year();
    match (language, same_year) {
        (Language::Ja, true) => format!("{}月{}日", date.month(), date.day()),
        (Language::Ja, false) => format!("{}年{}月{}日", date.year(), date.month(), date.day()),
        (Language::En, true) => date.strftime("%-d %b").to_string(),
        (Language::En, false) => date.strftime("%-d %b %Y").to_string(),
    }
}

fn full_day(date: Date, language: Language) -> String {
    match language {
        Language::Ja => {
            let weekday = ["日", "月", "火", "水", "木", "金", "土"]
                [usize::try_from(date.weekday().to_sunday_zero_offset()).unwrap_or_default()];
            format!("{}年{}月{}日({weekday})", date.year(), date.month(), date.day())
        }
        Language::En => date.strftime("%A, %-d %B %Y").to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> UnixMillis {
        UnixMillis(text.parse::<Timestamp>().map(|t| t.as_millisecond()).unwrap_or_default())
    }

    #[test]
    fn times_are_told_in_the_readers_words_and_the_operators_zone() {
        let tokyo = TimeZone::get("Asia/Tokyo").unwrap_or(TimeZone::UTC);
        let now = at("2026-11-22T03:00:00Z");
        let rows = [
            ("2026-11-22T01:12:00Z", "10:12", "10:12"),
            ("2026-11-21T12:04:00Z", "きのう 21:04", "yesterday 21:04"),
            // Still the 21st in UTC, but yesterday's midnight has passed in Tokyo.
            ("2026-11-21T15:30:00Z", "00:30", "00:30"),
            ("2026-11-03T03:05:00Z", "11月3日 12:05", "3 Nov 12:05"),
            ("2025-12-31T15:00:00Z", "1月1日 00:00", "1 Jan 00:00"),
            ("2025-12-31T14:00:00Z", "2025年12月31日 23:00", "31 Dec 2025 23:00"),
        ];
        for (then, ja, en) in rows {
            assert_eq!(moment(at(then), now, &tokyo, Words(Language::Ja)).short, ja);
            assert_eq!(moment(at(then), now, &tokyo, Words(Language::En)).short, en);
        }
        assert_eq!(
            moment(at("2026-11-21T12:04:05Z"), now, &tokyo, Words(Language::Ja)).full,
            "2026年11月21日(土) 21:04:05 JST"
        );
    }

    #[test]
    fn days_left_are_rounded_up_and_never_negative() {
        let now = UnixMillis(1_000_000_000_000);
        assert_eq!(days_left(UnixMillis(now.0 + 1), now), 1);
        assert_eq!(days_left(UnixMillis(now.0 + 7 * 86_400_000), now), 7);
        assert_eq!(days_left(UnixMillis(now.0 - 5), now), 0);
    }
}
