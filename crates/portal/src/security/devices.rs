//! Browsers from which a person has signed in before: a cookie of random tokens, of which only hashes are kept.
//!
//! A known browser has its own allowance of tries (`lock`), and signing in with it is no news to its owner. It opens
//! nothing by itself. Each person gets a token of their own on each browser, so that nobody can plant theirs; a family
//! that shares one keeps up to four.

use axum::http::HeaderMap;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use store::OperatorId;
use store::records::means::{MeansKind, MeansRow};
use store::records::signin::Person;

use crate::account::device;
use crate::problem::Problem;
use crate::security::cookies;
use crate::security::sessions::{hash, random};
use crate::state::Portal;
use crate::visit::Visit;

/// Tokens of one browser.
const SHARED: usize = 4;
/// Browsers of one person; the one longest unused goes.
const MOST: usize = 20;
/// How long an unused browser is known: as long as browsers keep a cookie (RFC 6265bis §5.5), 400 days.
const KNOWN: i64 = 400 * 24 * 3_600_000;

fn tokens(headers: &HeaderMap, visit: &Visit) -> Vec<String> {
    let cookie = cookies::read(headers, cookies::device_name(visit.secure)).unwrap_or_default();
    let good =
        |token: &&str| token.len() == 43 && token.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    cookie.split('.').filter(good).take(SHARED).map(str::to_owned).collect()
}

/// The name of this browser among those of a person, if it is one.
pub async fn known(
    portal: &Portal,
    visit: &Visit,
    headers: &HeaderMap,
    operator: OperatorId,
    person: Option<Person>,
) -> Result<Option<String>, Problem> {
    let (Some(person), tokens) = (person, tokens(headers, visit)) else { return Ok(None) };
    if tokens.is_empty() {
        return Ok(None);
    }
    let rows = portal.records().means_of(operator, person).await?;
    Ok(tokens.iter().map(|token| hash(token)).find(|name| is_among(&rows, name, visit)).map(|name| {
        // In counters it is a key: short and printable.
        URL_SAFE_NO_PAD.encode(&name[..12])
    }))
}

fn is_among(rows: &[MeansRow], name: &[u8; 32], visit: &Visit) -> bool {
    rows.iter().any(|row| row.kind == MeansKind::Device && row.name == name && visit.now.0 - row.used < KNOWN)
}

/// What signing in says of the browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// Known before.
    Before,
    /// New, for a person who had others; its cookie.
    New(String),
    /// The first of this person; its cookie.
    First(String),
}

/// Notes that a person has signed in with this browser.
pub async fn note(
    portal: &Portal,
    visit: &Visit,
    headers: &HeaderMap,
    operator: OperatorId,
    person: Person,
    agent: &str,
) -> Result<Seen, Problem> {
    let mut tokens = tokens(headers, visit);
    let rows = portal.records().means_of(operator, person).await?;
    if let Some(name) = tokens.iter().map(|token| hash(token)).find(|name| is_among(&rows, name, visit)) {
        portal.records().advance_means(operator, person, MeansKind::Device, &name, visit.now.0).await?;
        return Ok(Seen::Before);
    }
    let mut devices: Vec<&MeansRow> = rows.iter().filter(|row| row.kind == MeansKind::Device).collect();
    devices.sort_by_key(|row| row.used);
    for old in devices.iter().take((devices.len() + 1).saturating_sub(MOST)) {
        portal.records().drop_means(operator, person, MeansKind::Device, Some(&old.name)).await?;
    }
    let token = URL_SAFE_NO_PAD.encode(random()?);
    let row = MeansRow {
        operator,
        person,
        kind: MeansKind::Device,
        name: hash(&token).to_vec(),
        secret: Vec::new(),
        detail: device::name(agent).unwrap_or_default(),
        created_at: visit.now,
        used: visit.now.0,
    };
    portal.records().put_means(&row).await?;
    tokens.insert(0, token);
    tokens.truncate(SHARED);
    let cookie = cookies::set_device(&tokens.join("."), visit.secure);
    Ok(if devices.is_empty() { Seen::First(cookie) } else { Seen::New(cookie) })
}

/// Forgets every browser of a person: they may have been somebody else's.
pub async fn forget(portal: &Portal, operator: OperatorId, person: Person) -> Result<(), Problem> {
    portal.records().drop_means(operator, person, MeansKind::Device, None).await?;
    Ok(())
}
