//! The protocol of SpamAssassin's spamd, 1.2 to 1.5, for spamc and Exim; and rspamd's older protocol, which looks like it.
//!
//! One request on a connection, one answer in one piece. Only a message and perhaps a `User` are told, so the envelope is
//! taken from what the mail server wrote above the message. One outcome for all recipients (`policy::combine`).

mod judge;
pub mod reply;
pub mod request;
mod session;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use checkpoint::Gate;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use request::is_spoken;

use crate::prompt::Prompt;

/// Connections at a time.
pub const CONNECTIONS: usize = 1_024;
/// How long requests may go on after a stop was asked for.
const STOP_WITHIN: Duration = Duration::from_secs(30);

/// Who is connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Client {
    /// Over TCP, from this address.
    Tcp(IpAddr),
    /// Over a Unix socket: a program of this machine.
    Unix,
}

impl Client {
    /// The protocol has no password: only programs of this machine may teach.
    fn may_teach(self) -> bool {
        match self {
            Self::Tcp(ip) => ip.to_canonical().is_loopback(),
            Self::Unix => true,
        }
    }
}

/// What is listened on.
#[derive(Debug)]
pub enum Listener {
    /// TCP.
    Tcp(TcpListener),
    /// A Unix socket.
    Unix(UnixListener),
}

/// One connection.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Answers one connection whose first octets were read already.
pub async fn hold(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin,
    first: BytesMut,
    client: Client,
    gate: Arc<Gate>,
) {
    session::hold(stream, first, client, &gate).await;
}

/// Serves until told to stop.
pub async fn serve(listener: Listener, gate: Arc<Gate>, stop: CancellationToken) {
    let (places, tasks) = (Arc::new(Semaphore::new(CONNECTIONS)), TaskTracker::new());
    loop {
        let accepted = tokio::select! {
            biased;
            () = stop.cancelled() => break,
            accepted = accept(&listener) => accepted,
        };
        let (stream, client) = match accepted {
            Ok(accepted) => accepted,
            Err(fault) => {
                // Out of file descriptors, mostly: trying again at once would only burn the processor.
                tracing::error!(%fault, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let Ok(place) = places.clone().try_acquire_owned() else {
            tracing::warn!(?client, limit = CONNECTIONS, "too many connections");
            continue;
        };
        let gate = gate.clone();
        tasks.spawn(async move {
            hold(stream, BytesMut::new(), client, gate).await;
            drop(place);
        });
    }
    drop(listener);
    tasks.close();
    if tokio::time::timeout(STOP_WITHIN, tasks.wait()).await.is_err() {
        tracing::warn!(connections = tasks.len(), "requests broken off at the stop");
    }
}

async fn accept(listener: &Listener) -> std::io::Result<(Box<dyn Stream>, Client)> {
    match listener {
        Listener::Tcp(listener) => {
            let (stream, from) = listener.accept().await?;
            Ok((Box::new(Prompt::new(stream)), Client::Tcp(from.ip())))
        }
        Listener::Unix(listener) => Ok((Box::new(listener.accept().await?.0), Client::Unix)),
    }
}
