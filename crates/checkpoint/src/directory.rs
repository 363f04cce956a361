//! Who a recipient is: domains, addresses, aliases, detail, catch-all; and the settings in force for each.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::{ArcSwap, ArcSwapOption};
use message::{Address, Domain};
use moka::future::Cache;
use policy::settings::{Layers, Versioned};
use policy::{Layer, Profile, Settings};
use quick_cache::UnitWeighter;
use store::records::directory::{AddressKind, AddressRow, Known, SubscriberRow};
use store::records::settings::{SettingsOwner, SettingsVersion};
use store::{OperatorId, StoreError, SubscriberId};

use crate::at_hand::{AtHand, at_hand};
use crate::door::Noted;
use crate::in_force::InForce;
use crate::onward::NextHop;
use crate::stores::{Stores, now};

mod contracts;
mod digests;

/// Aliases that are followed one after another before it is taken for a loop.
const ALIAS_DEPTH: usize = 10;
/// Versions of settings that are looked through for an old decision.
const HISTORY: u32 = 1_000;
/// Addresses, and owners of addresses, that are kept in memory.
const ROWS_KEPT: usize = 100_000;
/// Operators whose zone is kept in memory.
const ZONES: u64 = 10_000;
/// How long an operator's zone is kept in memory.
const ZONES_KEPT: Duration = Duration::from_secs(60);
/// Digits that a secret code may have.
const CODE_DIGITS: std::ops::RangeInclusive<usize> = 3..=8;

/// A domain that we take mail for.
#[derive(Clone, Debug)]
pub struct LocalDomain {
    /// Whose it is.
    pub operator: OperatorId,
    /// Its name.
    pub name: Domain,
    /// Where its mail goes.
    pub next_hop: NextHop,
    /// How its recipients are known.
    pub known: Known,
    /// Address key to which unknown local parts go.
    pub catch_all: Option<String>,
    /// Separator of detail addresses.
    pub detail: Option<char>,
}

/// A recipient that is ours.
#[derive(Clone, Debug)]
pub struct Recipient {
    /// As the sender gave it.
    pub given: Address,
    /// Where it is delivered to.
    pub deliver_to: Address,
    /// Whose.
    pub operator: OperatorId,
    /// Its owner, where it has one.
    pub subscriber: Option<SubscriberId>,
    /// The owner's group; empty where there is none.
    pub group: String,
    /// Where its mail goes.
    pub next_hop: NextHop,
    /// postmaster@ and abuse@ are never filtered.
    pub duty: bool,
    /// The owner's addresses by key.
    pub own_addresses: Arc<[String]>,
    /// The next hop has to be asked whether it exists.
    pub ask_next_hop: bool,
    /// What the door found on the way here.
    pub door: Arc<Noted>,
}

/// What the directory says of an address.
#[derive(Clone, Debug)]
pub enum Resolved {
    /// Ours.
    Ours(Box<Recipient>),
    /// Our domain, but nobody there.
    Nobody,
    /// Not our domain: we do not relay.
    NotOurs,
}

/// The directory. Domains come from the configuration; addresses and settings from the records.
#[derive(Debug)]
pub struct Directory {
    stores: Stores,
    domains: ArcSwap<HashMap<String, LocalDomain>>,
    settings: InForce,
    /// Addresses as they were read, and under which version of the directory; unknown ones too.
    rows: AtHand<(OperatorId, String), Kept<Option<AddressRow>>>,
    owners: AtHand<(OperatorId, SubscriberId), Kept<Owner>>,
    zones: Cache<OperatorId, jiff::tz::TimeZone>,
    /// The settings by which an operator's own question was last answered, beside those they were made of.
    asked: ArcSwapOption<[Arc<Settings>; 2]>,
}

/// Something that was read, and the version of the directory before that.
type Kept<T> = (u64, T);
/// The group of a subscriber, and its addresses by key.
type Owner = (String, Arc<[String]>);

