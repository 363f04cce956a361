//! Dates of contracts (SUB-22): what of a person's settings acts until when.

use message::UnixMillis;
use policy::{Contract, Profile};
use store::records::directory::{ContractRow, SubscriberRow};
use store::records::settings::SettingsOwner;
use store::{OperatorId, StoreError, SubscriberId};

use super::Directory;

impl Directory {
    /// A person's contract.
    pub async fn contract_of(&self, operator: OperatorId, person: &SubscriberRow) -> Result<Contract, StoreError> {
        let profile = self.profile_of(operator).await?;
        self.contract_under(&profile, operator, &person.group, person.id).await
    }

    /// Writes the dates of a person's contract; they are in force on the next message.
    pub async fn change_contract(&self, row: &ContractRow) -> Result<(), StoreError> {
        self.stores.records.put_contract(row).await?;
        self.settings.changed(row.operator, &SettingsOwner::Subscriber(row.subscriber));
        Ok(())
    }

    /// An operator without entitlements asks for nobody's dates.
    pub(super) async fn contract_under(
        &self,
        profile: &Profile,
        operator: OperatorId,
        group: &str,
        id: SubscriberId,
    ) -> Result<Contract, StoreError> {
        let mut contract = Contract { group: group.to_owned(), ..Contract::default() };
        if profile.entitlements.not_in.is_empty() {
            return Ok(contract);
        }
        let Some(row) = self.stores.records.contract(operator, id).await? else { return Ok(contract) };
        if !row.options.is_empty() {
            contract.options = serde_json::from_str(&row.options)
                .map_err(|bad| StoreError::Corrupt { what: "contract", why: bad.to_string() })?;
        }
        if let (Some(begins), Some(first)) = (row.begins, profile.first_months(group)) {
            let zone = self.zone_of(operator).await?;
            contract.first_until = months_after(begins, first.months, &zone);
        }
        Ok(contract)
    }
}

/// The same day so many months later by the operator's calendar; the last of the month where there is no such day.
fn months_after(begins: UnixMillis, months: u8, zone: &jiff::tz::TimeZone) -> Option<UnixMillis> {
    let at = jiff::Timestamp::from_millisecond(begins.0).ok()?.to_zoned(zone.clone());
    let then = at.checked_add(jiff::Span::new().months(i64::from(months))).ok()?;
    Some(UnixMillis(then.timestamp().as_millisecond()))
}
