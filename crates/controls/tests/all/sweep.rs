//! The table, the folder, the cases, the catalogue: none can be forgotten.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use controls::Scope;
use controls::control::NEEDS;
use controls::inbound::CONTROLS;

use crate::cases;

fn names_in(folder: &Path, extension: &str) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    let names: BTreeSet<String> = paths
        .iter()
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned())
        .collect();
    assert!(!names.is_empty(), "nothing in {}", folder.display());
    names
}

#[test]
fn every_file_stands_in_the_table_and_has_cases() {
    let mut files = names_in(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/inbound"), "rs");
    files.remove("mod");
    let table: BTreeSet<String> = CONTROLS.iter().map(|control| control.name.to_owned()).collect();
    assert_eq!(files, table);
    assert_eq!(table.len(), CONTROLS.len(), "a control stands in the table twice");
    assert_eq!(names_in(&cases::folder(), "toml"), table);
}

#[test]
fn every_control_has_cases_for_seen_silent_and_unknown() {
    for control in CONTROLS {
        let file = cases::read(control.name);
        let has = |wanted: fn(&cases::Case) -> bool| file.cases.iter().any(wanted);
        assert!(has(|case| !case.seen.is_empty()), "{}: no case in which it sees something", control.name);
        assert!(has(|case| case.seen.is_empty() && !case.unknown), "{}: no silent case", control.name);
        assert_ne!(has(|case| case.unknown), file.never_unknown.is_some(), "{}: unknown, or why not", control.name);
        let shown: BTreeSet<&str> = file.cases.iter().flat_map(|case| case.seen.iter().map(String::as_str)).collect();
        for reason in control.reasons {
            let start = reason.trim_end_matches('*');
            assert!(shown.iter().any(|id| id.starts_with(start)), "{}: no case gives {reason}", control.name);
        }
    }
}

#[test]
fn every_control_says_what_it_is() {
    let mut reasons = BTreeSet::new();
    for control in CONTROLS {
        assert!(!control.basis.is_empty(), "{}: no effect", control.name);
        assert!(!control.stages.is_empty(), "{}: no stage", control.name);
        assert!(!control.source.is_empty() && control.unknown.ends_with('.'), "{}: source, unknown", control.name);
        assert!(matches!(control.scope, Scope::Transaction | Scope::Recipient));
        assert!(control.needs.iter().all(|need| NEEDS.contains(need)));
        for reason in control.reasons {
            assert!(reasons.insert(*reason), "{reason} is given by two controls");
            assert!(reason.bytes().all(|b| b.is_ascii_lowercase() || b == b'-' || b == b'*'), "{reason}");
        }
    }
}

#[test]
fn content_is_never_read_on_the_ground_of_maintenance() {
    for control in CONTROLS {
        assert!(!(control.looks_at_content() && control.runs_for_everyone()), "{}", control.name);
    }
}

#[test]
fn every_control_is_a_row_of_the_catalogue() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let shared = std::env::var("SEKISHO_SHARED").map_or_else(|_| here.join("../../../shared"), PathBuf::from);
    let Ok(catalogue) = std::fs::read_to_string(shared.join("spec/catalogue.md")) else {
        println!("not here, skipped: catalogue.md");
        return;
    };
    for control in CONTROLS {
        let row = format!("| {} |", control.catalogue);
        assert!(catalogue.contains(&row), "{}: no row {}", control.name, control.catalogue);
    }
}
