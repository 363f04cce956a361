//! `[[door.lists]]`: the DNS lists that the door asks, each a table of its own.

use std::collections::BTreeMap;

use checkpoint::door::lists::{Code, Kind as About, ListSettings, MOST_POINTS};
use message::Domain;

use super::keys::{Key, Kind, key};
use super::read::{Value, Values, Wrong};

/// The keys of `[[door.lists]]`.
pub const LIST_KEYS: &[Key] = &[
    key("door.lists", "name", "\"example\"", Kind::Text, "What the list is called in records and to people."),
    key("door.lists", "zone", "\"bl.example.org\"", Kind::Text, "The zone that is asked (RFC 5782)."),
    key(
        "door.lists",
        "kind",
        "\"address\"",
        Kind::Word(&["address", "domain"]),
        "What it lists: addresses of servers, or domains (those of HELO, MAIL FROM and links).",
    ),
    key("door.lists", "says", "\"block\"", Kind::Word(&["block", "allow"]), "Whom it lists: the bad, or the good."),
    key(
        "door.lists",
        "points",
        "2.0",
        Kind::Decimal,
        "Points of a listing; those of an allow list count against them.",
    ),
    key(
        "door.lists",
        "codes",
        "[]",
        Kind::Texts,
        "What its answers mean, as \"127.0.0.2 = source of spam (2.5)\", \"127.0.0.4-127.0.0.7 = exploited\" or, for \
         lists of bits, \"127.0.0.&8 = phishing\"; the number in brackets is worth more than `points`. []: every answer \
         is a listing. Other answers are then none.",
    ),
    key(
        "door.lists",
        "refuse_alone",
        "false",
        Kind::Switch,
        "A listing here is ground enough for a final refusal, also where nothing else speaks against the mail.",
    ),
    key(
        "door.lists",
        "test_entry",
        "\"\"",
        Kind::OptionalText,
        "For lists of domains: the entry that shows that the list works. \"\": test (RFC 5782 §5).",
    ),
];

/// The lists as the door takes them, or all that is wrong with them.
pub fn lists(values: &Values) -> Result<Vec<ListSettings>, Vec<Wrong>> {
    let (mut made, mut wrong): (Vec<ListSettings>, _) = (Vec::new(), Vec::new());
    for table in &values.door_lists {
        match one(table) {
            Ok(list) if made.iter().any(|other| other.name == list.name) => wrong.push(Wrong {
                place: place(table, "name"),
                problem: format!("the list \"{}\" stands here twice", list.name),
            }),
            Ok(list) => made.push(list),
            Err(problems) => wrong.extend(problems),
        }
    }
    if wrong.is_empty() { Ok(made) } else { Err(wrong) }
}

fn place(table: &BTreeMap<String, Value>, key: &str) -> String {
    table.get(key).map_or_else(String::new, |value| value.origin.clone())
}

fn one(table: &BTreeMap<String, Value>) -> Result<ListSettings, Vec<Wrong>> {
    let mut wrong = Vec::new();
    let mut complain = |key: &str, problem: String| wrong.push(Wrong { place: place(table, key), problem });
    let text = |key: &str| table.get(key).and_then(|value| value.toml.as_str()).unwrap_or_default();
    let zone = text("zone").trim_end_matches('.').to_ascii_lowercase();
    if Domain::parse(&zone).is_err() || zone.starts_with('[') {
        complain("zone", format!("door.lists.zone: \"{zone}\" is not a domain such as bl.example.org"));
    }
    let mut codes = Vec::new();
    let given = table.get("codes").and_then(|value| value.toml.as_array());
    for code in given.into_iter().flatten().filter_map(|code| code.as_str()) {
        match Code::parse(code) {
            Ok(code) => codes.push(code),
            Err(problem) => complain("codes", format!("door.lists.codes: {problem}")),
        }
    }
    let number = table.get("points").map(|value| &value.toml);
    let points = number.and_then(|n| n.as_float().or_else(|| n.as_integer().map(|n| n as f64))).unwrap_or_default();
    if !(0.0..=MOST_POINTS).contains(&points) {
        complain("points", format!("door.lists.points: between 0 and {MOST_POINTS}, not {points}"));
    }
    let allow = text("says") == "allow";
    let refuse_alone = table.get("refuse_alone").and_then(|value| value.toml.as_bool()) == Some(true);
    if allow && refuse_alone {
        complain("refuse_alone", "door.lists.refuse_alone: an allow list refuses nobody".into());
    }
    let made = ListSettings {
        name: text("name").to_owned(),
        zone,
        kind: if text("kind") == "domain" { About::Domains } else { About::Addresses },
        allow,
        codes,
        points,
        refuse_alone,
        test_entry: Some(text("test_entry").to_owned()).filter(|entry| !entry.is_empty()),
    };
    if wrong.is_empty() { Ok(made) } else { Err(wrong) }
}
