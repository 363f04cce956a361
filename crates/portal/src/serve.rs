//! Puts the portal on a listener: plain only on loopback or behind listed proxies, else TLS.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::serve::{Listener, ListenerExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::routes::app;
use crate::state::Portal;

/// How long a TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Handshakes that wait to be taken up.
const WAITING: usize = 64;

/// Why the portal does not start.
#[derive(Debug, thiserror::Error)]
pub enum Unsafe {
    /// Plain HTTP would be open to the network.
    #[error(
        "the portal would speak plain HTTP on {0}; let it listen on loopback (127.0.0.1), give it a certificate, \
         or list the reverse proxy in front of it"
    )]
    Plain(SocketAddr),
    /// The system said no.
    #[error("the portal cannot listen: {0}")]
    Listen(#[from] io::Error),
}

/// Serves plain HTTP until `stop` resolves, then finishes what is under way.
pub async fn serve(
    listener: TcpListener,
    portal: Portal,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Unsafe> {
    let at = listener.local_addr()?;
    if !at.ip().to_canonical().is_loopback() && portal.options.proxies.is_empty() {
        return Err(Unsafe::Plain(at));
    }
    let service = app(portal).into_make_service_with_connect_info::<SocketAddr>();
    // An answer in two segments would otherwise wait for a delayed ACK.
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    Ok(axum::serve(listener, service).with_graceful_shutdown(stop).await?)
}

/// Serves HTTPS until `stop` resolves. `portal.options.tls` must be set, so that cookies are `Secure`.
pub async fn serve_tls(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    portal: Portal,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Unsafe> {
    let at = listener.local_addr()?;
    if !portal.options.tls {
        return Err(Unsafe::Plain(at));
    }
    let listener = TlsListener::new(listener, acceptor, at);
    let service = app(portal).into_make_service_with_connect_info::<TlsPeer>();
    // The visitor's address is read from the same place whether or not TLS was spoken.
    Ok(axum::serve(listener, service).with_graceful_shutdown(stop).await?)
}

/// Accepts, shakes hands beside the accepting loop, and hands over what is ready.
struct TlsListener {
    ready: mpsc::Receiver<(TlsStream<TcpStream>, SocketAddr)>,
    at: SocketAddr,
}

impl TlsListener {
    fn new(listener: TcpListener, acceptor: TlsAcceptor, at: SocketAddr) -> Self {
        let (give, ready) = mpsc::channel(WAITING);
        tokio::spawn(async move {
            loop {
                let accepted = tokio::select! {
                    accepted = listener.accept() => accepted,
                    () = give.closed() => return,
                };
                let Ok((stream, peer)) = accepted else {
                    // Out of file descriptors and the like: others must close first.
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                };
                drop(stream.set_nodelay(true));
                let (acceptor, give) = (acceptor.clone(), give.clone());
                tokio::spawn(async move {
                    match tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await {
                        Ok(Ok(stream)) => drop(give.send((stream, peer)).await),
                        Ok(Err(fault)) => tracing::debug!(%peer, %fault, "a TLS handshake failed"),
                        Err(_) => tracing::debug!(%peer, "a TLS handshake took too long"),
                    }
                });
            }
        });
        Self { ready, at }
    }
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, SocketAddr) {
        match self.ready.recv().await {
            Some(ready) => ready,
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.at)
    }
}

/// The other end of a TLS connection.
#[derive(Clone, Copy, Debug)]
pub struct TlsPeer(pub SocketAddr);

impl axum::extract::connect_info::Connected<axum::serve::IncomingStream<'_, TlsListener>> for TlsPeer {
    fn connect_info(stream: axum::serve::IncomingStream<'_, TlsListener>) -> Self {
        Self(*stream.remote_addr())
    }
}
