//! The tree as cargo and git see it, and rules about its files.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;

use serde_json::Value;

/// The repository's root.
pub(crate) fn root() -> PathBuf {
    testkit::corpus::root()
}

pub(crate) struct Dependency {
    pub(crate) name: String,
    /// `normal`, `dev` or `build`.
    pub(crate) kind: String,
}

pub(crate) struct Package {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) manifest: PathBuf,
    pub(crate) dependencies: Vec<Dependency>,
    /// Kinds of its targets.
    pub(crate) targets: Vec<String>,
}

/// What `cargo metadata` says.
pub(crate) struct Metadata {
    packages: BTreeMap<String, Package>,
    members: Vec<String>,
    /// Package → packages it needs, without those for its tests alone.
    edges: BTreeMap<String, Vec<String>>,
}

impl Metadata {
    /// Our own packages.
    pub(crate) fn members(&self) -> impl Iterator<Item = &Package> {
        self.members.iter().filter_map(|id| self.packages.get(id))
    }

    /// Names of all packages that one needs, directly or not, itself included.
    pub(crate) fn reached_from(&self, name: &str) -> BTreeSet<&str> {
        let start = self.members().find(|package| package.name == name).unwrap_or_else(|| panic!("no room {name}"));
        let (mut open, mut seen) = (vec![start.id.as_str()], BTreeSet::new());
        while let Some(id) = open.pop() {
            if seen.insert(id) {
                open.extend(self.edges.get(id).into_iter().flatten().map(String::as_str));
            }
        }
        seen.into_iter().filter_map(|id| self.packages.get(id)).map(|package| package.name.as_str()).collect()
    }
}

/// A crate that is compiled into something of ours, tests included.
pub(crate) struct Linked {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) license: String,
}

/// What `cargo tree` says is compiled. `cargo metadata` also names optional crates that no feature asks for.
pub(crate) fn linked() -> Vec<Linked> {
    let text = run_cargo(&["tree", "--workspace", "--locked", "--edges=all", "--prefix=none", "--format={p}|{l}"]);
    let mut lines: Vec<&str> = text.lines().map(|line| line.trim_end_matches(" (*)")).collect();
    lines.sort_unstable();
    lines.dedup();
    let rows = lines.into_iter().filter_map(|line| {
        let (package, license) = line.split_once('|')?;
        let mut words = package.split(' ');
        let (name, version) = (words.next()?.to_owned(), words.next()?.trim_start_matches('v').to_owned());
        Some(Linked { name, version, license: license.to_owned() })
    });
    rows.collect()
}

