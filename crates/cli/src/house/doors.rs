//! The door of a house: settings from the configuration, and what it remembers, in a folder of its own.

use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use checkpoint::{Door, DoorSettings, Stores, now};
use door::{AsTable, Bounds};
use store::StoreError;

use crate::configuration::Configuration;
use crate::links;

/// Opens what the door remembers.
pub async fn open(configuration: &Configuration, stores: &Stores) -> Result<Door, String> {
    let mut settings = settings(configuration, stores).await.map_err(|fault| fault.to_string())?;
    settings.as_numbers = as_numbers(configuration)?;
    let folder = configuration.data.join("door");
    let bounds = Bounds { octets: configuration.number("door.memory_mb").saturating_mul(1_000_000) };
    let memory = tokio::task::spawn_blocking(move || door::Door::open(&folder, bounds, now())).await;
    let memory = memory.map_err(|fault| fault.to_string())?.map_err(|fault| fault.to_string())?;
    Ok(Door::new(settings, Arc::new(memory)))
}

/// Settings of the door, with the limits of each operator.
pub async fn settings(configuration: &Configuration, stores: &Stores) -> Result<DoorSettings, StoreError> {
    let mut settings = configuration.door.settings.clone();
    let operators = stores.records.operators().await?;
    for (name, limit) in &configuration.door.limits {
        let operator = match name {
            None => None,
            // A name that no domain uses limits nobody.
            Some(name) => match operators.iter().find(|row| row.name == *name) {
                Some(row) => Some(row.id),
                None => continue,
            },
        };
        settings.limits.push(checkpoint::door::ReceptionLimit { operator, ..*limit });
    }
    Ok(settings)
}

/// Reads the operator's file of prefixes and systems; none where none is named. The error names file and line.
pub fn as_numbers(configuration: &Configuration) -> Result<Arc<AsTable>, String> {
    let file = configuration.values.text("door.as_numbers");
    if file.is_empty() {
        return Ok(Arc::default());
    }
    let text = std::fs::read_to_string(file).map_err(|fault| format!("{file}: {fault}"))?;
    AsTable::parse(&text).map(Arc::new).map_err(|fault| format!("{file}: {fault}"))
}

/// How that file looks from outside; `None` where none is named or it is not there.
pub fn stamp(configuration: &Configuration) -> Option<(SystemTime, u64)> {
    links::stamp(Path::new(configuration.values.text("door.as_numbers")))
}
