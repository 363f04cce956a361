//! A name server on loopback, UDP and TCP, that answers from a few lines of text, badly or not at all if told so.
//!
//! A line is `name TYPE value`; `name SERVFAIL` and `name SILENT` answer so for every type of that name. Names that
//! are not there get NXDOMAIN, types that are not there an empty answer; a row of the name `*` answers for all of them.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::place;

const SERVFAIL: u8 = 2;
const NXDOMAIN: u8 = 3;
/// Octets of an answer that go into a UDP datagram without EDNS (RFC 1035 §4.2.1).
const DATAGRAM: usize = 512;

#[derive(Default)]
struct State {
    rows: Mutex<Vec<Row>>,
    silent: AtomicBool,
    fault: Mutex<Option<Fault>>,
    questions: AtomicUsize,
    stop: AtomicBool,
}

/// What is wrong with every answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Octets that mean nothing, behind the header of the question.
    Garbage,
    /// The answer to another question.
    AnotherQuestion,
    /// Said to be cut short, over UDP and over TCP, again and again.
    CutShort,
    /// An address, a name and a text for every name, another one each time.
    Random,
}

#[derive(Clone)]
struct Row {
    name: String,
    kind: Kind,
}

#[derive(Clone)]
enum Kind {
    ServFail,
    Silent,
    Record { number: u16, value: Vec<u8> },
}

/// The server.
pub struct NameServer {
    address: SocketAddr,
    state: Arc<State>,
}

impl NameServer {
    /// Starts with this zone text.
    pub fn start(zone: &str) -> Self {
        let state = Arc::new(State::default());
        // One port for both: TCP chooses it, UDP of the same number is free on an address of our own.
        let listener = TcpListener::bind((place::address(), 0)).expect("a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let socket = UdpSocket::bind(address).expect("a free port");
        socket.set_read_timeout(Some(Duration::from_millis(200))).expect("a time above zero");
        let server = Self { address, state: state.clone() };
        server.zone(zone);
        let over_udp = state.clone();
        std::thread::spawn(move || serve_udp(&socket, &over_udp));
        std::thread::spawn(move || serve_tcp(&listener, &state));
        server
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// As value of `dns.servers`.
    pub fn as_value(&self) -> String {
        format!("[\"{}\"]", self.address)
    }

    /// Replaces the zone.
    pub fn zone(&self, text: &str) {
        let rows = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).map(row);
        *self.state.rows.lock().unwrap_or_else(PoisonError::into_inner) = rows.collect();
    }

    /// From now on nothing is answered.
    pub fn fall_silent(&self) {
        self.state.silent.store(true, Ordering::Release);
    }

    /// From now on something is wrong with every answer.
    pub fn go_wrong(&self, fault: Fault) {
        *self.state.fault.lock().unwrap_or_else(PoisonError::into_inner) = Some(fault);
    }

    /// Questions so far.
    pub fn questions(&self) -> usize {
        self.state.questions.load(Ordering::Acquire)
    }
}

impl Drop for NameServer {
    fn drop(&mut self) {
        self.state.stop.store(true, Ordering::Release);
        drop(TcpStream::connect(self.address));
    }
}

fn row(line: &str) -> Row {
    let mut words = line.splitn(3, char::is_whitespace).map(str::trim);
    let name = words.next().unwrap_or_default().trim_end_matches('.').to_lowercase();
    let kind = words.next().unwrap_or_default();
    let value = words.next().unwrap_or_default();
    let (number, value) = match kind {
        "SERVFAIL" => return Row { name, kind: Kind::ServFail },
        "SILENT" => return Row { name, kind: Kind::Silent },
        "A" => (1, value.parse::<Ipv4Addr>().map(|ip| ip.octets().to_vec()).ok()),
        "AAAA" => (28, value.parse::<Ipv6Addr>().map(|ip| ip.octets().to_vec()).ok()),
        "CNAME" => (5, Some(encode(value))),
        "PTR" => (12, Some(encode(value))),
        "MX" => (
            15,
            value.split_once(' ').and_then(|(n, host)| {
                Some([n.parse::<u16>().ok()?.to_be_bytes().to_vec(), encode(host.trim())].concat())
            }),
        ),
        "TXT" => (16, Some(texts(value.trim_matches('"').as_bytes()))),
        _ => (0, None),
    };
    let value = value.unwrap_or_else(|| panic!("not a line of a zone: {line}"));
    Row { name, kind: Kind::Record { number, value } }
}

/// The name under which the address of a peer is looked up.
pub fn reverse(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => {
            let [a, b, c, d] = ip.octets();
            format!("{d}.{c}.{b}.{a}.in-addr.arpa")
        }
        IpAddr::V6(ip) => {
            let nibbles: Vec<String> =
                ip.octets().iter().rev().map(|octet| format!("{:x}.{:x}", octet & 15, octet >> 4)).collect();
            format!("{}.ip6.arpa", nibbles.join("."))
        }
    }
}

