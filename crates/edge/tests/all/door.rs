//! The door, spoken to over real sockets and over pipes with a clock that the test turns.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use ::door::Bounds;
use checkpoint::door::ReceptionLimit;
use checkpoint::{Door, DoorSettings};
use edge::smtp::Dialect;
use edge::smtp::server::hold_one;
use message::{Peer, UnixMillis};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream};
use tokio::time::Instant;

use crate::house::{House, settings};

/// A door that looks at loopback too, with these limits.
fn looking(limits: &[&str]) -> DoorSettings {
    let parsed = limits.iter().map(|text| ReceptionLimit::parse(text).expect("a limit of the test").1);
    DoorSettings { trusted: Vec::new(), limits: parsed.collect(), ..DoorSettings::default() }
}

async fn house(settings: DoorSettings) -> House {
    House::behind(Door::in_memory(settings).expect("a door")).await
}

/// A session over a pipe.
pub(crate) struct Talk {
    stream: BufReader<DuplexStream>,
}

impl Talk {
    pub(crate) async fn begin(house: &House, ip: &str, dialect: Dialect) -> Self {
        let (client, server) = tokio::io::duplex(1 << 16);
        let peer = Peer::at(ip.parse().expect("an address"));
        let (gate, settings) = (house.gate.clone(), Arc::new(settings()));
        tokio::spawn(hold_one(Box::new(server), peer, dialect, gate, settings, Default::default()));
        Self { stream: BufReader::new(client) }
    }

    /// Up to the answer to MAIL.
    async fn hello(house: &House, ip: &str) -> Self {
        let mut talk = Self::begin(house, ip, Dialect::Smtp).await;
        assert!(talk.reply().await.starts_with("220"));
        assert!(talk.ask("EHLO client.example").await.starts_with("250"));
        assert!(talk.ask("MAIL FROM:<sender@client.example>").await.starts_with("250"));
        talk
    }

    pub(crate) async fn reply(&mut self) -> String {
        loop {
            let mut line = String::new();
            self.stream.read_line(&mut line).await.expect("a line");
            if line.as_bytes().get(3) != Some(&b'-') {
                return line.trim_end().to_owned();
            }
        }
    }

    pub(crate) async fn ask(&mut self, line: &str) -> String {
        let _ = self.stream.write_all(format!("{line}\r\n").as_bytes()).await;
        self.reply().await
    }

    async fn deliver(&mut self) -> String {
        assert!(self.ask("DATA").await.starts_with("354"));
        self.ask("Subject: x\r\n\r\nx\r\n.").await
    }
}

const TARO: &str = "RCPT TO:<taro@example.jp>";
const NOBODY: &str = "RCPT TO:<nobody@example.jp>";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_sessions_at_once_get_exactly_a_hundred_messages_through() {
    let house = house(looking(&["ip=100/1h"])).await;
    let mut smtp = settings();
    smtp.limits.connections_per_network = 100;
    let served = house.serve(smtp).await;
    let session = async || {
        let mut client = served.connect().await;
        assert!(client.reply().await.starts_with("220"));
        assert!(client.ask("EHLO client.example").await.starts_with("250"));
        let mut through = 0;
        for _ in 0..3 {
            assert!(client.ask("MAIL FROM:<sender@client.example>").await.starts_with("250"));
            let said = client.ask(TARO).await;
            if said.starts_with("250") {
                assert!(client.ask("DATA").await.starts_with("354"));
                let said = client.ask("Subject: x\r\n\r\nx\r\n.").await;
                assert!(said.starts_with("250"), "{said}");
                through += 1;
            } else {
                assert_eq!(said, "450 4.7.1 Not now, please try again later");
                client.ask("RSET").await;
            }
        }
        through
    };
    let all = futures_util::future::join_all((0..64).map(|_| session())).await;
    assert_eq!(all.iter().sum::<usize>(), 100);
    assert_eq!(house.recorder.handed().len(), 100);
}

