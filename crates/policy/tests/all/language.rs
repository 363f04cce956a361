//! Both languages say everything that the code can say, with the same arguments, and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use controls::CLASSES;
use controls::inbound::CONTROLS;
use policy::decision::{DISPOSITIONS, LABEL_PLACES};
use policy::language::{EN, JA, URL_CATEGORIES, condition_name, number, sentence};
use policy::settings::STEPS;
use policy::{Language, Reason};

/// Ids with the arguments that their sentences use.
fn messages(text: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut messages: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut current = String::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        if !line.starts_with(' ')
            && let Some((id, _)) = line.split_once(" =")
        {
            current = id.to_owned();
            assert!(messages.insert(current.clone(), BTreeSet::new()).is_none(), "{id} stands there twice");
        }
        for after in line.split('$').skip(1) {
            let name = after.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or_default();
            messages.get_mut(&current).expect("a message").insert(name.to_owned());
        }
    }
    messages
}

/// Every id that the code can ask for.
fn needed() -> BTreeSet<String> {
    let mut ids: BTreeSet<String> = BTreeSet::new();
    let mut need = |id: String| assert!(ids.insert(id.clone()), "{id} is needed twice");
    for control in CONTROLS {
        need(format!("control-{}", control.name));
        for reason in control.reasons.iter().filter(|reason| !reason.ends_with('*')) {
            need((*reason).to_owned());
            need(format!("condition-{reason}"));
        }
    }
    for class in CLASSES {
        need(format!("class-{}", class.name()));
    }
    for name in DISPOSITIONS.iter().map(|disposition| disposition.name()).chain(["label"]) {
        need(format!("action-{name}"));
        need(format!("outcome-{name}"));
    }
    for place in LABEL_PLACES {
        need(format!("label-{}", place.name()));
    }
    for reason in every_reason() {
        need(format!("reason-{}", reason.name()));
    }
    for step in STEPS {
        need(format!("step-{}", step.name()));
    }
    for category in URL_CATEGORIES {
        need(format!("category-{category}"));
    }
    let fixed = "sender-kind condition-sender-kind kind-internet kind-phone-abroad url-category condition-url-category heuristics-rule heuristics-rule-found condition-heuristics spamassassin-rule condition-spamassassin outcome-gave-way \
        whose-shipped whose-operator whose-group whose-subscriber \
        otherwise-deliver otherwise-unmarked otherwise-marked otherwise-not-delivered \
        change-refuse-entry-removed change-receive-entry-removed change-receive-entry-added \
        change-receive-entry-added-unverified change-keyword-removed change-condition-removed change-threshold \
        change-suspect change-action change-refused change-one-finding change-two-findings change-two-settings \
        mode-off mode-observe mode-label mode-enforce \
        class-is class-otherwise-without class-otherwise-more \
        outcome-attachments notice-removed notice-attachment notice-a-part not-done \
        effect-label effect-slow effect-defer effect-refuse effect-hold effect-points \
        basis-maintenance basis-consent";
    for id in fixed.split_whitespace() {
        need(id.to_owned());
    }
    ids
}

/// One of each; the match makes the compiler name this place when a variant is added.
fn every_reason() -> Vec<Reason> {
    let all = vec![
        Reason::Duty,
        Reason::NoConsent,
        Reason::Malware,
        Reason::RefuseList { entry: String::new() },
        Reason::ReceiveList { entry: String::new() },
        Reason::Keyword { rule: String::new() },
        Reason::Condition { reason: String::new() },
        Reason::Threshold { threshold: 0.0 },
        Reason::Kind { class: controls::Class::Spam },
        Reason::Unknown { control: String::new() },
        Reason::Nothing,
        Reason::Fault { what: String::new() },
    ];
    for reason in &all {
        match reason {
            Reason::Duty
            | Reason::NoConsent
            | Reason::Malware
            | Reason::RefuseList { .. }
            | Reason::ReceiveList { .. }
            | Reason::Keyword { .. }
            | Reason::Condition { .. }
            | Reason::Threshold { .. }
            | Reason::Kind { .. }
            | Reason::Unknown { .. }
            | Reason::Nothing
            | Reason::Fault { .. } => {}
        }
    }
    all
}

