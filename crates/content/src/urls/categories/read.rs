//! Reads lists: plain (hosts, domains or addresses, one to a line), hosts files, CSV (address or host, category), and
//! response policy zones. A line that cannot be read is named with file and line; a list with too many of them is
//! refused whole, so that a broken download never replaces a good list.

use message::Domain;
use message::links::{Link, Place};

use super::{CATEGORIES, Categories, Covers, ENTRIES, hash, path_of, place};

/// Lines that are named; the others are counted.
const NAMED: usize = 20;
/// Of so many lines one may be unreadable.
const TOLERATED: usize = 100;
/// Octets of one line.
const LINE: usize = 4096;

/// How a list is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A host, a domain or an address to a line.
    Plain,
    /// `0.0.0.0 host`, as in `/etc/hosts`.
    Hosts,
    /// `address,category`.
    Csv,
    /// A response policy zone in master file form (RFC 1035 §5).
    Zone,
}

/// A line that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadLine {
    /// From 1.
    pub line: usize,
    /// What is wrong.
    pub problem: String,
}

/// Why a list cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.told())]
pub struct ListError {
    /// The file as it was named.
    pub file: String,
    /// Lines that cannot be read, the first of them.
    pub lines: Vec<BadLine>,
    /// How many there are.
    pub count: usize,
}

impl ListError {
    fn told(&self) -> String {
        let mut told: Vec<String> =
            self.lines.iter().map(|bad| format!("{}:{}: {}", self.file, bad.line, bad.problem)).collect();
        if self.count > self.lines.len() {
            told.push(format!("{}: and {} more lines that cannot be read", self.file, self.count - self.lines.len()));
        }
        told.join("\n")
    }
}

/// Collects the entries of several lists.
#[derive(Debug, Default)]
pub struct Builder {
    names: Vec<String>,
    entries: Vec<u64>,
}

impl Builder {
    /// Adds a list. `category` is that of lists which do not name one themselves. Few lines that cannot be read are told
    /// and passed over; where they are more than one in a hundred, or where nothing can be read, the list is refused.
    pub fn add(
        &mut self,
        file: &str,
        format: Option<Format>,
        category: &str,
        text: &str,
    ) -> Result<Vec<BadLine>, ListError> {
        let format = format.unwrap_or_else(|| guessed(file, text));
        let before = self.entries.len();
        let (mut bad, mut count, mut lines) = (Vec::new(), 0_usize, 0_usize);
        let mut zone = Zone::default();
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim_start_matches('\u{FEFF}');
            let read = if line.len() > LINE {
                Err("the line is too long".to_owned())
            } else if self.entries.len() >= ENTRIES {
                Err(format!("more than {ENTRIES} entries"))
            } else {
                self.line(format, category, line, number, &mut zone)
            };
            lines += usize::from(!matches!(read, Ok(false)));
            if let Err(problem) = read {
                count += 1;
                if bad.len() < NAMED {
                    bad.push(BadLine { line: number, problem });
                }
            }
        }
        let nothing = self.entries.len() == before && lines > 0;
        if count > 0 && (nothing || count * TOLERATED > lines.max(TOLERATED)) {
            self.entries.truncate(before);
            return Err(ListError { file: file.to_owned(), lines: bad, count });
        }
        Ok(bad)
    }

    /// The lists ready to be looked up.
    pub fn build(self) -> Categories {
        let mut entries = self.entries;
        entries.sort_unstable();
        entries.dedup();
        if entries.is_empty() {
            return Categories { names: self.names, ..Categories::default() };
        }
        let size = (entries.len() * 8 / 5 + 2).next_power_of_two();
        let mut slots = vec![0_u64; size];
        let mask = size - 1;
        for entry in &entries {
            let mut at = place(*entry, mask);
            while slots.get(at).is_some_and(|slot| *slot != 0) {
                at = (at + 1) & mask;
            }
            if let Some(slot) = slots.get_mut(at) {
                *slot = *entry;
            }
        }
        Categories { names: self.names, slots, entries: entries.len() }
    }

    /// Reads one line: whether it held an entry.
    fn line(
        &mut self,
        format: Format,
        category: &str,
        line: &str,
        number: usize,
        zone: &mut Zone,
    ) -> Result<bool, String> {
        match format {
            Format::Plain => {
                let text = without_comment(line, '#');
                if text.is_empty() { Ok(false) } else { self.entry(text, category) }
            }
            Format::Hosts => {
                let text = without_comment(line, '#');
                let mut words = text.split_whitespace();
                let Some(address) = words.next() else { return Ok(false) };
                address.parse::<std::net::IpAddr>().map_err(|_| format!("\"{}\" is not an address", shown(address)))?;
                let mut some = false;
                for host in words.filter(|host| !host.starts_with("local") && host.contains('.')) {
                    let host = host_of(host)?;
                    self.push(Covers::Host, &[&host], category)?;
                    some = true;
                }
                Ok(some)
            }
            Format::Csv => {
                let text = line.trim();
                if text.is_empty() || text.starts_with('#') {
                    return Ok(false);
                }
                let (first, second) = two_fields(text).ok_or_else(|| "address,category is expected".to_owned())?;
                let is_heading =
                    number == 1 && matches!(first.to_ascii_lowercase().as_str(), "url" | "host" | "domain");
                if is_heading { Ok(false) } else { self.entry(&first, &second) }
            }
            Format::Zone => {
                let Some(owner) = zone.owner(line)? else { return Ok(false) };
                match owner.strip_prefix("*.") {
                    Some(below) => self.push(Covers::Below, &[&host_of(below)?], category),
                    None => self.push(Covers::Host, &[&host_of(&owner)?], category),
                }
            }
        }
    }

    /// A host, a domain or an address.
    fn entry(&mut self, text: &str, category: &str) -> Result<bool, String> {
        if !text.contains('/') {
            let name = text.strip_prefix("*.").or_else(|| text.strip_prefix('.')).unwrap_or(text);
            return self.push(Covers::Domain, &[&host_of(name)?], category);
        }
        let whole = if text.contains("//") { text.to_owned() } else { format!("http://{text}") };
        let link = Link::new(&whole, "", Place::Text);
        let host =
            link.host.filter(|_| link.scheme != "mailto").ok_or_else(|| format!("\"{}\" has no host", shown(text)))?;
        let path = path_of(&link.target).trim_end_matches('/');
        if path.is_empty() {
            return self.push(Covers::Domain, &[&host_of(&host)?], category);
        }
        self.push(Covers::Path, &[&host, path], category)
    }

    fn push(&mut self, covers: Covers, pieces: &[&str], category: &str) -> Result<bool, String> {
        let category = category_name(category)?;
        let number = match self.names.iter().position(|name| *name == category) {
            Some(number) => number,
            None if self.names.len() < CATEGORIES => {
                self.names.push(category);
                self.names.len() - 1
            }
            None => return Err(format!("more than {CATEGORIES} categories")),
        };
        let place = u64::try_from(number + 1).unwrap_or(0);
        self.entries.push(hash(covers, pieces) | place);
        Ok(true)
    }
}

