//! Commands that ask the running Sekisho, or the data folder, one thing.

use std::io::Read as _;
use std::path::Path;

use crate::arguments::{Asking, DigestCommand, DoorCommand, JunkCommand, SettingsCommand};
use crate::control::client::Hand;
use crate::control::{Request, Response};
use crate::terminal;

/// `sekisho explain`.
pub async fn explain(reference: String, language: Option<String>, file: &Asking) -> Result<(), String> {
    ask(Request::Explain { reference, language: of_reader(language) }, file).await
}

/// The language asked for, or that of LANG.
pub(super) fn of_reader(language: Option<String>) -> String {
    language.unwrap_or_else(|| match std::env::var("LANG") {
        Ok(lang) if lang.starts_with("ja") => "ja".into(),
        _ => "en".into(),
    })
}

/// `sekisho status`.
pub async fn status(file: &Asking) -> Result<(), String> {
    if !file.json {
        ask(Request::Status, file).await?;
        return ask(Request::Progress, file).await;
    }
    let configuration = super::configuration(file)?;
    let mut hand = Hand::reach(&configuration).await?;
    let (status, progress) =
        (hand.ask(Request::Status, Vec::new()).await, hand.ask(Request::Progress, Vec::new()).await);
    hand.done().await;
    let (status, progress) = (status?, progress?);
    terminal::line(serde_json::json!({"status": status.text, "progress": progress.data}).to_string());
    Ok(())
}

/// `sekisho staff-add`.
pub async fn staff_add(login: String, name: String, role: String, file: &Asking) -> Result<(), String> {
    ask(Request::StaffAdd { login, name, role }, file).await
}

/// `sekisho subscriber-add`.
pub async fn subscriber_add(address: String, name: String, group: String, file: &Asking) -> Result<(), String> {
    ask(Request::SubscriberAdd { address, name, group }, file).await
}

/// `sekisho token-add`.
pub async fn token_add(
    owner: String,
    name: String,
    scopes: Vec<String>,
    days: u32,
    file: &Asking,
) -> Result<(), String> {
    ask(Request::TokenAdd { owner, name, scopes, days, language: of_reader(None) }, file).await
}

/// `sekisho reload`.
pub async fn reload(file: &Asking) -> Result<(), String> {
    ask(Request::Reload, file).await
}

/// `sekisho settings`.
pub async fn settings(what: SettingsCommand) -> Result<(), String> {
    match what {
        SettingsCommand::Show { owner, file } => ask(Request::SettingsShow { owner }, &file).await,
        SettingsCommand::Set { owner, layer, note, file } => {
            let json = read(&layer).map_err(|fault| format!("{}: {fault}", layer.display()))?;
            ask_about(Request::SettingsSet { owner, note }, json, &file).await
        }
    }
}

/// `sekisho door`.
pub async fn door(what: DoorCommand) -> Result<(), String> {
    match what {
        DoorCommand::List { language, file } => ask(Request::DoorList { language: of_reader(language) }, &file).await,
        DoorCommand::Explain { ip, language, file } => {
            ask(Request::DoorExplain { ip, language: of_reader(language) }, &file).await
        }
        DoorCommand::Reset { source, reason, file } => ask(Request::DoorReset { source, note: reason }, &file).await,
        DoorCommand::Lists { file } => ask(Request::DoorLists, &file).await,
    }
}

/// `sekisho digest`.
pub async fn digest(what: DigestCommand) -> Result<(), String> {
    match what {
        DigestCommand::Show { address, file } => ask(Request::DigestShow { address }, &file).await,
        DigestCommand::Send { address, file } => ask(Request::DigestSend { address }, &file).await,
        DigestCommand::Run { as_of, file } => {
            let read = |text: String| {
                let at = text.parse::<jiff::Timestamp>().map_err(|bad| format!("--as-of {text}: {bad}"))?;
                Ok::<_, String>(at.as_millisecond())
            };
            ask(Request::DigestRun { as_of: as_of.map(read).transpose()? }, &file).await
        }
    }
}

/// `sekisho junk`.
pub async fn junk(what: JunkCommand) -> Result<(), String> {
    match what {
        JunkCommand::List { address, file } => ask(Request::JunkList { address }, &file).await,
        JunkCommand::Release { reference, file } => ask(Request::JunkRelease { reference }, &file).await,
        JunkCommand::Delete { reference, file } => ask(Request::JunkDelete { reference }, &file).await,
    }
}

pub(super) fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    if path == Path::new("-") {
        let mut read = Vec::new();
        std::io::stdin().read_to_end(&mut read)?;
        return Ok(read);
    }
    std::fs::read(path)
}

/// Says what came back, for people or for a program. What is wrong goes where errors go.
pub(super) fn tell(response: &Response, file: &Asking) -> Result<(), String> {
    match (response.ok, file.json) {
        (true, true) => terminal::line(response.as_json()),
        (true, false) => terminal::line(&response.text),
        (false, true) => return Err(response.as_json()),
        (false, false) => return Err(response.text.clone()),
    }
    Ok(())
}

pub(super) async fn ask(request: Request, file: &Asking) -> Result<(), String> {
    ask_about(request, Vec::new(), file).await
}

pub(super) async fn ask_about(request: Request, bytes: Vec<u8>, file: &Asking) -> Result<(), String> {
    let configuration = super::configuration(file)?;
    let mut hand = Hand::reach(&configuration).await?;
    let response = hand.ask(request, bytes).await;
    hand.done().await;
    let response = response?;
    tell(&response, file)
}