#[test]
fn both_files_have_every_sentence_and_no_other() {
    for (language, text) in [("ja", JA), ("en", EN)] {
        let there: BTreeSet<String> = messages(text).into_keys().collect();
        let needed = needed();
        let missing: Vec<&String> = needed.difference(&there).collect();
        let unused: Vec<&String> = there.difference(&needed).collect();
        assert!(missing.is_empty() && unused.is_empty(), "{language}: missing {missing:?}, unused {unused:?}");
    }
}

#[test]
fn both_languages_use_the_same_arguments() {
    let (ja, en) = (messages(JA), messages(EN));
    for (id, arguments) in &ja {
        assert_eq!(Some(arguments), en.get(id), "{id}");
    }
}

#[test]
fn every_sentence_is_filled_and_readable() {
    for language in [Language::Ja, Language::En] {
        for (id, names) in messages(JA) {
            let arguments: Vec<(String, String)> = names.into_iter().map(|name| (name, "x".into())).collect();
            let said = sentence(language, &id, &arguments);
            assert!(said != id && !said.contains('{') && !said.contains('$'), "{id}: {said}");
        }
    }
}

#[test]
fn controls_give_the_arguments_that_their_sentences_use() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../controls/src");
    let read = |name: &str| std::fs::read_to_string(sources.join(name)).expect("a source file");
    for control in CONTROLS {
        // Findings of the two lists are made beside the entries.
        let source = read(&format!("inbound/{}.rs", control.name)) + &read("lists/entry.rs");
        for (id, arguments) in messages(EN).iter().filter(|(id, _)| control.gives(id)) {
            for argument in arguments.iter().filter(|argument| *argument != "title") {
                assert!(source.contains(&format!(".with(\"{argument}\"")), "{id} uses {argument}");
            }
        }
    }
}

#[test]
fn an_id_without_a_sentence_is_shown_as_it_is() {
    assert_eq!(sentence(Language::En, "no-such-thing", &[]), "no-such-thing");
    assert_eq!(sentence(Language::Ja, "heuristics-not-a-rule-of-ours", &[]), "not-a-rule-of-ours");
}

#[test]
fn categories_of_links_are_named() {
    let host = [("host".to_owned(), "a.example".to_owned())];
    assert_eq!(
        sentence(Language::En, "url-category-adult", &host),
        "A link is on the list \"adult sites\" (a.example)"
    );
    assert_eq!(sentence(Language::En, "url-category-own-7", &host), "A link is on the list \"own-7\" (a.example)");
    assert!(condition_name(Language::Ja, "url-category-gambling").contains("ギャンブル"));
}

#[test]
fn titles_of_rules_pass_through() {
    let rules = content::heuristics::RuleSet::shipped();
    for rule in rules.rules() {
        let id = format!("heuristics-{}", rule.id);
        assert_eq!(sentence(Language::Ja, &id, &[]), rule.title_ja);
        let found = [("found".to_owned(), "a.example".to_owned())];
        assert_eq!(sentence(Language::En, &id, &found), format!("{} (a.example)", rule.title_en));
        assert!(condition_name(Language::Ja, &id).contains(&rule.title_ja));
    }
}

#[test]
fn what_a_message_says_is_not_read_as_a_pattern() {
    let arguments =
        [("shown".to_owned(), "{ $target } \u{2068}".to_owned()), ("target".to_owned(), "b.test".to_owned())];
    let said = sentence(Language::En, "url-lies", &arguments);
    assert_eq!(said, "A link shows { $target } \u{2068}, but really goes to b.test");
}

#[test]
fn sizes_and_points_are_written_as_people_write_them() {
    let arguments = [("size".to_owned(), "1572864".to_owned()), ("bound".to_owned(), "1000".to_owned())];
    let said = sentence(Language::Ja, "size-above", &arguments);
    assert_eq!(said, "メールの大きさが 1.5 MiB で、上限の 1000 B を超えています");
    assert_eq!((number(-0.04), number(13.5), number(-2.0)), ("0.0".into(), "13.5".into(), "-2.0".into()));
}

#[test]
fn the_language_asked_for_is_found() {
    assert_eq!(Language::of("en-GB,ja;q=0.5"), Language::En);
    assert_eq!(Language::of("fr, ja"), Language::Ja);
    assert_eq!(Language::of(""), Language::Ja);
}
