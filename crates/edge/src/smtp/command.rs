//! One command line read into an enum (RFC 5321 §4.1, RFC 2033, RFC 3030, Postfix XCLIENT and XFORWARD).
//!
//! Pure and small, so that it can be fuzzed: bytes in, a command or a reason out. A line comes without its CRLF.

use message::{Address, BadAddress, ReversePath};
use policy::Reply;

use super::parameters::{self, MailParameters};

/// A command that a peer gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// EHLO with the name given.
    Ehlo(String),
    /// HELO with the name given.
    Helo(String),
    /// LHLO with the name given (RFC 2033).
    Lhlo(String),
    /// MAIL FROM.
    Mail {
        /// The sender.
        from: ReversePath,
        /// Its parameters.
        parameters: MailParameters,
        /// Whether the path was written in ASCII alone (else SMTPUTF8 is needed, RFC 6531 §3.2).
        ascii: bool,
    },
    /// RCPT TO.
    Rcpt {
        /// The recipient.
        to: Recipient,
        /// Whether the path was written in ASCII alone.
        ascii: bool,
    },
    /// DATA.
    Data,
    /// BDAT (RFC 3030).
    Bdat {
        /// Octets that follow.
        octets: u64,
        /// Whether this chunk is the last one.
        last: Last,
    },
    /// RSET.
    Rset,
    /// NOOP.
    Noop,
    /// QUIT.
    Quit,
    /// HELP.
    Help,
    /// VRFY.
    Vrfy,
    /// EXPN.
    Expn,
    /// STARTTLS (RFC 3207).
    StartTls,
    /// XCLIENT with its attributes as written.
    Xclient(String),
    /// XFORWARD with its attributes as written.
    Xforward(String),
    /// AUTH, which this port does not speak.
    Auth,
}

/// Whether a chunk of BDAT ends the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Last {
    /// More chunks follow.
    No,
    /// The message is complete.
    Yes,
}

/// The argument of RCPT TO.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recipient {
    /// An ordinary address.
    Address(Address),
    /// `<Postmaster>` without a domain (RFC 5321 §4.1.1.3).
    Postmaster,
}

/// Why a line is not a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadCommand {
    /// No such verb.
    Unknown,
    /// The verb of another protocol: an HTTP request that a browser or a proxy was talked into sending.
    OtherProtocol,
    /// The line is not UTF-8, or holds control characters.
    Characters,
    /// The verb is known, its arguments are not as they should be.
    Arguments(&'static str),
    /// A parameter that was not offered (RFC 5321 §4.1.1.11).
    Parameter,
    /// The sender is not an address.
    Sender(BadAddress),
    /// The recipient is not an address.
    Recipient(BadAddress),
}

impl Command {
    /// Reads a line without its line end.
    pub fn parse(line: &[u8]) -> Result<Self, BadCommand> {
        let text = std::str::from_utf8(line).map_err(|_| BadCommand::Characters)?;
        if text.chars().any(|c| c.is_control() && c != '\t') {
            return Err(BadCommand::Characters);
        }
        let text = text.trim_end_matches([' ', '\t']);
        let (verb, argument) = match text.find([' ', '\t']) {
            Some(at) => (&text[..at], text[at..].trim_matches([' ', '\t'])),
            None => (text, ""),
        };
        match verb.to_ascii_uppercase().as_str() {
            "EHLO" => name(argument).map(Self::Ehlo),
            "HELO" => name(argument).map(Self::Helo),
            "LHLO" => name(argument).map(Self::Lhlo),
            "MAIL" => mail(argument),
            "RCPT" => rcpt(argument),
            "DATA" => alone(argument, Self::Data),
            "BDAT" => bdat(argument),
            "RSET" => alone(argument, Self::Rset),
            "QUIT" => alone(argument, Self::Quit),
            "STARTTLS" => alone(argument, Self::StartTls),
            "NOOP" => Ok(Self::Noop),
            "HELP" => Ok(Self::Help),
            "VRFY" => Ok(Self::Vrfy),
            "EXPN" => Ok(Self::Expn),
            "AUTH" => Ok(Self::Auth),
            "XCLIENT" => Ok(Self::Xclient(argument.to_owned())),
            "XFORWARD" => Ok(Self::Xforward(argument.to_owned())),
            "GET" | "POST" | "CONNECT" | "OPTIONS" | "PUT" => Err(BadCommand::OtherProtocol),
            _ => Err(BadCommand::Unknown),
        }
    }
}

