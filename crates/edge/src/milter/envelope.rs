//! Who is there, from whom and to whom: the door and the directory have their say at MAIL and RCPT.

use std::net::{IpAddr, Ipv4Addr};

use checkpoint::{Face, Visit, now};
use message::{Body, Envelope, Peer, ReversePath};
use policy::Reply;

use super::command::Offer;
use super::message::Assembly;
use super::negotiate::Agreed;
use super::response;
use super::session::{Client, Fault, Open, Part, Session};
use super::settings::Authenticated;
use crate::paths;

impl Session {
    pub(super) fn negotiate(&mut self, offer: Offer) -> Result<(), Fault> {
        if self.client.is_some() {
            return Err(Fault::Order("OPTNEG"));
        }
        let agreed = Agreed::on(offer)?;
        agreed.write(offer, &mut self.out);
        self.agreed = Some(agreed);
        Ok(())
    }

    pub(super) async fn connect(&mut self, name: Option<String>, address: Option<(IpAddr, u16)>) -> Result<(), Fault> {
        let agreed = self.agreed()?;
        self.forget_message();
        let told = || self.macros.get("client_addr").and_then(|text| text.parse().ok());
        // A Unix socket, or mail written on the mail server itself.
        let (ip, port) = address.unwrap_or_else(|| (told().unwrap_or(Ipv4Addr::LOCALHOST.into()), 0));
        let mut visit = Visit::new(Peer { port, name, ..Peer::at(ip) }, Face::Milter);
        let refused = self.gate.connect(&mut visit).await.answer.err();
        self.client = Some(Client { visit, refused });
        if agreed.answers_connect() {
            response::go_on(&mut self.out);
        }
        Ok(())
    }

    pub(super) async fn helo(&mut self, name: String) -> Result<(), Fault> {
        let agreed = self.agreed()?;
        self.forget_message();
        let client = self.client.as_mut().ok_or(Fault::Order("HELO"))?;
        client.visit.peer.helo = Some(name).filter(|name| !name.is_empty());
        client.visit.peer.extended = true;
        if client.refused.is_none() {
            client.refused = self.gate.helo(&mut client.visit).await.answer.err();
        }
        if agreed.answers_helo() {
            response::go_on(&mut self.out);
        }
        Ok(())
    }

    pub(super) async fn mail(&mut self, arguments: &[String]) -> Result<(), Fault> {
        self.agreed()?;
        self.open = None;
        let client = self.client.as_mut().ok_or(Fault::Order("MAIL"))?;
        let word = |name: &str| self.macros.get(name);
        let peer = &mut client.visit.peer;
        peer.tls = word("tls_version").map(|version| format!("{version} {}", word("cipher").unwrap_or_default()));
        peer.extended = word("r").is_none_or(|protocol| !protocol.eq_ignore_ascii_case("SMTP"));
        client.visit.user = word("auth_authen").or(word("auth_type")).map(str::to_owned);
        let authenticated = client.visit.user.is_some();
        if let Some(reply) = client.refused.clone().filter(|_| !authenticated) {
            response::reply(&mut self.out, &reply);
            return Ok(());
        }
        let envelope = envelope(client.visit.peer.clone(), arguments);
        match self.gate.mail(&client.visit, envelope, None).await.answer {
            Ok(transaction) => {
                self.open = Some(Open {
                    transaction,
                    given: Vec::new(),
                    passes: authenticated && self.settings.authenticated == Authenticated::Pass,
                    part: Part::Envelope,
                    message: Assembly::default(),
                    room: self.connections.room(),
                    no_room: false,
                });
                response::go_on(&mut self.out);
            }
            Err(reply) => response::reply(&mut self.out, &reply),
        }
        Ok(())
    }

    pub(super) async fn rcpt(&mut self, arguments: &[String]) -> Result<(), Fault> {
        // The mail server refuses this one itself and only tells (SMFIP_RCPT_REJ), why as an enhanced code in {rcpt_host}.
        let refused = self.macros.get("rcpt_mailer") == Some("error");
        let is_unknown = self.macros.get("rcpt_host").is_none_or(|code| code.is_empty() || code == "5.1.1");
        self.macros.forget_recipient();
        let open = self.open.as_mut().filter(|open| open.part == Part::Envelope).ok_or(Fault::Order("RCPT"))?;
        let path = arguments.first().map(String::as_str).unwrap_or_default();
        let Some(address) = paths::recipient(path).filter(|_| !open.passes) else {
            // Not an address to us; the mail server knows what to do with it.
            open.transaction.others += 1;
            response::go_on(&mut self.out);
            return Ok(());
        };
        if refused && !is_unknown {
            // Relaying, or another filter's no: it does not say that there is no such recipient.
            response::go_on(&mut self.out);
            return Ok(());
        }
        let key = address.key();
        let said = match (refused, open.given.len() >= self.settings.recipients) {
            (true, _) => self.gate.rcpt_refused(&mut open.transaction, address).await.answer,
            (false, true) => Err(Reply::too_many_recipients()),
            (false, false) => self.gate.rcpt(&mut open.transaction, address).await.answer,
        };
        match said {
            Ok(_) => {
                open.given.push((path.to_owned(), key));
                response::go_on(&mut self.out);
            }
            Err(reply) => response::reply(&mut self.out, &reply),
        }
        Ok(())
    }
}

/// The envelope as far as MAIL says it. The mail server took the sender: what is no address to us is judged like the
/// empty path, not refused here.
fn envelope(peer: Peer, arguments: &[String]) -> Envelope {
    let parameter = |name: &str| arguments.iter().skip(1).any(|word| word.eq_ignore_ascii_case(name));
    Envelope {
        peer,
        mail_from: arguments.first().and_then(|path| paths::sender(path)).unwrap_or(ReversePath::Null),
        smtp_utf8: parameter("SMTPUTF8"),
        body: if parameter("BODY=8BITMIME") { Body::EightBit } else { Body::SevenBit },
        received_at: now(),
    }
}
