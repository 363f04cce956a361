//! The people: which operator's, which address, and what each has set.
//!
//! Everything follows from a person's number. Most have set nothing, some a little, a few much, and one in a thousand as much
//! as their operator offers.

use std::error::Error;
use std::path::Path;
use std::time::Instant;

use futures_util::{StreamExt as _, stream};
use message::Domain;
use policy::Layer;
use policy::profile::Profile;
use serde_json::{Value, json};
use store::records::directory::{AddressKind, AddressRow, OperatorRow, SubscriberRow};
use store::records::settings::{SettingsOwner, SettingsVersion};
use store::{Embedded, OperatorId, Records as _, SubscriberId};

use crate::Operator;

/// Subscribers written in one transaction.
const BATCH: u64 = 200_000;
/// Changes of settings under way at once.
const AT_ONCE: usize = 512;
/// Every other one: enough that no two of a person's entries are the same.
const STRIDE: u64 = 2_654_435_761;

/// How much a person has set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Set {
    /// Nothing.
    Nothing,
    /// A threshold and a few senders.
    Little,
    /// Some dozens of senders, and rules of their own.
    Much,
    /// As much as the operator offers.
    Most,
}

/// How much the n-th person has set.
pub(crate) fn set(n: u64) -> Set {
    match spread(n) % 1_000 {
        0..=779 => Set::Nothing,
        780..=949 => Set::Little,
        950..=998 => Set::Much,
        _ => Set::Most,
    }
}

