//! Signatures measured in one run: how many variants of a campaign are found from one example, what of wanted mail is
//! hit, what ten million signatures cost in memory, and how long a look-up takes.
//!
//! usage: signatures MESSAGES_DIR JAPANESE_DIR SCRATCH_DIR [MILLIONS]
//!
//! MESSAGES_DIR has easy_ham, easy_ham_2, hard_ham, spam, spam_2; JAPANESE_DIR has index.csv and msg.

#![expect(clippy::print_stdout, reason = "a program for the command line: its figures are its output")]

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use content::heuristics::ClassHint;
use content::signatures::{Entry, Fingerprints, Kind, LEVELS, Level, Library, Match, Segment, Set};
use message::{Limits, Message};
use noise::Example;
use random::Random;

mod many;
mod noise;
mod pictures;
mod random;

/// Variants that are made of each message, besides the example.
const VARIANTS: usize = 4;

/// A day on which everything is in force.
const TODAY: u16 = 20_000;

struct Mail {
    path: String,
    raw: Vec<u8>,
    message: Message,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [messages, japanese, scratch, rest @ ..] = arguments.as_slice() else {
        return Err("usage: signatures MESSAGES_DIR JAPANESE_DIR SCRATCH_DIR [MILLIONS]".into());
    };
    let messages = Path::new(messages);
    let millions: f64 = rest.first().map_or(Ok(10.0), |text| text.parse())?;
    // Ten million signatures first, so that what is resident is theirs.
    let large = many::load(&Path::new(scratch).join("many.sigs"), (millions * 1e6) as u32)?;
    let spam = folder(messages, &["spam", "spam_2"])?;
    let mut ham = folder(messages, &["easy_ham", "easy_ham_2", "hard_ham"])?;
    let words = words(&ham);
    let (japanese_ham, japanese_spam, campaigns) = japanese_mail(Path::new(japanese))?;
    ham.extend(japanese_ham);
    let bench = Bench { large, words };
    bench.japanese(&campaigns);
    bench.corpus(&spam);
    bench.pictures();
    let spam: Vec<Mail> = spam.into_iter().chain(japanese_spam).collect();
    bench.ham(&spam, &ham);
    bench.cost(&spam, &ham);
    Ok(())
}

/// What all parts of the run share.
struct Bench {
    large: Set,
    words: Vec<String>,
}

impl Bench {
    fn japanese(&self, campaigns: &Campaigns) {
        let mut totals = Totals::default();
        for variants in campaigns.values() {
            for (at, example) in variants.iter().enumerate() {
                let library = self.library(&[(1, example)]);
                for (_, variant) in variants.iter().enumerate().filter(|(other, _)| *other != at) {
                    totals.count(&library, variant);
                }
            }
        }
        println!("marked Japanese campaigns, each variant against each other: {}", totals.line());
    }

    fn corpus(&self, spam: &[Mail]) {
        let mut random = Random(7);
        let (mut totals, mut telling, mut without, mut missed) = (Totals::default(), Totals::default(), 0, Vec::new());
        for mail in spam {
            let example = Example::of(&mail.raw);
            let first = parse(example.variant(&mut random, &self.words));
            let signatures = Fingerprints::of(&mail.message).signatures();
            if signatures.is_empty() {
                without += 1;
                continue;
            }
            let library = self.library(&[(1, &first)]);
            let mut tally = Totals::default();
            for _ in 0..VARIANTS {
                tally.count(&library, &parse(example.variant(&mut random, &self.words)));
            }
            if tally.found[1] < tally.all {
                missed.push(format!("{}: {} of {VARIANTS}", mail.path, tally.found[1]));
            }
            totals.add(&tally);
            if signatures.iter().any(|signature| signature.kind != Kind::Links) {
                telling.add(&tally);
            }
        }
        println!("campaigns made of corpus spam, {VARIANTS} variants each: {}", totals.line());
        println!("  of those that have more to tell than links with rotated hosts: {}", telling.line());
        println!("  known by their text alone, by short strings found: {:?}", totals.by_text);
        println!("  {without} of {} messages say too little for a signature", spam.len());
        if std::env::var_os("MISSED").is_some() {
            missed.iter().for_each(|line| println!("  missed at high: {line}"));
        }
    }

