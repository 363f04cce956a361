//! Listeners and background work of a running Sekisho: everything is bound before anything is answered, and stopped
//! within a bound.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use edge::rspamd_http::Rspamd;
use edge::smtp::{BareLineEnds, SmtpSettings};
use message::Domain;
use tokio::net::{TcpListener, UnixListener};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::configuration::{Configuration, Place};
use crate::control;
use crate::house::{House, doors};
use crate::links;
use crate::mail_servers::{MailServers, Sockets, socket};
use crate::names;

/// How long sessions may go on after a stop was asked for.
const STOP_WITHIN: Duration = Duration::from_secs(30);
/// How often held mail, decisions and counters past their time are let go.
const HOUSEKEEPING: Duration = Duration::from_secs(600);
/// How often it is looked whether lists of addresses have changed.
const LISTS: Duration = Duration::from_secs(5);

/// Everything that is listened on.
pub struct Listeners {
    smtp: Vec<TcpListener>,
    lmtp: Vec<TcpListener>,
    lmtp_sockets: Vec<UnixListener>,
    mail_servers: Sockets,
    portal: Vec<TcpListener>,
    rspamd: Vec<TcpListener>,
    metrics: Vec<TcpListener>,
    control: UnixListener,
}

/// A Sekisho that runs.
pub struct Running {
    /// Its rooms.
    pub house: Arc<House>,
    stop: CancellationToken,
    tasks: TaskTracker,
    smtp_settings: Arc<ArcSwap<SmtpSettings>>,
    rspamd: Rspamd,
    mail_servers: MailServers,
}

impl Listeners {
    /// Binds everything, or says which port is taken and which key or flag changes it.
    pub async fn bind(configuration: &Configuration) -> Result<Self, String> {
        let mut lmtp = Vec::new();
        let mut lmtp_sockets = Vec::new();
        for place in &configuration.lmtp {
            match place {
                Place::Tcp(address) => lmtp.push(bind(*address, "listen.lmtp", configuration).await?),
                Place::Socket(path) => lmtp_sockets.push(socket(path, "listen.lmtp", configuration)?),
            }
        }
        Ok(Self {
            smtp: all(&configuration.smtp, "listen.smtp", configuration).await?,
            lmtp,
            lmtp_sockets,
            mail_servers: Sockets::bind(configuration).await?,
            portal: all(&configuration.portal, "listen.portal", configuration).await?,
            rspamd: all(&configuration.rspamd, "listen.rspamd", configuration).await?,
            metrics: all(&configuration.metrics, "listen.metrics", configuration).await?,
            control: control::server::listen(&configuration.control).map_err(|fault| {
                format!("the control socket {} (listen.control): {fault}", configuration.control.display())
            })?,
        })
    }

    /// Where SMTP is really listened for (port 0 chooses one).
    pub fn smtp_address(&self) -> Option<SocketAddr> {
        self.smtp.first().and_then(|listener| listener.local_addr().ok())
    }

    /// Where the pages really are.
    pub fn portal_address(&self) -> Option<SocketAddr> {
        self.portal.first().and_then(|listener| listener.local_addr().ok())
    }

    /// Where rspamd's dialect is really spoken.
    pub fn rspamd_address(&self) -> Option<SocketAddr> {
        self.rspamd.first().and_then(|listener| listener.local_addr().ok())
    }
}

async fn all(addresses: &[SocketAddr], key: &str, configuration: &Configuration) -> Result<Vec<TcpListener>, String> {
    let mut listeners = Vec::new();
    for address in addresses {
        listeners.push(bind(*address, key, configuration).await?);
    }
    Ok(listeners)
}

pub(crate) async fn bind(address: SocketAddr, key: &str, configuration: &Configuration) -> Result<TcpListener, String> {
    TcpListener::bind(address).await.map_err(|fault| {
        let origin = configuration.values.keys.get(key).map_or("default", |value| value.origin.as_str());
        let short = key.strip_prefix("listen.").unwrap_or(key);
        match fault.kind() {
            std::io::ErrorKind::AddrInUse => format!(
                "port {} on {} is taken by another program; --{short} ADDR:PORT (demo) or {key} in the configuration \
                 chooses another (now from: {origin})",
                address.port(),
                address.ip()
            ),
            std::io::ErrorKind::PermissionDenied => format!(
                "port {} on {} may not be listened on by this user; --{short} ADDR:PORT (demo) or {key} in the \
                 configuration chooses another (now from: {origin})",
                address.port(),
                address.ip()
            ),
            _ => format!("{address} ({key}, from {origin}) cannot be listened on: {fault}"),
        }
    })
}