impl Directory {
    /// A directory over these domains.
    pub fn new(stores: Stores, domains: Vec<LocalDomain>) -> Self {
        let directory = Self {
            stores,
            domains: ArcSwap::default(),
            settings: InForce::new(),
            rows: at_hand(ROWS_KEPT, ROWS_KEPT as u64, UnitWeighter),
            owners: at_hand(ROWS_KEPT, ROWS_KEPT as u64, UnitWeighter),
            zones: Cache::builder().max_capacity(ZONES).time_to_live(ZONES_KEPT).build(),
            asked: ArcSwapOption::empty(),
        };
        directory.replace_domains(domains);
        directory
    }

    /// Puts other domains into force (reload). Sessions under way see them at their next RCPT.
    pub fn replace_domains(&self, domains: Vec<LocalDomain>) {
        let by_name = domains.into_iter().map(|domain| (domain.name.as_str().to_owned(), domain)).collect();
        self.domains.store(Arc::new(by_name));
    }

    /// The operator of a domain, where it is ours.
    pub fn operator_of_domain(&self, domain: &Domain) -> Option<OperatorId> {
        self.domains.load().get(domain.as_str()).map(|local| local.operator)
    }

    /// Every domain we take mail for.
    pub fn domains(&self) -> Vec<LocalDomain> {
        self.domains.load().values().cloned().collect()
    }

    /// The name of one of them.
    pub(crate) fn a_domain(&self) -> Option<Domain> {
        self.domains.load().values().next().map(|local| local.name.clone())
    }

    /// The operator that speaks for messages without a recipient (`/checkv2` without `Rcpt`): the first one.
    pub fn first_operator(&self) -> Option<OperatorId> {
        self.domains.load().values().map(|domain| domain.operator).min()
    }

    /// Resolves an address: the address itself, its alias, the address without detail, the catch-all.
    pub async fn resolve(&self, given: &Address) -> Result<Resolved, StoreError> {
        let Some(domain) = self.domains.load().get(given.domain().as_str()).cloned() else {
            return Ok(Resolved::NotOurs);
        };
        if let Some(row) = self.look_up(domain.operator, &given.key()).await? {
            return self.ours(given, &domain, Some(row), None).await;
        }
        if let Some((user, Some(_))) = domain.detail.map(|separator| given.split_detail(separator))
            && let Ok(base) = Address::new(user, given.domain().clone())
            && let Some(row) = self.look_up(domain.operator, &base.key()).await?
        {
            return self.ours(given, &domain, Some(row), Some(base)).await;
        }
        if given.is_duty() {
            return self.ours(given, &domain, None, None).await;
        }
        if let Some(row) = self.with_code(given, &domain).await? {
            return self.ours(given, &domain, Some(row), None).await;
        }
        match (domain.known, &domain.catch_all) {
            (Known::Any | Known::NextHop, _) => self.ours(given, &domain, None, None).await,
            (Known::Table, Some(key)) => match self.look_up(domain.operator, key).await? {
                Some(row) => self.ours(given, &domain, Some(row), None).await,
                None => Ok(Resolved::Nobody),
            },
            (Known::Table, None) => Ok(Resolved::Nobody),
        }
    }

    /// SUB-10: the mailbox of a telephone number, where the address is the number and its owner's secret code after it.
    /// With a wrong code there is nobody, as with any address that does not exist.
    async fn with_code(&self, given: &Address, domain: &LocalDomain) -> Result<Option<AddressRow>, StoreError> {
        let local = given.local();
        if !local.bytes().all(|b| b.is_ascii_digit()) {
            return Ok(None);
        }
        for digits in CODE_DIGITS {
            let Some(split) = local.len().checked_sub(digits) else { break };
            let (number, code) = local.split_at(split);
            let Ok(base) = Address::new(number, given.domain().clone()) else { break };
            if controls::lists::phone(number).is_none() {
                break;
            }
            let Some(row) = self.look_up(domain.operator, &base.key()).await? else { continue };
            let Some(owner) = row.subscriber else { continue };
            let settings = self.settings_of(domain.operator, Some(owner)).await?;
            if settings.controls.secret_code.as_deref() == Some(code) {
                return Ok(Some(row));
            }
        }
        Ok(None)
    }

