//! Whose an address is: what signing in, by whichever way, begins with.

use axum::http::HeaderMap;
use checkpoint::Resolved;
use message::{Address, Domain};
use store::records::audit::AuditRow;
use store::records::directory::{AddressKind, AddressRow, SubscriberRow};
use store::records::signin::Person;
use store::{OperatorId, SubscriberId};

use crate::problem::Problem;
use crate::security::{devices, lock};
use crate::state::Portal;
use crate::visit::Visit;

/// An address that is ours.
pub struct Known {
    /// Whose.
    pub operator: OperatorId,
    /// Whose mailbox, where somebody has signed in for it.
    pub subscriber: Option<SubscriberId>,
    /// Key of the mailbox behind the address.
    pub mailbox: String,
    group: String,
}

/// Finds whose an address is: by the name used to sign in, or by any address the directory knows.
pub async fn find(portal: &Portal, login: &str) -> Result<Option<Known>, Problem> {
    let Ok(address) = Address::parse(login) else { return Ok(None) };
    let domain: &Domain = address.domain();
    let Some(operator) = portal.services.directory.operator_of_domain(domain) else { return Ok(None) };
    if let Some(row) = portal.records().subscriber_by_login(operator, &address.key()).await? {
        return Ok(Some(Known { operator, subscriber: Some(row.id), mailbox: address.key(), group: row.group }));
    }
    match portal.services.directory.resolve(&address).await? {
        Resolved::Ours(found) => Ok(Some(Known {
            operator: found.operator,
            subscriber: found.subscriber,
            mailbox: mailbox(portal, &found.deliver_to),
            group: found.group.clone(),
        })),
        Resolved::Nobody | Resolved::NotOurs => Ok(None),
    }
}

/// The mailbox behind an address: without its detail, where its domain has such.
fn mailbox(portal: &Portal, address: &Address) -> String {
    let domains = portal.services.directory.domains();
    let separator = domains.iter().find(|local| local.name == *address.domain()).and_then(|local| local.detail);
    let user = separator.map_or(address.local(), |separator| address.split_detail(separator).0);
    Address::new(user, address.domain().clone()).map_or_else(|_| address.key(), |bare| bare.key())
}

/// Makes the owner of a mailbox a subscriber: who reads its mail has shown the code.
pub async fn create(portal: &Portal, visit: &Visit, known: &Known, address: &Address) -> Result<SubscriberId, Problem> {
    let id = portal
        .records()
        .put_subscriber(&SubscriberRow {
            id: SubscriberId(0),
            operator: known.operator,
            login: known.mailbox.clone(),
            name: String::new(),
            group: known.group.clone(),
            language: String::new(),
            password: None,
        })
        .await?;
    portal
        .records()
        .put_address(&AddressRow {
            operator: known.operator,
            key: known.mailbox.clone(),
            kind: AddressKind::Mailbox,
            subscriber: Some(id),
        })
        .await?;
    portal
        .records()
        .audit(&AuditRow {
            id: 0,
            operator: known.operator,
            at: visit.now,
            by: format!("subscriber:{}", id.0),
            from: visit.from.clone(),
            action: "subscriber.create".into(),
            target: format!("subscriber:{}", id.0),
            detail: format!("by code to {address}"),
        })
        .await?;
    Ok(id)
}

/// The account that tries at a typed name count for.
pub async fn account(
    portal: &Portal,
    visit: &Visit,
    headers: &HeaderMap,
    known: Option<&Known>,
    typed: &str,
) -> Result<lock::Account, Problem> {
    let Some(known) = known else { return Ok(lock::Account::of(None, typed, None)) };
    let person = known.subscriber.map(Person::Subscriber);
    let device = devices::known(portal, visit, headers, known.operator, person).await?;
    // Details and aliases of a mailbox are the same account.
    Ok(lock::Account::of(person, &known.mailbox, device))
}
