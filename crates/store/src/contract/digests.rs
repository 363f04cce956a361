//! Plans of digests: looked at when something is held or chosen, told once, links used once.

use std::sync::Arc;

use message::UnixMillis;

use super::junk::junk;
use super::{after, octets, operator};
use crate::records::digests::DigestRow;
use crate::records::junk::{JunkRow, JunkState};
use crate::records::settings::{SettingsOwner, SettingsVersion};
use crate::{OperatorId, Records, StoreError, SubscriberId};

const WHO: SubscriberId = SubscriberId(5);

async fn looked_at(records: &dyn Records, operator: OperatorId) -> Result<Option<Option<UnixMillis>>, StoreError> {
    Ok(records.digest(operator, WHO).await?.map(|row| row.look_at))
}

/// Whoever has new held mail is looked at at once; a plan that stands stays; a plan that changed in between is not written over.
pub async fn plans(records: &dyn Records) -> Result<(), StoreError> {
    let ours = operator(records, "ours").await?;
    assert_eq!(looked_at(records, ours).await?, None);
    records.put_junk(&JunkRow { subscriber: None, ..junk(ours, 1) }).await?;
    assert_eq!(records.digests_due(after(0), 10).await?, [], "an address without an owner");
    records.put_junk(&junk(ours, 2)).await?;
    let read = records.digests_due(after(0), 10).await?;
    let plan = read.first().cloned().ok_or(StoreError::Absent("plan"))?;
    assert_eq!((read.len(), plan.subscriber, plan.look_at), (1, WHO, Some(UnixMillis(0))));

    let planned = DigestRow { look_at: Some(after(5_000)), due_at: after(5_000), ..plan.clone() };
    records.plan_digests(&[(plan.clone(), planned.clone())]).await?;
    assert_eq!(records.digests_due(after(4_999), 10).await?, []);
    assert_eq!(records.digests_due(after(5_000), 10).await?, std::slice::from_ref(&planned));
    records.put_junk(&junk(ours, 3)).await?;
    assert_eq!(records.digest(ours, WHO).await?.as_ref(), Some(&planned), "a plan tells of this too");
    let rests = DigestRow { look_at: None, ..plan.clone() };
    records.plan_digests(&[(plan, rests)]).await?;
    assert_eq!(records.digest(ours, WHO).await?.as_ref(), Some(&planned), "another plan stands there by now");

    let version = |json: &str| SettingsVersion {
        version: 0,
        operator: ours,
        owner: SettingsOwner::Subscriber(WHO),
        json: json.into(),
        at: after(1),
        by: "subscriber:5".into(),
        from: "192.0.2.9".into(),
        note: String::new(),
    };
    let first = records.put_settings(&version("{}"), 0).await?;
    assert_eq!(looked_at(records, ours).await?, Some(Some(UnixMillis(0))), "a change of settings is looked at");
    let other = SettingsVersion { owner: SettingsOwner::Subscriber(SubscriberId(6)), ..version("{}") };
    records.put_settings(&other, 0).await?;
    assert_eq!(records.digest(ours, SubscriberId(6)).await?, None);
    let chosen = SettingsVersion { json: r#"{"digest":{}}"#.into(), ..other };
    let before = records.settings(ours, &SettingsOwner::Subscriber(SubscriberId(6))).await?;
    records.put_settings(&chosen, before.map_or(0, |version| version.version)).await?;
    assert!(records.digest(ours, SubscriberId(6)).await?.is_some(), "who chooses a digest has a plan");
    wake(records, ours).await?;
    records.put_settings(&version("{}"), first).await?;
    Ok(())
}

/// What was told is told once; what is held meanwhile is looked at at once.
pub async fn told(records: &dyn Records) -> Result<(), StoreError> {
    let ours = operator(records, "ours").await?;
    for number in 1..=5 {
        records.put_junk(&junk(ours, number)).await?;
    }
    records.put_junk(&JunkRow { subscriber: Some(SubscriberId(6)), ..junk(ours, 6) }).await?;
    records.move_junk(ours, junk(ours, 5).id, JunkState::Held, JunkState::Trash, after(10)).await?;
    let (count, rows) = records.untold(ours, WHO, 2).await?;
    assert_eq!((count, rows), (4, vec![junk(ours, 4), junk(ours, 3)]), "the newest first, and how many there are");
    let plan = records.digest(ours, WHO).await?.ok_or(StoreError::Absent("plan"))?;
    let planned = DigestRow { look_at: Some(after(100)), due_at: after(100), ..plan.clone() };
    records.plan_digests(&[(plan, planned.clone())]).await?;

    let sent = DigestRow { look_at: None, due_at: UnixMillis(0), tries: 0, sent_at: after(100), ..planned };
    records.told(&sent, Some(junk(ours, 3).id)).await?;
    assert_eq!(records.untold(ours, WHO, 10).await?, (1, vec![junk(ours, 4)]));
    assert_eq!(looked_at(records, ours).await?, Some(Some(UnixMillis(0))), "one is left");
    let plan = records.digest(ours, WHO).await?.ok_or(StoreError::Absent("plan"))?;
    let planned = DigestRow { look_at: Some(after(200)), due_at: after(200), ..plan.clone() };
    records.plan_digests(&[(plan, planned)]).await?;
    records.told(&sent, Some(junk(ours, 4).id)).await?;
    assert_eq!(records.untold(ours, WHO, 10).await?, (0, Vec::new()));
    let rests = records.digest(ours, WHO).await?.map(|row| (row.look_at, row.sent_at));
    assert_eq!(rests, Some((None, after(100))));
    assert_eq!(records.untold(ours, SubscriberId(6), 10).await?.0, 1, "somebody else's");

    // Taken back out of the trash, it was told of before, or nobody waits for it.
    records.put_junk(&junk(ours, 7)).await?;
    assert_eq!(looked_at(records, ours).await?, Some(Some(UnixMillis(0))));
    Ok(())
}

/// Of many who use one link at once, one does; it is forgotten when it would have expired anyway.
pub async fn links(records: Arc<dyn Records>) -> Result<(), StoreError> {
    let link = octets(1);
    assert!(!records.link_is_used(&link).await?);
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let records = Arc::clone(&records);
        tasks.spawn(async move { records.use_link(&link, after(0), after(1_000)).await });
    }
    let used = tasks.join_all().await.into_iter().collect::<Result<Vec<_>, _>>()?;
    assert_eq!(used.iter().filter(|used| **used).count(), 1);
    assert!(records.link_is_used(&link).await?);
    assert!(!records.use_link(&link, after(999), after(1_000)).await?);
    assert!(records.use_link(&octets(2), after(1_000), after(2_000)).await?);
    assert!(!records.link_is_used(&link).await?, "it expired");
    assert!(records.link_is_used(&octets(2)).await?);
    Ok(())
}

