//! What a decision takes: who the recipient is, which settings are in force, what they say of a message.
//!
//! The message is gathered once; only what differs by recipient is measured. "Cold": nothing of this person is in the memory
//! of the process; "warm": asked before. Where nothing waits for the disk, processor time of the thread is told too, which
//! does not depend on who else wants a core.

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use bytes::Bytes;
use checkpoint::gather::Gathered;
use checkpoint::judge::SourcesInForce;
use checkpoint::{Directory, Judge, Learning, LocalDomain, NextHop, Resolved, Signatures, Sources, Stores};
use message::{Address, Body, Envelope, Headers, Peer, ReversePath};
use store::records::directory::Known;
use store::records::settings::SettingsOwner;
use store::{Embedded, SubscriberId};

use crate::Operator;
use crate::made::{Set, local, operator_of, operators, set, spread};

/// People who are asked about again and again.
const REGULARS: u64 = 50_000;
/// People of whom nothing is in memory.
const STRANGERS: u64 = 20_000;
/// Decisions where some people get much mail and most little (Zipf).
const MIXED: u64 = 300_000;
/// Changes of settings, each followed by a message.
const CHANGES: u64 = 2_000;

struct World {
    judge: Judge,
    operators: Vec<Operator>,
}

/// Decides for people of that folder and says what it took.
pub(crate) async fn ask(folder: &Path, people: u64) -> Result<(), Box<dyn Error>> {
    let data = Embedded::open(folder).await?;
    let operators = operators(&data).await?;
    let records = data.records.clone();
    let judge = judge(data, &operators);
    let world = World { judge, operators };
    let (envelope, gathered) = world.message().await?;
    println!("resident with nobody known: {:.0} MiB", resident());

    let regulars = |n: u64| spread(n + 1_000_000_007) % people;
    let strangers = |n: u64| spread(n + 77_000_000_003) % people;
    let mut cold = Took::default();
    for n in 0..STRANGERS {
        cold.push(strangers(n), world.decide(&envelope, &gathered, strangers(n)).await?);
    }
    cold.say("cold, from the store");
    for n in 0..REGULARS {
        world.decide(&envelope, &gathered, regulars(n)).await?;
    }
    let mut warm = Took::default();
    for n in 0..REGULARS * 4 {
        let person = regulars(n % REGULARS);
        warm.push(person, world.decide(&envelope, &gathered, person).await?);
    }
    warm.say("warm");
    warm.of(|spent| spent.processor).say("warm, processor time");
    warm.say_operators(&world.operators);
    let mut mixed = Took::default();
    for n in 0..MIXED {
        // The rank of a person whose share of mail falls with it: uniform in the logarithm.
        let share = (spread(n + 5) % 1_000_000) as f64 / 1e6;
        let person = spread((people as f64).powf(share) as u64) % people;
        mixed.push(person, world.decide(&envelope, &gathered, person).await?);
    }
    mixed.say("mixed (Zipf over everybody)");
    println!("resident now: {:.0} MiB", resident());
    world.changes(&envelope, &gathered, regulars).await?;
    records.close().await?;
    Ok(())
}

impl World {
    /// A message of the repository's, with everything that can be known of it here.
    async fn message(&self) -> Result<(Envelope, Gathered), Box<dyn Error>> {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus/02-shop-order.eml");
        let envelope = Envelope {
            peer: Peer::at([192, 0, 2, 25].into()),
            mail_from: ReversePath::Address(Address::parse("orders@shop.example.jp")?),
            smtp_utf8: false,
            body: Body::SevenBit,
            received_at: checkpoint::now(),
        };
        let headers = Headers::parse(Bytes::from(std::fs::read(file)?), &message::limits::LIMITS);
        let Resolved::Ours(anybody) = self.judge.directory.resolve(&self.address(0)?).await? else {
            return Err("the first person is missing".into());
        };
        let (gathered, _) = self.judge.judge_for_operator(&envelope, headers, *anybody).await?;
        Ok((envelope, gathered))
    }

    fn address(&self, person: u64) -> Result<Address, Box<dyn Error>> {
        let domain = &self.operators[operator_of(person, self.operators.len())].domain;
        Ok(Address::new(&local(person), domain.clone())?)
    }

    async fn decide(&self, envelope: &Envelope, gathered: &Gathered, person: u64) -> Result<Spent, Box<dyn Error>> {
        let address = self.address(person)?;
        let (started, worked) = (Instant::now(), processor());
        let Resolved::Ours(recipient) = self.judge.directory.resolve(&address).await? else {
            return Err(format!("{address} is missing").into());
        };
        let settings = self.judge.directory.settings_for(&recipient).await?;
        let decision = self.judge.decide(envelope, gathered, &recipient, &settings, None).await?;
        let spent = Spent { wall: started.elapsed(), processor: processor().saturating_sub(worked) };
        drop(decision);
        Ok(spent)
    }

