//! Decisions over several days: what is recorded is found, by whoever may, and goes when its time is over.

use super::{after, operator, reference, uuid};
use crate::records::decisions::{DecisionQuery, DecisionRow, FoldedRefusal, HourlyCount, TransactionRow};
use crate::{OperatorId, Records, StoreError, SubscriberId, TransactionId};
use message::UnixMillis;

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

/// A transaction that differs for every number.
pub fn transaction(operator: OperatorId, number: u64, at: UnixMillis) -> TransactionRow {
    TransactionRow {
        id: TransactionId(uuid(number)),
        operator,
        at,
        peer: "192.0.2.1".to_owned(),
        helo: "mail.example.com".to_owned(),
        mail_from: format!("sender{number}@example.com"),
        message_id: format!("<{number}@example.com>"),
        size: 4_096,
        face: "smtp".to_owned(),
        json: r#"{"spf":"pass"}"#.to_owned(),
    }
}

/// The decision of a recipient of such a transaction.
pub fn decision(transaction: &TransactionRow, number: u64, recipient: &str) -> DecisionRow {
    DecisionRow {
        reference: reference(number),
        transaction: transaction.id,
        operator: transaction.operator,
        at: transaction.at,
        recipient: recipient.to_owned(),
        subscriber: None,
        class: "spam".to_owned(),
        action: "junk".to_owned(),
        points: 7.25,
        json: r#"{"findings":[]}"#.to_owned(),
    }
}

fn query(operator: OperatorId, text: &str) -> DecisionQuery {
    DecisionQuery { operator: Some(operator), text: text.to_owned(), ..DecisionQuery::default() }
}

async fn found(records: &dyn Records, query: DecisionQuery) -> Result<Vec<DecisionRow>, StoreError> {
    Ok(records.find_decisions(&query).await?.into_iter().map(|(_, decision)| decision).collect())
}

/// One message to two people is found by whatever a person pasted; a recipient never shows the other.
pub async fn find(records: &dyn Records) -> Result<(), StoreError> {
    let (ours, theirs) = (operator(records, "ours").await?, operator(records, "theirs").await?);
    let sent = TransactionRow { mail_from: "Boss@Example.com".to_owned(), ..transaction(ours, 1, after(HOUR)) };
    let hanako = decision(&sent, 1, "hanako@example.jp");
    let taro = decision(&sent, 2, "taro@example.jp");
    records.record(sent.clone(), vec![hanako.clone(), taro.clone()], true).await?;

    assert_eq!(records.decision(ours, &hanako.reference).await?, Some((sent.clone(), hanako.clone())));
    assert_eq!(records.decision(theirs, &hanako.reference).await?, None);
    assert_eq!(records.decision(ours, &reference(99)).await?, None);
    assert_eq!(records.decisions_of(ours, sent.id).await?, [hanako.clone(), taro.clone()]);
    assert_eq!(records.decisions_of(theirs, sent.id).await?, []);

    let of_both =
        ["boss@example.com", "example.com", "192.0.2.1", "[192.0.2.1]", "<1@example.com>", "1@example.com", ""];
    for text in of_both {
        assert_eq!(found(records, query(ours, text)).await?, [taro.clone(), hanako.clone()], "{text:?}");
        assert_eq!(found(records, query(theirs, text)).await?, [], "{text:?} of another operator");
    }
    assert_eq!(found(records, query(ours, "HANAKO@example.jp ")).await?, std::slice::from_ref(&hanako));
    for text in [hanako.reference.as_str().to_lowercase(), hanako.reference.to_string()] {
        assert_eq!(found(records, query(ours, &text)).await?, std::slice::from_ref(&hanako), "{text}");
    }
    assert_eq!(found(records, query(ours, "nobody@example.jp")).await?, []);
    assert_eq!(found(records, DecisionQuery::default()).await?, [], "without an operator nothing is found");
    Ok(())
}

