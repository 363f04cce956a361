//! One DNS list: its settings, its questions, its test, and when it is taken out of service.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use auth::dns::{Answer, Deadline, Dns, Failure};
use controls::facts::door::ListHit;
use futures_util::future::join_all;
use tokio::time::Instant;

use super::codes::{self, Code, Said};
use super::question::{self, Asks};
use super::standing::{self, Standing, Wrong};
use super::{Item, ListStanding, TEST_AGAIN, TEST_EVERY};

/// Time that the answers of a test may take.
const TEST_TIME: Duration = Duration::from_secs(10);
/// A listing is believed where the list passed its test within this time; else it is tested first.
const BELIEVED: Duration = Duration::from_secs(300);
/// Questions in a row without an answer after which a list is not asked any more.
const MOST_FAILURES: u32 = 5;

/// What a list is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Addresses of peers.
    #[default]
    Addresses,
    /// Domains: HELO, MAIL FROM, links.
    Domains,
}

/// Settings of one list.
#[derive(Clone, Debug, PartialEq)]
pub struct ListSettings {
    /// Its name in records, metrics and to people.
    pub name: String,
    /// The zone that is asked, without a dot at its end.
    pub zone: String,
    /// What it is about.
    pub kind: Kind,
    /// It names the good, not the bad.
    pub allow: bool,
    /// What its answers mean; empty: every one is a listing.
    pub codes: Vec<Code>,
    /// Points (log-odds) of a listing for which the table names none; those of an allow list count against.
    pub points: f64,
    /// It alone may refuse for good.
    pub refuse_alone: bool,
    /// A domain that must be listed, for lists of domains that do not list `test`.
    pub test_entry: Option<String>,
}

/// What came of asking one list.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Asked {
    /// It answered; these are listed.
    Answered(Vec<ListHit>),
    /// It has nothing to say about any of this (IPv6 in a list of IPv4).
    NotConcerned,
    /// It is out of service, or just fell out of it.
    Disarmed,
    /// Not in time.
    Late,
    /// No answer.
    NoAnswer,
}

/// A list in service.
#[derive(Debug)]
pub(super) struct List {
    pub(super) settings: ListSettings,
    state: Mutex<State>,
    /// One test at a time.
    testing: tokio::sync::Mutex<()>,
    knows_v6: AtomicBool,
    failures: AtomicU32,
    asked: AtomicU64,
    listed: AtomicU64,
}

#[derive(Clone, Debug)]
struct State {
    standing: Standing,
    tested: Option<Instant>,
}

impl ListSettings {
    /// Whether it is about such a thing.
    pub(super) fn takes(&self, item: &Item) -> bool {
        matches!(
            (self.kind, item),
            (Kind::Addresses, Item::Address(_)) | (Kind::Domains, Item::Helo(_) | Item::MailFrom(_) | Item::Link(_))
        )
    }
}

impl List {
    pub(super) fn new(settings: ListSettings, same: Option<&Self>) -> Self {
        let state = same.map_or(State { standing: Standing::Untested, tested: None }, List::state);
        Self {
            settings,
            state: Mutex::new(state),
            testing: tokio::sync::Mutex::new(()),
            knows_v6: AtomicBool::new(same.is_some_and(|same| same.knows_v6.load(Ordering::Relaxed))),
            failures: AtomicU32::new(0),
            asked: AtomicU64::new(same.map_or(0, |same| same.asked.load(Ordering::Relaxed))),
            listed: AtomicU64::new(same.map_or(0, |same| same.listed.load(Ordering::Relaxed))),
        }
    }

