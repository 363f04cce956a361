//! `sekisho signatures`: what is known from reported mail (IN-08).

use std::path::{Path, PathBuf};

use serde_json::json;

use super::learn::{collect, messages};
use crate::arguments::{Asking, SignaturesCommand};
use crate::control::Request;
use crate::control::client::Hand;
use crate::terminal;

/// Does what is asked.
pub async fn run(what: SignaturesCommand) -> Result<(), String> {
    let (file, request) = match what {
        SignaturesCommand::Add { paths, class, origin, file } => {
            let configuration = super::configuration(&file)?;
            return add(&mut Hand::reach(&configuration).await?, &paths, class.name(), &origin, &file).await;
        }
        SignaturesCommand::Withdraw { number, file } => {
            let digits = number.strip_prefix("local:").unwrap_or(&number);
            let number = digits.parse().map_err(|_| format!("\"{number}\" is not a number such as local:12"))?;
            (file, Request::SignatureWithdraw { number })
        }
        SignaturesCommand::List { file } => (file, Request::SignatureList),
        SignaturesCommand::Key { file } => (file, Request::SignatureKey),
        SignaturesCommand::Export { path, since, file } => {
            (file, Request::SignatureExport { path: absolute(&path)?, since })
        }
        SignaturesCommand::Import { path, file } => (file, Request::SignatureImport { path: absolute(&path)? }),
    };
    super::ask::ask(request, &file).await
}

/// The server may stand in another folder than we.
fn absolute(path: &Path) -> Result<PathBuf, String> {
    std::path::absolute(path).map_err(|fault| format!("{}: {fault}", path.display()))
}

async fn add(hand: &mut Hand, paths: &[PathBuf], class: &str, origin: &str, file: &Asking) -> Result<(), String> {
    let mut files = Vec::new();
    for path in paths {
        collect(path, &mut files).map_err(|fault| format!("{}: {fault}", path.display()))?;
    }
    for path in &files {
        let raw = std::fs::read(path).map_err(|fault| format!("{}: {fault}", path.display()))?;
        for message in messages(raw) {
            let request = Request::SignatureAdd { class: class.to_owned(), origin: origin.to_owned() };
            let response = hand.ask(request, message).await?;
            if !response.ok {
                return Err(format!("{}: {}", path.display(), response.text));
            }
            let shown = path.display().to_string();
            terminal::line(match file.json {
                true => json!({"file": shown, "outcome": response.outcome, "text": response.text}).to_string(),
                false => format!("{shown}: {}", response.text),
            });
        }
    }
    Ok(())
}
