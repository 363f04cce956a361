//! `decide` against a slow, plainly written copy of the precedence, on random settings and findings.

use std::sync::Arc;

use controls::inbound::CONTROLS;
use controls::kinds::Kinds;
use controls::{Basis, Class, Effect, Finding, Mode};
use message::authentication::Proof;
use policy::explain::explain;
use policy::profile::BulkGuard;
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
        return untold(first, settings);
    }
    let label = match first.2.label {
        LabelPlace::None | LabelPlace::Header => LabelPlace::Header,
        LabelPlace::Subject | LabelPlace::Both => LabelPlace::Both,
    };
    let treatment = Treatment { then: first.2.then, label };
    let said = if first.2 == Treatment::DELIVER {
        (second.0, second.1, treatment, second.3)
    } else {
        (first.0, first.1, treatment, first.3)
    };
    untold(said, settings)
}

/// Where a sender is not to be told of a refusal, the mail is held.
fn untold(said: Said, settings: &Settings) -> Said {
    let (class, points, mut treatment, reason) = said;
    if !settings.refusal_notice && [Disposition::Refuse, Disposition::UnknownUser].contains(&treatment.then) {
        treatment.then = Disposition::Junk;
    }
    (class, points, treatment, reason)
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
                "address_book" => !settings.controls.address_book.is_empty(),
                "sender_kind" => settings
                    .conditions
                    .keys()
                    .any(|reason| reason.starts_with("sender-kind-") || settings.internet_only.contains(reason)),
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
    // The bulk guard goes before the lists, where the operator has it so.
    if settings.bulk_guard.as_ref().is_some_and(|guard| guard.over_lists)
        && let Some(treatment) = settings.conditions.get("bulk-guard")
        && *treatment != Treatment::DELIVER
        && findings.iter().any(|finding| finding.reason == "bulk-guard")
    {
        return (class, points, *treatment, "condition");
    }
    for step in &settings.order {
        if let Some((treatment, reason, certain)) = one_step(*step, class, findings, proof, settings) {
            return (if certain { Class::Spam } else { class }, points, treatment, reason);
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
) -> Option<(Treatment, &'static str, bool)> {
    let spam = settings.action(Class::Spam);
    // What shows no kind, and what only poses, is of the Internet.
    let kind = findings.iter().find(|finding| finding.reason.starts_with("sender-kind-"));
    let internet = kind.is_none_or(|finding| finding.reason == "sender-kind-internet");
    match step {
        Step::Refuse => {
            for finding in findings {
                if finding.reason == "list-refuse" {
                    return Some(match finding.argument("then") {
                        Some("surely-spam") => (spam, "refuse_list", true),
                        Some("unknown-user") => {
                            let then = Treatment { then: Disposition::UnknownUser, label: LabelPlace::None };
                            (then, "refuse_list", false)
                        }
                        _ => (settings.refused, "refuse_list", false),
                    });
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
                let listed = finding.reason == "list-receive" || finding.reason == "address-book";
                if listed && (proven || anyway || !settings.allow_requires_auth) {
                    return Some((Treatment::DELIVER, "receive_list", false));
                }
            }
            // Only who is on no list is helped by what the impersonation settings let in.
            let lets_in = ["impersonation-passes", "impersonation-exception"];
            if findings.iter().any(|finding| lets_in.contains(&finding.reason.as_str())) {
                return Some((Treatment::DELIVER, "condition", false));
            }
        }
        Step::Keywords => {
            for finding in findings {
                let treatment = finding.argument("rule").and_then(|rule| settings.keyword_treatments.get(rule));
                if let Some(treatment) = treatment {
                    let certain = finding.argument("rule").is_some_and(|rule| settings.surely_spam.contains(rule));
                    return Some((if certain { spam } else { *treatment }, "keyword", certain));
                }
            }
        }
        Step::Conditions => {
            let mut harshest: Option<Treatment> = None;
            for finding in findings {
                if settings.internet_only.contains(&finding.reason) && !internet {
                    continue;
                }
                if let Some(treatment) = settings.conditions.get(&finding.reason) {
                    let harsher =
                        harshest.is_none_or(|other| (treatment.then, treatment.label) > (other.then, other.label));
                    if harsher {
                        harshest = Some(*treatment);
                    }
                }
            }
            return harshest.map(|treatment| (treatment, "condition", false));
        }
        Step::Threshold => {
            let action = settings.action(class);
            let all = !settings.internet_only.contains(&"threshold".to_owned());
            if !settings.content_allowed || (!all && !internet) {
                return None;
            }
            if class >= Class::Suspect {
                return Some((action, "threshold", false));
            }
            if action != Treatment::DELIVER {
                return Some((action, "kind", false));
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
        Disposition::UnknownUser,
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
        ("address_book", "address-book"),
        ("sender_unlisted", "sender-unlisted"),
        ("sender_kind", "sender-kind-suzume"),
        ("sender_kind", "sender-kind-internet"),
        ("impersonation", "impersonation-fails"),
        ("impersonation", "impersonation-passes"),
        ("impersonation", "impersonation-exception"),
        ("bulk_guard", "bulk-guard"),
    ];
    let class = select(controls::CLASSES.to_vec());
    let mode = select(vec![Mode::Off, Mode::Observe, Mode::Label, Mode::Enforce, Mode::Enforce, Mode::Enforce]);
    (select(kinds), -8i32..24, proptest::option::weighted(0.3, class), mode, 0u8..4, 0u8..4).prop_map(
        |((control, reason), quarters, class, mode, identity, proof)| {
            let mut finding = Finding::seen(control, reason);
            finding.class = class;
            if matches!(control, "heuristics" | "bayes" | "authentication" | "virus") {
                finding.points = f64::from(quarters) / 4.0;
            }
            if reason == "list-refuse" {
                finding = finding.with("entry", format!("e{proof}"));
                finding = match identity {
                    0 => finding.with("then", "surely-spam"),
                    1 => finding.with("then", "unknown-user"),
                    _ => finding,
                };
            }
            if matches!(reason, "list-receive" | "address-book") {
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
    let reasons = [
        "html-present",
        "no-subject",
        "authentication-none",
        "sender-unlisted",
        "sender-kind-internet",
        "impersonation-fails",
        "bulk-guard",
    ];
    let conditions = proptest::collection::btree_map(select(reasons.map(str::to_owned).to_vec()), treatments(), 0..4);
    let scopes = subsequence(vec!["html-present", "impersonation-fails", "threshold"], 0..=2);
    let more = (scopes, any::<bool>(), any::<bool>(), proptest::option::of(any::<bool>()));
    let order = subsequence(STEPS.to_vec(), 0..=STEPS.len()).prop_shuffle();
    let keyword = proptest::option::of(treatments());
    let first = (any::<bool>(), 1u8..24, 1u8..24, actions, conditions, order, keyword, treatments(), any::<bool>());
    (first, more).prop_map(
        |(
            (content_allowed, threshold, suspect, actions, conditions, order, keyword, refused, allow_requires_auth),
            (scopes, notice, certain, guard),
        )| {
            let mut settings = Settings::resolve(&Layers::default());
            settings.internet_only = scopes.into_iter().map(str::to_owned).collect();
            settings.refusal_notice = notice;
            // Only a rule that is there can force a verdict.
            settings.surely_spam.extend((certain && keyword.is_some()).then(|| "r1".to_owned()));
            settings.bulk_guard = guard.map(|over_lists| BulkGuard { from: 3, senders: Vec::new(), over_lists });
            let mut kinds = Kinds::default();
            kinds.add("suzume", "keitai.example.jp").expect("a domain");
            Arc::make_mut(&mut settings.controls).kinds = Arc::new(kinds);
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
