//! Listeners of mail servers that keep the message themselves and ask: milter, Postfix policy delegation and spamd's
//! protocol.

use std::fs::Permissions;
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::path::Path;
use std::sync::Arc;

use arc_swap::ArcSwap;
use edge::Listener;
use edge::milter::{Authenticated, MilterSettings, OnFault};
use edge::policyd::PolicySettings;
use tokio::net::UnixListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::configuration::{Configuration, Place};
use crate::house::House;

/// What is listened on.
pub struct Sockets {
    milter: Vec<Listener>,
    policy: Vec<Listener>,
    spamd: Vec<Listener>,
}

/// Settings in force of what listens.
pub struct MailServers {
    milter: Arc<ArcSwap<MilterSettings>>,
    policy: Arc<ArcSwap<PolicySettings>>,
}

impl Sockets {
    /// Binds everything, or says what cannot be.
    pub async fn bind(configuration: &Configuration) -> Result<Self, String> {
        Ok(Self {
            milter: all(&configuration.milter, "listen.milter", configuration).await?,
            policy: all(&configuration.policy, "listen.policy", configuration).await?,
            spamd: all(&configuration.spamd, "listen.spamd", configuration).await?,
        })
    }
}

impl MailServers {
    /// With the settings of this configuration.
    pub fn new(configuration: &Configuration) -> Self {
        Self {
            milter: Arc::new(ArcSwap::from_pointee(milter(configuration))),
            policy: Arc::new(ArcSwap::from_pointee(policy(configuration))),
        }
    }

    /// Puts the settings of another configuration into force, for connections from now on.
    pub fn reload(&self, configuration: &Configuration) {
        self.milter.store(Arc::new(milter(configuration)));
        self.policy.store(Arc::new(policy(configuration)));
    }

    /// Starts answering.
    pub fn spawn(&self, sockets: Sockets, house: &House, stop: &CancellationToken, tasks: &TaskTracker) {
        for listener in sockets.milter {
            tasks.spawn(edge::milter::serve(listener, house.gate.clone(), self.milter.clone(), stop.clone()));
        }
        for listener in sockets.policy {
            tasks.spawn(edge::policyd::serve(listener, house.gate.clone(), self.policy.clone(), stop.clone()));
        }
        for listener in sockets.spamd {
            let listener = match listener {
                Listener::Tcp(listener) => edge::spamd::Listener::Tcp(listener),
                Listener::Unix(listener) => edge::spamd::Listener::Unix(listener),
            };
            tasks.spawn(edge::spamd::serve(listener, house.gate.clone(), stop.clone()));
        }
    }
}

async fn all(places: &[Place], key: &str, configuration: &Configuration) -> Result<Vec<Listener>, String> {
    let mut bound = Vec::new();
    for place in places {
        bound.push(match place {
            Place::Tcp(address) => Listener::Tcp(crate::running::bind(*address, key, configuration).await?),
            Place::Socket(path) => Listener::Unix(socket(path, key, configuration)?),
        });
    }
    Ok(bound)
}

/// A Unix socket that mail servers connect to. One that an earlier run left is replaced; anything else in its place stays.
pub(crate) fn socket(path: &Path, key: &str, configuration: &Configuration) -> Result<UnixListener, String> {
    let listen = || {
        if std::fs::symlink_metadata(path).is_ok_and(|there| there.file_type().is_socket()) {
            std::fs::remove_file(path)?;
        }
        let listener = UnixListener::bind(path)?;
        std::fs::set_permissions(path, Permissions::from_mode(configuration.socket_mode))?;
        Ok(listener)
    };
    listen().map_err(|fault: std::io::Error| format!("{} ({key}) cannot be listened on: {fault}", path.display()))
}

fn milter(configuration: &Configuration) -> MilterSettings {
    MilterSettings {
        connections: configuration.number("milter.connections"),
        message: configuration.number("smtp.size"),
        recipients: configuration.number("smtp.recipients"),
        idle: configuration.seconds("milter.idle_seconds"),
        on_fault: match configuration.text("milter.on_fault") {
            "accept" => OnFault::Accept,
            "quarantine" => OnFault::Quarantine,
            _ => OnFault::Defer,
        },
        authenticated: match configuration.text("milter.authenticated") {
            "judge" => Authenticated::Judge,
            _ => Authenticated::Pass,
        },
        ..MilterSettings::default()
    }
}

fn policy(configuration: &Configuration) -> PolicySettings {
    PolicySettings { connections: configuration.number("milter.connections"), ..PolicySettings::default() }
}
