//! Versions of settings: history, and what happens when two change at once.

use std::sync::Arc;

use super::{after, operator};
use crate::records::settings::{SettingsOwner, SettingsVersion};
use crate::{OperatorId, Records, StoreError, SubscriberId};

fn version(operator: OperatorId, owner: SettingsOwner, number: i64) -> SettingsVersion {
    SettingsVersion {
        version: 0,
        operator,
        owner,
        json: format!(r#"{{"level":{number}}}"#),
        at: after(number),
        by: "staff:3".to_owned(),
        from: "192.0.2.9".to_owned(),
        note: "題".to_owned(),
    }
}

/// The newest is in force, all stay readable, owners do not mix.
pub async fn history(records: &dyn Records) -> Result<(), StoreError> {
    let (ours, theirs) = (operator(records, "ours").await?, operator(records, "theirs").await?);
    let owners = [
        SettingsOwner::Operator,
        SettingsOwner::Group("operator".to_owned()),
        SettingsOwner::Group("subscriber:1".to_owned()),
        SettingsOwner::Subscriber(SubscriberId(1)),
    ];
    for (n, owner) in (1..).zip(&owners) {
        assert_eq!(records.settings(ours, owner).await?, None);
        records.put_settings(&version(ours, owner.clone(), n), 0).await?;
    }
    for (n, owner) in (1..).zip(&owners) {
        let first = records.settings(ours, owner).await?.map(|found| (found.version, found.json));
        let (number, json) = first.ok_or(StoreError::Absent("settings"))?;
        assert_eq!(json, format!(r#"{{"level":{n}}}"#));
        let second = records.put_settings(&version(ours, owner.clone(), 100), number).await?;
        assert!(second > number);
        let expected = SettingsVersion { version: second, ..version(ours, owner.clone(), 100) };
        assert_eq!(records.settings(ours, owner).await?.as_ref(), Some(&expected));
        let history = records.settings_history(ours, owner, 10).await?;
        assert_eq!(history.iter().map(|row| row.version).collect::<Vec<_>>(), [second, number]);
        assert_eq!(records.settings_history(ours, owner, 1).await?, [expected]);
        assert_eq!(records.settings(theirs, owner).await?, None);
    }
    // Of people alone, and the last version of each.
    let in_use = records.settings_in_use(ours, "", 10).await?;
    assert_eq!(in_use.iter().map(|(_, json)| json.as_str()).collect::<Vec<_>>(), [r#"{"level":100}"#]);
    assert_eq!(records.settings_in_use(ours, &in_use[0].0, 10).await?, [], "nobody comes after the last");
    assert_eq!(records.settings_in_use(theirs, "", 10).await?, []);
    Ok(())
}

/// Of many who change the same version at once, one does; the others hear of a conflict and have changed nothing.
pub async fn conflict(records: Arc<dyn Records>) -> Result<(), StoreError> {
    let ours = operator(records.as_ref(), "ours").await?;
    let first = records.put_settings(&version(ours, SettingsOwner::Operator, 0), 0).await?;
    let again = records.put_settings(&version(ours, SettingsOwner::Operator, 0), 0).await;
    assert!(matches!(again, Err(StoreError::Conflict(_))));
    let mut tasks = tokio::task::JoinSet::new();
    for n in 1..=16 {
        let records = Arc::clone(&records);
        tasks.spawn(async move { records.put_settings(&version(ours, SettingsOwner::Operator, n), first).await });
    }
    let outcomes = tasks.join_all().await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Ok(_) | Err(StoreError::Conflict(_)))));
    assert_eq!(records.settings_history(ours, &SettingsOwner::Operator, 100).await?.len(), 2);
    Ok(())
}
