//! Whose turn it is: plans are looked at in pages, one person after another, at a bounded rate.
//!
//! A mail is due until the next hop has taken it. What was told is marked in the same commit as the next plan; between the
//! next hop's 250 and that commit lies the one moment in which a power cut sends a mail again, with the same Message-ID.

use std::time::Duration;

use message::UnixMillis;
use policy::Digest;
use store::records::digests::DigestRow;
use store::{OperatorId, StoreError, SubscriberId};
use tokio::time::Instant;

use crate::digest::gather::{self, Acting, SHOWN, Told};
use crate::digest::person::Person;
use crate::digest::{letter, notice, schedule};
use crate::mailer::CodeMessage;
use crate::state::Portal;

/// Plans that are read at a time.
const PAGE: u32 = 200;
/// Notices to one person in a row; the others come with the next look.
const NOTICES: usize = 20;
/// Held messages of one person that notices are still sent of; where more wait, the oldest are only on the page.
const WAITING: u32 = 1_000;
/// The first wait after the next hop did not take a mail; every further one is twice as long, up to the last.
const AGAIN: i64 = 5 * 60_000;
const AGAIN_MOST: i64 = 6 * 3_600_000;

/// What came of looking at one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Looked {
    /// There is nothing to send.
    Rests,
    /// Something will be due then.
    Planned(UnixMillis),
    /// So many mails were taken by the next hop.
    Sent(u32),
    /// The next hop did not take it; it is tried again.
    Again,
}

/// Counts of one round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Round {
    /// People looked at.
    pub looked: u32,
    /// Mails that the next hop took.
    pub sent: u32,
    /// Mails that it did not take.
    pub again: u32,
}

/// Looks at everybody whose turn it is, at most `per_second` people a second, as long as `goes_on` says so.
pub async fn due(
    portal: &Portal,
    now: UnixMillis,
    per_second: u32,
    goes_on: impl Fn() -> bool,
) -> Result<Round, StoreError> {
    let mut round = Round::default();
    let each = Duration::from_secs(1) / per_second.max(1);
    loop {
        let page = portal.records().digests_due(now, PAGE).await?;
        let full = page.len() == PAGE as usize;
        // Most people have chosen none: they are put to rest together, in one commit.
        let (mut resting, mut looking) = (Vec::new(), Vec::new());
        for plan in page {
            match gets_none(portal, &plan).await {
                Ok(true) => resting.push((plan.clone(), at_rest(&plan))),
                Ok(false) | Err(_) => looking.push(plan),
            }
        }
        round.looked += u32::try_from(resting.len()).unwrap_or(u32::MAX);
        if !resting.is_empty() {
            portal.records().plan_digests(&resting).await?;
        }
        for plan in looking {
            if !goes_on() {
                return Ok(round);
            }
            let began = Instant::now();
            round.looked += 1;
            let looked = match look(portal, &plan, now).await {
                Ok(looked) => looked,
                // One person whose settings or mail cannot be read must not keep the others waiting.
                Err(fault) => {
                    tracing::error!(%fault, subscriber = plan.subscriber.0, "a digest cannot be made; it is tried again");
                    again(portal, &plan, now).await?
                }
            };
            match looked {
                Looked::Sent(mails) => round.sent += mails,
                Looked::Again => round.again += 1,
                // Nothing went out, so nothing has to be held back.
                Looked::Rests | Looked::Planned(_) => continue,
            }
            tokio::time::sleep_until(began + each).await;
        }
        if !full {
            return Ok(round);
        }
    }
}

/// Looks at one person.
pub async fn look(portal: &Portal, plan: &DigestRow, now: UnixMillis) -> Result<Looked, StoreError> {
    let Some(person) = Person::find(portal, plan.operator, plan.subscriber).await? else {
        return rest(portal, plan).await;
    };
    match &person.choice {
        // Without an address of the pages there is no link that a person could press.
        _ if portal.options.url.is_empty() => rest(portal, plan).await,
        Digest::Off => rest(portal, plan).await,
        Digest::EachMessage => notices(portal, &person, plan, now).await,
        Digest::Every { also_empty, .. } => digest(portal, &person, plan, *also_empty, now).await,
    }
}

/// Whether this person gets none, by the settings alone; whether the contract has it is looked at with the rest.
async fn gets_none(portal: &Portal, plan: &DigestRow) -> Result<bool, StoreError> {
    let settings = portal.services.directory.settings_of(plan.operator, Some(plan.subscriber)).await?;
    Ok(settings.digest == Digest::Off)
}

fn at_rest(plan: &DigestRow) -> DigestRow {
    DigestRow { look_at: None, due_at: UnixMillis(0), tries: 0, ..plan.clone() }
}

async fn rest(portal: &Portal, plan: &DigestRow) -> Result<Looked, StoreError> {
    portal.records().plan_digests(&[(plan.clone(), at_rest(plan))]).await?;
    Ok(Looked::Rests)
}

