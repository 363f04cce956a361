//! Connections: HTTP, and on the same port the older protocol that Exim's `variant=rspamd` speaks, told apart by the
//! first words. Slow and too many peers end here.
//!
//! Stated outcomes: a head that is not there in time ends the connection; beyond [`CONNECTIONS`] a connection is closed.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use bytes::BytesMut;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncReadExt as _, join, split};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::Rspamd;
use crate::at_once::AtOnce;
use crate::prompt::Prompt;
use crate::spamd;

/// Connections at a time.
pub const CONNECTIONS: usize = 1_024;
/// How long the head of a request may take, and how long a connection may idle between requests.
const HEAD_TIME: Duration = Duration::from_secs(60);
/// Octets of a head.
const HEAD_OCTETS: usize = 256 << 10;
/// Fields of a head: a recipient may stand in each.
const HEAD_FIELDS: usize = super::request::MOST_RECIPIENTS + 100;
/// By this many octets it is clear which protocol is spoken.
const FIRST_WORDS: usize = 32;
/// How long requests may go on after a stop was asked for.
const STOP_WITHIN: Duration = Duration::from_secs(30);

/// Serves until told to stop.
pub async fn serve(listener: TcpListener, rspamd: Rspamd, stop: CancellationToken) -> io::Result<()> {
    let (places, tasks) = (Arc::new(Semaphore::new(CONNECTIONS)), TaskTracker::new());
    let router = rspamd.clone().router();
    loop {
        let accepted = tokio::select! {
            biased;
            () = stop.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        let (stream, from) = match accepted {
            Ok(accepted) => accepted,
            Err(fault) => {
                // Out of file descriptors, mostly: trying again at once would only burn the processor.
                tracing::error!(%fault, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let Ok(place) = places.clone().try_acquire_owned() else {
            tracing::warn!(peer = %from.ip(), limit = CONNECTIONS, "too many connections");
            continue;
        };
        let stream = Prompt::new(stream);
        let (router, gate, stop) = (router.clone(), rspamd.gate.clone(), stop.clone());
        tasks.spawn(async move {
            if let Err(fault) = hold(stream, from, router, gate, stop).await {
                tracing::debug!(peer = %from.ip(), fault, "a connection ended");
            }
            drop(place);
        });
    }
    drop(listener);
    tasks.close();
    if tokio::time::timeout(STOP_WITHIN, tasks.wait()).await.is_err() {
        tracing::warn!(connections = tasks.len(), "requests broken off at the stop");
    }
    Ok(())
}

async fn hold(
    mut stream: Prompt,
    from: SocketAddr,
    router: Router,
    gate: Arc<checkpoint::Gate>,
    stop: CancellationToken,
) -> Result<(), String> {
    let mut first = BytesMut::new();
    let words = async {
        while first.len() < FIRST_WORDS && !first.contains(&b'\n') {
            if stream.read_buf(&mut first).await? == 0 {
                break;
            }
        }
        io::Result::Ok(())
    };
    tokio::time::timeout(HEAD_TIME, words)
        .await
        .map_err(|_| "silent".to_owned())?
        .map_err(|fault| fault.to_string())?;
    if spamd::is_spoken(&first) {
        spamd::hold(stream, first, spamd::Client::Tcp(from.ip()), gate).await;
        return Ok(());
    }
    let (read, write) = split(stream);
    let stream = join(io::Cursor::new(first).chain(read), write);
    let service = TowerToHyperService::new(router.layer(axum::Extension(ConnectInfo(from))));
    let mut http = hyper::server::conn::http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_TIME).max_headers(HEAD_FIELDS).max_buf_size(HEAD_OCTETS);
    // A client that has said all and closes its side still waits for the answer.
    http.half_close(true);
    let connection = std::pin::pin!(http.serve_connection(TokioIo::new(stream), service));
    let mut connection = AtOnce::new(connection);
    let ended = tokio::select! {
        ended = &mut connection => ended,
        () = stop.cancelled() => {
            connection.inner().as_mut().graceful_shutdown();
            connection.await
        }
    };
    ended.map_err(|fault| fault.to_string())
}
