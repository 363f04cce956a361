//! Sessions in our own table: the cookie holds a random token, the row only its hash.

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use message::UnixMillis;
use store::OperatorId;
use store::records::signin::{Grant, Person, SessionRow};

use crate::problem::Problem;
use crate::state::Portal;
use crate::visit::{Acting, Reach, SignedIn, SignedInPerson, Visit};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// How tokens for programs begin, so that one that was published by mistake is known for what it is.
pub const TOKEN: &str = "sekisho_";

/// How long a session lasts at most, and how long unused: subscribers come rarely and from their own phone, staff sit
/// at a desk that others pass.
fn lifetime(person: Person) -> (i64, i64) {
    match person {
        Person::Subscriber(_) => (30 * DAY, 14 * DAY),
        Person::Staff(_) => (12 * HOUR, HOUR),
    }
}

/// Opens a session with a fresh token (so nobody can have planted it) and returns the token for the cookie.
pub async fn open(
    portal: &Portal,
    visit: &Visit,
    operator: OperatorId,
    person: Person,
    agent: &str,
) -> Result<String, Problem> {
    let token = URL_SAFE_NO_PAD.encode(random()?);
    let now = visit.now;
    portal
        .records()
        .put_session(&SessionRow {
            token_hash: hash(&token),
            operator,
            person,
            csrf: random()?,
            created_at: now,
            last_seen: now,
            expires_at: UnixMillis(now.0 + lifetime(person).0),
            ip: visit.from.clone(),
            agent: agent.chars().take(200).collect(),
            grant: None,
        })
        .await?;
    Ok(token)
}

/// Makes a token for a program of who is signed in, and returns it: it is shown once and kept nowhere.
pub async fn grant(
    portal: &Portal,
    visit: &Visit,
    who: &SignedIn,
    grant: Grant,
    expires_at: UnixMillis,
) -> Result<String, Problem> {
    let token = format!("{TOKEN}{}", URL_SAFE_NO_PAD.encode(random()?));
    portal
        .records()
        .put_session(&SessionRow {
            token_hash: hash(&token),
            operator: who.session.operator,
            person: who.session.person,
            csrf: random()?,
            created_at: visit.now,
            last_seen: visit.now,
            expires_at,
            ip: visit.from.clone(),
            agent: String::new(),
            grant: Some(grant),
        })
        .await?;
    Ok(token)
}

/// Who is behind a token; nobody where it is unknown, over, or was unused too long.
pub async fn find(portal: &Portal, token: &str, now: UnixMillis) -> Result<Option<SignedIn>, Problem> {
    let Some(session) = portal.records().session(&hash(token), now).await? else { return Ok(None) };
    // A program's token rests as long as it likes, until its time is over.
    if session.grant.is_none() && !is_in_use(portal, &session, now).await? {
        portal.records().end_session(&session.token_hash).await?;
        return Ok(None);
    }
    let person = match session.person {
        Person::Subscriber(id) => {
            portal.records().subscriber(session.operator, id).await?.map(SignedInPerson::Subscriber)
        }
        Person::Staff(id) => match portal.records().staff(session.operator, id).await? {
            Some(row) => Some(SignedInPerson::Staff(row, acting(portal, &session, now).await?)),
            None => None,
        },
    };
    Ok(person.map(|person| SignedIn { session, person }))
}

/// Whether a session was used lately, and notes that it is used now. The row's own `last_seen` is brought forward by
/// reading it, so the time until which it may rest is remembered apart.
async fn is_in_use(portal: &Portal, session: &SessionRow, now: UnixMillis) -> Result<bool, Problem> {
    let rest = lifetime(session.person).1;
    let key = format!("portal:in-use:{}", URL_SAFE_NO_PAD.encode(session.token_hash));
    let until = portal.counters().recall(&key, now).await?;
    let noted = until.and_then(|until| until.try_into().ok()).map(i64::from_be_bytes);
    if noted.is_none() && now.0 - session.created_at.0 > rest {
        return Ok(false);
    }
    if noted.is_none_or(|until| until - now.0 < rest - MINUTE) {
        let until = UnixMillis(now.0 + rest);
        portal.counters().remember(&key, &until.0.to_be_bytes(), until).await?;
    }
    Ok(true)
}

