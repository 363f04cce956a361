//! Who sent it, as outcomes: `auth` fills these in, controls and policy only read them (RFC 8601 §2.7).

use crate::address::Domain;

/// Result of one SPF or Sender ID evaluation (RFC 7208 §2.6, RFC 4406).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SpfOutcome {
    /// No policy published, or no domain to ask about.
    None,
    /// The domain says nothing about this host.
    Neutral,
    /// The host may send for the domain.
    Pass,
    /// The host may not.
    Fail,
    /// Probably not.
    SoftFail,
    /// DNS did not answer: unknown, never a pass.
    TempError,
    /// The published policy cannot be read.
    PermError,
}

/// Which identity an SPF-like evaluation was about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SpfIdentity {
    /// MAIL FROM (or postmaster@HELO for the null sender).
    MailFrom,
    /// HELO.
    Helo,
    /// The purported responsible address of the header (Sender ID, RFC 4407).
    Pra,
}

/// One SPF or PRA evaluation.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct SpfResult {
    /// About whom.
    pub identity: SpfIdentity,
    /// The domain that was asked about.
    pub domain: Option<String>,
    /// What came out.
    pub outcome: SpfOutcome,
    /// The domain's own words about a fail (`exp=`).
    pub explanation: Option<String>,
    /// The mechanism that matched, as published.
    pub mechanism: Option<String>,
    /// For staff: why, step by step.
    pub why: String,
}

/// Result of one DKIM signature (RFC 6376, RFC 8601 §2.7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DkimOutcome {
    /// The signature holds.
    Pass,
    /// It does not.
    Fail,
    /// It holds, but not by our standards (short key, weak algorithm, partial body).
    Policy,
    /// It could not be read.
    Neutral,
    /// The key could not be fetched now.
    TempError,
    /// The key is absent or broken.
    PermError,
}

/// One DKIM signature.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct DkimResult {
    /// What came out.
    pub outcome: DkimOutcome,
    /// `d=`.
    pub domain: Option<String>,
    /// `s=`.
    pub selector: Option<String>,
    /// `a=`.
    pub algorithm: Option<String>,
    /// First characters of `b=`, to tell signatures apart (RFC 6008).
    pub signature_start: Option<String>,
    /// For staff: why.
    pub why: String,
}

/// Result of the ARC chain (RFC 8617 §4.4). Shown and used as one finding; never sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ArcOutcome {
    /// No chain.
    None,
    /// The chain holds.
    Pass,
    /// It does not.
    Fail,
    /// A key could not be fetched now.
    TempError,
}

/// Result of DMARC (RFC 7489, 9989).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DmarcOutcome {
    /// No policy published, or no single From domain.
    None,
    /// An aligned identity passed.
    Pass,
    /// None did.
    Fail,
    /// DNS did not answer: unknown, never a pass.
    TempError,
    /// The record cannot be read.
    PermError,
}

/// What the domain asks for when DMARC fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DmarcPolicy {
    /// Only report.
    None,
    /// Treat as suspicious.
    Quarantine,
    /// Refuse.
    Reject,
}

/// The DMARC evaluation.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct DmarcResult {
    /// What came out.
    pub outcome: DmarcOutcome,
    /// The From domain.
    pub from: Option<String>,
    /// The policy in force for it.
    pub policy: DmarcPolicy,
    /// An SPF identity aligned with From passed.
    pub spf_aligned: bool,
    /// A DKIM signature aligned with From passed.
    pub dkim_aligned: bool,
    /// For staff: why.
    pub why: String,
}

/// Forward-confirmed reverse DNS (RFC 8601 §2.7.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum IprevOutcome {
    /// A name whose address is the peer's.
    Pass,
    /// No name, or a name that goes elsewhere.
    Fail,
    /// DNS did not answer.
    TempError,
}

/// Everything known about who sent a message.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Authentication {
    /// SPF of MAIL FROM.
    pub spf: SpfResult,
    /// SPF of HELO.
    pub spf_helo: SpfResult,
    /// Sender ID's PRA; `None` where it is switched off.
    pub pra: Option<SpfResult>,
    /// Every DKIM signature, in the order of the header.
    pub dkim: Vec<DkimResult>,
    /// The ARC chain.
    pub arc: ArcOutcome,
    /// For staff: why the chain holds or not.
    pub arc_why: String,
    /// DMARC.
    pub dmarc: DmarcResult,
    /// Reverse name.
    pub iprev: IprevOutcome,
    /// The name that leads back to the peer; only where that passed.
    pub iprev_name: Option<String>,
    /// The domain of the one From address, if there is exactly one.
    pub from_domain: Option<Domain>,
}

/// How surely a message comes from the domain it shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Proof {
    /// An aligned SPF or DKIM identity passed.
    Proven,
    /// Nothing aligned passed, and nothing was left unanswered.
    Unproven,
    /// DNS did not answer for something that could have proven it.
    Unknown,
}

impl Proof {
    /// Its stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Proven => "proven",
            Self::Unproven => "unproven",
            Self::Unknown => "unknown",
        }
    }
}

impl Authentication {
    /// Whether the From domain is proven: by DMARC, or where none is published by the same alignment rules.
    pub fn proof(&self) -> Proof {
        if self.dmarc.spf_aligned || self.dmarc.dkim_aligned {
            return Proof::Proven;
        }
        let unanswered = self.spf.outcome == SpfOutcome::TempError
            || self.dkim.iter().any(|d| d.outcome == DkimOutcome::TempError)
            || self.dmarc.outcome == DmarcOutcome::TempError;
        if unanswered { Proof::Unknown } else { Proof::Unproven }
    }

    /// Whether MAIL FROM's own domain is proven by SPF.
    pub fn mail_from_proven(&self) -> bool {
        self.spf.outcome == SpfOutcome::Pass
    }
}