/// Newest first over days, within limits and times; by subscriber, class and action.
pub async fn over_days(records: &dyn Records) -> Result<(), StoreError> {
    let ours = operator(records, "ours").await?;
    for n in 0..30_u64 {
        let at = after(i64::try_from(n).unwrap_or(0) * DAY / 10);
        let sent = transaction(ours, n, at);
        let mut row = decision(&sent, n, "hanako@example.jp");
        row.subscriber = (n % 2 == 0).then_some(SubscriberId(5));
        if n % 3 == 0 {
            row.class = "ham".to_owned();
            row.action = "deliver".to_owned();
        }
        records.record(sent, vec![row], n % 5 == 0).await?;
    }
    let numbers = |query: DecisionQuery| async move {
        let found = records.find_decisions(&query).await?;
        assert!(found.iter().all(|(sent, row)| sent.id == row.transaction));
        let numbers = found.iter().map(|(_, row)| (row.at.0 - after(0).0) / (DAY / 10)).collect::<Vec<_>>();
        Ok::<_, StoreError>(numbers)
    };
    let all = query(ours, "");
    assert_eq!(numbers(all.clone()).await?, (0..30).rev().collect::<Vec<_>>());
    assert_eq!(numbers(DecisionQuery { limit: 13, ..all.clone() }).await?, (17..30).rev().collect::<Vec<_>>());
    let between = DecisionQuery { since: Some(after(DAY / 2)), until: Some(after(2 * DAY)), ..all.clone() };
    assert_eq!(numbers(between).await?, (5..20).rev().collect::<Vec<_>>());
    let of_one = DecisionQuery { subscriber: Some(SubscriberId(5)), limit: 3, ..all.clone() };
    assert_eq!(numbers(of_one).await?, [28, 26, 24]);
    let ham = DecisionQuery { class: Some("ham".to_owned()), ..all.clone() };
    assert_eq!(numbers(ham.clone()).await?, [27, 24, 21, 18, 15, 12, 9, 6, 3, 0]);
    assert_eq!(numbers(DecisionQuery { action: Some("junk".to_owned()), ..ham }).await?, [0_i64; 0]);
    assert_eq!(numbers(DecisionQuery { text: "sender7@example.com".to_owned(), ..all }).await?, [7]);
    Ok(())
}

/// Page after page gives every decision once, also where many are of one millisecond, and over the days.
pub async fn pages(records: &dyn Records) -> Result<(), StoreError> {
    let (ours, theirs) = (operator(records, "ours").await?, operator(records, "theirs").await?);
    for n in 0..60_u64 {
        // Twenty of one millisecond on each of three days.
        let at = after(i64::try_from(n / 20).unwrap_or(0) * DAY);
        let sent = transaction(ours, n, at);
        records.record(sent.clone(), vec![decision(&sent, n, "hanako@example.jp")], n % 5 == 0).await?;
    }
    let all = found(records, DecisionQuery { limit: 100, ..query(ours, "") }).await?;
    assert_eq!(all.len(), 60);
    let mut paged: Vec<DecisionRow> = Vec::new();
    loop {
        let after = paged.last().map(|row| row.reference.clone());
        let page = found(records, DecisionQuery { limit: 7, after, ..query(ours, "") }).await?;
        if page.is_empty() {
            break;
        }
        paged.extend(page);
    }
    assert!(paged == all, "{} of 60 decisions, or in another order", paged.len());
    let gone = DecisionQuery { after: Some(reference(999)), ..query(ours, "") };
    assert_eq!(found(records, gone).await?, [], "nothing comes after what is not there");
    let strange = DecisionQuery { after: Some(all[3].reference.clone()), ..query(theirs, "") };
    assert_eq!(found(records, strange).await?, []);
    Ok(())
}

/// A decision that is recorded again replaces itself, in the counts too; a stranger's reference does not.
pub async fn again(records: &dyn Records) -> Result<(), StoreError> {
    let ours = operator(records, "ours").await?;
    let early = transaction(ours, 1, after(HOUR));
    let refused = DecisionRow { action: "refuse".to_owned(), ..decision(&early, 1, "hanako@example.jp") };
    records.record(early.clone(), vec![refused.clone()], true).await?;
    let late = TransactionRow { size: 99, ..early };
    let held = DecisionRow { action: "junk".to_owned(), ..refused };
    let other = decision(&late, 2, "taro@example.jp");
    records.record(late.clone(), vec![held.clone(), other.clone()], true).await?;
    assert_eq!(records.decision(ours, &held.reference).await?, Some((late.clone(), held.clone())));
    assert_eq!(records.decisions_of(ours, late.id).await?, [held, other]);
    assert_eq!(records.hourly(ours, after(0)).await?, [count(HOUR, "spam", "junk", 2)]);

    let stranger = transaction(ours, 2, after(HOUR));
    let clash = decision(&stranger, 1, "jiro@example.jp");
    assert!(matches!(records.record(stranger.clone(), vec![clash], true).await, Err(StoreError::Conflict(_))));
    assert_eq!(records.decisions_of(ours, stranger.id).await?, [], "nothing is half done");
    assert_eq!(records.hourly(ours, after(0)).await?, [count(HOUR, "spam", "junk", 2)]);
    Ok(())
}

fn count(hour: i64, class: &str, action: &str, count: u64) -> HourlyCount {
    HourlyCount { hour: after(hour), class: class.to_owned(), action: action.to_owned(), count }
}

