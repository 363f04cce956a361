//! YARA rules: the real worker where it was built (`make yara-worker`), and stand-ins that die, hang or talk nonsense.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use testkit::{Sekisho, Setup};

use crate::house::{AGREED, PROGRAM, held, junk, maildirs};

const HANAKO: &str = "hanako@shirakaba.example.jp";
const RULES: &str = "rule fictional_marker { meta: certain = true strings: $a = \"fictional-marker\" condition: $a }\n";
const CARRIES: &[u8] = b"From: s@example.com\nTo: hanako@shirakaba.example.jp\nSubject: a file\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nhello\n--b\nContent-Type: application/msword; name=\"plan.doc\"\nContent-Transfer-Encoding: base64\n\nYSBmaWN0aW9uYWwtbWFya2VyIGluc2lkZQ==\n--b--\n";

/// With these rules and this worker.
fn with(folder: &Path, rules: &str, worker: &Path) -> Setup {
    let file = folder.join("own.yar");
    std::fs::write(&file, rules).expect("the temporary folder can be written");
    maildirs()
        .key("yara", "rules", &format!("[\"{}\"]", file.display()))
        .key("yara", "worker", &format!("\"{}\"", worker.display()))
        .key("yara", "timeout_ms", "500")
}

/// The worker that `make yara-worker` built.
fn real_worker() -> Option<PathBuf> {
    let profile = Path::new(PROGRAM).parent().and_then(Path::parent).expect("the program lies in the target folder");
    let worker = profile.join("worker/sekisho-yara-worker");
    if !worker.is_file() {
        eprintln!("not here, skipped: sekisho-yara-worker (make yara-worker)");
        return None;
    }
    Some(worker)
}

/// A program in its place that does this after taking the rules.
fn stand_in(folder: &Path, then: &str) -> PathBuf {
    let path = folder.join("worker");
    std::fs::write(&path, format!("#!/bin/sh\necho 'ready 1'\n{then}\n")).expect("the temporary folder can be written");
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).expect("its permissions can be set");
    path
}

fn holds_unknown(sekisho: &Sekisho) {
    let layer = AGREED.replacen('{', r#"{"unknown":{"yara":{"then":"junk"}},"#, 1);
    sekisho.subscriber(HANAKO, &layer);
}

#[test]
fn a_rule_matches_in_an_attachment_and_is_explained() {
    let Some(worker) = real_worker() else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let sekisho = with(folder.path(), RULES, &worker).start();
    sekisho.subscriber(HANAKO, AGREED);
    sekisho.client().send_message("s@example.com", &[HANAKO], CARRIES).unwrap();
    assert_eq!((held(&sekisho, HANAKO), sekisho.maildir(HANAKO).len()), (1, 0));
    let reference = &junk(&sekisho, HANAKO)[0].reference;
    let said = sekisho.run(&["explain", reference, "--language", "en"]);
    assert!(said.contains("fictional_marker") && said.contains("plan.doc"), "{said}");
    let clean = String::from_utf8_lossy(CARRIES).replace("YSBmaWN0", "AAAAAAAA");
    sekisho.client().send_message("s@example.com", &[HANAKO], clean.as_bytes()).unwrap();
    assert_eq!(sekisho.maildir(HANAKO).len(), 1);
}

#[test]
fn a_bad_rule_file_is_told_with_its_line_and_the_last_good_one_stays() {
    let Some(worker) = real_worker() else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let sekisho = with(folder.path(), RULES, &worker).start();
    sekisho.subscriber(HANAKO, AGREED);
    std::fs::write(folder.path().join("own.yar"), "rule a {\n condition: nothing_known }\n").expect("written");
    let output = sekisho.command(&["reload"]);
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(!output.status.success() && said.contains("own.yar:2"), "{said}");
    sekisho.client().send_message("s@example.com", &[HANAKO], CARRIES).unwrap();
    assert_eq!(held(&sekisho, HANAKO), 1, "the rules of before are in force");
}

#[test]
fn a_worker_that_dies_hangs_or_talks_nonsense_is_unknown() {
    for then in [
        // It takes the rules first, so that it dies with a message at hand and not at the start.
        "while IFS= read -r line; do case \"$line\" in *\"}\") exit 0 ;; esac; done",
        "exec sleep 600",
        "head -c 1 >/dev/null; echo hello; exec sleep 600",
        "head -c 1 >/dev/null; echo 'unknown timeout'; exec sleep 600",
    ] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let sekisho = with(folder.path(), RULES, &stand_in(folder.path(), then)).start();
        holds_unknown(&sekisho);
        let reply = sekisho.client().send_message("s@example.com", &[HANAKO], CARRIES).unwrap();
        assert_eq!((reply.code, held(&sekisho, HANAKO)), (250, 1), "{then}: {}", reply.text());
        let said = sekisho.run(&["explain", &junk(&sekisho, HANAKO)[0].reference, "--language", "en"]);
        assert!(said.contains("\"YARA rules\" could not be done"), "{then}: {said}");
        sekisho.must_not_have_panicked();
    }
}

#[test]
fn a_worker_that_is_not_there_is_told_at_the_start() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let setup = with(folder.path(), RULES, &folder.path().join("nowhere"));
    let configuration = setup.write(testkit::place::free_ports(testkit::place::address()));
    let output = std::process::Command::new(PROGRAM).args(["serve", "-c"]).arg(configuration).output();
    let output = output.expect("the binary can be started");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains("nowhere"), "{said}");
}
