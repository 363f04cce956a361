//! One message for its recipients: gather once, then ask and decide for each.

use std::sync::Arc;
use std::time::Duration;

use content::bayes::{Beside, Score};
use controls::facts::door::Standing;
use controls::{Fact, Facts, Mode, Need, Stage};
use message::authentication::Proof;
use message::{Envelope, Headers};
use policy::combine::without_removal;
use policy::{Case, Decision, Settings, decide};
use store::StoreError;
use tokio::time::Instant;

use crate::ask;
use crate::bulk;
use crate::directory::{Directory, Recipient};
use crate::door::Door;
use crate::gather::{self, Gathered, Sources};
use crate::learning::Learning;
use crate::removal;

/// How long facts may take to gather. Judging and handing on together stay under four minutes.
pub const GATHER_TIME: Duration = Duration::from_secs(15);

/// One recipient with the decision for it.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The recipient.
    pub recipient: Recipient,
    /// The settings that were in force.
    pub settings: Arc<Settings>,
    /// What was decided.
    pub decision: Decision,
}

/// Judges with these.
#[derive(Debug)]
pub struct Judge {
    /// What facts are made with; replaced on reload.
    pub sources: arc_swap::ArcSwap<SourcesInForce>,
    /// Settings of recipients.
    pub directory: Arc<Directory>,
    /// What people taught.
    pub learning: Arc<Learning>,
    /// What the door remembers of senders; the gate puts its own here. `None`: everybody is a stranger.
    pub door: Option<Arc<Door>>,
}

/// Sources, printable.
#[derive(Clone)]
pub struct SourcesInForce(pub Sources);

impl std::fmt::Debug for SourcesInForce {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sources")
    }
}

impl Judge {
    /// Judges a message for its recipients. Facts about content are gathered only if one of them agreed to it.
    pub async fn judge(
        &self,
        envelope: &Envelope,
        headers: Headers,
        recipients: Vec<Recipient>,
    ) -> Result<(Gathered, Vec<Judged>), StoreError> {
        let mut all = Vec::with_capacity(recipients.len());
        for recipient in recipients {
            let settings = self.directory.settings_for(&recipient).await?;
            all.push((recipient, settings));
        }
        self.judge_with(envelope, headers, all).await
    }

    /// Judges a message for the operator, who agreed to have it looked at by asking.
    pub async fn judge_for_operator(
        &self,
        envelope: &Envelope,
        headers: Headers,
        operator: Recipient,
    ) -> Result<(Gathered, Vec<Judged>), StoreError> {
        let settings = self.directory.settings_for_asking(&operator).await?;
        self.judge_with(envelope, headers, vec![(operator, settings)]).await
    }

    async fn judge_with(
        &self,
        envelope: &Envelope,
        headers: Headers,
        all: Vec<(Recipient, Arc<Settings>)>,
    ) -> Result<(Gathered, Vec<Judged>), StoreError> {
        let agreed = |(recipient, settings): &(Recipient, Arc<Settings>)| settings.content_allowed && !recipient.duty;
        let needs = all.iter().flat_map(|one| ask::needs(Stage::Data, &one.1, agreed(one)));
        // Who sent it is verified and labelled for everyone.
        let needs = needs.chain([Need::Authentication]);
        let wanted = gather::wanted(needs, all.iter().any(agreed));
        let sources = self.sources.load_full();
        let _turn = match &self.door {
            Some(door) => Some(door.turn_of(envelope).await),
            None => None,
        };
        let gathered = sources.0.gather(envelope, headers, &wanted, Instant::now() + GATHER_TIME).await;
        let domain = self.door.as_deref().and_then(|door| door.history_of_domain(gathered.authentication.known()));
        let mut judged = Vec::with_capacity(all.len());
        for (recipient, settings) in all {
            let decision = self.decide(envelope, &gathered, &recipient, &settings, domain.as_ref()).await?;
            judged.push(Judged { recipient, settings, decision });
        }
        Ok((gathered, judged))
    }

