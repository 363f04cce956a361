//! What an operator's YARA rules say of attachments, asked of worker processes that may die without harm.
//!
//! The rules are read once, when the configuration is: a worker that is started later gets the same ones, so that a
//! file that was broken since then changes nothing.

mod worker;

use std::path::{Path, PathBuf};
use std::time::Duration;

use controls::facts::YaraHit;
use controls::{Fact, Why};
use message::Message;
use tokio::sync::{Mutex, Semaphore};
use tokio::time::Instant;
use worker::Worker;

/// Rules that are reported of one message.
const HITS: usize = 50;

/// How rules are run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct YaraSettings {
    /// The worker's program.
    pub program: PathBuf,
    /// Files of rules.
    pub rules: Vec<PathBuf>,
    /// Memory of one worker, octets.
    pub memory: u64,
    /// How long a worker may look at one piece.
    pub time: Duration,
    /// Workers at a time.
    pub workers: usize,
    /// Octets of the largest piece that is looked at.
    pub size: usize,
}

/// Files of rules, as they were read: name and text.
pub(super) type RuleFiles = Vec<(String, Vec<u8>)>;

/// Rules, ready to be asked.
#[derive(Debug)]
pub struct Yara {
    settings: YaraSettings,
    rules: RuleFiles,
    places: Semaphore,
    idle: Mutex<Vec<Worker>>,
}

/// Why nothing is known.
#[derive(Debug, thiserror::Error)]
pub(super) enum YaraFault {
    #[error("the worker did not answer in time and was ended")]
    Deadline,
    #[error("the worker died or cannot be started: {0}")]
    Dead(#[from] std::io::Error),
    #[error("{0}")]
    BadRules(String),
    #[error("the worker said \"{0}\"")]
    Complained(String),
}

impl Yara {
    /// Reads the rules and has a worker compile them; says file and line where they are wrong.
    pub async fn open(settings: YaraSettings) -> Result<Self, String> {
        let mut rules = RuleFiles::new();
        for path in &settings.rules {
            let text = std::fs::read(path).map_err(|fault| format!("{}: {fault}", path.display()))?;
            rules.push((path.display().to_string(), text));
        }
        let first = Worker::start(&settings, &rules).await.map_err(|fault| named(&settings.program, &fault))?;
        let places = Semaphore::new(settings.workers.max(1));
        Ok(Self { settings, rules, places, idle: Mutex::new(vec![first]) })
    }

    /// The text of all rules, for a hash that says which ones decided.
    pub fn text(&self) -> impl Iterator<Item = &[u8]> {
        self.rules.iter().map(|(_, text)| text.as_slice())
    }

    /// Asks about the attachments and the text of a message. One piece that could not be looked at makes it unknown.
    pub(super) async fn look(&self, message: &Message, deadline: Instant) -> Fact<Vec<YaraHit>> {
        let mut hits = Vec::new();
        let attached = message.attachments.iter().map(|one| (one.name.clone(), &one.contents.octets()[..]));
        let text = std::iter::once((None, message.shown().as_bytes()));
        for (file, octets) in attached.chain(text).filter(|(_, octets)| !octets.is_empty()) {
            if octets.len() > self.settings.size {
                return Fact::Unknown(Why::TooLarge);
            }
            match self.ask(octets, deadline).await {
                Ok(found) => hits.extend(found.into_iter().map(|hit| YaraHit { file: file.clone(), ..hit })),
                Err(fault) => {
                    tracing::warn!(%fault, "YARA rules could not be run; what they say is unknown for this message");
                    let late = matches!(fault, YaraFault::Deadline);
                    return Fact::Unknown(if late { Why::Deadline } else { Why::Failed });
                }
            }
        }
        hits.truncate(HITS);
        Fact::Known(hits)
    }

    /// A worker that faults is not kept; the next question starts another.
    async fn ask(&self, octets: &[u8], deadline: Instant) -> Result<Vec<YaraHit>, YaraFault> {
        let asked = async {
            let _place = self.places.acquire().await.map_err(|_| YaraFault::Deadline)?;
            let kept = self.idle.lock().await.pop();
            let mut worker = match kept {
                Some(worker) => worker,
                None => Worker::start(&self.settings, &self.rules).await?,
            };
            let answer = worker.ask(octets, self.settings.time).await?;
            self.idle.lock().await.push(worker);
            read_answer(&answer)
        };
        tokio::time::timeout_at(deadline, asked).await.unwrap_or(Err(YaraFault::Deadline))
    }
}

fn named(program: &Path, fault: &YaraFault) -> String {
    match fault {
        YaraFault::BadRules(text) => text.clone(),
        other => format!("{}: {other}", program.display()),
    }
}

/// `clean`, or `found RULE=WORTH …`. Anything else is not an answer.
fn read_answer(answer: &str) -> Result<Vec<YaraHit>, YaraFault> {
    if answer == "clean" {
        return Ok(Vec::new());
    }
    let Some(found) = answer.strip_prefix("found ") else {
        return Err(YaraFault::Complained(answer.chars().take(200).collect()));
    };
    let hit = |word: &str| {
        let (rule, worth) = word.split_once('=').unwrap_or((word, ""));
        let points = worth.parse::<f64>().ok().filter(|points| points.is_finite());
        YaraHit { rule: rule.to_owned(), certain: worth == "certain", points, file: None }
    };
    Ok(found.split_whitespace().take(HITS).map(hit).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_and_nothing_else_is_a_pass() {
        assert_eq!(read_answer("clean").ok(), Some(Vec::new()));
        let found = read_answer("found a=2.5 b=certain c= d=NaN").expect("an answer");
        let told: Vec<_> = found.iter().map(|hit| (hit.rule.as_str(), hit.points, hit.certain)).collect();
        assert_eq!(told, [("a", Some(2.5), false), ("b", None, true), ("c", None, false), ("d", None, false)]);
        for other in ["", "unknown timeout", "CLEAN", "ready 3"] {
            assert!(read_answer(other).is_err(), "{other}");
        }
    }
}
