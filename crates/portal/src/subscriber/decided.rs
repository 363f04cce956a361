//! A decision as it was recorded, and its explanation in the reader's language.

use policy::explain::{Explanation, explain};
use policy::{Decision, DecisionRecord};
use store::records::decisions::{DecisionRow, TransactionRow};
use store::{OperatorId, Reference, SubscriberId};

use crate::language::Words;
use crate::problem::Problem;
use crate::state::Portal;

/// A recorded decision with what it takes to explain it.
#[derive(Clone, Debug)]
pub struct Decided {
    /// The transaction.
    pub transaction: TransactionRow,
    /// The recipient's row.
    pub row: DecisionRow,
    /// What policy wrote; `None` where it cannot be read any more.
    pub decision: Option<Decision>,
}

/// Finds a decision. Rows expire before held mail does where an operator chose so: `None` is an answer.
pub async fn find(portal: &Portal, operator: OperatorId, reference: &Reference) -> Result<Option<Decided>, Problem> {
    let found = portal.records().decision(operator, reference).await?;
    Ok(found.map(|(transaction, row)| {
        let decision = DecisionRecord::from_json(&row.json).ok().map(|record| record.decision);
        Decided { transaction, row, decision }
    }))
}

/// Explains it under the settings now in force for that person.
pub async fn why(
    portal: &Portal,
    decided: &Decided,
    subscriber: Option<SubscriberId>,
    words: Words,
) -> Result<Option<Explanation>, Problem> {
    let Some(decision) = &decided.decision else { return Ok(None) };
    let settings = portal.services.directory.settings_of(decided.row.operator, subscriber).await?;
    Ok(Some(explain(decision, &settings, words.0)))
}
