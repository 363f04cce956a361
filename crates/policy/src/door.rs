//! From what the door found to what is said there: pass, slow, defer or refuse.
//!
//! Nobody's consent is at hand before there is a recipient, so that every effect here needs the ground of maintenance.
//! Labels and points are not for the door: its findings travel with the transaction and count where they may, at DATA.

use std::collections::BTreeMap;
use std::time::Duration;

use controls::inbound::{CONTROLS, control};
use controls::{Basis, Effect, Finding, Mode, Stage};

use crate::reply::Reply;

/// What follows from a finding at the door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// Nothing at the door; it counts at DATA.
    Nothing,
    /// The answer takes longer: so long, or as long as the finding says.
    Slow(Duration),
    /// 4xx: come again.
    Defer,
    /// 5xx.
    Refuse,
}

/// What follows from each reason as shipped. What is not here has no effect at the door.
pub const SHIPPED: &[(&str, Then)] = &[
    ("limit-ip", Then::Defer),
    ("limit-network", Then::Defer),
    ("limit-sender", Then::Defer),
    ("limit-sender-domain", Then::Defer),
    ("limit-recipient", Then::Defer),
    ("unknown-recipients-slowed", Then::Slow(Duration::from_secs(1))),
    ("unknown-recipients-source", Then::Refuse),
    ("unknown-recipients-in-message", Then::Refuse),
    ("reputation-suspect", Then::Slow(Duration::from_secs(2))),
    ("reputation-bad", Then::Slow(Duration::from_secs(5))),
    ("blocklist-listed", Then::Slow(Duration::from_secs(5))),
    ("blocklist-certain", Then::Refuse),
    ("dynamic-source-range", Then::Refuse),
    ("dynamic-source-name", Then::Refuse),
    ("greylisting-waits", Then::Defer),
    ("early-talker", Then::Slow(Duration::from_secs(5))),
];

/// What follows from which reason: the operator's choice over what is shipped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    chosen: BTreeMap<String, Then>,
}

/// What the door decided.
#[derive(Clone, Debug, PartialEq)]
pub struct Passage {
    /// How much longer the answer takes.
    pub pause: Duration,
    /// Whether it is yes, later or no; never [`Then::Slow`].
    pub then: Then,
    /// The finding that decided; `None`: none had an effect.
    pub because: Option<Finding>,
}

impl Then {
    /// Which effect of a control this is.
    pub fn effect(self) -> Option<Effect> {
        match self {
            Self::Nothing => None,
            Self::Slow(_) => Some(Effect::Slow),
            Self::Defer => Some(Effect::Defer),
            Self::Refuse => Some(Effect::Refuse),
        }
    }

    /// Reads `nothing`, `slow`, `slow:20s`, `defer`, `refuse`.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "nothing" => Some(Self::Nothing),
            "slow" => Some(Self::Slow(Duration::from_secs(1))),
            "defer" => Some(Self::Defer),
            "refuse" => Some(Self::Refuse),
            other => {
                let seconds = other.strip_prefix("slow:")?.strip_suffix('s')?;
                Some(Self::Slow(Duration::from_secs(seconds.parse().ok()?)))
            }
        }
    }
}

impl Rules {
    /// Reads entries such as `limit-ip=slow:20s`; says which one cannot be taken, and why.
    pub fn parse(entries: &[String]) -> Result<Self, String> {
        let mut chosen = BTreeMap::new();
        for entry in entries {
            let (reason, then) = entry.split_once('=').map(|(a, b)| (a.trim(), b.trim())).unwrap_or((entry, ""));
            let Some(then) = Then::parse(then) else {
                return Err(format!("\"{entry}\" is not REASON=nothing, slow, slow:SECONDSs, defer or refuse"));
            };
            let at_door = CONTROLS.iter().find(|control| control.is_of_the_door() && control.gives(reason));
            let Some(control) = at_door else {
                return Err(format!("\"{reason}\" is not a reason of a control of the door"));
            };
            let may = then.effect().is_none_or(|effect| control.basis_of(effect) == Some(Basis::Maintenance));
            if !may {
                return Err(format!("\"{entry}\": there is no ground to do that for everyone ({})", control.name));
            }
            chosen.insert(reason.to_owned(), then);
        }
        Ok(Self { chosen })
    }

