//! A data folder that cannot be written, other than for want of room: mounted read-only, or another user's. Nothing starts
//! on it, and where it becomes so, everybody comes again and nothing is accepted.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use testkit::{Sekisho, Setup, http, peers, place, wait};

use crate::faults::SmallDisk;
use crate::house::{HOLDS_ALL, PLAIN, PROGRAM, SOON, held, maildirs};

const HELD: &str = "held@shirakaba.example.jp";
const HANAKO: &str = "hanako@shirakaba.example.jp";

fn does(program: &str, arguments: &[&str], on: &Path) -> bool {
    Command::new(program).args(arguments).arg(on).status().is_ok_and(|status| status.success())
}

/// Starting on that folder fails at once, and says which folder it is.
fn does_not_start(setup: &Setup, program: &Path, data: &Path) {
    let configuration = setup.write(place::free_ports(place::address()));
    let output = Command::new(program).args(["serve", "-c"]).arg(configuration).output().expect("it can be started");
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(!output.status.success(), "it runs: {said}");
    assert!(said.contains(&data.display().to_string()), "the folder is not named: {said}");
    assert!(!said.contains("panicked"), "{said}");
}

/// It becomes unwritable while mail comes, and writable again.
fn means_later(sekisho: &Sekisho, breaks: impl FnOnce(), mends: impl FnOnce()) {
    sekisho.subscriber(HELD, HOLDS_ALL);
    let send = |to: &str| sekisho.client().send_message("s@example.com", &[to], PLAIN).unwrap();
    assert_eq!((send(HELD).code, send(HANAKO).code), (250, 250));
    breaks();
    wait::until("notice that the store cannot be written", SOON, || {
        matches!(http::get(sekisho.metrics, "/ready"), Ok((503, _))).then_some(())
    });
    // The store is tried once a second: what passed within the last second is believed.
    wait::until("first refusal", SOON, || send(HANAKO).is_later().then_some(()));
    let before = sekisho.maildir(HANAKO).len();
    for to in [HELD, HANAKO] {
        let reply = send(to);
        assert!(reply.is_later(), "{to}: {}", reply.text());
    }
    assert_eq!(sekisho.maildir(HANAKO).len(), before, "nothing was accepted");
    mends();
    wait::until("acceptance once it can be written again", SOON, || {
        (send(HELD).is_yes() && send(HANAKO).is_yes()).then_some(())
    });
    assert!(held(sekisho, HELD) > 1);
    sekisho.must_not_have_panicked();
}

#[test]
fn a_folder_that_is_mounted_read_only() {
    let Some(disk) = SmallDisk::mount(48) else { return };
    let setup = maildirs().data_in(disk.path().join("data"));
    assert!(does("mount", &["-o", "remount,ro"], disk.path()), "it can be mounted anew");
    does_not_start(&setup, Path::new(PROGRAM), disk.path());
    assert!(does("mount", &["-o", "remount,rw"], disk.path()), "it can be mounted anew");
    let sekisho = setup.start();
    // Over the folder, so that what is open stays so and what is opened anew is read-only, as after a fault of the disk.
    let breaks = || {
        let bound = Command::new("mount").arg("--bind").args([disk.path(), disk.path()]).status();
        assert!(bound.is_ok_and(|status| status.success()), "it can be bound");
        assert!(does("mount", &["-o", "remount,bind,ro"], disk.path()), "it can be mounted anew");
    };
    means_later(&sekisho, breaks, || assert!(does("umount", &["-l"], disk.path()), "it can be taken away"));
}

#[test]
fn a_folder_that_is_another_users() {
    if !peers::is_root("another user") {
        return;
    }
    let setup = Setup::new(PROGRAM);
    let folder = setup.folder().to_owned();
    let program = folder.join("sekisho-as-nobody");
    let nobody = "setpriv --reuid 65534 --regid 65534 --clear-groups";
    std::fs::write(&program, format!("#!/bin/sh\nexec {nobody} {PROGRAM} \"$@\"\n")).expect("a script");
    for path in [&folder, &program] {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("it is ours");
    }
    if !Command::new(&program).arg("--version").output().is_ok_and(|output| output.status.success()) {
        eprintln!("not here, skipped: running the program as another user");
        return;
    }
    let (data, mail) = (folder.join("data"), folder.join("mail"));
    for part in [&data, &mail] {
        std::fs::create_dir(part).expect("the temporary folder can be written");
    }
    assert!(does("chown", &["65534:65534"], &mail), "root may");
    std::fs::set_permissions(&data, std::fs::Permissions::from_mode(0o700)).expect("it is ours");
    let program_text = program.display().to_string();
    let setup = setup.with_program(&program_text).maildir_domain("shirakaba.example.jp");
    does_not_start(&setup, &program, &data);

    assert!(does("chown", &["65534:65534"], &data), "root may");
    let sekisho = setup.start();
    let breaks = || assert!(does("chown", &["-R", "0:0"], &data), "root may");
    means_later(&sekisho, breaks, || assert!(does("chown", &["-R", "65534:65534"], &data), "root may"));
}
