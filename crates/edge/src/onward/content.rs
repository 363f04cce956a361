//! The octets of a message on their way out: checked for bare line ends, dots stuffed (RFC 5321 §4.5.2).

use checkpoint::Rendering;

/// Whether every CR is followed by LF and every LF preceded by CR, across the pieces.
pub(super) fn has_clean_line_ends(rendering: &Rendering) -> bool {
    let mut after_cr = false;
    for octet in rendering.pieces.iter().flatten() {
        match (after_cr, octet) {
            (true, b'\n') => after_cr = false,
            (true, _) | (false, b'\n') => return false,
            (false, b'\r') => after_cr = true,
            (false, _) => {}
        }
    }
    !after_cr
}

/// Whether the header section, up to the first empty line, is ASCII (else SMTPUTF8 is needed, RFC 6532).
pub(super) fn has_ascii_header(rendering: &Rendering) -> bool {
    let mut line_length = 0;
    for octet in rendering.pieces.iter().flatten() {
        match octet {
            b'\n' if line_length == 0 => return true,
            b'\n' => line_length = 0,
            b'\r' => {}
            octet if octet.is_ascii() => line_length += 1,
            _ => return false,
        }
    }
    true
}

/// Stuffs dots, keeping its place between calls.
#[derive(Debug)]
pub(super) struct Stuffing {
    line_start: bool,
    ended_line: bool,
}

impl Stuffing {
    pub(super) fn new() -> Self {
        Self { line_start: true, ended_line: true }
    }

    /// Gives the octets of one piece to `out`, in runs.
    pub(super) fn stuff<'a>(&mut self, piece: &'a [u8], mut out: impl FnMut(&'a [u8])) {
        for line in piece.split_inclusive(|octet| *octet == b'\n') {
            if self.line_start && line.first() == Some(&b'.') {
                out(b".");
            }
            out(line);
            self.line_start = line.ends_with(b"\n");
        }
        self.ended_line = self.line_start;
    }

    /// What ends the message: CRLF first, where the last line had none.
    pub(super) fn end(&self) -> &'static [u8] {
        if self.ended_line { b".\r\n" } else { b"\r\n.\r\n" }
    }
}
