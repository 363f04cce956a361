//! Identifiers: UUIDv7 and row numbers inside, a random reference outside.

use std::fmt;

/// One operator (tenant).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct OperatorId(pub i64);

/// One subscriber.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct SubscriberId(pub i64);

/// One member of an operator's staff.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct StaffId(pub i64);

/// One transaction (UUIDv7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct TransactionId(pub uuid::Uuid);

/// One held message (UUIDv7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct JunkId(pub uuid::Uuid);

/// What a person quotes: 12 random base32 characters (Crockford), shown as `7K3Q-92MX-4TDA`.
/// Looked up only by somebody who is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Reference(String);

const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

impl Reference {
    /// Makes one from 12 random octets (five bits of each are used).
    pub fn from_random(random: [u8; 12]) -> Self {
        Self(random.iter().map(|b| CROCKFORD[usize::from(b & 31)] as char).collect())
    }

    /// Reads one as a person types it: any case, dashes and spaces left out, O as 0, I and L as 1.
    pub fn parse(text: &str) -> Option<Self> {
        let mut out = String::with_capacity(12);
        for c in text.chars().filter(|c| !matches!(c, '-' | ' ')) {
            let c = match c.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                c => c,
            };
            if !c.is_ascii() || !CROCKFORD.contains(&(c as u8)) {
                return None;
            }
            out.push(c);
        }
        (out.len() == 12).then_some(Self(out))
    }

    /// The 60 bits as one number, as the stores keep it.
    pub(crate) fn to_number(&self) -> i64 {
        let place = |c: u8| CROCKFORD.iter().position(|known| *known == c).unwrap_or(0) as i64;
        self.0.bytes().fold(0, |number, c| (number << 5) | place(c))
    }

    /// From the number that [`Reference::to_number`] gave.
    pub(crate) fn from_number(number: i64) -> Self {
        let digit = |i: u32| CROCKFORD[((number >> (5 * (11 - i))) & 31) as usize] as char;
        Self((0..12).map(digit).collect())
    }

    /// The 12 characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}", &self.0[..4], &self.0[4..8], &self.0[8..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// The stores keep a reference as one number; people type it as they like.
        #[test]
        fn a_reference_survives_its_number_and_its_spelling(random: [u8; 12]) {
            let reference = Reference::from_random(random);
            prop_assert_eq!(&Reference::from_number(reference.to_number()), &reference);
            let typed = reference.to_string().to_lowercase().replace('0', "o").replace('1', "l");
            prop_assert_eq!(Reference::parse(&typed), Some(reference));
        }
    }
}
