//! `sekisho list-import`: entries of many people's lists. Every line is read before anything is taken in; then each person's
//! lines go in as a whole, as a version of their settings that they can undo.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use csv::StringRecord;
use jiff::tz::TimeZone;
use message::Address;
use policy::Language;
use portal::language::Words;
use portal::problem::Problem;
use portal::subscriber::list_file;
use portal::subscriber::lists::List;
use serde_json::json;

use super::ask::{of_reader, read};
use super::import::{FAULTS, text};
use super::progress::Progress;
use crate::arguments::File;
use crate::control::Request;
use crate::control::client::Hand;
use crate::terminal;

/// Lines of the file by person, each with its number.
type People = BTreeMap<String, Vec<(u64, StringRecord)>>;

/// Reads, looks, takes in.
pub async fn run(list: &Path, reason: String, check: bool, json: bool, file: &File) -> Result<(), String> {
    let bytes = read(list).map_err(|fault| format!("{}: {fault}", list.display()))?;
    let began = Instant::now();
    let (header, people) = sorted(&text(&bytes))?;
    looked_at(&header, &people)?;
    let entries: usize = people.values().map(Vec::len).sum();
    if !check {
        let configuration = super::configuration(file)?;
        let mut hand = Hand::reach(&configuration).await?;
        let outcome = taken_in(&mut hand, &header, &people, &reason).await;
        hand.done().await;
        outcome?;
    }
    let (count, seconds) = (people.len(), began.elapsed().as_secs_f64());
    if json {
        let told = json!({"entries": entries, "people": count, "taken_in": !check, "seconds": seconds});
        terminal::line(told.to_string());
    } else if check {
        terminal::line(format!("{entries} entries of {count} people can be read; nothing was taken in"));
    } else {
        terminal::line(format!("{entries} entries of {count} people taken in, in {seconds:.0} s"));
    }
    Ok(())
}

/// The heading without `login`, and the lines by person.
fn sorted(text: &str) -> Result<(StringRecord, People), String> {
    let mut lines = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes());
    let header = lines.headers().map_err(|bad| format!("line 1: {bad}"))?.clone();
    let login = header.iter().position(|name| name.eq_ignore_ascii_case("login"));
    let login =
        login.ok_or_else(|| format!("line 1: needs the column login, beside {}", list_file::COLUMNS.join(", ")))?;
    let rest = |record: &StringRecord| -> StringRecord {
        record.iter().enumerate().filter(|(at, _)| *at != login).map(|(_, field)| field).collect()
    };
    let mut people: People = BTreeMap::new();
    for record in lines.records() {
        let record = record.map_err(|fault| format!("nothing was taken in: {fault}"))?;
        let line = record.position().map_or(0, csv::Position::line);
        let whose = record.get(login).unwrap_or_default().trim_start_matches('\'');
        let whose =
            Address::parse(whose).map_err(|bad| format!("nothing was taken in: {line}: login {whose}: {bad}"))?;
        people.entry(whose.key()).or_default().push((line, rest(&record)));
    }
    if people.is_empty() { Err("there is nobody in this list".into()) } else { Ok((rest(&header), people)) }
}

/// Reads every line as it is going to be read; the time zone does not matter for that.
fn looked_at(header: &StringRecord, people: &People) -> Result<(), String> {
    let mut progress = Progress::new("looking", people.len());
    let words = Words(Language::of(&of_reader(None)));
    let mut faults = Vec::new();
    for lines in people.values() {
        let whole = csv_of(header, lines)?;
        if list_file::read(&whole, List::Refuse, &TimeZone::UTC, words).is_err() {
            for line in lines {
                let alone = csv_of(header, std::slice::from_ref(line))?;
                if let Err(problem) = list_file::read(&alone, List::Refuse, &TimeZone::UTC, words) {
                    faults.push(format!("{}: {}", line.0, said(&problem)));
                }
            }
        }
        if faults.len() >= FAULTS {
            break;
        }
        progress.add(1);
    }
    progress.end();
    faults.truncate(FAULTS);
    if faults.is_empty() {
        Ok(())
    } else {
        Err(format!("nothing was taken in; line, what is wrong:\n{}", faults.join("\n")))
    }
}

fn said(problem: &Problem) -> String {
    match problem {
        // It begins with the line of what was read, which was this one alone.
        Problem::BadField(text) => text.split_once(": ").map_or(text.as_str(), |(_, rest)| rest).to_owned(),
        other => format!("{other:?}"),
    }
}

fn csv_of(header: &StringRecord, lines: &[(u64, StringRecord)]) -> Result<Vec<u8>, String> {
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    let bad = |fault: csv::Error| fault.to_string();
    writer.write_record(header).map_err(bad)?;
    for (_, record) in lines {
        writer.write_record(record).map_err(bad)?;
    }
    writer.into_inner().map_err(|fault| fault.to_string())
}

async fn taken_in(hand: &mut Hand, header: &StringRecord, people: &People, reason: &str) -> Result<(), String> {
    let mut progress = Progress::new("taking in", people.len());
    for (done, (login, lines)) in people.iter().enumerate() {
        let request = Request::Call {
            operation: "list-import".into(),
            person: Some(login.clone()),
            ground: String::new(),
            reason: reason.to_owned(),
            version: None,
            fields: vec![("list".into(), "refuse".into())],
            language: of_reader(None),
        };
        let response = hand.ask(request, csv_of(header, lines)?).await?;
        if !response.ok {
            let line = lines.first().map_or(0, |(line, _)| *line);
            return Err(format!(
                "stopped after {done} of {} people, whose entries are in; the same list again changes nothing of them: \
                 {login} (line {line}): {}",
                people.len(),
                super::call::problem(&response.text)
            ));
        }
        progress.add(1);
    }
    progress.end();
    Ok(())
}