async fn digest(
    portal: &Portal,
    person: &Person,
    plan: &DigestRow,
    also_empty: bool,
    now: UnixMillis,
) -> Result<Looked, StoreError> {
    let is_due = plan.due_at.0 > 0 && plan.look_at != Some(UnixMillis(0)) && plan.due_at.0 <= now.0;
    let Some(next) = schedule::next(&person.choice, &person.zone, now) else { return rest(portal, plan).await };
    if !is_due {
        let planned = DigestRow { look_at: Some(next), due_at: next, tries: 0, ..plan.clone() };
        portal.records().plan_digests(&[(plan.clone(), planned)]).await?;
        return Ok(Looked::Planned(next));
    }
    match send(portal, person, plan.due_at, also_empty, now).await? {
        Sent::Taken(newest) => {
            let look_at = also_empty.then_some(next);
            let due_at = look_at.unwrap_or(UnixMillis(0));
            let told = DigestRow { look_at, due_at, tries: 0, sent_at: now, ..plan.clone() };
            portal.records().told(&told, newest).await?;
            Ok(Looked::Sent(1))
        }
        Sent::Nothing => rest(portal, plan).await,
        Sent::NotTaken => again(portal, plan, now).await,
    }
}

/// Sends a person's digest now, whatever is planned, and tells of what nobody was told of. For staff, and for a person who
/// wants to see one. `None` where there was nothing to tell.
pub async fn send_now(
    portal: &Portal,
    operator: OperatorId,
    subscriber: SubscriberId,
    now: UnixMillis,
) -> Result<Option<Looked>, StoreError> {
    let Some(person) = Person::find(portal, operator, subscriber).await? else { return Ok(None) };
    let plan = portal.records().digest(operator, subscriber).await?.unwrap_or(DigestRow {
        operator,
        subscriber,
        look_at: None,
        due_at: UnixMillis(0),
        tries: 0,
        sent_at: UnixMillis(0),
    });
    Ok(match send(portal, &person, now, false, now).await? {
        Sent::Taken(newest) => {
            portal.records().told(&DigestRow { sent_at: now, ..plan }, newest).await?;
            Some(Looked::Sent(1))
        }
        Sent::Nothing => None,
        Sent::NotTaken => Some(Looked::Again),
    })
}

enum Sent {
    Taken(Option<store::JunkId>),
    NotTaken,
    Nothing,
}

async fn send(
    portal: &Portal,
    person: &Person,
    due_at: UnixMillis,
    also_empty: bool,
    now: UnixMillis,
) -> Result<Sent, StoreError> {
    let (operator, subscriber) = (person.row.operator, person.row.id);
    let (mut count, mut rows) = portal.records().untold(operator, subscriber, SHOWN).await?;
    let newest = rows.first().map(|row| row.id);
    let mut ours = Vec::new();
    for row in rows.iter().filter(|row| row.mail_from.is_empty()) {
        if let Ok((_, raw)) = portal.services.junk.open(operator, row.id).await
            && notice::is_about_ours(row, &raw)
        {
            ours.push(row.id);
        }
    }
    rows.retain(|row| !ours.contains(&row.id));
    count = count.saturating_sub(ours.len() as u64);
    if rows.is_empty() && !also_empty {
        return Ok(Sent::Nothing);
    }
    let Some(to) = person.address(portal).await? else { return Ok(Sent::Nothing) };
    let told = gather::told(portal, person, &rows, count, now, Acting::Links).await?;
    let id = portal.links.mail(operator, subscriber, &due_at.0.to_string());
    let mail = letter(person, &told).and_then(|letter| letter::message(person, &to, letter, &told, &id, now));
    Ok(if hand_on(portal, mail).await { Sent::Taken(newest) } else { Sent::NotTaken })
}

fn letter(person: &Person, told: &Told) -> Result<letter::Letter, String> {
    letter::write(person, told)
}

async fn notices(portal: &Portal, person: &Person, plan: &DigestRow, now: UnixMillis) -> Result<Looked, StoreError> {
    let (_, rows) = portal.records().untold(plan.operator, plan.subscriber, WAITING).await?;
    let Some(to) = person.address(portal).await? else { return rest(portal, plan).await };
    let (mut plan, mut sent) = (plan.clone(), 0);
    // The oldest first: what is told of is told up to it.
    for row in rows.into_iter().rev().take(NOTICES) {
        let (row, raw) = match portal.services.junk.open(row.operator, row.id).await {
            Ok(found) => found,
            Err(StoreError::Absent(_)) => continue,
            Err(fault) => return Err(fault),
        };
        if !notice::is_about_ours(&row, &raw) {
            if !hand_on(portal, notice::message(portal, person, &to, &row, raw, now)).await {
                return again(portal, &plan, now).await;
            }
            sent += 1;
        }
        let told = DigestRow { look_at: None, due_at: UnixMillis(0), tries: 0, sent_at: now, ..plan };
        portal.records().told(&told, Some(row.id)).await?;
        // What is left is looked at at once: so the store has it where there is any.
        plan = DigestRow { look_at: Some(UnixMillis(0)), ..told };
    }
    if sent == 0 { rest(portal, &plan).await } else { Ok(Looked::Sent(sent)) }
}

async fn hand_on(portal: &Portal, mail: Result<CodeMessage, String>) -> bool {
    let sent = match mail {
        Ok(mail) => portal.mail.send(mail).await,
        Err(fault) => Err(fault),
    };
    if let Err(why) = &sent {
        tracing::warn!(why, "a mail about held mail was not taken; it is tried again");
    }
    sent.is_ok()
}

async fn again(portal: &Portal, plan: &DigestRow, now: UnixMillis) -> Result<Looked, StoreError> {
    let wait = AGAIN.saturating_mul(1 << plan.tries.min(10)).min(AGAIN_MOST);
    let later = DigestRow { look_at: Some(UnixMillis(now.0 + wait)), tries: plan.tries + 1, ..plan.clone() };
    portal.records().plan_digests(&[(plan.clone(), later)]).await?;
    Ok(Looked::Again)
}
