//! A loopback address for each test, so that ports of tests that run at the same time cannot meet.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::sync::atomic::{AtomicU32, Ordering};

static COUNTER: AtomicU32 = AtomicU32::new(0);

/// An address in 127.0.0.0/8 that no other test is likely to use.
pub fn address() -> IpAddr {
    let number = std::process::id().wrapping_mul(61).wrapping_add(COUNTER.fetch_add(1, Ordering::Relaxed));
    let [_, a, b, c] = number.to_be_bytes();
    IpAddr::V4(Ipv4Addr::new(127, a.clamp(1, 254), b.clamp(1, 254), c.clamp(1, 254)))
}

/// A port of this address that nobody listens on now.
pub fn free(ip: IpAddr) -> SocketAddr {
    let [one] = free_ports(ip);
    one
}

/// Ports of this address that nobody listens on now, each another one: all are held until the last is found.
pub fn free_ports<const N: usize>(ip: IpAddr) -> [SocketAddr; N] {
    let held = [(); N].map(|()| TcpListener::bind((ip, 0)).expect("a loopback address has a free port"));
    held.map(|listener| listener.local_addr().expect("a bound socket has an address"))
}
