//! Another filter by milter, which only says yes at the end of each message, or not now as often as it is told. It is
//! the measure beside Sekisho's own milter, and the one that refuses after it.

use std::fs::Permissions;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use socket2::SockRef;

use crate::place;

/// Everything that may be left out or go without an answer, except the body: SMFIP_NOHELO, NOUNKNOWN, NODATA, NR_*.
const STEPS: u32 = 0x02 | 0x80 | 0x100 | 0x200 | 0x1000 | 0x4000 | 0x8000 | 0x4_0000 | 0x8_0000;

/// The filter.
pub struct OtherMilter {
    address: SocketAddr,
    put_off: Arc<AtomicUsize>,
    seen: Arc<AtomicUsize>,
}

impl OtherMilter {
    /// Listens on a free port.
    pub fn start() -> Self {
        Self::start_at(place::free(place::address()))
    }

    /// Listens here, and acknowledges at once, so that no mail server waits for a delayed ACK.
    pub fn start_at(address: SocketAddr) -> Self {
        Self::listening(address, |stream| SockRef::from(stream).set_tcp_quickack(true))
    }

    /// Listens here, and leaves it to the system when it acknowledges, as most milters do.
    pub fn start_unhurried_at(address: SocketAddr) -> Self {
        Self::listening(address, |_| Ok(()))
    }

    /// Listens on a Unix socket, for ever.
    pub fn start_on_socket(path: &Path) {
        let listener = UnixListener::bind(path).expect("the socket of the other milter is free");
        std::fs::set_permissions(path, Permissions::from_mode(0o666)).expect("the socket is ours");
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                std::thread::spawn(move || {
                    drop(converse(stream, |_| Ok(()), &AtomicUsize::new(0), &AtomicUsize::new(0)))
                });
            }
        });
    }

    fn listening(address: SocketAddr, acknowledge: fn(&TcpStream) -> std::io::Result<()>) -> Self {
        let listener = TcpListener::bind(address).expect("the port of the other milter is free");
        let (put_off, seen) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let shared = (put_off.clone(), seen.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (put_off, seen) = shared.clone();
                drop(stream.set_nodelay(true));
                std::thread::spawn(move || drop(converse(stream, acknowledge, &put_off, &seen)));
            }
        });
        Self { address, put_off, seen }
    }

    /// The next `count` messages are put off.
    pub fn put_off(&self, count: usize) {
        self.put_off.store(count, Ordering::Release);
    }

    /// Ends of messages that it was asked about.
    pub fn seen(&self) -> usize {
        self.seen.load(Ordering::Acquire)
    }

    /// As Postfix writes it.
    pub fn as_value(&self) -> String {
        format!("inet:{}:{}", self.address.ip(), self.address.port())
    }
}

fn converse<S: Read + Write>(
    stream: S,
    acknowledge: fn(&S) -> std::io::Result<()>,
    put_off: &AtomicUsize,
    seen: &AtomicUsize,
) -> std::io::Result<()> {
    let mut input = std::io::BufReader::new(stream);
    loop {
        if input.buffer().is_empty() {
            acknowledge(input.get_ref())?;
        }
        let mut length = [0; 4];
        input.read_exact(&mut length)?;
        let mut packet = vec![0; usize::try_from(u32::from_be_bytes(length)).expect("a length")];
        input.read_exact(&mut packet)?;
        match packet.first() {
            Some(b'O') => {
                let offered = packet.get(9..13).and_then(|word| word.try_into().ok()).map_or(0, u32::from_be_bytes);
                let mut answer = vec![0, 0, 0, 13, b'O'];
                for word in [6, 0x01, STEPS & offered] {
                    answer.extend_from_slice(&word.to_be_bytes());
                }
                input.get_mut().write_all(&answer)?;
            }
            Some(b'E') => {
                seen.fetch_add(1, Ordering::AcqRel);
                let later = put_off.try_update(Ordering::AcqRel, Ordering::Acquire, |left| left.checked_sub(1));
                input.get_mut().write_all(&[0, 0, 0, 1, if later.is_ok() { b't' } else { b'c' }])?;
            }
            Some(b'Q') | None => return Ok(()),
            Some(_) => {}
        }
    }
}
