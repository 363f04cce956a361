//! Senders at providers where anybody gets an address (FreeMail).

use std::collections::{BTreeSet, HashSet};
use std::sync::LazyLock;

use regex::bytes::Regex;

use super::lists::senders;
use super::{Call, Row};
use crate::view::View;
use crate::view::text::{contains, own, string};

pub(super) const ROWS: &[Row] = &[
    ("check_freemail_header", in_header, Some(1)),
    ("check_freemail_body", in_body, Some(0)),
    ("check_freemail_from", in_from, Some(0)),
    ("check_freemail_replyto", in_reply_to, None),
];

/// Free addresses in the text; `None` where there are so many that they say nothing.
#[derive(Debug)]
pub(crate) struct BodyAddresses(Option<BTreeSet<String>>);

static WELCOME: LazyLock<Regex> = LazyLock::new(|| {
    own(
        r"(?i)^(?:abuse|support|sales|info|helpdesk|contact|kontakt|(?:post|host|domain)master|undisclosed.*|request-[a-f0-9]{16}|bounced?-|[a-f0-9]{8}(?:\.[a-f0-9]{8}|-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12})|.+=.+=.+)@",
    )
});
static BULK: LazyLock<Regex> = LazyLock::new(|| {
    own(
        r"(?i)(?:^(?:post|host|domain)master|^double-bounce|^(?:sentto|owner|return|(?:gr)?bounced?)-.+|-(?:request|bounces?|admin|owner)|\b(?:do[._-t]?)?no[._-t]?repl(?:y|ies)|.+=.+)@",
    )
});
static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
    own(
        r"(?i)([a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*)@((?:[a-z0-9](?:[a-z0-9-]{0,59}[a-z0-9])?\.){1,4}[a-z0-9-]+)",
    )
});
static WEB: LazyLock<Regex> = LazyLock::new(|| own(r"(?i)<?https?://\S{0,255}(?:@|%40)\S{0,255}"));
static SIGNATURE: LazyLock<Regex> = LazyLock::new(|| own(r"(?i)^(?:>|\s{1,10}([a-z-]{2,11}):)"));
static TELEPHONE: LazyLock<Regex> = LazyLock::new(|| own(r"(?i)^(?:fa(?:x|csi)|tel|phone|e?-?mail)"));

/// Addresses of the text that are looked at.
const MOST: usize = 40;

/// A `*` stands for letters of one label.
fn dots(name: &str) -> usize {
    name.matches('.').count()
}

fn is_free(view: &View<'_>, address: &str) -> bool {
    let freemail = &view.settings.freemail;
    let domain = address.rsplit('@').next().unwrap_or_default();
    !address.is_empty()
        && !freemail.welcome.contains(address)
        && !freemail.welcome.contains(domain)
        && !WELCOME.is_match(address.as_bytes())
        && (freemail.domains.contains(domain)
            || freemail.globs.iter().any(|glob| glob.fits(address) && dots(glob.written()) == dots(domain)))
}

fn lower(view: &View<'_>, request: &str) -> Vec<String> {
    view.get(request).iter().map(|address| string(address).to_lowercase()).collect()
}

fn fits(call: &Call, address: &str) -> bool {
    call.pattern.as_ref().is_none_or(|pattern| pattern.is_match(address.as_bytes()))
}

fn in_header(view: &View<'_>, call: &Call) -> bool {
    lower(view, &format!("{}:addr", call.text(0))).iter().any(|address| is_free(view, address) && fits(call, address))
}

fn in_from(view: &View<'_>, call: &Call) -> bool {
    senders(view)
        .iter()
        .map(|address| address.to_lowercase())
        .any(|address| is_free(view, &address) && fits(call, &address))
}

fn in_body(view: &View<'_>, call: &Call) -> bool {
    body(view).is_some_and(|all| all.iter().any(|address| fits(call, address)))
}