    /// Picture-only mail: the same picture encoded again, in another size, under speckles.
    fn pictures(&self) {
        let mut random = Random(11);
        let (mut totals, mut others) = (Totals::default(), 0);
        for campaign in 0..60 {
            let library = self.library(&[(1, &parse(pictures::mail(campaign, &mut random)))]);
            for _ in 0..VARIANTS {
                totals.count(&library, &parse(pictures::mail(campaign, &mut random)));
            }
            let stranger = parse(pictures::mail(campaign + 1_000, &mut random));
            others += usize::from(!library.look_up(&Fingerprints::of(&stranger), TODAY).is_empty());
        }
        println!("pictures encoded again with noise: {}; other pictures taken for them: {others} of 60", totals.line());
    }

    fn ham(&self, spam: &[Mail], ham: &[Mail]) {
        let all: Vec<(u32, &Message)> = spam.iter().zip(1..).map(|(mail, number)| (number, &mail.message)).collect();
        let mut kinds = BTreeMap::new();
        for signature in all.iter().flat_map(|(_, message)| Fingerprints::of(message).signatures()) {
            let (count, strings) = kinds.entry(signature.kind.name()).or_insert((0, 0));
            *count += 1;
            *strings += signature.fingerprints.len();
        }
        println!("signatures of all spam, and their short strings: {kinds:?}");
        let library = self.library(&all);
        let mut by_level = [0; 4];
        for mail in ham {
            let matches = library.look_up(&Fingerprints::of(&mail.message), TODAY);
            let Some(first) = matches.first() else { continue };
            for (level, count) in LEVELS.iter().zip(&mut by_level) {
                *count += usize::from(first.level >= *level);
            }
            for found in &matches {
                let whose = (found.number as usize / 10).checked_sub(1).and_then(|at| spam.get(at));
                let whose = whose.filter(|_| &*found.set == "bench").map_or("the large set", |mail| mail.path.as_str());
                println!(
                    "  hit: {}: {} {} {:?} of {whose}",
                    mail.path,
                    found.kind.name(),
                    found.level.name(),
                    found.found
                );
            }
        }
        let [highest, high, middle, low] = by_level;
        println!(
            "wanted mail hit, with signatures of all {} spam and the large set: highest {highest}, high {high}, middle \
             {middle}, low {low} of {}",
            spam.len(),
            ham.len()
        );
    }

    fn cost(&self, spam: &[Mail], ham: &[Mail]) {
        let all: Vec<(u32, &Message)> = spam.iter().zip(1..).map(|(mail, number)| (number, &mail.message)).collect();
        let library = self.library(&all);
        let (mut making, mut looking) = (Vec::new(), Vec::new());
        for mail in spam.iter().chain(ham) {
            let start = Instant::now();
            let fingerprints = Fingerprints::of(&mail.message);
            making.push(start.elapsed());
            let start = Instant::now();
            std::hint::black_box(library.look_up(&fingerprints, TODAY));
            looking.push(start.elapsed());
        }
        // Three rounds over all messages, the best of each: what other processes took is not the look-up's.
        for _ in 0..2 {
            for ((mail, made), looked) in spam.iter().chain(ham).zip(&mut making).zip(&mut looking) {
                let start = Instant::now();
                let fingerprints = Fingerprints::of(&mail.message);
                *made = start.elapsed().min(*made);
                let start = Instant::now();
                std::hint::black_box(library.look_up(&fingerprints, TODAY));
                *looked = start.elapsed().min(*looked);
            }
        }
        for (what, times) in [("fingerprints", &mut making), ("look-up", &mut looking)] {
            times.sort_unstable();
            let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_nanos() as f64 / 1e3;
            println!(
                "{what} of a message, microseconds: p50 {:.1}, p90 {:.1}, p99 {:.1}, p99.9 {:.1}, of {} messages",
                at(0.5),
                at(0.9),
                at(0.99),
                at(0.999),
                times.len()
            );
        }
        println!("resident at the end: {} MB, most ever {} MB", many::resident("VmRSS"), many::resident("VmHWM"));
    }

