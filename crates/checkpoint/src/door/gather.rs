//! Facts of one stage of the door: those that its controls need and that are not there yet, in parallel, in two rounds.

use std::collections::BTreeSet;
use std::sync::Arc;

use auth::dns::Dns;
use controls::{DoorFacts, Fact, Mode, Need, Stage, Why};
use message::{Address, Envelope, UnixMillis};
use store::OperatorId;
use tokio::time::Instant;

use super::limits::Receipts;
use super::settings::DoorSettings;
use super::{
    Door, callout, dns_lists, dynamic_source, greylist, helo_name, limits, reputation, sender_domain,
    unknown_recipients,
};
use crate::directory::Recipient;

/// What a gatherer may look at.
pub struct Asking<'a> {
    /// The stage.
    pub stage: Stage,
    /// The door: what it remembers.
    pub door: &'a Door,
    /// The settings in force.
    pub settings: &'a DoorSettings,
    /// DNS; `None`: no look-ups at all, and what needs them is unknown.
    pub dns: Option<&'a Arc<dyn Dns>>,
    /// Peer and MAIL FROM; the null sender before MAIL.
    pub envelope: &'a Envelope,
    /// The recipient that is asked for, as given; only at RCPT.
    pub given: Option<&'a Address>,
    /// The same, where it is ours and exists.
    pub recipient: Option<&'a Recipient>,
    /// The recipient that is asked for now is in a domain of ours and does not exist.
    pub is_unknown: bool,
    /// Operators of the recipients before it, whose limits on messages were taken.
    pub taken_for: &'a [OperatorId],
    /// What was taken from limits.
    pub(super) receipts: Receipts,
    /// Recipients of this transaction that do not exist, this one included.
    pub unknown: u32,
    /// Recipients of this transaction that were accepted before this one.
    pub known: usize,
    /// Until when facts may be gathered.
    pub deadline: Instant,
    /// The time.
    pub now: UnixMillis,
}

impl Asking<'_> {
    /// Whether a control counts: only then something is taken. In `observe` it is looked at.
    pub fn takes(&self, control: &str) -> bool {
        matches!(self.settings.mode(control), Mode::Enforce | Mode::Label)
    }
}

/// Facts of one recipient, which the next one must not inherit.
pub(super) fn forget_recipient(facts: &mut DoorFacts) {
    facts.limits = Fact::NotAsked;
    facts.unknown_recipients = Fact::NotAsked;
    facts.greylist = Fact::NotAsked;
}

/// Gathers what is wanted and not there yet.
pub(super) async fn gather(asking: &Asking<'_>, wanted: &BTreeSet<Need>, facts: &mut DoorFacts) {
    facts.stage = asking.stage;
    let wants = |need: Need| wanted.contains(&need);
    let open = &*facts;
    let (lists, domain_lists, reputation, dynamic, sender_domain, helo_name) = tokio::join!(
        had(&open.dns_lists, wants(Need::DnsLists), asking, dns_lists::of_address(asking)),
        had(&open.domain_lists, wants(Need::DomainLists), asking, dns_lists::of_domains(asking)),
        had(&open.reputation, wants(Need::Reputation), asking, reputation::gather(asking)),
        had(&open.dynamic_source, wants(Need::DynamicSource), asking, dynamic_source::gather(asking)),
        had(&open.sender_domain, wants(Need::SenderDomain), asking, sender_domain::gather(asking)),
        had(&open.helo_name, wants(Need::HeloName), asking, helo_name::gather(asking)),
    );
    facts.dns_lists = lists;
    facts.domain_lists = domain_lists;
    facts.reputation = reputation;
    facts.dynamic_source = dynamic;
    facts.sender_domain = sender_domain;
    facts.helo_name = helo_name;
    let open = &*facts;
    let (callout, greylist, unknown, limits) = tokio::join!(
        had(&open.callout, wants(Need::Callout), asking, callout::gather(asking, open)),
        had(&open.greylist, wants(Need::Greylist), asking, greylist::gather(asking, open)),
        had(&open.unknown_recipients, wants(Need::UnknownRecipients), asking, unknown_recipients::gather(asking)),
        had(&open.limits, wants(Need::Limits), asking, limits::gather(asking)),
    );
    facts.callout = callout;
    facts.greylist = greylist;
    facts.unknown_recipients = unknown;
    facts.limits = limits;
}

/// The fact that is there already, or the one that is gathered now if somebody wants it.
async fn had<T: Clone>(
    there: &Fact<T>,
    wanted: bool,
    asking: &Asking<'_>,
    gathering: impl Future<Output = Fact<T>>,
) -> Fact<T> {
    match there {
        Fact::Known(_) | Fact::Unknown(_) => there.clone(),
        Fact::NotAsked if !wanted => Fact::NotAsked,
        Fact::NotAsked => match tokio::time::timeout_at(asking.deadline, gathering).await {
            Ok(fact) => fact,
            Err(_) => Fact::Unknown(Why::Deadline),
        },
    }
}
