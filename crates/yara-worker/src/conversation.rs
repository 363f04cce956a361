//! What is said on the two pipes. Numbers are 32 bits, the highest octet first; pieces have their length before them.
//!
//! First come the rules: the number of files, then name and text of each. The answer is `ready N` (rules) or `bad TEXT`.
//! Then any number of pieces to look at, each answered by `clean`, `found RULE=WORTH …` or `unknown TEXT`.

use std::io::{self, Read, Write};
use std::time::Duration;

use crate::rules::{Looked, Rules, Source};

/// Octets of one piece; the other side sends less.
const PIECE: u32 = 64 * 1024 * 1024;
/// Files of rules.
const FILES: u32 = 10_000;

/// Answers until the other side is done.
pub(crate) fn hold(from: &mut impl Read, to: &mut impl Write, time: Duration) -> io::Result<()> {
    let count = number(from)?.filter(|count| *count <= FILES).ok_or_else(|| wrong("too many files of rules"))?;
    let mut sources = Vec::new();
    for _ in 0..count {
        let name = text(from)?;
        sources.push(Source { name, text: text(from)? });
    }
    let rules = match Rules::compile(&sources) {
        Ok(rules) => rules,
        Err(bad) => return say(to, &format!("bad {}", one_line(&bad))),
    };
    say(to, &format!("ready {}", rules.count()))?;
    while let Some(length) = number(from)? {
        let octets = piece(from, length)?;
        let answer = match rules.look(&octets, time) {
            Looked::Clean => "clean".to_owned(),
            Looked::Found(found) => format!("found {}", found.join(" ")),
            Looked::Unknown(why) => format!("unknown {}", one_line(&why)),
        };
        say(to, &answer)?;
    }
    Ok(())
}

fn say(to: &mut impl Write, line: &str) -> io::Result<()> {
    to.write_all(line.as_bytes())?;
    to.write_all(b"\n")?;
    to.flush()
}

/// `None` at the end, between two pieces.
fn number(from: &mut impl Read) -> io::Result<Option<u32>> {
    let mut octets = [0; 4];
    let first = from.read(&mut octets[..1])?;
    if first == 0 {
        return Ok(None);
    }
    from.read_exact(&mut octets[1..])?;
    Ok(Some(u32::from_be_bytes(octets)))
}

fn piece(from: &mut impl Read, length: u32) -> io::Result<Vec<u8>> {
    if length > PIECE {
        return Err(wrong("a piece is too long"));
    }
    let mut octets = Vec::new();
    let read = from.take(length.into()).read_to_end(&mut octets)?;
    if read as u64 == u64::from(length) { Ok(octets) } else { Err(wrong("a piece breaks off")) }
}

fn text(from: &mut impl Read) -> io::Result<String> {
    let length = number(from)?.ok_or_else(|| wrong("the rules break off"))?;
    Ok(String::from_utf8_lossy(&piece(from, length)?).into_owned())
}

fn wrong(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// A report of several lines as one: line ends become U+2028, which the other side turns back.
fn one_line(text: &str) -> String {
    text.trim_end().replace(['\n', '\r'], "\u{2028}")
}
