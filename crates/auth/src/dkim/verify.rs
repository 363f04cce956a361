//! Verifying the DKIM signatures of a message, the topmost first, no more than are worth the work.

use futures_util::future::join_all;
use mail_auth::common::crypto::Algorithm;
use message::authentication::{DkimOutcome, DkimResult};

use super::body::Bodies;
use super::key::{Attempt, NoKey, Signed, fetch};
use super::signature::Signature;
use super::tags::{Strictness, Tags, compact, without_signature};
use crate::dns::Dns;
use crate::fields::{Field, Fields};
use crate::settings::AuthSettings;

/// Verifies the signatures of a message at `now` (seconds since 1970 UTC).
pub async fn verify(dns: &dyn Dns, mail: &Fields<'_>, settings: &AuthSettings, now: i64) -> Vec<DkimResult> {
    let mut bodies = Bodies::new(mail.body);
    let mut waiting = Vec::new();
    for field in mail.named("dkim-signature").take(settings.most_signatures) {
        waiting.push((field, read(mail, field, &mut bodies, now).await));
    }
    join_all(waiting.into_iter().map(|(field, read)| async move {
        match read {
            Read::Settled(result) => result,
            Read::NeedsKey { signature, partial } => finish(dns, mail, settings, field, &signature, partial).await,
        }
    }))
    .await
}

/// A signature before its key is known.
enum Read {
    /// The key would change nothing.
    Settled(DkimResult),
    /// All right so far; `partial`: only the beginning of the body is signed.
    NeedsKey { signature: Box<Signature>, partial: bool },
}

/// Everything that needs no key.
async fn read(mail: &Fields<'_>, field: &Field<'_>, bodies: &mut Bodies<'_>, now: i64) -> Read {
    let signature = match Signature::parse(field.value) {
        Ok(signature) => Box::new(signature),
        Err(bad) => return Read::Settled(unread(field.value, &bad.to_string())),
    };
    let settled = |outcome, why: &str| Read::Settled(result(&signature, outcome, why.into()));
    if mail.cut {
        return settled(DkimOutcome::PermError, "the header section is too large to be read");
    }
    if !signature.identity_agrees(false) {
        return settled(DkimOutcome::PermError, "i= is not within d=");
    }
    if signature.expires_at.is_some_and(|until| i128::from(now) > i128::from(until)) {
        return settled(DkimOutcome::Fail, "the signature has expired");
    }
    let body = bodies.hash(&signature).await;
    if signature.length.is_some_and(|length| length > body.length) {
        return settled(DkimOutcome::PermError, "l= is larger than the body");
    }
    if body.hash != signature.body_hash {
        return settled(DkimOutcome::Fail, "the body was changed after it was signed");
    }
    let partial = signature.length.is_some_and(|length| length < body.length);
    Read::NeedsKey { signature, partial }
}

/// Fetches the key and compares.
async fn finish(
    dns: &dyn Dns,
    mail: &Fields<'_>,
    settings: &AuthSettings,
    field: &Field<'_>,
    signature: &Signature,
    partial: bool,
) -> DkimResult {
    let keys = match fetch(dns, &signature.selector, &signature.domain).await {
        Ok(keys) => keys,
        Err(no_key) => {
            let outcome = match no_key {
                NoKey::Unanswered { .. } => DkimOutcome::TempError,
                NoKey::Absent(_) | NoKey::Revoked(_) | NoKey::Unreadable(_) => DkimOutcome::PermError,
            };
            return result(signature, outcome, no_key.to_string());
        }
    };
    let unsigned = without_signature(field.value);
    let mut fields = mail.signed(&signature.names);
    fields.push((field.name, &unsigned));
    let signed =
        Signed { fields, form: signature.header_form, algorithm: signature.algorithm, octets: &signature.octets };
    let (outcome, why) = match keys.attempt(&signed, |exactly| signature.identity_agrees(exactly)) {
        Attempt::Holds { rsa_bits } => judge(settings, signature, rsa_bits, partial),
        Attempt::TooShort { rsa_bits } => (DkimOutcome::Policy, format!("the key has only {rsa_bits} bits")),
        Attempt::WrongKind => (DkimOutcome::PermError, "the key is not for this algorithm".into()),
        Attempt::WrongIdentity => (DkimOutcome::PermError, "i= is not d=, which the key demands".into()),
        Attempt::Fails => (DkimOutcome::Fail, "the signed header fields were changed, or the key is another".into()),
    };
    result(signature, outcome, why)
}

/// A signature that holds: is it good enough for us (RFC 8301, RFC 6376 §8.2)?
fn judge(
    settings: &AuthSettings,
    signature: &Signature,
    rsa_bits: Option<usize>,
    partial: bool,
) -> (DkimOutcome, String) {
    if let Some(bits) = rsa_bits.filter(|&bits| bits < settings.shortest_rsa_key) {
        return (DkimOutcome::Policy, format!("it holds, but the key has only {bits} bits"));
    }
    if signature.algorithm == Algorithm::RsaSha1 {
        return (DkimOutcome::Policy, "it holds, but is made with SHA-1".into());
    }
    if partial && !settings.accept_partial_body {
        return (DkimOutcome::Policy, "it holds, but only for the beginning of the body".into());
    }
    (DkimOutcome::Pass, "it holds".into())
}

fn result(signature: &Signature, outcome: DkimOutcome, why: String) -> DkimResult {
    DkimResult {
        outcome,
        domain: Some(signature.domain.clone()),
        selector: Some(signature.selector.clone()),
        algorithm: Some(signature.algorithm.name().to_owned()),
        signature_start: Some(signature.start.clone()),
        why,
    }
}

/// A signature that could not be read, with what can be said of it nevertheless.
fn unread(value: &[u8], why: &str) -> DkimResult {
    let tags = Tags::parse(value, Strictness::Signature).ok();
    let name = |tag| tags.as_ref().and_then(|tags| tags.get(tag)).and_then(super::signature::name);
    let start = |tags: &Tags<'_>| tags.get("b").map(|b| compact(b).chars().take(8).collect());
    DkimResult {
        outcome: DkimOutcome::Neutral,
        domain: name("d"),
        selector: name("s"),
        algorithm: None,
        signature_start: tags.as_ref().and_then(start),
        why: why.to_owned(),
    }
}
