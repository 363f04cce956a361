//! Whatever records say, an evaluation ends, and asks no more of DNS than RFC 7208 §4.6.4 lets it.

use auth::dns::Zone;
use auth::spf::{Question, Versions, check_host};
use message::authentication::{DkimOutcome, SpfOutcome};
use proptest::prelude::*;

use crate::sample::{HOST, Sample, authenticate};

/// RFC 8616 §4: an internationalized local part has no form in DNS.
#[tokio::test]
async fn a_local_part_beyond_ascii_matches_nobody() {
    let zone = Zone::new().txt("example.jp", "v=spf1 exists:%{l}.ok.example a:%{l}.ok.example ~all");
    for (local, outcome) in [("taro", SpfOutcome::Pass), ("太郎", SpfOutcome::SoftFail)] {
        let zone = zone.clone().a(&format!("{local}.ok.example"), [127, 0, 0, 2]);
        let sender = format!("{local}@example.jp");
        let question = Question {
            ip: [192, 0, 2, 1].into(),
            domain: "example.jp",
            sender: &sender,
            helo: "h.example",
            receiver: "mx.example.com",
            now: 0,
            versions: Versions::Spf1,
        };
        let check = check_host(&zone, &question).await;
        assert_eq!(check.outcome, outcome, "{check:?}");
    }
}

/// One TXT question for the policy; ten terms, each an MX with ten servers; PTR with ten names; the explanation.
const MOST_QUESTIONS: usize = 1 + 10 * 11 + 11 + 1;

fn domain() -> impl Strategy<Value = String> {
    prop_oneof![
        (0..6_u8).prop_map(|n| format!("d{n}.example")),
        Just("%{p}.d1.example".to_owned()),
        Just("%{i}.d2.example".to_owned())
    ]
}

fn term() -> impl Strategy<Value = String> {
    let named =
        prop::sample::select(vec!["include:", "a:", "mx:", "ptr:", "exists:", "?a:", "-mx:", "redirect=", "exp="]);
    prop_oneof![
        8 => (named, domain()).prop_map(|(name, domain)| format!("{name}{domain}")),
        1 => Just("a".to_owned()),
        1 => Just("mx".to_owned()),
        1 => Just("ptr".to_owned()),
        1 => Just("~all".to_owned()),
        1 => "[ -~]{0,12}",
    ]
}

proptest! {
    #[test]
    fn every_evaluation_is_bounded(
        records in prop::collection::vec(prop::collection::vec(term(), 0..16), 6),
        servers in 0..12_u8,
        names in 0..20_u8,
        failing in 0..12_usize,
    ) {
        let mut zone = Zone::new();
        for (n, terms) in records.iter().enumerate() {
            let name = format!("d{n}.example");
            zone = zone.txt(&name, format!("v=spf1 {}", terms.join(" ")));
            for server in 0..servers {
                zone = zone.mx(&name, server.into(), &format!("h{server}.example"));
            }
        }
        for n in 0..12_u8 {
            zone = zone.a(&format!("h{n}.example"), [203, 0, 113, n]);
        }
        for n in 0..names {
            zone = zone.ptr([192, 0, 2, 1], &format!("h{n}.example"));
        }
        zone = zone.times_out(&format!("h{failing}.other.example"));
        let question = Question {
            ip: [192, 0, 2, 1].into(),
            domain: "d0.example",
            sender: "a@d0.example",
            helo: "h0.example",
            receiver: "mx.example.com",
            now: 0,
            versions: Versions::Spf1,
        };
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let check = runtime.block_on(check_host(&zone, &question));
        let asked = zone.asked().len();
        prop_assert!(asked <= MOST_QUESTIONS, "{} questions for {:?}: {:?}", asked, records, check);
    }

    #[test]
    fn any_octets_can_be_read(octets in prop::collection::vec(any::<u8>(), 0..200), text in "v=spf1 [ -~]{0,80}") {
        for record in [&octets[..], text.as_bytes()] {
            if let Some(terms) = auth::spf::parse::spf1_terms(record) {
                let _read = auth::spf::parse::Record::parse(terms);
            }
            let _read = auth::dmarc::record::read(record);
            let _read = auth::results::forged::claimed_id(record);
            let _read = auth::dkim::signature::Signature::parse(record);
        }
    }

    /// Keys are octets of strangers too.
    #[test]
    fn any_key_can_be_tried(octets in "[0-9A-Za-z+/]{0,200}", prefix in "|MFwwDQYJKoZIhvcNAQEBBQAD|MIGfMA0GCSqG|MIIB", kind in "rsa|ed25519") {
        let sample = Sample::new();
        let zone = Zone::new().txt("sel._domainkey.example.jp", format!("v=DKIM1; k={kind}; p={prefix}{octets}"));
        let message = sample.message.replace("a=ed25519-", &format!("a={kind}-"));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        let results = runtime.block_on(authenticate(&zone, HOST, &message));
        prop_assert_ne!(results.dkim[0].outcome, DkimOutcome::Pass);
    }
}
