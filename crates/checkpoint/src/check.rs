//! Judging for faces that cannot act: one message, one action for all recipients, recorded like every other decision.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use content::heuristics::{ClassHint, RuleSet};
use message::{Address, Envelope, Headers};
use policy::combine::without_label_of_subject;
use policy::explain::{Explanation, explain_with};
use policy::{Can, Decision, LabelPlace, Language, Reason, Settings, Treatment, combine};
use store::records::learning::{Label, Owner};
use store::{OperatorId, StoreError};

use crate::directory::{Recipient, Resolved};
use crate::gate::Gate;
use crate::given::Given;
use crate::judge::Judged;
use crate::learning::Learned;
use crate::onward::NextHop;
use crate::rendering::{self, Marks, Trace};
use crate::transaction::Face;

/// What a check found.
#[derive(Clone, Debug)]
pub struct Checked {
    /// A decision for each recipient, reconciled to one action.
    pub decisions: Vec<Decision>,
    /// Which of them is shown: of those that got what they wanted the one with most points, so that what is shown
    /// explains what happens.
    shown: usize,
    /// The settings that were in force for the one that is shown.
    pub settings: Arc<Settings>,
    /// The Subject, decoded.
    pub subject: String,
    /// Message-ID.
    pub message_id: String,
    /// What people quote: the first recipient's.
    pub reference: String,
    /// Fields that tell who sent it, whole, each with its line end: `Authentication-Results`, `Received-SPF`; empty where
    /// nothing was verified.
    pub results: String,
    /// The message that was judged.
    pub headers: Headers,
    /// Which fields of it nobody behind us shall see: other filters' verdicts, forged results.
    pub removed: Vec<Range<usize>>,
    rules: Arc<RuleSet>,
}

impl Checked {
    /// The decision that is shown. Every recipient has its treatment.
    pub fn shown(&self) -> &Decision {
        &self.decisions[self.shown]
    }

    /// Whether the message is to be marked or more: it is not simply passed on.
    pub fn is_marked(&self) -> bool {
        self.shown().treatment != Treatment::DELIVER
    }

    /// The points that the decision took, so that comparing them with the message's own gives the decision: where a list
    /// or a keyword decided, or a lower threshold, it is not the threshold of the settings.
    pub fn required(&self) -> f64 {
        let (points, threshold) = (self.shown().verdict.points, self.settings.threshold);
        match (self.is_marked(), &self.shown().reason) {
            (true, Reason::Threshold { threshold }) => *threshold,
            (true, _) => points.min(threshold),
            (false, _) if points >= threshold => points + 0.1,
            (false, _) => threshold,
        }
    }

    /// Why, in a language a person reads.
    pub fn explanation(&self, language: Language) -> Explanation {
        explain_with(self.shown(), &self.settings, language, &self.rules)
    }

    /// The message as it was handed over, with results and these `fields` (each with its CRLF) on top, without what
    /// nobody behind us shall see, and with the label before its Subject where that was decided.
    pub fn marked(&self, handed: &Bytes, given: &Given, fields: &str) -> Vec<u8> {
        let label = matches!(self.shown().treatment.label, LabelPlace::Subject | LabelPlace::Both);
        let subject = label.then(|| self.settings.label.clone());
        let trace = Trace { fields: self.results.clone(), removed: self.removed.clone() };
        let marks = Marks { fields: fields.to_owned(), subject, ..Marks::default() };
        let rendered = rendering::render(&self.headers, &trace, &marks);
        let mut out = handed.get(..given.begins).unwrap_or_default().to_vec();
        // As a mailbox file has it. Where both line ends stood side by side the one of SMTP is taken.
        let had_cr = handed.get(given.begins..).unwrap_or_default().windows(2).any(|two| two == b"\r\n");
        for piece in rendered.pieces {
            match had_cr {
                true => out.extend_from_slice(&piece),
                false => out.extend(without_cr(&piece)),
            }
        }
        out
    }
}

/// Every CRLF as LF. Pieces of a message never part a CRLF.
fn without_cr(piece: &[u8]) -> impl Iterator<Item = u8> + use<'_> {
    let end = |at: usize| piece.get(at + 1) == Some(&b'\n');
    piece.iter().enumerate().filter(move |(at, octet)| !(**octet == b'\r' && end(*at))).map(|(_, octet)| *octet)
}

