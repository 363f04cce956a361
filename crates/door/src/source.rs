//! Who is counted: an address, a network, a sender, a recipient. Inside it is a key of fixed length.
//!
//! Addresses and networks stand in their key as they are, so that staff can list them; what names a person (sender,
//! recipient) is hashed with the installation's secret, so that the files hold no mail addresses.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use siphasher::sip::SipHasher13;
use siphasher::sip128::{Hasher128 as _, SipHasher24};
use std::hash::Hasher as _;

/// What kind of thing is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Kind {
    /// One IP address.
    Ip = 1,
    /// A network.
    Network = 2,
    /// An autonomous system.
    AsNumber = 3,
    /// A sender address (MAIL FROM).
    Sender = 4,
    /// The domain of a sender address.
    SenderDomain = 5,
    /// A recipient address.
    Recipient = 6,
    /// What one network sends to one recipient.
    NetworkAndRecipient = 7,
    /// A domain that was proven by SPF, DKIM or DMARC.
    AuthenticatedDomain = 8,
    /// An account that signed in.
    Account = 9,
    /// Greylisting: network, identity and recipient.
    Triplet = 10,
    /// Greylisting: network and identity.
    LearnedSource = 11,
}

impl Kind {
    pub(crate) fn from_octet(octet: u8) -> Option<Self> {
        Some(match octet {
            1 => Self::Ip,
            2 => Self::Network,
            3 => Self::AsNumber,
            4 => Self::Sender,
            5 => Self::SenderDomain,
            6 => Self::Recipient,
            7 => Self::NetworkAndRecipient,
            8 => Self::AuthenticatedDomain,
            9 => Self::Account,
            10 => Self::Triplet,
            11 => Self::LearnedSource,
            _ => return None,
        })
    }
}

/// Somebody who is counted, by name. Names are counted as they are given: lower them first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source<'a> {
    /// One IP address.
    Ip(IpAddr),
    /// A network, see [`network_of`].
    Network(IpNet),
    /// An autonomous system.
    AsNumber(u32),
    /// A sender address, lower case.
    Sender(&'a str),
    /// The domain of a sender address, lower case.
    SenderDomain(&'a str),
    /// A recipient address, lower case.
    Recipient(&'a str),
    /// What one network sends to one recipient.
    NetworkAndRecipient(IpNet, &'a str),
    /// A domain that was proven by SPF, DKIM or DMARC, lower case.
    AuthenticatedDomain(&'a str),
    /// An account that signed in.
    Account(&'a str),
    /// Somebody as one operator (by number) counts them: what they do to the mail of others is not counted with it.
    Of(i64, &'a Source<'a>),
}

/// A text that names no source.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is neither an address, a network (192.0.2.0/24), AS64496, nor sender:, sender_domain:, recipient:, domain: \
     or account: with a name"
)]
pub struct BadSource(pub String);

impl Source<'_> {
    /// What kind it is of.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Ip(_) => Kind::Ip,
            Self::Network(_) => Kind::Network,
            Self::AsNumber(_) => Kind::AsNumber,
            Self::Sender(_) => Kind::Sender,
            Self::SenderDomain(_) => Kind::SenderDomain,
            Self::Recipient(_) => Kind::Recipient,
            Self::NetworkAndRecipient(..) => Kind::NetworkAndRecipient,
            Self::AuthenticatedDomain(_) => Kind::AuthenticatedDomain,
            Self::Account(_) => Kind::Account,
            Self::Of(_, source) => source.kind(),
        }
    }

    /// Whether its name is only known by a hash once it is counted.
    pub(crate) fn is_hashed(&self) -> bool {
        !matches!(self, Self::Ip(_) | Self::Network(_) | Self::AsNumber(_))
    }

    pub(crate) fn key(&self, secret: &Secret) -> Key {
        match *self {
            Self::Ip(ip) => Key { octets: octets_of(ip), span: 0, bits: 128, kind: Kind::Ip },
            Self::Network(net) => {
                let net = net.trunc();
                Key { octets: octets_of(net.addr()), span: 0, bits: net.prefix_len(), kind: Kind::Network }
            }
            Self::AsNumber(number) => {
                Key { octets: u128::from(number).to_be_bytes(), span: 0, bits: 0, kind: Kind::AsNumber }
            }
            Self::Sender(name)
            | Self::SenderDomain(name)
            | Self::Recipient(name)
            | Self::AuthenticatedDomain(name)
            | Self::Account(name) => secret.key(self.kind(), &[name.as_bytes()]),
            Self::NetworkAndRecipient(net, name) => {
                secret.key(self.kind(), &[&octets_of(net.trunc().addr()), &[net.prefix_len()], name.as_bytes()])
            }
            Self::Of(operator, source) => {
                let parts: [&[u8]; 2] = [&operator.to_le_bytes(), &source.key(secret).to_octets()];
                Key { bits: HASHED, ..secret.key(self.kind(), &parts) }
            }
        }
    }
}

