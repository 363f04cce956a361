//! An SMTP client that sends exactly what the test says, byte by byte if need be.

use std::io::{Error, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use tokio_rustls::rustls::{ClientConnection, StreamOwned};

use crate::tls;

/// How long the other side may think.
const PATIENCE: Duration = Duration::from_secs(60);

/// A reply, all its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Its code.
    pub code: u16,
    /// Its lines without code.
    pub lines: Vec<String>,
}

impl Reply {
    /// Code and text as they were said, lines joined with LF.
    pub fn text(&self) -> String {
        format!("{} {}", self.code, self.lines.join("\n"))
    }

    /// Whether it says yes.
    pub fn is_yes(&self) -> bool {
        (200..400).contains(&self.code)
    }

    /// Whether it says "later".
    pub fn is_later(&self) -> bool {
        (400..500).contains(&self.code)
    }

    /// Whether it says no for good.
    pub fn is_no(&self) -> bool {
        (500..600).contains(&self.code)
    }

    /// The reference that people quote, where one is named.
    pub fn reference(&self) -> Option<String> {
        let text = self.lines.join(" ");
        let at = text.to_lowercase().find("reference ")? + "reference ".len();
        Some(text[at..].split([' ', ')', ';', ',']).next()?.trim_end_matches('.').to_owned())
    }
}

enum Stream {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

/// A connection.
pub struct Client {
    stream: Option<Stream>,
    buffer: Vec<u8>,
}

impl Client {
    /// Connects, and reads nothing yet.
    pub fn dial(address: SocketAddr) -> std::io::Result<Self> {
        let stream = TcpStream::connect_timeout(&address, Duration::from_secs(5))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream: Some(Stream::Plain(stream)), buffer: Vec::new() })
    }

    /// Connects, reads the greeting and says EHLO.
    pub fn connect(address: SocketAddr) -> std::io::Result<Self> {
        let mut client = Self::dial(address)?;
        client.expect_yes()?;
        client.say("EHLO client.example.com")?;
        Ok(client)
    }

    /// How long a reply is waited for.
    pub fn patience(&mut self, time: Duration) {
        let stream = match &self.stream {
            Some(Stream::Plain(stream)) => stream,
            Some(Stream::Tls(stream)) => &stream.sock,
            None => return,
        };
        stream.set_read_timeout(Some(time)).expect("a time above zero can be set");
    }

    /// Sends bytes as they are.
    pub fn send(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        match self.stream.as_mut() {
            Some(Stream::Plain(stream)) => stream.write_all(bytes),
            Some(Stream::Tls(stream)) => stream.write_all(bytes).and_then(|()| stream.flush()),
            None => Err(Error::from(ErrorKind::NotConnected)),
        }
    }

    /// Sends a line and reads its reply, whatever it is.
    pub fn ask(&mut self, line: &str) -> std::io::Result<Reply> {
        self.send(format!("{line}\r\n").as_bytes())?;
        self.reply()
    }

    /// Sends a line that has to be answered with yes.
    pub fn say(&mut self, line: &str) -> std::io::Result<Reply> {
        let reply = self.ask(line)?;
        if reply.is_yes() { Ok(reply) } else { Err(Error::other(format!("to {line}: {}", reply.text()))) }
    }

    fn expect_yes(&mut self) -> std::io::Result<Reply> {
        let reply = self.reply()?;
        if reply.is_yes() { Ok(reply) } else { Err(Error::other(reply.text())) }
    }

    /// Reads a whole reply. The end of the connection is `UnexpectedEof`.
    pub fn reply(&mut self) -> std::io::Result<Reply> {
        let mut lines = Vec::new();
        loop {
            let line = self.line()?;
            let code = line.get(..3).and_then(|code| code.parse().ok());
            let code = code.ok_or_else(|| Error::other(format!("not a reply: {line:?}")))?;
            lines.push(line.get(4..).unwrap_or_default().to_owned());
            if line.as_bytes().get(3) != Some(&b'-') {
                return Ok(Reply { code, lines });
            }
        }
    }

    fn line(&mut self) -> std::io::Result<String> {
        loop {
            if let Some(at) = self.buffer.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.buffer.drain(..=at).collect();
                return Ok(String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned());
            }
            let mut chunk = [0; 4096];
            let count = match self.stream.as_mut() {
                Some(Stream::Plain(stream)) => stream.read(&mut chunk)?,
                Some(Stream::Tls(stream)) => stream.read(&mut chunk)?,
                None => 0,
            };
            if count == 0 {
                return Err(Error::from(ErrorKind::UnexpectedEof));
            }
            self.buffer.extend_from_slice(&chunk[..count]);
        }
    }

    /// Whether the other side ended the connection; waits for it as long as patience lasts.
    pub fn is_closed(&mut self) -> bool {
        match self.line() {
            Ok(_) => false,
            Err(fault) => !matches!(fault.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
        }
    }

    /// Begins TLS on this connection; certificates are not verified.
    pub fn start_tls(&mut self) -> std::io::Result<()> {
        let Some(Stream::Plain(stream)) = self.stream.take() else {
            return Err(Error::other("TLS stands already"));
        };
        self.buffer.clear();
        self.stream = Some(Stream::Tls(Box::new(StreamOwned::new(tls::client(), stream))));
        Ok(())
    }

    /// Says XCLIENT, so that the message comes from that peer.
    pub fn pose_as(&mut self, ip: &str, helo: &str) -> std::io::Result<()> {
        self.say(&format!("XCLIENT ADDR={ip} NAME=[UNAVAILABLE]"))?;
        self.say(&format!("EHLO {helo}")).map(drop)
    }

    /// MAIL and RCPT, each of which has to be taken, then DATA with this message (any line ends); its final reply.
    pub fn send_message(&mut self, from: &str, recipients: &[&str], message: &[u8]) -> std::io::Result<Reply> {
        let body = if message.is_ascii() { "" } else { " BODY=8BITMIME" };
        self.say(&format!("MAIL FROM:<{from}>{body}"))?;
        for recipient in recipients {
            self.say(&format!("RCPT TO:<{recipient}>"))?;
        }
        self.data(message)
    }

    /// DATA with this message (any line ends); its final reply.
    pub fn data(&mut self, message: &[u8]) -> std::io::Result<Reply> {
        self.say("DATA")?;
        self.send(&stuffed(message))?;
        self.reply()
    }
}

/// A message as DATA carries it: CRLF line ends, dots doubled, the end marked (RFC 5321 §4.5.2).
pub fn stuffed(message: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(message.len() + 16);
    for line in crate::maildir::with_crlf(message).split_inclusive(|byte| *byte == b'\n') {
        if line.first() == Some(&b'.') {
            out.push(b'.');
        }
        out.extend_from_slice(line);
    }
    if !out.ends_with(b"\r\n") {
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b".\r\n");
    out
}
