//! Files that are missing or damaged: the rest works, and what is said names the file.

use std::fs;
use std::path::{Path, PathBuf};

use store::contract::blobs::noise;
use store::contract::{after, decisions, junk, reference};
use store::records::decisions::DecisionQuery;
use store::records::junk::{JunkRow, JunkState};
use store::{Blobs as _, Embedded, OperatorId, Records as _, StoreError};

const OURS: OperatorId = OperatorId(1);
const DAY: i64 = 86_400_000;

/// A store with one decision on each of three days.
async fn three_days(folder: &Path) {
    let store = Embedded::open(folder).await.unwrap();
    for n in 0..3 {
        let sent = decisions::transaction(OURS, n, after(n as i64 * DAY));
        let row = decisions::decision(&sent, n, "hanako@example.jp");
        store.records.record(sent, vec![row], true).await.unwrap();
    }
    store.close().await.unwrap();
}

async fn the_rest_works(folder: &Path) {
    let store = Embedded::open(folder).await.unwrap();
    let all = DecisionQuery { operator: Some(OURS), ..DecisionQuery::default() };
    let found = store.records.find_decisions(&all).await.unwrap();
    assert_eq!(found.iter().map(|(_, row)| row.reference.clone()).collect::<Vec<_>>(), [2, 0].map(reference));
    assert!(store.records.decision(OURS, &reference(0)).await.unwrap().is_some());
    let lost = store.records.decision(OURS, &reference(1)).await.unwrap_err();
    assert!(lost.to_string().contains("2026-11-23.db"), "{lost}");
    let on_that_day = DecisionQuery { since: Some(after(DAY + 1)), until: Some(after(2 * DAY - 1)), ..all };
    // The day before is looked at too (its recipients may be younger), and is whole, but has nothing of that time.
    let lost = store.records.find_decisions(&on_that_day).await.unwrap_err();
    assert!(lost.to_string().contains("2026-11-23.db"), "{lost}");
    assert_eq!(store.records.damaged_files().len(), 1);
    assert_eq!(store.records.hourly(OURS, after(0)).await.unwrap().len(), 2);
    store.close().await.unwrap();
}

fn day_file(folder: &Path) -> PathBuf {
    folder.join("decisions/2026-11-23.db")
}

#[tokio::test]
async fn a_day_that_is_no_database_costs_that_day_only() {
    let folder = tempfile::tempdir().unwrap();
    three_days(folder.path()).await;
    fs::write(day_file(folder.path()), noise(1, 50_000)).unwrap();
    the_rest_works(folder.path()).await;

    // Mail of that day goes on in a new file; the damaged one is kept beside it.
    let store = Embedded::open(folder.path()).await.unwrap();
    let sent = decisions::transaction(OURS, 9, after(DAY + 5));
    let row = decisions::decision(&sent, 9, "hanako@example.jp");
    store.records.record(sent, vec![row], true).await.unwrap();
    assert!(store.records.decision(OURS, &reference(9)).await.unwrap().is_some());
    store.close().await.unwrap();
    assert_eq!(fs::read(folder.path().join("decisions/2026-11-23.db.damaged-1")).unwrap(), noise(1, 50_000));
}

#[tokio::test]
async fn a_day_that_goes_missing_costs_that_day_only() {
    let folder = tempfile::tempdir().unwrap();
    three_days(folder.path()).await;
    // Its name is there when the folder is listed, and leads nowhere.
    fs::remove_file(day_file(folder.path())).unwrap();
    std::os::unix::fs::symlink("nowhere", day_file(folder.path())).unwrap();
    the_rest_works(folder.path()).await;
}

#[tokio::test]
async fn messages_without_their_key_are_not_opened_with_another() {
    let folder = tempfile::tempdir().unwrap();
    let store = Embedded::open(folder.path()).await.unwrap();
    store.close().await.unwrap();
    fs::remove_file(folder.path().join("keys/master.key")).unwrap();
    let refused = Embedded::open(folder.path()).await.err().unwrap();
    assert!(matches!(&refused, StoreError::Corrupt { what: "master key", .. }), "{refused}");
    assert!(refused.to_string().contains("keys/master.key"), "{refused}");
}

