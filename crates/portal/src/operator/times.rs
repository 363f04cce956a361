//! Times as staff type them: `2026-11-22 10:05`, `11/22 10:05`, `10:05`, `2026-11-22`.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use message::UnixMillis;

use crate::moment::zoned;

/// Minutes around a typed time that are searched.
const AROUND: i64 = 5 * 60_000;
const DAY: i64 = 86_400_000;

/// From and until, where the text is a time: a minute means five minutes around it, a day the whole day.
pub fn span(text: &str, now: UnixMillis, zone: &TimeZone) -> Option<(UnixMillis, UnixMillis)> {
    let today = zoned(now, zone).date();
    let text = text.trim().replace('T', " ").replace('/', "-");
    let (day, time) = match text.split_once(' ') {
        Some((day, time)) => (read_day(day, today)?, Some(read_time(time)?)),
        None if text.contains(':') && text.matches(':').count() <= 2 && !text.contains("::") => {
            (today, Some(read_time(&text)?))
        }
        None => (read_day(&text, today)?, None),
    };
    let at = DateTime::from_parts(day, time.unwrap_or(Time::midnight()));
    let start = at.to_zoned(zone.clone()).ok()?.timestamp().as_millisecond();
    Some(match time {
        Some(_) => (UnixMillis(start - AROUND), UnixMillis(start + AROUND)),
        None => (UnixMillis(start), UnixMillis(start + DAY)),
    })
}

fn read_day(text: &str, today: Date) -> Option<Date> {
    let numbers: Vec<i16> = text.split('-').map(str::parse).collect::<Result<_, _>>().ok()?;
    match numbers[..] {
        [year, month, day] if year > 1999 => Date::new(year, month.try_into().ok()?, day.try_into().ok()?).ok(),
        [month, day] => Date::new(today.year(), month.try_into().ok()?, day.try_into().ok()?).ok(),
        _ => None,
    }
}

fn read_time(text: &str) -> Option<Time> {
    let numbers: Vec<i8> = text.split(':').map(str::parse).collect::<Result<_, _>>().ok()?;
    match numbers[..] {
        [hour, minute] | [hour, minute, _] => Time::new(hour, minute, 0, 0).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_staff_type_them_and_nothing_else_is() {
        let tokyo = TimeZone::get("Asia/Tokyo").unwrap_or(TimeZone::UTC);
        let now = UnixMillis("2026-11-22T03:00:00Z".parse::<jiff::Timestamp>().map_or(0, |t| t.as_millisecond()));
        let at = |text: &str| text.parse::<jiff::Timestamp>().map_or(0, |t| t.as_millisecond());
        for (text, centre) in [
            ("2026-11-22 10:05", "2026-11-22T01:05:00Z"),
            ("2026/11/21 23:59", "2026-11-21T14:59:00Z"),
            ("11/22 10:05:30", "2026-11-22T01:05:00Z"),
            ("10:05", "2026-11-22T01:05:00Z"),
        ] {
            let found = span(text, now, &tokyo);
            assert_eq!(found, Some((UnixMillis(at(centre) - AROUND), UnixMillis(at(centre) + AROUND))), "{text}");
        }
        assert_eq!(span("2026-11-22", now, &tokyo).map(|(from, _)| from.0), Some(at("2026-11-21T15:00:00Z")));
        for text in
            ["hanako@example.jp", "192.0.2.1", "2001:db8::1", "7K3Q-92MX-4TDA", "", "25:00", "2026-13-01", "a b"]
        {
            assert_eq!(span(text, now, &tokyo), None, "{text}");
        }
    }
}
