//! Where a message goes next, as the gate sees it. The ways of speaking (SMTP, LMTP, Maildir) live in `edge`.

use std::path::PathBuf;

use async_trait::async_trait;
use bytes::Bytes;
use message::{Address, Body, Peer, ReversePath};
use policy::Reply;

/// The next hop of a domain, as configured.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum NextHop {
    /// `smtp:host:port`.
    Smtp {
        /// Host name or address.
        host: String,
        /// Port.
        port: u16,
    },
    /// `lmtp:host:port`.
    Lmtp {
        /// Host name or address.
        host: String,
        /// Port.
        port: u16,
    },
    /// `lmtp:/path/of/socket`.
    LmtpSocket(PathBuf),
    /// `maildir:DIR`: a Maildir per address at `DIR/domain/local`.
    Maildir(PathBuf),
}

/// A message as it will be handed on: pieces of the received bytes with headers added, changed or left out.
/// Line ends are CRLF, dots are not stuffed.
#[derive(Clone, Debug, Default)]
pub struct Rendering {
    /// The pieces in order.
    pub pieces: Vec<Bytes>,
}

/// One onward transaction: recipients of one next hop who get the same rendering.
#[derive(Clone, Debug)]
pub struct Handover {
    /// Where to.
    pub hop: NextHop,
    /// Envelope sender.
    pub mail_from: ReversePath,
    /// Envelope recipients.
    pub recipients: Vec<Address>,
    /// The message.
    pub rendering: Rendering,
    /// SMTPUTF8 was asked for by the sender and is needed on.
    pub smtp_utf8: bool,
    /// BODY as the sender declared it.
    pub body: Body,
    /// Who sent it to us, for XFORWARD; `None` for a release.
    pub peer: Option<Peer>,
    /// Ask for NOTIFY=NEVER where DSN is offered (releases).
    pub notify_never: bool,
    /// When the answer must be here.
    pub deadline: tokio::time::Instant,
}

/// What the next hop said for one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Handed {
    /// It has the message.
    Accepted(Reply),
    /// It will never take it.
    Refused(Reply),
    /// Not now; or we could not reach it.
    Deferred(Reply),
}

/// What the next hop says of a recipient before there is a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verified {
    /// It would take it.
    Known,
    /// It would not, for good.
    Refused(Reply),
    /// It cannot say now.
    Unclear(Reply),
}

/// The way onward.
#[async_trait]
pub trait Onward: Send + Sync {
    /// Asks whether a recipient would be taken (MAIL, RCPT, RSET on a pooled connection; a Maildir takes everybody).
    async fn verify(
        &self,
        hop: &NextHop,
        mail_from: &ReversePath,
        recipient: &Address,
        deadline: tokio::time::Instant,
    ) -> Verified;

    /// Hands a message on. One answer for each recipient, in order. `Accepted` only when the next hop or the disk has it.
    async fn hand_over(&self, handover: Handover) -> Vec<Handed>;
}

impl NextHop {
    /// Reads `smtp:host:port`, `lmtp:host:port`, `lmtp:/socket`, `maildir:DIR`; IPv6 addresses in brackets.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (kind, rest) = text.split_once(':').ok_or_else(|| {
            format!("\"{text}\" is not a next hop; write smtp:host:port, lmtp:host:port, lmtp:/socket or maildir:DIR")
        })?;
        match kind {
            "smtp" => host_port(rest, 25).map(|(host, port)| Self::Smtp { host, port }),
            "lmtp" if rest.starts_with('/') => Ok(Self::LmtpSocket(rest.into())),
            "lmtp" => host_port(rest, 24).map(|(host, port)| Self::Lmtp { host, port }),
            "maildir" if rest.is_empty() => Err("maildir: needs a folder, such as maildir:/var/mail".into()),
            "maildir" => Ok(Self::Maildir(rest.into())),
            other => Err(format!("next hops are smtp:, lmtp: or maildir:, not \"{other}:\"")),
        }
    }
}

impl std::fmt::Display for NextHop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Smtp { host, port } => write!(f, "smtp:{host}:{port}"),
            Self::Lmtp { host, port } => write!(f, "lmtp:{host}:{port}"),
            Self::LmtpSocket(path) => write!(f, "lmtp:{}", path.display()),
            Self::Maildir(folder) => write!(f, "maildir:{}", folder.display()),
        }
    }
}

impl Rendering {
    /// Octets in all.
    pub fn len(&self) -> usize {
        self.pieces.iter().map(Bytes::len).sum()
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether any octet is beyond ASCII (needs 8BITMIME or the sender's word for it).
    pub fn is_eight_bit(&self) -> bool {
        self.pieces.iter().any(|piece| !piece.is_ascii())
    }
}

fn host_port(text: &str, default: u16) -> Result<(String, u16), String> {
    let bad = || format!("\"{text}\" is not host:port");
    if let Some(rest) = text.strip_prefix('[') {
        let (host, after) = rest.split_once(']').ok_or_else(bad)?;
        let port = match after.strip_prefix(':') {
            Some(port) => port.parse().map_err(|_| bad())?,
            None if after.is_empty() => default,
            None => return Err(bad()),
        };
        return Ok((host.to_owned(), port));
    }
    match text.rsplit_once(':') {
        Some((host, port)) if !host.is_empty() => Ok((host.to_owned(), port.parse().map_err(|_| bad())?)),
        Some(_) => Err(bad()),
        None if text.is_empty() => Err(bad()),
        None => Ok((text.to_owned(), default)),
    }
}
