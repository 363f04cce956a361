//! What each heuristic rule costs on a folder of mail: microseconds a message, dearest first.
//!
//! `cargo run --release -p sekisho-content --example rule_cost -- FOLDER [MESSAGES]`

#![expect(clippy::print_stdout, reason = "a program for the command line: its figures are its output")]

use std::error::Error;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Instant;

use content::heuristics::{HeuristicFacts, RuleSet};
use message::{Body, Envelope, Limits, Message, Peer, ReversePath, UnixMillis};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("usage: rule_cost FOLDER [MESSAGES]")?;
    let most = arguments.next().and_then(|number| number.parse().ok()).unwrap_or(1_000);
    let mut files: Vec<_> = std::fs::read_dir(folder)?.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.sort();
    let messages: Vec<Message> = files
        .iter()
        .take(most)
        .filter_map(|path| std::fs::read(path).ok())
        .map(|raw| Message::parse(raw.into(), &Limits::default()))
        .collect();
    let envelope = Envelope {
        peer: Peer::at(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        mail_from: ReversePath::Null,
        smtp_utf8: false,
        body: Body::EightBit,
        received_at: UnixMillis(0),
    };
    let mut costs = Vec::new();
    let mut time = |name: &str, set: &RuleSet| {
        let mut best = f64::MAX;
        for _ in 0..3 {
            let start = Instant::now();
            for message in &messages {
                std::hint::black_box(set.evaluate(&HeuristicFacts {
                    message,
                    envelope: &envelope,
                    authentication: None,
                }));
            }
            best = best.min(start.elapsed().as_secs_f64() * 1e6 / messages.len().max(1) as f64);
        }
        costs.push((best, name.to_owned()));
    };
    time("(all together)", &RuleSet::shipped());
    time("(none)", &RuleSet::parse("none.toml", "")?);
    for path in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/rules"))? {
        let path = path?.path();
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        let file: toml::Table = std::fs::read_to_string(&path)?.parse()?;
        for rule in file.get("rule").and_then(|rules| rules.as_array()).into_iter().flatten() {
            let mut alone = toml::Table::new();
            alone.insert("rule".into(), toml::Value::Array(vec![rule.clone()]));
            let set = RuleSet::parse("alone.toml", &toml::to_string(&alone)?)?;
            time(rule.get("id").and_then(|id| id.as_str()).unwrap_or_default(), &set);
        }
    }
    costs.sort_by(|a, b| b.0.total_cmp(&a.0));
    for (cost, name) in costs.iter().take(40) {
        println!("{cost:8.2} {name}");
    }
    Ok(())
}
