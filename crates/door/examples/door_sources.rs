//! Ten million sources: 30 million events by Zipf, then a flood of IPv6 networks that are each seen once. Prints memory,
//! the longest pause, what was forgotten, and how far windows are from a plain list of times.
//!
//! `cargo run --release -p sekisho-door --example door_sources -- [millions of events] [millions of sources] [octets]`

#![expect(clippy::print_stdout, reason = "a measuring program says what it measured")]

use std::collections::HashMap;
use std::fs::File;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::unix::fs::FileExt as _;
use std::time::{Duration, Instant};

use door::{Bounds, Counted, Door, EXACT_MOST, Limit, ReputationSettings, Sender, Source, network_of};
use message::UnixMillis;

const START: i64 = 1_780_000_000_000;
const EXACT: Limit = Limit { most: 100, window_ms: 3_600_000 };
const SLOTTED: Limit = Limit { most: EXACT_MOST * 20, window_ms: 86_400_000 };
/// Every so many sources are followed in a plain list too.
const FOLLOWED: u64 = 997;

/// Numbers that need not be secret.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to 1.
    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// Rank of a source, Zipf with exponent 1: the n-th comes n times less often than the first.
fn zipf(dice: &mut Dice, sources: u64) -> u64 {
    ((sources as f64).powf(dice.share()) as u64).clamp(1, sources) - 1
}

/// The address of a rank: spread over the space, about thirty to a /24.
fn address(rank: u64) -> IpAddr {
    let network = (rank / 30).wrapping_mul(2_654_435_761) as u32 & 0x00FF_FFFF;
    IpAddr::V4(Ipv4Addr::from((network << 8) | ((rank % 30) as u32 * 8)))
}

/// Calls that took longer are looked at closely.
const LONG: Duration = Duration::from_millis(5);

/// How long threads of this process waited for a core although they could run (proc(5), schedstat): this one and the one
/// that writes to the disk, which may hold a lock meanwhile. It is the machine's part in a pause.
struct Waited {
    files: Vec<File>,
}

impl Waited {
    fn new() -> Self {
        let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
        Self { files: tasks.filter_map(|task| File::open(task.path().join("schedstat")).ok()).collect() }
    }

    fn now(&self) -> Duration {
        let of = |file: &File| {
            let mut text = [0; 100];
            let read = file.read_at(&mut text, 0).ok()?;
            let text = std::str::from_utf8(text.get(..read)?).ok()?;
            text.split_whitespace().nth(1)?.parse::<u64>().ok()
        };
        Duration::from_nanos(self.files.iter().filter_map(of).sum())
    }
}

struct Pauses {
    /// Counts of calls by the power of two of their nanoseconds.
    by_power: [u64; 40],
    longest: Duration,
    /// The same without what was waited for a core.
    own_longest: Duration,
    long: u64,
    own_long: u64,
    calls: u64,
    total: Duration,
    waited: Waited,
    waited_before: Duration,
}

impl Pauses {
    fn new() -> Self {
        let waited = Waited::new();
        let waited_before = waited.now();
        Self {
            by_power: [0; 40],
            longest: Duration::ZERO,
            own_longest: Duration::ZERO,
            long: 0,
            own_long: 0,
            calls: 0,
            total: Duration::ZERO,
            waited,
            waited_before,
        }
    }

    fn note(&mut self, took: Duration) {
        let power = took.as_nanos().max(1).ilog2() as usize;
        self.by_power[power.min(39)] += 1;
        self.longest = self.longest.max(took);
        self.calls += 1;
        self.total += took;
        if took < LONG {
            // Often enough that little waiting of other calls is taken for that of a long one.
            if self.calls.is_multiple_of(256) {
                self.waited_before = self.waited.now();
            }
            self.own_longest = self.own_longest.max(took);
            return;
        }
        let waited = self.waited.now();
        let own = took.saturating_sub(waited.saturating_sub(self.waited_before));
        self.waited_before = waited;
        self.own_longest = self.own_longest.max(own);
        self.long += 1;
        self.own_long += u64::from(own >= LONG);
    }

    fn quantile(&self, share: f64) -> Duration {
        let mut left = (self.calls as f64 * share) as u64;
        for (power, count) in self.by_power.iter().enumerate() {
            if *count > left {
                return Duration::from_nanos(1 << (power + 1));
            }
            left -= count;
        }
        self.longest
    }

