//! The validation cases of the ARC test suite. Its signing cases are not ours: we never seal.

use std::collections::BTreeMap;

use auth::AuthSettings;
use auth::dns::Zone;
use auth::fields::Fields;
use message::authentication::ArcOutcome;
use serde::de::{Deserializer, MapAccess, Visitor};

use crate::shared::{check_differences, suite};

#[derive(serde::Deserialize)]
struct Scenario {
    tests: Cases,
    #[serde(rename = "txt-records", default)]
    records: BTreeMap<String, String>,
}

#[derive(serde::Deserialize)]
struct Case {
    message: String,
    #[serde(default)]
    cv: Option<String>,
}

/// In order; some names stand there twice, which a map would lose.
struct Cases(Vec<(String, Case)>);

impl<'de> serde::Deserialize<'de> for Cases {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct All;
        impl<'de> Visitor<'de> for All {
            type Value = Cases;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("named cases")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Cases, A::Error> {
                let mut cases = Vec::new();
                while let Some(case) = map.next_entry()? {
                    cases.push(case);
                }
                Ok(Cases(cases))
            }
        }
        deserializer.deserialize_map(All)
    }
}

#[tokio::test]
async fn arc_suite() {
    let Some(path) = suite("arc/arc-draft-validation-tests.yml") else { return };
    let text = std::fs::read(path).expect("the suite can be read");
    let mut total = 0;
    let mut failed = Vec::new();
    for document in serde_yaml_ng::Deserializer::from_slice(&text) {
        let scenario: Option<Scenario> = serde::Deserialize::deserialize(document).expect("a scenario");
        let Some(scenario) = scenario else { continue };
        let zone = scenario.records.iter().fold(Zone::new(), |zone, (name, text)| zone.txt(name, text));
        for (name, case) in scenario.tests.0 {
            total += 1;
            let message = case.message.replace('\n', "\r\n");
            let chain = auth::arc::verify(&zone, &Fields::split(message.as_bytes()), &AuthSettings::default()).await;
            let expected = match case.cv.as_deref().map(str::trim) {
                Some("None") => ArcOutcome::None,
                Some("Pass") => ArcOutcome::Pass,
                // Nothing is said where the newest seal itself says cv=fail: nobody looks further, it has failed.
                Some("Fail" | "") | None => ArcOutcome::Fail,
                Some(other) => panic!("{name}: unknown cv {other}"),
            };
            if chain.outcome != expected {
                println!("{name}: {chain:?} instead of {expected:?}");
                failed.push(name);
            }
        }
    }
    println!("ARC {} of {total}", total - failed.len());
    assert!(total >= 150, "only {total} cases found");
    check_differences("arc", &failed);
}
