//! `sekisho signatures`: what is known from reported mail (IN-08).

use std::path::{Path, PathBuf};

use super::learn::{collect, messages};
use crate::arguments::SignaturesCommand;
use crate::control::Request;
use crate::control::client::Hand;
use crate::terminal;

/// Does what is asked.
pub async fn run(what: SignaturesCommand) -> Result<(), String> {
    let (file, request) = match what {
        SignaturesCommand::Add { paths, class, origin, file } => {
            let configuration = super::configuration(&file)?;
            return add(&mut Hand::reach(&configuration).await?, &paths, class.name(), &origin).await;
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
    let configuration = super::configuration(&file)?;
    let mut hand = Hand::reach(&configuration).await?;
    let response = hand.ask(request, Vec::new()).await;
    hand.done().await;
    let response = response?;
    if !response.ok {
        return Err(response.text);
    }
    terminal::line(response.text);
    Ok(())
}

/// The server may stand in another folder than we.
fn absolute(path: &Path) -> Result<PathBuf, String> {
    std::path::absolute(path).map_err(|fault| format!("{}: {fault}", path.display()))
}

async fn add(hand: &mut Hand, paths: &[PathBuf], class: &str, origin: &str) -> Result<(), String> {
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
            terminal::line(format!("{}: {}", path.display(), response.text));
        }
    }
    Ok(())
}
