//! A disk that is full, or will not be written: every store says so, nothing is half done, and all goes on when
//! there is room again.

use std::path::Path;
use std::process::Command;

use message::UnixMillis;
use store::contract::blobs::noise;
use store::contract::{after, decisions, junk, operator, reference};
use store::records::decisions::{DecisionQuery, FoldedRefusal};
use store::records::junk::{JunkQuery, JunkRow};
use store::{Blobs as _, Counters as _, Embedded, OperatorId, Records as _, StoreError, contract};

use crate::child::{self, Running};

fn disk<T: std::fmt::Debug>(outcome: Result<T, StoreError>) {
    assert!(matches!(outcome, Err(StoreError::Disk(_))), "{outcome:?}");
}

/// Everything that writes, once. Numbers keep apart what was tried when.
struct Tried {
    number: u64,
    ours: OperatorId,
}

impl Tried {
    async fn fails(&self, store: &Embedded) {
        let Self { number, ours } = *self;
        disk(store.records.check_writable().await);
        disk(operator(store.records.as_ref(), "late").await);
        disk(store.records.put_junk(&junk::junk(ours, number)).await);
        let sent = decisions::transaction(ours, number, after(0));
        let row = decisions::decision(&sent, number, "hanako@example.jp");
        disk(store.records.record(sent, vec![row], true).await);
        disk(store.blobs.put(ours, "junk:1", noise(number, 300_000)).await);
        let limit = store::counters::Limit { most: 1, window_ms: 1_000 };
        let key = format!("key {number}");
        assert!(store.counters.take(&key, limit, UnixMillis(0)).await.unwrap().allowed, "memory needs no disk");
        // More than what is left of the last page of the log.
        store.counters.remember(&key, &noise(number, 100_000), UnixMillis(1_000)).await.unwrap();
        disk(store.counters.flush().await);
    }

    async fn works(&self, store: &Embedded) {
        let Self { number, ours } = *self;
        store.records.check_writable().await.unwrap();
        let blob = store.blobs.put(ours, "junk:1", noise(number, 300_000)).await.unwrap();
        assert_eq!(store.blobs.get(ours, "junk:1", blob).await.unwrap(), noise(number, 300_000));
        store.records.put_junk(&JunkRow { blob, ..junk::junk(ours, number) }).await.unwrap();
        let sent = decisions::transaction(ours, number, after(0));
        let row = decisions::decision(&sent, number, "hanako@example.jp");
        store.records.record(sent, vec![row], true).await.unwrap();
        store.counters.flush().await.unwrap();
    }

    /// Reading goes on; what failed is nowhere.
    async fn left_nothing(&self, store: &Embedded) {
        let Self { number, ours } = *self;
        assert!(store.records.operators().await.unwrap().iter().all(|row| row.name != "late"));
        let query = JunkQuery { operator: Some(ours), ..JunkQuery::default() };
        let held = store.records.find_junk(&query).await.unwrap();
        assert!(held.iter().all(|row| row.id != junk::junk(ours, number).id));
        assert_eq!(store.records.decision(ours, &reference(number)).await.unwrap(), None);
        let name = store.blobs.name(ours, &noise(number, 300_000));
        assert_eq!(store.blobs.get(ours, "junk:1", name).await, Err(StoreError::Absent("blob")));
    }
}

/// `stop` makes the disk refuse, `resume` makes room.
async fn refuse_and_recover(folder: &Path, stop: impl Fn(), resume: impl Fn()) {
    let store = Embedded::open(folder).await.unwrap();
    let ours = operator(store.records.as_ref(), "ours").await.unwrap();
    let tried = |number| Tried { number, ours };
    tried(1).works(&store).await;
    for round in 1..=3 {
        let failing = tried(round * 10);
        stop();
        failing.fails(&store).await;
        // A row that need not be durable is taken, and written when it can be.
        let sent = decisions::transaction(ours, round * 10 + 1, after(1));
        let row = decisions::decision(&sent, round * 10 + 1, "taro@example.jp");
        store.records.record(sent, vec![row], false).await.unwrap();
        let folded = FoldedRefusal {
            operator: ours,
            minute: after(0),
            network: "192.0.2.0/24".to_owned(),
            reason: "early_talker".to_owned(),
            count: 1,
        };
        store.records.fold_refusal(folded).await.unwrap();
        failing.left_nothing(&store).await;
        assert_eq!(
            store.blobs.get(ours, "junk:1", store.blobs.name(ours, &noise(1, 300_000))).await.unwrap().len(),
            300_000
        );
        resume();
        failing.works(&store).await;
        assert!(store.records.decision(ours, &reference(round * 10 + 1)).await.unwrap().is_some());
        assert_eq!(store.records.folded_refusals(ours, after(0), 10).await.unwrap()[0].count, round);
    }
    store.close().await.unwrap();

    let store = Embedded::open(folder).await.unwrap();
    for number in [1, 10, 20, 30] {
        let name = store.blobs.name(ours, &noise(number, 300_000));
        assert_eq!(store.blobs.get(ours, "junk:1", name).await.unwrap(), noise(number, 300_000));
        assert!(store.records.decision(ours, &reference(number)).await.unwrap().is_some());
    }
    let all = DecisionQuery { operator: Some(ours), ..DecisionQuery::default() };
    assert_eq!(store.records.find_decisions(&all).await.unwrap().len(), 7);
    let limit = store::counters::Limit { most: 1, window_ms: 1_000 };
    for number in [10, 20, 30] {
        let key = format!("key {number}");
        assert!(
            !store.counters.take(&key, limit, UnixMillis(1)).await.unwrap().allowed,
            "taken while the disk was full"
        );
    }
    contract::counters::window(store.counters.as_ref()).await.unwrap();
    store.close().await.unwrap();
}

fn limit_file_size(octets: &str) {
    let pid = std::process::id().to_string();
    let done = Command::new("prlimit").args(["--pid", &pid, &format!("--fsize={octets}:unlimited")]).status();
    assert!(done.unwrap().success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "started by the test beside it, with a limit of its own"]
async fn with_files_that_may_not_grow() {
    refuse_and_recover(&child::folder(), || limit_file_size("0"), || limit_file_size("unlimited")).await;
}

/// Bites whoever runs it: the kernel refuses every write, as a full disk does.
#[test]
fn files_that_may_not_be_written() {
    if Command::new("prlimit").arg("--version").output().is_err() {
        println!("not here, skipped: files_that_may_not_be_written (prlimit of util-linux)");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    Running::start_without_size_signal("full_disk::with_files_that_may_not_grow", folder.path()).succeed();
}

/// A file system that is really full. Only root may mount one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_small_disk_that_is_full() {
    let folder = tempfile::tempdir().unwrap();
    let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=16m", "tmpfs"]).arg(folder.path()).output();
    if !mounted.is_ok_and(|mounted| mounted.status.success()) {
        println!("not here, skipped: a_small_disk_that_is_full (may not mount)");
        return;
    }
    let unmount = Unmount(folder.path());
    let filler = folder.path().join("filler");
    let fill = || {
        use std::io::Write as _;
        let mut file = std::fs::File::create(&filler).unwrap();
        for block in [65_536, 4_096, 1] {
            while file.write_all(&vec![0; block]).is_ok() {}
        }
    };
    refuse_and_recover(&folder.path().join("data"), fill, || std::fs::remove_file(&filler).unwrap()).await;
    drop(unmount);
}

struct Unmount<'a>(&'a Path);

impl Drop for Unmount<'_> {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("--lazy").arg(self.0).status());
    }
}
