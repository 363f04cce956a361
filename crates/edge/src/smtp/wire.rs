//! The octets of one connection: lines in with a bound and a deadline, replies out in groups.
//!
//! Replies gather until more input is needed, so that a pipelined group is answered in one write (RFC 2920 §3.2) and
//! nothing waits for a delayed ACK.

use std::io;

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, timeout_at};

/// What a session can be held over: TCP, TLS over it, a Unix socket, a pipe in a test.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// One connection.
pub(crate) struct Wire {
    stream: Box<dyn Stream>,
    pub(crate) input: BytesMut,
    output: Vec<u8>,
}

/// A command line as it came.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// Ended by CRLF; given without it.
    Whole(Bytes),
    /// Ended by a bare LF; given without it.
    BareLf(Bytes),
    /// Longer than allowed; thrown away up to its end.
    TooLong,
}

/// Why a connection yields nothing more.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WireFault {
    /// The peer closed it.
    #[error("the peer closed the connection")]
    Closed,
    /// The deadline passed.
    #[error("the peer was too slow")]
    Late,
    /// Something below failed.
    #[error("the connection broke: {0}")]
    Broken(#[from] io::Error),
}

const READ: usize = 16 * 1024;
const OUTPUT: usize = 64 * 1024;

impl Wire {
    pub(crate) fn new(stream: Box<dyn Stream>) -> Self {
        Self { stream, input: BytesMut::new(), output: Vec::new() }
    }

    /// Queues octets to be written.
    pub(crate) fn queue(&mut self, octets: &[u8]) {
        self.output.extend_from_slice(octets);
    }

    /// Whether so much is queued that it should go out before more is added.
    pub(crate) fn is_full(&self) -> bool {
        self.output.len() > OUTPUT
    }

    /// Writes what is queued.
    pub(crate) async fn flush(&mut self, deadline: Instant) -> Result<(), WireFault> {
        if self.output.is_empty() {
            return Ok(());
        }
        let output = std::mem::take(&mut self.output);
        let write = async {
            self.stream.write_all(&output).await?;
            self.stream.flush().await
        };
        timeout_at(deadline, write).await.map_err(|_| WireFault::Late)??;
        Ok(())
    }

    /// Octets that came and were not read yet.
    pub(crate) fn buffered(&self) -> &[u8] {
        &self.input
    }

    /// Marks `count` buffered octets as read.
    pub(crate) fn consume(&mut self, count: usize) {
        self.input.advance(count);
    }

    /// RFC 3207 §4.2: what came before TLS must not count after it.
    fn forget_input(&mut self) {
        self.input = BytesMut::new();
    }

    /// Writes what is queued, then waits for more input.
    pub(crate) async fn fill(&mut self, deadline: Instant) -> Result<(), WireFault> {
        self.flush(deadline).await?;
        self.input.reserve(READ);
        let read = timeout_at(deadline, self.stream.read_buf(&mut self.input)).await.map_err(|_| WireFault::Late)??;
        if read == 0 { Err(WireFault::Closed) } else { Ok(()) }
    }

    /// Writes what is queued and waits, unless the peer leaves. What it says meanwhile is kept up to a bound.
    pub(crate) async fn wait_until(&mut self, until: Instant) -> Result<(), WireFault> {
        while self.input.len() < READ {
            match self.fill(until).await {
                Ok(()) => {}
                Err(WireFault::Late) => return Ok(()),
                Err(fault) => return Err(fault),
            }
        }
        tokio::time::sleep_until(until).await;
        Ok(())
    }

    /// Reads a line of at most `limit` octets. The deadline is for the whole line: dripping does not extend it.
    pub(crate) async fn line(&mut self, limit: usize, deadline: Instant) -> Result<Line, WireFault> {
        let mut searched = 0;
        let mut dropping = false;
        loop {
            if let Some(found) = self.input[searched..].iter().position(|octet| *octet == b'\n') {
                let mut line = self.input.split_to(searched + found + 1);
                let whole = line.ends_with(b"\r\n");
                line.truncate(line.len() - if whole { 2 } else { 1 });
                return Ok(match whole {
                    _ if dropping || line.len() > limit => Line::TooLong,
                    true => Line::Whole(line.freeze()),
                    false => Line::BareLf(line.freeze()),
                });
            }
            searched = self.input.len();
            if searched > limit {
                dropping = true;
                // The last octet stays: it may be the CR of the line's end.
                self.input.advance(searched - 1);
                searched = 0;
            }
            self.fill(deadline).await?;
        }
    }

    /// Whether a whole line is buffered.
    pub(crate) fn has_line(&self) -> bool {
        self.input.contains(&b'\n')
    }

    /// Takes the stream out, for a TLS handshake; [`Wire::put`] puts the outcome in. What was buffered is forgotten.
    pub(crate) fn take(&mut self) -> Box<dyn Stream> {
        self.forget_input();
        std::mem::replace(&mut self.stream, Box::new(tokio::io::empty()))
    }

    /// Puts a stream in.
    pub(crate) fn put(&mut self, stream: Box<dyn Stream>) {
        self.stream = stream;
    }

    /// Says goodbye to the layer below. Faults do not matter any more.
    pub(crate) async fn close(&mut self, deadline: Instant) {
        if self.flush(deadline).await.is_ok() {
            let _ = timeout_at(deadline, self.stream.shutdown()).await;
        }
    }
}
