//! The DKIM cases of chasquid (message, DNS, expected result side by side) and of mail-auth (DNS above the message).

use std::collections::BTreeMap;
use std::path::Path;

use auth::AuthSettings;
use auth::dns::{Failure, Zone};
use auth::fields::Fields;
use message::authentication::{DkimOutcome, DkimResult};

use crate::shared::{check_differences, suite};

/// A moment at which every signature with an expiry in the suites is still valid.
const NOW: i64 = 1_667_843_664;

#[tokio::test]
async fn dkim_suites() {
    let Some(folder) = suite("dkim") else { return };
    let mut failed = Vec::new();
    let mut total = 0;
    for (name, outcome) in
        [chasquid(&folder.join("chasquid")).await, mail_auth(&folder.join("mail-auth")).await].concat()
    {
        total += 1;
        if let Err(difference) = outcome {
            println!("{name}: {difference}");
            failed.push(name);
        }
    }
    println!("DKIM {} of {total}", total - failed.len());
    assert!(total >= 17, "only {total} cases found");
    check_differences("dkim", &failed);
}

type Outcomes = Vec<(String, Result<(), String>)>;

/// Files that are links to another case's in their origin, and were left out of the copy.
fn borrowed(file: &str) -> &str {
    match file {
        "02-too_many_headers.dns" | "04-bad_dkim_signature_header.dns" => "01-rfc8463.dns",
        "07-algo_mismatch.msg" | "10-strict_domain_check_pass.msg" => "01-rfc8463.msg",
        "07-algo_mismatch.result" => "01-rfc8463.result",
        "09-limited_body.dns" => "08-our_signature.dns",
        file => file,
    }
}

async fn chasquid(folder: &Path) -> Outcomes {
    let mut cases: Vec<String> = std::fs::read_dir(folder)
        .expect("the folder can be read")
        .filter_map(|entry| entry.expect("an entry").file_name().into_string().ok())
        .filter_map(|file| file.split_once('.').map(|(case, _)| case.to_owned()))
        .collect();
    cases.sort();
    cases.dedup();
    let read = |case: &str, end: &str| std::fs::read_to_string(folder.join(borrowed(&format!("{case}.{end}")))).ok();
    let mut outcomes = Vec::new();
    for case in cases {
        let zone = read(&case, "dns").map_or_else(Zone::new, |text| chasquid_zone(&text));
        let message = read(&case, "msg").expect("a message").replace('\n', "\r\n");
        let expected = read(&case, "result").unwrap_or_default();
        // chasquid looks at five signatures, and lets l= count; the suite is about its rules.
        let settings = AuthSettings { most_signatures: 5, accept_partial_body: true, ..AuthSettings::default() };
        let results = auth::dkim::verify(&zone, &Fields::split(message.as_bytes()), &settings, NOW).await;
        outcomes.push((case, compare(&expected, &results)));
    }
    outcomes
}

/// `name: text`, continued after a backslash.
fn chasquid_zone(text: &str) -> Zone {
    let mut zone = Zone::new();
    for line in text.replace("\\\n", " ").lines().filter(|line| !line.trim().is_empty()) {
        let (name, record) = line.split_once(':').expect("name: record");
        zone = match record.trim() {
            "TEMPERROR" => zone.fails(name, Failure::ServerFailure),
            "PERMERROR" => zone.empty(name),
            record => zone.txt(name, record),
        };
    }
    zone
}

fn compare(expected: &str, results: &[DkimResult]) -> Result<(), String> {
    let expected: serde_json::Value = if expected.is_empty() {
        // No result: chasquid could not read the message at all, so nothing may have been found.
        serde_json::json!({ "Results": [] })
    } else {
        serde_json::from_str(expected).map_err(|error| error.to_string())?
    };
    let expected = expected["Results"].as_array().ok_or("no results")?;
    if expected.len() != results.len() {
        return Err(format!("{} signatures instead of {}", results.len(), expected.len()));
    }
    for (expected, result) in expected.iter().zip(results) {
        let right = match expected["State"].as_str() {
            Some("SUCCESS") => result.outcome == DkimOutcome::Pass,
            Some("TEMPFAIL") => result.outcome == DkimOutcome::TempError,
            Some("PERMFAIL") => {
                matches!(result.outcome, DkimOutcome::Fail | DkimOutcome::PermError | DkimOutcome::Neutral)
            }
            other => return Err(format!("unknown state {other:?}")),
        };
        let named = |key: &str, value: &Option<String>| match expected[key].as_str() {
            None | Some("") => true,
            wanted => wanted == value.as_deref(),
        };
        if !right || !named("Domain", &result.domain) || !named("Selector", &result.selector) {
            return Err(format!("{result:?} instead of {expected}"));
        }
    }
    Ok(())
}

async fn mail_auth(folder: &Path) -> Outcomes {
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    for entry in std::fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("an entry").path();
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        files.insert(format!("mail-auth-{name}"), std::fs::read_to_string(path).expect("a text"));
    }
    let mut outcomes = Vec::new();
    for (name, text) in files {
        let (records, message) = text.split_once("\n\n").expect("records above the message");
        let zone = records
            .lines()
            .filter_map(|line| line.split_once(' '))
            .fold(Zone::new(), |zone, (name, record)| zone.txt(name, record));
        let message = message.replace('\n', "\r\n");
        let fields = Fields::split(message.as_bytes());
        let results = auth::dkim::verify(&zone, &fields, &AuthSettings::default(), NOW).await;
        // Some carry an older signature that a mailing list broke: the last one must hold.
        let outcome = match results.last() {
            Some(last) if last.outcome == DkimOutcome::Pass => Ok(()),
            _ => Err(format!("{results:?}")),
        };
        outcomes.push((name, outcome));
    }
    outcomes
}
