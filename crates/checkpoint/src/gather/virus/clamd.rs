//! The client's side of clamd's INSTREAM (clamd(8), COMMANDS): a stream in chunks, one answer.
//!
//! A connection for each scan, so many at a time as configured; what clamd cannot say in time is not known.

use std::path::PathBuf;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};

/// Octets of one chunk.
const CHUNK: usize = 64 * 1024;
/// Octets of an answer: a name, and a few words.
const ANSWER: u64 = 4096;

/// Where clamd listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClamdAddress {
    /// `host:port`.
    Tcp(String),
    /// The path of a Unix socket.
    Socket(PathBuf),
}

/// A clamd.
#[derive(Debug)]
pub struct Clamd {
    address: ClamdAddress,
    /// Octets that are sent at most; clamd's own `StreamMaxLength` has to be at least as large.
    pub(super) size: usize,
    time: Duration,
    places: Semaphore,
}

/// What it said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// Nothing was found.
    Clean,
    /// The name of what was found.
    Found(String),
    /// It is larger than clamd takes.
    TooLarge,
}

/// Why nothing is known.
#[derive(Debug, thiserror::Error)]
pub(super) enum ScanFault {
    #[error("clamd did not answer in time")]
    Deadline,
    #[error("clamd cannot be reached: {0}")]
    Unreachable(#[from] std::io::Error),
    #[error("clamd said \"{0}\"")]
    Complained(String),
}

impl ClamdAddress {
    /// Reads `host:port`, `/path` or `unix:/path`; `None` for an empty text.
    pub fn parse(text: &str) -> Result<Option<Self>, String> {
        let path = text.strip_prefix("unix:").unwrap_or(text);
        if text.is_empty() {
            return Ok(None);
        }
        if path.starts_with('/') {
            return Ok(Some(Self::Socket(path.into())));
        }
        match text.rsplit_once(':') {
            Some((host, port)) if !host.is_empty() && port.parse::<u16>().is_ok() => Ok(Some(Self::Tcp(text.into()))),
            _ => Err(format!("\"{text}\" is neither host:port nor the path of a socket")),
        }
    }
}

impl Clamd {
    /// A client that sends at most `size` octets, waits `time` for an answer, and has `connections` at a time.
    pub fn new(address: ClamdAddress, size: usize, time: Duration, connections: usize) -> Self {
        Self { address, size, time, places: Semaphore::new(connections.max(1)) }
    }

    /// Asks about these octets.
    pub(super) async fn scan(&self, pieces: &[&[u8]], deadline: Instant) -> Result<Said, ScanFault> {
        let deadline = deadline.min(Instant::now() + self.time);
        match timeout_at(deadline, self.ask(pieces)).await {
            Ok(said) => said,
            Err(_) => Err(ScanFault::Deadline),
        }
    }

    async fn ask(&self, pieces: &[&[u8]]) -> Result<Said, ScanFault> {
        let _place = self.places.acquire().await.map_err(|_| ScanFault::Deadline)?;
        let answer = match &self.address {
            ClamdAddress::Tcp(address) => converse(TcpStream::connect(address).await?, pieces).await?,
            ClamdAddress::Socket(path) => converse(UnixStream::connect(path).await?, pieces).await?,
        };
        read_answer(&answer)
    }
}

/// Sends the stream and reads the answer.
async fn converse<S: AsyncRead + AsyncWrite>(stream: S, pieces: &[&[u8]]) -> std::io::Result<String> {
    let (mut from, mut to) = tokio::io::split(stream);
    let sent = send(&mut to, pieces).await;
    let mut answer = Vec::new();
    let read = (&mut from).take(ANSWER).read_to_end(&mut answer).await;
    if answer.is_empty() {
        // clamd that hangs up in the middle has usually said why; where it has not, the first fault is told.
        sent?;
        read?;
    }
    Ok(String::from_utf8_lossy(&answer).trim_end_matches(['\0', '\n']).to_owned())
}

async fn send(to: &mut (impl AsyncWrite + Unpin), pieces: &[&[u8]]) -> std::io::Result<()> {
    to.write_all(b"zINSTREAM\0").await?;
    for chunk in pieces.iter().flat_map(|piece| piece.chunks(CHUNK)) {
        to.write_all(&u32::try_from(chunk.len()).unwrap_or_default().to_be_bytes()).await?;
        to.write_all(chunk).await?;
    }
    to.write_all(&0u32.to_be_bytes()).await?;
    to.flush().await
}

/// `stream: OK`, `stream: NAME FOUND`, `… ERROR`. Anything else is not an answer.
fn read_answer(answer: &str) -> Result<Said, ScanFault> {
    let said = answer.strip_prefix("stream: ").unwrap_or(answer);
    if said == "OK" {
        Ok(Said::Clean)
    } else if let Some(name) = said.strip_suffix(" FOUND") {
        Ok(Said::Found(name.to_owned()))
    } else if said.contains("size limit exceeded") {
        Ok(Said::TooLarge)
    } else {
        Err(ScanFault::Complained(said.chars().filter(|c| !c.is_control()).take(200).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_and_nothing_else_is_a_pass() {
        for (answer, expected) in [
            ("stream: OK", Some(Said::Clean)),
            ("stream: Fictional.Marker.UNOFFICIAL FOUND", Some(Said::Found("Fictional.Marker.UNOFFICIAL".into()))),
            ("INSTREAM size limit exceeded. ERROR", Some(Said::TooLarge)),
            ("", None),
            ("stream: ", None),
            ("UNKNOWN COMMAND", None),
            ("stream: Can't allocate memory ERROR", None),
        ] {
            assert_eq!(read_answer(answer).ok(), expected, "{answer}");
        }
    }

    #[test]
    fn addresses_are_read() {
        assert_eq!(ClamdAddress::parse(""), Ok(None));
        assert_eq!(ClamdAddress::parse("/run/clamd.sock"), Ok(Some(ClamdAddress::Socket("/run/clamd.sock".into()))));
        assert_eq!(ClamdAddress::parse("unix:/a"), Ok(Some(ClamdAddress::Socket("/a".into()))));
        assert_eq!(ClamdAddress::parse("[::1]:3310"), Ok(Some(ClamdAddress::Tcp("[::1]:3310".into()))));
        assert!(ClamdAddress::parse("clamd").is_err());
        assert!(ClamdAddress::parse(":3310").is_err());
    }
}
