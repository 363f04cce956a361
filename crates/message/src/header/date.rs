//! Dates of header fields (RFC 5322 §3.3, and §4.3 as older programs write them).

use crate::UnixMillis;

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// Reads a date in any of the forms that mail programs write. `None` where day, month, year or hour is missing.
pub(super) fn parse(text: &str) -> Option<UnixMillis> {
    let text = without_comments(text);
    let mut day = None;
    let mut month = None;
    let mut year = None;
    let mut time = None;
    let mut zone = None;
    for token in text.split(|c: char| c.is_whitespace() || c == ',').filter(|token| !token.is_empty()) {
        if token.contains(':') && time.is_none() {
            let (clock, rest) = split_clock(token);
            time = clock_seconds(clock);
            zone = zone.or_else(|| zone_minutes(rest));
        } else if time.is_some() && zone.is_none() && zone_minutes(token).is_some() {
            zone = zone_minutes(token);
        } else if let Some(found) = month_number(token) {
            month = month.or(Some(found));
        } else if token.contains('-') && month.is_none() {
            (day, month, year) = dashed(token)?;
        } else if let Ok(number) = token.parse::<i64>() {
            if day.is_none() && token.len() <= 2 {
                day = Some(number);
            } else if year.is_none() {
                year = Some(full_year(number, token.len()));
            }
        }
    }
    let days = days_since_epoch(year?, month?, day?)?;
    let seconds = days * 86_400 + time? - zone.unwrap_or(0) * 60;
    Some(UnixMillis(seconds * 1000))
}

/// `10-Jan-2026` and `2026-01-10`.
fn dashed(token: &str) -> Option<(Option<i64>, Option<i64>, Option<i64>)> {
    let mut parts = token.splitn(3, '-');
    let (first, second, third) = (parts.next()?, parts.next()?, parts.next()?);
    let third = third.split('T').next()?;
    if let Some(month) = month_number(second) {
        return Some((first.parse().ok(), Some(month), third.parse().ok().map(|year| full_year(year, third.len()))));
    }
    Some((third.parse().ok(), second.parse().ok(), first.parse().ok()))
}

/// RFC 5322 §4.3: two digits under 50 are this century, three digits count from 1900.
fn full_year(number: i64, digits: usize) -> i64 {
    match digits {
        0..=2 if number < 50 => 2000 + number,
        0..=3 => 1900 + number,
        _ => number,
    }
}

fn month_number(token: &str) -> Option<i64> {
    let start = token.get(..3)?;
    if !token.bytes().all(|octet| octet.is_ascii_alphabetic() || octet == b'.') {
        return None;
    }
    let index = MONTHS.iter().position(|month| month.eq_ignore_ascii_case(start))?;
    i64::try_from(index + 1).ok()
}

/// `12:00:00+0900` is a clock and a zone in one.
fn split_clock(token: &str) -> (&str, &str) {
    match token.find(|c: char| !(c.is_ascii_digit() || c == ':' || c == '.')) {
        Some(at) => token.split_at(at),
        None => (token, ""),
    }
}

fn clock_seconds(clock: &str) -> Option<i64> {
    let mut parts = clock.split(':').map(|part| part.split('.').next().unwrap_or(part).parse::<i64>());
    let hours = parts.next()?.ok()?;
    let minutes = parts.next()?.ok()?;
    let seconds = parts.next().and_then(Result::ok).unwrap_or(0);
    let fine = (0..24).contains(&hours) && (0..60).contains(&minutes) && (0..=60).contains(&seconds);
    fine.then_some(hours * 3600 + minutes * 60 + seconds)
}

/// Minutes east of UTC. Unknown names and the military letters are UTC (RFC 5322 §4.3).
fn zone_minutes(token: &str) -> Option<i64> {
    let token = token.trim_matches('"');
    if let Some(sign) = token.strip_prefix('+').map(|_| 1).or_else(|| token.strip_prefix('-').map(|_| -1)) {
        let digits: String = token.chars().filter(char::is_ascii_digit).take(4).collect();
        if digits.len() < 4 {
            return digits.parse::<i64>().ok().map(|hours| sign * hours * 60);
        }
        let number = digits.parse::<i64>().ok()?;
        return Some(sign * (number / 100 * 60 + number % 100));
    }
    let name = token.to_ascii_uppercase();
    let hours = match name.as_str() {
        "UT" | "GMT" | "UTC" | "Z" => 0,
        "EST" | "CDT" => -5,
        "EDT" => -4,
        "CST" | "MDT" => -6,
        "MST" | "PDT" => -7,
        "PST" => -8,
        "JST" => 9,
        "CET" | "MET" => 1,
        "CEST" | "MEST" => 2,
        "BST" => 1,
        _ if token.len() <= 5 && !token.is_empty() && token.bytes().all(|octet| octet.is_ascii_alphabetic()) => 0,
        _ => return None,
    };
    Some(hours * 60)
}

/// Days since 1970-01-01 in the Gregorian calendar; `None` where the day does not exist.
fn days_since_epoch(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=last).contains(&day) || !(1..=9999).contains(&year) {
        return None;
    }
    // Counting years from March makes the leap day the last of the year.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * month + 2) / 5 + day - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

fn without_comments(text: &str) -> String {
    let mut depth = 0usize;
    text.chars()
        .filter(|&c| {
            match c {
                '(' => depth += 1,
                ')' => {
                    depth = depth.saturating_sub(1);
                    return false;
                }
                _ => {}
            }
            depth == 0
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_in_the_forms_mail_has() {
        // 2026-11-22T08:04:04Z
        let at = Some(UnixMillis(1_795_334_644_000));
        for text in [
            "Sun, 22 Nov 2026 17:04:04 +0900",
            "22 Nov 2026 17:04:04 +0900 (JST)",
            "Sun, 22 Nov 26 08:04:04 GMT",
            "Sun Nov 22 08:04:04 2026",
            "Sun, 22 Nov 2026 03:04:04 EST",
            "Sun,22 Nov 2026 17:04:04+0900",
            "22-Nov-2026 08:04:04",
            "2026-11-22 08:04:04",
            "Sun, (a comment) 22 November 2026 08:04:04 -0000",
        ] {
            assert_eq!(parse(text), at, "{text}");
        }
        assert_eq!(parse("Thu, 1 Jan 1970 00:00:00 +0000"), Some(UnixMillis(0)));
        assert_eq!(parse("Thu, 29 Feb 2024 00:00:00 +0000"), Some(UnixMillis(1_709_164_800_000)));
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in ["", "yesterday", "31 Feb 2026 00:00:00 +0000", "22 Nov 2026", "22 Nov 2026 25:00:00", "-:-"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
