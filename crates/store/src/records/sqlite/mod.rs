//! Records in SQLite: one main file, and a file of decisions per UTC day.
//!
//! Each file has one writer that commits in groups and a pool of readers. The methods here only say where to
//! look; what they do stands in the files beside this one, by subject.

mod audit;
pub(crate) mod connect;
mod contracts;
mod decisions;
mod digests;
mod directory;
mod headers;
mod junk;
mod junk_find;
mod learning;
mod means;
mod settings;
mod signin;
pub(crate) mod writer;

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use message::UnixMillis;
use sqlx::migrate::Migrator;
use sqlx::sqlite::SqlitePool;

use super::Records;
use super::audit::AuditRow;
use super::decisions::{DecisionQuery, DecisionRow, FoldedRefusal, HourlyCount, TransactionRow};
use super::digests::DigestRow;
use super::directory::{AddressRow, ContractRow, DomainRow, OperatorRow, SubscriberRow};
use super::headers::HeadersRow;
use super::junk::{JunkQuery, JunkRow, JunkState};
use super::learning::{ExampleRow, Label, Owner};
use super::means::{MeansKind, MeansRow};
use super::settings::{SettingsOwner, SettingsVersion};
use super::signin::{CodeRow, Person, SessionRow, StaffRow};
use crate::{BlobName, JunkId, Keys, OperatorId, Reference, StaffId, StoreError, SubscriberId, TransactionId};
use connect::failed;
use decisions::Decisions;
use headers::Headers;
use writer::Writer;

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/records");

/// Readers of the main file at once.
const READERS: u32 = 4;

/// Records in the embedded database.
pub struct SqliteRecords {
    writer: Writer,
    readers: SqlitePool,
    decisions: Decisions,
    headers: Headers,
    /// Grows with every change of subscribers and addresses.
    directory: AtomicU64,
}

impl SqliteRecords {
    /// Opens `records.db` and `decisions/` in the data folder, creating what is missing and migrating what is old.
    /// The caller owns the folder's lock.
    pub async fn open(folder: &Path, keys: &Keys) -> Result<Self, StoreError> {
        let path = folder.join("records.db");
        let writer = Writer::open(&path, &MIGRATIONS).await?;
        let readers = connect::open_readers(&path, READERS);
        let decisions = Decisions::open(&folder.join("decisions")).await?;
        let headers = Headers::open(&folder.join("headers.db"), keys).await?;
        Ok(Self { writer, readers, decisions, headers, directory: AtomicU64::new(0) })
    }

    /// Writes everything that waits and closes the files. Nothing may be asked of it afterwards.
    pub async fn close(&self) -> Result<(), StoreError> {
        self.readers.close().await;
        let decisions = self.decisions.close().await;
        let headers = self.headers.close().await;
        self.writer.close().await.and(decisions).and(headers)
    }

    /// Of these held messages, those whose bytes nobody can ask for any more.
    pub(crate) async fn gone(&self, ids: &[JunkId]) -> Result<Vec<JunkId>, StoreError> {
        junk::gone(&self.readers, ids).await
    }

    /// Whether no message is in the index of held mail, not even a released or deleted one.
    pub(crate) async fn junk_is_empty(&self) -> Result<bool, StoreError> {
        junk::is_empty(&self.readers).await
    }

    /// Daily files that could not be read, as far as somebody has tried, and why.
    pub fn damaged_files(&self) -> Vec<String> {
        self.decisions.damaged_files()
    }
}

