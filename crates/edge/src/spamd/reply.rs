//! Replies, byte for byte as spamd says them in each version of the protocol, and as rspamd's older protocol does. Pure.

use super::request::{Dialect, Verb};

/// What a reply says of a message.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    /// Whether it is marked.
    pub spam: bool,
    /// Its points.
    pub points: f64,
    /// The points that the decision took.
    pub required: f64,
    /// Symbols with their points.
    pub symbols: Vec<(String, f64)>,
    /// rspamd's name of what happens.
    pub action: &'static str,
    /// Message-ID; empty where there is none.
    pub message_id: String,
}

/// Exit codes of `sysexits.h` that spamd says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The request is not understood.
    Protocol,
    /// The message is larger than what is taken.
    TooLarge,
    /// There is no such person.
    NoUser,
    /// This client may not.
    NoPermission,
    /// Not now: the client tries again, or lets its mail server do so.
    Temporary,
    /// The client was too slow.
    Timeout,
}

impl Failure {
    fn words(self) -> &'static str {
        match self {
            Self::Protocol => "76 EX_PROTOCOL Bad header line:",
            Self::TooLarge => "65 EX_DATAERR",
            Self::NoUser => "67 EX_NOUSER",
            Self::NoPermission => "77 EX_NOPERM",
            Self::Temporary => "75 EX_TEMPFAIL",
            Self::Timeout => "79 EX_TIMEOUT",
        }
    }
}

/// Something is wrong. The text is one line.
pub fn failed(failure: Failure, why: &str) -> Vec<u8> {
    let why: String = why.chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect();
    format!("SPAMD/1.0 {} {why}\r\n", failure.words()).into_bytes()
}

/// The answer to PING.
pub fn pong() -> Vec<u8> {
    b"SPAMD/1.5 0 PONG\r\n".to_vec()
}

/// The answer to TELL.
pub fn told(set: bool, removed: bool) -> Vec<u8> {
    let mut out = String::from("SPAMD/1.1 0 EX_OK\r\n");
    if set {
        out.push_str("DidSet: local\r\n");
    }
    if removed {
        out.push_str("DidRemove: local\r\n");
    }
    out.push_str("\r\n\r\n");
    out.into_bytes()
}

/// The answer to CHECK, SYMBOLS, REPORT and REPORT_IFSPAM, where `text` is what the verb asks for.
pub fn checked(verb: Verb, version: u32, said: &Said, text: &str) -> Vec<u8> {
    let spam = spam_line(verb, said);
    match (verb, version) {
        (Verb::Check, _) => format!("SPAMD/1.1 0 EX_OK\r\n{spam}\r\n\r\n").into_bytes(),
        // From 1.3 on there may be more than one field.
        (_, 13..) => {
            format!("SPAMD/1.1 0 EX_OK\r\nContent-length: {}\r\n{spam}\r\n\r\n{text}", text.len()).into_bytes()
        }
        (Verb::Symbols, _) => format!("SPAMD/1.1 0 EX_OK\r\n{spam}\r\n\r\n{text}\r\n").into_bytes(),
        _ => format!("SPAMD/1.1 0 EX_OK\r\n{spam}\r\n\r\n{text}").into_bytes(),
    }
}

/// The answer to PROCESS and HEADERS.
pub fn processed(verb: Verb, version: u32, said: &Said, message: &[u8]) -> Vec<u8> {
    let (spam, length) = (spam_line(verb, said), message.len());
    let head = match version {
        13.. => format!("SPAMD/1.1 0 EX_OK\r\nContent-length: {length}\r\n{spam}\r\n\r\n"),
        12 => format!("SPAMD/1.1 0 EX_OK\r\nContent-length: {length}\r\n\r\n"),
        // Before 1.2 no field at all is expected.
        _ => "SPAMD/1.0 0 EX_OK\r\n".to_owned(),
    };
    let mut out = head.into_bytes();
    out.extend_from_slice(message);
    out
}

/// `Spam: True ; 7.3 / 5.0`
fn spam_line(verb: Verb, said: &Said) -> String {
    let word = match (verb, said.spam) {
        (Verb::ReportIfSpam, true) => "Yes",
        (Verb::ReportIfSpam, false) => "No",
        (_, true) => "True",
        (_, false) => "False",
    };
    let (points, required) = numbers(said, 1);
    format!("Spam: {word} ; {points} / {required}")
}

/// The answer in rspamd's older protocol; it ends with the connection.
pub fn metric(dialect: Dialect, said: &Said) -> Vec<u8> {
    debug_assert_eq!(dialect, Dialect::Rspamc);
    let (points, required) = numbers(said, 2);
    let word = if said.spam { "True" } else { "False" };
    let mut out = format!("RSPAMD/1.3 0 EX_OK\r\nMetric: default; {word}; {points} / {required} / 0.0\r\n");
    out.push_str(&format!("Action: {}\r\n", said.action));
    for (symbol, points) in &said.symbols {
        out.push_str(&format!("Symbol: {symbol}({points:.2})\r\n"));
    }
    let id: String = said.message_id.chars().filter(|c| !c.is_control()).collect();
    out.push_str(&format!("Message-ID: {}\r\n", if id.is_empty() { "undef" } else { &id }));
    out.into_bytes()
}

