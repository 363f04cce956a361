//! What looks into attachments outside this process, as the configuration says: clamd, and workers for YARA rules.

use std::path::PathBuf;
use std::sync::Arc;

use checkpoint::gather::virus::Clamd;
use checkpoint::gather::yara::{Yara, YaraSettings};

use crate::configuration::Configuration;

const MEBIBYTE: u64 = 1024 * 1024;

/// The virus scanner, where one is named. Whether it answers shows with each message.
pub fn clamd(configuration: &Configuration) -> Option<Arc<Clamd>> {
    let address = configuration.clamd.clone()?;
    let (size, connections) = (configuration.number("clamd.size"), configuration.number("clamd.connections"));
    Some(Arc::new(Clamd::new(address, size, configuration.millis("clamd.timeout_ms"), connections)))
}

/// YARA rules, where there are any; a worker compiles them here and now, so that wrong ones are told at once.
pub async fn yara(configuration: &Configuration) -> Result<Option<Arc<Yara>>, String> {
    let rules: Vec<PathBuf> = configuration.values.texts("yara.rules").into_iter().map(PathBuf::from).collect();
    if rules.is_empty() {
        return Ok(None);
    }
    let settings = YaraSettings {
        program: program(configuration.text("yara.worker"))?,
        rules,
        memory: (configuration.number("yara.memory_mb") as u64).saturating_mul(MEBIBYTE),
        time: configuration.millis("yara.timeout_ms"),
        workers: configuration.number("yara.workers"),
        size: configuration.number("yara.size"),
    };
    let yara = Yara::open(settings).await.map_err(|problem| format!("yara.rules: {problem}"))?;
    Ok(Some(Arc::new(yara)))
}

fn program(written: &str) -> Result<PathBuf, String> {
    if !written.is_empty() {
        return Ok(written.into());
    }
    let own = std::env::current_exe().map_err(|fault| format!("yara.worker: {fault}"))?;
    Ok(own.with_file_name("sekisho-yara-worker"))
}
