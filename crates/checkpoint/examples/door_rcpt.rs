//! How many RCPT stages one core decides in a second, in process: every control of the door on, three DNS lists
//! among them, and every DNS answer cached. 5,000 hosts come again and again; one in five looks like a dial-up line and
//! is asked to come again, one in twenty is listed, one recipient in fifty does not exist.
//!
//! `cargo run --release -p sekisho-checkpoint --example door_rcpt -- [thousands of RCPTs]`

#![expect(clippy::print_stdout, reason = "a measuring program says what it measured")]

use std::error::Error;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use async_trait::async_trait;
use auth::dns::{Cache, CacheSettings, Dns, Lookup, Mx, Reply as DnsReply, Text};
use checkpoint::door::lists::{Kind, ListSettings, Lists};
use checkpoint::door::{Names, ReceptionLimit};
use checkpoint::judge::SourcesInForce;
use checkpoint::{
    Directory, Door, DoorSettings, Face, Gate, GateSettings, Handed, Handover, Judge, Junk, Learning, LocalDomain,
    Metrics, NextHop, Onward, Signatures, Sources, Stores, Transaction, Verified, Visit,
};
use controls::Mode;
use controls::inbound::CONTROLS;
use message::{Address, Body, Domain, Envelope, Peer, ReversePath, UnixMillis};
use store::records::directory::{Known, OperatorRow};
use store::{Embedded, OperatorId, Records as _};

/// Hosts that come.
const HOSTS: u32 = 5_000;
/// Domains that they send for.
const DOMAINS: u32 = 500;
/// Envelopes that are made before their RCPTs are decided in one go, so that the processor's time for these is known.
const BATCH: u32 = 500;

/// Takes everything; whom it does not know is in the name.
struct Nowhere;

#[async_trait]
impl Onward for Nowhere {
    async fn verify(&self, _: &NextHop, _: &ReversePath, to: &Address, _: tokio::time::Instant) -> Verified {
        if to.local().starts_with("nobody") {
            return Verified::Refused(policy::Reply::new(550, (5, 1, 1), "Nobody here"));
        }
        Verified::Known
    }

    async fn hand_over(&self, handover: Handover) -> Vec<Handed> {
        let _ = handover;
        Vec::new()
    }
}

/// The n-th host, few to a network.
fn host(n: u32) -> Ipv4Addr {
    Ipv4Addr::from(0x0A00_0000 + (n % HOSTS) * 97)
}

/// Names and lists as numbers make them; asked once, then the cache answers.
struct World;

impl World {
    const TTL: Duration = Duration::from_secs(86_400);

    fn name_of(ip: Ipv4Addr) -> String {
        let [a, b, c, d] = ip.octets();
        if u32::from(ip) % 5 == 0 {
            return format!("ppp-{a}-{b}-{c}-{d}.dynamic.example.net");
        }
        // A name that somebody chose, and that leads back.
        let letters: String = format!("{:08x}", u32::from(ip)).bytes().map(|b| char::from(b'a' + b % 26)).collect();
        format!("mx-{letters}.example.org")
    }

    fn host_of(name: &str) -> Option<Ipv4Addr> {
        (0..HOSTS).map(host).find(|ip| Self::name_of(*ip) == name)
    }

    fn listed(name: &str) -> bool {
        if name.starts_with("2.0.0.127.") || name.starts_with("test.") {
            return true;
        }
        let numbers: Vec<u32> = name.split('.').map_while(|label| label.parse().ok()).collect();
        numbers.len() == 4 && numbers.iter().sum::<u32>() % 20 == u32::from(name.contains(".good."))
    }

    fn address(name: &str) -> Option<Ipv4Addr> {
        match name.ends_with(".list.example") {
            true => Self::listed(name).then_some(Ipv4Addr::new(127, 0, 0, 2)),
            false if name.ends_with(".dynamic.example.net") || name.ends_with(".example.org") => Self::host_of(name),
            false => Some(Ipv4Addr::new(10, 200, 0, 1)),
        }
    }
}

fn said<T: Send + Sync + 'static>(record: Option<T>) -> Lookup<'static, T> {
    let reply = match record {
        Some(record) => DnsReply::records(vec![record], World::TTL),
        None => DnsReply::no_such_name(World::TTL),
    };
    Box::pin(async move { reply })
}

impl Dns for World {
    fn txt<'a>(&'a self, name: &'a str) -> Lookup<'a, Text> {
        said(name.starts_with("firm").then(|| b"v=spf1 ip4:10.0.0.0/14 -all".to_vec().into()))
    }

