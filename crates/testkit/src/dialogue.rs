//! Conversations written as text, held with a real Sekisho.
//!
//! A file begins with what it shows (`#` lines) and its set-up, then comes the conversation:
//!
//! ```text
//! set smtp.size 2000              a key of the configuration, its value as TOML
//! maildir shirakaba.example.jp known = "table"     a domain with Maildirs, and further keys
//! person hanako@shirakaba.example.jp {"consent": …}  a subscriber with the JSON of its settings
//! alias info@shirakaba.example.jp hanako@shirakaba.example.jp
//! tls                             a certificate, so that STARTTLS is offered
//!
//! C: EHLO client.example.com      sent, with CRLF
//! R: NOOP\nNOOP\r\n               sent as it is, with \r \n \t \0 \xNN
//! S: 250 *                        the next whole reply; `*` is any text, lines of a reply are joined with a space
//! TLS                             the handshake begins here
//! NEW                             another connection
//! CLOSED                          the server has ended the connection
//! ? maildir ADDRESS 1             so many messages are there
//! ? maildir ADDRESS has TEXT      each of them has this text
//! ? maildir ADDRESS lacks TEXT    none of them has this text
//! ? junk ADDRESS 1                so many are held
//! ```

use std::path::Path;

use crate::{Client, Sekisho, Setup, tls};

/// One conversation, read.
#[derive(Debug)]
pub struct Dialogue {
    name: String,
    settings: Vec<Line>,
    steps: Vec<Line>,
}

#[derive(Clone, Debug)]
struct Line {
    number: usize,
    verb: String,
    rest: String,
}

/// Puts an alias (address, where it leads to) into the data folder before the start.
pub type AddAliases<'a> = &'a dyn Fn(&Path, &[(String, String)]);

/// How a number of held messages is found out.
pub type CountJunk<'a> = &'a dyn Fn(&Sekisho, &str) -> usize;

impl Dialogue {
    /// Reads a file.
    pub fn read(path: &Path) -> Self {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{name}: {e}"));
        let (mut settings, mut steps) = (Vec::new(), Vec::new());
        for (at, raw) in text.lines().enumerate() {
            if raw.trim().is_empty() || raw.starts_with('#') {
                continue;
            }
            let (verb, rest) = raw.split_once(' ').unwrap_or((raw, ""));
            let line = Line { number: at + 1, verb: verb.into(), rest: rest.into() };
            match verb {
                "set" | "maildir" | "person" | "alias" | "tls" => settings.push(line),
                "C:" | "R:" | "S:" | "TLS" | "NEW" | "CLOSED" | "?" => steps.push(line),
                _ => panic!("{name}:{}: not understood: {raw}", at + 1),
            }
        }
        assert!(steps.iter().any(|line| line.verb == "S:"), "{name} expects nothing");
        Self { name, settings, steps }
    }

    /// Starts a Sekisho as the file says, holds the conversation, looks at what came of it.
    pub fn hold(&self, program: &str, aliases: AddAliases<'_>, junk: CountJunk<'_>) {
        let mut sekisho = self.set_up(program).start();
        let rows = self.aliases();
        if !rows.is_empty() {
            sekisho.kill();
            aliases(&sekisho.setup().folder().join("data"), &rows);
            sekisho.start_again();
        }
        for line in self.settings.iter().filter(|line| line.verb == "person") {
            match line.rest.split_once(' ') {
                Some((address, layer)) => sekisho.subscriber(address, layer),
                None => drop(sekisho.run(&["subscriber-add", &line.rest])),
            }
        }
        let mut client = Client::dial(sekisho.smtp).expect("it answers");
        for line in &self.steps {
            self.step(line, &mut client, &sekisho, junk);
        }
        sekisho.must_not_have_panicked();
    }

    fn set_up(&self, program: &str) -> Setup {
        let mut setup = Setup::new(program);
        for line in &self.settings {
            setup = match line.verb.as_str() {
                "set" => {
                    let (key, value) = line.rest.split_once(' ').unwrap_or((&line.rest, ""));
                    let (table, name) = key.split_once('.').unwrap_or_else(|| self.fail(line, "no table.key"));
                    setup.key(table, name, value)
                }
                "maildir" => {
                    let (name, more) = line.rest.split_once(' ').unwrap_or((&line.rest, ""));
                    let more: Vec<(&str, &str)> = more
                        .split(',')
                        .filter_map(|pair| pair.split_once('='))
                        .map(|(k, v)| (k.trim(), v.trim()))
                        .collect();
                    let hop = format!("maildir:{}", setup.folder().join("mail").display());
                    setup.domain(name, &hop, &more)
                }
                "tls" => {
                    let (certificate, key) = tls::certificate(setup.folder(), "mx.sekisho.example.jp");
                    setup.key("tls", "certificate", &format!("\"{}\"", certificate.display())).key(
                        "tls",
                        "key",
                        &format!("\"{}\"", key.display()),
                    )
                }
                _ => setup,
            };
        }
        setup
    }