impl<'a> Source<'a> {
    /// Reads what staff type: the form in which [`Source`] is shown.
    pub fn parse(text: &'a str) -> Result<Self, BadSource> {
        let text = text.trim();
        if let Ok(ip) = text.parse::<IpAddr>() {
            return Ok(Self::Ip(ip.to_canonical()));
        }
        if let Ok(net) = text.parse::<IpNet>() {
            return Ok(Self::Network(net.trunc()));
        }
        let number = text.strip_prefix("AS").or_else(|| text.strip_prefix("as"));
        if let Some(number) = number.and_then(|number| number.parse().ok()) {
            return Ok(Self::AsNumber(number));
        }
        let bad = || BadSource(text.to_owned());
        let (kind, name) = text.split_once(':').ok_or_else(bad)?;
        match kind {
            "sender" => Ok(Self::Sender(name)),
            "sender_domain" => Ok(Self::SenderDomain(name)),
            "recipient" => Ok(Self::Recipient(name)),
            "domain" => Ok(Self::AuthenticatedDomain(name)),
            "account" => Ok(Self::Account(name)),
            "network_and_recipient" => {
                let (net, name) = name.split_once(' ').ok_or_else(bad)?;
                Ok(Self::NetworkAndRecipient(net.parse::<IpNet>().map_err(|_| bad())?.trunc(), name))
            }
            _ => Err(bad()),
        }
    }
}

impl fmt::Display for Source<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(ip) => write!(f, "{ip}"),
            Self::Network(net) => write!(f, "{}", net.trunc()),
            Self::AsNumber(number) => write!(f, "AS{number}"),
            Self::Sender(name) => write!(f, "sender:{name}"),
            Self::SenderDomain(name) => write!(f, "sender_domain:{name}"),
            Self::Recipient(name) => write!(f, "recipient:{name}"),
            Self::NetworkAndRecipient(net, name) => write!(f, "network_and_recipient:{} {name}", net.trunc()),
            Self::AuthenticatedDomain(name) => write!(f, "domain:{name}"),
            Self::Account(name) => write!(f, "account:{name}"),
            Self::Of(_, source) => source.fmt(f),
        }
    }
}

/// The network of an address: its first `v4` or `v6` bits (24 and 48 where nothing else is configured).
pub fn network_of(ip: IpAddr, v4: u8, v6: u8) -> IpNet {
    match ip.to_canonical() {
        IpAddr::V4(ip) => IpNet::V4(Ipv4Net::new_assert(ip, v4.min(32)).trunc()),
        IpAddr::V6(ip) => IpNet::V6(Ipv6Net::new_assert(ip, v6.min(128)).trunc()),
    }
}

fn octets_of(ip: IpAddr) -> [u8; 16] {
    match ip.to_canonical() {
        IpAddr::V4(ip) => ip.to_ipv6_mapped().octets(),
        IpAddr::V6(ip) => ip.octets(),
    }
}

/// What is counted, in 22 octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    octets: [u8; 16],
    /// Length of the window, milliseconds; 0 where there is none.
    pub(crate) span: u32,
    /// Prefix length of a network; [`HASHED`] where the octets are not an address.
    bits: u8,
    pub(crate) kind: Kind,
}

/// In place of a prefix length: the octets are a hash.
const HASHED: u8 = 255;
/// Octets of a key in a file.
pub(crate) const KEY_OCTETS: usize = 22;

impl Key {
    /// The same source, under a window of this length.
    pub(crate) fn over(self, span: u32) -> Self {
        Self { span, ..self }
    }

    /// The same source, whatever the window.
    pub(crate) fn without_span(self) -> Self {
        self.over(0)
    }

    /// The source's name, where the key says it.
    pub(crate) fn name(&self) -> Option<String> {
        let ip = || {
            let v6 = Ipv6Addr::from(self.octets);
            v6.to_ipv4_mapped().map_or(IpAddr::V6(v6), IpAddr::V4)
        };
        match self.kind {
            _ if self.bits == HASHED => None,
            Kind::Ip => Some(Source::Ip(ip()).to_string()),
            Kind::Network => IpNet::new(ip(), self.bits).ok().map(|net| Source::Network(net).to_string()),
            Kind::AsNumber => {
                let [.., a, b, c, d] = self.octets;
                Some(Source::AsNumber(u32::from_be_bytes([a, b, c, d])).to_string())
            }
            _ => None,
        }
    }

