//! Programs that a test uses where they are installed, and says so where they are not.

use std::path::PathBuf;

/// Where a program is; where it is not, that is said on standard error and the test has to return.
pub fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path)
        .chain(["/usr/sbin", "/usr/local/sbin", "/sbin"].map(PathBuf::from))
        .map(|folder| folder.join(program))
        .find(|file| file.is_file());
    if found.is_none() {
        eprintln!("not here, skipped: {program}");
    }
    found
}

/// Whether the test runs as root; where it does not, that is said.
pub fn is_root(why: &str) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let root = status.lines().any(|line| line.starts_with("Uid:") && line.split_whitespace().nth(2) == Some("0"));
    if !root {
        eprintln!("not here, skipped: root, for {why}");
    }
    root
}
