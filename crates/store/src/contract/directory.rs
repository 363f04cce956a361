//! Operators, domains, subscribers, addresses; importing many.

use super::operator;
use crate::records::directory::{AddressKind, AddressRow, ContractRow, DomainRow, Known, OperatorRow, SubscriberRow};
use crate::{OperatorId, Records, StoreError, SubscriberId};

/// A subscriber who does not exist yet.
pub fn subscriber(operator: OperatorId, login: &str) -> SubscriberRow {
    SubscriberRow {
        id: SubscriberId(0),
        operator,
        login: login.to_owned(),
        name: format!("Name of {login}"),
        group: "standard".to_owned(),
        language: "ja".to_owned(),
        password: None,
    }
}

fn address(operator: OperatorId, key: &str, owner: Option<SubscriberId>) -> AddressRow {
    AddressRow { operator, key: key.to_owned(), kind: AddressKind::Mailbox, subscriber: owner }
}

/// The same name is the same operator; a domain has one owner.
pub async fn operators_and_domains(records: &dyn Records) -> Result<(), StoreError> {
    let first = operator(records, "first").await?;
    let second = operator(records, "second").await?;
    assert_ne!(first, second);
    assert_eq!(operator(records, "first").await?, first);
    let moved = OperatorRow { id: OperatorId(0), name: "first".to_owned(), time_zone: "UTC".to_owned() };
    assert_eq!(records.put_operator(&moved).await?, first);
    let operators = records.operators().await?;
    assert!(operators.contains(&OperatorRow { id: first, ..moved }));

    let mut domain = DomainRow {
        operator: first,
        name: "example.jp".to_owned(),
        known: Known::Table,
        catch_all: Some("all@example.jp".to_owned()),
        detail: Some('+'),
    };
    records.put_domain(&domain).await?;
    assert!(records.domains().await?.contains(&domain));
    domain.known = Known::NextHop;
    domain.catch_all = None;
    domain.detail = None;
    records.put_domain(&domain).await?;
    assert_eq!(records.domains().await?.iter().filter(|row| row.name == "example.jp").collect::<Vec<_>>(), [&domain]);
    let stolen = DomainRow { operator: second, ..domain.clone() };
    assert!(matches!(records.put_domain(&stolen).await, Err(StoreError::Conflict(_))));
    assert!(records.domains().await?.contains(&domain));
    Ok(())
}

/// Creating, changing and finding subscribers; never across operators.
pub async fn subscribers(records: &dyn Records) -> Result<(), StoreError> {
    let (ours, theirs) = (operator(records, "ours").await?, operator(records, "theirs").await?);
    let id = records.put_subscriber(&subscriber(ours, "hanako@example.jp")).await?;
    let mut hanako = SubscriberRow { id, ..subscriber(ours, "hanako@example.jp") };
    assert_eq!(records.subscriber(ours, id).await?.as_ref(), Some(&hanako));
    assert_eq!(records.subscriber(theirs, id).await?, None);
    assert_eq!(records.subscriber_by_login(ours, "hanako@example.jp").await?.as_ref(), Some(&hanako));
    assert_eq!(records.subscriber_by_login(theirs, "hanako@example.jp").await?, None);
    let twice = records.put_subscriber(&subscriber(ours, "hanako@example.jp")).await;
    assert!(matches!(twice, Err(StoreError::Conflict(_))), "{twice:?}");
    records.put_subscriber(&subscriber(theirs, "hanako@example.jp")).await?;

    hanako.name = "山田 花子".to_owned();
    hanako.password = Some("$argon2id$…".to_owned());
    assert_eq!(records.put_subscriber(&hanako).await?, id);
    assert_eq!(records.subscriber(ours, id).await?.as_ref(), Some(&hanako));
    let nobody = SubscriberRow { id: SubscriberId(id.0 + 1_000_000), ..subscriber(ours, "x@example.jp") };
    assert_eq!(records.put_subscriber(&nobody).await, Err(StoreError::Absent("subscriber")));

    let taro = records.put_subscriber(&subscriber(ours, "taro@example.jp")).await?;
    records.put_address(&address(ours, "boss@example.com", Some(taro))).await?;
    assert_eq!(records.count_subscribers(ours).await?, 2);
    let logins = |text: &'static str, limit, offset| async move {
        let found = records.find_subscribers(ours, text, limit, offset).await?;
        Ok::<_, StoreError>(found.into_iter().map(|row| row.login).collect::<Vec<_>>())
    };
    assert_eq!(logins("", 10, 0).await?, ["hanako@example.jp", "taro@example.jp"]);
    assert_eq!(logins("", 1, 1).await?, ["taro@example.jp"]);
    assert_eq!(logins("HANAKO", 10, 0).await?, ["hanako@example.jp"]);
    assert_eq!(logins("花子", 10, 0).await?, ["hanako@example.jp"]);
    assert_eq!(logins("boss@", 10, 0).await?, ["taro@example.jp"]);
    assert_eq!(logins("%", 10, 0).await?, [""; 0], "text is text, not a pattern");
    Ok(())
}

