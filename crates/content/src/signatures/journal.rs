//! What was added and withdrawn here, one line each, so that an addition is on the disk before anybody is told of it.
//!
//! ```text
//! + number kind class expires origin fingerprint,fingerprint,… picture|- ~checksum
//! - number ~checksum
//! ```

use super::entry::{CLASSES, class_number};
use super::{Entry, FINGERPRINTS, Kind, Signature, hash::hash};

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// An entry that was added.
    Added(Entry),
    /// An entry that was withdrawn, by its number.
    Withdrawn(u32),
}

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadLine {
    /// Its checksum does not fit.
    #[error("the checksum does not fit: the line is cut or was changed")]
    Checksum,
    /// A part of it is missing or cannot be.
    #[error("{0} is missing or cannot be")]
    Part(&'static str),
}

impl std::fmt::Display for Record {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = match self {
            Self::Withdrawn(number) => format!("- {number}"),
            Self::Added(entry) => {
                let Entry { number, class, expires, origin, signature } = entry;
                let strings: Vec<String> = signature.fingerprints.iter().map(|one| format!("{one:08x}")).collect();
                let picture = signature.picture.map_or_else(|| "-".to_owned(), |bits| format!("{bits:032x}"));
                let (kind, class) = (signature.kind.name(), class_number(*class));
                // An origin is one word.
                let origin: String = origin.split_whitespace().collect::<Vec<_>>().join("-");
                let origin = if origin.is_empty() { "-".to_owned() } else { origin };
                format!("+ {number} {kind} {class} {expires} {origin} {} {picture}", strings.join(","))
            }
        };
        write!(f, "{text} ~{:08x}", checksum(&text))
    }
}

fn checksum(text: &str) -> u32 {
    hash(0x6a6f_7572, text.as_bytes()) as u32
}

impl Record {
    /// Reads a line.
    pub fn parse(line: &str) -> Result<Self, BadLine> {
        let (text, sum) = line.rsplit_once(" ~").ok_or(BadLine::Checksum)?;
        if u32::from_str_radix(sum, 16) != Ok(checksum(text)) {
            return Err(BadLine::Checksum);
        }
        let mut words = text.split(' ');
        let sign = words.next().unwrap_or_default();
        let number = words.next().and_then(|word| word.parse().ok()).ok_or(BadLine::Part("the number"))?;
        match sign {
            "-" => Ok(Self::Withdrawn(number)),
            "+" => entry(number, words).map(Self::Added),
            _ => Err(BadLine::Part("the sign at the start")),
        }
    }
}

fn entry<'a>(number: u32, mut words: impl Iterator<Item = &'a str>) -> Result<Entry, BadLine> {
    let mut word = |what| words.next().ok_or(BadLine::Part(what));
    let kind = Kind::named(word("the kind")?).ok_or(BadLine::Part("the kind"))?;
    let class = word("the class")?.parse::<usize>().ok().and_then(|at| CLASSES.get(at).copied());
    let class = class.ok_or(BadLine::Part("the class"))?;
    let expires = word("the expiry")?.parse().map_err(|_| BadLine::Part("the expiry"))?;
    let origin = word("the origin")?.to_owned();
    let strings = word("the fingerprints")?.split(',').map(|one| u32::from_str_radix(one, 16));
    let fingerprints: Vec<u32> = strings.collect::<Result<_, _>>().map_err(|_| BadLine::Part("the fingerprints"))?;
    if !(3..=FINGERPRINTS).contains(&fingerprints.len()) {
        return Err(BadLine::Part("the number of fingerprints"));
    }
    let picture = match (kind, word("the picture")?) {
        (Kind::Picture, bits) => Some(u128::from_str_radix(bits, 16).map_err(|_| BadLine::Part("the picture"))?),
        _ => None,
    };
    Ok(Entry { number, class, expires, origin, signature: Signature { kind, fingerprints, picture } })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heuristics::ClassHint;

    fn record() -> Record {
        Record::Added(Entry {
            number: 7,
            class: ClassHint::FeeFraud,
            expires: 20_000,
            origin: "trap of the centre".into(),
            signature: Signature { kind: Kind::Picture, fingerprints: vec![1, 2, 0xffff_ffff], picture: Some(9) },
        })
    }

    #[test]
    fn a_line_comes_back_and_a_changed_one_is_refused() {
        let line = record().to_string();
        let Ok(Record::Added(entry)) = Record::parse(&line) else { panic!("{line}") };
        assert_eq!((entry.number, entry.origin.as_str(), entry.signature.picture), (7, "trap-of-the-centre", Some(9)));
        assert_eq!(Record::parse("- 12 ~00000000"), Err(BadLine::Checksum));
        assert_eq!(Record::parse(&Record::Withdrawn(12).to_string()), Ok(Record::Withdrawn(12)));
        for end in 0..line.len() {
            assert!(Record::parse(&line[..end]).is_err(), "cut at {end}");
        }
    }
}
