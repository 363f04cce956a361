//! Where a sender and a recipient stand with greylisting (IN-11). As shipped only what looks suspicious is asked to come
//! again: mail that somebody waits for (sign-in codes) comes from senders that prove who they are.

use ::door::{Grey, GreylistSettings, Triplet, Waiting, network_of};
use auth::spf;
use controls::facts::door::{DynamicBy, Grade, Greylisted};
use controls::{DoorFacts, Fact};
use message::authentication::SpfOutcome;

use super::Door;
use super::gather::Asking;

/// Who is asked to come again, and after how long.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Greylisting {
    /// Whom it is about.
    pub whom: Whom,
    /// How long.
    pub times: GreylistSettings,
}

/// Whom greylisting is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Whom {
    /// Senders that look suspicious and do not prove who they are.
    #[default]
    Suspicious,
    /// Every new sender, whoever it is.
    Everyone,
}

/// Senders to one recipient that are shown at a time.
const MOST_WAITING: usize = 200;

impl Door {
    /// Who waits to be let in to this recipient (its key), newest first.
    pub fn waiting(&self, recipient: &str) -> Vec<Waiting> {
        self.memory.greylist.waiting(Some(recipient), self.now(), MOST_WAITING)
    }

    /// The recipient wants mail of one that waits: its next try passes at once. Says whether it waited.
    pub fn let_pass(&self, recipient: &str, network: &str, identity: &str) -> bool {
        let waits = self.waiting(recipient).into_iter().find(|one| one.network == network && one.identity == identity);
        let (Some(waits), Ok(network)) = (waits, network.parse()) else { return false };
        let times = self.names.load().greylisting.times;
        let triplet = Triplet { network, identity: &waits.identity, recipient: &waits.recipient };
        self.memory.greylist.release(&triplet, &times, self.now());
        true
    }
}

/// Looks, and where greylisting is in force, remembers that the sender came.
pub(super) async fn gather(asking: &Asking<'_>, facts: &DoorFacts) -> Fact<Greylisted> {
    // What does not exist is refused anyway.
    let Some(recipient) = asking.recipient else { return Fact::NotAsked };
    let names = asking.door.names.load();
    let Greylisting { whom, times } = names.greylisting;
    let passes = |why: &str| Fact::Known(Greylisted { why: why.to_owned(), until: None });
    if is_trusted(facts) {
        return passes("");
    }
    let why = match (suspicion(facts), whom) {
        (Fact::Known(why), _) => why,
        (_, Whom::Everyone) => "everyone",
        (Fact::NotAsked, Whom::Suspicious) => return passes(""),
        (Fact::Unknown(why), Whom::Suspicious) => return Fact::Unknown(why),
    };
    let proven = proven_domain(asking).await;
    if proven.is_some() && whom == Whom::Suspicious {
        return passes("");
    }
    let identity = match (&proven, asking.envelope.mail_from.address()) {
        (Some(domain), _) => domain.clone(),
        (None, Some(sender)) => sender.key(),
        (None, None) => String::new(),
    };
    // The first of the owner's addresses, under which the owner finds it: aliases and details wait together.
    let recipient = recipient.own_addresses.first().cloned().unwrap_or_else(|| recipient.given.key());
    let network = network_of(asking.envelope.peer.ip, asking.settings.prefixes.0, asking.settings.prefixes.1);
    let triplet = Triplet { network, identity: &identity, recipient: &recipient };
    let memory = &asking.door.memory.greylist;
    let grey = if asking.takes("greylisting") {
        Some(memory.ask(&triplet, &times, asking.now))
    } else {
        memory.peek(&triplet, &times, asking.now)
    };
    let until = match grey {
        Some(Grey::Wait { until, .. }) => Some(until),
        // Only looked at, and never seen: it would have to wait.
        None => Some(message::UnixMillis(asking.now.0.saturating_add(times.wait_ms))),
        Some(Grey::Learned | Grey::Passed { .. } | Grey::Released | Grey::NoRoom) => None,
    };
    Fact::Known(Greylisted { why: why.to_owned(), until })
}

/// Allow lists and a good history are never asked to come again.
fn is_trusted(facts: &DoorFacts) -> bool {
    let lists = [&facts.dns_lists, &facts.domain_lists];
    let allowed = lists.iter().any(|lists| lists.known().is_some_and(|hits| hits.iter().any(|hit| hit.allow)));
    let good = facts.reputation.known().is_some_and(|all| {
        all.iter().any(|one| one.grade == Grade::Good) && all.iter().all(|one| one.grade < Grade::Suspect)
    });
    allowed || good
}

/// What is suspicious, by a word. `NotAsked`: nothing is. `Unknown`: what would show it could not be had.
fn suspicion(facts: &DoorFacts) -> Fact<&'static str> {
    let lists = [&facts.dns_lists, &facts.domain_lists];
    if lists.iter().any(|lists| lists.known().is_some_and(|hits| hits.iter().any(|hit| !hit.allow))) {
        return Fact::Known("listed");
    }
    if facts.reputation.known().is_some_and(|all| all.iter().any(|one| one.grade >= Grade::Suspect)) {
        return Fact::Known("reputation");
    }
    match &facts.dynamic_source {
        Fact::Known(Some(source)) => Fact::Known(match source.by {
            DynamicBy::Range | DynamicBy::Name | DynamicBy::Numbered => "dynamic",
            DynamicBy::Nameless => "nameless",
        }),
        Fact::Known(None) | Fact::NotAsked => Fact::NotAsked,
        Fact::Unknown(why) => Fact::Unknown(*why),
    }
}

/// The domain of MAIL FROM (of HELO for the null sender), where SPF says that this peer may use it.
async fn proven_domain(asking: &Asking<'_>) -> Option<String> {
    let dns = auth::dns::Deadline::new(asking.dns?.as_ref(), asking.deadline);
    let helo = asking.envelope.peer.helo.as_deref().unwrap_or_default();
    let peer =
        spf::Peer { ip: asking.envelope.peer.ip, helo, receiver: "localhost", now: asking.now.0.div_euclid(1000) };
    let result = spf::check_mail_from(&dns, peer, &asking.envelope.mail_from).await;
    result.domain.filter(|_| result.outcome == SpfOutcome::Pass).map(|domain| domain.to_ascii_lowercase())
}
