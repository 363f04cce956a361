//! Wrong tries are counted before the password is looked at, so that parallel guesses do not slip through.
//!
//! Three limits. Account *and* network: five wrong tries in a quarter of an hour; it stops guessing from one place and
//! leaves the owner, who sits in another network, alone. Network: thirty over all accounts; it stops going through many
//! names with one password. Account over all networks: fifty in an hour, against many machines that share the work.
//! Only this last one could lock an owner out, so it does not hold for networks from which the account has signed in
//! before (remembered 90 days), and the way by mailed code stays open. Times are short: nobody has to call anybody.

use message::UnixMillis;
use store::counters::Limit;

use crate::problem::Problem;
use crate::state::Portal;
use crate::visit::Visit;

const MINUTE: i64 = 60_000;
const PAIR: Limit = Limit { most: 5, window_ms: 15 * MINUTE };
const NETWORK: Limit = Limit { most: 30, window_ms: 15 * MINUTE };
const ACCOUNT: Limit = Limit { most: 50, window_ms: 60 * MINUTE };
/// Codes that one network can have sent to one address: a quarter of an hour, three.
const CODES_PAIR: Limit = Limit { most: 3, window_ms: 15 * MINUTE };
/// Codes that one network can have sent at all.
const CODES_NETWORK: Limit = Limit { most: 20, window_ms: 60 * MINUTE };
/// Codes one address gets from everywhere: its mailbox is not to be flooded.
const CODES_ACCOUNT: Limit = Limit { most: 12, window_ms: 60 * MINUTE };
const REMEMBERED: i64 = 90 * 24 * 60 * MINUTE;

/// A try that has been counted; a right one is given back.
#[derive(Debug)]
pub struct Try {
    keys: Vec<String>,
    at: UnixMillis,
    account: String,
}

/// Counts a try to sign in, or says that there were too many.
pub async fn begin(portal: &Portal, visit: &Visit, kind: &str, account: &str) -> Result<Try, Problem> {
    let account = account.to_lowercase();
    let mut limits = vec![
        (format!("portal:{kind}:pair:{}:{account}", visit.network), PAIR),
        (format!("portal:{kind}:network:{}", visit.network), NETWORK),
    ];
    let known = portal.counters().recall(&known_key(visit, &account), visit.now).await?.is_some();
    if !known {
        limits.push((format!("portal:{kind}:account:{account}"), ACCOUNT));
    }
    let keys = take(portal, visit, limits).await?;
    Ok(Try { keys, at: visit.now, account })
}

impl Try {
    /// It was right: the count is given back and the network is remembered.
    pub async fn succeeded(self, portal: &Portal, visit: &Visit) -> Result<(), Problem> {
        for key in &self.keys {
            portal.counters().refund(key, self.at).await?;
        }
        let until = UnixMillis(visit.now.0 + REMEMBERED);
        Ok(portal.counters().remember(&known_key(visit, &self.account), b"1", until).await?)
    }
}

/// Counts a code that is to be sent, or says that there were too many.
pub async fn code(portal: &Portal, visit: &Visit, account: &str) -> Result<(), Problem> {
    let account = account.to_lowercase();
    let limits = vec![
        (format!("portal:code:pair:{}:{account}", visit.network), CODES_PAIR),
        (format!("portal:code:network:{}", visit.network), CODES_NETWORK),
        (format!("portal:code:account:{account}"), CODES_ACCOUNT),
    ];
    take(portal, visit, limits).await.map(|_| ())
}

/// Takes all limits or none.
async fn take(portal: &Portal, visit: &Visit, limits: Vec<(String, Limit)>) -> Result<Vec<String>, Problem> {
    let mut taken: Vec<String> = Vec::new();
    for (key, limit) in limits {
        if !portal.counters().take(&key, limit, visit.now).await?.allowed {
            for key in &taken {
                portal.counters().refund(key, visit.now).await?;
            }
            return Err(Problem::Locked);
        }
        taken.push(key);
    }
    Ok(taken)
}

fn known_key(visit: &Visit, account: &str) -> String {
    format!("portal:known:{}:{account}", visit.network)
}
