//! Functions over header fields (HeaderEval).

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::{Call, Row};
use crate::view::View;
use crate::view::text::{collapsed, contains, is_space, own, string, trimmed};

pub(super) const ROWS: &[Row] = &[
    ("check_for_fake_aol_relay_in_rcvd", fake_aol_relay, None),
    ("check_for_faraway_charset_in_headers", |_, _| false, None),
    ("check_for_unique_subject_id", |_, _| false, None),
    ("check_illegal_chars", illegal_characters, None),
    ("check_for_matching_env_and_hdr_from", |view, _| is_same(view, "EnvelopeFrom:addr", "From:addr"), None),
    ("check_for_missing_to_header", missing_to, None),
    ("subject_is_all_caps", subject_is_capitals, None),
    ("check_for_to_in_subject", to_in_subject, None),
    ("check_header_count_range", header_count, None),
    ("check_unresolved_template", unresolved_template, None),
    ("check_ratware_name_id", ratware_name_id, None),
    ("check_ratware_envelope_from", ratware_envelope_from, None),
    ("check_equal_from_domains", from_domains_differ, None),
    ("check_subject_in_welcomelist", |view, _| subject_in(view, "welcomelist_subject"), None),
    ("check_subject_in_whitelist", |view, _| subject_in(view, "welcomelist_subject"), None),
    ("check_subject_in_blocklist", |view, _| subject_in(view, "blocklist_subject"), None),
    ("check_subject_in_blacklist", |view, _| subject_in(view, "blocklist_subject"), None),
];

static AOL: LazyLock<Regex> = LazyLock::new(|| own(r"(?i) rly-[a-z][a-z]\d\d\."));
static AOL_RELAY: LazyLock<Regex> = LazyLock::new(|| own(r"/AOL-\d+\.\d+\.\d+\)|ESMTP id (?:RELAY|MAILRELAY|MAILIN)"));
static TEMPLATE: LazyLock<Regex> = LazyLock::new(|| own(r"%[A-Z][A-Z_-]"));
static NO_TEMPLATE: LazyLock<Regex> = LazyLock::new(|| {
    own(
        r"(?i)^(?:X-VMS-To|X-UIDL|X-Face|To|Cc|From|Subject|References|In-Reply-To|(?:X-|Resent-|X-Original-)?Message-Id):",
    )
});
static REPLY: LazyLock<Regex> = LazyLock::new(|| own(r"(?i)^(?:(?:Re|Fwd|Fw|Aw|Antwort|WG|SV|VB|VS|VL):\s*)+"));
/// Charsets in which capitals mean nothing.
pub(super) static NO_CAPITALS: LazyLock<Regex> = LazyLock::new(|| {
    own(r"(?i)^[-_a-z0-9]*(?:koi|jp|jis|euc|gb|big5|isoir|cp1251|windows-1251|georgianps|pt154|tis)[-_a-z0-9]*\z")
});
static LABEL: LazyLock<Regex> = LazyLock::new(|| own(r"=\?([-_a-zA-Z0-9]+)\?"));
static RATWARE_ID: LazyLock<Regex> = LazyLock::new(|| own(r"<[A-Z]{28}\.([^>]+?)>"));

fn fake_aol_relay(view: &View<'_>, _: &Call) -> bool {
    let received = collapsed(&view.value("Received"));
    AOL.is_match(&received) && !AOL_RELAY.is_match(&received)
}

fn is_same(view: &View<'_>, one: &str, other: &str) -> bool {
    view.value(one).eq_ignore_ascii_case(&view.value(other))
}