    /// The counters, for what is counted by settings.
    pub(crate) fn counters(&self) -> &dyn store::Counters {
        self.stores.counters.as_ref()
    }

    /// The zone of an operator's calendar.
    pub(crate) async fn zone_of(&self, operator: OperatorId) -> Result<jiff::tz::TimeZone, StoreError> {
        if let Some(zone) = self.zones.get(&operator).await {
            return Ok(zone);
        }
        let rows = self.stores.records.operators().await?;
        let name = rows.into_iter().find(|row| row.id == operator).map(|row| row.time_zone).unwrap_or_default();
        let zone = jiff::tz::TimeZone::get(&name).unwrap_or(jiff::tz::TimeZone::UTC);
        self.zones.insert(operator, zone.clone()).await;
        Ok(zone)
    }

    /// Follows aliases to the row of a mailbox.
    async fn look_up(&self, operator: OperatorId, key: &str) -> Result<Option<AddressRow>, StoreError> {
        let mut key = key.to_owned();
        for _ in 0..ALIAS_DEPTH {
            match self.row(operator, &key).await? {
                Some(AddressRow { kind: AddressKind::Alias(target), .. }) => key = target,
                found => return Ok(found),
            }
        }
        Err(StoreError::Conflict(format!("the aliases of {key} go round in circles")))
    }

    async fn ours(
        &self,
        given: &Address,
        domain: &LocalDomain,
        row: Option<AddressRow>,
        base: Option<Address>,
    ) -> Result<Resolved, StoreError> {
        let target = match &row {
            Some(row) if row.key != given.key() && base.as_ref().is_none_or(|base| base.key() != row.key) => {
                Address::parse(&row.key).ok()
            }
            _ => None,
        };
        // An alias may lead to another of our domains, whose mail goes another way.
        let home = match &target {
            Some(target) => self.domains.load().get(target.domain().as_str()).cloned(),
            None => None,
        };
        let next_hop = home.as_ref().unwrap_or(domain).next_hop.clone();
        // A Maildir has one folder per address; a server behind us understands detail itself.
        let base = base.filter(|_| matches!(next_hop, NextHop::Maildir(_)));
        let deliver_to = target.or(base).unwrap_or_else(|| given.clone());
        let subscriber = row.as_ref().and_then(|row| row.subscriber);
        let (group, own_addresses) = match subscriber {
            Some(id) => self.owner(domain.operator, id).await?,
            None => (String::new(), Arc::from([given.key()])),
        };
        Ok(Resolved::Ours(Box::new(Recipient {
            given: given.clone(),
            deliver_to,
            operator: domain.operator,
            subscriber,
            group,
            ask_next_hop: row.is_none() && domain.known == Known::NextHop && !matches!(next_hop, NextHop::Maildir(_)),
            next_hop,
            duty: given.is_duty(),
            own_addresses,
            door: Arc::default(),
        })))
    }

    /// One row, read again once anything in the directory has changed.
    async fn row(&self, operator: OperatorId, key: &str) -> Result<Option<AddressRow>, StoreError> {
        let Some(version) = self.stores.records.directory_version() else {
            return self.stores.records.address(operator, key).await;
        };
        let name = (operator, key.to_owned());
        if let Some((_, row)) = self.rows.get(&name).filter(|(kept, _)| *kept == version) {
            return Ok(row);
        }
        let row = self.stores.records.address(operator, key).await?;
        self.rows.insert(name, (version, row.clone()));
        Ok(row)
    }

    async fn owner(&self, operator: OperatorId, id: SubscriberId) -> Result<Owner, StoreError> {
        let Some(version) = self.stores.records.directory_version() else { return self.read_owner(operator, id).await };
        if let Some((_, owner)) = self.owners.get(&(operator, id)).filter(|(kept, _)| *kept == version) {
            return Ok(owner);
        }
        let owner = self.read_owner(operator, id).await?;
        self.owners.insert((operator, id), (version, owner.clone()));
        Ok(owner)
    }

