//! Lists in made-up zones: what they say, and what becomes of one that is gone, lies or is slow.

use std::sync::Mutex;

use auth::dns::{Cache, CacheSettings, Failure, Lookup, Mx, Reply, Text, Zone};

use super::*;

const DEADLINE: Duration = Duration::from_secs(5);

/// A zone that can be exchanged while it is asked.
struct Changing(Mutex<Arc<dyn Dns>>);

impl Changing {
    fn new(dns: impl Dns + 'static) -> Arc<Self> {
        Arc::new(Self(Mutex::new(Arc::new(dns))))
    }

    fn becomes(&self, dns: impl Dns + 'static) {
        *self.0.lock().expect("a lock") = Arc::new(dns);
    }

    fn now(&self) -> Arc<dyn Dns> {
        self.0.lock().expect("a lock").clone()
    }
}

impl Dns for Changing {
    fn txt<'a>(&'a self, name: &'a str) -> Lookup<'a, Text> {
        Box::pin(async move { self.now().txt(name).await })
    }
    fn a<'a>(&'a self, name: &'a str) -> Lookup<'a, std::net::Ipv4Addr> {
        Box::pin(async move { self.now().a(name).await })
    }
    fn aaaa<'a>(&'a self, name: &'a str) -> Lookup<'a, std::net::Ipv6Addr> {
        Box::pin(async move { self.now().aaaa(name).await })
    }
    fn mx<'a>(&'a self, name: &'a str) -> Lookup<'a, Mx> {
        Box::pin(async move { self.now().mx(name).await })
    }
    fn ptr(&self, ip: IpAddr) -> Lookup<'_, Box<str>> {
        Box::pin(async move { self.now().ptr(ip).await })
    }
}

/// Answers every question with what it makes of the name, as a lying resolver does.
struct Everything(fn(&str) -> [u8; 4]);

impl Dns for Everything {
    fn txt<'a>(&'a self, _: &'a str) -> Lookup<'a, Text> {
        Box::pin(async { Reply::no_such_name(Duration::ZERO) })
    }
    fn a<'a>(&'a self, name: &'a str) -> Lookup<'a, std::net::Ipv4Addr> {
        Box::pin(async move { Reply::records(vec![(self.0)(name).into()], Duration::from_secs(60)) })
    }
    fn aaaa<'a>(&'a self, _: &'a str) -> Lookup<'a, std::net::Ipv6Addr> {
        Box::pin(async { Reply::no_such_name(Duration::ZERO) })
    }
    fn mx<'a>(&'a self, _: &'a str) -> Lookup<'a, Mx> {
        Box::pin(async { Reply::no_such_name(Duration::ZERO) })
    }
    fn ptr(&self, _: IpAddr) -> Lookup<'_, Box<str>> {
        Box::pin(async { Reply::no_such_name(Duration::ZERO) })
    }
}

fn good(zone: &str) -> Zone {
    let six = test_entries(Asks::V6, zone).0;
    Zone::new()
        .a(&format!("2.0.0.127.{zone}"), [127, 0, 0, 2])
        .a(&six, [127, 0, 0, 2])
        .a(&format!("9.2.0.192.{zone}"), [127, 0, 0, 4])
        .a(&of_address("2001:db8::9".parse().expect("an address"), zone), [127, 0, 0, 4])
}

