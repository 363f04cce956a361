//! What history says of a source (IN-13): read at connect, again with the proven domain at DATA, and written where
//! something came of its mail.

use std::net::IpAddr;

use ::door::{Counted, Kind, Part, Place, Sender, Source, StandingClass, network_of};
use controls::Fact;
use controls::facts::door::{Grade, Standing, StandingOf};
use message::authentication::{DkimOutcome, SpfOutcome};
use message::{Authentication, Envelope};

use super::Door;
use super::gather::Asking;
use super::settings::DoorSettings;
use crate::judge::Judged;
use crate::transaction::Face;

/// The control whose own points must not feed what it reads.
const CONTROL: &str = "reputation";

/// Its reputations.
pub(super) async fn gather(asking: &Asking<'_>) -> Fact<Vec<Standing>> {
    let sender = sender(asking.settings, asking.envelope.peer.ip, None);
    let standing = asking.door.memory.reputation.standing(&sender, &asking.settings.reputation, asking.now);
    Fact::Known(standing.parts.iter().filter_map(fact).collect())
}

/// A sender as the door's memory knows it.
pub(super) fn sender<'a>(settings: &DoorSettings, ip: IpAddr, domain: Option<&'a str>) -> Sender<'a> {
    let (v4, v6) = settings.prefixes;
    Sender { ip, network: network_of(ip, v4, v6), as_number: settings.as_numbers.number(ip), domain }
}

/// The domain that answers for a message: the one it shows, where that is proven; else what SPF proved of MAIL FROM,
/// else the first that signed.
pub(super) fn proven_domain(authentication: &Authentication) -> Option<&str> {
    let dmarc = &authentication.dmarc;
    let shown = (dmarc.spf_aligned || dmarc.dkim_aligned).then_some(dmarc.from.as_deref()).flatten();
    let sent = || {
        let passed = authentication.spf.outcome == SpfOutcome::Pass;
        passed.then_some(authentication.spf.domain.as_deref()).flatten()
    };
    let signed = || {
        let passing = authentication.dkim.iter().find(|signature| signature.outcome == DkimOutcome::Pass)?;
        passing.domain.as_deref()
    };
    shown.or_else(sent).or_else(signed)
}

fn fact(part: &Part) -> Option<Standing> {
    let of = match part.kind {
        Kind::Ip => StandingOf::Ip,
        Kind::Network => StandingOf::Network,
        Kind::AsNumber => StandingOf::AsNumber,
        Kind::AuthenticatedDomain => StandingOf::Domain,
        _ => return None,
    };
    let grade = match part.class {
        StandingClass::Good => Grade::Good,
        StandingClass::Unknown => Grade::Unknown,
        StandingClass::Suspect => Grade::Suspect,
        StandingClass::Bad => Grade::Bad,
    };
    let whose = part.name.strip_prefix("domain:").unwrap_or(&part.name).to_owned();
    Some(Standing {
        of,
        whose,
        grade,
        points: part.points,
        messages: part.tally.messages.round() as u32,
        unwanted_percent: part.bad_percent.round().clamp(0.0, 100.0) as u8,
    })
}

impl Door {
    /// What is known of the domain that answers for a message; `None` where nobody proved one, or nothing is known.
    pub(crate) fn history_of_domain(&self, authentication: Option<&Authentication>) -> Option<Standing> {
        let domain = proven_domain(authentication?)?.to_ascii_lowercase();
        let settings = self.settings.load();
        // The address plays no part: only the domain's own history is read here.
        let part =
            self.memory.reputation.part(&Source::AuthenticatedDomain(&domain), &settings.reputation, self.now())?;
        fact(&part)
    }

    /// Waits for a place to be judged in: good sources and our own servers first, suspects last.
    pub(crate) async fn turn_of(&self, envelope: &Envelope) -> Place {
        let class = {
            let settings = self.settings.load();
            let sender = sender(&settings, envelope.peer.ip, None);
            let known = || self.memory.reputation.standing(&sender, &settings.reputation, self.now()).class;
            if settings.trusts(envelope.peer.ip) { StandingClass::Good } else { known() }
        };
        self.turn.wait(class).await
    }

    /// A message was judged: it counts for its sender, once, however many recipients it had. What nobody let us look
    /// at says nothing. By LMTP the address is that of the mail server in front, which passes on what strangers send: only
    /// the proven domain hears it.
    pub(crate) fn heard_message<'a>(
        &self,
        face: Face,
        envelope: &Envelope,
        authentication: Option<&Authentication>,
        judged: impl Iterator<Item = &'a Judged>,
    ) {
        let settings = self.settings.load();
        if settings.trusts(envelope.peer.ip) {
            return;
        }
        let counted = judged.filter_map(counted).reduce(|one, other| if one == Counted::Spam { one } else { other });
        let Some(counted) = counted else { return };
        let domain = authentication.and_then(proven_domain).map(str::to_ascii_lowercase);
        self.hear(face == Face::Lmtp, envelope.peer.ip, domain.as_deref(), counted);
    }

    /// A source asked for a recipient that does not exist.
    pub(crate) fn heard_unknown_recipient(&self, envelope: &Envelope) {
        let settings = self.settings.load();
        if settings.trusts(envelope.peer.ip) {
            return;
        }
        let sender = sender(&settings, envelope.peer.ip, None);
        self.memory.reputation.hear(&sender, Counted::UnknownRecipient, &settings.reputation, self.now());
    }

    /// A person reported a message that came from this address by this face; the domain that answers for it hears it too,
    /// and by LMTP that domain alone.
    pub fn heard_complaint(&self, face: &str, ip: IpAddr, authentication: Option<&Authentication>) {
        let settings = self.settings.load();
        if settings.trusts(ip) {
            return;
        }
        let domain = authentication.and_then(proven_domain).map(str::to_ascii_lowercase);
        self.hear(face == Face::Lmtp.name(), ip, domain.as_deref(), Counted::Complaint);
    }

    /// Counts something for an address and a domain, or where the address is that of a mail server in front, for the
    /// domain alone.
    fn hear(&self, in_front: bool, ip: IpAddr, domain: Option<&str>, counted: Counted) {
        let (settings, at) = (self.settings.load(), self.now());
        let reputation = &self.memory.reputation;
        match (in_front, domain) {
            (false, domain) => {
                reputation.hear(&sender(&settings, ip, domain), counted, &settings.reputation, at);
            }
            (true, Some(domain)) => {
                reputation.hear_of(&Source::AuthenticatedDomain(domain), counted, &settings.reputation, at);
            }
            (true, None) => {}
        }
    }
}

/// What one recipient's verdict says about the sender. What is unwanted only because of the sender's name says nothing
/// new: a bad name must not keep itself alive.
fn counted(judged: &Judged) -> Option<Counted> {
    if !judged.settings.content_allowed || judged.recipient.duty {
        return None;
    }
    let verdict = &judged.decision.verdict;
    if !verdict.class.is_unwanted() {
        return Some(Counted::Wanted);
    }
    let of_name: f64 =
        verdict.findings.iter().filter(|finding| finding.control == CONTROL).map(|finding| finding.points).sum();
    let decided_by_name = of_name > 0.0 && verdict.points - of_name < judged.settings.threshold;
    (!decided_by_name).then_some(Counted::Spam)
}
