//! Wrong tries are counted before the password is looked at, so that parallel guesses do not slip through, and in such
//! a way that who guesses at an account cannot lock its owner out.
//!
//! Accounts are counted by the person behind them, so that aliases and details of an address are no further accounts.
//! - A **browser from which the person has signed in** (its cookie says so) has an allowance of its own. Nobody else
//!   can use it up, and no other limit holds for it.
//! - **Account and network**: five wrong tries in a quarter of an hour, forty a day: stops guessing from one place.
//! - **Network**: thirty over all accounts in a quarter of an hour: stops going through many names with one password.
//! - **Account over all networks**: fifty in an hour, a hundred a day, against many machines that share the work. It
//!   does not hold for networks from which the person has signed in before (remembered 90 days).
//!
//! So one account is open to a hundred guesses a day, however many networks they come from, and forty more from each
//! network that it shares with the guesser. The way by mailed code counts tries by the browser that asked for the code.

use message::UnixMillis;
use store::counters::Limit;
use store::records::signin::Person;

use crate::problem::Problem;
use crate::state::Portal;
use crate::visit::Visit;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// Tries of a known browser.
const DEVICE: [Limit; 2] = [Limit { most: 10, window_ms: 15 * MINUTE }, Limit { most: 100, window_ms: DAY }];
/// Tries at one account from one network.
pub const PAIR: [Limit; 2] = [Limit { most: 5, window_ms: 15 * MINUTE }, Limit { most: 40, window_ms: DAY }];
const NETWORK: [Limit; 1] = [Limit { most: 30, window_ms: 15 * MINUTE }];
/// Tries at one account from all networks that are not its owner's.
pub const ACCOUNT: [Limit; 2] = [Limit { most: 50, window_ms: HOUR }, Limit { most: 100, window_ms: DAY }];
/// Tries at a second factor by somebody who knows the password.
const SECOND: [Limit; 1] = [Limit { most: 20, window_ms: DAY }];
/// Codes that one network can have sent to one address.
const CODES_PAIR: [Limit; 1] = [Limit { most: 3, window_ms: 15 * MINUTE }];
/// Codes that one network can have sent at all.
const CODES_NETWORK: [Limit; 1] = [Limit { most: 20, window_ms: HOUR }];
/// Codes one address gets from everywhere: its mailbox is not to be flooded.
const CODES_ACCOUNT: [Limit; 1] = [Limit { most: 12, window_ms: HOUR }];
/// Codes that a known browser can have sent, whatever others asked for.
const CODES_DEVICE: [Limit; 1] = [Limit { most: 6, window_ms: 15 * MINUTE }];
/// Messages by telephone cost money.
const SMS_ACCOUNT: [Limit; 2] = [Limit { most: 5, window_ms: HOUR }, Limit { most: 10, window_ms: DAY }];
const REMEMBERED: i64 = 90 * DAY;

/// What is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// A password.
    Password,
    /// A one-time code by mail or telephone.
    Code,
    /// A second factor, after a right password.
    Second,
}

impl Way {
    fn name(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Code => "code",
            Self::Second => "second",
        }
    }

    /// Limits over all networks. A code has its own few tries, which belong to the browser that asked for it.
    fn over_all(self) -> &'static [Limit] {
        match self {
            Self::Password => &ACCOUNT,
            Self::Code => &[],
            Self::Second => &SECOND,
        }
    }
}

/// Which account a try is at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The person behind the name, or the name where nobody is known by it.
    pub key: String,
    /// The hash of this browser's token where the person has signed in with it before.
    pub device: Option<String>,
}

impl Account {
    /// The account of a person, or of a name that nobody has.
    pub fn of(person: Option<Person>, typed: &str, device: Option<String>) -> Self {
        let key = match person {
            Some(Person::Subscriber(id)) => format!("subscriber {}", id.0),
            Some(Person::Staff(id)) => format!("staff {}", id.0),
            // Bounded, as anybody writes it.
            None => typed.to_lowercase().chars().take(320).collect(),
        };
        Self { key, device }
    }
}

/// A try that has been counted; a right one is given back.
#[derive(Debug)]
pub struct Try {
    keys: Vec<String>,
    at: UnixMillis,
}

/// Counts a try to sign in, or says that there were too many.
pub async fn begin(portal: &Portal, visit: &Visit, way: Way, account: &Account) -> Result<Try, Problem> {
    let (kind, key) = (way.name(), &account.key);
    let mut limits = Vec::new();
    match &account.device {
        Some(device) => add(&mut limits, &format!("portal:{kind}:device:{device}:{key}"), &DEVICE),
        None => {
            add(&mut limits, &format!("portal:{kind}:pair:{}:{key}", visit.network), &PAIR);
            add(&mut limits, &format!("portal:{kind}:network:{}", visit.network), &NETWORK);
            if portal.counters().recall(&known_key(visit, account), visit.now).await?.is_none() {
                add(&mut limits, &format!("portal:{kind}:account:{key}"), way.over_all());
            }
        }
    }
    let keys = take(portal, visit, limits).await?;
    Ok(Try { keys, at: visit.now })
}

impl Try {
    /// It was right: the count is given back.
    pub async fn succeeded(self, portal: &Portal) -> Result<(), Problem> {
        for key in &self.keys {
            portal.counters().refund(key, self.at).await?;
        }
        Ok(())
    }
}

/// Somebody has signed in, with all that was asked for: their network is remembered.
pub async fn remember(portal: &Portal, visit: &Visit, account: &Account) -> Result<(), Problem> {
    let until = UnixMillis(visit.now.0 + REMEMBERED);
    Ok(portal.counters().remember(&known_key(visit, account), b"1", until).await?)
}

/// Forgets every wrong try at an account from all networks, and the known networks given. For staff.
pub async fn reset(portal: &Portal, account: &str) -> Result<(), Problem> {
    for way in [Way::Password, Way::Code, Way::Second] {
        for nth in 0..way.over_all().len() {
            portal.counters().reset(&format!("portal:{}:account:{account}:{nth}", way.name())).await?;
        }
    }
    portal.counters().reset(&format!("portal:send:account:{account}:0")).await?;
    Ok(())
}

/// Counts a code that is to be mailed, or says that there were too many.
pub async fn code(portal: &Portal, visit: &Visit, account: &Account) -> Result<(), Problem> {
    let mut limits = Vec::new();
    let key = &account.key;
    match &account.device {
        Some(device) => add(&mut limits, &format!("portal:send:device:{device}:{key}"), &CODES_DEVICE),
        None => {
            add(&mut limits, &format!("portal:send:pair:{}:{key}", visit.network), &CODES_PAIR);
            add(&mut limits, &format!("portal:send:network:{}", visit.network), &CODES_NETWORK);
            add(&mut limits, &format!("portal:send:account:{key}"), &CODES_ACCOUNT);
        }
    }
    take(portal, visit, limits).await.map(|_| ())
}

/// Counts a code that is to go to a telephone.
pub async fn sms(portal: &Portal, visit: &Visit, account: &Account) -> Result<(), Problem> {
    code(portal, visit, account).await?;
    let mut limits = Vec::new();
    add(&mut limits, &format!("portal:sms:account:{}", account.key), &SMS_ACCOUNT);
    take(portal, visit, limits).await.map(|_| ())
}

fn add(limits: &mut Vec<(String, Limit)>, key: &str, more: &[Limit]) {
    limits.extend(more.iter().enumerate().map(|(nth, limit)| (format!("{key}:{nth}"), *limit)));
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

fn known_key(visit: &Visit, account: &Account) -> String {
    format!("portal:known:{}:{}", visit.network, account.key)
}
