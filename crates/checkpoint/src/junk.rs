//! Held mail: kept exactly, opened, released past the filter, deleted, expired.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use message::{Address, Body, Headers, Limits, ReversePath};
use policy::Language;
use store::records::audit::AuditRow;
use store::records::junk::{JunkRow, JunkState};
use store::{JunkId, OperatorId, StoreError};

use crate::directory::{Directory, Resolved};
use crate::onward::{Handed, Handover, NextHop, Onward, Rendering};
use crate::removal::{Notice, attached, instead};
use crate::rendering::{Marks, Trace, render};
use crate::stores::{Stores, now};

/// How long the next hop may take for one release.
const RELEASE_TIME: Duration = Duration::from_secs(60);
/// Rows that one sweep lets go at a time.
const EXPIRE_AT_ONCE: u32 = 500;
const DAY_MS: i64 = 24 * 3600 * 1000;

/// What came of a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Released {
    /// Delivered now.
    Now,
    /// It had been delivered before; nothing was sent twice.
    Before,
}

/// Why a release did not happen. The message is still held.
#[derive(Debug, thiserror::Error)]
pub enum ReleaseError {
    /// There is no such held message, or it was deleted or its time was over.
    #[error("this message is no longer held")]
    Gone,
    /// The next hop said no, or not now.
    #[error("the mail server behind did not take it: {0}")]
    NotTaken(String),
    /// Our own store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The keeper of held mail.
pub struct Junk {
    stores: Stores,
    directory: Arc<Directory>,
    onward: Arc<dyn Onward>,
    /// `[release] via`: an unfiltered injection port; `None`: the recipient's next hop.
    via: Option<NextHop>,
}

impl std::fmt::Debug for Junk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Junk").field("via", &self.via).finish_non_exhaustive()
    }
}

/// The holder under which a held message keeps its blob.
pub fn holder(id: JunkId) -> String {
    format!("junk:{}", id.0)
}

/// In the audit: it goes without its attachments; it went whole after all.
const STRIP: &str = "junk.strip";
const WHOLE: &str = "junk.release-whole";
/// Deeds that are looked through for those.
const AUDITED: u32 = 50;

/// The message with a notice in the place of each attachment, and nothing else changed.
fn without_attachments(row: &JunkRow, raw: Bytes, language: Option<Language>) -> Rendering {
    let limits = Limits::default();
    let headers = Headers::parse(raw, &limits);
    let left = (row.expires_at.0 - now().0).max(0).div_euclid(DAY_MS) + 1;
    let days = u16::try_from(left).unwrap_or(u16::MAX);
    let notice = Notice { language, days, reference: row.reference.as_str() };
    let instead = instead(&headers, &attached(&headers, &limits), &notice);
    render(&headers, &Trace::default(), &Marks { instead, ..Marks::default() })
}

impl Junk {
    /// A keeper that releases by `via`, or by each recipient's next hop.
    pub fn new(stores: Stores, directory: Arc<Directory>, onward: Arc<dyn Onward>, via: Option<NextHop>) -> Self {
        Self { stores, directory, onward, via }
    }

    /// Holds a message: the blob first, then the row; durable when this returns.
    pub async fn hold(&self, mut row: JunkRow, raw: Bytes) -> Result<(), StoreError> {
        row.blob = self.stores.blobs.put(row.operator, &holder(row.id), raw).await?;
        self.stores.records.put_junk(&row).await
    }

    /// A held message with its bytes.
    pub async fn open(&self, operator: OperatorId, id: JunkId) -> Result<(JunkRow, Bytes), StoreError> {
        let row = self.stores.records.junk(operator, id).await?.ok_or(StoreError::Absent("held message"))?;
        let raw = self.stores.blobs.get(operator, &holder(id), row.blob).await?;
        Ok((row, raw))
    }

