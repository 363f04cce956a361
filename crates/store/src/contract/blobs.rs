//! Messages byte for byte, and their end.

use std::sync::Arc;

use bytes::Bytes;

use crate::{Blobs, OperatorId, StoreError};

const OURS: OperatorId = OperatorId(1);
const THEIRS: OperatorId = OperatorId(2);

/// Octets that do not compress and differ for every seed.
pub fn noise(seed: u64, length: usize) -> Bytes {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let mut octets = Vec::with_capacity(length + 8);
    while octets.len() < length {
        octets.extend(next().to_le_bytes());
    }
    octets.truncate(length);
    Bytes::from(octets)
}

/// What is put is got, for its holder and operator only.
pub async fn bytes_and_holders(blobs: &dyn Blobs) -> Result<(), StoreError> {
    let text = Bytes::from("Subject: 題\r\n\r\n".repeat(1_000));
    for message in [Bytes::new(), Bytes::from_static(b"\0"), text.clone(), noise(1, 100_000)] {
        let name = blobs.put(OURS, "junk:1", message.clone()).await?;
        assert_eq!(blobs.get(OURS, "junk:1", name).await?, message);
        assert_eq!(blobs.put(OURS, "junk:1", message.clone()).await?, name, "the same holder may ask twice");
        assert_eq!(blobs.get(OURS, "junk:2", name).await, Err(StoreError::Absent("blob")));
        assert_eq!(blobs.get(THEIRS, "junk:1", name).await, Err(StoreError::Absent("blob")));
        let theirs = blobs.put(THEIRS, "junk:1", message.clone()).await?;
        assert_ne!(theirs, name, "operators cannot compare what they hold");
        assert_eq!(blobs.get(THEIRS, "junk:1", theirs).await?, message);
    }
    Ok(())
}

/// A holder that lets go cannot read any more, others can; after the last nobody can, and a new put begins anew.
pub async fn erase(blobs: &dyn Blobs) -> Result<(), StoreError> {
    let message = noise(2, 10_000);
    let name = blobs.put(OURS, "junk:1", message.clone()).await?;
    assert_eq!(blobs.put(OURS, "junk:2", message.clone()).await?, name);
    blobs.drop_holder(OURS, "junk:1", name).await?;
    assert_eq!(blobs.get(OURS, "junk:1", name).await, Err(StoreError::Absent("blob")));
    assert_eq!(blobs.get(OURS, "junk:2", name).await?, message);
    blobs.drop_holder(THEIRS, "junk:2", name).await?;
    assert_eq!(blobs.get(OURS, "junk:2", name).await?, message);
    blobs.drop_holder(OURS, "junk:2", name).await?;
    blobs.drop_holder(OURS, "junk:2", name).await?;
    assert_eq!(blobs.get(OURS, "junk:2", name).await, Err(StoreError::Absent("blob")));
    assert_eq!(blobs.put(OURS, "junk:3", message.clone()).await?, name);
    assert_eq!(blobs.get(OURS, "junk:3", name).await?, message);
    Ok(())
}

/// Many at once, the same and others, each holder dropping some: what is held is there, also after a sweep.
pub async fn many_and_sweep(blobs: Arc<dyn Blobs>) -> Result<(), StoreError> {
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..64_u64 {
        let blobs = Arc::clone(&blobs);
        tasks.spawn(async move {
            let holder = format!("junk:{n}");
            let own = noise(n, 20_000);
            let shared = noise(1_000 + n % 4, 20_000);
            let own_name = blobs.put(OURS, &holder, own.clone()).await?;
            let shared_name = blobs.put(OURS, &holder, shared.clone()).await?;
            if n % 8 != 0 {
                blobs.drop_holder(OURS, &holder, own_name).await?;
                blobs.drop_holder(OURS, &holder, shared_name).await?;
            }
            Ok::<_, StoreError>((n, holder, own_name, own, shared_name, shared))
        });
    }
    let put = tasks.join_all().await.into_iter().collect::<Result<Vec<_>, _>>()?;
    let mut freed = 0;
    for _ in 0..2 {
        freed += blobs.sweep().await?;
        for (n, holder, own_name, own, shared_name, shared) in &put {
            let (own_now, shared_now) =
                (blobs.get(OURS, holder, *own_name).await, blobs.get(OURS, holder, *shared_name).await);
            if n % 8 == 0 {
                assert_eq!(own_now?, own);
                assert_eq!(shared_now?, shared);
            } else {
                assert_eq!(own_now, Err(StoreError::Absent("blob")));
                assert_eq!(shared_now, Err(StoreError::Absent("blob")));
            }
        }
    }
    assert!(freed > 56 * 20_000, "freed {freed}");
    Ok(())
}

/// A message of 50 MB.
pub async fn large(blobs: &dyn Blobs) -> Result<(), StoreError> {
    let message = noise(3, 50_000_000);
    let name = blobs.put(OURS, "junk:1", message.clone()).await?;
    assert!(blobs.get(OURS, "junk:1", name).await? == message, "50 MB come back as they were");
    let text = Bytes::from(vec![b'a'; 50_000_000]);
    let name = blobs.put(OURS, "junk:1", text.clone()).await?;
    assert!(blobs.get(OURS, "junk:1", name).await? == text, "also where they compress");
    Ok(())
}
