//! `sekisho rules test` and `sekisho replay`: an operator's own rules, tried before they act.

use std::path::PathBuf;

use content::heuristics::RuleSet;

use crate::arguments::Asking;
use crate::control::Request;
use crate::terminal;

/// Runs the tests that stand beside the rules of some files. A rule without a test is named.
pub fn test(files: &[PathBuf]) -> Result<(), String> {
    let read = read(files)?;
    let texts: Vec<(&str, &str)> = read.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let rules = RuleSet::shipped_and(&texts).map_err(|wrong| wrong.to_string())?;
    let own: Vec<_> = rules.rules().iter().filter(|rule| rule.own).collect();
    for rule in own.iter().filter(|rule| rule.hits.is_empty() || rule.misses.is_empty()) {
        let lacks = if rule.hits.is_empty() { "hits" } else { "misses" };
        terminal::line(format!("{}: {}: no test in `{lacks}`", rule.place, rule.id));
    }
    let failing = rules.failing_trials_of(|rule| rule.own);
    let tests: usize = own.iter().map(|rule| rule.hits.len() + rule.misses.len()).sum();
    if failing.is_empty() {
        terminal::line(format!("{} rules, {tests} tests, all as expected", own.len()));
        return Ok(());
    }
    Err(format!("{} of {tests} tests fail:\n{}", failing.len(), failing.join("\n")))
}

/// Asks what rules would have done.
pub async fn replay(with: &[PathBuf], since: &str, show: u32, file: &Asking) -> Result<(), String> {
    let hours = hours(since).ok_or_else(|| format!("--since {since}: a number with h or d, such as 36h or 7d"))?;
    let read = read(with)?;
    let texts: Vec<(&str, &str)> = read.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    // What is wrong with them is said here, whoever then answers.
    RuleSet::own(&texts).map_err(|wrong| wrong.to_string())?;
    let bytes = serde_json::to_vec(&read).map_err(|fault| fault.to_string())?;
    super::ask::ask_about(Request::Replay { hours, shown: show }, bytes, file).await
}

fn read(files: &[PathBuf]) -> Result<Vec<(String, String)>, String> {
    let each = files.iter().map(|path| {
        let text = std::fs::read_to_string(path).map_err(|fault| format!("{}: {fault}", path.display()))?;
        Ok((path.display().to_string(), text))
    });
    each.collect()
}

fn hours(since: &str) -> Option<u32> {
    let (number, unit) = since.split_at_checked(since.len().checked_sub(1)?)?;
    let number: u32 = number.parse().ok()?;
    match unit {
        "h" => Some(number),
        "d" => number.checked_mul(24),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_hours_or_days() {
        assert_eq!(
            [hours("36h"), hours("7d"), hours("7"), hours("d"), hours("")],
            [Some(36), Some(168), None, None, None]
        );
    }
}
