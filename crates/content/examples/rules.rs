//! Runs the shipped rules alone, untrained, over a labelled corpus.
//!
//! usage: rules INDEX.csv MESSAGES_DIR [SPLIT|missed] [own=RULES.toml]
//!
//! Prints what each rule hits, how much of each kind reaches the shipped threshold of 5 points, and every wanted
//! message that does. The folder of a message gives its sender's proof nothing: authentication is not known.

#![expect(clippy::print_stdout, reason = "a program for the command line: its figures are its output")]

use std::collections::HashMap;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::Instant;

use content::heuristics::{HeuristicFacts, RuleSet};
use message::{Body, Envelope, Limits, Message, Peer, ReversePath, UnixMillis};

/// Points from which a message is called spam.
const THRESHOLD: f64 = 5.0;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [index, messages, rest @ ..] = arguments.as_slice() else {
        return Err("usage: rules INDEX.csv MESSAGES_DIR [SPLIT|missed] [own=RULES.toml]".into());
    };
    let own = rest.iter().filter_map(|word| word.strip_prefix("own="));
    let own: Vec<(&str, String)> =
        own.map(|path| Ok((path, fs::read_to_string(path)?))).collect::<std::io::Result<_>>()?;
    let rules = RuleSet::shipped_and(&own.iter().map(|(path, text)| (*path, text.as_str())).collect::<Vec<_>>())?;
    let rest: Vec<&String> = rest.iter().filter(|word| !word.starts_with("own=")).collect();
    let mut hits: HashMap<String, [usize; 2]> = HashMap::new();
    let (mut all, mut reached, mut near, mut seconds) = ([0_usize; 2], [0_usize; 2], [0_usize; 2], 0.0);
    for record in csv::Reader::from_path(index)?.into_records() {
        let record = record?;
        let field = |at: usize| record.get(at).unwrap_or_default();
        if rest.first().is_some_and(|split| *split != "missed" && *split != field(2)) {
            continue;
        }
        let raw = fs::read(Path::new(messages).join(field(0)))?;
        let message = Message::parse(raw.into(), &Limits::default());
        let envelope = Envelope {
            peer: Peer::at(std::net::IpAddr::from([192, 0, 2, 1])),
            mail_from: ReversePath::Null,
            smtp_utf8: false,
            body: Body::SevenBit,
            received_at: UnixMillis(0),
        };
        let start = Instant::now();
        let found = rules.evaluate(&HeuristicFacts { message: &message, envelope: &envelope, authentication: None });
        seconds += start.elapsed().as_secs_f64();
        let kind = usize::from(field(1) == "spam");
        all[kind] += 1;
        let points: f64 = found.iter().map(|hit| hit.points).sum();
        near[kind] += usize::from(points >= THRESHOLD / 2.0);
        reached[kind] += usize::from(points >= THRESHOLD);
        let missed = kind == 1 && points < THRESHOLD && rest.first().is_some_and(|word| *word == "missed");
        if missed || kind == 0 && points >= THRESHOLD {
            let named: Vec<String> = found.iter().map(|hit| format!("{} {:?}", hit.rule, hit.arguments)).collect();
            println!("{points:.1} {}: {}", field(0), named.join(", "));
        }
        for hit in found {
            hits.entry(hit.rule).or_default()[kind] += 1;
        }
    }
    for rule in rules.rules() {
        let [ham, spam] = hits.get(&rule.id).copied().unwrap_or_default();
        let share = |hits: usize, all: usize| (hits as f64 + 0.5) / (all as f64 + 1.0);
        let truth = (share(spam, all[1]) / share(ham, all[0])).ln();
        println!("{:<28} {:>5.1} points  ham {ham:>5}  spam {spam:>5}  in truth {truth:>5.1}", rule.id, rule.points);
    }
    let percent = |count: usize, all: usize| 100.0 * count as f64 / all.max(1) as f64;
    for (name, kind) in [("ham", 0), ("spam", 1)] {
        let (half, full) = (percent(near[kind], all[kind]), percent(reached[kind], all[kind]));
        println!("{name}: {} messages, {half:.2} % at half the threshold, {full:.2} % at it", all[kind]);
    }
    println!("seconds per 1,000: {:.3}", 1000.0 * seconds / (all[0] + all[1]).max(1) as f64);
    Ok(())
}
