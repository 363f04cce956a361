//! Whether mail that names a big provider came through it (HeaderEval, "forged … received headers").

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::header::received_removed;
use super::{Call, Row};
use crate::view::View;
use crate::view::text::{collapsed, contains, own, string};

pub(super) const ROWS: &[Row] = &[
    ("check_for_forged_hotmail_received_headers", |view, _| hotmail(view) == Hotmail::Forged, None),
    ("check_for_no_hotmail_received_headers", |view, _| hotmail(view) == Hotmail::NotThere, None),
    ("check_for_msn_groups_headers", |view, _| msn_groups(view), None),
    ("check_for_forged_eudoramail_received_headers", eudoramail, None),
    ("check_for_forged_yahoo_received_headers", yahoo, None),
    ("check_for_forged_juno_received_headers", juno, None),
    ("check_for_forged_gmail_received_headers", gmail, None),
    ("check_for_forged_gw05_received_headers", gw05, None),
    ("gated_through_received_hdr_remover", |view, _| received_removed(view), None),
    ("check_messageid_not_usable", message_id_not_usable, None),
];

const IP: &str = r"(?:\d{1,3}\.){3}\d{1,3}";

macro_rules! patterns {
    ($($name:ident = $pattern:expr;)*) => {
        $(static $name: LazyLock<Regex> = LazyLock::new(|| own(&$pattern.replace("{IP}", IP)));)*
    };
}

patterns! {
    HOTMAIL_PICKUP = r"from mail pickup service by hotmail\.com with Microsoft SMTPSVC;";
    HOTMAIL_WITH_IP = r"from (?:\S*\.)?hotmail.com \(\S+\.hotmail(?:\.msn)?\.com[ )]|from \S*\.hotmail.com \(\[{IP}\][ ):]|from \S+ by \S+\.hotmail(?:\.msn)?\.com with HTTP;|from \[66\.218.\S+\] by \S+\.yahoo\.com";
    OUTLOOK = r"from \S*\.outbound\.protection\.outlook\.com \(\S+\.outbound\.protection\.outlook\.com[ )]|from \S*\.(?:eur|nam)prd\d+\.prod\.outlook\.com \({IP}\)";
    HOTMAIL_NAMED = r"(?:from |HELO |helo=)\S*hotmail\.com\b";
    ADDRESS = r"{IP}";
    ORIGINATOR = r"hotmail\.com|msonline-outlook";
    MSN_TO = r"(?i)<(\S+)@groups\.msn\.com>";
    MSN_PICKUP = r"from mail pickup service by ((?:p\d\d\.)groups\.msn\.com)\b";
    YAHOO_RELAY = r"^[^\]]+ rdns=\S+\.yahoo\.com ";
    YAHOO_TRUSTED = r" rdns=\S+\.yahoo\.com ";
    YAHOO = r"by web\S+\.mail\S*\.yahoo\.com via HTTP|by sonic\S+\.consmr\.mail\S*\.yahoo\.com with HTTP|by smtp\S+\.yahoo\.com with SMTP|from \[{IP}\] by \S+\.(?:groups|scd|dcn)\.yahoo\.com with NNFMP|by \w+\.\w+\.yahoo\.com \(\d+\.\d+\.\d+/\d+\.\d+\.\d+\)(?: with ESMTP)? id \w+";
    YAHOO_BULK = r"\bmailer\d+\.bulk\.scd\.yahoo\.com\b";
    JUNO = r"from.*\b(?:juno|untd)\.com.*[\[(]{IP}[\])].*by| cookie\.(?:juno|untd)\.com ";
    GMAIL = r"by 10\.\S+ with SMTP id \S+|by 2002:a\d\d:\w+:\S+ with SMTP id \S+";
    GMAIL_SUBMITTED = r"by smtp\.googlemail\.com with ESMTPSA id \S+";
    GW05 = r"\nfrom\s\S+\sby\s([^\s.]+)\swith\sESMTP;\s+\S\S\S,\s+\d+\s+\S\S\S\s+\d{4}\s+\d\d:\d\d:\d\d\s+[-+]*\d{4}\n\z";
    UNSUBSCRIBE = r"(?i)<mailto:(?:leave-\S+|\S+-unsubscribe)@\S+>\n?\z";
}

