//! The named facts and numbers that a rule's condition may use, in visible tables.
//!
//! A fact is a function from a message to "no", or "yes" with what was found. None depends on when mail was written.

mod attachment;
mod header;
mod identity;
mod link;
mod number;
mod path;
mod text;

use std::cell::OnceCell;

use message::header::Hop;
use message::{Authentication, Domain, Envelope, Mailbox, Message};

use super::HeuristicFacts;
use crate::urls::brands::Brands;
use crate::urls::{Manner, Model, inner};
use crate::words::Scripts;

pub(in crate::heuristics) use number::NUMBERS;

/// Every fact, by subject.
pub(super) const FACTS: [&[Fact]; 6] =
    [&attachment::FACTS, &header::FACTS, &identity::FACTS, &path::FACTS, &link::FACTS, &text::FACTS];

/// Hosts of one message that are looked at closely.
const GOALS: usize = 40;

/// Octets of the body that rules look at.
const BODY: usize = 64 * 1024;

/// A fact by name.
#[derive(Debug)]
pub(super) struct Fact {
    /// As conditions write it.
    pub(super) name: &'static str,
    /// Whether it holds, and what was found (may be empty).
    pub(super) holds: fn(&View<'_>) -> Option<String>,
}

/// A number by name.
#[derive(Debug)]
pub(super) struct Number {
    /// As conditions write it.
    pub(super) name: &'static str,
    /// Its value.
    pub(super) of: fn(&View<'_>) -> usize,
}

/// A message as rules look at it: what several of them need is worked out once.
pub(super) struct View<'m> {
    pub(super) message: &'m Message,
    pub(super) envelope: &'m Envelope,
    pub(super) authentication: Option<&'m Authentication>,
    /// Folded.
    pub(super) subject: &'m str,
    /// Folded, and no longer than rules look at.
    pub(super) body: &'m str,
    /// As a reader sees it, not folded, and no longer than rules look at.
    pub(super) shown: &'m str,
    /// The mailboxes of From.
    pub(super) from: &'m [Mailbox],
    /// Brands that are protected.
    pub(super) brands: &'m Brands,
    to: OnceCell<Vec<Mailbox>>,
    reply_to: OnceCell<Option<Domain>>,
    scripts: OnceCell<Scripts>,
    hops: OnceCell<Vec<Hop>>,
    goals: OnceCell<Vec<String>>,
    resemblances: OnceCell<Vec<(Manner, &'m str, String)>>,
    suspicion: OnceCell<Option<(f32, String)>>,
    body_brand: OnceCell<Option<String>>,
    resemblance_of_from: OnceCell<Option<String>>,
}

impl<'m> View<'m> {
    pub(super) fn new(facts: &HeuristicFacts<'m>, brands: &'m Brands) -> Self {
        let message = facts.message;
        Self {
            message,
            envelope: facts.envelope,
            authentication: facts.authentication,
            subject: &message.normal.subject,
            body: beginning(&message.normal.body, BODY),
            shown: beginning(message.shown(), BODY),
            from: message.headers.authors(),
            brands,
            to: OnceCell::new(),
            reply_to: OnceCell::new(),
            scripts: OnceCell::new(),
            hops: OnceCell::new(),
            goals: OnceCell::new(),
            resemblances: OnceCell::new(),
            suspicion: OnceCell::new(),
            body_brand: OnceCell::new(),
            resemblance_of_from: OnceCell::new(),
        }
    }

    /// The mailboxes of To.
    pub(super) fn to(&self) -> &[Mailbox] {
        self.to.get_or_init(|| self.message.headers.mailboxes("To"))
    }

    /// The domain of the first address of Reply-To.
    pub(super) fn reply_to(&self) -> Option<&Domain> {
        let first = || {
            let mailboxes = self.message.headers.mailboxes("Reply-To");
            mailboxes.into_iter().find_map(|mailbox| mailbox.address).map(|address| address.domain().clone())
        };
        self.reply_to.get_or_init(first).as_ref()
    }

    /// Scripts of what a reader sees.
    pub(super) fn scripts(&self) -> Scripts {
        *self.scripts.get_or_init(|| Scripts::of(self.shown))
    }

    /// The hosts that web links lead to, each once; where one carries another, both.
    pub(super) fn goals(&self) -> &[String] {
        self.goals.get_or_init(|| {
            let mut goals: Vec<String> = Vec::new();
            for link in self.message.links.iter().filter(|link| link.is_web()) {
                let carried = inner(link).and_then(|link| link.host);
                for host in link.host.iter().chain(&carried) {
                    if goals.len() < GOALS && !goals.contains(host) {
                        goals.push(host.clone());
                    }
                }
            }
            goals
        })
    }

    /// Which of them resemble a brand's: how, whose, and the host.
    pub(super) fn resemblances(&self) -> &[(Manner, &'m str, String)] {
        self.resemblances.get_or_init(|| {
            let found = self.goals().iter().filter_map(|host| {
                let found = self.brands.resembles(host)?;
                Some((found.manner, found.brand.name.as_str(), host.clone()))
            });
            found.collect()
        })
    }

    /// How much the most suspicious link looks like those of phishing, in log-odds, and its host.
    pub(super) fn suspicion(&self) -> Option<&(f32, String)> {
        let worst = || {
            let links = self.message.links.iter().filter(|link| link.is_web()).take(2 * GOALS);
            let mut seen: Vec<&str> = Vec::new();
            let mut worst: Option<(f32, String)> = None;
            for link in links {
                let Some(host) = link.host.as_deref() else { continue };
                if seen.contains(&host) || seen.len() >= GOALS || self.brands.owner(host).is_some() {
                    continue;
                }
                seen.push(host);
                let points = Model::shipped().score(host, &link.target);
                if worst.as_ref().is_none_or(|(most, _)| points > *most) {
                    worst = Some((points, host.to_owned()));
                }
            }
            worst
        };
        self.suspicion.get_or_init(worst).as_ref()
    }

    /// The brand that the body begins to speak as, worked out by `find` once: several rules ask.
    pub(super) fn body_brand(&self, find: fn(&Self) -> Option<String>) -> Option<String> {
        self.body_brand.get_or_init(|| find(self)).clone()
    }

    /// The brand that the domain of From resembles, likewise.
    pub(super) fn resemblance_of_from(&self, find: fn(&Self) -> Option<String>) -> Option<String> {
        self.resemblance_of_from.get_or_init(|| find(self)).clone()
    }

    /// The Received fields.
    pub(super) fn hops(&self) -> &[Hop] {
        self.hops.get_or_init(|| self.message.headers.hops())
    }

    /// The domain of the first From address.
    pub(super) fn sender_domain(&self) -> Option<&Domain> {
        self.from.iter().find_map(|mailbox| mailbox.address.as_ref()).map(message::Address::domain)
    }

    /// Mail of a list or with a way to leave one: its addresses differ for good reasons.
    pub(super) fn is_list(&self) -> bool {
        ["List-Id", "List-Post", "Mailing-List"].iter().any(|name| self.message.headers.get(name).is_some())
    }
}

/// Whether two domains belong to different organizations; unknown is not different.
pub(super) fn differ(a: &Domain, b: &Domain) -> bool {
    match (a.organizational(), b.organizational()) {
        (Some(a), Some(b)) => a != b,
        _ => false,
    }
}

/// At most that many octets of a text.
pub(super) fn beginning(text: &str, octets: usize) -> &str {
    let mut end = text.len().min(octets);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or(text)
}