#[tokio::test]
async fn each_kind_of_limit_counts_its_own() {
    for (limit, other) in [
        ("ip=1/1h", ("192.0.2.8", "sender@client.example", TARO)),
        ("network=1/1h", ("198.51.100.7", "sender@client.example", TARO)),
        ("sender=1/1h", ("192.0.2.7", "another@client.example", TARO)),
        ("sender_domain=1/1h", ("192.0.2.7", "sender@another.example", TARO)),
        ("recipient=1/1h", ("192.0.2.7", "sender@client.example", "RCPT TO:<hanako@example.jp>")),
    ] {
        let house = house(looking(&[limit])).await;
        let mut first = Talk::hello(&house, "192.0.2.7").await;
        assert!(first.ask(TARO).await.starts_with("250"), "{limit}");
        assert!(first.deliver().await.starts_with("250"), "{limit}");
        let mut second = Talk::hello(&house, "192.0.2.7").await;
        assert!(second.ask(TARO).await.starts_with("450 4.7.1"), "{limit}: the second is one too many");
        let (ip, from, rcpt) = other;
        let mut third = Talk::begin(&house, ip, Dialect::Smtp).await;
        third.reply().await;
        third.ask("EHLO client.example").await;
        third.ask(&format!("MAIL FROM:<{from}>")).await;
        assert!(third.ask(rcpt).await.starts_with("250"), "{limit}: another one is not counted with it");
    }
}

#[tokio::test]
async fn a_transaction_that_comes_to_nothing_does_not_count() {
    let house = house(looking(&["ip=1/1h"])).await;
    let mut talk = Talk::hello(&house, "192.0.2.7").await;
    for _ in 0..3 {
        assert!(talk.ask(TARO).await.starts_with("250"), "within the limit");
        assert!(talk.ask("RSET").await.starts_with("250"));
        assert!(talk.ask("MAIL FROM:<sender@client.example>").await.starts_with("250"));
    }
    // Everybody has to wait: the same message comes again and counts then.
    assert!(talk.ask("RCPT TO:<full@example.jp>").await.starts_with("250"));
    assert!(talk.deliver().await.starts_with("452"));
    assert!(talk.ask("MAIL FROM:<sender@client.example>").await.starts_with("250"));
    assert!(talk.ask(TARO).await.starts_with("250"));
    assert!(talk.ask("RCPT TO:<hanako@example.jp>").await.starts_with("250"), "a message counts once");
    assert!(talk.deliver().await.starts_with("250"));
    assert!(talk.ask("MAIL FROM:<sender@client.example>").await.starts_with("250"));
    assert!(talk.ask(TARO).await.starts_with("450"), "this one is the second");
}

#[tokio::test]
async fn what_follows_is_the_operators_choice() {
    for (then, wanted, seconds) in
        [("limit-ip=refuse", "550 5.7.1", 0), ("limit-ip=slow:20s", "250", 20), ("limit-ip=nothing", "250", 0)]
    {
        let rules = policy::door::Rules::parse(&[then.to_owned()]).expect("a rule of the test");
        let house = house(DoorSettings { rules, ..looking(&["ip=1/1h"]) }).await;
        let mut first = Talk::hello(&house, "192.0.2.7").await;
        assert!(first.ask(TARO).await.starts_with("250"));
        let mut second = Talk::hello(&house, "192.0.2.7").await;
        tokio::time::pause();
        let began = Instant::now();
        let said = second.ask(TARO).await;
        assert!(said.starts_with(wanted), "{then}: {said}");
        assert_eq!(began.elapsed().as_secs(), seconds, "{then}");
        tokio::time::resume();
    }
}

#[tokio::test]
async fn observing_takes_nothing_and_stops_nobody() {
    let mut looking = looking(&["ip=1/1h"]);
    looking.modes.insert("reception_limit".into(), controls::Mode::Observe);
    let house = house(looking).await;
    for _ in 0..3 {
        let mut talk = Talk::hello(&house, "192.0.2.7").await;
        assert!(talk.ask(TARO).await.starts_with("250"));
        assert!(talk.deliver().await.starts_with("250"));
    }
}

