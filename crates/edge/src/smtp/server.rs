//! The accept loop: places for sessions, settings that change while it runs, a stop within a bound.

use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use checkpoint::Gate;
use message::Peer;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, UnixListener};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::connections::Connections;
use super::replies;
use super::session::{Dialect, Session};
use super::settings::SmtpSettings;
use super::wire::Stream;
use crate::prompt::Prompt;

/// Speaks SMTP on a listener until `stop` is cancelled and the sessions have ended, or their bound has passed.
pub async fn serve(
    listener: TcpListener,
    gate: Arc<Gate>,
    settings: Arc<ArcSwap<SmtpSettings>>,
    stop: CancellationToken,
) {
    Server::new(gate, settings, stop, Dialect::Smtp).accept_tcp(listener).await;
}

/// Holds one session over any stream; returns when it has ended. Limits on connections see only this one.
pub async fn hold_one(
    stream: Box<dyn Stream>,
    peer: Peer,
    dialect: Dialect,
    gate: Arc<Gate>,
    settings: Arc<SmtpSettings>,
    stop: CancellationToken,
) {
    Session::new(stream, peer, dialect, gate, settings, Arc::default(), stop).hold().await;
}

/// A listener's sessions.
pub(crate) struct Server {
    gate: Arc<Gate>,
    settings: Arc<ArcSwap<SmtpSettings>>,
    dialect: Dialect,
    connections: Arc<Connections>,
    sessions: TaskTracker,
    stop: CancellationToken,
    /// The bound has passed: sessions that still go on are broken off.
    enough: CancellationToken,
}

impl Server {
    pub(crate) fn new(
        gate: Arc<Gate>,
        settings: Arc<ArcSwap<SmtpSettings>>,
        stop: CancellationToken,
        dialect: Dialect,
    ) -> Self {
        let sessions = TaskTracker::new();
        Self { gate, settings, dialect, connections: Arc::default(), sessions, stop, enough: CancellationToken::new() }
    }

    pub(crate) async fn accept_tcp(self, listener: TcpListener) {
        loop {
            let accepted = tokio::select! {
                biased;
                () = self.stop.cancelled() => break,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, from)) => {
                    let peer = Peer { port: from.port(), ..Peer::at(from.ip()) };
                    self.admit(Box::new(Prompt::new(stream)), peer);
                }
                Err(fault) => wait_after(&fault).await,
            }
        }
        drop(listener);
        self.finish().await;
    }

    pub(crate) async fn accept_unix(self, listener: UnixListener) {
        loop {
            let accepted = tokio::select! {
                biased;
                () = self.stop.cancelled() => break,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, _)) => self.admit(Box::new(stream), Peer::at(Ipv4Addr::LOCALHOST.into())),
                Err(fault) => wait_after(&fault).await,
            }
        }
        drop(listener);
        self.finish().await;
    }

    fn admit(&self, mut stream: Box<dyn Stream>, peer: Peer) {
        let settings = self.settings.load_full();
        let Some(place) = self.connections.enter(settings.limits.connections) else {
            tracing::warn!(peer = %peer.ip, limit = settings.limits.connections, "too many connections");
            // Written without a session; a peer that does not read it has its answer in the close.
            self.sessions.spawn(async move {
                let reply = replies::too_much("Too many connections").wire();
                let _ = tokio::time::timeout(Duration::from_secs(1), stream.write_all(reply.as_bytes())).await;
            });
            return;
        };
        let (gate, connections) = (Arc::clone(&self.gate), Arc::clone(&self.connections));
        let session = Session::new(stream, peer, self.dialect, gate, settings, connections, self.stop.clone());
        let enough = self.enough.clone();
        self.sessions.spawn(async move {
            tokio::select! {
                () = session.hold() => {}
                () = enough.cancelled() => {}
            }
            drop(place);
        });
    }

    async fn finish(self) {
        self.sessions.close();
        let within = self.settings.load().stop_within;
        if tokio::time::timeout(within, self.sessions.wait()).await.is_err() {
            tracing::warn!(sessions = self.sessions.len(), "sessions broken off at the stop");
            self.enough.cancel();
            self.sessions.wait().await;
        }
    }
}

/// Out of file descriptors, mostly: trying again at once would only burn the processor.
async fn wait_after(fault: &io::Error) {
    tracing::error!(%fault, "cannot accept a connection");
    tokio::time::sleep(Duration::from_millis(100)).await;
}
