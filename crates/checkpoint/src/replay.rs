//! What rules that are not in force yet would have done to the mail of the last days: which messages flip, for whom.
//!
//! Where the message is still held, it is read again; else the record tells as much as it can, and where no answer
//! that a rule could give would change the outcome, none is needed. The rest could not be replayed, and is counted.

use std::collections::BTreeMap;

use content::heuristics::{HeuristicFacts, Hit, Recorded, RuleSet};
use controls::Finding;
use controls::inbound::heuristics::finding;
use message::authentication::Proof;
use message::{Body, Envelope, Message, Peer, ReversePath, UnixMillis};
use policy::record::{AuthenticationRecord, TransactionRecord};
use policy::replay::with_findings;
use policy::settings::ContentBasis;
use policy::{Decision, DecisionRecord, Settings};
use store::records::decisions::{DecisionQuery, DecisionRow, TransactionRow};
use store::{OperatorId, Reference, StoreError};

use crate::gate::Gate;

/// Decisions read at a time.
const AT_ONCE: u32 = 1_000;

/// What rules would have done.
#[derive(Clone, Debug, Default)]
pub struct Replayed {
    /// Decisions of the time asked about.
    pub decisions: u64,
    /// Of these: nobody had agreed to have the content looked at, so no rule would have run.
    pub not_looked_at: u64,
    /// Of these: the message itself was read again.
    pub from_message: u64,
    /// Of these: the record told enough.
    pub from_record: u64,
    /// Of these: only the message would have told, and it is gone.
    pub unknown: u64,
    /// How often each rule applied, as far as that could be told.
    pub hits: BTreeMap<String, u64>,
    /// Decisions that would have come out otherwise, newest first.
    pub flips: Vec<Flip>,
}

/// One decision that would have come out otherwise.
#[derive(Clone, Debug, PartialEq)]
pub struct Flip {
    /// What people quote.
    pub reference: Reference,
    /// When it was made.
    pub at: UnixMillis,
    /// For whom.
    pub recipient: String,
    /// Class, action and points as they were.
    pub before: (String, String, f64),
    /// What they would have been.
    pub after: (String, String, f64),
    /// The rules that applied.
    pub rules: Vec<String>,
}

/// What the rules say of one message.
enum Said {
    /// These apply, and no other.
    Known(Vec<Hit>),
    /// These apply; those that only the message could tell are apart.
    Partly(Vec<Hit>, Vec<Hit>),
}

impl Gate {
    /// Tries an operator's rules on the decisions since a time. Rules of the same ids that were in force then are taken
    /// out first, so that a new version of a rule is compared with the old one.
    pub async fn replay(
        &self,
        operator: OperatorId,
        since: UnixMillis,
        rules: &RuleSet,
    ) -> Result<Replayed, StoreError> {
        let mut replayed = Replayed::default();
        let mut after = None;
        loop {
            let query = DecisionQuery {
                operator: Some(operator),
                since: Some(since),
                after,
                limit: AT_ONCE,
                ..DecisionQuery::default()
            };
            let rows = self.stores.records.find_decisions(&query).await?;
            for (transaction, row) in &rows {
                self.replay_one(transaction, row, rules, &mut replayed).await?;
            }
            after = rows.last().map(|(_, row)| row.reference.clone());
            if (rows.len() as u64) < u64::from(AT_ONCE) {
                break;
            }
        }
        Ok(replayed)
    }

    async fn replay_one(
        &self,
        transaction: &TransactionRow,
        row: &DecisionRow,
        rules: &RuleSet,
        replayed: &mut Replayed,
    ) -> Result<(), StoreError> {
        replayed.decisions += 1;
        let (Ok(record), Ok(circumstances)) =
            (DecisionRecord::from_json(&row.json), TransactionRecord::from_json(&transaction.json))
        else {
            replayed.unknown += 1;
            return Ok(());
        };
        if record.basis == ContentBasis::None {
            replayed.not_looked_at += 1;
            return Ok(());
        }
        let settings = self.directory.settings_at(row.operator, row.subscriber, &record.group, record.layers).await?;
        let said = match self.bytes_of(row).await {
            Some(raw) => {
                let message = Message::parse(raw, &self.settings.load().limits);
                Said::Known(by_message(&message, transaction, circumstances.authentication.as_ref(), rules))
            }
            None => by_record(transaction, circumstances.authentication.as_ref(), rules),
        };
        let from_message = matches!(said, Said::Known(_));
        let again = Again { decision: &record.decision, rules, settings: &settings };
        let Some((hits, after)) = again.decide(said) else {
            replayed.unknown += 1;
            return Ok(());
        };
        if from_message {
            replayed.from_message += 1;
        } else {
            replayed.from_record += 1;
        }
        for hit in &hits {
            *replayed.hits.entry(hit.rule.clone()).or_default() += 1;
        }
        let before = with_findings(&record.decision, |_| false, &[], &settings);
        if outcome(&before) != outcome(&after) {
            replayed.flips.push(Flip {
                reference: row.reference.clone(),
                at: row.at,
                recipient: row.recipient.clone(),
                before: told(&before),
                after: told(&after),
                rules: hits.into_iter().map(|hit| hit.rule).collect(),
            });
        }
        Ok(())
    }

