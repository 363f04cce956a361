//! A recorded decision under other settings.

use controls::{Finding, Mode};
use message::Address;
use message::authentication::Proof;
use policy::settings::Layers;
use policy::{Case, Disposition, Layer, Reason, Senders, Settings, Treatment, decide, replay};

use crate::decide::{agreed, decided, listed, points};

fn with(json: &str) -> Settings {
    let layer = format!(r#"{{"consent":{{"given":true,"at":1,"text":1}},{json}}}"#);
    let layer = Layer::from_json(&layer).unwrap_or_else(|e| panic!("{e}"));
    Settings::resolve(&Layers { subscriber: Some((2, layer.into())), ..Layers::default() })
}

#[test]
fn a_new_entry_is_previewed_with_the_proof_that_the_message_had() {
    let from = Address::parse("info@shop.example").expect("an address");
    let senders = Senders { from: Some(&from), ..Senders::default() };
    let entry = with(r#""receive":[{"kind":"domain","text":"shop.example"}]"#);
    let again = |proof| replay(&decided(&[points(9.0)], proof, &agreed()), senders, &entry);
    assert_eq!(again(Proof::Proven).reason, Reason::ReceiveList { entry: "shop.example".into() });
    assert_eq!(again(Proof::Unproven).treatment, Treatment::JUNK);
    let refuse = with(r#""refuse":[{"kind":"part","text":"info@"}]"#);
    let refused = replay(&decided(&[], Proof::Proven, &agreed()), senders, &refuse);
    assert_eq!(refused.reason, Reason::RefuseList { entry: "info@".into() });
}

#[test]
fn the_envelope_sender_has_its_own_proof() {
    let bounce = Address::parse("bounce@lists.example").expect("an address");
    let entry = with(r#""receive":[{"kind":"domain","text":"lists.example"}]"#);
    let held = decided(&[points(9.0)], Proof::Unproven, &agreed());
    for (mail_from_proven, treatment) in [(true, Treatment::DELIVER), (false, Treatment::JUNK)] {
        let senders = Senders { from: None, mail_from: Some(&bounce), mail_from_proven };
        assert_eq!(replay(&held, senders, &entry).treatment, treatment);
    }
}

#[test]
fn an_entry_that_is_gone_no_longer_decides() {
    let held = decided(&[listed("list-refuse", "ads.example")], Proof::Proven, &agreed());
    assert_eq!(held.treatment, Treatment::JUNK);
    assert_eq!(replay(&held, Senders::default(), &agreed()).treatment, Treatment::DELIVER);
}

#[test]
fn a_control_that_is_switched_takes_its_findings_along() {
    let held = decided(&[points(9.0)], Proof::Proven, &agreed());
    let mut settings = agreed();
    let controls = std::sync::Arc::make_mut(&mut settings.controls);
    controls.modes.insert("heuristics".into(), Mode::Observe);
    let again = replay(&held, Senders::default(), &settings);
    assert_eq!((again.treatment, again.verdict.observed.len()), (Treatment::DELIVER, 1));
    assert_eq!(replay(&again, Senders::default(), &agreed()), held);
}

#[test]
fn what_the_door_only_observed_counts_for_nothing_later_either() {
    let nameless = Finding::seen("helo", "helo-unresolvable").worth(1.5);
    let absent = Finding::seen("nonexistent_sender", "envelope-domain-absent").worth(1.5);
    let observed = [(points(4.0), Mode::Enforce), (nameless, Mode::Observe), (absent, Mode::Observe)];
    let case = Case { duty: false, proof: Proof::Unproven, findings: &observed, unknown: &[] };
    let delivered = decide(&case, &agreed());
    assert_eq!(delivered.treatment.then, Disposition::Deliver);
    assert_eq!(replay(&delivered, Senders::default(), &agreed()), delivered, "the same settings, the same decision");
    let enforced = with(r#""modes":{"helo":"enforce","nonexistent_sender":"enforce"}"#);
    assert_eq!(replay(&delivered, Senders::default(), &enforced).verdict.points, delivered.verdict.points);

    let counted: Vec<(Finding, Mode)> = observed.clone().map(|(finding, _)| (finding, Mode::Enforce)).into();
    let held = decide(&Case { findings: &counted, ..case }, &agreed());
    assert_eq!(held.treatment, Treatment::JUNK);
    let off = with(r#""modes":{"helo":"observe"}"#);
    assert_eq!(replay(&held, Senders::default(), &off).verdict.observed.len(), 1, "further down it may be switched");
}