    fn a<'a>(&'a self, name: &'a str) -> Lookup<'a, Ipv4Addr> {
        said(Self::address(name))
    }

    fn aaaa<'a>(&'a self, _: &'a str) -> Lookup<'a, Ipv6Addr> {
        said(None)
    }

    fn mx<'a>(&'a self, name: &'a str) -> Lookup<'a, Mx> {
        said(Some(Mx { preference: 10, exchange: format!("mx.{name}").into() }))
    }

    fn ptr(&self, ip: IpAddr) -> Lookup<'_, Box<str>> {
        said(match ip {
            IpAddr::V4(ip) => Some(Self::name_of(ip).into()),
            IpAddr::V6(_) => None,
        })
    }
}

fn list(zone: &str, kind: Kind) -> ListSettings {
    ListSettings {
        name: zone.to_owned(),
        zone: format!("{zone}.list.example"),
        kind,
        allow: zone == "good",
        codes: Vec::new(),
        points: 2.0,
        refuse_alone: false,
        test_entry: None,
    }
}

/// Lists that passed their test, and our own name.
async fn names() -> Names {
    let lists = vec![list("bad", Kind::Addresses), list("good", Kind::Addresses), list("domains", Kind::Domains)];
    let lists = Lists::new(lists, Arc::new(World), None);
    lists.test_all().await;
    Names { lists: Some(Arc::new(lists)), ours: vec!["mx.example.jp".into()], ..Names::default() }
}

/// Processor time of this thread (proc(5), schedstat).
fn on_processor() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(text.split(' ').next().and_then(|word| word.parse().ok()).unwrap_or(0))
}

fn settings() -> Result<DoorSettings, Box<dyn Error>> {
    let mut settings = DoorSettings::default();
    for control in CONTROLS.iter().filter(|control| control.is_of_the_door()) {
        // In `enforce` dial-up lines would be refused before there is a recipient to be greylisted for.
        let mode = if control.name == "dynamic_source" { Mode::Label } else { Mode::Enforce };
        settings.modes.insert(control.name.to_owned(), mode);
    }
    for limit in ["ip=100/1h", "network=1000/1h", "sender=100/1h", "sender_domain=100000/1d", "recipient=1000000/1h"] {
        settings.limits.push(ReceptionLimit::parse(limit)?.1);
    }
    Ok(settings)
}

