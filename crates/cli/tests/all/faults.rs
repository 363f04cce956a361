//! What is outside breaks: next hops that are down, slow or refuse; a disk that is full.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use testkit::maildir::with_crlf;
use testkit::{Answer, NextHop, Sekisho, Setup, http, peers, place, wait};

use crate::house::{HOLDS_ALL, PLAIN, PROGRAM, SOON, held, junk};

const THREE: [&str; 3] = ["a@minato.example.jp", "b@minato.example.jp", "c@minato.example.jp"];

/// Mail for a domain behind this next hop, whose recipients are not asked about beforehand.
fn behind(hop: &NextHop) -> Sekisho {
    Setup::new(PROGRAM).domain("minato.example.jp", &hop.as_value(), &[("known", "\"any\"")]).start()
}

#[test]
fn a_next_hop_that_is_down_means_later() {
    let address = place::free(place::address());
    let sekisho = Setup::new(PROGRAM)
        .domain("minato.example.jp", &format!("smtp:{address}"), &[("known", "\"any\"")])
        .domain("asked.example.jp", &format!("smtp:{address}"), &[])
        .start();
    let reply = sekisho.client().send_message("s@example.com", &["ken@minato.example.jp"], PLAIN).unwrap();
    assert!(reply.is_later(), "{}", reply.text());
    let mut asked = sekisho.client();
    asked.say("MAIL FROM:<s@example.com>").unwrap();
    let reply = asked.ask("RCPT TO:<ken@asked.example.jp>").unwrap();
    assert!(reply.is_later(), "{}", reply.text());

    let hop = NextHop::start_at(address.ip(), address.port());
    wait::until("acceptance once the next hop is back", SOON, || {
        let reply = sekisho.client().send_message("s@example.com", &["ken@minato.example.jp"], PLAIN).unwrap();
        reply.is_yes().then_some(())
    });
    let taken = hop.wait_for(1);
    assert!(taken[0].message.ends_with(&with_crlf(PLAIN)), "the bytes are what came");
}

#[test]
fn a_slow_next_hop_is_waited_for() {
    let hop = NextHop::start();
    hop.answer_data(Answer::AcceptAfter(Duration::from_secs(3)));
    let sekisho = behind(&hop);
    let began = Instant::now();
    let reply = sekisho.client().send_message("s@example.com", &[THREE[0]], PLAIN).unwrap();
    assert_eq!(reply.code, 250, "{}", reply.text());
    assert!(began.elapsed() >= Duration::from_secs(3), "250 came before the next hop had it");
    assert_eq!(hop.taken().len(), 1);
}

#[test]
fn a_next_hop_that_hangs_up_after_the_message_means_later() {
    let hop = NextHop::start();
    hop.answer_data(Answer::Close);
    let sekisho = behind(&hop);
    let reply = sekisho.client().send_message("s@example.com", &[THREE[0]], PLAIN).unwrap();
    assert!(reply.is_later(), "{}", reply.text());
}

#[test]
fn one_of_three_refused_for_good_is_kept_for_that_one() {
    let hop = NextHop::start();
    hop.answer_rcpt(THREE[1], Answer::Say("550 5.7.1 not this one".into()));
    let sekisho = behind(&hop);
    let reply = sekisho.client().send_message("s@example.com", &THREE, PLAIN).unwrap();
    assert_eq!(reply.code, 250, "{}", reply.text());
    let taken = hop.wait_for(1);
    assert_eq!(taken[0].recipients, [THREE[0], THREE[2]]);
    let counts = THREE.map(|address| held(&sekisho, address));
    assert_eq!(counts, [0, 1, 0], "the refused copy, and only that, is in junk");
    let reference = junk(&sekisho, THREE[1])[0].reference.clone();
    let explained = sekisho.run(&["explain", &reference, "--language", "en"]);
    assert!(
        explained.contains(THREE[1]) && !explained.contains(THREE[0]),
        "one row never shows another recipient: {explained}"
    );
}

#[test]
fn all_refused_for_good_is_a_no() {
    let hop = NextHop::start();
    for address in THREE {
        hop.answer_rcpt(address, Answer::Say("550 5.7.1 not this one".into()));
    }
    let sekisho = behind(&hop);
    let reply = sekisho.client().send_message("s@example.com", &THREE, PLAIN).unwrap();
    assert!(reply.is_no(), "{}", reply.text());
    assert!(hop.taken().is_empty());
    assert_eq!(THREE.map(|address| held(&sekisho, address)), [0; 3], "who is told no keeps the message");
}

#[test]
fn one_of_three_put_off_means_later_and_the_retry_serves_only_that_one() {
    let hop = NextHop::start();
    hop.answer_rcpt(THREE[2], Answer::Say("451 4.3.0 come again".into()));
    let sekisho = behind(&hop);
    let reply = sekisho.client().send_message("s@example.com", &THREE, PLAIN).unwrap();
    assert!(reply.is_later(), "{}", reply.text());
    assert_eq!(hop.wait_for(1)[0].recipients, [THREE[0], THREE[1]]);

    hop.answer_rcpt(THREE[2], Answer::Accept);
    let reply = sekisho.client().send_message("s@example.com", &THREE, PLAIN).unwrap();
    assert_eq!(reply.code, 250, "{}", reply.text());
    let taken = hop.wait_for(2);
    assert_eq!((taken.len(), taken[1].recipients.as_slice()), (2, &[THREE[2].to_owned()][..]));

    let reply = sekisho.client().send_message("s@example.com", &THREE, PLAIN).unwrap();
    assert_eq!(reply.code, 250);
    assert_eq!(hop.wait_for(3)[2].recipients.len(), 3, "the same message sent anew is a new message");
}

