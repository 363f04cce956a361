//! The API against its own document: schemathesis makes requests of every operation and looks at every answer.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use testkit::Sekisho;

use crate::house::{HOLDS_ALL, SOON, held, junk, maildirs};

const HANAKO: &str = "hanako@shirakaba.example.jp";

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

/// Examines the operations that one token opens; ids of held mail, as `GET /api/v1/held` tells them, for the paths.
fn examine(program: &Path, sekisho: &Sekisho, token: &str, paths: &[&str]) {
    // What it keeps for the next time lies beside its rules.
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/openapi");
    let rules = sekisho.setup().folder().join("examined");
    std::fs::create_dir_all(&rules).expect("the temporary folder can be written");
    for name in ["schemathesis.toml", "hooks.py"] {
        std::fs::copy(shipped.join(name), rules.join(name)).expect("the rules are there");
    }
    let url = format!("http://{}", sekisho.portal);
    let references: Vec<String> = junk(sekisho, HANAKO).into_iter().map(|row| row.reference).collect();
    let listed = Command::new("curl")
        .args([
            "--silent",
            "--header",
            &format!("Authorization: Bearer {token}"),
            &format!("{url}/api/v1/held?limit=9"),
        ])
        .output();
    let listed = listed.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    let ids: Vec<&str> = listed.split("\"id\":\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let output = Command::new(program)
        .current_dir(&rules)
        .env("SEKISHO_URL", &url)
        .env("SEKISHO_TOKEN", token)
        .env("SEKISHO_IDS", ids.join(" "))
        .env("SEKISHO_REFERENCES", references.join(" "))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("HYPOTHESIS_STORAGE_DIRECTORY", sekisho.setup().folder().join("hypothesis"))
        .arg("--config-file")
        .arg(rules.join("schemathesis.toml"))
        .args(["run", &format!("{url}/api/v1/openapi.json"), "--checks", "all", "--phases", "coverage,fuzzing"])
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

#[test]
fn every_operation_answers_as_its_document_says() {
    let Some(program) = schemathesis() else { return };
    let sekisho = maildirs().key("portal", "api_per_minute", "1000000").start();
    sekisho.subscriber(HANAKO, HOLDS_ALL);
    for number in 0..6 {
        let message = format!("From: a@sumire.example.jp\nSubject: News {number}\n\nThis is number {number}.\n");
        let reply = sekisho.client().send_message("a@sumire.example.jp", &[HANAKO], message.as_bytes()).unwrap();
        assert_eq!(reply.code, 250, "{}", reply.text());
    }
    testkit::wait::until("held mail", SOON, || (held(&sekisho, HANAKO) == 6).then_some(()));
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
    examine(&program, &sekisho, &subscriber, &["--exclude-path-regex", "/staff/"]);
    examine(&program, &sekisho, &staff, &["--include-path-regex", "/staff/"]);
    assert!(began.elapsed() < Duration::from_secs(600), "it took {:?}", began.elapsed());
}
