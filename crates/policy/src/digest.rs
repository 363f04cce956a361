//! The digest of held mail and the notice for each message (SUB-15): what a person chooses, and what a profile offers.

use message::UnixMillis;

use crate::contract::Contract;
use crate::decision::Decision;
use crate::profile::{DigestOffer, Feature, Profile};
use crate::settings::{BadLayer, Origin, Settings};

/// What a digest can tell of each message, by the names that a profile gives. `count` is how many there are; `headers` are
/// the fields of the header section that a person knows mail by.
pub const DIGEST_FIELDS: [&str; 7] = ["count", "received_at", "from", "subject", "reason", "days_left", "headers"];

/// The longest time between two digests, hours: four weeks, the longest that held mail usually waits.
pub const EVERY_LIMIT: u16 = 28 * 24;

/// The hour at which a digest goes out where nobody chose another.
pub const USUAL_HOUR: u8 = 7;

/// Which mail about held mail a person gets.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case", tag = "send", deny_unknown_fields)]
pub enum Digest {
    /// None.
    #[default]
    Off,
    /// A list, at certain hours of the operator's clock.
    Every {
        /// Hours between two: up to 24 several times a day, above that every so many days.
        hours: u16,
        /// The hour of the first one of a day, 0 to 23.
        at: u8,
        /// Days of the week, 1 (Monday) to 7; empty: every day.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        days: Vec<u8>,
        /// A mail is sent also where nothing was held.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        also_empty: bool,
    },
    /// A notice for each message, as soon as it is held.
    EachMessage,
}

impl Digest {
    /// What is offered first: what somebody gets who chose nothing, where the operator's profile is on by default.
    pub fn first_of(offer: &DigestOffer) -> Self {
        match offer.every_hours.first() {
            Some(hours) => Self::Every { hours: *hours, at: USUAL_HOUR, days: Vec::new(), also_empty: false },
            None if offer.each_message => Self::EachMessage,
            None => Self::Off,
        }
    }

    /// Checks every value.
    pub fn check(&self) -> Result<(), BadLayer> {
        let bad = |problem: String| Err(BadLayer { field: "digest".into(), problem });
        let Self::Every { hours, at, days, .. } = self else { return Ok(()) };
        let fits = if *hours <= 24 { 24_u16.checked_rem(*hours) == Some(0) } else { hours.is_multiple_of(24) };
        if !fits || *hours > EVERY_LIMIT {
            return bad(format!(
                "{hours} hours: a part of a day (1, 2, 3, 4, 6, 8, 12, 24), or whole days up to {EVERY_LIMIT}"
            ));
        }
        if *at > 23 {
            return bad(format!("{at} is no hour of a day"));
        }
        match days.iter().find(|day| !(1..=7).contains(*day)) {
            Some(day) => bad(format!("{day} is no day of the week; 1 is Monday, 7 Sunday")),
            None => Ok(()),
        }
    }
}

impl DigestOffer {
    /// Whether a choice is offered. Hour and days of the week are the person's.
    pub fn offers(&self, choice: &Digest) -> bool {
        match choice {
            Digest::Off => true,
            Digest::Every { hours, .. } => self.every_hours.contains(hours),
            Digest::EachMessage => self.each_message,
        }
    }

    /// Whether a digest tells this of a message; where the profile names nothing, everything but the header section, which
    /// few can read.
    pub fn tells(&self, field: &str) -> bool {
        match self.fields.is_empty() {
            true => field != "headers",
            false => self.fields.iter().any(|known| known == field),
        }
    }

    /// Checks what a profile says.
    pub(crate) fn check(&self) -> Result<(), String> {
        if let Some(wrong) = self.fields.iter().find(|field| !DIGEST_FIELDS.contains(&field.as_str())) {
            return Err(format!("a digest cannot tell \"{wrong}\"; it can tell {}", DIGEST_FIELDS.join(", ")));
        }
        for hours in &self.every_hours {
            let choice = Digest::Every { hours: *hours, at: 0, days: Vec::new(), also_empty: false };
            choice.check().map_err(|wrong| wrong.problem)?;
        }
        if (self.original_attached || self.original_from_and_subject) && !self.each_message {
            return Err("original_attached and original_from_and_subject are of the notice: each_message = true".into());
        }
        if self.by_default && *self == (Self { by_default: true, fields: self.fields.clone(), ..Self::default() }) {
            return Err("by_default needs something to send: every_hours or each_message".into());
        }
        Ok(())
    }
}

impl Settings {
    /// What is really sent to a person with this contract: where the digest is not, or not now, part of it, there is none
    /// that the person did not choose before.
    pub fn digest_in_force(&self, profile: &Profile, contract: &Contract, now: UnixMillis) -> Digest {
        let is_included = profile.standing(contract, Feature::Digest, now).acts();
        if self.origin_of("digest") != Origin::Subscriber && !is_included {
            return Digest::Off;
        }
        self.digest.clone()
    }
}

/// Whether a list or a notice may offer to always receive this sender: never where the message is there to harm.
pub fn may_always_receive(decision: Option<&Decision>, class: &str) -> bool {
    let dangerous = |class: &str| matches!(class, "malware" | "phishing" | "fee_fraud");
    !dangerous(class) && decision.is_none_or(|decision| !dangerous(decision.verdict.class.name()))
}
