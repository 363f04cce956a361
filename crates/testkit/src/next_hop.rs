//! A next hop that records what it gets and answers as the test tells it: for each recipient, at RCPT or after DATA.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::{place, wait};

/// What is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Yes.
    Accept,
    /// This line, such as `550 5.1.1 no such person`.
    Say(String),
    /// Yes, after this time.
    AcceptAfter(Duration),
    /// The connection is closed instead.
    Close,
}

/// A message that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The argument of MAIL FROM with its parameters.
    pub mail: String,
    /// The envelope sender.
    pub from: String,
    /// Recipients that were accepted.
    pub recipients: Vec<String>,
    /// The message with CRLF line ends, dots unstuffed.
    pub message: Vec<u8>,
    /// XFORWARD lines.
    pub xforward: Vec<String>,
}

#[derive(Default)]
struct State {
    taken: Mutex<Vec<Taken>>,
    at_rcpt: Mutex<HashMap<String, Answer>>,
    after_data: Mutex<Option<Answer>>,
    hello: Mutex<Vec<String>>,
    connections: AtomicUsize,
    stop: AtomicBool,
}

/// The server.
pub struct NextHop {
    address: SocketAddr,
    state: Arc<State>,
}

impl NextHop {
    /// Listens on a free port.
    pub fn start() -> Self {
        Self::start_at(place::address(), 0)
    }

    /// Listens here (port 0 chooses one).
    pub fn start_at(ip: IpAddr, port: u16) -> Self {
        let listener = TcpListener::bind((ip, port)).expect("the next hop's port is free");
        let address = listener.local_addr().expect("a bound socket has an address");
        let state = Arc::new(State::default());
        *lock(&state.hello) = [
            "PIPELINING",
            "8BITMIME",
            "SMTPUTF8",
            "SIZE 104857600",
            "ENHANCEDSTATUSCODES",
            "XFORWARD NAME ADDR PROTO HELO",
        ]
        .map(String::from)
        .to_vec();
        let shared = state.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if shared.stop.load(Ordering::Acquire) {
                    return;
                }
                let state = shared.clone();
                std::thread::spawn(move || drop(Session::over(stream, &state).map(|mut session| session.run())));
            }
        });
        Self { address, state }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// As `next_hop` of a domain.
    pub fn as_value(&self) -> String {
        format!("smtp:{}", self.address)
    }

    /// From now on RCPT of this address is answered so.
    pub fn answer_rcpt(&self, address: &str, answer: Answer) {
        lock(&self.state.at_rcpt).insert(address.to_lowercase(), answer);
    }

    /// From now on the end of DATA is answered so.
    pub fn answer_data(&self, answer: Answer) {
        *lock(&self.state.after_data) = Some(answer);
    }

    /// What EHLO offers from now on.
    pub fn offer(&self, extensions: &[&str]) {
        *lock(&self.state.hello) = extensions.iter().map(|text| (*text).to_owned()).collect();
    }

    /// Everything taken so far.
    pub fn taken(&self) -> Vec<Taken> {
        lock(&self.state.taken).clone()
    }

    /// Waits until this many messages were taken.
    pub fn wait_for(&self, count: usize) -> Vec<Taken> {
        wait::until(&format!("{count} messages at the next hop"), Duration::from_secs(60), || {
            Some(self.taken()).filter(|taken| taken.len() >= count)
        })
    }

    /// Connections that were made so far.
    pub fn connections(&self) -> usize {
        self.state.connections.load(Ordering::Acquire)
    }
}

impl Drop for NextHop {
    fn drop(&mut self) {
        self.state.stop.store(true, Ordering::Release);
        drop(TcpStream::connect(self.address));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Session<'a> {
    reader: BufReader<TcpStream>,
    writer: TcpStream,
    state: &'a State,
    open: Taken,
}

/// Whether the session goes on.
#[derive(PartialEq, Eq)]
enum Next {
    On,
    End,
}

impl<'a> Session<'a> {
    fn over(stream: TcpStream, state: &'a State) -> std::io::Result<Self> {
        stream.set_nodelay(true)?;
        state.connections.fetch_add(1, Ordering::AcqRel);
        Ok(Self { reader: BufReader::new(stream.try_clone()?), writer: stream, state, open: nothing() })
    }