#[test]
fn who_was_served_is_remembered_across_a_restart() {
    let hop = NextHop::start();
    hop.answer_rcpt(THREE[2], Answer::Say("451 4.3.0 come again".into()));
    let mut sekisho = behind(&hop);
    assert!(sekisho.client().send_message("s@example.com", &THREE, PLAIN).unwrap().is_later());
    assert!(sekisho.stop(SOON));
    sekisho.start_again();
    hop.answer_rcpt(THREE[2], Answer::Accept);
    assert_eq!(sekisho.client().send_message("s@example.com", &THREE, PLAIN).unwrap().code, 250);
    assert_eq!(hop.taken()[1].recipients, [THREE[2]]);
}

#[test]
fn a_recipient_that_the_next_hop_does_not_know_is_refused_at_once() {
    let hop = NextHop::start();
    hop.answer_rcpt("nobody@minato.example.jp", Answer::Say("550 5.1.1 no such person".into()));
    let sekisho = Setup::new(PROGRAM).domain("minato.example.jp", &hop.as_value(), &[]).start();
    let mut client = sekisho.client();
    client.say("MAIL FROM:<s@example.com>").unwrap();
    assert!(client.ask("RCPT TO:<nobody@minato.example.jp>").unwrap().is_no());
    assert!(client.ask("RCPT TO:<ken@minato.example.jp>").unwrap().is_yes());
}

#[test]
fn a_next_hop_without_the_extensions_is_answered_for_honestly() {
    let hop = NextHop::start();
    hop.offer(&["PIPELINING", "SIZE 1000"]);
    let sekisho = behind(&hop);
    let mut client = sekisho.client();
    client.say("MAIL FROM:<太郎@example.com> SMTPUTF8 BODY=8BITMIME").unwrap();
    client.say(&format!("RCPT TO:<{}>", THREE[0])).unwrap();
    let reply = client.data(PLAIN).unwrap();
    assert!(reply.is_no(), "an address that the next hop cannot carry: {}", reply.text());
    let large = [PLAIN, &b"0123456789\n".repeat(200)].concat();
    let reply = sekisho.client().send_message("s@example.com", &[THREE[0]], &large).unwrap();
    assert!(reply.is_no(), "more than the next hop's SIZE: {}", reply.text());
    assert!(hop.taken().is_empty());
}

/// A small file system of its own; unmounted when dropped.
pub(crate) struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    pub(crate) fn mount(mebibytes: u32) -> Option<Self> {
        if !peers::is_root("a small disk") {
            return None;
        }
        let folder = tempfile::tempdir().expect("a temporary folder");
        let size = format!("size={mebibytes}m");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(folder.path()).status();
        if !mounted.is_ok_and(|status| status.success()) {
            eprintln!("not here, skipped: mounting a tmpfs");
            return None;
        }
        Some(Self(folder))
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn fill(&self) {
        let mut size = 1024 * 1024;
        let mut file = std::fs::File::create(self.path().join("filler")).expect("the disk can be written");
        while size > 0 {
            match std::io::Write::write(&mut file, &vec![b'x'; size]) {
                Ok(1..) => {}
                _ => size /= 2,
            }
        }
    }

    pub(crate) fn make_room(&self) {
        std::fs::remove_file(self.path().join("filler")).expect("the filler can be removed");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("-l").arg(self.path()).status());
    }
}

#[test]
fn a_full_disk_means_later_and_nothing_is_accepted() {
    let Some(disk) = SmallDisk::mount(48) else { return };
    let sekisho = crate::house::maildirs().data_in(disk.path().join("data")).start();
    sekisho.subscriber("held@shirakaba.example.jp", HOLDS_ALL);
    let send = |to: &str| sekisho.client().send_message("s@example.com", &[to], PLAIN).unwrap();
    assert_eq!(send("held@shirakaba.example.jp").code, 250);
    assert_eq!(send("hanako@shirakaba.example.jp").code, 250);

    disk.fill();
    wait::until("notice that the store cannot be written", SOON, || {
        matches!(http::get(sekisho.metrics, "/ready"), Ok((503, _))).then_some(())
    });
    // The store is tried once a second: what passed within the last second is believed.
    wait::until("first refusal", SOON, || send("hanako@shirakaba.example.jp").is_later().then_some(()));
    let before = sekisho.maildir("hanako@shirakaba.example.jp").len();
    for to in ["held@shirakaba.example.jp", "hanako@shirakaba.example.jp"] {
        let reply = send(to);
        assert!(reply.is_later(), "{to}: {}", reply.text());
    }
    assert_eq!(sekisho.maildir("hanako@shirakaba.example.jp").len(), before, "nothing was accepted");

    disk.make_room();
    wait::until("acceptance once there is room again", SOON, || {
        (send("held@shirakaba.example.jp").is_yes() && send("hanako@shirakaba.example.jp").is_yes()).then_some(())
    });
    assert!(held(&sekisho, "held@shirakaba.example.jp") > 1);
    sekisho.must_not_have_panicked();
}

#[test]
fn a_full_disk_under_a_maildir_means_later() {
    let Some(disk) = SmallDisk::mount(1) else { return };
    let hop = format!("maildir:{}", disk.path().join("mail").display());
    let sekisho = Setup::new(PROGRAM).domain("minato.example.jp", &hop, &[]).start();
    disk.fill();
    let send = || sekisho.client().send_message("s@example.com", &["ken@minato.example.jp"], PLAIN).unwrap();
    let reply = send();
    assert!(reply.is_later(), "{}", reply.text());
    disk.make_room();
    assert_eq!(send().code, 250);
}
