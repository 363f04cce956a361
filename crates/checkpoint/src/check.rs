//! Judging for faces that cannot act: one message, one action for all recipients, recorded like every other decision.

use std::sync::Arc;

use bytes::Bytes;
use content::heuristics::ClassHint;
use message::{Address, Envelope, Headers};
use policy::{Can, Decision, combine};
use store::records::learning::{Label, Owner};
use store::{OperatorId, StoreError};

use crate::directory::{Recipient, Resolved};
use crate::gate::Gate;
use crate::judge::Judged;
use crate::learning::Learned;
use crate::onward::NextHop;
use crate::transaction::Face;

/// What a check found.
#[derive(Clone, Debug)]
pub struct Checked {
    /// A decision for each recipient, reconciled to one action.
    pub decisions: Vec<Decision>,
    /// Points from which a message is spam, for the recipient shown.
    pub threshold: f64,
    /// Points from which it is suspect.
    pub suspect: f64,
    /// Text of the subject label.
    pub label: String,
    /// The Subject, decoded.
    pub subject: String,
    /// Message-ID.
    pub message_id: String,
    /// What people quote: the first recipient's.
    pub reference: String,
    /// The value of `Authentication-Results`, one line; empty where nothing was verified.
    pub authentication_results: String,
}

impl Gate {
    /// Judges a message for its recipients; without any, for the operator, who is then the one that agreed.
    pub async fn check(&self, envelope: Envelope, to: Vec<Address>, raw: Bytes) -> Result<Checked, StoreError> {
        let started = tokio::time::Instant::now();
        let limits = self.settings.load().limits;
        let headers = Headers::parse(raw, &limits);
        let (gathered, mut judged) = if to.is_empty() {
            self.judge.judge_for_operator(&envelope, headers, self.nobody(None)?).await?
        } else {
            let mut recipients = Vec::with_capacity(to.len());
            for address in to {
                recipients.push(match self.directory.resolve(&address).await? {
                    Resolved::Ours(found) => *found,
                    // The mail server in front knows its recipients better than we do: the operator's default applies.
                    Resolved::Nobody | Resolved::NotOurs => self.nobody(Some(address))?,
                });
            }
            self.judge.judge(&envelope, headers, recipients).await?
        };
        let decisions = combine(judged.iter().map(|one| one.decision.clone()).collect(), Can::OneAction);
        for (one, decision) in judged.iter_mut().zip(&decisions) {
            one.decision = decision.clone();
        }
        let first = judged.first().map(|one| one.settings.clone()).ok_or(StoreError::Absent("recipient"))?;
        let hostname = self.settings.load().hostname.clone();
        let authentication_results = gathered.authentication.known().map_or_else(String::new, |known| {
            one_line(&auth::results::authentication_results(&hostname, envelope.peer.ip, known))
        });
        let subject = gathered.headers.get("Subject").unwrap_or_default().to_owned();
        let message_id = gathered.headers.get("Message-ID").unwrap_or_default().to_owned();
        let reference = self.record_check(&envelope, &gathered, judged, started.elapsed()).await?;
        Ok(Checked {
            decisions,
            threshold: first.threshold,
            suspect: first.suspect,
            label: first.label.clone(),
            subject,
            message_id,
            reference,
            authentication_results,
        })
    }

    /// A recipient of whom only the address is known, or nobody at all.
    fn nobody(&self, address: Option<Address>) -> Result<Recipient, StoreError> {
        let operator = self.directory.first_operator().ok_or(StoreError::Absent("domain"))?;
        let domain = self.directory.domains().into_iter().next().ok_or(StoreError::Absent("domain"))?;
        let given = match address {
            Some(address) => address,
            None => Address::new("operator", domain.name).map_err(|_| StoreError::Absent("domain"))?,
        };
        Ok(Recipient {
            deliver_to: given.clone(),
            own_addresses: Arc::from([given.key()]),
            duty: given.is_duty(),
            given,
            operator,
            subscriber: None,
            group: String::new(),
            next_hop: NextHop::Maildir(std::path::PathBuf::new()),
            ask_next_hop: false,
            door: Arc::default(),
        })
    }

    async fn record_check(
        &self,
        envelope: &Envelope,
        gathered: &crate::gather::Gathered,
        judged: Vec<Judged>,
        took: std::time::Duration,
    ) -> Result<String, StoreError> {
        let settled = judged.into_iter().map(crate::apply::judged_only).collect::<Result<Vec<_>, _>>()?;
        let reference = settled.first().map(|one| one.reference.to_string()).unwrap_or_default();
        let id = store::TransactionId(uuid::Uuid::now_v7());
        self.metrics.transaction(&settled, took);
        self.write_down(id, Face::RspamdHttp, envelope, gathered, &settled, [crate::gate::millis(took), 0, 0]).await?;
        Ok(reference)
    }

    /// Teaches, for faces. A person's own filter learns only what that person agreed to.
    pub async fn learn(
        &self,
        operator: OperatorId,
        owner: Owner,
        label: Label,
        raw: Bytes,
    ) -> Result<Learned, StoreError> {
        if let Owner::Subscriber(person) = owner
            && !self.directory.settings_of(operator, Some(person)).await?.content_allowed
        {
            return Ok(Learned::NoConsent);
        }
        let learned = self.learning.learn(operator, owner, label, raw.clone()).await?;
        if owner == Owner::Site && matches!(learned, Learned::New | Learned::Changed) {
            self.teach_signatures(label, raw).await;
        }
        Ok(learned)
    }

    /// What staff teach makes signatures or withdraws them, where the configuration says so. The filter has learned by
    /// now: what goes wrong here is told in the log.
    async fn teach_signatures(&self, label: Label, raw: Bytes) {
        let signatures = self.judge.sources.load().0.signatures.clone();
        if !signatures.settings().from_teaching {
            return;
        }
        let done = tokio::task::spawn_blocking(move || match label {
            Label::Spam => signatures.add(raw, ClassHint::Spam, "teaching").map(drop),
            Label::Ham => signatures.withdraw_matching(raw).map(drop),
        });
        match done.await {
            Ok(Ok(())) => {}
            Ok(Err(fault)) => tracing::error!(fault, "signatures were not changed by what was taught"),
            Err(fault) => tracing::error!(%fault, "signatures were not changed by what was taught"),
        }
    }
}

/// A header field's value without its name and folding.
fn one_line(field: &str) -> String {
    let value = field.split_once(':').map_or(field, |(_, value)| value);
    value.split_whitespace().collect::<Vec<_>>().join(" ")
}
