//! The `Received-SPF` field (RFC 7208 §9.1).

use message::Envelope;
use message::authentication::{SpfIdentity, SpfOutcome, SpfResult};

use super::authentication_results::spf_name;
use super::quote::{comment, quoted, value};

/// The whole field with its line end, for the identity of `result`.
pub fn received_spf(receiver: &str, envelope: &Envelope, result: &SpfResult) -> String {
    let domain = result.domain.as_deref().unwrap_or("the sender");
    let says = match result.outcome {
        SpfOutcome::None => "publishes no policy",
        SpfOutcome::Neutral => "does not say whether the host may send",
        SpfOutcome::Pass => "lets the host send",
        SpfOutcome::Fail => "does not let the host send",
        SpfOutcome::SoftFail => "probably does not let the host send",
        SpfOutcome::TempError => "could not be asked",
        SpfOutcome::PermError => "publishes a policy that cannot be read",
    };
    let identity = match result.identity {
        SpfIdentity::MailFrom => "mailfrom",
        SpfIdentity::Helo => "helo",
        SpfIdentity::Pra => "pra",
    };
    let mut pairs = vec![
        ("receiver", value(receiver)),
        ("client-ip", value(&envelope.peer.ip.to_canonical().to_string())),
        ("identity", identity.to_owned()),
        ("envelope-from", quoted(&envelope.mail_from.to_string())),
    ];
    if let Some(helo) = &envelope.peer.helo {
        pairs.push(("helo", value(helo)));
    }
    if let Some(mechanism) = &result.mechanism {
        pairs.push(("mechanism", quoted(mechanism)));
    }
    if matches!(result.outcome, SpfOutcome::TempError | SpfOutcome::PermError) {
        pairs.push(("problem", quoted(&result.why)));
    }
    let pairs: Vec<String> = pairs.into_iter().map(|(key, text)| format!("{key}={text}")).collect();
    let said = comment(&format!("{receiver}: {domain} {says}"));
    format!("Received-SPF: {} ({said})\r\n\t{}\r\n", spf_name(result.outcome), pairs.join(";\r\n\t"))
}
