//! What is stored can be read again, is small, and explains the same.

use message::authentication::Proof;
use policy::record::{AuthenticationRecord, ProgramVersions};
use policy::{DecisionRecord, TransactionRecord};

use crate::decide::{agreed, decided, listed};
use crate::explain::{phishing, typical};

#[test]
fn a_decision_comes_back_as_it_was() {
    let settings = agreed();
    for findings in [Vec::new(), typical(), phishing(), vec![listed("list-refuse", "a.example")]] {
        let decision = decided(&findings, Proof::Unproven, &settings);
        let record = DecisionRecord::of(decision, &settings, "standard");
        let json = record.to_json();
        assert_eq!(DecisionRecord::from_json(&json).expect("a record"), record);
    }
    assert!(DecisionRecord::from_json("{}").is_err());
}

#[test]
fn the_rows_of_an_ordinary_message_stay_within_one_kilobyte() {
    let settings = agreed();
    let decision = decided(&typical(), Proof::Unproven, &settings);
    let decision = DecisionRecord::of(decision, &settings, "").to_json();
    let pass = |domain: &str| ("pass".to_owned(), domain.to_owned());
    let transaction = TransactionRecord {
        versions: ProgramVersions {
            program: "0.1.0".into(),
            configuration: "a1b2c3d4".into(),
            rules: "e5f6a7b8".into(),
            model: 12,
        },
        authentication: Some(AuthenticationRecord {
            spf: pass("shop.example"),
            spf_helo: ("none".into(), "mail.shop.example".into()),
            pra: None,
            dkim: vec![pass("shop.example")],
            arc: "none".into(),
            dmarc: ("pass".into(), "none".into()),
            from: "shop.example".into(),
            iprev: "pass".into(),
            proof: "proven".into(),
        }),
        millis: [12, 3, 40],
        faults: Vec::new(),
    }
    .to_json();
    assert_eq!(TransactionRecord::from_json(&transaction).expect("a record").to_json(), transaction);
    // The columns beside the JSON (addresses, reference, Message-ID) take about 250 octets.
    assert!(decision.len() + transaction.len() + 250 <= 1024, "{} + {}", decision.len(), transaction.len());
}
