//! axe-core, where `.ci/packages` has put it. It is never part of this repository (MPL-2.0).

use std::path::PathBuf;

use aws_lc_rs::digest;

/// The version, as `.ci/packages` fetches it.
const VERSION: &str = "4.14.1";
/// SHA-256 of its file.
const HASH: &str = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c";

/// The source to run in a page, if it is here.
pub(crate) fn source() -> Option<String> {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let cache = cache.or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache")))?;
    let Ok(text) = std::fs::read_to_string(cache.join(format!("sekisho-tests/axe-core-{VERSION}/axe.min.js"))) else {
        println!("not here, skipped: axe-core");
        return None;
    };
    let sum = digest::digest(&digest::SHA256, text.as_bytes());
    let sum: String = sum.as_ref().iter().map(|octet| format!("{octet:02x}")).collect();
    assert_eq!(sum, HASH, "axe-core {VERSION} is not the file that was pinned");
    Some(text)
}