    fn run(&mut self) -> std::io::Result<()> {
        self.say("220 next-hop.example.jp ESMTP")?;
        let mut line = Vec::new();
        loop {
            line.clear();
            if self.reader.read_until(b'\n', &mut line)? == 0 {
                return Ok(());
            }
            let text = String::from_utf8_lossy(&line).trim_end().to_owned();
            if self.obey(&text)? == Next::End {
                return Ok(());
            }
        }
    }

    fn obey(&mut self, line: &str) -> std::io::Result<Next> {
        let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        match verb.as_str() {
            "EHLO" | "LHLO" => {
                let offered = lock(&self.state.hello).clone();
                let mut lines: Vec<String> = vec!["250-next-hop.example.jp".into()];
                lines.extend(offered.iter().map(|extension| format!("250-{extension}")));
                lines.push("250 HELP".into());
                self.say(&lines.join("\r\n"))?;
            }
            "HELO" => self.say("250 next-hop.example.jp")?,
            "XFORWARD" => {
                self.open.xforward.push(line.to_owned());
                self.say("250 2.0.0 Ok")?;
            }
            "MAIL" => {
                self.open.mail = line.to_owned();
                self.open.from = path(line);
                self.say("250 2.1.0 Ok")?;
            }
            "RCPT" => return self.rcpt(&path(line)),
            "DATA" if self.open.recipients.is_empty() => self.say("554 5.5.1 No valid recipients")?,
            "DATA" => return self.data(),
            "RSET" => {
                self.open = nothing();
                self.say("250 2.0.0 Ok")?;
            }
            "NOOP" => self.say("250 2.0.0 Ok")?,
            "QUIT" => {
                self.say("221 2.0.0 Bye")?;
                return Ok(Next::End);
            }
            _ => self.say("502 5.5.2 Not known")?,
        }
        Ok(Next::On)
    }

    fn rcpt(&mut self, address: &str) -> std::io::Result<Next> {
        let answer = lock(&self.state.at_rcpt).get(&address.to_lowercase()).cloned().unwrap_or(Answer::Accept);
        if matches!(answer, Answer::Accept | Answer::AcceptAfter(_)) {
            self.open.recipients.push(address.to_owned());
        }
        self.answer(&answer, "250 2.1.5 Ok")
    }

    fn data(&mut self) -> std::io::Result<Next> {
        self.say("354 Go ahead")?;
        let mut line = Vec::new();
        loop {
            line.clear();
            if self.reader.read_until(b'\n', &mut line)? == 0 {
                return Ok(Next::End);
            }
            match line.as_slice() {
                b".\r\n" => break,
                [b'.', rest @ ..] => self.open.message.extend_from_slice(rest),
                whole => self.open.message.extend_from_slice(whole),
            }
        }
        let answer = lock(&self.state.after_data).clone().unwrap_or(Answer::Accept);
        let taken = std::mem::replace(&mut self.open, nothing());
        // Kept before the answer: who says yes has the message, also where the other side never hears it.
        if matches!(answer, Answer::Accept | Answer::AcceptAfter(_)) {
            lock(&self.state.taken).push(taken);
        }
        self.answer(&answer, "250 2.0.0 Taken")
    }

    fn answer(&mut self, answer: &Answer, yes: &str) -> std::io::Result<Next> {
        match answer {
            Answer::Accept => self.say(yes)?,
            Answer::Say(line) => self.say(line)?,
            Answer::AcceptAfter(time) => {
                std::thread::sleep(*time);
                self.say(yes)?;
            }
            Answer::Close => return Ok(Next::End),
        }
        Ok(Next::On)
    }

    fn say(&mut self, text: &str) -> std::io::Result<()> {
        self.writer.write_all(format!("{text}\r\n").as_bytes())
    }
}

fn nothing() -> Taken {
    Taken {
        mail: String::new(),
        from: String::new(),
        recipients: Vec::new(),
        message: Vec::new(),
        xforward: Vec::new(),
    }
}

fn path(line: &str) -> String {
    let inner = line.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inner.map(|(path, _)| path.to_owned()).unwrap_or_default()
}
