//! The one mouth: every SMTP reply that speaks of a decision or a fault passes here.
//!
//! The peer sees a code, an enhanced code (RFC 3463) and a sentence that reveals no rule, with a reference that staff
//! and the recipient can look up. The private text is for the log and the record.

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

    /// 451 4.3.0: our own fault, come again.
    pub fn our_fault(private: impl Into<String>) -> Self {
        Self::new(451, (4, 3, 0), "Temporary problem here, please try again later").privately(private)
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

    /// As it goes over the wire, CRLF at the end of each line.
    pub fn wire(&self) -> String {
        let mut out = String::new();
        let lines: Vec<&str> = self.text.split('\n').collect();
        for (at, line) in lines.iter().enumerate() {
            let dash = if at + 1 < lines.len() { '-' } else { ' ' };
            let clean: String = line.chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '?' }).collect();
            match self.enhanced {
                Some((a, b, c)) => out.push_str(&format!("{}{dash}{a}.{b}.{c} {clean}\r\n", self.code)),
                None => out.push_str(&format!("{}{dash}{clean}\r\n", self.code)),
            }
        }
        out
    }
}
