//! `sekisho learn spam|ham` and `sekisho unlearn`: labelled mail from files, folders, Maildirs and mbox files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressStyle};

use crate::arguments::{Asking, LabelArgument};
use crate::control::Request;
use crate::control::client::Hand;
use crate::terminal;

/// Teaches.
pub async fn learn(
    label: LabelArgument,
    person: Option<String>,
    paths: &[PathBuf],
    file: &Asking,
) -> Result<(), String> {
    let spam = label == LabelArgument::Spam;
    each(paths, file, || Request::Learn { spam, person: person.clone() }).await
}

/// Takes back.
pub async fn unlearn(person: Option<String>, paths: &[PathBuf], file: &Asking) -> Result<(), String> {
    each(paths, file, || Request::Unlearn { person: person.clone() }).await
}

async fn each(paths: &[PathBuf], file: &Asking, request: impl Fn() -> Request) -> Result<(), String> {
    let mut files = Vec::new();
    for path in paths {
        collect(path, &mut files).map_err(|fault| format!("{}: {fault}", path.display()))?;
    }
    if files.is_empty() {
        return Err("there is no mail there".into());
    }
    let configuration = super::configuration(file)?;
    let mut hand = Hand::reach(&configuration).await?;
    let bar = ProgressBar::new(files.len() as u64);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos} of {len} files, {eta} to go") {
        bar.set_style(style);
    }
    let mut outcomes: BTreeMap<String, u64> = BTreeMap::new();
    let mut failed = None;
    'files: for path in &files {
        let raw = std::fs::read(path).map_err(|fault| format!("{}: {fault}", path.display()))?;
        for message in messages(raw) {
            match hand.ask(request(), message).await {
                Ok(response) if response.ok => *outcomes.entry(response.outcome).or_default() += 1,
                Ok(response) => failed = Some(format!("{}: {}", path.display(), response.text)),
                Err(gone) => failed = Some(gone),
            }
            if failed.is_some() {
                break 'files;
            }
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    if file.json {
        terminal::line(serde_json::json!(outcomes).to_string());
        hand.done().await;
        return failed.map_or(Ok(()), Err);
    }
    let summary: Vec<String> = outcomes.iter().map(|(outcome, count)| format!("{count} {outcome}")).collect();
    terminal::line(if summary.is_empty() { "nothing learned".to_owned() } else { summary.join(", ") });
    if let Ok(progress) = hand.ask(Request::Progress, Vec::new()).await {
        terminal::line(progress.text);
    }
    hand.done().await;
    failed.map_or(Ok(()), Err)
}

/// Every file below a path, in a fixed order; the `tmp` of a Maildir is left out.
pub fn collect(path: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    if !path.is_dir() {
        std::fs::metadata(path)?;
        files.push(path.to_owned());
        return Ok(());
    }
    let maildir = path.join("cur").is_dir() && path.join("new").is_dir();
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(path)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    entries.sort();
    for entry in entries {
        let name = entry.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        if maildir && (name == "tmp" || name.starts_with("dovecot")) {
            continue;
        }
        collect(&entry, files)?;
    }
    Ok(())
}

/// The messages of a file: one, or those of an mbox (RFC 4155), whose separator lines are left out.
pub fn messages(raw: Vec<u8>) -> Vec<Vec<u8>> {
    if !raw.starts_with(b"From ") {
        return vec![raw];
    }
    let mut found: Vec<Vec<u8>> = Vec::new();
    let mut after_blank = true;
    for line in raw.split_inclusive(|byte| *byte == b'\n') {
        if after_blank && is_separator(line) {
            if let Some(before) = found.last_mut() {
                drop_blank_end(before);
            }
            found.push(Vec::new());
            after_blank = false;
            continue;
        }
        after_blank = matches!(line, b"\n" | b"\r\n");
        // `>From ` stands for `From ` (mboxrd).
        let quoted = line.iter().position(|byte| *byte != b'>').filter(|at| *at > 0);
        let line = match quoted {
            Some(at) if line.get(at..).is_some_and(|rest| rest.starts_with(b"From ")) => line.get(1..).unwrap_or(line),
            _ => line,
        };
        if let Some(message) = found.last_mut() {
            message.extend_from_slice(line);
        }
    }
    found
}

/// `From `, an address, and a date with its time of day: a sentence that begins with "From" is none.
fn is_separator(line: &[u8]) -> bool {
    let text = String::from_utf8_lossy(line);
    let mut words = text.split_ascii_whitespace();
    words.next() == Some("From") && words.clone().count() >= 5 && words.any(|word| word.contains(':'))
}

/// The blank line before the next separator belongs to the mbox, not to the message.
fn drop_blank_end(message: &mut Vec<u8>) {
    if message.ends_with(b"\n\r\n") {
        message.truncate(message.len() - 2);
    } else if message.ends_with(b"\n\n") {
        message.truncate(message.len() - 1);
    }
}

#[cfg(test)]
mod tests {
    use super::messages;

    #[test]
    fn an_mbox_is_taken_apart() {
        let mbox = b"From a@example.jp Mon Jan  1 00:00:00 2024\nSubject: 1\n\nFrom here\n>From there\n\n\
                     From b@example.jp Mon Jan  1 00:00:00 2024\nSubject: 2\n\ntwo\n";
        let found = messages(mbox.to_vec());
        assert_eq!(found.len(), 2);
        assert_eq!(found[1], b"Subject: 2\n\ntwo\n");
    }

    #[test]
    fn a_message_is_itself() {
        assert_eq!(messages(b"Subject: 1\n\nFrom here\n".to_vec()), vec![b"Subject: 1\n\nFrom here\n".to_vec()]);
    }
}
