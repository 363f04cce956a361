//! Settings that were read are kept in memory until somebody changes them. One person's change lets go of that person's
//! alone; an operator's or a group's of everybody's, since they stand in all of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use moka::future::Cache;
use policy::Settings;
use policy::settings::Versioned;
use store::records::settings::SettingsOwner;
use store::{OperatorId, StoreError, SubscriberId};

/// Settings of people that are kept.
const PEOPLE: u64 = 100_000;
/// Layers of operators and groups that are kept.
const SHARED: u64 = 10_000;

/// What is in force.
#[derive(Debug)]
pub(crate) struct InForce {
    /// With the group that they were made for.
    people: Cache<(OperatorId, Option<SubscriberId>), (String, Arc<Settings>)>,
    /// Layers of operators and groups: many people's, and with an operator's profile large.
    shared: Cache<(OperatorId, SettingsOwner), Option<Versioned>>,
    /// Grows with every change: what was being read meanwhile is not kept.
    changes: AtomicU64,
}

impl InForce {
    /// Nothing is kept yet.
    pub(crate) fn new() -> Self {
        Self {
            people: Cache::builder().max_capacity(PEOPLE).build(),
            shared: Cache::builder().max_capacity(SHARED).build(),
            changes: AtomicU64::new(0),
        }
    }

    /// The settings of a person of this group, or of nobody in particular.
    pub(crate) async fn settings(
        &self,
        operator: OperatorId,
        group: &str,
        subscriber: Option<SubscriberId>,
        read: impl Future<Output = Result<Settings, StoreError>>,
    ) -> Result<Arc<Settings>, StoreError> {
        let key = (operator, subscriber);
        if let Some((of, settings)) = self.people.get(&key).await
            && of == group
            && settings.until.is_none_or(|until| crate::stores::now().0 < until.0)
        {
            return Ok(settings);
        }
        let before = self.changes.load(Ordering::SeqCst);
        let settings = Arc::new(read.await?);
        self.people.insert(key, (group.to_owned(), settings.clone())).await;
        if self.changes.load(Ordering::SeqCst) != before {
            self.people.invalidate(&key).await;
        }
        Ok(settings)
    }

    /// The layer of an operator or a group.
    pub(crate) async fn shared(
        &self,
        operator: OperatorId,
        owner: SettingsOwner,
        read: impl Future<Output = Result<Option<Versioned>, StoreError>>,
    ) -> Result<Option<Versioned>, StoreError> {
        let key = (operator, owner);
        if let Some(layer) = self.shared.get(&key).await {
            return Ok(layer);
        }
        let before = self.changes.load(Ordering::SeqCst);
        let layer = read.await?;
        self.shared.insert(key.clone(), layer.clone()).await;
        if self.changes.load(Ordering::SeqCst) != before {
            self.shared.invalidate(&key).await;
        }
        Ok(layer)
    }

    /// A layer has been changed in the store.
    pub(crate) async fn changed(&self, operator: OperatorId, owner: &SettingsOwner) {
        self.changes.fetch_add(1, Ordering::SeqCst);
        match owner {
            SettingsOwner::Subscriber(id) => self.people.invalidate(&(operator, Some(*id))).await,
            SettingsOwner::Operator | SettingsOwner::Group(_) => {
                self.shared.invalidate(&(operator, owner.clone())).await;
                self.people.invalidate_all();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use policy::Layer;
    use policy::settings::Layers;

    use super::*;

    const OURS: OperatorId = OperatorId(1);
    const HANAKO: SubscriberId = SubscriberId(1);
    const TARO: SubscriberId = SubscriberId(2);

    /// What is in force for somebody whose threshold in the store is this: the kept one, where it is kept.
    async fn threshold(kept: &InForce, who: SubscriberId, group: &str, stored: f64) -> f64 {
        let layer = Layer { threshold: Some(stored), ..Layer::default() };
        let layers = Layers { subscriber: Some((1, layer.into())), ..Layers::default() };
        let read = async { Ok(Settings::resolve(&layers)) };
        kept.settings(OURS, group, Some(who), read).await.expect("they can be read").threshold
    }

    #[tokio::test]
    async fn a_change_lets_go_of_whom_it_concerns_and_of_nobody_else() {
        let kept = InForce::new();
        for who in [HANAKO, TARO] {
            assert_eq!(threshold(&kept, who, "", 4.0).await, 4.0);
            assert_eq!(threshold(&kept, who, "", 6.0).await, 4.0, "kept");
        }
        kept.changed(OURS, &SettingsOwner::Subscriber(HANAKO)).await;
        assert_eq!(threshold(&kept, HANAKO, "", 6.0).await, 6.0);
        assert_eq!(threshold(&kept, TARO, "", 6.0).await, 4.0, "he changed nothing");
        assert_eq!(threshold(&kept, TARO, "family", 7.0).await, 7.0, "of another group now");
        kept.changed(OURS, &SettingsOwner::Group("family".into())).await;
        assert_eq!(threshold(&kept, TARO, "family", 8.0).await, 8.0);
        assert_eq!(threshold(&kept, HANAKO, "", 9.0).await, 9.0, "a group's change may stand in anybody's");
    }

    #[tokio::test]
    async fn what_was_being_read_while_it_changed_is_not_kept() {
        let kept = InForce::new();
        let old = async {
            let settings = Settings::resolve(&Layers::default());
            kept.changed(OURS, &SettingsOwner::Subscriber(HANAKO)).await;
            Ok(settings)
        };
        kept.settings(OURS, "", Some(HANAKO), old).await.expect("they can be read");
        assert_eq!(threshold(&kept, HANAKO, "", 6.5).await, 6.5);
        let old = async {
            kept.changed(OURS, &SettingsOwner::Operator).await;
            Ok(None)
        };
        assert_eq!(kept.shared(OURS, SettingsOwner::Operator, old).await.expect("it can be read"), None);
        let new = async { Ok(Some((2, Arc::new(Layer::default())))) };
        let layer = kept.shared(OURS, SettingsOwner::Operator, new).await.expect("it can be read");
        assert_eq!(layer.map(|(version, _)| version), Some(2));
    }
}
