//! What header rules ask for: a field, or one of the things that SpamAssassin makes fields of.

use super::View;
use super::addresses;
use super::domain::{is_address, is_host};
use super::header;
use super::part::Part;
use super::text::{collapsed, contains, lines, string, trimmed};

/// A request taken apart.
#[derive(Clone, Debug, Default)]
pub(crate) struct Request {
    name: String,
    raw: bool,
    address: bool,
    phrase: bool,
    host: bool,
    domain: bool,
    ip: bool,
    reverse_ip: bool,
    first: bool,
    last: bool,
}

impl Request {
    /// `Subject`, `From:addr`, `ALL:raw`, `Reply-To:first:addr`
    pub(crate) fn parse(written: &str) -> Self {
        let mut pieces = written.split(':');
        let mut request = Self { name: pieces.next().unwrap_or_default().to_owned(), ..Self::default() };
        for piece in pieces {
            match piece {
                "raw" => request.raw = true,
                "addr" => request.address = true,
                "name" => request.phrase = true,
                "host" => request.host = true,
                "domain" => (request.host, request.domain) = (true, true),
                "ip" => request.ip = true,
                "revip" => (request.ip, request.reverse_ip) = (true, true),
                "first" => request.first = true,
                "last" => request.last = true,
                _ => {}
            }
        }
        request
    }

    /// What the message answers; each with its line end, where it is a whole field.
    pub(super) fn answer(&self, view: &View<'_>) -> Vec<Vec<u8>> {
        let mut found = self.fields(view);
        if self.name == "ALL" || self.name.starts_with("ALL-") {
            return found;
        }
        if self.first {
            found.truncate(1);
        } else if self.last && found.len() > 1 {
            found = found.split_off(found.len() - 1);
        }
        if self.address || self.phrase {
            found = found.iter().flat_map(|field| self.mailboxes(field)).collect();
        }
        if self.host {
            found = found.iter().filter_map(|text| self.host_of(text, view)).collect();
        } else if self.ip {
            found = found.iter().filter_map(|text| self.ip_of(text)).collect();
        }
        found
    }

    fn fields(&self, view: &View<'_>) -> Vec<Vec<u8>> {
        let Some(head) = view.parts.all.first() else { return Vec::new() };
        let lower = self.name.to_ascii_lowercase();
        let field = |name: &str| named(head, name, self.raw || self.address || self.phrase);
        match lower.as_str() {
            "all" if self.name == "ALL" => self.section(view),
            "all-trusted" => self.section_above(view, view.relays.trusted_fields),
            "all-internal" => self.section_above(view, view.relays.internal_fields),
            "all-untrusted" => self.section_below(view, view.relays.trusted_fields),
            "all-external" => self.section_below(view, view.relays.internal_fields),
            "envelopefrom" => envelope_from(view).into_iter().collect(),
            "tocc" => [field("To"), field("Cc")].concat(),
            "messageid" if self.name == "MESSAGEID" => {
                ["X-Message-Id", "Resent-Message-Id", "X-Original-Message-ID", "Message-Id"].map(field).concat()
            }
            lower => match lower.strip_prefix("x-spam-relays-").and_then(|which| view.relays.as_text(which)) {
                Some(text) => vec![text.into_bytes()],
                None => field(&self.name),
            },
        }
    }

    /// Every field, as one text each.
    fn section(&self, view: &View<'_>) -> Vec<Vec<u8>> {
        let Some(head) = view.parts.all.first() else { return Vec::new() };
        if self.raw {
            let mut fields: Vec<Vec<u8>> = Vec::new();
            for line in lines(&view.parts.header).filter(|line| *line != b"\n") {
                match fields.last_mut() {
                    Some(field) if line.starts_with(b" ") || line.starts_with(b"\t") => field.extend_from_slice(line),
                    _ => fields.push(line.to_vec()),
                }
            }
            return fields;
        }
        let all = head.fields.iter();
        all.map(|field| [field.name.as_slice(), b": ", &field.decoded, b"\n"].concat()).collect()
    }

    /// Fields down to so many Received fields.
    fn section_above(&self, view: &View<'_>, received: usize) -> Vec<Vec<u8>> {
        let mut seen = 0;
        let all = self.section(view).into_iter();
        let above = all.take_while(|field| {
            seen += usize::from(is_received(field));
            seen <= received
        });
        above.collect()
    }

