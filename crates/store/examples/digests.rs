//! Fills a data folder with people for each of whom one message is held, and measures what it costs that a held message has
//! its owner's digest looked at. `bench/digests` then has the program send what is due.
//!
//! `cargo run -p sekisho-store --features contract --example digests FOLDER PEOPLE`; the program made the folder before.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use message::UnixMillis;
use store::records::directory::{AddressKind, AddressRow, SubscriberRow};
use store::records::junk::JunkRow;
use store::{Embedded, JunkId, OperatorId, Records as _, Reference, StoreError, SubscriberId, TransactionId};
use uuid::Uuid;

/// Messages under way at once, as many sessions have them.
const AT_ONCE: u64 = 256;
/// Subscribers in one commit.
const CHUNK: u64 = 5_000;
/// Messages of the comparison with and without an owner.
const COMPARED: u64 = 20_000;

#[expect(clippy::print_stdout, reason = "a measuring program says what it measured")]
fn say(what: &str, count: u64, since: Instant) {
    let seconds = since.elapsed().as_secs_f64();
    println!("{what:<46} {:>8.0} a second ({count} in {seconds:.1} s)", count as f64 / seconds);
}

fn held(operator: OperatorId, subscriber: Option<SubscriberId>, number: u64) -> JunkRow {
    let id = Uuid::now_v7();
    let now = i64::try_from(id.as_u128() >> 80).unwrap_or_default();
    let mut random = [0; 12];
    random.copy_from_slice(&id.as_bytes()[4..]);
    JunkRow {
        id: JunkId(id),
        transaction: TransactionId(id),
        reference: Reference::from_random(random),
        recipient: format!("p{number}@shirakaba.example.jp"),
        subscriber,
        held_at: UnixMillis(now),
        expires_at: UnixMillis(now + 14 * 86_400_000),
        ..store::contract::junk::junk(operator, number)
    }
}

async fn hold(
    store: &Arc<Embedded>,
    operator: OperatorId,
    people: impl Fn(u64) -> Option<SubscriberId> + Copy + Send + 'static,
    count: u64,
) -> Result<(), StoreError> {
    let mut running = tokio::task::JoinSet::new();
    for task in 0..AT_ONCE {
        let store = store.clone();
        running.spawn(async move {
            for number in (task..count).step_by(AT_ONCE as usize) {
                store.records.put_junk(&held(operator, people(number), number)).await?;
            }
            Ok::<_, StoreError>(())
        });
    }
    running.join_all().await.into_iter().collect()
}

#[tokio::main]
async fn main() -> Result<(), StoreError> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or(StoreError::Absent("folder"))?;
    let people: u64 = arguments.next().and_then(|count| count.parse().ok()).unwrap_or(100_000);
    let store = Arc::new(Embedded::open(Path::new(&folder)).await?);
    let operator = store.records.operators().await?.first().ok_or(StoreError::Absent("operator"))?.id;
    let began = Instant::now();
    for start in (0..people).step_by(CHUNK as usize) {
        let rows: Vec<(SubscriberRow, Vec<AddressRow>)> = (start..people.min(start + CHUNK))
            .map(|number| {
                let login = format!("p{number}@shirakaba.example.jp");
                let address = AddressRow { operator, key: login.clone(), kind: AddressKind::Mailbox, subscriber: None };
                let person = SubscriberRow {
                    id: SubscriberId(0),
                    operator,
                    login,
                    name: String::new(),
                    group: String::new(),
                    language: String::new(),
                    password: None,
                };
                (person, vec![address])
            })
            .collect();
        store.records.import_subscribers(&rows).await?;
    }
    say("people imported", people, began);
    let first = store.records.subscriber_by_login(operator, "p0@shirakaba.example.jp").await?;
    let first = first.ok_or(StoreError::Absent("subscriber"))?.id.0;
    let who = move |number: u64| Some(SubscriberId(first + i64::try_from(number).unwrap_or_default()));
    for _ in 0..2 {
        let began = Instant::now();
        hold(&store, operator, |_| None, COMPARED).await?;
        say("held, nobody's (no row of a digest)", COMPARED, began);
        let began = Instant::now();
        hold(&store, operator, who, COMPARED.min(people)).await?;
        say("held, somebody's (a row of a digest)", COMPARED.min(people), began);
    }
    let began = Instant::now();
    hold(&store, operator, who, people).await?;
    say("held, one for each", people, began);
    match Arc::into_inner(store) {
        Some(store) => store.close().await,
        None => Ok(()),
    }
}
