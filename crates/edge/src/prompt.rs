//! TCP on which no peer waits for a delayed ACK.
//!
//! A mail server that writes several small packets and awaits no reply between them (milter with SMFIP_NR_*, an HTTP
//! head and then its body) is held back by Nagle's algorithm until the last one is acknowledged, and Linux waits 40 ms
//! with an ACK that no reply carries. So the ACK is sent as soon as all that came was read and nothing was said to it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// One connection.
#[derive(Debug)]
pub(crate) struct Prompt {
    stream: TcpStream,
    /// Octets were read, and nothing was written since that would have carried the ACK.
    owes: bool,
}

impl Prompt {
    /// Takes a connection. What we write goes out at once, too (TCP_NODELAY): each write is a whole answer.
    pub(crate) fn new(stream: TcpStream) -> Self {
        if let Err(fault) = stream.set_nodelay(true) {
            tracing::debug!(%fault, "TCP_NODELAY");
        }
        Self { stream, owes: false }
    }

    /// Linux leaves this mode by itself, so it is asked for each time (tcp(7), TCP_QUICKACK).
    fn acknowledge(&mut self) {
        self.owes = false;
        if let Err(fault) = SockRef::from(&self.stream).set_tcp_quickack(true) {
            tracing::debug!(%fault, "TCP_QUICKACK");
        }
    }
}

impl AsyncRead for Prompt {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, into);
        match &polled {
            Poll::Pending if self.owes => self.acknowledge(),
            Poll::Ready(Ok(())) => self.owes |= into.filled().len() > before,
            Poll::Pending | Poll::Ready(Err(_)) => {}
        }
        polled
    }
}

impl AsyncWrite for Prompt {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(context, octets);
        self.owes &= !matches!(polled, Poll::Ready(Ok(_)));
        polled
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write_vectored(context, pieces);
        self.owes &= !matches!(polled, Poll::Ready(Ok(_)));
        polled
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
