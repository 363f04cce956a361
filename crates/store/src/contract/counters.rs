//! Limits and short memories.

use std::sync::Arc;

use message::UnixMillis;

use crate::counters::{Limit, Taken};
use crate::{Counters, StoreError};

/// 64 tasks at once against a limit of 100 let exactly 100 through.
pub async fn exactly_so_many(counters: Arc<dyn Counters>) -> Result<(), StoreError> {
    let limit = Limit { most: 100, window_ms: 60_000 };
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..64 {
        let counters = Arc::clone(&counters);
        tasks.spawn(async move {
            let mut allowed = 0;
            for n in 0..10 {
                let taken = counters.take("account:1", limit, UnixMillis(1_000 + task + n)).await?;
                allowed += usize::from(taken.allowed);
            }
            Ok::<_, StoreError>(allowed)
        });
    }
    let allowed: usize = tasks.join_all().await.into_iter().sum::<Result<usize, _>>()?;
    assert_eq!(allowed, 100);
    let taken = counters.take("account:1", limit, UnixMillis(2_000)).await?;
    assert_eq!((taken.allowed, taken.count), (false, 100));
    assert!(counters.take("account:2", limit, UnixMillis(2_000)).await?.allowed, "another key is another count");
    Ok(())
}

/// A window rolls: each one that was let through counts for exactly its length.
pub async fn window(counters: &dyn Counters) -> Result<(), StoreError> {
    let limit = Limit { most: 3, window_ms: 1_000 };
    let take = |at| counters.take("k", limit, UnixMillis(at));
    let expect = |allowed, count, frees_at| Taken { allowed, count, frees_at: UnixMillis(frees_at) };
    assert_eq!(take(0).await?, expect(true, 1, 1_000));
    assert_eq!(take(400).await?, expect(true, 2, 1_000));
    assert_eq!(take(800).await?, expect(true, 3, 1_000));
    assert_eq!(take(900).await?, expect(false, 3, 1_000));
    assert_eq!(take(999).await?, expect(false, 3, 1_000), "one that was not let through was not counted");
    assert_eq!(take(1_000).await?, expect(true, 3, 1_400));
    assert_eq!(take(1_000).await?, expect(false, 3, 1_400));
    // A clock that stepped back lets nobody through who would not have been.
    assert!(!take(950).await?.allowed);
    assert_eq!(take(10_000).await?, expect(true, 1, 11_000));
    let none = Limit { most: 0, window_ms: 1_000 };
    assert!(!counters.take("none", none, UnixMillis(0)).await?.allowed);
    Ok(())
}

/// What is given back may be taken again; what was never taken is not given back.
pub async fn refund(counters: &dyn Counters) -> Result<(), StoreError> {
    let limit = Limit { most: 2, window_ms: 1_000 };
    let take = |at| counters.take("k", limit, UnixMillis(at));
    assert!(take(10).await?.allowed);
    assert!(take(20).await?.allowed);
    counters.refund("k", UnixMillis(15)).await?;
    assert!(!take(30).await?.allowed);
    counters.refund("k", UnixMillis(10)).await?;
    counters.refund("k", UnixMillis(10)).await?;
    assert_eq!(take(40).await?, Taken { allowed: true, count: 2, frees_at: UnixMillis(1_020) });
    assert!(!take(50).await?.allowed);
    counters.refund("never", UnixMillis(1)).await?;
    counters.reset("k").await?;
    assert_eq!(take(60).await?.count, 1);
    Ok(())
}

/// A value is remembered until its time, replaced, forgotten; its keys are not the limits' keys.
pub async fn memory(counters: &dyn Counters) -> Result<(), StoreError> {
    counters.remember("k", b"first", UnixMillis(100)).await?;
    counters.take("k", Limit { most: 1, window_ms: 10 }, UnixMillis(0)).await?;
    assert_eq!(counters.recall("k", UnixMillis(99)).await?.as_deref(), Some(&b"first"[..]));
    assert_eq!(counters.recall("k", UnixMillis(100)).await?, None);
    counters.remember("k", b"", UnixMillis(200)).await?;
    assert_eq!(counters.recall("k", UnixMillis(150)).await?.as_deref(), Some(&b""[..]));
    counters.reset("k").await?;
    assert!(counters.recall("k", UnixMillis(150)).await?.is_some());
    counters.forget("k").await?;
    assert_eq!(counters.recall("k", UnixMillis(150)).await?, None);
    counters.forget("k").await?;
    Ok(())
}

/// What is over is thrown out; what is not stays.
pub async fn expiry(counters: &dyn Counters) -> Result<(), StoreError> {
    for n in 0..1_000 {
        let key = format!("k{n}");
        counters.remember(&key, b"x", UnixMillis(if n < 900 { 100 } else { 200 })).await?;
        counters.take(&key, Limit { most: 1, window_ms: if n < 800 { 100 } else { 200 } }, UnixMillis(0)).await?;
    }
    assert_eq!(counters.expire(UnixMillis(99)).await?, 2_000);
    assert_eq!(counters.expire(UnixMillis(100)).await?, 300);
    assert!(counters.recall("k950", UnixMillis(150)).await?.is_some());
    assert!(!counters.take("k950", Limit { most: 1, window_ms: 200 }, UnixMillis(150)).await?.allowed);
    assert_eq!(counters.expire(UnixMillis(200)).await?, 0);
    counters.flush().await
}
