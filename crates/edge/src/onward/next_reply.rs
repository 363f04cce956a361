//! A reply of the next hop, read with bounds, and what it means for us and for the peer that waits.

use checkpoint::{Handed, NextHop};
use policy::Reply;

/// What a next hop said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NextReply {
    pub(super) code: u16,
    pub(super) enhanced: Option<(u8, u16, u16)>,
    /// Lines without codes, printable ASCII.
    pub(super) lines: Vec<String>,
}

/// Lines of one reply that are read.
const LINES: usize = 100;
/// Characters of a next hop's text that are passed on.
const TEXT: usize = 400;

/// A reply line by line.
#[derive(Debug, Default)]
pub(super) struct Gathering {
    code: Option<u16>,
    lines: Vec<String>,
}

/// The next hop does not speak SMTP.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NotAReply;

impl Gathering {
    /// Takes one line without its end; gives the reply when it was the last.
    pub(super) fn take(&mut self, line: &[u8]) -> Result<Option<NextReply>, NotAReply> {
        let (digits, rest) = line.split_at_checked(3).ok_or(NotAReply)?;
        let code = std::str::from_utf8(digits).ok().and_then(|text| text.parse::<u16>().ok()).ok_or(NotAReply)?;
        if !(200..600).contains(&code) || self.code.is_some_and(|before| before != code) || self.lines.len() >= LINES {
            return Err(NotAReply);
        }
        self.code = Some(code);
        let (more, text) = match rest {
            [b'-', text @ ..] => (true, text),
            [b' ', text @ ..] => (false, text),
            [] => (false, rest),
            _ => return Err(NotAReply),
        };
        let printable = |octet: &u8| if octet.is_ascii_graphic() || *octet == b' ' { char::from(*octet) } else { '?' };
        self.lines.push(text.iter().map(printable).collect());
        if more {
            return Ok(None);
        }
        Ok(Some(NextReply::new(code, std::mem::take(&mut self.lines))))
    }
}

impl NextReply {
    fn new(code: u16, mut lines: Vec<String>) -> Self {
        let enhanced = lines.first().and_then(|line| enhanced(line)).filter(|found| u16::from(found.0) == code / 100);
        if let Some((a, b, c)) = enhanced {
            let prefix = format!("{a}.{b}.{c}");
            for line in &mut lines {
                if let Some(rest) = line.strip_prefix(&prefix) {
                    *line = rest.trim_start().to_owned();
                }
            }
        }
        Self { code, enhanced, lines }
    }

    pub(super) fn is_positive(&self) -> bool {
        self.code / 100 == 2
    }

    /// The next hop is closing the connection.
    pub(super) fn is_goodbye(&self) -> bool {
        self.code == 421 || self.code == 521
    }

    /// As a reply of ours. The next hop's 421 is about its connection with us, not about ours with the peer.
    pub(super) fn pass_on(&self, hop: &NextHop) -> Reply {
        let code = match self.code {
            200..=299 => 250,
            450..=452 | 455 | 550..=555 => self.code,
            400..=499 => 451,
            _ if self.is_about_us() => 451,
            _ => 550,
        };
        let class = u8::try_from(code / 100).unwrap_or(4);
        let enhanced = self.enhanced.filter(|found| found.0 == class).unwrap_or((class, 0, 0));
        let text: String = self.lines.join("\n").chars().take(TEXT).collect();
        Reply::new(code, enhanced, text).privately(format!("{hop} said {} {}", self.code, self.lines.join(" / ")))
    }

    /// As the outcome for a recipient.
    pub(super) fn outcome(&self, hop: &NextHop) -> Handed {
        let reply = self.pass_on(hop);
        match reply.code / 100 {
            2 => Handed::Accepted(reply),
            5 => Handed::Refused(reply),
            _ => {
                if self.code / 100 == 5 {
                    tracing::warn!(%hop, code = self.code, "the next hop does not want us at all; mail waits");
                }
                Handed::Deferred(reply)
            }
        }
    }

    /// Permanent, but about how we are set up (TLS or AUTH demanded, wrong order), so the mail has to wait for us.
    fn is_about_us(&self) -> bool {
        matches!(self.code, 503 | 521 | 530 | 534 | 535 | 538) || self.code < 200 || self.code / 100 == 3
    }
}

fn enhanced(line: &str) -> Option<(u8, u16, u16)> {
    let mut numbers = line.split(' ').next()?.splitn(3, '.');
    let class = numbers.next()?.parse().ok()?;
    let subject = numbers.next()?.parse().ok().filter(|n| *n < 1_000)?;
    let detail = numbers.next()?.parse().ok().filter(|n| *n < 1_000)?;
    Some((class, subject, detail))
}
