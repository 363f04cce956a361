//! What names say at the door: lists, changing addresses, HELO, senders that do not exist, greylisting; and what becomes
//! of all that when DNS is dead, slow or lies.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use auth::dns::{Dns, Lookup, Mx, Reply, Text, Zone};
use checkpoint::door::callout::{Callout, CalloutSettings};
use checkpoint::door::dynamic_source::Dynamic;
use checkpoint::door::greylist::{Greylisting, Whom};
use checkpoint::door::lists::{Kind, ListSettings, Lists};
use checkpoint::door::ranges::Ranges;
use checkpoint::door::{Names, Visit};
use checkpoint::judge::SourcesInForce;
use checkpoint::{Door, DoorSettings, Face};
use controls::Mode;
use controls::inbound::CONTROLS;
use edge::smtp::Dialect;
use message::{Body, Envelope, Peer, ReversePath, UnixMillis};
use policy::door::Rules;

use crate::door::Talk;
use crate::house::House;

const PEER: &str = "192.0.2.9";
const TARO: &str = "RCPT TO:<taro@example.jp>";

/// Every control of the door in force, with these rules.
fn strict(then: &[&str]) -> DoorSettings {
    let entries: Vec<String> = then.iter().map(|text| (*text).to_owned()).collect();
    let at_door = CONTROLS.iter().filter(|control| control.is_of_the_door() && control.name != "greylisting");
    DoorSettings {
        trusted: Vec::new(),
        modes: at_door.map(|control| (control.name.to_owned(), Mode::Enforce)).collect::<BTreeMap<_, _>>(),
        rules: Rules::parse(&entries).expect("rules of the test"),
        gather: Duration::from_secs(5),
        ..DoorSettings::default()
    }
}

fn list(zone: &str) -> ListSettings {
    ListSettings {
        name: zone.split('.').next().unwrap_or(zone).to_owned(),
        zone: zone.to_owned(),
        kind: Kind::Addresses,
        allow: false,
        codes: Vec::new(),
        points: 2.0,
        refuse_alone: false,
        test_entry: None,
    }
}

/// A world in which 192.0.2.9 is on the list and comes from a line with a changing address.
fn world() -> Zone {
    Zone::new()
        .a("2.0.0.127.bl.example", [127, 0, 0, 2])
        .a("9.2.0.192.bl.example", [127, 0, 0, 2])
        .a("2.0.0.127.wl.example", [127, 0, 0, 2])
        .ptr([192, 0, 2, 9], "dhcp-192-0-2-9.example.net")
        .a("dhcp-192-0-2-9.example.net", [192, 0, 2, 9])
        .ptr([192, 0, 2, 10], "dhcp-192-0-2-10.example.net")
        .a("dhcp-192-0-2-10.example.net", [192, 0, 2, 10])
        .ptr([198, 51, 100, 7], "mail.client.example")
        .a("mail.client.example", [198, 51, 100, 7])
        .mx("client.example", 10, "mail.client.example")
        .mx("null.example", 0, "")
        .txt("proven.example", "v=spf1 ip4:192.0.2.0/24 -all")
        .mx("proven.example", 10, "mail.client.example")
}

async fn house(settings: DoorSettings, dns: Arc<dyn Dns>, names: Names) -> House {
    let door = Door::in_memory(settings).expect("a door").with_clock(clock);
    let house = House::behind(door).await;
    house.gate.judge.sources.rcu(|current| {
        let mut sources = current.0.clone();
        sources.dns = Some(dns.clone());
        SourcesInForce(sources)
    });
    if let Some(lists) = &names.lists {
        lists.test_all().await;
    }
    house.gate.door.names.store(Arc::new(names));
    house
}

fn with_lists(lists: Vec<ListSettings>, dns: &Arc<dyn Dns>) -> Names {
    Names { lists: Some(Arc::new(Lists::new(lists, dns.clone(), None))), ..Names::default() }
}

static NOW: AtomicI64 = AtomicI64::new(1_800_000_000_000);

fn clock() -> UnixMillis {
    UnixMillis(NOW.load(Ordering::SeqCst))
}

async fn greeting(house: &House, ip: &str) -> String {
    Talk::begin(house, ip, Dialect::Smtp).await.reply().await
}

/// Reasons that a session up to MAIL gives, in order, and the controls that could not see.
async fn reasons(house: &House, ip: &str, helo: &str, sender: &str) -> (Vec<String>, Vec<String>) {
    let ip: IpAddr = ip.parse().expect("an address");
    let mut visit = Visit::new(Peer::at(ip), Face::Smtp);
    house.gate.connect(&mut visit).await.answer.expect("connect passes");
    visit.peer.helo = Some(helo.to_owned());
    house.gate.helo(&mut visit).await.answer.expect("HELO passes");
    let envelope = Envelope {
        peer: visit.peer.clone(),
        mail_from: ReversePath::parse(sender).expect("a sender"),
        smtp_utf8: false,
        body: Body::SevenBit,
        received_at: clock(),
    };
    let transaction = house.gate.mail(&visit, envelope, None).await.answer.expect("MAIL passes");
    let noted = transaction.visit.noted();
    (noted.findings.iter().map(|(finding, _)| finding.reason.clone()).collect(), noted.unknown.clone())
}

