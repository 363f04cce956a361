//! The stages before there is a message: gather, ask, decide, write down.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::PoisonError;
use std::time::Duration;

use ::door::Receipt;
use controls::inbound::CONTROLS;
use controls::{Control, DoorFacts, Fact, Facts, Judgement, Mode, Need, Stage};
use message::{Address, Body, Envelope, Peer, ReversePath};
use policy::Reply;
use policy::door::{Passage, Then};
use store::OperatorId;
use tokio::time::Instant;

use super::gather::{self, Asking};
use super::limits::Receipts;
use super::settings::{CannotSlow, DoorSettings};
use super::visit::{Noted, Said, Visit};
use crate::directory::Recipient;
use crate::gate::Gate;
use crate::stores::now;
use crate::transaction::Face;

/// Whom a stage is about.
#[derive(Clone, Copy, Default)]
pub(crate) struct About<'a> {
    /// The recipient as given; only at RCPT.
    pub(crate) given: Option<&'a Address>,
    /// The same, where it exists.
    pub(crate) recipient: Option<&'a Recipient>,
    /// It is in a domain of ours and does not exist.
    pub(crate) is_unknown: bool,
    /// Operators of the recipients before it, whose limits on messages were taken.
    pub(crate) taken_for: &'a [OperatorId],
    /// Recipients of this transaction that do not exist, this one included.
    pub(crate) unknown: u32,
    /// Recipients of this transaction that were accepted before this one.
    pub(crate) known: usize,
}

impl Gate {
    /// A connection stands: the answer comes instead of the greeting.
    pub async fn connect(&self, visit: &mut Visit) -> Said<()> {
        visit.forget();
        let envelope = nobody_yet(&visit.peer);
        self.early_stage(Stage::Connect, visit, &envelope).await
    }

    /// HELO, EHLO: `visit.peer.helo` says the name.
    pub async fn helo(&self, visit: &mut Visit) -> Said<()> {
        visit.forget_helo();
        let envelope = nobody_yet(&visit.peer);
        self.early_stage(Stage::Helo, visit, &envelope).await
    }

    async fn early_stage(&self, stage: Stage, visit: &mut Visit, envelope: &Envelope) -> Said<()> {
        let settings = self.door.settings.load_full();
        if settings.lets_by(visit) {
            return Said::at_once(Ok(()));
        }
        let mut noted = std::mem::take(&mut visit.noted);
        let (passage, _) = self.stage(stage, &settings, envelope, About::default(), &mut noted).await;
        visit.noted = noted;
        self.said(stage, visit.face, &settings, envelope, About::default(), passage, Ok(())).await
    }

    /// One stage: what was found is added to `noted`. What was taken from limits is given with the decision.
    pub(crate) async fn stage(
        &self,
        stage: Stage,
        settings: &DoorSettings,
        envelope: &Envelope,
        about: About<'_>,
        noted: &mut Noted,
    ) -> (Passage, Vec<Receipt>) {
        let asked = || CONTROLS.iter().filter(move |control| control.stages.contains(&stage));
        let runs = |control: &&&Control| settings.mode(control.name) != Mode::Off;
        let needs = asked().filter(runs).flat_map(|control| control.needs.iter().copied());
        let wanted: BTreeSet<Need> = crate::gather::wanted(needs, false);
        let sources = self.judge.sources.load();
        let asking = Asking {
            stage,
            door: &self.door,
            settings,
            dns: sources.0.dns.as_ref(),
            envelope,
            given: about.given,
            recipient: about.recipient,
            is_unknown: about.is_unknown,
            taken_for: about.taken_for,
            receipts: Receipts::default(),
            unknown: about.unknown,
            known: about.known,
            deadline: Instant::now() + settings.gather,
            now: self.door.now(),
        };
        gather::gather(&asking, &wanted, &mut noted.facts).await;
        let before = noted.findings.len();
        let mut waits_for = None;
        for control in asked().filter(runs) {
            let judgement = ask(control, envelope, about.given, &noted.facts);
            let mode = settings.mode(control.name);
            if judgement.unknown {
                noted.unknown.push(control.name.to_owned());
                if mode == Mode::Enforce && settings.defer_unknown.iter().any(|name| name == control.name) {
                    waits_for = Some(control.name);
                }
            }
            noted.findings.extend(judgement.findings.into_iter().map(|finding| (finding, mode)));
        }
        // What earlier stages found had its effect there, but may keep a finding of this one company.
        let mut passage = policy::door::pass(&noted.findings[before..], &noted.findings, &settings.rules);
        if let Some(control) = waits_for
            && passage.then == Then::Nothing
        {
            passage.then = Then::Defer;
            passage.because = Some(controls::Finding::seen(control, "unknown"));
        }
        (passage, asking.receipts.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    /// What is said, as far as this face can; refusals are written down.
    #[expect(clippy::too_many_arguments, reason = "what is said and all that explains it")]
    pub(crate) async fn said<T>(
        &self,
        stage: Stage,
        face: Face,
        settings: &DoorSettings,
        envelope: &Envelope,
        about: About<'_>,
        mut passage: Passage,
        otherwise: Result<T, Reply>,
    ) -> Said<T> {
        let mut pause = passage.pause.min(settings.longest_pause);
        if !face.can_slow() && !pause.is_zero() {
            pause = Duration::ZERO;
            if settings.cannot_slow == CannotSlow::Defer && passage.then == Then::Nothing {
                passage.then = Then::Defer;
            }
        }
        if let Some(finding) = &passage.because {
            self.door.write_down(stage, envelope.peer.ip, finding, passage.then, pause);
        }
        let Some(reply) = policy::door::reply(stage, &passage) else {
            return Said { pause, answer: otherwise };
        };
        let reply = self.refused_at_door(stage, envelope, about, &passage, reply).await;
        Said { pause, answer: Err(reply) }
    }
}

/// Asks one control; a panic in it is unknown.
fn ask(control: &Control, envelope: &Envelope, recipient: Option<&Address>, door: &DoorFacts) -> Judgement {
    let facts = Facts {
        envelope,
        recipient,
        own_addresses: &[],
        size: 0,
        headers: Fact::NotAsked,
        authentication: Fact::NotAsked,
        from_domain: Fact::NotAsked,
        message: Fact::NotAsked,
        bayes: Fact::NotAsked,
        heuristics: Fact::NotAsked,
        signatures: Fact::NotAsked,
        url_categories: Fact::NotAsked,
        sent_today: None,
        link_lists: Fact::NotAsked,
        virus: Fact::NotAsked,
        yara: Fact::NotAsked,
        spamassassin: Fact::NotAsked,
        door,
    };
    let settings = controls::Settings::default();
    catch_unwind(AssertUnwindSafe(|| (control.judge)(&facts, &settings))).unwrap_or_else(|_| {
        tracing::error!(control = control.name, "a panic in a control; it is unknown for this session");
        Judgement::unknown()
    })
}

/// The envelope before MAIL: only the peer is known.
fn nobody_yet(peer: &Peer) -> Envelope {
    Envelope {
        peer: peer.clone(),
        mail_from: ReversePath::Null,
        smtp_utf8: false,
        body: Body::SevenBit,
        received_at: now(),
    }
}
