//! Functions over lists of addresses (WLBLEval).

use super::{Call, Row};
use crate::view::View;
use crate::view::domain::is_host;
use crate::view::relays::Relay;
use crate::view::text::string;

pub(super) const ROWS: &[Row] = &[
    ("check_from_in_blocklist", |view, _| from_in(view, "blocklist_from"), None),
    ("check_from_in_blacklist", |view, _| from_in(view, "blocklist_from"), None),
    ("check_to_in_blocklist", |view, _| to_in(view, "blocklist_to"), None),
    ("check_to_in_blacklist", |view, _| to_in(view, "blocklist_to"), None),
    ("check_to_in_welcomelist", |view, _| to_in(view, "welcomelist_to"), None),
    ("check_to_in_whitelist", |view, _| to_in(view, "welcomelist_to"), None),
    ("check_to_in_more_spam", |view, _| to_in(view, "more_spam_to"), None),
    ("check_to_in_all_spam", |view, _| to_in(view, "all_spam_to"), None),
    ("check_from_in_list", |view, call| from_in(view, call.text(0)), None),
    ("check_to_in_list", |view, call| to_in(view, call.text(0)), None),
    ("check_replyto_in_list", reply_to_in, None),
    ("check_from_in_welcomelist", |view, _| welcome(view) == Standing::Listed, None),
    ("check_from_in_whitelist", |view, _| welcome(view) == Standing::Listed, None),
    ("check_forged_in_welcomelist", forged_welcome, None),
    ("check_forged_in_whitelist", forged_welcome, None),
    ("check_from_in_default_welcomelist", |view, _| by_default(view) == Standing::Listed, None),
    ("check_from_in_default_whitelist", |view, _| by_default(view) == Standing::Listed, None),
    ("check_forged_in_default_welcomelist", forged_default, None),
    ("check_forged_in_default_whitelist", forged_default, None),
    ("check_mailfrom_matches_rcvd", sender_matches_relay, None),
];

/// Every address that a message says it is from.
pub(super) fn senders(view: &View<'_>) -> Vec<String> {
    let resent = view.get("Resent-From:first:addr");
    if !resent.is_empty() {
        return resent.iter().map(|address| string(address)).collect();
    }
    let requests =
        ["From:addr", "Envelope-Sender:addr", "Resent-Sender:addr", "X-Envelope-From:addr", "EnvelopeFrom:addr"];
    let mut all: Vec<String> =
        requests.iter().flat_map(|request| view.get(request).to_vec()).map(|address| string(&address)).collect();
    all.retain(|address| !address.is_empty());
    all.sort_unstable();
    all.dedup();
    all
}

/// Every address that a message is to.
fn recipients(view: &View<'_>) -> Vec<String> {
    let resent = ["Resent-To:first:addr", "Resent-Cc:first:addr"].map(|request| view.get(request).to_vec()).concat();
    if !resent.is_empty() {
        return resent.iter().map(|address| string(address)).collect();
    }
    let mut all: Vec<String> = view.get("Received").iter().take(3).filter_map(|field| received_for(field)).collect();
    let requests = [
        "To:addr",
        "Apparently-To:addr",
        "Delivered-To:addr",
        "Envelope-Recipients:addr",
        "Apparently-Resent-To:addr",
        "X-Envelope-To:addr",
        "Envelope-To:addr",
        "X-Delivered-To:addr",
        "X-Original-To:addr",
        "X-Rcpt-To:addr",
        "X-Real-To:addr",
        "Cc:addr",
    ];
    all.extend(requests.iter().flat_map(|request| view.get(request).to_vec()).map(|address| string(&address)));
    all
}

/// `for <user@example.com>;` in a Received field.
fn received_for(field: &[u8]) -> Option<String> {
    let text = string(field);
    let (_, rest) = text.split_once(" for ")?;
    let word = rest.split([';', ' ']).next()?.trim_start_matches('<').trim_end_matches('>');
    let (_, host) = word.split_once('@')?;
    is_host(host.as_bytes()).then(|| word.to_owned())
}

fn from_in(view: &View<'_>, list: &str) -> bool {
    view.settings.lists.contains_key(list) && senders(view).iter().any(|address| view.settings.lists(list, address))
}

fn to_in(view: &View<'_>, list: &str) -> bool {
    view.settings.lists.contains_key(list) && recipients(view).iter().any(|address| view.settings.lists(list, address))
}

fn reply_to_in(view: &View<'_>, call: &Call) -> bool {
    let address = string(&view.value("Reply-To:addr"));
    !address.is_empty() && view.settings.lists(call.text(0), &address)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    NotListed,
    Listed,
    /// The address is listed and the server that sent it is not its own.
    Forged,
}

fn last_relays<'v>(view: &'v View<'_>) -> &'v [Relay] {
    match view.relays.untrusted.as_slice() {
        [] => &view.relays.trusted,
        [first, ..] => std::slice::from_ref(first),
    }
}

fn by_server(view: &View<'_>, list: &str, address: &str) -> Standing {
    let address = address.to_lowercase();
    let mut standing = Standing::NotListed;
    for (glob, server) in view.settings.by_server.get(list).into_iter().flatten() {
        if !glob.fits(&address) {
            continue;
        }
        let is_its_own = last_relays(view).iter().any(|relay| {
            let bracketed = server.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
            match bracketed {
                Some(ip) => relay.ip == ip || ip.ends_with('.') && relay.ip.starts_with(ip),
                None => {
                    let name = relay.rdns.to_lowercase();
                    name == *server || name.ends_with(&format!(".{server}"))
                }
            }
        });
        if is_its_own {
            return Standing::Listed;
        }
        standing = Standing::Forged;
    }
    if standing == Standing::Forged && view.settings.lists("welcomelist_allows_relays", &address) {
        return Standing::NotListed;
    }
    standing
}

fn best(standings: impl Iterator<Item = Standing>) -> Standing {
    let all: Vec<Standing> = standings.collect();
    let has = |wanted: Standing| all.contains(&wanted);
    if has(Standing::Listed) {
        Standing::Listed
    } else if has(Standing::Forged) {
        Standing::Forged
    } else {
        Standing::NotListed
    }
}

fn welcome(view: &View<'_>) -> Standing {
    if from_in(view, "welcomelist_from") {
        return Standing::Listed;
    }
    best(senders(view).iter().map(|address| by_server(view, "welcomelist_from_rcvd", address)))
}

fn by_default(view: &View<'_>) -> Standing {
    best(senders(view).iter().map(|address| by_server(view, "def_welcomelist_from_rcvd", address)))
}

fn forged_welcome(view: &View<'_>, _: &Call) -> bool {
    welcome(view) == Standing::Forged && by_default(view) == Standing::NotListed
}

fn forged_default(view: &View<'_>, _: &Call) -> bool {
    by_default(view) == Standing::Forged && welcome(view) == Standing::NotListed
}

fn sender_matches_relay(view: &View<'_>, _: &Call) -> bool {
    let address = string(&view.value("EnvelopeFrom:addr"));
    let Some((_, host)) = address.rsplit_once('@').filter(|(_, host)| host.contains('.')) else { return false };
    let domains = &view.settings.domains;
    let wanted = domains.registered(host);
    last_relays(view).iter().any(|relay| !relay.rdns.is_empty() && domains.registered(&relay.rdns) == wanted)
}
