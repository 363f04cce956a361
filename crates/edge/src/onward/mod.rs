//! THE WAY ONWARD: SMTP or LMTP to the next hop, or a Maildir (RFC 5321 §4.5.4 the sender's side, RFC 2033).
//!
//! `Accepted` is said only when the next hop or the disk has the message. There is no queue here: what cannot be
//! handed on now is `Deferred`, and the server before us keeps it.

mod capabilities;
mod client;
mod connect;
mod content;
mod delivery;
mod maildir;
mod next_reply;
mod pool;
mod settings;
mod tls;
mod xforward;

use std::sync::Arc;

use arc_swap::ArcSwap;
use async_trait::async_trait;
use checkpoint::{Handed, Handover, NextHop, Onward, Verified};
use message::{Address, ReversePath};
use policy::Reply;
use tokio::time::{Instant, timeout_at};

use delivery::Outcomes;
use maildir::Delivered;
use pool::Pool;

pub use settings::{OnwardSettings, OnwardTls};

/// All ways onward. Cheap to share behind an `Arc`.
#[derive(Debug)]
pub struct Ways {
    settings: ArcSwap<OnwardSettings>,
    pool: Pool,
}

impl Ways {
    /// Ways with nothing connected yet.
    pub fn new(settings: OnwardSettings) -> Self {
        Self { settings: ArcSwap::from_pointee(settings), pool: Pool::default() }
    }

    /// Puts new settings in force for what is handed on from now.
    pub fn reload(&self, settings: OnwardSettings) {
        self.settings.store(Arc::new(settings));
    }

    async fn write_maildirs(&self, folder: &std::path::Path, handover: &Handover) -> Vec<Handed> {
        let separator = self.settings.load().detail_separator;
        let mut handed = Vec::with_capacity(handover.recipients.len());
        for recipient in &handover.recipients {
            let letter = maildir::Letter::new(folder, recipient, separator, handover);
            let written = tokio::task::spawn_blocking(move || letter.deliver());
            handed.push(match timeout_at(handover.deadline, written).await {
                Ok(Ok(delivered)) => of_maildir(delivered),
                Ok(Err(fault)) => Handed::Deferred(Reply::our_fault(format!("writing to the Maildir: {fault}"))),
                Err(_) => Handed::Deferred(Reply::our_fault("the disk was too slow for the Maildir")),
            });
        }
        handed
    }

    async fn hand_to_server(&self, handover: &Handover) -> Vec<Handed> {
        let settings = self.settings.load_full();
        let mut outcomes = Outcomes::new(handover.recipients.len());
        for _ in 0..2 {
            let mut client = match self.pool.take(&handover.hop, &settings, handover.deadline).await {
                Ok(client) => client,
                Err(fault) => return outcomes.or_deferred(&fault.reply(&handover.hop)),
            };
            match delivery::deliver(&mut client, handover, &settings, &mut outcomes).await {
                Ok(()) => {
                    self.pool.put(&handover.hop, client, &settings);
                    break;
                }
                // A pooled connection that turns out to be dead: nothing was committed, so a fresh one may try.
                Err(broken) if client.is_reused() && broken.nothing_committed => {
                    self.pool.forget(&handover.hop);
                    outcomes = Outcomes::new(handover.recipients.len());
                }
                Err(broken) => return outcomes.or_deferred(&broken.reply(&handover.hop)),
            }
        }
        outcomes.or_deferred(&Reply::our_fault(format!("{} said nothing of this recipient", handover.hop)))
    }

    async fn ask_server(
        &self,
        hop: &NextHop,
        mail_from: &ReversePath,
        recipient: &Address,
        deadline: Instant,
    ) -> Verified {
        let settings = self.settings.load_full();
        for _ in 0..2 {
            let mut client = match self.pool.take(hop, &settings, deadline).await {
                Ok(client) => client,
                Err(fault) => return Verified::Unclear(fault.reply(hop)),
            };
            match delivery::verify(&mut client, hop, mail_from, recipient, &settings, deadline).await {
                Ok(verified) => {
                    self.pool.put(hop, client, &settings);
                    return verified;
                }
                Err(_) if client.is_reused() => self.pool.forget(hop),
                Err(broken) => return Verified::Unclear(broken.reply(hop)),
            }
        }
        Verified::Unclear(Reply::our_fault(format!("{hop} breaks every connection")))
    }
}

#[async_trait]
impl Onward for Ways {
    async fn verify(&self, hop: &NextHop, mail_from: &ReversePath, recipient: &Address, deadline: Instant) -> Verified {
        match hop {
            NextHop::Maildir(_) => Verified::Known,
            NextHop::Smtp { .. } | NextHop::Lmtp { .. } | NextHop::LmtpSocket(_) => {
                self.ask_server(hop, mail_from, recipient, deadline).await
            }
        }
    }

    async fn hand_over(&self, handover: Handover) -> Vec<Handed> {
        match &handover.hop {
            NextHop::Maildir(folder) => self.write_maildirs(folder, &handover).await,
            NextHop::Smtp { .. } | NextHop::Lmtp { .. } | NextHop::LmtpSocket(_) => {
                self.hand_to_server(&handover).await
            }
        }
    }
}

fn of_maildir(delivered: Delivered) -> Handed {
    match delivered {
        Delivered::Written => Handed::Accepted(Reply::new(250, (2, 1, 5), "Delivered")),
        Delivered::NoSpace(why) => {
            Handed::Deferred(Reply::new(452, (4, 3, 1), "No space for the message now").privately(why))
        }
        Delivered::Failed(why) => Handed::Deferred(Reply::our_fault(why)),
        Delivered::NoSuchName => Handed::Refused(Reply::new(553, (5, 1, 3), "The address is too long for a mailbox")),
    }
}