fn segments(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> =
        fs::read_dir(folder.join("blobs/segments")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[tokio::test]
async fn a_torn_tail_of_a_segment_is_cut_off_and_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let store = Embedded::open(folder.path()).await.unwrap();
    let name = store.blobs.put(OURS, "a", noise(1, 10_000)).await.unwrap();
    store.close().await.unwrap();
    let segment = segments(folder.path()).remove(0);
    let whole = fs::read(&segment).unwrap();
    fs::write(&segment, [&whole[..], &noise(2, 777)].concat()).unwrap();

    let store = Embedded::open(folder.path()).await.unwrap();
    assert_eq!(fs::read(&segment).unwrap(), whole);
    let second = store.blobs.put(OURS, "a", noise(3, 10_000)).await.unwrap();
    assert_eq!(store.blobs.get(OURS, "a", name).await.unwrap(), noise(1, 10_000));
    assert_eq!(store.blobs.get(OURS, "a", second).await.unwrap(), noise(3, 10_000));
    store.close().await.unwrap();
    assert_eq!(segments(folder.path()).len(), 1);
}

#[tokio::test]
async fn a_damaged_message_is_an_error_and_the_others_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let store = Embedded::open(folder.path()).await.unwrap();
    let first = store.blobs.put(OURS, "a", noise(1, 10_000)).await.unwrap();
    let second = store.blobs.put(OURS, "a", noise(2, 10_000)).await.unwrap();
    let segment = segments(folder.path()).remove(0);
    let mut octets = fs::read(&segment).unwrap();
    octets[5_000] ^= 1;
    fs::write(&segment, &octets).unwrap();
    assert!(matches!(store.blobs.get(OURS, "a", first).await, Err(StoreError::Corrupt { .. })));
    assert_eq!(store.blobs.get(OURS, "a", second).await.unwrap(), noise(2, 10_000));
    store.close().await.unwrap();

    // Cut short in the middle of what is held: what is whole stays readable, new mail goes elsewhere.
    fs::write(&segment, &octets[..15_000]).unwrap();
    let store = Embedded::open(folder.path()).await.unwrap();
    let lost = store.blobs.get(OURS, "a", second).await.unwrap_err();
    assert!(lost.to_string().contains("0000000001.segment"), "{lost}");
    let third = store.blobs.put(OURS, "a", noise(3, 10_000)).await.unwrap();
    assert_eq!(store.blobs.get(OURS, "a", third).await.unwrap(), noise(3, 10_000));
    store.close().await.unwrap();
    assert_eq!(fs::metadata(&segment).unwrap().len(), 15_000);
}

#[tokio::test]
async fn an_erased_message_leaves_no_key_and_then_no_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let store = Embedded::open(folder.path()).await.unwrap();
    let name = store.blobs.put(OURS, "the last holder", noise(1, 100_000)).await.unwrap();
    let index = || {
        let mut octets = Vec::new();
        for end in ["", "-wal"] {
            octets.extend(fs::read(folder.path().join(format!("blobs/index.db{end}"))).unwrap_or_default());
        }
        octets.windows(15).any(|window| window == b"the last holder") || octets.windows(32).any(|w| w == name.0)
    };
    assert!(index(), "the index names what it holds");
    store.blobs.drop_holder(OURS, "the last holder", name).await.unwrap();
    assert!(store.blobs.sweep().await.unwrap() > 100_000);
    assert!(!index(), "row and wrapped key are overwritten, in the file and in its log");
    assert_eq!(segments(folder.path()), Vec::<PathBuf>::new());
    store.close().await.unwrap();
}

#[tokio::test]
async fn bytes_that_lost_their_row_in_a_crash_are_let_go_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let store = Embedded::open(folder.path()).await.unwrap();
    let row = |n| junk::junk(OURS, n);
    let holder = |n| format!("junk:{}", row(n).id.0);
    let mut names = Vec::new();
    for n in 0..4 {
        names.push(store.blobs.put(OURS, &holder(n), noise(n, 5_000)).await.unwrap());
    }
    let strangers = store.blobs.put(OURS, "ring", noise(0, 5_000)).await.unwrap();
    // 0 lost its row; 1 is held; 2 was deleted, its blob not yet; 3 was released and may still be looked at.
    for (n, blob) in (0..).zip(names.iter().copied()).skip(1) {
        store.records.put_junk(&JunkRow { blob, ..row(n) }).await.unwrap();
    }
    for (n, to) in [(2, JunkState::Deleted), (3, JunkState::Released)] {
        assert!(store.records.move_junk(OURS, row(n).id, JunkState::Held, to, after(9)).await.unwrap());
    }
    store.close().await.unwrap();

    let store = Embedded::open(folder.path()).await.unwrap();
    for (n, there) in (0..).zip([false, true, false, true]) {
        let got = store.blobs.get(OURS, &holder(n), names[n as usize]).await;
        assert_eq!(got, if there { Ok(noise(n, 5_000)) } else { Err(StoreError::Absent("blob")) }, "message {n}");
    }
    assert_eq!(store.blobs.get(OURS, "ring", strangers).await.unwrap(), noise(0, 5_000));
    store.close().await.unwrap();
}

#[tokio::test]
async fn held_bytes_are_kept_where_the_index_itself_was_lost() {
    let folder = tempfile::tempdir().unwrap();
    let store = Embedded::open(folder.path()).await.unwrap();
    let holder = format!("junk:{}", junk::junk(OURS, 1).id.0);
    let blob = store.blobs.put(OURS, &holder, noise(1, 5_000)).await.unwrap();
    store.records.put_junk(&JunkRow { blob, ..junk::junk(OURS, 1) }).await.unwrap();
    store.close().await.unwrap();
    fs::remove_file(folder.path().join("records.db")).unwrap();
    let store = Embedded::open(folder.path()).await.unwrap();
    assert_eq!(store.blobs.get(OURS, &holder, blob).await.unwrap(), noise(1, 5_000));
    store.close().await.unwrap();
}
