//! The accept loop of faces that mail servers on this machine or beside it connect to: places for sessions, no waiting
//! for a delayed ACK, a stop within a bound.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::net::{TcpListener, UnixListener};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::prompt::Prompt;
use crate::smtp::Stream;
use crate::smtp::connections::Connections;

/// What is listened on.
#[derive(Debug)]
pub enum Listener {
    /// TCP.
    Tcp(TcpListener),
    /// A Unix socket.
    Unix(UnixListener),
}

/// What holds for a listener now.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// Sessions in all.
    pub(crate) connections: usize,
    /// How long sessions may go on after a stop was asked for.
    pub(crate) stop_within: Duration,
}

impl Listener {
    async fn accept(&self) -> std::io::Result<Box<dyn Stream>> {
        match self {
            Self::Tcp(listener) => {
                let (stream, _) = listener.accept().await?;
                Ok(Box::new(Prompt::new(stream)))
            }
            Self::Unix(listener) => Ok(Box::new(listener.accept().await?.0)),
        }
    }
}

/// Accepts until `stop` is cancelled; returns when sessions have ended or their bound has passed. A connection beyond
/// the bound is closed at once: the mail server's own default says what happens then.
///
/// Settings are those in force when a connection comes.
pub(crate) async fn serve<T, F, S>(
    face: &'static str,
    listener: Listener,
    settings: Arc<ArcSwap<T>>,
    bounds: fn(&T) -> Bounds,
    stop: CancellationToken,
    session: S,
) where
    S: Fn(Box<dyn Stream>, Arc<T>, Arc<Connections>) -> F,
    F: Future<Output = ()> + Send + 'static,
{
    let (sessions, enough) = (TaskTracker::new(), CancellationToken::new());
    let connections = Arc::new(Connections::default());
    loop {
        let accepted = tokio::select! {
            biased;
            () = stop.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        let stream = match accepted {
            Ok(stream) => stream,
            Err(fault) => {
                // Out of file descriptors, mostly: trying again at once would only burn the processor.
                tracing::error!(face, %fault, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let in_force = settings.load_full();
        let most = bounds(&in_force).connections;
        let Some(place) = connections.enter(most) else {
            tracing::warn!(face, limit = most, "too many connections");
            continue;
        };
        let (held, enough) = (session(stream, in_force, connections.clone()), enough.clone());
        sessions.spawn(async move {
            tokio::select! {
                () = held => {}
                () = enough.cancelled() => {}
            }
            drop(place);
        });
    }
    drop(listener);
    sessions.close();
    if tokio::time::timeout(bounds(&settings.load()).stop_within, sessions.wait()).await.is_err() {
        tracing::warn!(face, sessions = sessions.len(), "sessions broken off at the stop");
        enough.cancel();
        sessions.wait().await;
    }
}
