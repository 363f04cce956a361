//! `sekisho serve`: the real thing.

use std::sync::Arc;

use tokio::signal::unix::{SignalKind, signal};

use crate::arguments::File;
use crate::house::House;
use crate::running::{Listeners, Running};

/// Runs until SIGTERM or Ctrl-C. SIGHUP reads the configuration again.
pub async fn run(file: &File) -> Result<(), String> {
    let configuration = super::configuration(file)?;
    super::logging::start(&configuration);
    let house = Arc::new(House::open(&configuration).await?);
    let again = file.clone();
    house.reader.store(Some(Arc::new(Box::new(move || super::configuration(&again)))));
    let listeners = Listeners::bind(&configuration).await?;
    let running = Running::start(house, listeners).await?;
    tracing::info!(
        smtp = ?configuration.smtp,
        portal = ?configuration.portal,
        rspamd = ?configuration.rspamd,
        data = %configuration.data.display(),
        domains = configuration.domains.len(),
        "sekisho {} is open",
        env!("CARGO_PKG_VERSION")
    );
    until_told(&running).await?;
    tracing::info!("stopping; sessions under way may finish");
    running.stop().await;
    Ok(())
}

/// Waits for a signal to stop, reloading on the way.
pub async fn until_told(running: &Running) -> Result<(), String> {
    let broken = |fault: std::io::Error| format!("signals: {fault}");
    let mut hangup = signal(SignalKind::hangup()).map_err(broken)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(broken)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(broken)?;
    loop {
        tokio::select! {
            _ = hangup.recv() => match running.reload().await {
                Ok(said) => tracing::info!("{said}"),
                Err(wrong) => tracing::error!("the configuration in force stays: {wrong}"),
            },
            _ = terminate.recv() => return Ok(()),
            _ = interrupt.recv() => return Ok(()),
        }
    }
}
