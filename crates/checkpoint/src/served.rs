//! Who was served already when a message comes again because another recipient had to wait.
//!
//! SMTP has one answer for all recipients after DATA: when one must wait, the answer is 451 and the sender tries all
//! of them again. Those that were served are remembered by sender, recipient and hash of the bytes, for that retry only.

use aws_lc_rs::digest::{Context, SHA256};
use message::{Envelope, UnixMillis};
use store::{Counters, Reference, StoreError};

use crate::directory::Recipient;
use crate::stores::now;

/// How long senders keep trying (RFC 5321 §4.5.4.1: at least four to five days).
const REMEMBERED_MS: i64 = 6 * 24 * 3600 * 1000;

const SERVED: &str = "served:";
const HELD: &str = "held:";

/// Names one message of one sender.
#[derive(Clone, Copy, Debug)]
pub struct Mark([u8; 32]);

impl Mark {
    /// Of these bytes from this sender.
    pub fn of(envelope: &Envelope, raw: &[u8]) -> Self {
        let mut context = Context::new(&SHA256);
        context.update(envelope.mail_from.to_string().as_bytes());
        context.update(&[0]);
        context.update(raw);
        let mut mark = [0; 32];
        mark.copy_from_slice(context.finish().as_ref());
        Self(mark)
    }

    fn key(&self, of: &str, recipient: &Recipient) -> String {
        use std::fmt::Write as _;
        let mut key = String::with_capacity(96);
        key.push_str(of);
        for byte in self.0 {
            let _ = write!(key, "{byte:02x}");
        }
        let _ = write!(key, ":{}:{}", recipient.operator.0, recipient.given.key());
        key
    }
}

/// Whether this recipient got this message in an earlier try.
pub async fn was_served(counters: &dyn Counters, mark: Mark, recipient: &Recipient) -> Result<bool, StoreError> {
    Ok(counters.recall(&mark.key(SERVED, recipient), now()).await?.is_some())
}

/// Remembers that it did.
pub async fn remember(counters: &dyn Counters, mark: Mark, recipient: &Recipient) -> Result<(), StoreError> {
    counters.remember(&mark.key(SERVED, recipient), b"1", UnixMillis(now().0 + REMEMBERED_MS)).await
}

/// Forgets it: everybody has it now, and the same message sent anew is a new message.
pub async fn forget(counters: &dyn Counters, mark: Mark, recipient: &Recipient) -> Result<(), StoreError> {
    counters.forget(&mark.key(SERVED, recipient)).await
}

/// The reference under which this message is already held for this recipient: it comes again because somebody after us
/// refused it. Unlike [`was_served`] this is never forgotten early, because nobody tells us whether the mail server in
/// front took it in the end.
pub async fn held_before(
    counters: &dyn Counters,
    mark: Mark,
    recipient: &Recipient,
) -> Result<Option<Reference>, StoreError> {
    let known = counters.recall(&mark.key(HELD, recipient), now()).await?;
    Ok(known.and_then(|text| Reference::parse(&String::from_utf8_lossy(&text))))
}

/// Remembers the reference.
pub async fn remember_held(
    counters: &dyn Counters,
    mark: Mark,
    recipient: &Recipient,
    reference: &Reference,
) -> Result<(), StoreError> {
    let until = UnixMillis(now().0 + REMEMBERED_MS);
    counters.remember(&mark.key(HELD, recipient), reference.as_str().as_bytes(), until).await
}
