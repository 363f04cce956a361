//! The door: over real sockets, over pipes, and asked through the gate where the pause itself is looked at.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use ::door::Bounds;
use checkpoint::door::{CannotSlow, ReceptionLimit};
use checkpoint::{Door, DoorSettings, Face, Transaction, Visit};
use edge::smtp::Dialect;
use edge::smtp::server::hold_one;
use message::{Body, Envelope, Peer, ReversePath, UnixMillis};
use policy::Reply;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream};
use tokio::time::Instant;

use crate::house::{House, address, settings};

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

/// A house that takes mail for two operators, with these limits: the operator's place and the limit.
async fn two_operators(limits: &[(Option<usize>, &str)]) -> House {
    use store::records::directory::OperatorRow;
    let house = house(looking(&[])).await;
    let row = OperatorRow { id: store::OperatorId(0), name: "Example Net".into(), time_zone: "Asia/Tokyo".into() };
    let second = house.gate.stores.records.put_operator(&row).await.expect("an operator");
    let mut domains = house.gate.directory.domains();
    let operators = [domains[0].operator, second];
    let other = crate::house::domain("example.net");
    domains.push(checkpoint::LocalDomain { operator: second, name: other, ..domains[0].clone() });
    house.gate.directory.replace_domains(domains);
    let limits = limits.iter().map(|(whose, text)| {
        let limit = ReceptionLimit::parse(text).expect("a limit of the test").1;
        ReceptionLimit { operator: whose.map(|place| operators[place]), ..limit }
    });
    house.gate.door.reload(DoorSettings { limits: limits.collect(), ..looking(&[]) });
    house
}

const NET: &str = "RCPT TO:<taro@example.net>";

/// One message to these; the answers to RCPT, shortened.
async fn message_to(house: &House, whom: &[&str]) -> Vec<String> {
    let mut talk = Talk::hello(house, "192.0.2.7").await;
    let mut said = Vec::new();
    for one in whom {
        said.push(talk.ask(one).await[..3].to_owned());
    }
    if said.iter().any(|code| code == "250") {
        assert!(talk.deliver().await.starts_with("250"));
    }
    said
}

#[tokio::test]
async fn an_operators_own_limit_counts_what_comes_for_that_operator_alone() {
    let house = two_operators(&[(Some(0), "ip=1/1h"), (Some(1), "ip=1/1h")]).await;
    assert_eq!(message_to(&house, &[TARO]).await, ["250"]);
    assert_eq!(message_to(&house, &[TARO]).await, ["450"]);
    assert_eq!(message_to(&house, &[TARO, NET]).await, ["450", "250"], "the other's limit is untouched");
    assert_eq!(message_to(&house, &[NET]).await, ["450"]);
    let source = ::door::Source::parse("192.0.2.7").expect("a source");
    let held: Vec<_> = house.gate.door.held(10).into_iter().map(|held| held.source).collect();
    assert_eq!(held, [Some("192.0.2.7".to_owned()), Some("192.0.2.7".to_owned())], "staff see whom");
    let explained = house.gate.door.explain("192.0.2.7".parse().expect("an address"));
    assert_eq!(explained.limits.iter().map(|limit| limit.1).collect::<Vec<_>>(), [1, 1]);
    assert!(house.gate.door.reset(&source));
    assert_eq!(message_to(&house, &[TARO, NET]).await, ["250", "250"]);
}

