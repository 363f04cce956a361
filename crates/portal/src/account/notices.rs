//! Letters to a person about their own account: signed in from a new browser, a way in changed. In their language, to
//! the address they sign in with, or the one they set for that.

use jiff::tz::TimeZone;
use mail_builder::MessageBuilder;
use mail_builder::headers::raw::Raw;
use message::{Address, UnixMillis};
use policy::Language;
use store::OperatorId;
use store::counters::Limit;
use store::records::signin::Person;

use crate::account::device;
use crate::language::Words;
use crate::mailer::CodeMessage;
use crate::moment;
use crate::problem::Problem;
use crate::security::means;
use crate::state::Portal;
use crate::visit::Visit;

/// Letters a person gets at most: who guesses does not fill their mailbox.
const MOST: Limit = Limit { most: 10, window_ms: 24 * 3_600_000 };

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice<'a> {
    /// Signed in with a browser that was not known; how it describes itself.
    Device(&'a str),
    /// The password was changed.
    Password,
    /// An app was set up as second factor.
    AppOn,
    /// It was taken away.
    AppOff,
    /// A recovery code was used; so many are left.
    RecoveryUsed(usize),
    /// New recovery codes were made.
    RecoveryNew,
    /// A telephone number was set.
    Telephone,
    /// It was taken away.
    TelephoneOff,
    /// Another address for letters about the account was set, or it was taken away.
    Letters,
    /// The password was switched off.
    PasswordOff,
    /// A passkey was added.
    PasskeyOn,
    /// A passkey was taken away.
    PasskeyOff,
    /// Staff took the second factor away, for this reason.
    Reset(&'a str),
    /// Staff signed the person out everywhere, for this reason.
    SignedOut(&'a str),
    /// Somebody who knows the password tried many second factors.
    Guessed,
}

impl Notice<'_> {
    fn what(self, words: Words) -> String {
        match self {
            Self::Device(_) => words.say("told-device"),
            Self::Password => words.say("told-password"),
            Self::AppOn => words.say("told-app-on"),
            Self::AppOff => words.say("told-app-off"),
            Self::RecoveryUsed(left) => words.say1("told-recovery-used", "left", left),
            Self::RecoveryNew => words.say("told-recovery-new"),
            Self::Telephone => words.say("told-telephone"),
            Self::TelephoneOff => words.say("told-telephone-off"),
            Self::Letters => words.say("told-letters"),
            Self::PasswordOff => words.say("told-password-off"),
            Self::PasskeyOn => words.say("told-passkey-on"),
            Self::PasskeyOff => words.say("told-passkey-off"),
            Self::Reset(reason) => words.say1("told-reset", "reason", reason),
            Self::SignedOut(reason) => words.say1("told-signed-out", "reason", reason),
            Self::Guessed => words.say("told-guessed"),
        }
    }

    fn is_by_staff(self) -> bool {
        matches!(self, Self::Reset(_) | Self::SignedOut(_))
    }
}

/// When and from where it happened, and in which language where the person has none of their own.
#[derive(Clone, Debug)]
pub struct Event {
    /// When.
    pub at: UnixMillis,
    /// The visitor's address.
    pub from: String,
    /// The operator's time zone.
    pub zone: TimeZone,
    /// The language.
    pub words: Words,
}

/// Sends one beside the answer. Nothing is sent where the sign-in name is no address and none was set, or too much was sent already.
pub async fn send(
    portal: &Portal,
    visit: &Visit,
    operator: OperatorId,
    person: Person,
    what: Notice<'_>,
) -> Result<(), Problem> {
    let event = Event { at: visit.now, from: visit.from.clone(), zone: visit.zone.clone(), words: visit.words };
    let Some(letter) = letter(portal, &event, operator, person, what).await? else { return Ok(()) };
    let mail = portal.mail.clone();
    tokio::spawn(async move {
        if let Err(fault) = mail.send(letter).await {
            tracing::warn!(%fault, "a letter about an account could not be sent");
        }
    });
    Ok(())
}

/// The letter, where one is to be sent.
pub async fn letter(
    portal: &Portal,
    event: &Event,
    operator: OperatorId,
    person: Person,
    what: Notice<'_>,
) -> Result<Option<CodeMessage>, Problem> {
    let (login, language, key) = match person {
        Person::Subscriber(id) => {
            let Some(row) = portal.records().subscriber(operator, id).await? else { return Ok(None) };
            (row.login, row.language, format!("portal:notice:subscriber:{}", id.0))
        }
        Person::Staff(id) => {
            let Some(row) = portal.records().staff(operator, id).await? else { return Ok(None) };
            (row.login, row.language, format!("portal:notice:staff:{}", id.0))
        }
    };
    let apart = means::letters(portal, operator, person).await?;
    let Some(address) = apart.or_else(|| Address::parse(&login).ok()) else { return Ok(None) };
    if !portal.counters().take(&key, MOST, event.at).await?.allowed {
        return Ok(None);
    }
    // Staff who act read one language, the person another.
    let words = match language.as_str() {
        "" if what.is_by_staff() => Words(Language::Ja),
        "" => event.words,
        own => Words(Language::of(own)),
    };
    let body = body(portal, event, words, person, what);
    write(operator, &address, words.say("told-subject"), body, event.at, words).map(Some)
}

fn body(portal: &Portal, event: &Event, words: Words, person: Person, what: Notice<'_>) -> String {
    let when = moment::moment(event.at, event.at, &event.zone, words).full;
    let mut lines = vec![what.what(words), String::new(), words.say1("told-when", "when", when)];
    if let Notice::Device(agent) = what {
        let device = device::name(agent).unwrap_or_else(|| words.say("sign-ins-device-unknown"));
        lines.push(words.say1("told-with", "device", device));
    }
    if !what.is_by_staff() {
        lines.push(words.say1("told-from", "from", event.from.clone()));
    }
    lines.extend([String::new(), words.say(if what.is_by_staff() { "told-ask" } else { "told-not-you" })]);
    if !portal.options.url.is_empty() {
        let path = match person {
            Person::Subscriber(_) => "security",
            Person::Staff(_) => "staff/security",
        };
        lines.push(format!("{}/{path}", portal.options.url));
    }
    lines.join("\r\n") + "\r\n"
}

fn write(
    operator: OperatorId,
    to: &Address,
    subject: String,
    body: String,
    at: UnixMillis,
    words: Words,
) -> Result<CodeMessage, Problem> {
    let raw = MessageBuilder::new()
        .from((words.say("product"), format!("no-reply@{}", to.domain())))
        .to(to.to_string())
        .subject(subject)
        .date(at.0 / 1000)
        .header("Auto-Submitted", Raw::new("auto-generated"))
        .text_body(body)
        .write_to_vec()
        .map_err(|fault| Problem::Fault(format!("the letter cannot be written: {fault}")))?;
    Ok(CodeMessage { operator, to: to.clone(), raw })
}
