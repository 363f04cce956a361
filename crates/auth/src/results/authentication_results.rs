//! The `Authentication-Results` field (RFC 8601).

use std::net::IpAddr;

use message::Authentication;
use message::authentication::{
    ArcOutcome, DkimOutcome, DkimResult, DmarcOutcome, DmarcPolicy, DmarcResult, IprevOutcome, SpfOutcome, SpfResult,
};

use super::quote::{comment, quoted, value};

/// The whole field with its line end, ready to stand at the top of the message. `peer` is the sending host.
pub fn authentication_results(authserv_id: &str, peer: IpAddr, results: &Authentication) -> String {
    let mut parts = vec![spf("spf", "smtp.mailfrom", &results.spf), spf("spf", "smtp.helo", &results.spf_helo)];
    if let Some(pra) = &results.pra {
        parts.push(spf("sender-id", "policy.pra", pra));
    }
    if results.dkim.is_empty() {
        parts.push("dkim=none".into());
    }
    parts.extend(results.dkim.iter().map(dkim));
    parts.push(format!("arc={}", arc_name(results.arc)));
    parts.push(dmarc(&results.dmarc));
    let peer = value(&peer.to_canonical().to_string());
    let name = results.iprev_name.as_ref().map_or_else(String::new, |name| format!(" ({})", comment(name)));
    parts.push(format!("iprev={}\r\n\t policy.iprev={peer}{name}", iprev_name(results.iprev)));

    let mut field = format!("Authentication-Results: {}", value(authserv_id));
    for part in parts {
        field.push_str(";\r\n\t");
        field.push_str(&part);
    }
    field.push_str("\r\n");
    field
}

fn spf(method: &str, property: &str, result: &SpfResult) -> String {
    let mut part = format!("{method}={}", spf_name(result.outcome));
    if matches!(result.outcome, SpfOutcome::TempError | SpfOutcome::PermError) {
        part.push_str(&format!("\r\n\t reason={}", quoted(&result.why)));
    }
    if let Some(domain) = &result.domain {
        part.push_str(&format!("\r\n\t {property}={}", value(domain)));
    }
    part
}

fn dkim(result: &DkimResult) -> String {
    let mut part = format!("dkim={}", dkim_name(result.outcome));
    if result.outcome != DkimOutcome::Pass {
        part.push_str(&format!("\r\n\t reason={}", quoted(&result.why)));
    }
    let properties = [
        ("header.d", &result.domain),
        ("header.s", &result.selector),
        ("header.a", &result.algorithm),
        ("header.b", &result.signature_start),
    ];
    for (property, text) in properties {
        if let Some(text) = text {
            part.push_str(&format!("\r\n\t {property}={}", value(text)));
        }
    }
    part
}

fn dmarc(result: &DmarcResult) -> String {
    let mut part = format!("dmarc={}", dmarc_name(result.outcome));
    if matches!(result.outcome, DmarcOutcome::Pass | DmarcOutcome::Fail) {
        part.push_str(&format!(" (p={})", policy_name(result.policy)));
    }
    if let Some(from) = &result.from {
        part.push_str(&format!("\r\n\t header.from={}", value(from)));
    }
    part
}

/// As RFC 8601 §2.7.2 writes it.
pub fn spf_name(outcome: SpfOutcome) -> &'static str {
    match outcome {
        SpfOutcome::None => "none",
        SpfOutcome::Neutral => "neutral",
        SpfOutcome::Pass => "pass",
        SpfOutcome::Fail => "fail",
        SpfOutcome::SoftFail => "softfail",
        SpfOutcome::TempError => "temperror",
        SpfOutcome::PermError => "permerror",
    }
}

/// As RFC 8601 §2.7.1 writes it.
pub fn dkim_name(outcome: DkimOutcome) -> &'static str {
    match outcome {
        DkimOutcome::Pass => "pass",
        DkimOutcome::Fail => "fail",
        DkimOutcome::Policy => "policy",
        DkimOutcome::Neutral => "neutral",
        DkimOutcome::TempError => "temperror",
        DkimOutcome::PermError => "permerror",
    }
}

/// As RFC 8617 §10.1 writes it.
pub fn arc_name(outcome: ArcOutcome) -> &'static str {
    match outcome {
        ArcOutcome::None => "none",
        ArcOutcome::Pass => "pass",
        ArcOutcome::Fail => "fail",
        ArcOutcome::TempError => "temperror",
    }
}

/// As RFC 7489 §11.2 writes it.
pub fn dmarc_name(outcome: DmarcOutcome) -> &'static str {
    match outcome {
        DmarcOutcome::None => "none",
        DmarcOutcome::Pass => "pass",
        DmarcOutcome::Fail => "fail",
        DmarcOutcome::TempError => "temperror",
        DmarcOutcome::PermError => "permerror",
    }
}

/// As RFC 7489 §6.3 writes it.
pub fn policy_name(policy: DmarcPolicy) -> &'static str {
    match policy {
        DmarcPolicy::None => "none",
        DmarcPolicy::Quarantine => "quarantine",
        DmarcPolicy::Reject => "reject",
    }
}

/// As RFC 8601 §2.7.3 writes it.
pub fn iprev_name(outcome: IprevOutcome) -> &'static str {
    match outcome {
        IprevOutcome::Pass => "pass",
        IprevOutcome::Fail => "fail",
        IprevOutcome::TempError => "temperror",
    }
}