    async fn read_owner(&self, operator: OperatorId, id: SubscriberId) -> Result<Owner, StoreError> {
        let group = self.stores.records.subscriber(operator, id).await?.map(|row| row.group).unwrap_or_default();
        let addresses = self.stores.records.addresses_of(operator, id).await?;
        Ok((group, addresses.into_iter().map(|row| row.key).collect()))
    }

    /// The settings in force for a recipient; for the operator's default where it has no owner.
    pub async fn settings_for(&self, recipient: &Recipient) -> Result<Arc<Settings>, StoreError> {
        self.resolved(recipient.operator, &recipient.group, recipient.subscriber).await
    }

    /// The same for an operator that asks for itself, and by asking agrees to have content looked at.
    pub(crate) async fn settings_for_asking(&self, operator: &Recipient) -> Result<Arc<Settings>, StoreError> {
        let settings = self.settings_for(operator).await?;
        if let Some([of, agreed]) = self.asked.load().as_deref()
            && Arc::ptr_eq(of, &settings)
        {
            return Ok(agreed.clone());
        }
        let agreed = Arc::new(Settings { content_allowed: true, ..Settings::clone(&settings) });
        self.asked.store(Some(Arc::new([settings, agreed.clone()])));
        Ok(agreed)
    }

    /// The settings in force for a subscriber, or the operator's default.
    pub async fn settings_of(
        &self,
        operator: OperatorId,
        subscriber: Option<SubscriberId>,
    ) -> Result<Arc<Settings>, StoreError> {
        let group = match subscriber {
            Some(id) => self.stores.records.subscriber(operator, id).await?.map(|row: SubscriberRow| row.group),
            None => None,
        };
        self.resolved(operator, &group.unwrap_or_default(), subscriber).await
    }

    async fn resolved(
        &self,
        operator: OperatorId,
        group: &str,
        subscriber: Option<SubscriberId>,
    ) -> Result<Arc<Settings>, StoreError> {
        let read = self.layers(operator, group, subscriber);
        self.settings.settings(operator, group, subscriber, read).await
    }

    /// The layers of a recipient.
    async fn layers(
        &self,
        operator: OperatorId,
        group: &str,
        subscriber: Option<SubscriberId>,
    ) -> Result<Layers, StoreError> {
        let mut layers =
            Layers { operator: self.shared(operator, SettingsOwner::Operator).await?, ..Layers::default() };
        if !group.is_empty() {
            layers.group = self.shared(operator, SettingsOwner::Group(group.to_owned())).await?;
        }
        if let Some(id) = subscriber {
            layers.subscriber = self.stored(operator, &SettingsOwner::Subscriber(id)).await?;
            // Who has set nothing has nothing that could end.
            if layers.subscriber.is_some() {
                let profile = policy::settings::profile_of(&layers);
                layers.contract = Some((self.contract_under(profile, operator, group, id).await?, now()));
            }
        }
        Ok(layers)
    }

    /// The layer of an operator or a group, from memory where it has been read.
    async fn shared(&self, operator: OperatorId, owner: SettingsOwner) -> Result<Option<Versioned>, StoreError> {
        self.settings.shared(operator, owner.clone(), self.stored(operator, &owner)).await
    }

    /// The settings that were in force when these versions of the layers decided. A layer that is gone (its history was
    /// cut) is taken as it is now.
    pub async fn settings_at(
        &self,
        operator: OperatorId,
        subscriber: Option<SubscriberId>,
        group: &str,
        versions: [i64; 3],
    ) -> Result<Arc<Settings>, StoreError> {
        let now = self.resolved(operator, group, subscriber).await?;
        if now.versions == versions {
            return Ok(now);
        }
        let [of_operator, of_group, of_subscriber] = versions;
        let layers = Layers {
            operator: self.version(operator, &SettingsOwner::Operator, of_operator).await?,
            group: self.version(operator, &SettingsOwner::Group(group.to_owned()), of_group).await?,
            subscriber: match subscriber {
                Some(id) => self.version(operator, &SettingsOwner::Subscriber(id), of_subscriber).await?,
                None => None,
            },
            // Which features acted then is in the findings.
            contract: None,
        };
        Ok(Arc::new(Settings::resolve(&layers)))
    }