    /// Delivers a held message after all, byte for byte, past the filter. It stays held until the next hop has it.
    pub async fn release(
        &self,
        operator: OperatorId,
        id: JunkId,
        by: &str,
        from: &str,
    ) -> Result<Released, ReleaseError> {
        let row = self.stores.records.junk(operator, id).await?.ok_or(ReleaseError::Gone)?;
        let before = match row.state {
            JunkState::Released => return Ok(Released::Before),
            JunkState::Deleted | JunkState::Expired => return Err(ReleaseError::Gone),
            // Somebody is at it, or was when the program stopped: `resume` finishes those.
            JunkState::Releasing => return Ok(Released::Before),
            JunkState::Held | JunkState::Trash => row.state,
        };
        if !self.stores.records.move_junk(operator, id, before, JunkState::Releasing, now()).await? {
            return Ok(Released::Before);
        }
        let done = self.finish_release(row, before, None).await;
        self.audit(operator, id, by, from, "junk.release", if done.is_ok() { "delivered" } else { "not taken" })
            .await?;
        done
    }

    /// Sends what is in `Releasing` and moves it on, or back.
    async fn finish_release(
        &self,
        row: JunkRow,
        back_to: JunkState,
        instead: Option<Rendering>,
    ) -> Result<Released, ReleaseError> {
        let sent = self.send(&row, instead).await;
        match sent {
            Ok(()) => {
                self.stores
                    .records
                    .move_junk(row.operator, row.id, JunkState::Releasing, JunkState::Released, now())
                    .await?;
                Ok(Released::Now)
            }
            Err(why) => {
                self.stores.records.move_junk(row.operator, row.id, JunkState::Releasing, back_to, now()).await?;
                Err(why)
            }
        }
    }

    /// Hands it on: the very same bytes, or what is to go instead.
    async fn send(&self, row: &JunkRow, instead: Option<Rendering>) -> Result<(), ReleaseError> {
        let rendering = match instead {
            Some(rendering) => rendering,
            None => Rendering { pieces: vec![self.stores.blobs.get(row.operator, &holder(row.id), row.blob).await?] },
        };
        let recipient = Address::parse(&row.recipient)
            .map_err(|bad| ReleaseError::NotTaken(format!("{}: {bad}", row.recipient)))?;
        let mail_from = match row.mail_from.as_str() {
            "" => ReversePath::Null,
            text => Address::parse(text).map(ReversePath::Address).unwrap_or(ReversePath::Null),
        };
        let hop = match &self.via {
            Some(hop) => hop.clone(),
            None => match self.directory.resolve(&recipient).await? {
                Resolved::Ours(found) => found.next_hop,
                Resolved::Nobody | Resolved::NotOurs => {
                    return Err(ReleaseError::NotTaken(format!("{recipient} is not an address here any more")));
                }
            },
        };
        let body = if rendering.is_eight_bit() { Body::EightBit } else { Body::SevenBit };
        let handover = Handover {
            hop,
            mail_from,
            recipients: vec![recipient],
            rendering,
            smtp_utf8: row.smtp_utf8,
            body,
            peer: None,
            notify_never: true,
            deadline: tokio::time::Instant::now() + RELEASE_TIME,
        };
        match self.onward.hand_over(handover).await.into_iter().next() {
            Some(Handed::Accepted(_)) => Ok(()),
            Some(Handed::Refused(reply) | Handed::Deferred(reply)) => {
                Err(ReleaseError::NotTaken(format!("{} {}", reply.code, reply.text)))
            }
            None => Err(ReleaseError::NotTaken("no answer".into())),
        }
    }

    /// Delivers a held message with a notice in the place of each attachment (SUB-05). The whole of it is kept until its
    /// time is over, and can be taken with [`Junk::release_whole`].
    pub async fn release_stripped(
        &self,
        operator: OperatorId,
        id: JunkId,
        by: &str,
        from: &str,
        language: Option<Language>,
    ) -> Result<Released, ReleaseError> {
        let row = self.stores.records.junk(operator, id).await?.ok_or(ReleaseError::Gone)?;
        let before = match row.state {
            JunkState::Released | JunkState::Releasing => return Ok(Released::Before),
            JunkState::Deleted | JunkState::Expired => return Err(ReleaseError::Gone),
            JunkState::Held | JunkState::Trash => row.state,
        };
        // Written first: a restart in between must not deliver what the person did not want.
        self.audit(operator, id, by, from, STRIP, &row.reference.to_string()).await?;
        if !self.stores.records.move_junk(operator, id, before, JunkState::Releasing, now()).await? {
            return Ok(Released::Before);
        }
        let raw = self.stores.blobs.get(operator, &holder(id), row.blob).await?;
        let rendering = without_attachments(&row, raw, language);
        let done = self.finish_release(row, before, Some(rendering)).await;
        self.audit(
            operator,
            id,
            by,
            from,
            "junk.release",
            if done.is_ok() { "without attachments" } else { "not taken" },
        )
        .await?;
        done
    }

