//! The audit log.

use super::{after, operator};
use crate::records::audit::AuditRow;
use crate::{Records, StoreError};

/// Newest first, by operator, by target, in pages.
pub async fn log(records: &dyn Records) -> Result<(), StoreError> {
    let (ours, theirs) = (operator(records, "ours").await?, operator(records, "theirs").await?);
    for n in 0..10 {
        let row = AuditRow {
            id: 0,
            operator: ours,
            at: after(n),
            by: "staff:3".to_owned(),
            from: "192.0.2.9".to_owned(),
            action: "content.open".to_owned(),
            target: format!("subscriber:{}", n % 2),
            detail: format!("本人の依頼 {n}"),
        };
        records.audit(&row).await?;
    }
    let times = |target: Option<&'static str>, limit, offset| async move {
        let rows = records.find_audit(ours, target, limit, offset).await?;
        assert!(rows.iter().all(|row| row.id > 0 && row.by == "staff:3" && row.detail.starts_with("本人")));
        Ok::<_, StoreError>(rows.iter().map(|row| row.at.0 - after(0).0).collect::<Vec<_>>())
    };
    assert_eq!(times(None, 3, 0).await?, [9, 8, 7]);
    assert_eq!(times(None, 3, 8).await?, [1, 0]);
    assert_eq!(times(Some("subscriber:1"), 10, 0).await?, [9, 7, 5, 3, 1]);
    assert_eq!(times(Some("subscriber:1"), 2, 1).await?, [7, 5]);
    assert_eq!(times(Some("subscriber:2"), 2, 0).await?, [0; 0]);
    assert_eq!(records.find_audit(theirs, None, 10, 0).await?, []);
    records.check_writable().await
}
