//! Reads decisions over as many days as it takes, newest day first.

use std::collections::BTreeMap;

use message::UnixMillis;
use sqlx::sqlite::{Sqlite, SqlitePool, SqliteRow};
use sqlx::{QueryBuilder, Row};

use super::Decisions;
use super::day::Day;
use super::write::{HOUR_MS, recipient_key, seek_key, seek_text};
use crate::records::decisions::{DecisionQuery, DecisionRow, FoldedRefusal, HourlyCount, TransactionRow};
use crate::records::sqlite::connect::failed;
use crate::records::sqlite::junk::read_uuid;
use crate::{OperatorId, Reference, StoreError, SubscriberId, TransactionId};

/// Rows given where a query names no limit.
const USUAL_LIMIT: u32 = 100;

const BOTH: &str =
    "SELECT d.reference, d.operator, d.at, d.recipient, d.subscriber, d.class, d.action, d.points, d.json,
    t.id AS t_id, t.at AS t_at, t.peer AS t_peer, t.helo AS t_helo, t.mail_from AS t_mail_from,
    t.message_id AS t_message_id, t.size AS t_size, t.face AS t_face, t.json AS t_json
    FROM decisions d JOIN transactions t ON t.row = d.transaction_row WHERE d.operator = ";

type Both = (TransactionRow, DecisionRow);

/// A place in the order of decisions: days, then times, then rows, each falling.
#[derive(Clone, Copy)]
struct Mark {
    day: Day,
    at: i64,
    row: i64,
}

impl Decisions {
    pub(crate) async fn decision(
        &self,
        operator: OperatorId,
        reference: &Reference,
    ) -> Result<Option<Both>, StoreError> {
        self.see_waiting().await;
        let number = reference.to_number();
        let mut damage = None;
        for day in self.days.all() {
            let mut query = QueryBuilder::<Sqlite>::new(BOTH);
            query.push_bind(operator.0).push(" AND d.reference = ").push_bind(number);
            let row = query.build().fetch_optional(&self.days.readers(day)).await;
            match self.read(day, row.map_err(failed), &mut damage)?.flatten() {
                Some(row) => return read_both(&row).map(Some),
                None => continue,
            }
        }
        damage.map_or(Ok(None), Err)
    }

    pub(crate) async fn decisions_of(
        &self,
        operator: OperatorId,
        transaction: TransactionId,
    ) -> Result<Vec<DecisionRow>, StoreError> {
        self.see_waiting().await;
        let mut damage = None;
        for day in self.days.all() {
            let mut query = QueryBuilder::<Sqlite>::new(BOTH);
            query.push_bind(operator.0).push(" AND d.transaction_row = (SELECT row FROM transactions WHERE id = ");
            query.push_bind(transaction.0.as_bytes().to_vec()).push(") ORDER BY d.row");
            let rows = query.build().fetch_all(&self.days.readers(day)).await;
            let rows = self.read(day, rows.map_err(failed), &mut damage)?.unwrap_or_default();
            if !rows.is_empty() {
                return rows.iter().map(|row| Ok(read_both(row)?.1)).collect();
            }
        }
        damage.map_or(Ok(Vec::new()), Err)
    }

    pub(crate) async fn find(&self, query: &DecisionQuery) -> Result<Vec<Both>, StoreError> {
        let Some(operator) = query.operator else { return Ok(Vec::new()) };
        self.see_waiting().await;
        let limit = if query.limit == 0 { USUAL_LIMIT } else { query.limit } as usize;
        // A file holds the transactions of its day; a recipient's decision may be a little younger.
        let oldest = query.since.map_or(Day(i64::MIN), |since| Day::of(since).before(1));
        let mut newest = query.until.map_or(Day(i64::MAX), Day::of);
        let mut damage = None;
        let mark = match &query.after {
            Some(reference) => match self.place(operator, reference, &mut damage).await? {
                Some(mark) => Some(mark),
                None => return damage.map_or(Ok(Vec::new()), Err),
            },
            None => None,
        };
        if let Some(mark) = mark {
            newest = newest.min(mark.day);
        }
        let mut found: Vec<Both> = Vec::new();
        for day in self.days.between(oldest, newest) {
            if found.len() >= limit {
                break;
            }
            let mark = mark.filter(|mark| mark.day == day);
            let rows = find_in_day(&self.days.readers(day), operator, query, mark, limit - found.len()).await;
            for row in self.read(day, rows, &mut damage)?.unwrap_or_default() {
                found.push(read_both(&row)?);
            }
        }
        match damage {
            Some(why) if found.is_empty() => Err(why),
            _ => Ok(found),
        }
    }

