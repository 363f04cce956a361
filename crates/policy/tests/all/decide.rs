//! The written precedence, branch by branch.

use controls::{Class, Finding, Mode};
use message::authentication::Proof;
use policy::settings::{Layers, Step};
use policy::{Case, Decision, Disposition, LabelPlace, Layer, Reason, Settings, Treatment, decide};

pub(crate) const REFUSE: Treatment = Treatment { then: Disposition::Refuse, label: LabelPlace::None };

/// Shipped settings of somebody who agreed.
pub(crate) fn agreed() -> Settings {
    let layer = Layer::from_json(r#"{"consent":{"given":true,"at":1,"text":1}}"#).expect("a layer");
    Settings::resolve(&Layers { subscriber: Some((1, layer.into())), ..Layers::default() })
}

pub(crate) fn listed(reason: &str, entry: &str) -> Finding {
    let control = if reason == "list-refuse" { "refuse_list" } else { "receive_list" };
    Finding::seen(control, reason).with("entry", entry).with("identity", "from")
}

pub(crate) fn points(points: f64) -> Finding {
    Finding::seen("heuristics", "heuristics-link-lies").worth(points)
}

pub(crate) fn decided(findings: &[Finding], proof: Proof, settings: &Settings) -> Decision {
    let findings: Vec<(Finding, Mode)> = findings.iter().map(|finding| (finding.clone(), Mode::Enforce)).collect();
    decide(&Case { duty: false, proof, findings: &findings, unknown: &[] }, settings)
}

fn plainly(findings: &[Finding], settings: &Settings) -> Decision {
    decided(findings, Proof::Unproven, settings)
}

#[test]
fn a_duty_address_gets_even_malware() {
    let findings = [(Finding::seen("virus", "malware-found").of(Class::Malware), Mode::Enforce)];
    let case = Case { duty: true, proof: Proof::Unproven, findings: &findings, unknown: &[] };
    let decision = decide(&case, &agreed());
    assert_eq!((decision.treatment, decision.reason), (Treatment::DELIVER, Reason::Duty));
}

#[test]
fn nothing_lifts_malware() {
    let found = Finding::seen("virus", "malware-found").of(Class::Malware);
    let decision = decided(&[listed("list-receive", "a.example"), found], Proof::Proven, &agreed());
    assert_eq!((decision.treatment, decision.reason), (Treatment::JUNK, Reason::Malware));
    assert_eq!(decision.verdict.class, Class::Malware);
}

#[test]
fn a_weak_hint_at_malware_is_a_vote_and_no_certainty() {
    let hint = points(1.5).of(Class::Malware);
    assert_eq!(plainly(std::slice::from_ref(&hint), &agreed()).reason, Reason::Nothing);
    let decision = plainly(&[hint.clone(), points(4.0)], &agreed());
    assert_eq!(decision.verdict.class, Class::Malware);
    let lifted = decided(&[hint, points(4.0), listed("list-receive", "a.example")], Proof::Proven, &agreed());
    assert_eq!(lifted.treatment, Treatment::DELIVER);
}

#[test]
fn the_refuse_list_goes_before_the_receive_list_unless_the_order_says_otherwise() {
    let both = [listed("list-receive", "a.example"), listed("list-refuse", "b.example")];
    let mut settings = agreed();
    let decision = decided(&both, Proof::Proven, &settings);
    assert_eq!(decision.reason, Reason::RefuseList { entry: "b.example".into() });
    assert_eq!(decision.treatment, Treatment::JUNK);
    settings.order = vec![Step::Receive, Step::Refuse];
    assert_eq!(decided(&both, Proof::Proven, &settings).reason, Reason::ReceiveList { entry: "a.example".into() });
}

#[test]
fn a_receive_entry_helps_only_who_is_proven() {
    let spam = points(9.0);
    let entry = listed("list-receive", "a.example");
    let outcome = |entry: Finding, proof, settings: &Settings| {
        decided(&[spam.clone(), entry], proof, settings).treatment == Treatment::DELIVER
    };
    assert!(outcome(entry.clone(), Proof::Proven, &agreed()));
    assert!(!outcome(entry.clone(), Proof::Unproven, &agreed()));
    assert!(!outcome(entry.clone(), Proof::Unknown, &agreed()), "unknown is never a pass");
    assert!(outcome(entry.clone().with("even_if_unverified", "yes"), Proof::Unproven, &agreed()));
    let settings = Settings { allow_requires_auth: false, ..agreed() };
    assert!(outcome(entry, Proof::Unproven, &settings));
}

#[test]
fn the_proof_that_matters_is_of_the_identity_that_matched() {
    let entry = |proof: &str| {
        Finding::seen("receive_list", "list-receive")
            .with("entry", "a.example")
            .with("identity", "mail_from")
            .with("proof", proof)
    };
    let helps = |finding: Finding, proof| decided(&[points(9.0), finding], proof, &agreed()).treatment.then;
    assert_eq!(helps(entry("proven"), Proof::Unproven), Disposition::Deliver);
    assert_eq!(helps(entry("unproven"), Proof::Proven), Disposition::Junk);
    let forged = listed("list-receive", "a.example").with("proof", "unproven");
    assert_eq!(helps(forged, Proof::Proven), Disposition::Junk);
}

#[test]
fn the_first_keyword_rule_with_a_treatment_decides() {
    let rule = |id: &str| Finding::seen("keywords", "keyword-match").with("rule", id).with("name", "広告");
    let mut settings = agreed();
    settings.keyword_treatments.insert("b".into(), REFUSE);
    settings.keyword_treatments.insert("c".into(), Treatment::DELIVER);
    let decision = plainly(&[rule("a"), rule("b"), rule("c"), points(9.0)], &settings);
    assert_eq!((decision.treatment, decision.reason), (REFUSE, Reason::Keyword { rule: "広告".into() }));
}

#[test]
fn of_several_conditions_the_harshest_treatment_is_taken() {
    let mut settings = agreed();
    settings.conditions.insert("html-present".into(), Treatment::LABEL);
    settings.conditions.insert("no-subject".into(), REFUSE);
    let findings = [Finding::seen("html", "html-present"), Finding::seen("no_subject", "no-subject")];
    let decision = plainly(&findings, &settings);
    assert_eq!((decision.treatment, decision.reason), (REFUSE, Reason::Condition { reason: "no-subject".into() }));
    assert_eq!(plainly(&findings, &agreed()).reason, Reason::Nothing, "unless chosen, a condition changes nothing");
}

#[test]
fn points_add_up_to_classes() {
    let rows = [
        (vec![], Class::Wanted, Reason::Nothing),
        (vec![2.9], Class::Wanted, Reason::Nothing),
        (vec![3.0], Class::Suspect, Reason::Threshold { threshold: 3.0 }),
        (vec![2.1, 2.9], Class::Spam, Reason::Threshold { threshold: 5.0 }),
        (vec![6.0, -1.5], Class::Suspect, Reason::Threshold { threshold: 3.0 }),
    ];
    for (values, class, reason) in rows {
        let findings: Vec<Finding> = values.iter().map(|value| points(*value)).collect();
        let decision = plainly(&findings, &agreed());
        assert_eq!((decision.verdict.class, decision.reason), (class, reason), "{values:?}");
    }
    let decision = plainly(&[points(3.0)], &agreed());
    assert_eq!(decision.treatment, Treatment::LABEL);
}

#[test]
fn the_heaviest_vote_names_the_class() {
    let findings = [points(1.0).of(Class::Dating), points(3.0), points(2.0).of(Class::Phishing)];
    let verdict = plainly(&findings, &agreed()).verdict;
    assert_eq!(verdict.class, Class::Phishing);
    let weights: Vec<f64> = verdict.findings.iter().map(|finding| finding.points).collect();
    assert_eq!(weights, [3.0, 2.0, 1.0]);
    assert!((verdict.probability - 1.0 / (1.0 + (-6.0_f64).exp())).abs() < 1e-12);
}

#[test]
fn a_newsletter_is_delivered_unless_asked_otherwise() {
    let findings = [Finding::seen("heuristics", "heuristics-list-unsubscribe").of(Class::Newsletter)];
    let mut settings = agreed();
    let decision = plainly(&findings, &settings);
    assert_eq!((decision.verdict.class, decision.treatment), (Class::Newsletter, Treatment::DELIVER));
    settings.actions.insert(Class::Newsletter, Treatment::JUNK);
    let decision = plainly(&findings, &settings);
    assert_eq!((decision.treatment, decision.reason), (Treatment::JUNK, Reason::Kind { class: Class::Newsletter }));
}

#[test]
fn observed_findings_are_recorded_and_change_nothing() {
    let findings = [(points(9.0), Mode::Observe), (points(1.0), Mode::Off)];
    let case = Case { duty: false, proof: Proof::Unproven, findings: &findings, unknown: &[] };
    let decision = decide(&case, &agreed());
    assert_eq!((decision.treatment, decision.verdict.points), (Treatment::DELIVER, 0.0));
    assert_eq!((decision.verdict.observed.len(), decision.verdict.findings.len()), (1, 0));
}

#[test]
fn findings_in_mode_label_can_only_label() {
    let decide_with = |findings: &[(Finding, Mode)]| {
        decide(&Case { duty: false, proof: Proof::Unproven, findings, unknown: &[] }, &agreed())
    };
    let decision = decide_with(&[(points(9.0), Mode::Label)]);
    assert_eq!((decision.treatment, decision.verdict.class), (Treatment::LABEL, Class::Spam));
    let decision = decide_with(&[(points(9.0), Mode::Label), (points(6.0), Mode::Enforce)]);
    assert_eq!((decision.treatment, decision.verdict.points), (Treatment::JUNK, 6.0));
    let votes = [(points(1.0).of(Class::Dating), Mode::Enforce), (points(6.0).of(Class::Phishing), Mode::Label)];
    assert_eq!(decide_with(&votes).verdict.class, Class::Phishing, "the heaviest vote, whatever its mode");
    let decision = decide_with(&[(listed("list-refuse", "a.example"), Mode::Label)]);
    assert_eq!(decision.reason, Reason::RefuseList { entry: "a.example".into() });
    assert_eq!(decision.treatment, Treatment::LABEL);
}

#[test]
fn without_consent_nothing_about_content_counts_or_is_recorded() {
    let settings = Settings::resolve(&Layers::default());
    let dmarc = Finding::seen("authentication", "authentication-dmarc-fail").worth(2.0);
    let unknown = ["bayes".to_owned(), "authentication".to_owned()];
    let findings = [(points(9.0), Mode::Enforce), (points(9.0), Mode::Observe), (dmarc, Mode::Enforce)];
    let case = Case { duty: false, proof: Proof::Unproven, findings: &findings, unknown: &unknown };
    let decision = decide(&case, &settings);
    assert_eq!((decision.treatment, decision.reason), (Treatment::DELIVER, Reason::NoConsent));
    let verdict = decision.verdict;
    assert_eq!((verdict.class, verdict.points, verdict.probability), (Class::Wanted, 0.0, 0.0));
    assert_eq!(verdict.findings.len(), 1, "authentication is labelled for everyone");
    assert_eq!(verdict.findings[0].points, 0.0, "and counts for nothing");
    assert!(verdict.observed.is_empty());
    assert_eq!(verdict.unknown, ["authentication"]);
}

#[test]
fn what_people_set_up_for_themselves_is_asked_for() {
    let layer = Layer::from_json(
        r#"{"refuse":[{"kind":"domain","text":"a.example"}],"conditions":{"no-subject":{"then":"junk"},
            "html-present":{"then":"junk"}}}"#,
    )
    .expect("a layer");
    let own = Settings::resolve(&Layers { subscriber: Some((1, layer.clone().into())), ..Layers::default() });
    assert_eq!(plainly(&[listed("list-refuse", "a.example")], &own).treatment, Treatment::JUNK);
    assert_eq!(plainly(&[Finding::seen("no_subject", "no-subject")], &own).treatment, Treatment::JUNK);
    let html = plainly(&[Finding::seen("html", "html-present")], &own);
    assert_eq!((html.treatment, html.verdict.findings.len()), (Treatment::DELIVER, 0), "HTML is content");
    let others = Settings::resolve(&Layers { operator: Some((1, layer.into())), ..Layers::default() });
    assert_eq!(plainly(&[listed("list-refuse", "a.example")], &others).treatment, Treatment::DELIVER);
}