impl Running {
    /// Starts answering.
    pub async fn start(house: Arc<House>, listeners: Listeners) -> Result<Self, String> {
        let configuration = house.configuration.load_full();
        let stop = CancellationToken::new();
        let tasks = TaskTracker::new();
        let smtp_settings = Arc::new(ArcSwap::from_pointee(smtp_settings(&configuration)?));
        let password = Some(configuration.text("rspamd.password")).filter(|text| !text.is_empty()).map(str::to_owned);
        let rspamd = Rspamd::new(house.gate.clone(), password);
        let mail_servers = MailServers::new(&configuration);
        let running = Self { house, stop, tasks, smtp_settings, rspamd, mail_servers };
        // Files are watched before anybody is answered: who sees us ready may change one at once.
        running.background();
        running.mail(listeners.smtp, listeners.lmtp, listeners.lmtp_sockets);
        running.mail_servers.spawn(listeners.mail_servers, &running.house, &running.stop, &running.tasks);
        running.web(listeners.portal, listeners.rspamd, listeners.metrics)?;
        running.tasks.spawn(control::server::serve(listeners.control, running.house.clone(), running.stop.clone()));
        Ok(running)
    }

    fn mail(&self, smtp: Vec<TcpListener>, lmtp: Vec<TcpListener>, sockets: Vec<UnixListener>) {
        for listener in smtp {
            let (gate, settings, stop) = (self.house.gate.clone(), self.smtp_settings.clone(), self.stop.clone());
            self.tasks.spawn(edge::smtp::serve(listener, gate, settings, stop));
        }
        for listener in lmtp {
            let (gate, settings, stop) = (self.house.gate.clone(), self.smtp_settings.clone(), self.stop.clone());
            self.tasks.spawn(edge::lmtp::serve_tcp(listener, gate, settings, stop));
        }
        for listener in sockets {
            let (gate, settings, stop) = (self.house.gate.clone(), self.smtp_settings.clone(), self.stop.clone());
            self.tasks.spawn(edge::lmtp::serve_unix(listener, gate, settings, stop));
        }
    }

    fn web(
        &self,
        portals: Vec<TcpListener>,
        rspamds: Vec<TcpListener>,
        metrics: Vec<TcpListener>,
    ) -> Result<(), String> {
        for listener in portals {
            crate::pages::spawn(&self.tasks, listener, &self.house, self.stop.clone())?;
        }
        for listener in rspamds {
            let (rspamd, stop) = (self.rspamd.clone(), self.stop.clone());
            self.tasks.spawn(async move {
                if let Err(fault) = edge::rspamd_http::serve(listener, rspamd, stop).await {
                    tracing::error!(%fault, "rspamd's dialect is not spoken any more");
                }
            });
        }
        for listener in metrics {
            let (gate, stop) = (self.house.gate.clone(), self.stop.clone());
            self.tasks.spawn(async move {
                if let Err(fault) = edge::metrics_http::serve(listener, gate, stop).await {
                    tracing::error!(%fault, "metrics are not served any more");
                }
            });
        }
        Ok(())
    }

    fn background(&self) {
        self.watch_links();
        self.watch_names();
        crate::pages::spawn_digests(&self.tasks, &self.house, self.stop.clone());
        let (house, stop) = (self.house.clone(), self.stop.clone());
        self.tasks.spawn(async move {
            match house.gate.junk.resume().await {
                Ok(0) => {}
                Ok(finished) => tracing::info!(finished, "releases that a restart had cut short were finished"),
                Err(fault) => tracing::warn!(%fault, "releases that a restart had cut short are still open"),
            }
            let mut every = tokio::time::interval(HOUSEKEEPING);
            loop {
                tokio::select! {
                    () = stop.cancelled() => return,
                    _ = every.tick() => house.housekeeping().await,
                }
            }
        });
    }