/// Counts per hour over midnight, and refusals folded per minute.
pub async fn counts(records: &dyn Records) -> Result<(), StoreError> {
    let (ours, theirs) = (operator(records, "ours").await?, operator(records, "theirs").await?);
    let times = [HOUR, HOUR + 1, DAY - 1, DAY, DAY + HOUR];
    for (n, time) in (0..).zip(times) {
        let sent = transaction(ours, n, after(time));
        let rows = vec![decision(&sent, 2 * n, "a@example.jp"), decision(&sent, 2 * n + 1, "b@example.jp")];
        records.record(sent, rows, n == 4).await?;
    }
    let hours = |since| records.hourly(ours, after(since));
    let all = [
        count(HOUR, "spam", "junk", 4),
        count(DAY - HOUR, "spam", "junk", 2),
        count(DAY, "spam", "junk", 2),
        count(DAY + HOUR, "spam", "junk", 2),
    ];
    assert_eq!(hours(0).await?, all);
    assert_eq!(hours(DAY).await?, all[2..]);
    assert_eq!(records.hourly(theirs, after(0)).await?, []);

    let refusal = |minute: i64, network: &str, count| FoldedRefusal {
        operator: ours,
        minute: after(minute * 60_000),
        network: network.to_owned(),
        reason: "early_talker".to_owned(),
        count,
    };
    for _ in 0..3 {
        records.fold_refusal(refusal(5, "192.0.2.0/24", 2)).await?;
    }
    records.fold_refusal(refusal(5, "198.51.100.0/24", 1)).await?;
    records.fold_refusal(refusal(24 * 60, "192.0.2.0/24", 9)).await?;
    let folded = |since, limit| records.folded_refusals(ours, after(since), limit);
    let expected =
        [refusal(24 * 60, "192.0.2.0/24", 9), refusal(5, "192.0.2.0/24", 6), refusal(5, "198.51.100.0/24", 1)];
    assert_eq!(folded(0, 10).await?, expected);
    assert_eq!(folded(0, 1).await?, expected[..1]);
    assert_eq!(folded(6 * 60_000, 10).await?, expected[..1]);
    assert_eq!(records.folded_refusals(theirs, after(0), 10).await?, []);
    Ok(())
}

/// Whole days go; the others stay.
pub async fn expiry(records: &dyn Records) -> Result<(), StoreError> {
    let ours = operator(records, "ours").await?;
    for n in 0..4 {
        let sent = transaction(ours, n, after(i64::try_from(n).unwrap_or(0) * DAY));
        let row = decision(&sent, n, "hanako@example.jp");
        records.record(sent, vec![row], true).await?;
    }
    let now = after(3 * DAY + HOUR);
    assert_eq!(records.expire_decisions(now, 30).await?, 0);
    assert_eq!(records.expire_decisions(now, 2).await?, 1);
    assert_eq!(records.decision(ours, &reference(0)).await?, None);
    assert_eq!(records.expire_decisions(now, 1).await?, 1);
    assert_eq!(found(records, query(ours, "")).await?.len(), 2);
    assert!(records.decision(ours, &reference(3)).await?.is_some());
    // An old day can come back (a clock that was wrong) and go again.
    let sent = transaction(ours, 9, after(0));
    let row = decision(&sent, 9, "hanako@example.jp");
    records.record(sent, vec![row], true).await?;
    assert!(records.decision(ours, &reference(9)).await?.is_some());
    assert_eq!(records.expire_decisions(now, 1).await?, 1);
    Ok(())
}

/// Many rows in one group, some of them twice: each is there once, with its keys, and counted once.
pub async fn many(records: &dyn Records) -> Result<(), StoreError> {
    let ours = operator(records, "ours").await?;
    for number in 0..150_u64 {
        let sent = transaction(ours, number, after(HOUR));
        let mut given = decision(&sent, number, &format!("a{number}@example.jp"));
        records.record(sent.clone(), vec![given.clone()], false).await?;
        if number % 50 == 3 {
            // Again within the same group, with another class: the later one stays.
            given.class = "wanted".to_owned();
            records.record(sent, vec![given], false).await?;
        }
    }
    let all = records.find_decisions(&DecisionQuery { limit: 1_000, ..query(ours, "") }).await?;
    assert_eq!(all.len(), 150);
    assert_eq!(all.iter().filter(|(_, decision)| decision.class == "wanted").count(), 3);
    for (sent, decision) in all {
        assert_eq!(found(records, query(ours, &sent.mail_from)).await?, std::slice::from_ref(&decision));
        assert_eq!(found(records, query(ours, &decision.recipient)).await?, [decision]);
    }
    let counts = records.hourly(ours, after(0)).await?;
    let count = |class: &str| counts.iter().filter(|row| row.class == class).map(|row| row.count).sum::<u64>();
    assert_eq!((count("spam"), count("wanted")), (147, 3));
    Ok(())
}
