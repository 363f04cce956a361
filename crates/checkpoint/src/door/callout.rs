//! Asking the sender's own mail server whether it takes mail for MAIL FROM (IN-16). Only if configured: each question
//! costs a stranger's server a session.
//!
//! So it is remembered both ways, each server is asked only so often in a minute, and it is asked from the null sender
//! (RFC 5321 §4.5.5), which is never asked about. Addresses of our own or of private networks are never connected to:
//! strangers choose the domain.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use auth::dns::{Answer, Dns};
use controls::facts::door::CalledOut;
use controls::{DoorFacts, Existence, Fact, Why};
use message::{Address, Domain, ReversePath};
use moka::future::Cache;
use policy::Reply;
use tokio::time::Instant;

use super::gather::Asking;
use crate::onward::{NextHop, Onward, Verified};

/// Servers of one domain that are tried.
const MOST_SERVERS: usize = 2;
/// How long a yes is believed, and a no, and how long nobody is asked who could not say.
const YES_KEPT: Duration = Duration::from_secs(24 * 3600);
const NO_KEPT: Duration = Duration::from_secs(2 * 3600);
const UNCLEAR_KEPT: Duration = Duration::from_secs(900);
/// Addresses that are remembered.
const REMEMBERED: u64 = 100_000;

/// Settings of call-out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalloutSettings {
    /// Questions to one server in a minute.
    pub per_minute: u32,
    /// How long one question may take.
    pub timeout: Duration,
    /// Port that is connected to.
    pub port: u16,
    /// Private and loopback addresses may be connected to: for a machine that tries it out.
    pub private: bool,
}

/// Asks, and remembers.
pub struct Callout {
    settings: CalloutSettings,
    onward: Arc<dyn Onward>,
    remembered: Cache<String, (Fact<CalledOut>, Instant)>,
    asked: Cache<IpAddr, Arc<AtomicU32>>,
}

impl std::fmt::Debug for Callout {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Callout").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// Asks about MAIL FROM where call-out is configured and the domain exists.
pub(super) async fn gather(asking: &Asking<'_>, facts: &DoorFacts) -> Fact<CalledOut> {
    let names = asking.door.names.load();
    let (Some(callout), Some(sender)) = (&names.callout, asking.envelope.mail_from.address()) else {
        return Fact::NotAsked;
    };
    let ours = names.ours.iter().any(|name| name == sender.domain().as_str());
    if ours || facts.sender_domain != Fact::Known(Existence::Exists) {
        return Fact::NotAsked;
    }
    match asking.dns {
        Some(dns) => callout.ask(sender, dns.as_ref(), asking.deadline).await,
        None => Fact::Unknown(Why::Failed),
    }
}

impl Callout {
    /// Its settings.
    pub fn settings(&self) -> &CalloutSettings {
        &self.settings
    }

    /// Nothing asked yet.
    pub fn new(settings: CalloutSettings, onward: Arc<dyn Onward>) -> Self {
        Self {
            settings,
            onward,
            remembered: Cache::builder().max_capacity(REMEMBERED).time_to_live(YES_KEPT).build(),
            asked: Cache::builder().max_capacity(10_000).time_to_live(Duration::from_secs(60)).build(),
        }
    }

    /// What the sender's server says, now or a while ago.
    pub async fn ask(&self, sender: &Address, dns: &dyn Dns, deadline: Instant) -> Fact<CalledOut> {
        let key = sender.key();
        if let Some((known, until)) = self.remembered.get(&key).await
            && until > Instant::now()
        {
            return known;
        }
        let deadline = deadline.min(Instant::now() + self.settings.timeout);
        let said = tokio::time::timeout_at(deadline, self.ask_servers(sender, dns, deadline)).await;
        let said = said.unwrap_or(Fact::Unknown(Why::Deadline));
        let kept = match &said {
            Fact::Known(CalledOut::Takes) => YES_KEPT,
            Fact::Known(CalledOut::Refuses(_)) => NO_KEPT,
            Fact::Unknown(_) | Fact::NotAsked => UNCLEAR_KEPT,
        };
        self.remembered.insert(key, (said.clone(), Instant::now() + kept)).await;
        said
    }