/// Addresses and aliases by key, and by owner.
pub async fn addresses(records: &dyn Records) -> Result<(), StoreError> {
    let (ours, theirs) = (operator(records, "ours").await?, operator(records, "theirs").await?);
    let owner = records.put_subscriber(&subscriber(ours, "hanako@example.jp")).await?;
    let mailbox = address(ours, "hanako@example.jp", Some(owner));
    let alias = AddressRow {
        kind: AddressKind::Alias("hanako@example.jp".to_owned()),
        ..address(ours, "info@example.jp", Some(owner))
    };
    let unowned = address(ours, "list@example.jp", None);
    for row in [&mailbox, &alias, &unowned] {
        let before = records.directory_version();
        records.put_address(row).await?;
        assert!(before.is_none() || records.directory_version() != before, "what was read before may not be kept");
        assert_eq!(records.address(ours, &row.key).await?.as_ref(), Some(row));
        assert_eq!(records.address(theirs, &row.key).await?, None);
    }
    assert_eq!(records.addresses_of(ours, owner).await?, [mailbox.clone(), alias.clone()]);
    assert_eq!(records.addresses_of(theirs, owner).await?, []);
    let owned = AddressRow { subscriber: Some(owner), ..unowned };
    records.put_address(&owned).await?;
    assert_eq!(records.addresses_of(ours, owner).await?, [mailbox, alias, owned]);
    Ok(())
}

/// 10,000 subscribers with their addresses in one call; where one cannot be, none is.
pub async fn import(records: &dyn Records) -> Result<(), StoreError> {
    let ours = operator(records, "ours").await?;
    let known = SubscriberRow {
        password: Some("$argon2id$…".to_owned()),
        group: "old".to_owned(),
        ..subscriber(ours, "user0@example.jp")
    };
    let known_id = records.put_subscriber(&known).await?;
    let mut rows: Vec<_> = (0..10_000)
        .map(|n| {
            let login = format!("user{n}@example.jp");
            (subscriber(ours, &login), vec![address(ours, &login, None)])
        })
        .collect();

    let mut broken = rows.clone();
    // An operator that does not exist cannot own a subscriber.
    broken[9_999].0.operator = OperatorId(i64::MAX);
    assert!(records.import_subscribers(&broken).await.is_err());
    assert_eq!(records.count_subscribers(ours).await?, 1);
    assert_eq!(records.address(ours, "user1@example.jp").await?, None);

    let before = records.directory_version();
    assert_eq!(records.import_subscribers(&rows).await?, 9_999);
    assert!(before.is_none() || records.directory_version() != before, "what was read before may not be kept");
    assert_eq!(records.count_subscribers(ours).await?, 10_000);
    let kept = records.subscriber(ours, known_id).await?;
    assert_eq!(kept.map(|row| (row.group, row.password)), Some(("standard".to_owned(), known.password)));
    let last = records.subscriber_by_login(ours, "user9999@example.jp").await?.map(|row| row.id);
    let owner = records.address(ours, "user9999@example.jp").await?.and_then(|row| row.subscriber);
    assert!(last.is_some());
    assert_eq!(owner, last);

    rows.truncate(100);
    assert_eq!(records.import_subscribers(&rows).await?, 0, "the same again is nobody new");
    let operator = rows[0].0.operator;
    let asked = [rows[0].0.login.clone(), "nobody@nowhere.example".to_owned(), rows[9].0.login.clone()];
    let known = records.subscribers_by_login(operator, &asked).await?;
    let one_by_one = records.subscriber_by_login(operator, &asked[0]).await?.map(|row| row.id);
    assert_eq!((known.len(), known.get(&asked[0]).copied()), (2, one_by_one));
    let keys: Vec<String> = rows[0].1.iter().map(|address| address.key.clone()).chain([asked[1].clone()]).collect();
    let owners = records.owners_of(operator, &keys).await?;
    assert_eq!((owners.len(), owners.get(&keys[0]).copied().flatten()), (keys.len() - 1, one_by_one));
    assert!(records.owners_of(OperatorId(operator.0 + 1_000), &keys).await?.is_empty(), "another operator's");
    assert_eq!(records.count_subscribers(ours).await?, 10_000);
    Ok(())
}

/// Dates of a contract are written, replaced, and of that operator's person only.
pub async fn contracts(records: &dyn Records) -> Result<(), StoreError> {
    let (ours, theirs) = (operator(records, "ours").await?, operator(records, "theirs").await?);
    let row = |begins: Option<i64>, options: &str| ContractRow {
        operator: ours,
        subscriber: SubscriberId(7),
        begins: begins.map(super::after),
        options: options.to_owned(),
    };
    assert_eq!(records.contract(ours, SubscriberId(7)).await?, None);
    for row in [row(Some(5), ""), row(None, "{\"lists\":{\"until\":5}}")] {
        records.put_contract(&row).await?;
        assert_eq!(records.contract(ours, SubscriberId(7)).await?, Some(row));
    }
    assert_eq!(records.contract(theirs, SubscriberId(7)).await?, None);
    assert_eq!(records.contract(ours, SubscriberId(8)).await?, None);
    Ok(())
}
