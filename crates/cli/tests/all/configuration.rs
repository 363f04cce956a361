//! The configuration file: what is shipped, what is refused and how it is said.

use std::net::TcpListener;
use std::process::Command;

use testkit::place;

use crate::house::{PROGRAM, maildirs};

fn check(text: &str) -> (bool, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sekisho.toml");
    std::fs::write(&file, text).unwrap();
    let output = Command::new(PROGRAM).args(["config", "check", "-c"]).arg(&file).output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output.status.success(), said)
}

#[test]
fn the_shipped_file_is_what_the_program_prints() {
    let output = Command::new(PROGRAM).args(["config", "shipped"]).output().unwrap();
    assert!(output.status.success());
    let file =
        std::fs::read_to_string(testkit::corpus::root().join("sekisho.toml")).expect("sekisho.toml is in the root");
    assert_eq!(String::from_utf8_lossy(&output.stdout), file, "make it again: sekisho config shipped > sekisho.toml");
}

#[test]
fn the_shipped_file_is_good() {
    let file = std::fs::read_to_string(testkit::corpus::root().join("sekisho.toml")).unwrap();
    let (good, said) = check(&file);
    assert!(good, "{said}");
}

#[test]
fn an_unknown_key_is_refused_with_its_place_and_the_nearest_key() {
    let (good, said) = check("[smtp]\nhostname = \"mx.example.jp\"\nrecipient = 10\n");
    assert!(!good);
    assert!(said.contains("recipients"), "{said}");
    assert!(said.contains("sekisho.toml:3"), "{said}");
}

#[test]
fn an_unknown_table_is_refused_with_the_nearest_table() {
    let (good, said) = check("[lissten]\nsmtp = \"127.0.0.1:2525\"\n");
    assert!(!good);
    assert!(said.contains("listen") && said.contains("sekisho.toml:1"), "{said}");
}

#[test]
fn a_value_of_the_wrong_kind_names_key_and_place() {
    let rows = [
        ("[smtp]\nsize = \"big\"\n", "smtp.size", 2),
        ("[listen]\nsmtp = \"25\"\n", "listen.smtp", 2),
        ("[listen]\nmilter = \"run/milter.sock\"\n", "listen.milter", 2),
        ("[listen]\nsocket_mode = \"rw\"\n", "listen.socket_mode", 2),
        ("[smtp]\nbare_newline = \"keep\"\n", "bare_newline", 2),
        ("[smtp]\nxclient_from = [\"192.0.2.0/99\"]\n", "xclient_from", 2),
        ("[[domain]]\nname = \"exa mple\"\nnext_hop = \"maildir:/tmp/x\"\n", "domain.name", 2),
        ("[[domain]]\nname = \"example.jp\"\nnext_hop = \"carrier-pigeon:x\"\n", "domain.next_hop", 3),
        ("[operator]\nfilter_by_default = true\n", "filter_by_default", 2),
    ];
    for (text, key, line) in rows {
        let (good, said) = check(text);
        assert!(!good, "taken: {text}");
        assert!(said.contains(key), "{key} is not named: {said}");
        assert!(said.contains(&format!("sekisho.toml:{line}")), "line {line} is not named: {said}");
    }
}

#[test]
fn toml_that_is_none_names_its_line() {
    let (good, said) = check("[smtp]\nhostname = mx.example.jp\n");
    assert!(!good);
    assert!(said.contains('2'), "{said}");
}

#[test]
fn every_value_in_force_is_shown_with_its_origin() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sekisho.toml");
    std::fs::write(&file, "[smtp]\nrecipients = 42\n").unwrap();
    let output = Command::new(PROGRAM).args(["config", "show", "-c"]).arg(&file).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = |key: &str| {
        said.lines().find(|line| line.contains(key)).unwrap_or_else(|| panic!("no {key} in {said}")).to_owned()
    };
    assert!(line("recipients").contains("42") && line("recipients").contains("sekisho.toml:2"), "{said}");
    assert!(line("smtp.size").contains("default"), "{said}");
}

#[test]
fn a_taken_port_is_named_with_the_key_that_changes_it() {
    let taken = TcpListener::bind((place::address(), 0)).unwrap();
    let setup = maildirs();
    let ip = taken.local_addr().unwrap().ip();
    let others: [_; 3] = place::free_ports(ip);
    let file = setup.write([taken.local_addr().unwrap(), others[0], others[1], others[2]]);
    let output = Command::new(PROGRAM).args(["serve", "-c"]).arg(&file).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success());
    assert!(said.contains(&taken.local_addr().unwrap().port().to_string()) && said.contains("listen.smtp"), "{said}");
}

#[test]
fn a_second_serve_names_who_has_the_data_folder() {
    let first = maildirs().start();
    let output = first.command(&["serve"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success());
    assert!(said.contains(&first.process_id().to_string()), "the holder is not named: {said}");
    assert!(first.client().say("NOOP").is_ok(), "the first one goes on");
}
