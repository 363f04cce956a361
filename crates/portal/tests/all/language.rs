//! Both languages say the same things with the same arguments, and everything that a page says exists.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Ids of a Fluent file with the arguments that each uses.
fn sentences(text: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut out: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut current = String::new();
    for line in text.lines() {
        if let Some((id, _)) = line.split_once(" =").filter(|_| line.starts_with(|c: char| c.is_ascii_lowercase())) {
            current = id.to_owned();
            assert!(out.insert(current.clone(), BTreeSet::new()).is_none(), "{current} stands there twice");
        }
        for part in line.split('$').skip(1) {
            let name: String =
                part.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-' || *c == '_').collect();
            out.entry(current.clone()).or_default().insert(name);
        }
    }
    out
}

#[test]
fn both_languages_say_the_same_things() {
    let (ja, en) = (sentences(portal::language::JA), sentences(portal::language::EN));
    assert!(ja.len() > 100, "only {} sentences were found", ja.len());
    for (id, arguments) in &ja {
        assert_eq!(en.get(id), Some(arguments), "{id} differs or is missing in English");
    }
    for id in en.keys() {
        assert!(ja.contains_key(id), "{id} is missing in Japanese");
    }
}

/// Every quoted id after `say(`, `say1(` and `say2(` in templates and sources.
fn used(folder: &Path, out: &mut BTreeSet<String>) {
    let entries = std::fs::read_dir(folder).unwrap();
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            used(&path, out);
            continue;
        }
        if !path.extension().is_some_and(|end| end == "rs" || end == "html") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        for start in ["say(\"", "say1(\"", "say2(\"", "say1(\n", "say2(\n"] {
            for rest in text.split(start).skip(1) {
                let rest = rest.trim_start().trim_start_matches('"');
                let id: String = rest.chars().take_while(|c| *c != '"').collect();
                out.insert(id);
            }
        }
    }
}

#[test]
fn everything_a_page_says_exists() {
    let mut ids = BTreeSet::new();
    used(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut ids);
    assert!(ids.len() > 80, "only {} ids were found in the pages", ids.len());
    let known = sentences(portal::language::JA);
    let missing: Vec<_> = ids.iter().filter(|id| !known.contains_key(*id)).collect();
    assert!(missing.is_empty(), "no sentence for {missing:?}");
}

#[test]
fn every_class_action_and_problem_has_words() {
    let known = sentences(portal::language::JA);
    let classes = controls::CLASSES.iter().map(|class| format!("class-{}", class.name().replace('_', "-")));
    let actions = policy::decision::DISPOSITIONS.iter().map(|one| format!("action-{}", one.name().replace('_', "-")));
    for id in classes.chain(actions).chain(["action-label".into(), "action-refused-by-next-hop".into()]) {
        assert!(known.contains_key(&id), "no sentence for {id}");
    }
    for id in known.keys().filter(|id| id.starts_with("problem-") && id.ends_with("-what")) {
        for part in ["kept", "next"] {
            let other = id.replace("-what", &format!("-{part}"));
            assert!(known.contains_key(&other), "{id} does not go on with {other}");
        }
    }
}
