//! One onward transaction: what the next hop can carry is checked first, then MAIL, RCPT, the message, the answers.

use checkpoint::{Handed, Handover, NextHop, Verified};
use message::{Address, Body, ReversePath};
use policy::Reply;
use tokio::time::Instant;

use super::client::{Client, ClientFault, within};
use super::content::{Stuffing, has_ascii_header, has_clean_line_ends};
use super::next_reply::NextReply;
use super::settings::OnwardSettings;
use super::xforward;
use crate::smtp::Dialect;

/// The outcome for each recipient, as far as it is known.
#[derive(Debug)]
pub(super) struct Outcomes(Vec<Option<Handed>>);

/// The dialogue broke off.
#[derive(Debug)]
pub(super) struct Broken {
    fault: ClientFault,
    /// The next hop cannot have the message: its final dot was not sent.
    pub(super) nothing_committed: bool,
}

/// RCPT commands that are sent without waiting: their replies fit any socket buffer.
const GROUP: usize = 100;

impl Outcomes {
    pub(super) fn new(recipients: usize) -> Self {
        Self(vec![None; recipients])
    }

    fn undecided(&self) -> Vec<usize> {
        self.0.iter().enumerate().filter(|(_, outcome)| outcome.is_none()).map(|(at, _)| at).collect()
    }

    fn set(&mut self, at: usize, outcome: Handed) {
        if let Some(slot) = self.0.get_mut(at) {
            *slot = Some(outcome);
        }
    }

    fn set_all(&mut self, which: &[usize], outcome: &Handed) {
        for at in which {
            self.set(*at, outcome.clone());
        }
    }

    /// The outcomes, with those not known deferred for this reason.
    pub(super) fn or_deferred(self, reply: &Reply) -> Vec<Handed> {
        self.0.into_iter().map(|outcome| outcome.unwrap_or_else(|| Handed::Deferred(reply.clone()))).collect()
    }
}

impl Broken {
    pub(super) fn reply(&self, hop: &NextHop) -> Reply {
        self.fault.reply(hop)
    }
}

impl From<ClientFault> for Broken {
    fn from(fault: ClientFault) -> Self {
        Self { fault, nothing_committed: true }
    }
}

/// Hands the message to the recipients over this connection.
pub(super) async fn deliver(
    client: &mut Client,
    handover: &Handover,
    settings: &OnwardSettings,
    outcomes: &mut Outcomes,
) -> Result<(), Broken> {
    refuse_what_cannot_be_carried(client, handover, outcomes);
    let asked = outcomes.undecided();
    if asked.is_empty() {
        return Ok(());
    }
    tell_who_sent_it(client, handover, settings).await?;
    send_envelope(client, handover, settings, &asked, outcomes).await?;
    let accepted = outcomes.undecided();
    if accepted.is_empty() {
        return Ok(());
    }
    let go_ahead = client.say("DATA", within(settings.command, handover.deadline)).await?;
    if go_ahead.code != 354 {
        // A server that answers DATA with yes but not 354 has lost its place.
        client.closing |= go_ahead.code < 400;
        outcomes.set_all(&accepted, &not_yet_taken(&go_ahead, &handover.hop));
        return Ok(());
    }
    if let Err(fault) = send_message(client, handover, settings).await {
        return after_broken_send(client, handover, &accepted, fault, outcomes).await;
    }
    read_answers(client, handover, settings, &accepted, outcomes).await
}

/// Asks whether a recipient would be taken.
pub(super) async fn verify(
    client: &mut Client,
    hop: &NextHop,
    mail_from: &ReversePath,
    recipient: &Address,
    settings: &OnwardSettings,
    deadline: Instant,
) -> Result<Verified, Broken> {
    let utf8 = !recipient.is_ascii() || !is_ascii_path(mail_from);
    if utf8 && !client.capabilities.smtp_utf8 {
        let reply = needs_smtp_utf8(hop);
        return Ok(if recipient.is_ascii() { Verified::Unclear(reply) } else { Verified::Refused(reply) });
    }
    let commands =
        [format!("MAIL FROM:<{mail_from}>{}", if utf8 { " SMTPUTF8" } else { "" }), format!("RCPT TO:<{recipient}>")];
    let replies = exchange(client, &commands, settings, deadline).await?;
    client.say("RSET", within(settings.command, deadline)).await?;
    let verified = match replies.as_slice() {
        // A refused sender says nothing of the recipient.
        [mail, ..] if !mail.is_positive() => Verified::Unclear(mail.pass_on(hop)),
        [_, rcpt] => match rcpt.outcome(hop) {
            Handed::Accepted(_) => Verified::Known,
            Handed::Refused(reply) => Verified::Refused(reply),
            Handed::Deferred(reply) => Verified::Unclear(reply),
        },
        _ => Verified::Unclear(Reply::our_fault(format!("{hop} did not answer RCPT"))),
    };
    Ok(verified)
}

