//! LMTP (RFC 2033): the SMTP server with LHLO and a reply for each recipient, on TCP or a Unix socket.

use std::sync::Arc;

use arc_swap::ArcSwap;
use checkpoint::Gate;
use tokio::net::{TcpListener, UnixListener};
use tokio_util::sync::CancellationToken;

use crate::smtp::server::Server;
use crate::smtp::{Dialect, SmtpSettings};

/// Speaks LMTP on a TCP listener, as [`crate::smtp::serve`] does SMTP.
pub async fn serve_tcp(
    listener: TcpListener,
    gate: Arc<Gate>,
    settings: Arc<ArcSwap<SmtpSettings>>,
    stop: CancellationToken,
) {
    Server::new(gate, settings, stop, Dialect::Lmtp).accept_tcp(listener).await;
}

/// Speaks LMTP on a Unix socket. The peer's address is given as 127.0.0.1, since it has none.
pub async fn serve_unix(
    listener: UnixListener,
    gate: Arc<Gate>,
    settings: Arc<ArcSwap<SmtpSettings>>,
    stop: CancellationToken,
) {
    Server::new(gate, settings, stop, Dialect::Lmtp).accept_unix(listener).await;
}