fn texts(value: &[u8]) -> Vec<u8> {
    value.chunks(255).flat_map(|chunk| [&[u8::try_from(chunk.len()).unwrap_or(255)], chunk].concat()).collect()
}

fn encode(name: &str) -> Vec<u8> {
    let labels = name.trim_end_matches('.').split('.').filter(|label| !label.is_empty());
    let mut out: Vec<u8> =
        labels.flat_map(|label| [&[u8::try_from(label.len()).unwrap_or(63)], label.as_bytes()].concat()).collect();
    out.push(0);
    out
}

fn serve_udp(socket: &UdpSocket, state: &State) {
    let mut question = [0; 4096];
    while !state.stop.load(Ordering::Acquire) {
        let Ok((count, from)) = socket.recv_from(&mut question) else { continue };
        if let Some(answer) = answer(&question[..count], state, DATAGRAM) {
            drop(socket.send_to(&answer, from));
        }
    }
}

fn serve_tcp(listener: &TcpListener, state: &Arc<State>) {
    for stream in listener.incoming().flatten() {
        if state.stop.load(Ordering::Acquire) {
            return;
        }
        let state = state.clone();
        std::thread::spawn(move || drop(serve_stream(stream, &state)));
    }
}

fn serve_stream(mut stream: TcpStream, state: &State) -> std::io::Result<()> {
    loop {
        let mut length = [0; 2];
        stream.read_exact(&mut length)?;
        let mut question = vec![0; usize::from(u16::from_be_bytes(length))];
        stream.read_exact(&mut question)?;
        if let Some(answer) = answer(&question, state, usize::from(u16::MAX)) {
            let length = u16::try_from(answer.len()).unwrap_or(u16::MAX).to_be_bytes();
            stream.write_all(&[&length[..], &answer].concat())?;
        }
    }
}

/// The answer to one question; none where silence is the answer.
fn answer(question: &[u8], state: &State, most: usize) -> Option<Vec<u8>> {
    state.questions.fetch_add(1, Ordering::AcqRel);
    if state.silent.load(Ordering::Acquire) {
        return None;
    }
    let (name, end) = asked_name(question)?;
    let fault = *state.fault.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(fault) = fault {
        return wrong(fault, question.get(..end + 4)?, state.questions.load(Ordering::Acquire));
    }
    let wanted = u16::from_be_bytes([*question.get(end)?, *question.get(end + 1)?]);
    let rows = state.rows.lock().unwrap_or_else(PoisonError::into_inner);
    let known = |name: &str| rows.iter().any(|row| row.name == name);
    let stands_at = if known(&name) || !known("*") { name.as_str() } else { "*" };
    let of_name: Vec<&Row> = rows.iter().filter(|row| row.name == stands_at).collect();
    let (code, records) = match of_name.first().map(|row| &row.kind) {
        None => (NXDOMAIN, Vec::new()),
        Some(Kind::Silent) => return None,
        Some(Kind::ServFail) => (SERVFAIL, Vec::new()),
        Some(Kind::Record { .. }) => (0, follow(&rows, stands_at, &name, wanted)),
    };
    let mut out = question.get(..end + 4)?.to_vec();
    // QR, AA, RD as asked, RA; the rest of the counts is nought.
    out[2] = 0x84 | (question[2] & 1);
    out[3] = 0x80 | code;
    let count = u16::try_from(records.len()).ok()?.to_be_bytes();
    out[6..8].copy_from_slice(&count);
    out[8..12].fill(0);
    for record in records {
        out.extend_from_slice(&record);
    }
    if out.len() > most {
        out.truncate(end + 4);
        out[2] |= 2;
        out[6..8].fill(0);
    }
    Some(out)
}

