//! DNS lists (IN-10, RFC 5782): asked in parallel under the session's deadline, each only while it passes its own test.
//!
//! A list that answers everything, nothing, or that we are not to be answered would refuse or bless all mail of the
//! world. It is then not asked any more, with an alarm, until it passes its test again. A listing is believed only
//! where the list passed its test within the last minutes.

mod codes;
mod list;
mod question;
mod standing;
#[cfg(test)]
mod tests;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use auth::dns::Dns;
use controls::facts::door::{ListHit, ListSubject};
use controls::{Fact, Why};
use futures_util::future::join_all;
use message::Domain;
use tokio::time::Instant;

pub use codes::{Answers, Code, MOST_POINTS, NoAnswer, Said, read};
pub use list::{Kind, ListSettings};
pub use question::{Asks, of_address, of_domain, test_entries};
pub use standing::{Standing, Wrong};

use list::{Asked, List};

/// How often a list that is asked is tested.
pub const TEST_EVERY: Duration = Duration::from_secs(3600);
/// How often a list that is not asked is tested.
pub const TEST_AGAIN: Duration = Duration::from_secs(300);
/// Items of one stage that are looked up in one list.
const MOST_ITEMS: usize = 20;

/// What a list is asked about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Item {
    /// The peer's address.
    Address(IpAddr),
    /// The name in HELO.
    Helo(Domain),
    /// The domain of MAIL FROM.
    MailFrom(Domain),
    /// The host of a link.
    Link(Domain),
}

/// Every configured list.
pub struct Lists {
    lists: Vec<List>,
    /// For tests of lists: what was true an hour ago does not count.
    fresh: Arc<dyn Dns>,
}

/// How a list stands, for staff and for metrics.
#[derive(Clone, Debug, PartialEq)]
pub struct ListStanding {
    /// Its name.
    pub name: String,
    /// Its zone.
    pub zone: String,
    /// Whether it is asked, and if not, why.
    pub standing: Standing,
    /// Questions so far.
    pub asked: u64,
    /// Listings so far.
    pub listed: u64,
}

impl Item {
    fn subject(&self) -> ListSubject {
        match self {
            Self::Address(_) => ListSubject::Address,
            Self::Helo(_) => ListSubject::Helo,
            Self::MailFrom(_) => ListSubject::MailFrom,
            Self::Link(_) => ListSubject::Link,
        }
    }
}

impl std::fmt::Debug for Lists {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lists").field("lists", &self.lists).finish_non_exhaustive()
    }
}

impl Lists {
    /// Lists that nobody tested yet: none is asked before it passed. Those that `before` had with the same settings
    /// stay as they stand.
    pub fn new(settings: Vec<ListSettings>, fresh: Arc<dyn Dns>, before: Option<&Self>) -> Self {
        let lists = settings.into_iter().map(|settings| {
            let same = before.and_then(|before| before.lists.iter().find(|list| list.settings == settings));
            List::new(settings, same)
        });
        Self { lists: lists.collect(), fresh }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.lists.is_empty()
    }

    /// Asks every list about what it knows of, in parallel; answers of `dns` may come from memory. `Unknown` where no
    /// list could be asked, or none answered.
    pub async fn ask(&self, items: &[Item], dns: &dyn Dns, deadline: Instant) -> Fact<Vec<ListHit>> {
        let about = |list: &&List| items.iter().any(|item| list.settings.takes(item));
        let concerned: Vec<&List> = self.lists.iter().filter(about).collect();
        if concerned.is_empty() {
            return Fact::NotAsked;
        }
        let items = &items[..items.len().min(MOST_ITEMS)];
        let asked = concerned.iter().map(|list| list.ask(items, dns, self.fresh.as_ref(), deadline));
        let (mut hits, mut answered, mut late) = (Vec::new(), false, false);
        for one in join_all(asked).await {
            match one {
                Asked::Answered(found) => {
                    answered = true;
                    hits.extend(found);
                }
                Asked::NotConcerned => answered = true,
                Asked::Late => late = true,
                Asked::NoAnswer | Asked::Disarmed => {}
            }
        }
        match (answered, late) {
            (true, _) => Fact::Known(hits),
            (false, true) => Fact::Unknown(Why::Deadline),
            (false, false) => Fact::Unknown(Why::Failed),
        }
    }

    /// Tests every list that is due.
    pub async fn test_due(&self) {
        join_all(self.lists.iter().filter(|list| list.is_due()).map(|list| list.test(self.fresh.as_ref()))).await;
    }

    /// Tests every list now.
    pub async fn test_all(&self) {
        join_all(self.lists.iter().map(|list| list.test(self.fresh.as_ref()))).await;
    }

    /// How each list stands, in Prometheus's text form.
    pub fn prometheus(&self) -> String {
        let mut out = String::new();
        let mut family = |name: &str, kind: &str, help: &str, value: fn(&ListStanding) -> u64| {
            out.push_str(&format!("# HELP {name} {help}\n# TYPE {name} {kind}\n"));
            for list in self.standings() {
                let label = list.name.replace(['\\', '"', '\n'], "_");
                out.push_str(&format!("{name}{{list=\"{label}\"}} {}\n", value(&list)));
            }
        };
        let help = "Whether a DNS list passes its test and is asked.";
        family("sekisho_dns_list_armed", "gauge", help, |list| u64::from(list.standing == Standing::Armed));
        let help = "Questions to a DNS list.";
        family("sekisho_dns_list_questions_total", "counter", help, |list| list.asked);
        let help = "Listings that a DNS list gave.";
        family("sekisho_dns_list_listings_total", "counter", help, |list| list.listed);
        out
    }

    /// How each list stands.
    pub fn standings(&self) -> Vec<ListStanding> {
        self.lists.iter().map(List::describe).collect()
    }
}
