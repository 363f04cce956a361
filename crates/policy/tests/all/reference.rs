//! `decide` against a slow, plainly written copy of the precedence, on random settings and findings.

use controls::inbound::CONTROLS;
use controls::{Basis, Class, Effect, Finding, Mode};
use message::authentication::Proof;
use policy::explain::explain;
use policy::settings::{ContentBasis, Layers, STEPS, Step};
use policy::{Case, DecisionRecord, Disposition, LabelPlace, Language, Settings, Treatment, decide};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

/// What the reference says: class, points, treatment, name of the reason.
type Said = (Class, f64, Treatment, &'static str);

fn reference(duty: bool, proof: Proof, findings: &[(Finding, Mode)], settings: &Settings) -> Said {
    if duty {
        return (Class::Wanted, 0.0, Treatment::DELIVER, "duty");
    }
    let enforced = kept(findings, &[Mode::Enforce], settings);
    let first = run(&enforced, proof, settings);
    let mut all = enforced.clone();
    all.extend(kept(findings, &[Mode::Label], settings));
    let second = run(&all, proof, settings);
    let harsher = second.2.then > first.2.then || (second.2.then == first.2.then && second.2.label > first.2.label);
    if !harsher {
        return first;
    }
    let label = match first.2.label {
        LabelPlace::None | LabelPlace::Header => LabelPlace::Header,
        LabelPlace::Subject | LabelPlace::Both => LabelPlace::Both,
    };
    let treatment = Treatment { then: first.2.then, label };
    if first.2 == Treatment::DELIVER {
        (second.0, second.1, treatment, second.3)
    } else {
        (first.0, first.1, treatment, first.3)
    }
}

fn kept(findings: &[(Finding, Mode)], modes: &[Mode], settings: &Settings) -> Vec<Finding> {
    let mut kept = Vec::new();
    for (finding, mode) in findings {
        if !modes.contains(mode) {
            continue;
        }
        let control = CONTROLS.iter().find(|control| control.name == finding.control);
        let mut may_stand = settings.content_allowed;
        let mut counts = settings.content_allowed;
        if let Some(control) = control {
            for (_, basis) in control.basis {
                may_stand |= *basis == Basis::Maintenance;
            }
            let own = match control.name {
                "refuse_list" => !settings.controls.refuse.is_empty(),
                "receive_list" => !settings.controls.receive.is_empty(),
                _ => settings.conditions.keys().any(|reason| control.reasons.contains(&reason.as_str())),
            };
            may_stand |= own && !control.needs.iter().any(|need| need.is_content());
            counts &= control.basis.iter().any(|(effect, _)| *effect == Effect::Points);
        }
        if may_stand {
            let mut copy = finding.clone();
            if !counts {
                copy.points = 0.0;
            }
            kept.push(copy);
        }
    }
    kept
}

fn run(findings: &[Finding], proof: Proof, settings: &Settings) -> Said {
    let mut points = 0.0;
    let mut malware = false;
    let mut newsletter = false;
    let mut heaviest: Option<(f64, Class)> = None;
    for finding in findings {
        points += finding.points;
        malware |= finding.class == Some(Class::Malware) && (finding.points == 0.0 || finding.points >= 5.0);
        newsletter |= finding.class == Some(Class::Newsletter);
        if let Some(class) = finding.class.filter(|class| class.is_unwanted())
            && finding.points > heaviest.map_or(0.0, |(weight, _)| weight)
        {
            heaviest = Some((finding.points, class));
        }
    }
    let mut class = Class::Wanted;
    if !settings.content_allowed {
        points = 0.0;
    } else if malware {
        return (Class::Malware, points, settings.action(Class::Malware), "malware");
    } else if points > settings.threshold - 1e-6 {
        class = heaviest.map_or(Class::Spam, |(_, class)| class);
    } else if points > settings.suspect - 1e-6 {
        class = Class::Suspect;
    } else if newsletter {
        class = Class::Newsletter;
    }
    for step in &settings.order {
        if let Some((treatment, reason)) = one_step(*step, class, findings, proof, settings) {
            return (class, points, treatment, reason);
        }
    }
    (class, points, Treatment::DELIVER, if settings.content_allowed { "nothing" } else { "no_consent" })
}

fn one_step(
    step: Step,
    class: Class,
    findings: &[Finding],
    proof: Proof,
    settings: &Settings,
) -> Option<(Treatment, &'static str)> {
    match step {
        Step::Refuse => {
            for finding in findings {
                if finding.reason == "list-refuse" {
                    return Some((settings.refused, "refuse_list"));
                }
            }
        }
        Step::Receive => {
            for finding in findings {
                let proven = match finding.argument("identity") {
                    Some("mail_from") => finding.argument("proof") == Some("proven"),
                    _ => proof == Proof::Proven,
                };
                let anyway = finding.argument("even_if_unverified").is_some();
                if finding.reason == "list-receive" && (proven || anyway || !settings.allow_requires_auth) {
                    return Some((Treatment::DELIVER, "receive_list"));
                }
            }
        }
        Step::Keywords => {
            for finding in findings {
                let treatment = finding.argument("rule").and_then(|rule| settings.keyword_treatments.get(rule));
                if let Some(treatment) = treatment {
                    return Some((*treatment, "keyword"));
                }
            }
        }
        Step::Conditions => {
            let mut harshest: Option<Treatment> = None;
            for finding in findings {
                if let Some(treatment) = settings.conditions.get(&finding.reason) {
                    let harsher =
                        harshest.is_none_or(|other| (treatment.then, treatment.label) > (other.then, other.label));
                    if harsher {
                        harshest = Some(*treatment);
                    }
                }
            }
            return harshest.map(|treatment| (treatment, "condition"));
        }
        Step::Threshold => {
            let action = settings.action(class);
            if !settings.content_allowed {
                return None;
            }
            if class >= Class::Suspect {
                return Some((action, "threshold"));
            }
            if action != Treatment::DELIVER {
                return Some((action, "kind"));
            }
        }
    }
    None
}

fn treatments() -> impl Strategy<Value = Treatment> {
    let then = select(vec![
        Disposition::Deliver,
        Disposition::HeaderOnly,
        Disposition::Junk,
        Disposition::Trash,
        Disposition::Delete,
        Disposition::Refuse,
    ]);
    let label = select(vec![LabelPlace::None, LabelPlace::Header, LabelPlace::Subject, LabelPlace::Both]);
    (then, label).prop_map(|(then, label)| Treatment { then, label })
}

/// Points in quarters, so that sums are exact in whatever order they are added.
fn findings() -> impl Strategy<Value = (Finding, Mode)> {
    let kinds = vec![
        ("heuristics", "heuristics-x"),
        ("heuristics", "heuristics-y"),
        ("bayes", "bayes-spam"),
        ("authentication", "authentication-none"),
        ("refuse_list", "list-refuse"),
        ("receive_list", "list-receive"),
        ("keywords", "keyword-match"),
        ("html", "html-present"),
        ("no_subject", "no-subject"),
        ("virus", "malware-found"),
    ];
    let class = select(controls::CLASSES.to_vec());
    let mode = select(vec![Mode::Off, Mode::Observe, Mode::Label, Mode::Enforce, Mode::Enforce, Mode::Enforce]);
    (select(kinds), -8i32..24, proptest::option::weighted(0.3, class), mode, 0u8..4, 0u8..4).prop_map(
        |((control, reason), quarters, class, mode, identity, proof)| {
            let mut finding = Finding::seen(control, reason);
            finding.class = class;
            if !matches!(control, "refuse_list" | "receive_list" | "keywords" | "html" | "no_subject") {
                finding.points = f64::from(quarters) / 4.0;
            }
            if reason == "list-receive" {
                finding = finding.with("identity", if identity < 2 { "from" } else { "mail_from" });
                if identity >= 2 {
                    finding = finding.with("proof", if proof < 2 { "proven" } else { "unproven" });
                }
                if identity == 1 && proof == 0 {
                    finding = finding.with("even_if_unverified", "yes");
                }
            }
            if reason == "keyword-match" {
                finding = finding.with("rule", if proof < 2 { "r1" } else { "r2" });
            }
            (finding, mode)
        },
    )
}

fn settings() -> impl Strategy<Value = Settings> {
    let actions = proptest::collection::btree_map(select(controls::CLASSES.to_vec()), treatments(), 0..5);
    let reasons = select(vec!["html-present".to_owned(), "no-subject".to_owned(), "authentication-none".to_owned()]);
    let conditions = proptest::collection::btree_map(reasons, treatments(), 0..3);
    let order = subsequence(STEPS.to_vec(), 0..=STEPS.len()).prop_shuffle();
    let keyword = proptest::option::of(treatments());
    (any::<bool>(), 1u8..24, 1u8..24, actions, conditions, order, keyword, treatments(), any::<bool>()).prop_map(
        |(content_allowed, threshold, suspect, actions, conditions, order, keyword, refused, allow_requires_auth)| {
            let mut settings = Settings::resolve(&Layers::default());
            settings.content_allowed = content_allowed;
            settings.threshold = f64::from(threshold) / 4.0;
            settings.suspect = f64::from(suspect.min(threshold)) / 4.0;
            settings.actions.extend(actions);
            settings.conditions = conditions;
            settings.order = order;
            settings.keyword_treatments.extend(keyword.map(|treatment| ("r1".to_owned(), treatment)));
            settings.refused = refused;
            settings.allow_requires_auth = allow_requires_auth;
            settings
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn decide_says_what_the_reference_says(
        duty in proptest::bool::weighted(0.05),
        proof in select(vec![Proof::Proven, Proof::Unproven, Proof::Unknown]),
        findings in proptest::collection::vec(findings(), 0..8),
        settings in settings(),
    ) {
        let decision = decide(&Case { duty, proof, findings: &findings, unknown: &[] }, &settings);
        let (class, points, treatment, reason) = reference(duty, proof, &findings, &settings);
        prop_assert_eq!(decision.verdict.class, class);
        prop_assert!((decision.verdict.points - points).abs() < 1e-9);
        prop_assert_eq!(decision.treatment, treatment);
        prop_assert_eq!(decision.reason.name(), reason);
    }

    #[test]
    fn a_decision_is_recorded_and_explained_whatever_it_is(
        proof in select(vec![Proof::Proven, Proof::Unproven, Proof::Unknown]),
        findings in proptest::collection::vec(findings(), 0..8),
        settings in settings(),
    ) {
        let mut settings = settings;
        settings.content_basis =
            if settings.content_allowed { ContentBasis::DefaultOn } else { ContentBasis::None };
        let decision = decide(&Case { duty: false, proof, findings: &findings, unknown: &[] }, &settings);
        let record = DecisionRecord::of(decision, &settings, "");
        let read = DecisionRecord::from_json(&record.to_json()).expect("what was written can be read");
        prop_assert_eq!(&read, &record);
        for language in [Language::Ja, Language::En] {
            let explanation = explain(&read.decision, &settings, language);
            prop_assert!(!explanation.reason.starts_with("reason-") && !explanation.outcome.starts_with("outcome-"));
            let said = explanation.otherwise.unwrap_or_default();
            prop_assert!(!said.contains("otherwise-") && !said.contains("change-"), "{}", said);
        }
    }
}
