//! The memory in front of a resolver: records by their TTL, absence, and for some seconds also failure.
//!
//! Bounded in entries; one question that many messages ask at once is sent once. Without the failure entries a
//! dead name server would cost every message its whole time limit.

use std::hash::Hash;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::{Answer, Dns, Failure, Lookup, Mx, Reply, Text};

/// How much is remembered, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CacheSettings {
    /// Octets of answers kept, all types together (each type gets a fifth): a TXT answer can be as large as 64 kB,
    /// and strangers choose what is asked.
    pub octets: u64,
    /// Records are kept at least this long, whatever their TTL says.
    pub shortest: Duration,
    /// Records are kept no longer than this.
    pub longest: Duration,
    /// "There is none" is kept no longer than this.
    pub longest_negative: Duration,
    /// A failure is remembered for this long.
    pub failure: Duration,
}

impl Default for CacheSettings {
    fn default() -> Self {
        Self {
            octets: 64 * 1024 * 1024,
            shortest: Duration::from_secs(5),
            longest: Duration::from_secs(24 * 3600),
            longest_negative: Duration::from_secs(15 * 60),
            failure: Duration::from_secs(15),
        }
    }
}

/// Octets of an entry besides its records: its key, times and place in the cache, about.
const ENTRY: usize = 250;

#[derive(Clone)]
struct Entry<T> {
    answer: Answer<T>,
    until: Instant,
}

/// One record type's memory.
#[derive(Clone)]
struct Table<K, T> {
    entries: moka::future::Cache<K, Entry<T>>,
    settings: CacheSettings,
}

/// A [`Dns`] that remembers what another one said.
pub struct Cache {
    inner: Arc<dyn Dns>,
    txt: Table<Box<str>, Text>,
    a: Table<Box<str>, Ipv4Addr>,
    aaaa: Table<Box<str>, Ipv6Addr>,
    mx: Table<Box<str>, Mx>,
    ptr: Table<IpAddr, Box<str>>,
}

impl Cache {
    /// A cache in front of `inner`.
    pub fn new(inner: Arc<dyn Dns>, settings: CacheSettings) -> Self {
        Self {
            inner,
            txt: Table::new(settings, |text| text.len()),
            a: Table::new(settings, |_| 0),
            aaaa: Table::new(settings, |_| 0),
            mx: Table::new(settings, |mx| mx.exchange.len()),
            ptr: Table::new(settings, |name| name.len()),
        }
    }

    /// Answers held now, about.
    pub fn len(&self) -> u64 {
        self.txt.entries.entry_count()
            + self.a.entries.entry_count()
            + self.aaaa.entries.entry_count()
            + self.mx.entries.entry_count()
            + self.ptr.entries.entry_count()
    }

    /// Whether nothing is held.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<K, T> Table<K, T>
where
    K: Hash + Eq + Clone + Send + Sync + 'static,
    T: Clone + Send + Sync + 'static,
{
    /// `heap` tells the octets that one record holds outside of itself.
    fn new(settings: CacheSettings, heap: fn(&T) -> usize) -> Self {
        let entries = moka::future::Cache::builder()
            .max_capacity(settings.octets.div_ceil(5))
            .weigher(move |_: &K, entry: &Entry<T>| {
                let records = entry.answer.records().iter().map(|record| size_of::<T>() + heap(record)).sum::<usize>();
                u32::try_from(ENTRY + records).unwrap_or(u32::MAX)
            })
            // The entry's own time is what counts; this only frees memory.
            .time_to_live(settings.longest.max(settings.failure).max(settings.longest_negative))
            .build();
        Self { entries, settings }
    }

    /// The remembered reply, or that of `ask`, which runs once however many wait for it, and to its end even if
    /// nobody waits any more: the next message must not find a dead server as unknown as this one did.
    async fn get(&self, key: K, ask: impl Future<Output = Reply<T>> + Send + 'static) -> Reply<T> {
        let known = self.entries.get(&key).await.filter(|entry| entry.until > Instant::now());
        let entry = match known {
            Some(entry) => entry,
            None => {
                let table = self.clone();
                match tokio::spawn(async move { table.fill(key, ask).await }).await {
                    Ok(entry) => entry,
                    Err(_) => return Reply::failed(Failure::ServerFailure),
                }
            }
        };
        Reply { ttl: entry.until.saturating_duration_since(Instant::now()), answer: entry.answer }
    }

    async fn fill(&self, key: K, ask: impl Future<Output = Reply<T>> + Send) -> Entry<T> {
        let fresh = async {
            let reply = ask.await;
            let kept = match reply.answer {
                Answer::Records(_) => {
                    reply.ttl.clamp(self.settings.shortest.min(self.settings.longest), self.settings.longest)
                }
                Answer::NoSuchName | Answer::NoData => reply.ttl.min(self.settings.longest_negative),
                Answer::Failed(_) => self.settings.failure,
            };
            Entry { answer: reply.answer, until: Instant::now() + kept }
        };
        self.entries.entry(key).or_insert_with_if(fresh, |old| old.until <= Instant::now()).await.into_value()
    }
}

impl Cache {
    /// What a question needs to outlive the one who asked it.
    fn question(&self, name: &str) -> (Box<str>, Arc<dyn Dns>, Box<str>) {
        let key = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase().into_boxed_str();
        (key.clone(), self.inner.clone(), key)
    }
}

impl Dns for Cache {
    fn txt<'a>(&'a self, name: &'a str) -> Lookup<'a, Text> {
        let (key, inner, name) = self.question(name);
        Box::pin(self.txt.get(key, async move { inner.txt(&name).await }))
    }