/// The sessions of who is signed in that still open something, the one used last first.
pub async fn of(portal: &Portal, who: &SignedIn, now: UnixMillis) -> Result<Vec<SessionRow>, Problem> {
    let person = who.session.person;
    let mut rows = portal.records().sessions_of(who.session.operator, person, now).await?;
    rows.retain(|row| row.grant.is_some() || now.0 - row.last_seen.0 <= lifetime(person).1);
    Ok(rows)
}

/// Notes that a session was opened with something that is two factors in itself.
pub async fn mark_strong(portal: &Portal, token: &str, now: UnixMillis) -> Result<(), Problem> {
    let until = UnixMillis(now.0 + lifetime(Person::Staff(store::StaffId(0))).0);
    Ok(portal.counters().remember(&strong_key(&hash(token)), b"1", until).await?)
}

/// Whether it was.
pub async fn is_strong(portal: &Portal, session: &SessionRow, now: UnixMillis) -> Result<bool, Problem> {
    Ok(portal.counters().recall(&strong_key(&session.token_hash), now).await?.is_some())
}

fn strong_key(name: &[u8; 32]) -> String {
    format!("portal:strong:{}", URL_SAFE_NO_PAD.encode(name))
}

/// Ends a session.
pub async fn end(portal: &Portal, token: &str) -> Result<(), Problem> {
    Ok(portal.records().end_session(&hash(token)).await?)
}

/// Remembers for half an hour in whose place a session stands, what it may do there, and why.
pub async fn act_for(portal: &Portal, session: &SessionRow, acting: &Acting) -> Result<(), Problem> {
    let until = UnixMillis(portal.now().0 + 30 * MINUTE);
    let value = match &acting.reach {
        Reach::Settings => format!("{} {}", acting.subscriber.id.0, acting.reason),
        Reach::Look { ground } => format!("look {} {ground} {}", acting.subscriber.id.0, acting.reason),
        Reach::Command { .. } => return Err(Problem::Fault("a command has no session".into())),
    };
    Ok(portal.counters().remember(&acting_key(session), value.as_bytes(), until).await?)
}

/// Forgets it.
pub async fn stop_acting(portal: &Portal, session: &SessionRow) -> Result<(), Problem> {
    Ok(portal.counters().forget(&acting_key(session)).await?)
}

/// In whose place a session stands.
pub async fn acting(portal: &Portal, session: &SessionRow, now: UnixMillis) -> Result<Option<Acting>, Problem> {
    let Some(value) = portal.counters().recall(&acting_key(session), now).await? else { return Ok(None) };
    let value = String::from_utf8_lossy(&value).into_owned();
    let Some((id, reach, reason)) = stored(&value) else { return Ok(None) };
    let subscriber = portal.records().subscriber(session.operator, store::SubscriberId(id)).await?;
    Ok(subscriber.map(|subscriber| Acting { subscriber, reason: reason.to_owned(), reach }))
}

/// As [`act_for`] wrote it.
fn stored(value: &str) -> Option<(i64, Reach, &str)> {
    if let Some(look) = value.strip_prefix("look ") {
        let mut parts = look.splitn(3, ' ');
        let (id, ground, reason) = (parts.next()?, parts.next()?, parts.next()?);
        return Some((id.parse().ok()?, Reach::Look { ground: ground.to_owned() }, reason));
    }
    let (id, reason) = value.split_once(' ')?;
    Some((id.parse().ok()?, Reach::Settings, reason))
}

fn acting_key(session: &SessionRow) -> String {
    format!("portal:acting:{}", URL_SAFE_NO_PAD.encode(session.token_hash))
}

/// SHA-256 of a token: who reads the table cannot sign in with it.
pub fn hash(token: &str) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest::digest(&digest::SHA256, token.as_bytes()).as_ref());
    out
}

/// 32 octets from the system's source of randomness.
pub fn random() -> Result<[u8; 32], Problem> {
    let mut octets = [0; 32];
    getrandom::fill(&mut octets).map_err(|fault| Problem::Fault(format!("no randomness: {fault}")))?;
    Ok(octets)
}
