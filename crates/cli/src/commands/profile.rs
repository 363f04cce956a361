//! `sekisho profile`: what subscribers are offered.

use std::path::Path;

use policy::Profile;

use super::ask::ask_about;
use crate::arguments::ProfileCommand;
use crate::control::Request;
use crate::terminal;

/// `sekisho profile`.
pub async fn run(what: ProfileCommand) -> Result<(), String> {
    match what {
        ProfileCommand::Show { file } => ask_about(Request::ProfileShow, Vec::new(), &file).await,
        ProfileCommand::Check { profile } => {
            let read = read(&profile)?;
            terminal::line(format!(
                "{}: {} presets, {} questions, {} kinds of sender",
                profile.display(),
                read.presets.len(),
                read.wizard.len(),
                read.kinds.len()
            ));
            Ok(())
        }
        ProfileCommand::Set { profile, domains, note, file } => {
            let mut read = read(&profile)?;
            if let Some(table) = domains {
                let text = std::fs::read_to_string(&table).map_err(|fault| format!("{}: {fault}", table.display()))?;
                read.add_domains(&text).map_err(|wrong| format!("{}: {wrong}", table.display()))?;
            }
            ask_about(Request::ProfileSet { note }, read.to_toml().into_bytes(), &file).await
        }
    }
}

fn read(path: &Path) -> Result<Profile, String> {
    let text = std::fs::read_to_string(path).map_err(|fault| format!("{}: {fault}", path.display()))?;
    Profile::from_toml(&text).map_err(|wrong| format!("{}: {wrong}", path.display()))
}
