//! A test that stands beside a rule: a small fictional message, and where it matters how it came.

use message::authentication::{
    ArcOutcome, DmarcOutcome, DmarcPolicy, DmarcResult, IprevOutcome, SpfIdentity, SpfOutcome, SpfResult,
};
use message::{Address, Authentication, Body, Envelope, Limits, Message, Peer, ReversePath, UnixMillis};
use serde::Deserialize;

use super::{HeuristicFacts, Hit, RuleSet};

/// A test message: the text alone, or a table with what the dialogue and authentication told.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged, expecting = "a message as text, or a table with `mail` and optionally helo, name, mail_from, proof")]
pub enum Trial {
    /// Header section and body, lines ended by LF.
    Mail(String),
    /// The same, and more.
    Told(Told),
}

/// A test message with what the dialogue and authentication told.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Told {
    /// Header section and body.
    pub mail: String,
    /// HELO.
    pub helo: Option<String>,
    /// The peer's reverse name.
    pub name: Option<String>,
    /// MAIL FROM.
    pub mail_from: Option<String>,
    /// What authentication says about From.
    pub proof: Option<WhichProof>,
}

/// What authentication says about From in a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhichProof {
    /// An aligned identity passed.
    Proven,
    /// None did.
    Unproven,
    /// None did, and the domain asks for refusal.
    Rejected,
}

impl Trial {
    /// Which rules of a set apply to it.
    pub fn hits(&self, rules: &RuleSet) -> Vec<Hit> {
        let told = match self {
            Self::Mail(mail) => &Told { mail: mail.clone(), helo: None, name: None, mail_from: None, proof: None },
            Self::Told(told) => told,
        };
        let raw = told.mail.trim_start().replace('\n', "\r\n");
        let message = Message::parse(raw.into_bytes().into(), &Limits::default());
        let mut peer = Peer::at(std::net::IpAddr::from([192, 0, 2, 1]));
        peer.helo.clone_from(&told.helo);
        peer.name.clone_from(&told.name);
        let sender = told.mail_from.as_deref().and_then(|text| ReversePath::parse(text).ok());
        let envelope = Envelope {
            peer,
            mail_from: sender.unwrap_or(ReversePath::Null),
            smtp_utf8: false,
            body: Body::SevenBit,
            received_at: UnixMillis(0),
        };
        let authentication = told.proof.map(|proof| authentication(proof, &message));
        rules.evaluate(&HeuristicFacts {
            message: &message,
            envelope: &envelope,
            authentication: authentication.as_ref(),
        })
    }
}

fn authentication(proof: WhichProof, message: &Message) -> Authentication {
    let spf = |identity| SpfResult {
        identity,
        domain: None,
        outcome: if proof == WhichProof::Proven { SpfOutcome::Pass } else { SpfOutcome::None },
        explanation: None,
        mechanism: None,
        why: String::new(),
    };
    let from = message.headers.mailboxes("From").into_iter().find_map(|mailbox| mailbox.address);
    let domain = from.as_ref().map(Address::domain).cloned();
    Authentication {
        spf: spf(SpfIdentity::MailFrom),
        spf_helo: spf(SpfIdentity::Helo),
        pra: None,
        dkim: Vec::new(),
        arc: ArcOutcome::None,
        arc_why: String::new(),
        dmarc: DmarcResult {
            outcome: match proof {
                WhichProof::Proven => DmarcOutcome::Pass,
                WhichProof::Unproven => DmarcOutcome::None,
                WhichProof::Rejected => DmarcOutcome::Fail,
            },
            from: domain.as_ref().map(ToString::to_string),
            policy: if proof == WhichProof::Rejected { DmarcPolicy::Reject } else { DmarcPolicy::None },
            spf_aligned: proof == WhichProof::Proven,
            dkim_aligned: false,
            why: String::new(),
        },
        iprev: IprevOutcome::Pass,
        iprev_name: None,
        from_domain: domain,
    }
}