    fn a<'a>(&'a self, name: &'a str) -> Lookup<'a, Ipv4Addr> {
        let (key, inner, name) = self.question(name);
        Box::pin(self.a.get(key, async move { inner.a(&name).await }))
    }

    fn aaaa<'a>(&'a self, name: &'a str) -> Lookup<'a, Ipv6Addr> {
        let (key, inner, name) = self.question(name);
        Box::pin(self.aaaa.get(key, async move { inner.aaaa(&name).await }))
    }

    fn mx<'a>(&'a self, name: &'a str) -> Lookup<'a, Mx> {
        let (key, inner, name) = self.question(name);
        Box::pin(self.mx.get(key, async move { inner.mx(&name).await }))
    }

    fn ptr(&self, ip: IpAddr) -> Lookup<'_, Box<str>> {
        let inner = self.inner.clone();
        Box::pin(self.ptr.get(ip, async move { inner.ptr(ip).await }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dns::{Deadline, Zone};

    fn cached(zone: Zone) -> (Zone, Cache) {
        (zone.clone(), Cache::new(Arc::new(zone), CacheSettings::default()))
    }

    #[tokio::test(start_paused = true)]
    async fn records_are_asked_for_once_in_their_time_to_live() {
        let (zone, cache) = cached(Zone::new().a("example.jp", [192, 0, 2, 1]));
        for _ in 0..3 {
            assert_eq!(cache.a("Example.JP.").await.answer.records(), [Ipv4Addr::new(192, 0, 2, 1)]);
        }
        assert_eq!(zone.asked().len(), 1);
        tokio::time::advance(Zone::TTL + Duration::from_secs(1)).await;
        assert!(!cache.a("example.jp").await.answer.failed());
        assert_eq!(zone.asked().len(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn absence_and_failure_are_remembered_too_but_failure_only_for_seconds() {
        let (zone, cache) = cached(Zone::new().times_out("dead.example"));
        for _ in 0..2 {
            assert_eq!(cache.txt("none.example").await.answer, Answer::NoSuchName);
            assert_eq!(cache.txt("dead.example").await.answer, Answer::Failed(Failure::Timeout));
        }
        assert_eq!(zone.asked().len(), 2);
        tokio::time::advance(Duration::from_secs(16)).await;
        cache.txt("none.example").await;
        cache.txt("dead.example").await;
        assert_eq!(zone.asked(), ["TXT none.example", "TXT dead.example", "TXT dead.example"]);
    }

    #[tokio::test(start_paused = true)]
    async fn many_who_ask_at_once_send_one_question() {
        let (zone, cache) = cached(Zone::new().a("example.jp", [192, 0, 2, 1]).slow(Duration::from_secs(1)));
        let answers = futures_util::future::join_all((0..50).map(|_| cache.a("example.jp"))).await;
        assert!(answers.iter().all(|reply| reply.answer.records().len() == 1));
        assert_eq!(zone.asked().len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn what_came_too_late_for_one_message_is_there_for_the_next() {
        let (zone, cache) = cached(Zone::new().a("example.jp", [192, 0, 2, 1]).slow(Duration::from_secs(8)));
        let soon = Instant::now() + Duration::from_secs(1);
        assert_eq!(Deadline::new(&cache, soon).a("example.jp").await.answer, Answer::Failed(Failure::Deadline));
        tokio::time::sleep(Duration::from_secs(8)).await;
        let soon = Instant::now() + Duration::from_secs(1);
        assert_eq!(Deadline::new(&cache, soon).a("example.jp").await.answer.records().len(), 1);
        assert_eq!(zone.asked().len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn it_does_not_grow_without_bound() {
        let settings = CacheSettings { octets: 5 * 100_000, ..CacheSettings::default() };
        let zone = Zone::new().txt("large.example", [b'x'; 40_000]).txt("larger.example", [b'x'; 200_000]);
        let cache = Cache::new(Arc::new(zone), settings);
        for number in 0..5_000 {
            cache.a(&format!("host{number}.example")).await;
        }
        cache.a.entries.run_pending_tasks().await;
        assert!(cache.len() <= 100_000 / ENTRY as u64, "{}", cache.len());
        assert!(!cache.is_empty());
        // What is larger than the whole share is answered, but not kept.
        for name in ["large.example", "larger.example"] {
            assert_eq!(cache.txt(name).await.answer.records().len(), 1);
        }
        cache.txt.entries.run_pending_tasks().await;
        assert!(cache.txt.entries.weighted_size() <= 100_000, "{}", cache.txt.entries.weighted_size());
    }
}
