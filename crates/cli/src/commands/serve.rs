//! `sekisho serve`: the real thing.

use std::sync::Arc;

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::arguments::File;
use crate::house::House;
use crate::running::{Listeners, Running};

/// Runs until SIGTERM or Ctrl-C. SIGHUP reads the configuration again.
pub async fn run(file: &File) -> Result<(), String> {
    let configuration = super::configuration(file)?;
    super::logging::start(&configuration);
    let mut signals = Signals::listen()?;
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
    signals.until_told(&running).await;
    tracing::info!("stopping; sessions under way may finish");
    running.stop().await;
    Ok(())
}

/// The signals we listen to. Made before anything is said to be open, so that none is missed.
pub struct Signals {
    hangup: Signal,
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Begins to listen.
    pub fn listen() -> Result<Self, String> {
        let broken = |fault: std::io::Error| format!("signals: {fault}");
        Ok(Self {
            hangup: signal(SignalKind::hangup()).map_err(broken)?,
            terminate: signal(SignalKind::terminate()).map_err(broken)?,
            interrupt: signal(SignalKind::interrupt()).map_err(broken)?,
        })
    }

    /// Waits for a signal to stop, reloading on the way.
    pub async fn until_told(&mut self, running: &Running) {
        loop {
            tokio::select! {
                _ = self.hangup.recv() => match running.reload().await {
                    Ok(said) => tracing::info!("{said}"),
                    Err(wrong) => tracing::error!("the configuration in force stays: {wrong}"),
                },
                _ = self.terminate.recv() => return,
                _ = self.interrupt.recv() => return,
            }
        }
    }
}
