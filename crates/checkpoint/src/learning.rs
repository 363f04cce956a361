//! What people teach: examples go into the log, and the models are what one gets by folding it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use content::bayes::{Delta, Features, Model, Progress, SnapshotError};
use message::{Limits, Message};
use quick_cache::Weighter;
use store::records::learning::{ExampleRow, Label, Owner};
use store::{OperatorId, StoreError, SubscriberId};

use crate::at_hand::{AtHand, at_hand};
use crate::stores::{Stores, now};

/// Names the message that was learned, under an operator's key.
pub type NameOf = Box<dyn Fn(OperatorId, &[u8]) -> [u8; 32] + Send + Sync>;

/// Examples read from the log at a time.
const FOLD_AT_ONCE: u32 = 2_000;
/// What deltas of people may take in memory, octets, roughly.
const DELTAS: u64 = 64 << 20;
/// What stands in memory for a person who has taught nothing, as most have: octets, roughly.
const NOTHING_TAUGHT: u64 = 160;
/// What one feature of a delta takes.
const FEATURE: u64 = 16;
/// People who are kept, about.
const ABOUT: usize = 200_000;

/// What came of teaching.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Learned {
    /// A new example.
    New,
    /// The same message had been taught with the same label: nothing changed.
    Already,
    /// It had been taught the other way round before.
    Changed,
    /// The owner has not agreed to filtering by content: nothing was looked at.
    NoConsent,
}

/// One person of an operator's.
type Person = (OperatorId, SubscriberId);

/// The models of every operator and person.
pub struct Learning {
    stores: Stores,
    /// Names a message without telling anything about it: HMAC under the installation's key.
    name: NameOf,
    site: Mutex<HashMap<OperatorId, Site>>,
    /// `None` for who has taught nothing.
    deltas: AtHand<Person, Option<Arc<Delta>>, ByWeight>,
    /// Grows with every judgement of a person: a delta that was being folded meanwhile is not kept.
    judgements: AtomicU64,
    /// One change at a time, so that the log and the models agree.
    change: tokio::sync::Mutex<()>,
}

/// An operator's model. Scanners hold it while they read it; who teaches changes it in place, or a copy of it where
/// somebody is reading.
type Site = Arc<Model>;

impl std::fmt::Debug for Learning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Learning")
    }
}

impl Learning {
    /// Nothing learned yet; `load` folds the log.
    pub fn new(stores: Stores, name: NameOf) -> Self {
        let deltas = at_hand(ABOUT, DELTAS, ByWeight);
        let (site, change) = (Mutex::default(), tokio::sync::Mutex::new(()));
        Self { stores, name, site, deltas, judgements: AtomicU64::new(0), change }
    }

    /// Folds the operator's log into its model.
    pub async fn load(&self, operator: OperatorId) -> Result<(), StoreError> {
        let mut model = Model::new();
        self.each(operator, Owner::Site, |features, label| model.learn(features, label)).await?;
        self.with_site(operator, |site| *site = Arc::new(model));
        Ok(())
    }

    async fn each(
        &self,
        operator: OperatorId,
        owner: Owner,
        mut with: impl FnMut(&Features, content::bayes::Label),
    ) -> Result<(), StoreError> {
        let (mut after, mut older) = (0, 0_usize);
        loop {
            let rows = self.stores.records.examples(operator, owner, after, FOLD_AT_ONCE).await?;
            let Some(last) = rows.last() else { break };
            after = last.id;
            for row in &rows {
                match features_of(row)? {
                    Some(features) => with(&features, label_of(row.label)),
                    None => older += 1,
                }
            }
        }
        if older > 0 {
            tracing::warn!(
                older,
                "examples taught to an older version hold features it no longer reads: teach them anew"
            );
        }
        Ok(())
    }

    /// Changes the model that learns.
    fn with_site<R>(&self, operator: OperatorId, change: impl FnOnce(&mut Site) -> R) -> R {
        let mut all = self.site.lock().unwrap_or_else(PoisonError::into_inner);
        change(all.entry(operator).or_default())
    }

    /// The operator's model; an empty one before anything was learned.
    pub fn site(&self, operator: OperatorId) -> Arc<Model> {
        self.with_site(operator, |site| site.clone())
    }

