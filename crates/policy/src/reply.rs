//! The one mouth: every SMTP reply that speaks of a decision or a fault passes here.
//!
//! The peer sees a code, an enhanced code (RFC 3463) and a sentence that reveals no rule, with a reference that staff
//! and the recipient can look up. The private text is for the log and the record.

use crate::decision::Reason;

/// Octets of one reply line with its CRLF (RFC 5321 §4.5.3.1.5).
const LINE_LIMIT: usize = 512;
/// Lines of a next hop's reply that are passed on.
const PASSED_LINES: usize = 5;
/// Characters of each.
const PASSED_LENGTH: usize = 300;

/// A reply to an SMTP command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Three digits.
    pub code: u16,
    /// Enhanced status code, `None` for 220, 250 to EHLO, 354.
    pub enhanced: Option<(u8, u16, u16)>,
    /// What the peer reads. Printable ASCII, several lines where it holds `\n`.
    pub text: String,
    /// What staff read; never sent.
    pub private: String,
}

/// What a refusal points to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lookup<'a> {
    /// The reference that staff and the recipient can look up.
    pub reference: &'a str,
    /// The page where it can be looked up, if the operator named one; the reference is put at its end.
    pub page: Option<&'a str>,
}

impl Lookup<'_> {
    fn text(&self) -> String {
        match self.page {
            Some(page) => format!("Reference {} {}{}", self.reference, page, self.reference),
            None => format!("Reference {}", self.reference),
        }
    }
}

/// Refusals and faults, one function each.
impl Reply {
    /// The recipient's settings do not take this message: 550 5.7.1 by a list, a rule or a condition, 554 5.7.1 by what
    /// the message is. Which of them it was is for staff alone.
    pub fn refused(reason: &Reason, lookup: Lookup<'_>) -> Self {
        let code = match reason {
            Reason::Malware | Reason::Threshold { .. } | Reason::Kind { .. } => 554,
            Reason::Fault { what } => return Self::our_fault(what.clone()),
            Reason::RefuseList { .. }
            | Reason::ReceiveList { .. }
            | Reason::Keyword { .. }
            | Reason::Condition { .. }
            | Reason::Unknown { .. }
            | Reason::Duty
            | Reason::NoConsent
            | Reason::Nothing => 550,
        };
        Self::new(code, (5, 7, 1), format!("The recipient does not accept this message\n{}", lookup.text()))
            .privately(format!("refused by {}", reason.name()))
    }

    /// 550 5.1.1.
    pub fn unknown_user() -> Self {
        Self::new(550, (5, 1, 1), "No such user here")
    }

    /// 550 5.7.1: not an open relay.
    pub fn relay_denied() -> Self {
        Self::new(550, (5, 7, 1), "Relaying denied")
    }

    /// 554 5.4.6: more Received fields than a message can have that is not going round (RFC 5321 §6.3).
    pub fn mail_loop(hops: usize) -> Self {
        Self::new(554, (5, 4, 6), "Mail loop detected").privately(format!("{hops} Received fields"))
    }

    /// 452 4.5.3 (RFC 5321 §4.5.3.1.10).
    pub fn too_many_recipients() -> Self {
        Self::new(452, (4, 5, 3), "Too many recipients, send the message to the others separately")
    }

    /// 552 5.3.4; `limit` in octets.
    pub fn too_big(limit: u64) -> Self {
        Self::new(552, (5, 3, 4), format!("Message is larger than the {limit} octets accepted here"))
    }

    /// 553 5.1.3, or 501 5.1.7 for a sender: what stands there is not an address that is accepted.
    pub fn bad_recipient(problem: &message::address::BadAddress) -> Self {
        Self::new(553, (5, 1, 3), problem.to_string())
    }

    /// 501 5.1.7.
    pub fn bad_sender(problem: &message::address::BadAddress) -> Self {
        Self::new(501, (5, 1, 7), problem.to_string())
    }

    /// 554 5.5.1: DATA without a recipient.
    pub fn no_recipients() -> Self {
        Self::new(554, (5, 5, 1), "No valid recipients")
    }

    /// 550 5.6.0: bare CR or LF, which another server could take for the end of the message.
    pub fn bare_line_end() -> Self {
        Self::new(550, (5, 6, 0), "Message contains bare CR or LF, lines end with CRLF")
    }

