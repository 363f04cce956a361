//! Where a visitor really comes from: forwarded headers are believed only from listed proxies.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::http::HeaderMap;
use ipnet::IpNet;

/// Where a request came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    /// The visitor's address.
    pub ip: IpAddr,
    /// It came over TLS, here or at a listed proxy.
    pub secure: bool,
}

/// Finds the visitor behind listed proxies. X-Forwarded-For is read from its end: the first address that is no listed
/// proxy is the visitor; what stands before it was written by the visitor and means nothing.
pub fn source(peer: Option<SocketAddr>, headers: &HeaderMap, proxies: &[IpNet], tls: bool) -> Source {
    let peer = peer.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |peer| peer.ip().to_canonical());
    let listed = |ip: &IpAddr| proxies.iter().any(|net| net.contains(ip));
    if !listed(&peer) {
        return Source { ip: peer, secure: tls };
    }
    let forwarded: Vec<IpAddr> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map_while(|text| text.trim().parse::<IpAddr>().ok())
        .map(|ip| ip.to_canonical())
        .collect();
    let ip = forwarded.iter().rev().find(|ip| !listed(ip)).or(forwarded.first()).copied().unwrap_or(peer);
    let https = headers.get("x-forwarded-proto").is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"https"));
    Source { ip, secure: tls || https }
}

/// The network a limit counts: /24 or /48.
pub fn network(ip: IpAddr) -> String {
    let length = if ip.is_ipv4() { 24 } else { 48 };
    IpNet::new(ip, length).map_or_else(|_| ip.to_string(), |net| net.trunc().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forwarded_headers_are_believed_from_listed_proxies_only() {
        let proxies: Vec<IpNet> = ["192.0.2.0/28", "2001:db8::/64"].iter().filter_map(|net| net.parse().ok()).collect();
        let rows = [
            // peer, X-Forwarded-For, X-Forwarded-Proto, visitor, secure
            ("192.0.2.1:1", "198.51.100.7", "https", "198.51.100.7", true),
            ("192.0.2.1:1", "203.0.113.9, 198.51.100.7, 192.0.2.2", "http", "198.51.100.7", false),
            ("198.51.100.9:1", "203.0.113.9", "https", "198.51.100.9", false),
            ("192.0.2.1:1", "", "", "192.0.2.1", false),
            ("192.0.2.1:1", "nonsense, 198.51.100.7", "", "192.0.2.1", false),
            ("[2001:db8::1]:1", "2001:db8:5::9", "https", "2001:db8:5::9", true),
        ];
        for (peer, chain, scheme, visitor, secure) in rows {
            let mut headers = HeaderMap::new();
            headers.insert("x-forwarded-for", axum::http::HeaderValue::from_static(chain));
            headers.insert("x-forwarded-proto", axum::http::HeaderValue::from_static(scheme));
            let found = source(peer.parse().ok(), &headers, &proxies, false);
            assert_eq!((found.ip.to_string().as_str(), found.secure), (visitor, secure), "{peer} {chain}");
        }
    }

    #[test]
    fn networks_are_counted_not_single_addresses() {
        assert_eq!(network("198.51.100.77".parse().unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST))), "198.51.100.0/24");
        assert_eq!(network("2001:db8:1:2::3".parse().unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST))), "2001:db8:1::/48");
    }
}
