//! The index of held mail: put once, moved by one, expired in time.

use std::sync::Arc;

use super::{after, octets, operator, reference, uuid};
use crate::records::junk::{JunkOrder, JunkQuery, JunkRow, JunkState};
use crate::{BlobName, JunkId, OperatorId, Records, StoreError, SubscriberId, TransactionId};

/// A held message that differs for every number.
pub fn junk(operator: OperatorId, number: u64) -> JunkRow {
    JunkRow {
        id: JunkId(uuid(number)),
        reference: reference(number),
        transaction: TransactionId(uuid(1_000_000 + number)),
        operator,
        subscriber: Some(SubscriberId(5)),
        recipient: "hanako@example.jp".to_owned(),
        blob: BlobName(octets(number)),
        mail_from: "sender@example.com".to_owned(),
        smtp_utf8: true,
        from: "送信者".to_owned(),
        from_address: "sender@example.com".to_owned(),
        subject: format!("Ünlimited offer {number}"),
        size: 1_234,
        class: "spam".to_owned(),
        points: 8.5,
        reasons: "link_mismatch".to_owned(),
        refused_by_next_hop: false,
        held_at: after(i64::try_from(number).unwrap_or(0)),
        expires_at: after(1_000_000),
        state: JunkState::Held,
    }
}

fn of(operator: OperatorId) -> JunkQuery {
    JunkQuery { operator: Some(operator), ..JunkQuery::default() }
}

/// Put, found, and the same transaction and recipient again is no second row.
pub async fn put_and_find(records: &dyn Records) -> Result<(), StoreError> {
    let (ours, theirs) = (operator(records, "ours").await?, operator(records, "theirs").await?);
    let first = junk(ours, 1);
    records.put_junk(&first).await?;
    let again = JunkRow { id: JunkId(uuid(77)), reference: reference(77), ..first.clone() };
    records.put_junk(&again).await?;
    assert_eq!(records.find_junk(&of(ours)).await?, std::slice::from_ref(&first));
    let clash = JunkRow { recipient: "taro@example.jp".to_owned(), ..first.clone() };
    assert!(matches!(records.put_junk(&clash).await, Err(StoreError::Conflict(_))), "an id names one message");

    assert_eq!(records.junk(ours, first.id).await?.as_ref(), Some(&first));
    assert_eq!(records.junk(theirs, first.id).await?, None);
    assert_eq!(records.junk_by_reference(ours, &first.reference).await?.as_ref(), Some(&first));
    assert_eq!(records.junk_by_reference(theirs, &first.reference).await?, None);
    assert_eq!(records.find_junk(&of(theirs)).await?, []);
    assert_eq!(records.find_junk(&JunkQuery::default()).await?, []);

    let early = JunkRow { subscriber: None, recipient: "info@example.jp".to_owned(), ..junk(ours, 2) };
    let others = JunkRow { subscriber: Some(SubscriberId(6)), ..junk(ours, 3) };
    records.put_junk(&early).await?;
    records.put_junk(&others).await?;
    assert_eq!(records.find_junk(&of(ours)).await?, [others.clone(), early.clone(), first.clone()]);
    let mine = JunkQuery { subscriber: Some(SubscriberId(5)), ..of(ours) };
    assert_eq!(records.find_junk(&mine).await?, std::slice::from_ref(&first));
    let mine = JunkQuery { recipient: Some("info@example.jp".to_owned()), ..mine };
    assert_eq!(records.find_junk(&mine).await?, [early.clone(), first.clone()]);
    let by_address = JunkQuery { recipient: Some("info@example.jp".to_owned()), ..of(ours) };
    assert_eq!(records.find_junk(&by_address).await?, std::slice::from_ref(&early));
    for text in ["ÜNLIMITED OFFER 1", "信者", "SENDER@EXAMPLE.COM"] {
        let query = JunkQuery { subscriber: Some(SubscriberId(5)), text: text.to_owned(), ..of(ours) };
        assert_eq!(records.find_junk(&query).await?, std::slice::from_ref(&first), "{text}");
    }
    assert_eq!(records.find_junk(&JunkQuery { text: "nothing".to_owned(), ..of(ours) }).await?, []);
    assert_eq!(
        records.find_junk(&JunkQuery { limit: 1, after: Some(others), ..of(ours) }).await?,
        std::slice::from_ref(&early)
    );
    assert_eq!(records.find_junk(&JunkQuery { unowned: true, ..of(ours) }).await?, std::slice::from_ref(&early));
    assert_eq!(records.count_junk(&of(ours)).await?, 3);
    assert_eq!(records.count_junk(&JunkQuery { text: "offer 1".to_owned(), limit: 1, ..of(ours) }).await?, 1);
    assert_eq!(records.find_junk(&JunkQuery { since: Some(after(2)), ..of(ours) }).await?.len(), 2);
    Ok(())
}