    async fn ask_servers(&self, sender: &Address, dns: &dyn Dns, deadline: Instant) -> Fact<CalledOut> {
        let Some(servers) = servers(dns, sender.domain()).await else { return Fact::Unknown(Why::Failed) };
        for server in servers.iter().take(MOST_SERVERS) {
            let Some(ip) = address(dns, server).await else { continue };
            if !self.settings.private && !is_public(ip) {
                continue;
            }
            if !self.may_ask(ip).await {
                return Fact::Unknown(Why::Failed);
            }
            let hop = NextHop::Smtp { host: ip.to_string(), port: self.settings.port };
            match self.onward.verify(&hop, &ReversePath::Null, sender, deadline).await {
                Verified::Known => return Fact::Known(CalledOut::Takes),
                Verified::Refused(reply) if is_about_the_address(&reply) => {
                    return Fact::Known(CalledOut::Refuses(reply.text.chars().take(100).collect()));
                }
                // Refused for another reason (we are on their list, they want TLS): it says nothing of the address.
                Verified::Refused(_) | Verified::Unclear(_) => {}
            }
        }
        Fact::Unknown(Why::Failed)
    }

    /// One more question to a server, unless it was asked often enough in this minute.
    async fn may_ask(&self, ip: IpAddr) -> bool {
        let asked = self.asked.get_with(ip, async { Arc::new(AtomicU32::new(0)) }).await;
        asked.fetch_add(1, Ordering::Relaxed) < self.settings.per_minute
    }
}

/// Mail servers of a domain, best first; the domain itself where it has none (RFC 5321 §5.1).
async fn servers(dns: &dyn Dns, domain: &Domain) -> Option<Vec<String>> {
    match dns.mx(domain.as_str()).await.answer {
        Answer::Records(records) => {
            let mut all: Vec<_> = records.iter().filter(|mx| !mx.exchange.is_empty()).cloned().collect();
            all.sort_by_key(|mx| mx.preference);
            Some(all.into_iter().map(|mx| mx.exchange.into()).collect())
        }
        Answer::NoData => Some(vec![domain.as_str().to_owned()]),
        Answer::NoSuchName | Answer::Failed(_) => None,
    }
}

async fn address(dns: &dyn Dns, server: &str) -> Option<IpAddr> {
    if let Some(ip) = dns.a(server).await.answer.records().first() {
        return Some((*ip).into());
    }
    dns.aaaa(server).await.answer.records().first().map(|ip| (*ip).into())
}

/// Whether a refusal says that there is no such address: 5.1.x, or 550 and 553 without an enhanced code.
fn is_about_the_address(reply: &Reply) -> bool {
    match reply.enhanced {
        Some((5, 1, detail)) => matches!(detail, 0..=3 | 6 | 10),
        // Without an enhanced code the way onward puts 5.0.0.
        None | Some((5, 0, 0)) => matches!(reply.code, 550 | 553),
        Some(_) => false,
    }
}

/// Whether an address is one that a mail server of somebody else can have.
fn is_public(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => {
            let [a, b, ..] = ip.octets();
            let shared = a == 100 && (64..128).contains(&b);
            !(ip.is_private()
                || ip.is_loopback()
                || ip.is_link_local()
                || ip.is_multicast()
                || shared
                || a == 0
                || a >= 240)
        }
        IpAddr::V6(ip) => (ip.segments()[0] & 0xe000) == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use async_trait::async_trait;
    use auth::dns::Zone;

    use super::*;
    use crate::onward::{Handed, Handover};

    /// A server that answers as told, and remembers who asked.
    struct Server {
        says: fn(&Address) -> Verified,
        asked: Mutex<Vec<String>>,
    }

    #[async_trait]
    impl Onward for Server {
        async fn verify(&self, hop: &NextHop, mail_from: &ReversePath, who: &Address, _: Instant) -> Verified {
            assert_eq!(*mail_from, ReversePath::Null);
            self.asked.lock().expect("a lock").push(format!("{hop} {who}"));
            (self.says)(who)
        }

        async fn hand_over(&self, _: Handover) -> Vec<Handed> {
            panic!("no message is ever sent")
        }
    }

    fn answer(who: &Address) -> Verified {
        match who.local().to_lowercase().as_str() {
            "here" => Verified::Known,
            "gone" => Verified::Refused(Reply::new(550, (5, 1, 1), "No such user")),
            "old" => Verified::Refused(Reply {
                code: 550,
                enhanced: None,
                text: "no such user here".into(),
                private: String::new(),
            }),
            "policy" => Verified::Refused(Reply::new(550, (5, 7, 1), "You are listed")),
            _ => Verified::Unclear(Reply::new(450, (4, 2, 0), "Later")),
        }
    }

    fn zone() -> Zone {
        Zone::new()
            .mx("example.com", 20, "backup.example.com")
            .mx("example.com", 10, "mx.example.com")
            .a("mx.example.com", [203, 0, 113, 5])
            .a("backup.example.com", [203, 0, 113, 6])
            .mx("inside.example", 10, "inside.example")
            .a("inside.example", [127, 0, 0, 1])
            .a("plain.example", [203, 0, 113, 9])
    }

    fn callout(per_minute: u32) -> (Arc<Server>, Callout) {
        let server = Arc::new(Server { says: answer, asked: Mutex::new(Vec::new()) });
        let settings = CalloutSettings { per_minute, timeout: Duration::from_secs(5), port: 25, private: false };
        (server.clone(), Callout::new(settings, server))
    }

    async fn ask(callout: &Callout, sender: &str) -> Fact<CalledOut> {
        let sender = Address::parse(sender).expect("an address");
        callout.ask(&sender, &zone(), Instant::now() + Duration::from_secs(10)).await
    }

    #[tokio::test(start_paused = true)]
    async fn only_a_clear_no_is_a_no() {
        let (server, callout) = callout(100);
        assert_eq!(ask(&callout, "here@example.com").await, Fact::Known(CalledOut::Takes));
        assert_eq!(ask(&callout, "gone@example.com").await, Fact::Known(CalledOut::Refuses("No such user".into())));
        assert_eq!(ask(&callout, "old@example.com").await, Fact::Known(CalledOut::Refuses("no such user here".into())));
        assert!(ask(&callout, "policy@example.com").await.is_unknown());
        assert!(ask(&callout, "later@example.com").await.is_unknown());
        assert!(!ask(&callout, "here@plain.example").await.is_unknown());
        let asked = server.asked.lock().expect("a lock").clone();
        assert_eq!(asked[0], "smtp:203.0.113.5:25 here@example.com");
        // Who cannot say is followed by the next server.
        assert_eq!(asked.iter().filter(|line| line.ends_with("later@example.com")).count(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn answers_are_remembered_both_ways() {
        let (server, callout) = callout(100);
        for _ in 0..3 {
            ask(&callout, "here@example.com").await;
            ask(&callout, "Gone@example.com").await;
        }
        assert_eq!(server.asked.lock().expect("a lock").len(), 2);
        tokio::time::advance(NO_KEPT + Duration::from_secs(1)).await;
        ask(&callout, "here@example.com").await;
        ask(&callout, "gone@example.com").await;
        assert_eq!(server.asked.lock().expect("a lock").len(), 3);
    }

    #[tokio::test]
    async fn a_server_is_asked_only_so_often() {
        let (server, callout) = callout(3);
        for number in 0..10 {
            let said = ask(&callout, &format!("unclear{number}@plain.example")).await;
            assert!(said.is_unknown());
        }
        assert_eq!(server.asked.lock().expect("a lock").len(), 3);
    }

    #[tokio::test]
    async fn nobody_is_led_to_our_own_network() {
        let (server, callout) = callout(3);
        assert!(ask(&callout, "here@inside.example").await.is_unknown());
        assert!(ask(&callout, "here@none.example").await.is_unknown());
        assert!(server.asked.lock().expect("a lock").is_empty());
        let inside = [
            "10.1.2.3",
            "169.254.169.254",
            "::1",
            "fe80::1",
            "fd00::1",
            "::ffff:127.0.0.1",
            "0.0.0.0",
            "100.64.0.1",
            "255.255.255.255",
        ];
        for ip in inside {
            assert!(!is_public(ip.parse().expect("an address")), "{ip}");
        }
        assert!(is_public([203, 0, 113, 5].into()) && is_public("2400::1".parse().expect("an address")));
    }
}
