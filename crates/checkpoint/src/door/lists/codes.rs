//! What a DNS list's answers mean (RFC 5782 §2.1–2.3): each list has its own table of codes, by value or by bit.
//!
//! An answer outside of 127.0.0.0/8 is not an answer of a list, and some values inside it say that we were not
//! answered: read as listings, they would refuse all mail of the world.

use std::net::Ipv4Addr;

/// One row of a list's table.
#[derive(Clone, Debug, PartialEq)]
pub struct Code {
    /// Which answers it is about.
    pub answers: Answers,
    /// What such an answer says, in the list's own words.
    pub meaning: String,
    /// Points (log-odds) that it is worth; `None`: those of the list.
    pub points: Option<f64>,
}

/// Which answers a row is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answers {
    /// From one address to another, both included.
    Between(Ipv4Addr, Ipv4Addr),
    /// Every answer with the first three octets of this address whose last octet has one of its bits.
    Bits(Ipv4Addr),
}

/// One thing that a list said about a name or an address.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    /// The answer.
    pub code: Ipv4Addr,
    /// Its meaning; empty where the list has no table.
    pub meaning: String,
    /// What the table says that it is worth.
    pub points: Option<f64>,
}

/// Why an answer is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NoAnswer {
    /// Not in 127.0.0.0/8: whoever answered is not a DNS list any more.
    Outside(Ipv4Addr),
    /// A code by which lists say that they do not answer us: asked too often, through a public resolver, wrongly.
    Denied(Ipv4Addr),
}

impl Code {
    /// Reads `127.0.0.2 = meaning`, `127.0.0.4-127.0.0.7 = meaning (2.5)` or `127.0.0.&8 = meaning`; the number in
    /// brackets at the end is what it is worth.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (answers, meaning) = text.split_once('=').ok_or_else(|| {
            format!(
                "\"{text}\" is not a code; write \"127.0.0.2 = what it means\", with (2.5) at its end for its points"
            )
        })?;
        let answers = Answers::parse(answers.trim())?;
        let meaning = meaning.trim();
        let worth = meaning.strip_suffix(')').and_then(|rest| rest.rsplit_once('('));
        let (meaning, points) = match worth.and_then(|(meaning, points)| Some((meaning, points.trim().parse().ok()?))) {
            Some((meaning, points)) => (meaning.trim(), Some(points)),
            None => (meaning, None),
        };
        if points.is_some_and(|points: f64| !points.is_finite() || points.abs() > MOST_POINTS) {
            return Err(format!("\"{text}\": points are between -{MOST_POINTS} and {MOST_POINTS}"));
        }
        Ok(Self { answers, meaning: meaning.to_owned(), points })
    }
}

/// Points that one listing may be worth, either way.
pub const MOST_POINTS: f64 = 20.0;

impl Answers {
    fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("\"{text}\" is not an answer of a list, such as 127.0.0.2");
        let address = |text: &str| text.trim().parse::<Ipv4Addr>().ok().filter(|ip| ip.octets()[0] == 127);
        if let Some((network, bit)) = text.split_once('&') {
            let bits: u8 = bit.trim().parse().map_err(|_| wrong())?;
            let network = address(&format!("{network}0")).ok_or_else(wrong)?;
            let [a, b, c, _] = network.octets();
            return if bits == 0 { Err(wrong()) } else { Ok(Self::Bits(Ipv4Addr::new(a, b, c, bits))) };
        }
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let (first, last) = (address(first).ok_or_else(wrong)?, address(last).ok_or_else(wrong)?);
        if first > last { Err(wrong()) } else { Ok(Self::Between(first, last)) }
    }

    /// Whether an answer is one of these.
    pub fn hold(self, answer: Ipv4Addr) -> bool {
        match self {
            Self::Between(first, last) => (first..=last).contains(&answer),
            Self::Bits(bits) => {
                let ([a, b, c, d], [e, f, g, h]) = (bits.octets(), answer.octets());
                (a, b, c) == (e, f, g) && d & h != 0
            }
        }
    }
}