    /// The message of a decision, where it is still held, or kept in the ring of somebody who still agrees to that.
    async fn bytes_of(&self, row: &DecisionRow) -> Option<bytes::Bytes> {
        if let Ok(Some(held)) = self.stores.records.junk_by_reference(row.operator, &row.reference).await {
            return self.junk.open(row.operator, held.id).await.ok().map(|(_, raw)| raw);
        }
        let (ring, person) = (self.ring.as_ref()?, row.subscriber?);
        let agrees = self.directory.settings_of(row.operator, Some(person)).await.ok()?.keeps_recent();
        if agrees { ring.get(row.operator, &row.reference.to_string()).await } else { None }
    }
}

/// One decision, to be made again.
struct Again<'a> {
    decision: &'a Decision,
    rules: &'a RuleSet,
    settings: &'a Settings,
}

impl Again<'_> {
    /// The rules that apply and what then comes out; `None` where it depends on what nobody can tell any more.
    fn decide(&self, said: Said) -> Option<(Vec<Hit>, Decision)> {
        match said {
            Said::Known(hits) => {
                let after = self.with(&hits);
                Some((hits, after))
            }
            Said::Partly(hits, open) => {
                let after = self.with(&hits);
                // Points add up, and the heaviest finding names the class: if neither all that speaks against it, nor all
                // that speaks for it, nor any rule alone changes the outcome, no part of them does.
                let stays = |chosen: &dyn Fn(&Hit) -> bool| {
                    let some = open.iter().filter(|hit| chosen(hit));
                    let all: Vec<Hit> = hits.iter().chain(some).cloned().collect();
                    outcome(&self.with(&all)) == outcome(&after)
                };
                let same = stays(&|hit| hit.points > 0.0)
                    && stays(&|hit| hit.points <= 0.0)
                    && open.iter().all(|one| stays(&|hit| hit.rule == one.rule));
                same.then_some((hits, after))
            }
        }
    }

    fn with(&self, hits: &[Hit]) -> Decision {
        let added: Vec<Finding> = hits.iter().map(finding).collect();
        let gone =
            |old: &Finding| old.reason.strip_prefix("heuristics-").is_some_and(|id| self.rules.get(id).is_some());
        with_findings(self.decision, gone, &added, self.settings)
    }
}

/// What a person would notice.
fn outcome(decision: &Decision) -> (&'static str, &'static str) {
    (decision.verdict.class.name(), decision.treatment.action())
}

fn told(decision: &Decision) -> (String, String, f64) {
    let (class, action) = outcome(decision);
    (class.to_owned(), action.to_owned(), decision.verdict.points)
}

fn by_message(
    message: &Message,
    transaction: &TransactionRow,
    authentication: Option<&AuthenticationRecord>,
    rules: &RuleSet,
) -> Vec<Hit> {
    let mut peer = Peer::at(transaction.peer.parse().unwrap_or(std::net::IpAddr::from([0, 0, 0, 0])));
    peer.helo = Some(transaction.helo.clone()).filter(|helo| !helo.is_empty());
    let envelope = Envelope {
        peer,
        mail_from: ReversePath::parse(&transaction.mail_from).unwrap_or(ReversePath::Null),
        smtp_utf8: false,
        body: Body::EightBit,
        received_at: transaction.at,
    };
    let restored = authentication.map(AuthenticationRecord::restore);
    rules.evaluate(&HeuristicFacts { message, envelope: &envelope, authentication: restored.as_ref() })
}

fn by_record(transaction: &TransactionRow, authentication: Option<&AuthenticationRecord>, rules: &RuleSet) -> Said {
    let proof = authentication.map(|known| match known.proof.as_str() {
        name if name == Proof::Proven.name() => Proof::Proven,
        name if name == Proof::Unknown.name() => Proof::Unknown,
        _ => Proof::Unproven,
    });
    let text = |of: fn(&AuthenticationRecord) -> &str| authentication.map_or("", of);
    let recorded = Recorded {
        helo: &transaction.helo,
        message_id: &transaction.message_id,
        proof,
        has_from_domain: !text(|known| &known.from).is_empty(),
        spf: text(|known| &known.spf.0),
        dmarc: (text(|known| &known.dmarc.0), text(|known| &known.dmarc.1)),
    };
    let (mut hits, mut open) = (Vec::new(), Vec::new());
    for (rule, holds) in rules.evaluate_recorded(&recorded) {
        match holds {
            Some(true) => hits.push(rule.hit(Vec::new())),
            Some(false) => {}
            None => open.push(rule.hit(Vec::new())),
        }
    }
    Said::Partly(hits, open)
}