    fn aliases(&self) -> Vec<(String, String)> {
        let lines = self.settings.iter().filter(|line| line.verb == "alias");
        lines
            .map(|line| {
                let pair = line.rest.split_once(' ').unwrap_or_else(|| self.fail(line, "alias FROM TO"));
                (pair.0.to_owned(), pair.1.to_owned())
            })
            .collect()
    }

    fn step(&self, line: &Line, client: &mut Client, sekisho: &Sekisho, junk: CountJunk<'_>) {
        let done = match line.verb.as_str() {
            "C:" => client.send(format!("{}\r\n", line.rest).as_bytes()),
            "R:" => client.send(&raw(&line.rest)),
            "TLS" => client.start_tls(),
            "NEW" => Client::dial(sekisho.smtp).map(|fresh| *client = fresh),
            "S:" => return self.expect(line, client),
            "CLOSED" if client.is_closed() => Ok(()),
            "CLOSED" => self.fail(line, "the connection still stands"),
            _ => return self.look(line, sekisho, junk),
        };
        if let Err(fault) = done {
            self.fail(line, &fault.to_string())
        }
    }

    fn expect(&self, line: &Line, client: &mut Client) {
        match client.reply() {
            Ok(reply) => {
                let said = reply.text().replace('\n', " ");
                if !matches(&line.rest, &said) {
                    self.fail(line, &format!("it said {said:?}"))
                }
            }
            Err(fault) => self.fail(line, &fault.to_string()),
        }
    }

    fn look(&self, line: &Line, sekisho: &Sekisho, junk: CountJunk<'_>) {
        let words: Vec<&str> = line.rest.splitn(4, ' ').collect();
        let count = |text: &str| text.parse::<usize>().unwrap_or_else(|_| self.fail(line, "no number"));
        match words.as_slice() {
            ["maildir", address, "has", text] => {
                let messages = self.messages(line, sekisho, address);
                if !messages.iter().all(|message| message.contains(*text)) {
                    self.fail(line, &messages.join("\n----\n"))
                }
            }
            ["maildir", address, "lacks", text] => {
                let messages = self.messages(line, sekisho, address);
                if messages.iter().any(|message| message.contains(*text)) {
                    self.fail(line, &messages.join("\n----\n"))
                }
            }
            ["maildir", address, number] => {
                let found = sekisho.maildir(address).len();
                if found != count(number) {
                    self.fail(line, &format!("there are {found}"))
                }
            }
            ["junk", address, number] => {
                let found = junk(sekisho, address);
                if found != count(number) {
                    self.fail(line, &format!("there are {found}"))
                }
            }
            _ => self.fail(line, "not understood"),
        }
    }

    fn messages(&self, line: &Line, sekisho: &Sekisho, address: &str) -> Vec<String> {
        let messages = sekisho.maildir(address).messages();
        if messages.is_empty() {
            self.fail(line, "there is no message")
        }
        messages.iter().map(|message| String::from_utf8_lossy(message).into_owned()).collect()
    }

    fn fail(&self, line: &Line, why: &str) -> ! {
        panic!("{}:{}: {} {}\n  {why}", self.name, line.number, line.verb, line.rest)
    }
}

/// Whether a text is what a pattern says; `*` stands for any text.
pub fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    true
}

/// Bytes with `\r`, `\n`, `\t`, `\0`, `\\` and `\xNN` read.
fn raw(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            continue;
        }
        match chars.next() {
            Some('r') => out.push(b'\r'),
            Some('n') => out.push(b'\n'),
            Some('t') => out.push(b'\t'),
            Some('0') => out.push(0),
            Some('x') => {
                let digits: String = chars.by_ref().take(2).collect();
                out.push(u8::from_str_radix(&digits, 16).unwrap_or_else(|_| panic!("\\x{digits}")));
            }
            Some(other) => out.extend_from_slice(other.encode_utf8(&mut [0; 4]).as_bytes()),
            None => out.push(b'\\'),
        }
    }
    out
}