fn settings(zone: &str) -> ListSettings {
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

fn lists(settings: Vec<ListSettings>, dns: Arc<dyn Dns>) -> Lists {
    Lists::new(settings, dns, None)
}

async fn ask(lists: &Lists, dns: &dyn Dns, ip: &str) -> Fact<Vec<ListHit>> {
    let item = Item::Address(ip.parse().expect("an address"));
    lists.ask(&[item], dns, Instant::now() + DEADLINE).await
}

fn standing(lists: &Lists) -> Standing {
    lists.standings()[0].standing.clone()
}

#[tokio::test(start_paused = true)]
async fn a_list_that_passed_its_test_says_who_is_listed() {
    let dns = Changing::new(good("bl.example"));
    let coded = ListSettings {
        codes: vec![Code::parse("127.0.0.4-127.0.0.7 = exploited host (3.5)").expect("a code")],
        ..settings("bl.example")
    };
    let lists = lists(vec![coded], dns.clone());
    // Nobody tested it: it is not asked.
    assert!(ask(&lists, &*dns, "192.0.2.9").await.is_unknown());
    lists.test_all().await;
    for ip in ["192.0.2.9", "2001:db8::9", "::ffff:192.0.2.9"] {
        let Fact::Known(hits) = ask(&lists, &*dns, ip).await else { panic!("{ip} is unknown") };
        assert_eq!(hits.len(), 1, "{ip}");
        assert_eq!((hits[0].list.as_str(), hits[0].meaning.as_str(), hits[0].weight), ("bl", "exploited host", 3.5));
    }
    assert_eq!(ask(&lists, &*dns, "192.0.2.8").await, Fact::Known(vec![]));
}

#[tokio::test(start_paused = true)]
async fn a_list_without_ipv6_entries_is_asked_for_ipv4_only() {
    let zone = Zone::new().a("2.0.0.127.bl.example", [127, 0, 0, 2]);
    let lists = lists(vec![settings("bl.example")], Arc::new(zone.clone()));
    lists.test_all().await;
    let before = zone.asked().len();
    assert_eq!(ask(&lists, &zone, "2001:db8::9").await, Fact::Known(vec![]));
    assert_eq!(zone.asked().len(), before);
}

#[tokio::test(start_paused = true)]
async fn a_list_that_must_not_be_believed_is_not_armed() {
    let denied = Zone::new().a("2.0.0.127.bl.example", [127, 255, 255, 254]);
    let rows: Vec<(Box<dyn Dns>, Wrong)> = vec![
        // Its operator is gone.
        (Box::new(Zone::new()), Wrong::TestEntryMissing),
        // The zone was sold to somebody who answers everything.
        (Box::new(Everything(|_| [203, 0, 113, 7])), Wrong::NoAnswer(NoAnswer::Outside([203, 0, 113, 7].into()))),
        (Box::new(Everything(|_| [127, 0, 0, 2])), Wrong::ListsEverything),
        (Box::new(denied), Wrong::NoAnswer(NoAnswer::Denied([127, 255, 255, 254].into()))),
        (Box::new(Zone::new().times_out("2.0.0.127.bl.example")), Wrong::Silent(Failure::Timeout)),
        (Box::new(Zone::new().silent()), Wrong::Silent(Failure::Deadline)),
        (Box::new(Zone::new().slow(Duration::from_secs(60))), Wrong::Silent(Failure::Deadline)),
    ];
    for (dns, expected) in rows {
        let dns: Arc<dyn Dns> = dns.into();
        let lists = lists(vec![settings("bl.example")], dns.clone());
        lists.test_all().await;
        assert_eq!(standing(&lists), Standing::Disarmed(expected));
        assert!(ask(&lists, &*dns, "192.0.2.9").await.is_unknown(), "{expected}");
    }
}

#[tokio::test(start_paused = true)]
async fn random_answers_never_become_listings() {
    // A resolver that lies: every name gets an address made from its letters, now and then one of 127.0.0.0/8.
    let lying = || {
        Everything(|name| {
            let sum = name.bytes().fold(7_u8, |sum, b| sum.wrapping_mul(31).wrapping_add(b));
            if sum % 2 == 0 { [127, 0, 0, sum] } else { [sum, 1, 2, 3] }
        })
    };
    let dns = Changing::new(good("bl.example"));
    let lists = lists(vec![settings("bl.example")], dns.clone());
    lists.test_all().await;
    assert_eq!(standing(&lists), Standing::Armed);
    tokio::time::advance(Duration::from_secs(600)).await;
    dns.becomes(lying());
    for last in 0..=255_u8 {
        let heard = ask(&lists, &*dns, &format!("198.51.100.{last}")).await;
        assert!(heard.known().is_none_or(Vec::is_empty), "{last}: {heard:?}");
    }
    assert!(matches!(standing(&lists), Standing::Disarmed(_)));
}

#[tokio::test(start_paused = true)]
async fn a_list_that_begins_to_answer_everything_hits_nobody_and_comes_back() {
    let dns = Changing::new(good("bl.example"));
    let lists = lists(vec![settings("bl.example")], dns.clone());
    lists.test_all().await;
    // The test is fresh, so one listing may be wrong for some minutes; after them it is tested before it is believed.
    tokio::time::advance(Duration::from_secs(301)).await;
    dns.becomes(Everything(|_| [127, 0, 0, 2]));
    assert!(ask(&lists, &*dns, "198.51.100.1").await.is_unknown());
    assert_eq!(standing(&lists), Standing::Disarmed(Wrong::ListsEverything));
    dns.becomes(good("bl.example"));
    lists.test_due().await;
    assert_eq!(standing(&lists), Standing::Disarmed(Wrong::ListsEverything), "it was not due yet");
    tokio::time::advance(TEST_AGAIN).await;
    lists.test_due().await;
    assert_eq!(standing(&lists), Standing::Armed);
    assert_eq!(ask(&lists, &*dns, "192.0.2.9").await.known().map(Vec::len), Some(1));
}

#[tokio::test(start_paused = true)]
async fn over_quota_codes_disarm_at_once() {
    let dns = Changing::new(good("bl.example"));
    let lists = lists(vec![settings("bl.example")], dns.clone());
    lists.test_all().await;
    dns.becomes(good("bl.example").a("1.100.51.198.bl.example", [127, 255, 255, 255]));
    assert!(ask(&lists, &*dns, "198.51.100.1").await.is_unknown());
    assert_eq!(standing(&lists), Standing::Disarmed(Wrong::NoAnswer(NoAnswer::Denied([127, 255, 255, 255].into()))));
}

#[tokio::test(start_paused = true)]
async fn a_list_that_falls_silent_costs_a_few_sessions_their_deadline_and_no_more() {
    let dns = Changing::new(good("bl.example"));
    let two = vec![settings("bl.example"), settings("other.example")];
    let lists = lists(two, dns.clone());
    let other = || good("other.example").a("2.0.0.127.bl.example", [127, 0, 0, 2]);
    dns.becomes(other());
    lists.test_all().await;
    assert!(lists.standings().iter().all(|list| list.standing == Standing::Armed));
    let fails = (0..20_u8).fold(other(), |zone, last| zone.times_out(&format!("{last}.100.51.198.bl.example")));
    dns.becomes(fails);
    for last in 0..20_u8 {
        // The other list answers all the time.
        assert_eq!(ask(&lists, &*dns, &format!("198.51.100.{last}")).await, Fact::Known(vec![]));
    }
    assert_eq!(standing(&lists), Standing::Disarmed(Wrong::Silent(Failure::Timeout)));
    assert!(lists.standings()[0].asked <= 5, "{:?}", lists.standings());
}

#[tokio::test(start_paused = true)]
async fn a_slow_list_ends_with_the_deadline() {
    let dns = Changing::new(good("bl.example"));
    let lists = lists(vec![settings("bl.example")], dns.clone());
    lists.test_all().await;
    dns.becomes(good("bl.example").slow(Duration::from_secs(60)));
    let before = Instant::now();
    assert_eq!(ask(&lists, &*dns, "192.0.2.9").await, Fact::Unknown(Why::Deadline));
    assert_eq!(before.elapsed(), DEADLINE);
}

#[tokio::test(start_paused = true)]
async fn domain_lists_are_asked_for_domains_and_allow_lists_say_so() {
    let zone = Zone::new()
        .a("test.dbl.example", [127, 0, 1, 2])
        .a("bad.example.net.dbl.example", [127, 0, 1, 4])
        .a("sure.wl.example", [127, 0, 0, 1])
        .a("2.0.0.127.wl.example", [127, 0, 10, 0])
        .a("9.2.0.192.wl.example", [127, 0, 10, 1]);
    let domains = ListSettings { kind: Kind::Domains, refuse_alone: true, ..settings("dbl.example") };
    let allow = ListSettings { allow: true, ..settings("wl.example") };
    let lists = lists(vec![domains, allow], Arc::new(zone.clone()));
    lists.test_all().await;
    let domain = |text: &str| Domain::parse(text).expect("a domain");
    let items = [
        Item::Helo(domain("mail.example.jp")),
        Item::MailFrom(domain("bad.example.net")),
        Item::Address([192, 0, 2, 9].into()),
    ];
    let Fact::Known(hits) = lists.ask(&items, &zone, Instant::now() + DEADLINE).await else { panic!("unknown") };
    let short: Vec<_> =
        hits.iter().map(|hit| (hit.list.as_str(), hit.what.as_str(), hit.allow, hit.refuse_alone)).collect();
    assert_eq!(short, [("dbl", "bad.example.net", false, true), ("wl", "192.0.2.9", true, false)]);
}

#[tokio::test(start_paused = true)]
async fn answers_come_from_memory_but_tests_do_not() {
    let zone = good("bl.example");
    let cache: Arc<dyn Dns> = Arc::new(Cache::new(Arc::new(zone.clone()), CacheSettings::default()));
    let lists = lists(vec![settings("bl.example")], Arc::new(zone.clone()));
    lists.test_all().await;
    for _ in 0..3 {
        ask(&lists, &*cache, "192.0.2.9").await;
    }
    let of = |name: &str| zone.asked().iter().filter(|asked| *asked == name).count();
    assert_eq!(of("A 9.2.0.192.bl.example"), 1);
    tokio::time::advance(TEST_EVERY).await;
    lists.test_due().await;
    assert_eq!(of("A 2.0.0.127.bl.example"), 2);
    // What a list of the same settings knew is still known after a reload.
    let again = Lists::new(vec![settings("bl.example")], Arc::new(zone.clone()), Some(&lists));
    assert_eq!(standing(&again), Standing::Armed);
    let other = ListSettings { points: 9.0, ..settings("bl.example") };
    assert_eq!(standing(&Lists::new(vec![other], Arc::new(zone), Some(&lists))), Standing::Untested);
}
