//! What the demonstration has behind it, so that no page is empty: two weeks of earlier mail made of the sample mail,
//! changes of settings, something in the trash and something received, a look by staff, and a sender that waits.

use checkpoint::now;
use controls::lists::{Entry, Pattern};
use door::{GreylistSettings, Triplet};
use message::UnixMillis;
use policy::Layer;
use store::records::audit::AuditRow;
use store::records::decisions::{DecisionQuery, DecisionRow, FoldedRefusal, TransactionRow};
use store::records::directory::SubscriberRow;
use store::records::junk::{JunkQuery, JunkRow, JunkState};
use store::records::settings::SettingsOwner;
use store::{JunkId, OperatorId, Reference, StoreError, TransactionId};
use uuid::Uuid;

use crate::house::House;

const DAY: i64 = 86_400_000;
/// Days of earlier mail.
const DAYS: i64 = 13;
/// Of so many sample decisions one is repeated on an earlier day.
const ONE_OF: usize = 4;

/// Fills what lies behind, once, right after the sample mail went in.
pub async fn fill(house: &House) -> Result<(), String> {
    let operator = house.gate.directory.first_operator().ok_or("no operator")?;
    let failed = |fault: StoreError| format!("the demonstration's earlier mail: {fault}");
    earlier_mail(house, operator).await.map_err(failed)?;
    refusals(house, operator).await.map_err(failed)?;
    let hanako = house.gate.stores.records.subscriber_by_login(operator, "hanako@shirakaba.example.jp").await;
    if let Some(hanako) = hanako.map_err(failed)? {
        choices(house, &hanako).await.map_err(failed)?;
        deeds(house, &hanako).await?;
    }
    Ok(())
}

/// A sender of codes is asked to come again. The door keeps this in memory, so that every start says it anew.
pub fn somebody_waits(house: &House) -> Result<(), String> {
    let network = "192.0.2.0/24".parse().map_err(|_| "192.0.2.0/24 is no network")?;
    let triplet = Triplet { network, identity: "codes@shop.example.com", recipient: "hanako@shirakaba.example.jp" };
    house.gate.door.memory.greylist.ask(&triplet, &GreylistSettings::default(), house.gate.door.now());
    Ok(())
}

/// Every day some of the sample decisions again, each with its held message where it has one.
async fn earlier_mail(house: &House, operator: OperatorId) -> Result<(), StoreError> {
    let query = DecisionQuery { operator: Some(operator), limit: 1_000, ..DecisionQuery::default() };
    let sample = house.gate.stores.records.find_decisions(&query).await?;
    for day in 1..=DAYS {
        for (place, (transaction, decision)) in sample.iter().enumerate() {
            if (place + day.unsigned_abs() as usize).is_multiple_of(ONE_OF) {
                // Some hours apart, so that a day is not one moment.
                let hours = (place as i64 * 5 + day * 3) % 20;
                again(house, transaction, decision, day * DAY + hours * 3_600_000).await?;
            }
        }
    }
    Ok(())
}

/// The same decision so many milliseconds earlier.
async fn again(
    house: &House,
    transaction: &TransactionRow,
    decision: &DecisionRow,
    earlier: i64,
) -> Result<(), StoreError> {
    let id = Uuid::now_v7();
    let mut random = [0; 12];
    random.copy_from_slice(&id.as_bytes()[4..]);
    let at = UnixMillis(decision.at.0 - earlier);
    let transaction = TransactionRow { id: TransactionId(id), at, ..transaction.clone() };
    let reference = Reference::from_random(random);
    let row = DecisionRow { reference: reference.clone(), transaction: TransactionId(id), at, ..decision.clone() };
    let records = &house.gate.stores.records;
    records.record(transaction, vec![row], false).await?;
    let Some(held) = records.junk_by_reference(decision.operator, &decision.reference).await? else { return Ok(()) };
    let expires_at = UnixMillis(held.expires_at.0 - earlier);
    if expires_at <= now() || held.state != JunkState::Held {
        return Ok(());
    }
    let (held, raw) = house.gate.junk.open(held.operator, held.id).await?;
    let row = JunkRow {
        id: JunkId(id),
        reference,
        transaction: TransactionId(id),
        held_at: UnixMillis(held.held_at.0 - earlier),
        expires_at,
        ..held
    };
    house.gate.junk.hold(row, raw).await
}

