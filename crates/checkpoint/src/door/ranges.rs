//! Ranges of changing addresses as their operators declare them (NET-05): text files with a range to a line, read again
//! when they change. The narrowest range that holds an address decides, so that a part can be taken out again.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::Arc;

use ipnet::{IpNet, Ipv4Subnets, Ipv6Subnets};

/// Ranges of all files together; a machine must not be filled by a list.
const MOST_RANGES: usize = 4_000_000;
/// Characters of a comment that are kept.
const COMMENT: usize = 120;

/// A range that holds an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// The range.
    pub range: IpNet,
    /// What its line says beside it; the file's name where it says nothing.
    pub comment: Arc<str>,
}

/// What a line says of its range.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Says {
    Changing(Arc<str>),
    /// A line that begins with `!`: not these.
    Fixed,
}

/// Ranges, by the length of their prefix.
#[derive(Clone, Debug, Default)]
pub struct Ranges {
    v4: BTreeMap<u8, HashMap<IpAddr, Says>>,
    v6: BTreeMap<u8, HashMap<IpAddr, Says>>,
    count: usize,
}

impl Ranges {
    /// Adds a file: `192.0.2.0/24 comment`, `192.0.2.16-192.0.2.40 comment`, `192.0.2.1`, `!192.0.2.128/25` for what is
    /// not of changing addresses after all; `#` begins a comment line.
    pub fn add(&mut self, file: &str, text: &str) -> Result<(), String> {
        let mut comments: HashMap<&str, Arc<str>> = HashMap::new();
        for (number, line) in text.lines().enumerate() {
            let line = line.trim_start_matches('\u{feff}').trim();
            if line.is_empty() || line.starts_with(['#', ';']) {
                continue;
            }
            let (what, comment) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
            let (what, fixed) = what.strip_prefix('!').map_or((what, false), |what| (what, true));
            let nets = nets(what).ok_or_else(|| {
                format!("{file}:{}: \"{}\" is not a range such as 192.0.2.0/24", number + 1, cut(what))
            })?;
            let comment = comment.trim_start_matches(['#', ';', ' ', '\t']).trim();
            let comment = if comment.is_empty() { file } else { comment };
            let shared = comments.entry(comment).or_insert_with(|| cut(comment).into()).clone();
            for net in nets {
                if self.count >= MOST_RANGES {
                    return Err(format!("{file}:{}: more than {MOST_RANGES} ranges", number + 1));
                }
                self.put(net, if fixed { Says::Fixed } else { Says::Changing(shared.clone()) });
            }
        }
        Ok(())
    }

    fn put(&mut self, net: IpNet, says: Says) {
        let net = net.trunc();
        let family = if net.addr().is_ipv4() { &mut self.v4 } else { &mut self.v6 };
        family.entry(net.prefix_len()).or_default().insert(net.addr(), says);
        self.count += 1;
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The narrowest range that holds an address, if that one is of changing addresses.
    pub fn find(&self, ip: IpAddr) -> Option<Declared> {
        let ip = ip.to_canonical();
        let family = if ip.is_ipv4() { &self.v4 } else { &self.v6 };
        for (&length, ranges) in family.iter().rev() {
            let range = IpNet::new(ip, length).ok()?.trunc();
            match ranges.get(&range.addr()) {
                Some(Says::Changing(comment)) => return Some(Declared { range, comment: comment.clone() }),
                Some(Says::Fixed) => return None,
                None => {}
            }
        }
        None
    }
}

/// A network, one address, or everything between two.
fn nets(text: &str) -> Option<Vec<IpNet>> {
    if let Ok(net) = text.parse::<IpNet>() {
        return Some(vec![net]);
    }
    if let Ok(ip) = text.parse::<IpAddr>() {
        return Some(vec![ip.into()]);
    }
    let (first, last) = text.split_once('-')?;
    match (first.parse().ok()?, last.parse().ok()?) {
        (IpAddr::V4(first), IpAddr::V4(last)) if first <= last => {
            Some(Ipv4Subnets::new(first, last, 0).map(IpNet::V4).collect())
        }
        (IpAddr::V6(first), IpAddr::V6(last)) if first <= last => {
            Some(Ipv6Subnets::new(first, last, 0).map(IpNet::V6).collect())
        }
        _ => None,
    }
}

fn cut(text: &str) -> String {
    text.chars().take(COMMENT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "\
# Ranges of example.jp's access network, declared 2026-04-01
192.0.2.0/24      home lines in Tokyo
!192.0.2.128/25   fixed addresses
192.0.2.200
198.51.100.10-198.51.100.12  # a few

2001:db8:100::/40 home lines
!2001:db8:1ff::/48
";

    fn ranges() -> Ranges {
        let mut ranges = Ranges::default();
        ranges.add("example.txt", FILE).expect("a file of ranges");
        ranges
    }

    #[test]
    fn the_narrowest_range_decides() {
        let rows = [
            ("192.0.2.1", Some(("192.0.2.0/24", "home lines in Tokyo"))),
            ("192.0.2.127", Some(("192.0.2.0/24", "home lines in Tokyo"))),
            ("192.0.2.128", None),
            ("192.0.2.200", Some(("192.0.2.200/32", "example.txt"))),
            ("192.0.3.1", None),
            ("198.51.100.9", None),
            ("198.51.100.10", Some(("198.51.100.10/31", "a few"))),
            ("198.51.100.12", Some(("198.51.100.12/32", "a few"))),
            ("198.51.100.13", None),
            ("2001:db8:101::1", Some(("2001:db8:100::/40", "home lines"))),
            ("2001:db8:1ff::1", None),
            ("2001:db8:200::1", None),
            ("::ffff:192.0.2.1", Some(("192.0.2.0/24", "home lines in Tokyo"))),
        ];
        let ranges = ranges();
        for (ip, expected) in rows {
            let found = ranges.find(ip.parse().expect("an address"));
            let found = found.map(|found| (found.range.to_string(), found.comment.to_string()));
            assert_eq!(found, expected.map(|(range, comment)| (range.to_owned(), comment.to_owned())), "{ip}");
        }
    }

    #[test]
    fn what_is_wrong_is_named_with_file_and_line() {
        let wrong = |text: &str| Ranges::default().add("ranges.txt", text).expect_err("it is wrong");
        assert_eq!(
            wrong("192.0.2.0/24\n\n192.0.2.0/33 x\n"),
            "ranges.txt:3: \"192.0.2.0/33\" is not a range such as 192.0.2.0/24"
        );
        for line in ["example.jp", "192.0.2.9-192.0.2.1", "192.0.2.1-2001:db8::1", "!", "192.0.2"] {
            assert!(wrong(line).starts_with("ranges.txt:1: "), "{line}");
        }
        assert!(ranges().len() > 6 && !ranges().is_empty());
    }
}