/// What a next hop cannot carry is told to the sender, who may change it; the bytes are never converted here.
fn refuse_what_cannot_be_carried(client: &Client, handover: &Handover, outcomes: &mut Outcomes) {
    let all: Vec<usize> = (0..handover.recipients.len()).collect();
    let hop = &handover.hop;
    let offers = &client.capabilities;
    let octets = handover.rendering.len() as u64;
    if !has_clean_line_ends(&handover.rendering) {
        let reply = Reply::our_fault("a bare CR or LF stood in what was to be handed on");
        tracing::error!(%hop, "a bare CR or LF stood in what was to be handed on");
        return outcomes.set_all(&all, &Handed::Deferred(reply));
    }
    if let Some(bound) = offers.size_bound().filter(|bound| octets > *bound) {
        let reply = Reply::new(552, (5, 3, 4), "Message is larger than the next mail server takes")
            .privately(format!("{hop} takes {bound} octets, the message has {octets}"));
        return outcomes.set_all(&all, &Handed::Refused(reply));
    }
    if handover.rendering.is_eight_bit() && !offers.eight_bit {
        let reply = Reply::new(554, (5, 6, 3), "The next mail server takes 7-bit messages only (RFC 6152)")
            .privately(format!("{hop} does not offer 8BITMIME"));
        return outcomes.set_all(&all, &Handed::Refused(reply));
    }
    if offers.smtp_utf8 {
        return;
    }
    let message_needs_it =
        !is_ascii_path(&handover.mail_from) || (handover.smtp_utf8 && !has_ascii_header(&handover.rendering));
    for (at, recipient) in handover.recipients.iter().enumerate() {
        if message_needs_it || !recipient.is_ascii() {
            outcomes.set(at, Handed::Refused(needs_smtp_utf8(hop)));
        }
    }
}

fn needs_smtp_utf8(hop: &NextHop) -> Reply {
    Reply::new(550, (5, 6, 7), "The next mail server does not take internationalised mail (RFC 6531)")
        .privately(format!("{hop} does not offer SMTPUTF8"))
}

fn is_ascii_path(path: &ReversePath) -> bool {
    path.address().is_none_or(Address::is_ascii)
}

/// XFORWARD. A refusal costs the next hop some knowledge, and nothing else.
async fn tell_who_sent_it(
    client: &mut Client,
    handover: &Handover,
    settings: &OnwardSettings,
) -> Result<(), ClientFault> {
    let Some(peer) = &handover.peer else { return Ok(()) };
    for command in xforward::commands(&client.capabilities.xforward, peer) {
        let reply = client.say(&command, within(settings.command, handover.deadline)).await?;
        if reply.is_goodbye() {
            return Err(ClientFault::Unwilling(reply));
        }
    }
    Ok(())
}

/// MAIL and RCPT for those asked about; who is not accepted has an outcome afterwards.
async fn send_envelope(
    client: &mut Client,
    handover: &Handover,
    settings: &OnwardSettings,
    asked: &[usize],
    outcomes: &mut Outcomes,
) -> Result<(), Broken> {
    let mut commands = vec![mail_command(client, handover)];
    let notify = if handover.notify_never && client.capabilities.dsn { " NOTIFY=NEVER" } else { "" };
    let recipients = asked.iter().filter_map(|at| handover.recipients.get(*at));
    commands.extend(recipients.map(|recipient| format!("RCPT TO:<{recipient}>{notify}")));
    let replies = exchange(client, &commands, settings, handover.deadline).await?;
    let Some((mail, rest)) = replies.split_first() else { return Ok(()) };
    if !mail.is_positive() {
        if mail.is_goodbye() && client.reused {
            // It had already given the connection up while that waited in the pool.
            return Err(ClientFault::Unwilling(mail.clone()).into());
        }
        outcomes.set_all(asked, &not_yet_taken(mail, &handover.hop));
        return Ok(());
    }
    for (at, reply) in asked.iter().zip(rest) {
        if !reply.is_positive() {
            outcomes.set(*at, not_yet_taken(reply, &handover.hop));
        }
    }
    Ok(())
}

