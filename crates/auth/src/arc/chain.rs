//! The sets of an ARC chain, in order and complete (RFC 8617 §5.2, steps 1 to 3).

use mail_auth::common::crypto::Algorithm;

use crate::dkim::signature::{BadSignature, Signature, algorithm, base64, name, number};
use crate::dkim::tags::{Strictness, Tags};
use crate::fields::{Field, Fields};

/// Sets of one message that are looked at (RFC 8617 §4.2.1).
const MOST_SETS: u32 = 50;

/// One instance: the three fields that belong together.
pub struct Set<'a> {
    /// ARC-Authentication-Results.
    pub results: Field<'a>,
    /// ARC-Message-Signature.
    pub signature_field: Field<'a>,
    /// The same, read.
    pub signature: Signature,
    /// ARC-Seal.
    pub seal_field: Field<'a>,
    /// The same, read.
    pub seal: Seal,
}

/// What an ARC-Seal says (RFC 8617 §4.1.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seal {
    /// `a=`.
    pub algorithm: Algorithm,
    /// `b=`.
    pub octets: Vec<u8>,
    /// `cv=`.
    pub state: State,
    /// `d=`.
    pub domain: String,
    /// `s=`.
    pub selector: String,
}

/// `cv=`: what the sealer thought of the chain before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// There was none.
    None,
    /// It held.
    Pass,
    /// It did not.
    Fail,
}

/// Why a chain is broken before any signature is looked at.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// More sets than are looked at.
    #[error("there are more than {MOST_SETS} sets")]
    TooLong,
    /// A field without a usable `i=`.
    #[error("{0} has no readable i=")]
    Instance(&'static str),
    /// A field is missing or stands there twice.
    #[error("set {0} is not complete")]
    Incomplete(u32),
    /// The message signature of the newest set, or a seal, cannot be read.
    #[error("set {0}: {1}")]
    Unreadable(u32, BadSignature),
    /// `cv=` contradicts the place in the chain, or says that the chain had failed before.
    #[error("set {0} says cv={1}")]
    State(u32, &'static str),
}

const RESULTS: &str = "arc-authentication-results";
const SIGNATURE: &str = "arc-message-signature";
const SEAL: &str = "arc-seal";

/// The chain from the oldest set to the newest; empty where there is none.
pub fn read<'a>(mail: &Fields<'a>) -> Result<Vec<Set<'a>>, Broken> {
    let results = instances(mail, RESULTS)?;
    let signatures = instances(mail, SIGNATURE)?;
    let seals = instances(mail, SEAL)?;
    let length = results.len().max(signatures.len()).max(seals.len()) as u32;
    if length > MOST_SETS {
        return Err(Broken::TooLong);
    }
    let mut sets = Vec::new();
    for instance in 1..=length {
        let only = |fields: &[(u32, Field<'a>)]| {
            let mut of_set = fields.iter().filter(|&&(number, _)| number == instance);
            match (of_set.next(), of_set.next()) {
                (Some(&(_, field)), None) => Ok(field),
                _ => Err(Broken::Incomplete(instance)),
            }
        };
        let (results, signature_field, seal_field) = (only(&results)?, only(&signatures)?, only(&seals)?);
        let unreadable = |bad| Broken::Unreadable(instance, bad);
        let signature = Signature::parse_arc(signature_field.value).map_err(unreadable)?;
        let seal = Seal::parse(seal_field.value).map_err(unreadable)?;
        match (instance, seal.state) {
            (1, State::None) | (2.., State::Pass) => {}
            (_, state) => return Err(Broken::State(instance, state.as_str())),
        }
        sets.push(Set { results, signature_field, signature, seal_field, seal });
    }
    Ok(sets)
}

fn instances<'a>(mail: &Fields<'a>, name: &'static str) -> Result<Vec<(u32, Field<'a>)>, Broken> {
    let mut found = Vec::new();
    for field in mail.named(name).take(MOST_SETS as usize + 1) {
        let number = if name == RESULTS { leading_instance(field.value) } else { tagged_instance(field.value) };
        found.push((number.ok_or(Broken::Instance(name))?, *field));
    }
    Ok(found)
}

/// `i=` as any tag of the list.
fn tagged_instance(value: &[u8]) -> Option<u32> {
    let tags = Tags::parse(value, Strictness::Signature).ok()?;
    instance(tags.get("i")?)
}

/// `i=1;` at the very beginning (RFC 8617 §4.1.1); what follows is Authentication-Results, not a tag list.
fn leading_instance(value: &[u8]) -> Option<u32> {
    let end = value.iter().position(|&octet| octet == b';')?;
    let (name, number) = std::str::from_utf8(&value[..end]).ok()?.split_once('=')?;
    (name.trim() == "i").then(|| instance(number.trim()))?
}

fn instance(digits: &str) -> Option<u32> {
    let plain = (1..=2).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| digits.parse().ok())?.filter(|number| (1..=MOST_SETS).contains(number))
}

impl Seal {
    fn parse(value: &[u8]) -> Result<Self, BadSignature> {
        let tags = Tags::parse(value, Strictness::Signature)?;
        let need = |name: &'static str| tags.get(name).ok_or(BadSignature::Missing(name));
        // A seal always covers the same fields; `h=` must not be there (RFC 8617 §4.1.3).
        if tags.get("h").is_some() {
            return Err(BadSignature::Value("h"));
        }
        number(&tags, "t")?;
        let state = match need("cv")? {
            "none" => State::None,
            "pass" => State::Pass,
            "fail" => State::Fail,
            _ => return Err(BadSignature::Value("cv")),
        };
        Ok(Self {
            algorithm: algorithm(need("a")?).ok_or(BadSignature::Value("a"))?,
            octets: base64(need("b")?).ok_or(BadSignature::Value("b"))?.0,
            state,
            domain: name(need("d")?).ok_or(BadSignature::Value("d"))?,
            selector: name(need("s")?).ok_or(BadSignature::Value("s"))?,
        })
    }
}

impl State {
    /// As it stands in `cv=`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Pass => "pass",
            Self::Fail => "fail",
        }
    }
}
