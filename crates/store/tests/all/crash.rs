//! `kill -9` under load: what was answered for is there after reopening, whatever the moment.

use std::sync::Arc;

use store::contract::blobs::noise;
use store::contract::{after, decisions, junk, reference};
use store::records::junk::JunkRow;
use store::{BlobName, Blobs as _, Embedded, OperatorId, Records as _, StoreError};

use crate::child::{self, Running};

const OURS: OperatorId = OperatorId(1);
/// Numbers of one run of the child do not meet those of another.
const PER_ROUND: u64 = 1_000_000;

/// One message as the gate holds it: bytes, index, decision; then, and only then, the answer.
async fn hold(store: &Embedded, number: u64) -> Result<BlobName, StoreError> {
    let holder = format!("junk:{number}");
    let blob = store.blobs.put(OURS, &holder, noise(number, 2_000 + (number % 30_000) as usize)).await?;
    let row = JunkRow { blob, ..junk::junk(OURS, number) };
    store.records.put_junk(&row).await?;
    let sent = decisions::transaction(OURS, number, after((number % 3) as i64 * 43_200_000));
    let decided = decisions::decision(&sent, number, "hanako@example.jp");
    store.records.record(sent, vec![decided], true).await?;
    Ok(blob)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "started by the test beside it, and killed"]
async fn writes_until_it_is_killed() {
    let store = Arc::new(Embedded::open(&child::folder()).await.unwrap());
    let round = child::round();
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..16 {
        let store = Arc::clone(&store);
        tasks.spawn(async move {
            for n in 0.. {
                let number = round * PER_ROUND + n * 16 + task;
                hold(&store, number).await.unwrap();
                eprintln!("held {number}");
            }
        });
    }
    tasks.join_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_answered_for_survives_being_killed() {
    let folder = tempfile::tempdir().unwrap();
    let mut held = Vec::new();
    for (round, answers) in (0..).zip([1, 5, 40, 150, 33, 300]) {
        let mut running = Running::start("crash::writes_until_it_is_killed", folder.path(), round);
        let mut said = Vec::new();
        while said.len() < answers {
            said.push(running.lines.next().expect("the child works until it is killed").unwrap());
        }
        said.extend(running.kill());
        let of = |line: &String| line.strip_prefix("held ")?.parse::<u64>().ok();
        let numbers: Vec<u64> = said.iter().filter_map(of).collect();
        assert!(numbers.len() >= answers, "{said:?}");
        held.extend(numbers);

        let store = Embedded::open(folder.path()).await.unwrap();
        for number in &held {
            let row = store.records.junk(OURS, junk::junk(OURS, *number).id).await.unwrap().expect("in the index");
            let holder = format!("junk:{number}");
            let bytes = store.blobs.get(OURS, &holder, row.blob).await.unwrap();
            assert_eq!(bytes, noise(*number, 2_000 + (number % 30_000) as usize), "message {number}");
            let found = store.records.decision(OURS, &reference(*number)).await.unwrap();
            assert!(found.is_some(), "decision {number}");
        }
        store.close().await.unwrap();
    }
}

#[tokio::test]
#[ignore = "started by the test beside it, and killed"]
async fn owns_the_folder() {
    let _store = Embedded::open(&child::folder()).await.unwrap();
    eprintln!("open {}", std::process::id());
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn a_folder_that_another_process_owns_names_it_until_it_dies() {
    let folder = tempfile::tempdir().unwrap();
    let mut running = Running::start("crash::owns_the_folder", folder.path(), 0);
    let said = running.lines.next().unwrap().unwrap();
    let holder = said.strip_prefix("open ").unwrap().to_owned();
    let refused = Embedded::open(folder.path()).await.err();
    assert_eq!(refused, Some(StoreError::Held { folder: folder.path().display().to_string(), holder }));
    running.kill();
    Embedded::open(folder.path()).await.unwrap().close().await.unwrap();
}
