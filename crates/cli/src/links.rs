//! Files about addresses on the web: lists by category and the operator's own brands. They are read at the start, with
//! the configuration, and again when they change; a file that cannot be read leaves the last good ones in force.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use content::urls::brands::Brands;
use content::urls::categories::{Builder, Categories};

use crate::configuration::Configuration;

/// Octets of one file.
const SIZE: u64 = 1 << 30;

/// The lists of `links.lists`.
pub fn categories(configuration: &Configuration) -> Result<Categories, String> {
    let mut builder = Builder::default();
    for (category, path) in lists(configuration) {
        let file = path.display().to_string();
        let text = read(&path).map_err(|fault| format!("links.lists: {file}: {fault}"))?;
        let bad = builder.add(&file, None, &category, &text).map_err(|error| format!("links.lists: {error}"))?;
        for line in bad {
            tracing::warn!("links.lists: {file}:{}: {}; the line is passed over", line.line, line.problem);
        }
    }
    Ok(builder.build())
}

/// The shipped brands and those of `links.brands`.
pub fn brands(configuration: &Configuration) -> Result<Arc<Brands>, String> {
    let path = configuration.text("links.brands");
    if path.is_empty() {
        return Ok(Brands::shipped());
    }
    let text = read(Path::new(path)).map_err(|fault| format!("links.brands: {path}: {fault}"))?;
    Brands::with_file(path, &text).map(Arc::new).map_err(|error| format!("links.brands: {error}"))
}

/// How each file looks from outside: when it was changed, and how large it is.
pub type Stamps = Vec<Option<(SystemTime, u64)>>;

/// The stamps of every file that is named.
pub fn stamps(configuration: &Configuration) -> Stamps {
    let mut all: Stamps = lists(configuration).iter().map(|(_, path)| stamp(path)).collect();
    all.push(stamp(Path::new(configuration.text("links.brands"))));
    all
}

/// When a file was changed, and how large it is.
pub fn stamp(path: &Path) -> Option<(SystemTime, u64)> {
    let about = std::fs::metadata(path).ok()?;
    Some((about.modified().ok()?, about.len()))
}

/// `category=FILE`, or `FILE` where the lines name their category.
fn lists(configuration: &Configuration) -> Vec<(String, PathBuf)> {
    let texts = configuration.values.texts("links.lists");
    let parts = texts.iter().map(|text| match text.split_once('=') {
        Some((category, path)) if !category.contains('/') => (category.trim().to_owned(), PathBuf::from(path.trim())),
        _ => ("listed".to_owned(), PathBuf::from(text.trim())),
    });
    parts.collect()
}

fn read(path: &Path) -> Result<String, String> {
    let size = std::fs::metadata(path).map_err(|fault| fault.to_string())?.len();
    if size > SIZE {
        return Err(format!("{size} octets are more than the {SIZE} that a list may have"));
    }
    let octets = std::fs::read(path).map_err(|fault| fault.to_string())?;
    // Lists come from many hands: what is not UTF-8 is a line that cannot be read, not a list that cannot.
    Ok(String::from_utf8(octets).unwrap_or_else(|wrong| String::from_utf8_lossy(wrong.as_bytes()).into_owned()))
}
