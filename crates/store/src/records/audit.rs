//! Who did what to whom, when, from where, why. Append only.

use message::UnixMillis;

use crate::OperatorId;

/// One audit row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    /// Row number; 0 for one not yet written.
    pub id: i64,
    /// Whose operator.
    pub operator: OperatorId,
    /// When.
    pub at: UnixMillis,
    /// Who: `subscriber:12`, `staff:3`, `system`.
    pub by: String,
    /// From where.
    pub from: String,
    /// What, by its stable name: `settings.change`, `junk.release`, `content.open` …
    pub action: String,
    /// To whom or what: `subscriber:12`, a reference …
    pub target: String,
    /// Details and the recorded reason or legal ground.
    pub detail: String,
}
