//! Who is told of held mail once the operator offers another digest (SUB-15).

use std::sync::Arc;

use policy::Layer;
use store::records::settings::SettingsOwner;
use store::{OperatorId, Records, StoreError, SubscriberId};

use super::Directory;

impl Directory {
    /// Whether people who chose no digest may get another one now: what is held for them is looked at again.
    pub(super) async fn changes_digest_offer(
        &self,
        operator: OperatorId,
        owner: &SettingsOwner,
        layer: &Layer,
    ) -> Result<bool, StoreError> {
        if matches!(owner, SettingsOwner::Subscriber(_)) {
            return Ok(false);
        }
        let before = self.stored(operator, owner).await?.map(|(_, before)| before).unwrap_or_default();
        Ok(before.digest != layer.digest || before.profile != layer.profile)
    }
}

/// People looked at for a changed offer in one commit.
const WOKEN_AT_ONCE: u32 = 2_000;

/// Has everybody looked at who has untold held mail and no digest planned, in slices between which mail is written. Where
/// it breaks off, the others follow with the next message that is held for them.
pub(super) async fn wake(records: Arc<dyn Records>, operator: OperatorId) {
    let mut after = Some(SubscriberId(i64::MIN));
    while let Some(from) = after {
        after = match records.wake_digests(operator, from, WOKEN_AT_ONCE).await {
            Ok(last) => last,
            Err(fault) => return tracing::warn!(%fault, "not everybody is told of held mail by the changed offer yet"),
        };
    }
}
