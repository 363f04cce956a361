//! SPF (RFC 7208): may this host send for this domain? Noun folder, verb files.
//!
//! [`parse`] reads a record, [`macros`] fills in what stands in `%{…}`, [`evaluate`] walks it within the limits of
//! §4.6.4. Sender ID ([`crate::pra`]) uses the same walk with another identity.

pub mod evaluate;
pub mod macros;
pub mod parse;

use std::net::IpAddr;

use message::authentication::{SpfIdentity, SpfResult};
use message::{Domain, ReversePath};

pub use evaluate::{Check, check_host};

use crate::dns::Dns;

/// Characters of a trace that are kept in the outcome.
const LONGEST_TRACE: usize = 2_000;

/// What a domain is asked about: the arguments of check_host() (RFC 7208 §4.1) and what macros may name.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The sending host; an IPv4-mapped address counts as IPv4.
    pub ip: IpAddr,
    /// The domain whose record is read.
    pub domain: &'a str,
    /// MAIL FROM or HELO identity, `local@domain`; a missing local part is `postmaster` (§4.3).
    pub sender: &'a str,
    /// What the host called itself.
    pub helo: &'a str,
    /// Our own name, for `%{r}` in an explanation.
    pub receiver: &'a str,
    /// Seconds since 1970 UTC, for `%{t}` in an explanation.
    pub now: i64,
    /// Which records count.
    pub versions: Versions,
}

/// Which records are policies for this question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Versions {
    /// `v=spf1` only.
    Spf1,
    /// `spf2.0/…pra…`, or where there is none `v=spf1` (RFC 4406 §4.4).
    Pra,
}

/// Who is asking, the same for every identity of one transaction.
#[derive(Clone, Copy, Debug)]
pub struct Peer<'a> {
    /// The sending host.
    pub ip: IpAddr,
    /// What it called itself; empty where it did not.
    pub helo: &'a str,
    /// Our own name.
    pub receiver: &'a str,
    /// Seconds since 1970 UTC.
    pub now: i64,
}

/// SPF of MAIL FROM; for the null sender of `postmaster@` HELO (RFC 7208 §2.4).
pub async fn check_mail_from(dns: &dyn Dns, peer: Peer<'_>, mail_from: &ReversePath) -> SpfResult {
    let (sender, domain) = match mail_from.address() {
        Some(address) => (address.to_string(), address.domain().as_str().to_owned()),
        None => (format!("postmaster@{}", peer.helo), peer.helo.to_owned()),
    };
    check(dns, peer, SpfIdentity::MailFrom, &sender, &domain, Versions::Spf1).await
}

/// SPF of HELO (RFC 7208 §2.3).
pub async fn check_helo(dns: &dyn Dns, peer: Peer<'_>) -> SpfResult {
    let sender = format!("postmaster@{}", peer.helo);
    check(dns, peer, SpfIdentity::Helo, &sender, peer.helo, Versions::Spf1).await
}

/// One identity.
pub(crate) async fn check(
    dns: &dyn Dns,
    peer: Peer<'_>,
    identity: SpfIdentity,
    sender: &str,
    domain: &str,
    versions: Versions,
) -> SpfResult {
    if peer.ip.is_unspecified() {
        // A face that was not told the peer's address: unknown, neither a pass nor a failure.
        let domain = Domain::parse(domain).ok().map(|domain| domain.to_string());
        let why = "the peer's address is not known".to_owned();
        return SpfResult {
            identity,
            domain,
            outcome: message::authentication::SpfOutcome::TempError,
            explanation: None,
            mechanism: None,
            why,
        };
    }
    let question =
        Question { ip: peer.ip, domain, sender, helo: peer.helo, receiver: peer.receiver, now: peer.now, versions };
    let Check { outcome, explanation, mechanism, trace } = check_host(dns, &question).await;
    SpfResult {
        identity,
        domain: Domain::parse(domain).ok().map(|domain| domain.to_string()),
        outcome,
        explanation,
        mechanism,
        why: trace.join("; ").chars().take(LONGEST_TRACE).collect(),
    }
}