/// Page after page gives every row once, in order, also where many were held in one millisecond or by one sender, and
/// where the row that a page ended with is gone from the list.
pub async fn pages(records: &dyn Records) -> Result<(), StoreError> {
    let ours = operator(records, "ours").await?;
    let mut all = Vec::new();
    for n in 1..=120 {
        let row = JunkRow {
            held_at: after(i64::try_from(n % 3).unwrap_or(0)),
            expires_at: after(1_000_000 + i64::try_from(n % 2).unwrap_or(0)),
            from_address: format!("sender{}@example.com", n % 5),
            ..junk(ours, n)
        };
        records.put_junk(&row).await?;
        all.push(row);
    }
    for order in [JunkOrder::Newest, JunkOrder::Oldest, JunkOrder::Sender, JunkOrder::Leaving] {
        all.sort_by(|one, other| order.compare(one, other));
        let mut query = JunkQuery { order, limit: 7, ..of(ours) };
        let mut got = Vec::new();
        loop {
            let page = records.find_junk(&query).await?;
            let Some(last) = page.last().cloned() else { break };
            query.after = Some(last);
            got.extend(page);
        }
        assert!(got == all, "{order:?} gives {} rows, or in another order", got.len());
    }
    let newest = JunkQuery { limit: 10, ..of(ours) };
    let first = records.find_junk(&newest).await?;
    let last = first[9].clone();
    assert!(records.move_junk(ours, last.id, JunkState::Held, JunkState::Trash, after(9)).await?);
    let second = records.find_junk(&JunkQuery { after: Some(last), ..newest }).await?;
    all.sort_by(|one, other| JunkOrder::Newest.compare(one, other));
    assert!(second == all[10..20], "the page after a row that is gone begins elsewhere");
    Ok(())
}

/// Of many who move a message at once, one does.
pub async fn moves(records: Arc<dyn Records>) -> Result<(), StoreError> {
    let (ours, theirs) = (operator(records.as_ref(), "ours").await?, operator(records.as_ref(), "theirs").await?);
    let row = junk(ours, 1);
    records.put_junk(&row).await?;
    let stolen = records.move_junk(theirs, row.id, JunkState::Held, JunkState::Deleted, after(9)).await?;
    assert!(!stolen);
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let (records, id) = (Arc::clone(&records), row.id);
        tasks.spawn(async move { records.move_junk(ours, id, JunkState::Held, JunkState::Releasing, after(10)).await });
    }
    let moved = tasks.join_all().await.into_iter().collect::<Result<Vec<_>, _>>()?;
    assert_eq!(moved.iter().filter(|moved| **moved).count(), 1);
    let releasing = JunkRow { state: JunkState::Releasing, ..row };
    assert_eq!(records.unfinished_releases().await?, std::slice::from_ref(&releasing));
    assert_eq!(records.find_junk(&of(ours)).await?, []);
    let query = JunkQuery { states: vec![JunkState::Releasing, JunkState::Trash], ..of(ours) };
    assert_eq!(records.find_junk(&query).await?, std::slice::from_ref(&releasing));
    assert!(records.move_junk(ours, releasing.id, JunkState::Releasing, JunkState::Released, after(11)).await?);
    assert_eq!(records.unfinished_releases().await?, []);
    Ok(())
}

/// What is past its time expires once; a release under way is not cut short.
pub async fn expiry(records: &dyn Records) -> Result<(), StoreError> {
    let ours = operator(records, "ours").await?;
    for n in 1..=6 {
        let expires_at = if n == 6 { after(2_000_000) } else { after(1_000_000) };
        records.put_junk(&JunkRow { expires_at, blob: BlobName(octets(n / 2)), ..junk(ours, n) }).await?;
    }
    let moves = [(1, JunkState::Releasing), (2, JunkState::Trash), (3, JunkState::Deleted)];
    for (n, to) in moves {
        assert!(records.move_junk(ours, JunkId(uuid(n)), JunkState::Held, to, after(10)).await?);
    }
    let in_use = |n| records.junk_blob_in_use(ours, BlobName(octets(n)));
    assert!(in_use(0).await? && in_use(1).await? && in_use(2).await?);
    assert_eq!(records.expire_junk(after(999_999), 10).await?, []);
    let mut expired = records.expire_junk(after(1_000_000), 2).await?;
    assert_eq!(expired.len(), 2, "no more than were asked for");
    expired.extend(records.expire_junk(after(1_000_000), 10).await?);
    expired.sort_by_key(|row| row.id);
    assert_eq!(expired.iter().map(|row| row.id).collect::<Vec<_>>(), [2, 4, 5].map(|n| JunkId(uuid(n))));
    assert!(expired.iter().all(|row| row.state == JunkState::Expired));
    assert_eq!(records.expire_junk(after(1_000_000), 10).await?, []);
    assert!(in_use(0).await?, "it is being released");
    assert!(!in_use(1).await? && !in_use(2).await?, "deleted and expired need no bytes");
    assert!(in_use(3).await?, "its time comes later");

    // What was released goes when its time is over; what is gone is remembered for 30 days.
    assert!(records.move_junk(ours, JunkId(uuid(1)), JunkState::Releasing, JunkState::Released, after(20)).await?);
    let released = records.expire_junk(after(1_000_001), 10).await?;
    assert_eq!(
        released.iter().map(|row| (row.id, row.state)).collect::<Vec<_>>(),
        [(JunkId(uuid(1)), JunkState::Released)]
    );
    assert_eq!(records.junk(ours, JunkId(uuid(1))).await?, None);
    let days = |n: i64| after(1_000_000 + n * 86_400_000);
    records.expire_junk(days(29), 10).await?;
    assert!(records.junk(ours, JunkId(uuid(4))).await?.is_some());
    records.expire_junk(days(30), 10).await?;
    assert_eq!(records.junk(ours, JunkId(uuid(4))).await?, None);

    let elsewhere = operator(records, "elsewhere").await?;
    assert!(!records.junk_blob_in_use(elsewhere, BlobName(octets(3))).await?);
    Ok(())
}