const LENIENT: &[&str] = &[
    "blocklist-listed=nothing",
    "blocklist-certain=nothing",
    "dynamic-source-name=nothing",
    "dynamic-source-range=nothing",
];

#[tokio::test]
async fn a_listed_peer_is_told_what_the_operator_chose() {
    let dns: Arc<dyn Dns> = Arc::new(world());
    let off = "dynamic-source-name=nothing";
    let deferring = strict(&["blocklist-listed=defer", off]);
    let house = house(deferring, dns.clone(), with_lists(vec![list("bl.example")], &dns)).await;
    assert!(greeting(&house, PEER).await.starts_with("421"));
    assert!(greeting(&house, "198.51.100.7").await.starts_with("220"));

    // As shipped a listing only slows.
    let connect = async |ip: &str| {
        let mut visit = Visit::new(Peer::at(ip.parse().expect("an address")), Face::Smtp);
        let said = house.gate.connect(&mut visit).await;
        (said.pause.as_secs(), said.answer.map_err(|reply| reply.code))
    };
    house.gate.door.reload(strict(&[off]));
    assert_eq!(connect(PEER).await, (5, Ok(())));
    assert_eq!(connect("198.51.100.7").await, (0, Ok(())));

    // A list is never the only ground of a final refusal, unless the operator says so of that list.
    house.gate.door.reload(strict(&["blocklist-listed=refuse", off]));
    assert_eq!(connect(PEER).await, (10, Ok(())));
    let sure = with_lists(vec![ListSettings { refuse_alone: true, ..list("bl.example") }], &dns);
    sure.lists.as_ref().expect("lists").test_all().await;
    house.gate.door.names.store(Arc::new(sure));
    assert!(greeting(&house, PEER).await.starts_with("554"));

    // An allow list wins over all of it.
    let dns: Arc<dyn Dns> = Arc::new(world().a("9.2.0.192.wl.example", [127, 0, 0, 2]));
    let allow = ListSettings { allow: true, ..list("wl.example") };
    let both = with_lists(vec![ListSettings { refuse_alone: true, ..list("bl.example") }, allow], &dns);
    both.lists.as_ref().expect("lists").test_all().await;
    house.gate.door.names.store(Arc::new(both));
    house.gate.judge.sources.rcu(|current| {
        let mut sources = current.0.clone();
        sources.dns = Some(dns.clone());
        SourcesInForce(sources)
    });
    assert!(greeting(&house, PEER).await.starts_with("220"));
}

#[tokio::test]
async fn changing_addresses_are_refused_where_that_is_in_force_and_exceptions_are_not() {
    let dns: Arc<dyn Dns> = Arc::new(world());
    let mut ranges = Ranges::default();
    ranges.add("ranges", "203.0.113.0/24 home lines\n!203.0.113.128/25\n").expect("ranges");
    let dynamic = Dynamic {
        ranges: Arc::new(ranges),
        except_networks: vec!["192.0.2.10/32".parse().expect("a network")],
        ..Dynamic::default()
    };
    let house = house(strict(&[]), dns, Names { dynamic, ..Names::default() }).await;
    for (ip, code) in [
        (PEER, "554"),
        ("192.0.2.10", "220"),
        ("203.0.113.1", "554"),
        ("203.0.113.129", "220"),
        ("198.51.100.7", "220"),
    ] {
        assert!(greeting(&house, ip).await.starts_with(code), "{ip}");
    }
    // Whoever signed in is not looked at, wherever from.
    let mut visit = Visit::new(Peer::at(PEER.parse().expect("an address")), Face::Smtp);
    visit.user = Some("taro".into());
    assert!(house.gate.connect(&mut visit).await.answer.is_ok());
    // Neither are trusted networks.
    let trusted = vec!["192.0.2.0/24".parse().expect("a network")];
    house.gate.door.reload(DoorSettings { trusted, ..strict(&[]) });
    assert!(greeting(&house, PEER).await.starts_with("220"));
}