fn in_reply_to(view: &View<'_>, call: &Call) -> bool {
    if view.settings.freemail.skip_bulk && view.get("EnvelopeFrom").first().is_some_and(|from| BULK.is_match(from)) {
        return false;
    }
    let (from, reply_to) = (lower(view, "From:addr"), lower(view, "Reply-To:addr"));
    let from_is_free = from.iter().any(|address| is_free(view, address));
    let reply_is_free = reply_to.iter().any(|address| is_free(view, address));
    let differ = !from.iter().any(|address| reply_to.contains(address));
    if from_is_free && reply_is_free && differ {
        return true;
    }
    let reply = call.text(0) == "reply";
    if !reply && !reply_is_free || reply && (!reply_to.is_empty() && !reply_is_free || !from_is_free) {
        return false;
    }
    let Some(found) = body(view) else { return false };
    let own = if !reply || reply_is_free { &reply_to } else { &from };
    found.iter().any(|address| own.iter().any(|own| own != address))
}

fn body<'v>(view: &'v View<'_>) -> Option<&'v BTreeSet<String>> {
    view.freemail.get_or_init(|| BodyAddresses(collect(view))).0.as_ref()
}

fn collect(view: &View<'_>) -> Option<BTreeSet<String>> {
    let freemail = &view.settings.freemail;
    let mut all = Vec::new();
    let mut seen = HashSet::new();
    let mut add = |address: String| {
        if all.len() < MOST && seen.insert(address.clone()) {
            all.push(address);
        }
    };
    for (address, link) in &view.links.all {
        if link.types.contains("a")
            && !link.types.contains("parsed")
            && let Some(rest) =
                address.get(..7).filter(|start| start.eq_ignore_ascii_case(b"mailto:")).map(|_| &address[7..])
            && let Some((found, _)) = address_at(view, rest).filter(|(_, at)| *at == 0)
        {
            add(found);
        }
    }
    for line in view.paragraphs.iter().filter(|line| line.contains(&b'@')) {
        let line = if contains(line, b"://") { WEB.replace_all(line, &b" "[..]).into_owned() } else { line.to_vec() };
        for (found, range) in addresses(view, &line) {
            let is_mailto = line[..range.start].to_ascii_lowercase().ends_with(b"mailto:");
            if !is_mailto && ends_signature(&line[range.end..]) {
                continue;
            }
            add(found);
        }
    }
    let mut found = BTreeSet::new();
    for (number, address) in all.iter().enumerate() {
        if number + 1 == freemail.most_addresses && freemail.skip_over_most {
            return None;
        }
        if is_free(view, address) {
            found.insert(address.clone());
            if found.len() == freemail.most_found && freemail.skip_over_most {
                return None;
            }
        }
    }
    Some(found)
}

/// `name@example.com> Phone:`: an address in front of what a quoted header or a signature goes on with.
fn ends_signature(after: &[u8]) -> bool {
    let Some(found) = SIGNATURE.captures(after) else { return false };
    found.get(1).is_none_or(|word| !TELEPHONE.is_match(word.as_bytes()))
}

fn addresses(view: &View<'_>, line: &[u8]) -> Vec<(String, std::ops::Range<usize>)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some((address, start)) = line.get(at..).and_then(|rest| address_at(view, rest)) {
        let range = at + start..at + start + address.len();
        at = range.end;
        found.push((address, range));
    }
    found
}

/// The first address with a known top-level domain, in lower case, and where it begins.
fn address_at(view: &View<'_>, text: &[u8]) -> Option<(String, usize)> {
    let mut at = 0;
    while let Some(found) = text.get(at..).and_then(|rest| ADDRESS.captures(rest)) {
        let (whole, user, host) = (found.get(0)?, found.get(1)?, found.get(2)?);
        let after = text.get(at + whole.end());
        let name = string(host.as_bytes()).to_lowercase();
        let is_whole = view.settings.domains.is_valid(&name);
        if user.len() <= 64 && is_whole && after.is_none_or(|octet| *octet != b'-') {
            return Some((string(whole.as_bytes()).to_lowercase(), at + whole.start()));
        }
        at += whole.end();
    }
    None
}
