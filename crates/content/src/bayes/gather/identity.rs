//! Whole names: what a person's own judgement is most often about.

use message::links::Place;
use message::{Domain, Message};

use super::text::push_plain;

/// Hosts of links that are named.
const HOSTS: usize = 6;

/// The names of a message, each with what it names.
pub(super) fn names(message: &Message) -> Vec<(&'static str, String)> {
    let mut names = Vec::new();
    let reply_to = message.headers.mailboxes("Reply-To");
    let fields = [(message.headers.authors(), "from", "from-domain"), (&reply_to, "reply-to", "reply-to-domain")];
    for (mailboxes, address, domain) in fields {
        for mailbox in mailboxes.iter().take(2) {
            let Some(of) = &mailbox.address else { continue };
            names.push((address, of.key()));
            names.push((domain, organization(of.domain())));
        }
    }
    if let Some(list) = message.headers.get("List-Id") {
        let inner = list.rsplit_once('<').map_or(list, |(_, inner)| inner);
        names.push(("list", inner.trim_end_matches('>').trim().to_lowercase()));
    }
    let subject = message.normal.subject.trim();
    if !subject.is_empty() && subject.len() <= 200 {
        let mut plain = String::new();
        push_plain(&mut plain, subject, subject.len());
        names.push(("subject", plain));
    }
    let mut hosts: Vec<String> = Vec::new();
    for link in message.links.iter().filter(|link| link.place != Place::Image) {
        let Some(host) = link.host.as_deref().and_then(|host| Domain::parse(host).ok()) else { continue };
        let host = organization(&host);
        if hosts.len() < HOSTS && !hosts.contains(&host) {
            hosts.push(host);
        }
    }
    names.extend(hosts.into_iter().map(|host| ("link-host", host)));
    names
}

/// The organizational domain, or the name itself where it has none.
fn organization(domain: &Domain) -> String {
    domain.organizational().as_ref().unwrap_or(domain).to_string()
}