/// Connections that were refused before anybody was named, for the charts.
async fn refusals(house: &House, operator: OperatorId) -> Result<(), StoreError> {
    let networks = ["192.0.2.0/24", "198.51.100.0/24", "2001:db8:77::/48"];
    for (place, network) in networks.into_iter().enumerate() {
        let minute = UnixMillis((now().0 - (place as i64 + 1) * 3_000_000) / 60_000 * 60_000);
        let (reason, count) =
            (["blocklist-certain", "early-talker", "unknown-recipients-source"][place], 7 + place as u64 * 5);
        let refusal = FoldedRefusal { operator, minute, network: network.into(), reason: reason.into(), count };
        house.gate.stores.records.fold_refusal(refusal).await?;
    }
    Ok(())
}

/// Hanako has changed her settings a few times.
async fn choices(house: &House, hanako: &SubscriberRow) -> Result<(), StoreError> {
    let directory = &house.gate.directory;
    let owner = SettingsOwner::Subscriber(hanako.id);
    let by = format!("subscriber:{}", hanako.id.0);
    let noted = |pattern, note: &str| Entry { note: note.into(), ..Entry::new(pattern) };
    let steps: [fn(&mut Layer, Vec<Entry>); 3] = [
        |layer, entries| layer.receive = entries,
        |layer, entries| layer.refuse = entries,
        |layer, entries| layer.address_book = entries,
    ];
    let lists = [
        vec![
            noted(Pattern::Address("sakura@example.com".into()), "娘"),
            noted(Pattern::Domain("school.example.jp".into()), "小学校のお知らせ"),
        ],
        vec![noted(Pattern::Subdomains("bulk.example".into()), "")],
        vec![
            noted(Pattern::Address("sakura@example.com".into()), "さくら"),
            noted(Pattern::Address("kenji@example.net".into()), "健二おじさん"),
        ],
    ];
    for (step, entries) in steps.into_iter().zip(lists) {
        let (version, mut layer) = directory.layer_of(hanako.operator, &owner).await?;
        step(&mut layer, entries);
        directory.change_settings(hanako.operator, &owner, &layer, version, &by, "192.0.2.33", "").await?;
    }
    Ok(())
}

/// Something thrown away, something received, and staff who looked at one message because they were asked to.
async fn deeds(house: &House, hanako: &SubscriberRow) -> Result<(), String> {
    let records = &house.gate.stores.records;
    let (operator, by) = (hanako.operator, format!("subscriber:{}", hanako.id.0));
    let query = JunkQuery { operator: Some(operator), subscriber: Some(hanako.id), ..JunkQuery::default() };
    let held = records.find_junk(&query).await.map_err(|fault| fault.to_string())?;
    let [first, .., second, last] = held.as_slice() else { return Ok(()) };
    let moved = records.move_junk(operator, last.id, JunkState::Held, JunkState::Trash, now()).await;
    moved.map_err(|fault| fault.to_string())?;
    let released = house.gate.junk.release(operator, second.id, &by, "192.0.2.33").await;
    released.map_err(|fault| format!("{}: {fault}", second.reference))?;
    let staff = records.staff_by_login("admin").await.map_err(|fault| fault.to_string())?;
    let row = AuditRow {
        id: 0,
        operator,
        at: UnixMillis(now().0 - DAY / 2),
        by: format!("staff:{}", staff.map_or(0, |row| row.id.0)),
        from: "192.0.2.10".into(),
        action: "content.open".into(),
        target: by,
        detail: format!("{} asked: お電話での依頼 (TK-1024)", first.reference),
    };
    records.audit(&row).await.map_err(|fault| fault.to_string())?;
    Ok(())
}
