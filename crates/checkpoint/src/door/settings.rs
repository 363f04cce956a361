//! Settings of the door: who is not looked at, which control is in which mode, what follows.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use ::door::{AsTable, Limit, ReputationSettings, Source, UnknownSettings};
use controls::Mode;
use controls::facts::door::LimitOf;
use ipnet::IpNet;
use policy::door::Rules;
use store::OperatorId;

use super::visit::Visit;
use crate::transaction::Face;

/// Modes as shipped; controls of the door that are not here begin in `observe`.
pub const SHIPPED_MODES: &[(&str, Mode)] = &[
    ("reception_limit", Mode::Enforce),
    ("unknown_recipients", Mode::Enforce),
    // Lists are asked only where the operator names some; a listing slows, and counts at DATA.
    ("blocklist", Mode::Enforce),
    ("allowlist", Mode::Enforce),
];

/// What a face that cannot slow does instead.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CannotSlow {
    /// Passes.
    #[default]
    Pass,
    /// 4xx.
    Defer,
}

/// Settings of the door.
#[derive(Clone, Debug)]
pub struct DoorSettings {
    /// Networks that are not looked at: our own servers, and those in front of us.
    pub trusted: Vec<IpNet>,
    /// Modes that differ from the shipped ones, by control.
    pub modes: BTreeMap<String, Mode>,
    /// What follows from which reason.
    pub rules: Rules,
    /// Controls whose unknown fact defers; with the others it passes.
    pub defer_unknown: Vec<String>,
    /// The longest pause.
    pub longest_pause: Duration,
    /// Sessions that may wait for a slowed answer at a time.
    pub slowed: usize,
    /// What faces that cannot slow do instead.
    pub cannot_slow: CannotSlow,
    /// Limits on reception.
    pub limits: Vec<ReceptionLimit>,
    /// Prefix lengths that make a network, IPv4 and IPv6.
    pub prefixes: (u8, u8),
    /// What follows when recipients are asked for that do not exist.
    pub unknown: UnknownSettings,
    /// Unknown recipients of one message, if they are also more than the known ones, from which it is refused; 0: never.
    pub unknown_in_message: u32,
    /// How history is read.
    pub reputation: ReputationSettings,
    /// Who announces which addresses, from the operator's file.
    pub as_numbers: Arc<AsTable>,
    /// How long the facts of a stage may take to gather.
    pub gather: Duration,
}

/// One limit on reception.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReceptionLimit {
    /// Whose mail it is about; `None`: of every operator that has none of its own of this kind.
    pub operator: Option<OperatorId>,
    /// What it counts.
    pub of: LimitOf,
    /// How many, and in which time.
    pub limit: Limit,
}

impl ReceptionLimit {
    /// Who is counted: an operator's own limit counts what comes for that operator alone.
    pub(super) fn counts<'a>(&self, source: &'a Source<'a>) -> Source<'a> {
        self.operator.map_or(*source, |operator| Source::Of(operator.0, source))
    }

    /// Reads `ip=100/1h`, or `OPERATOR: ip=100/1h`; gives the operator's name as written.
    pub fn parse(text: &str) -> Result<(Option<&str>, Self), String> {
        let (operator, rest) = match text.rsplit_once(':') {
            Some((operator, rest)) => (Some(operator.trim()), rest.trim()),
            None => (None, text.trim()),
        };
        let bad = || {
            format!(
                "\"{text}\" is not a limit such as ip=100/1h (ip, network, sender, sender_domain or recipient; s, m, h, d)"
            )
        };
        let (of, numbers) = rest.split_once('=').ok_or_else(bad)?;
        let of = KINDS.into_iter().find(|kind| kind.name() == of.trim()).ok_or_else(bad)?;
        let (most, span) = numbers.split_once('/').ok_or_else(bad)?;
        let most = most.trim().parse().ok().filter(|most| *most > 0).ok_or_else(bad)?;
        let window_ms = span_ms(span.trim()).ok_or_else(bad)?;
        Ok((operator, Self { operator: None, of, limit: Limit { most, window_ms } }))
    }
}

const KINDS: [LimitOf; 5] = [LimitOf::Ip, LimitOf::Network, LimitOf::Sender, LimitOf::SenderDomain, LimitOf::Recipient];

/// Milliseconds of `90s`, `10m`, `1h`, `1d`; at most the 49 days that a window can have.
fn span_ms(text: &str) -> Option<i64> {
    let number = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match text.get(number.len()..)? {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return None,
    };
    let seconds = number.parse::<i64>().ok()?.checked_mul(unit)?;
    (1..=49 * 86_400).contains(&seconds).then_some(seconds * 1_000)
}

impl Default for DoorSettings {
    fn default() -> Self {
        Self {
            trusted: ["127.0.0.0/8", "::1/128"].iter().filter_map(|net| net.parse().ok()).collect(),
            modes: BTreeMap::new(),
            rules: Rules::default(),
            defer_unknown: Vec::new(),
            longest_pause: Duration::from_secs(60),
            slowed: 500,
            cannot_slow: CannotSlow::default(),
            limits: Vec::new(),
            prefixes: (24, 48),
            unknown: UnknownSettings::default(),
            unknown_in_message: 10,
            reputation: ReputationSettings::default(),
            as_numbers: Arc::default(),
            gather: Duration::from_secs(5),
        }
    }
}

impl DoorSettings {
    /// The mode of a control of the door.
    pub fn mode(&self, control: &str) -> Mode {
        let shipped = || SHIPPED_MODES.iter().find(|(name, _)| *name == control).map(|(_, mode)| *mode);
        self.modes.get(control).copied().or_else(shipped).unwrap_or(Mode::Observe)
    }

    /// The limits of an operator: its own, and of the kinds of which it has none those for everyone.
    pub fn limits_of(&self, operator: OperatorId) -> impl Iterator<Item = &ReceptionLimit> {
        let own = move |limit: &&ReceptionLimit| limit.operator == Some(operator);
        self.limits.iter().filter(move |limit| match limit.operator {
            Some(_) => own(limit),
            None => !self.limits.iter().any(|other| own(&other) && other.of == limit.of),
        })
    }

    /// Whether the door does not look at a session: it signed in, comes from a trusted network, or by a face that only
    /// our own servers speak.
    pub fn lets_by(&self, visit: &Visit) -> bool {
        let own = match visit.face {
            Face::Lmtp | Face::RspamdHttp | Face::Spamd => true,
            Face::Smtp | Face::Milter | Face::Policy => false,
        };
        own || visit.user.is_some() || self.trusts(visit.peer.ip)
    }

    /// Whether an address is in a trusted network.
    pub fn trusts(&self, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        self.trusted.iter().any(|net| net.contains(&ip))
    }
}
