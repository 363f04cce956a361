//! Everything about who sent a message, asked for at once and ended by one deadline.
//!
//! Fail-closed: what DNS did not answer in time is `TempError`, never a pass.

use futures_util::future::OptionFuture;
use message::{Authentication, Domain, Envelope, Headers};
use tokio::time::Instant;

use crate::dmarc::{self, Policy};
use crate::dns::{Deadline, Dns};
use crate::fields::Fields;
use crate::settings::AuthSettings;
use crate::{arc, dkim, iprev, pra, spf};

/// Finds out who sent a message. Ends at `deadline` at the latest, whatever DNS does.
pub async fn authenticate(
    dns: &dyn Dns,
    envelope: &Envelope,
    headers: &Headers,
    settings: &AuthSettings,
    deadline: Instant,
) -> Authentication {
    let dns = &Deadline::new(dns, deadline);
    let now = envelope.received_at.0.div_euclid(1000);
    let peer = spf::Peer {
        ip: envelope.peer.ip,
        helo: envelope.peer.helo.as_deref().unwrap_or_default(),
        receiver: &settings.authserv_id,
        now,
    };
    let mail = &Fields::split(&headers.raw);
    let from = from_domain(headers, mail);
    let policy = async {
        match &from {
            Ok(domain) => dmarc::find(dns, domain).await,
            Err(why) => Policy::NoDomain(why),
        }
    };
    let (spf, spf_helo, pra, dkim, arc, policy, iprev) = tokio::join!(
        spf::check_mail_from(dns, peer, &envelope.mail_from),
        spf::check_helo(dns, peer),
        OptionFuture::from(settings.sender_id.then(|| pra::check(dns, peer, headers))),
        dkim::verify(dns, mail, settings, now),
        arc::verify(dns, mail, settings),
        policy,
        iprev::check(dns, envelope.peer.ip),
    );
    let from = from.ok();
    let dmarc = dmarc::evaluate(policy, from.as_ref(), &spf, &dkim);
    Authentication {
        spf,
        spf_helo,
        pra,
        dkim,
        arc: arc.outcome,
        arc_why: arc.why,
        dmarc,
        iprev: iprev.outcome,
        iprev_name: iprev.name,
        from_domain: from,
    }
}

/// The one domain of From (RFC 7489 §6.6.1): one field, and every address in it of the same domain.
fn from_domain(headers: &Headers, mail: &Fields<'_>) -> Result<Domain, &'static str> {
    if mail.cut || headers.cut {
        return Err("the header section is too large to be read");
    }
    // Counted in two ways, because what one reader takes for a second From, the recipient's may take too.
    match (headers.all("From").count(), mail.named("from").count()) {
        (1, 1) => {}
        (0, _) | (_, 0) => return Err("there is no From"),
        _ => return Err("there is more than one From"),
    }
    let mut domain: Option<Domain> = None;
    for mailbox in headers.authors() {
        let Some(address) = &mailbox.address else { return Err("an address in From cannot be read") };
        match &domain {
            None => domain = Some(address.domain().clone()),
            Some(known) if known == address.domain() => {}
            Some(_) => return Err("the addresses in From have different domains"),
        }
    }
    domain.ok_or("there is no address in From")
}
