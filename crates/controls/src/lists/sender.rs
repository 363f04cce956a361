//! Who a message is from, as lists compare it.

use message::Address;
use message::authentication::{Proof, SpfOutcome};

use crate::facts::Facts;

/// Which of a message's two senders matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Identity {
    /// The author: what a reader sees.
    From,
    /// The envelope sender: who gets the bounces.
    MailFrom,
}

impl Identity {
    /// Its stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::From => "from",
            Self::MailFrom => "mail_from",
        }
    }
}

/// Who a message is from, as lists compare it.
#[derive(Clone, Debug)]
pub struct Sender<'a> {
    /// The addresses of From; none where the header section is not known.
    pub from: Vec<Address>,
    /// What stands in From in the place of an address, without an @.
    pub bare: Vec<String>,
    /// MAIL FROM, unless null.
    pub mail_from: Option<&'a Address>,
}

impl<'a> Sender<'a> {
    /// Reads both.
    pub fn of(facts: &Facts<'a>) -> Self {
        let from = facts.headers.known().map(|headers| headers.authors()).unwrap_or_default();
        let bare = from.iter().filter(|mailbox| mailbox.address.is_none());
        // A telephone number alone is read as a name without an address.
        let bare = bare.map(|mailbox| if mailbox.spec.trim().is_empty() { &mailbox.name } else { &mailbox.spec });
        let bare = bare.map(|spec| spec.trim().to_owned());
        Self {
            bare: bare.filter(|spec| !spec.is_empty() && !spec.contains('@')).collect(),
            from: from.iter().filter_map(|mailbox| mailbox.address.clone()).collect(),
            mail_from: facts.envelope.mail_from.address(),
        }
    }

    /// The one author; with several nobody can say whose proof it is.
    pub fn author(&self) -> Option<&Address> {
        if let [one] = self.from.as_slice() { Some(one) } else { None }
    }

    /// Both identities that can be proven, with how surely each is.
    pub fn identities(&self, facts: &Facts<'_>) -> [(Identity, Option<&Address>, Proof); 2] {
        [
            (Identity::From, self.author(), proof(facts, Identity::From)),
            (Identity::MailFrom, self.mail_from, proof(facts, Identity::MailFrom)),
        ]
    }
}

/// From is proven by alignment, the envelope sender by SPF of its own domain.
fn proof(facts: &Facts<'_>, identity: Identity) -> Proof {
    let Some(known) = facts.authentication.known() else { return Proof::Unknown };
    match identity {
        Identity::From => known.proof(),
        Identity::MailFrom if known.mail_from_proven() => Proof::Proven,
        Identity::MailFrom if known.spf.outcome == SpfOutcome::TempError => Proof::Unknown,
        Identity::MailFrom => Proof::Unproven,
    }
}
