//! Facts are gathered before anything is judged: in rounds, in parallel, under one deadline, and about content only
//! where somebody who agreed to it is among the recipients.

pub mod from_domain;
mod link_lists;
pub mod spamassassin;
pub mod virus;
pub mod yara;

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};

use auth::AuthSettings;
use auth::dns::Dns;
use content::bayes::{Beside, Delta, Features, Model, Score};
use content::heuristics::{HeuristicFacts, Hit, RuleSet};
use content::signatures::{Fingerprints, Match, day};
use content::urls::categories::{Categories, Listed};
use controls::facts::door::ListHit;
use controls::facts::{RuleHit, YaraHit};
use controls::{Existence, Fact, Need, Why};
use message::{Authentication, Envelope, Headers, Limits, Message};
use store::OperatorId;
use tokio::time::Instant;

use crate::door::lists::Lists;
use crate::signatures::Signatures;
use virus::{Clamd, Found};
use yara::Yara;

/// Octets from which a message is parsed away from the threads that serve connections.
const PARSE_APART: usize = 256 * 1024;

/// What facts are made with.
#[derive(Clone)]
pub struct Sources {
    /// DNS; `None`: no network look-ups at all, and what depends on them is unknown.
    pub dns: Option<Arc<dyn Dns>>,
    /// How authentication is verified.
    pub auth: AuthSettings,
    /// Bounds on what is read.
    pub limits: Limits,
    /// Heuristic rules in force.
    pub rules: Arc<RuleSet>,
    /// Signatures in force.
    pub signatures: Arc<Signatures>,
    /// A short hash of the rules, for the record.
    pub rules_version: String,
    /// Lists of addresses by category; where they are empty, nobody asks.
    pub url_categories: Arc<Categories>,
    /// DNS lists; `None`: none are configured, and nobody asks.
    pub lists: Option<Arc<Lists>>,
    /// The virus scanner; `None`: there is none, and nobody asks.
    pub clamd: Option<Arc<Clamd>>,
    /// YARA rules; `None`: there are none, and nobody asks.
    pub yara: Option<Arc<Yara>>,
    /// SpamAssassin's rules; `None`: none are configured, and nobody asks.
    pub spamassassin: Option<Arc<::spamassassin::RuleSet>>,
}

/// Facts of one transaction, the same for every recipient.
#[derive(Debug)]
pub struct Gathered {
    /// The header section.
    pub headers: Headers,
    /// Who sent it.
    pub authentication: Fact<Authentication>,
    /// Whether the From domain exists.
    pub from_domain: Fact<Existence>,
    /// The message, decoded.
    pub message: Fact<Message>,
    /// Its features.
    pub features: Fact<Features>,
    /// Heuristic rules that matched.
    pub heuristics: Fact<Vec<Hit>>,
    /// Signatures that it holds.
    pub signatures: Fact<Vec<Match>>,
    /// In which categories the links are.
    pub url_categories: Fact<Vec<Listed>>,
    /// Lists in DNS that name hosts of links.
    pub link_lists: Fact<Vec<ListHit>>,
    /// What the virus scanner says.
    pub virus: Fact<Found>,
    /// Which YARA rules match.
    pub yara: Fact<Vec<YaraHit>>,
    /// SpamAssassin's rules that matched.
    pub spamassassin: Fact<Vec<RuleHit>>,
    /// What an operator's filter said to the first recipient without judgements of its own: to the next with the same
    /// points beside it, it says the same.
    pub site_score: OnceLock<(OperatorId, Beside, Arc<Fact<Score>>)>,
}

/// Which facts the controls that will run ask for; without content where nobody agreed to it.
pub fn wanted(needs: impl IntoIterator<Item = Need>, content_allowed: bool) -> BTreeSet<Need> {
    let mut all = BTreeSet::new();
    let mut open: Vec<Need> = needs.into_iter().filter(|need| content_allowed || !need.is_content()).collect();
    while let Some(need) = open.pop() {
        if all.insert(need) {
            open.extend(need.after());
        }
    }
    all
}

