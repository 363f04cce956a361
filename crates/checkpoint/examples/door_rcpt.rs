//! How many RCPT stages one core decides in a second, in process: every control of the door in `enforce`, DNS answered
//! from memory. Each visit is another source; what was found about it at connect, HELO and MAIL is there.
//!
//! `cargo run --release -p sekisho-checkpoint --example door_rcpt -- [thousands of RCPTs]`

#![expect(clippy::print_stdout, reason = "a measuring program says what it measured")]

use std::error::Error;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use async_trait::async_trait;
use auth::dns::{Cache, CacheSettings, Dns, Zone};
use checkpoint::door::ReceptionLimit;
use checkpoint::judge::SourcesInForce;
use checkpoint::{
    Directory, Door, DoorSettings, Face, Gate, GateSettings, Handed, Handover, Judge, Junk, Learning, LocalDomain,
    Metrics, NextHop, Onward, Signatures, Sources, Stores, Verified, Visit,
};
use controls::Mode;
use controls::inbound::CONTROLS;
use message::{Address, Body, Domain, Envelope, Peer, ReversePath, UnixMillis};
use store::records::directory::{Known, OperatorRow};
use store::{Embedded, OperatorId, Records as _};

/// Takes everybody and everything.
struct Nowhere;

#[async_trait]
impl Onward for Nowhere {
    async fn verify(&self, _: &NextHop, _: &ReversePath, _: &Address, _: tokio::time::Instant) -> Verified {
        Verified::Known
    }

    async fn hand_over(&self, handover: Handover) -> Vec<Handed> {
        let _ = handover;
        Vec::new()
    }
}

fn settings() -> Result<DoorSettings, Box<dyn Error>> {
    let mut settings = DoorSettings::default();
    for control in CONTROLS.iter().filter(|control| control.is_of_the_door()) {
        settings.modes.insert(control.name.to_owned(), Mode::Enforce);
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
    let dns: Arc<dyn Dns> = Arc::new(Cache::new(Arc::new(Zone::default()), CacheSettings::default()));
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
    Ok(Gate::new(
        stores,
        judge,
        junk,
        onward,
        Arc::new(Metrics::default()),
        gate_settings,
        Door::new(settings()?, memory),
    ))
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

async fn run(folder: &std::path::Path, rounds: u32) -> Result<(), Box<dyn Error>> {
    let gate = gate(folder).await?;
    let recipients: Vec<Address> =
        (0..1_000).map(|n| Address::parse(&format!("user{n}@example.jp"))).collect::<Result<_, _>>()?;
    let mut took: Vec<Duration> = Vec::with_capacity(rounds as usize);
    let (mut before, mut accepted) = (Duration::ZERO, 0_u32);
    for n in 0..rounds {
        // Some 50,000 hosts, each coming again now and then.
        let ip = IpAddr::V4(Ipv4Addr::from(0x0A00_0000 + n.wrapping_mul(2_654_435_761) % 50_000 * 7));
        let started = Instant::now();
        let mut visit =
            Visit::new(Peer { helo: Some(format!("mail{}.example.com", n % 500)), ..Peer::at(ip) }, Face::Smtp);
        gate.connect(&mut visit).await;
        gate.helo(&mut visit).await;
        let envelope = Envelope {
            peer: visit.peer.clone(),
            mail_from: ReversePath::Address(Address::parse(&format!("sender{}@example{}.com", n % 20_000, n % 500))?),
            smtp_utf8: false,
            body: Body::SevenBit,
            received_at: UnixMillis(checkpoint::now().0),
        };
        let Ok(mut transaction) = gate.mail(&visit, envelope, None).await.answer else { continue };
        before += started.elapsed();
        let started = Instant::now();
        let said = gate.rcpt(&mut transaction, recipients[n as usize % recipients.len()].clone()).await;
        took.push(started.elapsed());
        accepted += u32::from(said.answer.is_ok());
        transaction.takings.keep();
    }
    took.sort_unstable();
    let total: Duration = took.iter().sum();
    let at = |share: f64| took.get((took.len() as f64 * share) as usize).copied().unwrap_or_default();
    println!(
        "RCPT: {} decisions, {:.0} a second on one core; p50 {:?}, p99 {:?}, p99.9 {:?}, longest {:?}; accepted {accepted}",
        took.len(),
        took.len() as f64 / total.as_secs_f64(),
        at(0.5),
        at(0.99),
        at(0.999),
        took.last().copied().unwrap_or_default()
    );
    println!(
        "connect, HELO and MAIL before it: {:.0} sessions a second; {:?}",
        took.len() as f64 / before.as_secs_f64(),
        gate.door.memory.usage()
    );
    gate.door.memory.close()?;
    Ok(())
}