    /// Fields from the Received field of that number.
    fn section_below(&self, view: &View<'_>, received: usize) -> Vec<Vec<u8>> {
        let mut seen = 0;
        let all = self.section(view).into_iter();
        let below = all.skip_while(|field| {
            seen += usize::from(is_received(field));
            seen <= received
        });
        below.collect()
    }

    fn mailboxes(&self, field: &[u8]) -> Vec<Vec<u8>> {
        let found = addresses::parse(field).into_iter();
        if self.address {
            return found.filter_map(|mailbox| mailbox.address).collect();
        }
        let phrases = found.filter_map(|mailbox| mailbox.phrase);
        if self.raw {
            return phrases.collect();
        }
        let decoded = phrases.map(|phrase| {
            let text = header::decode(&phrase, b"phrase");
            let text = trimmed(&collapsed(&text)).to_vec();
            match text.strip_prefix(b"'").and_then(|rest| rest.strip_suffix(b"'")) {
                Some(inside) => inside.to_vec(),
                None => text,
            }
        });
        decoded.collect()
    }

    fn host_of(&self, text: &[u8], view: &View<'_>) -> Option<Vec<u8>> {
        let text = string(text);
        let domains = &view.settings.domains;
        let host = if self.address {
            text.rsplit_once('@').map(|(_, host)| host.split_whitespace().next().unwrap_or_default().to_owned())?
        } else {
            let odd = |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'));
            let fits = |name: &&str| is_host(name.as_bytes()) && domains.is_valid(name);
            let after = text.rsplit('@').next().filter(|_| text.contains('@'));
            let after = after.and_then(|rest| rest.split(odd).next()).filter(fits);
            after.or_else(|| text.split(odd).find(fits))?.to_owned()
        };
        Some(if self.domain { domains.registered(&host) } else { host }.into_bytes())
    }

    fn ip_of(&self, text: &[u8]) -> Option<Vec<u8>> {
        let pieces = text.split(|octet| !octet.is_ascii_hexdigit() && !matches!(octet, b'.' | b':'));
        let found = pieces.into_iter().find(|piece| is_address(piece))?;
        if !self.reverse_ip {
            return Some(found.to_vec());
        }
        let mut octets: Vec<&[u8]> = found.split(|&octet| octet == b'.').collect();
        octets.reverse();
        Some(octets.join(&b"."[..]))
    }
}

fn is_received(field: &[u8]) -> bool {
    field.get(..9).is_some_and(|name| name.eq_ignore_ascii_case(b"received:"))
}

/// Every field of that name.
fn named(part: &Part, name: &str, raw: bool) -> Vec<Vec<u8>> {
    let fields = part.fields.iter().filter(|field| field.is(name.as_bytes()));
    fields.map(|field| if raw { field.raw.clone() } else { [field.decoded.as_slice(), b"\n"].concat() }).collect()
}

/// Who gave the message over, by the fields that tell.
fn envelope_from(view: &View<'_>) -> Option<Vec<u8>> {
    let last = view.relays.untrusted.first().or_else(|| view.relays.trusted.last());
    if let Some(from) = last.and_then(|relay| relay.envelope_from.clone())
        && (from.is_empty() || from.find('@').is_some_and(|at| at > 0))
    {
        return Some(from.into_bytes());
    }
    let first = |request: &str| view.get(request).first().cloned();
    let fetched = || view.get("Received").iter().any(|field| contains(field, b"(fetchmail"));
    if first("X-Sender:first:addr").is_some_and(|sender| sender.contains(&b'@')) && fetched() {
        return None;
    }
    for name in ["X-Envelope-From", "Envelope-Sender", "Return-Path"] {
        let Some(found) = first(&format!("{name}:first:addr")) else { continue };
        // A field below a Received field tells of an earlier handover.
        if stands_below_received(view, name) {
            if name == "X-Envelope-From" {
                return None;
            }
            continue;
        }
        return Some(found);
    }
    None
}

fn stands_below_received(view: &View<'_>, name: &str) -> bool {
    let Some(head) = view.parts.all.first() else { return false };
    let received = head.fields.iter().position(|field| field.is(b"Received"));
    let named = head.fields.iter().rposition(|field| field.is(name.as_bytes()));
    received.zip(named).is_some_and(|(received, named)| received < named)
}