    /// Where a decision stands in the order in which they are given.
    async fn place(
        &self,
        operator: OperatorId,
        reference: &Reference,
        damage: &mut Option<StoreError>,
    ) -> Result<Option<Mark>, StoreError> {
        for day in self.days.all() {
            let row =
                sqlx::query_as::<_, (i64, i64)>("SELECT at, row FROM decisions WHERE reference = ?1 AND operator = ?2")
                    .bind(reference.to_number())
                    .bind(operator.0)
                    .fetch_optional(&self.days.readers(day))
                    .await;
            if let Some((at, row)) = self.read(day, row.map_err(failed), damage)?.flatten() {
                return Ok(Some(Mark { day, at, row }));
            }
        }
        Ok(None)
    }

    pub(crate) async fn hourly(&self, operator: OperatorId, since: UnixMillis) -> Result<Vec<HourlyCount>, StoreError> {
        self.see_waiting().await;
        let first = since.0.div_euclid(HOUR_MS) * HOUR_MS;
        let mut damage = None;
        let mut counts = BTreeMap::<(i64, String, String), i64>::new();
        for day in self.days.between(Day::of(since).before(1), Day(i64::MAX)) {
            let rows = sqlx::query("SELECT hour, class, action, count FROM hours WHERE operator = ?1 AND hour >= ?2")
                .bind(operator.0)
                .bind(first)
                .fetch_all(&self.days.readers(day))
                .await;
            for row in self.read(day, rows.map_err(failed), &mut damage)?.unwrap_or_default() {
                let read =
                    || Ok::<_, sqlx::Error>(((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?), row.try_get(3)?));
                let (key, count): (_, i64) = read().map_err(failed)?;
                *counts.entry(key).or_default() += count;
            }
        }
        if let (Some(why), true) = (damage, counts.is_empty()) {
            return Err(why);
        }
        let counted = counts.into_iter().filter(|(_, count)| *count > 0);
        Ok(counted
            .map(|((hour, class, action), count)| HourlyCount {
                hour: UnixMillis(hour),
                class,
                action,
                count: count.unsigned_abs(),
            })
            .collect())
    }

    pub(crate) async fn folded_refusals(
        &self,
        operator: OperatorId,
        since: UnixMillis,
        limit: u32,
    ) -> Result<Vec<FoldedRefusal>, StoreError> {
        self.see_waiting().await;
        let first = since.0.div_euclid(60_000) * 60_000;
        let mut damage = None;
        let mut found = Vec::new();
        for day in self.days.between(Day::of(since), Day(i64::MAX)) {
            let rows = sqlx::query(
                "SELECT minute, network, reason, count FROM folded WHERE operator = ?1 AND minute >= ?2
                 ORDER BY count DESC, minute DESC LIMIT ?3",
            )
            .bind(operator.0)
            .bind(first)
            .bind(limit)
            .fetch_all(&self.days.readers(day))
            .await;
            for row in self.read(day, rows.map_err(failed), &mut damage)?.unwrap_or_default() {
                found.push(FoldedRefusal {
                    operator,
                    minute: UnixMillis(row.try_get(0).map_err(failed)?),
                    network: row.try_get(1).map_err(failed)?,
                    reason: row.try_get(2).map_err(failed)?,
                    count: row.try_get::<i64, _>(3).map_err(failed)?.unsigned_abs(),
                });
            }
        }
        found.sort_by_key(|row| (std::cmp::Reverse(row.count), std::cmp::Reverse(row.minute)));
        found.truncate(limit as usize);
        match damage {
            Some(why) if found.is_empty() => Err(why),
            _ => Ok(found),
        }
    }

    /// What was recorded a moment ago is found. Where it cannot be written, reading still works.
    async fn see_waiting(&self) {
        if let Err(why) = self.write_waiting().await {
            tracing::warn!(error = %why, "reading decisions while some cannot be written");
        }
    }

