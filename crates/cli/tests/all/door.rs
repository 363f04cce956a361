//! The door on the real program: limits, unknown recipients, what staff see of it, restarts and a full disk.

use std::time::Duration;

use testkit::{Sekisho, wait};

use crate::faults::SmallDisk;
use crate::house::{AGREED, PLAIN, SAID_NOTHING, SOON, maildirs};

const HANAKO: &str = "hanako@shirakaba.example.jp";
const SOURCE: &str = "192.0.2.7";

/// What is said to one message from there, at RCPT or after it.
fn send(sekisho: &Sekisho, ip: &str, to: &str) -> u16 {
    let mut client = sekisho.client_from(ip, "mail.sumire.example.jp");
    client.say("MAIL FROM:<sayuri@sumire.example.jp>").expect("a session");
    let reply = client.ask(&format!("RCPT TO:<{to}>")).expect("an answer");
    if !reply.is_yes() {
        return reply.code;
    }
    client.data(PLAIN).expect("an answer").code
}

#[test]
fn staff_see_who_is_held_why_and_until_when_and_let_them_go() {
    let sekisho = maildirs().key("door", "limits", "[\"ip=2/1h\"]").start();
    assert_eq!(sekisho.run(&["door", "list"]).trim(), "nobody is slowed, put off or refused");
    assert_eq!([1, 2, 3].map(|_| send(&sekisho, SOURCE, HANAKO)), [250, 250, 450]);
    let list = sekisho.run(&["door", "list", "--language", "en"]);
    let held = list.lines().find(|line| line.starts_with(SOURCE)).unwrap_or_else(|| panic!("not in {list}"));
    assert!(held.contains("has sent as many messages as it may (2 in 1h)") && held.contains("until 20"), "{held}");
    let list = sekisho.run(&["door", "list", "--language", "ja"]);
    assert!(list.contains("上限(1hに2通)に達しました"), "{list}");
    let explained = sekisho.run(&["door", "explain", SOURCE, "--language", "en"]);
    assert!(explained.contains("2 of 2 in 1h") && explained.contains("put off at rcpt"), "{explained}");
    let other = sekisho.run(&["door", "explain", "192.0.2.8", "--language", "en"]);
    assert!(other.contains("0 of 2 in 1h") && !other.contains("put off"), "{other}");

    sekisho.run(&["door", "reset", SOURCE, "--reason", "their list was mended"]);
    assert_eq!(send(&sekisho, SOURCE, HANAKO), 250);
    let again = sekisho.run(&["door", "reset", "198.51.100.7"]);
    assert!(again.contains("nothing was held against"), "{again}");
    let bad = sekisho.command(&["door", "reset", "nonsense"]);
    assert!(!bad.status.success() && String::from_utf8_lossy(&bad.stderr).contains("nonsense"));
    sekisho.must_not_have_panicked();
}

