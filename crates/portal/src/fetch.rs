//! One question to another server by HTTP/1.1, over TLS where its address says so: for the gateway that sends
//! messages to telephones and the OpenID provider. Addresses come from the configuration, never from a visitor.
//!
//! Written here because it is one request on one connection with a bound on everything: no redirects, no pool, no
//! cookies.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs};
use url::Url;

/// Octets of the longest answer that is read.
const LONGEST: u64 = 256 * 1024;

/// What is asked.
#[derive(Clone, Debug)]
pub struct Question<'a> {
    /// `GET` or `POST`.
    pub method: &'a str,
    /// Where: `http` or `https`.
    pub url: &'a str,
    /// Fields beside Host, Content-Length and Connection.
    pub fields: Vec<(&'a str, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// How long all of it may take.
    pub time: Duration,
    /// PEM file with the certification authorities that are trusted.
    pub roots: &'a PathBuf,
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

/// Asks. The text says what went wrong, for the log.
pub async fn ask(question: Question<'_>) -> Result<Answer, String> {
    tokio::time::timeout(question.time, exchange(&question))
        .await
        .map_err(|_| format!("{}: no answer within {} s", host_of(question.url), question.time.as_secs()))?
        .map_err(|fault| format!("{}: {fault}", host_of(question.url)))
}

/// Only the host is told: paths and queries of such addresses hold keys.
fn host_of(url: &str) -> String {
    Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_else(|| "?".into())
}

async fn exchange(question: &Question<'_>) -> Result<Answer, String> {
    let url = Url::parse(question.url).map_err(|bad| format!("not an address: {bad}"))?;
    let host = url.host_str().ok_or("an address without a host")?;
    let port = url.port_or_known_default().ok_or("an address without a port")?;
    // IPv6 literals have brackets in an address, and none when they are connected to.
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let stream = TcpStream::connect((bare, port)).await.map_err(|fault| fault.to_string())?;
    let request = written(question, &url, host)?;
    let raw = match url.scheme() {
        "http" => talk(stream, &request).await?,
        "https" => {
            let name = ServerName::try_from(bare.to_owned()).map_err(|bad| bad.to_string())?;
            let tls = TlsConnector::from(configuration(question.roots)?);
            talk(tls.connect(name, stream).await.map_err(|fault| fault.to_string())?, &request).await?
        }
        other => return Err(format!("{other} is neither http nor https")),
    };
    read(&raw).ok_or_else(|| "its answer is not HTTP".to_owned())
}

fn written(question: &Question<'_>, url: &Url, host: &str) -> Result<Vec<u8>, String> {
    let path = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    let at = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    let mut head = format!(
        "{} {path} HTTP/1.1\r\nHost: {at}\r\nConnection: close\r\nUser-Agent: Sekisho\r\nContent-Length: {}\r\n",
        question.method,
        question.body.len()
    );
    for (name, value) in &question.fields {
        if value.chars().any(char::is_control) {
            return Err(format!("{name} holds a control character"));
        }
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    Ok([head.as_bytes(), &question.body].concat())
}

async fn talk(mut stream: impl AsyncRead + AsyncWrite + Unpin, request: &[u8]) -> Result<Vec<u8>, String> {
    stream.write_all(request).await.map_err(|fault| fault.to_string())?;
    stream.flush().await.map_err(|fault| fault.to_string())?;
    let mut raw = Vec::new();
    match stream.take(LONGEST).read_to_end(&mut raw).await {
        Ok(_) => Ok(raw),
        // Many servers end without a TLS close; the length of the body says whether it is whole.
        Err(fault) if fault.kind() == std::io::ErrorKind::UnexpectedEof && !raw.is_empty() => Ok(raw),
        Err(fault) => Err(fault.to_string()),
    }
}

fn configuration(roots: &PathBuf) -> Result<Arc<ClientConfig>, String> {
    let mut store = RootCertStore::empty();
    let shown = roots.display();
    for certificate in CertificateDer::pem_file_iter(roots).map_err(|fault| format!("{shown}: {fault}"))? {
        let certificate = certificate.map_err(|fault| format!("{shown}: {fault}"))?;
        // A bundle may hold what this library does not take; the rest still stands.
        drop(store.add(certificate));
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|fault| fault.to_string())?;
    Ok(Arc::new(builder.with_root_certificates(store).with_no_client_auth()))
}

/// Interim answers (1xx) that are read over before the real one.
const INTERIM: usize = 8;

/// Reads an answer that ends with its connection (RFC 9112 §4 to §7).
pub fn read(mut raw: &[u8]) -> Option<Answer> {
    for _ in 0..INTERIM {
        match one(raw)? {
            (Some(answer), _) => return Some(answer),
            (None, rest) => raw = rest,
        }
    }
    None
}

/// One answer, or what follows an interim one.
fn one(raw: &[u8]) -> Option<(Option<Answer>, &[u8])> {
    let end = raw.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&raw[..end]).ok()?;
    let mut lines = head.split("\r\n");
    let mut status = lines.next()?.splitn(3, ' ');
    status.next().filter(|version| version.starts_with("HTTP/1."))?;
    let status: u16 = status.next()?.parse().ok().filter(|code| (100..600).contains(code))?;
    let mut body = &raw[end + 4..];
    if status / 100 == 1 {
        return Some((None, body));
    }
    for line in lines {
        let Some((name, value)) = line.split_once(':') else { continue };
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "transfer-encoding" if value.eq_ignore_ascii_case("chunked") => {
                return Some((Some(Answer { status, body: whole(body)? }), &[]));
            }
            "content-length" => body = body.get(..value.parse().ok()?)?,
            _ => {}
        }
    }
    Some((Some(Answer { status, body: body.to_vec() }), &[]))
}

