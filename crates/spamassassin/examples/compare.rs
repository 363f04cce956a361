//! Compares hit by hit with what the real SpamAssassin found, and says what a message costs.
//!
//! `compare REFERENCE.tsv MESSAGES-DIR RULES-DIR…`: the reference is what `tests/all/reference.pl` printed.
#![expect(clippy::print_stdout, reason = "what it finds is its output")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use spamassassin::{RuleFile, RuleSet};

fn files(folder: &Path) -> Vec<RuleFile> {
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).expect("a folder of rules").flatten().map(|entry| entry.path()).collect();
    paths.sort();
    let of = |end: &str| {
        let fits = |path: &&std::path::PathBuf| path.extension().is_some_and(|found| found == end);
        paths
            .iter()
            .filter(fits)
            .map(|path| RuleFile { name: path.display().to_string(), text: std::fs::read(path).expect("a rule file") })
            .collect::<Vec<_>>()
    };
    [of("pre"), of("cf")].concat()
}

/// Seconds of CPU of this thread.
fn cpu() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|nanoseconds| nanoseconds.parse::<f64>().ok()).unwrap_or(0.0) / 1e9
}

/// Megabytes that are really in memory.
fn resident() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    text.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok()).unwrap_or(0) * 4096 / 1_000_000
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (reference, messages) = (&arguments[0], Path::new(&arguments[1]));
    let all: Vec<RuleFile> = arguments[2..].iter().flat_map(|folder| files(Path::new(folder))).collect();
    let started = std::time::Instant::now();
    let set = match RuleSet::parse(&all) {
        Ok(set) => set,
        Err(error) => return println!("{error}"),
    };
    println!("{:?}, read in {:?}", set.count(), started.elapsed());
    let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for one in set.unusable() {
        reasons.entry(&one.reason).or_default().push(&one.rule);
    }
    for (reason, rules) in &reasons {
        println!("{:5} {reason}: {}", rules.len(), rules.iter().take(4).copied().collect::<Vec<_>>().join(" "));
    }
    let (mut both, mut missed, mut added) = (0usize, BTreeMap::new(), BTreeMap::new());
    let mut scored = (0usize, 0usize);
    let (mut bytes, mut seen, mut scores) = (0, 0, 0);
    let mut times = Vec::new();
    let all: Vec<String> =
        std::fs::read_to_string(reference).expect("a reference").lines().map(str::to_owned).collect();
    let read =
        |line: &String| std::fs::read(messages.join(line.split('\t').next().unwrap_or_default())).expect("a message");
    let mails: Vec<Vec<u8>> = all.iter().map(read).collect();
    // Engines are built when a text first needs them; what is measured is a warm process.
    for mail in &mails {
        set.evaluate(mail, &|| false);
    }
    let before = cpu();
    for mail in &mails {
        let started = std::time::Instant::now();
        set.evaluate(mail, &|| false);
        times.push(started.elapsed());
    }
    let cost = (cpu() - before) * 1000.0 / all.len() as f64;
    for (line, message) in all.iter().zip(&mails) {
        let fields: Vec<&str> = line.split('\t').collect();
        let [path, tests, parts, score] = fields.as_slice() else { continue };
        let theirs: BTreeSet<&str> =
            tests.split(',').chain(parts.split(',')).filter(|name| set.get(name).is_some()).collect();
        let outcome = set.evaluate(message, &|| false);
        bytes += message.len();
        seen += 1;
        let ours: BTreeSet<&str> = outcome.hits.iter().map(|hit| hit.rule.name.as_str()).collect();
        both += ours.intersection(&theirs).count();
        scores += usize::from((outcome.score() - score.parse::<f64>().unwrap_or(0.0)).abs() < 0.01);
        for name in theirs.union(&ours) {
            if !name.starts_with("__") {
                scored.0 += 1;
                scored.1 += usize::from(ours.contains(name) && theirs.contains(name));
            }
        }
        for name in theirs.difference(&ours) {
            missed.entry((*name).to_owned()).or_insert_with(Vec::new).push((*path).to_owned());
        }
        for name in ours.difference(&theirs) {
            added.entry((*name).to_owned()).or_insert_with(Vec::new).push((*path).to_owned());
        }
    }
    let count = |of: &BTreeMap<String, Vec<String>>| of.values().map(Vec::len).sum::<usize>();
    let (missing, adding) = (count(&missed), count(&added));
    println!("{seen} messages, {bytes} octets: {both} pairs in both, {missing} only theirs, {adding} only ours");
    println!("agreement {:.3} %", 100.0 * both as f64 / (both + missing + adding) as f64);
    println!("of rules with points {:.3} % of {}", 100.0 * scored.1 as f64 / scored.0 as f64, scored.0);
    println!("same score: {scores}");
    times.sort();
    let total: std::time::Duration = times.iter().sum();
    println!("CPU {cost:.3} ms a message, resident {} MB", resident());
    println!(
        "mean {:?}, median {:?}, p99 {:?}, most {:?}",
        total / seen,
        times[times.len() / 2],
        times[times.len() * 99 / 100],
        times[times.len() - 1]
    );
    for (title, of) in [("only theirs", &missed), ("only ours", &added)] {
        println!("--- {title}");
        let mut list: Vec<_> = of.iter().collect();
        list.sort_by_key(|(_, paths)| std::cmp::Reverse(paths.len()));
        for (name, paths) in list.iter().take(45) {
            println!("{:5} {name}  {}", paths.len(), paths.iter().take(3).cloned().collect::<Vec<_>>().join(" "));
        }
    }
}
