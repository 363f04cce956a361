//! The heuristic rules in force: those of the program and the operator's own files. What was good last is kept in the
//! data folder, so that a mistake in a file neither stops the checkpoint nor takes the other rules away.

use std::path::{Path, PathBuf};

use content::heuristics::RuleSet;

use crate::configuration::Configuration;

/// Rules, by what they are called in records, and what was wrong with the files where the last good ones stand in.
pub(super) struct Rules {
    pub(super) set: RuleSet,
    pub(super) wrong: Option<String>,
}

/// Reads the files of `rules.files`. At a start with files that cannot be used, the last good ones stand in; where there
/// are none, that is an error. A reload with such files is an error, and what is in force stays.
pub(super) fn read(configuration: &Configuration, starting: bool) -> Result<Rules, String> {
    let kept = configuration.data.join("rules-last-good.json");
    let paths = configuration.values.texts("rules.files");
    let wrong = match texts(&paths).and_then(|files| Ok((set_of(&files)?, files))) {
        Ok((set, files)) => {
            if let Err(fault) = keep(&kept, &files) {
                tracing::warn!(file = %kept.display(), %fault, "the rules in force could not be kept as the last good ones");
            }
            return Ok(Rules { set, wrong: None });
        }
        Err(wrong) => format!("rules.files: {wrong}"),
    };
    if !starting {
        return Err(wrong);
    }
    match last_good(&kept).map(|files| set_of(&files)) {
        Some(Ok(set)) => {
            tracing::error!("{wrong}; the last good rules are in force");
            Ok(Rules { set, wrong: Some(wrong) })
        }
        Some(Err(_)) | None => Err(wrong),
    }
}

/// Whether the files of `rules.files` can be used.
pub fn check(configuration: &Configuration) -> Result<(), String> {
    let files = texts(&configuration.values.texts("rules.files"));
    files.and_then(|files| set_of(&files)).map(|_| ()).map_err(|wrong| format!("rules.files: {wrong}"))
}

fn texts(paths: &[String]) -> Result<Vec<(String, String)>, String> {
    let each = paths.iter().map(|path| {
        let text = std::fs::read_to_string(PathBuf::from(path)).map_err(|fault| format!("{path}: {fault}"))?;
        Ok((path.clone(), text))
    });
    each.collect()
}

fn set_of(files: &[(String, String)]) -> Result<RuleSet, String> {
    let texts: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    RuleSet::shipped_and(&texts).map_err(|wrong| wrong.to_string())
}

fn keep(kept: &Path, files: &[(String, String)]) -> std::io::Result<()> {
    if files.is_empty() {
        return match std::fs::remove_file(kept) {
            Err(fault) if fault.kind() != std::io::ErrorKind::NotFound => Err(fault),
            _ => Ok(()),
        };
    }
    // Beside it first: a crash in the middle leaves the older ones.
    let beside = kept.with_extension("new");
    std::fs::write(&beside, serde_json::to_vec(files)?)?;
    std::fs::rename(beside, kept)
}

fn last_good(kept: &Path) -> Option<Vec<(String, String)>> {
    serde_json::from_slice(&std::fs::read(kept).ok()?).ok()
}