/// Puts chunks together.
fn whole(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    loop {
        let line = rest.windows(2).position(|two| two == b"\r\n")?;
        let size = std::str::from_utf8(&rest[..line]).ok()?.split(';').next()?.trim();
        let size = usize::from_str_radix(size, 16).ok().filter(|size| *size <= rest.len())?;
        rest = &rest[line + 2..];
        if size == 0 {
            return Some(out);
        }
        out.extend_from_slice(rest.get(..size)?);
        rest = rest.get(size..)?.strip_prefix(b"\r\n")?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_as_servers_write_them_and_broken_ones_are_none() {
        let plain = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokmore".as_slice();
        assert_eq!(read(plain), Some(Answer { status: 200, body: b"ok".to_vec() }));
        let chunked = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n\
                        3;x=y\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
            .as_slice();
        assert_eq!(read(chunked), Some(Answer { status: 201, body: b"abcde".to_vec() }));
        assert_eq!(read(b"HTTP/1.0 204 No\r\n\r\n"), Some(Answer { status: 204, body: Vec::new() }));
        for bad in [
            "",
            "HTTP/1.1 200 OK",
            "SMTP 200 OK\r\n\r\n",
            "HTTP/1.1 abc\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nx",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab",
        ] {
            assert_eq!(read(bad.as_bytes()), None, "{bad:?}");
        }
        for cut in 0..chunked.len() {
            let _ = read(&chunked[..cut]);
        }
        assert_eq!(read(&b"HTTP/1.1 100 Continue\r\n\r\n".repeat(10_000)), None, "it goes on for ever");
    }

    proptest::proptest! {
        #[test]
        fn whatever_a_server_sends_is_read_or_refused(
            pieces in proptest::collection::vec(
                proptest::prop_oneof![
                    proptest::strategy::Just(b"HTTP/1.1 200 OK\r\n".to_vec()),
                    proptest::strategy::Just(b"HTTP/1.1 100 Continue\r\n\r\n".to_vec()),
                    proptest::strategy::Just(b"Transfer-Encoding: chunked\r\n\r\n".to_vec()),
                    proptest::strategy::Just(b"Content-Length: 3\r\n\r\n".to_vec()),
                    proptest::strategy::Just(b"3\r\nabc\r\n0\r\n\r\n".to_vec()),
                    proptest::collection::vec(proptest::prelude::any::<u8>(), 0..20),
                ],
                0..8,
            )
        ) {
            let raw = pieces.concat();
            if let Some(answer) = read(&raw) {
                proptest::prop_assert!(answer.body.len() <= raw.len() && (100..600).contains(&answer.status));
            }
        }
    }
}