    /// What a day said; `None` where its file is damaged or gone, which is noted. Other errors end the query.
    fn read<T>(
        &self,
        day: Day,
        outcome: Result<T, StoreError>,
        damage: &mut Option<StoreError>,
    ) -> Result<Option<T>, StoreError> {
        match outcome {
            Ok(rows) => Ok(Some(rows)),
            Err(why @ (StoreError::Corrupt { .. } | StoreError::Disk(_))) => {
                *damage = Some(self.days.note_damaged(day, &why));
                Ok(None)
            }
            // A kill came between the making of the day's file and its first group: there is nothing in it.
            Err(StoreError::Database(why)) if why.contains("no such table") => Ok(None),
            Err(why) => Err(why),
        }
    }
}

async fn find_in_day(
    readers: &SqlitePool,
    operator: OperatorId,
    wanted: &DecisionQuery,
    mark: Option<Mark>,
    limit: usize,
) -> Result<Vec<SqliteRow>, StoreError> {
    let mut query = QueryBuilder::<Sqlite>::new(BOTH);
    query.push_bind(operator.0);
    if let Some(since) = wanted.since {
        query.push(" AND d.at >= ").push_bind(since.0);
    }
    if let Some(until) = wanted.until {
        query.push(" AND d.at < ").push_bind(until.0);
    }
    if let Some(mark) = mark {
        query.push(" AND (d.at, d.row) < (").push_bind(mark.at).push(", ").push_bind(mark.row).push(")");
    }
    if let Some(subscriber) = wanted.subscriber {
        query.push(" AND d.subscriber = ").push_bind(subscriber.0);
    }
    if let Some(class) = &wanted.class {
        query.push(" AND d.class = ").push_bind(class.as_str());
    }
    if let Some(action) = &wanted.action {
        query.push(" AND d.action = ").push_bind(action.as_str());
    }
    let text = wanted.text.trim();
    if !text.is_empty() {
        let reference = Reference::parse(text).map(|reference| reference.to_number());
        query.push(" AND (d.reference IS ").push_bind(reference);
        query.push(" OR d.transaction_row IN (SELECT transaction_row FROM sought WHERE hash = ");
        query.push_bind(seek_key(text));
        query.push(") OR (d.transaction_row IN (SELECT transaction_row FROM sought WHERE hash = ");
        query.push_bind(recipient_key(text)).push(") AND lower(d.recipient) = ").push_bind(seek_text(text));
        query.push("))");
    }
    query.push(" ORDER BY d.at DESC, d.row DESC LIMIT ").push_bind(i64::try_from(limit).unwrap_or(i64::MAX));
    query.build().fetch_all(readers).await.map_err(failed)
}

fn read_both(row: &SqliteRow) -> Result<Both, StoreError> {
    let transaction = TransactionId(read_uuid(row, "t_id", "transaction")?);
    let operator = OperatorId(row.try_get("operator").map_err(failed)?);
    let decision = DecisionRow {
        reference: Reference::from_number(row.try_get("reference").map_err(failed)?),
        transaction,
        operator,
        at: UnixMillis(row.try_get("at").map_err(failed)?),
        recipient: row.try_get("recipient").map_err(failed)?,
        subscriber: row.try_get::<Option<i64>, _>("subscriber").map_err(failed)?.map(SubscriberId),
        class: row.try_get("class").map_err(failed)?,
        action: row.try_get("action").map_err(failed)?,
        points: row.try_get("points").map_err(failed)?,
        json: row.try_get("json").map_err(failed)?,
    };
    let transaction = TransactionRow {
        id: transaction,
        operator,
        at: UnixMillis(row.try_get("t_at").map_err(failed)?),
        peer: row.try_get("t_peer").map_err(failed)?,
        helo: row.try_get("t_helo").map_err(failed)?,
        mail_from: row.try_get("t_mail_from").map_err(failed)?,
        message_id: row.try_get("t_message_id").map_err(failed)?,
        size: row.try_get("t_size").map_err(failed)?,
        face: row.try_get("t_face").map_err(failed)?,
        json: row.try_get("t_json").map_err(failed)?,
    };
    Ok((transaction, decision))
}
