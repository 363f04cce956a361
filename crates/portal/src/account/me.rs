//! Who is signed in, as the pages about signing in need it: subscriber and staff alike.

use axum::http::HeaderMap;
use store::OperatorId;
use store::records::audit::AuditRow;
use store::records::signin::Person;

use crate::forms::Form;
use crate::problem::Problem;
use crate::security::lock::{self, Account, Way};
use crate::security::{devices, passwords};
use crate::state::Portal;
use crate::visit::{SignedInPerson, Visit};

/// For so long after signing in nothing more has to be shown, milliseconds.
const FRESH: i64 = 15 * 60_000;

/// Who is signed in.
#[derive(Clone, Debug)]
pub struct Me {
    /// Whose.
    pub operator: OperatorId,
    /// Who.
    pub person: Person,
    /// Sign-in name.
    pub login: String,
    /// Hash of the password, if they have one.
    pub password: Option<String>,
    /// Where the pages about signing in are for them.
    pub here: &'static str,
    /// Characters of the shortest password they may choose.
    pub shortest: usize,
    /// Signed in lately.
    pub fresh: bool,
}

impl Me {
    /// Of this visit. Staff who act for somebody are still themselves here.
    pub fn of(visit: &Visit) -> Result<Self, Problem> {
        let who = visit.who.as_ref().ok_or(Problem::SignIn)?;
        let (login, password, here, shortest) = match &who.person {
            SignedInPerson::Subscriber(row) => {
                (row.login.clone(), row.password.clone(), "/security", passwords::SHORTEST)
            }
            SignedInPerson::Staff(row, _) => {
                let password = Some(row.password.clone()).filter(|hash| !hash.is_empty());
                (row.login.clone(), password, "/staff/security", passwords::SHORTEST_STAFF)
            }
        };
        Ok(Self {
            operator: who.session.operator,
            person: who.session.person,
            login,
            password,
            here,
            shortest,
            fresh: visit.now.0 - who.session.created_at.0 < FRESH,
        })
    }

    /// Whether the password has to be shown before a way in changes.
    pub fn must_show(&self) -> bool {
        !self.fresh && self.password.is_some()
    }

    /// Whether this is really they and not somebody who found their browser open: a session opened lately, or the
    /// password. Who has none signs in again.
    pub async fn shown(
        &self,
        portal: &Portal,
        visit: &Visit,
        headers: &HeaderMap,
        form: &Form,
    ) -> Result<bool, Problem> {
        if self.fresh {
            return Ok(true);
        }
        if self.password.is_none() {
            return Err(Problem::SignIn);
        }
        self.is_password(portal, visit, headers, form.bytes("current")).await
    }

    /// Whether this is their password. Wrong ones are counted as when signing in.
    pub async fn is_password(
        &self,
        portal: &Portal,
        visit: &Visit,
        headers: &HeaderMap,
        typed: &[u8],
    ) -> Result<bool, Problem> {
        let device = devices::known(portal, visit, headers, self.operator, Some(self.person)).await?;
        let account = Account::of(Some(self.person), &self.login, device);
        let attempt = lock::begin(portal, visit, Way::Password, &account).await?;
        let right = portal.passwords.verify(&String::from_utf8_lossy(typed), self.password.as_deref()).await?;
        if right {
            attempt.succeeded(portal).await?;
        }
        Ok(right)
    }

    /// Writes down what they did.
    pub async fn audit(&self, portal: &Portal, visit: &Visit, action: &str, detail: &str) -> Result<(), Problem> {
        let row = AuditRow {
            id: 0,
            operator: self.operator,
            at: visit.now,
            by: visit.by(),
            from: visit.from.clone(),
            action: action.into(),
            target: visit.by(),
            detail: detail.into(),
        };
        portal.records().audit(&row).await?;
        Ok(())
    }
}