#[tokio::test]
async fn names_and_senders_are_found_out_by_the_end_of_mail() {
    let dns: Arc<dyn Dns> = Arc::new(world());
    let names = Names { ours: vec!["example.jp".into()], ..with_lists(vec![list("bl.example")], &dns) };
    let house = house(strict(LENIENT), dns, names).await;
    let good = ("198.51.100.7", "mail.client.example", "<a@client.example>");
    let rows: &[(&str, &str, &str, &[&str])] = &[
        (good.0, good.1, good.2, &[]),
        (good.0, good.1, "<>", &[]),
        (good.0, "[198.51.100.7]", good.2, &[]),
        (good.0, "198.51.100.7", good.2, &["helo-bare-address"]),
        (good.0, "[192.0.2.1]", good.2, &["helo-other-address"]),
        (good.0, "example.jp", good.2, &["helo-ours"]),
        (good.0, "localhost", good.2, &["helo-unqualified"]),
        (good.0, "nowhere.example", good.2, &["helo-unresolvable"]),
        (good.0, good.1, "<a@nowhere.example>", &["envelope-domain-absent"]),
        (good.0, good.1, "<a@null.example>", &["envelope-domain-takes-no-mail"]),
        (PEER, good.1, good.2, &["blocklist-listed", "dynamic-source-name"]),
    ];
    for (ip, helo, sender, expected) in rows {
        let (found, unknown) = reasons(&house, ip, helo, sender).await;
        assert_eq!(found, *expected, "{ip} {helo} {sender}");
        assert!(unknown.is_empty(), "{ip} {helo} {sender}: {unknown:?}");
    }
}

#[tokio::test]
async fn the_sender_is_called_back_only_where_that_is_configured() {
    let dns: Arc<dyn Dns> = Arc::new(world());
    let house = house(strict(LENIENT), dns, Names::default()).await;
    let ask = async |sender: &str| reasons(&house, "198.51.100.7", "mail.client.example", sender).await;
    assert_eq!(ask("<nobody@client.example>").await.0, Vec::<String>::new());
    let settings = CalloutSettings { per_minute: 5, timeout: Duration::from_secs(3), port: 25, private: true };
    let callout = Some(Arc::new(Callout::new(settings, house.recorder.clone())));
    house.gate.door.names.store(Arc::new(Names { callout, ..Names::default() }));
    assert_eq!(ask("<nobody@client.example>").await, (vec!["sender-address-absent".to_owned()], vec![]));
    assert_eq!(ask("<a@client.example>").await, (vec![], vec![]));
    assert_eq!(ask("<later@client.example>").await, (vec![], vec!["nonexistent_sender".to_owned()]));
}

/// Sends MAIL and RCPT from an address; what RCPT is answered.
async fn knock(house: &House, ip: &str, sender: &str, recipient: &str) -> String {
    let mut talk = Talk::begin(house, ip, Dialect::Smtp).await;
    assert!(talk.reply().await.starts_with("220"));
    assert!(talk.ask("EHLO mail.client.example").await.starts_with("250"));
    assert!(talk.ask(&format!("MAIL FROM:<{sender}>")).await.starts_with("250"));
    talk.ask(recipient).await
}

fn pass_minutes(minutes: i64) {
    NOW.fetch_add(minutes * 60_000, Ordering::SeqCst);
}

#[tokio::test]
async fn what_looks_suspicious_comes_again_and_what_proves_itself_does_not() {
    let dns: Arc<dyn Dns> = Arc::new(world());
    let mut settings = strict(LENIENT);
    settings.modes.insert("greylisting".into(), Mode::Enforce);
    let house = house(settings, dns, Names::default()).await;
    let rcpt = |who: &str| format!("RCPT TO:<{who}@example.jp>");
    assert!(knock(&house, PEER, "a@client.example", TARO).await.starts_with("450"));
    assert!(knock(&house, PEER, "a@client.example", TARO).await.starts_with("450"), "it came too early");
    // Who has a name of its own does not wait, nor who proves its domain (sign-in codes).
    assert!(knock(&house, "198.51.100.7", "a@client.example", TARO).await.starts_with("250"));
    assert!(knock(&house, PEER, "a@proven.example", TARO).await.starts_with("250"));
    pass_minutes(6);
    // By network: a large sender comes again from another machine.
    assert!(knock(&house, "192.0.2.10", "a@client.example", TARO).await.starts_with("250"));
    assert!(knock(&house, PEER, "a@client.example", TARO).await.starts_with("250"));
    assert!(knock(&house, PEER, "a@client.example", &rcpt("jiro")).await.starts_with("450"), "another recipient");
    assert!(knock(&house, PEER, "a@client.example", &rcpt("saburo")).await.starts_with("450"));
    pass_minutes(6);
    for who in ["jiro", "saburo"] {
        assert!(knock(&house, PEER, "a@client.example", &rcpt(who)).await.starts_with("250"));
    }
    // A source that came again often enough is asked no more.
    assert!(knock(&house, PEER, "a@client.example", &rcpt("shiro")).await.starts_with("250"));

    // Everyone, if the operator wants; a recipient lets somebody pass at once.
    let everyone = Greylisting { whom: Whom::Everyone, ..Greylisting::default() };
    house.gate.door.names.store(Arc::new(Names { greylisting: everyone, ..Names::default() }));
    assert!(knock(&house, "198.51.100.7", "b@client.example", TARO).await.starts_with("450"));
    let waiting = house.gate.door.waiting("taro@example.jp");
    let one = waiting.iter().find(|one| one.identity == "b@client.example").expect("it waits");
    assert!(house.gate.door.let_pass("taro@example.jp", &one.network, &one.identity));
    assert!(knock(&house, "198.51.100.7", "b@client.example", TARO).await.starts_with("250"));

    // In `observe` nobody waits and nothing is remembered.
    house.gate.door.reload(strict(LENIENT));
    assert!(knock(&house, "198.51.100.7", "c@client.example", TARO).await.starts_with("250"));
    assert!(house.gate.door.waiting("taro@example.jp").iter().all(|one| one.identity != "c@client.example"));
}

