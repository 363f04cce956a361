//! Debian's stock rules on the labelled corpus, hit by hit beside the real SpamAssassin.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use spamassassin::{RuleFile, RuleSet};

const FOLDERS: [&str; 2] = ["/etc/spamassassin", "/usr/share/spamassassin"];

/// Messages that are compared in each run; `bench/spamassassin-rules` compares a thousand.
const MESSAGES: usize = 60;

/// Share of pairs of rule and message that must agree.
const LEAST: f64 = 0.97;

fn files(folder: &str) -> Vec<RuleFile> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    let mut all = Vec::new();
    for end in ["pre", "cf"] {
        for path in paths.iter().filter(|path| path.extension().is_some_and(|found| found == end)) {
            all.push(RuleFile { name: path.display().to_string(), text: std::fs::read(path).expect("a rule file") });
        }
    }
    all
}

fn stock() -> Option<RuleSet> {
    let all: Vec<RuleFile> = FOLDERS.iter().flat_map(|folder| files(folder)).collect();
    if !all.iter().any(|file| file.name.ends_with("/72_active.cf")) {
        return None;
    }
    Some(RuleSet::parse(&all).unwrap_or_else(|error| panic!("{error}")))
}

#[test]
fn debians_stock_rules_run() {
    let Some(set) = stock() else {
        println!("not here, skipped: Debian's package spamassassin");
        return;
    };
    let count = set.count();
    println!("{count:?}");
    for rule in set.unusable() {
        println!("cannot run: {} ({}) {}", rule.rule, rule.place, rule.reason);
        assert!(rule.reason.contains("network") || rule.reason.contains("check_dkim"), "{rule:?}");
    }
    assert!(count.running > 2_000, "{count:?}");
}

/// The corpus, unpacked beside what is built.
fn corpus() -> Option<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let shared = std::env::var("SEKISHO_SHARED").map_or_else(|_| here.join("../../../shared"), PathBuf::from);
    let prepare = shared.join("tools/measure/prepare.sh");
    if !prepare.exists() {
        return None;
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("spamassassin-corpus");
    let done = Command::new(&prepare).arg(&folder).stdout(Stdio::null()).status().expect("the script that unpacks");
    assert!(done.success(), "{} did not unpack the corpus", prepare.display());
    Some(folder.join("msgs"))
}

/// Some messages, spread over every folder.
fn messages(corpus: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for folder in std::fs::read_dir(corpus).expect("the corpus") {
        let folder = folder.expect("a folder").path();
        all.extend(std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("a message").path()));
    }
    all.sort();
    assert!(all.len() > 1_000, "the corpus is not whole");
    let step = all.len() / MESSAGES;
    all.into_iter().skip(step / 2).step_by(step).take(MESSAGES).collect()
}

/// What the real one finds, message by message.
fn reference(messages: &[PathBuf]) -> Vec<BTreeSet<String>> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/all/reference.pl");
    let mut perl = Command::new("perl");
    let mut perl = perl.arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("perl");
    let mut input = perl.stdin.take().expect("its input");
    let paths: String = messages.iter().map(|path| format!("{}\n", path.display())).collect();
    let writer = std::thread::spawn(move || input.write_all(paths.as_bytes()));
    let output = perl.wait_with_output().expect("its output");
    writer.join().expect("the writer").expect("its input");
    assert!(output.status.success(), "the real SpamAssassin failed");
    let text = String::from_utf8(output.stdout).expect("names");
    let names =
        |line: &str| line.split('\t').skip(1).take(2).flat_map(|list| list.split(',')).map(str::to_owned).collect();
    text.lines().map(names).collect()
}

#[test]
fn hits_agree_with_the_real_one() {
    let Some(set) = stock() else {
        println!("not here, skipped: Debian's package spamassassin");
        return;
    };
    let Some(corpus) = corpus() else {
        println!("not here, skipped: the corpus");
        return;
    };
    let messages = messages(&corpus);
    let theirs = reference(&messages);
    assert_eq!(theirs.len(), messages.len());
    let (mut both, mut all) = (0, 0);
    for (path, theirs) in messages.iter().zip(&theirs) {
        let message = std::fs::read(path).expect("a message");
        let theirs: BTreeSet<&str> = theirs.iter().map(String::as_str).filter(|name| set.get(name).is_some()).collect();
        let outcome = set.evaluate(&message, &|| false);
        let ours: BTreeSet<&str> = outcome.hits.iter().map(|hit| hit.rule.name.as_str()).collect();
        for name in ours.symmetric_difference(&theirs) {
            println!("{}: {name} only {}", path.display(), if ours.contains(name) { "here" } else { "there" });
        }
        both += ours.intersection(&theirs).count();
        all += ours.union(&theirs).count();
    }
    let share = f64::from(u32::try_from(both).expect("few")) / f64::from(u32::try_from(all).expect("few"));
    println!("{both} of {all} pairs agree: {:.2} %", share * 100.0);
    assert!(both > MESSAGES * 20 && share >= LEAST);
}