    fn say(&self, of: &str) {
        println!(
            "{of}: {} events, {:.0} a second, p99 under {:?}, p99.99 under {:?}",
            self.calls,
            self.calls as f64 / self.total.as_secs_f64().max(1e-9),
            self.quantile(0.99),
            self.quantile(0.9999),
        );
        println!(
            "  longest pause {:?}, {:?} without waiting for a core; over {LONG:?}: {}, {} without",
            self.longest, self.own_longest, self.long, self.own_long
        );
    }
}

/// Resident memory of this process, octets.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) * 1024
}

/// What happens at RCPT and after DATA: two windows and one history for the address, one window and one history for
/// its network.
fn event(door: &Door, ip: IpAddr, spam: bool, now: UnixMillis) -> bool {
    let network = network_of(ip, 24, 48);
    let allowed = door.windows.take(&Source::Ip(ip), EXACT, now).allowed;
    door.windows.take(&Source::Network(network), SLOTTED, now);
    let sender = Sender { ip, network, as_number: None, domain: None };
    let counted = if spam { Counted::Spam } else { Counted::Wanted };
    door.reputation.hear(&sender, counted, &ReputationSettings::default(), now);
    allowed
}

/// Takes that a plain list let through differently, and sources that were forgotten.
#[derive(Default)]
struct Followed {
    times: HashMap<IpAddr, Vec<i64>>,
    compared: u64,
    differed: u64,
}

impl Followed {
    fn compare(&mut self, ip: IpAddr, allowed: bool, now: i64) {
        let times = self.times.entry(ip).or_default();
        let count = times.iter().filter(|time| **time > now - EXACT.window_ms).count() as u32;
        self.compared += 1;
        self.differed += u64::from((count < EXACT.most) != allowed);
        if allowed {
            times.push(now);
        }
    }
}

fn argument(place: usize, otherwise: u64) -> u64 {
    std::env::args().nth(place).and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (events, sources) = (argument(1, 30) * 1_000_000, argument(2, 10) * 1_000_000);
    let bounds = Bounds { octets: argument(3, 1_500_000_000) as usize };
    let folder = std::env::temp_dir().join(format!("door-sources-{}", std::process::id()));
    let door = Door::open(&folder, bounds, UnixMillis(START))?;
    let (before, mut dice, mut followed) = (resident(), Dice(1), Followed::default());
    let mut pauses = Pauses::new();
    let mut most = 0;
    for n in 0..events {
        // The first pass sees every source once, so that all of them are really there.
        let rank = if n < sources { n } else { zipf(&mut dice, sources) };
        let ip = address(rank);
        let now = UnixMillis(START + (n / 5) as i64);
        let started = Instant::now();
        let allowed = event(&door, ip, rank % 3 == 0, now);
        pauses.note(started.elapsed());
        if rank % FOLLOWED == 0 {
            followed.compare(ip, allowed, now.0);
        }
        if n % 1_000_000 == 0 {
            most = most.max(resident());
        }
    }
    pauses.say("Zipf");
    println!(
        "memory: {} MB resident at most, {} MB before; {:?}",
        most.max(resident()) >> 20,
        before >> 20,
        door.usage()
    );
    println!("windows: {} takes compared with a plain list, {} differed", followed.compared, followed.differed);
    let held: Vec<String> = door
        .windows
        .limited(UnixMillis(START + (events / 5) as i64), 10_000)
        .into_iter()
        .filter_map(|l| l.name)
        .collect();

    let mut flood = Pauses::new();
    for n in 0..events / 2 {
        let ip = IpAddr::V6(Ipv6Addr::from((0x2001_0db8_u128 << 96) | (u128::from(n) << 64) | 1));
        let now = UnixMillis(START + (events / 5 + n / 20) as i64);
        let started = Instant::now();
        event(&door, ip, true, now);
        flood.note(started.elapsed());
        if n % 1_000_000 == 0 {
            most = most.max(resident());
        }
    }
    flood.say("flood of IPv6 networks");
    let usage = door.usage();
    println!("memory: {} MB resident at most; {usage:?}", most.max(resident()) >> 20);
    let now = UnixMillis(START + (events / 5 + events / 40) as i64);
    let still: Vec<String> = door.windows.limited(now, 10_000).into_iter().filter_map(|l| l.name).collect();
    let lost = held.iter().filter(|name| !still.contains(name)).count();
    println!("at a limit before the flood: {}, of them freed by it or by time: {lost}", held.len());

    let started = Instant::now();
    door.close()?;
    println!("closed in {:?}", started.elapsed());
    let started = Instant::now();
    let again = Door::open(&folder, bounds, now)?;
    println!("opened in {:?}; {:?}", started.elapsed(), again.usage());
    again.close()?;
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}
