//! Smoke
use message::UnixMillis;
use store::records::decisions::*;
use store::records::directory::*;
use store::records::sqlite::SqliteRecords;
use store::*;

#[tokio::test(flavor = "multi_thread")]
async fn smoke() {
    let dir = tempfile::tempdir().unwrap();
    let records = SqliteRecords::open(dir.path()).await.unwrap();
    let op = records
        .put_operator(&OperatorRow { id: OperatorId(0), name: "demo".into(), time_zone: "Asia/Tokyo".into() })
        .await
        .unwrap();
    let t = TransactionRow {
        id: TransactionId(uuid::Uuid::now_v7()),
        operator: op,
        at: UnixMillis(1_800_000_000_000),
        peer: "192.0.2.1".into(),
        helo: "x".into(),
        mail_from: "A@Example.com".into(),
        message_id: "<1@example.com>".into(),
        size: 7,
        face: "smtp".into(),
        json: "{}".into(),
    };
    let d = DecisionRow {
        reference: Reference::from_random([3; 12]),
        transaction: t.id,
        operator: op,
        at: t.at,
        recipient: "b@example.jp".into(),
        subscriber: None,
        class: "ham".into(),
        action: "deliver".into(),
        points: 1.0,
        json: "{}".into(),
    };
    records.record(t.clone(), vec![d.clone()], true).await.unwrap();
    for text in ["a@example.com", "example.com", "192.0.2.1", "<1@example.com>", "b@EXAMPLE.jp", "3333-3333-3333", ""] {
        let q = DecisionQuery { operator: Some(op), text: text.into(), ..Default::default() };
        assert_eq!(records.find_decisions(&q).await.unwrap(), vec![(t.clone(), d.clone())], "{text}");
    }
    assert_eq!(records.hourly(op, t.at).await.unwrap().len(), 1);
    records.check_writable().await.unwrap();
    records.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn smoke_all() {
    let dir = tempfile::tempdir().unwrap();
    let store = Embedded::open(dir.path()).await.unwrap();
    let op = OperatorId(1);
    let name = store.blobs.put(op, "junk:1", bytes::Bytes::from_static(b"hello")).await.unwrap();
    assert_eq!(&store.blobs.get(op, "junk:1", name).await.unwrap()[..], b"hello");
    let limit = store::counters::Limit { most: 2, window_ms: 1000 };
    for n in 0..3 {
        assert_eq!(store.counters.take("k", limit, UnixMillis(n)).await.unwrap().allowed, n < 2);
    }
    store.close().await.unwrap();
    let store = Embedded::open(dir.path()).await.unwrap();
    assert_eq!(&store.blobs.get(op, "junk:1", name).await.unwrap()[..], b"hello");
    assert!(!store.counters.take("k", limit, UnixMillis(3)).await.unwrap().allowed);
    store.close().await.unwrap();
}
