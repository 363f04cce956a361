//! Who sent it, as it is kept: outcomes by their RFC 8601 names, and the domains they are about.

use message::authentication::{
    ArcOutcome, DmarcOutcome, DmarcPolicy, DmarcResult, IprevOutcome, Proof, SpfIdentity, SpfOutcome, SpfResult,
};
use message::{Authentication, Domain};
use serde::{Deserialize, Serialize};

/// Authentication as kept with a transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthenticationRecord {
    /// SPF of MAIL FROM: outcome, domain.
    #[serde(rename = "s", default)]
    pub spf: (String, String),
    /// SPF of HELO: outcome, domain.
    #[serde(rename = "h", default)]
    pub spf_helo: (String, String),
    /// Sender ID: outcome, domain; `None` where it is switched off.
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub pra: Option<(String, String)>,
    /// Each DKIM signature: outcome, domain.
    #[serde(rename = "k", default, skip_serializing_if = "Vec::is_empty")]
    pub dkim: Vec<(String, String)>,
    /// ARC.
    #[serde(rename = "c", default)]
    pub arc: String,
    /// DMARC: outcome, policy.
    #[serde(rename = "d", default)]
    pub dmarc: (String, String),
    /// The From domain; empty where there is not exactly one.
    #[serde(rename = "f", default)]
    pub from: String,
    /// Reverse name.
    #[serde(rename = "n", default)]
    pub iprev: String,
    /// How surely the sender is who it shows.
    #[serde(rename = "i", default)]
    pub proof: String,
}

impl AuthenticationRecord {
    /// The short form.
    pub fn of(authentication: &Authentication) -> Self {
        Self {
            spf: spf(&authentication.spf),
            spf_helo: spf(&authentication.spf_helo),
            pra: authentication.pra.as_ref().map(spf),
            dkim: authentication
                .dkim
                .iter()
                .map(|signature| (name(&signature.outcome), signature.domain.clone().unwrap_or_default()))
                .collect(),
            arc: name(&authentication.arc),
            dmarc: (name(&authentication.dmarc.outcome), name(&authentication.dmarc.policy)),
            from: authentication.from_domain.as_ref().map(|domain| domain.as_str().to_owned()).unwrap_or_default(),
            iprev: name(&authentication.iprev),
            proof: authentication.proof().name().to_owned(),
        }
    }
}

impl AuthenticationRecord {
    /// What rules on a message that is judged again may know of who sent it. Signatures are not verified again: what
    /// they proved then stays proven.
    pub fn restore(&self) -> Authentication {
        let proven = self.proof == Proof::Proven.name();
        let unanswered = self.proof == Proof::Unknown.name();
        let result = |identity, (outcome, domain): &(String, String)| SpfResult {
            identity,
            domain: filled(domain),
            outcome: spf_outcome(outcome),
            explanation: None,
            mechanism: None,
            why: String::new(),
        };
        let outcome = match self.dmarc.0.as_str() {
            "pass" => DmarcOutcome::Pass,
            "fail" => DmarcOutcome::Fail,
            "permerror" => DmarcOutcome::PermError,
            _ if unanswered => DmarcOutcome::TempError,
            "temperror" => DmarcOutcome::TempError,
            _ => DmarcOutcome::None,
        };
        Authentication {
            spf: result(SpfIdentity::MailFrom, &self.spf),
            spf_helo: result(SpfIdentity::Helo, &self.spf_helo),
            pra: None,
            dkim: Vec::new(),
            arc: ArcOutcome::None,
            arc_why: String::new(),
            dmarc: DmarcResult {
                outcome,
                from: filled(&self.from),
                policy: match self.dmarc.1.as_str() {
                    "quarantine" => DmarcPolicy::Quarantine,
                    "reject" => DmarcPolicy::Reject,
                    _ => DmarcPolicy::None,
                },
                spf_aligned: proven,
                dkim_aligned: false,
                why: String::new(),
            },
            iprev: IprevOutcome::Fail,
            iprev_name: None,
            from_domain: Domain::parse(&self.from).ok(),
        }
    }
}

fn filled(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn spf_outcome(name: &str) -> SpfOutcome {
    match name {
        "pass" => SpfOutcome::Pass,
        "fail" => SpfOutcome::Fail,
        "softfail" => SpfOutcome::SoftFail,
        "neutral" => SpfOutcome::Neutral,
        "temperror" => SpfOutcome::TempError,
        "permerror" => SpfOutcome::PermError,
        _ => SpfOutcome::None,
    }
}

fn spf(result: &SpfResult) -> (String, String) {
    (name(&result.outcome), result.domain.clone().unwrap_or_default())
}

/// The name under which an outcome is serialised.
fn name(outcome: &impl Serialize) -> String {
    match serde_json::to_value(outcome) {
        Ok(serde_json::Value::String(name)) => name,
        Ok(_) | Err(_) => String::new(),
    }
}
