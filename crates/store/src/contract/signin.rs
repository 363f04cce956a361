//! Staff, sessions and one-time codes.

use std::sync::Arc;

use super::{after, octets, operator};
use crate::records::signin::{CodeRow, Grant, Person, Role, SessionRow, StaffRow};
use crate::{OperatorId, Records, StaffId, StoreError, SubscriberId};

const MINUTE: i64 = 60_000;

/// Staff sign in on one page: a login is one person over all operators.
pub async fn staff(records: &dyn Records) -> Result<(), StoreError> {
    let (ours, theirs) = (operator(records, "ours").await?, operator(records, "theirs").await?);
    let mut row = StaffRow {
        id: StaffId(0),
        operator: ours,
        login: "admin".to_owned(),
        name: "管理者".to_owned(),
        role: Role::Administrator,
        password: "$argon2id$…".to_owned(),
        language: String::new(),
    };
    row.id = records.put_staff(&row).await?;
    assert_eq!(records.staff_by_login("admin").await?.as_ref(), Some(&row));
    assert_eq!(records.staff(ours, row.id).await?.as_ref(), Some(&row));
    assert_eq!(records.staff(theirs, row.id).await?, None);
    let same = StaffRow { id: StaffId(0), operator: theirs, ..row.clone() };
    assert!(matches!(records.put_staff(&same).await, Err(StoreError::Conflict(_))));
    for role in [Role::Viewer, Role::Support] {
        row.role = role;
        assert_eq!(records.put_staff(&row).await?, row.id);
        assert_eq!(records.staff(ours, row.id).await?.as_ref(), Some(&row));
    }
    let taken_over = StaffRow { operator: theirs, ..row.clone() };
    assert_eq!(records.put_staff(&taken_over).await, Err(StoreError::Absent("staff member")));
    assert_eq!(records.staff_by_login("nobody").await?, None);
    Ok(())
}

/// A session is there until it ends or its time is over; its last request is noted once a minute.
pub async fn sessions(records: &dyn Records) -> Result<(), StoreError> {
    let row = |number, person| SessionRow {
        token_hash: octets(number),
        operator: OperatorId(1),
        person,
        csrf: octets(number + 100),
        created_at: after(0),
        last_seen: after(0),
        expires_at: after(10 * MINUTE),
        ip: "2001:db8::1".to_owned(),
        agent: "test".to_owned(),
        grant: None,
    };
    let first = row(1, Person::Subscriber(SubscriberId(5)));
    let grant = Grant { name: "家計簿 app".into(), scopes: vec!["mail:read".into(), "settings:read".into()] };
    let second = SessionRow { grant: Some(grant), ..row(2, Person::Staff(StaffId(5))) };
    records.put_session(&first).await?;
    records.put_session(&second).await?;
    let seen = |number: u64, at| async move { records.session(&octets(number), after(at)).await };
    assert_eq!(seen(1, MINUTE - 1).await?.as_ref(), Some(&first));
    assert_eq!(seen(2, 0).await?.as_ref(), Some(&second));
    assert_eq!(seen(3, 0).await?, None);
    let noted = SessionRow { last_seen: after(MINUTE), ..first.clone() };
    assert_eq!(seen(1, MINUTE).await?.as_ref(), Some(&noted));
    assert_eq!(seen(1, MINUTE + 5).await?.as_ref(), Some(&noted), "at most once a minute");
    assert_eq!(seen(1, 10 * MINUTE - 1).await?.map(|row| row.last_seen), Some(after(10 * MINUTE - 1)));
    assert_eq!(seen(1, 10 * MINUTE).await?, None, "its time is over");
    let third = SessionRow { created_at: after(MINUTE), last_seen: after(2 * MINUTE), ..row(3, first.person) };
    records.put_session(&third).await?;
    let of = |operator, at| async move {
        let rows = records.sessions_of(OperatorId(operator), Person::Subscriber(SubscriberId(5)), after(at)).await?;
        Ok::<_, StoreError>(rows.iter().map(|row| row.token_hash).collect::<Vec<_>>())
    };
    assert_eq!(of(1, 0).await?, [octets(1), octets(3)], "the one used last first, and nobody else's");
    assert_eq!(of(2, 0).await?, [[0; 32]; 0], "another operator's fifth subscriber is somebody else");
    assert_eq!(of(1, 10 * MINUTE).await?, [[0; 32]; 0], "their time is over");
    records.end_session(&octets(2)).await?;
    assert_eq!(seen(2, 1).await?, None);
    records.end_session(&octets(2)).await?;
    Ok(())
}

/// The right code works once, within its time and tries; a newer one replaces an older.
pub async fn codes(records: Arc<dyn Records>) -> Result<(), StoreError> {
    let ours = OperatorId(1);
    let login = "hanako@example.jp";
    let code = |number, tries_left| CodeRow {
        operator: ours,
        login: login.to_owned(),
        code_hash: octets(number),
        expires_at: after(MINUTE),
        tries_left,
    };
    let attempt = |number: u64, at| {
        let records = Arc::clone(&records);
        async move { records.try_code(ours, login, &octets(number), after(at)).await }
    };
    assert!(!attempt(1, 0).await?, "there is none yet");
    records.put_code(&code(1, 3)).await?;
    assert!(!records.try_code(OperatorId(2), login, &octets(1), after(0)).await?);
    assert!(!records.try_code(ours, "taro@example.jp", &octets(1), after(0)).await?);
    assert!(!attempt(9, 0).await?);
    assert!(!attempt(9, 0).await?);
    assert!(attempt(1, MINUTE - 1).await?);
    assert!(!attempt(1, MINUTE - 1).await?, "used up");

    records.put_code(&code(2, 2)).await?;
    assert!(!attempt(9, 0).await?);
    assert!(!attempt(9, 0).await?);
    assert!(!attempt(2, 0).await?, "no tries left");
    records.put_code(&code(3, 2)).await?;
    assert!(!attempt(3, MINUTE).await?, "too late");
    records.put_code(&code(4, 2)).await?;
    records.put_code(&code(5, 2)).await?;
    assert!(!attempt(4, 0).await?, "replaced");

    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..16 {
        tasks.spawn(attempt(5, 0));
    }
    let right = tasks.join_all().await.into_iter().collect::<Result<Vec<_>, _>>()?;
    assert_eq!(right.iter().filter(|right| **right).count(), 1, "sixteen at once are one");
    Ok(())
}
