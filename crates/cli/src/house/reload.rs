//! What changes while it runs: files that are read again when they change, and the whole configuration.

use std::sync::Arc;

use checkpoint::door::Names;
use checkpoint::judge::SourcesInForce;
use checkpoint::{DoorSettings, Sources};
use content::heuristics::RuleSet;

use super::{House, doors, filter_by_default, gate_settings, names_of, onward, operators, rules, sources};
use crate::{links, names};

impl House {
    /// Reads the files about addresses on the web again; where one cannot be read, the last good ones stay in force.
    pub async fn reload_links(&self) {
        let configuration = self.configuration.load_full();
        let read = tokio::task::spawn_blocking(move || {
            Ok::<_, String>((links::categories(&configuration)?, links::brands(&configuration)?))
        });
        match read.await {
            Ok(Ok((categories, brands))) => {
                tracing::info!(entries = categories.len(), "lists of addresses were read again and are in force");
                let categories = Arc::new(categories);
                self.gate.judge.sources.rcu(|current| {
                    let mut sources = current.0.clone();
                    sources.url_categories = categories.clone();
                    sources.rules = Arc::new(RuleSet::clone(&sources.rules).with_brands(brands.clone()));
                    SourcesInForce(sources)
                });
            }
            Ok(Err(problem)) => tracing::error!("the last good lists stay in force: {problem}"),
            Err(fault) => tracing::error!(%fault, "the last good lists stay in force"),
        }
    }

    /// Reads the ranges of changing addresses again; where a file cannot be read, the last good ones stay in force.
    pub async fn reload_ranges(&self) {
        let configuration = self.configuration.load_full();
        match tokio::task::spawn_blocking(move || names::dynamic(&configuration)).await {
            Ok(Ok(dynamic)) => {
                tracing::info!(ranges = dynamic.ranges.len(), "ranges of changing addresses were read again");
                self.gate.door.names.rcu(|current| Names { dynamic: dynamic.clone(), ..Names::clone(current) });
            }
            Ok(Err(problem)) => tracing::error!("the last good ranges stay in force: {problem}"),
            Err(fault) => tracing::error!(%fault, "the last good ranges stay in force"),
        }
    }

    /// Reads the file of autonomous systems again; where it cannot be read, the last good one stays in force.
    pub async fn reload_as_numbers(&self) {
        let configuration = self.configuration.load_full();
        match tokio::task::spawn_blocking(move || doors::as_numbers(&configuration)).await {
            Ok(Ok(as_numbers)) => {
                tracing::info!(prefixes = as_numbers.prefixes(), "the file of autonomous systems was read again");
                self.gate
                    .door
                    .settings
                    .rcu(|current| DoorSettings { as_numbers: as_numbers.clone(), ..DoorSettings::clone(current) });
            }
            Ok(Err(problem)) => {
                tracing::error!("the last good file of autonomous systems stays in force: {problem}");
            }
            Err(fault) => tracing::error!(%fault, "the last good file of autonomous systems stays in force"),
        }
    }

    /// Tests the DNS lists whose test is due.
    pub async fn test_lists(&self) {
        let names = self.gate.door.names.load_full();
        if let Some(lists) = &names.lists {
            lists.test_due().await;
        }
    }

    /// Reads the configuration again and puts it into force, without ending a session. What only a restart can change
    /// (listeners, the data folder) stays as it is and is named.
    pub async fn reload(&self) -> Result<String, String> {
        let reader = self.reader.load_full().ok_or("this process has no configuration file to read again")?;
        let fresh = reader()?;
        let in_force = rules::read(&fresh, false)?;
        self.countries.store(Arc::new(crate::countries::read(&fresh)?));
        let judged = names_of(&fresh, self.names.as_ref(), &self.ways, Some(&self.gate.door.names.load()))?;
        let sources = sources(&fresh, self.names.as_ref(), in_force.set, &self.signatures).await?;
        let sources = Sources { lists: judged.lists.clone(), ..sources };
        let domains = operators(&self.gate.stores, &fresh).await.map_err(|fault| fault.to_string())?;
        let mut door = doors::settings(&fresh, &self.gate.stores).await.map_err(|fault| fault.to_string())?;
        door.as_numbers = doors::as_numbers(&fresh).unwrap_or_else(|fault| {
            tracing::error!(%fault, "the last good file of autonomous systems stays in force");
            self.gate.door.settings.load().as_numbers.clone()
        });
        // What takes long comes first: the rest then changes in one go.
        let (sets, settings) = (self.signatures.clone(), fresh.signatures.clone());
        let problems = tokio::task::spawn_blocking(move || sets.reload(settings)).await;
        let problems = problems.map_err(|fault| fault.to_string())?;
        self.gate.directory.replace_domains(domains);
        self.gate.judge.sources.store(Arc::new(SourcesInForce(sources)));
        self.wrong_rules.store(None);
        self.gate.settings.store(Arc::new(gate_settings(&fresh)));
        self.gate.door.reload(door);
        self.gate.door.names.store(Arc::new(judged));
        self.ways.reload(onward(&fresh));
        filter_by_default(&self.gate.directory, &fresh).await.map_err(|fault| fault.to_string())?;
        let old = self.configuration.load_full();
        let needs_restart: Vec<&str> = old
            .values
            .keys
            .iter()
            .filter(|(key, value)| {
                (key.starts_with("listen.") || key.starts_with("data.dir") || key.starts_with("tls."))
                    && fresh.values.keys.get(*key).map(|new| &new.toml) != Some(&value.toml)
            })
            .map(|(key, _)| key.as_str())
            .collect();
        let said = if needs_restart.is_empty() {
            "the configuration was read again and is in force".to_owned()
        } else {
            format!("the configuration was read again; only a restart changes {}", needs_restart.join(", "))
        };
        self.configuration.store(Arc::new(fresh));
        if problems.is_empty() {
            return Ok(said);
        }
        Err(format!("{said}; signature sets stay as they were: {}", problems.join("; ")))
    }
}
