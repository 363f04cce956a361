//! What a restart brings back, and what damage costs.

use std::fs;
use std::path::{Path, PathBuf};

use door::{Bounds, Counted, Door, Grey, GreylistSettings, Limit, ReputationSettings, Sender, Source, Triplet};
use door::{EXACT_MOST, UnknownSettings, network_of};
use message::UnixMillis;

const START: i64 = 1_780_000_000_000;
const BOUNDS: Bounds = Bounds { octets: 64 << 20 };
const EXACT: Limit = Limit { most: 20, window_ms: 3_600_000 };
const SLOTTED: Limit = Limit { most: EXACT_MOST + 100, window_ms: 3_600_000 };

fn open(folder: &Path) -> Door {
    Door::open(folder, BOUNDS, UnixMillis(START)).unwrap()
}

fn ip(n: u32) -> Source<'static> {
    Source::Ip(std::net::Ipv4Addr::from(0xC000_0200 + n).into())
}

fn sender(n: u32) -> Sender<'static> {
    let ip = std::net::Ipv4Addr::from(0xC000_0200 + n).into();
    Sender { ip, network: network_of(ip, 24, 48), as_number: Some(64_496), domain: Some("example.com") }
}

fn triplet() -> Triplet<'static> {
    Triplet { network: sender(1).network, identity: "hanako@example.com", recipient: "taro@example.jp" }
}

/// Something of everything; `round` makes each time different.
fn live(door: &Door, round: i64) {
    let now = UnixMillis(START + round * 1_000);
    for n in 0..40 {
        for _ in 0..=n % 5 {
            door.windows.take(&ip(n), EXACT, now);
            door.windows.take(&ip(n), SLOTTED, now);
        }
        door.reputation.hear(&sender(n), Counted::Spam, &ReputationSettings::default(), now);
        door.unknown.asked_unknown(&ip(n % 3), &UnknownSettings::default(), now);
    }
    if let Some(receipt) = door.windows.take(&ip(1), EXACT, now).receipt {
        door.windows.refund(receipt);
    }
    door.windows.take(&ip(99), EXACT, now);
    door.windows.reset(&ip(99), EXACT);
    door.greylist.ask(&triplet(), &GreylistSettings::default(), now);
}

/// All that can be seen of it.
fn seen(door: &Door) -> Vec<String> {
    let now = UnixMillis(START + 60_000);
    let mut seen = Vec::new();
    for n in (0..40).chain([99]) {
        for limit in [EXACT, SLOTTED] {
            seen.push(format!("{:?}", door.windows.peek(&ip(n), limit, now)));
        }
        seen.push(format!("{:?}", door.reputation.standing(&sender(n), &ReputationSettings::default(), now)));
        seen.push(format!("{:?}", door.unknown.pressure(&ip(n), &UnknownSettings::default(), now)));
    }
    seen.push(format!("{:?}", door.greylist.waiting(None, now, 10)));
    seen
}

fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let all = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<PathBuf> = all.filter(|path| path.extension().is_some_and(|e| e == ending)).collect();
    found.sort();
    found
}

/// The process dies: what was flushed is on the disk, nothing is closed.
fn die(door: Door) {
    std::mem::forget(door);
}

#[test]
fn a_restart_brings_everything_back() {
    let folder = tempfile::tempdir().unwrap();
    let door = open(folder.path());
    live(&door, 0);
    door.checkpoint().unwrap();
    live(&door, 1);
    door.flush().unwrap();
    live(&door, 2);
    door.close().unwrap();
    let before = seen(&door);
    let door = open(folder.path());
    assert_eq!(seen(&door), before);
    live(&door, 3);
    door.checkpoint().unwrap();
    let before = seen(&door);
    die(door);
    assert_eq!(seen(&open(folder.path())), before);
}

#[test]
fn a_crash_in_the_middle_of_a_flood_loses_what_was_not_flushed_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let door = open(folder.path());
    let limit = Limit { most: 100, window_ms: 3_600_000 };
    for n in 0..60 {
        assert!(door.windows.take(&ip(7), limit, UnixMillis(START + n)).allowed);
    }
    door.flush().unwrap();
    die(door);
    let door = open(folder.path());
    let through = (0..200).filter(|n| door.windows.take(&ip(7), limit, UnixMillis(START + 100 + n)).allowed).count();
    assert_eq!(through, 40, "a hundred in all, before and after");
}

#[test]
fn logs_are_applied_once_however_a_checkpoint_went() {
    let folder = tempfile::tempdir().unwrap();
    let door = open(folder.path());
    live(&door, 0);
    door.flush().unwrap();
    let logs: Vec<(PathBuf, Vec<u8>)> =
        files(folder.path(), "log").into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect();
    door.checkpoint().unwrap();
    let before = seen(&door);
    die(door);
    // The crash came after the checkpoint was there and before the logs that it contains were removed.
    for (path, octets) in logs {
        fs::write(path, octets).unwrap();
    }
    let door = open(folder.path());
    assert_eq!(seen(&door), before);
}

