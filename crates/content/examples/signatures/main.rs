//! How many variants of a campaign are found from one example, and what of wanted mail is hit.
//!
//! usage: signatures MESSAGES_DIR JAPANESE_DIR [MILLIONS]
//!
//! MESSAGES_DIR has easy_ham, easy_ham_2, hard_ham, spam, spam_2; JAPANESE_DIR has index.csv and msg.

use std::error::Error;
use std::path::{Path, PathBuf};

use content::heuristics::ClassHint;
use content::signatures::{Entry, Fingerprints, Library, Level, Segment, Set, LEVELS};
use message::{Limits, Message};
use noise::Example;
use random::Random;

mod noise;
mod random;

struct Mail {
    path: String,
    raw: Vec<u8>,
    message: Message,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [messages, japanese, ..] = arguments.as_slice() else {
        return Err("usage: signatures MESSAGES_DIR JAPANESE_DIR [MILLIONS]".into());
    };
    let messages = Path::new(messages);
    let spam = folder(messages, &["spam", "spam_2"])?;
    let mut ham = folder(messages, &["easy_ham", "easy_ham_2", "hard_ham"])?;
    let words = words(&ham);
    let (japanese_ham, campaigns) = japanese_campaigns(Path::new(japanese))?;
    ham.extend(japanese_ham);
    eprintln!("{} spam, {} ham, {} words, {} japanese campaigns", spam.len(), ham.len(), words.len(), campaigns.len());
    let mut totals = Totals::default();
    for (name, variants) in &campaigns {
        let mut tally = Totals::default();
        for (at, example) in variants.iter().enumerate() {
            let library = library(&[(1, example)]);
            for (other, variant) in variants.iter().enumerate() {
                if at != other {
                    tally.count(&library, variant);
                }
            }
        }
        println!("{name}: {}", tally.line());
        totals.add(&tally);
    }
    println!("japanese campaigns: {}", totals.line());
    corpus_campaigns(&spam, &words);
    hits_on_ham(&spam, &ham);
    Ok(())
}

fn corpus_campaigns(spam: &[Mail], words: &[String]) {
    let mut random = Random(7);
    let (mut totals, mut without, mut missed) = (Totals::default(), 0, Vec::new());
    for mail in spam {
        let example = Example::of(&mail.raw);
        let first = parse(example.variant(&mut random, words));
        let signatures = Fingerprints::of(&mail.message).signatures();
        if signatures.is_empty() {
            without += 1;
            continue;
        }
        let library = library(&[(1, &first)]);
        let mut tally = Totals::default();
        for _ in 0..4 {
            tally.count(&library, &parse(example.variant(&mut random, words)));
        }
        if tally.found[1] < tally.all {
            missed.push((mail.path.clone(), tally.found[1], signatures.iter().map(|s| (s.kind, s.fingerprints.len())).collect::<Vec<_>>()));
        }
        totals.add(&tally);
    }
    println!("corpus campaigns: {}; {without} of {} say too little for a signature", totals.line(), spam.len());
    for (path, found, kinds) in missed.iter().take(200) {
        println!("  {path}: {found} of 4 {kinds:?}");
    }
}

fn hits_on_ham(spam: &[Mail], ham: &[Mail]) {
    let all: Vec<(u32, &Message)> = spam.iter().zip(1..).map(|(mail, number)| (number, &mail.message)).collect();
    let library = library(&all);
    let mut by_level = [0; 4];
    for mail in ham {
        let matches = library.look_up(&Fingerprints::of(&mail.message), 1);
        let Some(first) = matches.first() else { continue };
        for (level, count) in LEVELS.iter().zip(&mut by_level) {
            *count += usize::from(first.level >= *level);
        }
        for found in &matches {
            println!(
                "  ham {}: {:?} {} {:?} of {}",
                mail.path, found.kind, found.level.name(), found.found, spam[found.number as usize / 10 - 1].path
            );
        }
    }
    println!("ham hit: {by_level:?} of {} at highest, high, middle, low", ham.len());
}

#[derive(Default)]
struct Totals {
    all: usize,
    found: [usize; 4],
}

impl Totals {
    fn count(&mut self, library: &Library, variant: &Message) {
        self.all += 1;
        let level = library.look_up(&Fingerprints::of(variant), 1).iter().map(|found| found.level).max();
        for (known, count) in LEVELS.iter().zip(&mut self.found) {
            *count += usize::from(level.is_some_and(|level| level >= *known));
        }
    }

    fn add(&mut self, other: &Self) {
        self.all += other.all;
        self.found.iter_mut().zip(other.found).for_each(|(sum, one)| *sum += one);
    }

    fn line(&self) -> String {
        let share = |level: Level| {
            let at = LEVELS.iter().position(|known| *known == level).unwrap_or(0);
            format!("{} {:.2} %", level.name(), 100.0 * self.found[at] as f64 / self.all.max(1) as f64)
        };
        let levels: Vec<String> = LEVELS.into_iter().map(share).collect();
        format!("{} of {} variants", levels.join(", "), self.all)
    }
}

fn library(messages: &[(u32, &Message)]) -> Library {
    let mut entries = Vec::new();
    for (number, message) in messages {
        for (signature, at) in Fingerprints::of(message).signatures().into_iter().zip(0..) {
            entries.push(Entry {
                number: number * 10 + at,
                class: ClassHint::Spam,
                expires: 100,
                origin: "bench".into(),
                signature,
            });
        }
    }
    let segment = Segment::of(&entries).expect("few entries fit");
    Library { sets: vec![Set { name: "bench".into(), segments: vec![segment.into()], withdrawn: Default::default() }] }
}

fn parse(raw: Vec<u8>) -> Message {
    Message::parse(raw.into(), &Limits::default())
}

fn folder(root: &Path, names: &[&str]) -> Result<Vec<Mail>, Box<dyn Error>> {
    let mut all = Vec::new();
    for name in names {
        let mut paths: Vec<PathBuf> =
            std::fs::read_dir(root.join(name))?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
        paths.sort();
        for path in paths.iter().filter(|path| !path.ends_with("cmds")) {
            let raw = std::fs::read(path)?;
            let path = path.strip_prefix(root)?.display().to_string();
            all.push(Mail { path, message: parse(raw.clone()), raw });
        }
    }
    Ok(all)
}

/// Words of wanted mail, for padding.
fn words(ham: &[Mail]) -> Vec<String> {
    let mut words = std::collections::BTreeSet::new();
    for mail in ham.iter().take(400) {
        for word in mail.message.normal.body.split(' ') {
            if (4..10).contains(&word.len()) && word.bytes().all(|octet| octet.is_ascii_lowercase()) {
                words.insert(word.to_owned());
            }
        }
    }
    words.into_iter().collect()
}

type Campaigns = std::collections::BTreeMap<String, Vec<Message>>;

fn japanese_campaigns(root: &Path) -> Result<(Vec<Mail>, Campaigns), Box<dyn Error>> {
    let (mut ham, mut campaigns) = (Vec::new(), Campaigns::new());
    for record in csv::Reader::from_path(root.join("index.csv"))?.into_records() {
        let record = record?;
        let field = |at: usize| record.get(at).unwrap_or_default();
        let raw = std::fs::read(root.join(field(0)))?;
        let message = parse(raw.clone());
        if field(1) == "ham" {
            ham.push(Mail { path: field(0).to_owned(), raw, message });
        } else if let Some(name) = field(4).split("campaign=").nth(1).and_then(|rest| rest.split(' ').next()) {
            campaigns.entry(name.to_owned()).or_default().push(message);
        }
    }
    Ok((ham, campaigns))
}
