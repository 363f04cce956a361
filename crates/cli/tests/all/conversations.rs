//! The conversations in `dialogues/`, each held with a Sekisho of its own.

use testkit::dialogue::Dialogue;

use crate::house::{PROGRAM, add_aliases, held};

#[test]
fn every_dialogue_is_held_as_written() {
    let folder = testkit::corpus::root().join("dialogues");
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .expect("dialogues/ can be read")
        .map(|entry| entry.expect("dialogues/ can be read").path())
        .filter(|path| path.extension().is_some_and(|end| end == "txt"))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "no dialogues in {}", folder.display());
    let mut wrong = Vec::new();
    for file in &files {
        let one = std::panic::catch_unwind(|| Dialogue::read(file).hold(PROGRAM, &add_aliases, &held));
        if one.is_err() {
            wrong.push(file.file_name().unwrap_or_default().to_string_lossy().into_owned());
        }
    }
    println!("dialogues {} of {}", files.len() - wrong.len(), files.len());
    assert!(wrong.is_empty(), "not as written: {}", wrong.join(", "));
}
