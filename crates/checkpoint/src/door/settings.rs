//! Settings of the door: who is not looked at, which control is in which mode, what follows.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use controls::Mode;
use ipnet::IpNet;
use policy::door::Rules;

use super::visit::Visit;
use crate::transaction::Face;

/// Modes as shipped; controls of the door that are not here begin in `observe`.
pub const SHIPPED_MODES: &[(&str, Mode)] = &[("reception_limit", Mode::Enforce), ("unknown_recipients", Mode::Enforce)];

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
    /// How long the facts of a stage may take to gather.
    pub gather: Duration,
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

    /// Whether the door does not look at a session: it signed in, comes from a trusted network, or by a face that only
    /// our own servers speak.
    pub fn lets_by(&self, visit: &Visit) -> bool {
        let own = match visit.face {
            Face::Lmtp | Face::RspamdHttp | Face::Spamd => true,
            Face::Smtp => false,
        };
        own || visit.user.is_some() || self.trusts(visit.peer.ip)
    }

    /// Whether an address is in a trusted network.
    pub fn trusts(&self, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        self.trusted.iter().any(|net| net.contains(&ip))
    }
}
