//! One connection: the head, the body as long as was announced, one answer in one write.
//!
//! Stated outcomes: fewer octets than announced, or more in the same breath, is `EX_PROTOCOL` and nothing was judged; too
//! many is `EX_DATAERR`; too slow is `EX_TIMEOUT`. Our own faults are `EX_TEMPFAIL`: a mail server tries again.

use std::io;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use checkpoint::Gate;
use futures_util::FutureExt as _;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use super::reply::{self, Failure};
use super::request::{Dialect, HEAD_OCTETS, Head, Verb, first_line};
use super::{Client, judge};
use crate::rspamd_http::body::{BadPacking, bounded};

/// How long the head may take.
const HEAD_TIME: Duration = Duration::from_secs(60);
/// How long the message may take.
const BODY_TIME: Duration = Duration::from_secs(300);
/// How long an answer may take to be read.
const ANSWER_TIME: Duration = Duration::from_secs(60);
/// What a client still sends after a refusal is read so long, so that it sees the refusal and not a reset.
const LINGER: Duration = Duration::from_secs(2);

/// What stands in the way of an answer.
pub(super) struct Refused(pub(super) Failure, pub(super) String);

/// Holds one connection.
pub(super) async fn hold(
    mut stream: impl AsyncRead + AsyncWrite + Send + Unpin,
    first: BytesMut,
    client: Client,
    gate: &Gate,
) {
    let answer = match answer(&mut stream, first, client, gate).await {
        Ok(answer) => answer,
        Err(Refused(failure, why)) => {
            tracing::warn!(?client, ?failure, why, "a request by spamd's protocol was not answered");
            reply::failed(failure, &why)
        }
    };
    let written = async {
        stream.write_all(&answer).await?;
        stream.shutdown().await
    };
    if !matches!(tokio::time::timeout(ANSWER_TIME, written).await, Ok(Ok(()))) {
        tracing::debug!(?client, "an answer was not read");
        return;
    }
    let mut rest = [0u8; 8192];
    let drained = async { while matches!(stream.read(&mut rest).await, Ok(1..)) {} };
    drop(tokio::time::timeout(LINGER, drained).await);
}

async fn answer(
    stream: &mut (impl AsyncRead + Unpin),
    mut input: BytesMut,
    client: Client,
    gate: &Gate,
) -> Result<Vec<u8>, Refused> {
    let read = tokio::time::timeout(HEAD_TIME, head(stream, &mut input)).await;
    let head = read.map_err(|_| Refused(Failure::Timeout, "(the request did not arrive in time)".into()))??;
    let head = Head::parse(&head).map_err(|why| Refused(Failure::Protocol, why))?;
    match head.verb {
        Verb::Ping => return Ok(reply::pong()),
        Verb::Skip => return Ok(Vec::new()),
        _ => {}
    }
    let largest = gate.settings.load().limits.message;
    let read = tokio::time::timeout(BODY_TIME, body(stream, input, head.length, largest)).await;
    let body = read.map_err(|_| Refused(Failure::Timeout, "(the message did not arrive in time)".into()))??;
    let body = match head.compressed {
        true if head.length.is_none() => {
            return Err(Refused(Failure::Protocol, "(Compress requires Content-length header)".into()));
        }
        true => bounded(flate2::read::ZlibDecoder::new(&body[..]), largest).map_err(|bad| match bad {
            BadPacking::TooLarge => too_large(largest),
            BadPacking::Damaged(why) => Refused(Failure::Protocol, format!("(Compress: {why})")),
        })?,
        false => body,
    };
    match head.verb {
        Verb::Tell => judge::tell(&head, &body, client, gate).await,
        _ => judge::check(&head, &body, gate).await,
    }
}

/// Reads until the empty line; before 1.5 a PING is its first line alone.
async fn head(stream: &mut (impl AsyncRead + Unpin), input: &mut BytesMut) -> Result<BytesMut, Refused> {
    let mut looked = 0;
    loop {
        while let Some(at) = input.get(looked..).and_then(|rest| rest.iter().position(|octet| *octet == b'\n')) {
            let end = looked + at + 1;
            let empty = matches!(input.get(looked..end), Some(b"\n" | b"\r\n"));
            let first = looked == 0;
            looked = end;
            if empty && !first {
                return Ok(input.split_to(end));
            }
            if first {
                let line = String::from_utf8_lossy(input.get(..end).unwrap_or_default());
                if let Ok((Verb::Ping | Verb::Skip, Dialect::Rspamc | Dialect::Spamc(..15))) = first_line(&line) {
                    return Ok(input.split_to(end));
                }
            }
        }
        if input.len() > HEAD_OCTETS {
            return Err(Refused(Failure::Protocol, "(headers too long)".into()));
        }
        match stream.read_buf(input).await {
            Ok(0) if input.is_empty() => return Err(Refused(Failure::Protocol, "(closed before headers)".into())),
            // PING of 1.5 is followed by an empty line that some clients leave out.
            Ok(0) if matches!(first_line(&String::from_utf8_lossy(input)), Ok((Verb::Ping | Verb::Skip, _))) => {
                return Ok(input.split());
            }
            Ok(0) => return Err(Refused(Failure::Protocol, "(EOF during headers)".into())),
            Ok(_) => {}
            Err(fault) => return Err(broken(&fault)),
        }
    }
}

/// Reads as many octets as were announced, or up to the end where nothing was.
async fn body(
    stream: &mut (impl AsyncRead + Unpin),
    mut input: BytesMut,
    length: Option<u64>,
    largest: usize,
) -> Result<Bytes, Refused> {
    let expected = match length {
        Some(length) if length > largest as u64 => return Err(too_large(largest)),
        Some(length) => Some(usize::try_from(length).unwrap_or(usize::MAX)),
        None => None,
    };
    while expected.is_none_or(|expected| input.len() < expected) {
        match stream.read_buf(&mut input).await {
            Ok(0) => break,
            Ok(_) if expected.is_none() && input.len() > largest => return Err(too_large(largest)),
            Ok(_) => {}
            Err(fault) => return Err(broken(&fault)),
        }
    }
    if let Some(expected) = expected {
        if input.len() == expected {
            // What is there already and was not announced shows that the announcement was wrong. Waiting for it would
            // hang with clients that keep their side open.
            drop(stream.read_buf(&mut input).now_or_never());
        }
        if input.len() != expected {
            let got = input.len();
            let why = format!("(Content-Length mismatch: Expected {expected} bytes, got {got} bytes)");
            return Err(Refused(Failure::Protocol, why));
        }
    }
    Ok(input.freeze())
}

fn too_large(largest: usize) -> Refused {
    Refused(Failure::TooLarge, format!("more than {largest} octets"))
}

fn broken(fault: &io::Error) -> Refused {
    Refused(Failure::Protocol, format!("(the connection broke: {fault})"))
}
