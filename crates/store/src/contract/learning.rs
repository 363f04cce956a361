//! The log of labelled examples: not twice, replaced, taken back, erased.

use super::{after, octets, operator};
use crate::records::learning::{ExampleRow, Label, Owner};
use crate::{OperatorId, Records, StoreError, SubscriberId};

fn example(operator: OperatorId, owner: Owner, number: u64, label: Label) -> ExampleRow {
    ExampleRow {
        id: 0,
        operator,
        owner,
        message: octets(number),
        label,
        features: vec![number as u8; 4_096],
        at: after(i64::try_from(number).unwrap_or(0)),
    }
}

/// The whole life of examples, of the site and of a person, who do not mix.
pub async fn log(records: &dyn Records) -> Result<(), StoreError> {
    let (ours, theirs) = (operator(records, "ours").await?, operator(records, "theirs").await?);
    let person = Owner::Subscriber(SubscriberId(5));
    for owner in [Owner::Site, person] {
        for n in 0..5 {
            assert!(records.put_example(&example(ours, owner, n, Label::Spam)).await?);
            assert!(!records.put_example(&example(ours, owner, n, Label::Spam)).await?, "not learned twice");
        }
    }
    assert!(records.put_example(&example(theirs, Owner::Site, 0, Label::Ham)).await?);

    let all = records.examples(ours, Owner::Site, 0, 100).await?;
    assert_eq!(all.iter().map(|row| row.message).collect::<Vec<_>>(), [0, 1, 2, 3, 4].map(octets));
    assert!(all.windows(2).all(|pair| pair[0].id < pair[1].id));
    assert_eq!(records.examples(ours, Owner::Site, all[1].id, 2).await?, all[2..4]);
    assert_eq!(records.count_examples(ours, Owner::Site, Label::Spam).await?, 5);
    assert_eq!(records.example(ours, Owner::Site, octets(2)).await?.as_ref(), Some(&all[2]));
    assert_eq!(records.example(theirs, Owner::Site, octets(2)).await?, None);

    // The other label replaces, and stands at the end: whoever reads on from where they were sees it.
    assert!(records.put_example(&example(ours, Owner::Site, 1, Label::Ham)).await?);
    let news = records.examples(ours, Owner::Site, all[4].id, 100).await?;
    assert_eq!(news.iter().map(|row| (row.message, row.label)).collect::<Vec<_>>(), [(octets(1), Label::Ham)]);
    assert_eq!(records.count_examples(ours, Owner::Site, Label::Spam).await?, 4);
    assert_eq!(records.count_examples(ours, Owner::Site, Label::Ham).await?, 1);

    let taken = records.take_example(ours, Owner::Site, octets(0)).await?;
    assert_eq!(taken.as_ref(), Some(&all[0]));
    assert_eq!(records.take_example(ours, Owner::Site, octets(0)).await?, None);
    assert_eq!(records.count_examples(ours, person, Label::Spam).await?, 5, "the person's own is another");

    assert_eq!(records.erase_examples(ours, person).await?, 5);
    assert_eq!(records.erase_examples(ours, person).await?, 0);
    assert_eq!(records.examples(ours, person, 0, 100).await?, []);
    assert_eq!(records.examples(ours, Owner::Site, 0, 100).await?.len(), 4);
    assert_eq!(records.count_examples(theirs, Owner::Site, Label::Ham).await?, 1);
    Ok(())
}
