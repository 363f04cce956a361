//! Explanations as people read them, and the smallest change, found by deciding again.

use controls::{Class, Finding, Mode};
use message::authentication::Proof;
use policy::explain::{Explanation, briefly, briefly_closed, explain, explain_closed};
use policy::{Decision, Language, Settings, Treatment, combine};

use crate::decide::{REFUSE, agreed, decided, listed, points};

/// The example of the portal's design: three things seen, 13.5 in all.
pub(crate) fn phishing() -> Vec<Finding> {
    vec![
        Finding::seen("heuristics", "heuristics-link-lies")
            .worth(4.0)
            .of(Class::Phishing)
            .with("found", "card-login.test"),
        Finding::seen("authentication", "authentication-dmarc-fail")
            .worth(3.5)
            .with("domain", "card.example")
            .with("policy", "reject"),
        Finding::seen("url", "url-lies").with("shown", "www.card.example").with("target", "card-login.test"),
        Finding::seen("bayes", "bayes-spam").worth(6.0).with("percent", "99").with("words", "至急, 確認, 停止"),
    ]
}

/// What an ordinary shop's mail shows.
pub(crate) fn typical() -> Vec<Finding> {
    vec![
        Finding::seen("bayes", "bayes-ham")
            .worth(-2.4)
            .with("percent", "8")
            .with("words", "subject:注文, 発送, お届け"),
        Finding::seen("heuristics", "heuristics-list-unsubscribe").of(Class::Newsletter),
        Finding::seen("heuristics", "heuristics-tracking-image").worth(0.2).with("found", "t.shop.example"),
        Finding::seen("url", "url-present").with("host", "www.shop.example").with("count", "12"),
        Finding::seen("html", "html-present"),
        Finding::seen("no_x_mailer", "no-x-mailer"),
    ]
}

fn read(explanation: &Explanation) -> String {
    let mut text = format!("{}\n", explanation.outcome);
    for (at, line) in explanation.seen.iter().enumerate() {
        let points = line.points.map(|points| format!("  {points:+.1}")).unwrap_or_default();
        text.push_str(&format!("{}. {}{points}\n", at + 1, line.text));
    }
    text.push_str(&format!("{}\n{}\n", explanation.reason, explanation.otherwise.as_deref().unwrap_or("-")));
    text
}

fn both(decision: &Decision, settings: &Settings) -> String {
    let ja = read(&explain(decision, settings, Language::Ja));
    let en = read(&explain(decision, settings, Language::En));
    format!("{ja}\n{en}")
}

fn otherwise(findings: &[Finding], proof: Proof, settings: &Settings) -> Option<String> {
    explain(&decided(findings, proof, settings), settings, Language::En).otherwise
}

#[test]
fn the_example_of_the_portal() {
    let settings = Settings { threshold: 6.0, ..agreed() };
    insta::assert_snapshot!(both(&decided(&phishing(), Proof::Unproven, &settings), &settings));
}

#[test]
fn a_refused_sender() {
    let mut settings = agreed();
    settings.refused = REFUSE;
    settings.origin.insert("refuse.ads.example".into(), policy::settings::Origin::Subscriber);
    let findings = [listed("list-refuse", "ads.example"), points(1.0)];
    insta::assert_snapshot!(both(&decided(&findings, Proof::Proven, &settings), &settings));
}

#[test]
fn suspect_mail_with_a_label() {
    insta::assert_snapshot!(both(&decided(&[points(3.4)], Proof::Unproven, &agreed()), &agreed()));
}

#[test]
fn without_consent() {
    let settings = Settings::resolve(&policy::Layers::default());
    let findings = [Finding::seen("authentication", "authentication-none").worth(0.5)];
    insta::assert_snapshot!(both(&decided(&findings, Proof::Unproven, &settings), &settings));
}

