//! Directory, settings, decisions, junk index, learning log, sign-ins and audit.
//!
//! One trait, its methods grouped by subject; rows are plain structs in the files beside this one. What a row
//! holds as `json` belongs to the crate that wrote it (policy's settings and decisions).

pub mod audit;
pub mod decisions;
pub mod digests;
pub mod directory;
pub mod headers;
pub mod junk;
pub mod learning;
pub mod means;
pub mod settings;
pub mod signin;
pub mod sqlite;

use std::collections::HashMap;

use async_trait::async_trait;
use message::UnixMillis;

use crate::{BlobName, JunkId, OperatorId, Reference, StaffId, StoreError, SubscriberId, TransactionId};
use audit::AuditRow;
use decisions::{DecisionQuery, DecisionRow, FoldedRefusal, HourlyCount, TransactionRow};
use digests::DigestRow;
use directory::{AddressRow, ContractRow, DomainRow, OperatorRow, SubscriberRow};
use headers::HeadersRow;
use junk::{JunkQuery, JunkRow, JunkState};
use learning::{ExampleRow, Label, Owner};
use means::{MeansKind, MeansRow};
use settings::{SettingsOwner, SettingsVersion};
use signin::{CodeRow, Person, SessionRow, StaffRow};

/// Everything that is kept in rows.
#[async_trait]
pub trait Records: Send + Sync {
    // ---- directory

    /// Creates or updates an operator by name; returns its id.
    async fn put_operator(&self, operator: &OperatorRow) -> Result<OperatorId, StoreError>;
    /// Every operator.
    async fn operators(&self) -> Result<Vec<OperatorRow>, StoreError>;
    /// Creates or updates a domain.
    async fn put_domain(&self, domain: &DomainRow) -> Result<(), StoreError>;
    /// Every domain of every operator (there are few; the gate keeps them in memory).
    async fn domains(&self) -> Result<Vec<DomainRow>, StoreError>;
    /// Creates a subscriber (id 0) or updates one; returns the id.
    async fn put_subscriber(&self, subscriber: &SubscriberRow) -> Result<SubscriberId, StoreError>;
    /// One subscriber.
    async fn subscriber(&self, operator: OperatorId, id: SubscriberId) -> Result<Option<SubscriberRow>, StoreError>;
    /// By the name used to sign in (an address in lower case).
    async fn subscriber_by_login(&self, operator: OperatorId, login: &str)
    -> Result<Option<SubscriberRow>, StoreError>;
    /// Subscribers whose login, name or address contains `text`, in order of login, `limit` from `offset`.
    async fn find_subscribers(
        &self,
        operator: OperatorId,
        text: &str,
        limit: u32,
        offset: u32,
    ) -> Result<Vec<SubscriberRow>, StoreError>;
    /// How many subscribers an operator has.
    async fn count_subscribers(&self, operator: OperatorId) -> Result<u64, StoreError>;
    /// Writes the dates of a person's contract.
    async fn put_contract(&self, contract: &ContractRow) -> Result<(), StoreError>;
    /// The dates of a person's contract, where somebody wrote them down.
    async fn contract(&self, operator: OperatorId, subscriber: SubscriberId)
    -> Result<Option<ContractRow>, StoreError>;
    /// Creates or updates an address or alias. `key` is [`message::Address::key`].
    async fn put_address(&self, address: &AddressRow) -> Result<(), StoreError>;
    /// One address by key.
    async fn address(&self, operator: OperatorId, key: &str) -> Result<Option<AddressRow>, StoreError>;
    /// Addresses of a subscriber.
    async fn addresses_of(&self, operator: OperatorId, subscriber: SubscriberId)
    -> Result<Vec<AddressRow>, StoreError>;
    /// Of these addresses those that are there, each with whose it is: one question for a whole list.
    async fn owners_of(
        &self,
        operator: OperatorId,
        keys: &[String],
    ) -> Result<HashMap<String, Option<SubscriberId>>, StoreError>;
    /// Of these sign-in names those that are there, each with the subscriber's number.
    async fn subscribers_by_login(
        &self,
        operator: OperatorId,
        logins: &[String],
    ) -> Result<HashMap<String, SubscriberId>, StoreError>;
    /// Many subscribers with their addresses in one transaction (CSV import): all or nothing; returns how many were new.
    async fn import_subscribers(&self, rows: &[(SubscriberRow, Vec<AddressRow>)]) -> Result<u64, StoreError>;
    /// Another number after every change of subscribers and addresses, so that what was read may be kept until then.
    /// `None`: others write as well, and nothing may be kept.
    fn directory_version(&self) -> Option<u64>;

