//! The MIME suite: every file is read, and where an expectation lies beside it, it is met or listed.
//!
//! White space is compared as runs. Differences stand in `mime-differences.txt` with their reasons; one that is not
//! listed fails, and one that is listed and no longer occurs fails as well.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use bytes::Bytes;
use message::{Limits, Message};
use serde_json::Value;

use crate::shared::{files, shared};

/// What was compared and how it came out.
#[derive(Default)]
struct Tally {
    met: usize,
    all: usize,
    differences: BTreeMap<String, String>,
}

impl Tally {
    fn compare(&mut self, case: &str, what: &str, expected: &str, got: &str) {
        self.all += 1;
        if collapse(expected) == collapse(got) {
            self.met += 1;
        } else {
            let short = |text: &str| collapse(text).chars().take(160).collect::<String>();
            let told = format!("expected {:?} got {:?}", short(expected), short(got));
            self.differences.insert(format!("{case} {what}"), told);
        }
    }
}

fn collapse(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn read(raw: Vec<u8>) -> Message {
    Message::parse(Bytes::from(raw), &Limits::default())
}

#[test]
fn every_file_is_read() {
    let Some(folder) = shared("suites/mime") else { return };
    for path in files(&folder) {
        let raw = std::fs::read(&path).expect("a file of the suite can be read");
        let message = read(raw);
        assert!(message.parts >= 1, "{}", path.display());
    }
}

#[test]
fn expectations_are_met_or_listed() {
    let Some(folder) = shared("suites/mime") else { return };
    let mut tally = Tally::default();
    mail_parser(&folder, &mut tally);
    carriers(&folder, &mut tally);
    hunny(&folder, &mut tally);
    println!("MIME {} of {}", tally.met, tally.all);
    assert!(tally.all > 500, "the suite has more expectations than {}", tally.all);

    let list = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mime-differences.txt"))
        .expect("the list of differences is there");
    let mut listed = BTreeSet::new();
    for line in list.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
        let (what, reason) = line.split_once(" — ").expect("a difference has a reason");
        assert!(reason.len() > 10, "a reason for {what}");
        listed.insert(what.trim().to_owned());
    }
    let mut wrong = Vec::new();
    for (what, told) in &tally.differences {
        if !listed.contains(what) {
            wrong.push(format!("not listed: {what}: {told}"));
        }
    }
    for what in &listed {
        if !tally.differences.contains_key(what) {
            wrong.push(format!("listed, and does not occur: {what}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(tally.differences.len() * 20 <= tally.all, "more than 5 % differ");
}

/// mail-parser's expectations: `x.json` for the message with LF, `x.crlf.json` with CRLF.
fn mail_parser(folder: &Path, tally: &mut Tally) {
    let folder = folder.join("mail-parser");
    for path in files(&folder).into_iter().filter(|path| path.extension().is_some_and(|kind| kind == "eml")) {
        let raw = std::fs::read(&path).expect("a file of the suite can be read");
        let line_feeds: Vec<u8> = raw.iter().copied().filter(|&octet| octet != b'\r').collect();
        let mut carriages = Vec::with_capacity(raw.len());
        for &octet in &line_feeds {
            if octet == b'\n' {
                carriages.push(b'\r');
            }
            carriages.push(octet);
        }
        let name = path.strip_prefix(&folder).expect("below the folder").with_extension("");
        for (form, kind, raw) in [("lf", "json", line_feeds), ("crlf", "crlf.json", carriages)] {
            let json = std::fs::read(path.with_extension(kind)).expect("an expectation lies beside the message");
            let expected: Value = serde_json::from_slice(&json).expect("an expectation is JSON");
            let case = format!("mail-parser/{} {form}", name.display());
            against_mail_parser(&case, &expected, &read(raw), tally);
        }
    }
}

fn against_mail_parser(case: &str, expected: &Value, message: &Message, tally: &mut Tally) {
    let parts = expected["parts"].as_array().expect("parts");
    headers(case, &parts[0]["headers"], message, tally);
    let list = |name: &str| -> Vec<usize> {
        let numbers = expected[name].as_array().into_iter().flatten().filter_map(Value::as_u64);
        numbers.filter_map(|number| usize::try_from(number).ok()).collect()
    };
    // What a reader of text and what a reader of HTML is shown, in the order of the message.
    let shown: BTreeSet<usize> = list("text_body").into_iter().chain(list("html_body")).collect();
    let bodies =
        |kind: &str| -> Vec<&str> { shown.iter().filter_map(|&number| parts[number]["body"][kind].as_str()).collect() };
    tally.compare(case, "text", &bodies("Text").join("\n"), &message.text);
    let html = bodies("Html");
    tally.compare(case, "has html", &(!html.is_empty()).to_string(), &message.html.is_some().to_string());
    if let (Some(got), false) = (&message.html, html.is_empty()) {
        let expected: String = html.iter().map(|source| without_tags(source)).collect();
        let got = format!("{}{}", got.visible, got.hidden);
        let solid = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        tally.compare(case, "html text", &solid(&expected), &solid(&got));
    }
    attachments(case, parts, &list("attachments"), message, tally);
    let mut charsets = Vec::new();
    declared(parts, &mut charsets);
    tally.compare(case, "charsets", &charsets.join(" "), &message.charsets.join(" "));
}

/// Charsets declared, in enclosed messages as well.
fn declared(parts: &[Value], charsets: &mut Vec<String>) {
    for part in parts {
        if let Some(charset) = attribute(part, "content_type", "charset").map(str::to_lowercase)
            && !charsets.contains(&charset)
        {
            charsets.push(charset);
        }
        if let Some(inside) = part["body"]["Message"]["parts"].as_array() {
            declared(inside, charsets);
        }
    }
}

fn attachments(case: &str, parts: &[Value], numbers: &[usize], message: &Message, tally: &mut Tally) {
    tally.compare(case, "attachments", &numbers.len().to_string(), &message.attachments.len().to_string());
    for (place, (&number, got)) in numbers.iter().zip(&message.attachments).enumerate() {
        let part = &parts[number];
        let name =
            attribute(part, "content_disposition", "filename").or_else(|| attribute(part, "content_type", "name"));
        tally.compare(case, &format!("attachment {place} name"), name.unwrap_or(""), got.name.as_deref().unwrap_or(""));
        let binary = part["body"]["Binary"].as_array().or_else(|| part["body"]["InlineBinary"].as_array());
        if let Some(octets) = binary {
            let what = format!("attachment {place} size");
            tally.compare(case, &what, &octets.len().to_string(), &got.size.to_string());
        }
    }
}

fn attribute<'a>(part: &'a Value, header: &str, name: &str) -> Option<&'a str> {
    let header = part["headers"].as_array()?.iter().find(|field| field["name"] == header)?;
    let attributes = header["value"]["ContentType"]["attributes"].as_array()?;
    attributes.iter().find(|attribute| attribute["name"] == name)?["value"].as_str()
}

fn headers(case: &str, expected: &Value, message: &Message, tally: &mut Tally) {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for field in expected.as_array().into_iter().flatten() {
        let name = field["name"].as_str().map_or_else(
            || field["name"]["other"].as_str().unwrap_or_default().to_owned(),
            |name| name.replace('_', "-"),
        );
        let number = seen.entry(name.to_lowercase()).or_default();
        let what = format!("header {} {number}", name.to_lowercase());
        let got = message.headers.all(&name).nth(*number);
        *number += 1;
        let value = &field["value"];
        if let Some(text) = value["Text"].as_str() {
            let got = got.map_or("(none)", |got| got.value.as_str());
            let is_id = matches!(field["name"].as_str(), Some("message_id" | "return_path" | "content_id"));
            let got = if is_id { got.trim_matches(['<', '>']) } else { got };
            tally.compare(case, &what, text, got);
        } else if value["Address"].is_object() {
            tally.compare(case, &what, &addresses(&value["Address"]), &mailboxes(message, &name));
        } else if value["DateTime"].is_object() && what.ends_with(" 0") {
            let got = message.headers.date().map(|at| at.0).unwrap_or_default();
            tally.compare(case, &what, &millis(&value["DateTime"]).to_string(), &got.to_string());
        } else if let Some(kind) = value["ContentType"].as_object().filter(|_| name == "content-type") {
            let part = |name: &str| kind.get(name).and_then(Value::as_str).unwrap_or_default();
            let joined = [part("c_type"), part("c_subtype")].join("/");
            tally.compare(case, &what, joined.trim_end_matches('/'), &message.content_type);
        } else if value["Received"].is_object() {
            received(case, &what, &value["Received"], message, tally, *seen.get("received").unwrap_or(&1) - 1);
        }
    }
}

fn received(case: &str, what: &str, expected: &Value, message: &Message, tally: &mut Tally, number: usize) {
    let hops = message.headers.hops();
    let hop = hops.get(number).cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let host =
        |value: &Value| value["Name"].as_str().or_else(|| value["IpAddr"].as_str()).unwrap_or_default().to_owned();
    tally.compare(
        case,
        &format!("{what} ip"),
        &text(&expected["from_ip"]),
        &hop.ip.map(|ip| ip.to_string()).unwrap_or_default(),
    );
    tally.compare(case, &format!("{what} by"), &host(&expected["by"]), &hop.by.unwrap_or_default());
    tally.compare(case, &format!("{what} with"), &text(&expected["with"]), &hop.with.unwrap_or_default());
    let at = if expected["date"].is_object() { millis(&expected["date"]) } else { 0 };
    tally.compare(
        case,
        &format!("{what} date"),
        &at.to_string(),
        &hop.at.map(|at| at.0).unwrap_or_default().to_string(),
    );
}

fn addresses(value: &Value) -> String {
    let entry = |entry: &Value| {
        format!("{} <{}>", entry["name"].as_str().unwrap_or_default(), entry["address"].as_str().unwrap_or_default())
    };
    let mut entries: Vec<String> = value["List"].as_array().into_iter().flatten().map(entry).collect();
    for group in value["Group"].as_array().into_iter().flatten() {
        entries.extend(group["addresses"].as_array().into_iter().flatten().map(entry));
    }
    entries.join("\n")
}

fn mailboxes(message: &Message, name: &str) -> String {
    let entries = message.headers.mailboxes(name);
    entries.iter().map(|mailbox| format!("{} <{}>", mailbox.name, mailbox.spec)).collect::<Vec<_>>().join("\n")
}

fn millis(value: &Value) -> i64 {
    let part = |name: &str| value[name].as_i64().unwrap_or_default();
    // Days by counting, so that the test does not share the arithmetic it tests.
    let leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let mut days: i64 = (1970..part("year")).map(|year| if leap(year) { 366 } else { 365 }).sum();
    days -= (part("year")..1970).map(|year| if leap(year) { 366 } else { 365 }).sum::<i64>();
    let february = if leap(part("year")) { 29 } else { 28 };
    let lengths = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    days += lengths.iter().take(usize::try_from(part("month") - 1).unwrap_or(0)).sum::<i64>() + part("day") - 1;
    let zone = (part("tz_hour") * 60 + part("tz_minute")) * if value["tz_before_gmt"] == true { -60 } else { 60 };
    (days * 86_400 + part("hour") * 3600 + part("minute") * 60 + part("second") - zone) * 1000
}

/// The text of HTML by the simplest means: no styles, no tags, a few references.
fn without_tags(source: &str) -> String {
    let mut text = String::new();
    let mut rest = source;
    while let Some(open) = rest.find('<') {
        text.push_str(&rest[..open]);
        rest = &rest[open..];
        let lower = rest.get(..8.min(rest.len())).unwrap_or_default().to_lowercase();
        let end = if lower.starts_with("<!--") {
            "-->"
        } else if lower.starts_with("<style") {
            "</style>"
        } else if lower.starts_with("<title") {
            "</title>"
        } else if lower.starts_with("<script") {
            "</script>"
        } else {
            ">"
        };
        let close = rest.to_lowercase().find(end).map_or(rest.len(), |at| at + end.len());
        rest = rest.get(close..).unwrap_or_default();
    }
    text.push_str(rest);
    for (name, sign) in [
        ("&nbsp;", " "),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&ouml;", "ö"),
        ("&auml;", "ä"),
        ("&uuml;", "ü"),
        ("&szlig;", "ß"),
        ("&Auml;", "Ä"),
        ("&Uuml;", "Ü"),
        ("&Ouml;", "Ö"),
        ("&amp;", "&"),
    ] {
        text = text.replace(name, sign);
    }
    text
}

/// The Japanese carriers' readme says what the subjects read: 「…」と書かれている, 内容は「…」.
fn carriers(folder: &Path, tally: &mut Tally) {
    let folder = folder.join("japanese-carriers/normal/headers/subject");
    let readme = std::fs::read_to_string(folder.join("README.md")).expect("the readme is there");
    let mut file = "";
    let mut count = 0;
    for line in readme.lines() {
        if let Some(name) = line.strip_prefix("## ") {
            file = name.trim();
        }
        let said = line
            .strip_suffix("」と書かれている。")
            .or_else(|| line.strip_suffix('」').filter(|l| l.starts_with("内容は")));
        let Some(subject) = said.and_then(|line| line.split_once('「')).map(|(_, subject)| subject) else { continue };
        if subject.contains("Subject:") {
            continue;
        }
        let raw = std::fs::read(folder.join(file)).expect("the file of the readme is there");
        let got = read(raw);
        // The readme writes a line end as \n and NUL as \0.
        let subject = subject.replace("\\n", "\n").replace("\\0", "\0");
        tally.compare(&format!("japanese-carriers/{file}"), "subject", &subject, got.subject());
        count += 1;
    }
    assert!(count >= 5, "the readme says what subjects read");
}

/// Hunny Software's messages carry the files that lie beside them: same name, same size.
fn hunny(folder: &Path, tally: &mut Tally) {
    let folder = folder.join("zbateson");
    let sizes: BTreeMap<String, u64> = files(&folder.join("files"))
        .iter()
        .map(|path| {
            let name = path.file_name().expect("a file has a name").to_string_lossy().into_owned();
            (name, std::fs::metadata(path).expect("a file has a size").len())
        })
        .collect();
    for path in files(&folder).into_iter().filter(|path| path.parent() == Some(folder.as_path())) {
        let message = read(std::fs::read(&path).expect("a file of the suite can be read"));
        let case = path.file_name().expect("a file has a name").to_string_lossy().into_owned();
        for (place, attachment) in message.attachments.iter().enumerate() {
            let Some(size) = attachment.name.as_ref().and_then(|name| sizes.get(name)) else { continue };
            if attachment.declared.starts_with("text/") {
                continue;
            }
            let what = format!("attachment {place} size");
            tally.compare(&format!("zbateson/{case}"), &what, &size.to_string(), &attachment.size.to_string());
        }
    }
}
