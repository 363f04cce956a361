//! What a sender is known for from one message to the next: its address and the domain it proved, through SMTP and by
//! milter; and whose turn it is while the machine is busy.

use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ::door::Source;
use auth::dns::Zone;
use bytes::Bytes;
use checkpoint::{Face, Transaction, Visit};
use edge::smtp::Dialect;
use message::{Body, Envelope, Peer, ReversePath, UnixMillis};
use policy::DecisionRecord;
use store::records::decisions::DecisionQuery;
use testkit::corpus::Sample;

use crate::faces_agree::{AGREED, by_milter, by_smtp, subscribe};
use crate::house::{House, address};

const DOMAIN: &str = "kakunin.example";
const TARO: &str = "taro@example.jp";

/// A phishing message of our corpus from this address, which SPF allows to its domain; no two have the same octets.
fn phishing(number: usize, peer: &str) -> (Sample, Vec<u8>) {
    let samples = testkit::corpus::samples();
    let sample = samples.into_iter().find(|sample| sample.name.contains("card-phishing")).expect("the sample is there");
    let message =
        [format!("X-Number: {number}\r\n").as_bytes(), &testkit::maildir::with_crlf(&sample.message)].concat();
    let mail_from = format!("info@{DOMAIN}");
    (Sample { peer: peer.into(), mail_from, recipients: vec![TARO.into()], ..sample }, message)
}

fn plain(peer: &str) -> (Sample, Vec<u8>) {
    // Nor these: a message that comes again by milter is not written down again where it is held.
    let message = format!(
        "From: someone@elsewhere.example\r\nTo: taro@example.jp\r\nSubject: A walk\r\n\
         Message-ID: <{peer}@elsewhere.example>\r\n\r\nOn Sunday?\r\n"
    );
    (Sample { name: "plain".into(), ..phishing(0, peer).0 }, message.into_bytes())
}