    /// A person's own learning on top; `None` where there is none.
    pub async fn delta(&self, operator: OperatorId, person: SubscriberId) -> Result<Option<Arc<Delta>>, StoreError> {
        let key = (operator, person);
        if let Some(delta) = self.deltas.get(&key) {
            return Ok(delta);
        }
        let before = self.judgements.load(Ordering::SeqCst);
        let site = self.site(operator);
        let mut delta = Delta::new();
        self.each(operator, Owner::Subscriber(person), |features, label| delta.learn(features, label, &site)).await?;
        let delta = (delta.ham() > 0 || delta.spam() > 0).then(|| Arc::new(delta));
        self.deltas.insert(key, delta.clone());
        if self.judgements.load(Ordering::SeqCst) != before {
            self.deltas.remove(&key);
        }
        Ok(delta)
    }

    /// What a person teaches has changed in the log.
    fn judged(&self, operator: OperatorId, person: SubscriberId) {
        self.judgements.fetch_add(1, Ordering::SeqCst);
        self.deltas.remove(&(operator, person));
    }

    /// Teaches one message. The same message is not learned twice.
    pub async fn learn(
        &self,
        operator: OperatorId,
        owner: Owner,
        label: Label,
        raw: Bytes,
    ) -> Result<Learned, StoreError> {
        let name = (self.name)(operator, &raw);
        let features = Features::of(&Message::parse(raw, &Limits::default()));
        let row = ExampleRow { id: 0, operator, owner, message: name, label, features: features.to_bytes(), at: now() };
        let _change = self.change.lock().await;
        let before = self.stores.records.example(operator, owner, name).await?;
        if !self.stores.records.put_example(&row).await? {
            return Ok(Learned::Already);
        }
        match owner {
            Owner::Site => {
                let before_features = before.as_ref().map(features_of).transpose()?.flatten();
                self.with_site(operator, |site| {
                    let model = Arc::make_mut(site);
                    if let (Some(before), Some(features)) = (&before, &before_features) {
                        model.unlearn(features, label_of(before.label));
                    }
                    model.learn(&features, label_of(label));
                });
            }
            Owner::Subscriber(person) => self.judged(operator, person),
        }
        Ok(if before.is_some() { Learned::Changed } else { Learned::New })
    }

    /// Takes back what was taught of one message; `false` where nothing had been.
    pub async fn unlearn(&self, operator: OperatorId, owner: Owner, raw: &[u8]) -> Result<bool, StoreError> {
        let name = (self.name)(operator, raw);
        let _change = self.change.lock().await;
        let Some(before) = self.stores.records.take_example(operator, owner, name).await? else { return Ok(false) };
        match owner {
            Owner::Site => {
                if let Some(features) = features_of(&before)? {
                    self.with_site(operator, |site| Arc::make_mut(site).unlearn(&features, label_of(before.label)));
                }
            }
            Owner::Subscriber(person) => self.judged(operator, person),
        }
        Ok(true)
    }

    /// Forgets everything one person taught (consent withdrawn); returns how many examples.
    pub async fn forget_person(&self, operator: OperatorId, person: SubscriberId) -> Result<u64, StoreError> {
        let _change = self.change.lock().await;
        let gone = self.stores.records.erase_examples(operator, Owner::Subscriber(person)).await?;
        self.judged(operator, person);
        Ok(gone)
    }

    /// How far the operator's model has learned.
    pub fn progress(&self, operator: OperatorId) -> Progress {
        self.site(operator).progress()
    }

    /// How many examples of each label a person has taught: spam, ham.
    pub async fn taught(&self, operator: OperatorId, person: SubscriberId) -> Result<(u64, u64), StoreError> {
        let owner = Owner::Subscriber(person);
        let spam = self.stores.records.count_examples(operator, owner, Label::Spam).await?;
        let ham = self.stores.records.count_examples(operator, owner, Label::Ham).await?;
        Ok((spam, ham))
    }
}

/// By what deltas take in memory.
#[derive(Clone, Debug)]
struct ByWeight;

impl Weighter<Person, Option<Arc<Delta>>> for ByWeight {
    fn weight(&self, _: &Person, delta: &Option<Arc<Delta>>) -> u64 {
        NOTHING_TAUGHT + delta.as_deref().map_or(0, |delta| delta.features() as u64 * FEATURE)
    }
}

/// The features of an example; `None` where another version of the program made them.
fn features_of(row: &ExampleRow) -> Result<Option<Features>, StoreError> {
    match Features::from_bytes(&row.features) {
        Ok(features) => Ok(Some(features)),
        Err(SnapshotError::Version { .. }) => Ok(None),
        Err(why) => Err(StoreError::Corrupt { what: "learned example", why: format!("row {}: {why}", row.id) }),
    }
}

fn label_of(label: Label) -> content::bayes::Label {
    match label {
        Label::Spam => content::bayes::Label::Spam,
        Label::Ham => content::bayes::Label::Ham,
    }
}
