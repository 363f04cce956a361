//! Where log lines go: standard error, one line each, for people or for machines.

use tracing_subscriber::EnvFilter;

use crate::configuration::Configuration;

/// Starts logging; `RUST_LOG` overrides the configured level.
pub fn start(configuration: &Configuration) {
    let level = configuration.text("log.level").to_owned();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(format!("{level},sqlx=warn")));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match configuration.text("log.format") {
        "json" => log.json().flatten_event(true).try_init(),
        _ => log.try_init(),
    };
    if let Err(fault) = started {
        eprintln!("sekisho: logging could not be started: {fault}");
    }
}