    // ---- settings

    /// Writes a new version; it is in force at once. `expected` is the version it was made from (0: none yet);
    /// another version in between is a `Conflict`.
    async fn put_settings(&self, version: &SettingsVersion, expected: i64) -> Result<i64, StoreError>;
    /// The version in force.
    async fn settings(
        &self,
        operator: OperatorId,
        owner: &SettingsOwner,
    ) -> Result<Option<SettingsVersion>, StoreError>;
    /// All versions, newest first.
    async fn settings_history(
        &self,
        operator: OperatorId,
        owner: &SettingsOwner,
        limit: u32,
    ) -> Result<Vec<SettingsVersion>, StoreError>;

    /// The settings in force (owner, JSON) of people who have set something, by owner: those after this owner (empty: from
    /// the first on), of so many people at most.
    async fn settings_in_use(
        &self,
        operator: OperatorId,
        after: &str,
        most: u32,
    ) -> Result<Vec<(String, String)>, StoreError>;

    // ---- decisions

    /// Records a transaction with its recipients. `durable`: returns after fsync (a hold, refusal or deletion);
    /// else it is written with its group within one second. A transaction or decision that is recorded again (first a
    /// refused recipient, then the rest after DATA) replaces itself.
    async fn record(
        &self,
        transaction: TransactionRow,
        recipients: Vec<DecisionRow>,
        durable: bool,
    ) -> Result<(), StoreError>;
    /// Counts a refusal made before any recipient was known, folded per network, reason and minute.
    async fn fold_refusal(&self, refusal: FoldedRefusal) -> Result<(), StoreError>;
    /// One decision by reference, with its transaction.
    async fn decision(
        &self,
        operator: OperatorId,
        reference: &Reference,
    ) -> Result<Option<(TransactionRow, DecisionRow)>, StoreError>;
    /// The recipients of one transaction.
    async fn decisions_of(
        &self,
        operator: OperatorId,
        transaction: TransactionId,
    ) -> Result<Vec<DecisionRow>, StoreError>;
    /// Decisions found by a query, newest first.
    async fn find_decisions(&self, query: &DecisionQuery) -> Result<Vec<(TransactionRow, DecisionRow)>, StoreError>;
    /// Decisions per hour by class and action since a time.
    async fn hourly(&self, operator: OperatorId, since: UnixMillis) -> Result<Vec<HourlyCount>, StoreError>;
    /// Folded refusals since a time, largest first.
    async fn folded_refusals(
        &self,
        operator: OperatorId,
        since: UnixMillis,
        limit: u32,
    ) -> Result<Vec<FoldedRefusal>, StoreError>;
    /// Removes daily files older than `days`; returns how many.
    async fn expire_decisions(&self, now: UnixMillis, days: u32) -> Result<u32, StoreError>;

    // ---- headers

    /// Keeps the header section of a delivered message for its owner, cut to [`headers::MOST_OCTETS`]. The same
    /// reference again is no second row.
    async fn put_headers(&self, row: HeadersRow) -> Result<(), StoreError>;
    /// A person's, newest first, not before `since`.
    async fn find_headers(
        &self,
        operator: OperatorId,
        subscriber: SubscriberId,
        since: UnixMillis,
        limit: u32,
    ) -> Result<Vec<HeadersRow>, StoreError>;
    /// Those of one decision.
    async fn headers(&self, operator: OperatorId, reference: &Reference) -> Result<Option<HeadersRow>, StoreError>;
    /// Erases those of a person (`None`: of everybody), or only what is older than `before`; returns how many.
    async fn erase_headers(
        &self,
        operator: OperatorId,
        subscriber: Option<SubscriberId>,
        before: Option<UnixMillis>,
    ) -> Result<u64, StoreError>;

    // ---- junk

