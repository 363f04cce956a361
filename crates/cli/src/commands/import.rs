//! `sekisho subscriber-import`: a list of any length. It is looked at as a whole before anything is taken in, and taken in
//! in parts, each of which is there as a whole; the same list again goes on where the last one stopped.

use std::collections::HashMap;
use std::path::Path;
use std::time::Instant;

use message::{Address, charset};
use serde_json::json;

use super::ask::{of_reader, read};
use super::progress::Progress;
use crate::arguments::File;
use crate::control::Request;
use crate::control::client::Hand;
use crate::terminal;

/// Lines of one part.
const PART: usize = 5_000;
/// Faults that are told.
pub(super) const FAULTS: usize = 50;

/// A part of the list: its CSV with the heading, how many lines of data it has, and how many stand before it.
struct Part {
    csv: Vec<u8>,
    count: usize,
    before: u64,
}

/// Reads, looks, takes in.
pub async fn run(list: &Path, check: bool, json: bool, file: &File) -> Result<(), String> {
    let bytes = read(list).map_err(|fault| format!("{}: {fault}", list.display()))?;
    let began = Instant::now();
    let parts = parts(&text(&bytes))?;
    drop(bytes);
    let count: usize = parts.iter().map(|part| part.count).sum();
    let configuration = super::configuration(file)?;
    let mut hand = Hand::reach(&configuration).await?;
    let outcome = both(&mut hand, &parts, count, check).await;
    hand.done().await;
    let new = outcome?;
    let seconds = began.elapsed().as_secs_f64();
    match (json, check) {
        (true, _) => {
            terminal::line(json!({"rows": count, "new": new, "taken_in": !check, "seconds": seconds}).to_string())
        }
        (false, true) => terminal::line(format!("{count} lines, nothing wrong with them; nothing was taken in")),
        (false, false) => terminal::line(format!("{count} lines taken in, {new} of them new, in {seconds:.0} s")),
    }
    Ok(())
}

async fn both(hand: &mut Hand, parts: &[Part], count: usize, check: bool) -> Result<u64, String> {
    let mut faults = Vec::new();
    let mut progress = Progress::new("looking", count);
    for part in parts {
        let response = hand.ask(request(part, true), part.csv.clone()).await?;
        if !response.ok {
            faults.extend(response.text.lines().map(str::to_owned));
        }
        if faults.len() >= FAULTS {
            break;
        }
        progress.add(part.count);
    }
    progress.end();
    if !faults.is_empty() {
        faults.truncate(FAULTS);
        return Err(format!("nothing was taken in; line, column, what is wrong:\n{}", faults.join("\n")));
    }
    if check {
        return Ok(0);
    }
    let (mut new, mut done) = (0_u64, 0_usize);
    let mut progress = Progress::new("taking in", count);
    for part in parts {
        let stopped = |why: &str| {
            format!(
                "stopped after {done} of {count} lines, which are in; the same list again goes on from there: {why}"
            )
        };
        let response = hand.ask(request(part, false), part.csv.clone()).await.map_err(|why| stopped(&why))?;
        if !response.ok {
            return Err(stopped(&response.text));
        }
        new += response.outcome.parse::<u64>().unwrap_or(0);
        done += part.count;
        progress.add(part.count);
    }
    progress.end();
    Ok(new)
}

fn request(part: &Part, check: bool) -> Request {
    Request::SubscriberImport { before: part.before, check, language: of_reader(None) }
}

/// UTF-8, or else Shift_JIS, as spreadsheets in Japan write it.
pub(super) fn text(bytes: &[u8]) -> String {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => charset::decode(bytes, Some("shift_jis")).text,
    }
}

/// Cuts the list at its lines. An address that stands on two of them is found here: no part sees the others.
fn parts(text: &str) -> Result<Vec<Part>, String> {
    let mut lines = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes());
    let header = lines.headers().map_err(|bad| format!("line 1: {bad}"))?.clone();
    let wanted = |name: &str| header.iter().position(|known| known.eq_ignore_ascii_case(name));
    let columns: Vec<usize> = ["login", "addresses", "aliases"].iter().filter_map(|name| wanted(name)).collect();
    let mut seen: HashMap<String, u64> = HashMap::new();
    let (mut parts, mut twice) = (Vec::new(), Vec::new());
    let mut writer = csv::Writer::from_writer(Vec::new());
    let (mut count, mut first) = (0, 0_u64);
    let bad = |fault: csv::Error| fault.to_string();
    for record in lines.records() {
        let record = record.map_err(|fault| format!("nothing was taken in: {fault}"))?;
        let line = record.position().map_or(0, csv::Position::line);
        let named = columns.iter().filter_map(|at| record.get(*at)).flat_map(|field| field.split([';', ' ']));
        for address in named.filter_map(|text| Address::parse(text.trim_start_matches('\'')).ok()) {
            if let Some(other) = seen.insert(address.key(), line).filter(|other| *other != line) {
                twice.push(format!("{line}: {address} stands on line {other} too"));
            }
        }
        if count == 0 {
            first = line;
            writer.write_record(&header).map_err(bad)?;
        }
        writer.write_record(&record).map_err(bad)?;
        count += 1;
        if count == PART {
            parts.push(end(std::mem::replace(&mut writer, csv::Writer::from_writer(Vec::new())), count, first)?);
            count = 0;
        }
    }
    if count > 0 {
        parts.push(end(writer, count, first)?);
    }
    if !twice.is_empty() {
        twice.truncate(FAULTS);
        return Err(format!("nothing was taken in; line, what is wrong:\n{}", twice.join("\n")));
    }
    if parts.is_empty() { Err("there is nobody in this list".into()) } else { Ok(parts) }
}

/// The first line of data of a part is its line 2; `before` makes it the line of the file.
fn end(writer: csv::Writer<Vec<u8>>, count: usize, first: u64) -> Result<Part, String> {
    let csv = writer.into_inner().map_err(|fault| fault.to_string())?;
    Ok(Part { csv, count, before: first.saturating_sub(2) })
}