#[test]
fn of_a_torn_log_the_whole_frames_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let door = open(folder.path());
    live(&door, 0);
    door.flush().unwrap();
    let before = seen(&door);
    let log = files(folder.path(), "log").pop().unwrap();
    let whole = fs::metadata(&log).unwrap().len();
    live(&door, 1);
    door.flush().unwrap();
    die(door);
    let octets = fs::read(&log).unwrap();
    fs::write(&log, &octets[..whole as usize + 7]).unwrap();
    assert_eq!(seen(&open(folder.path())), before);
}

#[test]
fn damage_anywhere_never_keeps_the_door_shut() {
    let folder = tempfile::tempdir().unwrap();
    let door = open(folder.path());
    live(&door, 0);
    door.checkpoint().unwrap();
    live(&door, 1);
    door.flush().unwrap();
    die(door);
    for path in [files(folder.path(), "checkpoint"), files(folder.path(), "log")].concat() {
        let octets = fs::read(&path).unwrap();
        for part in 0..8 {
            let mut touched = octets.clone();
            if let Some(octet) = touched.get_mut(octets.len() * part / 8) {
                *octet ^= 0x40;
            }
            fs::write(&path, &touched).unwrap();
            let door = open(folder.path());
            assert!(door.usage().octets <= BOUNDS.octets);
            die(door);
        }
        fs::write(&path, &octets).unwrap();
    }
}

#[test]
fn a_folder_that_says_no_keeps_the_door_working_from_memory() {
    let folder = tempfile::tempdir().unwrap();
    let inside = folder.path().join("door");
    let door = open(&inside);
    live(&door, 0);
    door.flush().unwrap();
    fs::remove_dir_all(&inside).unwrap();
    fs::write(&inside, b"a file where the folder was").unwrap();
    assert!(door.checkpoint().is_err());
    live(&door, 1);
    assert!(!seen(&door).is_empty());
    let taken = door.windows.take(&ip(7), EXACT, UnixMillis(START + 5_000));
    assert!(taken.count > 0);
    // The disk is there again: the next checkpoint has everything.
    fs::remove_file(&inside).unwrap();
    fs::create_dir(&inside).unwrap();
    door.checkpoint().unwrap();
    assert_eq!(files(&inside, "checkpoint").len(), 1);
}

#[test]
fn files_are_their_owners_alone_and_hold_no_address_of_who_is_counted() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let door = open(folder.path());
    for _ in 0..30 {
        door.windows.take(&Source::Sender("hanako@example.com"), EXACT, UnixMillis(START));
    }
    door.checkpoint().unwrap();
    door.close().unwrap();
    let all: Vec<PathBuf> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(all.len() >= 3, "{all:?}");
    for path in all {
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o077, 0, "{}", path.display());
        let octets = fs::read(&path).unwrap();
        assert!(!octets.windows(6).any(|six| six == b"hanako"), "{}", path.display());
    }
}

#[test]
fn greylisting_survives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let settings = GreylistSettings::default();
    let door = open(folder.path());
    assert!(!door.greylist.ask(&triplet(), &settings, UnixMillis(START)).passes());
    door.close().unwrap();
    let door = open(folder.path());
    let again = door.greylist.ask(&triplet(), &settings, UnixMillis(START + settings.wait_ms));
    assert_eq!(again, Grey::Passed { first: UnixMillis(START) });
}

mod any_file {
    use super::*;
    use proptest::prelude::*;

    /// Entries as a log has them, by which a change of one octet is tried.
    fn a_log() -> Vec<u8> {
        let folder = tempfile::tempdir().unwrap();
        let door = open(folder.path());
        live(&door, 0);
        door.flush().unwrap();
        die(door);
        fs::read(files(folder.path(), "log").pop().unwrap()).unwrap()
    }

    /// Everything is used that came out of a file.
    fn use_all(door: &Door) {
        assert!(door.usage().octets <= BOUNDS.octets);
        drop(seen(door));
        for far in [i64::MIN, -1, 0, START, i64::MAX] {
            let now = UnixMillis(far);
            door.windows.limited(now, 10);
            for limit in [EXACT, SLOTTED] {
                if let Some(receipt) = door.windows.take(&ip(1), limit, now).receipt {
                    door.windows.refund(receipt);
                }
            }
            door.reputation.hear(&sender(1), Counted::Spam, &ReputationSettings::default(), now);
            door.unknown.asked_unknown(&ip(1), &UnknownSettings::default(), now);
            door.greylist.ask(&triplet(), &GreylistSettings::default(), now);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

        #[test]
        fn whatever_a_file_holds_it_is_read_without_harm(octets in prop::collection::vec(any::<u8>(), 0..2_000)) {
            let door = Door::in_memory(BOUNDS).unwrap();
            door.restore_from(&octets, UnixMillis(START));
            use_all(&door);
        }
    }

    /// Behind the checksums: the entries of a real log, each octet changed in turn.
    #[test]
    fn entries_that_were_changed_are_read_without_harm() {
        let log = a_log();
        // What follows the head of the first frame are entries.
        let entries = &log[26..];
        for place in (0..entries.len().min(1_500)).step_by(7) {
            let mut touched = entries.to_vec();
            touched[place] = touched[place].wrapping_add(0x55);
            let door = Door::in_memory(Bounds { octets: 8 << 20 }).unwrap();
            door.restore_from(&touched, UnixMillis(START));
            use_all(&door);
        }
    }
}