impl Gate {
    /// Judges a message for its recipients; without any, for the operator, who is then the one that agreed. The message
    /// has CRLF line ends ([`crate::given::given`]).
    pub async fn check(
        &self,
        face: Face,
        envelope: Envelope,
        to: Vec<Address>,
        raw: Bytes,
    ) -> Result<Checked, StoreError> {
        let started = tokio::time::Instant::now();
        self.store_must_be_writable().await?;
        let limits = self.settings.load().limits;
        let headers = Headers::parse(raw, &limits);
        let (gathered, mut judged) = if to.is_empty() {
            self.judge.judge_for_operator(&envelope, headers, self.nobody(None)?).await?
        } else {
            let recipients = self.of_addresses(to).await?;
            self.judge.judge(&envelope, headers, recipients).await?
        };
        let mut decisions = combine(judged.iter().map(|one| one.decision.clone()).collect(), Can::OneAction);
        if judged.windows(2).any(|two| two[0].settings.label != two[1].settings.label) {
            decisions = decisions.into_iter().map(without_label_of_subject).collect();
        }
        for (one, decision) in judged.iter_mut().zip(&decisions) {
            one.decision = decision.clone();
        }
        let points = |at: &usize| decisions[*at].verdict.points;
        let satisfied = (0..decisions.len()).filter(|at| decisions[*at].wanted.is_none());
        let shown = satisfied.max_by(|a, b| points(a).total_cmp(&points(b))).unwrap_or(0);
        let settings = judged.get(shown).map(|one| one.settings.clone()).ok_or(StoreError::Absent("recipient"))?;
        let hostname = self.settings.load().hostname.clone();
        let mut results = String::new();
        if let Some(known) = gathered.authentication.known() {
            results.push_str(&auth::results::authentication_results(&hostname, envelope.peer.ip, known));
            results.push_str(&auth::results::received_spf(&hostname, &envelope, &known.spf));
        }
        let mut removed = rendering::foreign_verdicts(&gathered.headers);
        removed.extend(auth::results::forged(&gathered.headers.raw, &hostname));
        removed.sort_by_key(|range| range.start);
        let subject = gathered.headers.get("Subject").unwrap_or_default().to_owned();
        let message_id = gathered.headers.get("Message-ID").unwrap_or_default().to_owned();
        let reference = self.record_check(face, &envelope, &gathered, judged, started.elapsed()).await?;
        let rules = self.judge.sources.load().0.rules.clone();
        let headers = gathered.headers;
        Ok(Checked { decisions, shown, settings, subject, message_id, reference, results, headers, removed, rules })
    }

    /// The mail server in front knows its recipients better than we do: for those we do not know, the operator's default
    /// applies.
    async fn of_addresses(&self, to: Vec<Address>) -> Result<Vec<Recipient>, StoreError> {
        let mut recipients: Vec<Recipient> = Vec::with_capacity(to.len());
        for address in to {
            let found = match self.directory.resolve(&address).await? {
                Resolved::Ours(found) => *found,
                Resolved::Nobody | Resolved::NotOurs => self.nobody(Some(address))?,
            };
            if !recipients.iter().any(|known| known.given.key() == found.given.key()) {
                recipients.push(found);
            }
        }
        Ok(recipients)
    }

    /// A recipient of whom only the address is known, or nobody at all.
    fn nobody(&self, address: Option<Address>) -> Result<Recipient, StoreError> {
        let operator = self.directory.first_operator().ok_or(StoreError::Absent("domain"))?;
        let domain = self.directory.a_domain().ok_or(StoreError::Absent("domain"))?;
        let given = match address {
            Some(address) => address,
            None => Address::new("operator", domain).map_err(|_| StoreError::Absent("domain"))?,
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
        face: Face,
        envelope: &Envelope,
        gathered: &crate::gather::Gathered,
        judged: Vec<Judged>,
        took: std::time::Duration,
    ) -> Result<String, StoreError> {
        let settled = judged.into_iter().map(crate::apply::judged_only).collect::<Result<Vec<_>, _>>()?;
        let reference = settled.first().map(|one| one.reference.to_string()).unwrap_or_default();
        let id = store::TransactionId(uuid::Uuid::now_v7());
        self.metrics.transaction(&settled, took);
        self.write_down(id, face, envelope, gathered, &settled, [crate::passage::millis(took), 0, 0]).await?;
        Ok(reference)
    }

    /// Takes back what was taught of a message; `false` where nothing had been.
    pub async fn unlearn(&self, operator: OperatorId, owner: Owner, raw: Bytes) -> Result<bool, StoreError> {
        self.learning.unlearn(operator, owner, &raw).await
    }

    /// Whose filter an address teaches: its subscriber's, and without an address everybody's. `Err` says why there is
    /// none, for the one who asks.
    pub async fn pupil(&self, address: Option<&Address>) -> Result<Result<(OperatorId, Owner), String>, StoreError> {
        let Some(address) = address else {
            let operator = self.directory.first_operator();
            return Ok(operator.map(|operator| (operator, Owner::Site)).ok_or_else(|| "there is no domain yet".into()));
        };
        Ok(match self.directory.resolve(address).await? {
            Resolved::Ours(found) => match found.subscriber {
                Some(person) => Ok((found.operator, Owner::Subscriber(person))),
                None => Err(format!("{address} belongs to no subscriber")),
            },
            Resolved::Nobody | Resolved::NotOurs => Err(format!("{address} is not an address here")),
        })
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