    /// What follows from a reason.
    pub fn then(&self, reason: &str) -> Then {
        let shipped = || SHIPPED.iter().find(|(known, _)| *known == reason).map(|(_, then)| *then);
        self.chosen.get(reason).copied().or_else(shipped).unwrap_or(Then::Nothing)
    }
}

/// Decides by the findings of one stage; `all` are those of the session so far, which may keep one of them company.
/// Findings of controls in other modes than `enforce` change nothing here.
pub fn pass(findings: &[(Finding, Mode)], all: &[(Finding, Mode)], rules: &Rules) -> Passage {
    let mut passage = Passage { pause: Duration::ZERO, then: Then::Nothing, because: None };
    let all = effective(all, rules);
    for (finding, then) in &effective(findings, rules) {
        let then = match then {
            // Such a finding is not the only ground of a final refusal: alone it slows.
            Then::Refuse if needs_company(finding) && !has_company(finding, &all) => {
                Then::Slow(Duration::from_secs(10))
            }
            then => *then,
        };
        let harsher = rank(then) > rank(passage.then) && !matches!(then, Then::Slow(_));
        match then {
            Then::Slow(shipped) => {
                let pause = told_pause(finding).unwrap_or(shipped);
                if pause > passage.pause {
                    passage.pause = pause;
                    if passage.then == Then::Nothing {
                        passage.because = Some((*finding).clone());
                    }
                }
            }
            Then::Defer | Then::Refuse if harsher => {
                passage.then = then;
                passage.because = Some((*finding).clone());
            }
            Then::Defer | Then::Refuse | Then::Nothing => {}
        }
    }
    passage
}

/// What is said when a stage does not pass. No rule is revealed; staff find the reason by the address of the peer.
pub fn reply(stage: Stage, passage: &Passage) -> Option<Reply> {
    let reason = passage.because.as_ref().map(|finding| finding.reason.as_str()).unwrap_or_default();
    let reply = match (passage.then, stage) {
        (Then::Nothing | Then::Slow(_), _) => return None,
        // RFC 5321 §3.1: instead of a greeting there is 554, and 421 for "later".
        (Then::Refuse, Stage::Connect) => Reply::new(554, (5, 7, 1), "Mail from your address is not accepted here"),
        (Then::Defer, Stage::Connect) => Reply::new(421, (4, 7, 1), "Not now, please try again later"),
        (Then::Refuse, _) => Reply::new(550, (5, 7, 1), "Mail from you is not accepted here"),
        (Then::Defer, _) => Reply::new(450, (4, 7, 1), "Not now, please try again later"),
    };
    Some(reply.privately(reason))
}

/// Findings that have an effect here, with it.
fn effective<'a>(findings: &'a [(Finding, Mode)], rules: &Rules) -> Vec<(&'a Finding, Then)> {
    findings
        .iter()
        .filter(|(_, mode)| *mode == Mode::Enforce)
        .map(|(finding, _)| (finding, rules.then(&finding.reason)))
        .filter(|(finding, then)| may_follow(finding, *then))
        .collect()
}

fn rank(then: Then) -> u8 {
    match then {
        Then::Nothing | Then::Slow(_) => 0,
        Then::Defer => 1,
        Then::Refuse => 2,
    }
}

/// Whether the effect stands on the ground of maintenance.
fn may_follow(finding: &Finding, then: Then) -> bool {
    let Some(effect) = then.effect() else { return false };
    control(&finding.control).is_some_and(|control| control.basis_of(effect) == Some(Basis::Maintenance))
}

fn needs_company(finding: &Finding) -> bool {
    finding.argument("alone") == Some("no")
}

fn has_company(finding: &Finding, all: &[(&Finding, Then)]) -> bool {
    all.iter().any(|(other, then)| other.control != finding.control && *then != Then::Nothing)
}

/// How long the finding itself says that the answer should take.
fn told_pause(finding: &Finding) -> Option<Duration> {
    let seconds: f64 = finding.argument("seconds")?.parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}
