//! One task owns the writing connection of a file and commits in groups.
//!
//! Whatever waits when it is free is written in one transaction, each change in a savepoint of its own so that
//! one that fails takes nothing with it; one fsync later everybody is answered. A change whose caller has gone
//! away is still made or not made as a whole.

use std::path::{Path, PathBuf};

use futures_util::future::BoxFuture;
use sqlx::Connection;
use sqlx::migrate::Migrator;
use sqlx::sqlite::SqliteConnection;
use tokio::sync::{mpsc, oneshot};

use super::connect::{at_file, failed, open_writer};
use crate::StoreError;

/// At most so many changes share a commit, so that the first does not wait for long.
const MOST_IN_GROUP: usize = 512;
/// Changes that may wait before callers are held back.
const MOST_WAITING: usize = 4_096;

/// A change on its way: made in a group, answered when the group is committed (or not).
trait Pending: Send {
    /// Makes it; `true` where it is to stay.
    fn make<'a>(&'a mut self, connection: &'a mut SqliteConnection) -> BoxFuture<'a, bool>;
    /// Why it failed, if it did.
    fn why(&self) -> Option<&StoreError>;
    /// Answers its caller: with what it returned, or with why the group was not written.
    fn answer(self: Box<Self>, group_failed: Option<&StoreError>);
}

struct Change<T, F> {
    change: Option<F>,
    outcome: Option<Result<T, StoreError>>,
    caller: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, F> Pending for Change<T, F>
where
    T: Send,
    F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, StoreError>> + Send,
{
    fn make<'a>(&'a mut self, connection: &'a mut SqliteConnection) -> BoxFuture<'a, bool> {
        Box::pin(async move {
            let Some(change) = self.change.take() else { return false };
            let outcome = change(connection).await;
            let stays = outcome.is_ok();
            self.outcome = Some(outcome);
            stays
        })
    }

    fn why(&self) -> Option<&StoreError> {
        self.outcome.as_ref()?.as_ref().err()
    }

    fn answer(self: Box<Self>, group_failed: Option<&StoreError>) {
        let outcome = match (group_failed, self.outcome) {
            (Some(why), _) => Err(why.clone()),
            (None, Some(outcome)) => outcome,
            (None, None) => Err(stopped()),
        };
        // A caller that went away has nobody to tell.
        drop(self.caller.send(outcome));
    }
}

enum Order {
    Change(Box<dyn Pending>),
    /// Move the write-ahead log into the file and empty it.
    Settle(oneshot::Sender<Result<(), StoreError>>),
    Close(oneshot::Sender<Result<(), StoreError>>),
}

/// The way to the task that writes one file.
#[derive(Clone)]
pub(crate) struct Writer {
    orders: mpsc::Sender<Order>,
}

impl Writer {
    /// Opens the file and starts its writer. `migrations` bring the tables up to date first.
    pub(crate) async fn open(path: &Path, migrations: &'static Migrator) -> Result<Self, StoreError> {
        let connection = open_writer(path, migrations).await?;
        let (orders, waiting) = mpsc::channel(MOST_WAITING);
        let task = Task { path: path.to_owned(), migrations, connection: Some(connection) };
        tokio::spawn(task.run(waiting));
        Ok(Self { orders })
    }

