//! What a virus scanner says of a message (IN-17), and which parts would have to go for the rest to be clean.
//!
//! The message is asked about whole. Only where something is found are its parts asked about one by one, and then the
//! rest once more: a part counts as removable only if what stays is clean.

mod clamd;

use std::ops::Range;

use bytes::Bytes;
use controls::facts::{Virus, VirusScan};
use controls::{Fact, Why};
use message::parse::{Leaf, leaves};
use message::{Headers, Limits};
use tokio::time::Instant;

pub use clamd::{Clamd, ClamdAddress};
use clamd::{Said, ScanFault};

/// Parts that are asked about one by one.
const PARTS: usize = 64;
/// Before every message: clamd knows mail by its first field, and not by every field that can be the first.
const MAIL: &[u8] = b"Received: from localhost by localhost\r\n";
/// Stands in the place of a removed part when the rest is asked about.
const GONE: &[u8] = b"\r\n";

/// A part that has to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Infected {
    /// Where it stands in the message, with its header section.
    pub place: Range<usize>,
    /// It is the body of the message itself.
    pub is_body: bool,
    /// What was found in it.
    pub virus: Virus,
}

/// What was gathered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// As the control sees it.
    pub scan: VirusScan,
    /// The parts to remove, in order; empty where removing parts would not make the rest clean.
    pub infected: Vec<Infected>,
}

impl Clamd {
    /// Asks about a message.
    pub(super) async fn look(&self, headers: &Headers, limits: &Limits, deadline: Instant) -> Fact<Found> {
        if headers.raw.len() > self.size {
            return Fact::Unknown(Why::TooLarge);
        }
        match self.scan(&[MAIL, &headers.raw], deadline).await {
            Ok(Said::Clean) => Fact::Known(Found::default()),
            Ok(Said::TooLarge) => Fact::Unknown(Why::TooLarge),
            Ok(Said::Found(name)) => Fact::Known(self.by_parts(headers, limits, name, deadline).await),
            Err(fault) => {
                tracing::warn!(%fault, "the virus check could not be done; it is unknown for this message");
                match fault {
                    ScanFault::Deadline => Fact::Unknown(Why::Deadline),
                    ScanFault::Unreachable(_) | ScanFault::Complained(_) => Fact::Unknown(Why::Failed),
                }
            }
        }
    }

    /// In which parts it is. A fault here leaves the message infected as a whole.
    async fn by_parts(&self, headers: &Headers, limits: &Limits, name: String, deadline: Instant) -> Found {
        let mut infected: Vec<Infected> = Vec::new();
        for leaf in leaves(headers, limits).into_iter().take(PARTS) {
            // An enclosed message of which a part is infected does not go as a whole.
            if infected.iter().any(|known| within(&known.place, &leaf.whole)) {
                continue;
            }
            match self.scan(&[leaf.contents.octets()], deadline).await {
                Ok(Said::Found(name)) => infected.push(of(leaf, name)),
                Ok(Said::Clean | Said::TooLarge) => {}
                Err(_) => break,
            }
        }
        infected.sort_by_key(|part| part.place.start);
        let viruses: Vec<Virus> = infected.iter().map(|part| part.virus.clone()).collect();
        let whole = Found { scan: VirusScan { viruses: vec![Virus { name, file: None }] }, infected: Vec::new() };
        if infected.is_empty() {
            return whole;
        }
        let rest = without(&headers.raw, &infected);
        let pieces: Vec<&[u8]> = std::iter::once(MAIL).chain(rest.iter().map(AsRef::as_ref)).collect();
        if self.scan(&pieces, deadline).await.ok() != Some(Said::Clean) {
            return Found { scan: VirusScan { viruses }, infected: Vec::new() };
        }
        Found { scan: VirusScan { viruses }, infected }
    }
}

fn within(inner: &Range<usize>, outer: &Range<usize>) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

fn of(leaf: Leaf, name: String) -> Infected {
    Infected { place: leaf.whole, is_body: leaf.is_body, virus: Virus { name, file: leaf.name } }
}

/// The message without these parts.
fn without(raw: &Bytes, infected: &[Infected]) -> Vec<Bytes> {
    let mut rest = Vec::with_capacity(infected.len() * 2 + 1);
    let mut at = 0;
    for part in infected {
        rest.push(raw.slice(at..part.place.start.max(at)));
        rest.push(Bytes::from_static(GONE));
        at = part.place.end.max(at);
    }
    rest.push(raw.slice(at.min(raw.len())..));
    rest
}
