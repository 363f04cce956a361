//! What staff see of the door: who is held now, why, since when, until when; and the way to let somebody go.

use std::net::IpAddr;

use ::door::{Kind, Source, Standing, network_of};
use controls::Finding;
use controls::facts::door::LimitOf;
use message::UnixMillis;
use policy::door::Then;

use super::journal::Deed;
use super::unknown_recipients::source_of;
use super::{Door, ReceptionLimit};

/// Somebody who is slowed, refused or at a limit now.
#[derive(Clone, Debug, PartialEq)]
pub struct Held {
    /// Who, as [`Source`] is shown; `None` where only a hash is known (after a restart).
    pub source: Option<String>,
    /// Why.
    pub finding: Finding,
    /// What follows from that.
    pub then: Then,
    /// Since when, where that is known.
    pub since: Option<UnixMillis>,
    /// Until when, where that is known.
    pub until: Option<UnixMillis>,
}

/// Everything about one address.
#[derive(Clone, Debug, PartialEq)]
pub struct Explained {
    /// The address.
    pub ip: IpAddr,
    /// It is in a trusted network and not looked at.
    pub trusted: bool,
    /// What holds it or its network now.
    pub held: Vec<Held>,
    /// Limits, with how many are taken: what is counted, how many, of how many, in how many seconds.
    pub limits: Vec<(String, u32, u32, i64)>,
    /// How its history reads.
    pub standing: Standing,
    /// What the door did to it lately.
    pub deeds: Vec<Deed>,
}

impl Door {
    /// Who is held now, at most `most` of each kind: refused ones first, those that wait longest first.
    pub fn held(&self, most: usize) -> Vec<Held> {
        let settings = self.settings.load();
        let at = self.now();
        let pressed = self.memory.unknown.pressed(&settings.unknown, at, most);
        let unknown = pressed.into_iter().map(|(_, name, pressure)| self.pressed(name, &pressure));
        let limited = self.memory.windows.limited(at, most).into_iter().filter_map(|limited| {
            let of = kind_of(limited.kind)?;
            // Operators may have limits of the same kind and length: the one that is reached.
            let alike = |one: &&ReceptionLimit| one.of == of && one.limit.window_ms == limited.window_ms;
            let alike = || settings.limits.iter().filter(alike);
            let limit = alike().find(|one| one.limit.most == limited.count).or_else(|| alike().next());
            let most = limit.map_or(limited.count, |one| one.limit.most);
            let whose = limited.name.clone().unwrap_or_default();
            let finding = limit_finding(of, &whose, most, limited.window_ms);
            let then = settings.rules.then(&finding.reason);
            Some(Held { source: limited.name, finding, then, since: Some(limited.since), until: Some(limited.until) })
        });
        let mut all: Vec<Held> = unknown.chain(limited).collect();
        all.sort_by_key(|held| std::cmp::Reverse((held.then == Then::Refuse, held.until.map(|at| at.0))));
        all
    }

    /// What the door did lately, the latest first.
    pub fn lately(&self, most: usize) -> Vec<Deed> {
        self.journal.latest(most)
    }

    /// Everything about one address.
    pub fn explain(&self, ip: IpAddr) -> Explained {
        let ip = ip.to_canonical();
        let settings = self.settings.load();
        let (v4, v6) = settings.prefixes;
        let network = network_of(ip, v4, v6);
        let at = self.now();
        let mut held = Vec::new();
        let asked = source_of(ip);
        let pressure = self.memory.unknown.pressure(&asked, &settings.unknown, at);
        if pressure.slow_ms > 0 || pressure.refused_until.is_some() {
            held.push(self.pressed(Some(asked.to_string()), &pressure));
        }
        let mut limits = Vec::new();
        for limit in &settings.limits {
            let source = match limit.of {
                LimitOf::Ip => Source::Ip(ip),
                LimitOf::Network => Source::Network(network),
                LimitOf::Sender | LimitOf::SenderDomain | LimitOf::Recipient => continue,
            };
            let taken = self.memory.windows.peek(&limit.counts(&source), limit.limit, at);
            limits.push((source.to_string(), taken.count, limit.limit.most, limit.limit.window_ms / 1_000));
            if !taken.allowed {
                let finding = limit_finding(limit.of, &source.to_string(), limit.limit.most, limit.limit.window_ms);
                let then = settings.rules.then(&finding.reason);
                let until = Some(taken.frees_at);
                let since = until.map(|until| UnixMillis(until.0 - limit.limit.window_ms));
                held.push(Held { source: Some(source.to_string()), finding, then, since, until });
            }
        }
        let sender = super::reputation::sender(&settings, ip, None);
        let standing = self.memory.reputation.standing(&sender, &settings.reputation, at);
        Explained { ip, trusted: settings.trusts(ip), held, limits, standing, deeds: self.journal.of(ip) }
    }

    /// Lets a source go: its limits, what it asked for, its history. Says whether there was anything.
    pub fn reset(&self, source: &Source<'_>) -> bool {
        let settings = self.settings.load();
        let mut there = false;
        for limit in &settings.limits {
            there |= self.memory.windows.reset(&limit.counts(source), limit.limit);
        }
        there |= self.memory.unknown.reset(source);
        there |= self.memory.reputation.reset(source);
        if let Source::Ip(ip) = source {
            there |= self.memory.unknown.reset(&source_of(*ip));
            there |= self.journal.forget(*ip);
        }
        there
    }

    fn pressed(&self, source: Option<String>, pressure: &::door::Pressure) -> Held {
        let count = format!("{:.0}", pressure.unknown);
        let seen = |reason| Finding::seen("unknown_recipients", reason).with("count", count.clone());
        let finding = match pressure.refused_until {
            Some(_) => seen("unknown-recipients-source"),
            None => {
                seen("unknown-recipients-slowed").with("seconds", format!("{:.1}", pressure.slow_ms as f64 / 1_000.0))
            }
        };
        let then = self.settings.load().rules.then(&finding.reason);
        let ip = source.as_ref().and_then(|name| name.parse().ok());
        let lately = || ip.and_then(|ip| self.journal.of(ip).last().map(|deed| deed.first));
        let since = pressure.since.map(UnixMillis).or_else(lately);
        Held { source, finding, then, since, until: pressure.refused_until.map(UnixMillis) }
    }
}

fn kind_of(kind: Kind) -> Option<LimitOf> {
    match kind {
        Kind::Ip => Some(LimitOf::Ip),
        Kind::Network => Some(LimitOf::Network),
        Kind::Sender => Some(LimitOf::Sender),
        Kind::SenderDomain => Some(LimitOf::SenderDomain),
        Kind::Recipient => Some(LimitOf::Recipient),
        Kind::AsNumber
        | Kind::NetworkAndRecipient
        | Kind::AuthenticatedDomain
        | Kind::Account
        | Kind::Triplet
        | Kind::LearnedSource => None,
    }
}

/// The same finding that the control gives.
fn limit_finding(of: LimitOf, whose: &str, most: u32, window_ms: i64) -> Finding {
    let whose = whose.split_once(':').filter(|(kind, _)| *kind == of.name()).map_or(whose, |(_, name)| name);
    Finding::seen("reception_limit", &format!("limit-{}", of.name().replace('_', "-")))
        .with("whose", whose)
        .with("most", most.to_string())
        .with("window", controls::span(u32::try_from(window_ms / 1_000).unwrap_or(u32::MAX)))
}