    /// Makes a change; returns what it returned, after fsync.
    pub(crate) async fn change<T, F>(&self, change: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, StoreError>> + Send + 'static,
    {
        let (caller, answer) = oneshot::channel();
        let change = Box::new(Change { change: Some(change), outcome: None, caller });
        self.orders.send(Order::Change(change)).await.map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?
    }

    /// Empties the write-ahead log: what was erased (and overwritten in the file) is not left in there either.
    pub(crate) async fn settle(&self) -> Result<(), StoreError> {
        let (sender, answer) = oneshot::channel();
        self.orders.send(Order::Settle(sender)).await.map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?
    }

    /// Writes what waits, moves the log into the file and ends the task.
    pub(crate) async fn close(&self) -> Result<(), StoreError> {
        let (sender, answer) = oneshot::channel();
        if self.orders.send(Order::Close(sender)).await.is_err() {
            return Ok(());
        }
        answer.await.unwrap_or(Ok(()))
    }
}

fn stopped() -> StoreError {
    StoreError::Database("its writer has stopped".to_owned())
}

struct Task {
    path: PathBuf,
    migrations: &'static Migrator,
    connection: Option<SqliteConnection>,
}

impl Task {
    async fn run(mut self, mut waiting: mpsc::Receiver<Order>) {
        let mut orders = Vec::with_capacity(MOST_IN_GROUP);
        loop {
            if waiting.recv_many(&mut orders, MOST_IN_GROUP).await == 0 {
                drop(self.close().await);
                return;
            }
            let mut group = Vec::with_capacity(orders.len());
            let mut settling = Vec::new();
            let mut closing = None;
            for order in orders.drain(..) {
                match order {
                    Order::Change(change) => group.push(change),
                    Order::Settle(sender) => settling.push(sender),
                    Order::Close(sender) => closing = Some(sender),
                }
            }
            if !group.is_empty() {
                self.write(group).await;
            }
            for sender in settling {
                drop(sender.send(self.settle().await));
            }
            if let Some(sender) = closing {
                drop(sender.send(self.close().await));
                return;
            }
        }
    }

    /// Writes a group and answers its callers.
    async fn write(&mut self, mut group: Vec<Box<dyn Pending>>) {
        let outcome = self.commit(&mut group).await;
        if let Err(why) = &outcome {
            tracing::error!(file = %self.path.display(), error = %why, "a group of changes was not written");
            self.recover(why).await;
        }
        for change in group {
            change.answer(outcome.as_ref().err());
        }
    }

    /// After a failure: the transaction is over (SQLite may have ended it by itself), and the connection is kept where
    /// it is sound. Closing the last one would take the files beside the database away, and a full disk would then
    /// refuse readers too.
    async fn recover(&mut self, why: &StoreError) {
        let Some(connection) = &mut self.connection else { return };
        drop(execute(connection, "ROLLBACK").await);
        let sound = !matches!(why, StoreError::Corrupt { .. }) && execute(connection, "SAVEPOINT sound").await.is_ok();
        if !sound || execute(connection, "RELEASE sound").await.is_err() {
            self.drop_connection().await;
        }
    }

    async fn commit(&mut self, group: &mut [Box<dyn Pending>]) -> Result<(), StoreError> {
        let connection = self.open().await?;
        execute(connection, "BEGIN IMMEDIATE").await?;
        for change in group {
            execute(connection, "SAVEPOINT one").await?;
            if !change.make(connection).await
                && let Err(why) = execute(connection, "ROLLBACK TO one").await
            {
                // SQLite has ended the whole transaction, as it does on a full disk: the change knows why.
                return Err(change.why().cloned().unwrap_or(why));
            }
            execute(connection, "RELEASE one").await?;
        }
        execute(connection, "COMMIT").await
    }

    async fn open(&mut self) -> Result<&mut SqliteConnection, StoreError> {
        if self.connection.is_none() {
            self.connection = Some(open_writer(&self.path, self.migrations).await?);
        }
        self.connection.as_mut().ok_or_else(stopped)
    }

    async fn drop_connection(&mut self) {
        if let Some(connection) = self.connection.take() {
            drop(connection.close().await);
        }
    }

    async fn settle(&mut self) -> Result<(), StoreError> {
        let connection = self.open().await?;
        execute(connection, "PRAGMA wal_checkpoint(TRUNCATE)").await
    }

    async fn close(&mut self) -> Result<(), StoreError> {
        if let Some(mut connection) = self.connection.take() {
            execute(&mut connection, "PRAGMA wal_checkpoint(TRUNCATE)").await?;
            connection.close().await.map_err(|e| at_file(&self.path, &e))?;
        }
        Ok(())
    }
}

/// Runs one statement of ours that returns nothing of interest.
pub(crate) async fn execute(connection: &mut SqliteConnection, statement: &'static str) -> Result<(), StoreError> {
    sqlx::query(statement).execute(connection).await.map(|_| ()).map_err(failed)
}
