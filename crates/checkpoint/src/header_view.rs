//! Header sections of delivered mail for those who want to see them (SUB-08): kept after the next hop has the message,
//! beside the mail path. Without them nothing is lost but a line of the header viewer.

use std::sync::Arc;

use message::{Envelope, ReversePath};
use store::records::headers::HeadersRow;
use tokio::sync::Semaphore;

use crate::apply::{Outcome, Settled};
use crate::directory::Directory;
use crate::rendering::Trace;
use crate::stores::{Stores, now};

/// Sections that may be on their way to the disk at once: 32 MiB at most. Those beyond are not kept.
const UNDER_WAY: usize = 1_024;

/// The keeper of header sections.
#[derive(Debug)]
pub(crate) struct HeaderView {
    room: Arc<Semaphore>,
}

impl Default for HeaderView {
    fn default() -> Self {
        Self { room: Arc::new(Semaphore::new(UNDER_WAY)) }
    }
}

impl HeaderView {
    /// Keeps what recipients of this message asked for. Returns at once.
    pub(crate) fn keep(
        &self,
        stores: &Stores,
        directory: &Directory,
        (envelope, headers, trace): (&Envelope, &message::Headers, &Trace),
        settled: &[Settled],
    ) {
        for one in settled.iter().filter(|one| one.outcome == Outcome::Delivered) {
            let recipient = &one.judged.recipient;
            let Some((view, subscriber)) = one.judged.settings.header_view.as_ref().zip(recipient.subscriber) else {
                continue;
            };
            let of_own_network = match &envelope.mail_from {
                ReversePath::Address(sender) => {
                    directory.operator_of_domain(sender.domain()) == Some(recipient.operator)
                }
                ReversePath::Null => false,
            };
            if of_own_network && !view.own_network {
                continue;
            }
            let Ok(permit) = self.room.clone().try_acquire_owned() else {
                tracing::warn!("header sections come faster than they can be written; one was not kept");
                return;
            };
            let row = HeadersRow {
                reference: one.reference.clone(),
                operator: recipient.operator,
                subscriber,
                at: now(),
                ours: trace.fields.len(),
                cut: headers.cut,
                fields: as_delivered(headers, trace),
            };
            let records = stores.records.clone();
            tokio::spawn(async move {
                if let Err(fault) = records.put_headers(row).await {
                    tracing::warn!(%fault, "a header section was not kept");
                }
                drop(permit);
            });
        }
    }
}

/// Our fields on top, and of the message's own those that were handed on.
fn as_delivered(headers: &message::Headers, trace: &Trace) -> Vec<u8> {
    let mut out = trace.fields.clone().into_bytes();
    let mut at = 0;
    for range in &trace.removed {
        out.extend_from_slice(headers.raw.get(at..range.start.min(headers.body_start)).unwrap_or_default());
        at = at.max(range.end);
    }
    out.extend_from_slice(headers.raw.get(at..headers.body_start).unwrap_or_default());
    // The empty line that ends the section is no field.
    if out.ends_with(b"\r\n\r\n") {
        out.truncate(out.len() - 2);
    }
    out
}