    /// Reads lists of addresses again when they change.
    fn watch_links(&self) {
        let (house, stop) = (self.house.clone(), self.stop.clone());
        let mut known = links::stamps(&house.configuration.load());
        self.tasks.spawn(async move {
            let mut every = tokio::time::interval(LISTS);
            loop {
                tokio::select! {
                    () = stop.cancelled() => return,
                    _ = every.tick() => {
                        let now = links::stamps(&house.configuration.load());
                        if now != known {
                            known = now;
                            house.reload_links().await;
                        }
                    }
                }
            }
        });
    }

    /// Reads the door's files again when they change, and tests DNS lists when their time has come.
    fn watch_names(&self) {
        let (house, stop) = (self.house.clone(), self.stop.clone());
        let mut ranges = names::stamps(&house.configuration.load());
        let mut as_numbers = doors::stamp(&house.configuration.load());
        self.tasks.spawn(async move {
            let mut every = tokio::time::interval(LISTS);
            loop {
                tokio::select! {
                    () = stop.cancelled() => return,
                    _ = every.tick() => {
                        let configuration = house.configuration.load_full();
                        if std::mem::replace(&mut ranges, names::stamps(&configuration)) != ranges {
                            house.reload_ranges().await;
                        }
                        if std::mem::replace(&mut as_numbers, doors::stamp(&configuration)) != as_numbers {
                            house.reload_as_numbers().await;
                        }
                        tokio::select! {
                            () = stop.cancelled() => return,
                            () = house.test_lists() => {}
                        }
                    }
                }
            }
        });
    }

    /// Reads the configuration again and puts it into force without ending a session.
    pub async fn reload(&self) -> Result<String, String> {
        let said = self.house.reload().await?;
        let configuration = self.house.configuration.load_full();
        self.smtp_settings.store(Arc::new(smtp_settings(&configuration)?));
        let password = Some(configuration.text("rspamd.password")).filter(|text| !text.is_empty()).map(str::to_owned);
        self.rspamd.set_password(password);
        self.mail_servers.reload(&configuration);
        Ok(said)
    }

    /// Stops: no new sessions, those under way may finish within the bound, then the data folder is closed.
    pub async fn stop(self) {
        self.stop.cancel();
        self.tasks.close();
        if tokio::time::timeout(STOP_WITHIN + Duration::from_secs(5), self.tasks.wait()).await.is_err() {
            tracing::warn!("some sessions did not end in time and were cut off; their senders will come again");
        }
        self.house.close().await;
    }
}

/// What the configuration says about SMTP and LMTP.
fn smtp_settings(configuration: &Configuration) -> Result<SmtpSettings, String> {
    let postmaster = match configuration.domains.first() {
        Some(domain) => domain.name.clone(),
        None => Domain::parse(&configuration.hostname).map_err(|bad| format!("smtp.hostname: {bad}"))?,
    };
    let mut settings = SmtpSettings::new(configuration.hostname.clone(), postmaster);
    let (certificate, key) = (configuration.text("tls.certificate"), configuration.text("tls.key"));
    if !certificate.is_empty() {
        let tls = edge::smtp::tls::from_pem_files(certificate.as_ref(), key.as_ref());
        settings.tls = Some(tls.map_err(|fault| format!("tls.certificate, tls.key: {fault}"))?);
    }
    settings.bare_line_ends = match configuration.text("smtp.bare_newline") {
        "normalise" => BareLineEnds::Normalise,
        _ => BareLineEnds::Refuse,
    };
    settings.limits.connections = configuration.number("smtp.connections");
    settings.limits.connections_per_network = configuration.number("smtp.connections_per_network");
    settings.limits.message = configuration.number("smtp.size");
    settings.limits.recipients = configuration.number("smtp.recipients");
    settings.limits.errors = configuration.number("smtp.errors");
    settings.limits.command = configuration.seconds("smtp.command_seconds");
    settings.limits.data = configuration.seconds("smtp.data_seconds");
    settings.proxy_from = configuration.proxy_from.clone();
    settings.xclient_from = configuration.xclient_from.clone();
    settings.greet_delay = configuration.millis("smtp.greet_delay_ms");
    settings.stop_within = STOP_WITHIN;
    Ok(settings)
}