#[async_trait]
impl Records for SqliteRecords {
    async fn put_operator(&self, operator: &OperatorRow) -> Result<OperatorId, StoreError> {
        directory::put_operator(&self.writer, operator).await
    }
    async fn operators(&self) -> Result<Vec<OperatorRow>, StoreError> {
        directory::operators(&self.readers).await
    }
    async fn put_domain(&self, domain: &DomainRow) -> Result<(), StoreError> {
        directory::put_domain(&self.writer, domain).await
    }
    async fn domains(&self) -> Result<Vec<DomainRow>, StoreError> {
        directory::domains(&self.readers).await
    }
    async fn put_subscriber(&self, subscriber: &SubscriberRow) -> Result<SubscriberId, StoreError> {
        let done = directory::put_subscriber(&self.writer, subscriber).await;
        self.directory.fetch_add(1, Ordering::AcqRel);
        done
    }
    async fn subscriber(&self, operator: OperatorId, id: SubscriberId) -> Result<Option<SubscriberRow>, StoreError> {
        directory::subscriber(&self.readers, operator, id).await
    }
    async fn subscriber_by_login(
        &self,
        operator: OperatorId,
        login: &str,
    ) -> Result<Option<SubscriberRow>, StoreError> {
        directory::subscriber_by_login(&self.readers, operator, login).await
    }
    async fn find_subscribers(
        &self,
        operator: OperatorId,
        text: &str,
        limit: u32,
        offset: u32,
    ) -> Result<Vec<SubscriberRow>, StoreError> {
        directory::find_subscribers(&self.readers, operator, text, limit, offset).await
    }
    async fn count_subscribers(&self, operator: OperatorId) -> Result<u64, StoreError> {
        directory::count_subscribers(&self.readers, operator).await
    }
    async fn put_contract(&self, contract: &ContractRow) -> Result<(), StoreError> {
        contracts::put(&self.writer, contract).await
    }
    async fn contract(
        &self,
        operator: OperatorId,
        subscriber: SubscriberId,
    ) -> Result<Option<ContractRow>, StoreError> {
        contracts::one(&self.readers, operator, subscriber).await
    }
    async fn put_address(&self, address: &AddressRow) -> Result<(), StoreError> {
        let done = directory::put_address(&self.writer, address).await;
        self.directory.fetch_add(1, Ordering::AcqRel);
        done
    }
    async fn address(&self, operator: OperatorId, key: &str) -> Result<Option<AddressRow>, StoreError> {
        directory::address(&self.readers, operator, key).await
    }
    async fn owners_of(
        &self,
        operator: OperatorId,
        keys: &[String],
    ) -> Result<HashMap<String, Option<SubscriberId>>, StoreError> {
        directory::owners_of(&self.readers, operator, keys).await
    }
    async fn subscribers_by_login(
        &self,
        operator: OperatorId,
        logins: &[String],
    ) -> Result<HashMap<String, SubscriberId>, StoreError> {
        directory::subscribers_by_login(&self.readers, operator, logins).await
    }
    async fn addresses_of(
        &self,
        operator: OperatorId,
        subscriber: SubscriberId,
    ) -> Result<Vec<AddressRow>, StoreError> {
        directory::addresses_of(&self.readers, operator, subscriber).await
    }
    async fn import_subscribers(&self, rows: &[(SubscriberRow, Vec<AddressRow>)]) -> Result<u64, StoreError> {
        let done = directory::import_subscribers(&self.writer, rows).await;
        self.directory.fetch_add(1, Ordering::AcqRel);
        done
    }

    fn directory_version(&self) -> Option<u64> {
        Some(self.directory.load(Ordering::Acquire))
    }

    async fn put_settings(&self, version: &SettingsVersion, expected: i64) -> Result<i64, StoreError> {
        settings::put_settings(&self.writer, version, expected).await
    }
    async fn settings(
        &self,
        operator: OperatorId,
        owner: &SettingsOwner,
    ) -> Result<Option<SettingsVersion>, StoreError> {
        Ok(settings::settings_history(&self.readers, operator, owner, 1).await?.pop())
    }
    async fn settings_history(
        &self,
        operator: OperatorId,
        owner: &SettingsOwner,
        limit: u32,
    ) -> Result<Vec<SettingsVersion>, StoreError> {
        settings::settings_history(&self.readers, operator, owner, limit).await
    }

    async fn settings_in_use(
        &self,
        operator: OperatorId,
        after: &str,
        most: u32,
    ) -> Result<Vec<(String, String)>, StoreError> {
        settings::settings_in_use(&self.readers, operator, after, most).await
    }

    async fn record(
        &self,
        transaction: TransactionRow,
        recipients: Vec<DecisionRow>,
        durable: bool,
    ) -> Result<(), StoreError> {
        self.decisions.record(transaction, recipients, durable).await
    }
    async fn fold_refusal(&self, refusal: FoldedRefusal) -> Result<(), StoreError> {
        self.decisions.fold(refusal).await
    }
    async fn decision(
        &self,
        operator: OperatorId,
        reference: &Reference,
    ) -> Result<Option<(TransactionRow, DecisionRow)>, StoreError> {
        self.decisions.decision(operator, reference).await
    }
    async fn decisions_of(
        &self,
        operator: OperatorId,
        transaction: TransactionId,
    ) -> Result<Vec<DecisionRow>, StoreError> {
        self.decisions.decisions_of(operator, transaction).await
    }
    async fn find_decisions(&self, query: &DecisionQuery) -> Result<Vec<(TransactionRow, DecisionRow)>, StoreError> {
        self.decisions.find(query).await
    }
    async fn hourly(&self, operator: OperatorId, since: UnixMillis) -> Result<Vec<HourlyCount>, StoreError> {
        self.decisions.hourly(operator, since).await
    }
    async fn folded_refusals(
        &self,
        operator: OperatorId,
        since: UnixMillis,
        limit: u32,
    ) -> Result<Vec<FoldedRefusal>, StoreError> {
        self.decisions.folded_refusals(operator, since, limit).await
    }
    async fn expire_decisions(&self, now: UnixMillis, days: u32) -> Result<u32, StoreError> {
        self.decisions.expire(now, days).await
    }

