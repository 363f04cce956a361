//! Settings that were read are kept in memory until somebody changes them. One person's change lets go of that person's
//! alone; an operator's or a group's of everybody's, since they stand in all of them.
//!
//! Most people have set nothing: all of one group share one copy. What is kept is bounded by what it takes, so that a few
//! people with thousands of entries push out many with a few.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use controls::impersonation::Impersonation;
use policy::Settings;
use policy::settings::{Layers, Versioned};
use quick_cache::{UnitWeighter, Weighter};
use store::records::settings::SettingsOwner;
use store::{OperatorId, StoreError, SubscriberId};

use crate::at_hand::{AtHand, at_hand};

/// What settings of people may take, octets, roughly.
const PEOPLE: u64 = 192 << 20;
/// What stands in memory for a person who shares others' settings, octets, roughly.
const SHARING: u32 = 200;
/// What a person's own settings take without lists and rules.
const OWN: u32 = 2_500;
/// What an entry of a list takes, a keyword rule, or a domain of which proof is asked.
const ENTRY: usize = 250;
/// Layers of operators and groups that are kept.
const SHARED: usize = 10_000;
/// People whose settings are kept, about.
const ABOUT: usize = 200_000;

/// Somebody's, or nobody's in particular.
type Person = (OperatorId, Option<SubscriberId>);

/// With the group that they were made for.
type OfGroup = (String, Arc<Settings>);

/// What is in force.
#[derive(Debug)]
pub(crate) struct InForce {
    people: AtHand<Person, OfGroup, ByWeight>,
    /// For those who have set nothing themselves.
    common: AtHand<(OperatorId, String), Arc<Settings>>,
    /// Layers of operators and groups: many people's, and with an operator's profile large.
    shared: AtHand<(OperatorId, SettingsOwner), Option<Versioned>>,
    /// Grows with every change: what was being read meanwhile is not kept.
    changes: AtomicU64,
}

/// By what settings take.
#[derive(Clone, Debug)]
struct ByWeight;

impl Weighter<Person, OfGroup> for ByWeight {
    fn weight(&self, _: &Person, (group, settings): &OfGroup) -> u64 {
        u64::from(weight(settings)) + group.len() as u64
    }
}

/// What a person's settings take.
fn weight(settings: &Settings) -> u32 {
    if settings.versions[2] == 0 {
        return SHARING;
    }
    let controls = &settings.controls;
    let lists = [&controls.receive, &controls.refuse, &controls.address_book];
    let named = |asked: &Impersonation| asked.domains.len() + asked.exceptions.len() + asked.rescue.len();
    let entries = lists.iter().map(|list| list.entries().len()).sum::<usize>()
        + controls.keywords.len()
        + controls.impersonation.as_deref().map_or(0, named);
    OWN.saturating_add(u32::try_from(entries.saturating_mul(ENTRY)).unwrap_or(u32::MAX))
}

impl InForce {
    /// Nothing is kept yet.
    pub(crate) fn new() -> Self {
        let of_many = SHARED as u64;
        Self {
            people: at_hand(ABOUT, PEOPLE, ByWeight),
            common: at_hand(SHARED, of_many, UnitWeighter),
            shared: at_hand(SHARED, of_many, UnitWeighter),
            changes: AtomicU64::new(0),
        }
    }

    /// The settings of a person of this group, or of nobody in particular.
    pub(crate) async fn settings(
        &self,
        operator: OperatorId,
        group: &str,
        subscriber: Option<SubscriberId>,
        read: impl Future<Output = Result<Layers, StoreError>>,
    ) -> Result<Arc<Settings>, StoreError> {
        let key = (operator, subscriber);
        if let Some((of, settings)) = self.people.get(&key)
            && of == group
            && settings.until.is_none_or(|until| crate::stores::now().0 < until.0)
        {
            return Ok(settings);
        }
        let before = self.changes.load(Ordering::SeqCst);
        let layers = read.await?;
        let settings = match layers.subscriber {
            Some(_) => Arc::new(Settings::resolve(&layers)),
            None => self.common(operator, group, &layers, before),
        };
        self.people.insert(key, (group.to_owned(), settings.clone()));
        if self.changes.load(Ordering::SeqCst) != before {
            self.people.remove(&key);
        }
        Ok(settings)
    }

    /// The settings of everybody in a group who has set nothing; the layers were read after so many changes.
    fn common(&self, operator: OperatorId, group: &str, layers: &Layers, before: u64) -> Arc<Settings> {
        let key = (operator, group.to_owned());
        let versions = [&layers.operator, &layers.group].map(|layer| layer.as_ref().map_or(0, |(version, _)| *version));
        if let Some(settings) = self.common.get(&key)
            && settings.versions[..2] == versions
        {
            return settings;
        }
        let settings = Arc::new(Settings::resolve(layers));
        self.common.insert(key.clone(), settings.clone());
        if self.changes.load(Ordering::SeqCst) != before {
            self.common.remove(&key);
        }
        settings
    }

    /// The layer of an operator or a group.
    pub(crate) async fn shared(
        &self,
        operator: OperatorId,
        owner: SettingsOwner,
        read: impl Future<Output = Result<Option<Versioned>, StoreError>>,
    ) -> Result<Option<Versioned>, StoreError> {
        let key = (operator, owner);
        if let Some(layer) = self.shared.get(&key) {
            return Ok(layer);
        }
        let before = self.changes.load(Ordering::SeqCst);
        let layer = read.await?;
        self.shared.insert(key.clone(), layer.clone());
        if self.changes.load(Ordering::SeqCst) != before {
            self.shared.remove(&key);
        }
        Ok(layer)
    }