    /// Puts a held message into the index; returns after fsync. The blob is there already. The same transaction and
    /// recipient again is no second row.
    async fn put_junk(&self, row: &JunkRow) -> Result<(), StoreError>;
    /// One held message.
    async fn junk(&self, operator: OperatorId, id: JunkId) -> Result<Option<JunkRow>, StoreError>;
    /// The held message of a decision.
    async fn junk_by_reference(
        &self,
        operator: OperatorId,
        reference: &Reference,
    ) -> Result<Option<JunkRow>, StoreError>;
    /// Held messages of a subscriber, newest first.
    async fn find_junk(&self, query: &JunkQuery) -> Result<Vec<JunkRow>, StoreError>;
    /// How many held messages a query finds, whatever its limit.
    async fn count_junk(&self, query: &JunkQuery) -> Result<u64, StoreError>;
    /// Moves a held message from one state to another; `false` where it was not in that state (somebody was faster).
    async fn move_junk(
        &self,
        operator: OperatorId,
        id: JunkId,
        from: JunkState,
        to: JunkState,
        at: UnixMillis,
    ) -> Result<bool, StoreError>;
    /// Those whose release was begun and not finished (after a restart).
    async fn unfinished_releases(&self) -> Result<Vec<JunkRow>, StoreError>;
    /// Marks as expired what is past its time and returns it, so that the blobs can be let go; so does what was
    /// released and is past its time, whose row goes. Deleted and expired rows go 30 days after they became so.
    async fn expire_junk(&self, now: UnixMillis, limit: u32) -> Result<Vec<JunkRow>, StoreError>;
    /// Whether any live junk row needs this blob.
    async fn junk_blob_in_use(&self, operator: OperatorId, blob: BlobName) -> Result<bool, StoreError>;

    // ---- digest

    /// Those whose digest or notice is to be looked at by now, the longest waiting first.
    async fn digests_due(&self, now: UnixMillis, limit: u32) -> Result<Vec<DigestRow>, StoreError>;
    /// What is planned for a person; `None` where nothing was ever held for one who could be told.
    async fn digest(&self, operator: OperatorId, subscriber: SubscriberId) -> Result<Option<DigestRow>, StoreError>;
    /// Has people looked at who rest although something held is untold, because the operator's offer changed: some of
    /// those after `after`, in the order of their numbers, so that other changes come in between. `None`: that was all.
    async fn wake_digests(
        &self,
        operator: OperatorId,
        after: SubscriberId,
        limit: u32,
    ) -> Result<Option<SubscriberId>, StoreError>;
    /// Plans when to look next, for several at once. Nothing changes for one whose plan is not the one of `before`: a
    /// person's choice or new mail came in between.
    async fn plan_digests(&self, plans: &[(DigestRow, DigestRow)]) -> Result<(), StoreError>;
    /// Held messages of a person that nobody was told of, the newest first, and how many there are.
    async fn untold(
        &self,
        operator: OperatorId,
        subscriber: SubscriberId,
        limit: u32,
    ) -> Result<(u64, Vec<JunkRow>), StoreError>;
    /// The person was told of everything held up to `newest` (`None`: there was nothing), and this is the next plan. Where
    /// something was held meanwhile, or settings changed, it is looked at at once instead. All or nothing.
    async fn told(&self, plan: &DigestRow, newest: Option<JunkId>) -> Result<(), StoreError>;
    /// Uses a link up; `false` where it was used before. Kept until `expires_at`.
    async fn use_link(&self, link: &[u8; 32], now: UnixMillis, expires_at: UnixMillis) -> Result<bool, StoreError>;
    /// Whether a link was used.
    async fn link_is_used(&self, link: &[u8; 32]) -> Result<bool, StoreError>;

    // ---- learning