/// A category as settings name it: lower-case letters, digits and hyphens.
fn category_name(text: &str) -> Result<String, String> {
    let name: String = text.trim().to_ascii_lowercase().replace([' ', '_'], "-");
    let fits = |octet: u8| octet.is_ascii_lowercase() || octet.is_ascii_digit() || octet == b'-';
    if name.is_empty() || name.len() > 40 || !name.bytes().all(fits) {
        return Err(format!("\"{}\" cannot be the name of a category: letters, digits and hyphens", shown(text)));
    }
    Ok(name)
}

/// A name that may be listed: never a public suffix, which would list everybody below it.
fn host_of(text: &str) -> Result<String, String> {
    if let Ok(address) = text.trim_matches(['[', ']']).parse::<std::net::IpAddr>() {
        return Ok(if address.is_ipv6() { format!("[{address}]") } else { address.to_string() });
    }
    let domain = Domain::parse(text.trim_end_matches('.')).map_err(|bad| format!("\"{}\": {bad}", shown(text)))?;
    let name = domain.to_string();
    if psl::suffix_str(&name)
        .is_some_and(|suffix| suffix == name && psl::suffix(name.as_bytes()).is_some_and(|s| s.is_known()))
        || !name.contains('.')
    {
        return Err(format!("\"{}\" is a public suffix: it would list everybody below it", shown(text)));
    }
    Ok(name)
}

fn shown(text: &str) -> String {
    text.chars().take(60).map(|c| if c.is_control() { '?' } else { c }).collect()
}

fn without_comment(line: &str, sign: char) -> &str {
    // In an address a sign may be part of it; a comment stands at the start or behind a space.
    let end = line.char_indices().find(|&(at, c)| {
        c == sign && (at == 0 || line.get(..at).is_some_and(|before| before.ends_with(char::is_whitespace)))
    });
    end.map_or(line, |(at, _)| line.get(..at).unwrap_or(line)).trim()
}

/// The first two fields of a line of CSV (RFC 4180 §2).
fn two_fields(line: &str) -> Option<(String, String)> {
    let mut fields = csv_fields(line);
    let first = fields.next()?;
    let second = fields.next()?;
    (!first.is_empty()).then_some((first, second))
}

