//! Header sections of delivered mail.

use super::{after, operator, reference};
use crate::records::headers::{HeadersRow, MOST_OCTETS};
use crate::{OperatorId, Records, StoreError, SubscriberId};

fn row(operator: OperatorId, subscriber: i64, number: u64, at: i64) -> HeadersRow {
    HeadersRow {
        reference: reference(number),
        operator,
        subscriber: SubscriberId(subscriber),
        at: after(at),
        ours: 10,
        cut: false,
        fields: format!("X-Ours: 1\r\nReceived: by mx.example.jp; {number}\r\nSubject: =?UTF-8?B?{number}?=\r\n")
            .into_bytes(),
    }
}

/// Kept for their owner, found newest first, erased with the person and with time, bounded.
pub async fn keep_find_erase(records: &dyn Records) -> Result<(), StoreError> {
    let (ours, theirs) = (operator(records, "ours").await?, operator(records, "theirs").await?);
    for number in 0..6 {
        let at = i64::try_from(number).unwrap_or_default();
        records.put_headers(row(ours, 1, number, at)).await?;
    }
    records.put_headers(row(ours, 2, 10, 3)).await?;
    records.put_headers(row(theirs, 1, 11, 3)).await?;
    // The same again is no second row.
    records.put_headers(row(ours, 1, 5, 5)).await?;
    let found = records.find_headers(ours, SubscriberId(1), after(2), 3).await?;
    assert_eq!(found, [5, 4, 3].map(|number: u64| row(ours, 1, number, i64::try_from(number).unwrap_or_default())));
    assert_eq!(records.headers(ours, &reference(4)).await?, Some(row(ours, 1, 4, 4)));
    assert_eq!(records.headers(theirs, &reference(4)).await?, None);

    let long: String = (0..2_000).map(|n| format!("X-Field-{n}: a value\r\n\tthat goes on\r\n")).collect();
    records.put_headers(HeadersRow { fields: long.clone().into_bytes(), ..row(ours, 3, 20, 9) }).await?;
    let kept = records.headers(ours, &reference(20)).await?.map(|kept| (kept.cut, kept.fields));
    let (cut, fields) = kept.unwrap_or_default();
    assert!(cut && fields.len() <= MOST_OCTETS && fields.len() > MOST_OCTETS - 100);
    assert!(long.as_bytes().starts_with(&fields) && fields.ends_with(b"goes on\r\n"));

    assert_eq!(records.erase_headers(ours, None, Some(after(2))).await?, 2);
    assert_eq!(records.erase_headers(ours, Some(SubscriberId(1)), None).await?, 4);
    assert_eq!(records.find_headers(ours, SubscriberId(1), after(0), 100).await?, []);
    assert_eq!(records.find_headers(ours, SubscriberId(2), after(0), 100).await?.len(), 1);
    assert_eq!(records.find_headers(theirs, SubscriberId(1), after(0), 100).await?.len(), 1);
    Ok(())
}
