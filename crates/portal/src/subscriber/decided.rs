//! A decision as it was recorded, and its explanation in the reader's language.

use controls::{Finding, Need};
use policy::explain::{Explanation, explain, explain_closed};
use policy::{Decision, DecisionRecord};
use store::records::decisions::{DecisionRow, TransactionRow};
use store::{OperatorId, Reference, SubscriberId};

use crate::problem::Problem;
use crate::state::Portal;
use crate::visit::Visit;

/// A recorded decision with what it takes to explain it.
#[derive(Clone, Debug)]
pub struct Decided {
    /// The transaction.
    pub transaction: TransactionRow,
    /// The recipient's row.
    pub row: DecisionRow,
    /// What policy wrote; `None` where it cannot be read any more.
    pub decision: Option<Decision>,
    /// Versions of the layers that decided, and the group whose layer that was.
    layers: ([i64; 3], String),
}

/// Finds a decision. Rows expire before held mail does where an operator chose so: `None` is an answer.
pub async fn find(portal: &Portal, operator: OperatorId, reference: &Reference) -> Result<Option<Decided>, Problem> {
    let found = portal.records().decision(operator, reference).await?;
    Ok(found.map(|(transaction, row)| match DecisionRecord::from_json(&row.json) {
        Ok(record) => {
            let layers = (record.layers, record.group);
            Decided { transaction, row, decision: Some(record.decision), layers }
        }
        Err(_) => Decided { transaction, row, decision: None, layers: Default::default() },
    }))
}

/// What policy wrote into a row, where it can still be read.
pub fn read(row: &DecisionRow) -> Option<Decision> {
    DecisionRecord::from_json(&row.json).ok().map(|record| record.decision)
}

/// Explains it under the settings that were in force when it was decided. Where the message stands closed to who asks, of
/// what was seen in it only the kind is told.
pub async fn why(
    portal: &Portal,
    decided: &Decided,
    subscriber: Option<SubscriberId>,
    visit: &Visit,
) -> Result<Option<Explanation>, Problem> {
    let Some(decision) = &decided.decision else { return Ok(None) };
    let (versions, group) = &decided.layers;
    let subscriber = decided.row.subscriber.or(subscriber);
    let directory = &portal.services.directory;
    let settings = directory.settings_at(decided.row.operator, subscriber, group, *versions).await?;
    Ok(Some(match visit.opens_subjects() {
        true => explain(decision, &settings, visit.language()),
        false => explain_closed(decision, &settings, visit.language(), is_of_the_envelope),
    }))
}

/// Whether the sentence of a finding quotes nothing that stands in the message, its From and Subject included.
pub fn is_of_the_envelope(finding: &Finding) -> bool {
    let control = controls::inbound::control(&finding.control);
    control.is_some_and(|control| !control.looks_at_content() && !control.needs.contains(&Need::Headers))
}