    pub(crate) fn to_octets(self) -> [u8; KEY_OCTETS] {
        let mut octets = [0; KEY_OCTETS];
        octets[..16].copy_from_slice(&self.octets);
        octets[16..20].copy_from_slice(&self.span.to_le_bytes());
        octets[20] = self.bits;
        octets[21] = self.kind as u8;
        octets
    }

    pub(crate) fn from_octets(octets: &[u8; KEY_OCTETS]) -> Option<Self> {
        let (name, rest) = octets.split_first_chunk::<16>()?;
        let (span, rest) = rest.split_first_chunk::<4>()?;
        let [bits, kind] = *rest else { return None };
        Some(Self { octets: *name, span: u32::from_le_bytes(*span), bits, kind: Kind::from_octet(kind)? })
    }
}

/// The installation's own: who does not know it cannot choose sources that fall into one place of a table, nor learn
/// from the files whose address was counted.
#[derive(Clone, Copy)]
pub(crate) struct Secret(pub(crate) [u8; 16]);

impl Secret {
    /// A fresh one.
    pub(crate) fn random() -> Result<Self, getrandom::Error> {
        let mut secret = [0; 16];
        getrandom::fill(&mut secret)?;
        Ok(Self(secret))
    }

    /// The key of something that is known by hash only.
    pub(crate) fn key(&self, kind: Kind, parts: &[&[u8]]) -> Key {
        let mut hasher = SipHasher24::new_with_key(&self.0);
        hasher.write_u8(kind as u8);
        for part in parts {
            hasher.write(&(part.len() as u64).to_le_bytes());
            hasher.write(part);
        }
        let octets = hasher.finish128().as_u128().to_le_bytes();
        Key { octets, span: 0, bits: 0, kind }
    }

    /// Where a key belongs: the same after every restart.
    pub(crate) fn place(&self, key: &Key) -> u64 {
        let mut hasher = SipHasher13::new_with_key(&self.0);
        hasher.write(&key.to_octets());
        hasher.finish()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// An IPv4 address, for tests of this crate.
#[cfg(test)]
pub(crate) fn v4(n: u32) -> IpAddr {
    IpAddr::V4(std::net::Ipv4Addr::from(n))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: Secret = Secret([7; 16]);

    #[test]
    fn a_source_is_read_as_it_is_shown() {
        for text in [
            "192.0.2.7",
            "2001:db8::7",
            "192.0.2.0/24",
            "2001:db8:7::/48",
            "AS64496",
            "sender:hanako@example.jp",
            "sender_domain:example.jp",
            "recipient:taro@example.jp",
            "domain:example.jp",
            "account:taro",
            "network_and_recipient:192.0.2.0/24 taro@example.jp",
        ] {
            let source = Source::parse(text).unwrap();
            assert_eq!(source.to_string(), text);
            let key = source.key(&SECRET);
            assert_eq!(Key::from_octets(&key.to_octets()), Some(key));
            assert_eq!(key.name(), (!source.is_hashed()).then(|| text.to_owned()));
        }
        for text in ["", "hanako@example.jp", "192.0.2.300", "ASx", "rcpt:taro@example.jp"] {
            assert_eq!(Source::parse(text), Err(BadSource(text.to_owned())), "{text}");
        }
    }

    #[test]
    fn nobody_is_counted_as_somebody_else() {
        let all = [
            Source::Ip(v4(0xC000_0200)),
            Source::Network(network_of(v4(0xC000_0200), 24, 48)),
            Source::Network(network_of(v4(0xC000_0200), 25, 48)),
            Source::Sender("a"),
            Source::Recipient("a"),
            Source::SenderDomain("a"),
            Source::Of(1, &Source::Ip(v4(0xC000_0200))),
            Source::Of(2, &Source::Ip(v4(0xC000_0200))),
        ];
        for (n, one) in all.iter().enumerate() {
            for other in &all[n + 1..] {
                assert_ne!(one.key(&SECRET), other.key(&SECRET), "{one} and {other}");
            }
        }
        let own = Source::Of(1, &Source::Ip(v4(0xC000_0200)));
        assert_eq!((own.to_string().as_str(), own.kind(), own.key(&SECRET).name()), ("192.0.2.0", Kind::Ip, None));
        assert_eq!(Key::from_octets(&own.key(&SECRET).to_octets()), Some(own.key(&SECRET)));
        assert_eq!(
            Source::Ip("::ffff:192.0.2.7".parse().unwrap()).key(&SECRET),
            Source::Ip("192.0.2.7".parse().unwrap()).key(&SECRET)
        );
    }
}
