//! Verifying a chain: the newest message signature, then every seal (RFC 8617 §5.2, steps 4 to 6).

use futures_util::future::{join, join_all};
use mail_auth::common::crypto::Algorithm;
use mail_auth::dkim::Canonicalization;
use message::authentication::ArcOutcome;

use super::chain::{Set, read};
use crate::dkim::body::Bodies;
use crate::dkim::key::{Attempt, Keys, NoKey, Signed, fetch};
use crate::dkim::tags::without_signature;
use crate::dns::Dns;
use crate::fields::Fields;
use crate::settings::AuthSettings;

/// What came out, with the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// The result.
    pub outcome: ArcOutcome,
    /// For staff: why.
    pub why: String,
}

/// Verifies the chain of a message.
pub async fn verify(dns: &dyn Dns, mail: &Fields<'_>, settings: &AuthSettings) -> Chain {
    let sets = match read(mail) {
        Ok(sets) => sets,
        Err(broken) => return Chain { outcome: ArcOutcome::Fail, why: broken.to_string() },
    };
    let Some(newest) = sets.last() else {
        return Chain { outcome: ArcOutcome::None, why: "there is no chain".into() };
    };
    let fail = |why: &str| Chain { outcome: ArcOutcome::Fail, why: why.into() };
    if mail.cut {
        return fail("the header section is too large to be read");
    }
    if Bodies::new(mail.body).hash(&newest.signature).await.hash != newest.signature.body_hash {
        return fail("the body was changed after the newest set");
    }
    match check_all(dns, mail, &sets, newest, settings).await {
        Ok(()) => Chain { outcome: ArcOutcome::Pass, why: format!("{} sets hold", sets.len()) },
        Err(chain) => chain,
    }
}

/// The newest set first: a chain that breaks there costs two questions, not one for each of fifty seals.
async fn check_all(
    dns: &dyn Dns,
    mail: &Fields<'_>,
    sets: &[Set<'_>],
    newest: &Set<'_>,
    settings: &AuthSettings,
) -> Result<(), Chain> {
    let seal_key = |set: &Set<'_>| {
        let (selector, domain) = (set.seal.selector.clone(), set.seal.domain.clone());
        async move { fetch(dns, &selector, &domain).await }
    };
    let message_key = fetch(dns, &newest.signature.selector, &newest.signature.domain);
    let (message_key, newest_seal_key) = join(message_key, seal_key(newest)).await;
    check_message(mail, newest, message_key, settings)?;
    check_seal(sets, newest_seal_key, settings)?;
    let older = join_all(sets.iter().rev().skip(1).map(seal_key)).await;
    for (back, keys) in older.into_iter().enumerate() {
        check_seal(&sets[..sets.len() - 1 - back], keys, settings)?;
    }
    Ok(())
}

fn check_message(
    mail: &Fields<'_>,
    set: &Set<'_>,
    keys: Result<Keys, NoKey>,
    settings: &AuthSettings,
) -> Result<(), Chain> {
    let unsigned = without_signature(set.signature_field.value);
    let mut fields = mail.signed(&set.signature.names);
    fields.push((set.signature_field.name, &unsigned));
    let signed = Signed {
        fields,
        form: set.signature.header_form,
        algorithm: set.signature.algorithm,
        octets: &set.signature.octets,
    };
    check("the newest message signature", &signed, keys, settings)
}

/// A seal covers all sets up to its own, its own last (RFC 8617 §5.1.1).
fn check_seal(sets: &[Set<'_>], keys: Result<Keys, NoKey>, settings: &AuthSettings) -> Result<(), Chain> {
    let Some((own, before)) = sets.split_last() else { return Ok(()) };
    let unsigned = without_signature(own.seal_field.value);
    let mut fields = Vec::with_capacity(sets.len() * 3);
    for set in before {
        fields.extend([set.results, set.signature_field, set.seal_field].map(|field| (field.name, field.value)));
    }
    fields.extend([own.results, own.signature_field].map(|field| (field.name, field.value)));
    fields.push((own.seal_field.name, &unsigned));
    let signed =
        Signed { fields, form: Canonicalization::Relaxed, algorithm: own.seal.algorithm, octets: &own.seal.octets };
    check(&format!("seal {}", sets.len()), &signed, keys, settings)
}

fn check(what: &str, signed: &Signed<'_>, keys: Result<Keys, NoKey>, settings: &AuthSettings) -> Result<(), Chain> {
    let fail = |why: &str| Err(Chain { outcome: ArcOutcome::Fail, why: format!("{what}: {why}") });
    let keys = match keys {
        Ok(keys) => keys,
        Err(no_key @ NoKey::Unanswered { .. }) => {
            return Err(Chain { outcome: ArcOutcome::TempError, why: format!("{what}: {no_key}") });
        }
        Err(no_key) => return fail(&no_key.to_string()),
    };
    if signed.algorithm == Algorithm::RsaSha1 {
        return fail("it is made with SHA-1");
    }
    match keys.attempt(signed, |_| true) {
        Attempt::Holds { rsa_bits: Some(bits) } if bits < settings.shortest_rsa_key => fail("its key is too short"),
        Attempt::Holds { .. } => Ok(()),
        Attempt::TooShort { .. } => fail("its key is too short"),
        Attempt::WrongKind | Attempt::WrongIdentity => fail("the key is not for it"),
        Attempt::Fails => fail("it does not hold"),
    }
}