async fn gate(folder: &std::path::Path) -> Result<Gate, Box<dyn Error>> {
    let data = Embedded::open(folder).await?;
    let row = OperatorRow { id: OperatorId(0), name: "Example".into(), time_zone: "Asia/Tokyo".into() };
    let operator = data.records.put_operator(&row).await?;
    let stores = Stores { records: data.records, counters: data.counters, blobs: data.blobs };
    let local = LocalDomain {
        operator,
        name: Domain::parse("example.jp")?,
        next_hop: NextHop::Smtp { host: "127.0.0.1".into(), port: 1 },
        known: Known::NextHop,
        catch_all: None,
        detail: Some('+'),
    };
    let directory = Arc::new(Directory::new(stores.clone(), vec![local]));
    let learning = Arc::new(Learning::new(stores.clone(), Box::new(|_, _| [0; 32])));
    let onward: Arc<dyn Onward> = Arc::new(Nowhere);
    let junk = Arc::new(Junk::new(stores.clone(), directory.clone(), onward.clone(), None));
    let dns: Arc<dyn Dns> = Arc::new(Cache::new(Arc::new(World), CacheSettings::default()));
    let sources = Sources {
        rules_version: String::new(),
        dns: Some(dns),
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
    let judge = Judge { sources: ArcSwap::from_pointee(SourcesInForce(sources)), directory, learning, door: None };
    let gate_settings = GateSettings {
        configuration: String::new(),
        hostname: "mx.example.jp".into(),
        limits: message::limits::LIMITS,
        recipients: 1_000,
        decision_days: 30,
        ring: 0,
        lookup_page: None,
    };
    let memory = Arc::new(::door::Door::open(&folder.join("door"), ::door::Bounds::default(), checkpoint::now())?);
    let gate = Gate::new(
        stores,
        judge,
        junk,
        onward,
        Arc::new(Metrics::default()),
        gate_settings,
        Door::new(settings()?, memory),
    );
    gate.door.names.store(Arc::new(names().await));
    Ok(gate)
}

fn main() -> Result<(), Box<dyn Error>> {
    let rounds = std::env::args().nth(1).and_then(|text| text.parse::<u32>().ok()).unwrap_or(200) * 1_000;
    let folder = std::env::temp_dir().join(format!("door-rcpt-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    // One thread decides; the threads of the stores only write what changed.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let outcome = runtime.block_on(run(&folder, rounds));
    std::fs::remove_dir_all(&folder)?;
    outcome
}

/// A session up to MAIL: `None` where the door said no before there was a recipient.
async fn begun(gate: &Gate, n: u32) -> Result<Option<Transaction>, Box<dyn Error>> {
    // In an order that is not that of their addresses.
    let nth = n.wrapping_mul(2_654_435_761) >> 7;
    let domain = nth % DOMAINS;
    let peer = Peer { helo: Some(format!("mail.firm{domain}.example")), ..Peer::at(host(nth).into()) };
    let mut visit = Visit::new(peer, Face::Smtp);
    if gate.connect(&mut visit).await.answer.is_err() || gate.helo(&mut visit).await.answer.is_err() {
        return Ok(None);
    }
    let sender = Address::parse(&format!("sender{}@firm{domain}.example", nth % 20_000))?;
    let envelope = Envelope {
        peer: visit.peer.clone(),
        mail_from: ReversePath::Address(sender),
        smtp_utf8: false,
        body: Body::SevenBit,
        received_at: UnixMillis(checkpoint::now().0),
    };
    Ok(gate.mail(&visit, envelope, None).await.answer.ok())
}

/// What the RCPTs took.
#[derive(Default)]
struct Taken {
    each: Vec<Duration>,
    processor: Duration,
    accepted: u32,
}

async fn decide(gate: &Gate, recipients: &[Address], batch: &mut [Transaction], taken: &mut Taken) {
    let before = on_processor();
    for transaction in batch {
        let to = recipients[taken.each.len() % recipients.len()].clone();
        let started = Instant::now();
        let said = gate.rcpt(transaction, to).await;
        taken.each.push(started.elapsed());
        taken.accepted += u32::from(said.answer.is_ok());
        transaction.takings.keep();
    }
    taken.processor += on_processor() - before;
}

async fn run(folder: &std::path::Path, rounds: u32) -> Result<(), Box<dyn Error>> {
    let gate = gate(folder).await?;
    let recipient = |n: u32| match n % 50 {
        0 => format!("nobody{n}@example.jp"),
        _ => format!("user{n}@example.jp"),
    };
    let recipients: Vec<Address> = (1..1_000).map(|n| Address::parse(&recipient(n))).collect::<Result<_, _>>()?;
    // Every host once: from here on every DNS answer comes from memory.
    for n in 0..HOSTS {
        let ip = IpAddr::from(host(n));
        gate.connect(&mut Visit::new(Peer::at(ip), Face::Smtp)).await;
    }
    for n in 0..20_000 {
        drop(begun(&gate, n).await?);
    }
    let (mut taken, mut sessions, mut before) = (Taken::default(), 0_u32, Duration::ZERO);
    while sessions < rounds {
        let (mut batch, started) = (Vec::new(), on_processor());
        for _ in 0..BATCH {
            batch.extend(begun(&gate, sessions).await?);
            sessions += 1;
        }
        before += on_processor() - started;
        decide(&gate, &recipients, &mut batch, &mut taken).await;
    }
    say(&mut taken, sessions, before);
    println!("{:?}", gate.door.memory.usage());
    gate.door.memory.close()?;
    Ok(())
}

fn say(taken: &mut Taken, sessions: u32, before: Duration) {
    let Taken { each, processor, accepted } = taken;
    each.sort_unstable();
    let at = |share: f64| each.get((each.len() as f64 * share) as usize).copied().unwrap_or_default();
    let wall: Duration = each.iter().sum();
    println!(
        "RCPT: {} decisions, {:.0} a second of processor time ({:.0} of wall time), {accepted} accepted",
        each.len(),
        each.len() as f64 / processor.as_secs_f64(),
        each.len() as f64 / wall.as_secs_f64(),
    );
    println!(
        "wall time of one: p50 {:?}, p90 {:?}, p99 {:?}, p99.9 {:?}, longest {:?}",
        at(0.5),
        at(0.9),
        at(0.99),
        at(0.999),
        each.last().copied().unwrap_or_default()
    );
    println!(
        "connect, HELO and MAIL before it: {:.0} sessions a second of processor time",
        f64::from(sessions) / before.as_secs_f64()
    );
}
