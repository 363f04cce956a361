//! Functions that compare the times a message tells (HeaderEval).

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::{Call, Row};
use crate::view::View;
use crate::view::date;
use crate::view::text::{own, string};

pub(super) const ROWS: &[Row] =
    &[("check_for_shifted_date", shifted_date, None), ("check_outlook_message_id", outlook_message_id, None)];

static LOCAL: LazyLock<Regex> =
    LazyLock::new(|| own(r"\bfrom (?:localhost\s|(?:\S+ ){1,2}\S*\b127\.0\.0\.1\b)|qmail \d+ invoked by uid \d+"));
static FETCHED: LazyLock<Regex> = LazyLock::new(|| own(r"\bby localhost with \w+ \(fetchmail-[\d.]+"));
static DATE: LazyLock<Regex> = LazyLock::new(|| own(r"(\s.?\d+ \S\S\S \d+ \d+:\d+:\d+ \S+)"));
static OUTLOOK: LazyLock<Regex> = LazyLock::new(|| own(r"^<[0-9a-f]{4}([0-9a-f]{8})\$[0-9a-f]{8}\$[0-9a-f]{8}@"));

fn header_time(view: &View<'_>) -> Option<i64> {
    let times = ["Resent-Date", "Date"].map(|name| view.get(name));
    times.iter().flat_map(|values| values.iter()).find_map(|value| date::parse(value))
}

fn received_times(view: &View<'_>) -> Vec<i64> {
    let all = view.get("Received");
    let mut fields: Vec<&[u8]> = all.iter().map(Vec::as_slice).collect();
    let is_local = fields.first().is_some_and(|field| LOCAL.is_match(field));
    let next = fields.get(usize::from(is_local));
    if next.is_some_and(|field| FETCHED.is_match(field)) {
        fields.drain(..=usize::from(is_local));
    }
    let dates = fields.iter().filter_map(|field| DATE.captures(field)?.get(1));
    dates.filter_map(|found| date::parse(found.as_bytes())).collect()
}

/// Seconds by which Date is ahead of the Received field nearest to it.
fn shift(view: &View<'_>) -> i64 {
    let mut differences: Vec<i64> = match header_time(view) {
        Some(time) => received_times(view).into_iter().map(|received| time - received).collect(),
        None => Vec::new(),
    };
    if differences.len() > 1 && differences.last() == Some(&0) {
        differences.pop();
    }
    differences.into_iter().min_by_key(|difference| difference.abs()).unwrap_or(0)
}

fn shifted_date(view: &View<'_>, call: &Call) -> bool {
    let seconds = *view.shift.get_or_init(|| shift(view));
    call.is_within(seconds as f64 / 3600.0, 0, 1)
}

fn outlook_message_id(view: &View<'_>, _: &Call) -> bool {
    /// What one second is in Outlook's count, where its count began, and what may be off.
    const SCALE: f64 = 0.002_328_306_436_538_7;
    const START: f64 = 27_111_902.832_984_9;
    const FUDGE: f64 = 250.0;
    let id = view.value("MESSAGEID");
    let Some(token) = OUTLOOK.captures(&id).and_then(|found| Some(string(found.get(1)?.as_bytes()))) else {
        return false;
    };
    let Ok(token) = u32::from_str_radix(&token, 16) else { return false };
    let is_off = |time: i64| (f64::from(token) - (time as f64 * SCALE + START).trunc()).abs() >= FUDGE;
    if !is_off(date::parse(&view.value("Date")).unwrap_or(0)) {
        return false;
    }
    // SpamAssassin reads a date out of all Received fields together.
    is_off(date::parse(&view.value("Received")).unwrap_or(0))
}