/// Reasons that the newest decision for Taro found or observed.
async fn newest_reasons(house: &House, decisions: usize) -> Vec<String> {
    let operator = house.gate.directory.first_operator();
    let query = DecisionQuery { operator, limit: 1_000, ..DecisionQuery::default() };
    let all = async {
        loop {
            // Rows of delivered mail are written in groups, within a second.
            let mut rows = house.gate.stores.records.find_decisions(&query).await.expect("records can be read");
            if rows.len() >= decisions {
                rows.sort_by_key(|(transaction, _)| transaction.id.0);
                return rows;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let mut rows = tokio::time::timeout(Duration::from_secs(60), all).await.expect("every decision is written down");
    let record = DecisionRecord::from_json(&rows.pop().expect("a row").1.json).expect("a record of ours");
    let verdict = record.decision.verdict;
    verdict.findings.into_iter().chain(verdict.observed).map(|finding| finding.reason).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_domain_is_known_for_what_it_sent_wherever_it_sends_from() {
    for face in [Face::Smtp, Face::Milter] {
        let zone = Zone::new().txt(DOMAIN, "v=spf1 ip4:203.0.113.0/24 ip4:198.51.100.0/24 -all");
        let house = House::judging(&["example.jp"], zone.mx(DOMAIN, 10, "mail.kakunin.example")).await;
        subscribe(&house, TARO, AGREED).await;
        let through = async |(sample, message): (Sample, Vec<u8>)| match face {
            Face::Milter => by_milter(&house, &sample, &message).await,
            _ => by_smtp(&house, Dialect::Smtp, &sample, &message).await,
        };
        let told = face.name();
        through(plain("198.51.100.9")).await;
        let reasons = newest_reasons(&house, 1).await;
        assert!(!reasons.iter().any(|reason| reason.starts_with("domain-reputation")), "{told}: {reasons:?}");
        for number in 0..25 {
            through(phishing(number, &format!("203.0.113.{}", number + 1))).await;
        }
        let ip: IpAddr = "203.0.113.7".parse().expect("an address");
        let standing = house.gate.door.explain(ip).standing;
        let own = standing.parts.iter().find(|part| part.name == ip.to_string()).expect("its address is known");
        assert_eq!(
            (own.tally.messages.round(), own.tally.spam.round()),
            (1.0, 1.0),
            "{told}: each message counts once"
        );
        // Another address, in another network, proves the same domain.
        through(plain("198.51.100.10")).await;
        let reasons = newest_reasons(&house, 27).await;
        assert!(reasons.iter().any(|reason| reason == "domain-reputation-bad"), "{told}: {reasons:?}");
        // Who only says that it is the domain, and does not prove it, does not inherit.
        through(plain("192.0.2.10")).await;
        let reasons = newest_reasons(&house, 28).await;
        assert!(!reasons.iter().any(|reason| reason.starts_with("domain-reputation")), "{told}: {reasons:?}");
        let source = Source::AuthenticatedDomain(DOMAIN);
        let (door, settings) = (&house.gate.door, house.gate.door.settings.load());
        let tally = door.memory.reputation.tally(&source, &settings.reputation, door.now()).expect("a history");
        assert_eq!(tally.messages.round(), 27.0, "{told}: what is not proven is not counted for the domain");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_server_in_front_is_not_known_for_what_it_passes_on() {
    let front = "192.0.2.25";
    let zone = Zone::new().txt(DOMAIN, "v=spf1 ip4:192.0.2.0/24 -all").mx(DOMAIN, 10, "mail.kakunin.example");
    let house = House::judging(&["example.jp"], zone).await;
    subscribe(&house, TARO, AGREED).await;
    for number in 0..3 {
        let (sample, message) = phishing(number, front);
        by_smtp(&house, Dialect::Lmtp, &sample, &message).await;
    }
    house.gate.door.heard_complaint("lmtp", front.parse().expect("an address"), None);
    let door = &house.gate.door;
    let known = |source: &str| {
        let source = Source::parse(source).expect("a source");
        let tally = door.memory.reputation.tally(&source, &door.settings.load().reputation, door.now());
        tally.map(|tally| tally.spam.round())
    };
    assert_eq!((known(front), known("192.0.2.0/24"), known("domain:kakunin.example")), (None, None, Some(3.0)));
}

async fn transaction(house: &House, ip: String) -> Transaction {
    let mut visit = Visit::new(Peer::at(ip.parse().expect("an address")), Face::Smtp);
    house.gate.connect(&mut visit).await.answer.expect("connect passes");
    let envelope = Envelope {
        peer: visit.peer.clone(),
        mail_from: ReversePath::Address(address("sender@client.example")),
        smtp_utf8: false,
        body: Body::SevenBit,
        received_at: UnixMillis(0),
    };
    let mut transaction = house.gate.mail(&visit, envelope, None).await.answer.expect("MAIL passes");
    house.gate.rcpt(&mut transaction, address(TARO)).await.answer.expect("RCPT passes");
    transaction
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_suspects_flood_strangers_do_not_wait_for_them_and_nobody_is_dropped() {
    // As many suspects as there are cores are judged at a time, and every look-up takes a while.
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let (suspects, strangers) = (8 * cores, 4);
    let house = House::judging(&["example.jp"], Zone::new().slow(Duration::from_millis(200))).await;
    let bad: IpAddr = "192.0.2.7".parse().expect("an address");
    for _ in 0..20 {
        house.gate.door.heard_complaint("smtp", bad, None);
    }
    let order: Arc<Mutex<Vec<&str>>> = Arc::default();
    let send = |transaction: Transaction, who: &'static str| {
        let (gate, order) = (house.gate.clone(), order.clone());
        tokio::spawn(async move {
            let raw = Bytes::from_static(b"From: a@client.example\r\nSubject: x\r\n\r\nx\r\n");
            let answer = gate.data(transaction, raw).await;
            order.lock().expect("nobody panicked").push(who);
            answer.whole.code
        })
    };
    // Envelopes first: looking names up for them takes a while too.
    let of_suspects = (0..suspects).map(|_| transaction(&house, "192.0.2.7".into()));
    let of_suspects = futures_util::future::join_all(of_suspects).await;
    let of_strangers = (0..strangers).map(|number| transaction(&house, format!("198.51.100.{number}")));
    let of_strangers = futures_util::future::join_all(of_strangers).await;
    let flood: Vec<_> = of_suspects.into_iter().map(|one| send(one, "suspect")).collect();
    let flooding = async {
        while house.gate.door.turn.queued().suspect < suspects / 2 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), flooding).await.expect("suspects wait");
    let others: Vec<_> = of_strangers.into_iter().map(|one| send(one, "stranger")).collect();
    for one in flood.into_iter().chain(others) {
        assert_eq!(one.await.expect("it ends"), 250, "served, sooner or later");
    }
    let order = order.lock().expect("nobody panicked");
    assert_eq!(order.len(), suspects + strangers);
    let last = order.iter().rposition(|who| *who == "stranger").expect("they were served");
    assert!(last < suspects / 2 + strangers, "strangers waited for suspects: {order:?}");
}
