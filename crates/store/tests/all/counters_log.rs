//! What counters remember over a restart, a crash in the middle of a write, and a checkpoint.

use std::fs;
use std::path::{Path, PathBuf};

use message::UnixMillis;
use store::Counters as _;
use store::counters::Limit;
use store::counters::embedded::RedbCounters;

const LIMIT: Limit = Limit { most: 3, window_ms: 1_000_000 };

async fn take(counters: &RedbCounters, key: &str, at: i64) -> (bool, u32) {
    let taken = counters.take(key, LIMIT, UnixMillis(at)).await.unwrap();
    (taken.allowed, taken.count)
}

fn logs(folder: &Path) -> Vec<PathBuf> {
    let mut logs: Vec<_> = fs::read_dir(folder.join("counters")).unwrap().map(|entry| entry.unwrap().path()).collect();
    logs.retain(|path| path.extension().is_some_and(|end| end == "log"));
    logs.sort();
    logs
}

#[tokio::test]
async fn the_log_is_replayed_and_a_torn_end_is_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let counters = RedbCounters::open(folder.path()).await.unwrap();
    take(&counters, "a", 1).await;
    take(&counters, "a", 2).await;
    take(&counters, "b", 3).await;
    counters.refund("b", UnixMillis(3)).await.unwrap();
    take(&counters, "c", 3).await;
    counters.reset("c").await.unwrap();
    counters.remember("m", b"kept", UnixMillis(100)).await.unwrap();
    counters.remember("n", b"forgotten", UnixMillis(100)).await.unwrap();
    counters.forget("n").await.unwrap();
    counters.flush().await.unwrap();
    let whole = fs::read(&logs(folder.path())[0]).unwrap();
    take(&counters, "a", 4).await;
    counters.close().await.unwrap();
    let log = logs(folder.path()).remove(0);
    let longer = fs::read(&log).unwrap();
    assert!(longer.len() > whole.len());

    for length in [longer.len(), longer.len() - 1, whole.len() + 1, whole.len()] {
        fs::write(&log, &longer[..length]).unwrap();
        let counters = RedbCounters::open(folder.path()).await.unwrap();
        let last_is_there = length == longer.len();
        assert_eq!(take(&counters, "a", 5).await, (!last_is_there, 3), "{length} octets");
        assert_eq!(take(&counters, "b", 5).await, (true, 1));
        assert_eq!(take(&counters, "c", 5).await, (true, 1));
        assert_eq!(counters.recall("m", UnixMillis(5)).await.unwrap().as_deref(), Some(&b"kept"[..]));
        assert_eq!(counters.recall("n", UnixMillis(5)).await.unwrap(), None);
        counters.close().await.unwrap();
    }
}

#[tokio::test]
async fn a_checkpoint_takes_the_place_of_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let counters = RedbCounters::open(folder.path()).await.unwrap();
    for n in 0..1_000 {
        take(&counters, &format!("k{n}"), n).await;
        counters.remember(&format!("m{n}"), &n.to_le_bytes(), UnixMillis(1_000_000)).await.unwrap();
    }
    counters.flush().await.unwrap();
    let first = logs(folder.path()).remove(0);
    let contained = fs::read(&first).unwrap();
    counters.checkpoint().await.unwrap();
    assert!(!first.exists());
    take(&counters, "k1", 2_000).await;
    counters.forget("m1").await.unwrap();
    counters.checkpoint().await.unwrap();
    take(&counters, "k1", 2_001).await;
    counters.close().await.unwrap();

    // As after a crash between the checkpoint and the removal of its log: it must not count twice.
    fs::write(&first, contained).unwrap();
    let counters = RedbCounters::open(folder.path()).await.unwrap();
    assert!(!first.exists());
    assert_eq!(take(&counters, "k0", 3_000).await, (true, 2));
    assert_eq!(take(&counters, "k1", 3_000).await, (false, 3));
    assert_eq!(counters.recall("m1", UnixMillis(5)).await.unwrap(), None);
    assert_eq!(counters.recall("m2", UnixMillis(5)).await.unwrap().as_deref(), Some(&2_i64.to_le_bytes()[..]));

    // What expires leaves the checkpoint too.
    assert_eq!(counters.expire(UnixMillis(2_000_000)).await.unwrap(), 0);
    counters.checkpoint().await.unwrap();
    counters.close().await.unwrap();
    let counters = RedbCounters::open(folder.path()).await.unwrap();
    assert_eq!(counters.expire(UnixMillis(0)).await.unwrap(), 0);
    counters.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn counting_goes_on_beside_checkpoints_and_nothing_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let counters = std::sync::Arc::new(RedbCounters::open(folder.path()).await.unwrap());
    let limit = Limit { most: u32::MAX, window_ms: 1_000_000 };
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..8 {
        let counters = std::sync::Arc::clone(&counters);
        tasks.spawn(async move {
            for n in 0..2_000 {
                counters.take(&format!("k{}", n % 50), limit, UnixMillis(task)).await.unwrap();
                if n % 500 == 250 {
                    counters.checkpoint().await.unwrap();
                }
            }
        });
    }
    tasks.join_all().await;
    counters.close().await.unwrap();
    drop(counters);
    let counters = RedbCounters::open(folder.path()).await.unwrap();
    for n in 0..50 {
        let taken = counters.take(&format!("k{n}"), limit, UnixMillis(9)).await.unwrap();
        assert_eq!(taken.count, 8 * 2_000 / 50 + 1);
    }
    counters.close().await.unwrap();
}
