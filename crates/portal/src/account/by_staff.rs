//! What staff do about a person's ways in, on a page or by a command: both write the audit first and tell the person.

use store::OperatorId;
use store::records::means::MeansKind;
use store::records::signin::Person;

use crate::problem::Problem;
use crate::security::{devices, lock, means};
use crate::state::Portal;

/// Takes every second factor away, and the counts of wrong tries with it.
pub async fn reset(portal: &Portal, operator: OperatorId, person: Person) -> Result<(), Problem> {
    means::remove(portal, operator, person).await?;
    portal.records().drop_means(operator, person, MeansKind::Passkey, None).await?;
    unlock(portal, person).await
}

/// Forgets wrong tries from all over.
pub async fn unlock(portal: &Portal, person: Person) -> Result<(), Problem> {
    lock::reset(portal, &lock::Account::of(Some(person), "", None).key).await
}

/// Ends every session and forgets every browser; says how many sessions there were.
pub async fn sign_out(portal: &Portal, operator: OperatorId, person: Person) -> Result<u64, Problem> {
    let ended = portal.records().end_sessions_of(operator, person, None).await?;
    devices::forget(portal, operator, person).await?;
    Ok(ended)
}