/// An answer that is wrong in this way; `turn` counts questions.
fn wrong(fault: Fault, question: &[u8], turn: usize) -> Option<Vec<u8>> {
    let mut out = question.to_vec();
    out[2] = 0x84 | (question[2] & 1);
    out[3] = 0x80;
    let wanted = u16::from_be_bytes([*question.get(question.len() - 4)?, *question.get(question.len() - 3)?]);
    let [a, b, c, d] = u32::try_from(turn % 250).ok()?.wrapping_mul(0x9e37_79b1).to_be_bytes();
    match fault {
        Fault::Garbage => {
            out[6..8].copy_from_slice(&[0, 9]);
            out.extend((0..200_usize).map(|at| u8::try_from((at * 37 + turn * 11) % 256).unwrap_or(0xc0)));
        }
        Fault::AnotherQuestion => {
            // The first octet of the name, behind its length.
            out[13] = out[13].wrapping_add(1);
        }
        Fault::CutShort => out[2] |= 2,
        Fault::Random => {
            let host = encode(&format!("host-{a}-{b}-{c}-{d}.example"));
            let value = match wanted {
                1 => vec![a, b, c, d],
                28 => [[0x20, 0x01, 0x0d, 0xb8], [a, b, c, d], [d, c, b, a], [b, a, d, c]].concat(),
                12 => host,
                15 => [&[0, 10][..], &host].concat(),
                16 => texts(format!("{a} {b} {c} {d}").as_bytes()),
                _ => return Some(out),
            };
            out[6..8].copy_from_slice(&[0, 1]);
            let length = u16::try_from(value.len()).ok()?.to_be_bytes();
            out.extend([&[0xc0, 12][..], &wanted.to_be_bytes(), &[0, 1, 0, 0, 0, 1], &length, &value].concat());
        }
    }
    Some(out)
}

/// Records of a type under the name that was asked for, along CNAMEs.
fn follow(rows: &[Row], stands_at: &str, name: &str, wanted: u16) -> Vec<Vec<u8>> {
    let mut records = Vec::new();
    for row in rows.iter().filter(|row| row.name == stands_at) {
        if let Kind::Record { number, value } = &row.kind {
            if *number == wanted || *number == 5 {
                let length = u16::try_from(value.len()).unwrap_or(u16::MAX).to_be_bytes();
                let head = [&number.to_be_bytes()[..], &[0, 1], &60_u32.to_be_bytes(), &length].concat();
                records.push([encode(name), head, value.clone()].concat());
            }
            if *number == 5 && wanted != 5 {
                let target = asked_name(&[&[0; 12], value.as_slice()].concat()).map(|(target, _)| target);
                records.extend(target.map(|target| follow(rows, &target, &target, wanted)).unwrap_or_default());
            }
        }
    }
    records
}

/// The name in the question, lower case, and where it ends.
fn asked_name(question: &[u8]) -> Option<(String, usize)> {
    let (mut at, mut labels) = (12, Vec::new());
    loop {
        let length = usize::from(*question.get(at)?);
        at += 1;
        if length == 0 {
            return Some((labels.join("."), at));
        }
        labels.push(String::from_utf8_lossy(question.get(at..at + length)?).to_lowercase());
        at += length;
    }
}
