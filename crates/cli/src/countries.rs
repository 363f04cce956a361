//! The operator's table of countries, `portal.countries`: for the header viewer, which otherwise says "not known".

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::Path;

use ipnet::IpNet;

use crate::configuration::Configuration;

/// Octets of the file.
const SIZE: u64 = 256 << 20;

/// Networks with two letters of ISO 3166.
#[derive(Debug, Default)]
pub struct Countries {
    /// By the length of the prefix, longest first when looked up.
    by_length: BTreeMap<(bool, u8), BTreeMap<IpNet, [u8; 2]>>,
}

impl Countries {
    /// The country of the smallest network that holds the address.
    pub fn of(&self, ip: IpAddr) -> Option<String> {
        let ip = ip.to_canonical();
        let lengths = self.by_length.iter().rev().filter(|((six, _), _)| *six == ip.is_ipv6());
        let found = lengths.filter_map(|((_, length), nets)| nets.get(&IpNet::new(ip, *length).ok()?.trunc())).next();
        found.map(|code| code.iter().map(|octet| char::from(*octet)).collect())
    }

    fn add(&mut self, line: &str) -> Option<()> {
        let mut words = line.split([',', '\t', ' ', ';']).map(|word| word.trim_matches('"')).filter(|w| !w.is_empty());
        let (network, code) = (words.next()?, words.next()?);
        let network: IpNet = network.parse().or_else(|_| network.parse::<IpAddr>().map(IpNet::from)).ok()?;
        let code: [u8; 2] = code.to_ascii_uppercase().into_bytes().try_into().ok()?;
        if !code.iter().all(u8::is_ascii_uppercase) {
            return None;
        }
        let key = (network.addr().is_ipv6(), network.prefix_len());
        self.by_length.entry(key).or_default().insert(network.trunc(), code);
        Some(())
    }
}

/// Reads the table. A line is a network and two letters; `#` begins a remark. Lines that are neither are named and passed
/// over.
pub fn read(configuration: &Configuration) -> Result<Countries, String> {
    let path = configuration.text("portal.countries");
    if path.is_empty() {
        return Ok(Countries::default());
    }
    let say = |fault: std::io::Error| format!("portal.countries: {path}: {fault}");
    let size = std::fs::metadata(Path::new(path)).map_err(say)?.len();
    if size > SIZE {
        return Err(format!("portal.countries: {path}: {size} octets are more than {SIZE}"));
    }
    let text = std::fs::read_to_string(path).map_err(say)?;
    let mut table = Countries::default();
    for (at, line) in text.lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default().trim();
        if !line.is_empty() && table.add(line).is_none() {
            tracing::warn!("portal.countries: {path}:{}: not a network and a country; the line is passed over", at + 1);
        }
    }
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_network_speaks_and_garbage_says_nothing() {
        let mut table = Countries::default();
        for line in ["192.0.2.0/24,JP", "192.0.2.128/25\tus", "2001:db8::/32 DE", "198.51.100.7;\"FR\""] {
            assert_eq!(table.add(line), Some(()), "{line}");
        }
        for line in ["", "x", "192.0.2.0/24", "192.0.2.0/24,JPN", "192.0.2.0/33,JP", "192.0.2.0/24,1!"] {
            assert_eq!(table.add(line), None, "{line}");
        }
        let of = |ip: &str| table.of(ip.parse().unwrap_or(IpAddr::from([0, 0, 0, 0])));
        assert_eq!(of("192.0.2.1").as_deref(), Some("JP"));
        assert_eq!(of("192.0.2.200").as_deref(), Some("US"));
        assert_eq!(of("::ffff:192.0.2.1").as_deref(), Some("JP"));
        assert_eq!(of("2001:db8::1").as_deref(), Some("DE"));
        assert_eq!(of("198.51.100.7").as_deref(), Some("FR"));
        assert_eq!(of("203.0.113.1"), None);
    }
}