    async fn put_headers(&self, row: HeadersRow) -> Result<(), StoreError> {
        self.headers.put(row).await
    }
    async fn find_headers(
        &self,
        operator: OperatorId,
        subscriber: SubscriberId,
        since: UnixMillis,
        limit: u32,
    ) -> Result<Vec<HeadersRow>, StoreError> {
        self.headers.find(operator, subscriber, since, limit).await
    }
    async fn headers(&self, operator: OperatorId, reference: &Reference) -> Result<Option<HeadersRow>, StoreError> {
        self.headers.one(operator, reference).await
    }
    async fn erase_headers(
        &self,
        operator: OperatorId,
        subscriber: Option<SubscriberId>,
        before: Option<UnixMillis>,
    ) -> Result<u64, StoreError> {
        self.headers.erase(operator, subscriber, before).await
    }

    async fn put_junk(&self, row: &JunkRow) -> Result<(), StoreError> {
        junk::put_junk(&self.writer, row).await
    }
    async fn junk(&self, operator: OperatorId, id: JunkId) -> Result<Option<JunkRow>, StoreError> {
        junk::junk(&self.readers, operator, id).await
    }
    async fn junk_by_reference(
        &self,
        operator: OperatorId,
        reference: &Reference,
    ) -> Result<Option<JunkRow>, StoreError> {
        junk::junk_by_reference(&self.readers, operator, reference).await
    }
    async fn find_junk(&self, query: &JunkQuery) -> Result<Vec<JunkRow>, StoreError> {
        junk_find::find_junk(&self.readers, query).await
    }
    async fn count_junk(&self, query: &JunkQuery) -> Result<u64, StoreError> {
        junk_find::count_junk(&self.readers, query).await
    }
    async fn move_junk(
        &self,
        operator: OperatorId,
        id: JunkId,
        from: JunkState,
        to: JunkState,
        at: UnixMillis,
    ) -> Result<bool, StoreError> {
        junk::move_junk(&self.writer, operator, id, from, to, at).await
    }
    async fn unfinished_releases(&self) -> Result<Vec<JunkRow>, StoreError> {
        junk::unfinished_releases(&self.readers).await
    }
    async fn expire_junk(&self, now: UnixMillis, limit: u32) -> Result<Vec<JunkRow>, StoreError> {
        junk::expire_junk(&self.writer, now, limit).await
    }
    async fn junk_blob_in_use(&self, operator: OperatorId, blob: BlobName) -> Result<bool, StoreError> {
        junk::junk_blob_in_use(&self.readers, operator, blob).await
    }

    async fn digests_due(&self, now: UnixMillis, limit: u32) -> Result<Vec<DigestRow>, StoreError> {
        digests::digests_due(&self.readers, now, limit).await
    }
    async fn digest(&self, operator: OperatorId, subscriber: SubscriberId) -> Result<Option<DigestRow>, StoreError> {
        digests::digest(&self.readers, operator, subscriber).await
    }
    async fn wake_digests(
        &self,
        operator: OperatorId,
        after: SubscriberId,
        limit: u32,
    ) -> Result<Option<SubscriberId>, StoreError> {
        digests::wake(&self.writer, operator, after, limit).await
    }
    async fn plan_digests(&self, plans: &[(DigestRow, DigestRow)]) -> Result<(), StoreError> {
        digests::plan_digests(&self.writer, plans).await
    }
    async fn untold(
        &self,
        operator: OperatorId,
        subscriber: SubscriberId,
        limit: u32,
    ) -> Result<(u64, Vec<JunkRow>), StoreError> {
        junk::untold(&self.readers, operator, subscriber, limit).await
    }
    async fn told(&self, plan: &DigestRow, newest: Option<JunkId>) -> Result<(), StoreError> {
        digests::told(&self.writer, plan, newest).await
    }
    async fn use_link(&self, link: &[u8; 32], now: UnixMillis, expires_at: UnixMillis) -> Result<bool, StoreError> {
        digests::use_link(&self.writer, link, now, expires_at).await
    }
    async fn link_is_used(&self, link: &[u8; 32]) -> Result<bool, StoreError> {
        digests::link_is_used(&self.readers, link).await
    }