    /// A layer has been changed in the store.
    pub(crate) fn changed(&self, operator: OperatorId, owner: &SettingsOwner) {
        self.changes.fetch_add(1, Ordering::SeqCst);
        match owner {
            SettingsOwner::Subscriber(id) => {
                self.people.remove(&(operator, Some(*id)));
            }
            SettingsOwner::Operator | SettingsOwner::Group(_) => {
                self.shared.remove(&(operator, owner.clone()));
                self.common.clear();
                self.people.clear();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use policy::Layer;

    use super::*;

    const OURS: OperatorId = OperatorId(1);
    const HANAKO: SubscriberId = SubscriberId(1);
    const TARO: SubscriberId = SubscriberId(2);

    fn layers(threshold: f64) -> Layers {
        let layer = Layer { threshold: Some(threshold), ..Layer::default() };
        Layers { subscriber: Some((1, layer.into())), ..Layers::default() }
    }

    /// What is in force for somebody whose threshold in the store is this: the kept one, where it is kept.
    async fn threshold(kept: &InForce, who: SubscriberId, group: &str, stored: f64) -> f64 {
        let read = async { Ok(layers(stored)) };
        kept.settings(OURS, group, Some(who), read).await.expect("they can be read").threshold
    }

    #[tokio::test]
    async fn a_change_lets_go_of_whom_it_concerns_and_of_nobody_else() {
        let kept = InForce::new();
        for who in [HANAKO, TARO] {
            assert_eq!(threshold(&kept, who, "", 4.0).await, 4.0);
            assert_eq!(threshold(&kept, who, "", 6.0).await, 4.0, "kept");
        }
        kept.changed(OURS, &SettingsOwner::Subscriber(HANAKO));
        assert_eq!(threshold(&kept, HANAKO, "", 6.0).await, 6.0);
        assert_eq!(threshold(&kept, TARO, "", 6.0).await, 4.0, "he changed nothing");
        assert_eq!(threshold(&kept, TARO, "family", 7.0).await, 7.0, "of another group now");
        kept.changed(OURS, &SettingsOwner::Group("family".into()));
        assert_eq!(threshold(&kept, TARO, "family", 8.0).await, 8.0);
        assert_eq!(threshold(&kept, HANAKO, "", 9.0).await, 9.0, "a group's change may stand in anybody's");
    }

    #[tokio::test]
    async fn who_has_set_nothing_shares_one_copy_until_the_operator_changes_it() {
        let kept = InForce::new();
        let of_operator = |version: i64, threshold: f64| {
            let layer = Layer { threshold: Some(threshold), ..Layer::default() };
            Layers { operator: Some((version, layer.into())), ..Layers::default() }
        };
        let common = |who, group: &'static str, layers: Layers| {
            let kept = &kept;
            async move { kept.settings(OURS, group, Some(who), async { Ok(layers) }).await.expect("they can be read") }
        };
        let hers = common(HANAKO, "", of_operator(1, 4.0)).await;
        let his = common(TARO, "", of_operator(1, 4.0)).await;
        assert!(Arc::ptr_eq(&hers, &his));
        assert_eq!(hers.threshold, 4.0);
        kept.changed(OURS, &SettingsOwner::Operator);
        assert_eq!(common(HANAKO, "", of_operator(2, 5.0)).await.threshold, 5.0);
        assert_eq!(common(TARO, "", of_operator(2, 5.0)).await.threshold, 5.0);
        assert_eq!(common(TARO, "family", of_operator(3, 6.0)).await.threshold, 6.0, "another group's are its own");
    }

    #[test]
    fn whoever_named_many_weighs_more() {
        let of = |layer: Layer| {
            weight(&Settings::resolve(&Layers { subscriber: Some((1, layer.into())), ..Layers::default() }))
        };
        let domains = |many: u32| (0..many).map(|n| format!("firm{n}.example")).collect::<Vec<_>>();
        let entry = |name: String| controls::lists::Entry::new(controls::lists::Pattern::Domain(name));
        let little = of(Layer::default());
        let much = of(Layer { impersonation_domains: domains(1_000), ..Layer::default() });
        let listed = of(Layer { refuse: domains(1_000).into_iter().map(entry).collect(), ..Layer::default() });
        assert!(weight(&Settings::resolve(&Layers::default())) < little);
        assert!(much > 50 * little && much == listed, "{little} {much} {listed}");
    }

    #[tokio::test]
    async fn what_was_being_read_while_it_changed_is_not_kept() {
        let kept = InForce::new();
        let old = async {
            kept.changed(OURS, &SettingsOwner::Subscriber(HANAKO));
            Ok(layers(5.5))
        };
        kept.settings(OURS, "", Some(HANAKO), old).await.expect("they can be read");
        assert_eq!(threshold(&kept, HANAKO, "", 6.5).await, 6.5);
        let old = async {
            kept.changed(OURS, &SettingsOwner::Operator);
            Ok(None)
        };
        assert_eq!(kept.shared(OURS, SettingsOwner::Operator, old).await.expect("it can be read"), None);
        let new = async { Ok(Some((2, Arc::new(Layer::default())))) };
        let layer = kept.shared(OURS, SettingsOwner::Operator, new).await.expect("it can be read");
        assert_eq!(layer.map(|(version, _)| version), Some(2));
    }
}