#[test]
fn a_condition_that_was_chosen_and_a_face_that_could_not_carry_it() {
    let mut settings = agreed();
    settings.conditions.insert("html-present".into(), Treatment::JUNK);
    settings.origin.insert("conditions.html-present".into(), policy::settings::Origin::Subscriber);
    let held = decided(&[Finding::seen("html", "html-present")], Proof::Unproven, &settings);
    let delivered = decided(&[], Proof::Unproven, &settings);
    let carried = combine(vec![held, delivered], policy::Can::OneAction);
    insta::assert_snapshot!(both(&carried[0], &settings));
}

#[test]
fn one_setting_is_found_before_any_finding() {
    let held = |points_sum: f64, proof| otherwise(&[points(points_sum)], proof, &agreed());
    assert_eq!(held(6.2, Proof::Unproven).as_deref(), Some("It would have been delivered with a bound of 6.3 points"));
    assert_eq!(
        held(20.0, Proof::Proven).as_deref(),
        Some("It would have been delivered with this sender on the receive list")
    );
    assert_eq!(
        held(20.0, Proof::Unproven).as_deref(),
        Some("It would have been delivered with this sender on the receive list as \"even if unverified\"")
    );
}

#[test]
fn where_no_list_is_asked_the_action_is_named() {
    let settings = Settings { order: vec![policy::settings::Step::Threshold], ..agreed() };
    let said = otherwise(&[points(20.0)], Proof::Proven, &settings);
    assert_eq!(said.as_deref(), Some("It would have been delivered with \"Deliver\" for \"Spam\""));
}

#[test]
fn two_settings_where_one_is_not_enough() {
    let findings =
        [listed("list-refuse", "a.example"), listed("list-refuse", "b.example"), points(9.0).of(Class::Phishing)];
    let settings = Settings { threshold: 8.5, order: policy::settings::STEPS.to_vec(), ..agreed() };
    let said = otherwise(&findings[..2], Proof::Unproven, &Settings { refused: REFUSE, ..settings.clone() });
    assert_eq!(
        said.as_deref(),
        Some("It would have been delivered with \"Deliver\" for mail from the refuse list"),
        "one setting is fewer than two"
    );
    let dangerous = [findings[0].clone(), findings[2].clone()];
    assert_eq!(
        otherwise(&dangerous, Proof::Unproven, &settings).as_deref(),
        Some("It would have been delivered without \"a.example\" on the refuse list, and with a bound of 9.1 points")
    );
}

#[test]
fn nobody_is_told_how_to_let_phishing_in_unproven() {
    let findings = [points(20.0).of(Class::Phishing)];
    assert_eq!(
        otherwise(&findings, Proof::Unproven, &agreed()).as_deref(),
        Some("It would have been delivered without no. 1")
    );
    let three = [points(20.0).of(Class::Phishing), points(20.0), points(20.0)];
    assert_eq!(otherwise(&three, Proof::Unproven, &agreed()), None, "two at most");
}

#[test]
fn delivered_mail_is_explained_too() {
    let entry = [listed("list-receive", "friend.example"), points(9.0)];
    assert_eq!(
        otherwise(&entry, Proof::Proven, &agreed()).as_deref(),
        Some("It would not have been delivered without \"friend.example\" on the receive list")
    );
    assert_eq!(
        otherwise(&[points(2.5)], Proof::Proven, &agreed()).as_deref(),
        Some("It would have been delivered with a label with a bound of 2.5 points for \"perhaps\"")
    );
    assert_eq!(otherwise(&[], Proof::Proven, &agreed()), None);
}

#[test]
fn settings_that_did_not_decide_explain_no_change() {
    let decision = decided(&[points(6.0)], Proof::Unproven, &agreed());
    let later = Settings { threshold: 9.0, suspect: 9.0, ..agreed() };
    assert_eq!(explain(&decision, &later, Language::En).otherwise, None);
}