/// A resolver that answers every question alike.
struct Everything {
    ip: fn(&str) -> Ipv4Addr,
}

impl Dns for Everything {
    fn txt<'a>(&'a self, _: &'a str) -> Lookup<'a, Text> {
        Box::pin(async { Reply::records(vec![Text::from(&b"anything"[..])], Duration::from_secs(60)) })
    }
    fn a<'a>(&'a self, name: &'a str) -> Lookup<'a, Ipv4Addr> {
        Box::pin(async move { Reply::records(vec![(self.ip)(name)], Duration::from_secs(60)) })
    }
    fn aaaa<'a>(&'a self, _: &'a str) -> Lookup<'a, Ipv6Addr> {
        Box::pin(async { Reply::records(vec![Ipv6Addr::LOCALHOST], Duration::from_secs(60)) })
    }
    fn mx<'a>(&'a self, _: &'a str) -> Lookup<'a, Mx> {
        let mx = Mx { preference: 1, exchange: "mx.everything.example".into() };
        Box::pin(async { Reply::records(vec![mx], Duration::from_secs(60)) })
    }
    fn ptr(&self, _: IpAddr) -> Lookup<'_, Box<str>> {
        Box::pin(async { Reply::records(vec!["host.everything.example".into()], Duration::from_secs(60)) })
    }
}

/// Its name, what answers, and what the list was tested with, if that is something else: a resolver can die later.
type Fault<'a> = (&'a str, Arc<dyn Dns>, Option<&'a Arc<dyn Dns>>);

fn hash(name: &str) -> u32 {
    name.bytes().fold(0x811c_9dc5, |hash, b| (hash ^ u32::from(b)).wrapping_mul(0x0100_0193))
}

#[tokio::test]
async fn whatever_dns_does_mail_passes_in_time_or_waits_as_configured() {
    let good: Arc<dyn Dns> = Arc::new(world());
    let everything = |ip| Arc::new(Everything { ip }) as Arc<dyn Dns>;
    let faults: Vec<Fault<'_>> = vec![
        ("dead", Arc::new(Zone::new().silent()), Some(&good)),
        ("slow", Arc::new(world().slow(Duration::from_secs(600))), Some(&good)),
        ("wildcard", everything(|_| Ipv4Addr::new(203, 0, 113, 7)), None),
        ("a wildcard that looks like a list", everything(|_| Ipv4Addr::new(127, 0, 0, 2)), None),
        ("random", everything(|name| Ipv4Addr::from(hash(name))), None),
    ];
    for (fault, dns, tested_with) in faults {
        let lists = vec![ListSettings { refuse_alone: true, ..list("bl.example") }];
        let names = with_lists(lists, tested_with.unwrap_or(&dns));
        let hurried = |settings: DoorSettings| DoorSettings { gather: Duration::from_millis(300), ..settings };
        let house = house(hurried(strict(&[])), dns.clone(), names).await;
        // Passes as shipped: when the stages' time is up, with nothing held against it, and what was not seen is
        // written down.
        let began = std::time::Instant::now();
        let (found, unknown) = reasons(&house, PEER, "mail.client.example", "<a@client.example>").await;
        assert!(began.elapsed() < Duration::from_secs(60), "{fault}: {:?}", began.elapsed());
        assert!(found.is_empty(), "{fault}: {found:?}");
        assert!(unknown.iter().any(|name| name == "blocklist"), "{fault}: {unknown:?}");
        for control in ["dynamic_source", "helo", "nonexistent_sender"] {
            assert_eq!(unknown.iter().any(|name| name == control), tested_with.is_some(), "{fault}: {control}");
        }
        // Waits, where the operator wants that.
        let defer_unknown = vec!["blocklist".to_owned()];
        house.gate.door.reload(hurried(DoorSettings { defer_unknown, ..strict(&[]) }));
        assert!(greeting(&house, PEER).await.starts_with("421"), "{fault}");
    }
}