#[tokio::test]
async fn trusted_networks_and_lmtp_are_let_by() {
    let trusted = vec!["192.0.2.0/24".parse().expect("a network")];
    let house = house(DoorSettings { trusted, ..looking(&["ip=1/1h"]) }).await;
    for _ in 0..3 {
        let mut talk = Talk::hello(&house, "192.0.2.7").await;
        assert!(talk.ask(TARO).await.starts_with("250"));
        assert!(talk.deliver().await.starts_with("250"));
    }
    for _ in 0..2 {
        let mut lmtp = Talk::begin(&house, "198.51.100.7", Dialect::Lmtp).await;
        lmtp.reply().await;
        lmtp.ask("LHLO client.example").await;
        lmtp.ask("MAIL FROM:<sender@client.example>").await;
        assert!(lmtp.ask(TARO).await.starts_with("250"));
        assert!(lmtp.deliver().await.starts_with("250"));
    }
}

/// Asks for an unknown recipient in a message of its own; says how long the answer took.
async fn asks_for_nobody(house: &House, ip: &str) -> (String, Duration) {
    let mut talk = Talk::begin(house, ip, Dialect::Smtp).await;
    let greeting = talk.reply().await;
    if !greeting.starts_with("220") {
        return (greeting, Duration::ZERO);
    }
    talk.ask("EHLO client.example").await;
    talk.ask("MAIL FROM:<sender@client.example>").await;
    let began = Instant::now();
    (talk.ask(NOBODY).await, began.elapsed())
}

#[tokio::test(start_paused = true)]
async fn who_asks_for_many_unknown_recipients_waits_longer_and_longer_and_is_refused() {
    let house = house(looking(&[])).await;
    let mut times = Vec::new();
    let refused = loop {
        let (said, took) = asks_for_nobody(&house, "192.0.2.7").await;
        if !said.starts_with("550 5.1.1") {
            break said;
        }
        times.push(took.as_secs());
        assert!(times.len() < 100, "it is never refused");
    };
    assert_eq!(times[..5], [0; 5], "who mistypes now and then never notices");
    assert!(times.is_sorted() && times[times.len() - 1] >= 30, "longer and longer: {times:?}");
    assert_eq!(times.len(), 19, "the twentieth is refused");
    assert!(refused.starts_with("550 5.7.1"), "{refused}");
    let (greeting, _) = asks_for_nobody(&house, "192.0.2.7").await;
    assert!(greeting.starts_with("554 5.7.1"), "refused at the greeting from now on: {greeting}");
    let (other, took) = asks_for_nobody(&house, "192.0.2.8").await;
    assert!(other.starts_with("550 5.1.1") && took.is_zero(), "its neighbour is not touched: {other}");
}

