//! The project's own sample mail in `corpus/`, with its envelopes and what is expected of each.

use std::path::{Path, PathBuf};

/// One sample.
#[derive(Clone, Debug)]
pub struct Sample {
    /// File name without ending.
    pub name: String,
    /// The message, with LF line ends as in the file.
    pub message: Vec<u8>,
    /// Address of the peer.
    pub peer: String,
    /// What the peer calls itself.
    pub helo: String,
    /// Envelope sender; empty for the null sender.
    pub mail_from: String,
    /// Envelope recipients.
    pub recipients: Vec<String>,
    /// `wanted`, `suspect` or `unwanted` for a subscriber who agreed and changed nothing.
    pub family: String,
}

/// The repository's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the crate lies in the repository")
}

/// Every sample, by name.
///
/// # Panics
/// When there are none, or one lacks its half.
pub fn samples() -> Vec<Sample> {
    let folder = root().join("corpus");
    let mut names: Vec<PathBuf> = std::fs::read_dir(&folder)
        .expect("corpus/ can be read")
        .map(|entry| entry.expect("corpus/ can be read").path())
        .filter(|path| path.extension().is_some_and(|end| end == "eml"))
        .collect();
    names.sort();
    assert!(!names.is_empty(), "no samples in {}", folder.display());
    names.iter().map(|path| read(path)).collect()
}

fn read(path: &Path) -> Sample {
    let beside = path.with_extension("toml");
    let text = std::fs::read_to_string(&beside).unwrap_or_else(|e| panic!("{}: {e}", beside.display()));
    let table: toml::Table = text.parse().unwrap_or_else(|e| panic!("{}: {e}", beside.display()));
    let value = |part: &str, key: &str| {
        let text = table.get(part).and_then(|part| part.get(key)).and_then(toml::Value::as_str);
        text.unwrap_or_else(|| panic!("{}: no {part}.{key}", beside.display())).to_owned()
    };
    let recipients = table.get("envelope").and_then(|part| part.get("recipients")).and_then(toml::Value::as_array);
    let recipients: Vec<String> =
        recipients.into_iter().flatten().filter_map(|item| item.as_str().map(str::to_owned)).collect();
    assert!(!recipients.is_empty(), "{}: no envelope.recipients", beside.display());
    Sample {
        name: path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default(),
        message: std::fs::read(path).expect("a sample can be read"),
        peer: value("envelope", "peer"),
        helo: value("envelope", "helo"),
        mail_from: value("envelope", "mail_from"),
        recipients,
        family: value("expected", "family"),
    }
}