#[test]
fn a_restart_in_the_middle_of_a_flood_forgets_at_most_the_last_second() {
    let mut sekisho = testkit::Setup::new(crate::house::PROGRAM)
        .domain("shirakaba.example.jp", "maildir:mail", &[("known", "\"table\"")])
        .key("door", "unknown_refused_from", "6")
        .key("door", "limits", "[\"ip=2/1d\"]")
        .start();
    sekisho.subscriber(HANAKO, SAID_NOTHING);
    assert_eq!([1, 2, 3].map(|_| send(&sekisho, "198.51.100.7", HANAKO)), [250, 250, 450]);
    for n in 1..=6 {
        let code = send(&sekisho, SOURCE, &format!("guess{n}@shirakaba.example.jp"));
        assert_eq!(code, 550, "{n}");
    }
    let refused = |sekisho: &Sekisho| {
        let mut client = sekisho.client();
        client.ask(&format!("XCLIENT ADDR={SOURCE} NAME=[UNAVAILABLE]")).expect("an answer").code
    };
    assert_eq!(refused(&sekisho), 554, "refused for hours");
    // The log is written once a second: the file grows when it has been.
    let folder = sekisho.setup().folder().join("data/door");
    let octets = || -> u64 {
        let files = std::fs::read_dir(&folder).expect("the door's folder");
        files.filter_map(|file| file.ok()?.metadata().ok()).map(|file| file.len()).sum()
    };
    let mut last = (octets(), std::time::Instant::now());
    wait::until("the second to be over", SOON, || {
        let now = octets();
        if now != last.0 {
            last = (now, std::time::Instant::now());
        }
        (last.1.elapsed() > Duration::from_millis(2_500)).then_some(())
    });
    sekisho.kill();
    sekisho.start_again();
    assert_eq!(refused(&sekisho), 554, "and after the restart");
    assert_eq!(send(&sekisho, "198.51.100.7", HANAKO), 450, "the limit of the day too");
    assert_eq!(send(&sekisho, "198.51.100.8", HANAKO), 250, "others are as welcome as ever");
    let list = sekisho.run(&["door", "list", "--language", "en"]);
    assert!(list.contains(SOURCE) && list.contains("198.51.100.7"), "{list}");
    sekisho.must_not_have_panicked();
}

#[test]
fn the_file_of_autonomous_systems_is_read_again_when_it_changes_and_garbage_leaves_the_last_good_one() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("prefixes.txt");
    std::fs::write(&file, "192.0.2.0/24 64496\n").expect("a file of prefixes");
    let sekisho = maildirs().key("door", "as_numbers", &format!("\"{}\"", file.display())).start();
    sekisho.subscriber(HANAKO, AGREED);
    // A system has a history once a message came from it.
    let is_known_as = |number: &str| {
        assert_eq!(send(&sekisho, SOURCE, HANAKO), 250);
        sekisho.run(&["door", "explain", SOURCE, "--language", "en"]).contains(number)
    };
    assert!(is_known_as("64496"), "{}", sekisho.run(&["door", "explain", SOURCE]));
    std::fs::write(&file, "192.0.2.0/24 64499 another\n198.51.100.0/24 64496\n").expect("other prefixes");
    wait::until("the new file", SOON, || is_known_as("64499").then_some(()));

    std::fs::write(&file, "192.0.2.0/24 64500\n192.0.2.0/99 64501\n").expect("garbage");
    wait::until("complaint", SOON, || sekisho.log().contains("prefixes.txt: line 2").then_some(()));
    assert!(is_known_as("64499") && !is_known_as("64500"));
    std::fs::remove_file(&file).expect("it can be removed");
    wait::until("complaint", SOON, || sekisho.log().contains("prefixes.txt: No such file").then_some(()));
    assert!(is_known_as("64499"));
    sekisho.must_not_have_panicked();
}

/// Nothing is accepted that could not be written down, nothing is counted that was not accepted, and the limit stays
/// exact.
#[test]
fn a_full_disk_neither_opens_the_door_nor_uses_up_limits() {
    let Some(disk) = SmallDisk::mount(48) else { return };
    let sekisho = maildirs().data_in(disk.path().join("data")).key("door", "limits", "[\"ip=3/1d\"]").start();
    assert_eq!(send(&sekisho, SOURCE, HANAKO), 250);
    disk.fill();
    // The store is tried once a second: what passes within the last second is believed, and counts for its source.
    let mut others = 1..=250;
    wait::until("first refusal", SOON, || {
        let other = format!("198.51.100.{}", others.next().expect("another source"));
        (send(&sekisho, &other, HANAKO) == 451).then_some(())
    });
    for _ in 0..5 {
        assert_eq!(send(&sekisho, SOURCE, HANAKO), 451, "it comes again");
    }
    disk.make_room();
    wait::until("room again", SOON, || (send(&sekisho, "203.0.113.2", HANAKO) == 250).then_some(()));
    assert_eq!([1, 2, 3].map(|_| send(&sekisho, SOURCE, HANAKO)), [250, 250, 450]);
    sekisho.must_not_have_panicked();
}
