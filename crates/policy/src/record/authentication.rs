//! Who sent it, as it is kept: outcomes by their RFC 8601 names, and the domains they are about.

use message::Authentication;
use message::authentication::SpfResult;
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