fn from_ends(view: &View<'_>, domain: &str) -> bool {
    let from = string(&view.value("From:addr")).to_lowercase();
    let before = from.strip_suffix(domain);
    before.is_some_and(|before| !before.ends_with(|c: char| c.is_alphanumeric() || c == '_'))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Hotmail {
    Neither,
    Forged,
    NotThere,
}

fn hotmail(view: &View<'_>) -> Hotmail {
    let received = collapsed(&view.value("Received"));
    if HOTMAIL_PICKUP.is_match(&received) || msn_groups(view) || received_removed(view) {
        return Hotmail::Neither;
    }
    let has_ip = ADDRESS.is_match(&view.value("X-Originating-Ip"));
    let has_originator = ORIGINATOR.is_match(&view.value("X-OriginatorOrg"));
    if has_ip && HOTMAIL_WITH_IP.is_match(&received) || has_originator && OUTLOOK.is_match(&received) {
        return Hotmail::Neither;
    }
    if HOTMAIL_NAMED.is_match(&received) {
        Hotmail::Forged
    } else if from_ends(view, "hotmail.com") {
        Hotmail::NotThere
    } else {
        Hotmail::Neither
    }
}

fn msn_groups(view: &View<'_>) -> bool {
    let to = view.value("To");
    let Some(list) = MSN_TO.captures(&to).and_then(|found| Some(string(found.get(1)?.as_bytes()))) else {
        return false;
    };
    let received = view.value("Received");
    let server = MSN_PICKUP.captures(&received).and_then(|found| Some(string(found.get(1)?.as_bytes())));
    let Some(server) = server else { return false };
    let id = string(&view.value("Message-Id"));
    if list == "notifications" {
        return id.starts_with('<') && id.contains(&format!("@{server}>"));
    }
    id.starts_with(&format!("<{list}-"))
        && id.contains("@groups.msn.com>")
        && string(&view.value("EnvelopeFrom:addr")).contains(&format!("{list}-bounce@groups.msn.com"))
}

fn eudoramail(view: &View<'_>, _: &Call) -> bool {
    if !from_ends(view, "eudoramail.com") || received_removed(view) {
        return false;
    }
    let has_ip = ADDRESS.is_match(&view.value("X-Sender-Ip"));
    !(has_ip && contains(&collapsed(&view.value("Received")), b"whowhere.com;"))
}

fn yahoo(view: &View<'_>, _: &Call) -> bool {
    if !from_ends(view, "yahoo.com") {
        return false;
    }
    let mut received = view.value("Received");
    let is_resent = !view.value("Resent-From").is_empty() && !view.value("Resent-To").is_empty();
    let earlier = view.value("X-Received");
    if is_resent && !earlier.is_empty() {
        received = earlier;
    }
    let received = collapsed(&received);
    let relays = |which: &str| view.relays.as_text(which).unwrap_or_default().into_bytes();
    let from = string(&view.value("From:addr")).to_lowercase();
    !(received_removed(view)
        || YAHOO_TRUSTED.is_match(&relays("trusted"))
        || YAHOO_RELAY.is_match(&relays("untrusted"))
        || YAHOO.is_match(&received)
        || YAHOO_BULK.is_match(&received) && from.ends_with("@reply.yahoo.com"))
}

fn juno(view: &View<'_>, _: &Call) -> bool {
    if !from_ends(view, "juno.com") || received_removed(view) {
        return false;
    }
    let (origin, mailer, received) = (view.value("X-Originating-IP"), view.value("X-Mailer"), view.value("Received"));
    if !origin.is_empty() {
        return !JUNO.is_match(&received) || !contains(&mailer, b"Juno ");
    }
    // Without an origin nothing tells where it came from.
    true
}

fn gmail(view: &View<'_>, _: &Call) -> bool {
    /// Octets of the fields that the provider itself writes.
    const LEAST: usize = 60;
    if !from_ends(view, "gmail.com") {
        return false;
    }
    let written = |name: &str| view.value(name).len() >= LEAST;
    !(GMAIL.is_match(&view.value("X-Received"))
        || GMAIL_SUBMITTED.is_match(&view.value("Received"))
        || written("X-Gm-Message-State") && written("X-Google-Smtp-Source"))
}

fn gw05(view: &View<'_>, _: &Call) -> bool {
    GW05.is_match(&view.value("Received"))
}

fn message_id_not_usable(view: &View<'_>, _: &Call) -> bool {
    let received = view.value("Received");
    UNSUBSCRIBE.is_match(&view.value("List-Unsubscribe"))
        || received_removed(view)
        || contains(&received, b"/CWT/DCE)")
        || contains(&received, b"iPlanet Messaging Server")
}