/// Who rests although something is untold is looked at again, in slices; a plan that stands stays.
async fn wake(records: &dyn Records, ours: OperatorId) -> Result<(), StoreError> {
    let who = |number: i64| SubscriberId(100 + number);
    for number in 0..5_u32 {
        let row = JunkRow { subscriber: Some(who(number.into())), ..junk(ours, 200 + u64::from(number)) };
        records.put_junk(&row).await?;
        let plan = records.digest(ours, who(number.into())).await?.ok_or(StoreError::Absent("plan"))?;
        let look_at = (number == 4).then(|| after(9_000));
        records.plan_digests(&[(plan.clone(), DigestRow { look_at, ..plan })]).await?;
    }
    let told = records.digest(ours, who(0)).await?.ok_or(StoreError::Absent("plan"))?;
    let newest = records.untold(ours, who(0), 1).await?.1.first().map(|row| row.id);
    records.told(&told, newest).await?;
    assert_eq!(records.wake_digests(ours, who(-1), 2).await?, Some(who(1)));
    assert_eq!(records.digest(ours, who(2)).await?.and_then(|plan| plan.look_at), None, "not yet");
    assert_eq!(records.wake_digests(ours, who(1), 9).await?, Some(who(4)));
    assert_eq!(records.wake_digests(ours, who(4), 9).await?, None);
    let now = Some(UnixMillis(0));
    for (number, expected) in (0..).zip([None, now, now, now, Some(after(9_000))]) {
        let plan = records.digest(ours, who(number)).await?.ok_or(StoreError::Absent("plan"))?;
        assert_eq!(plan.look_at, expected, "{number}");
    }
    Ok(())
}
