//! The message after DATA or BDAT, taken in piece by piece (RFC 5321 §4.5.2, §2.3.8).
//!
//! Only CRLF.CRLF ends DATA. A bare CR or LF, on which servers differ and which smuggling lives on, never gets through
//! as it came: it is refused after the true end, or normalised, by configuration. The result does not depend on how
//! the input was split into reads; nothing is kept of a message that is refused.

use bytes::{Bytes, BytesMut};

/// What to do with bare CR, bare LF and NUL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BareLineEnds {
    /// The message is refused.
    Refuse,
    /// A bare LF becomes CRLF, a bare CR and a NUL become a space.
    Normalise,
}

/// How the end of the message is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// DATA: dots are stuffed, CRLF.CRLF ends it.
    Dots,
    /// BDAT: the caller counts; dots mean nothing.
    Counted,
}

/// Why a message is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is longer than the limit.
    TooLarge,
    /// A CR without LF.
    BareCr,
    /// An LF without CR.
    BareLf,
    /// A NUL octet (RFC 5322 §4 allowed it once; nobody agrees what it means).
    Nul,
    /// The server has no memory for it now.
    NoRoom,
}

/// Takes a message in.
#[derive(Debug)]
pub struct MessageReader {
    framing: Framing,
    bare: BareLineEnds,
    limit: usize,
    state: State,
    kept: BytesMut,
    fault: Option<Fault>,
}

/// How far a piece of input was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fed {
    /// Octets that belong to the message; what follows them belongs to the next command.
    pub taken: usize,
    /// Whether CRLF.CRLF was seen.
    pub ended: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    LineStart,
    Text,
    Cr,
    Dot,
    DotCr,
    Ended,
}

impl MessageReader {
    /// A reader for one message of at most `limit` octets.
    pub fn new(framing: Framing, bare: BareLineEnds, limit: usize) -> Self {
        Self { framing, bare, limit, state: State::LineStart, kept: BytesMut::new(), fault: None }
    }

    /// Reads on. With [`Framing::Counted`] everything given is taken.
    pub fn feed(&mut self, input: &[u8]) -> Fed {
        let mut at = 0;
        while at < input.len() && self.state != State::Ended {
            if self.state == State::Text {
                let run = input[at..].iter().position(|b| matches!(b, b'\r' | b'\n' | 0)).unwrap_or(input.len() - at);
                if run > 0 {
                    self.keep(&input[at..at + run]);
                    at += run;
                    continue;
                }
            }
            self.step(input[at]);
            at += 1;
        }
        Fed { taken: at, ended: self.state == State::Ended }
    }

    /// Octets kept so far.
    pub fn len(&self) -> usize {
        self.kept.len()
    }

    /// Whether nothing is kept.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// Why the message will not be taken, as far as is known.
    pub fn fault(&self) -> Option<Fault> {
        self.fault
    }

    /// Stops keeping the message, for a reason of the caller. The first reason stands.
    pub fn refuse(&mut self, fault: Fault) {
        if self.fault.is_none() {
            self.fault = Some(fault);
            self.kept = BytesMut::new();
        }
    }

    /// The message, dots unstuffed.
    pub fn finish(mut self) -> Result<Bytes, Fault> {
        if self.state == State::Cr {
            self.bare_cr();
        }
        match self.fault {
            Some(fault) => Err(fault),
            None => Ok(self.kept.freeze()),
        }
    }

    fn step(&mut self, octet: u8) {
        match (self.state, octet) {
            (State::LineStart, b'.') if self.framing == Framing::Dots => self.state = State::Dot,
            (State::Dot, b'\r') => self.state = State::DotCr,
            (State::DotCr, b'\n') => self.state = State::Ended,
            (State::Cr, b'\n') => {
                self.keep(b"\r\n");
                self.state = State::LineStart;
            }
            (State::DotCr | State::Cr, octet) => {
                self.bare_cr();
                self.text(octet);
            }
            // A dot at the start of a line that is not alone was stuffed: it is dropped.
            (State::LineStart | State::Dot | State::Text, octet) => self.text(octet),
            (State::Ended, _) => {}
        }
    }

    fn text(&mut self, octet: u8) {
        self.state = State::Text;
        match octet {
            b'\r' => self.state = State::Cr,
            b'\n' => match self.bare {
                BareLineEnds::Refuse => self.refuse(Fault::BareLf),
                // The state stays Text: a dot after a bare LF is not stuffing, and alone on its line ends nothing.
                BareLineEnds::Normalise => self.keep(b"\r\n"),
            },
            0 => match self.bare {
                BareLineEnds::Refuse => self.refuse(Fault::Nul),
                BareLineEnds::Normalise => self.keep(b" "),
            },
            octet => self.keep(&[octet]),
        }
    }

    fn bare_cr(&mut self) {
        match self.bare {
            BareLineEnds::Refuse => self.refuse(Fault::BareCr),
            BareLineEnds::Normalise => self.keep(b" "),
        }
    }

    fn keep(&mut self, octets: &[u8]) {
        if self.fault.is_some() {
            return;
        }
        if self.kept.len() + octets.len() > self.limit {
            return self.refuse(Fault::TooLarge);
        }
        self.kept.extend_from_slice(octets);
    }
}