/// A number without pattern for each number.
pub(crate) fn spread(n: u64) -> u64 {
    let n = (n ^ (n >> 31)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (n ^ (n >> 29)) >> 3
}

/// The local part of the n-th person's address.
pub(crate) fn local(n: u64) -> String {
    format!("{:x}.user{n}", spread(n) & 0xFFF)
}

/// The n-th person's operator, of so many.
pub(crate) fn operator_of(n: u64, operators: usize) -> usize {
    usize::try_from(spread(n + 7) % operators as u64).unwrap_or_default()
}

/// The senders that people name: those of the repository's sample mail are among them.
fn sender(n: u64) -> String {
    let n = spread(n);
    match n % 4 {
        0 => format!("shop{}.example", n % 50_000),
        1 => format!("*.firm{}.example.org", n % 50_000),
        _ => format!("person{}@mail{}.example.net", n % 900_000, n % 5_000),
    }
}

fn entries(n: u64, from: u64, many: u32) -> Value {
    let entry = |i: u64| {
        let text = sender(n.wrapping_mul(STRIDE) + from + i);
        match text.strip_prefix("*.") {
            Some(domain) => json!({"kind": "subdomains", "text": domain}),
            None if text.contains('@') => json!({"kind": "address", "text": text}),
            None => json!({"kind": "domain", "text": text}),
        }
    };
    (0..u64::from(many)).map(entry).collect()
}

fn rules(n: u64, many: u32) -> Value {
    let rule = |i: u32| {
        let word = spread(n + u64::from(i)) % 100_000;
        let (field, text) = match i % 3 {
            0 => ("subject", format!("won{word}")),
            1 => ("body", format!("未承諾広告{word}")),
            _ => ("from_address", format!("promo{word}")),
        };
        json!({"rule": {"id": format!("k{i}"), "conditions": [{"field": field, "kind": "contains", "text": text}]},
               "then": {"then": "junk"}})
    };
    (0..many).map(rule).collect()
}

/// What the n-th person has set. `None`: nothing.
pub(crate) fn layer(n: u64, profile: &Profile) -> Option<String> {
    let (lists, offered) = (&profile.lists, &profile.rules);
    let few = u32::try_from(spread(n + 1) % 8).unwrap_or_default();
    // What both lists may hold together bounds each of them here.
    let half = lists.both_most.map_or(u32::MAX, |both| both / 2);
    let (receive, refuse) = (lists.receive_most.min(half), lists.refuse_most.min(half));
    let refuse = if lists.exclusive { 0 } else { refuse };
    let (receive, refuse, rules_of) = match set(n) {
        Set::Nothing => return None,
        Set::Little => (few.min(receive), (few / 2).min(refuse), 0),
        Set::Much => (receive.min(20 + few * 3), refuse.min(20 + few * 2), offered.refuse_most.min(5)),
        Set::Most => (receive, refuse, offered.refuse_most),
    };
    let layer = json!({
        "consent": {"given": !n.is_multiple_of(3), "at": 0, "text": 1},
        "threshold": 4.0 + (n % 4) as f64,
        "receive": entries(n, 0, receive),
        "refuse": entries(n, 1_000_000, refuse),
        "keywords": rules(n, rules_of),
    });
    Some(layer.to_string())
}

/// The operators of the shipped profiles, written where they are not there.
pub(crate) async fn operators(data: &Embedded) -> Result<Vec<Operator>, Box<dyn Error>> {
    let mut all = Vec::new();
    for (name, profile) in crate::profiles()? {
        let row = OperatorRow { id: OperatorId(0), name: format!("operator-{name}"), time_zone: "Asia/Tokyo".into() };
        let id = data.records.put_operator(&row).await?;
        let domain = Domain::parse(&format!("{name}.example.jp"))?;
        if data.records.settings(id, &SettingsOwner::Operator).await?.is_none() {
            let layer = Layer { profile: Some(Box::new(profile.clone())), ..Layer::default() };
            write(data, id, SettingsOwner::Operator, layer.to_json()).await?;
        }
        all.push(Operator { id, domain, profile });
    }
    Ok(all)
}

async fn write(
    data: &Embedded,
    operator: OperatorId,
    owner: SettingsOwner,
    json: String,
) -> Result<(), Box<dyn Error>> {
    let (by, from, note) = ("person".to_owned(), "192.0.2.1".to_owned(), String::new());
    let version = SettingsVersion { version: 0, operator, owner, json, at: checkpoint::now(), by, from, note };
    data.records.put_settings(&version, 0).await?;
    Ok(())
}

/// Writes so many people.
pub(crate) async fn make(folder: &Path, people: u64) -> Result<(), Box<dyn Error>> {
    std::fs::create_dir_all(folder)?;
    let data = Embedded::open(folder).await?;
    let operators = operators(&data).await?;
    subscribers(&data, &operators, people).await?;
    settings(&data, &operators, people).await?;
    data.records.close().await?;
    println!("{:.2} GB on disk", size(folder)? as f64 / 1e9);
    Ok(())
}

async fn subscribers(data: &Embedded, operators: &[Operator], people: u64) -> Result<(), Box<dyn Error>> {
    let started = Instant::now();
    let row = |n: u64| {
        let Operator { id, domain, .. } = &operators[operator_of(n, operators.len())];
        let key = format!("{}@{domain}", local(n));
        let person = SubscriberRow {
            id: SubscriberId(0),
            operator: *id,
            login: key.clone(),
            name: format!("{n}"),
            group: String::new(),
            language: "ja".into(),
            password: None,
        };
        (person, vec![AddressRow { operator: *id, key, kind: AddressKind::Mailbox, subscriber: None }])
    };
    for batch in (0..people).step_by(BATCH as usize) {
        let rows: Vec<_> = (batch..people.min(batch + BATCH)).map(row).collect();
        data.records.import_subscribers(&rows).await?;
        if (batch / BATCH).is_multiple_of(5) {
            eprintln!("{batch} subscribers after {:.0} s", started.elapsed().as_secs_f64());
        }
    }
    let took = started.elapsed().as_secs_f64();
    println!("{people} subscribers written in {took:.0} s, {:.0} a second", people as f64 / took);
    Ok(())
}

async fn settings(data: &Embedded, operators: &[Operator], people: u64) -> Result<(), Box<dyn Error>> {
    let (started, mut written) = (Instant::now(), 0_u64);
    let one = |n: u64| async move {
        let operator = &operators[operator_of(n, operators.len())];
        let Some(json) = layer(n, &operator.profile) else { return Ok::<u64, Box<dyn Error>>(0) };
        let login = format!("{}@{}", local(n), operator.domain);
        let person = data.records.subscriber_by_login(operator.id, &login).await?.ok_or("a person is missing")?;
        write(data, operator.id, SettingsOwner::Subscriber(person.id), json).await?;
        Ok(1)
    };
    let mut all = stream::iter(0..people).map(one).buffer_unordered(AT_ONCE);
    while let Some(wrote) = all.next().await {
        let wrote = wrote?;
        written += wrote;
        if written.is_multiple_of(100_000) && wrote > 0 {
            eprintln!("{written} settings after {:.0} s", started.elapsed().as_secs_f64());
        }
    }
    let took = started.elapsed().as_secs_f64();
    println!("{written} people's settings written in {took:.0} s, {:.0} a second", written as f64 / took);
    Ok(())
}

fn size(folder: &Path) -> std::io::Result<u64> {
    let mut sum = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let about = entry.metadata()?;
        sum += if about.is_dir() { size(&entry.path())? } else { about.len() };
    }
    Ok(sum)
}
