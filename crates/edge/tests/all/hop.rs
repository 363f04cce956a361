//! A next hop that does what a test tells it, and remembers every octet it was sent.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use checkpoint::NextHop;
use edge::smtp::Dialect;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// How it behaves.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    pub(crate) dialect: Dialect,
    pub(crate) greeting: &'static str,
    pub(crate) offers: Vec<&'static str>,
    /// Replies to commands that begin so; the first that fits. An empty reply closes the connection.
    pub(crate) replies: Vec<(&'static str, &'static str)>,
    /// Replies after the message, for LMTP one for each recipient.
    pub(crate) answers: Vec<&'static str>,
    /// Transactions after which it closes without a word.
    pub(crate) closes_after: Option<usize>,
    /// It closes when it has read this many lines of a message.
    pub(crate) closes_within: Option<usize>,
}

impl Script {
    pub(crate) fn smtp() -> Self {
        Self {
            dialect: Dialect::Smtp,
            greeting: "220 next.example ESMTP",
            offers: vec!["PIPELINING", "SIZE 1000000", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES"],
            replies: Vec::new(),
            answers: vec!["250 2.0.0 queued as 42"],
            closes_after: None,
            closes_within: None,
        }
    }

    pub(crate) fn lmtp(answers: Vec<&'static str>) -> Self {
        Self { dialect: Dialect::Lmtp, answers, ..Self::smtp() }
    }

    pub(crate) fn offering(offers: &[&'static str]) -> Self {
        Self { offers: offers.to_vec(), ..Self::smtp() }
    }

    pub(crate) fn saying(replies: &[(&'static str, &'static str)]) -> Self {
        Self { replies: replies.to_vec(), ..Self::smtp() }
    }
}

#[derive(Debug, Default)]
struct Seen {
    connections: usize,
    commands: Vec<String>,
    messages: Vec<Vec<u8>>,
}

pub(crate) struct Hop {
    pub(crate) at: SocketAddr,
    seen: Arc<Mutex<Seen>>,
    dialect: Dialect,
}

impl Hop {
    pub(crate) async fn start(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let at = listener.local_addr().expect("its number");
        let seen = Arc::new(Mutex::new(Seen::default()));
        let (shared, dialect) = (seen.clone(), script.dialect);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                lock(&shared).connections += 1;
                let (script, shared) = (script.clone(), shared.clone());
                tokio::spawn(async move {
                    // A client that goes away ends the conversation.
                    let _ = converse(stream, &script, &shared).await;
                });
            }
        });
        Self { at, seen, dialect }
    }

    pub(crate) fn way(&self) -> NextHop {
        let (host, port) = (self.at.ip().to_string(), self.at.port());
        match self.dialect {
            Dialect::Smtp => NextHop::Smtp { host, port },
            Dialect::Lmtp => NextHop::Lmtp { host, port },
        }
    }

    pub(crate) fn connections(&self) -> usize {
        lock(&self.seen).connections
    }

    pub(crate) fn commands(&self) -> Vec<String> {
        lock(&self.seen).commands.clone()
    }

    /// Messages as they went over the wire, with their final dots.
    pub(crate) fn messages(&self) -> Vec<Vec<u8>> {
        lock(&self.seen).messages.clone()
    }
}

fn lock(seen: &Mutex<Seen>) -> std::sync::MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn converse(stream: TcpStream, script: &Script, seen: &Mutex<Seen>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    say(&mut stream, script.greeting).await?;
    let mut transactions = 0;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let command = line.trim_end().to_owned();
        lock(seen).commands.push(command.clone());
        let told = script.replies.iter().find(|(start, _)| command.starts_with(start));
        if let Some((_, reply)) = told {
            if reply.is_empty() {
                return Ok(());
            }
            say(&mut stream, reply).await?;
            if !reply.starts_with("354") {
                continue;
            }
        }
        match command.split(' ').next().unwrap_or_default() {
            "EHLO" | "LHLO" => {
                let mut lines = vec!["next.example"];
                lines.extend(&script.offers);
                let last = lines.len() - 1;
                let mark = |at| if at == last { ' ' } else { '-' };
                let lines: Vec<String> =
                    lines.iter().enumerate().map(|(at, line)| format!("250{}{line}", mark(at))).collect();
                say(&mut stream, &lines.join("\r\n")).await?;
            }
            "DATA" => {
                if told.is_none() {
                    say(&mut stream, "354 go on").await?;
                }
                if !read_message(&mut stream, script, seen).await? {
                    return Ok(());
                }
                for answer in &script.answers {
                    if answer.is_empty() {
                        return Ok(());
                    }
                    say(&mut stream, answer).await?;
                }
                transactions += 1;
                if script.closes_after == Some(transactions) {
                    return Ok(());
                }
            }
            "QUIT" => return say(&mut stream, "221 bye").await,
            _ => say(&mut stream, "250 2.0.0 ok").await?,
        }
    }
}

/// Reads to CRLF.CRLF and nothing else.
async fn read_message(stream: &mut BufReader<TcpStream>, script: &Script, seen: &Mutex<Seen>) -> std::io::Result<bool> {
    let mut message = Vec::new();
    let mut lines = 0;
    while !(message == b".\r\n" || message.ends_with(b"\r\n.\r\n")) {
        if stream.read_until(b'\n', &mut message).await? == 0 || script.closes_within == Some(lines) {
            return Ok(false);
        }
        lines += 1;
    }
    lock(seen).messages.push(message);
    Ok(true)
}

async fn say(stream: &mut BufReader<TcpStream>, text: &str) -> std::io::Result<()> {
    stream.write_all(format!("{text}\r\n").as_bytes()).await
}