fn csv_fields(line: &str) -> impl Iterator<Item = String> {
    let mut rest = Some(line);
    std::iter::from_fn(move || {
        let text = rest?;
        if let Some(quoted) = text.strip_prefix('"') {
            let end = quoted.match_indices('"').find(|&(at, _)| {
                let quotes = quoted.get(at..).unwrap_or_default().bytes().take_while(|octet| *octet == b'"').count();
                let before =
                    quoted.get(..at).unwrap_or_default().bytes().rev().take_while(|octet| *octet == b'"').count();
                (quotes + before) % 2 == 1
            })?;
            let (field, after) = quoted.split_at(end.0);
            rest = after.strip_prefix("\",");
            return Some(field.replace("\"\"", "\"").trim().to_owned());
        }
        let (field, after) = text.split_once(',').map_or((text, None), |(field, after)| (field, Some(after)));
        rest = after;
        Some(field.trim().to_owned())
    })
}

/// A master file while it is read: the origin, and the last owner.
#[derive(Default)]
struct Zone {
    origin: String,
    owner: String,
    open: bool,
}

impl Zone {
    /// The name that a line of the zone puts under policy, without the zone's own name.
    fn owner(&mut self, line: &str) -> Result<Option<String>, String> {
        let text = line.split(';').next().unwrap_or_default();
        if self.open {
            self.open = !text.contains(')');
            return Ok(None);
        }
        if let Some(origin) = text.strip_prefix("$ORIGIN") {
            origin.trim().trim_end_matches('.').to_ascii_lowercase().clone_into(&mut self.origin);
            return Ok(None);
        }
        if text.trim().is_empty() || text.starts_with('$') {
            return Ok(None);
        }
        let indented = text.starts_with(char::is_whitespace);
        let mut words = text.split_whitespace();
        if !indented {
            words.next().unwrap_or_default().to_ascii_lowercase().clone_into(&mut self.owner);
        }
        let kind = words
            .find(|word| !word.starts_with(|c: char| c.is_ascii_digit()) && !word.eq_ignore_ascii_case("IN"))
            .ok_or_else(|| "a name without a record".to_owned())?;
        match kind.to_ascii_uppercase().as_str() {
            "SOA" => {
                self.open = text.contains('(') && !text.contains(')');
                if self.origin.is_empty() && self.owner.ends_with('.') {
                    self.owner.trim_end_matches('.').clone_into(&mut self.origin);
                }
                Ok(None)
            }
            "CNAME" => {
                // rpz-passthru lets a name through: it is the opposite of being listed.
                let passes = words.next().is_some_and(|target| target.to_ascii_lowercase().starts_with("rpz-passthru"));
                Ok(if passes { None } else { self.listed() })
            }
            "A" | "AAAA" | "TXT" => Ok(self.listed()),
            "NS" | "RRSIG" | "DNSKEY" | "NSEC" | "NSEC3" | "NSEC3PARAM" | "MX" | "CAA" => Ok(None),
            other => Err(format!("a record of kind \"{}\" is not expected in a policy zone", shown(other))),
        }
    }

    fn listed(&self) -> Option<String> {
        let owner = self.owner.as_str();
        let name = match owner.strip_suffix('.') {
            Some(absolute) => {
                let within = absolute.strip_suffix(self.origin.as_str()).filter(|_| !self.origin.is_empty());
                within.map_or(absolute, |within| within.trim_end_matches('.'))
            }
            None => owner,
        };
        // Policies on addresses and name servers are not about links.
        let other = ["rpz-ip", "rpz-client-ip", "rpz-nsdname", "rpz-nsip"].iter().any(|kind| name.ends_with(kind));
        (!name.is_empty() && name != "@" && !other).then(|| name.to_owned())
    }
}

/// The format by the file's name, else by its first lines.
fn guessed(file: &str, text: &str) -> Format {
    let lower = file.to_ascii_lowercase();
    if lower.ends_with(".csv") {
        return Format::Csv;
    }
    if lower.ends_with(".zone") || lower.ends_with(".rpz") {
        return Format::Zone;
    }
    let mut lines =
        text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(['#', ';'])).take(20);
    let is_zone = |line: &str| line.starts_with('$') || line.split_whitespace().any(|word| word == "SOA");
    match lines.next() {
        Some(first) if is_zone(first) => Format::Zone,
        Some(first) => {
            let mut words = first.split_whitespace();
            let address = words.next().is_some_and(|word| word.parse::<std::net::IpAddr>().is_ok());
            if address && words.next().is_some() { Format::Hosts } else { Format::Plain }
        }
        None => Format::Plain,
    }
}