    /// Adds an example unless the same message is there for the same owner with the same label (`false`).
    /// With the other label it replaces it.
    async fn put_example(&self, example: &ExampleRow) -> Result<bool, StoreError>;
    /// What the owner taught of this message, if anything.
    async fn example(
        &self,
        operator: OperatorId,
        owner: Owner,
        message: [u8; 32],
    ) -> Result<Option<ExampleRow>, StoreError>;
    /// Takes an example back; returns it.
    async fn take_example(
        &self,
        operator: OperatorId,
        owner: Owner,
        message: [u8; 32],
    ) -> Result<Option<ExampleRow>, StoreError>;
    /// An owner's examples in order of learning, `limit` after row id `after`.
    async fn examples(
        &self,
        operator: OperatorId,
        owner: Owner,
        after: i64,
        limit: u32,
    ) -> Result<Vec<ExampleRow>, StoreError>;
    /// How many examples of each label an owner has.
    async fn count_examples(&self, operator: OperatorId, owner: Owner, label: Label) -> Result<u64, StoreError>;
    /// Erases everything learned for an owner (consent withdrawn).
    async fn erase_examples(&self, operator: OperatorId, owner: Owner) -> Result<u64, StoreError>;

    // ---- signing in

    /// Creates a staff member (id 0) or updates one.
    async fn put_staff(&self, staff: &StaffRow) -> Result<StaffId, StoreError>;
    /// By sign-in name, over all operators (staff sign in on one page).
    async fn staff_by_login(&self, login: &str) -> Result<Option<StaffRow>, StoreError>;
    /// One staff member.
    async fn staff(&self, operator: OperatorId, id: StaffId) -> Result<Option<StaffRow>, StoreError>;
    /// Opens a session.
    async fn put_session(&self, session: &SessionRow) -> Result<(), StoreError>;
    /// A session by the hash of its token, unless expired; `last_seen` is updated at most once a minute.
    async fn session(&self, token_hash: &[u8; 32], now: UnixMillis) -> Result<Option<SessionRow>, StoreError>;
    /// Sessions of a person whose time is not over, the one used last first, a hundred at most.
    async fn sessions_of(
        &self,
        operator: OperatorId,
        person: Person,
        now: UnixMillis,
    ) -> Result<Vec<SessionRow>, StoreError>;
    /// Ends a session.
    async fn end_session(&self, token_hash: &[u8; 32]) -> Result<(), StoreError>;
    /// Ends every session of a person but, perhaps, one; says how many.
    async fn end_sessions_of(
        &self,
        operator: OperatorId,
        person: Person,
        but: Option<[u8; 32]>,
    ) -> Result<u64, StoreError>;
    /// Keeps a way in, replacing the one of the same name.
    async fn put_means(&self, means: &MeansRow) -> Result<(), StoreError>;
    /// Every way in of a person, the oldest first.
    async fn means_of(&self, operator: OperatorId, person: Person) -> Result<Vec<MeansRow>, StoreError>;
    /// Ways in of a kind with this name, over all operators: whose passkey is this?
    async fn means_named(&self, kind: MeansKind, name: &[u8]) -> Result<Vec<MeansRow>, StoreError>;
    /// Notes a use, if it is later than every use before: of two that come at once one is `true`.
    async fn advance_means(
        &self,
        operator: OperatorId,
        person: Person,
        kind: MeansKind,
        name: &[u8],
        to: i64,
    ) -> Result<bool, StoreError>;
    /// Takes ways in away: one, or with no name all of a kind. Says how many there were.
    async fn drop_means(
        &self,
        operator: OperatorId,
        person: Person,
        kind: MeansKind,
        name: Option<&[u8]>,
    ) -> Result<u64, StoreError>;
    /// Keeps a one-time code, replacing an older one for the same login.
    async fn put_code(&self, code: &CodeRow) -> Result<(), StoreError>;
    /// Tries a one-time code: the right one within its time and tries is used up and `true`; a wrong one counts.
    async fn try_code(
        &self,
        operator: OperatorId,
        login: &str,
        code_hash: &[u8; 32],
        now: UnixMillis,
    ) -> Result<bool, StoreError>;

    // ---- audit

    /// Writes who did what; returns after it is in the same durability as the change.
    async fn audit(&self, row: &AuditRow) -> Result<(), StoreError>;
    /// Audit rows of an operator, newest first; about one target where given.
    async fn find_audit(
        &self,
        operator: OperatorId,
        target: Option<&str>,
        limit: u32,
        offset: u32,
    ) -> Result<Vec<AuditRow>, StoreError>;

    // ---- health

    /// Writes a row and takes it away again: `Err` where mail could not be recorded now. For `/ready` and the gate.
    async fn check_writable(&self) -> Result<(), StoreError>;
}