#[test]
fn an_effect_that_a_control_does_not_list_does_not_follow() {
    // The learning filter speaks by points; a size has none to give.
    let sized = Finding::seen("size", "size-above").worth(9.0);
    assert_eq!(plainly(&[sized], &agreed()).verdict.points, 0.0);
}

#[test]
fn points_that_are_no_number_count_for_nothing() {
    let decision = plainly(&[points(f64::NAN), points(f64::INFINITY), points(1.0)], &agreed());
    assert_eq!(decision.verdict.points, 1.0);
}

#[test]
fn unknown_does_what_the_settings_say_and_no_list_lifts_it() {
    let decided_blind = |settings: &Settings, findings: &[(Finding, Mode)]| {
        let unknown = ["virus".to_owned()];
        decide(&Case { duty: false, proof: Proof::Proven, findings, unknown: &unknown }, settings)
    };
    let mut settings = agreed();
    let receive = [(listed("list-receive", "a@example.com").with("proof", "proven"), Mode::Enforce)];
    assert_eq!(decided_blind(&settings, &receive).treatment, Treatment::DELIVER, "as shipped it is recorded");
    assert_eq!(decided_blind(&settings, &receive).verdict.unknown, ["virus"]);
    let defer = Treatment { then: Disposition::Defer, label: LabelPlace::None };
    settings.unknown.insert("virus".into(), defer);
    let decision = decided_blind(&settings, &receive);
    assert_eq!((decision.treatment, decision.reason), (defer, Reason::Unknown { control: "virus".into() }));
    settings.unknown.insert("virus".into(), Treatment::LABEL);
    let spam = [(points(9.0), Mode::Enforce)];
    assert_eq!(decided_blind(&settings, &spam).treatment, Treatment::JUNK, "what is harsher stays");
    assert_eq!(decided_blind(&settings, &[]).treatment, Treatment::LABEL);
    settings.content_allowed = false;
    assert_eq!(decided_blind(&settings, &[]).treatment, Treatment::DELIVER, "without consent nothing was looked at");
}

#[test]
fn a_part_is_removed_only_from_malware() {
    let wrong = Layer::from_json(r#"{"actions":{"spam":{"then":"remove_part"}}}"#).expect_err("spam has no such part");
    assert_eq!(wrong.field, "actions.spam");
    let right = Layer::from_json(r#"{"actions":{"malware":{"then":"remove_part"}}}"#).expect("malware has");
    assert_eq!(right.actions[&Class::Malware].then, Disposition::RemovePart);
    assert!(Layer::from_json(r#"{"unknown":{"viruss":{"then":"defer"}}}"#).is_err());
}
