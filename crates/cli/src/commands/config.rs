//! `sekisho config check | show | shipped`.

use serde_json::json;

use crate::arguments::ConfigCommand;
use crate::configuration::keys::{self, DOMAIN_KEYS, shipped};
use crate::configuration::read::Value;
use crate::terminal;

/// Looks at a configuration.
pub fn run(what: &ConfigCommand) -> Result<(), String> {
    match what {
        ConfigCommand::Check { file } => {
            let configuration = super::configuration(file)?;
            crate::house::rules::check(&configuration)?;
            let domains = configuration.domains.len();
            terminal::line(format!(
                "the configuration is right; {domains} domain{}",
                if domains == 1 { "" } else { "s" }
            ));
            if domains == 0 {
                terminal::line("without a [[domain]] no mail is taken");
            }
        }
        ConfigCommand::Show { file } if file.json => {
            let configuration = super::configuration(file)?;
            let told = |name: &str, value: &Value| {
                let shown = secret(name, &value.toml);
                json!({"key": name, "value": shown, "origin": value.origin})
            };
            let keys = configuration.values.keys.iter().map(|(name, value)| told(name, value));
            let domains = configuration.values.domains.iter().map(|domain| {
                DOMAIN_KEYS.iter().filter_map(|key| Some(told(key.name, domain.get(key.name)?))).collect::<Vec<_>>()
            });
            let all = json!({"keys": keys.collect::<Vec<_>>(), "domains": domains.collect::<Vec<_>>()});
            terminal::line(all.to_string());
        }
        ConfigCommand::Show { file } => {
            let configuration = super::configuration(file)?;
            for key in keys::all() {
                let name = format!("{}.{}", key.table, key.name);
                if let Some(value) = configuration.values.keys.get(&name) {
                    terminal::line(format!("{:<32} = {:<28} # {}", name, secret(&name, &value.toml), value.origin));
                }
            }
            for domain in &configuration.values.domains {
                terminal::line("[[domain]]");
                for key in DOMAIN_KEYS {
                    if let Some(value) = domain.get(key.name) {
                        terminal::line(format!("{:<32} = {:<28} # {}", key.name, value.toml.to_string(), value.origin));
                    }
                }
            }
        }
        ConfigCommand::Shipped => terminal::line(shipped().trim_end()),
    }
    Ok(())
}

/// A value as it may be shown: passwords are not.
fn secret(name: &str, value: &toml::Value) -> String {
    if name.ends_with("password") && value.as_str().is_some_and(|text| !text.is_empty()) {
        return "(set)".into();
    }
    value.to_string()
}
