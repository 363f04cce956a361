//! One request as a page sees it: who is asking, in which language, from where, and when.

use std::sync::{Arc, OnceLock};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use jiff::tz::TimeZone;
use message::UnixMillis;
use policy::Language;
use store::records::directory::SubscriberRow;
use store::records::signin::{Role, SessionRow, StaffRow};
use store::{OperatorId, SubscriberId};

use crate::language::Words;
use crate::problem::Problem;

/// One request.
#[derive(Clone, Debug)]
pub struct Visit {
    /// Japanese or English.
    pub words: Words,
    /// The same, for staff who look at the pages of somebody who reads the other.
    pub staff_words: Words,
    /// Hard Japanese words stand with their reading.
    pub furigana: bool,
    /// When it came.
    pub now: UnixMillis,
    /// Path with query, as asked for.
    pub path: String,
    /// The visitor's address, after listed proxies.
    pub from: String,
    /// Its /24 or /48.
    pub network: String,
    /// It came over TLS.
    pub secure: bool,
    /// The operator's time zone; Japan's before anybody is signed in.
    pub zone: TimeZone,
    /// The operator's name; empty before anybody is signed in.
    pub operator_name: String,
    /// Who is signed in.
    pub who: Option<SignedIn>,
    /// The version of settings that this visit stored, where it did.
    pub stored: Arc<OnceLock<i64>>,
}

/// Who is signed in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The session.
    pub session: SessionRow,
    /// The person.
    pub person: SignedInPerson,
}

/// The person behind a session.
#[derive(Clone, Debug)]
pub enum SignedInPerson {
    /// A subscriber.
    Subscriber(SubscriberRow),
    /// Staff, perhaps acting for a subscriber.
    Staff(StaffRow, Option<Acting>),
}

/// Staff stand in a subscriber's place, for a recorded reason.
#[derive(Clone, Debug)]
pub struct Acting {
    /// In whose.
    pub subscriber: SubscriberRow,
    /// Why, as staff wrote it.
    pub reason: String,
    /// What they may do there.
    pub reach: Reach,
}

/// What staff may do in a subscriber's place. Subjects and senders stand open only with a recorded ground.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// They change settings.
    Settings,
    /// They see the person's pages and change nothing.
    Look {
        /// The recorded ground; empty: none.
        ground: String,
    },
    /// From the command line: what the person does with settings and held mail.
    Command {
        /// The recorded ground; empty: none.
        ground: String,
    },
}

/// Whose settings a page is about, and who changes them.
#[derive(Clone, Debug)]
pub struct Own {
    /// Whose.
    pub subscriber: SubscriberRow,
    /// `subscriber:12` or `staff:3`.
    pub by: String,
    /// The recorded reason where staff act; empty otherwise.
    pub note: String,
}

impl Visit {
    /// A visit of somebody that a command of this machine acts for.
    pub fn within(who: SignedIn, now: UnixMillis, language: Language) -> Self {
        Self {
            words: Words(language),
            staff_words: Words(language),
            furigana: false,
            now,
            path: String::new(),
            from: "cli".into(),
            network: "cli".into(),
            secure: true,
            zone: TimeZone::UTC,
            operator_name: String::new(),
            who: Some(who),
            stored: Arc::default(),
        }
    }

    /// The language.
    pub fn language(&self) -> Language {
        self.words.0
    }

    /// The operator of who is signed in.
    pub fn operator(&self) -> Result<OperatorId, Problem> {
        self.who.as_ref().map(|who| who.session.operator).ok_or(Problem::SignIn)
    }

    /// The subscriber whose mail this is about: who is signed in, or whose pages staff look at.
    pub fn subscriber(&self) -> Result<&SubscriberRow, Problem> {
        match self.who.as_ref().map(|who| &who.person) {
            Some(SignedInPerson::Subscriber(row)) => Ok(row),
            Some(SignedInPerson::Staff(_, Some(acting))) => match &acting.reach {
                Reach::Look { .. } | Reach::Command { .. } => Ok(&acting.subscriber),
                Reach::Settings => Err(Problem::Forbidden),
            },
            Some(SignedInPerson::Staff(_, None)) => Err(Problem::Forbidden),
            None => Err(Problem::SignIn),
        }
    }

    /// Whose place staff stand in, and how.
    pub fn acting(&self) -> Option<&Acting> {
        match self.who.as_ref().map(|who| &who.person) {
            Some(SignedInPerson::Staff(_, acting)) => acting.as_ref(),
            Some(SignedInPerson::Subscriber(_)) | None => None,
        }
    }

    /// Staff who look at somebody's pages and change nothing.
    pub fn looking(&self) -> Option<&Acting> {
        self.acting().filter(|acting| matches!(acting.reach, Reach::Look { .. }))
    }

    /// Whether senders and subjects stand open here: to their own person, and to staff on a recorded ground.
    pub fn opens_subjects(&self) -> bool {
        match self.who.as_ref().map(|who| &who.person) {
            Some(SignedInPerson::Subscriber(_)) => true,
            Some(SignedInPerson::Staff(_, Some(acting))) => match &acting.reach {
                Reach::Look { ground } | Reach::Command { ground } => !ground.is_empty(),
                Reach::Settings => false,
            },
            Some(SignedInPerson::Staff(_, None)) | None => false,
        }
    }

    /// Takes the place of whoever staff look at away: what comes as a form is never done in it.
    pub fn stop_looking(&mut self) {
        if self.looking().is_some()
            && let Some(SignedIn { person: SignedInPerson::Staff(_, acting), .. }) = &mut self.who
        {
            *acting = None;
        }
    }

    /// The signed-in member of staff.
    pub fn staff(&self) -> Result<&StaffRow, Problem> {
        match self.who.as_ref().map(|who| &who.person) {
            Some(SignedInPerson::Staff(row, _)) => Ok(row),
            Some(SignedInPerson::Subscriber(_)) => Err(Problem::Forbidden),
            None => Err(Problem::SignIn),
        }
    }

    /// Whose settings this page is about: the subscriber's own, or those of whom staff act for.
    pub fn own(&self) -> Result<Own, Problem> {
        match self.who.as_ref().map(|who| &who.person) {
            Some(SignedInPerson::Subscriber(row)) => {
                Ok(Own { subscriber: row.clone(), by: by_subscriber(row.id), note: String::new() })
            }
            Some(SignedInPerson::Staff(staff, Some(acting))) => Ok(Own {
                subscriber: acting.subscriber.clone(),
                by: format!("staff:{}", staff.id.0),
                note: acting.reason.clone(),
            }),
            Some(SignedInPerson::Staff(_, None)) => Err(Problem::NotActing),
            None => Err(Problem::SignIn),
        }
    }

    /// The role of signed-in staff.
    pub fn role(&self) -> Option<Role> {
        self.staff().ok().map(|row| row.role)
    }

    /// Who does what is done here, for the audit.
    pub fn by(&self) -> String {
        match self.who.as_ref().map(|who| &who.person) {
            Some(SignedInPerson::Subscriber(row)) => by_subscriber(row.id),
            Some(SignedInPerson::Staff(row, _)) => format!("staff:{}", row.id.0),
            None => "nobody".into(),
        }
    }
}

/// A subscriber's name in the audit.
pub fn by_subscriber(id: SubscriberId) -> String {
    format!("subscriber:{}", id.0)
}

impl<S: Sync> FromRequestParts<S> for Visit {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or(Problem::Fault("a page outside the table of routes".into()))
    }
}