#[tokio::test]
async fn a_message_to_two_operators_counts_once_for_everybodys_limit() {
    let house = two_operators(&[(None, "ip=2/1h")]).await;
    assert_eq!(message_to(&house, &[TARO, NET]).await, ["250", "250"]);
    assert_eq!(message_to(&house, &[NET, TARO]).await, ["250", "250"]);
    assert_eq!(message_to(&house, &[NET, TARO]).await, ["450", "450"]);
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
    for (then, wanted, at_least) in
        [("limit-ip=refuse", "550 5.7.1", 0), ("limit-ip=slow:1s", "250", 1), ("limit-ip=nothing", "250", 0)]
    {
        let rules = policy::door::Rules::parse(&[then.to_owned()]).expect("a rule of the test");
        let house = house(DoorSettings { rules, ..looking(&["ip=1/1h"]) }).await;
        let mut first = Talk::hello(&house, "192.0.2.7").await;
        assert!(first.ask(TARO).await.starts_with("250"));
        let mut second = Talk::hello(&house, "192.0.2.7").await;
        let began = Instant::now();
        let said = second.ask(TARO).await;
        assert!(said.starts_with(wanted), "{then}: {said}");
        assert!(began.elapsed().as_secs() >= at_least, "{then}");
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

/// Asks the gate for recipients in one message of this peer; gives each pause and answer, and the transaction.
async fn asks_for(
    house: &House,
    ip: &str,
    whom: &[&str],
) -> (Vec<(Duration, Result<Reply, Reply>)>, Option<Transaction>) {
    let mut visit = Visit::new(Peer::at(ip.parse().expect("an address")), Face::Smtp);
    let said = house.gate.connect(&mut visit).await;
    if let Err(reply) = said.answer {
        return (vec![(said.pause, Err(reply))], None);
    }
    let envelope = Envelope {
        peer: visit.peer.clone(),
        mail_from: ReversePath::Address(address("sender@client.example")),
        smtp_utf8: false,
        body: Body::SevenBit,
        received_at: UnixMillis(0),
    };
    let mut transaction = house.gate.mail(&visit, envelope, None).await.answer.expect("MAIL is taken");
    let mut answers = Vec::new();
    for one in whom {
        let said = house.gate.rcpt(&mut transaction, address(&format!("{one}@example.jp"))).await;
        answers.push((said.pause, said.answer));
    }
    (answers, Some(transaction))
}

fn code(answer: &Result<Reply, Reply>) -> (u16, Option<(u8, u16, u16)>) {
    let reply = match answer {
        Ok(reply) | Err(reply) => reply,
    };
    (reply.code, reply.enhanced)
}

const UNKNOWN: (u16, Option<(u8, u16, u16)>) = (550, Some((5, 1, 1)));
const REFUSED: (u16, Option<(u8, u16, u16)>) = (550, Some((5, 7, 1)));

#[tokio::test]
async fn who_asks_for_many_unknown_recipients_waits_longer_and_longer_and_is_refused() {
    let house = House::behind(Door::in_memory(looking(&[])).expect("a door").with_clock(still)).await;
    let mut pauses = Vec::new();
    let refused = loop {
        let (answers, _) = asks_for(&house, "192.0.2.7", &["nobody"]).await;
        if code(&answers[0].1) != UNKNOWN {
            break code(&answers[0].1);
        }
        pauses.push(answers[0].0.as_secs());
        assert!(pauses.len() < 100, "it is never refused");
    };
    assert_eq!(pauses[..10], [0, 0, 0, 0, 0, 1, 2, 4, 8, 16], "five are let by, then longer and longer");
    assert_eq!(pauses[10..], [30; 9], "never longer than half a minute, and the twentieth is refused");
    assert_eq!(refused, REFUSED);
    let (greeting, _) = asks_for(&house, "192.0.2.7", &["taro"]).await;
    assert_eq!(code(&greeting[0].1).0, 554, "refused at the greeting from now on");
    let (neighbour, _) = asks_for(&house, "192.0.2.8", &["nobody"]).await;
    assert_eq!((neighbour[0].0, code(&neighbour[0].1)), (Duration::ZERO, UNKNOWN), "its neighbour is not touched");
}

#[tokio::test]
async fn a_source_that_mistypes_now_and_then_never_notices() {
    let house = house(looking(&[])).await;
    let mut whom = vec!["taro"; 9];
    whom.push("nobody");
    for _ in 0..30 {
        let (answers, _) = asks_for(&house, "192.0.2.7", &whom).await;
        assert!(answers.iter().all(|(pause, _)| pause.is_zero()));
        assert_eq!(code(&answers[9].1), UNKNOWN);
    }
}

#[tokio::test]
async fn a_sender_that_the_next_hop_does_not_want_asked_for_nobody_unknown() {
    let house = house(looking(&[])).await;
    for _ in 0..30 {
        let (answers, _) = asks_for(&house, "192.0.2.7", &["notyou"]).await;
        assert_eq!((answers[0].0, code(&answers[0].1)), (Duration::ZERO, (550, Some((5, 1, 8)))));
    }
}

#[tokio::test]
async fn one_host_with_ipv6_is_one_source_whatever_address_it_takes() {
    let house = house(looking(&[])).await;
    for n in 0..19 {
        asks_for(&house, &format!("2001:db8::{n:x}"), &["nobody"]).await;
    }
    let (answers, _) = asks_for(&house, "2001:db8::ffff", &["nobody"]).await;
    assert_eq!(code(&answers[0].1), REFUSED);
    let (answers, _) = asks_for(&house, "2001:db8:0:1::1", &["nobody"]).await;
    assert_eq!((answers[0].0, code(&answers[0].1)), (Duration::ZERO, UNKNOWN));
}

#[tokio::test]
async fn one_message_to_many_unknown_recipients_is_refused_outright() {
    // No other source of pauses: only what this one message does.
    let mut looking = looking(&[]);
    looking.unknown.tolerated = 1_000.0;
    let house = house(looking).await;
    let mut talk = Talk::hello(&house, "192.0.2.7").await;
    assert!(talk.ask(TARO).await.starts_with("250"));
    for _ in 0..9 {
        assert!(talk.ask(NOBODY).await.starts_with("550 5.1.1"));
    }
    assert!(talk.ask(NOBODY).await.starts_with("550 5.7.1"), "the tenth");
    assert!(talk.ask("RCPT TO:<hanako@example.jp>").await.starts_with("550 5.7.1"), "for everybody");
    assert!(talk.ask("DATA").await.starts_with("554"), "also for who was accepted before");
    assert!(house.recorder.handed().is_empty());
    assert!(talk.ask("RSET").await.starts_with("250"));
    assert!(talk.ask("MAIL FROM:<sender@client.example>").await.starts_with("250"));
    assert!(talk.ask(TARO).await.starts_with("250"), "the next message is another one");
}

#[tokio::test]
async fn a_list_with_a_few_stale_addresses_is_not_refused() {
    let house = house(looking(&[])).await;
    let readers: Vec<String> = (0..40).map(|n| format!("reader{n}")).collect();
    let mut whom: Vec<&str> = readers.iter().map(String::as_str).collect();
    whom.extend(["nobody"; 5]);
    let (answers, transaction) = asks_for(&house, "192.0.2.7", &whom).await;
    assert!(answers.iter().all(|(pause, _)| pause.is_zero()));
    assert_eq!(transaction.map(|transaction| transaction.recipients.len()), Some(40));
}

#[tokio::test]
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
    until(|| house.gate.door.slowed.waiting() == 2).await;
    let mut third = Talk::hello(&house, "192.0.2.7").await;
    assert!(third.ask(TARO).await.starts_with("450"), "no place to wait: it comes again");
    let mut good = Talk::hello(&house, "198.51.100.7").await;
    assert!(good.ask(TARO).await.starts_with("250"), "others are served meanwhile");
    assert_eq!(house.gate.door.slowed.waiting(), 2, "all the while");
    waiting.pop();
    until(|| house.gate.door.slowed.waiting() == 1).await;
    waiting.pop();
    until(|| house.gate.door.slowed.waiting() == 0).await;
}

/// Lets the others run until it is so; within half of the shortest pause that could make it so by itself.
async fn until(so: impl Fn() -> bool) {
    let began = Instant::now();
    while !so() {
        assert!(began.elapsed() < Duration::from_secs(25), "it did not happen");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn faces_that_cannot_slow_pass_or_defer_as_configured() {
    for (cannot_slow, wanted) in [(CannotSlow::Pass, 250), (CannotSlow::Defer, 450)] {
        let rules = policy::door::Rules::parse(&["limit-ip=slow:50s".to_owned()]).expect("a rule of the test");
        let house = house(DoorSettings { rules, cannot_slow, ..looking(&["ip=1/1h"]) }).await;
        let (_, _first) = asks_for(&house, "192.0.2.7", &["taro"]).await;
        let (_, second) = asks_for(&house, "192.0.2.7", &[]).await;
        let mut second = second.expect("a transaction");
        second.face = Face::RspamdHttp;
        let said = house.gate.rcpt(&mut second, address("taro@example.jp")).await;
        assert_eq!((said.pause, code(&said.answer).0), (Duration::ZERO, wanted));
    }
}

#[tokio::test]
async fn what_was_learned_of_a_source_survives_a_restart_in_the_middle_of_a_flood() {
    let folder = tempfile::tempdir().expect("a folder");
    let open = || {
        let memory = ::door::Door::open(folder.path(), Bounds::default(), still()).expect("a memory");
        Door::new(looking(&["ip=3/1d"]), Arc::new(memory)).with_clock(still)
    };
    let before = House::behind(open()).await;
    let mut talk = Talk::hello(&before, "198.51.100.7").await;
    for _ in 0..2 {
        assert!(talk.ask(TARO).await.starts_with("250"));
        assert!(talk.deliver().await.starts_with("250"));
        assert!(talk.ask("MAIL FROM:<sender@client.example>").await.starts_with("250"));
    }
    for _ in 0..9 {
        asks_for(&before, "192.0.2.7", &["nobody"]).await;
    }
    before.gate.door.memory.close().expect("written");
    let after = House::behind(open()).await;
    let (answers, _) = asks_for(&after, "192.0.2.7", &["nobody"]).await;
    assert_eq!((answers[0].0.as_secs(), code(&answers[0].1)), (16, UNKNOWN), "the tenth, as if nothing had been");
    let mut talk = Talk::hello(&after, "198.51.100.7").await;
    assert!(talk.ask(TARO).await.starts_with("250"));
    assert!(talk.deliver().await.starts_with("250"));
    assert!(talk.ask("MAIL FROM:<sender@client.example>").await.starts_with("250"));
    assert!(talk.ask(TARO).await.starts_with("450"), "the fourth of the day");
}

/// A clock for tests that count: nothing fades while the machine is busy with other things.
fn still() -> UnixMillis {
    UnixMillis(1_800_000_000_000)
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

#[tokio::test]
async fn a_recipient_that_comes_into_being_is_known_at_once() {
    use store::records::directory::{AddressKind, AddressRow, Known};
    let house = house(looking(&[])).await;
    let mut domains = house.gate.directory.domains();
    domains.iter_mut().for_each(|domain| domain.known = Known::Table);
    let operator = domains[0].operator;
    house.gate.directory.replace_domains(domains);
    let mut talk = Talk::hello(&house, "192.0.2.7").await;
    assert!(talk.ask(TARO).await.starts_with("550 5.1.1"));
    let row = AddressRow { operator, key: "taro@example.jp".into(), kind: AddressKind::Mailbox, subscriber: None };
    house.gate.stores.records.put_address(&row).await.expect("a row");
    assert!(talk.ask(TARO).await.starts_with("250"));
}
