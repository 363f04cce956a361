//! The PROXY protocol, versions 1 and 2 (haproxy, proxy-protocol.txt): who is really connected.
//!
//! Read only from configured addresses, before anything else. Pure: bytes in, an answer out.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What the start of a connection says so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Header {
    /// More octets are needed.
    Incomplete,
    /// A whole header.
    Whole {
        /// The client in front of the proxy; `None` where the proxy speaks for itself (LOCAL, UNKNOWN).
        client: Option<(IpAddr, u16)>,
        /// Octets of the header.
        octets: usize,
    },
    /// Not a PROXY header.
    Malformed,
}

const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";
/// The longest line of version 1, CRLF included.
const V1_LINE: usize = 107;
/// Version 2 allows 65,535 octets of address and extensions; no proxy sends more than a few hundred.
const V2_REST: usize = 4_096;

/// Reads a header from the start of a connection.
pub fn read(input: &[u8]) -> Header {
    if starts_alike(input, SIGNATURE) {
        version_2(input)
    } else if starts_alike(input, b"PROXY ") {
        version_1(input)
    } else {
        Header::Malformed
    }
}

fn starts_alike(input: &[u8], signature: &[u8]) -> bool {
    let shorter = input.len().min(signature.len());
    input[..shorter] == signature[..shorter]
}

fn version_1(input: &[u8]) -> Header {
    let Some(end) = input.iter().take(V1_LINE).position(|octet| *octet == b'\n') else {
        return if input.len() < V1_LINE { Header::Incomplete } else { Header::Malformed };
    };
    let line = input[..end].strip_suffix(b"\r").and_then(|line| std::str::from_utf8(line).ok());
    match line.and_then(version_1_client) {
        Some(client) => Header::Whole { client, octets: end + 1 },
        None => Header::Malformed,
    }
}

fn version_1_client(line: &str) -> Option<Option<(IpAddr, u16)>> {
    let words: Vec<&str> = line.split(' ').collect();
    let ip: IpAddr = match words.as_slice() {
        ["PROXY", "UNKNOWN", ..] => return Some(None),
        ["PROXY", "TCP4", client, server, _, _] => {
            server.parse::<Ipv4Addr>().ok()?;
            client.parse::<Ipv4Addr>().ok()?.into()
        }
        ["PROXY", "TCP6", client, server, _, _] => {
            server.parse::<Ipv6Addr>().ok()?;
            client.parse::<Ipv6Addr>().ok()?.into()
        }
        _ => return None,
    };
    words[5].parse::<u16>().ok()?;
    Some(Some((ip.to_canonical(), words[4].parse().ok()?)))
}

fn version_2(input: &[u8]) -> Header {
    let Some((head, rest)) = input.split_at_checked(16) else { return Header::Incomplete };
    let length = usize::from(u16::from_be_bytes([head[14], head[15]]));
    if head[12] >> 4 != 2 || length > V2_REST {
        return Header::Malformed;
    }
    let Some(body) = rest.get(..length) else { return Header::Incomplete };
    let octets = 16 + length;
    let client = match (head[12] & 0x0f, head[13]) {
        // LOCAL: the proxy's own health check.
        (0, _) => None,
        (1, 0x11 | 0x12) => match body {
            [a, b, c, d, _, _, _, _, high, low, _, _, ..] => {
                Some((Ipv4Addr::new(*a, *b, *c, *d).into(), u16::from_be_bytes([*high, *low])))
            }
            _ => return Header::Malformed,
        },
        (1, 0x21 | 0x22) => match (body.first_chunk::<16>(), body.get(32..36)) {
            (Some(client), Some([high, low, _, _])) => {
                Some((IpAddr::from(*client).to_canonical(), u16::from_be_bytes([*high, *low])))
            }
            _ => return Header::Malformed,
        },
        // Unix sockets and unspecified families name no address.
        (1, 0x00 | 0x31 | 0x32) => None,
        _ => return Header::Malformed,
    };
    Header::Whole { client, octets }
}