/// Both numbers, rounded so that comparing what is printed gives what was decided.
pub fn numbers(said: &Said, decimals: usize) -> (String, String) {
    let unit = 10f64.powi(i32::try_from(decimals).unwrap_or(1));
    let rounded = |value: f64| (value * unit).round() / unit;
    let required = rounded(said.required);
    let points = match (said.spam, rounded(said.points)) {
        (true, points) => points.max(required),
        (false, points) if points >= required => rounded(required - 1.0 / unit),
        (false, points) => points,
    };
    // No `-0.0`.
    (format!("{:.decimals$}", points + 0.0), format!("{:.decimals$}", required + 0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(spam: bool, points: f64) -> Said {
        Said {
            spam,
            points,
            required: 5.0,
            symbols: vec![("A_B".into(), 7.25)],
            action: "add header",
            message_id: String::new(),
        }
    }

    #[test]
    fn every_verb_in_every_version() {
        let yes = said(true, 7.31);
        let rows: [(Verb, u32, &str); 8] = [
            (Verb::Check, 15, "SPAMD/1.1 0 EX_OK\r\nSpam: True ; 7.3 / 5.0\r\n\r\n"),
            (Verb::Check, 12, "SPAMD/1.1 0 EX_OK\r\nSpam: True ; 7.3 / 5.0\r\n\r\n"),
            (Verb::Symbols, 15, "SPAMD/1.1 0 EX_OK\r\nContent-length: 3\r\nSpam: True ; 7.3 / 5.0\r\n\r\nabc"),
            (Verb::Symbols, 12, "SPAMD/1.1 0 EX_OK\r\nSpam: True ; 7.3 / 5.0\r\n\r\nabc\r\n"),
            (Verb::Report, 15, "SPAMD/1.1 0 EX_OK\r\nContent-length: 3\r\nSpam: True ; 7.3 / 5.0\r\n\r\nabc"),
            (Verb::Report, 12, "SPAMD/1.1 0 EX_OK\r\nSpam: True ; 7.3 / 5.0\r\n\r\nabc"),
            (Verb::ReportIfSpam, 13, "SPAMD/1.1 0 EX_OK\r\nContent-length: 3\r\nSpam: Yes ; 7.3 / 5.0\r\n\r\nabc"),
            (Verb::ReportIfSpam, 12, "SPAMD/1.1 0 EX_OK\r\nSpam: Yes ; 7.3 / 5.0\r\n\r\nabc"),
        ];
        for (verb, version, expected) in rows {
            assert_eq!(String::from_utf8_lossy(&checked(verb, version, &yes, "abc")), expected, "{verb:?} {version}");
        }
        let rows: [(u32, &str); 3] = [
            (15, "SPAMD/1.1 0 EX_OK\r\nContent-length: 3\r\nSpam: True ; 7.3 / 5.0\r\n\r\nabc"),
            (12, "SPAMD/1.1 0 EX_OK\r\nContent-length: 3\r\n\r\nabc"),
            (11, "SPAMD/1.0 0 EX_OK\r\nabc"),
        ];
        for (version, expected) in rows {
            assert_eq!(
                String::from_utf8_lossy(&processed(Verb::Process, version, &yes, b"abc")),
                expected,
                "{version}"
            );
        }
        assert_eq!(told(true, false), b"SPAMD/1.1 0 EX_OK\r\nDidSet: local\r\n\r\n\r\n");
        assert_eq!(failed(Failure::Temporary, "a\r\nb"), b"SPAMD/1.0 75 EX_TEMPFAIL a  b\r\n");
    }

    #[test]
    fn the_older_protocol_of_rspamd() {
        let told = metric(Dialect::Rspamc, &said(false, 4.999));
        let expected = "RSPAMD/1.3 0 EX_OK\r\nMetric: default; False; 4.99 / 5.00 / 0.0\r\nAction: add header\r\n\
            Symbol: A_B(7.25)\r\nMessage-ID: undef\r\n";
        assert_eq!(String::from_utf8_lossy(&told), expected);
    }

    #[test]
    fn comparing_the_printed_numbers_gives_the_decision() {
        for (spam, points, printed) in
            [(true, 4.96, "5.0"), (false, 4.96, "4.9"), (false, -0.01, "0.0"), (true, 5.0, "5.0")]
        {
            assert_eq!(numbers(&said(spam, points), 1), (printed.to_owned(), "5.0".to_owned()), "{spam} {points}");
        }
    }
}