/// Reads all addresses of one answer by the list's table. Without a table every answer is a listing; with one, answers
/// that are not in it are none of ours to judge.
pub fn read(table: &[Code], answers: &[Ipv4Addr]) -> Result<Vec<Said>, NoAnswer> {
    let mut said: Vec<Said> = Vec::new();
    for &code in answers {
        // A row of the table is what the operator knows better than we do.
        let rows = table.iter().filter(|row| row.answers.hold(code));
        let rows: Vec<Said> = rows.map(|row| Said { code, meaning: row.meaning.clone(), points: row.points }).collect();
        if rows.is_empty() {
            no_answer(code)?;
        }
        if table.is_empty() {
            said.push(Said { code, meaning: String::new(), points: None });
        }
        said.extend(rows);
    }
    Ok(said)
}

/// Values by which no list says "listed": outside of 127.0.0.0/8; 127.255.255.0/24, which lists use for "you ask too
/// much", "through a public resolver", "misspelt"; and 127.0.0.1, by which others say the same.
fn no_answer(code: Ipv4Addr) -> Result<(), NoAnswer> {
    match code.octets() {
        [127, 255, 255, _] | [127, 0, 0, 0 | 1] => Err(NoAnswer::Denied(code)),
        [127, ..] => Ok(()),
        _ => Err(NoAnswer::Outside(code)),
    }
}

impl std::fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Outside(code) => write!(f, "it answers {code}, which is not in 127.0.0.0/8"),
            Self::Denied(code) => write!(f, "it answers {code}: it does not want to be asked by us"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rows: &[&str]) -> Vec<Code> {
        rows.iter().map(|row| Code::parse(row).expect("a code")).collect()
    }

    fn meanings(rows: &[&str], answers: &[[u8; 4]]) -> Result<Vec<String>, NoAnswer> {
        let answers: Vec<Ipv4Addr> = answers.iter().map(|octets| Ipv4Addr::from(*octets)).collect();
        Ok(read(&table(rows), &answers)?.into_iter().map(|said| said.meaning).collect())
    }

    #[test]
    fn values_ranges_and_bits_are_read_by_the_table() {
        let rows = ["127.0.0.2 = source of spam (2.5)", "127.0.0.4-127.0.0.7 = exploited", "127.0.1.&8 = phishing (4)"];
        assert_eq!(meanings(&rows, &[[127, 0, 0, 2]]), Ok(vec!["source of spam".into()]));
        assert_eq!(
            meanings(&rows, &[[127, 0, 0, 5], [127, 0, 0, 2]]),
            Ok(vec!["exploited".into(), "source of spam".into()])
        );
        assert_eq!(meanings(&rows, &[[127, 0, 1, 12]]), Ok(vec!["phishing".into()]));
        assert_eq!(meanings(&rows, &[[127, 0, 1, 4], [127, 0, 0, 10]]), Ok(vec![]));
        assert_eq!(table(&rows)[0].points, Some(2.5));
        assert_eq!(table(&rows)[1].points, None);
        assert_eq!(table(&rows)[2].points, Some(4.0));
    }

    #[test]
    fn two_bits_of_one_answer_are_two_things_said() {
        assert_eq!(
            meanings(&["127.0.0.&2 = a", "127.0.0.&4 = b", "127.0.0.&8 = c"], &[[127, 0, 0, 6]]).expect("read"),
            ["a", "b"]
        );
    }

    #[test]
    fn what_is_no_answer_is_never_a_listing() {
        for rows in [&[][..], &["127.0.0.2 = source of spam"]] {
            for octets in [[203, 0, 113, 7], [0, 0, 0, 0], [128, 0, 0, 2]] {
                assert_eq!(meanings(rows, &[octets]), Err(NoAnswer::Outside(octets.into())), "{rows:?}");
            }
            for octets in [[127, 255, 255, 252], [127, 255, 255, 254], [127, 255, 255, 255], [127, 0, 0, 1]] {
                assert_eq!(meanings(rows, &[octets]), Err(NoAnswer::Denied(octets.into())), "{rows:?}");
            }
            // One good record does not make the others good.
            assert!(meanings(rows, &[[127, 0, 0, 2], [203, 0, 113, 7]]).is_err());
        }
        assert_eq!(meanings(&[], &[[127, 0, 0, 2]]), Ok(vec![String::new()]));
    }

    #[test]
    fn what_is_not_a_code_is_said() {
        for text in [
            "",
            "127.0.0.2",
            "192.0.2.1 = x",
            "127.0.0.9-127.0.0.2 = x",
            "127.0.0.&0 = x",
            "127.0.0.&300 = x",
            "127.0.0.2 = x (900)",
        ] {
            assert!(Code::parse(text).is_err(), "{text}");
        }
    }
}
