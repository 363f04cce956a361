//! Reads SpamAssassin's rule files from where the configuration says they are.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use spamassassin::{RuleFile, RuleSet};

/// Octets of one rule file that are read.
const SIZE: u64 = 16 << 20;

/// The rules in these files and folders; `None` where there are none to read. An error names file and line.
pub(crate) fn spamassassin(places: &[String]) -> Result<Option<Arc<RuleSet>>, String> {
    if places.is_empty() {
        return Ok(None);
    }
    let mut files = Vec::new();
    for place in places {
        let found = paths(Path::new(place))?;
        if found.is_empty() {
            return Err(format!("rules.spamassassin: {place}: no *.cf in this folder"));
        }
        for path in found {
            files.push(read(&path)?);
        }
    }
    let rules = RuleSet::parse(&files).map_err(|fault| format!("rules.spamassassin: {fault}"))?;
    let count = rules.count();
    tracing::info!(
        defined = count.defined,
        running = count.running,
        switched_off = count.switched_off,
        unusable = count.unusable,
        "SpamAssassin's rules were read"
    );
    for rule in rules.unusable() {
        tracing::debug!(rule = rule.rule, place = rule.place, reason = rule.reason, "a rule cannot run");
    }
    Ok(Some(Arc::new(rules)))
}

fn paths(place: &Path) -> Result<Vec<PathBuf>, String> {
    let say = |fault: std::io::Error| format!("rules.spamassassin: {}: {fault}", place.display());
    if !std::fs::metadata(place).map_err(say)?.is_dir() {
        return Ok(vec![place.to_owned()]);
    }
    let mut all = Vec::new();
    for entry in std::fs::read_dir(place).map_err(say)? {
        all.push(entry.map_err(say)?.path());
    }
    all.sort();
    let of =
        |end: &str| all.iter().filter(|path| path.extension().is_some_and(|found| found == end)).cloned().collect();
    let (settings, rules): (Vec<PathBuf>, Vec<PathBuf>) = (of("pre"), of("cf"));
    Ok(settings.into_iter().chain(rules).collect())
}

fn read(path: &Path) -> Result<RuleFile, String> {
    let say = |fault: std::io::Error| format!("rules.spamassassin: {}: {fault}", path.display());
    if std::fs::metadata(path).map_err(say)?.len() > SIZE {
        return Err(format!("rules.spamassassin: {}: larger than any rule file", path.display()));
    }
    Ok(RuleFile { name: path.display().to_string(), text: std::fs::read(path).map_err(say)? })
}