fn mail_command(client: &Client, handover: &Handover) -> String {
    let offers = &client.capabilities;
    let mut command = format!("MAIL FROM:<{}>", handover.mail_from);
    if offers.size.is_some() {
        command.push_str(&format!(" SIZE={}", handover.rendering.len()));
    }
    if offers.eight_bit && (handover.body == Body::EightBit || handover.rendering.is_eight_bit()) {
        command.push_str(" BODY=8BITMIME");
    }
    let utf8 = handover.smtp_utf8
        || !is_ascii_path(&handover.mail_from)
        || handover.recipients.iter().any(|recipient| !recipient.is_ascii());
    if offers.smtp_utf8 && utf8 {
        command.push_str(" SMTPUTF8");
    }
    command
}

/// Says commands of which the first decides whether the others make sense; in groups where PIPELINING is offered.
async fn exchange(
    client: &mut Client,
    commands: &[String],
    settings: &OnwardSettings,
    deadline: Instant,
) -> Result<Vec<NextReply>, ClientFault> {
    let size = if client.capabilities.pipelining { GROUP } else { 1 };
    let mut replies: Vec<NextReply> = Vec::with_capacity(commands.len());
    for group in commands.chunks(size) {
        for command in group {
            client.wire.queue(command.as_bytes());
            client.wire.queue(b"\r\n");
        }
        for _ in group {
            let reply = client.reply(within(settings.command, deadline)).await?;
            let goodbye = reply.is_goodbye();
            replies.push(reply);
            if goodbye {
                return Ok(replies);
            }
        }
        if replies.first().is_some_and(|first| !first.is_positive()) {
            break;
        }
    }
    Ok(replies)
}

async fn send_message(client: &mut Client, handover: &Handover, settings: &OnwardSettings) -> Result<(), ClientFault> {
    const RUN: usize = 64 * 1024;
    let mut stuffing = Stuffing::new();
    for piece in &handover.rendering.pieces {
        for run in piece.chunks(RUN) {
            stuffing.stuff(run, |octets| client.wire.queue(octets));
            if client.wire.is_full() {
                client.wire.flush(within(settings.write, handover.deadline)).await?;
            }
        }
    }
    // All but the end goes first: as long as that fails, the next hop cannot have the message.
    client.wire.flush(within(settings.write, handover.deadline)).await?;
    client.wire.queue(stuffing.end());
    Ok(())
}

/// The next hop stopped reading: perhaps it said why.
async fn after_broken_send(
    client: &mut Client,
    handover: &Handover,
    accepted: &[usize],
    fault: ClientFault,
    outcomes: &mut Outcomes,
) -> Result<(), Broken> {
    client.closing = true;
    let patience = std::time::Duration::from_secs(2);
    match client.reply(within(patience, handover.deadline)).await {
        Ok(reply) if !reply.is_positive() => {
            outcomes.set_all(accepted, &not_yet_taken(&reply, &handover.hop));
            Ok(())
        }
        // The content was on its way: not tried again here, so that a dying server is not sent it twice at once.
        Ok(_) | Err(_) => Err(Broken { fault, nothing_committed: false }),
    }
}

/// After the final dot: one answer by SMTP, one for each accepted recipient by LMTP.
async fn read_answers(
    client: &mut Client,
    handover: &Handover,
    settings: &OnwardSettings,
    accepted: &[usize],
    outcomes: &mut Outcomes,
) -> Result<(), Broken> {
    let committed = |fault| Broken { fault, nothing_committed: false };
    match client.dialect {
        Dialect::Smtp => {
            let reply = client.reply(within(settings.answer, handover.deadline)).await.map_err(committed)?;
            outcomes.set_all(accepted, &reply.outcome(&handover.hop));
        }
        Dialect::Lmtp => {
            for at in accepted {
                let reply = client.reply(within(settings.answer, handover.deadline)).await.map_err(committed)?;
                outcomes.set(*at, reply.outcome(&handover.hop));
            }
        }
    }
    Ok(())
}

/// An outcome before the message was sent, where even a yes is not an acceptance.
fn not_yet_taken(reply: &NextReply, hop: &NextHop) -> Handed {
    match reply.outcome(hop) {
        Handed::Accepted(reply) => Handed::Deferred(Reply::our_fault(reply.private)),
        outcome => outcome,
    }
}