    /// Whether a released message was delivered without its attachments, and not yet whole.
    pub async fn was_stripped(&self, operator: OperatorId, id: JunkId) -> Result<bool, StoreError> {
        let rows = self.stores.records.find_audit(operator, Some(&holder(id)), AUDITED, 0).await?;
        let mut deeds = rows.iter().map(|row| row.action.as_str());
        Ok(deeds.find(|action| matches!(*action, STRIP | WHOLE)) == Some(STRIP))
    }

    /// Delivers the whole of what was delivered without its attachments, byte for byte.
    pub async fn release_whole(
        &self,
        operator: OperatorId,
        id: JunkId,
        by: &str,
        from: &str,
    ) -> Result<Released, ReleaseError> {
        let row = self.stores.records.junk(operator, id).await?.ok_or(ReleaseError::Gone)?;
        if row.state != JunkState::Released || !self.was_stripped(operator, id).await? {
            return Err(ReleaseError::Gone);
        }
        if !self.stores.records.move_junk(operator, id, JunkState::Released, JunkState::Releasing, now()).await? {
            return Ok(Released::Before);
        }
        let done = self.finish_release(row, JunkState::Released, None).await;
        if done.is_ok() {
            self.audit(operator, id, by, from, WHOLE, "delivered").await?;
        }
        done
    }

    /// Finishes releases that a restart cut short. The next hop may get such a message twice, never not at all. One that
    /// was to go without its attachments waits for the person again.
    pub async fn resume(&self) -> Result<u32, StoreError> {
        let mut finished = 0;
        for row in self.stores.records.unfinished_releases().await? {
            let (operator, id) = (row.operator, row.id);
            if self.was_stripped(operator, id).await? {
                self.stores.records.move_junk(operator, id, JunkState::Releasing, JunkState::Held, now()).await?;
                self.audit(operator, id, "system", "restart", "junk.release", "held again after a restart").await?;
                continue;
            }
            match self.finish_release(row, JunkState::Held, None).await {
                Ok(_) => finished += 1,
                Err(ReleaseError::Store(fault)) => return Err(fault),
                Err(why) => tracing::warn!(%why, junk = %id.0, "a release that was cut short stays held"),
            }
            self.audit(operator, id, "system", "restart", "junk.release", "finished after a restart").await?;
        }
        Ok(finished)
    }

    /// Throws a held message away. Its bytes can never be read again.
    pub async fn delete(&self, operator: OperatorId, id: JunkId, by: &str, from: &str) -> Result<bool, StoreError> {
        let Some(row) = self.stores.records.junk(operator, id).await? else { return Ok(false) };
        if !matches!(row.state, JunkState::Held | JunkState::Trash)
            || !self.stores.records.move_junk(operator, id, row.state, JunkState::Deleted, now()).await?
        {
            return Ok(false);
        }
        self.audit(operator, id, by, from, "junk.delete", &row.reference.to_string()).await?;
        self.stores.blobs.drop_holder(operator, &holder(id), row.blob).await?;
        Ok(true)
    }

    /// Takes a held message back out of the trash.
    pub async fn restore(&self, operator: OperatorId, id: JunkId) -> Result<bool, StoreError> {
        self.stores.records.move_junk(operator, id, JunkState::Trash, JunkState::Held, now()).await
    }

    /// Lets go what is past its time; returns how many.
    pub async fn expire(&self) -> Result<usize, StoreError> {
        let rows = self.stores.records.expire_junk(now(), EXPIRE_AT_ONCE).await?;
        for row in &rows {
            self.stores.blobs.drop_holder(row.operator, &holder(row.id), row.blob).await?;
        }
        Ok(rows.len())
    }

    async fn audit(
        &self,
        operator: OperatorId,
        id: JunkId,
        by: &str,
        from: &str,
        action: &str,
        detail: &str,
    ) -> Result<(), StoreError> {
        self.stores
            .records
            .audit(&AuditRow {
                id: 0,
                operator,
                at: now(),
                by: by.into(),
                from: from.into(),
                action: action.into(),
                target: holder(id),
                detail: detail.into(),
            })
            .await
    }
}