    /// 421 4.7.0: too much at once from one side. The connection ends.
    pub fn too_much(private: impl Into<String>) -> Self {
        Self::new(421, (4, 7, 0), "Too much from you at once, please try again later").privately(private)
    }

    /// 421 4.4.2: nothing came in time. The connection ends.
    pub fn too_slow() -> Self {
        Self::new(421, (4, 4, 2), "Timeout waiting for you, closing connection")
    }

    /// 421 4.3.2: the server is stopping. The connection ends.
    pub fn shutting_down() -> Self {
        Self::new(421, (4, 3, 2), "Going down for maintenance, please try again later")
    }

    /// 451 4.3.0: our own fault, come again.
    pub fn our_fault(private: impl Into<String>) -> Self {
        Self::new(451, (4, 3, 0), "Temporary problem here, please try again later").privately(private)
    }

    /// 451 4.4.1: the next hop cannot be reached or does not answer. Come again.
    pub fn next_hop_away(private: impl Into<String>) -> Self {
        Self::new(451, (4, 4, 1), "The next mail server does not answer, please try again later").privately(private)
    }

    /// What the next hop said, passed on: the class of the code and of the enhanced code agree, other classes than 2, 4
    /// and 5 are our fault, and the text cannot break our dialogue.
    pub fn passed_on(code: u16, enhanced: Option<(u8, u16, u16)>, text: &str) -> Self {
        let class = match code {
            200..300 => 2,
            400..500 => 4,
            500..600 => 5,
            _ => return Self::our_fault(format!("the next hop answered {code} {}", one_line(text))),
        };
        let enhanced = enhanced.filter(|(first, ..)| *first == class).unwrap_or((class, 0, 0));
        let lines: Vec<String> = text
            .split(['\r', '\n'])
            .map(|line| printable(line).trim().chars().take(PASSED_LENGTH).collect::<String>())
            .filter(|line| !line.is_empty())
            .take(PASSED_LINES)
            .collect();
        let text = if lines.is_empty() { "The next mail server gave no reason".into() } else { lines.join("\n") };
        Self { code, enhanced: Some(enhanced), text, private: "as the next hop answered".into() }
    }
}

impl Reply {
    /// A reply with an enhanced code.
    pub fn new(code: u16, enhanced: (u8, u16, u16), text: impl Into<String>) -> Self {
        Self { code, enhanced: Some(enhanced), text: text.into(), private: String::new() }
    }

    /// With the text for staff.
    #[must_use]
    pub fn privately(mut self, text: impl Into<String>) -> Self {
        self.private = text.into();
        self
    }

    /// 250 2.0.0.
    pub fn accepted(text: impl Into<String>) -> Self {
        Self::new(250, (2, 0, 0), text)
    }

    /// Whether the peer should come again.
    pub fn is_temporary(&self) -> bool {
        self.code / 100 == 4
    }

    /// Whether the peer is told no for good.
    pub fn is_permanent(&self) -> bool {
        self.code / 100 == 5
    }

    /// Whether the peer is told yes.
    pub fn is_positive(&self) -> bool {
        self.code / 100 == 2
    }

    /// As it goes over the wire, CRLF at the end of each line, no line longer than RFC 5321 allows.
    pub fn wire(&self) -> String {
        let mut out = String::new();
        let lines: Vec<&str> = self.text.split('\n').collect();
        for (at, line) in lines.iter().enumerate() {
            let dash = if at + 1 < lines.len() { '-' } else { ' ' };
            let mut whole = match self.enhanced {
                Some((a, b, c)) => format!("{}{dash}{a}.{b}.{c} {}", self.code, printable(line)),
                None => format!("{}{dash}{}", self.code, printable(line)),
            };
            whole.truncate(LINE_LIMIT - 2);
            out.push_str(&whole);
            out.push_str("\r\n");
        }
        out
    }
}

/// Printable ASCII; everything else becomes `?`, so that one character stays one octet.
fn printable(line: &str) -> String {
    line.chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '?' }).collect()
}

fn one_line(text: &str) -> String {
    printable(text).chars().take(PASSED_LENGTH).collect()
}