    /// A person's change has to be in force for the next message, and nobody else's settings are read again for it.
    async fn changes(
        &self,
        envelope: &Envelope,
        gathered: &Gathered,
        regulars: impl Fn(u64) -> u64,
    ) -> Result<(), Box<dyn Error>> {
        let (mut written, mut next, mut others) = (Took::default(), Took::default(), Took::default());
        for n in 0..CHANGES {
            let person = regulars(n);
            let Resolved::Ours(recipient) = self.judge.directory.resolve(&self.address(person)?).await? else {
                return Err("a regular is missing".into());
            };
            let owner = SettingsOwner::Subscriber(recipient.subscriber.unwrap_or(SubscriberId(0)));
            let (version, mut layer) = self.judge.directory.layer_of(recipient.operator, &owner).await?;
            let wanted = 4.25 + (n % 3) as f64;
            layer.threshold = Some(wanted);
            let started = Instant::now();
            self.judge
                .directory
                .change_settings(recipient.operator, &owner, &layer, version, "person", "192.0.2.1", "")
                .await?;
            written.push(person, Spent { wall: started.elapsed(), ..Spent::default() });
            next.push(person, self.decide(envelope, gathered, person).await?);
            let settings = self.judge.directory.settings_for(&recipient).await?;
            if (settings.threshold - wanted).abs() > f64::EPSILON {
                return Err(format!("{} still has {}", recipient.given, settings.threshold).into());
            }
            let other = regulars(REGULARS - 1 - n);
            others.push(other, self.decide(envelope, gathered, other).await?);
        }
        written.say("a change of settings, on the disk");
        next.say("the next message of who changed them");
        others.say("the next message of somebody else");
        Ok(())
    }
}

fn judge(data: Embedded, operators: &[Operator]) -> Judge {
    let stores = Stores { records: data.records, counters: data.counters, blobs: data.blobs };
    let local = |operator: &Operator| LocalDomain {
        operator: operator.id,
        name: operator.domain.clone(),
        next_hop: NextHop::Smtp { host: "127.0.0.1".into(), port: 1 },
        known: Known::Table,
        catch_all: None,
        detail: Some('+'),
    };
    let directory = Arc::new(Directory::new(stores.clone(), operators.iter().map(local).collect()));
    let learning = Arc::new(Learning::new(stores, Box::new(|_, _| [0; 32])));
    let sources = Sources {
        rules_version: String::new(),
        dns: None,
        auth: auth::AuthSettings::default(),
        limits: message::limits::LIMITS,
        rules: Arc::new(content::heuristics::RuleSet::shipped()),
        url_categories: Arc::default(),
        clamd: None,
        yara: None,
        signatures: Arc::new(Signatures::none()),
        spamassassin: None,
        lists: None,
    };
    Judge { sources: ArcSwap::from_pointee(SourcesInForce(sources)), directory, learning, door: None }
}

/// What decisions took, by how much the person has set.
#[derive(Default)]
struct Took {
    each: Vec<(u64, Spent)>,
}

/// What one decision took.
#[derive(Clone, Copy, Default)]
struct Spent {
    wall: Duration,
    /// Of this thread; nothing where somebody else did the work.
    processor: Duration,
}

impl Took {
    fn push(&mut self, person: u64, took: Spent) {
        self.each.push((person, took));
    }

    /// The same, with something else in the place of the time.
    fn of(&self, which: impl Fn(Spent) -> Duration) -> Self {
        let other = |(person, spent): &(u64, Spent)| (*person, Spent { wall: which(*spent), ..Spent::default() });
        Self { each: self.each.iter().map(other).collect() }
    }

    /// The operators whose people wait longest: what a profile costs.
    fn say_operators(&self, operators: &[Operator]) {
        let mut of: Vec<Vec<Duration>> = vec![Vec::new(); operators.len()];
        for (person, took) in self.each.iter().filter(|(person, _)| set(*person) == Set::Nothing) {
            of[operator_of(*person, operators.len())].push(took.wall);
        }
        let mut lines: Vec<_> =
            of.iter_mut().zip(operators).map(|(times, one)| (quantiles(times), &one.domain)).collect();
        lines.sort_unstable_by_key(|((_, half, ..), _)| std::cmp::Reverse(*half));
        for ((many, half, p99, ..), domain) in lines.iter().take(4) {
            println!("    nothing set, of {domain:<14} {many:>6}: p50 {half:.1?}, p99 {p99:.1?}");
        }
    }

    fn say(&self, what: &str) {
        let of = |which: Option<Set>| {
            let one = |(person, _): &&(u64, Spent)| which.is_none_or(|which| which == set(*person));
            quantiles(&mut self.each.iter().filter(one).map(|(_, took)| took.wall).collect::<Vec<_>>())
        };
        let mut line = String::new();
        for (name, which) in [
            ("all", None),
            ("nothing set", Some(Set::Nothing)),
            ("little", Some(Set::Little)),
            ("much", Some(Set::Much)),
            ("the most", Some(Set::Most)),
        ] {
            let (many, half, p99, p999, longest) = of(which);
            let _ = writeln!(
                line,
                "    {name:<12} {many:>7}: p50 {half:.1?}, p99 {p99:.1?}, p99.9 {p999:.1?}, longest {longest:.1?}"
            );
        }
        println!("{what}\n{line}");
    }
}

/// How many, half, 99 and 99.9 in a hundred of them, and the longest.
fn quantiles(times: &mut [Duration]) -> (usize, Duration, Duration, Duration, Duration) {
    times.sort_unstable();
    let at = |share: f64| times.get((times.len() as f64 * share) as usize).copied().unwrap_or_default();
    (times.len(), at(0.5), at(0.99), at(0.999), times.last().copied().unwrap_or_default())
}

/// Processor time of this thread.
fn processor() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::try_from(time).unwrap_or_default()
}

/// MiB of this process (proc(5), status).
fn resident() -> f64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").trim().parse::<f64>().unwrap_or(0.0) / 1024.0
}
