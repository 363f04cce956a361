//! Dates of header fields, as leniently as SpamAssassin reads them.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::text::{collapsed, own, string};

static DAY_FIRST: LazyLock<Regex> =
    LazyLock::new(|| own(r"(?i) (\d+) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) (\d{4}) "));
static MONTH_FIRST: LazyLock<Regex> =
    LazyLock::new(|| own(r"(?i) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) +(\d+) \d+:\d+:\d+ (\d{4}) "));
static SHORT_YEAR: LazyLock<Regex> =
    LazyLock::new(|| own(r"(?i) (\d+) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) (\d{2,3}) "));
static TIME: LazyLock<Regex> = LazyLock::new(|| own(r" (\d?\d):(\d\d)(?::(\d\d))? "));
static OFFSET: LazyLock<Regex> = LazyLock::new(|| own(r" ([-+])(\d\d)(\d\d) "));
static ZONE: LazyLock<Regex> = LazyLock::new(|| own(r"\b([A-Z]{2,4}(?:-DST)?)\b"));

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// Zones by name, in hours and minutes east.
const ZONES: [(&str, i64); 49] = [
    ("UT", 0),
    ("UTC", 0),
    ("NDT", -230),
    ("AST", -400),
    ("ADT", -300),
    ("NST", -330),
    ("EST", -500),
    ("EDT", -400),
    ("CST", -600),
    ("CDT", -500),
    ("MST", -700),
    ("MDT", -600),
    ("PST", -800),
    ("PDT", -700),
    ("HST", -1000),
    ("AKST", -900),
    ("AKDT", -800),
    ("HADT", -900),
    ("HAST", -1000),
    ("GMT", 0),
    ("BST", 100),
    ("IST", 100),
    ("WET", 0),
    ("WEST", 100),
    ("CET", 100),
    ("CEST", 200),
    ("EET", 200),
    ("EEST", 300),
    ("MSK", 300),
    ("MSD", 400),
    ("MET", 100),
    ("MEZ", 100),
    ("MEST", 200),
    ("MESZ", 200),
    ("BRST", -200),
    ("BRT", -300),
    ("AEST", 1000),
    ("AEDT", 1100),
    ("ACST", 930),
    ("ACDT", 1030),
    ("AWST", 800),
    ("NZST", 1200),
    ("NZDT", 1300),
    ("JST", 900),
    ("KST", 900),
    ("HKT", 800),
    ("SGT", 800),
    ("PHT", 800),
    ("IDT", 300),
];

/// Seconds since 1970.
pub(crate) fn parse(written: &[u8]) -> Option<i64> {
    let spaced: Vec<u8> =
        written.iter().flat_map(|&octet| if octet == b',' { vec![b',', b' '] } else { vec![octet] }).collect();
    let mut text = collapsed(&[b" ", spaced.as_slice(), b" "].concat());
    let group = |found: &regex::bytes::Captures<'_>, number: usize| {
        found.get(number).map_or_else(String::new, |group| string(group.as_bytes()))
    };
    let (day, month, year, range) = if let Some(found) = DAY_FIRST.captures(&text) {
        (group(&found, 1), group(&found, 2), group(&found, 3), found.get(0).map(|all| all.range()))
    } else if let Some(found) = MONTH_FIRST.captures(&text) {
        (group(&found, 2), group(&found, 1), group(&found, 3), None)
    } else {
        let found = SHORT_YEAR.captures(&text)?;
        (group(&found, 1), group(&found, 2), group(&found, 3), found.get(0).map(|all| all.range()))
    };
    let number: i64 = year.parse().ok()?;
    let mut year = match year.len() {
        2 if number < 50 => number + 2000,
        4 => number,
        _ => number + 1900,
    };
    if let Some(range) = range {
        text.splice(range, *b" ");
    }
    let mut month = MONTHS.iter().position(|name| *name == month.to_ascii_lowercase())? as i64 + 1;
    let mut day: i64 = day.parse().ok()?;
    let time = TIME.captures(&text).map(|found| {
        let part = |number: usize, most: i64| group(&found, number).parse::<i64>().unwrap_or(0).min(most);
        (part(1, 23) * 60 + part(2, 59)) * 60 + part(3, 59)
    });
    if let Some(range) = TIME.find(&text).map(|found| found.range()) {
        text.splice(range, *b" ");
    }
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    };
    if day > days {
        day = 1;
        month += 1;
        if month > 12 {
            month = 1;
            year += 1;
        }
    }
    let seconds = days_since_1970(year.clamp(1970, 2037), month, day) * 86_400 + time.unwrap_or(0);
    Some((seconds - offset(&text) * 60).max(0))
}

/// Minutes east.
fn offset(text: &[u8]) -> i64 {
    if let Some(found) = OFFSET.captures(text) {
        let part = |number: usize| found.get(number).and_then(|part| string(part.as_bytes()).parse::<i64>().ok());
        let minutes = part(2).unwrap_or(0) * 60 + part(3).unwrap_or(0);
        return if found.get(1).is_some_and(|sign| sign.as_bytes() == b"-") { -minutes } else { minutes };
    }
    let name = ZONE.find(text).map(|found| string(found.as_bytes()));
    let zone = name.and_then(|name| ZONES.iter().find(|(known, _)| *known == name));
    zone.map_or(0, |(_, offset)| offset / 100 * 60 + offset % 100)
}

fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month <= 2 { (year - 1, month + 9) } else { (year, month - 3) };
    let era = year / 400;
    let of_era = year % 400;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + (month * 153 + 2) / 5 + day - 719_469
}