fn run_cargo(arguments: &[&str]) -> String {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let output = Command::new(cargo).args(arguments).current_dir(root()).output().expect("cargo can be started");
    assert!(output.status.success(), "cargo {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

static METADATA: LazyLock<Metadata> = LazyLock::new(read);

pub(crate) fn metadata() -> &'static Metadata {
    &METADATA
}

fn read() -> Metadata {
    let said = run_cargo(&["metadata", "--format-version=1", "--locked", "--filter-platform=x86_64-unknown-linux-gnu"]);
    let json: Value = serde_json::from_str(&said).expect("cargo metadata prints JSON");
    let packages = list(&json["packages"]).map(package).map(|package| (package.id.clone(), package)).collect();
    let members = list(&json["workspace_members"]).map(text).collect();
    let mut edges = BTreeMap::new();
    for node in list(&json["resolve"]["nodes"]) {
        let needs = list(&node["deps"]).filter(|need| list(&need["dep_kinds"]).any(|kind| kind["kind"] != "dev"));
        edges.insert(text(&node["id"]), needs.map(|need| text(&need["pkg"])).collect());
    }
    Metadata { packages, members, edges }
}

fn package(json: &Value) -> Package {
    Package {
        id: text(&json["id"]),
        name: text(&json["name"]),
        manifest: text(&json["manifest_path"]).into(),
        dependencies: list(&json["dependencies"])
            .map(|dependency| Dependency {
                name: text(&dependency["name"]),
                kind: dependency["kind"].as_str().unwrap_or("normal").to_owned(),
            })
            .collect(),
        targets: list(&json["targets"]).flat_map(|target| list(&target["kind"])).map(text).collect(),
    }
}

fn list(json: &Value) -> impl Iterator<Item = &Value> {
    json.as_array().into_iter().flatten()
}

fn text(json: &Value) -> String {
    json.as_str().unwrap_or_default().to_owned()
}

/// Files that git tracks, with their text where they are text. None outside a git checkout.
fn tracked() -> Option<Vec<(String, String)>> {
    let output = Command::new("git").args(["ls-files", "-z"]).current_dir(root()).output().ok()?;
    if !output.status.success() {
        eprintln!("not here, skipped: a git checkout");
        return None;
    }
    let names = String::from_utf8_lossy(&output.stdout).into_owned();
    let files: Vec<(String, String)> = names
        .split('\0')
        .filter(|name| !name.is_empty())
        .filter_map(|name| Some((name.to_owned(), std::fs::read_to_string(root().join(name)).ok()?)))
        .collect();
    assert!(files.len() > 50, "git tracks too few files to be true");
    Some(files)
}

#[test]
fn no_tracked_file_names_a_path_of_somebodys_machine() {
    // Put together here, so that this file does not name them either.
    let paths = [["/wo", "rk/"], ["/ho", "me/"], ["/Us", "ers/"], ["/ro", "ot/"]].map(|parts| parts.concat());
    let Some(files) = tracked() else { return };
    let mut found = Vec::new();
    for (name, text) in files {
        for (at, line) in text.lines().enumerate() {
            if paths.iter().any(|path| names_path(line, path)) {
                found.push(format!("{name}:{}: {line}", at + 1));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// A path begins a word: `https://example.jp/home/` is none.
fn names_path(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        before.is_none_or(|c| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '$' | '}' | '/' | '~')))
    })
}

#[test]
fn source_files_begin_with_what_they_are_for() {
    let Some(files) = tracked() else { return };
    let mut without = Vec::new();
    for (name, text) in files {
        let ours = name.starts_with("crates/") && name.contains("/src/") && name.ends_with(".rs");
        if ours && !text.starts_with("//!") {
            without.push(name);
        }
    }
    assert!(without.is_empty(), "no //! at the top of: {}", without.join(", "));
}

#[test]
fn names_of_rooms_and_files_say_something() {
    const EMPTY: [&str; 6] = ["utils", "util", "common", "core", "types", "helpers"];
    let Some(files) = tracked() else { return };
    for (name, _) in files.iter().filter(|(name, _)| name.starts_with("crates/")) {
        let empty = name.split('/').map(|part| part.trim_end_matches(".rs")).find(|part| EMPTY.contains(part));
        assert!(empty.is_none(), "{name} says nothing about what is in it");
    }
}

#[test]
fn sample_mail_names_only_reserved_places() {
    for sample in testkit::corpus::samples() {
        let text = String::from_utf8_lossy(&sample.message).replace("=\n", "");
        for (at, _) in text.match_indices("://") {
            let host: String =
                text[at + 3..].chars().take_while(|c| c.is_ascii_alphanumeric() || ".-".contains(*c)).collect();
            let host = host.trim_end_matches('.');
            let reserved = [".example", ".example.jp", ".example.com"].iter().any(|end| host.ends_with(end));
            let documentation = ["192.0.2.", "198.51.100.", "203.0.113."].iter().any(|start| host.starts_with(start));
            assert!(reserved || documentation, "{}: link to {host}", sample.name);
        }
        assert!(
            ["wanted", "suspect", "unwanted"].contains(&sample.family.as_str()),
            "{}: {}",
            sample.name,
            sample.family
        );
        assert!(!sample.message.contains(&b'\r'), "{}: files have LF line ends", sample.name);
    }
}
