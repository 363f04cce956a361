//! The API against its own document: schemathesis makes requests of every operation and looks at every answer.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use testkit::Sekisho;

use crate::house::{HOLDS_ALL, SOON, held, junk, maildirs};

const HANAKO: &str = "hanako@shirakaba.example.jp";

/// What comes with the program, and an address for reports.
const PROFILE: &str = include_str!("../../../policy/src/profile/shipped.toml");

/// The program where `.ci/packages` puts it, or where `SEKISHO_TEST_SCHEMATHESIS` says.
fn schemathesis() -> Option<PathBuf> {
    let own = std::env::var_os("SEKISHO_TEST_SCHEMATHESIS").map(PathBuf::from);
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| std::env::var_os("HOME").map(|home| Path::new(&home).join(".cache")));
    let usual = cache.map(|cache| cache.join("sekisho-tests/schemathesis/bin/schemathesis"));
    let found = own.or(usual).filter(|path| path.exists());
    if found.is_none() {
        println!("not here, skipped: schemathesis");
    }
    found
}

/// Operations of which no request can be right here, and where they are seen to succeed.
const NEVER_HERE: [(&str, &str); 1] =
    [("waiting-let-in", "it needs somebody who waits at the door: tests of the portal, waiting.rs")];

/// Examines the operations that one token opens; what was answered goes to the file.
fn examine(program: &Path, sekisho: &Sekisho, token: &str, answers: &Path, paths: &[&str]) {
    // What it keeps for the next time lies beside its rules.
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/openapi");
    let rules = sekisho.setup().folder().join("examined");
    std::fs::create_dir_all(&rules).expect("the temporary folder can be written");
    for name in ["schemathesis.toml", "hooks.py"] {
        std::fs::copy(shipped.join(name), rules.join(name)).expect("the rules are there");
    }
    let url = format!("http://{}", sekisho.portal);
    let references: Vec<String> = junk(sekisho, HANAKO).into_iter().map(|row| row.reference).collect();
    let output = Command::new(program)
        .current_dir(&rules)
        .env("SEKISHO_URL", &url)
        .env("SEKISHO_TOKEN", token)
        .env("SEKISHO_ANSWERS", answers)
        .env("SEKISHO_REFERENCES", references.join(" "))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("HYPOTHESIS_STORAGE_DIRECTORY", sekisho.setup().folder().join("hypothesis"))
        .arg("--config-file")
        .arg(rules.join("schemathesis.toml"))
        .args([
            "run",
            &format!("{url}/api/v1/openapi.json"),
            "--checks",
            "all",
            "--phases",
            "examples,coverage,fuzzing,stateful",
        ])
        .args([
            "--header",
            &format!("Authorization: Bearer {token}"),
            "--continue-on-failure",
            "--suppress-health-check",
            "all",
        ])
        .args(paths)
        .output()
        .expect("schemathesis can be started");
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}");
    assert!(said.contains("passed"), "nothing was examined: {said}");
    sekisho.must_not_have_panicked();
}

/// Lets a subscriber's held mail have what every operation needs: many messages, some with a file.
fn furnish(sekisho: &Sekisho) {
    for number in 0..40 {
        let message = match number % 4 {
            0 => format!(
                "From: a@sumire.example.jp\nTo: {HANAKO}\nSubject: attached {number}\nMIME-Version: 1.0\n\
                 Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nText.\n\
                 --b\nContent-Type: application/pdf; name=\"plan.pdf\"\n\nMARKER\n--b--\n"
            ),
            _ => {
                format!("From: a@sumire.example.jp\nTo: {HANAKO}\nSubject: News {number}\n\nThis is number {number}.\n")
            }
        };
        let reply = sekisho.client().send_message("a@sumire.example.jp", &[HANAKO], message.as_bytes()).unwrap();
        assert_eq!(reply.code, 250, "{}", reply.text());
    }
    testkit::wait::until("held mail", SOON, || (held(sekisho, HANAKO) == 40).then_some(()));
    let profile = sekisho.setup().folder().join("profile.toml");
    let reports = "messages = 500, report_to = \"abuse@shirakaba.example.jp\"";
    assert!(PROFILE.contains("messages = 500"));
    std::fs::write(&profile, PROFILE.replace("messages = 500", reports)).expect("it can be written");
    sekisho.run(&["profile", "set", &profile.to_string_lossy()]);
}

/// Operations that no request of the run succeeded with, but those that cannot here.
fn never_succeeded(answers: &Path) -> Vec<&'static str> {
    let told = std::fs::read_to_string(answers).expect("what was answered is written down");
    let succeeded =
        |id: &str| told.lines().any(|line| line.strip_prefix(id).is_some_and(|rest| rest.starts_with(" 2")));
    let all = portal::api::table().into_iter().map(|operation| operation.id);
    all.filter(|id| !succeeded(id) && !NEVER_HERE.iter().any(|(never, _)| never == id)).collect()
}

#[test]
fn every_operation_answers_as_its_document_says() {
    let Some(program) = schemathesis() else { return };
    let sekisho = maildirs().key("portal", "api_per_minute", "1000000").start();
    sekisho.subscriber(HANAKO, HOLDS_ALL);
    furnish(&sekisho);
    sekisho.run(&["staff-add", "admin"]);
    let own = ["account", "mail:read", "mail:write", "settings:read", "settings:write"];
    let staffs = ["settings:read", "settings:write", "staff:read", "staff:write"];
    let token = |owner: &str, scopes: &[&str]| {
        let mut arguments = vec!["token-add", owner, "--name", "examination", "--days", "7"];
        arguments.extend(scopes.iter().flat_map(|scope| ["--scope", *scope]));
        sekisho.run(&arguments).trim().to_owned()
    };
    let (subscriber, staff) = (token(HANAKO, &own), token("admin", &staffs));
    let began = std::time::Instant::now();
    let answers = sekisho.setup().folder().join("answers");
    examine(&program, &sekisho, &subscriber, &answers, &["--exclude-path-regex", "/staff/"]);
    examine(&program, &sekisho, &staff, &answers, &["--include-path-regex", "/staff/"]);
    assert_eq!(never_succeeded(&answers), [""; 0], "each operation has to succeed at least once");
    assert!(began.elapsed() < Duration::from_secs(600), "it took {:?}", began.elapsed());
}
