//! Which autonomous system announces an address: from the operator's file alone, never asked of anybody.
//!
//! A line is a prefix and a number, apart by white space or a comma: `192.0.2.0/24 64496`, with or without `AS`; what
//! follows is a name for people. The form of CAIDA's prefix-to-AS files (address, length and origin, as in `192.0.2.0 24 64496_64497`) is read too, of
//! several origins the first. The longest prefix wins. Prefixes are laid flat into ranges that do not overlap, so that
//! a look-up is a binary search and a million prefixes take some 20 MB.

use std::net::IpAddr;

use ipnet::IpNet;

/// A file that cannot be used; the one before it stays.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {why}: {text:?}")]
pub struct BadAsFile {
    /// Number of the line, counting from 1.
    pub line: usize,
    /// What is wrong.
    pub why: &'static str,
    /// The line, cut.
    pub text: String,
}

/// Prefixes and who announces them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AsTable {
    v4: Ranges<u32>,
    v6: Ranges<u128>,
    prefixes: usize,
}

/// Starts of ranges, each up to the next; 0 is nobody's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Ranges<N> {
    starts: Vec<N>,
    numbers: Vec<u32>,
}

impl AsTable {
    /// Reads a whole file. Empty lines and what follows `#` or `;` do not count.
    pub fn parse(text: &str) -> Result<Self, BadAsFile> {
        let (mut v4, mut v6) = (Vec::new(), Vec::new());
        for (at, line) in text.lines().enumerate() {
            let content = line.split(['#', ';']).next().unwrap_or_default().trim();
            if content.is_empty() {
                continue;
            }
            let bad = |why| BadAsFile { line: at + 1, why, text: content.chars().take(80).collect() };
            let (net, number) = row(content).map_err(bad)?;
            match net {
                IpNet::V4(net) => v4.push((u32::from(net.network()), u32::from(net.broadcast()), number)),
                IpNet::V6(net) => v6.push((u128::from(net.network()), u128::from(net.broadcast()), number)),
            }
        }
        let prefixes = v4.len() + v6.len();
        Ok(Self { v4: flat(v4, |end| end.checked_add(1)), v6: flat(v6, |end| end.checked_add(1)), prefixes })
    }

    /// Who announces the longest prefix that an address lies in.
    pub fn number(&self, ip: IpAddr) -> Option<u32> {
        match ip.to_canonical() {
            IpAddr::V4(ip) => self.v4.find(u32::from(ip)),
            IpAddr::V6(ip) => self.v6.find(u128::from(ip)),
        }
    }

    /// How many prefixes the file had.
    pub fn prefixes(&self) -> usize {
        self.prefixes
    }
}

fn row(line: &str) -> Result<(IpNet, u32), &'static str> {
    let mut words = line.split([',', ' ', '\t']).filter(|word| !word.is_empty());
    let prefix = words.next().ok_or("a prefix is missing")?;
    let net: IpNet = if prefix.contains('/') {
        prefix.parse().map_err(|_| "this is not a prefix")?
    } else {
        let bits = words.next().and_then(|bits| bits.parse().ok()).ok_or("the length of the prefix is missing")?;
        let ip: IpAddr = prefix.parse().map_err(|_| "this is not a prefix")?;
        IpNet::new(ip, bits).map_err(|_| "a prefix is not that long")?
    };
    let origin = words.next().ok_or("the number is missing")?;
    let first = origin.split('_').next().unwrap_or_default();
    let digits = first.strip_prefix("AS").or_else(|| first.strip_prefix("as")).unwrap_or(first);
    let number = digits.parse().map_err(|_| "this is not a number of an autonomous system")?;
    Ok((net.trunc(), number))
}

/// Lays prefixes flat. Of two prefixes one contains the other or they are apart, so that a stack of those that are open
/// is enough; of the same prefix given twice the later line counts.
fn flat<N: Copy + Ord>(mut prefixes: Vec<(N, N, u32)>, after: impl Fn(N) -> Option<N>) -> Ranges<N> {
    prefixes.sort_by(|(a, a_end, _), (b, b_end, _)| a.cmp(b).then(b_end.cmp(a_end)));
    let mut ranges = Ranges { starts: Vec::new(), numbers: Vec::new() };
    let mut open: Vec<(N, u32)> = Vec::new();
    for (start, end, number) in prefixes {
        close(&mut open, &mut ranges, Some(start), &after);
        ranges.push(start, number);
        open.push((end, number));
    }
    close(&mut open, &mut ranges, None, &after);
    ranges.starts.shrink_to_fit();
    ranges.numbers.shrink_to_fit();
    ranges
}

/// Ends what is open and ends before `start`: behind it, what is open around it goes on.
fn close<N: Copy + Ord>(
    open: &mut Vec<(N, u32)>,
    ranges: &mut Ranges<N>,
    start: Option<N>,
    after: &impl Fn(N) -> Option<N>,
) {
    while let Some((end, _)) = open.last().copied() {
        if start.is_some_and(|start| start <= end) {
            return;
        }
        open.pop();
        if let Some(next) = after(end) {
            ranges.push(next, open.last().map_or(0, |(_, number)| *number));
        }
    }
}

impl<N: Copy + Ord> Ranges<N> {
    fn push(&mut self, start: N, number: u32) {
        if self.starts.last() == Some(&start) {
            self.starts.pop();
            self.numbers.pop();
        }
        if self.numbers.last() != Some(&number) {
            self.starts.push(start);
            self.numbers.push(number);
        }
    }

    fn find(&self, ip: N) -> Option<u32> {
        let at = self.starts.partition_point(|start| *start <= ip).checked_sub(1)?;
        self.numbers.get(at).copied().filter(|number| *number != 0)
    }
}