fn illegal_characters(view: &View<'_>, call: &Call) -> bool {
    let name = call.text(0);
    let request = if name.ends_with(":raw") { name.to_owned() } else { format!("{name}:raw") };
    let text = view.value(&request);
    if text.iter().all(|&octet| is_space(octet)) {
        return false;
    }
    let control = |octet: &u8| matches!(octet, 0..=8 | 0x0B | 0x0C | 0x0E..=0x1F);
    if !text.is_ascii() && std::str::from_utf8(&text).is_ok() && !text.iter().any(control) {
        return false;
    }
    let mut illegal = text.iter().filter(|octet| control(octet) || **octet >= 0x7F).count();
    if illegal > 0 && request.eq_ignore_ascii_case("subject:raw") {
        let exempt = text.iter().filter(|octet| matches!(octet, 0xA2 | 0xA3 | 0xAE)).count();
        illegal -= usize::from(exempt == 1);
    }
    let (ratio, count) = (call.number(1).unwrap_or(0.0), call.number(2).unwrap_or(0.0));
    illegal as f64 / text.len() as f64 >= ratio && illegal as f64 >= count
}

fn missing_to(view: &View<'_>, _: &Call) -> bool {
    view.value("To").is_empty() && view.value("Apparently-To").is_empty()
}

fn subject_is_capitals(view: &View<'_>, _: &Call) -> bool {
    let subject = view.value("Subject");
    let subject = REPLY.replace(trimmed(&subject), &b""[..]).into_owned();
    if !subject.iter().any(|&octet| is_space(octet)) || subject.len() < 10 {
        return false;
    }
    let raw = view.value("Subject:raw");
    let is_foreign = LABEL
        .captures_iter(&raw)
        .filter_map(|found| Some(NO_CAPITALS.is_match(found.get(1)?.as_bytes())))
        .any(|foreign| foreign);
    let mut letters = subject.iter().filter(|octet| octet.is_ascii_alphabetic()).peekable();
    !is_foreign && letters.peek().is_some() && letters.all(u8::is_ascii_uppercase)
}

fn to_in_subject(view: &View<'_>, call: &Call) -> bool {
    let to = view.value("To:addr").to_ascii_lowercase();
    if to.is_empty() {
        return false;
    }
    let subject = view.value("Subject");
    let subject = crate::view::text::chomped(&subject);
    match call.text(0) {
        "address" => holds_word(&subject.to_ascii_lowercase(), &to),
        "user" => to.split(|&octet| octet == b'@').next().is_some_and(|user| user_in_subject(view, subject, user)),
        _ => false,
    }
}

fn is_word(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || octet == b'_'
}

/// Whether a text stands in another one with a word boundary on each side.
fn holds_word(text: &[u8], wanted: &[u8]) -> bool {
    let differs = |one: Option<&u8>, other: Option<&u8>| {
        one.is_some_and(|octet| is_word(*octet)) != other.is_some_and(|octet| is_word(*octet))
    };
    memchr::memmem::find_iter(text, wanted).any(|at| {
        let before = at.checked_sub(1).and_then(|at| text.get(at));
        differs(before, wanted.first()) && differs(wanted.last(), text.get(at + wanted.len()))
    })
}

/// The name of the recipient alone, after `Re:`, as a greeting, or after a comma at the end.
fn user_in_subject(view: &View<'_>, subject: &[u8], user: &[u8]) -> bool {
    let lower = subject.to_ascii_lowercase();
    if user.is_empty() {
        return false;
    }
    let mark = |octet: &u8| b",:;!?-".contains(octet);
    // A greeting is in the recipient's own spelling.
    let own = view.value("To:addr");
    let greeted = own.get(..user.len()).and_then(|own| subject.strip_prefix(own)).is_some_and(|rest| {
        let rest = &rest[rest.iter().take_while(|&&octet| is_space(octet)).count()..];
        rest.first().is_some_and(mark) && rest.get(1).is_none_or(|&octet| is_space(octet))
    });
    let last_word = lower.iter().rposition(|&octet| octet == b',').is_some_and(|at| {
        let rest = trimmed(&lower[at + 1..]);
        at == 0 && rest.strip_prefix(user).is_some_and(|rest| matches!(rest, [octet] if mark(octet)))
    });
    let replied = [&b"re:"[..], b"fw:"].iter().filter_map(|start| lower.strip_prefix(*start)).any(|rest| {
        let rest = trimmed(rest);
        let word = rest.iter().take_while(|&&octet| is_word(octet)).count();
        rest == user
            || word > 0 && trimmed(&rest[word..]) == user && rest.get(word).is_some_and(|&octet| is_space(octet))
    });
    lower == user || greeted || last_word || replied
}

