//! Whom Postfix has asked about on one connection. Each request tells everything anew and Postfix may ask at some stages
//! only: those that it left out are caught up on, each once for a client and a message, so that nothing is counted twice.

use std::collections::VecDeque;
use std::net::IpAddr;

use checkpoint::{Face, Gate, Transaction, Visit, now};
use message::{Body, Envelope};
use policy::Reply;

use super::request::{Request, State};

/// Clients that are remembered at once: Postfix has one on a connection, a multiplexer before us has more.
const MOST: usize = 16;

/// Clients, the latest last.
#[derive(Debug, Default)]
pub(super) struct Clients {
    known: VecDeque<Client>,
}

/// One client of Postfix.
#[derive(Debug)]
struct Client {
    address: (IpAddr, u16),
    visit: Visit,
    helo: Option<String>,
    /// What was said against it at connect or HELO is said again at every later stage.
    refused: Option<Reply>,
    message: Option<Message>,
}

/// The message that it is about to send.
#[derive(Debug)]
struct Message {
    instance: String,
    transaction: Result<Transaction, Reply>,
}

impl Clients {
    /// What the door says of this stage; at DATA, reasons of what was found, to be seen in the message.
    pub(super) async fn ask(&mut self, gate: &Gate, request: &Request) -> Result<Vec<String>, Reply> {
        let address = (request.peer.ip, request.peer.port);
        let known = self.known.iter().position(|client| client.address == address);
        // A connection begins anew, also where the port is the same one.
        let known = known.filter(|_| request.state != State::Connect);
        let mut client = match known.and_then(|at| self.known.remove(at)) {
            Some(client) => client,
            None => Client::meet(gate, request).await,
        };
        let said = client.go_on(gate, request).await;
        self.known.retain(|other| other.address != address);
        if self.known.len() >= MOST {
            self.known.pop_front();
        }
        let found = if request.state == State::Data { client.found(request) } else { Vec::new() };
        self.known.push_back(client);
        said.map(|()| found)
    }
}

impl Client {
    async fn meet(gate: &Gate, request: &Request) -> Self {
        let mut visit = Visit::new(request.peer.clone(), Face::Policy);
        let refused = gate.connect(&mut visit).await.answer.err();
        let address = (request.peer.ip, request.peer.port);
        Self { address, visit, helo: None, refused, message: None }
    }

    async fn go_on(&mut self, gate: &Gate, request: &Request) -> Result<(), Reply> {
        self.visit.peer = request.peer.clone();
        if request.peer.helo.is_some() && self.helo != request.peer.helo {
            self.helo.clone_from(&request.peer.helo);
            if self.refused.is_none() {
                self.refused = gate.helo(&mut self.visit).await.answer.err();
            }
        }
        if let Some(reply) = &self.refused {
            return Err(reply.clone());
        }
        match request.state {
            State::Mail => self.message(gate, request).await.map(drop),
            State::Rcpt => {
                let transaction = self.message(gate, request).await?;
                match &request.recipient {
                    Some(recipient) => gate.rcpt(transaction, recipient.clone()).await.answer.map(drop),
                    // Not an address to us; Postfix knows what to do with it.
                    None => Ok(()),
                }
            }
            State::EndOfMessage => {
                self.message = None;
                Ok(())
            }
            State::Connect | State::Hello | State::Data | State::Other => Ok(()),
        }
    }

    /// What controls that may label found about the message, each reason once.
    fn found(&self, request: &Request) -> Vec<String> {
        let message = self.message.as_ref().filter(|message| message.instance == request.instance);
        let Some(Ok(transaction)) = message.map(|message| &message.transaction) else { return Vec::new() };
        transaction.reasons()
    }

    /// The message of this instance: its recipients come in one request each and are counted together.
    async fn message(&mut self, gate: &Gate, request: &Request) -> Result<&mut Transaction, Reply> {
        let same = |message: &Message| message.instance == request.instance && !request.instance.is_empty();
        if !self.message.as_ref().is_some_and(same) {
            let envelope = Envelope {
                peer: request.peer.clone(),
                mail_from: request.sender.clone(),
                smtp_utf8: false,
                body: Body::SevenBit,
                received_at: now(),
            };
            let declared = Some(request.size).filter(|size| *size > 0);
            let transaction = gate.mail(&self.visit, envelope, declared).await.answer;
            self.message = Some(Message { instance: request.instance.clone(), transaction });
        }
        match self.message.as_mut().map(|message| &mut message.transaction) {
            Some(Ok(transaction)) => Ok(transaction),
            Some(Err(reply)) => Err(reply.clone()),
            None => Err(Reply::our_fault("a message that was just made is not there")),
        }
    }
}
