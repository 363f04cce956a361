//! The openspf test suite for RFC 7208, every case.

use auth::dns::Zone;
use auth::spf::{Question, Versions, check_host};
use serde_yaml_ng::Value;

use crate::shared::{check_differences, suite};

#[tokio::test]
async fn rfc7208_suite() {
    let Some(path) = suite("spf/rfc7208-tests.yml") else { return };
    let text = std::fs::read(path).expect("the suite can be read");
    let mut total = 0;
    let mut failed = Vec::new();
    for document in serde_yaml_ng::Deserializer::from_slice(&text) {
        let scenario: Value = serde::Deserialize::deserialize(document).expect("a scenario");
        let Some(tests) = scenario["tests"].as_mapping() else { continue };
        let zone = zone(&scenario["zonedata"]);
        for (name, case) in tests {
            total += 1;
            let name = name.as_str().expect("a name");
            if let Err(difference) = run(&zone, case).await {
                println!("{name}: {difference}");
                failed.push(name.to_owned());
            }
        }
    }
    println!("SPF {} of {total}", total - failed.len());
    assert_eq!(total, 203, "the suite has 203 cases");
    check_differences("spf", &failed);
}

async fn run(zone: &Zone, case: &Value) -> Result<(), String> {
    let text = |key: &str| case[key].as_str().unwrap_or_default();
    let (helo, mail_from) = (text("helo"), text("mailfrom"));
    let sender = if mail_from.is_empty() { format!("postmaster@{helo}") } else { mail_from.to_owned() };
    let question = Question {
        ip: text("host").parse().map_err(|error| format!("host: {error}"))?,
        domain: sender.rsplit_once('@').map_or("", |(_, domain)| domain),
        sender: &sender,
        helo,
        receiver: "receiver.example.jp",
        now: 1_000_000_000,
        versions: Versions::Spf1,
    };
    let check = check_host(zone, &question).await;
    let outcome = format!("{:?}", check.outcome).to_lowercase();
    let expected: Vec<&str> = match &case["result"] {
        Value::String(one) => vec![one],
        Value::Sequence(several) => several.iter().filter_map(Value::as_str).collect(),
        other => return Err(format!("no result: {other:?}")),
    };
    if !expected.contains(&outcome.as_str()) {
        return Err(format!("{outcome} instead of {expected:?}: {:?}", check.trace));
    }
    // The suite says DEFAULT where the receiver's own sentence is used, which for us is none at all.
    let explanation = check.explanation.as_deref().unwrap_or("DEFAULT");
    match case["explanation"].as_str() {
        Some(wanted) if wanted != explanation => Err(format!("explanation {explanation:?} instead of {wanted:?}")),
        _ => Ok(()),
    }
}

/// The suite's way of writing a zone: SPF entries stand for TXT unless the name has TXT entries of its own.
fn zone(data: &Value) -> Zone {
    let mut zone = Zone::new();
    for (name, entries) in data.as_mapping().expect("zone data") {
        let name = name.as_str().expect("a name");
        let entries = entries.as_sequence().expect("entries");
        zone = zone.empty(name);
        let own_text = entries.iter().any(|entry| entry.get("TXT").is_some());
        for entry in entries {
            if entry.as_str() == Some("TIMEOUT") {
                zone = zone.times_out(name);
                continue;
            }
            for (kind, value) in entry.as_mapping().expect("one record") {
                zone = match kind.as_str().expect("a type") {
                    "SPF" if own_text => zone,
                    "TXT" if value.as_str() == Some("NONE") => zone,
                    "SPF" | "TXT" => zone.txt(name, octets(value)),
                    "A" => zone.a(name, plain(value).parse::<std::net::Ipv4Addr>().expect("an address")),
                    "AAAA" => zone.aaaa(name, plain(value).parse::<std::net::Ipv6Addr>().expect("an address")),
                    "MX" => zone.mx(name, value[0].as_u64().expect("a number") as u16, plain(&value[1])),
                    "PTR" => zone.ptr_at(name, plain(value)),
                    "CNAME" => zone.alias(name, plain(value)),
                    other => panic!("unknown type {other}"),
                };
            }
        }
    }
    zone
}

fn plain(value: &Value) -> &str {
    value.as_str().expect("a text")
}

/// The strings of a record joined; the suite writes octets above 0x7f as characters.
fn octets(value: &Value) -> Vec<u8> {
    let strings: Vec<&str> = match value {
        Value::String(one) => vec![one],
        Value::Sequence(several) => several.iter().map(plain).collect(),
        other => panic!("no text: {other:?}"),
    };
    strings.concat().chars().map(|c| u8::try_from(u32::from(c)).expect("an octet")).collect()
}
