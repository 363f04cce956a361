//! Whether a list may be asked: its test entries (RFC 5782 §5) and what counts against it in between.

use std::net::Ipv4Addr;

use auth::dns::{Answer, Failure};

use super::codes::{self, Code, NoAnswer};

/// Whether a list is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nobody tested it yet.
    Untested,
    /// It passed its test and is asked.
    Armed,
    /// It is not asked until it passes its test again.
    Disarmed(Wrong),
}

/// Why a list is not asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Wrong {
    /// It does not answer.
    Silent(Failure),
    /// What has to be listed is not: the list is empty or gone.
    TestEntryMissing,
    /// What must not be listed is: it answers everything.
    ListsEverything,
    /// It answers what is not an answer.
    NoAnswer(NoAnswer),
}

/// What the two test entries say together.
pub(super) fn judge(must: &Answer<Ipv4Addr>, must_not: &Answer<Ipv4Addr>, table: &[Code]) -> Result<(), Wrong> {
    match must {
        Answer::Records(answers) => drop(codes::read(table, answers).map_err(Wrong::NoAnswer)?),
        Answer::NoSuchName | Answer::NoData => return Err(Wrong::TestEntryMissing),
        Answer::Failed(failure) => return Err(Wrong::Silent(*failure)),
    }
    match must_not {
        Answer::NoSuchName | Answer::NoData => Ok(()),
        Answer::Records(answers) => {
            codes::read(table, answers).map_err(Wrong::NoAnswer)?;
            Err(Wrong::ListsEverything)
        }
        Answer::Failed(failure) => Err(Wrong::Silent(*failure)),
    }
}

impl Standing {
    /// Its stable name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Untested => "untested",
            Self::Armed => "armed",
            Self::Disarmed(_) => "disarmed",
        }
    }
}

impl std::fmt::Display for Wrong {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Silent(failure) => write!(f, "{failure}"),
            Self::TestEntryMissing => f.write_str("its own test entry is not listed: the list is empty or gone"),
            Self::ListsEverything => f.write_str("it lists what must not be listed: it answers everything"),
            Self::NoAnswer(no_answer) => write!(f, "{no_answer}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(octets: [u8; 4]) -> Answer<Ipv4Addr> {
        Answer::Records([Ipv4Addr::from(octets)].into())
    }

    #[test]
    fn a_list_passes_only_with_both_entries_as_they_must_be() {
        let none = || Answer::<Ipv4Addr>::NoSuchName;
        let failed = || Answer::Failed(Failure::Timeout);
        let table = [Code::parse("127.0.0.9 = x").expect("a code")];
        let denied = NoAnswer::Denied([127, 255, 255, 254].into());
        let rows = [
            (answer([127, 0, 0, 2]), none(), Ok(())),
            (answer([127, 0, 0, 2]), Answer::NoData, Ok(())),
            (none(), none(), Err(Wrong::TestEntryMissing)),
            (Answer::NoData, none(), Err(Wrong::TestEntryMissing)),
            (answer([127, 0, 0, 2]), answer([127, 0, 0, 2]), Err(Wrong::ListsEverything)),
            (
                answer([203, 0, 113, 7]),
                answer([203, 0, 113, 7]),
                Err(Wrong::NoAnswer(NoAnswer::Outside([203, 0, 113, 7].into()))),
            ),
            (answer([127, 255, 255, 254]), none(), Err(Wrong::NoAnswer(denied))),
            (answer([127, 0, 0, 2]), answer([127, 255, 255, 254]), Err(Wrong::NoAnswer(denied))),
            (failed(), none(), Err(Wrong::Silent(Failure::Timeout))),
            (answer([127, 0, 0, 2]), failed(), Err(Wrong::Silent(Failure::Timeout))),
        ];
        for (must, must_not, expected) in rows {
            // An answer that is not in the list's table shows all the same that the list is there.
            for table in [&table[..], &[]] {
                assert_eq!(judge(&must, &must_not, table), expected, "{must:?} {must_not:?}");
            }
        }
    }
}