impl Sources {
    /// Gathers the wanted facts. What is not here by the deadline is `Unknown`.
    pub async fn gather(
        &self,
        envelope: &Envelope,
        headers: Headers,
        wanted: &BTreeSet<Need>,
        deadline: Instant,
    ) -> Gathered {
        let (authentication, from_domain, message, virus) = tokio::join!(
            self.authentication(envelope, &headers, wanted, deadline),
            self.existence_of_from(&headers, wanted, deadline),
            self.message(&headers, wanted),
            self.virus(&headers, wanted, deadline),
        );
        let features = match (&message, wanted.contains(&Need::Bayes)) {
            (Fact::Known(message), true) => guarded("bayes", || Features::of(message)),
            (Fact::Unknown(why), true) => Fact::Unknown(*why),
            _ => Fact::NotAsked,
        };
        let heuristics = match (&message, wanted.contains(&Need::Heuristics)) {
            (Fact::Known(message), true) => {
                let facts = HeuristicFacts { message, envelope, authentication: authentication.known() };
                guarded("heuristics", || self.rules.evaluate(&facts))
            }
            (Fact::Unknown(why), true) => Fact::Unknown(*why),
            _ => Fact::NotAsked,
        };
        let yara = self.yara(&message, wanted, deadline).await;
        let link_lists = link_lists::gather(self, &message, wanted, deadline).await;
        let signatures = self.signatures(&message, envelope, wanted);
        let spamassassin = match (&self.spamassassin, wanted.contains(&Need::SpamAssassin)) {
            (Some(rules), true) => {
                let receiver = &self.auth.authserv_id;
                spamassassin::hits(rules, envelope, &headers, authentication.known(), receiver, deadline).await
            }
            _ => Fact::NotAsked,
        };
        let url_categories = match &message {
            _ if self.url_categories.is_empty() || !wanted.contains(&Need::UrlCategories) => Fact::NotAsked,
            Fact::Known(message) => guarded("url_categories", || self.url_categories.in_message(message)),
            Fact::Unknown(why) => Fact::Unknown(*why),
            Fact::NotAsked => Fact::NotAsked,
        };
        Gathered {
            headers,
            authentication,
            from_domain,
            message,
            features,
            heuristics,
            signatures,
            url_categories,
            link_lists,
            virus,
            yara,
            spamassassin,
            site_score: OnceLock::new(),
        }
    }

    async fn authentication(
        &self,
        envelope: &Envelope,
        headers: &Headers,
        wanted: &BTreeSet<Need>,
        deadline: Instant,
    ) -> Fact<Authentication> {
        if !wanted.contains(&Need::Authentication) {
            return Fact::NotAsked;
        }
        let Some(dns) = &self.dns else { return Fact::Unknown(Why::Failed) };
        Fact::Known(auth::authenticate(dns.as_ref(), envelope, headers, &self.auth, deadline).await)
    }

    fn signatures(&self, message: &Fact<Message>, envelope: &Envelope, wanted: &BTreeSet<Need>) -> Fact<Vec<Match>> {
        match (message, wanted.contains(&Need::Signatures)) {
            (Fact::Known(message), true) => {
                let library = self.signatures.library();
                if library.is_empty() {
                    return Fact::Known(Vec::new());
                }
                let today = day(envelope.received_at.0);
                guarded("signatures", || library.look_up(&Fingerprints::of(message), today))
            }
            (Fact::Unknown(why), true) => Fact::Unknown(*why),
            _ => Fact::NotAsked,
        }
    }

    async fn existence_of_from(
        &self,
        headers: &Headers,
        wanted: &BTreeSet<Need>,
        deadline: Instant,
    ) -> Fact<Existence> {
        if !wanted.contains(&Need::FromDomain) {
            return Fact::NotAsked;
        }
        let Some(dns) = &self.dns else { return Fact::Unknown(Why::Failed) };
        let Some(domain) = from_domain::of(headers) else { return Fact::NotAsked };
        match tokio::time::timeout_at(deadline, from_domain::exists(dns.as_ref(), &domain)).await {
            Ok(fact) => fact,
            Err(_) => Fact::Unknown(Why::Deadline),
        }
    }

    async fn yara(&self, message: &Fact<Message>, wanted: &BTreeSet<Need>, deadline: Instant) -> Fact<Vec<YaraHit>> {
        match (&self.yara, message) {
            (Some(yara), Fact::Known(message)) if wanted.contains(&Need::Yara) => yara.look(message, deadline).await,
            (Some(_), Fact::Unknown(why)) if wanted.contains(&Need::Yara) => Fact::Unknown(*why),
            _ => Fact::NotAsked,
        }
    }

    async fn virus(&self, headers: &Headers, wanted: &BTreeSet<Need>, deadline: Instant) -> Fact<Found> {
        match &self.clamd {
            Some(clamd) if wanted.contains(&Need::Virus) => clamd.look(headers, &self.limits, deadline).await,
            _ => Fact::NotAsked,
        }
    }

    async fn message(&self, headers: &Headers, wanted: &BTreeSet<Need>) -> Fact<Message> {
        if !wanted.contains(&Need::Message) {
            return Fact::NotAsked;
        }
        let (headers, limits) = (headers.clone(), self.limits);
        let large = headers.raw.len() >= PARSE_APART;
        let parse = move || guarded("message", || Message::with_headers(headers, &limits));
        if large {
            return tokio::task::spawn_blocking(parse).await.unwrap_or(Fact::Unknown(Why::Panicked));
        }
        parse()
    }
}

/// What the Bayesian filter says beside the points of the others, with one person's own learning on top.
pub fn score(features: &Fact<Features>, site: &Model, person: Option<&Delta>, beside: Beside) -> Fact<Score> {
    match features {
        Fact::Known(features) => guarded("bayes", || site.score(features, person, beside)),
        Fact::Unknown(why) => Fact::Unknown(*why),
        Fact::NotAsked => Fact::NotAsked,
    }
}

/// Runs our own pure code; a panic in it is an unknown fact and an alarm, never a lost message.
pub fn guarded<T>(what: &'static str, run: impl FnOnce() -> T) -> Fact<T> {
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(value) => Fact::Known(value),
        Err(_) => {
            tracing::error!(what, "a panic while gathering facts; the fact is unknown for this message");
            Fact::Unknown(Why::Panicked)
        }
    }
}