    /// Decides for one recipient from what was gathered: the findings of the controls that its settings ask, and what its
    /// settings make of them.
    pub async fn decide(
        &self,
        envelope: &Envelope,
        gathered: &Gathered,
        recipient: &Recipient,
        settings: &Settings,
        domain: Option<&Standing>,
    ) -> Result<Decision, StoreError> {
        let mut door = recipient.door.facts.clone();
        door.at_data(domain);
        let allowed = settings.content_allowed && !recipient.duty;
        let mut facts = Facts {
            envelope,
            recipient: Some(&recipient.given),
            own_addresses: &recipient.own_addresses,
            size: gathered.headers.raw.len() as u64,
            sent_today: bulk::take(&self.directory, envelope, recipient.operator, settings).await?,
            headers: Fact::Known(&gathered.headers),
            authentication: shared(&gathered.authentication),
            from_domain: gathered.from_domain.clone(),
            message: shown(allowed, &gathered.message, |message| message),
            bayes: Fact::NotAsked,
            heuristics: shown(allowed, &gathered.heuristics, Vec::as_slice),
            yara: shown(allowed, &gathered.yara, Vec::as_slice),
            signatures: shown(allowed, &gathered.signatures, Vec::as_slice),
            link_lists: shown(allowed, &gathered.link_lists, Vec::as_slice),
            url_categories: shown(allowed, &gathered.url_categories, Vec::as_slice),
            virus: shown(allowed, &gathered.virus, |found| &found.scan),
            spamassassin: shown(allowed, &gathered.spamassassin, Vec::as_slice),
            door: &door,
        };
        let mut asked = ask::ask(Stage::Data, &facts, settings, allowed);
        if let Some(door) = &self.door {
            asked.no_further_than(&door.settings.load());
        }
        asked.add_from_door(&recipient.door, settings);
        let score = match allowed {
            true => self.learned(gathered, recipient, beside(&asked)).await?,
            false => Arc::new(Fact::NotAsked),
        };
        facts.bayes = shared(&score);
        asked.add(ask::ask_learned(Stage::Data, &facts, settings, allowed));
        let proof = gathered.authentication.known().map_or(Proof::Unknown, |known| known.proof());
        let case = Case { duty: recipient.duty, proof, findings: &asked.findings, unknown: &asked.unknown };
        let decision = decide(&case, settings);
        let removable = match decision.reason.is_of_attachments() {
            true => !removal::attached(&gathered.headers, &self.sources.load().0.limits).is_empty(),
            false => gathered.virus.known().is_some_and(|found| !found.infected.is_empty()),
        };
        Ok(if removable { decision } else { without_removal(decision) })
    }

    /// What the Bayesian filter says, with the recipient's own judgements on top.
    async fn learned(
        &self,
        gathered: &Gathered,
        recipient: &Recipient,
        beside: Beside,
    ) -> Result<Arc<Fact<Score>>, StoreError> {
        let operator = recipient.operator;
        let delta = match recipient.subscriber {
            Some(person) => self.learning.delta(operator, person).await?,
            None => None,
        };
        if delta.is_none()
            && let Some((of, same, score)) = gathered.site_score.get()
            && (*of, *same) == (operator, beside)
        {
            return Ok(score.clone());
        }
        let score =
            Arc::new(gather::score(&gathered.features, &self.learning.site(operator), delta.as_deref(), beside));
        if delta.is_none() {
            gathered.site_score.get_or_init(|| (operator, beside, score.clone()));
        }
        Ok(score)
    }
}

/// The points that count without the Bayesian filter.
fn beside(asked: &ask::Asked) -> Beside {
    let mut beside = Beside::default();
    for (finding, _) in asked.findings.iter().filter(|(_, mode)| *mode == Mode::Enforce) {
        match finding.control.as_str() {
            "heuristics" => beside.rules += finding.points,
            _ => beside.others += finding.points,
        }
    }
    beside
}

/// A fact about content by reference, for who agreed that content is looked at.
fn shown<'g, T, U: ?Sized>(allowed: bool, fact: &'g Fact<T>, view: impl FnOnce(&'g T) -> &'g U) -> Fact<&'g U> {
    match fact {
        Fact::Known(value) if allowed => Fact::Known(view(value)),
        Fact::Unknown(why) if allowed => Fact::Unknown(*why),
        _ => Fact::NotAsked,
    }
}

/// A fact by reference.
fn shared<T>(fact: &Fact<T>) -> Fact<&T> {
    match fact {
        Fact::Known(value) => Fact::Known(value),
        Fact::Unknown(why) => Fact::Unknown(*why),
        Fact::NotAsked => Fact::NotAsked,
    }
}