    fn state(&self) -> State {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn is_armed(&self) -> bool {
        self.state().standing == Standing::Armed
    }

    /// Whether its next test is due.
    pub(super) fn is_due(&self) -> bool {
        let State { standing, tested } = self.state();
        let every = if standing == Standing::Armed { TEST_EVERY } else { TEST_AGAIN };
        tested.is_none_or(|tested| tested.elapsed() >= every)
    }

    pub(super) fn describe(&self) -> ListStanding {
        ListStanding {
            name: self.settings.name.clone(),
            zone: self.settings.zone.clone(),
            standing: self.state().standing,
            asked: self.asked.load(Ordering::Relaxed),
            listed: self.listed.load(Ordering::Relaxed),
        }
    }

    pub(super) async fn ask(&self, items: &[Item], dns: &dyn Dns, fresh: &dyn Dns, deadline: Instant) -> Asked {
        if !self.is_armed() {
            return Asked::Disarmed;
        }
        let questions = items.iter().filter_map(|item| Some((item, self.question(item)?)));
        let dns = Deadline::new(dns, deadline);
        let replies = questions.map(|(item, name)| {
            let dns = &dns;
            async move { (item, dns.a(&name).await.answer) }
        });
        let replies = join_all(replies).await;
        if replies.is_empty() {
            return Asked::NotConcerned;
        }
        self.asked.fetch_add(replies.len() as u64, Ordering::Relaxed);
        let (mut said, mut failure) = (Vec::new(), None);
        for (item, answer) in &replies {
            match self.heard(answer) {
                Ok(all) => said.extend(all.into_iter().map(|one| (*item, one))),
                Err(Wrong::Silent(why)) => failure = Some(why),
                Err(wrong) => {
                    self.disarm(wrong);
                    return Asked::Disarmed;
                }
            }
        }
        match failure {
            Some(why) if said.is_empty() => return self.failed(why),
            _ => self.failures.store(0, Ordering::Relaxed),
        }
        if !said.is_empty() && !self.is_believed(fresh, deadline).await {
            return Asked::Disarmed;
        }
        self.listed.fetch_add(said.len() as u64, Ordering::Relaxed);
        Asked::Answered(said.into_iter().map(|(item, said)| self.hit(item, said)).collect())
    }

    fn heard(&self, answer: &Answer<Ipv4Addr>) -> Result<Vec<Said>, Wrong> {
        match answer {
            Answer::NoSuchName | Answer::NoData => Ok(Vec::new()),
            Answer::Records(answers) => codes::read(&self.settings.codes, answers).map_err(Wrong::NoAnswer),
            Answer::Failed(failure) => Err(Wrong::Silent(*failure)),
        }
    }

    fn question(&self, item: &Item) -> Option<String> {
        let zone = &self.settings.zone;
        match (self.settings.kind, item) {
            (Kind::Addresses, Item::Address(ip)) => {
                let ip = ip.to_canonical();
                (ip.is_ipv4() || self.knows_v6.load(Ordering::Relaxed)).then(|| question::of_address(ip, zone))
            }
            (Kind::Domains, Item::Helo(domain) | Item::MailFrom(domain) | Item::Link(domain)) => {
                question::of_domain(domain, zone)
            }
            (Kind::Addresses, _) | (Kind::Domains, Item::Address(_)) => None,
        }
    }

    fn hit(&self, item: &Item, said: Said) -> ListHit {
        let ListSettings { name, allow, points, refuse_alone, .. } = &self.settings;
        let meaning = if said.meaning.is_empty() { said.code.to_string() } else { said.meaning };
        ListHit {
            list: name.clone(),
            allow: *allow,
            subject: item.subject(),
            what: item.to_string(),
            meaning,
            weight: said.points.unwrap_or(*points),
            refuse_alone: *refuse_alone,
        }
    }

    /// Questions without an answer cost every session its deadline: after some of them the list is not asked any more.
    fn failed(&self, why: Failure) -> Asked {
        if self.failures.fetch_add(1, Ordering::Relaxed) + 1 >= MOST_FAILURES {
            self.disarm(Wrong::Silent(why));
            return Asked::Disarmed;
        }
        if why == Failure::Deadline { Asked::Late } else { Asked::NoAnswer }
    }

    /// A listing is believed only of a list that passed its test a short while ago.
    async fn is_believed(&self, fresh: &dyn Dns, deadline: Instant) -> bool {
        let lately = || self.state().tested.is_some_and(|tested| tested.elapsed() < BELIEVED);
        if !lately() {
            let tested = async {
                let _one_at_a_time = self.testing.lock().await;
                if !lately() {
                    self.test_now(fresh).await;
                }
            };
            if tokio::time::timeout_at(deadline, tested).await.is_err() {
                return false;
            }
        }
        self.is_armed()
    }

    /// Asks for the test entries, and arms or disarms.
    pub(super) async fn test(&self, fresh: &dyn Dns) {
        let _one_at_a_time = self.testing.lock().await;
        self.test_now(fresh).await;
    }

    async fn test_now(&self, fresh: &dyn Dns) {
        let dns = Deadline::new(fresh, Instant::now() + TEST_TIME);
        let main = match self.settings.kind {
            Kind::Addresses => Asks::V4,
            Kind::Domains => Asks::Domains,
        };
        let six = async {
            match self.settings.kind {
                Kind::Addresses => self.entries(&dns, Asks::V6).await,
                Kind::Domains => Err(Wrong::TestEntryMissing),
            }
        };
        let (four, six) = tokio::join!(self.entries(&dns, main), six);
        self.knows_v6.store(six.is_ok(), Ordering::Relaxed);
        match (four, six) {
            (Err(wrong), _) => self.disarm(wrong),
            // Whoever lists every IPv6 address is as wrong as who lists every IPv4 address.
            (Ok(()), Err(wrong @ (Wrong::ListsEverything | Wrong::NoAnswer(_)))) => self.disarm(wrong),
            (Ok(()), _) => self.arm(),
        }
    }

    async fn entries(&self, dns: &dyn Dns, asks: Asks) -> Result<(), Wrong> {
        let (mut must, must_not) = question::test_entries(asks, &self.settings.zone);
        if let (Asks::Domains, Some(entry)) = (asks, &self.settings.test_entry) {
            must = format!("{entry}.{}", self.settings.zone);
        }
        let (must, must_not) = tokio::join!(dns.a(&must), dns.a(&must_not));
        standing::judge(&must.answer, &must_not.answer, &self.settings.codes)
    }

    fn arm(&self) {
        self.failures.store(0, Ordering::Relaxed);
        let before = self.put(Standing::Armed);
        if before != Standing::Armed {
            tracing::info!(
                list = self.settings.name,
                zone = self.settings.zone,
                "the DNS list passed its test and is asked"
            );
        }
    }

    fn disarm(&self, wrong: Wrong) {
        let before = self.put(Standing::Disarmed(wrong));
        if !matches!(before, Standing::Disarmed(_)) {
            tracing::error!(
                list = self.settings.name,
                zone = self.settings.zone,
                "the DNS list is not asked until it passes its test again: {wrong}"
            );
        }
    }

    fn put(&self, standing: Standing) -> Standing {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.tested = Some(Instant::now());
        std::mem::replace(&mut state.standing, standing)
    }
}

impl std::fmt::Display for Item {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Address(ip) => write!(f, "{}", IpAddr::to_canonical(ip)),
            Self::Helo(domain) | Self::MailFrom(domain) | Self::Link(domain) => domain.fmt(f),
        }
    }
}
