//! What a next hop offered in its answer to EHLO or LHLO.

use super::next_reply::NextReply;

/// Extensions that matter to us.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Capabilities {
    pub(super) pipelining: bool,
    /// SIZE: the bound, if one was named (0 means none, RFC 1870 §4).
    pub(super) size: Option<Option<u64>>,
    pub(super) eight_bit: bool,
    pub(super) smtp_utf8: bool,
    pub(super) dsn: bool,
    pub(super) start_tls: bool,
    /// XFORWARD with the attributes offered.
    pub(super) xforward: Vec<String>,
}

impl Capabilities {
    /// Reads the lines after the first, which is only a greeting.
    pub(super) fn read(reply: &NextReply) -> Self {
        let mut found = Self::default();
        for line in reply.lines.iter().skip(1) {
            let mut words = line.split_ascii_whitespace();
            match words.next().unwrap_or_default().to_ascii_uppercase().as_str() {
                "PIPELINING" => found.pipelining = true,
                "SIZE" => {
                    found.size = Some(words.next().and_then(|word| word.parse().ok()).filter(|bound| *bound > 0));
                }
                "8BITMIME" => found.eight_bit = true,
                "SMTPUTF8" => found.smtp_utf8 = true,
                "DSN" => found.dsn = true,
                "STARTTLS" => found.start_tls = true,
                "XFORWARD" => found.xforward = words.map(str::to_ascii_uppercase).collect(),
                _ => {}
            }
        }
        found
    }

    /// The most octets that one message may have.
    pub(super) fn size_bound(&self) -> Option<u64> {
        self.size.flatten()
    }
}