#[tokio::test(start_paused = true)]
async fn one_message_to_many_unknown_recipients_is_refused_outright() {
    let house = house(looking(&[])).await;
    let mut talk = Talk::hello(&house, "192.0.2.7").await;
    assert!(talk.ask(TARO).await.starts_with("250"));
    let mut said = String::new();
    for _ in 0..10 {
        said = talk.ask(NOBODY).await;
    }
    assert!(said.starts_with("550 5.7.1"), "{said}");
    assert!(talk.ask("RCPT TO:<hanako@example.jp>").await.starts_with("550 5.7.1"), "for everybody");
    assert!(talk.ask("DATA").await.starts_with("554"), "also for who was accepted before");
    assert!(house.recorder.handed().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_list_with_a_few_stale_addresses_is_not_refused() {
    let house = house(looking(&[])).await;
    let mut talk = Talk::hello(&house, "192.0.2.7").await;
    for n in 0..40 {
        assert!(talk.ask(&format!("RCPT TO:<reader{n}@example.jp>")).await.starts_with("250"));
    }
    let began = Instant::now();
    for _ in 0..5 {
        assert!(talk.ask(NOBODY).await.starts_with("550 5.1.1"));
    }
    assert!(began.elapsed().is_zero());
    assert!(talk.deliver().await.starts_with("250"));
}

#[tokio::test(start_paused = true)]
async fn slowing_is_bounded_and_ends_when_the_client_leaves() {
    let rules = policy::door::Rules::parse(&["limit-ip=slow:50s".to_owned()]).expect("a rule of the test");
    let house = house(DoorSettings { rules, slowed: 2, ..looking(&["ip=1/1h"]) }).await;
    let mut first = Talk::hello(&house, "192.0.2.7").await;
    assert!(first.ask(TARO).await.starts_with("250"));
    let mut waiting = Vec::new();
    for _ in 0..2 {
        let mut talk = Talk::hello(&house, "192.0.2.7").await;
        let _ = talk.stream.write_all(format!("{TARO}\r\n").as_bytes()).await;
        waiting.push(talk);
    }
    while house.gate.door.slowed.waiting() < 2 {
        tokio::task::yield_now().await;
    }
    let began = Instant::now();
    let mut third = Talk::hello(&house, "192.0.2.7").await;
    assert!(third.ask(TARO).await.starts_with("450"), "no place to wait: it comes again");
    let mut good = Talk::hello(&house, "198.51.100.7").await;
    assert!(good.ask(TARO).await.starts_with("250"), "others are served meanwhile");
    assert!(began.elapsed().is_zero());
    drop(waiting.pop());
    while house.gate.door.slowed.waiting() > 1 {
        tokio::task::yield_now().await;
    }
    assert!(began.elapsed() < Duration::from_secs(50), "its place is free before its time was over");
    assert!(waiting[0].reply().await.starts_with("250"));
    assert_eq!(began.elapsed().as_secs(), 50);
}

#[tokio::test(start_paused = true)]
async fn what_was_learned_of_a_source_survives_a_restart_in_the_middle_of_a_flood() {
    let folder = tempfile::tempdir().expect("a folder");
    let open = || {
        let memory = ::door::Door::open(folder.path(), Bounds::default(), checkpoint::now()).expect("a memory");
        Door::new(looking(&["ip=3/1d"]), Arc::new(memory))
    };
    let before = house_behind(open()).await;
    for _ in 0..2 {
        let mut talk = Talk::hello(&before, "198.51.100.7").await;
        assert!(talk.ask(TARO).await.starts_with("250"));
        assert!(talk.deliver().await.starts_with("250"));
    }
    for _ in 0..12 {
        asks_for_nobody(&before, "192.0.2.7").await;
    }
    before.gate.door.memory.close().expect("written");
    drop(before);
    let after = house_behind(open()).await;
    let (said, took) = asks_for_nobody(&after, "192.0.2.7").await;
    assert!(said.starts_with("550 5.1.1") && took.as_secs() >= 20, "{said} after {took:?}");
    let mut talk = Talk::hello(&after, "198.51.100.7").await;
    assert!(talk.ask(TARO).await.starts_with("250"));
    assert!(talk.deliver().await.starts_with("250"));
    let mut talk = Talk::hello(&after, "198.51.100.7").await;
    assert!(talk.ask(TARO).await.starts_with("450"), "the fourth of the day");
}

async fn house_behind(door: Door) -> House {
    House::behind(door).await
}

static CLOCK: AtomicI64 = AtomicI64::new(1_800_000_000_000);

fn turned() -> UnixMillis {
    UnixMillis(CLOCK.load(Ordering::Relaxed))
}

/// Back: what was taken stays taken, nothing frees early. Forward: what an hour frees is free, and no more than the
/// limit passes again.
#[tokio::test]
async fn a_clock_that_steps_an_hour_neither_opens_the_door_nor_shuts_it() {
    let door = Door::in_memory(looking(&["ip=2/30m"])).expect("a door").with_clock(turned);
    let house = House::behind(door).await;
    let passes = async || {
        let mut talk = Talk::hello(&house, "192.0.2.7").await;
        let yes = talk.ask(TARO).await.starts_with("250");
        if yes {
            assert!(talk.deliver().await.starts_with("250"));
        }
        yes
    };
    assert_eq!([passes().await, passes().await, passes().await], [true, true, false]);
    CLOCK.fetch_sub(3_600_000, Ordering::Relaxed);
    assert!(!passes().await, "an hour back, nothing has left the window");
    CLOCK.fetch_add(3_600_000 + 31 * 60_000, Ordering::Relaxed);
    assert_eq!([passes().await, passes().await, passes().await], [true, true, false], "half an hour later as ever");
    CLOCK.fetch_add(3_600_000, Ordering::Relaxed);
    assert_eq!(
        [passes().await, passes().await, passes().await],
        [true, true, false],
        "an hour forward: one limit more"
    );
}
