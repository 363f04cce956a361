//! A person's lists as CSV: out, safe against formulas in spreadsheets, and in again, all of it or nothing.

use controls::lists::{Entry, EntryAction, Pattern};
use jiff::tz::TimeZone;
use message::UnixMillis;
use policy::Layer;

use crate::language::Words;
use crate::moment;
use crate::operator::exchange::harmless;
use crate::operator::import::decode;
use crate::problem::Problem;
use crate::subscriber::lists::List;

/// The columns, in this order.
pub const COLUMNS: [&str; 6] = ["list", "entry", "even_if_unverified", "then", "expires", "note"];
/// Lines that are read: more is a mistake, and would only be refused one by one.
const LINES: usize = 10_000;

/// Both lists.
pub fn write(layer: &Layer, zone: &TimeZone) -> Result<Vec<u8>, Problem> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let fault = |fault: csv::Error| Problem::Fault(format!("the export cannot be written: {fault}"));
    writer.write_record(COLUMNS).map_err(fault)?;
    for (list, entries) in [(List::Receive, &layer.receive), (List::Refuse, &layer.refuse)] {
        for entry in entries {
            let fields = [
                list.name().to_owned(),
                entry.pattern.text(),
                if entry.even_if_unverified { "yes".into() } else { String::new() },
                entry.then.map(|then| then.name().to_owned()).unwrap_or_default(),
                entry.expires.map(|at| last_day(at, zone)).unwrap_or_default(),
                entry.note.clone(),
            ];
            writer.write_record(fields.map(|field| harmless(&field))).map_err(fault)?;
        }
    }
    let body = writer.into_inner().map_err(|fault| Problem::Fault(fault.to_string()))?;
    Ok([b"\xEF\xBB\xBF".as_slice(), &body].concat())
}

/// Entries of a file with the lists they are for. A line of one column, without a heading, is an entry of `list`.
pub fn read(bytes: &[u8], list: List, zone: &TimeZone, words: Words) -> Result<Vec<(List, Entry)>, Problem> {
    let text = decode(bytes);
    let mut lines =
        csv::ReaderBuilder::new().flexible(true).has_headers(false).trim(csv::Trim::All).from_reader(text.as_bytes());
    let mut all = Vec::new();
    let mut columns: Option<Vec<String>> = None;
    for (at, record) in lines.records().enumerate() {
        let bad = |what: &str| Problem::BadField(words.say2("import-line", "line", at + 1, "what", words.say(what)));
        let record = record.map_err(|_| bad("import-not-csv"))?;
        if at >= LINES {
            return Err(Problem::BadField(words.say1("lists-too-long", "most", LINES)));
        }
        let heading: Vec<String> = record.iter().map(str::to_lowercase).collect();
        if at == 0 && heading.iter().any(|name| name == "entry") {
            columns = Some(heading);
            continue;
        }
        let field = |name: &str| {
            let place = match &columns {
                Some(columns) => columns.iter().position(|known| known == name),
                None => (name == "entry").then_some(0),
            };
            let value = place.and_then(|at| record.get(at)).unwrap_or_default();
            value.strip_prefix('\'').unwrap_or(value).to_owned()
        };
        let text = field("entry");
        if text.is_empty() {
            continue;
        }
        let pattern = Pattern::parse(&text).filter(|_| text.len() <= 320).ok_or_else(|| bad("field-entry"))?;
        let list = match field("list").as_str() {
            "" => list,
            name => List::of(name).map_err(|_| bad("import-which-list"))?,
        };
        let then = match field("then").as_str() {
            "" => None,
            name => Some(EntryAction::of(name).ok_or_else(|| bad("import-which-action"))?),
        };
        let expires = match field("expires").as_str() {
            "" => None,
            day => Some(end_of(day, zone).ok_or_else(|| bad("field-expires"))?),
        };
        let entry = Entry {
            even_if_unverified: list == List::Receive && field("even_if_unverified") == "yes",
            note: field("note").chars().take(100).collect(),
            expires,
            then: then.filter(|_| list == List::Refuse),
            ..Entry::new(pattern)
        };
        all.push((list, entry));
    }
    Ok(all)
}

/// The last day on which an entry is in force.
pub fn last_day(expires: UnixMillis, zone: &TimeZone) -> String {
    moment::zoned(UnixMillis(expires.0 - 1), zone).date().to_string()
}

/// The end of a day, `2026-12-31`, in the operator's zone.
pub fn end_of(day: &str, zone: &TimeZone) -> Option<UnixMillis> {
    let day: jiff::civil::Date = day.parse().ok()?;
    let next = day.tomorrow().ok()?.to_zoned(zone.clone()).ok()?;
    Some(UnixMillis(next.timestamp().as_millisecond()))
}
