//! Where the shared suites lie, and the file of listed differences.

use std::collections::BTreeSet;
use std::path::PathBuf;

/// A folder or file of the shared suites; says so and gives `None` where it is absent.
pub(crate) fn suite(path: &str) -> Option<PathBuf> {
    let shared = std::env::var_os("SEKISHO_SHARED")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")), PathBuf::from);
    let found = shared.join("suites").join(path);
    if found.exists() {
        return Some(found);
    }
    println!("not here, skipped: {path}");
    None
}

/// Compares what failed with what `auth-differences.txt` lists for one suite: `suite case: reason` per line.
pub(crate) fn check_differences(suite: &str, failed: &[String]) {
    let listed: BTreeSet<String> = include_str!("../auth-differences.txt")
        .lines()
        .filter(|line| !line.starts_with('#') && !line.trim().is_empty())
        .filter_map(|line| {
            let (case, reason) = line.split_once(": ").expect("every difference has a reason");
            assert!(!reason.trim().is_empty(), "no reason: {line}");
            case.strip_prefix(suite)?.strip_prefix(' ').map(str::to_owned)
        })
        .collect();
    let failed: BTreeSet<String> = failed.iter().cloned().collect();
    let unlisted: Vec<_> = failed.difference(&listed).collect();
    let outdated: Vec<_> = listed.difference(&failed).collect();
    assert!(unlisted.is_empty(), "{suite}: differs, but is not listed: {unlisted:#?}");
    assert!(outdated.is_empty(), "{suite}: listed, but no longer differs: {outdated:#?}");
}