#[test]
fn label_only_findings_keep_their_mode_when_decided_again() {
    let findings = [(points(9.0), Mode::Label)];
    let case = policy::Case { duty: false, proof: Proof::Proven, findings: &findings, unknown: &[] };
    let explanation = explain(&policy::decide(&case, &agreed()), &agreed(), Language::En);
    assert_eq!(explanation.seen.len(), 1);
    assert_eq!(
        explanation.otherwise.as_deref(),
        Some("It would have been delivered without a label with this sender on the receive list")
    );
}

#[test]
fn in_short_the_deciding_reason_comes_first() {
    let mut settings = agreed();
    settings.conditions.insert("html-present".into(), Treatment::JUNK);
    let findings = [points(2.0), Finding::seen("html", "html-present"), points(1.0)];
    let decision = decided(&findings, Proof::Unproven, &settings);
    let said = briefly(&decision, Language::En, 2);
    assert_eq!(said, ["It is an HTML message", "A link goes elsewhere than it shows"]);
    let by_points = decided(&phishing(), Proof::Unproven, &agreed());
    let said = briefly(&by_points, Language::Ja, 2);
    assert_eq!(said.len(), 2);
    assert_eq!(said[1], "リンクの表示は www.card.example ですが、本当の行き先は card-login.test です");
    assert!(briefly(&decided(&[], Proof::Proven, &agreed()), Language::Ja, 2).is_empty());
}

#[test]
fn the_class_is_told_with_the_smallest_change_that_would_have_made_it_another() {
    let told = |findings: &[Finding]| {
        let settings = agreed();
        let explanation = explain(&decided(findings, Proof::Unproven, &settings), &settings, Language::En);
        (explanation.class, explanation.class_otherwise)
    };
    // 13.5 points: phishing is named by one finding alone, so without it the rest is plain spam.
    let (class, otherwise) = told(&phishing());
    assert!(class.starts_with("Taken for: Phishing (13.5 points"), "{class}");
    assert_eq!(otherwise.as_deref(), Some("Without no. 2 it would have been taken for: Spam"));
    // Without the class hint, three findings hold it up: 4.0 + 3.5 + 6.0 against a threshold of 5.
    let mut plain = phishing();
    plain[0].class = None;
    assert_eq!(told(&plain).1.as_deref(), Some("Without no. 1, 2 it would have been taken for: Perhaps spam"));
    // Nothing was seen: nothing small would make it spam.
    assert_eq!(told(&[]).1, None);
    let (class, otherwise) = told(&[points(1.2)]);
    assert!(class.starts_with("Taken for: Wanted (1.2 points"), "{class}");
    let missing = agreed().suspect.min(agreed().threshold) - 1.2;
    let expected = format!("With {missing:.1} points more it would have been taken for: ");
    assert!(otherwise.is_some_and(|said| said.starts_with(&expected)), "{expected}");
}

/// Staff who may not read a message read the same explanation, number by number, and nothing of what stands in it.
#[test]
fn what_is_closed_keeps_its_place_and_says_the_kind_alone() {
    let settings = agreed();
    let findings = [phishing(), vec![listed("list-refuse", "info@card.example")]].concat();
    let decision = decided(&findings, Proof::Unproven, &settings);
    for language in [Language::Ja, Language::En] {
        let open = explain(&decision, &settings, language);
        let closed = explain_closed(&decision, &settings, language, |_| false);
        assert!(open.reason.contains("info@card.example"), "{}", open.reason);
        assert!(closed.reason.contains('…'), "{}", closed.reason);
        assert_eq!((&closed.outcome, &closed.class), (&open.outcome, &open.class));
        let points = |why: &Explanation| why.seen.iter().map(|line| line.points).collect::<Vec<_>>();
        assert_eq!(points(&closed), points(&open));
        let text = format!("{}{}", read(&closed), briefly_closed(&decision, language, 9, |_| false).join("\n"));
        for word in ["card.example", "card-login.test", "至急"] {
            assert!(!text.contains(word), "{word} is told: {text}");
        }
    }
}