fn header_count(view: &View<'_>, call: &Call) -> bool {
    let mut values = view.get(call.text(0)).to_vec();
    values.sort_unstable();
    values.dedup();
    let count = values.len() as f64;
    count >= call.number(1).unwrap_or(0.0) && count <= call.number(2).unwrap_or(f64::INFINITY)
}

fn unresolved_template(view: &View<'_>, _: &Call) -> bool {
    let all = view.get("ALL");
    all.iter().any(|field| TEMPLATE.is_match(field) && !NO_TEMPLATE.is_match(field))
}

fn ratware_name_id(view: &View<'_>, _: &Call) -> bool {
    let id = view.value("MESSAGEID");
    let Some(found) = RATWARE_ID.captures(&id).and_then(|found| found.get(1)) else { return false };
    let from = view.value("From");
    let address = [b"<", found.as_bytes(), b">"].concat();
    memchr::memmem::find_iter(&from, &address).any(|at| trimmed(&from[..at]).ends_with(b"\""))
}

fn ratware_envelope_from(view: &View<'_>, _: &Call) -> bool {
    let (to, from) = (string(&view.value("To:addr")), view.value("EnvelopeFrom:addr").to_ascii_lowercase());
    let is_rewritten = from.starts_with(b"srs0") || from.starts_with(b"srs1");
    let Some((user, domain)) = to.split_once('@').filter(|(user, domain)| !user.is_empty() && !domain.is_empty())
    else {
        return false;
    };
    let domain = view.settings.domains.registered(domain);
    if from.is_empty() || is_rewritten || !view.settings.domains.is_valid(&domain) {
        return false;
    }
    let (start, end) = (domain.as_bytes(), format!("{}@", user.to_lowercase()));
    memchr::memmem::find_iter(&from, start).any(|at| {
        let is_start = at.checked_sub(1).is_none_or(|before| !is_word(from[before]));
        is_start && from.get(at + start.len() + 1..).is_some_and(|rest| rest.starts_with(end.as_bytes()))
    })
}

fn from_domains_differ(view: &View<'_>, _: &Call) -> bool {
    let domain = |request: &str| {
        let address = string(&view.value(request)).to_lowercase();
        let host = address.rsplit_once('@').map(|(_, host)| host.to_owned()).unwrap_or_default();
        let labels: Vec<&str> = host.rsplitn(3, '.').collect();
        match labels.as_slice() {
            [last, second, _] => format!("{second}.{last}"),
            _ => host,
        }
    };
    let (from, envelope) = (domain("From:addr"), domain("EnvelopeFrom:addr"));
    !from.is_empty() && !envelope.is_empty() && from != envelope
}

fn subject_in(view: &View<'_>, list: &str) -> bool {
    let subject = string(&view.value("Subject")).to_lowercase();
    let globs = view.settings.subjects.get(list);
    !subject.is_empty() && globs.is_some_and(|globs| globs.iter().any(|glob| glob.fits(&subject)))
}

/// Whether a mailing list took Received fields away, so that their absence tells nothing.
pub(super) fn received_removed(view: &View<'_>) -> bool {
    static LIST: LazyLock<Regex> = LazyLock::new(|| own(r"(?m)^contact \S+@\S+; run by ezmlm$"));
    static DELIVERED: LazyLock<Regex> = LazyLock::new(|| own(r"(?m)^mailing list \S+@\S+"));
    static QMAIL: LazyLock<Regex> =
        LazyLock::new(|| own(r"qmail \d+ invoked (?:from network|by .{3,20})\); \d+ ... \d+"));
    static GROUPS: LazyLock<Regex> = LazyLock::new(|| own(r"from groups\.msn\.com \(\S+\.msn\.com "));
    let received = view.value("Received");
    LIST.is_match(&view.value("Mailing-List"))
        && DELIVERED.is_match(&view.value("Delivered-To"))
        && QMAIL.is_match(&received)
        || received.is_empty()
        || contains(&received, b"groups.msn.com") && GROUPS.is_match(&received)
}