    async fn version(
        &self,
        operator: OperatorId,
        owner: &SettingsOwner,
        version: i64,
    ) -> Result<Option<Versioned>, StoreError> {
        if version == 0 {
            return Ok(None);
        }
        let history = self.stores.records.settings_history(operator, owner, HISTORY).await?;
        let row = history.into_iter().find(|row| row.version == version);
        let layer = row.and_then(|row| Layer::from_json(&row.json).ok());
        Ok(layer.map(|layer| (version, Arc::new(layer))))
    }

    async fn stored(&self, operator: OperatorId, owner: &SettingsOwner) -> Result<Option<Versioned>, StoreError> {
        let Some(row) = self.stores.records.settings(operator, owner).await? else { return Ok(None) };
        let layer = Layer::from_json(&row.json)
            .map_err(|bad| StoreError::Corrupt { what: "settings", why: format!("version {}: {bad}", row.version) })?;
        Ok(Some((row.version, Arc::new(layer))))
    }

    /// The profile in force for an operator's subscribers.
    pub async fn profile_of(&self, operator: OperatorId) -> Result<Profile, StoreError> {
        let layers = self.layers(operator, "", None).await?;
        Ok(policy::settings::profile_of(&layers).clone())
    }

    /// The layers of a subscriber, for trying other settings.
    pub async fn layers_of(&self, operator: OperatorId, subscriber: SubscriberId) -> Result<Layers, StoreError> {
        let row = self.stores.records.subscriber(operator, subscriber).await?;
        let group = row.map(|row| row.group).unwrap_or_default();
        self.layers(operator, &group, Some(subscriber)).await
    }

    /// A layer as stored with its version; an empty one with version 0 where nobody set anything.
    pub async fn layer_of(&self, operator: OperatorId, owner: &SettingsOwner) -> Result<(i64, Layer), StoreError> {
        Ok(self
            .stored(operator, owner)
            .await?
            .map(|(version, layer)| (version, Arc::unwrap_or_clone(layer)))
            .unwrap_or_default())
    }

    /// Writes a new version of a layer; it is in force on the next message. `expected` is the version it was made from.
    #[expect(clippy::too_many_arguments, reason = "who, from where and why are recorded with every change")]
    pub async fn change_settings(
        &self,
        operator: OperatorId,
        owner: &SettingsOwner,
        layer: &Layer,
        expected: i64,
        by: &str,
        from: &str,
        note: &str,
    ) -> Result<i64, StoreError> {
        let row = SettingsVersion {
            version: 0,
            operator,
            owner: owner.clone(),
            json: layer.to_json(),
            at: now(),
            by: by.into(),
            from: from.into(),
            note: note.into(),
        };
        let stops = self.stops_header_view(operator, owner, layer).await?;
        let wakes = self.changes_digest_offer(operator, owner, layer).await?;
        let version = self.stores.records.put_settings(&row, expected).await?;
        self.settings.changed(operator, owner);
        if let Some(person) = stops {
            self.stores.records.erase_headers(operator, Some(person), None).await?;
        }
        if wakes {
            tokio::spawn(digests::wake(self.stores.records.clone(), operator));
        }
        Ok(version)
    }

    /// Who no longer wants header sections kept, by whatever way the setting went: what was kept goes with it (SUB-08).
    async fn stops_header_view(
        &self,
        operator: OperatorId,
        owner: &SettingsOwner,
        layer: &Layer,
    ) -> Result<Option<SubscriberId>, StoreError> {
        let SettingsOwner::Subscriber(id) = owner else { return Ok(None) };
        if layer.header_view == Some(true) {
            return Ok(None);
        }
        let before = self.stored(operator, owner).await?;
        Ok(before.filter(|(_, before)| before.header_view == Some(true)).map(|_| *id))
    }
}
