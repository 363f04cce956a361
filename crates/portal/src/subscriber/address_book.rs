//! The address book (SUB-13): how it is used, who stands in it, and taking one in from a phone (vCard) or a table (CSV).

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use controls::lists::{Entry, Pattern};
use message::Address;
use policy::profile::{AddressBookMode, Feature};

use crate::forms::Form;
use crate::frame::{Frame, go, show};
use crate::operator::import::decode;
use crate::problem::Problem;
use crate::state::Portal;
use crate::subscriber::change::Change;
use crate::subscriber::offer;
use crate::visit::Visit;

/// Characters of a name that are kept.
const NAME: usize = 100;

#[derive(Template)]
#[template(path = "subscriber/address_book.html")]
struct Page {
    f: Frame,
    version: i64,
    modes: Vec<(&'static str, bool)>,
    lines: String,
    count: usize,
    most: u32,
    missing: Vec<String>,
}

pub(crate) fn mode_name(mode: AddressBookMode) -> &'static str {
    match mode {
        AddressBookMode::Unused => "unused",
        AddressBookMode::First => "first",
        AddressBookMode::Only => "only",
    }
}

/// The page.
pub async fn page(State(portal): State<Portal>, visit: Visit) -> Result<Response, Problem> {
    let change = Change::own(&portal, &visit).await?;
    let person = visit.own()?.subscriber;
    let profile = offer::profile(&portal, person.operator).await?;
    let mode = change.layer.address_book_mode.unwrap_or(AddressBookMode::Unused);
    let lines: Vec<String> = change.layer.address_book.iter().map(line).collect();
    let page = Page {
        f: Frame::new(&visit, visit.words.say("book-title")),
        version: change.version,
        modes: profile.address_book.modes.iter().map(|one| (mode_name(*one), *one == mode)).collect(),
        count: lines.len(),
        lines: lines.join("\n"),
        most: profile.address_book.most,
        missing: offer::missing(&portal, &visit, &profile, &[Feature::AddressBook]).await?,
    };
    Ok(show(&page))
}

fn line(entry: &Entry) -> String {
    if entry.note.is_empty() { entry.pattern.text() } else { format!("{}, {}", entry.pattern.text(), entry.note) }
}

/// Saves what stands in the field, and adds what a file holds.
pub async fn save(State(portal): State<Portal>, visit: Visit, form: Form) -> Result<Response, Problem> {
    let mut change = Change::own(&portal, &visit).await?;
    let profile = offer::profile(&portal, change.operator).await?;
    let chosen = form.text("mode");
    if let Some(mode) = profile.address_book.modes.iter().find(|mode| mode_name(**mode) == chosen) {
        change.layer.address_book_mode = Some(*mode);
    }
    let mut book: BTreeMap<String, String> = BTreeMap::new();
    for line in form.text("lines").lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (address, name) = line.split_once(',').unwrap_or((line, ""));
        let address = Address::parse(address.trim())
            .map_err(|_| Problem::BadField(visit.words.say1("field-book", "text", line)))?;
        book.insert(address.key(), shortened(name));
    }
    for (address, name) in contacts_of(form.bytes("file")) {
        book.entry(address).or_insert(name);
    }
    change.layer.address_book =
        book.into_iter().map(|(address, note)| Entry { note, ..Entry::new(Pattern::Address(address)) }).collect();
    change.store(&portal, &visit, &form, "address-book").await?;
    Ok(go("/settings/address-book?done=saved"))
}

/// The same, of a file in whatever charset it came.
pub fn contacts_of(bytes: &[u8]) -> Vec<(String, String)> {
    contacts(&decode(bytes))
}

/// Addresses with names, of a vCard (RFC 6350, and the older ones that phones write) or of a table. What is no address is
/// passed over: an address book holds much else.
pub fn contacts(text: &str) -> Vec<(String, String)> {
    if text.to_ascii_uppercase().contains("BEGIN:VCARD") { of_vcard(text) } else { of_csv(text) }
}

fn of_vcard(text: &str) -> Vec<(String, String)> {
    // RFC 6350 §3.2: a line that begins with a blank goes on with the one before it.
    let unfolded = text.replace("\r\n", "\n").replace("\n ", "").replace("\n\t", "");
    let mut out = Vec::new();
    let (mut name, mut addresses) = (String::new(), Vec::new());
    for line in unfolded.lines() {
        let Some((head, value)) = line.split_once(':') else { continue };
        let property = head.split(';').next().unwrap_or_default();
        // `item1.EMAIL` is how some phones group properties.
        let property = property.rsplit('.').next().unwrap_or_default().to_ascii_uppercase();
        match property.as_str() {
            "BEGIN" => (name, addresses) = (String::new(), Vec::new()),
            "FN" => name = value.replace("\\,", ",").replace("\\;", ";"),
            "EMAIL" => addresses.extend(Address::parse(value.trim()).ok()),
            "END" => out.extend(addresses.drain(..).map(|address| (address.key(), shortened(&name)))),
            _ => {}
        }
    }
    out
}

fn of_csv(text: &str) -> Vec<(String, String)> {
    let mut lines =
        csv::ReaderBuilder::new().flexible(true).has_headers(false).trim(csv::Trim::All).from_reader(text.as_bytes());
    let mut out = Vec::new();
    for record in lines.records().flatten() {
        let is_address = |field: &&str| field.contains('@') && Address::parse(field).is_ok();
        let name = record.iter().find(|field| !field.is_empty() && !field.contains('@')).unwrap_or_default();
        for address in record.iter().filter(is_address).filter_map(|field| Address::parse(field).ok()) {
            out.push((address.key(), shortened(name)));
        }
    }
    out
}

fn shortened(name: &str) -> String {
    name.trim().trim_start_matches('\'').chars().filter(|c| !c.is_control()).take(NAME).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phones_and_tables_are_read_and_what_is_no_address_is_passed_over() {
        let vcard = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:花子\r\nitem1.EMAIL;type=INTERNET:Hanako@Example.jp\r\nTEL:090\r\nEMAIL:no\r\n\
                     END:VCARD\r\nBEGIN:VCARD\r\nFN:A\\, B\r\nEMAIL:long.na\r\n me@example.jp\r\nEND:VCARD\r\n";
        let expected = [("hanako@example.jp".into(), "花子".into()), ("long.name@example.jp".into(), "A, B".into())];
        assert_eq!(contacts(vcard), expected);
        let csv = "名前,メール\n太郎,taro@example.jp\nx\n\"'=1\",b@example.jp\n";
        let expected = [("taro@example.jp".into(), "太郎".into()), ("b@example.jp".into(), "=1".into())];
        assert_eq!(contacts(csv), expected);
        assert!(contacts("").is_empty());
    }
}
