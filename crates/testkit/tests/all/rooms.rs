//! Who may depend on whom: the arrows of the architecture, and what pure rooms must not reach.

use std::collections::{BTreeMap, BTreeSet};

use crate::tree::{metadata, root};

/// Each room with the rooms that it may depend on, and nothing else of ours.
const MAY: &[(&str, &[&str])] = &[
    ("sekisho-message", &[]),
    ("sekisho-content", &["sekisho-message"]),
    ("sekisho-spamassassin", &["sekisho-message"]),
    ("sekisho-controls", &["sekisho-message", "sekisho-content"]),
    ("sekisho-policy", &["sekisho-message", "sekisho-content", "sekisho-controls"]),
    ("sekisho-auth", &["sekisho-message"]),
    ("sekisho-store", &["sekisho-message"]),
    ("sekisho-door", &["sekisho-message"]),
    (
        "sekisho-checkpoint",
        &[
            "sekisho-message",
            "sekisho-content",
            "sekisho-spamassassin",
            "sekisho-controls",
            "sekisho-policy",
            "sekisho-auth",
            "sekisho-store",
            "sekisho-door",
        ],
    ),
    (
        "sekisho-edge",
        &[
            "sekisho-message",
            "sekisho-content",
            "sekisho-controls",
            "sekisho-policy",
            "sekisho-auth",
            "sekisho-store",
            "sekisho-door",
            "sekisho-checkpoint",
        ],
    ),
    (
        "sekisho-portal",
        &[
            "sekisho-message",
            "sekisho-content",
            "sekisho-controls",
            "sekisho-policy",
            "sekisho-auth",
            "sekisho-store",
            "sekisho-door",
            "sekisho-checkpoint",
        ],
    ),
    (
        "sekisho",
        &[
            "sekisho-message",
            "sekisho-content",
            "sekisho-spamassassin",
            "sekisho-controls",
            "sekisho-policy",
            "sekisho-auth",
            "sekisho-store",
            "sekisho-door",
            "sekisho-checkpoint",
            "sekisho-edge",
            "sekisho-portal",
        ],
    ),
    ("sekisho-testkit", &[]),
];

/// Rooms without sockets, clock and database.
const PURE: &[&str] =
    &["sekisho-message", "sekisho-content", "sekisho-spamassassin", "sekisho-controls", "sekisho-policy"];

/// What gives one a socket, a clock of a runtime, or a database.
const IMPURE: &[&str] = &[
    "tokio",
    "sqlx",
    "sqlx-core",
    "redb",
    "hyper",
    "axum",
    "hickory-resolver",
    "socket2",
    "mio",
    "async-std",
    "rustls",
];

#[test]
fn arrows_between_our_rooms_point_one_way() {
    let may: BTreeMap<&str, BTreeSet<&str>> =
        MAY.iter().map(|(room, list)| (*room, list.iter().copied().collect())).collect();
    let metadata = metadata();
    let mut seen = BTreeSet::new();
    for package in metadata.members() {
        let allowed = may
            .get(package.name.as_str())
            .unwrap_or_else(|| panic!("{} is a room this test does not know", package.name));
        for dependency in package.dependencies.iter().filter(|dependency| dependency.kind != "dev") {
            let ours = dependency.name == "sekisho" || dependency.name.starts_with("sekisho-");
            assert!(
                !ours || allowed.contains(dependency.name.as_str()),
                "{} must not depend on {}",
                package.name,
                dependency.name
            );
        }
        seen.insert(package.name.clone());
    }
    for (room, _) in MAY {
        assert!(seen.contains(*room), "{room} is in the list but not in the workspace");
    }
}

#[test]
fn pure_rooms_reach_no_socket_clock_or_database() {
    let metadata = metadata();
    for room in PURE {
        let reached = metadata.reached_from(room);
        assert!(reached.contains(room), "{room} reaches itself");
        for impure in IMPURE {
            assert!(!reached.contains(impure), "{room} reaches {impure}");
        }
    }
}

#[test]
fn every_room_takes_the_lints_and_versions_of_the_workspace() {
    for package in metadata().members() {
        let text = std::fs::read_to_string(&package.manifest).expect("a manifest can be read");
        let table: toml::Table = text.parse().expect("a manifest is TOML");
        let inherits = |value: Option<&toml::Value>| {
            value.and_then(|value| value.get("workspace")).and_then(toml::Value::as_bool) == Some(true)
        };
        assert!(inherits(table.get("lints")), "{}: [lints] workspace = true is missing", package.name);
        for key in ["version", "edition", "rust-version", "license", "publish"] {
            let value = table.get("package").and_then(|package| package.get(key));
            assert!(inherits(value), "{}: package.{key}.workspace = true is missing", package.name);
        }
        for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
            for (name, value) in table.get(kind).and_then(toml::Value::as_table).into_iter().flatten() {
                // A room that tests itself with a feature on names itself.
                let itself = value.get("path").and_then(toml::Value::as_str) == Some(".");
                assert!(itself || inherits(Some(value)), "{}: {kind}.{name} has a version of its own", package.name);
            }
        }
    }
}

#[test]
fn every_room_has_at_most_one_test_binary() {
    for package in metadata().members() {
        let tests = package.targets.iter().filter(|kind| *kind == "test").count();
        assert!(tests <= 1, "{} has {tests} test binaries", package.name);
    }
    assert!(root().join("Cargo.lock").is_file(), "the lock file belongs to the tree");
}
