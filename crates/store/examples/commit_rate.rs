//! How fast this machine's disk lets the stores be durable: run it with `--release` in the folder to be measured.
//!
//! `cargo run --release -p sekisho-store --features contract --example commit_rate [FOLDER]`

use std::sync::Arc;
use std::time::Instant;

use store::contract::blobs::noise;
use store::contract::{after, decisions, junk};
use store::counters::Limit;
use store::records::junk::JunkRow;
use store::{Blobs as _, Counters as _, Embedded, OperatorId, Records as _, StoreError};

const OURS: OperatorId = OperatorId(1);

#[expect(clippy::print_stdout, reason = "a measuring program says what it measured")]
fn say(what: &str, count: u64, since: Instant) {
    let seconds = since.elapsed().as_secs_f64();
    println!("{what:<58} {:>10.0} a second  ({count} in {seconds:.2} s)", count as f64 / seconds);
}

/// The same work by so many tasks at once.
async fn at_once<F, W>(tasks: u64, each: u64, work: F) -> Result<(), StoreError>
where
    F: Fn(u64) -> W + Clone + Send + 'static,
    W: Future<Output = Result<(), StoreError>> + Send,
{
    let mut running = tokio::task::JoinSet::new();
    for task in 0..tasks {
        let work = work.clone();
        running.spawn(async move {
            for n in 0..each {
                work(task * each + n).await?;
            }
            Ok::<_, StoreError>(())
        });
    }
    running.join_all().await.into_iter().collect()
}

async fn record(store: &Embedded, number: u64, durable: bool) -> Result<(), StoreError> {
    let sent = decisions::transaction(OURS, number, after(0));
    let row = decisions::decision(&sent, number, "hanako@example.jp");
    store.records.record(sent, vec![row], durable).await
}

#[tokio::main]
async fn main() -> Result<(), StoreError> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "commit-rate-data".to_owned());
    let store = Arc::new(Embedded::open(std::path::Path::new(&folder)).await?);

    let s = Arc::clone(&store);
    let begun = Instant::now();
    at_once(1, 2_000, move |n| {
        let s = Arc::clone(&s);
        async move { record(&s, n, true).await }
    })
    .await?;
    say("durable decisions, one after the other", 2_000, begun);

    let s = Arc::clone(&store);
    let begun = Instant::now();
    at_once(64, 500, move |n| {
        let s = Arc::clone(&s);
        async move { record(&s, 1_000_000 + n, true).await }
    })
    .await?;
    say("durable decisions, 64 tasks at once", 32_000, begun);

    let s = Arc::clone(&store);
    let begun = Instant::now();
    at_once(4, 25_000, move |n| {
        let s = Arc::clone(&s);
        async move { record(&s, 2_000_000 + n, false).await }
    })
    .await?;
    store.records.hourly(OURS, after(0)).await?;
    say("decisions that lag a second, until all are on the disk", 100_000, begun);

    for (tasks, each) in [(1, 500), (64, 100)] {
        let s = Arc::clone(&store);
        let begun = Instant::now();
        at_once(tasks, each, move |n| {
            let s = Arc::clone(&s);
            async move {
                let number = 3_000_000 + tasks * 100_000 + n;
                let blob = s.blobs.put(OURS, "junk:1", noise(number, 8_000)).await?;
                s.records.put_junk(&JunkRow { blob, ..junk::junk(OURS, number) }).await?;
                record(&s, number, true).await
            }
        })
        .await?;
        say(&format!("whole holds (8 kB, index, decision), {tasks} at once"), tasks * each, begun);
    }

    let limit = Limit { most: 100, window_ms: 60_000 };
    let s = Arc::clone(&store);
    let begun = Instant::now();
    at_once(2, 500_000, move |n| {
        let s = Arc::clone(&s);
        async move { s.counters.take(&format!("account:{}", n % 50_000), limit, after(n as i64)).await.map(|_| ()) }
    })
    .await?;
    say("limits taken, 2 tasks, 50,000 keys", 1_000_000, begun);
    let begun = Instant::now();
    store.counters.checkpoint().await?;
    say("keys written by the checkpoint behind it", 50_000, begun);

    Arc::into_inner(store).ok_or(StoreError::Absent("last owner"))?.close().await
}