impl BadCommand {
    /// What the peer is told.
    pub fn reply(&self) -> Reply {
        match self {
            Self::Unknown => Reply::new(500, (5, 5, 1), "Command not known"),
            Self::OtherProtocol => Reply::new(421, (5, 7, 0), "This is a mail server"),
            Self::Characters => Reply::new(500, (5, 5, 2), "Commands are UTF-8 text without control characters"),
            Self::Arguments(how) => Reply::new(501, (5, 5, 4), *how),
            Self::Parameter => Reply::new(555, (5, 5, 4), "Parameter not known or not offered"),
            Self::Sender(BadAddress::SourceRoute) | Self::Recipient(BadAddress::SourceRoute) => {
                Reply::new(553, (5, 1, 3), "Source routes are not accepted")
            }
            Self::Sender(why) => Reply::new(553, (5, 1, 7), format!("Sender: {why}")),
            Self::Recipient(why) => Reply::new(553, (5, 1, 3), format!("Recipient: {why}")),
        }
    }
}

fn alone(argument: &str, command: Command) -> Result<Command, BadCommand> {
    if argument.is_empty() { Ok(command) } else { Err(BadCommand::Arguments("This command takes no argument")) }
}

/// What a peer calls itself is judged by controls; here it only has to be there.
fn name(argument: &str) -> Result<String, BadCommand> {
    match argument.split([' ', '\t']).next() {
        Some(name) if !name.is_empty() && name.len() <= 255 => Ok(name.to_owned()),
        _ => Err(BadCommand::Arguments("Say your name")),
    }
}

fn mail(argument: &str) -> Result<Command, BadCommand> {
    let rest = after_keyword(argument, "FROM:").ok_or(BadCommand::Arguments("Write MAIL FROM:<address>"))?;
    let (path, parameters) = path(rest).ok_or(BadCommand::Arguments("Write MAIL FROM:<address>"))?;
    let from = if path.is_empty() {
        ReversePath::Null
    } else {
        ReversePath::Address(Address::parse(path).map_err(BadCommand::Sender)?)
    };
    Ok(Command::Mail { from, parameters: parameters::of_mail(parameters)?, ascii: path.is_ascii() })
}

fn rcpt(argument: &str) -> Result<Command, BadCommand> {
    let rest = after_keyword(argument, "TO:").ok_or(BadCommand::Arguments("Write RCPT TO:<address>"))?;
    let (path, parameters) = path(rest).ok_or(BadCommand::Arguments("Write RCPT TO:<address>"))?;
    let to = if path.eq_ignore_ascii_case("postmaster") {
        Recipient::Postmaster
    } else {
        Recipient::Address(Address::parse(path).map_err(BadCommand::Recipient)?)
    };
    parameters::of_rcpt(parameters)?;
    Ok(Command::Rcpt { to, ascii: path.is_ascii() })
}

fn bdat(argument: &str) -> Result<Command, BadCommand> {
    const HOW: BadCommand = BadCommand::Arguments("Write BDAT octets [LAST]");
    let mut words = argument.split_ascii_whitespace();
    let octets = words.next().filter(|word| word.bytes().all(|b| b.is_ascii_digit())).ok_or(HOW)?;
    let octets = octets.parse().map_err(|_| HOW)?;
    let last = match words.next() {
        None => Last::No,
        Some(word) if word.eq_ignore_ascii_case("LAST") => Last::Yes,
        Some(_) => return Err(HOW),
    };
    if words.next().is_some() { Err(HOW) } else { Ok(Command::Bdat { octets, last }) }
}

fn after_keyword<'a>(argument: &'a str, keyword: &str) -> Option<&'a str> {
    let head = argument.get(..keyword.len())?;
    // A space after the colon is against RFC 5321 §3.3, and common.
    head.eq_ignore_ascii_case(keyword).then(|| argument[keyword.len()..].trim_start_matches(' '))
}

/// Splits `<path> parameters`. A `>` inside a quoted local part does not end the path. Missing brackets are borne with.
fn path(text: &str) -> Option<(&str, &str)> {
    let Some(inner) = text.strip_prefix('<') else {
        let (path, rest) = text.split_once(' ').unwrap_or((text, ""));
        return (!path.is_empty() && !path.contains(['<', '>'])).then_some((path, rest));
    };
    let mut quoted = false;
    let mut escaped = false;
    for (at, c) in inner.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            '>' if !quoted => {
                let rest = &inner[at + 1..];
                let spaced = rest.is_empty() || rest.starts_with([' ', '\t']);
                return spaced.then_some((&inner[..at], rest));
            }
            _ => {}
        }
    }
    None
}