    /// The large set and signatures of these messages.
    fn library(&self, messages: &[(u32, &Message)]) -> Library {
        let mut entries = Vec::new();
        for (number, message) in messages {
            for (signature, at) in Fingerprints::of(message).signatures().into_iter().zip(0..) {
                entries.push(Entry {
                    number: number * 10 + at,
                    class: ClassHint::Spam,
                    expires: TODAY + 90,
                    origin: "bench".into(),
                    signature,
                });
            }
        }
        let segment = Segment::of(&entries).expect("few entries fit");
        let small = Set { name: "bench".into(), segments: vec![segment.into()], withdrawn: Arc::default() };
        Library { sets: vec![self.large.clone(), small] }
    }
}

#[derive(Default)]
struct Totals {
    all: usize,
    found: [usize; 4],
    /// Variants that only their text gives away, by its short strings found.
    by_text: [usize; 16],
}

impl Totals {
    fn count(&mut self, library: &Library, variant: &Message) {
        self.all += 1;
        let matches = library.look_up(&Fingerprints::of(variant), TODAY);
        let other = |found: &&Match| found.kind != Kind::Text && found.level >= Level::High;
        if matches.iter().find(other).is_none() {
            let text = matches.iter().find(|found| found.kind == Kind::Text).map_or(0, |found| found.found.0);
            self.by_text[usize::from(text.min(15))] += 1;
        }
        let level = matches.iter().filter(|found| &*found.set == "bench").map(|found| found.level).max();
        for (known, count) in LEVELS.iter().zip(&mut self.found) {
            *count += usize::from(level.is_some_and(|level| level >= *known));
        }
    }

    fn add(&mut self, other: &Self) {
        self.all += other.all;
        self.found.iter_mut().zip(other.found).for_each(|(sum, one)| *sum += one);
        self.by_text.iter_mut().zip(other.by_text).for_each(|(sum, one)| *sum += one);
    }

    fn line(&self) -> String {
        let share = |(level, found): (&Level, &usize)| {
            format!("{} {:.2} %", level.name(), 100.0 * *found as f64 / self.all.max(1) as f64)
        };
        let levels: Vec<String> = LEVELS.iter().zip(&self.found).map(share).collect();
        format!("{} of {}", levels.join(", "), self.all)
    }
}

fn parse(raw: Vec<u8>) -> Message {
    Message::parse(raw.into(), &Limits::default())
}

fn folder(root: &Path, names: &[&str]) -> Result<Vec<Mail>, Box<dyn Error>> {
    let mut all = Vec::new();
    for name in names {
        let mut paths: Vec<PathBuf> = std::fs::read_dir(root.join(name))?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<_, _>>()?;
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
    let mut words = BTreeSet::new();
    for mail in ham.iter().take(400) {
        for word in mail.message.normal.body.split(' ') {
            if (3..12).contains(&word.len()) && word.bytes().all(|octet| octet.is_ascii_lowercase()) {
                words.insert(word.to_owned());
            }
        }
    }
    words.into_iter().collect()
}

type Campaigns = BTreeMap<String, Vec<Message>>;

/// Wanted mail, spam, and marked campaigns.
type Sorted = (Vec<Mail>, Vec<Mail>, Campaigns);

/// Wanted mail, spam, and the marked campaigns.
fn japanese_mail(root: &Path) -> Result<Sorted, Box<dyn Error>> {
    let (mut ham, mut spam, mut campaigns) = (Vec::new(), Vec::new(), Campaigns::new());
    for record in csv::Reader::from_path(root.join("index.csv"))?.into_records() {
        let record = record?;
        let field = |at: usize| record.get(at).unwrap_or_default();
        let raw = std::fs::read(root.join(field(0)))?;
        let message = parse(raw.clone());
        if let Some(name) = field(4).split("campaign=").nth(1).and_then(|rest| rest.split(' ').next()) {
            campaigns.entry(name.to_owned()).or_default().push(message.clone());
        }
        let mail = Mail { path: field(0).to_owned(), raw, message };
        if field(1) == "ham" { ham.push(mail) } else { spam.push(mail) }
    }
    Ok((ham, spam, campaigns))
}
