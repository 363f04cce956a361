//! The message itself: taken in piece by piece, judged at its end, and what the mail server is told in one write.

use std::panic::AssertUnwindSafe;

use checkpoint::{HandedBack, Whole};
use futures_util::FutureExt;
use message::Address;
use policy::Reply;

use super::message::Assembly;
use super::negotiate::Agreed;
use super::response;
use super::session::{Fault, Open, Part, Session};
use super::settings::OnFault;

impl Session {
    pub(super) fn data(&mut self) -> Result<(), Fault> {
        self.open.as_ref().filter(|open| open.part == Part::Envelope).ok_or(Fault::Order("DATA"))?;
        response::go_on(&mut self.out);
        Ok(())
    }

    /// The message that is coming, if it may be at this part of it now.
    fn receiving(&mut self, part: Part, what: &'static str) -> Result<&mut Open, Fault> {
        let open = self.open.as_mut().filter(|open| open.part <= part).ok_or(Fault::Order(what))?;
        open.part = part;
        Ok(open)
    }

    pub(super) fn header(&mut self, name: &[u8], value: &[u8]) -> Result<(), Fault> {
        let agreed = self.agreed()?;
        let (limit, receiving) = (self.settings.message, self.settings.receiving);
        let open = self.receiving(Part::Headers, "a header field")?;
        if !open.passes {
            open.message.field(name, value, agreed.keeps_leading_space(), limit);
            open.make_room(receiving);
        }
        if agreed.answers_headers() {
            response::go_on(&mut self.out);
        }
        Ok(())
    }

    pub(super) fn end_of_headers(&mut self) -> Result<(), Fault> {
        let agreed = self.agreed()?;
        let limit = self.settings.message;
        let open = self.receiving(Part::Headers, "the end of the header section")?;
        open.part = Part::Body;
        open.message.end_headers(limit);
        if agreed.answers_end_of_headers() {
            response::go_on(&mut self.out);
        }
        Ok(())
    }

    pub(super) fn body(&mut self, piece: &[u8]) -> Result<(), Fault> {
        let agreed = self.agreed()?;
        let (limit, receiving) = (self.settings.message, self.settings.receiving);
        let open = self.receiving(Part::Body, "a piece of body")?;
        if !open.passes {
            open.message.body(piece, limit);
            open.make_room(receiving);
        }
        if agreed.answers_body() {
            response::go_on(&mut self.out);
        }
        Ok(())
    }

    pub(super) async fn end_of_message(&mut self, piece: &[u8]) -> Result<(), Fault> {
        let agreed = self.agreed()?;
        let (limit, receiving) = (self.settings.message, self.settings.receiving);
        let open = self.receiving(Part::Body, "the end of a message")?;
        if !piece.is_empty() && !open.passes {
            open.message.body(piece, limit);
            open.make_room(receiving);
        }
        let Some(open) = self.open.take() else { return Ok(()) };
        self.macros.forget_message();
        let concerns_us = !open.transaction.recipients.is_empty() || open.transaction.stopped.is_some();
        if open.passes || !concerns_us {
            response::go_on(&mut self.out);
        } else if open.message.is_too_large() {
            response::reply(&mut self.out, &Reply::too_big(limit as u64));
        } else if open.no_room {
            response::reply(&mut self.out, &Reply::our_fault("no memory for another message now"));
        } else {
            self.judge(agreed, open, limit).await;
        }
        Ok(())
    }

    async fn judge(&mut self, agreed: Agreed, open: Open, limit: usize) {
        let Open { transaction, given, message, room, .. } = open;
        let judging = self.gate.hand_back(transaction, message.finish(limit));
        // A panic in judging is our fault like a full disk: this message waits, the connection goes on.
        let told = match AssertUnwindSafe(judging).catch_unwind().await {
            Ok(told) => told.map_err(|fault| fault.to_string()),
            Err(_) => Err("a panic while judging".into()),
        };
        drop(room);
        match told {
            Ok(told) => self.tell(agreed, &told, &given),
            Err(fault) => self.cannot_judge(&fault),
        }
    }

    fn tell(&mut self, agreed: Agreed, told: &HandedBack, given: &[(String, String)]) {
        let out = &mut self.out;
        match &told.whole {
            Whole::Answer(reply) => return response::reply(out, reply),
            Whole::Discard => return response::discard(out),
            Whole::Pass => {}
        }
        for edit in &told.edits {
            response::edit(out, agreed, edit);
        }
        let gone: Vec<String> = told.left_out.iter().map(Address::key).collect();
        for (path, _) in given.iter().filter(|(_, key)| gone.contains(key)) {
            response::leave_out(out, path);
        }
        if let Some(body) = &told.body {
            response::body(out, body);
        }
        response::go_on(out);
    }

    /// Our own fault: what happens then is the operator's choice.
    fn cannot_judge(&mut self, fault: &str) {
        tracing::error!(fault, on_fault = ?self.settings.on_fault, "our own fault: a message cannot be judged");
        self.gate.metrics.fault();
        match self.settings.on_fault {
            OnFault::Defer => response::reply(&mut self.out, &Reply::our_fault(fault)),
            OnFault::Accept => response::go_on(&mut self.out),
            OnFault::Quarantine => {
                response::quarantine(&mut self.out, "could not be judged by Sekisho");
                response::go_on(&mut self.out);
            }
        }
    }
}

impl Open {
    fn make_room(&mut self, most: usize) {
        if !self.no_room && !self.room.grow(self.message.len(), most) {
            self.no_room = true;
            self.message = Assembly::default();
        }
    }
}
