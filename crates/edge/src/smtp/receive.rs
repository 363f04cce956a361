//! DATA and BDAT: the message is taken in under limits of size, time and pace, and given to the gate.

use checkpoint::Answer;
use policy::Reply;
use tokio::time::Instant;

use super::command::Last;
use super::connections::Room;
use super::data::{Fault, Framing, MessageReader};
use super::replies;
use super::session::{Dialect, Session};
use super::wire::WireFault;

/// A message that comes by BDAT, not complete yet.
#[derive(Debug)]
pub(super) struct Chunks {
    reader: MessageReader,
    room: Room,
}

impl Session {
    pub(super) async fn data(&mut self) -> Result<(), WireFault> {
        if let Err(reply) = self.may_receive() {
            self.fail(&reply);
            return Ok(());
        }
        if self.chunks.is_some() {
            self.fail(&replies::sequence("The message began with BDAT"));
            return Ok(());
        }
        if !self.wire.buffered().is_empty() {
            self.note_early_talk();
        }
        self.say(&replies::go_ahead());
        let Chunks { mut reader, mut room } = self.start_reading(Framing::Dots);
        let mut pace = Pace::new();
        loop {
            let fed = reader.feed(self.wire.buffered());
            self.wire.consume(fed.taken);
            self.make_room(&mut reader, &mut room);
            if fed.ended {
                break;
            }
            self.wire.fill(pace.next(fed.taken, self)?).await?;
        }
        self.finish(Chunks { reader, room }).await;
        Ok(())
    }

    pub(super) async fn bdat(&mut self, octets: u64, last: Last) -> Result<(), WireFault> {
        // Its octets follow whatever we say: they have to be read to find the next command.
        let may = self.may_receive();
        let mut chunks = self.chunks.take().unwrap_or_else(|| self.start_reading(Framing::Counted));
        let most = self.settings.limits.message as u64;
        if may.is_err() || octets > most {
            chunks.reader.refuse(Fault::TooLarge);
        }
        if octets > most.saturating_mul(2) {
            self.reset();
            self.say(&Reply::new(421, (5, 3, 4), "Message is larger than this server takes"));
            return Ok(());
        }
        let mut left = usize::try_from(octets).unwrap_or(usize::MAX);
        let mut pace = Pace::new();
        while left > 0 {
            let buffered = self.wire.buffered();
            let taken = buffered.len().min(left);
            chunks.reader.feed(&buffered[..taken]);
            self.wire.consume(taken);
            left -= taken;
            self.make_room(&mut chunks.reader, &mut chunks.room);
            let deadline = pace.next(taken, self)?;
            if left > 0 {
                self.wire.fill(deadline).await?;
            }
        }
        match (may, last, chunks.reader.fault()) {
            (Err(reply), _, _) => self.fail(&reply),
            (Ok(()), Last::Yes, _) => self.finish(chunks).await,
            (Ok(()), Last::No, Some(fault)) => {
                self.reset();
                self.fail(&replies::of_fault(fault));
            }
            (Ok(()), Last::No, None) => {
                self.chunks = Some(chunks);
                self.say(&Reply::new(250, (2, 0, 0), format!("{octets} octets received")));
            }
        }
        Ok(())
    }

    fn may_receive(&self) -> Result<(), Reply> {
        match &self.open {
            None => Err(replies::sequence("MAIL and RCPT come first")),
            Some(transaction) if transaction.recipients.is_empty() => {
                Err(Reply::new(554, (5, 5, 1), "No valid recipients"))
            }
            Some(_) => Ok(()),
        }
    }

    /// DATA ends a group (RFC 2920 §3.1): who sends the message without waiting for 354 does not listen.
    fn note_early_talk(&mut self) {
        self.visit.peer.early_talker = true;
        if let Some(transaction) = &mut self.open {
            transaction.envelope.peer.early_talker = true;
        }
    }

    fn start_reading(&self, framing: Framing) -> Chunks {
        let reader = MessageReader::new(framing, self.settings.bare_line_ends, self.settings.limits.message);
        Chunks { reader, room: self.connections.room() }
    }

    fn make_room(&self, reader: &mut MessageReader, room: &mut Room) {
        if !room.grow(reader.len(), self.settings.limits.receiving) {
            reader.refuse(Fault::NoRoom);
        }
    }

    /// The message is complete: the gate answers for it, or we say why it is not taken.
    async fn finish(&mut self, chunks: Chunks) {
        let Some(transaction) = self.open.take() else { return };
        let recipients = transaction.recipients.len();
        let Chunks { reader, room } = chunks;
        match reader.finish() {
            Ok(raw) => {
                let answer = self.gate.data(transaction, raw).await;
                self.give_answer(&answer, recipients);
            }
            Err(fault) => {
                let whole = replies::of_fault(fault);
                self.give_answer(&Answer { each: vec![whole.clone(); recipients], whole }, recipients);
            }
        }
        drop(room);
    }

    /// RFC 2033 §4.2: LMTP has one reply for each recipient.
    fn give_answer(&mut self, answer: &Answer, recipients: usize) {
        match self.dialect {
            Dialect::Smtp => self.say(&answer.whole),
            Dialect::Lmtp => {
                for at in 0..recipients {
                    self.say(answer.each.get(at).unwrap_or(&answer.whole));
                }
            }
        }
    }
}

/// How fast a message comes.
struct Pace {
    began: Instant,
    octets: usize,
}

impl Pace {
    fn new() -> Self {
        Self { began: Instant::now(), octets: 0 }
    }

    /// Counts what came and gives the deadline of the next read; `Late` for a message that only trickles.
    fn next(&mut self, taken: usize, session: &Session) -> Result<Instant, WireFault> {
        let limits = &session.settings.limits;
        self.octets = self.octets.saturating_add(taken);
        let now = Instant::now();
        let spent = now - self.began;
        let wanted = u64::try_from(limits.slowest).unwrap_or(u64::MAX).saturating_mul(spent.as_secs());
        if spent > limits.slow_grace && (self.octets as u64) < wanted {
            return Err(WireFault::Late);
        }
        Ok((now + limits.data_read).min(self.began + limits.data))
    }
}
