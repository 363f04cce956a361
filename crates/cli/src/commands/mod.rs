//! One file per command.

pub mod account;
pub mod ask;
pub mod auth;
pub mod call;
pub mod config;
pub mod deed;
pub mod demo;
pub mod import;
pub mod learn;
pub mod list_import;
pub mod logging;
pub mod named;
pub mod profile;
mod progress;
pub mod rules;
pub mod serve;
pub mod signatures;

use std::path::Path;

use crate::arguments::File;
use crate::configuration::{Configuration, Wrong, read};

/// Where the configuration is looked for when no file is named.
const USUAL: &str = "/etc/sekisho/sekisho.toml";

/// The configuration in force: the file named, or the usual one where it exists, or the defaults; flags over it.
pub fn configuration(file: &File) -> Result<Configuration, String> {
    let values = match &file.config {
        Some(path) => read::read(path),
        None if Path::new(USUAL).exists() => read::read(Path::new(USUAL)),
        None => Ok(read::defaults()),
    };
    let mut values = values.map_err(|wrong| listed(&wrong))?;
    if let Some(dir) = &file.data_dir {
        values.set("data.dir", dir.display().to_string(), "--data-dir");
    }
    Configuration::new(values).map_err(|wrong| listed(&wrong))
}

/// Everything that is wrong, a line each.
pub fn listed(wrong: &[Wrong]) -> String {
    wrong.iter().map(ToString::to_string).collect::<Vec<_>>().join("\nsekisho: ")
}
