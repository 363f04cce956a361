//! Links in mail that act without signing in: signed, bound to one person, one message and one deed, good for a while.
//!
//! A link is only a way to a page; what happens needs a press there, so that a scanner that follows every link changes
//! nothing. Whether it was used up stands in the store.

use aws_lc_rs::{constant_time, hmac};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use message::UnixMillis;
use store::{JunkId, OperatorId, SubscriberId};
use uuid::Uuid;

use crate::problem::Problem;

/// Form of what is signed; another form gets another number.
const FORM: u8 = 1;
/// Octets of what is signed, and of the signature after it (HMAC-SHA-256 cut to 128 bits, RFC 2104 §5).
const SIGNED: usize = 38;
const SIGNATURE: usize = 16;

/// What a link may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Deed {
    /// Receive one held message; and its sender always, where that is offered.
    Take,
    /// Put the sender of one held message on the receive list; and receive it.
    Allow,
    /// Stop the mail that the link stands in (RFC 8058).
    Stop,
}

/// What a link says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// What it may do.
    pub deed: Deed,
    /// Whose operator.
    pub operator: OperatorId,
    /// For whom.
    pub subscriber: SubscriberId,
    /// With which message; nil where it is about none.
    pub message: JunkId,
    /// Until when, to the second.
    pub expires_at: UnixMillis,
}

/// Signs links and reads them again. The key is the same after a restart and on every node.
#[derive(Clone, Debug)]
pub struct Links(hmac::Key);

impl Links {
    /// With a key made of the portal's secret, for nothing but links.
    pub fn new(secret: &[u8; 32]) -> Self {
        let purpose = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), b"links in mail 1");
        Self(hmac::Key::new(hmac::HMAC_SHA256, purpose.as_ref()))
    }

    /// The link as it stands in an address.
    pub fn sign(&self, link: &Link) -> String {
        let mut octets = Vec::with_capacity(SIGNED + SIGNATURE);
        octets.push(FORM);
        octets.push(match link.deed {
            Deed::Take => 1,
            Deed::Allow => 2,
            Deed::Stop => 3,
        });
        octets.extend_from_slice(&link.operator.0.to_be_bytes());
        octets.extend_from_slice(&link.subscriber.0.to_be_bytes());
        octets.extend_from_slice(link.message.0.as_bytes());
        let seconds = u32::try_from(link.expires_at.0 / 1000).unwrap_or(u32::MAX);
        octets.extend_from_slice(&seconds.to_be_bytes());
        let tag = hmac::sign(&self.0, &octets);
        octets.extend(tag.as_ref().iter().take(SIGNATURE));
        URL_SAFE_NO_PAD.encode(octets)
    }

    /// Reads a link for one of these deeds. What we did not sign, or signed for another deed, is no link.
    pub fn read(&self, text: &str, deeds: &[Deed], now: UnixMillis) -> Result<Link, Problem> {
        let octets = URL_SAFE_NO_PAD.decode(text).map_err(|_| Problem::LinkForged)?;
        let (signed, signature) = octets.split_at_checked(SIGNED).ok_or(Problem::LinkForged)?;
        let tag = hmac::sign(&self.0, signed);
        let right = tag.as_ref().get(..SIGNATURE).unwrap_or_default();
        constant_time::verify_slices_are_equal(right, signature).map_err(|_| Problem::LinkForged)?;
        let link = parse(signed).filter(|link| deeds.contains(&link.deed)).ok_or(Problem::LinkForged)?;
        if link.expires_at.0 <= now.0 { Err(Problem::LinkExpired) } else { Ok(link) }
    }

    /// What a used link is remembered by.
    pub fn name(&self, text: &str) -> [u8; 32] {
        tag32(&self.0, text.as_bytes())
    }

    /// What names one mail of ours to one person, the same through every try.
    pub fn mail(&self, operator: OperatorId, subscriber: SubscriberId, of: &str) -> String {
        let tag = tag32(&self.0, format!("mail\0{}\0{}\0{of}", operator.0, subscriber.0).as_bytes());
        tag.iter().take(SIGNATURE).map(|octet| format!("{octet:02x}")).collect()
    }
}

fn tag32(key: &hmac::Key, octets: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    for (to, from) in out.iter_mut().zip(hmac::sign(key, octets).as_ref()) {
        *to = *from;
    }
    out
}

fn parse(signed: &[u8]) -> Option<Link> {
    let (head, rest) = signed.split_first_chunk::<2>()?;
    let deed = match head {
        [FORM, 1] => Deed::Take,
        [FORM, 2] => Deed::Allow,
        [FORM, 3] => Deed::Stop,
        _ => return None,
    };
    let (operator, rest) = rest.split_first_chunk::<8>()?;
    let (subscriber, rest) = rest.split_first_chunk::<8>()?;
    let (message, rest) = rest.split_first_chunk::<16>()?;
    let seconds = u32::from_be_bytes(*rest.first_chunk::<4>()?);
    Some(Link {
        deed,
        operator: OperatorId(i64::from_be_bytes(*operator)),
        subscriber: SubscriberId(i64::from_be_bytes(*subscriber)),
        message: JunkId(Uuid::from_bytes(*message)),
        expires_at: UnixMillis(i64::from(seconds) * 1000),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(deed: Deed) -> Link {
        Link {
            deed,
            operator: OperatorId(1),
            subscriber: SubscriberId(7),
            message: JunkId(Uuid::from_u128(42)),
            expires_at: UnixMillis(2_000_000_000_000),
        }
    }

    const ALL: [Deed; 3] = [Deed::Take, Deed::Allow, Deed::Stop];

    #[test]
    fn what_was_signed_is_read_again_until_its_time_and_for_its_deed_only() {
        let links = Links::new(&[1; 32]);
        let now = UnixMillis(1_999_999_999_999);
        for deed in ALL {
            let text = links.sign(&link(deed));
            assert_eq!(links.read(&text, &[deed], now).unwrap(), link(deed));
            let others: Vec<Deed> = ALL.into_iter().filter(|other| *other != deed).collect();
            assert!(matches!(links.read(&text, &others, now), Err(Problem::LinkForged)));
            assert!(matches!(links.read(&text, &ALL, UnixMillis(now.0 + 1)), Err(Problem::LinkExpired)));
            assert!(matches!(Links::new(&[2; 32]).read(&text, &ALL, now), Err(Problem::LinkForged)));
        }
    }

    #[test]
    fn no_octet_can_be_changed_and_nothing_be_added_or_cut() {
        let links = Links::new(&[1; 32]);
        let octets = URL_SAFE_NO_PAD.decode(links.sign(&link(Deed::Take))).unwrap();
        let refused = |octets: &[u8]| {
            let text = URL_SAFE_NO_PAD.encode(octets);
            matches!(links.read(&text, &ALL, UnixMillis(0)), Err(Problem::LinkForged))
        };
        assert!(!refused(&octets));
        for at in 0..octets.len() {
            let mut other = octets.clone();
            other[at] ^= 1;
            assert!(refused(&other), "octet {at} can be changed");
            assert!(refused(&octets[..at]), "it can be cut at {at}");
        }
        assert!(refused(&[octets.as_slice(), &[0]].concat()));
        for text in ["", "x", "%%%", "関所", &"A".repeat(10_000)] {
            assert!(matches!(links.read(text, &ALL, UnixMillis(0)), Err(Problem::LinkForged)));
        }
    }
}
