//! The body of a request: read within a bound and a deadline, unpacked within the same bound.
//!
//! Stated outcomes: larger than the largest message 413; not all of it there in time 408; the connection closed before
//! `Content-Length` was reached 400; not the compression that was announced 400.

use std::io::Read;
use std::time::Duration;

use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use ruzstd::decoding::StreamingDecoder;

use super::request;

/// How long a body may take to arrive.
const TIME: Duration = Duration::from_secs(120);
/// Octets that are set aside for a body because it is announced.
const SET_ASIDE: usize = 64 << 10;
/// A frame of zstd that wants a larger window than this is none that a client of ours makes.
const LARGEST_WINDOW: u64 = 64 << 20;

/// How a body is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// As it is.
    Plain,
    /// `Compression: zstd`, rspamd's own; the answer is packed the same way.
    Zstd,
    /// `Content-Encoding: gzip`.
    Gzip,
}

/// A request with its whole body, unpacked.
pub(super) struct Posted {
    pub(super) parts: Parts,
    pub(super) body: Bytes,
    pub(super) packing: Packing,
}

/// Reads and unpacks.
pub(super) async fn read(asked: axum::extract::Request, largest: usize) -> Result<Posted, Response> {
    let (parts, body) = asked.into_parts();
    let packing = packing(&parts.headers).map_err(|problem| refuse(StatusCode::BAD_REQUEST, &problem))?;
    let too_large = || refuse(StatusCode::PAYLOAD_TOO_LARGE, &format!("more than {largest} octets"));
    let announced = parts.headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    if announced.is_some_and(|octets: u64| octets > largest as u64) {
        return Err(too_large());
    }
    let mut stream = body.into_data_stream();
    // Room for what most messages need at once; a larger one has to come before it takes more.
    let announced = announced.map_or(0, |octets| usize::try_from(octets).unwrap_or(SET_ASIDE));
    let mut packed = BytesMut::with_capacity(announced.min(SET_ASIDE));
    let all = async {
        while let Some(piece) = stream.next().await {
            let piece =
                piece.map_err(|fault| refuse(StatusCode::BAD_REQUEST, &format!("the body broke off: {fault}")))?;
            if packed.len() + piece.len() > largest {
                return Err(too_large());
            }
            packed.extend_from_slice(&piece);
        }
        Ok(())
    };
    match tokio::time::timeout(TIME, all).await {
        Ok(read) => read?,
        Err(_) => return Err(refuse(StatusCode::REQUEST_TIMEOUT, "the body did not arrive in time")),
    }
    let body = unpack(packing, packed.freeze(), largest).map_err(|bad| match bad {
        BadPacking::TooLarge => too_large(),
        BadPacking::Damaged(why) => refuse(StatusCode::BAD_REQUEST, &format!("the body cannot be unpacked: {why}")),
    })?;
    Ok(Posted { parts, body, packing })
}

/// How the headers say that the body is packed.
fn packing(headers: &HeaderMap) -> Result<Packing, String> {
    let said = |name: &str| request::text(headers, name).map(str::to_ascii_lowercase).filter(|text| !text.is_empty());
    if said("Dictionary").is_some() {
        return Err("Dictionary: none is known here".into());
    }
    match (said("Compression").as_deref(), said("Content-Encoding").as_deref()) {
        (Some("zstd"), _) | (None, Some("zstd")) => Ok(Packing::Zstd),
        (None, Some("gzip")) => Ok(Packing::Gzip),
        (None, None | Some("identity")) => Ok(Packing::Plain),
        (Some(other), _) => Err(format!("Compression: \"{other}\" is not known, only zstd is")),
        (None, Some(other)) => Err(format!("Content-Encoding: \"{other}\" is not known, only zstd and gzip are")),
    }
}

/// Why something could not be unpacked.
#[derive(Debug, PartialEq, Eq)]
pub enum BadPacking {
    /// It would be larger than allowed.
    TooLarge,
    /// It is not what it was said to be.
    Damaged(String),
}

/// Unpacks at most `largest` octets.
pub fn unpack(packing: Packing, packed: Bytes, largest: usize) -> Result<Bytes, BadPacking> {
    match packing {
        Packing::Plain => Ok(packed),
        Packing::Gzip => bounded(flate2::read::GzDecoder::new(&packed[..]), largest),
        Packing::Zstd => {
            let window = LARGEST_WINDOW.min((largest as u64).next_power_of_two().max(1 << 20));
            let decoder = StreamingDecoder::new_with_max_window_size(&packed[..], window)
                .map_err(|fault| BadPacking::Damaged(fault.to_string()))?;
            bounded(decoder, largest)
        }
    }
}

/// Reads to the end, unless that is too far away.
pub(crate) fn bounded(from: impl Read, largest: usize) -> Result<Bytes, BadPacking> {
    let mut out = Vec::new();
    let most = largest as u64 + 1;
    from.take(most).read_to_end(&mut out).map_err(|fault| BadPacking::Damaged(fault.to_string()))?;
    if out.len() > largest { Err(BadPacking::TooLarge) } else { Ok(Bytes::from(out)) }
}

/// An answer, packed as the question was.
pub(super) fn answered(packing: Packing, answer: &impl serde::Serialize) -> Response {
    match packing {
        Packing::Plain | Packing::Gzip => axum::Json(answer).into_response(),
        Packing::Zstd => {
            let Ok(json) = serde_json::to_vec(answer) else {
                return refuse(StatusCode::INTERNAL_SERVER_ERROR, "the answer cannot be written");
            };
            let packed = ruzstd::encoding::compress_to_vec(&json[..], ruzstd::encoding::CompressionLevel::Fastest);
            ([("Compression", "zstd"), ("Content-Type", "application/octet-stream")], packed).into_response()
        }
    }
}

fn refuse(status: StatusCode, problem: &str) -> Response {
    request::error(status, problem).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zstd(plain: &[u8]) -> Bytes {
        Bytes::from(ruzstd::encoding::compress_to_vec(plain, ruzstd::encoding::CompressionLevel::Fastest))
    }

    #[test]
    fn what_is_packed_is_unpacked_within_the_bound() {
        let plain = vec![b'a'; 100_000];
        assert_eq!(unpack(Packing::Zstd, zstd(&plain), 100_000).unwrap(), plain);
        assert_eq!(unpack(Packing::Zstd, zstd(&plain), 99_999), Err(BadPacking::TooLarge));
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut gzip, &plain).unwrap();
        let gzip = Bytes::from(gzip.finish().unwrap());
        assert_eq!(unpack(Packing::Gzip, gzip.clone(), 100_000).unwrap(), plain);
        assert_eq!(unpack(Packing::Gzip, gzip, 99_999), Err(BadPacking::TooLarge));
    }

    #[test]
    fn damage_is_told_and_never_a_message() {
        let packed = zstd(b"Subject: x\r\n\r\nhello\r\n");
        for packed in [Bytes::from_static(b"Subject: x\r\n\r\n"), packed.slice(..packed.len() - 3), Bytes::new()] {
            assert!(matches!(unpack(Packing::Zstd, packed.clone(), 1000), Err(BadPacking::Damaged(_))), "{packed:?}");
            assert!(matches!(unpack(Packing::Gzip, packed.clone(), 1000), Err(BadPacking::Damaged(_))), "{packed:?}");
        }
        // A frame header that asks for a window of 2 GB is refused before anything is set aside for it.
        let huge = Bytes::from_static(&[0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa8, 0x01, 0x00, 0x00]);
        assert!(matches!(unpack(Packing::Zstd, huge, 50 << 20), Err(BadPacking::Damaged(_))));
    }
}