    async fn put_example(&self, example: &ExampleRow) -> Result<bool, StoreError> {
        learning::put_example(&self.writer, example).await
    }
    async fn example(
        &self,
        operator: OperatorId,
        owner: Owner,
        message: [u8; 32],
    ) -> Result<Option<ExampleRow>, StoreError> {
        learning::example(&self.readers, operator, owner, message).await
    }
    async fn take_example(
        &self,
        operator: OperatorId,
        owner: Owner,
        message: [u8; 32],
    ) -> Result<Option<ExampleRow>, StoreError> {
        learning::take_example(&self.writer, operator, owner, message).await
    }
    async fn examples(
        &self,
        operator: OperatorId,
        owner: Owner,
        after: i64,
        limit: u32,
    ) -> Result<Vec<ExampleRow>, StoreError> {
        learning::examples(&self.readers, operator, owner, after, limit).await
    }
    async fn count_examples(&self, operator: OperatorId, owner: Owner, label: Label) -> Result<u64, StoreError> {
        learning::count_examples(&self.readers, operator, owner, label).await
    }
    async fn erase_examples(&self, operator: OperatorId, owner: Owner) -> Result<u64, StoreError> {
        learning::erase_examples(&self.writer, operator, owner).await
    }

    async fn put_staff(&self, staff: &StaffRow) -> Result<StaffId, StoreError> {
        signin::put_staff(&self.writer, staff).await
    }
    async fn staff_by_login(&self, login: &str) -> Result<Option<StaffRow>, StoreError> {
        signin::staff_by_login(&self.readers, login).await
    }
    async fn staff(&self, operator: OperatorId, id: StaffId) -> Result<Option<StaffRow>, StoreError> {
        signin::staff(&self.readers, operator, id).await
    }
    async fn put_session(&self, session: &SessionRow) -> Result<(), StoreError> {
        signin::put_session(&self.writer, session).await
    }
    async fn session(&self, token_hash: &[u8; 32], now: UnixMillis) -> Result<Option<SessionRow>, StoreError> {
        signin::session(&self.readers, &self.writer, token_hash, now).await
    }
    async fn sessions_of(
        &self,
        operator: OperatorId,
        person: Person,
        now: UnixMillis,
    ) -> Result<Vec<SessionRow>, StoreError> {
        signin::sessions_of(&self.readers, operator, person, now).await
    }
    async fn end_session(&self, token_hash: &[u8; 32]) -> Result<(), StoreError> {
        signin::end_session(&self.writer, token_hash).await
    }
    async fn end_sessions_of(
        &self,
        operator: OperatorId,
        person: Person,
        but: Option<[u8; 32]>,
    ) -> Result<u64, StoreError> {
        signin::end_sessions_of(&self.writer, operator, person, but).await
    }
    async fn put_means(&self, means: &MeansRow) -> Result<(), StoreError> {
        means::put(&self.writer, means).await
    }
    async fn means_of(&self, operator: OperatorId, person: Person) -> Result<Vec<MeansRow>, StoreError> {
        means::of(&self.readers, operator, person).await
    }
    async fn means_named(&self, kind: MeansKind, name: &[u8]) -> Result<Vec<MeansRow>, StoreError> {
        means::named(&self.readers, kind, name).await
    }
    async fn advance_means(
        &self,
        operator: OperatorId,
        person: Person,
        kind: MeansKind,
        name: &[u8],
        to: i64,
    ) -> Result<bool, StoreError> {
        let which = means::Which { operator, person, kind, name: Some(name.to_vec()) };
        means::advance(&self.writer, which, to).await
    }
    async fn drop_means(
        &self,
        operator: OperatorId,
        person: Person,
        kind: MeansKind,
        name: Option<&[u8]>,
    ) -> Result<u64, StoreError> {
        let which = means::Which { operator, person, kind, name: name.map(<[u8]>::to_vec) };
        means::drop(&self.writer, which).await
    }
    async fn put_code(&self, code: &CodeRow) -> Result<(), StoreError> {
        signin::put_code(&self.writer, code).await
    }
    async fn try_code(
        &self,
        operator: OperatorId,
        login: &str,
        code_hash: &[u8; 32],
        now: UnixMillis,
    ) -> Result<bool, StoreError> {
        signin::try_code(&self.writer, operator, login, code_hash, now).await
    }

    async fn audit(&self, row: &AuditRow) -> Result<(), StoreError> {
        audit::audit(&self.writer, row).await
    }
    async fn find_audit(
        &self,
        operator: OperatorId,
        target: Option<&str>,
        limit: u32,
        offset: u32,
    ) -> Result<Vec<AuditRow>, StoreError> {
        audit::find_audit(&self.readers, operator, target, limit, offset).await
    }

    async fn check_writable(&self) -> Result<(), StoreError> {
        self.writer
            .change(|connection| {
                Box::pin(async move {
                    sqlx::query("INSERT INTO writable (fill) VALUES (randomblob(8192))")
                        .execute(&mut *connection)
                        .await
                        .map_err(failed)?;
                    sqlx::query("DELETE FROM writable").execute(connection).await.map_err(failed)?;
                    Ok(())
                })
            })
            .await?;
        self.decisions.check_writable().await
    }
}
